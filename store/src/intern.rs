//! Shares the texts of a page of events: kinds, types and tenants come again and again, and the events of one
//! command have the same metadata.

use crate::StoreError;
use foldhash::HashSet;
use std::sync::Arc;
use sunledger_domain::TenantId;

/// Lives as long as one page is read.
#[derive(Default)]
pub(crate) struct Interner {
    names: HashSet<Arc<str>>,
    tenants: Vec<TenantId>,
    metadata: Option<Arc<str>>,
}

/// Tenants of one page that are looked through before another is made.
const TENANTS: usize = 16;

impl Interner {
    /// A text out of a small vocabulary.
    pub(crate) fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.names.insert(new.clone());
        new
    }

    /// A tenant.
    ///
    /// # Errors
    /// `Damaged` where the log holds what cannot be one.
    pub(crate) fn tenant(&mut self, text: &str) -> Result<TenantId, StoreError> {
        if let Some(known) = self.tenants.iter().find(|tenant| tenant.as_str() == text) {
            return Ok(known.clone());
        }
        let new = TenantId::stored(text)
            .map_err(|error| StoreError::Damaged(format!("tenant {text:?}: {error}")))?;
        if self.tenants.len() == TENANTS {
            self.tenants.clear();
        }
        self.tenants.push(new.clone());
        Ok(new)
    }

    /// Metadata: equal to the event's before, or new.
    pub(crate) fn metadata(&mut self, text: &str) -> Arc<str> {
        match &self.metadata {
            Some(last) if **last == *text => last.clone(),
            _ => {
                let new: Arc<str> = text.into();
                self.metadata = Some(new.clone());
                new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        let mut interner = Interner::default();
        let first = interner.name("invoice");
        assert!(Arc::ptr_eq(&first, &interner.name("invoice")));
        let metadata = interner.metadata("{}");
        assert!(Arc::ptr_eq(&metadata, &interner.metadata("{}")));
        assert_eq!(&*interner.metadata("{\"a\":1}"), "{\"a\":1}");
    }

    #[test]
    fn more_tenants_than_are_kept_still_read_right() {
        let mut interner = Interner::default();
        for index in 0..100 {
            let name = format!("t{index}");
            assert_eq!(interner.tenant(&name).unwrap().as_str(), name);
        }
        assert!(interner.tenant("Not A Tenant").is_err());
    }
}
