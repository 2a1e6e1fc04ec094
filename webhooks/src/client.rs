//! Posts one signed body, and trusts nothing on the other side.
//!
//! What a name resolves to is checked where the connection is made ([`crate::connect`]). An address written into the URL is
//! never looked up, so it is checked before the request; the URL parser has turned its odd spellings (`0x7f.1`,
//! `2130706433`) into an address by then. A pooled connection was dialled by the same rules. There are no redirects and
//! no proxy that could lead elsewhere.
//!
//! Time and size are bounded: connecting, the whole exchange, and the part of the answer that is read at all.

#[cfg(test)]
mod tests;

use crate::connect::{Connector, Refused, roots, tls};
use crate::guard;
use crate::sign::{self, Secret};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Headers of a post, with what hyper adds.
const HEADERS: usize = 10;
/// Bytes of an answer that are kept with the attempt.
const KEPT: usize = 4 * 1024;
/// Bytes of an answer that are read before its connection is dropped.
const READ: usize = 64 * 1024;
/// How long an idle connection waits for the next delivery to its receiver.
const IDLE: Duration = Duration::from_secs(20);
/// Who posts.
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("Sunledger-Webhooks/", env!("CARGO_PKG_VERSION")));

/// Where names are looked up.
pub trait LookUp: Send + Sync {
    /// Every address of a name.
    fn look_up(&self, name: String) -> BoxFuture<'_, std::io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDns;

impl LookUp for SystemDns {
    fn look_up(&self, name: String) -> BoxFuture<'_, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// How the client behaves.
#[derive(Clone)]
pub struct ClientSettings {
    /// True: addresses that are not public are dialled too.
    pub allow_private: bool,
    /// Look-up, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// The whole exchange.
    pub total_timeout: Duration,
    /// Connections kept to one receiver.
    pub idle_per_host: usize,
    /// Where names are looked up.
    pub dns: Arc<dyn LookUp>,
}

/// A receiver's URL, parsed.
#[derive(Debug, Clone)]
pub struct Target(Result<Place, String>);

/// Where to post: taken apart once, not for each message.
#[derive(Debug, Clone)]
struct Place {
    uri: Uri,
    host: HeaderValue,
    /// The address, in a URL that names no host.
    address: Option<IpAddr>,
}

impl Target {
    /// Of a URL; what is wrong with it is told by every post to it.
    pub fn new(url: &str) -> Self {
        Self(Place::of(url).map_err(|error| format!("the URL is wrong: {error}")))
    }
}

impl Place {
    fn of(url: &str) -> Result<Self, Box<dyn Error>> {
        let url = Url::parse(url)?;
        let uri = Uri::try_from(url.as_str())?;
        let name = url.host_str().ok_or("it names no host")?;
        let host = match url.port() {
            Some(port) => HeaderValue::try_from(format!("{name}:{port}"))?,
            None => HeaderValue::from_str(name)?,
        };
        Ok(Self { uri, host, address: literal(&url) })
    }
}

/// One message on its way out.
pub struct Message<'a> {
    /// Where to.
    pub url: &'a Target,
    /// The `webhook-id`.
    pub id: &'a str,
    /// The `webhook-timestamp`, seconds.
    pub timestamp: i64,
    /// JSON.
    pub body: &'a Arc<str>,
    /// Every secret that signs it.
    pub secrets: &'a [&'a Secret],
}

/// A body that all posts of an event share.
struct Shared(Arc<str>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What came of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; none where nobody answered in time.
    pub status: Option<u16>,
    /// Why the attempt failed, for people.
    pub error: Option<String>,
    /// The beginning of the answer's body, without bytes that are no text.
    pub response: Option<String>,
    /// Seconds that the receiver asked to wait.
    pub retry_after: Option<i64>,
    /// How long it took.
    pub duration_ms: i64,
}

/// Posts messages. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: legacy::Client<Connector, Full<Bytes>>,
    allow_private: bool,
    total_timeout: Duration,
}

impl Client {
    /// A client with connections of its own.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(settings: &ClientSettings) -> Result<Self, rustls::Error> {
        Self::trusting(settings, roots())
    }

    fn trusting(settings: &ClientSettings, roots: RootCertStore) -> Result<Self, rustls::Error> {
        let ClientSettings { allow_private, connect_timeout, total_timeout, .. } = *settings;
        let connector = Connector::new(tls(roots)?, settings.dns.clone(), allow_private, connect_timeout);
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(settings.idle_per_host)
            .build(connector);
        Ok(Self { http, allow_private, total_timeout })
    }

    /// Posts a message and waits for the answer. Whatever goes wrong is told in the answer.
    pub async fn post(&self, message: Message<'_>) -> Answer {
        let start = Instant::now();
        let deadline = start + self.total_timeout;
        let mut answer = match tokio::time::timeout_at(deadline, self.exchange(&message)).await {
            Ok(Ok(response)) => self.read(response, message.timestamp, deadline).await,
            Ok(Err(error)) => Answer { error: Some(error), ..Answer::default() },
            Err(_) => Answer {
                error: Some(format!("no answer within {} ms", self.total_timeout.as_millis())),
                ..Answer::default()
            },
        };
        answer.duration_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
        answer
    }

    async fn exchange(&self, message: &Message<'_>) -> Result<Response<Incoming>, String> {
        let place = message.url.0.as_ref().map_err(String::clone)?;
        if !self.allow_private && place.address.is_some_and(|address| !guard::is_public(address)) {
            return Err(Refused.to_string());
        }
        let signature =
            sign::signatures(message.secrets.iter().copied(), message.id, message.timestamp, message.body);
        let value = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(HOST, place.host.clone());
        headers.insert(USER_AGENT, AGENT);
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static(sign::ID), value(message.id)?);
        headers.insert(HeaderName::from_static(sign::TIMESTAMP), HeaderValue::from(message.timestamp));
        headers.insert(HeaderName::from_static(sign::SIGNATURE), value(&signature)?);
        let mut request = Request::new(Full::new(Bytes::from_owner(Shared(message.body.clone()))));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = place.uri.clone();
        *request.headers_mut() = headers;
        self.http.request(request).await.map_err(|error| explain(&error))
    }

    /// The status decides: an answer that is cut off, drips or never ends changes nothing of it.
    async fn read(&self, mut response: Response<Incoming>, now: i64, deadline: Instant) -> Answer {
        let status = response.status();
        let retry_after = retry_after(response.headers(), now);
        let (mut kept, mut read) = (Vec::new(), 0_usize);
        while read < READ
            && let Ok(Some(Ok(frame))) = tokio::time::timeout_at(deadline, response.frame()).await
        {
            let Ok(chunk) = frame.into_data() else { continue };
            read = read.saturating_add(chunk.len());
            let room = KEPT.saturating_sub(kept.len()).min(chunk.len());
            kept.extend_from_slice(&chunk[..room]);
        }
        let error = status.is_redirection().then(|| "redirects are not followed".to_owned());
        let mut text = String::from_utf8_lossy(&kept).into_owned();
        // NUL is no character of a Postgres text.
        if text.contains('\0') {
            text = text.replace('\0', "\u{fffd}");
        }
        Answer { status: Some(status.as_u16()), error, response: Some(text), retry_after, duration_ms: 0 }
    }
}

/// The address in a URL that names no host. A name that still parses as an address is taken for one, in case the URL
/// parser and the connector should ever disagree on what a name is.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// An error and its causes on one line.
fn explain(error: &legacy::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// Seconds from a `Retry-After`, given as seconds or as a date.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    at.checked_sub(now).filter(|seconds| *seconds > 0)
}
