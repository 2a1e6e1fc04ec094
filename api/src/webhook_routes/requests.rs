//! What the bodies and queries of the webhook routes may say.

use crate::event_query::instant;
use crate::fields::{Fields, lines, parsed, words};
use crate::http::{ApiError, QueryParams};
use jiff::Timestamp;
use sunledger_domain::FieldErrors;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::webhook_endpoint::{
    Redelivery, WebhookEndpointCommand, WebhookEndpointPatch, WebhookSecret, WebhookUrl, check_events,
};
use sunledger_webhooks::DeliveryState;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Longest description and reason, in characters.
const MAX_DESCRIPTION: usize = 500;
pub(super) const MAX_REASON: usize = 500;
/// Most event types of one subscription.
const MAX_EVENTS: usize = 200;
/// Deliveries of one page: at most, and where nobody says.
pub(super) const PAGE: usize = 100;
const DEFAULT_PAGE: usize = 20;

/// A new webhook endpoint.
#[derive(ToSchema)]
#[schema(as = webhooks::NewEndpoint)]
#[expect(dead_code, reason = "describes the body; `register` reads it")]
pub(super) struct NewEndpoint {
    /// Where to: absolute, `https` or `http`. Private and loopback addresses are refused when it is dialled.
    #[schema(max_length = 2048, example = "https://your-domain.com/webhook")]
    url: String,
    /// Event types, or `*` for all.
    #[schema(min_items = 1, example = json!(["invoice.created", "payment.received"]))]
    events: Vec<String>,
    /// What it is for.
    #[schema(max_length = 500)]
    description: Option<String>,
}

/// What changes in an endpoint: what is absent stays.
#[derive(ToSchema)]
#[schema(as = webhooks::EndpointChange)]
#[expect(dead_code, reason = "describes the body; `update` reads it")]
pub(super) struct EndpointChange {
    /// Another address.
    #[schema(max_length = 2048, nullable = false)]
    url: Option<String>,
    /// Other event types.
    #[schema(min_items = 1, nullable = false)]
    events: Option<Vec<String>>,
    /// Another description; `null` for none.
    #[schema(max_length = 500)]
    description: Option<String>,
}

/// Why an endpoint is disabled.
#[derive(ToSchema)]
#[schema(as = webhooks::Disable)]
#[expect(dead_code, reason = "describes the body; `disable` reads it")]
pub(super) struct Disable {
    /// Why.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Which time.
#[derive(ToSchema)]
#[schema(as = webhooks::Range)]
#[expect(dead_code, reason = "describes the body; `range` reads it")]
pub(super) struct Range {
    /// Events of this instant and later (RFC 3339, or a date in the tenant's time zone).
    #[schema(example = "2024-06-15T00:00:00Z")]
    from: String,
    /// Events before this instant.
    #[schema(example = "2024-06-16T00:00:00Z")]
    until: String,
}

/// Which deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `deliveries` reads it")]
pub(super) struct DeliveryParams {
    /// Only those in this state: `pending`, `delivering`, `succeeded`, `failed` or `cancelled`.
    #[param(example = "failed", pattern = "^(pending|delivering|succeeded|failed|cancelled)$")]
    state: Option<String>,
    /// Deliveries of a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Continue here: the `X-Next-Cursor` of the page before.
    #[param(format = Uuid)]
    cursor: Option<String>,
}

/// Reads a [`NewEndpoint`].
///
/// # Errors
/// 400 naming every wrong field.
pub(super) fn register(
    fields: &mut Fields,
    at: Timestamp,
    secret: WebhookSecret,
) -> Result<WebhookEndpointCommand, ApiError> {
    let url = fields.required("url", parsed(WebhookUrl::parse));
    let events = fields.required("events", words(MAX_EVENTS));
    note_unknown(fields, &events);
    let description = fields.optional("description", lines(MAX_DESCRIPTION));
    fields.check()?;
    Ok(WebhookEndpointCommand::Register { url, events, description, secret, at })
}

/// Reads an [`EndpointChange`].
///
/// # Errors
/// 400 naming every wrong field.
pub(super) fn update(fields: &mut Fields, at: Timestamp) -> Result<WebhookEndpointCommand, ApiError> {
    let patch = WebhookEndpointPatch {
        url: fields.replacement("url", parsed(WebhookUrl::parse)),
        events: fields.replacement("events", words(MAX_EVENTS)),
        description: fields.change("description", lines(MAX_DESCRIPTION)),
        at,
    };
    patch.events.iter().for_each(|events| note_unknown(fields, events));
    fields.check()?;
    Ok(WebhookEndpointCommand::Update(patch))
}

/// Notes the event types that are none: the command would say so as well, but there is none where another field is wrong.
fn note_unknown(fields: &mut Fields, events: &[String]) {
    let mut wrong = FieldErrors::new();
    check_events(events, &mut wrong);
    fields.refuse_all("", wrong);
}

/// Reads a [`Range`].
///
/// # Errors
/// 400 naming every wrong field.
pub(super) fn range(fields: &mut Fields, profile: &Tenant) -> Result<Redelivery, ApiError> {
    let time = |text: &str| {
        let at = instant(text, profile).and_then(|at| Timestamp::from_microsecond(at).ok());
        at.ok_or("must be an RFC 3339 time, or a date")
    };
    let from = fields.required("from", parsed(time));
    let until = fields.required("until", parsed(time));
    fields.check()?;
    if from >= until {
        return Err(ApiError::invalid("until", "must be after from"));
    }
    Ok(Redelivery::Range { from, until })
}

/// Which deliveries, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) state: Option<DeliveryState>,
    pub(super) before: Option<Uuid>,
    pub(super) limit: usize,
}

/// Reads [`DeliveryParams`].
///
/// # Errors
/// 400 naming each parameter that is wrong.
pub(super) fn deliveries(query: &QueryParams) -> Result<Wanted, ApiError> {
    let mut wrong = FieldErrors::new();
    let state = query.get("state").and_then(|name| {
        let state = DeliveryState::parse(name);
        if state.is_none() {
            wrong.add(
                "state",
                format!("must be one of {}", DeliveryState::ALL.map(DeliveryState::as_str).join(", ")),
            );
        }
        state
    });
    let before = query.get("cursor").and_then(|cursor| {
        let before = Uuid::try_parse(cursor).ok();
        if before.is_none() {
            wrong.add("cursor", "is not a cursor that this server gave");
        }
        before
    });
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = match query.get("limit") {
        None => DEFAULT_PAGE,
        Some(text) => match text.parse().ok().filter(|limit| digits(text) && (1..=PAGE).contains(limit)) {
            Some(limit) => limit,
            None => {
                wrong.add("limit", format!("must be a whole number from 1 to {PAGE}"));
                DEFAULT_PAGE
            }
        },
    };
    if wrong.is_empty() { Ok(Wanted { state, before, limit }) } else { Err(ApiError::fields(wrong)) }
}
