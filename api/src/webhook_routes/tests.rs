//! What the webhook routes take and print.

use super::requests;
use super::views::{backoffice, plain};
use crate::csv;
use crate::fields::Fields;
use crate::http::QueryParams;
use crate::samples::at;
use serde_json::{Value, json};
use std::sync::Arc;
use sunledger_domain::Number;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::webhook_endpoint::{
    PreviousSecret, Redelivery, WebhookEndpoint, WebhookEndpointCommand, WebhookSecret, WebhookUrl,
};
use sunledger_webhooks::{Attempt, Delivery, DeliveryDetail, DeliveryState};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(7);

fn secret(byte: u8) -> WebhookSecret {
    WebhookSecret::from_bytes(&[byte; 32]).unwrap()
}

fn endpoint() -> WebhookEndpoint {
    WebhookEndpoint {
        number: Number(3),
        url: WebhookUrl::parse("https://your-domain.com/webhook").unwrap(),
        events: vec!["invoice.created".to_owned(), "payment.received".to_owned()],
        description: Some("Shop".to_owned()),
        secret: secret(1),
        previous_secret: Some(PreviousSecret { secret: secret(2), until: at("2024-06-17T09:00:00Z") }),
        enabled: false,
        disabled_reason: Some("answered 410".to_owned()),
        created_at: at("2024-06-15T12:00:00Z"),
        updated_at: at("2024-06-16T09:00:00Z"),
        deleted: false,
    }
}

fn detail() -> DeliveryDetail {
    let delivery = Delivery {
        id: ID,
        endpoint_id: ID,
        event_id: "00000000-0000-0000-0000-000000000009-4".into(),
        event_type: "invoice.created".into(),
        event_at: 1_718_452_800_123_456,
        position: 12,
        message_id: "msg_1".into(),
        redelivery_of: None,
        state: DeliveryState::Pending,
        attempts: 2,
        next_attempt_at: Some(1_718_452_900_000_000),
        created_at: 1_718_452_801_000_000,
        finished_at: None,
    };
    let attempt = |number, status, error: Option<&str>| Attempt {
        number,
        at: 1_718_452_801_500_000,
        duration_ms: 12,
        status,
        error: error.map(Arc::from),
        response: status.map(|_| "no".into()),
    };
    DeliveryDetail {
        delivery,
        body:
            r#"{"type":"invoice.created","timestamp":"2024-06-15T12:00:00.123Z","data":{"amount":1500.00}}"#
                .into(),
        attempts: vec![attempt(1, None, Some("connection refused")), attempt(2, Some(500), None)],
    }
}

fn pretty(view: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(view).unwrap_or_default()
}

#[test]
fn an_endpoint_prints_without_any_secret() {
    let (plain, backoffice) =
        (plain::EndpointView::new(ID, &endpoint()), backoffice::EndpointView::new(ID, &endpoint()));
    insta::assert_snapshot!(pretty(&plain));
    insta::assert_snapshot!(pretty(&backoffice));
    assert!(!pretty(&plain).contains("whsec_") && !pretty(&backoffice).contains("whsec_"));
}

#[test]
fn lists_of_the_back_office_have_every_field_in_a_column() {
    csv::assert_columns(&backoffice::EndpointView::new(ID, &endpoint()), &[]);
    csv::assert_columns(&backoffice::DeliveryView::new(&detail().delivery), &[]);
}

#[test]
fn a_new_secret_is_shown_and_the_old_one_is_not() {
    for printed in [
        pretty(&plain::EndpointView::with_secret(ID, &endpoint())),
        pretty(&backoffice::EndpointView::with_secret(ID, &endpoint())),
    ] {
        assert!(printed.contains(secret(1).as_str()) && !printed.contains(secret(2).as_str()), "{printed}");
    }
}

#[test]
fn a_delivery_prints_in_short_and_whole() {
    insta::assert_snapshot!(pretty(&plain::DeliveryView::new(&detail().delivery)));
    insta::assert_snapshot!(pretty(&plain::DeliveryView::whole(&detail())));
    insta::assert_snapshot!(pretty(&backoffice::DeliveryView::whole(&detail())));
}

fn fields(body: Value) -> Fields {
    match body {
        Value::Object(map) => Fields::new(map),
        other => panic!("{other} is no object"),
    }
}

#[test]
fn a_registration_names_all_that_is_wrong() {
    let error = requests::register(
        &mut fields(json!({"url": "/hook", "description": 5})),
        at("2024-06-15T12:00:00Z"),
        secret(1),
    );
    let message = error.unwrap_err().message;
    for named in ["Missing required field: events", "url: must be", "description: must be a text"] {
        assert!(message.contains(named), "{named} in {message}");
    }
}

#[test]
fn an_update_changes_what_it_names() {
    let command =
        requests::update(&mut fields(json!({"description": null})), at("2024-06-15T12:00:00Z")).unwrap();
    let WebhookEndpointCommand::Update(patch) = command else { panic!("another command") };
    assert!(patch.url.is_none() && patch.events.is_none() && !patch.description.is_keep());
}

#[test]
fn a_range_has_two_ends_in_order() {
    let range = |body| {
        requests::range(&mut fields(body), &Tenant::default()).map_err(|error| error.message.into_owned())
    };
    assert_eq!(
        range(json!({"from": "2024-06-15", "until": "2024-06-15T12:00:00Z"})),
        Ok(Redelivery::Range { from: at("2024-06-15T03:00:00Z"), until: at("2024-06-15T12:00:00Z") })
    );
    assert!(range(json!({"from": "2024-06-15", "until": "2024-06-15"})).unwrap_err().starts_with("until: "));
    assert!(range(json!({"from": 5})).unwrap_err().contains("Missing required field: until"));
}

#[test]
fn deliveries_are_asked_for_by_state_and_cursor() {
    let read = |query: &str| requests::deliveries(&QueryParams::parse(Some(query)).unwrap());
    let wanted = read(&format!("state=failed&limit=5&cursor={ID}")).unwrap();
    assert_eq!((wanted.state, wanted.before, wanted.limit), (Some(DeliveryState::Failed), Some(ID), 5));
    assert_eq!(read("").unwrap().limit, 20);
    let wrong = read("state=lost&limit=101&cursor=c1").unwrap_err().fields.unwrap();
    assert_eq!(wrong.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["cursor", "limit", "state"]);
}
