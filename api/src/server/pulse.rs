//! When a connection has had its time.
//!
//! hyper's own header timeout runs while a connection is idle too, so it cannot tell a client that keeps a connection
//! for its next request from one that sends its request a byte at a time, and it does not watch an answer that nobody
//! reads. Here the socket and the service note what happens, and a watch beside the connection judges it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes of a refused request that are thrown away so that its sender gets to read the refusal.
const LINGER_BYTES: usize = 32 << 20;
/// How long that may take.
const LINGER: Duration = Duration::from_secs(2);

/// A connection that was idle for so long gives its place to another where places are short.
const REST: Duration = Duration::from_secs(1);

const IDLE: u8 = 0;
const HEAD: u8 = 1;
const BUSY: u8 = 2;
const LINGERING: u8 = 3;
const PARTING: u8 = 4;

/// How long a connection may be in each state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a request's head to arrive, from its first byte.
    pub(crate) head: Duration,
    /// Between requests, and for an answer to move on.
    pub(crate) idle: Duration,
}

/// What a connection is doing, and since when.
#[derive(Debug)]
pub(crate) struct Pulse {
    origin: Instant,
    state: AtomicU8,
    /// Milliseconds after `origin`.
    since: AtomicU64,
    /// Milliseconds after `origin`, plus one; 0 while nothing is waiting to be written.
    blocked: AtomicU64,
    /// Wakes the watch when a state begins whose limit may end before the watch would look again.
    hurried: Notify,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            state: AtomicU8::new(IDLE),
            since: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
            hurried: Notify::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn enter(&self, state: u8) {
        self.since.store(self.now(), Relaxed);
        self.state.store(state, Relaxed);
    }

    /// A request has arrived.
    pub(crate) fn busy(&self) {
        self.enter(BUSY);
    }

    /// Its answer is written.
    pub(crate) fn idle(&self) {
        self.enter(IDLE);
    }

    /// The server stops: a connection between requests has nothing unread, and is closed without lingering.
    pub(crate) fn part(&self) {
        if self.state.load(Relaxed) == IDLE {
            self.enter(PARTING);
        }
    }

    /// Whether nothing has happened on the connection for a while.
    pub(crate) fn rests(&self) -> bool {
        let since = Duration::from_millis(self.since.load(Relaxed));
        self.state.load(Relaxed) == IDLE && self.origin.elapsed().saturating_sub(since) >= REST
    }

    fn linger(&self) {
        self.enter(LINGERING);
        self.hurried.notify_one();
    }

    fn received(&self) {
        if self.state.load(Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    fn wrote<T>(&self, result: &Poll<T>) {
        if result.is_ready() {
            self.blocked.store(0, Relaxed);
        } else if self.blocked.load(Relaxed) == 0 {
            self.blocked.store(self.now() + 1, Relaxed);
        }
    }

    /// How much longer the connection may go on as it is; `None` once it may not.
    fn left(&self, patience: Patience) -> Option<Duration> {
        let now = self.now();
        let left = |since: u64, limit: Duration| {
            let spent = Duration::from_millis(now.saturating_sub(since));
            limit.checked_sub(spent).filter(|left| !left.is_zero())
        };
        let blocked = self.blocked.load(Relaxed);
        if blocked > 0 {
            return left(blocked - 1, patience.idle);
        }
        let since = self.since.load(Relaxed);
        match self.state.load(Relaxed) {
            IDLE => left(since, patience.idle),
            HEAD => left(since, patience.head),
            LINGERING => left(since, LINGER),
            // The handler has time limits of its own.
            _ => Some(patience.idle),
        }
    }

    /// Returns once the connection has had its time.
    pub(crate) async fn expired(&self, patience: Patience) {
        while let Some(left) = self.left(patience) {
            // It may begin to do something with a shorter limit in the meantime.
            tokio::select! {
                () = tokio::time::sleep(left.min(patience.head)) => {}
                () = self.hurried.notified() => {}
            }
        }
    }
}

/// A socket that notes what happens on it.
pub(crate) struct Watched<S> {
    socket: S,
    pulse: Arc<Pulse>,
    thrown_away: usize,
}

impl<S> Watched<S> {
    pub(crate) fn new(socket: S, pulse: Arc<Pulse>) -> Self {
        Self { socket, pulse, thrown_away: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.socket).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pulse.received();
        }
        result
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.pulse.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.pulse.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// Says goodbye, then reads what the other side is still sending until it has understood. Closing at once would
    /// make the kernel answer those bytes with a reset, which can overtake the answer ("413") that explains the end.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let state = self.pulse.state.load(Relaxed);
        if state != LINGERING {
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
            if state == PARTING {
                return Poll::Ready(Ok(()));
            }
            self.pulse.blocked.store(0, Relaxed);
            self.pulse.linger();
        }
        let mut bin = [0u8; 4096];
        while self.thrown_away < LINGER_BYTES {
            let mut buf = ReadBuf::new(&mut bin);
            match ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => self.thrown_away += buf.filled().len(),
                // Its end, or a reset: either way nobody is left to be confused.
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { head: Duration::from_secs(10), idle: Duration::from_secs(75) };

    async fn lasts(pulse: &Pulse) -> u64 {
        let began = Instant::now();
        match tokio::time::timeout(Duration::from_secs(3600), pulse.expired(PATIENCE)).await {
            Ok(()) => began.elapsed().as_secs(),
            Err(_) => u64::MAX,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_state_has_its_time() {
        let pulse = Pulse::new();
        assert_eq!(lasts(&pulse).await, 75, "idle");
        pulse.idle();
        pulse.received();
        assert_eq!(lasts(&pulse).await, 10, "a head that does not end");
        pulse.busy();
        assert_eq!(lasts(&pulse).await, u64::MAX, "a request in hand");
        pulse.wrote(&Poll::<()>::Pending);
        assert_eq!(lasts(&pulse).await, 75, "an answer that nobody reads");
        pulse.wrote(&Poll::Ready(()));
        pulse.idle();
        assert_eq!(lasts(&pulse).await, 75, "idle again");
    }

    #[tokio::test(start_paused = true)]
    async fn lingering_is_short_even_where_the_watch_had_settled_for_long() {
        let pulse = Arc::new(Pulse::new());
        let watch = tokio::spawn({
            let pulse = pulse.clone();
            async move { lasts(&pulse).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        pulse.linger();
        assert_eq!(watch.await.unwrap(), 1 + LINGER.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn more_bytes_do_not_buy_more_time_for_a_head() {
        let pulse = Arc::new(Pulse::new());
        pulse.received();
        tokio::spawn({
            let pulse = pulse.clone();
            async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    pulse.received();
                }
            }
        });
        assert_eq!(lasts(&pulse).await, 10);
    }
}
