//! Server-sent events as they come.

use crate::client::Call;
use crate::wait::patience;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its `id:` line.
    pub id: String,
    /// Its `event:` line.
    pub kind: String,
    /// Its `data:` lines.
    pub data: Value,
}

/// An open stream.
#[derive(Debug)]
pub struct Events {
    body: Incoming,
    unread: String,
}

impl Events {
    /// Opens one.
    ///
    /// # Panics
    /// When the answer is no stream of events.
    pub async fn open(call: Call) -> Self {
        let answer = call.header("accept", "text/event-stream").open().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let kind =
            answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(kind.starts_with("text/event-stream"), "{kind:?}");
        Self { body: answer.into_body(), unread: String::new() }
    }

    /// The next event; comments between events are passed over. None where the server ended the stream.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let block: String = self.unread.drain(..end + 2).collect();
                if let Some(event) = parse(&block) {
                    return Some(event);
                }
                continue;
            }
            let frame = tokio::time::timeout(patience(), self.body.frame()).await.expect("an event in time");
            let data = frame?.ok()?.into_data().unwrap_or_default();
            self.unread.push_str(&String::from_utf8_lossy(&data));
        }
    }

    /// The next ones.
    ///
    /// # Panics
    /// When the server ends the stream before.
    pub async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut taken = Vec::new();
        while taken.len() < count {
            taken.push(self.next().await.expect("the stream goes on"));
        }
        taken
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| -> Option<String> {
        let lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let values: Vec<&str> = lines.map(|value| value.strip_prefix(' ').unwrap_or(value)).collect();
        (!values.is_empty()).then(|| values.join("\n"))
    };
    let data = serde_json::from_str(&field("data")?).expect("JSON in an event's data");
    Some(Event { id: field("id").unwrap_or_default(), kind: field("event").unwrap_or_default(), data })
}
