//! Tokens of people: making them, and what their text says.
//!
//! A token is `slu_` (an API-user token) or `sls_` (a session token), and in base64url: when it ends (seconds since 1970,
//! 8 bytes; 0: never), its user (16 bytes), 256 random bits, its tenant. Tenant and user say where to look, the end how to
//! refuse one that nobody remembers any more. None of it is believed: a token opens something where the hash of its whole
//! text stands in that user's stream.

use super::hash_of;
use crate::http::ApiError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sunledger_domain::TenantId;
use sunledger_domain::user::TokenHash;
use uuid::Uuid;

/// Random bytes of a token.
const RANDOM: usize = 32;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// For session tokens.
    ApiUser,
    /// For the API.
    Session,
}

impl TokenKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::ApiUser => "slu_",
            Self::Session => "sls_",
        }
    }
}

/// A token as its owner gets to see it, once.
pub struct NewToken {
    /// The token itself.
    pub secret: String,
    /// What is kept of it.
    pub hash: TokenHash,
}

impl NewToken {
    /// A token of a user that nobody can guess.
    ///
    /// # Errors
    /// 500 where the operating system gives no random numbers.
    pub fn generate(
        kind: TokenKind,
        tenant: &TenantId,
        user: Uuid,
        ends: Option<Timestamp>,
    ) -> Result<Self, ApiError> {
        let mut random = [0_u8; RANDOM];
        getrandom::fill(&mut random)
            .map_err(|error| ApiError::internal(format!("random numbers: {error}")))?;
        let ends = ends.map_or(0, Timestamp::as_second);
        let mut bytes = Vec::with_capacity(8 + 16 + RANDOM + TenantId::MAX);
        bytes.extend_from_slice(&ends.to_be_bytes());
        bytes.extend_from_slice(user.as_bytes());
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(tenant.as_str().as_bytes());
        let secret = format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes));
        let hash = TokenHash::new(&hash_of(&secret)).map_err(ApiError::internal)?;
        Ok(Self { secret, hash })
    }
}

/// What a token's text says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is good for.
    pub kind: TokenKind,
    /// Whose data.
    pub tenant: TenantId,
    /// Who is said to have it.
    pub user: Uuid,
    /// When it is said to end.
    pub ends: Option<Timestamp>,
    /// Its hash.
    pub hash: TokenHash,
}

impl Token {
    /// Reads a token; `None` where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = [TokenKind::ApiUser, TokenKind::Session]
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))?;
        let bytes = URL_SAFE_NO_PAD.decode(rest).ok()?;
        let (ends, rest) = bytes.split_first_chunk::<8>()?;
        let (user, rest) = rest.split_first_chunk::<16>()?;
        let (_, tenant) = rest.split_first_chunk::<RANDOM>()?;
        let ends = match i64::from_be_bytes(*ends) {
            0 => None,
            seconds => Some(Timestamp::from_second(seconds).ok()?),
        };
        Some(Self {
            kind,
            tenant: TenantId::new(std::str::from_utf8(tenant).ok()?).ok()?,
            user: Uuid::from_bytes(*user),
            ends,
            hash: TokenHash::new(&hash_of(text)).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn generate(kind: TokenKind, tenant: &str, ends: Option<Timestamp>) -> NewToken {
        NewToken::generate(kind, &TenantId::new(tenant).unwrap(), Uuid::from_u128(7), ends).unwrap()
    }

    #[test]
    fn a_token_says_where_to_look() {
        let ends: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        for (kind, ends) in [(TokenKind::ApiUser, None), (TokenKind::Session, Some(ends))] {
            let new = generate(kind, "acme-solar", ends);
            let token = Token::parse(&new.secret).unwrap();
            assert_eq!(
                (token.kind, token.tenant.as_str(), token.user),
                (kind, "acme-solar", Uuid::from_u128(7))
            );
            assert_eq!((token.ends, &token.hash), (ends, &new.hash));
        }
        assert_ne!(
            generate(TokenKind::Session, "a", None).secret,
            generate(TokenKind::Session, "a", None).secret
        );
        let longest = generate(TokenKind::Session, &"a".repeat(TenantId::MAX), Some(ends));
        assert!(longest.secret.len() < 200 && longest.secret.bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn what_is_no_token_is_none() {
        let good = generate(TokenKind::Session, "acme", None).secret;
        let as_key = good.replace("sls_", "slk_");
        let cut = &good[..40];
        for text in ["", "sls_", "slu_!!!!", "sls_AAAA", "eyJhbGciOiJSUzI1NiJ9.e30.x", &as_key, cut] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "(sl[us]_)?[A-Za-z0-9_-]{0,200}|.{0,40}") {
            let _ = Token::parse(&text);
        }
    }
}
