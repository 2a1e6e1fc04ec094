//! Google's ID tokens (OpenID Connect): who it says signs in.
//!
//! A token counts where one of Google's public keys signed it by RS256 (the only algorithm that Google uses, and the only
//! one that is taken: a token that could choose how it is checked would choose not to be), for the configured client, and
//! its time has come and is not over. What it then proves is an e-mail address that Google has verified.

mod keys;
#[cfg(test)]
mod tests;

pub use keys::KeySource;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use keys::Keys;
use ring::signature::RSA_PKCS1_2048_8192_SHA256;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sunledger_domain::value::Email;

const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 60;
/// Google's tokens have some 1,200 bytes.
const LONGEST: usize = 8 * 1024;

/// Why a token proves nothing. Only the log shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoogleError {
    /// It is none, or not for us, or not now.
    #[error("the Google ID token is refused: {0}")]
    Refused(&'static str),
    /// Google's keys cannot be had.
    #[error("Google's keys: {0}")]
    Away(String),
}

use GoogleError::Refused;

/// Verifies ID tokens.
pub struct Google {
    clients: Vec<String>,
    keys: Keys,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// Extensions that must be understood; none is.
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: i64,
    nbf: Option<i64>,
    email: String,
    email_verified: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Google {
    /// Verifies tokens for these client ids by the keys of this source.
    ///
    /// # Errors
    /// Where the HTTP client cannot be set up.
    pub fn new(clients: Vec<String>, source: KeySource) -> Result<Self, GoogleError> {
        Ok(Self { clients, keys: Keys::new(source)? })
    }

    /// The address that a token proves.
    ///
    /// # Errors
    /// [`GoogleError`]
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Email, GoogleError> {
        if token.len() > LONGEST {
            return Err(Refused("it is too long"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused("it is no JWT"))?;
        let (header, claims) = signed.split_once('.').ok_or(Refused("it is no JWT"))?;
        let header: Header = part(header)?;
        if header.alg != "RS256" || header.crit.is_some() {
            return Err(Refused("it is not signed by RS256"));
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused("it is no JWT"))?;
        let key = self.keys.find(&header.kid).await?.ok_or(Refused("its key is none of Google's"))?;
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .map_err(|_| Refused("its signature is wrong"))?;
        self.address(part(claims)?, now)
    }

    fn address(&self, claims: Claims, now: Timestamp) -> Result<Email, GoogleError> {
        let now = now.as_second();
        let ours = |audience: &String| self.clients.contains(audience);
        let for_us = match &claims.aud {
            Audience::One(one) => ours(one),
            Audience::Several(several) => several.iter().any(ours),
        };
        if !ISSUERS.contains(&claims.iss.as_str()) {
            Err(Refused("its issuer is another"))
        } else if !for_us {
            Err(Refused("it is for another client"))
        } else if claims.exp.saturating_add(LEEWAY) <= now {
            Err(Refused("it has expired"))
        } else if claims.nbf.is_some_and(|begins| begins.saturating_sub(LEEWAY) > now) {
            Err(Refused("its time has not come"))
        } else if !claims.email_verified {
            Err(Refused("its address is not verified"))
        } else {
            Email::parse(&claims.email).map_err(|_| Refused("it has no address"))
        }
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, GoogleError> {
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused("it is no JWT"))?;
    serde_json::from_slice(&json).map_err(|_| Refused("it is no ID token"))
}
