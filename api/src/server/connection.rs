//! One connection: HTTP/1.1 over a watched socket, until it is closed, has had its time, or the server stops.

use super::drain::Drain;
use super::peer::Peer;
use super::pulse::{Patience, Pulse, Watched};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tower::ServiceExt;

/// What is kept of one connection at most, in each direction; a request's head must fit into it.
const BUFFER: usize = 64 << 10;

/// Serves one connection to its end. `crowd` tells that others wait for a place.
pub(crate) async fn serve<S>(
    (socket, peer): (S, IpAddr),
    router: Router,
    patience: Patience,
    drain: Drain,
    crowd: &Notify,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let pulse = Arc::new(Pulse::new());
    let service = service_fn({
        let pulse = pulse.clone();
        move |mut request: hyper::Request<Incoming>| {
            pulse.busy();
            request.extensions_mut().insert(Peer(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            let pulse = pulse.clone();
            async move { answer.await.map(|response| response.map(|body| Answer { body, pulse })) }
        }
    });
    let io = TokioIo::new(Watched::new(socket, pulse.clone()));
    let connection =
        http1::Builder::new().header_read_timeout(None).max_buf_size(BUFFER).serve_connection(io, service);
    let mut connection = pin!(connection);
    let mut expired = pin!(pulse.expired(patience));
    let mut stopping = pin!(drain.started());
    let mut told = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            () = expired.as_mut() => {
                tracing::debug!("a connection had its time");
                return;
            }
            () = crowd.notified() => if pulse.rests() {
                pulse.part();
                connection.as_mut().graceful_shutdown();
            },
            () = stopping.as_mut(), if !told => {
                told = true;
                pulse.part();
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// An answer's body, which notes its own end.
struct Answer {
    body: Body,
    pulse: Arc<Pulse>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.pulse.idle();
    }
}
