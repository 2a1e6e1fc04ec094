use super::*;
use crate::testing::*;
use {WebhookEndpointCommand as Command, WebhookEndpointEvent as Event};

fn secret(fill: u8) -> WebhookSecret {
    WebhookSecret::from_bytes(&[fill; 32]).unwrap()
}

fn url(text: &str) -> WebhookUrl {
    WebhookUrl::parse(text).unwrap()
}

fn register(events: &[&str]) -> Command {
    Command::Register {
        url: url("https://your-domain.com/webhook"),
        events: events.iter().map(|name| (*name).to_owned()).collect(),
        description: some("Accounting"),
        secret: secret(1),
        at: at(0),
    }
}

/// The endpoint of the back office document, after these commands.
fn registered_and(commands: impl IntoIterator<Item = Command>) -> WebhookEndpoint {
    let mut endpoint = WebhookEndpoint::default();
    for command in [register(&["invoice.created", "payment.received"])].into_iter().chain(commands) {
        for event in endpoint.decide(command).unwrap() {
            endpoint.evolve(logged(&event));
        }
    }
    endpoint
}

fn disable() -> Command {
    Command::Disable { reason: some("410 Gone"), at: at(5) }
}

fn selection(from: i64, until: i64) -> Command {
    Command::Redeliver { selection: Redelivery::Range { from: at(from), until: at(until) }, at: at(9) }
}

#[test]
fn a_new_endpoint_is_enabled_and_has_what_it_was_registered_with() {
    let endpoint = registered_and([]);
    assert!(endpoint.exists() && endpoint.enabled);
    assert_eq!(endpoint.url, url("https://your-domain.com/webhook"));
    assert_eq!(endpoint.events, ["invoice.created", "payment.received"]);
    assert_eq!((endpoint.description.as_deref(), &endpoint.secret), (Some("Accounting"), &secret(1)));
    assert_eq!((endpoint.number.get(), endpoint.created_at, endpoint.updated_at), (7, at(0), at(0)));
    let claims =
        claims_of(&WebhookEndpoint::default(), &WebhookEndpoint::default().decide(register(&["*"])).unwrap());
    assert_eq!(claims.series[0].1.series, "number:webhook_endpoint");
}

#[test]
fn it_wants_what_it_names_and_a_star_wants_everything() {
    let named = registered_and([]);
    assert!(named.wants("invoice.created") && named.wants("payment.received"));
    assert!(!named.wants("invoice.deleted") && !named.wants("invoice"));
    let all: WebhookEndpoint = given(WebhookEndpoint::default().decide(register(&["*"])).unwrap());
    assert!(all.wants("invoice.created") && all.wants("product.deleted"));
}

#[test]
fn event_types_are_known_and_kept_once() {
    let events = |names: &[&str]| WebhookEndpoint::default().decide(register(names));
    let twice: WebhookEndpoint =
        given(events(&["product.created", "client.updated", "product.created"]).unwrap());
    assert_eq!(twice.events, ["product.created", "client.updated"]);
    assert_eq!(wrong_fields(events(&[])), ["events"]);
    assert_eq!(wrong_fields(events(&["*"; MAX_EVENTS + 1])), ["events"]);
    let wrong = wrong_fields(events(&[
        "invoice.created",
        "invoice.exploded",
        "Invoice.Created",
        "record.created",
        "",
    ]));
    assert_eq!(wrong, ["events[1]", "events[2]", "events[3]", "events[4]"]);
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let Command::Register { url, secret, at, .. } = register(&[]) else { unreachable!() };
    let command = Command::Register { url, secret, at, events: vec![], description: Some("x".repeat(501)) };
    assert_eq!(wrong_fields(WebhookEndpoint::default().decide(command)), ["description", "events"]);
    let patch = WebhookEndpointPatch {
        events: Some(vec!["nothing".to_owned()]),
        description: Change::Set("a\0b".to_owned()),
        ..WebhookEndpointPatch::default()
    };
    assert_eq!(wrong_fields(registered_and([]).decide(Command::Update(patch))), ["description", "events[0]"]);
}

#[test]
fn an_update_tells_only_what_changed() {
    let patch = WebhookEndpointPatch {
        url: Some(url("https://other.example/hook")),
        events: Some(vec!["invoice.created".to_owned(), "payment.received".to_owned()]),
        description: Change::Clear,
        at: at(3),
    };
    let mut endpoint = registered_and([]);
    let events = endpoint.decide(Command::Update(patch.clone())).unwrap();
    assert_eq!(events, [Event::Updated(WebhookEndpointPatch { events: None, ..patch.clone() })]);
    events.iter().for_each(|event| endpoint.evolve(logged(event)));
    assert_eq!((endpoint.url.as_str(), &endpoint.description), ("https://other.example/hook", &None));
    assert_eq!((endpoint.events.len(), endpoint.updated_at), (2, at(3)));
    assert_eq!(endpoint.decide(Command::Update(patch)), Ok(vec![]), "again is no news");
}

#[test]
fn a_replaced_secret_can_sign_a_while_longer() {
    let rotate =
        |fill, keep_old_until| Command::RotateSecret { secret: secret(fill), keep_old_until, at: at(5) };
    let endpoint = registered_and([rotate(2, Some(at(60)))]);
    assert_eq!(endpoint.secret, secret(2));
    assert_eq!(endpoint.previous_secret, Some(PreviousSecret { secret: secret(1), until: at(60) }));
    let endpoint = registered_and([rotate(2, Some(at(60))), rotate(3, None)]);
    assert_eq!((endpoint.secret, endpoint.previous_secret), (secret(3), None));
    let endpoint = registered_and([]);
    assert_eq!(wrong_fields(endpoint.decide(rotate(1, Some(at(5))))), ["keep_old_until", "secret"]);
}

#[test]
fn an_endpoint_is_disabled_with_a_reason_and_enabled_again() {
    let disabled = registered_and([disable()]);
    assert_eq!((disabled.enabled, disabled.disabled_reason.as_deref()), (false, Some("410 Gone")));
    assert_eq!(disabled.decide(disable()), Ok(vec![]), "again is no news");
    let enabled = registered_and([disable(), Command::Enable { at: at(6) }]);
    assert_eq!((enabled.enabled, &enabled.disabled_reason, enabled.updated_at), (true, &None, at(6)));
    assert_eq!(enabled.decide(Command::Enable { at: at(7) }), Ok(vec![]), "again is no news");
    let long = Command::Disable { reason: Some("x".repeat(501)), at: at(5) };
    assert_eq!(wrong_fields(enabled.decide(long)), ["reason"]);
}

#[test]
fn redeliveries_need_an_enabled_endpoint_and_tests_do_not() {
    let endpoint = registered_and([]);
    let tested = Event::Tested(WebhookEndpointTested { at: at(9) });
    assert_eq!(endpoint.decide(Command::Test { at: at(9) }), Ok(vec![tested]));
    let one = Redelivery::Delivery(id(1));
    let requested = WebhookEndpointRedeliveryRequested { selection: one.clone(), at: at(9) };
    assert_eq!(
        endpoint.decide(Command::Redeliver { selection: one, at: at(9) }),
        Ok(vec![Event::RedeliveryRequested(requested)])
    );
    assert!(endpoint.decide(selection(1, 2)).is_ok());
    let disabled = registered_and([disable()]);
    let message = broken_rule(disabled.decide(selection(1, 2)));
    assert!(message.contains("disabled"), "{message}");
    assert!(
        disabled.decide(Command::Test { at: at(9) }).is_ok(),
        "a test shows whether it can be enabled again"
    );
}

#[test]
fn a_range_of_redeliveries_ends_after_it_begins() {
    for (from, until) in [(2, 2), (3, 2)] {
        assert_eq!(wrong_fields(registered_and([]).decide(selection(from, until))), ["until"]);
    }
}

#[test]
fn nothing_can_be_asked_of_an_endpoint_that_is_not_there() {
    let deleted = registered_and([Command::Delete { at: at(8) }]);
    assert!(deleted.deleted);
    for missing in [WebhookEndpoint::default(), deleted.clone()] {
        assert!(!missing.exists());
        for command in [
            Command::Update(WebhookEndpointPatch::default()),
            Command::RotateSecret { secret: secret(2), keep_old_until: None, at: at(9) },
            disable(),
            Command::Enable { at: at(9) },
            Command::Test { at: at(9) },
            selection(1, 2),
            Command::Delete { at: at(9) },
        ] {
            assert_eq!(missing.decide(command), Err(DomainError::NotFound { what: "webhook endpoint" }));
        }
    }
    broken_rule(deleted.decide(register(&["*"])));
    broken_rule(registered_and([]).decide(register(&["*"])));
}

#[test]
fn secrets_have_their_form_and_are_not_shown_by_accident() {
    for length in [24, 32, 64] {
        let secret = WebhookSecret::from_bytes(&vec![7; length]).unwrap();
        assert_eq!((secret.key().len(), WebhookSecret::parse(secret.as_str())), (length, Ok(secret.clone())));
        assert!(!format!("{secret:?}").contains(&secret.as_str()[6..]));
    }
    for wrong in ["", "whsec_", "whsec_AAAA", "whsec_!!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        assert!(WebhookSecret::parse(wrong).is_err(), "{wrong}");
    }
    assert!(WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
    assert!(WebhookSecret::from_bytes(&[7; 23]).is_err() && WebhookSecret::from_bytes(&[7; 65]).is_err());
}

#[test]
fn addresses_are_absolute_web_addresses() {
    for right in [
        "https://your-domain.com/webhook",
        "http://127.0.0.1:9000",
        "HTTPS://Example.com/a?b=c",
        "https://[::1]:8443/x",
        "https://bücher.example/é",
    ] {
        assert_eq!(url(&format!(" {right} ")).as_str(), right);
    }
    let long = format!("https://example.com/{}", "a".repeat(WebhookUrl::MAX));
    for wrong in [
        "",
        "example.com",
        "/webhook",
        "//example.com/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https:example.com",
        "https:/example.com",
        "https:\\\\example.com",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://:pass@example.com/",
        "https://example.com/#part",
        "https://exa mple.com/",
        "https://example.com/a\nb",
        "https://example.com:99999/",
        &long,
    ] {
        assert!(WebhookUrl::parse(wrong).is_err(), "{wrong}");
    }
}
