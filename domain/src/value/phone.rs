//! Telephone numbers, in whatever form their country writes them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A telephone number, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Takes 5 to 20 digits among at most 32 characters of digits, spaces and `+ - ( ) . / x`.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let allowed = |character: char| character.is_ascii_digit() || " +-()./xX".contains(character);
        if (5..=20).contains(&digits) && text.len() <= 32 && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a telephone number of 5 to 20 digits")
        }
    }

    /// The number as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its digits alone: what is compared and searched.
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_keep_their_form_and_have_digits() {
        for (text, digits) in [
            ("+1-555-0100", "15550100"),
            ("(11) 99999-9999", "11999999999"),
            ("+55 (11) 3333.4444 x12", "55113333444412"),
            ("1234567890", "1234567890"),
        ] {
            let phone = Phone::parse(&format!(" {text} ")).unwrap();
            assert_eq!((phone.as_str(), phone.digits().as_str()), (text, digits));
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        let many = "1".repeat(21);
        let wide = format!("12345{}6", " ".repeat(30));
        for text in ["", "1234", "none", "555-CALL-NOW", "11111\n22222", "+٣٣٣٣٣٣", &many, &wide] {
            assert!(Phone::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_round_trips(text in "[0-9 +()./x-]{0,34}|.{0,20}") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(&Phone::parse(phone.as_str()).unwrap(), &phone);
                prop_assert!((5..=20).contains(&phone.digits().len()));
                let json = serde_json::to_string(&phone).unwrap();
                prop_assert_eq!(serde_json::from_str::<Phone>(&json).unwrap(), phone);
            }
        }
    }
}
