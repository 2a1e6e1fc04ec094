//! A webhook receiver with a script.

use crate::wait::patience;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What it answers to one request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status.
    Status(u16),
    /// A redirect to an address.
    Redirect(String),
    /// Nothing, ever.
    Hang,
}

/// One request that came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// When.
    pub at: Instant,
    /// Whether it was answered by a 2xx.
    pub accepted: bool,
}

impl Received {
    /// A header's text.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", self.headers));
        value.to_str().expect("text")
    }

    /// The message's id, the same in every repetition of it.
    #[must_use]
    #[track_caller]
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The event's type, as the body says.
    ///
    /// # Panics
    /// When it says none.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// Whether it is signed by `secret` (`whsec_...`), by the public library for receivers.
    #[must_use]
    pub fn signed_by(&self, secret: &str) -> bool {
        let verifier = standardwebhooks::Webhook::new(secret).expect("a secret of the scheme");
        verifier.verify(&self.body, &self.headers).is_ok()
    }
}

/// A receiver on a port of its own. Gone when dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    inbox: Arc<Inbox>,
    listening: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Inbox {
    received: Mutex<Vec<Received>>,
    changed: Notify,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl Receiver {
    /// One that accepts everything.
    pub async fn start() -> Self {
        Self::scripted(|_| Answer::Status(204)).await
    }

    /// One that answers the n-th request (from 0) as `script` says.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn scripted(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let inbox = Arc::new(Inbox::default());
        let listening = tokio::spawn(listen(listener, Arc::clone(&inbox), Arc::new(script)));
        Self { address, inbox, listening }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// All that came in up to now.
    ///
    /// # Panics
    /// When a connection's task failed.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.inbox.received.lock().expect("the inbox").clone()
    }

    /// Waits until what came in satisfies `enough`, and returns it.
    ///
    /// # Panics
    /// When it does not in time: the message says `what` was waited for and what is there.
    pub async fn wait_for(&self, what: &str, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let started = Instant::now();
        loop {
            let changed = self.inbox.changed.notified();
            let received = self.received();
            if enough(&received) {
                return received;
            }
            let left = patience().saturating_sub(started.elapsed());
            let there = || received.iter().map(|one| (one.kind(), one.accepted)).collect::<Vec<_>>();
            assert!(!left.is_zero(), "waited {:?} in vain for {what}; received: {:?}", patience(), there());
            let _ = tokio::time::timeout(left.min(Duration::from_millis(200)), changed).await;
        }
    }

    /// Waits for `count` accepted ones.
    pub async fn accepted(&self, count: usize) -> Vec<Received> {
        let is = |all: &[Received]| all.iter().filter(|one| one.accepted).count() >= count;
        let all = self.wait_for(&format!("{count} accepted deliveries"), is).await;
        all.into_iter().filter(|one| one.accepted).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(
    listener: TcpListener,
    inbox: Arc<Inbox>,
    script: Arc<dyn Fn(usize) -> Answer + Send + Sync>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        let (inbox, script) = (Arc::clone(&inbox), Arc::clone(&script));
        let service = service_fn(move |request| take(request, Arc::clone(&inbox), Arc::clone(&script)));
        tokio::spawn(async move {
            // The sender may hang up as it likes.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

async fn take(
    request: Request<Incoming>,
    inbox: Arc<Inbox>,
    script: Arc<dyn Fn(usize) -> Answer + Send + Sync>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let answer = {
        let mut received = inbox.received.lock().expect("the inbox");
        let answer = script(received.len());
        let accepted = matches!(answer, Answer::Status(200..=299));
        received.push(Received { headers: head.headers, body, at: Instant::now(), accepted });
        answer
    };
    inbox.changed.notify_waiters();
    let response = match answer {
        Answer::Status(status) => Response::builder().status(status).body(Full::default()),
        Answer::Redirect(to) => Response::builder().status(302).header("location", to).body(Full::default()),
        Answer::Hang => std::future::pending().await,
    };
    Ok(response.expect("a response"))
}
