//! `/feed`: the tenant's events live, from any position.
//!
//! Two ways to listen, over the same read of the log. A **long poll** answers as soon as there is something after
//! `after`, or empty when `wait` is over. A **stream** (`Accept: text/event-stream`) goes on for ever; the position is
//! each event's id, so a client that reconnects goes on where it was (`Last-Event-ID`).
//!
//! Nothing is buffered for a listener: its next page is read when it has taken the one before, so a slow one slows
//! nobody else. A listener whose key was deleted is let go within a second.

use crate::app::App;
use crate::audit;
use crate::auth::area::Audit;
use crate::auth::{Call, Caller};
use crate::event_query::{After, AfterParams, EventPage, EventParams, EventQuery, position};
use crate::http::{ApiError, Reply};
use crate::wire::OnList;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use sunledger_domain::api_key::ApiKey;
use sunledger_store::{LogFilter, RecordedEvent, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const STREAM: &str = "text/event-stream";
/// Longest long poll, seconds: under the minute after which proxies give up.
const MAX_WAIT: i64 = 55;
/// Events read at a time for a stream.
const PAGE: usize = 100;
/// A comment this often keeps proxies from closing a silent stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a listener's key is looked at.
const KEY_CHECK: Duration = Duration::from_millis(500);
/// Between a growth of the log and the read that it wakes. It doubles while those reads find nothing, since it is other
/// tenants' events that wake the listener then, and there may be many of both.
const BREATH: Duration = Duration::from_millis(10);
const LONGEST_BREATH: Duration = Duration::from_millis(200);

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(feed))
}

/// How long to listen.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `feed` reads it")]
struct WaitParams {
    /// Seconds to wait for events, where there are none.
    #[param(minimum = 0, maximum = 55, default = 0)]
    wait: Option<u64>,
}

/// Events, live
///
/// As JSON, waiting up to `wait` seconds for something after `after` (default: the start; `now`: the end). With
/// `Accept: text/event-stream` as server-sent events (default: from now on), each with its position as `id`, its type as
/// `event` and the same JSON as `data`.
#[utoipa::path(
    get, path = "/feed", tag = "audit",
    params(
        AfterParams, EventParams, WaitParams,
        ("Last-Event-ID" = Option<String>, Header, description = "Of a stream: go on after this position, whatever `after` says"),
    ),
    responses(
        (status = 200, description = "Events", content((EventPage = "application/json"), (String = "text/event-stream"))),
        OnList
    )
)]
async fn feed(State(app): State<App>, call: Call<Audit>) -> Result<Response, ApiError> {
    let query = EventQuery::read(&call.query, &call.profile)?;
    let streaming = call.wants(STREAM);
    let resumed =
        call.header("last-event-id").filter(|_| streaming).map(str::trim).filter(|id| !id.is_empty());
    let after = match (resumed, query.after) {
        (Some(id), _) => {
            position(id).ok_or_else(|| ApiError::invalid("Last-Event-ID", "must be a position"))?
        }
        (None, Some(After::Position(position))) => position,
        (None, None) if !streaming => 0,
        (None, Some(After::Now) | None) => app.log.head().await?,
    };
    let listener = Listener {
        grown: app.log.watch(),
        caller: call.caller.clone(),
        key_checked: Instant::now(),
        filter: query.filter,
        after,
        breath: BREATH,
        app,
    };
    if streaming {
        return Ok(listener.stream());
    }
    let wait = match call.query.get("wait").map(position) {
        None => 0,
        Some(Some(seconds)) if seconds <= MAX_WAIT => seconds,
        Some(_) => {
            return Err(ApiError::invalid("wait", format!("must be a whole number from 0 to {MAX_WAIT}")));
        }
    };
    let wait = Duration::from_secs(u64::try_from(wait).unwrap_or_default());
    Ok(listener.poll(query.limit, wait).await?.into_response())
}

/// Somebody who listens.
struct Listener {
    app: App,
    caller: Arc<Caller>,
    key_checked: Instant,
    filter: LogFilter,
    after: i64,
    breath: Duration,
    grown: watch::Receiver<i64>,
}

impl Listener {
    async fn poll(mut self, limit: usize, wait: Duration) -> Result<Reply, ApiError> {
        let until = Instant::now() + wait;
        let events = loop {
            let events = self.read(limit).await?;
            if !events.is_empty() || Instant::now() >= until || self.app.drain.has_started() {
                break events;
            }
            self.wait(until).await;
            if !self.may_listen().await? {
                return Err(ApiError::unauthorized("Invalid API key"));
            }
        };
        Reply::ok(&EventPage::new(&events, self.after))
    }

    fn stream(self) -> Response {
        let opened: Result<Bytes, StoreError> = Ok(Bytes::from_static(b": listening\n\n"));
        let events = stream::unfold(self, |mut listener| async {
            let chunk = listener.chunk().await?;
            Some((Ok::<_, StoreError>(chunk), listener))
        });
        let chunks = futures_util::StreamExt::chain(stream::iter([opened]), events);
        let mut response = Response::new(Body::from_stream(chunks));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(STREAM));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A proxy that collects answers would turn the stream into silence.
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        response
    }

    /// What the stream says next: events, or that it is still there; `None` ends it. The client comes back by itself.
    async fn chunk(&mut self) -> Option<Bytes> {
        let heartbeat = Instant::now() + HEARTBEAT;
        loop {
            if self.app.drain.has_started() || !self.may_listen().await.ok()? {
                return None;
            }
            let events = self.read(PAGE).await.ok()?;
            if !events.is_empty() {
                return written(&events);
            }
            if Instant::now() >= heartbeat {
                return Some(Bytes::from_static(b":\n\n"));
            }
            self.wait(heartbeat).await;
        }
    }

    /// The next events, if there are any; moves on.
    async fn read(&mut self, limit: usize) -> Result<Vec<RecordedEvent>, ApiError> {
        // Seen before the read, so that what comes during it wakes us again.
        self.grown.borrow_and_update();
        let home = &self.caller.tenant;
        // A sandbox's data may have been thrown away since the last look; what came before that is told, too.
        let tenants = self.app.keys.profile(home).await?.kept_under(home, 1);
        let (events, next) = audit::read(&self.app, &tenants, self.after, limit, &self.filter).await?;
        self.after = next;
        if !events.is_empty() {
            self.breath = BREATH;
        }
        Ok(events)
    }

    /// Returns when the log has grown, when it is time to look at the key, when the server stops, and at `until` at the
    /// latest.
    async fn wait(&mut self, until: Instant) {
        let rest = until.saturating_duration_since(Instant::now()).min(KEY_CHECK);
        let (drain, breath) = (self.app.drain.clone(), self.breath);
        let grown = async {
            if self.grown.changed().await.is_err() {
                // Nobody tells any more: look at the log now and then.
                sleep(KEY_CHECK).await;
            }
            sleep(breath).await;
        };
        let woken = async {
            tokio::select! {
                () = grown => {}
                () = drain.started() => {}
            }
        };
        if timeout(rest, woken).await.is_ok() {
            self.breath = (breath * 2).min(LONGEST_BREATH);
        }
    }

    /// Whether the key still opens this.
    async fn may_listen(&mut self) -> Result<bool, ApiError> {
        if self.key_checked.elapsed() < KEY_CHECK {
            return Ok(true);
        }
        self.key_checked = Instant::now();
        let key = self.app.reads.get::<ApiKey>(&self.caller.tenant, self.caller.id).await?;
        Ok(key.is_some())
    }
}

/// Events in the form of a stream. JSON holds no line ends, so each is one `data` line.
fn written(events: &[RecordedEvent]) -> Option<Bytes> {
    let page = EventPage::new(events, 0);
    let mut text = String::new();
    for entry in &page.data {
        let data = serde_json::to_string(entry).ok()?;
        write!(text, "id: {}\nevent: {}\ndata: {data}\n\n", entry.position, entry.r#type).ok()?;
    }
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_event_is_one_message_of_the_stream() {
        let event = crate::entry::tests::event("client", "client.created", json!({"name": "Ana\nMaria"}));
        let text = String::from_utf8(written(&[event.clone(), event]).unwrap().to_vec()).unwrap();
        let messages: Vec<&str> = text.split_terminator("\n\n").collect();
        assert_eq!(messages.len(), 2);
        let lines: Vec<&str> = messages[0].lines().collect();
        assert_eq!(lines[..2], ["id: 4711", "event: client.created"]);
        assert_eq!(lines.len(), 3, "a line end inside the data would cut the message");
        let data: Value = serde_json::from_str(lines[2].strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(data["data"]["name"], "Ana\nMaria");
    }

    #[test]
    fn an_event_that_cannot_be_read_does_not_end_the_stream() {
        let sound = crate::entry::tests::event("client", "client.created", json!({}));
        let broken = RecordedEvent { payload: "no json".into(), ..sound.clone() };
        let text = String::from_utf8(written(&[broken, sound]).unwrap().to_vec()).unwrap();
        assert_eq!(text.matches("\n\n").count(), 2);
        assert!(text.contains("\"data\":null"), "{text}");
    }
}
