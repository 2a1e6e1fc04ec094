//! What is owed and when it comes in: on time, late, in parts, or not at all.

use super::DemoError;
use super::chance::Chance;
use super::desk::{Ask, Desk};
use crate::http::money;
use futures_util::{StreamExt, TryStreamExt, stream};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use sunledger_commands::Context;
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use sunledger_domain::value::CalendarDate;
use uuid::Uuid;

/// Invoices that are marked overdue beside each other.
const SIDE_BY_SIDE: usize = 16;

/// How somebody pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payer {
    /// Some days before it is due, or on the day.
    Punctual,
    /// Some days, or weeks, after it.
    Late,
    /// A part in time, and the rest more than a month later.
    InParts,
    /// Late, and not at all lately.
    Broke,
}

impl Payer {
    /// Most people pay in time.
    pub(super) fn of(chance: &mut Chance) -> Self {
        match chance.between(1, 100) {
            ..69 => Self::Punctual,
            69..85 => Self::Late,
            85..94 => Self::InParts,
            _ => Self::Broke,
        }
    }

    /// What comes in for an invoice, by day. It comes to the whole, or the invoice is never paid.
    fn pays(
        self,
        total: Decimal,
        due: CalendarDate,
        today: CalendarDate,
        chance: &mut Chance,
    ) -> Vec<(CalendarDate, Decimal)> {
        let mut after =
            |least, most| due.plus_days(i32::try_from(chance.between(least, most)).unwrap_or_default());
        match self {
            Self::Punctual => vec![(after(-5, 0), total)],
            Self::Late => vec![(after(2, 24), total)],
            Self::InParts => {
                // So that at any time somebody has paid a part: the rest comes after the next month's invoice is due.
                let (first, rest) = (after(-3, 0), after(34, 60));
                let part = (total * Decimal::new(chance.between(30, 70), 2)).round_dp(2);
                // Of a centavo there is no part.
                if part.is_zero() || part == total {
                    vec![(rest, total)]
                } else {
                    vec![(first, part), (rest, total - part)]
                }
            }
            Self::Broke if due.plus_days(100) < today => vec![(after(20, 75), total)],
            Self::Broke => Vec::new(),
        }
    }
}

/// Through which surface money comes in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// `/energy/invoices/{code}/payments`
    Energy,
    /// `/v1/invoices/{id}/payments`
    Crm,
    /// `/api/v2/transactions`: a transaction that is a payment, of this account and category.
    Books { account: i64, category: i64 },
}

#[derive(Debug)]
struct Payment {
    way: Way,
    invoice: Uuid,
    amount: Decimal,
    method: &'static str,
    reference: String,
}

/// All that is expected.
pub(super) struct Receivables {
    today: CalendarDate,
    chance: Chance,
    payments: BTreeMap<CalendarDate, Vec<Payment>>,
    /// What is not paid on the day before.
    overdue: BTreeMap<CalendarDate, Vec<Uuid>>,
}

impl Receivables {
    pub(super) fn new(today: CalendarDate, seed: u64) -> Self {
        let chance = Chance::of(seed, "payments");
        Self { today, chance, payments: BTreeMap::new(), overdue: BTreeMap::new() }
    }

    /// Notes an invoice that was issued on `issued`.
    pub(super) fn expect(
        &mut self,
        way: Way,
        invoice: Uuid,
        total: Decimal,
        (issued, due): (CalendarDate, CalendarDate),
        payer: Payer,
    ) {
        let pays = payer.pays(total, due, self.today, &mut self.chance);
        let in_time: Decimal = pays.iter().filter(|(day, _)| *day <= due).map(|(_, amount)| *amount).sum();
        if in_time < total {
            self.overdue.entry(due.plus_days(1)).or_default().push(invoice);
        }
        let method = if self.chance.percent(70) { "pix" } else { "boleto" };
        for (day, amount) in pays {
            let reference = format!("E{}", self.chance.digits(12));
            // Nobody pays before the invoice is there.
            let day = day.max(issued.plus_days(1));
            self.payments.entry(day).or_default().push(Payment { way, invoice, amount, method, reference });
        }
    }

    /// What a day brings: who is late since last night, and what came in.
    ///
    /// # Errors
    /// Where something is refused.
    pub(super) async fn day(&mut self, desk: &Desk, day: CalendarDate) -> Result<(), DemoError> {
        if let Some(late) = self.overdue.remove(&day) {
            mark(desk, day, late).await?;
        }
        let (booked, paid): (Vec<_>, Vec<_>) = self
            .payments
            .remove(&day)
            .unwrap_or_default()
            .into_iter()
            .partition(|payment| matches!(payment.way, Way::Books { .. }));
        desk.ask_all(paid.into_iter().map(|payment| payment.ask(day)).collect()).await?;
        // Transactions take numbers: one after the other.
        for payment in booked {
            desk.ask(payment.ask(day)).await?;
        }
        Ok(())
    }
}

/// Marks invoices overdue, as the scheduler of a server does after midnight.
async fn mark(desk: &Desk, day: CalendarDate, late: Vec<Uuid>) -> Result<(), DemoError> {
    let commands = &desk.app.commands;
    let at = commands.clock().now();
    let marked = late.into_iter().map(|invoice| async move {
        let mut context = Context::system(desk.tenant.clone(), "scheduler", at);
        context.request_id = format!("overdue-{day}").into();
        commands.execute::<Invoice>(&context, invoice, InvoiceCommand::MarkOverdue { today: day, at }).await
    });
    stream::iter(marked)
        .buffered(SIDE_BY_SIDE)
        .try_for_each(|_| async { Ok(()) })
        .await
        .map_err(DemoError::from)
}

impl Payment {
    fn ask(self, day: CalendarDate) -> Ask {
        let Self { way, invoice, amount, method, reference } = self;
        let paid: Value = json!({
            "amount": money(amount), "date": day.to_string(), "method": method, "reference": reference,
        });
        match way {
            Way::Energy => Ask::post(format!("/energy/invoices/{invoice}/payments"), paid),
            Way::Crm => Ask::post(format!("/v1/invoices/{invoice}/payments"), paid),
            Way::Books { account, category } => {
                let description = format!("{method} {reference}");
                Ask::post(
                    "/api/v2/transactions",
                    json!({
                        "type": "Income", "account_id": account, "category_id": category, "amount": money(amount),
                        "date": day.to_string(), "description": description, "invoice_id": invoice,
                    }),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> CalendarDate {
        CalendarDate::parse(text).unwrap()
    }

    proptest! {
        #[test]
        fn what_comes_in_is_the_whole_or_nothing(seed in any::<u64>(), centavos in 1i64..5_000_000) {
            let total = Decimal::new(centavos, 2);
            let mut chance = Chance::of(seed, "payers");
            for payer in [Payer::Punctual, Payer::Late, Payer::InParts, Payer::Broke] {
                let pays = payer.pays(total, day("2026-03-10"), day("2026-11-22"), &mut chance);
                prop_assert_eq!(pays.iter().map(|(_, amount)| *amount).sum::<Decimal>(), total);
                prop_assert!(pays.iter().all(|(_, amount)| *amount > Decimal::ZERO));
                prop_assert!(pays.is_sorted_by_key(|(day, _)| *day));
            }
            let lately = Payer::Broke.pays(total, day("2026-11-10"), day("2026-11-22"), &mut chance);
            prop_assert!(lately.is_empty());
        }
    }

    #[test]
    fn there_are_all_kinds_of_payers() {
        let mut chance = Chance::of(7, "kinds");
        let payers: Vec<Payer> = (0..200).map(|_| Payer::of(&mut chance)).collect();
        let count = |payer| payers.iter().filter(|one| **one == payer).count();
        assert!(count(Payer::Punctual) > 100);
        for payer in [Payer::Late, Payer::InParts, Payer::Broke] {
            assert!((5..60).contains(&count(payer)), "{payer:?}");
        }
    }
}
