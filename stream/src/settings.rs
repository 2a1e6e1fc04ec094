//! Where NATS is, and under which names the log stands there.

use async_nats::ServerAddr;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Longest name of a stream, and longest prefix: JetStream takes 255, and subjects get more behind them.
const MAX_NAME: usize = 128;

/// The addresses of one NATS server or cluster, with what proves who we are. Never shown with it.
#[derive(Clone)]
pub struct Addresses {
    pub(crate) servers: Vec<ServerAddr>,
    pub(crate) login: Login,
}

/// What the addresses say about who we are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Login {
    Nobody,
    Token(String),
    User(String, String),
}

impl FromStr for Addresses {
    type Err = String;

    /// Reads `nats://user:password@host:4222,nats://host2`: a user (or a token) of any address holds for all.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut found = Self { servers: Vec::new(), login: Login::Nobody };
        for address in text.split(',').map(str::trim) {
            if !address.starts_with("nats://") && !address.starts_with("tls://") {
                return Err("must start with nats:// or tls://, also each of several addresses".to_owned());
            }
            let server: ServerAddr = address
                .parse()
                .map_err(|_| "must be an address like nats://user:password@host:4222".to_owned())?;
            if server.host().is_empty() {
                return Err("must name a host, like nats://host:4222".to_owned());
            }
            match (server.username().map(decoded), server.password().map(decoded)) {
                (Some(user), Some(password)) => found.login = Login::User(user?, password?),
                (Some(token), None) => found.login = Login::Token(token?),
                (None, _) => {}
            }
            found.servers.push(server);
        }
        Ok(found)
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, server) in self.servers.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}{}://{}:{}", server.scheme(), server.host(), server.port())?;
        }
        Ok(())
    }
}

/// Takes `%40` and the like for what they stand for.
fn decoded(text: &str) -> Result<String, String> {
    let wrong = || "user and password may hold %XX for a byte only where it makes valid UTF-8".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(rest.next()).ok_or_else(wrong)?, digit(rest.next()).ok_or_else(wrong)?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// All that the stream has to be told.
#[derive(Debug, Clone)]
pub struct StreamSettings {
    /// Where NATS is.
    pub addresses: Addresses,
    /// Name of the stream.
    pub stream: String,
    /// First part of every subject.
    pub prefix: String,
    /// Copies that a cluster should keep.
    pub replicas: usize,
    /// How long the stream keeps an event; `None`: for ever.
    pub max_age: Option<Duration>,
}

/// Checks a stream's name.
///
/// # Errors
/// What would be right.
pub fn check_stream(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(plain) {
        return Ok(());
    }
    Err(format!("must be 1 to {MAX_NAME} of letters, digits, - and _"))
}

/// Checks a subject's prefix: one or more words with dots between them.
///
/// # Errors
/// What would be right.
pub fn check_prefix(prefix: &str) -> Result<(), String> {
    if prefix.len() <= MAX_NAME && prefix.split('.').all(|word| check_stream(word).is_ok()) {
        // What begins with _INBOX is where answers go.
        if !prefix.starts_with("_INBOX") {
            return Ok(());
        }
    }
    Err(format!("must be 1 to {MAX_NAME} of letters, digits, - and _, with single dots between words"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_addresses_share_one_login_and_never_show_it() {
        let addresses: Addresses = "nats://sun:p%40ss%3A1@a:4333, tls://b".parse().unwrap();
        assert!(addresses.login == Login::User("sun".into(), "p@ss:1".into()));
        assert_eq!(
            format!("{addresses} {addresses:?}"),
            "nats://a:4333,tls://b:4222 nats://a:4333,tls://b:4222"
        );
        let token: Addresses = "nats://s3cret@a".parse().unwrap();
        assert!(token.login == Login::Token("s3cret".into()));
        assert!("nats://a".parse::<Addresses>().unwrap().login == Login::Nobody);
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for wrong in
            ["", "nats://", "http://a", "nats://a,b", "nats://a,", "nats://u:hunter2@", "nats://u:%zz@a"]
        {
            let complaint = wrong.parse::<Addresses>().unwrap_err();
            assert!(!complaint.contains("hunter2") && !complaint.is_empty(), "{wrong}");
        }
    }

    #[test]
    fn names_hold_nothing_that_nats_reads_as_more() {
        assert!(check_stream("sun-ledger_2").is_ok());
        for wrong in ["", "a.b", "a b", "a*", ">", "ä", "$JS"] {
            assert!(check_stream(wrong).is_err(), "{wrong}");
        }
        assert!(check_prefix("events").is_ok() && check_prefix("acme.events").is_ok());
        for wrong in ["", ".", "a.", ".a", "a..b", "a.*", "a.>", "$JS.API", "_INBOX.x", &"x".repeat(129)] {
            assert!(check_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
