//! Whatever is asked of invoices and transactions, and whenever the books are looked at: the movements known by then add up
//! to what the events told by then.

use super::*;
use crate::invoice::{Invoice, InvoiceCommand, InvoiceDraft, InvoiceEvent, LineDraft, NewPayment};
use crate::numbering::NumberSeries;
use crate::reference::Reference;
use crate::testing::*;
use crate::transaction::{
    Booking, Direction, NewTransaction, Transaction, TransactionCommand, TransactionEvent, TransactionPatch,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Sums by kind and month.
type Books = BTreeMap<(MovementKind, i16, i8), Decimal>;

fn book(books: &mut Books, kind: MovementKind, date: CalendarDate, amount: Decimal) {
    *books.entry((kind, date.get().year(), date.get().month())).or_default() += amount;
}

fn settled(mut books: Books) -> Books {
    books.retain(|_, sum| !sum.is_zero());
    books
}

#[derive(Debug, Clone)]
enum Step {
    Send,
    Pay { payment: u8, cents: i64, day: i32 },
    Reverse { payment: u8 },
    Cancel,
    Delete,
    Record { which: usize, income: bool, cents: i64, day: i32, pays: bool },
    Correct { which: usize, income: Option<bool>, cents: Option<i64>, day: Option<i32> },
    Remove { which: usize },
}

fn any_step() -> impl Strategy<Value = Step> {
    let (cents, day) = (1_i64..80_000, -40_i32..40);
    prop_oneof![
        2 => Just(Step::Send),
        5 => (0_u8..6, cents.clone(), day.clone()).prop_map(|(payment, cents, day)| Step::Pay { payment, cents, day }),
        4 => (0_u8..6).prop_map(|payment| Step::Reverse { payment }),
        1 => Just(Step::Cancel),
        1 => Just(Step::Delete),
        4 => (0_usize..3, any::<bool>(), cents.clone(), day.clone(), prop::bool::weighted(0.2))
            .prop_map(|(which, income, cents, day, pays)| Step::Record { which, income, cents, day, pays }),
        5 => (0_usize..3, any::<Option<bool>>(), prop::option::of(cents), prop::option::of(day))
            .prop_map(|(which, income, cents, day)| Step::Correct { which, income, cents, day }),
        2 => (0_usize..3).prop_map(|which| Step::Remove { which }),
    ]
}

fn direction(income: bool) -> Direction {
    if income { Direction::Income } else { Direction::Expense }
}

fn money(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

/// The invoice of 1,000.00 that all steps are about, as a draft.
fn draft() -> Invoice {
    let line = LineDraft {
        description: "Panels".to_owned(),
        quantity: number("1"),
        unit_price: number("1000"),
        tax_rate: number("0"),
    };
    let draft = InvoiceDraft {
        client_id: id(1),
        project_id: None,
        invoice_number: None,
        series: NumberSeries::default(),
        currency: Currency::BRL,
        issue_date: day("2026-03-02"),
        due_date: day("2026-04-01"),
        lines: vec![line],
        discount: None,
        notes: None,
        terms: None,
        issue: false,
        plan: None,
        today: day("2026-03-02"),
        at: at(0),
    };
    given(Invoice::default().decide(InvoiceCommand::Create(Box::new(draft))).unwrap())
}

fn of_invoice(step: &Step, minute: i64) -> Option<InvoiceCommand> {
    let (today, at) = (day("2026-03-02"), at(minute));
    Some(match step {
        Step::Send => InvoiceCommand::Send { via_email: false, today, at },
        Step::Pay { payment, cents, day } => InvoiceCommand::RecordPayment(Box::new(NewPayment {
            payment_id: id(*payment),
            amount: money(*cents),
            date: today.plus_days(*day),
            method: None,
            reference: None,
            today,
            at,
        })),
        Step::Reverse { payment } => InvoiceCommand::ReversePayment { payment_id: id(*payment), today, at },
        Step::Cancel => InvoiceCommand::Cancel { reason: None, at },
        Step::Delete => InvoiceCommand::Delete { at },
        Step::Record { .. } | Step::Correct { .. } | Step::Remove { .. } => return None,
    })
}

fn of_transaction(step: &Step, minute: i64) -> Option<(usize, TransactionCommand)> {
    let (today, at) = (day("2026-03-02"), at(minute));
    Some(match step {
        Step::Record { which, income, cents, day, pays } => {
            let booking =
                Booking { direction: direction(*income), amount: money(*cents), date: today.plus_days(*day) };
            let new = NewTransaction {
                booking,
                currency: Currency::BRL,
                account: Reference::default(),
                category: None,
                description: None,
                invoice: pays.then(Reference::default),
                at,
            };
            (*which, TransactionCommand::Create(Box::new(new)))
        }
        Step::Correct { which, income, cents, day } => {
            let patch = TransactionPatch {
                direction: income.map(direction),
                amount: cents.map(money),
                date: day.map(|days| today.plus_days(days)),
                at,
                ..TransactionPatch::default()
            };
            (*which, TransactionCommand::Update(Box::new(patch)))
        }
        Step::Remove { which } => (*which, TransactionCommand::Delete { at }),
        _ => return None,
    })
}

/// What an invoice's event does to the books, told by the event alone and the date that the invoice bears.
fn book_invoice(books: &mut Books, issued: CalendarDate, before: &Invoice, event: &InvoiceEvent) {
    match event {
        InvoiceEvent::Sent(_) => book(books, MovementKind::Owed, issued, before.total),
        InvoiceEvent::PaymentReceived(paid) => book(books, MovementKind::Payment, paid.date, paid.amount),
        InvoiceEvent::PaymentReversed(back) => book(books, MovementKind::Payment, back.date, -back.amount),
        InvoiceEvent::Cancelled(_) if before.sent_at.is_some() => {
            book(books, MovementKind::Owed, issued, -before.balance);
        }
        _ => {}
    }
}

/// The same of a transaction's event.
fn book_transaction(books: &mut Books, before: &Transaction, event: &TransactionEvent) {
    let kind = |direction| match direction {
        Direction::Income => MovementKind::Income,
        Direction::Expense => MovementKind::Expense,
    };
    let was = before.booking;
    match event {
        TransactionEvent::Created(new) if new.invoice.is_none() => {
            book(books, kind(new.booking.direction), new.booking.date, new.booking.amount);
        }
        _ if before.invoice.is_some() => {}
        TransactionEvent::Created(_) => {}
        TransactionEvent::Updated(patch) => {
            book(books, kind(was.direction), was.date, -was.amount);
            let direction = patch.direction.unwrap_or(was.direction);
            book(books, kind(direction), patch.date.unwrap_or(was.date), patch.amount.unwrap_or(was.amount));
        }
        TransactionEvent::Deleted(_) => book(books, kind(was.direction), was.date, -was.amount),
    }
}

proptest! {
    #[test]
    fn the_books_are_the_sum_of_the_events_at_any_time(steps in prop::collection::vec(any_step(), 0..60)) {
        let mut invoice = draft();
        let mut transactions: [Transaction; 3] = std::array::from_fn(|_| Transaction::default());
        let (mut naive, mut pages) = (Books::new(), vec![(at(0), Books::new())]);
        for (minute, step) in (1..).zip(&steps) {
            if let Some(command) = of_invoice(step, minute) {
                for event in invoice.decide(command).unwrap_or_default() {
                    book_invoice(&mut naive, invoice.issue_date, &invoice, &event);
                    invoice.evolve(logged(&event));
                }
            }
            if let Some((which, command)) = of_transaction(step, minute) {
                for event in transactions[which].decide(command).unwrap_or_default() {
                    book_transaction(&mut naive, &transactions[which], &event);
                    transactions[which].evolve(logged(&event));
                }
            }
            pages.push((at(minute), settled(naive.clone())));
        }
        let all: Vec<Movement> =
            transactions.iter().flat_map(Transaction::movements).chain(invoice.movements()).collect();
        for (time, expected) in pages {
            let mut books = Books::new();
            for one in all.iter().filter(|one| one.known_at <= time) {
                book(&mut books, one.kind, one.date, one.amount);
            }
            prop_assert_eq!(settled(books), expected, "as known at {}", time);
        }
        let owed = |kind: MovementKind| -> Decimal {
            all.iter().filter(|one| one.kind == kind).map(|one| one.amount).sum()
        };
        let outstanding = if invoice.status.is_outstanding() { invoice.balance } else { Decimal::ZERO };
        prop_assert_eq!(owed(MovementKind::Owed) - owed(MovementKind::Payment), outstanding);
    }
}

#[test]
fn kinds_are_read_back_by_their_names() {
    for kind in MovementKind::ALL {
        assert_eq!(MovementKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(MovementKind::parse("profit"), None);
}
