//! A body as records, read as it comes: no more of it is kept than the record at hand and what came with its end.
//!
//! Stricter than most readers. A quote that is never closed would make one record of the rest of the file; it is told where it
//! began, and what follows is read on from the next line.

use crate::http::ApiError;
use axum::body::Body;
use bytes::{Buf, Bytes};
use http::StatusCode;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::timeout;

/// Longest record, in bytes.
const MAX_RECORD: usize = 64 * 1024;
/// Most cells of a record.
const MAX_CELLS: usize = 256;

/// A record: its cells, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its cells, as they were before they were quoted.
    pub cells: Result<Vec<String>, &'static str>,
}

impl Record {
    /// True where there is nothing in it.
    pub fn is_blank(&self) -> bool {
        self.cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty()))
    }
}

/// The records of a body.
pub struct Records {
    body: Body,
    /// Longest wait for more of it.
    patience: Duration,
    chunk: Bytes,
    ended: bool,
    /// What stands between two cells, once the first line has told.
    separator: Option<u8>,
    line: u64,
    state: Reading,
}

/// The record at hand.
#[derive(Default)]
struct Reading {
    began: u64,
    bytes: usize,
    cell: Vec<u8>,
    cells: Vec<String>,
    place: Place,
    wrong: Option<&'static str>,
    /// Whether anything of it has come.
    open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// At the beginning of a cell.
    #[default]
    Start,
    /// In a cell without quotes.
    Bare,
    /// Between its quotes.
    Quoted,
    /// After a quote that ends it, or is the first of two.
    Closed,
    /// Behind the carriage return of a line's end.
    Return,
}

impl Records {
    /// The records of a body that may pause for so long.
    pub fn new(body: Body, patience: Duration) -> Self {
        let state = Reading::default();
        Self { body, patience, chunk: Bytes::new(), ended: false, separator: None, line: 1, state }
    }

    /// The next record; `None` behind the last.
    ///
    /// # Errors
    /// 408 where nothing comes for too long, 400 where the body breaks off.
    pub async fn next(&mut self) -> Result<Option<Record>, ApiError> {
        loop {
            while self.chunk.has_remaining() {
                let byte = self.chunk.get_u8();
                if let Some(record) = self.take(byte) {
                    return Ok(Some(record));
                }
            }
            if self.ended {
                return Ok(self.state.open.then(|| self.end()));
            }
            self.more().await?;
        }
    }

    fn take(&mut self, byte: u8) -> Option<Record> {
        let state = &mut self.state;
        if !state.open {
            state.open = true;
            state.began = self.line;
        }
        self.line += u64::from(byte == b'\n');
        state.bytes += 1;
        if state.bytes > MAX_RECORD {
            state.wrong = Some("is longer than 64 KiB: is a quote not closed?");
            state.cell.clear();
            // Nobody knows where a quote was to end: a line's end is the best guess.
            state.place = Place::Bare;
        }
        let separator = match self.separator {
            Some(separator) => separator,
            // Spreadsheets of many countries, Brazil's too, write semicolons.
            None if matches!(byte, b',' | b';' | b'\t') && state.place != Place::Quoted => {
                *self.separator.insert(byte)
            }
            None => b',',
        };
        match state.place {
            Place::Return if byte == b'\n' => return Some(self.end()),
            Place::Return => {
                state.refuse("has a carriage return that ends no line");
                state.place = Place::Bare;
            }
            Place::Quoted if byte == b'"' => state.place = Place::Closed,
            Place::Quoted => state.cell.push(byte),
            Place::Closed if byte == b'"' => {
                state.cell.push(byte);
                state.place = Place::Quoted;
            }
            Place::Start if byte == b'"' => state.place = Place::Quoted,
            _ if byte == separator => state.end_cell(),
            _ if byte == b'\n' => return Some(self.end()),
            _ if byte == b'\r' => state.place = Place::Return,
            Place::Closed => {
                state.refuse("has text behind a closing quote");
                state.place = Place::Bare;
            }
            Place::Start | Place::Bare => {
                state.place = Place::Bare;
                if byte == b'"' {
                    state.refuse("has a quote inside a cell that does not begin with one");
                }
                state.cell.push(byte);
            }
        }
        None
    }

    fn end(&mut self) -> Record {
        let mut state = std::mem::take(&mut self.state);
        if state.place == Place::Quoted {
            state.refuse("has a quote that is not closed");
        }
        state.end_cell();
        self.separator.get_or_insert(b',');
        let cells = state.wrong.map_or(Ok(state.cells), Err);
        Record { line: state.began, cells }
    }

    async fn more(&mut self) -> Result<(), ApiError> {
        let frame = timeout(self.patience, self.body.frame()).await;
        match frame.map_err(|_| ApiError::of_status(StatusCode::REQUEST_TIMEOUT))? {
            None => self.ended = true,
            Some(Ok(frame)) => self.chunk = frame.into_data().unwrap_or_default(),
            Some(Err(error)) => {
                return Err(ApiError::bad_request("The request body broke off").because(error.to_string()));
            }
        }
        Ok(())
    }
}

impl Reading {
    /// Notes the first thing that is wrong.
    fn refuse(&mut self, message: &'static str) {
        self.wrong.get_or_insert(message);
    }

    fn end_cell(&mut self) {
        self.place = Place::Start;
        let bytes = std::mem::take(&mut self.cell);
        // A record that is wrong is only told, not kept.
        if self.wrong.is_some() {
            return;
        }
        if self.cells.len() == MAX_CELLS {
            return self.refuse("has more than 256 cells");
        }
        match String::from_utf8(bytes) {
            // The byte order mark that spreadsheets begin a file with.
            Ok(text) if self.began == 1 && self.cells.is_empty() => {
                self.cells.push(text.trim_start_matches('\u{feff}').to_owned());
            }
            Ok(text) => self.cells.push(text),
            Err(_) => self.refuse("is not valid UTF-8"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(pieces: &[&[u8]]) -> Body {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
        Body::from_stream(futures_util::stream::iter(pieces))
    }

    async fn read(pieces: &[&[u8]]) -> Vec<Record> {
        let mut records = Records::new(body(pieces), Duration::from_secs(1));
        let mut all = Vec::new();
        while let Some(record) = records.next().await.unwrap() {
            all.push(record);
        }
        all
    }

    fn ok(line: u64, cells: &[&str]) -> Record {
        Record { line, cells: Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()) }
    }

    #[tokio::test]
    async fn records_come_whole_however_the_body_comes() {
        assert_eq!(read(&[]).await, []);
        assert_eq!(read(&[b"a,b\r\n1,2"]).await, [ok(1, &["a", "b"]), ok(2, &["1", "2"])]);
        assert_eq!(
            read(&[b"a,\"b", b"\n\"\"c\"\"\"\r", b"\nd,", b"\n"]).await,
            [ok(1, &["a", "b\n\"c\""]), ok(3, &["d", ""])]
        );
        assert_eq!(read(&[b"\xef\xbb", b"\xbfname\nx\n"]).await, [ok(1, &["name"]), ok(2, &["x"])]);
        assert_eq!(read(&[b"\n\nx\n"]).await, [ok(1, &[""]), ok(2, &[""]), ok(3, &["x"])]);
    }

    #[tokio::test]
    async fn the_first_line_tells_what_stands_between_cells() {
        assert_eq!(
            read(&[b"name;price\nPanel;\"1;2\"\nA,B;3\n"]).await,
            [ok(1, &["name", "price"]), ok(2, &["Panel", "1;2"]), ok(3, &["A,B", "3"])]
        );
        assert_eq!(read(&[b"name\na;b\n"]).await, [ok(1, &["name"]), ok(2, &["a;b"])]);
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_and_keeps_back_no_other() {
        let wrong = |line, message| Record { line, cells: Err(message) };
        assert_eq!(
            read(&[b"a\"b,c\nok\n\"x\"y\nok\n\xff\nok\n\"open"]).await,
            [
                wrong(1, "has a quote inside a cell that does not begin with one"),
                ok(2, &["ok"]),
                wrong(3, "has text behind a closing quote"),
                ok(4, &["ok"]),
                wrong(5, "is not valid UTF-8"),
                ok(6, &["ok"]),
                wrong(7, "has a quote that is not closed"),
            ]
        );
        let long = [b"\"".as_slice(), &vec![b'x'; MAX_RECORD], b"\nok\n"].concat();
        let seen = read(&[&long]).await;
        assert_eq!(seen[0], wrong(1, "is longer than 64 KiB: is a quote not closed?"));
        assert_eq!(seen[1], ok(2, &["ok"]));
        let wide = vec![b','; MAX_CELLS];
        assert_eq!(read(&[&wide]).await, [wrong(1, "has more than 256 cells")]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_go_on_is_408() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(Records::new(never, Duration::from_secs(1)).next().await.unwrap_err().status, 408);
    }

    proptest! {
        #[test]
        fn any_cells_that_are_written_are_read_again(rows in proptest::collection::vec(
            proptest::collection::vec("[a-z ,;\"\r\n\t=éñ]{0,6}", 2..5), 1..6,
        ), cut in 0_usize..40) {
            // The first line tells the separator, as the names of columns do.
            let mut text = "first,second\n".to_owned();
            for row in &rows {
                for (index, cell) in row.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    super::super::text(cell, &mut text);
                }
                text.push_str("\r\n");
            }
            let (one, two) = text.as_bytes().split_at(cut.min(text.len()));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let records = runtime.block_on(read(&[one, two]));
            let cells: Vec<Vec<String>> = records[1..]
                .iter()
                .map(|record| record.cells.as_ref().unwrap().iter().map(|cell| super::super::unguarded(cell).to_owned()).collect())
                .collect();
            prop_assert_eq!(cells, rows);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(read(&[&bytes]));
        }
    }
}
