//! The Standard Webhooks signing scheme: what proves to a receiver who sent a body, and when.
//!
//! `webhook-signature: v1,<base64 of HMAC-SHA256(secret, "{id}.{timestamp}.{body}")>`. While a rotated secret is
//! still valid both sign, the newer one first, separated by a space: a receiver accepts any signature it can check.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;

/// Header with the message's id, the same on every attempt.
pub const ID: &str = "webhook-id";
/// Header with the time of the attempt, seconds since the Unix epoch.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// Header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";

const PREFIX: &str = "whsec_";

/// What is wrong with a secret. It never repeats the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not begin with `whsec_`.
    #[error("a webhook secret begins with whsec_")]
    Prefix,
    /// The rest is not base64.
    #[error("a webhook secret is base64 after whsec_")]
    Base64,
    /// It is shorter than 24 or longer than 64 bytes.
    #[error("a webhook secret has 24 to 64 bytes")]
    Length,
}

/// An endpoint's signing secret. Debug shows nothing of it, and there is no Display: it can only sign, or be kept
/// in the tables.
#[derive(Clone)]
pub struct Secret {
    text: Arc<str>,
    key: Hmac<Sha256>,
}

impl Secret {
    /// Takes `whsec_<base64>`.
    ///
    /// # Errors
    /// [`SecretError`] where it has another form or a length outside of 24 to 64 bytes.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Base64)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(SecretError::Length);
        }
        let key = Hmac::new_from_slice(&bytes).map_err(|_| SecretError::Length)?;
        Ok(Self { text: text.into(), key })
    }

    /// The secret itself, for the table it is kept in.
    pub(crate) fn reveal(&self) -> Arc<str> {
        self.text.clone()
    }

    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = self.key.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(redacted)")
    }
}

/// A new secret from 32 random bytes: `whsec_` and 44 characters.
pub fn new_secret(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(random))
}

/// The `webhook-signature` of a body under every secret that is valid now; `timestamp` in seconds.
pub fn signatures<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    id: &str,
    timestamp: i64,
    body: &str,
) -> String {
    let signed: Vec<String> = secrets.into_iter().map(|secret| secret.sign(id, timestamp, body)).collect();
    signed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use standardwebhooks::Webhook;

    /// The vector printed by the Standard Webhooks libraries.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    #[test]
    fn signs_the_published_vector() {
        let signature = signatures(
            [&Secret::parse(SECRET).unwrap()],
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn both_secrets_sign_while_a_rotation_lasts_and_either_verifies() {
        let (new, old) = (new_secret([7; 32]), new_secret([9; 32]));
        let secrets = [Secret::parse(&new).unwrap(), Secret::parse(&old).unwrap()];
        let now = jiff::Timestamp::now().as_second();
        let signature = signatures(&secrets, "msg_1", now, "{}");
        assert_eq!(signature.split(' ').count(), 2);
        let mut headers = http::HeaderMap::new();
        headers.insert(ID, "msg_1".parse().unwrap());
        headers.insert(TIMESTAMP, now.to_string().parse().unwrap());
        headers.insert(SIGNATURE, signature.parse().unwrap());
        Webhook::new(&new).unwrap().verify(b"{}", &headers).unwrap();
        Webhook::new(&old).unwrap().verify(b"{}", &headers).unwrap();
        assert!(Webhook::new(&new_secret([8; 32])).unwrap().verify(b"{}", &headers).is_err());
        assert!(Webhook::new(&new).unwrap().verify(b"{ }", &headers).is_err());
    }

    #[test]
    fn refuses_what_is_no_secret() {
        assert_eq!(Secret::parse("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), Err(SecretError::Prefix));
        assert_eq!(Secret::parse("whsec_***"), Err(SecretError::Base64));
        assert_eq!(Secret::parse("whsec_"), Err(SecretError::Length));
        assert_eq!(Secret::parse(&format!("whsec_{}", STANDARD.encode([0; 23]))), Err(SecretError::Length));
        assert_eq!(Secret::parse(&format!("whsec_{}", STANDARD.encode([0; 65]))), Err(SecretError::Length));
        assert!(Secret::parse(&format!("whsec_{}", STANDARD.encode([0; 24]))).is_ok());
        assert!(Secret::parse(&format!("whsec_{}", STANDARD.encode([0; 64]))).is_ok());
    }

    #[test]
    fn debug_tells_nothing() {
        assert_eq!(format!("{:?}", Secret::parse(SECRET).unwrap()), "Secret(redacted)");
    }

    proptest! {
        #[test]
        fn signs_as_the_reference_library_does(
            key in proptest::collection::vec(any::<u8>(), 24..=64),
            id in "[a-zA-Z0-9_-]{1,40}",
            timestamp in 0i64..4_000_000_000,
            body in "\\PC{0,200}",
        ) {
            let text = format!("whsec_{}", STANDARD.encode(&key));
            let ours = signatures([&Secret::parse(&text).unwrap()], &id, timestamp, &body);
            let theirs = Webhook::new(&text).unwrap().sign(&id, timestamp, body.as_bytes()).unwrap();
            prop_assert_eq!(ours, theirs);
        }
    }
}
