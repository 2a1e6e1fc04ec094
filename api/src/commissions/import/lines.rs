//! A body as lines, read as they come.

use super::Wrong;
use crate::http::ApiError;
use crate::server::body::MAX_BODY;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::timeout;

/// The lines of a body. No more of it is kept than the line at hand and what came with its end.
pub(super) struct Lines {
    body: Body,
    /// Longest wait for more of it.
    patience: Duration,
    kept: BytesMut,
    /// How much of `kept` has no line end in it.
    searched: usize,
    /// The line at hand is too long: what comes of it is thrown away.
    too_long: bool,
    ended: bool,
}

impl Lines {
    pub(super) fn new(body: Body, patience: Duration) -> Self {
        Self { body, patience, kept: BytesMut::new(), searched: 0, too_long: false, ended: false }
    }

    /// The next line, without its end; one over 1 MiB is wrong, and the next one comes after it.
    ///
    /// # Errors
    /// 408 where nothing comes for too long, 400 where the body breaks off.
    pub(super) async fn next(&mut self) -> Result<Option<Result<Bytes, Wrong>>, ApiError> {
        loop {
            if let Some(at) = self.kept[self.searched..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.kept.split_to(self.searched + at + 1).freeze();
                line.truncate(line.len() - 1);
                self.searched = 0;
                return Ok(Some(self.judged(line)));
            }
            self.searched = self.kept.len();
            if self.searched > MAX_BODY {
                self.too_long = true;
                self.kept.clear();
                self.searched = 0;
            }
            if self.ended {
                let line = std::mem::take(&mut self.kept).freeze();
                self.searched = 0;
                let left = !line.is_empty() || self.too_long;
                return Ok(left.then(|| self.judged(line)));
            }
            self.more().await?;
        }
    }

    fn judged(&mut self, line: Bytes) -> Result<Bytes, Wrong> {
        let too_long = std::mem::take(&mut self.too_long) || line.len() > MAX_BODY;
        if too_long { Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE).into()) } else { Ok(line) }
    }

    async fn more(&mut self) -> Result<(), ApiError> {
        let frame = timeout(self.patience, self.body.frame()).await;
        match frame.map_err(|_| ApiError::of_status(StatusCode::REQUEST_TIMEOUT))? {
            None => self.ended = true,
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    self.kept.extend_from_slice(&data);
                }
            }
            Some(Err(error)) => {
                return Err(ApiError::bad_request("The request body broke off").because(error.to_string()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(pieces: &[&[u8]]) -> Vec<Result<String, u16>> {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let mut lines = Lines::new(body, Duration::from_secs(1));
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            let text = line.map(|line| String::from_utf8(line.to_vec()).unwrap());
            read.push(text.map_err(|wrong| wrong.error.status.as_u16()));
        }
        read
    }

    #[tokio::test]
    async fn lines_come_whole_however_the_body_comes() {
        let ok = |lines: &[&str]| lines.iter().map(|line| Ok((*line).to_owned())).collect::<Vec<_>>();
        assert_eq!(read(&[]).await, ok(&[]));
        assert_eq!(read(&[b"a\nb\n"]).await, ok(&["a", "b"]));
        assert_eq!(read(&[b"a", b"b\nc", b"\n", b"d"]).await, ok(&["ab", "c", "d"]));
        assert_eq!(read(&[b"\n\nx\r\n"]).await, ok(&["", "", "x\r"]));
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_one_wrong_line() {
        let long = vec![b'x'; MAX_BODY / 2 + 1];
        let seen = read(&[b"a\n", &long, &long, &long, b"\nb\n"]).await;
        assert_eq!(seen, [Ok("a".to_owned()), Err(413), Ok("b".to_owned())]);
        assert_eq!(read(&[&long, &long, &long]).await, [Err(413)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_go_on_is_408() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(Lines::new(never, Duration::from_secs(1)).next().await.unwrap_err().status, 408);
    }
}
