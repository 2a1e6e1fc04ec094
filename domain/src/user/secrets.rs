//! What is kept of passwords and tokens: hashes, which `Debug` does not show and no history, feed or state tells.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Fewest characters of a password.
pub const MIN_PASSWORD: usize = 8;
/// Most characters of a password: it is hashed, and nobody types more.
pub const MAX_PASSWORD: usize = 256;

/// Checks a password's length, in characters. There is no rule of letters and digits: they make passwords no better.
///
/// # Errors
/// A field message.
pub fn check_password(password: &str) -> Result<(), &'static str> {
    match password.chars().take(MAX_PASSWORD + 1).count() {
        length if length < MIN_PASSWORD => Err("must have at least 8 characters"),
        length if length > MAX_PASSWORD => Err("must have at most 256 characters"),
        _ => Ok(()),
    }
}

/// A password's hash: argon2id, in the PHC form (`$argon2id$v=19$m=19456,t=2,p=1$...`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Longest form.
    const MAX: usize = 255;

    /// Takes a hash.
    ///
    /// # Errors
    /// A field message where it is none of argon2id: a password itself must never get here.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let fields = text.strip_prefix("$argon2id$").map(|rest| rest.split('$').count());
        if fields == Some(4) && text.len() <= Self::MAX && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be an argon2id hash")
        }
    }

    /// The hash in its form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(..)")
    }
}

/// SHA-256 of a token, lower-case hex. A token has 256 random bits, so a plain hash is as good as a slow one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// Takes a hash.
    ///
    /// # Errors
    /// A field message where it is no SHA-256 in lower-case hex.
    pub fn new(hex: &str) -> Result<Self, &'static str> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if hex.len() == 64 && hex.bytes().all(digit) {
            Ok(Self(hex.to_owned()))
        } else {
            Err("must be a SHA-256 in hex")
        }
    }

    /// The hash in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHC: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(check_password("ação1234").is_ok());
        assert!(check_password(&"ã".repeat(256)).is_ok());
        for wrong in ["", "1234567", "açãoaçã", &"x".repeat(257)] {
            assert!(check_password(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_hashes_are_taken_and_none_is_shown() {
        assert_eq!(PasswordHash::new(PHC).unwrap().as_str(), PHC);
        assert!(!format!("{:?}", PasswordHash::new(PHC).unwrap()).contains("c2FsdH"));
        for wrong in
            ["", "hunter2hunter2", "$argon2id$", "$argon2i$v=19$m=1,t=1,p=1$a$b", "$argon2id$a$b$c d$e"]
        {
            assert!(PasswordHash::new(wrong).is_err(), "{wrong}");
        }
        let hash = "0123456789abcdef".repeat(4);
        assert_eq!(TokenHash::new(&hash).unwrap().as_str(), hash);
        assert!(!format!("{:?}", TokenHash::new(&hash).unwrap()).contains("0123"));
        for wrong in ["", "abc", &"AB".repeat(32), &"g".repeat(64), &hash[1..]] {
            assert!(TokenHash::new(wrong).is_err(), "{wrong}");
        }
    }
}
