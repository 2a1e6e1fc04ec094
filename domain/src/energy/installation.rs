//! How a consumer unit is connected to the utility's network.

use crate::search::fold;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A type of connection. Written without accents; printed with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InstallationType {
    /// One phase.
    #[default]
    Monofasico,
    /// Two phases.
    Bifasico,
    /// Three phases.
    Trifasico,
}

impl InstallationType {
    /// Every type.
    pub const ALL: [InstallationType; 3] = [Self::Monofasico, Self::Bifasico, Self::Trifasico];

    /// Reads a type, in either case, with or without its accent.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = fold(text);
        let known = Self::ALL.into_iter().find(|known| fold(known.as_str()) == text);
        known.ok_or("must be MONOFASICO, BIFASICO or TRIFASICO")
    }

    /// The type without its accent: `TRIFASICO`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monofasico => "MONOFASICO",
            Self::Bifasico => "BIFASICO",
            Self::Trifasico => "TRIFASICO",
        }
    }

    /// The type as reports print it: `TRIFÁSICO`.
    pub fn printed(self) -> &'static str {
        match self {
            Self::Monofasico => "MONOFÁSICO",
            Self::Bifasico => "BIFÁSICO",
            Self::Trifasico => "TRIFÁSICO",
        }
    }

    /// The kWh of a month that no credit pays for, since the connection itself costs them (custo de disponibilidade):
    /// 30, 50 and 100. Source: the contract's table, after Resolução Normativa ANEEL 1.000/2021, art. 291 (which counts two
    /// phases on two wires as one).
    pub fn minimum(self) -> Decimal {
        Decimal::from(match self {
            Self::Monofasico => 30_u8,
            Self::Bifasico => 50,
            Self::Trifasico => 100,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_with_and_without_their_accents() {
        for known in InstallationType::ALL {
            for text in [known.as_str(), known.printed(), &known.printed().to_lowercase()] {
                assert_eq!(InstallationType::parse(text), Ok(known), "{text}");
            }
            assert_eq!(serde_json::to_value(known).unwrap(), known.as_str());
        }
        assert_eq!(InstallationType::parse(" Trifa\u{301}sico "), Ok(InstallationType::Trifasico));
        for wrong in ["", "TRI", "TETRAFASICO", "3"] {
            assert!(InstallationType::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_connection_costs_its_minimum() {
        let minimums = InstallationType::ALL.map(|known| known.minimum().to_string());
        assert_eq!(minimums, ["30", "50", "100"]);
    }
}
