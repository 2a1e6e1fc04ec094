use super::*;
use crate::entity::SeriesClaim;
use crate::testing::*;

fn draft() -> ClientDraft {
    ClientDraft {
        name: " Acme Corp ".to_owned(),
        corporate_name: some("Acme Energia Solar LTDA"),
        email: Some(email("billing@acme.example")),
        phone: Some(phone("+1-555-0100")),
        address: Some(campinas()),
        tax_id: Some(TaxId::parse("11.222.333/0001-81", true).unwrap()),
        notes: some("Net 30 terms"),
        at: at(0),
        ..ClientDraft::default()
    }
}

fn acme() -> Client {
    given(Client::default().decide(ClientCommand::Create(Box::new(draft()))).unwrap())
}

fn inactive() -> Client {
    let mut client = acme();
    let events = client.decide(ClientCommand::Deactivate { at: at(5) }).unwrap();
    events.into_iter().for_each(|event| client.evolve(event));
    client
}

fn update(client: &Client, patch: ClientPatch) -> Result<Vec<ClientEvent>, DomainError> {
    client.decide(ClientCommand::Update(Box::new(patch)))
}

#[test]
fn a_new_client_has_what_it_was_made_with() {
    assert!(!Client::default().exists());
    let client = acme();
    assert!(client.exists());
    assert_eq!((client.name.as_str(), client.number.get()), ("Acme Corp", 7));
    assert_eq!(client.corporate_name.as_deref(), Some("Acme Energia Solar LTDA"));
    assert_eq!(client.email, Some(email("billing@acme.example")));
    assert_eq!(client.phone, Some(phone("+1-555-0100")));
    assert_eq!(client.address, Some(campinas()));
    assert_eq!(client.tax_id.unwrap().masked(), "11.222.333/0001-81");
    assert_eq!(client.notes.as_deref(), Some("Net 30 terms"));
    assert_eq!((client.status, client.created_at, client.updated_at), (ClientStatus::Active, at(0), at(0)));
}

#[test]
fn what_the_log_gave_can_be_filled_in_instead_of_folding_again() {
    let events = Client::default().decide(ClientCommand::Create(Box::new(draft()))).unwrap();
    assert_eq!(filled::<Client>(&events), acme());
}

#[test]
fn a_name_is_enough_and_blank_texts_are_none() {
    let draft =
        ClientDraft { name: "Maria".to_owned(), notes: some("  "), at: at(0), ..ClientDraft::default() };
    let client: Client = given(Client::default().decide(ClientCommand::Create(Box::new(draft))).unwrap());
    assert_eq!((client.name.as_str(), client.notes, client.email), ("Maria", None, None));
}

#[test]
fn every_wrong_field_of_a_new_client_is_named_at_once() {
    let draft = ClientDraft {
        name: "  ".to_owned(),
        corporate_name: Some("x".repeat(MAX_NAME + 1)),
        address: Some(Address { zip: some("1\n2"), ..Address::default() }),
        notes: Some("x".repeat(MAX_NOTES + 1)),
        status: ClientStatus::Inactive,
        at: at(0),
        ..ClientDraft::default()
    };
    let wrong = wrong_fields(Client::default().decide(ClientCommand::Create(Box::new(draft))));
    assert_eq!(wrong, ["address.zip", "corporate_name", "name", "notes", "status"]);
}

#[test]
fn a_client_is_made_once() {
    broken_rule(acme().decide(ClientCommand::Create(Box::new(draft()))));
    broken_rule(inactive().decide(ClientCommand::Create(Box::new(draft()))));
}

#[test]
fn nothing_can_be_asked_of_a_client_that_was_never_made() {
    for command in [
        ClientCommand::Update(Box::default()),
        ClientCommand::Deactivate { at: at(1) },
        ClientCommand::Reactivate { at: at(1) },
    ] {
        assert_eq!(Client::default().decide(command), Err(DomainError::NotFound { what: "client" }));
    }
}

#[test]
fn an_update_tells_only_what_changed() {
    let patch = ClientPatch {
        name: some("Acme Corp"),
        email: Change::Set(email("new@acme.example")),
        phone: Change::Set(phone("+1-555-0100")),
        corporate_name: Change::Clear,
        status: Some(ClientStatus::Active),
        at: at(9),
        ..ClientPatch::default()
    };
    let events = update(&acme(), patch).unwrap();
    let expected = ClientPatch {
        email: Change::Set(email("new@acme.example")),
        corporate_name: Change::Clear,
        at: at(9),
        ..ClientPatch::default()
    };
    assert_eq!(events, [ClientEvent::Updated(Box::new(expected))]);
}

#[test]
fn an_update_sets_clears_and_keeps() {
    let patch = ClientPatch {
        name: some(" Acme Corporation "),
        email: Change::Clear,
        notes: Change::Set(" ".to_owned()),
        address: Change::Set(Address::from_text("123 Main St").unwrap()),
        tax_id: Change::Set(TaxId::parse("US-123456789", true).unwrap()),
        status: Some(ClientStatus::Pending),
        at: at(9),
        ..ClientPatch::default()
    };
    let mut client = acme();
    let events = update(&client, patch).unwrap();
    events.iter().for_each(|event| client.evolve(logged(event)));
    let expected = Client {
        name: "Acme Corporation".to_owned(),
        email: None,
        notes: None,
        address: Some(Address::from_text("123 Main St").unwrap()),
        tax_id: Some(TaxId::Other("US-123456789".to_owned())),
        status: ClientStatus::Pending,
        updated_at: at(9),
        ..acme()
    };
    assert_eq!(client, expected);
}

#[test]
fn an_update_that_changes_nothing_is_no_event() {
    assert_eq!(update(&acme(), ClientPatch { at: at(9), ..ClientPatch::default() }), Ok(vec![]));
    let same = ClientPatch {
        name: some("Acme Corp "),
        address: Change::Set(campinas()),
        at: at(9),
        ..ClientPatch::default()
    };
    assert_eq!(update(&acme(), same), Ok(vec![]));
}

#[test]
fn every_wrong_field_of_an_update_is_named_at_once() {
    let patch = ClientPatch {
        name: some(""),
        corporate_name: Change::Set("a\0b".to_owned()),
        address: Change::Set(Address::default()),
        notes: Change::Set("x".repeat(MAX_NOTES + 1)),
        status: Some(ClientStatus::Inactive),
        ..ClientPatch::default()
    };
    assert_eq!(
        wrong_fields(update(&acme(), patch)),
        ["address.text", "corporate_name", "name", "notes", "status"]
    );
}

#[test]
fn an_inactive_client_can_only_be_taken_back() {
    let client = inactive();
    assert_eq!((client.status, client.updated_at, client.exists()), (ClientStatus::Inactive, at(5), true));
    let message = broken_rule(update(&client, ClientPatch { name: some("New"), ..ClientPatch::default() }));
    assert!(message.contains("inactive"), "{message}");
    assert_eq!(client.decide(ClientCommand::Deactivate { at: at(6) }), Ok(vec![]), "again is no news");
    let mut client = client;
    for event in client.decide(ClientCommand::Reactivate { at: at(7) }).unwrap() {
        client.evolve(event);
    }
    assert_eq!((client.status, client.updated_at), (ClientStatus::Active, at(7)));
    assert_eq!(client.decide(ClientCommand::Reactivate { at: at(8) }), Ok(vec![]), "again is no news");
}

#[test]
fn a_new_client_claims_its_number_and_its_slot_of_the_plan() {
    let state = Client::default();
    let claims = |draft| claims_of(&state, &state.decide(ClientCommand::Create(Box::new(draft))).unwrap());
    let series: Vec<SeriesClaim> = claims(draft()).series.into_iter().map(|(_, claim)| claim).collect();
    assert_eq!(series.len(), 1);
    assert_eq!((series[0].series.as_str(), series[0].field), ("number:client", Some("number")));
    let slot = PlanSlot { series: "plan:clients:2026-03".to_owned(), max: Some(5) };
    let limited = claims(ClientDraft { plan: Some(slot), ..draft() });
    let (event, claim) = &limited.series[1];
    assert_eq!((*event, claim.series.as_str(), claim.max), (0, "plan:clients:2026-03", Some(5)));
    assert_eq!((claim.field, claim.refusal), (None, REFUSAL));
    assert!(limited.take.is_empty() && limited.release.is_empty());
}

#[test]
fn statuses_are_written_as_they_are_read() {
    for status in [ClientStatus::Active, ClientStatus::Inactive, ClientStatus::Pending] {
        assert_eq!(ClientStatus::parse(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert_eq!(ClientStatus::parse("deleted"), None);
}
