//! What a tenant's plan allows a month, and the slot of it that a new thing takes.

use crate::entity::{Claims, SeriesClaim};
use crate::value::Competence;
use serde::{Deserialize, Serialize};

/// Limits of a tenant's plan; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Clients that may be made in a calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients_per_month: Option<u32>,
    /// Invoices that may be made in a calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoices_per_month: Option<u32>,
}

impl Plan {
    /// The slot that a client made in `month` takes. Counted without a limit too: one that is set in the middle of a
    /// month is a limit of the whole month.
    pub fn client_slot(&self, month: Competence) -> PlanSlot {
        PlanSlot { series: format!("plan:clients:{}", month.iso()), max: self.clients_per_month }
    }

    /// The slot that an invoice made in `month` takes, counted likewise.
    pub fn invoice_slot(&self, month: Competence) -> PlanSlot {
        PlanSlot { series: format!("plan:invoices:{}", month.iso()), max: self.invoices_per_month }
    }
}

/// One of the things that a plan counts in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSlot {
    /// The series that counts them (`plan:invoices:2026-11`).
    pub series: String,
    /// How many there may be; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl PlanSlot {
    /// Claims the slot; the command is refused with `refusal` where none is left.
    pub(crate) fn claim(&self, refusal: &'static str, claims: &mut Claims) {
        claims.series(SeriesClaim {
            series: self.series.clone(),
            field: None,
            label: None,
            max: self.max.map(i64::from),
            refusal,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_takes_a_slot_and_only_a_limit_bounds_it() {
        let month = Competence::parse("11/2026").unwrap();
        let plan = Plan { clients_per_month: Some(5), invoices_per_month: None };
        let slot = |series: &str, max| PlanSlot { series: series.to_owned(), max };
        assert_eq!(plan.client_slot(month), slot("plan:clients:2026-11", Some(5)));
        assert_eq!(plan.invoice_slot(month), slot("plan:invoices:2026-11", None));
    }
}
