//! E-mail addresses: the subset of RFC 5321 that mail is really sent to.

use serde::{Deserialize, Serialize};
use std::fmt;

const INVALID: &str = "must be an e-mail address";

/// An e-mail address, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Takes an address: one `@`, at most 64 bytes before it, a domain with a dot after it, at most 254 in all.
    /// Letters of any script are allowed on both sides (RFC 6531); quoted local parts and address literals not.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (local, domain) = text.split_once('@').ok_or(INVALID)?;
        let mut labels = domain.split('.');
        let ok = text.len() <= 254
            && local.len() <= 64
            && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
            && labels.clone().count() >= 2
            && labels.clone().all(is_label)
            && labels.next_back().is_some_and(|top| !top.chars().all(|character| character.is_ascii_digit()));
        if ok { Ok(Self(text.to_owned())) } else { Err(INVALID) }
    }

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What decides whether two addresses are the same one: the address in lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// RFC 5322 `atext`, and letters and digits of other scripts.
fn is_atom_character(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|character| character.is_alphanumeric() || character == '-')
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_addresses_are_taken_as_typed() {
        for text in [
            "john@example.com",
            "Maria.Silva+solar@sub.exemplo.com.br",
            "o'brien_99@my-company.io",
            "josé@exemplo.com.br",
            "info@müller.de",
            "x@1.com",
        ] {
            assert_eq!(Email::parse(&format!("  {text} ")).unwrap().as_str(), text);
        }
        assert_eq!(Email::parse("John@Example.COM").unwrap().key(), "john@example.com");
    }

    #[test]
    fn what_no_mail_is_sent_to_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long_label = format!("a@{}.com", "a".repeat(64));
        let long = format!("a@{}com", "abcdefg.".repeat(32));
        for text in [
            "",
            "@",
            "a@",
            "@example.com",
            "a@b",
            "a@@b.com",
            "a@b@c.com",
            "a b@c.com",
            "a@b c.com",
            "a@b..com",
            ".a@b.com",
            "a.@b.com",
            "a..b@c.com",
            "a@-b.com",
            "a@b-.com",
            "a@b.com.",
            "a@.com",
            "a\n@b.com",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "\"a b\"@c.com",
            "John <john@example.com>",
            "a,b@c.com",
            &long_local,
            &long_label,
            &long,
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_round_trips(text in "[a-z0-9.+_-]{1,20}@[a-z0-9.-]{1,20}|.{0,30}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(&Email::parse(email.as_str()).unwrap(), &email);
                prop_assert_eq!(Email::parse(&email.key()).unwrap().key(), email.key());
                let json = serde_json::to_string(&email).unwrap();
                prop_assert_eq!(serde_json::from_str::<Email>(&json).unwrap(), email);
            }
        }
    }
}
