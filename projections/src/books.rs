//! The money that moved, summed by the month that it belongs to and by when it was known.
//!
//! What a report asks for is never added up from things one by one. Each movement ([`Movement`]) goes into
//!
//! - a **counter** of its month, which is what a report of now reads: a row a month, currency and kind;
//! - a sum of the **moment** at which it was recorded, and of the minute, hour, day, month and year of that moment. A report as
//!   it was known at a time is the years before that time, the months of its year before it, the days of its month,
//!   the hours, the minutes, and the moments of its minute: at most 11 + 30 + 23 + 59 such stretches beside the years, however
//!   long the log is, and each is a range of one index.
//!
//! A movement is a fact that its aggregate's state remembers, and events only add movements. So what an event adds is the
//! difference between the state before it and the state after it, a batch writes each sum once, and a rebuild comes to the
//! same sums.
//!
//! A counter holds 64 bits. A sum of the largest amounts would not fit, so it is held in two: the last nine digits of each
//! amount, in minor units, and what stands before them.

use crate::batch::Touched;
use crate::rows::Counts;
use std::collections::HashMap;
use std::fmt::Write;
use sunledger_commands::read_side::AnyState;
use sunledger_domain::TenantId;
use sunledger_domain::movement::{Movement, MovementKind};
use sunledger_domain::value::{Competence, Currency, money};
use sunledger_store::StoreError;

/// The name under which counters and moments are kept.
pub(crate) const MODEL: &str = "money";
/// What counters of a month begin with, and those of all months.
pub(crate) const MONTH: &str = "month|";
pub(crate) const TOTAL: &str = "total|";

/// How much of an instant's text tells its year, month, day, hour, minute, and itself.
pub(crate) const STRETCHES: [usize; 6] = [4, 7, 10, 13, 16, 27];
const MINUTE: usize = STRETCHES[4];
const MOMENT: usize = STRETCHES[5];

/// Where an amount in minor units is cut in two.
const CUT: i128 = 1_000_000_000;

/// An instant as keys spell it: a text of a fixed length, so that texts are in the order of their instants.
pub(crate) fn spelled(at: jiff::Timestamp) -> String {
    format!("{at:.6}")
}

/// What is summed together.
type Sum = (TenantId, String, Competence, Currency, MovementKind);

/// Movements of a batch.
#[derive(Default)]
pub(crate) struct Books(HashMap<Sum, i128>);

/// Notes what became known of an aggregate's money between its states before and after a batch.
pub(crate) fn enter(tenant: &TenantId, touched: &Touched, books: &mut Books) -> Result<(), StoreError> {
    let movements = |state: &Option<AnyState>| match state {
        Some(state) => touched.model.movements(state),
        None => Ok(Vec::new()),
    };
    let (before, after) = (movements(&touched.before)?, movements(&touched.after)?);
    let known = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    before.iter().skip(known).for_each(|movement| books.add(tenant, movement, -1));
    after.iter().skip(known).for_each(|movement| books.add(tenant, movement, 1));
    Ok(())
}

impl Books {
    fn add(&mut self, tenant: &TenantId, movement: &Movement, sign: i128) {
        let Movement { kind, currency, date, known_at, .. } = *movement;
        let sum = (tenant.clone(), spelled(known_at), Competence::of(date), currency, kind);
        *self.0.entry(sum).or_default() += sign * in_minor_units(movement);
    }

    /// Closes them: adds to the counters, and gives the moments.
    pub(crate) fn close(self, counters: &mut Counts) -> Counts {
        let (mut moments, mut minutes) = (Counts::new(), HashMap::<Sum, i128>::new());
        for ((tenant, at, month, currency, kind), amount) in self.0 {
            let sum = (tenant, at, month, currency, kind);
            post(&sum, &stretch(MOMENT, &sum.1), amount, &mut moments);
            let (tenant, at, ..) = sum;
            let minute = at.get(..MINUTE).unwrap_or(&at).to_owned();
            *minutes.entry((tenant, minute, month, currency, kind)).or_default() += amount;
        }
        for (sum, amount) in minutes {
            let minute = &sum.1;
            for length in STRETCHES.into_iter().filter(|length| *length <= MINUTE) {
                let stretch = stretch(length, minute.get(..length).unwrap_or(minute));
                post(&sum, &stretch, amount, &mut moments);
            }
            post(&sum, MONTH, amount, counters);
            if matches!(sum.4, MovementKind::Owed | MovementKind::Payment) {
                let (tenant, _, _, currency, kind) = &sum;
                for (part, value) in parts(amount) {
                    let key = format!("{TOTAL}{}|{}|{part}", currency.code(), kind.as_str());
                    *counters.entry((tenant.clone(), MODEL, key)).or_default() += value;
                }
            }
        }
        moments
    }
}

/// What the keys of a stretch of time begin with.
pub(crate) fn stretch(length: usize, text: &str) -> String {
    let mut start = stretches(length);
    let _ = write!(start, "{text}|");
    start
}

/// What the keys of all stretches of one length begin with.
pub(crate) fn stretches(length: usize) -> String {
    format!("{length:02}|")
}

/// Adds an amount under a key that begins with `start` and tells month, currency and kind.
fn post(sum: &Sum, start: &str, amount: i128, counts: &mut Counts) {
    let (tenant, _, month, currency, kind) = sum;
    for (part, value) in parts(amount) {
        let key = format!("{start}{}|{}|{}|{part}", month.iso(), currency.code(), kind.as_str());
        *counts.entry((tenant.clone(), MODEL, key)).or_default() += value;
    }
}

/// An amount in minor units of its currency.
fn in_minor_units(movement: &Movement) -> i128 {
    let places = movement.currency.minor_unit();
    let mut amount = money::round_minor(movement.amount, movement.currency);
    amount.rescale(places);
    amount.mantissa()
}

/// The two parts of an amount, without those that are 0. What is behind 64 bits after the cut is behind every amount.
fn parts(amount: i128) -> impl Iterator<Item = (&'static str, i64)> {
    let part = |part: i128| i64::try_from(part).unwrap_or_default();
    [("0", part(amount % CUT)), ("9", part(amount / CUT))].into_iter().filter(|(_, value)| *value != 0)
}

/// The amount in minor units that a value of a part stands for.
pub(crate) fn whole(part: &str, value: i64) -> Option<i128> {
    match part {
        "0" => Some(i128::from(value)),
        "9" => Some(i128::from(value) * CUT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use sunledger_domain::value::CalendarDate;

    fn movement(amount: &str, currency: &str, at: &str) -> Movement {
        Movement {
            kind: MovementKind::Payment,
            amount: amount.parse::<Decimal>().unwrap(),
            currency: Currency::parse(currency).unwrap(),
            date: CalendarDate::parse("2024-01-15").unwrap(),
            known_at: at.parse().unwrap(),
        }
    }

    #[test]
    fn a_movement_is_in_its_month_and_in_every_stretch_of_its_moment() {
        let tenant = TenantId::new("acme").unwrap();
        let mut books = Books::default();
        books.add(&tenant, &movement("1500.00", "BRL", "2026-03-05T14:07:33.123456Z"), 1);
        books.add(&tenant, &movement("-0.5", "BRL", "2026-03-05T14:07:34Z"), 1);
        let mut counters = Counts::new();
        let moments = books.close(&mut counters);
        let shown = |counts: Counts| {
            counts.into_iter().map(|((_, _, key), value)| format!("{key} = {value}")).collect::<Vec<_>>()
        };
        assert_eq!(shown(counters), ["month|2024-01|BRL|payment|0 = 149950", "total|BRL|payment|0 = 149950"]);
        assert_eq!(
            shown(moments),
            [
                "04|2026|2024-01|BRL|payment|0 = 149950",
                "07|2026-03|2024-01|BRL|payment|0 = 149950",
                "10|2026-03-05|2024-01|BRL|payment|0 = 149950",
                "13|2026-03-05T14|2024-01|BRL|payment|0 = 149950",
                "16|2026-03-05T14:07|2024-01|BRL|payment|0 = 149950",
                "27|2026-03-05T14:07:33.123456Z|2024-01|BRL|payment|0 = 150000",
                "27|2026-03-05T14:07:34.000000Z|2024-01|BRL|payment|0 = -50",
            ]
        );
    }

    #[test]
    fn what_is_taken_back_at_once_leaves_nothing() {
        let tenant = TenantId::new("acme").unwrap();
        let mut books = Books::default();
        for sign in [1, -1] {
            books.add(&tenant, &movement("1500.00", "BRL", "2026-03-05T14:07:33Z"), sign);
        }
        let mut counters = Counts::new();
        assert!(books.close(&mut counters).is_empty() && counters.is_empty());
    }

    #[test]
    fn an_amount_is_the_sum_of_its_parts() {
        let largest = 10_i128.pow(18);
        for amount in [0, 1, CUT - 1, CUT, CUT + 1, 7 * CUT - 3, largest - 1, largest] {
            for amount in [amount, -amount] {
                let sum: i128 = parts(amount).map(|(part, value)| whole(part, value).unwrap()).sum();
                assert_eq!(sum, amount);
            }
        }
        assert_eq!(parts(-CUT - 7).collect::<Vec<_>>(), [("0", -7), ("9", -1)]);
        assert_eq!(whole("1", 7), None);
    }
}
