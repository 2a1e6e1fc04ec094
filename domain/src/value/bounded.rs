//! The common form of numbers that have a range and a greatest number of decimals: six, where none is given.

/// Makes a newtype over `Decimal` that holds `$check`ed values of at most `PLACES` decimals, normalised.
macro_rules! bounded_decimal {
    ($(#[$doc:meta])* $name:ident, $message:literal, $check:expr) => {
        $crate::value::bounded::bounded_decimal! { $(#[$doc])* $name, $message, $check, places = 6 }
    };
    ($(#[$doc:meta])* $name:ident, $message:literal, $check:expr, places = $places:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(rust_decimal::Decimal);

        impl $name {
            /// Decimals at most.
            pub const PLACES: u32 = $places;

            /// Checks and takes a number.
            ///
            /// # Errors
            /// A field message where it is out of range or has too many decimals.
            pub fn new(value: rust_decimal::Decimal) -> Result<Self, &'static str> {
                let value = value.normalize();
                let in_range: fn(rust_decimal::Decimal) -> bool = $check;
                if in_range(value) && value.scale() <= Self::PLACES { Ok(Self(value)) } else { Err($message) }
            }

            /// Reads a number as JSON writes it.
            ///
            /// # Errors
            /// A field message where it is none, out of range or has too many decimals.
            pub fn parse(text: &str) -> Result<Self, &'static str> {
                $crate::value::decimal::parse(text).map_err(|_| $message).and_then(Self::new)
            }

            /// The number.
            pub fn get(self) -> rust_decimal::Decimal {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

pub(crate) use bounded_decimal;

#[cfg(test)]
mod tests {
    use crate::value::{Percent, Quantity, UnitPrice};

    #[test]
    fn each_has_its_range() {
        for (text, percent, quantity, price) in [
            ("0", true, false, true),
            ("0.000001", true, true, true),
            ("100", true, true, true),
            ("100.000001", false, true, true),
            ("1000000000", false, true, true),
            ("1000000000.1", false, false, true),
            ("1e12", false, false, true),
            ("1000000000000.1", false, false, false),
            ("-0.1", false, false, false),
            ("1.0000001", false, false, false),
            ("1.50000000000", true, true, true),
            ("ten", false, false, false),
        ] {
            let found =
                (Percent::parse(text).is_ok(), Quantity::parse(text).is_ok(), UnitPrice::parse(text).is_ok());
            assert_eq!(found, (percent, quantity, price), "{text}");
        }
    }

    #[test]
    fn they_are_kept_normalised_as_strings() {
        let quantity = Quantity::parse("40.500").unwrap();
        assert_eq!(serde_json::to_string(&quantity).unwrap(), r#""40.5""#);
        assert_eq!(serde_json::from_str::<Quantity>(r#""40.5""#).unwrap(), quantity);
        assert_eq!(Percent::parse("-0").unwrap().to_string(), "0");
    }
}
