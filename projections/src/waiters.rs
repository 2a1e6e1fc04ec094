//! Callers who wait until the read models show a position, and those who only want to know how far they are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// From this many waiters on it is worth looking for those who gave up.
const CROWD: usize = 10_000;

/// Wakes each waiter once, when its position is reached: nobody wakes for somebody else's.
#[derive(Default)]
pub(crate) struct Waiters {
    position: AtomicI64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    by_position: BTreeMap<(i64, u64), oneshot::Sender<()>>,
}

impl Waiters {
    /// How far the read models are.
    pub(crate) fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
    }

    /// They are this far now.
    pub(crate) fn reached(&self, position: i64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.position.store(position, Ordering::Release);
        let later = waiting.by_position.split_off(&(position + 1, 0));
        let ready = std::mem::replace(&mut waiting.by_position, later);
        drop(waiting);
        for (_, waiter) in ready {
            // A waiter that went away needs no answer.
            let _ = waiter.send(());
        }
    }

    /// Returns once they are at `position`, however far that is; false where they come no nearer for so long.
    pub(crate) async fn approach(&self, position: i64, patience: Duration) -> bool {
        loop {
            let before = self.position();
            if tokio::time::timeout(patience, self.wait_for(position)).await.is_ok() {
                return true;
            }
            if self.position() <= before {
                return false;
            }
            tracing::info!(position = self.position(), goal = position, "the read models are catching up");
        }
    }

    /// True while somebody waits.
    pub(crate) fn any(&self) -> bool {
        !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).by_position.is_empty()
    }

    /// Returns once they are at `position`.
    pub(crate) async fn wait_for(&self, position: i64) {
        let waiter = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if self.position() >= position {
                return;
            }
            if waiting.by_position.len() >= CROWD {
                // Those who gave up must not pile up while the projector is away.
                waiting.by_position.retain(|_, waiter| !waiter.is_closed());
            }
            let (sender, receiver) = oneshot::channel();
            let turn = waiting.next;
            waiting.next += 1;
            waiting.by_position.insert((position, turn), sender);
            receiver
        };
        // An error means that the projector is gone: the caller's time limit speaks then.
        if waiter.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn each_waiter_wakes_at_its_own_position() {
        let waiters = Arc::new(Waiters::default());
        let early = tokio::spawn({
            let waiters = waiters.clone();
            async move { waiters.wait_for(2).await }
        });
        let late = tokio::spawn({
            let waiters = waiters.clone();
            async move { waiters.wait_for(5).await }
        });
        tokio::task::yield_now().await;
        waiters.reached(3);
        early.await.unwrap();
        assert!(!late.is_finished());
        waiters.reached(5);
        late.await.unwrap();
        waiters.wait_for(4).await;
        assert!(!waiters.any());
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_nearer_is_waited_for_and_what_stands_still_is_not() {
        let waiters = Arc::new(Waiters::default());
        let follower = tokio::spawn({
            let waiters = waiters.clone();
            async move {
                for position in 1..=5 {
                    tokio::time::sleep(Duration::from_secs(6)).await;
                    waiters.reached(position);
                }
            }
        });
        assert!(
            waiters.approach(5, Duration::from_secs(8)).await,
            "it took 30 seconds, and came nearer all the time"
        );
        follower.await.unwrap();
        assert!(!waiters.approach(6, Duration::from_secs(8)).await);
    }
}
