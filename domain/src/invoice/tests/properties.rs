//! What holds for every invoice and in every order of events.

use super::*;
use crate::value::money::{is_minor, round_minor};
use proptest::prelude::*;

fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["BRL", "USD", "JPY", "KWD", "CLF"])
        .prop_map(|code| Currency::parse(code).unwrap())
}

fn any_line() -> impl Strategy<Value = LineDraft> {
    (1_i64..=10_i64.pow(9), 0_u32..=6, 0_i64..=10_i64.pow(10), 0_u32..=6, 0_i64..=100_000_000).prop_map(
        |(quantity, quantity_scale, price, price_scale, rate)| LineDraft {
            description: "Energia".to_owned(),
            quantity: Decimal::new(quantity, quantity_scale.max(3)),
            unit_price: Decimal::new(price, price_scale.max(4)),
            tax_rate: Decimal::new(rate, 6),
        },
    )
}

fn any_discount() -> impl Strategy<Value = Option<Discount>> {
    prop_oneof![
        Just(None),
        (0_i64..=100).prop_map(|percent| Some(Discount::Percent(Decimal::from(percent)))),
        (0_i64..=10_000).prop_map(|amount| Some(Discount::Amount(Decimal::from(amount)))),
    ]
}

fn any_draft() -> impl Strategy<Value = InvoiceDraft> {
    (any_currency(), prop::collection::vec(any_line(), 1..8), any_discount(), any::<bool>()).prop_map(
        |(currency, lines, discount, issue)| InvoiceDraft { currency, lines, discount, issue, ..draft() },
    )
}

/// Anything that can be asked, sensible or not, with payments in thousandths of the total (or of a cent too much).
#[derive(Debug, Clone)]
enum Step {
    Send,
    View,
    Pay { payment: u8, thousandths: i64, extra: i64 },
    Reverse { payment: u8 },
    Cancel,
    GrowOverdue,
    Delete,
    Halve,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Send),
        1 => Just(Step::View),
        8 => (0_u8..12, 0_i64..=1_100, -1_i64..=1)
            .prop_map(|(payment, thousandths, extra)| Step::Pay { payment, thousandths, extra }),
        5 => (0_u8..12).prop_map(|payment| Step::Reverse { payment }),
        1 => Just(Step::Cancel),
        1 => Just(Step::GrowOverdue),
        1 => Just(Step::Delete),
        1 => Just(Step::Halve),
    ]
}

fn command(step: &Step, invoice: &Invoice, today: CalendarDate) -> InvoiceCommand {
    match step {
        Step::Send => InvoiceCommand::Send { via_email: false, today, at: at(1) },
        Step::View => view(),
        Step::Pay { payment, thousandths, extra } => {
            let part = round_minor(invoice.total * Decimal::new(*thousandths, 3), invoice.currency);
            let extra = Decimal::new(*extra, invoice.currency.minor_unit());
            InvoiceCommand::RecordPayment(Box::new(NewPayment {
                payment_id: id(*payment),
                amount: part + extra,
                date: today,
                method: None,
                reference: None,
                today,
                at: at(2),
            }))
        }
        Step::Reverse { payment } => {
            InvoiceCommand::ReversePayment { payment_id: id(*payment), today, at: at(3) }
        }
        Step::Cancel => cancel(),
        Step::GrowOverdue => InvoiceCommand::MarkOverdue { today, at: at(4) },
        Step::Delete => delete(),
        Step::Halve => InvoiceCommand::Update(Box::new(InvoicePatch {
            discount: Change::Set(Discount::Percent(Decimal::from(50))),
            ..InvoicePatch::default()
        })),
    }
}

fn check_amounts(invoice: &Invoice) -> Result<(), TestCaseError> {
    let counted = |payment: &&Payment| payment.counts();
    let paid: Decimal = invoice.payments.iter().filter(counted).map(|payment| payment.amount).sum();
    prop_assert_eq!(invoice.paid, paid);
    prop_assert_eq!(invoice.paid + invoice.balance, invoice.total);
    prop_assert!(invoice.balance >= Decimal::ZERO && invoice.paid >= Decimal::ZERO);
    for amount in [invoice.paid, invoice.balance, invoice.total] {
        prop_assert!(is_minor(amount, invoice.currency));
    }
    match invoice.status {
        InvoiceStatus::Paid => prop_assert!(invoice.balance.is_zero() && invoice.paid_at.is_some()),
        InvoiceStatus::PartiallyPaid => prop_assert!(!invoice.paid.is_zero() && !invoice.balance.is_zero()),
        InvoiceStatus::Overdue => prop_assert!(!invoice.balance.is_zero()),
        InvoiceStatus::Draft | InvoiceStatus::Sent | InvoiceStatus::Viewed | InvoiceStatus::Cancelled => {
            prop_assert!(invoice.paid.is_zero());
        }
    }
    prop_assert_eq!(invoice.paid_at.is_some(), invoice.status == InvoiceStatus::Paid);
    Ok(())
}

proptest! {
    #[test]
    fn totals_are_the_sums_of_the_rounded_lines(draft in any_draft()) {
        let currency = draft.currency;
        let drafts = draft.lines.clone();
        let Ok(events) = create(draft) else { return Ok(()) };
        let invoice: Invoice = given(events);
        prop_assert_eq!(invoice.lines.len(), drafts.len());
        for (line, draft) in invoice.lines.iter().zip(&drafts) {
            prop_assert_eq!(line.amount, round_minor(draft.quantity * draft.unit_price, currency));
            prop_assert_eq!(line.tax, round_minor(line.amount * draft.tax_rate / Decimal::ONE_HUNDRED, currency));
        }
        prop_assert_eq!(invoice.subtotal, invoice.lines.iter().map(|line| line.amount).sum::<Decimal>());
        prop_assert_eq!(invoice.tax_total, invoice.lines.iter().map(|line| line.tax).sum::<Decimal>());
        prop_assert_eq!(invoice.total, invoice.subtotal + invoice.tax_total - invoice.discount_total);
        for amount in [invoice.subtotal, invoice.tax_total, invoice.discount_total, invoice.total] {
            prop_assert_eq!(amount.scale(), currency.minor_unit(), "written with the currency's decimals");
        }
        check_amounts(&invoice)?;
    }

    #[test]
    fn what_the_log_gave_can_be_filled_in_instead_of_folding_again(
        draft in any_draft(), notes in ".{0,20}", own_number in any::<bool>(),
    ) {
        let invoice_number = own_number.then(|| "INV-0042".to_owned());
        let Ok(events) = create(InvoiceDraft { invoice_number, notes: Some(notes), ..draft }) else { return Ok(()) };
        let at_hand: Invoice = filled(&events);
        let folded: Invoice = given(events);
        prop_assert_eq!(&at_hand, &folded);
        // To the last digit: equal amounts may have different decimals.
        prop_assert_eq!(serde_json::to_string(&at_hand).unwrap(), serde_json::to_string(&folded).unwrap());
    }

    #[test]
    fn no_order_of_commands_breaks_the_amounts_and_the_log_tells_the_same_story(
        draft in any_draft(),
        steps in prop::collection::vec((any_step(), any::<bool>()), 0..40),
    ) {
        let Ok(first) = create(draft) else { return Ok(()) };
        let mut log: Vec<InvoiceEvent> = first.iter().map(logged).collect();
        let mut invoice: Invoice = given(first);
        let mut today = day(ISSUED);
        for (step, month_passes) in steps {
            if month_passes {
                today = today.plus_days(10);
            }
            let before = invoice.clone();
            let Ok(events) = invoice.decide(command(&step, &invoice, today)) else {
                prop_assert_eq!(&invoice, &before, "a refusal changes nothing");
                continue;
            };
            for event in &events {
                invoice.evolve(event.clone());
                log.push(logged(event));
            }
            check_amounts(&invoice)?;
            let grew_overdue = invoice.status == InvoiceStatus::Overdue && before.status != InvoiceStatus::Overdue;
            prop_assert_eq!(told(&events).contains(&"invoice.overdue"), grew_overdue);
        }
        let replayed: Invoice = given(log);
        prop_assert_eq!(&replayed, &invoice);
        let snapshot = serde_json::to_string(&invoice).unwrap();
        prop_assert_eq!(serde_json::from_str::<Invoice>(&snapshot).unwrap(), invoice);
    }
}
