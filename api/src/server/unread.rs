//! Whether a request's body was read to its end: an answer that comes before (a wrong key, a wrong method, a body that
//! is too long) leaves the rest on the connection.

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// Knows whether something is left.
pub(crate) struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Watches the request's body.
    pub(crate) fn watch(request: &mut Request) -> Self {
        let left = Arc::new(AtomicBool::new(!request.body().is_end_stream()));
        if left.load(Ordering::Relaxed) {
            let body = std::mem::take(request.body_mut());
            *request.body_mut() = Body::new(Watched { body, left: left.clone() });
        }
        Self(left)
    }

    /// True where the end has not been read.
    pub(crate) fn is_left(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct Watched {
    body: Body,
    left: Arc<AtomicBool>,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.left.store(false, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_body_is_left_until_its_end_was_read() {
        let mut empty = Request::new(Body::empty());
        assert!(!Unread::watch(&mut empty).is_left());
        let mut full = Request::new(Body::from("{}"));
        let unread = Unread::watch(&mut full);
        assert!(unread.is_left());
        full.into_body().collect().await.unwrap();
        assert!(!unread.is_left());
    }
}
