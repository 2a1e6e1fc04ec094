//! Wrong passwords make the next attempts on the same account slower. Nobody is locked out, which would be a way to lock
//! others out, and nobody learns which accounts there are: one that does not exist is slowed down alike.
//!
//! The first five cost nothing. From then on attempts are put in a row, with a pause between them that grows from a
//! quarter of a second to eight. An attempt waits for its turn; where it would wait too long it is told when to come
//! again. The right password ends it, and so does an hour without an attempt. Each server counts for itself.

use super::hash_of;
use crate::http::ApiError;
use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Wrong passwords that cost nothing.
const FREE: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How often the pause doubles: up to 8 s, some 10,000 attempts a day.
const DOUBLINGS: u32 = 5;
/// The longest that a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);
/// Accounts remembered. To push one out takes as many attempts on others, each of which costs a hash.
const ACCOUNTS: usize = 100_000;

/// Remembers wrong passwords.
pub(super) struct Attempts {
    accounts: Cache<Account, Arc<Mutex<Failures>>>,
}

/// Whose password is tried: a hash, so that what people typed is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Account(String);

impl Account {
    /// The account of an address in a tenant, whether or not there are such.
    pub(super) fn new(tenant: &str, email: &str) -> Self {
        Self(hash_of(&format!("{tenant}\n{email}")))
    }
}

struct Failures {
    count: u32,
    last: Instant,
    /// When the next attempt may be made.
    next: Instant,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { accounts: Cache::new(ACCOUNTS) }
    }
}

impl Attempts {
    /// Takes a place in the row: how long to wait for it.
    ///
    /// # Errors
    /// 429 where that is too long.
    pub(super) fn wait(&self, account: &Account) -> Result<Duration, ApiError> {
        let Some(failures) = self.accounts.get(account) else { return Ok(Duration::ZERO) };
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if failures.count < FREE || now.duration_since(failures.last) >= FORGOTTEN_AFTER {
            return Ok(Duration::ZERO);
        }
        let turn = failures.next.max(now);
        let wait = turn - now;
        if wait > PATIENCE {
            return Err(ApiError::too_many_requests(wait.as_secs() + 1));
        }
        failures.next = turn + pause(failures.count);
        Ok(wait)
    }

    /// Notes what came of an attempt.
    pub(super) fn note(&self, account: &Account, right: bool) {
        if right {
            self.accounts.remove(account);
            return;
        }
        let now = Instant::now();
        let fresh: Result<_, Infallible> = self.accounts.get_or_insert_with(account, || {
            Ok(Arc::new(Mutex::new(Failures { count: 0, last: now, next: now })))
        });
        let failures = match fresh {
            Ok(failures) => failures,
            Err(never) => match never {},
        };
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(failures.last) >= FORGOTTEN_AFTER {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        if failures.count >= FREE {
            failures.next = failures.next.max(now + pause(failures.count));
        }
    }
}

/// Between two attempts, after so many wrong ones.
fn pause(count: u32) -> Duration {
    FIRST_PAUSE * (1 << count.saturating_sub(FREE).min(DOUBLINGS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Account {
        Account::new("default", "ana@example.com")
    }

    /// One wrong attempt after the other: how long each waited.
    async fn wrong(attempts: &Attempts, times: usize) -> Vec<u128> {
        let mut waited = Vec::new();
        for _ in 0..times {
            let wait = attempts.wait(&ana()).unwrap();
            tokio::time::sleep(wait).await;
            attempts.note(&ana(), false);
            waited.push(wait.as_millis());
        }
        waited
    }

    #[tokio::test(start_paused = true)]
    async fn each_wrong_password_makes_the_next_attempt_slower() {
        let attempts = Attempts::default();
        let waited = wrong(&attempts, 12).await;
        assert_eq!(waited, [0, 0, 0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
        let other = Account::new("default", "bea@example.com");
        assert_eq!(attempts.wait(&other).unwrap(), Duration::ZERO, "others are not concerned");
        assert_ne!(ana(), Account::new("defaultana", "@example.com"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_right_password_ends_it_and_so_does_time() {
        let attempts = Attempts::default();
        wrong(&attempts, 8).await;
        attempts.note(&ana(), true);
        assert_eq!(attempts.wait(&ana()).unwrap(), Duration::ZERO);
        wrong(&attempts, 8).await;
        tokio::time::advance(FORGOTTEN_AFTER).await;
        assert_eq!(attempts.wait(&ana()).unwrap(), Duration::ZERO);
        assert_eq!(wrong(&attempts, 6).await[5], 250, "and it begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_stand_in_a_row_and_are_told_when_it_is_too_long() {
        let attempts = Attempts::default();
        wrong(&attempts, 9).await;
        let waits: Vec<_> = (0..4).map(|_| attempts.wait(&ana()).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits[..2].iter().map(|wait| *wait.as_ref().unwrap()).collect::<Vec<_>>(), [4, 8]);
        for refused in &waits[2..] {
            let error = refused.as_ref().unwrap_err();
            assert_eq!(error.status, 429);
            assert!(error.headers.iter().any(|(name, _)| name == http::header::RETRY_AFTER));
        }
    }
}
