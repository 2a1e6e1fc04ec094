//! Posts one signed body, and trusts nothing on the other side.
//!
//! The guard sits where the connection is made: a name is looked up once, here, and what the connector dials is what
//! is left of that answer after the check, so that a name which changes its mind between check and dial (DNS
//! rebinding) gains nothing. An address written into the URL never meets the resolver, so it is checked before the
//! request; the URL parser has turned its odd spellings (`0x7f.1`, `2130706433`) into an address by then. A pooled
//! connection was dialled by the same rules. There are no redirects and no proxy that could lead elsewhere.
//!
//! Time and size are bounded: connecting, the whole exchange, and the part of the answer that is read at all.

#[cfg(test)]
mod tests;

use crate::guard;
use crate::sign::{self, Secret};
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Response, Url};
use rustls::RootCertStore;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of an answer that are kept with the attempt.
const KEPT: usize = 4 * 1024;
/// Bytes of an answer that are read before its connection is dropped.
const READ: usize = 64 * 1024;
/// How long an idle connection waits for the next delivery to its receiver.
const IDLE: Duration = Duration::from_secs(20);

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

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

/// A receiver's URL, parsed.
#[derive(Debug, Clone)]
pub struct Target(Result<Url, String>);

impl Target {
    /// Of a URL; what is wrong with it is told by every post to it.
    pub fn new(url: &str) -> Self {
        Self(Url::parse(url).map_err(|error| format!("the URL is wrong: {error}")))
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
    pub body: &'a str,
    /// Every secret that signs it.
    pub secrets: &'a [&'a Secret],
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
    http: reqwest::Client,
    allow_private: bool,
    total_timeout: Duration,
}

impl Client {
    /// A client with connections of its own.
    ///
    /// # Errors
    /// [`ClientError`] where TLS or the HTTP client cannot be set up.
    pub fn new(settings: &ClientSettings) -> Result<Self, ClientError> {
        Self::trusting(settings, roots())
    }

    fn trusting(settings: &ClientSettings, roots: RootCertStore) -> Result<Self, ClientError> {
        let resolver = Guarded { dns: settings.dns.clone(), allow_private: settings.allow_private };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(roots)?)
            .dns_resolver(resolver)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .http1_only()
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(settings.idle_per_host)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("Sunledger-Webhooks/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, allow_private: settings.allow_private, total_timeout: settings.total_timeout })
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

    async fn exchange(&self, message: &Message<'_>) -> Result<Response, String> {
        let url = message.url.0.as_ref().map_err(String::clone)?;
        if !self.allow_private
            && let Some(address) = literal(url)
            && !guard::is_public(address)
        {
            return Err(Refused.to_string());
        }
        let signature =
            sign::signatures(message.secrets.iter().copied(), message.id, message.timestamp, message.body);
        self.http
            .post(url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(HeaderName::from_static(sign::ID), message.id)
            .header(HeaderName::from_static(sign::TIMESTAMP), message.timestamp)
            .header(HeaderName::from_static(sign::SIGNATURE), signature)
            .body(message.body.to_owned())
            .send()
            .await
            .map_err(|error| explain(error.without_url()))
    }

    /// The status decides: an answer that is cut off, drips or never ends changes nothing of it.
    async fn read(&self, mut response: Response, now: i64, deadline: Instant) -> Answer {
        let status = response.status();
        let retry_after = retry_after(response.headers(), now);
        let (mut kept, mut read) = (Vec::new(), 0_usize);
        while read < READ
            && let Ok(Ok(Some(chunk))) = tokio::time::timeout_at(deadline, response.chunk()).await
        {
            read = read.saturating_add(chunk.len());
            let room = KEPT.saturating_sub(kept.len()).min(chunk.len());
            kept.extend_from_slice(&chunk[..room]);
        }
        let error = status.is_redirection().then(|| "redirects are not followed".to_owned());
        // NUL is no character of a Postgres text.
        let text = String::from_utf8_lossy(&kept).replace('\0', "\u{fffd}");
        Answer { status: Some(status.as_u16()), error, response: Some(text), retry_after, duration_ms: 0 }
    }
}

/// The address in a URL that names no host. A name that still parses as an address is taken for one, in case the URL
/// parser and the connector should ever disagree on what a name is.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// The certificates of the operating system, or Mozilla's where it has none (a bare container).
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// TLS that trusts what deliveries trust: for whoever else asks the outside.
///
/// # Errors
/// Where the TLS library cannot be set up.
pub fn trusting_tls() -> Result<rustls::ClientConfig, rustls::Error> {
    tls(roots())
}

fn tls(roots: RootCertStore) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// An error and its causes on one line.
fn explain(error: reqwest::Error) -> String {
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

/// Says nothing of the address: what a name resolves to inside of our network is nobody's business.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is private or reserved: not allowed")]
struct Refused;

/// Looks a name up, once, and lets through only what may be dialled.
struct Guarded {
    dns: Arc<dyn LookUp>,
    allow_private: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (dns, allow_private) = (self.dns.clone(), self.allow_private);
        Box::pin(async move {
            let found = dns.look_up(name.as_str().to_owned()).await?;
            if found.is_empty() {
                return Err("the host has no address".into());
            }
            let mut allowed = found;
            allowed.retain(|address| allow_private || guard::is_public(*address));
            if allowed.is_empty() {
                return Err(Refused.into());
            }
            // Port 0: the connector puts the URL's in.
            Ok(Box::new(allowed.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
