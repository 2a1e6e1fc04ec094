//! Connections to receivers, and only to those that may be dialled.
//!
//! The guard sits where the connection is made: a name is looked up once, here, and what the connector dials is what
//! is left of that answer after the check, so that a name which changes its mind between check and dial (DNS
//! rebinding) gains nothing. An address written into the URL never meets the resolver: see
//! [`Client`](crate::client::Client).

use crate::client::LookUp;
use crate::guard;
use futures_util::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// Says nothing of the address: what a name resolves to inside of our network is nobody's business.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is private or reserved: not allowed")]
pub(crate) struct Refused;

type Failed = Box<dyn Error + Send + Sync>;

/// Connects, by TLS where the URL says `https`, within a time.
#[derive(Clone)]
pub(crate) struct Connector {
    inner: HttpsConnector<HttpConnector<Guarded>>,
    /// Look-up, connection and TLS handshake together.
    timeout: Duration,
}

impl Connector {
    /// Dials what `dns` says, private addresses only where they are allowed.
    pub(crate) fn new(
        tls: rustls::ClientConfig,
        dns: Arc<dyn LookUp>,
        allow_private: bool,
        timeout: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Guarded { dns, allow_private });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let inner = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self { inner, timeout }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Failed;
    type Future = BoxFuture<'static, Result<Self::Response, Failed>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, timeout) = (self.inner.call(to), self.timeout);
        Box::pin(async move {
            let connected = tokio::time::timeout(timeout, connecting).await;
            connected.map_err(|_| format!("no connection within {} ms", timeout.as_millis()))?
        })
    }
}

/// Looks a name up, once, and lets through only what may be dialled.
#[derive(Clone)]
struct Guarded {
    dns: Arc<dyn LookUp>,
    allow_private: bool,
}

impl Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failed;
    type Future = BoxFuture<'static, Result<Self::Response, Failed>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { dns, allow_private } = self.clone();
        Box::pin(async move {
            let mut allowed = dns.look_up(name.as_str().to_owned()).await?;
            if allowed.is_empty() {
                return Err("the host has no address".into());
            }
            allowed.retain(|address| allow_private || guard::is_public(*address));
            if allowed.is_empty() {
                return Err(Refused.into());
            }
            // Port 0: the connector puts the URL's in.
            let allowed: Vec<_> = allowed.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(allowed.into_iter())
        })
    }
}

/// The certificates of the operating system, or Mozilla's where it has none (a bare container).
pub(crate) fn roots() -> RootCertStore {
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

/// TLS that trusts these.
pub(crate) fn tls(roots: RootCertStore) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
