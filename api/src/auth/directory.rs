//! From a key's hash to its caller, and from a tenant to its profile, without asking the read models at every request.
//!
//! What is found is believed for half a second, so that a key deleted through another process stops here within that;
//! one deleted through this process is forgotten at once. What is *not* found may be a key that was made a moment ago
//! beside this server: the read models are brought up to the log's head and asked once more. As this costs more than a
//! look-up, few may do it at a time, and a wrong key is remembered for a second.

use crate::http::{ApiError, Away};
use futures_util::future::BoxFuture;
use quick_cache::sync::Cache;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;
use sunledger_commands::{ActorKind, ReadSide};
use sunledger_domain::TenantId;
use sunledger_domain::api_key::{ApiKey, Scope};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::user::Role;
use sunledger_projections::{Reads, View};
use sunledger_store::{Log, StoreError};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

pub(crate) const BELIEVED: Duration = Duration::from_millis(500);
const UNKNOWN_FOR: Duration = Duration::from_secs(1);
const CATCH_UP: Duration = Duration::from_secs(2);
const CATCH_UPS: usize = 4;
/// How long one request waits for what another looks up: in an outage they must not fail one after the other.
pub(super) const SHARED: Duration = Duration::from_secs(1);
const KEYS: usize = 10_000;
const TENANTS: usize = 1_000;

/// Who calls, by a key or signed in, and what that opens.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose data.
    pub tenant: TenantId,
    /// A key, or a user.
    pub kind: ActorKind,
    /// The key's id, or the user's.
    pub id: Uuid,
    /// Its name.
    pub name: Arc<str>,
    /// What tells it from others in the access log: the key's first characters, or the user's number.
    pub prefix: Arc<str>,
    /// What it opens.
    pub scopes: Vec<Scope>,
    /// The role, of a user.
    pub role: Option<Role>,
}

/// Where keys and profiles are looked up.
pub trait Source: Send + Sync {
    /// The key with this hash, as the read models have it now.
    fn key<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Caller>, StoreError>>;

    /// A tenant's profile, as the read models have it now.
    fn profile<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Option<Arc<Tenant>>, StoreError>>;

    /// Returns once the read models show all that was in the log when it was called.
    fn catch_up(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// The read models of this process, and the log that they follow.
pub struct ReadModels {
    /// The queries.
    pub reads: Reads,
    /// The log.
    pub log: Log,
    /// Waits for the read models.
    pub read_side: Arc<dyn ReadSide>,
}

impl Source for ReadModels {
    fn key<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Caller>, StoreError>> {
        Box::pin(async move {
            Ok(self.reads.key_by_hash(hash).await?.map(|(tenant, key): (_, View<ApiKey>)| Caller {
                tenant,
                kind: ActorKind::Key,
                id: key.id,
                name: key.state.name.as_str().into(),
                prefix: key.state.prefix.as_str().into(),
                scopes: key.state.scopes,
                role: None,
            }))
        })
    }

    fn profile<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        Box::pin(async move {
            let view = self.reads.get::<Tenant>(tenant, tenant.stream_id()).await?;
            Ok(view.map(|view| Arc::new(view.state)))
        })
    }

    fn catch_up(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let head = self.log.head().await?;
            self.read_side.wait_for(head).await
        })
    }
}

/// A value and when it was looked up.
pub(super) type Dated<T> = (Instant, T);

/// Finds callers and profiles.
pub struct Directory {
    source: Box<dyn Source>,
    keys: Cache<String, Dated<Arc<Caller>>>,
    unknown: Cache<String, Instant>,
    profiles: Cache<TenantId, Dated<Arc<Tenant>>>,
    catch_ups: Semaphore,
}

impl Directory {
    /// A directory of what a source has.
    pub fn new(source: impl Source + 'static) -> Self {
        Self {
            source: Box::new(source),
            keys: Cache::new(KEYS),
            unknown: Cache::new(KEYS),
            profiles: Cache::new(TENANTS),
            catch_ups: Semaphore::new(CATCH_UPS),
        }
    }

    /// The caller whose key has this hash; `None` where there is no such key.
    ///
    /// # Errors
    /// 503 where the read models cannot be asked.
    pub async fn caller(&self, hash: &str) -> Result<Option<Arc<Caller>>, ApiError> {
        match believed(&self.keys, hash) {
            Some(caller) => Ok(Some(caller)),
            // Boxed, as it is seldom awaited: requests' futures are moved, and stay small.
            None => Box::pin(self.find_caller(hash)).await,
        }
    }

    async fn find_caller(&self, hash: &str) -> Result<Option<Arc<Caller>>, ApiError> {
        // Of many requests that miss at once, one looks; the others wait for what it finds.
        let place = match timeout(SHARED, self.keys.get_value_or_guard_async(hash)).await {
            Ok(Ok((_, caller))) => return Ok(Some(caller)),
            Ok(Err(place)) => Some(place),
            Err(_) => None,
        };
        if self.unknown.get(hash).is_some_and(|at| at.elapsed() < UNKNOWN_FOR) {
            return Ok(None);
        }
        let asked = Instant::now();
        let mut found = self.source.key(hash).await?;
        if found.is_none() {
            found = self.look_again(hash).await?;
        }
        match found.map(Arc::new) {
            Some(caller) => {
                // A key forgotten while it was looked up lost its place, and is looked up again next time.
                let _ = place.map(|place| place.insert((asked, caller.clone())));
                Ok(Some(caller))
            }
            None => {
                self.unknown.insert(hash.to_owned(), asked);
                Ok(None)
            }
        }
    }

    async fn look_again(&self, hash: &str) -> Result<Option<Caller>, ApiError> {
        let catch_up = async {
            let _turn = self.catch_ups.acquire().await;
            self.source.catch_up().await
        };
        match timeout(CATCH_UP, catch_up).await {
            Ok(done) => done?,
            // Whether the key is good cannot be said now; 401 would make the caller give up for good.
            Err(_) => return Err(ApiError::unavailable(Away::Keys, "The service is catching up", 2)),
        }
        Ok(self.source.key(hash).await?)
    }

    /// A tenant's profile: that of its home. A tenant with a key has one.
    ///
    /// # Errors
    /// 503 where the read models cannot be asked.
    pub async fn profile(&self, tenant: &TenantId) -> Result<Arc<Tenant>, ApiError> {
        let home = tenant.home();
        match believed(&self.profiles, &home) {
            Some(profile) => Ok(profile),
            None => Box::pin(self.find_profile(&home)).await,
        }
    }

    async fn find_profile(&self, tenant: &TenantId) -> Result<Arc<Tenant>, ApiError> {
        let place = match timeout(SHARED, self.profiles.get_value_or_guard_async(tenant)).await {
            Ok(Ok((_, profile))) => return Ok(profile),
            Ok(Err(place)) => Some(place),
            Err(_) => None,
        };
        let asked = Instant::now();
        let profile = self.source.profile(tenant).await?;
        let profile =
            profile.ok_or_else(|| ApiError::internal(format!("tenant {tenant} has keys and no profile")))?;
        let _ = place.map(|place| place.insert((asked, profile.clone())));
        Ok(profile)
    }

    /// A key was deleted here: it opens nothing from now on.
    pub fn forget_key(&self, hash: &str) {
        self.keys.remove(hash);
    }

    /// A profile was changed here: the next request sees it.
    pub fn forget_profile(&self, tenant: &TenantId) {
        self.profiles.remove(tenant);
    }
}

/// What was looked up a moment ago; what is older is thrown out.
pub(super) fn believed<K, Q, V>(cache: &Cache<K, Dated<V>>, key: &Q) -> Option<V>
where
    K: Hash + Eq + Clone,
    Q: Hash + quick_cache::Equivalent<K> + ?Sized,
    V: Clone,
{
    match cache.get(key) {
        Some((at, value)) if at.elapsed() < BELIEVED => Some(value),
        Some(_) => {
            // Only if it is still the old one: another request may have put a new one there just now.
            cache.remove_if(key, |(at, _)| at.elapsed() >= BELIEVED);
            None
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[derive(Default)]
    struct Shelf {
        keys: Mutex<HashMap<String, Caller>>,
        /// What the log has and the read models do not show yet.
        behind: Mutex<HashMap<String, Caller>>,
        asked: AtomicUsize,
        caught_up: AtomicUsize,
        stuck: bool,
    }

    impl Source for Arc<Shelf> {
        fn key<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Caller>, StoreError>> {
            Box::pin(async move {
                self.asked.fetch_add(1, SeqCst);
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(self.keys.lock().unwrap().get(hash).cloned())
            })
        }

        fn profile<'a>(&'a self, _: &'a TenantId) -> BoxFuture<'a, Result<Option<Arc<Tenant>>, StoreError>> {
            Box::pin(async {
                self.asked.fetch_add(1, SeqCst);
                Ok(Some(Arc::new(Tenant::default())))
            })
        }

        fn catch_up(&self) -> BoxFuture<'_, Result<(), StoreError>> {
            Box::pin(async {
                self.caught_up.fetch_add(1, SeqCst);
                if self.stuck {
                    std::future::pending::<()>().await;
                }
                self.keys.lock().unwrap().extend(self.behind.lock().unwrap().drain());
                Ok(())
            })
        }
    }

    fn caller() -> Caller {
        Caller {
            tenant: TenantId::new("default").unwrap(),
            kind: ActorKind::Key,
            id: Uuid::nil(),
            name: "test".into(),
            prefix: "slk_test".into(),
            scopes: Vec::new(),
            role: None,
        }
    }

    async fn known(directory: &Directory, hash: &str) -> bool {
        directory.caller(hash).await.unwrap().is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn a_found_key_is_believed_for_half_a_second() {
        let shelf = Arc::new(Shelf::default());
        shelf.keys.lock().unwrap().insert("a".to_owned(), caller());
        let directory = Directory::new(shelf.clone());
        for _ in 0..10 {
            assert!(known(&directory, "a").await);
        }
        assert_eq!(shelf.asked.load(SeqCst), 1);
        shelf.keys.lock().unwrap().clear();
        tokio::time::advance(Duration::from_millis(498)).await;
        assert!(known(&directory, "a").await, "still believed");
        tokio::time::advance(Duration::from_millis(2)).await;
        assert!(!known(&directory, "a").await, "and no longer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_forgotten_key_stops_at_once() {
        let shelf = Arc::new(Shelf::default());
        shelf.keys.lock().unwrap().insert("a".to_owned(), caller());
        let directory = Directory::new(shelf.clone());
        assert!(known(&directory, "a").await);
        shelf.keys.lock().unwrap().clear();
        directory.forget_key("a");
        assert!(!known(&directory, "a").await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_made_a_moment_ago_is_found_in_the_log() {
        let shelf = Arc::new(Shelf::default());
        shelf.behind.lock().unwrap().insert("new".to_owned(), caller());
        let directory = Directory::new(shelf.clone());
        assert!(known(&directory, "new").await);
        assert_eq!(shelf.caught_up.load(SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_keys_cannot_hammer_the_log() {
        let shelf = Arc::new(Shelf::default());
        let directory = Directory::new(shelf.clone());
        for _ in 0..100 {
            assert!(!known(&directory, "wrong").await);
        }
        assert_eq!(shelf.caught_up.load(SeqCst), 1);
        tokio::time::advance(UNKNOWN_FOR).await;
        shelf.keys.lock().unwrap().insert("wrong".to_owned(), caller());
        assert!(known(&directory, "wrong").await, "what was unknown is asked for again after a second");
    }

    #[tokio::test(start_paused = true)]
    async fn few_catch_up_at_a_time_and_none_waits_for_ever() {
        let shelf = Arc::new(Shelf { stuck: true, ..Shelf::default() });
        let directory = Arc::new(Directory::new(shelf.clone()));
        let asking = (0..20).map(|n| {
            let directory = directory.clone();
            tokio::spawn(async move { directory.caller(&format!("k{n}")).await.unwrap_err().status.as_u16() })
        });
        let asking: Vec<_> = asking.collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(shelf.caught_up.load(SeqCst), CATCH_UPS);
        for status in futures_util::future::join_all(asking).await {
            assert_eq!(status.unwrap(), 503);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_an_outage_nobody_waits_for_all_the_others() {
        let shelf = Arc::new(Shelf { stuck: true, ..Shelf::default() });
        let directory = Arc::new(Directory::new(shelf));
        let began = Instant::now();
        let asking = (0..3).map(|_| {
            let directory = directory.clone();
            tokio::spawn(async move { directory.caller("a").await.is_err() })
        });
        for failed in futures_util::future::join_all(asking).await {
            assert!(failed.unwrap());
        }
        assert!(began.elapsed() < SHARED + CATCH_UP + Duration::from_millis(100), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn many_misses_at_once_ask_once() {
        let shelf = Arc::new(Shelf::default());
        shelf.keys.lock().unwrap().insert("a".to_owned(), caller());
        let directory = Arc::new(Directory::new(shelf.clone()));
        let asking = (0..50).map(|_| {
            let directory = directory.clone();
            tokio::spawn(async move { known(&directory, "a").await })
        });
        for found in futures_util::future::join_all(asking).await {
            assert!(found.unwrap());
        }
        assert_eq!(shelf.asked.load(SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_profile_is_read_again() {
        let shelf = Arc::new(Shelf::default());
        let directory = Directory::new(shelf.clone());
        let tenant = TenantId::new("default").unwrap();
        for _ in 0..5 {
            directory.profile(&tenant).await.unwrap();
        }
        assert_eq!(shelf.asked.load(SeqCst), 1);
        directory.forget_profile(&tenant);
        directory.profile(&tenant).await.unwrap();
        assert_eq!(shelf.asked.load(SeqCst), 2);
    }
}
