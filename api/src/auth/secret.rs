//! Making API keys, and the one form in which they are kept: a hash.

use sha2::{Digest, Sha256};

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PREFIX: &str = "slk_";
/// How a sandbox's keys begin: who finds one in the settings of something real sees it.
const SANDBOX_PREFIX: &str = "slk_test_";
/// 43 letters of 62 hold 256 bits.
const LENGTH: usize = 43;
/// Random letters that lists show of a key's beginning.
const SHOWN: usize = 4;
/// Letters that lists show of a key that somebody chose, at most.
const MOST_SHOWN: usize = 8;
/// Of a key that somebody chose, which may be short, lists show one letter in so many.
const SHOWN_OF_GIVEN: usize = 8;

/// A key as its owner gets to see it, once.
pub struct NewKey {
    /// The key itself.
    pub secret: String,
    /// Its first characters: what it begins with, and four more.
    pub prefix: String,
    /// Its last four.
    pub last4: String,
    /// SHA-256, hex: what is kept and looked up.
    pub hash: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "NewKey({}...)", self.prefix)
    }
}

impl NewKey {
    /// A new key of 256 random bits, of a sandbox or of a company.
    ///
    /// # Errors
    /// Where the operating system gives no random numbers.
    pub fn generate(sandbox: bool) -> Result<Self, getrandom::Error> {
        let prefix = if sandbox { SANDBOX_PREFIX } else { PREFIX };
        let length = prefix.len() + LENGTH;
        let mut secret = String::with_capacity(length);
        secret.push_str(prefix);
        let mut bytes = [0u8; 64];
        while secret.len() < length {
            getrandom::fill(&mut bytes)?;
            // 248 = 4 x 62: what lies above would make the first letters likelier.
            let letters =
                bytes.iter().filter(|byte| **byte < 248).map(|byte| LETTERS[usize::from(*byte) % 62]);
            secret.extend(letters.map(char::from).take(length - secret.len()));
        }
        Ok(Self::of(secret, prefix.len() + SHOWN))
    }

    /// A key that somebody chose. Eight and four letters of sixteen would leave too few to guess.
    pub fn given(secret: String) -> Self {
        let shown = (secret.chars().count() / SHOWN_OF_GIVEN).min(MOST_SHOWN);
        Self::of(secret, shown)
    }

    fn of(secret: String, shown: usize) -> Self {
        let letters = secret.chars().count();
        Self {
            prefix: secret.chars().take(shown).collect(),
            last4: secret.chars().skip(letters.saturating_sub(4)).collect(),
            hash: hash_of(&secret),
            secret,
        }
    }
}

/// What is kept of a key. A key has 256 random bits, so a plain hash is as good as a slow one.
pub fn hash_of(secret: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = Sha256::digest(secret.as_bytes()).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    // Every request's key is hashed: through `format!` that took longer than the hash itself.
    let mut hex = String::with_capacity(64);
    hex.extend(digits.map(|digit| char::from(DIGITS[usize::from(digit)])));
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_are_long_odd_and_shown_in_part() {
        let keys: Vec<_> = (0..200).map(|_| NewKey::generate(false).unwrap()).collect();
        assert_eq!(keys.iter().map(|key| key.secret.as_str()).collect::<HashSet<_>>().len(), 200);
        for key in &keys {
            assert_eq!(key.secret.len(), 47);
            assert!(key.secret.starts_with(&key.prefix) && key.secret.ends_with(&key.last4));
            assert_eq!((key.prefix.len(), key.last4.len(), key.hash.len()), (8, 4, 64));
            assert!(key.secret["slk_".len()..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert!(!format!("{key:?}").contains(&key.secret));
        }
        let used: HashSet<char> = keys.iter().flat_map(|key| key.secret.chars()).collect();
        assert_eq!(used.len(), 63, "every letter is used, and the underscore");
    }

    #[test]
    fn a_short_key_keeps_most_of_its_letters() {
        let key = NewKey::given("0123456789abcdef".to_owned());
        assert_eq!((key.prefix.as_str(), key.last4.as_str()), ("01", "cdef"));
        assert_eq!(NewKey::given("k".repeat(200)).prefix.len(), 8);
        let generated = NewKey::generate(false).unwrap();
        assert_eq!(generated.prefix, generated.secret[..8]);
        let of_sandbox = NewKey::generate(true).unwrap();
        assert!(of_sandbox.secret.starts_with("slk_test_") && of_sandbox.secret.len() == 52);
        assert_eq!(of_sandbox.prefix, of_sandbox.secret[..13]);
    }

    #[test]
    fn the_hash_is_sha_256() {
        assert_eq!(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
