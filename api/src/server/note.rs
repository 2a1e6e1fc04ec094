//! What is learnt of a request on its way in, for its answer and the access log.

use super::limits::Rated;
use crate::auth::Caller;
use std::sync::{Arc, OnceLock};

/// Travels in the request's extensions; the outermost layer keeps a copy.
#[derive(Debug, Clone, Default)]
pub struct RequestNote(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    id: OnceLock<Arc<str>>,
    tenant: OnceLock<Arc<str>>,
    key: OnceLock<Arc<str>>,
    rated: OnceLock<Rated>,
}

impl RequestNote {
    /// A note on the request of this id.
    pub fn new(id: Arc<str>) -> Self {
        let note = Self::default();
        let _ = note.0.id.set(id);
        note
    }

    /// The request's id.
    pub fn id(&self) -> Arc<str> {
        self.0.id.get_or_init(|| uuid::Uuid::now_v7().to_string().into()).clone()
    }

    /// Notes who calls.
    pub fn caller(&self, caller: &Caller) {
        let _ = self.0.tenant.set(caller.tenant.as_str().into());
        let _ = self.0.key.set(caller.prefix.clone());
    }

    /// Notes where the caller stands.
    pub fn rated(&self, rated: Rated) {
        let _ = self.0.rated.set(rated);
    }

    /// Where the caller stands, once the request was counted.
    pub fn standing(&self) -> Option<&Rated> {
        self.0.rated.get()
    }

    /// The tenant, once known.
    pub fn tenant(&self) -> &str {
        self.0.tenant.get().map_or("-", |tenant| tenant)
    }

    /// The first characters of the key, once known to be one.
    pub fn key(&self) -> &str {
        self.0.key.get().map_or("-", |key| key)
    }
}
