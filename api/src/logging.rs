//! Logs to stderr, written by a thread of their own: a terminal or a pipe that is slow, or that nobody reads, must not
//! slow the requests that are logged.

use crate::settings::{LogFormat, Settings};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that may wait to be written; more are dropped and counted.
const WAITING: usize = 8192;
/// How long the last lines may take when the program ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Keeps the logs flowing; dropped, it writes out what waits.
pub struct Logging {
    lines: Option<SyncSender<Line>>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

enum Line {
    Text(Vec<u8>),
    End,
}

/// Begins to log, as set. Call it once.
pub fn start(settings: &Settings) -> Logging {
    let (lines, waiting) = sync_channel(WAITING);
    let (finished, done) = sync_channel(1);
    let dropped = Arc::new(AtomicU64::new(0));
    let thread = std::thread::Builder::new().name("log".to_owned()).spawn({
        let dropped = dropped.clone();
        move || {
            write_lines(&waiting, &dropped, std::io::stderr());
            let _ = finished.send(());
        }
    });
    let filter = filter(&settings.log);
    let writer = Lines { lines: lines.clone(), dropped };
    let registry = tracing_subscriber::registry().with(filter);
    let format = tracing_subscriber::fmt::layer().with_writer(writer);
    // A second start in one process (tests) keeps the first.
    let _ = match settings.log_format {
        LogFormat::Text => registry.with(format.with_ansi(false)).try_init(),
        LogFormat::Json => registry.with(format.json().flatten_event(true)).try_init(),
    };
    Logging { lines: Some(lines), done, thread: thread.ok() }
}

/// What is logged. The NATS driver is silent unless somebody asks for it by name: an outage is told of once, by us.
fn filter(text: &str) -> Targets {
    let targets: Targets = text.parse().unwrap_or_default();
    if text.contains("async_nats") { targets } else { targets.with_target("async_nats", LevelFilter::OFF) }
}

fn write_lines(waiting: &Receiver<Line>, dropped: &AtomicU64, mut out: impl Write) {
    let mut batch = Vec::with_capacity(16 << 10);
    while let Ok(first) = waiting.recv() {
        let mut next = Some(first);
        let mut ended = false;
        while let Some(line) = next.take() {
            match line {
                Line::Text(text) => batch.extend_from_slice(&text),
                Line::End => {
                    ended = true;
                    break;
                }
            }
            if batch.len() < 64 << 10 {
                next = waiting.try_recv().ok();
            }
        }
        match dropped.swap(0, Relaxed) {
            0 => {}
            lost => batch
                .extend_from_slice(format!("{lost} log lines were dropped: stderr is too slow\n").as_bytes()),
        }
        // Where stderr is closed there is nobody to tell.
        let _ = out.write_all(&batch);
        batch.clear();
        if ended {
            return;
        }
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        if let Some(lines) = self.lines.take() {
            let _ = lines.try_send(Line::End);
        }
        // A stderr that nobody reads must not keep the program from ending.
        if !matches!(self.done.recv_timeout(FAREWELL), Err(RecvTimeoutError::Timeout))
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Where the log layer writes: each event is one line in the queue.
struct Lines {
    lines: SyncSender<Line>,
    dropped: Arc<AtomicU64>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = OneLine<'a>;

    fn make_writer(&'a self) -> OneLine<'a> {
        OneLine { text: Vec::new(), to: self }
    }
}

struct OneLine<'a> {
    text: Vec<u8>,
    to: &'a Lines,
}

impl Write for OneLine<'_> {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for OneLine<'_> {
    fn drop(&mut self) {
        if self.text.is_empty() {
            return;
        }
        if let Err(TrySendError::Full(_)) = self.to.lines.try_send(Line::Text(std::mem::take(&mut self.text)))
        {
            self.to.dropped.fetch_add(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_in_order_and_lost_ones_are_counted() {
        let (lines, waiting) = sync_channel(2);
        let dropped = Arc::new(AtomicU64::new(0));
        let to = Lines { lines: lines.clone(), dropped: dropped.clone() };
        for line in ["one\n", "two\n", "three\n"] {
            to.make_writer().write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(dropped.load(Relaxed), 1);
        drop((to, lines));
        let mut out = Vec::new();
        write_lines(&waiting, &dropped, &mut out);
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "one\ntwo\n1 log lines were dropped: stderr is too slow\n");
    }
}
