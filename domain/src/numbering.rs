//! Number series: how the invoices of a tenant are numbered (`INV-0001`, `INV-0002`...).

use crate::entity::{Label, SeriesClaim};
use crate::value::text;
use serde::{Deserialize, Serialize};

/// The form of a series' numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NumberSeries {
    /// What stands before the digits (`INV-`). Each prefix counts on its own.
    pub prefix: String,
    /// Digits at least; smaller numbers are padded with zeros.
    pub width: u8,
}

impl NumberSeries {
    /// Longest prefix, in characters.
    pub const MAX_PREFIX: usize = 20;
    /// Most digits.
    pub const MAX_WIDTH: u8 = 12;

    /// Checks and takes a form.
    ///
    /// # Errors
    /// A field message where the prefix is too long or not printable, or the width not 1 to 12.
    pub fn new(prefix: &str, width: u8) -> Result<Self, String> {
        let prefix =
            text::line(prefix, Self::MAX_PREFIX).map_err(|message| format!("the prefix {message}"))?;
        if !(1..=Self::MAX_WIDTH).contains(&width) {
            return Err(format!("the width must be 1 to {}", Self::MAX_WIDTH));
        }
        Ok(Self { prefix, width })
    }

    /// The claim of the next number of the series, a unique name in `scope`, into the event's field of that name.
    pub fn claim(&self, scope: &'static str) -> SeriesClaim {
        SeriesClaim {
            series: format!("label:{}", self.prefix),
            field: Some(scope),
            label: Some(Label { prefix: self.prefix.clone(), width: self.width, scope }),
            max: None,
            refusal: "",
        }
    }
}

impl Default for NumberSeries {
    fn default() -> Self {
        Self { prefix: "INV-".to_owned(), width: 4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_a_printable_prefix_and_a_width() {
        assert_eq!(NumberSeries::new(" FAT/2026- ", 6).unwrap().prefix, "FAT/2026-");
        assert_eq!(NumberSeries::new("", 1).unwrap().prefix, "");
        assert!(NumberSeries::new("INV-", 0).is_err());
        assert!(NumberSeries::new("INV-", 13).is_err());
        assert!(NumberSeries::new("a\nb", 4).is_err());
        assert!(NumberSeries::new(&"x".repeat(21), 4).is_err());
    }

    #[test]
    fn its_claim_counts_per_prefix_and_names_the_pending_field() {
        let claim = NumberSeries::default().claim("invoice_number");
        assert_eq!((claim.series.as_str(), claim.field), ("label:INV-", Some("invoice_number")));
        assert_eq!(claim.label, Some(Label { prefix: "INV-".to_owned(), width: 4, scope: "invoice_number" }));
    }
}
