//! A bill with everything that its amount was made of, and what came out: the same in the unit's history and in the
//! invoice.

use super::engine::{self, Computation, Explanation, Figures};
use super::{
    AppliedCharge, AppliedDiscount, AskedCharge, AskedDiscount, Bill, Fraction, InstallationType, NotExact,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What of a consumer unit its amounts depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// How it is connected.
    pub installation_type: InstallationType,
    /// The plan's discount (0.2 is twenty percent).
    pub discount_rate: Fraction,
    /// Whether the company pays the utility's bill for the client, and charges it.
    pub pay_dealership_bill: bool,
}

/// A bill, what its amount was made of, and what came out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Billing {
    /// The utility's bill.
    pub bill: Bill,
    /// The unit's terms when it was made.
    pub terms: Terms,
    /// R$ that the unit had saved before it, with what it was taken on with.
    pub savings_before: Decimal,
    /// The discounts that were taken off, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<AppliedDiscount>,
    /// The charges that were put on, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<AppliedCharge>,
    /// The figures.
    pub figures: Figures,
}

impl Billing {
    /// Computes the figures of a bill. See [`engine::compute`].
    ///
    /// # Errors
    /// [`NotExact`] where a figure needs more digits than can be kept.
    pub fn compute(
        bill: Bill,
        terms: Terms,
        discounts: &[AskedDiscount],
        charges: &[AskedCharge],
        savings_before: Decimal,
    ) -> Result<Self, NotExact> {
        let Computation { figures, discounts, charges, .. } =
            engine::compute(&bill, &terms, discounts, charges, savings_before)?;
        Ok(Self { bill, terms, savings_before, discounts, charges, figures })
    }

    /// How the figures came about: the bill computed once more.
    ///
    /// # Errors
    /// [`NotExact`], which an earlier release may have let pass.
    pub fn explanation(&self) -> Result<Explanation, NotExact> {
        let discounts: Vec<AskedDiscount> = self.discounts.iter().map(AppliedDiscount::ask).collect();
        let charges: Vec<AskedCharge> = self.charges.iter().map(AppliedCharge::ask).collect();
        let computed = engine::compute(&self.bill, &self.terms, &discounts, &charges, self.savings_before)?;
        Ok(computed.explanation)
    }

    /// R$ that the utility's bill adds to the invoice: all of it where the company pays it for the client, else
    /// nothing.
    pub fn utility_part(&self) -> Decimal {
        if self.terms.pay_dealership_bill { self.bill.utility_charges.get() } else { Decimal::ZERO }
    }
}
