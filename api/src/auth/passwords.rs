//! Passwords: hashed with argon2id, off the threads that answer requests, and few at a time, as each takes 19 MiB and some
//! tens of milliseconds of a processor.

use crate::http::ApiError;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use std::time::Duration;
use sunledger_domain::user::{MAX_PASSWORD, PasswordHash};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Memory, KiB: what OWASP's cheat sheet asks for with these passes and lanes.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT: usize = 16;
/// Most at a time, however many processors there are.
const MOST_TURNS: usize = 4;
/// How long one waits for a turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a password is compared with where there is no user: it costs the same, and fits none.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords, and compares them.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

/// One may hash.
pub struct Turn(OwnedSemaphorePermit);

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new(processors.min(MOST_TURNS))) }
    }
}

impl Passwords {
    /// Waits until one may hash.
    ///
    /// # Errors
    /// 429 where too many want to.
    pub async fn turn(&self) -> Result<Turn, ApiError> {
        match timeout(PATIENCE, self.turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            // Nobody closes it; to wait is right in either case.
            Ok(Err(_)) | Err(_) => Err(ApiError::too_many_requests(PATIENCE.as_secs())),
        }
    }

    /// A password's hash, with a salt of its own.
    ///
    /// # Errors
    /// 429 where too many want to hash, 500 where the operating system gives no random numbers.
    pub async fn hash(&self, password: String) -> Result<PasswordHash, ApiError> {
        let turn = self.turn().await?;
        let hashed = aside(turn, move || {
            let mut salt = [0_u8; SALT];
            getrandom::fill(&mut salt).map_err(|error| format!("random numbers: {error}"))?;
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            let hash = hash.map_err(|error| format!("hashing a password: {error}"))?;
            PasswordHash::new(&hash.to_string()).map_err(str::to_owned)
        });
        hashed.await
    }

    /// Whether the password is the one that was hashed. Where there is no hash, it takes as long and is wrong.
    ///
    /// # Errors
    /// 500 where hashing fails.
    pub async fn fits(
        &self,
        turn: Turn,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<bool, ApiError> {
        aside(turn, move || {
            // One that is too long was never hashed, and is not worth the time that its length takes.
            let possible = password.chars().take(MAX_PASSWORD + 1).count() <= MAX_PASSWORD;
            let (known, hash) =
                (hash.is_some() && possible, hash.as_ref().map_or(NOBODY, PasswordHash::as_str));
            let password = if possible { password.as_str() } else { "" };
            Ok(argon2()?.verify_password(password.as_bytes(), hash).is_ok() && known)
        })
        .await
    }
}

fn argon2() -> Result<Argon2<'static>, String> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|error| error.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Works on a thread of its own. The turn goes with the work: it goes on where nobody waits for it any more.
async fn aside<T: Send + 'static>(
    turn: Turn,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn.0);
        done
    });
    match done.await {
        Ok(done) => done.map_err(ApiError::internal),
        Err(error) => Err(ApiError::internal(format!("hashing: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fits(passwords: &Passwords, password: &str, hash: Option<&PasswordHash>) -> bool {
        let turn = passwords.turn().await.unwrap();
        passwords.fits(turn, password.to_owned(), hash.cloned()).await.unwrap()
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert!(fits(&passwords, "correct horse", Some(&hash)).await);
        assert!(!fits(&passwords, "correct horse ", Some(&hash)).await);
        assert!(!fits(&passwords, "", Some(&hash)).await);
        assert!(!fits(&passwords, &"x".repeat(1 << 20), Some(&hash)).await);
        let again = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert_ne!(hash, again, "each has its own salt");
    }

    #[tokio::test]
    async fn nobodys_password_is_wrong_and_takes_as_long() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(argon2::password_hash::phc::PasswordHash::new(NOBODY).is_ok(), "it is compared with");
        let cost = |hash: &str| hash.splitn(5, '$').take(4).collect::<String>();
        assert_eq!(cost(NOBODY), cost(hash.as_str()));
        assert!(!fits(&passwords, "", None).await && !fits(&passwords, "correct horse", None).await);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_hash_at_a_time() {
        let passwords = Passwords { turns: Arc::new(Semaphore::new(1)) };
        let held = passwords.turn().await.unwrap();
        assert_eq!(passwords.turn().await.map(drop).unwrap_err().status, 429);
        drop(held);
        assert!(passwords.turn().await.is_ok());
    }
}
