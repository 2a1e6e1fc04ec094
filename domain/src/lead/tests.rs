//! The rules of leads.

use super::*;
use crate::testing::*;

fn details() -> LeadDetails {
    LeadDetails {
        first_name: " John ".to_owned(),
        last_name: "Smith".to_owned(),
        email: Some(email("john@example.com")),
        company: some("Acme Corp"),
        phone: Some(phone("1234567890")),
        source: some(" "),
    }
}

fn create(details: LeadDetails) -> Result<Vec<LeadEvent>, DomainError> {
    Lead::default().decide(LeadCommand::Create { details: Box::new(details), at: at(0) })
}

#[test]
fn a_lead_holds_what_was_told() {
    let lead: Lead = given(create(details()).unwrap());
    assert_eq!((lead.number, lead.details.full_name().as_str()), (Number(7), "John Smith"));
    assert_eq!(lead.details.source, None, "a blank text is none");
    let text = serde_json::to_string(&lead).unwrap();
    assert_eq!(serde_json::from_str::<Lead>(&text).unwrap(), lead);
    let wrong = LeadDetails { first_name: " ".to_owned(), last_name: "x".repeat(100), ..details() };
    assert_eq!(wrong_fields(create(wrong)), ["first_name", "last_name"]);
}

#[test]
fn what_the_log_gave_can_be_filled_in_instead_of_folding_again() {
    let events = create(details()).unwrap();
    assert_eq!(filled::<Lead>(&events), given(events));
}

#[test]
fn a_lead_becomes_a_client_once() {
    let mut lead: Lead = given(create(details()).unwrap());
    let convert = LeadCommand::Convert { client_id: id(5), at: at(1) };
    assert_eq!(Lead::default().decide(convert.clone()), Err(DomainError::NotFound { what: "lead" }));
    lead.decide(convert.clone()).unwrap().into_iter().for_each(|event| lead.evolve(event));
    assert_eq!((lead.client_id, lead.converted_at), (Some(id(5)), Some(at(1))));
    broken_rule(lead.decide(convert));
    broken_rule(lead.decide(LeadCommand::Create { details: Box::new(details()), at: at(2) }));
}
