//! The rules of transactions, and what the books count of them.

use super::*;
use crate::DomainError;
use crate::movement::{Movement, MovementKind};
use crate::testing::*;
use crate::value::Change;

fn reference(number: i64) -> Reference {
    Reference { id: id(u8::try_from(number).unwrap()), number }
}

/// The income of the document.
fn new() -> NewTransaction {
    NewTransaction {
        booking: Booking { direction: Direction::Income, amount: number("1500"), date: day("2024-01-15") },
        currency: Currency::BRL,
        account: reference(1),
        category: Some(reference(1)),
        description: some(" Website Development Payment "),
        invoice: None,
        at: at(0),
    }
}

fn create(new: NewTransaction) -> Result<Vec<TransactionEvent>, DomainError> {
    Transaction::default().decide(TransactionCommand::Create(Box::new(new)))
}

fn made(new: NewTransaction) -> Transaction {
    given(create(new).unwrap())
}

fn update(patch: TransactionPatch) -> TransactionCommand {
    TransactionCommand::Update(Box::new(TransactionPatch { at: at(1), ..patch }))
}

fn counted(transaction: &Transaction) -> Vec<(MovementKind, String, String)> {
    let shown = |one: Movement| (one.kind, one.amount.to_string(), one.date.to_string());
    transaction.movements().into_iter().map(shown).collect()
}

#[test]
fn a_transaction_holds_what_was_recorded() {
    let transaction = made(new());
    assert_eq!((transaction.number, transaction.exists()), (Number(7), true));
    assert_eq!(transaction.booking.amount.to_string(), "1500.00");
    assert_eq!(transaction.description.as_deref(), Some("Website Development Payment"));
    broken_rule(transaction.decide(TransactionCommand::Create(Box::new(new()))));
}

#[test]
fn what_the_log_gave_can_be_filled_in_instead_of_folding_again() {
    let events = create(new()).unwrap();
    assert_eq!(filled::<Transaction>(&events), given(events));
}

#[test]
fn amounts_are_above_nothing_and_whole_centavos() {
    for wrong in ["0", "-1", "0.001", "1000000000000000"] {
        let mut new = new();
        new.booking.amount = number(wrong);
        assert_eq!(wrong_fields(create(new)), ["amount"], "{wrong}");
        let patch = TransactionPatch { amount: Some(number(wrong)), ..TransactionPatch::default() };
        assert_eq!(wrong_fields(made(self::new()).decide(update(patch))), ["amount"], "{wrong}");
    }
    let description = Some("x".repeat(1_001));
    let mut wrong = NewTransaction { description, invoice: Some(reference(1)), ..new() };
    wrong.booking = Booking { direction: Direction::Expense, amount: number("0"), ..wrong.booking };
    assert_eq!(wrong_fields(create(wrong)), ["amount", "description", "invoice_id"]);
}

#[test]
fn an_update_tells_only_what_changed_and_the_books_follow() {
    let mut transaction = made(new());
    let patch = TransactionPatch {
        direction: Some(Direction::Income),
        amount: Some(number("1600")),
        date: Some(day("2024-02-01")),
        account: Some(reference(1)),
        category: Change::Clear,
        ..TransactionPatch::default()
    };
    let events = transaction.decide(update(patch.clone())).unwrap();
    let [TransactionEvent::Updated(told)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((told.direction, told.account), (None, None));
    events.into_iter().for_each(|event| transaction.evolve(logged(&event)));
    assert_eq!(transaction.decide(update(patch)), Ok(vec![]), "again is no news");
    transaction.evolve(transaction.decide(TransactionCommand::Delete { at: at(2) }).unwrap().remove(0));
    let row = |amount: &str, date: &str| (MovementKind::Income, amount.to_owned(), date.to_owned());
    let expected = [
        row("1500.00", "2024-01-15"),
        row("-1500.00", "2024-01-15"),
        row("1600.00", "2024-02-01"),
        row("-1600.00", "2024-02-01"),
    ];
    assert_eq!(counted(&transaction), expected);
    let known: Vec<Timestamp> = transaction.movements().iter().map(|one| one.known_at).collect();
    assert_eq!(known, [at(0), at(1), at(1), at(2)]);
}

#[test]
fn one_that_pays_an_invoice_stays_that_payment_and_counts_nothing_itself() {
    let mut transaction = made(NewTransaction { invoice: Some(reference(3)), ..new() });
    assert_eq!(transaction.movements(), []);
    for patch in [
        TransactionPatch { amount: Some(number("1")), ..TransactionPatch::default() },
        TransactionPatch { date: Some(day("2024-01-16")), ..TransactionPatch::default() },
        TransactionPatch { direction: Some(Direction::Expense), ..TransactionPatch::default() },
    ] {
        broken_rule(transaction.decide(update(patch)));
    }
    let patch = TransactionPatch {
        amount: Some(number("1500")),
        description: Change::Set("Paid in full".to_owned()),
        ..TransactionPatch::default()
    };
    let events = transaction.decide(update(patch)).unwrap();
    events.into_iter().for_each(|event| transaction.evolve(event));
    assert_eq!(transaction.description.as_deref(), Some("Paid in full"));
}

#[test]
fn what_is_deleted_is_gone() {
    let mut transaction = made(new());
    transaction.evolve(transaction.decide(TransactionCommand::Delete { at: at(2) }).unwrap().remove(0));
    for command in [TransactionCommand::Delete { at: at(3) }, update(TransactionPatch::default())] {
        assert_eq!(transaction.decide(command), Err(DomainError::NotFound { what: "transaction" }));
    }
}

#[test]
fn a_state_is_read_back_from_its_json() {
    let mut transaction = made(new());
    let patch = TransactionPatch { amount: Some(number("2")), ..TransactionPatch::default() };
    let events = transaction.decide(update(patch)).unwrap();
    events.into_iter().for_each(|event| transaction.evolve(event));
    let text = serde_json::to_string(&transaction).unwrap();
    assert_eq!(serde_json::from_str::<Transaction>(&text).unwrap(), transaction);
}
