//! The secret that signs deliveries, in the form of the Standard Webhooks scheme.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What every secret starts with.
const PREFIX: &str = "whsec_";
/// How many bytes of key a secret may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// `whsec_` and 24 to 64 bytes in base64.
///
/// `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// Takes a secret in its written form.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let key = text.strip_prefix(PREFIX).and_then(|key| STANDARD.decode(key).ok());
        match key {
            Some(key) if BYTES.contains(&key.len()) => Ok(Self(text.to_owned())),
            _ => Err("must be whsec_ and 24 to 64 bytes in base64"),
        }
    }

    /// Makes a secret out of random bytes.
    ///
    /// # Errors
    /// A field message where they are not 24 to 64.
    pub fn from_bytes(key: &[u8]) -> Result<Self, &'static str> {
        Self::parse(&format!("{PREFIX}{}", STANDARD.encode(key)))
    }

    /// The secret as it is shown to its owner.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key that signs.
    pub fn key(&self) -> Vec<u8> {
        STANDARD.decode(self.0.trim_start_matches(PREFIX)).unwrap_or_default()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("WebhookSecret(..)")
    }
}
