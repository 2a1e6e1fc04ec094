//! The arithmetic of an invoice: a line's amount and tax are rounded, sums are of rounded lines, so that what is
//! printed adds up.

use crate::FieldErrors;
use crate::value::money::{LIMIT, OUT_OF_RANGE, is_minor, round_minor};
use crate::value::{Currency, Percent, Quantity, UnitPrice, text};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Most lines of an invoice.
pub const MAX_LINES: usize = 1_000;
/// Longest description of a line, in characters.
const MAX_DESCRIPTION: usize = 1_000;

/// One hundredth: multiplying by it is exact.
const HUNDREDTH: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// A line as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct LineDraft {
    /// What is billed; at most 1,000 characters.
    pub description: String,
    /// How much of it. See [`Quantity`].
    pub quantity: Decimal,
    /// What one costs. See [`UnitPrice`].
    pub unit_price: Decimal,
    /// Tax in percent. See [`Percent`].
    pub tax_rate: Decimal,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What is billed.
    pub description: String,
    /// How much of it.
    pub quantity: Quantity,
    /// What one costs, before tax.
    pub unit_price: UnitPrice,
    /// Tax in percent.
    pub tax_rate: Percent,
    /// Quantity times unit price, rounded.
    pub amount: Decimal,
    /// The tax on `amount`, rounded.
    pub tax: Decimal,
}

impl From<&Line> for LineDraft {
    fn from(line: &Line) -> Self {
        Self {
            description: line.description.clone(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.get(),
            tax_rate: line.tax_rate.get(),
        }
    }
}

/// What is taken off an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// An amount.
    Amount(Decimal),
    /// A percentage of the subtotal.
    Percent(Decimal),
}

impl Discount {
    /// The same discount, written in one way: an amount with the decimals of its currency.
    fn normalized(self, currency: Currency) -> Self {
        match self {
            Self::Amount(amount) => Self::Amount(round_minor(amount, currency)),
            Self::Percent(percent) => Self::Percent(percent.normalize()),
        }
    }
}

/// The sums of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Sum of the lines, before tax.
    pub subtotal: Decimal,
    /// Sum of the lines' taxes.
    pub tax_total: Decimal,
    /// The discount as an amount.
    pub discount_total: Decimal,
    /// Subtotal, plus taxes, less the discount.
    pub total: Decimal,
}

/// Checks the lines and computes their amounts; wrong ones are noted and left out.
pub(super) fn check_lines(drafts: &[LineDraft], currency: Currency, errors: &mut FieldErrors) -> Vec<Line> {
    if drafts.is_empty() || drafts.len() > MAX_LINES {
        errors.add("lines", format!("must be 1 to {MAX_LINES} lines"));
        return Vec::new();
    }
    drafts
        .iter()
        .enumerate()
        .filter_map(|(index, draft)| check_line(index, draft, currency, errors))
        .collect()
}

fn check_line(index: usize, draft: &LineDraft, currency: Currency, errors: &mut FieldErrors) -> Option<Line> {
    let field = |name: &'static str| move || format!("lines[{index}].{name}");
    let description = text::required_text(&draft.description, MAX_DESCRIPTION);
    let description = errors.check_at(field("description"), description);
    let quantity = errors.check_at(field("quantity"), Quantity::new(draft.quantity));
    let unit_price = errors.check_at(field("unit_price"), UnitPrice::new(draft.unit_price));
    let tax_rate = errors.check_at(field("tax_rate"), Percent::new(draft.tax_rate));
    let (description, quantity, unit_price, tax_rate) = (description?, quantity?, unit_price?, tax_rate?);
    let Some(amount) = amount_of(quantity, unit_price, currency) else {
        errors.add(format!("lines[{index}]"), format!("the amount {OUT_OF_RANGE}"));
        return None;
    };
    let tax = percent_of(tax_rate.get(), amount, currency)?;
    Some(Line { description, quantity, unit_price, tax_rate, amount, tax })
}

/// None at or over the limit of amounts. Below it the product has at most 15 + 12 digits, so it is exact.
fn amount_of(quantity: Quantity, unit_price: UnitPrice, currency: Currency) -> Option<Decimal> {
    let exact = quantity.get().checked_mul(unit_price.get()).filter(|amount| *amount < LIMIT)?;
    Some(round_minor(exact, currency)).filter(|amount| *amount < LIMIT)
}

fn percent_of(percent: Decimal, amount: Decimal, currency: Currency) -> Option<Decimal> {
    Some(round_minor(amount.checked_mul(percent)?.checked_mul(HUNDREDTH)?, currency))
}

/// Checks a discount by itself: its range and its decimals.
pub(super) fn check_discount(
    discount: Option<Discount>,
    currency: Currency,
    errors: &mut FieldErrors,
) -> Option<Discount> {
    match discount? {
        Discount::Percent(percent) => {
            errors.check("discount", Percent::new(percent));
        }
        Discount::Amount(amount) if amount < Decimal::ZERO => errors.add("discount", "must not be negative"),
        Discount::Amount(amount) if !is_minor(amount, currency) => {
            errors.add(
                "discount",
                format!("must have at most {} decimals in {currency}", currency.minor_unit()),
            );
        }
        Discount::Amount(_) => {}
    }
    discount.map(|discount| discount.normalized(currency))
}

/// The sums over checked lines and a checked discount; what is out of range is noted.
pub(super) fn sum(
    lines: &[Line],
    discount: Option<Discount>,
    currency: Currency,
    errors: &mut FieldErrors,
) -> Totals {
    let zero = round_minor(Decimal::ZERO, currency);
    let add = |sum: Decimal, value: Decimal| sum.checked_add(value).filter(|sum| *sum < LIMIT);
    let subtotal = lines.iter().map(|line| line.amount).try_fold(zero, add);
    let tax_total = lines.iter().map(|line| line.tax).try_fold(zero, add);
    let sums = subtotal.zip(tax_total).and_then(|(subtotal, tax)| Some((subtotal, tax, add(subtotal, tax)?)));
    let Some((subtotal, tax_total, gross)) = sums else {
        errors.add("lines", format!("the total {OUT_OF_RANGE}"));
        return Totals::default();
    };
    let discount_total = match discount {
        None => Some(zero),
        Some(Discount::Percent(percent)) => percent_of(percent, subtotal, currency),
        Some(Discount::Amount(amount)) => Some(amount),
    };
    match discount_total
        .filter(|discount| *discount <= gross)
        .and_then(|off| Some((off, gross.checked_sub(off)?)))
    {
        Some((discount_total, total)) => Totals { subtotal, tax_total, discount_total, total },
        None => {
            errors.add("discount", format!("must not be above the {gross} {currency} that it is taken off"));
            Totals::default()
        }
    }
}
