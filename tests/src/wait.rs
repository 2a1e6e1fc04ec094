//! Waiting for what comes in its own time.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long to wait for something that normally comes at once, on a machine that is busy with other tests.
#[must_use]
pub fn patience() -> Duration {
    Duration::from_secs(20)
}

/// Asks until there is an answer, at most [`patience`].
///
/// # Panics
/// When there is none by then: the message says `what` was waited for.
#[track_caller]
pub fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            assert!(started.elapsed() < patience(), "{place}: waited {:?} in vain: {what}", patience());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
