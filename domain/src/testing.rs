//! What the tests of all aggregates share.

use crate::entity::{Claims, Entity, Given, PENDING};
use crate::value::{Address, CalendarDate, Email, Phone, decimal};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The instant `minutes` after the tests' story begins.
pub(crate) fn at(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    begin + jiff::SignedDuration::from_mins(minutes)
}

pub(crate) fn day(text: &str) -> CalendarDate {
    CalendarDate::parse(text).unwrap()
}

pub(crate) fn number(text: &str) -> Decimal {
    decimal::parse(text).unwrap()
}

/// An id that is easy to tell from others in a snapshot.
pub(crate) fn id(last: u8) -> Uuid {
    Uuid::from_u128(0x0195_5d3a_7c00_7000_8000_0000_0000_0000 | u128::from(last))
}

pub(crate) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(crate) fn phone(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

pub(crate) fn campinas() -> Address {
    Address {
        street: some("Rua das Flores"),
        number: some("100"),
        city: some("Campinas"),
        state: some("SP"),
        zip: some("13010-000"),
        country: some("BR"),
        ..Address::default()
    }
}

/// `event` as it is read back from the log, which wrote it as text and gave the numbers that were pending.
pub(crate) fn logged<E: Serialize + DeserializeOwned>(event: &E) -> E {
    let text = serde_json::to_string(event).unwrap();
    let text = text
        .replace(&format!(r#""number":{PENDING}"#), r#""number":7"#)
        .replace(&format!(r#""code":{PENDING}"#), r#""code":"kind:000007""#)
        .replace(&format!(r#""invoice_number":{PENDING}"#), r#""invoice_number":"INV-0007""#);
    assert!(!text.contains(&PENDING.to_string()), "nothing else is pending: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The state that the log's events fold to.
pub(crate) fn given<A: Entity>(events: impl IntoIterator<Item = A::Event>) -> A {
    let mut state = A::default();
    events.into_iter().for_each(|event| state.apply(logged(&event)));
    state
}

/// The state right after the events of something new were decided, with what the log gave filled in: to be seen beside the
/// one that the log's events fold to.
pub(crate) fn filled<A: Entity>(events: &[A::Event]) -> A {
    let mut state = A::default();
    events.iter().for_each(|event| state.apply(event.clone()));
    for (_, claim) in claims_of(&A::default(), events).series {
        let Some(field) = claim.field else { continue };
        let given = match claim.label {
            Some(_) => Given::Label("INV-0007".to_owned()),
            None => Given::Number(7),
        };
        assert!(state.fill(field, given.clone()), "{field} was pending");
        assert!(!state.fill(field, given), "{field} is filled once");
    }
    assert!(!state.fill("at", Given::Number(1)), "this field never pends");
    state
}

/// What `events`, decided on `state`, claim; asked event by event, as the executor does.
pub(crate) fn claims_of<A: Entity>(state: &A, events: &[A::Event]) -> Claims {
    let (mut state, mut claims) = (state.clone(), Claims::default());
    for (index, event) in events.iter().enumerate() {
        claims.event = index;
        state.claims(event, &mut claims);
        state.apply(event.clone());
    }
    claims.event = 0;
    claims
}

/// The wrong fields of a refusal, by name.
pub(crate) fn wrong_fields<T: std::fmt::Debug>(result: Result<T, DomainError>) -> Vec<String> {
    match result {
        Err(DomainError::Invalid(errors)) => names(&errors),
        other => panic!("expected wrong fields, got {other:?}"),
    }
}

pub(crate) fn names(errors: &FieldErrors) -> Vec<String> {
    errors.iter().map(|(field, _)| field.to_owned()).collect()
}

/// The message of a broken rule.
pub(crate) fn broken_rule<T: std::fmt::Debug>(result: Result<T, DomainError>) -> String {
    match result {
        Err(refusal @ (DomainError::Rule(_) | DomainError::InvoiceStands { .. })) => refusal.to_string(),
        other => panic!("expected a broken rule, got {other:?}"),
    }
}
