//! Links that download an invoice without a key: `{"url": "..."}`, good for an hour.
//!
//! A link says by itself whose invoice it is and until when it is good, and is signed (HMAC-SHA-256) with a key that only
//! the log's servers know. So nothing is kept for a link, every server takes every other one's, and a restart changes
//! nothing. The key is made when the first link is, and lies beside the log (`meta`), which no history, feed or query of
//! the API shows; a backup has it. Taking that row out makes every link invalid, and the next one makes a new key once the
//! servers were started again.
//!
//! This is the one way to a tenant's data without a [`crate::auth::Call`]: a link names one invoice of one tenant, and its
//! signature stands for the key that asked for it.

use crate::http::ApiError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_store::{Log, StoreError};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// How long a link is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// The name of the key beside the log.
const KEY: &str = "link_key";
/// What is signed begins with this, so that no signature of this key ever means anything else.
const PURPOSE: &[u8] = b"sunledger invoice pdf 1\n";
const KEY_BYTES: usize = 32;
/// No tenant's name makes a longer one.
const MAX_TOKEN: usize = 512;

type Key = Hmac<Sha256>;

/// Makes links and reads them. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Links(Arc<OnceCell<Key>>);

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Whose.
    pub(super) tenant: TenantId,
    /// The invoice.
    pub(super) invoice: Uuid,
}

impl Links {
    /// The text of a new link.
    ///
    /// # Errors
    /// Where the key cannot be read or made.
    pub(super) async fn write(&self, log: &Log, link: &Link, now: Timestamp) -> Result<String, ApiError> {
        let until = now.as_second().saturating_add(GOOD_FOR.as_secs());
        Ok(sign(self.key(log).await?, link, until))
    }

    /// What a link's text opens.
    ///
    /// # Errors
    /// 404 where nobody here wrote it, 410 where its hour is over; also where the key cannot be read.
    pub(super) async fn read(&self, log: &Log, text: &str, now: Timestamp) -> Result<Link, ApiError> {
        opened(self.key(log).await?, text, now)
    }

    /// The key of all servers on this log.
    async fn key(&self, log: &Log) -> Result<&Key, ApiError> {
        self.0.get_or_try_init(|| key(log)).await
    }
}

async fn key(log: &Log) -> Result<Key, ApiError> {
    // Of several servers that make one at the same time the first wins, and the others read it.
    for _ in 0..2 {
        if let Some(text) = log.get_meta(KEY).await? {
            let damaged = || StoreError::Damaged("the key of the links is none".into());
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged())?;
            return Ok(Key::new_from_slice(&bytes).map_err(|_| damaged())?);
        }
        let mut new = [0; KEY_BYTES];
        getrandom::fill(&mut new).map_err(|error| ApiError::internal(format!("random numbers: {error}")))?;
        log.set_meta(KEY, None, &URL_SAFE_NO_PAD.encode(new)).await?;
    }
    Err(ApiError::internal("the key of the links is not kept"))
}

/// `<claim>.<signature>`, each in URL-safe base64. The claim: until when (8 bytes), the invoice (16), the tenant's name.
fn sign(key: &Key, link: &Link, until: i64) -> String {
    let mut claim = until.to_be_bytes().to_vec();
    claim.extend_from_slice(link.invoice.as_bytes());
    claim.extend_from_slice(link.tenant.as_str().as_bytes());
    let signature = signed(key, &claim).finalize().into_bytes();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(claim), URL_SAFE_NO_PAD.encode(signature))
}

/// What a text claims, and until when, where its signature is right.
fn verify(key: &Key, text: &str) -> Option<(Link, i64)> {
    if text.len() > MAX_TOKEN {
        return None;
    }
    let (claim, signature) = text.split_once('.')?;
    let claim = URL_SAFE_NO_PAD.decode(claim).ok()?;
    // Compared in constant time.
    signed(key, &claim).verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let (until, rest) = claim.split_first_chunk::<8>()?;
    let (invoice, tenant) = rest.split_first_chunk::<16>()?;
    let tenant = TenantId::stored(std::str::from_utf8(tenant).ok()?).ok()?;
    Some((Link { tenant, invoice: Uuid::from_bytes(*invoice) }, i64::from_be_bytes(*until)))
}

/// What a text opens at this moment.
fn opened(key: &Key, text: &str, now: Timestamp) -> Result<Link, ApiError> {
    let (link, until) = verify(key, text).ok_or_else(|| ApiError::not_found("link"))?;
    if now.as_second() < until {
        Ok(link)
    } else {
        Err(ApiError::new(StatusCode::GONE, "This link has expired; ask for a new one"))
    }
}

fn signed(key: &Key, claim: &[u8]) -> Key {
    let mut mac = key.clone();
    mac.update(PURPOSE);
    mac.update(claim);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret(byte: u8) -> Key {
        Key::new_from_slice(&[byte; KEY_BYTES]).unwrap()
    }

    fn link() -> Link {
        Link { tenant: TenantId::new("acme").unwrap(), invoice: Uuid::from_u128(42) }
    }

    #[test]
    fn a_link_opens_what_it_was_written_for() {
        let text = sign(&secret(7), &link(), 1_710_424_501);
        assert_eq!(verify(&secret(7), &text), Some((link(), 1_710_424_501)));
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{text}");
    }

    #[test]
    fn a_link_is_good_until_its_hour_is_over() {
        let text = sign(&secret(7), &link(), 1_710_424_501);
        let at = |second| opened(&secret(7), &text, Timestamp::from_second(second).unwrap());
        assert_eq!(at(1_710_424_500).unwrap(), link());
        assert_eq!(at(1_710_424_501).unwrap_err().status, 410);
        assert_eq!(opened(&secret(8), &text, Timestamp::UNIX_EPOCH).unwrap_err().status, 404);
    }

    #[test]
    fn another_key_opens_nothing() {
        assert_eq!(verify(&secret(8), &sign(&secret(7), &link(), 1)), None);
    }

    proptest! {
        /// Not a bit of it can be changed, and nothing put behind or taken away.
        #[test]
        fn a_changed_link_opens_nothing(place in 0_usize..80, other in "[A-Za-z0-9_.-]") {
            let text = sign(&secret(7), &link(), 1_710_424_501);
            let mut changed = text.clone();
            let place = place % text.len();
            changed.replace_range(place..=place, &other);
            if changed != text {
                prop_assert_eq!(verify(&secret(7), &changed), None);
            }
            prop_assert_eq!(verify(&secret(7), &format!("{text}{other}")), None);
            prop_assert_eq!(verify(&secret(7), &text[..place]), None);
        }

        #[test]
        fn any_text_opens_nothing(text in ".{0,80}") {
            prop_assert_eq!(verify(&secret(7), &text), None);
        }
    }
}
