//! The rules of quotes.

use super::*;
use crate::DomainError;
use crate::testing::*;

fn line(price: &str) -> LineDraft {
    LineDraft {
        description: "Consulting Services".to_owned(),
        quantity: number("1"),
        unit_price: number(price),
        tax_rate: number("10"),
    }
}

fn draft() -> QuoteDraft {
    QuoteDraft {
        client: Reference { id: id(1), number: 1 },
        currency: Currency::BRL,
        valid_until: day("2024-02-15"),
        lines: vec![line("2000")],
        notes: None,
        at: at(0),
    }
}

fn create(draft: QuoteDraft) -> Result<Vec<QuoteEvent>, DomainError> {
    Quote::default().decide(QuoteCommand::Create(Box::new(draft)))
}

fn made() -> Quote {
    given(create(draft()).unwrap())
}

fn update(patch: QuotePatch) -> QuoteCommand {
    QuoteCommand::Update(Box::new(QuotePatch { at: at(1), ..patch }))
}

fn told(quote: &mut Quote, command: QuoteCommand) {
    quote.decide(command).unwrap().into_iter().for_each(|event| quote.evolve(logged(&event)));
}

#[test]
fn a_quote_is_priced_as_an_invoice_is() {
    let quote = made();
    assert_eq!((quote.number, quote.status()), (Number(7), QuoteStatus::Open));
    assert_eq!(
        (quote.totals.total.to_string(), quote.totals.tax_total.to_string()),
        ("2200.00".into(), "200.00".into())
    );
    assert_eq!(
        wrong_fields(create(QuoteDraft { lines: vec![], notes: Some("x".repeat(5_001)), ..draft() })),
        ["lines", "notes"]
    );
}

#[test]
fn what_the_log_gave_can_be_filled_in_instead_of_folding_again() {
    let events = create(draft()).unwrap();
    assert_eq!(filled::<Quote>(&events), given(events));
}

#[test]
fn an_update_tells_only_what_changed() {
    let mut quote = made();
    let patch = QuotePatch {
        client: Some(quote.client),
        valid_until: Some(day("2024-03-15")),
        lines: Some(vec![line("2000")]),
        ..QuotePatch::default()
    };
    let events = quote.decide(update(patch.clone())).unwrap();
    let expected =
        QuoteUpdated { valid_until: Some(day("2024-03-15")), at: at(1), ..QuoteUpdated::default() };
    assert_eq!(events, [QuoteEvent::Updated(Box::new(expected))]);
    told(&mut quote, update(patch.clone()));
    assert_eq!(quote.decide(update(patch)), Ok(vec![]), "again is no news");
    told(&mut quote, update(QuotePatch { lines: Some(vec![line("10")]), ..QuotePatch::default() }));
    assert_eq!(quote.totals.total.to_string(), "11.00");
    let wrong = QuotePatch { lines: Some(vec![]), ..QuotePatch::default() };
    assert_eq!(wrong_fields(quote.decide(update(wrong))), ["lines"]);
}

#[test]
fn a_quote_becomes_an_invoice_once_and_stays_as_it_was() {
    let mut quote = made();
    told(&mut quote, QuoteCommand::Convert { invoice_id: id(9), at: at(2) });
    assert_eq!((quote.status(), quote.invoice_id), (QuoteStatus::Converted, Some(id(9))));
    for command in [
        QuoteCommand::Convert { invoice_id: id(10), at: at(3) },
        QuoteCommand::Delete { at: at(3) },
        update(QuotePatch::default()),
    ] {
        assert!(broken_rule(quote.decide(command)).contains("converted to an invoice"));
    }
}

#[test]
fn what_is_deleted_is_gone() {
    let mut quote = made();
    told(&mut quote, QuoteCommand::Delete { at: at(2) });
    for command in [
        QuoteCommand::Convert { invoice_id: id(10), at: at(3) },
        QuoteCommand::Delete { at: at(3) },
        update(QuotePatch::default()),
    ] {
        assert_eq!(quote.decide(command), Err(DomainError::NotFound { what: "quote" }));
    }
    broken_rule(quote.decide(QuoteCommand::Create(Box::new(draft()))));
}
