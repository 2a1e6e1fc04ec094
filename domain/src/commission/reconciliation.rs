//! What a paystub states, against what its lines come to and what they were made of.

use super::building::{CLAWBACK, Origin};
use crate::paystub::{PaystubFields, PaystubLine};
use rust_decimal::Decimal;
use std::collections::{BTreeSet, HashMap};

/// What is known of a line's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose it is.
    pub sales_professional_id: String,
    /// What it says now, dollars.
    pub amount: Decimal,
}

/// A paystub, looked through.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciliation {
    /// The sum of its lines; none where it is out of range.
    pub summed: Option<Decimal>,
    /// The stated total less that.
    pub difference: Option<Decimal>,
    /// gross − deductions − net, where all three are stated.
    pub pay_difference: Option<Decimal>,
    /// Its lines.
    pub lines: Vec<ReconciledLine>,
    /// SCPFs that name this paystub and are on none of its lines.
    pub unlisted: Vec<Unlisted>,
}

/// A line, looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledLine {
    /// Its key.
    pub key: String,
    /// What it states.
    pub line: PaystubLine,
    /// What it refers to.
    pub origin: Origin,
    /// That thing, where there is one.
    pub found: Option<Found>,
    /// What it states less what that thing says now; none of a clawback, which is a difference itself.
    pub difference: Option<Decimal>,
    /// An earlier line of this paystub pays the same thing for the same reason.
    pub repeated: bool,
}

/// An SCPF that names the paystub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// Its public id.
    pub id: String,
    /// What it says, dollars.
    pub amount: Decimal,
}

impl Reconciliation {
    /// True where the totals add up, and every line is what its origin says, once.
    pub fn is_balanced(&self) -> bool {
        let zero = |amount: Option<Decimal>| amount.is_some_and(|amount| amount.is_zero());
        zero(self.difference)
            && self.pay_difference.is_none_or(|amount| amount.is_zero())
            && self.lines.iter().all(ReconciledLine::is_sound)
            && self.unlisted.is_empty()
    }
}

impl ReconciledLine {
    fn is_sound(&self) -> bool {
        self.found.is_some() && self.difference.is_none_or(|amount| amount.is_zero()) && !self.repeated
    }
}

/// What a paystub's lines refer to.
pub fn related(paystub: &PaystubFields) -> BTreeSet<Origin> {
    paystub.scpfs.values().map(|line| Origin::read(&line.related_scpf_id)).collect()
}

/// Looks a paystub through. `found`: what of [`related`] there is; `naming`: the SCPFs that name the paystub.
pub fn reconcile(
    paystub: &PaystubFields,
    found: &HashMap<Origin, Found>,
    naming: Vec<Unlisted>,
) -> Reconciliation {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::with_capacity(paystub.scpfs.len());
    for (key, line) in &paystub.scpfs {
        let origin = Origin::read(&line.related_scpf_id);
        let known = found.get(&origin).cloned();
        let compared = known.as_ref().filter(|_| line.pay_type != CLAWBACK);
        let difference = compared.and_then(|known| line.total_this_period.checked_sub(known.amount));
        let repeated = !seen.insert((origin.clone(), line.pay_type.clone()));
        let (key, line) = (key.clone(), line.clone());
        lines.push(ReconciledLine { key, line, origin, found: known, difference, repeated });
    }
    // Keys that are numbers first, in their order.
    lines.sort_by_key(|line| line.key.parse::<u64>().map_or((1, 0), |number| (0, number)));
    let listed = related(paystub);
    let unlisted =
        naming.into_iter().filter(|scpf| !listed.contains(&Origin::scpf(scpf.id.as_str()))).collect();
    let summed = paystub.sum_of_lines();
    let pay = paystub.gross_pay.zip(paystub.deductions).zip(paystub.net_pay);
    Reconciliation {
        summed,
        difference: summed.and_then(|summed| paystub.total_this_period.checked_sub(summed)),
        pay_difference: pay
            .and_then(|((gross, deductions), net)| gross.checked_sub(deductions)?.checked_sub(net)),
        lines,
        unlisted,
    }
}
