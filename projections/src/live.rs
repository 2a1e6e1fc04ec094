//! Which generation is live, as far as this process knows.
//!
//! The pointer to it moves without asking anybody. What is known of it is therefore believed for [`BELIEVED`] only, and a
//! read that comes later asks first. Whoever moves the pointer keeps the old generation up to date for that long, so that
//! a read shows everything that was answered before it, whichever server it comes to.

use crate::generation::{self, Generation, Pointer};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use sunledger_store::{Log, StoreError, StoreSettings};
use tokio::time::Instant;

/// How long a look at the pointer is good for.
pub(crate) const BELIEVED: Duration = Duration::from_secs(1);

/// The live generation.
pub(crate) struct Live {
    log: Log,
    settings: StoreSettings,
    generation: RwLock<Arc<Generation>>,
    /// When the pointer was last looked at.
    seen: Mutex<Instant>,
    looking: tokio::sync::Mutex<()>,
}

impl Live {
    /// The generation that the pointer named at a moment.
    pub(crate) fn new(log: Log, settings: StoreSettings, generation: Generation, seen: Instant) -> Self {
        let generation = RwLock::new(Arc::new(generation));
        Self { log, settings, generation, seen: Mutex::new(seen), looking: tokio::sync::Mutex::default() }
    }

    /// As this process knows it.
    pub(crate) fn known(&self) -> Arc<Generation> {
        self.generation.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_believed(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < BELIEVED
    }

    /// As a read needs it.
    pub(crate) async fn for_reading(&self) -> Result<Arc<Generation>, StoreError> {
        if !self.is_believed() {
            let _looking = self.looking.lock().await;
            if !self.is_believed() {
                self.look().await?;
            }
        }
        Ok(self.known())
    }

    /// Looks at the pointer, and opens the generation that it names.
    pub(crate) async fn look(&self) -> Result<Option<(Pointer, String)>, StoreError> {
        let now = Instant::now();
        let found = generation::read_pointer(&self.log).await?;
        if let Some((pointer, _)) = &found
            && pointer.live != self.known().number
        {
            self.replace(Generation::open(&self.settings, pointer.live).await?);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = now.max(*seen);
        drop(seen);
        Ok(found)
    }

    /// The pointer names this one now; returns the one before.
    pub(crate) fn replace(&self, generation: Generation) -> Arc<Generation> {
        let mut current = self.generation.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, Arc::new(generation))
    }
}
