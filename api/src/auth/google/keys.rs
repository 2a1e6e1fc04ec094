//! Google's public keys, in JWKS form, from an address or a file.
//!
//! They change every few days. So they are read again after an hour, and sooner where a token names one that is not among
//! them, but no more than once a minute: tokens that name keys which never were must not make us ask Google each time.
//! While Google does not answer, the keys of the last day go on.

use super::GoogleError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::RsaPublicKeyComponents;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long they are believed without asking.
const FRESH: Duration = Duration::from_secs(3_600);
/// How long they are used where there are no newer ones.
const USABLE: Duration = Duration::from_secs(24 * 3_600);
const BETWEEN_READS: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(5);
/// Google's have some 1,000 bytes.
const LONGEST: usize = 256 * 1024;

/// An RSA key's modulus and exponent.
pub(super) type PublicKey = RsaPublicKeyComponents<Vec<u8>>;

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// At an `https://` or `http://` address.
    Address(String),
    /// In a file.
    File(PathBuf),
}

/// The keys, as they were last read.
pub(super) struct Keys {
    source: KeySource,
    http: reqwest::Client,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<String, Arc<PublicKey>>,
    read: Option<Instant>,
    tried: Option<Instant>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Keys {
    pub(super) fn new(source: KeySource) -> Result<Self, GoogleError> {
        let away = |error: &dyn std::fmt::Display| GoogleError::Away(error.to_string());
        let tls = sunledger_webhooks::trusting_tls().map_err(|error| away(&error))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .timeout(PATIENCE)
            .user_agent(concat!("Sunledger/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| away(&error))?;
        Ok(Self { source, http, kept: Mutex::default() })
    }

    /// The key of this id; `None` where there is none.
    ///
    /// # Errors
    /// `Away` where none can be had.
    pub(super) async fn find(&self, kid: &str) -> Result<Option<Arc<PublicKey>>, GoogleError> {
        // Held while they are read: those who come meanwhile want the same ones.
        let mut kept = self.kept.lock().await;
        let age = |at: Option<Instant>| at.map_or(Duration::MAX, |at| at.elapsed());
        let known = kept.keys.contains_key(kid) && age(kept.read) < FRESH;
        let mut failed = None;
        if !known && age(kept.tried) >= BETWEEN_READS {
            kept.tried = Some(Instant::now());
            match self.read().await.and_then(|text| parse(&text)) {
                Ok(keys) => {
                    kept.keys = keys;
                    kept.read = kept.tried;
                }
                Err(error) => {
                    tracing::warn!(error, "Google's keys cannot be read");
                    failed = Some(error);
                }
            }
        }
        if age(kept.read) < USABLE {
            return Ok(kept.keys.get(kid).cloned());
        }
        Err(GoogleError::Away(failed.unwrap_or_else(|| "they could not be read a moment ago".to_owned())))
    }

    async fn read(&self) -> Result<Vec<u8>, String> {
        match &self.source {
            KeySource::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
                read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
            }
            KeySource::Address(address) => {
                let answer = self.http.get(address).send().await.map_err(|error| error.to_string())?;
                let mut answer = answer.error_for_status().map_err(|error| error.to_string())?;
                let mut text = Vec::new();
                while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
                    if text.len() + chunk.len() > LONGEST {
                        return Err("the answer is too long".to_owned());
                    }
                    text.extend_from_slice(&chunk);
                }
                Ok(text)
            }
        }
    }
}

/// The keys that sign, by their ids. Others may stand beside them.
fn parse(text: &[u8]) -> Result<HashMap<String, Arc<PublicKey>>, String> {
    let set: KeySet = serde_json::from_slice(text).map_err(|error| format!("no JWKS: {error}"))?;
    let signs = |key: &Jwk| key.kty == "RSA" && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
    let number = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
    let keys: HashMap<_, _> = set
        .keys
        .into_iter()
        .filter(signs)
        .filter_map(|key| {
            let components = PublicKey { n: number(key.n)?, e: number(key.e)? };
            Some((key.kid?, Arc::new(components)))
        })
        .collect();
    if keys.is_empty() { Err("there is no RSA key for signatures in it".to_owned()) } else { Ok(keys) }
}
