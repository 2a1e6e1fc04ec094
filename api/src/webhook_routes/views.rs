//! How endpoints and deliveries are printed. The back office writes `created_at` and knows a thing by its number, the
//! surfaces beside it write `createdAt` and know it by its UUID; what is printed is the same.

use crate::csv::CsvRow;
use crate::http::timestamp_micros;
use crate::wire::Instant;
use serde::Serialize;
use serde_json::Value;
use sunledger_domain::webhook_endpoint::WebhookEndpoint;
use sunledger_webhooks::{Attempt, Delivery, DeliveryDetail};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! views {
    (
        $module:ident, $case:tt, $endpoint:path, $delivery:path, $attempt:path,
        { $($(#[$about:meta])* $id:ident: $id_type:ty = $id_of:expr,)+ }
    ) => {
        pub(super) mod $module {
            use super::*;

            /// A webhook endpoint.
            #[derive(Debug, Serialize, ToSchema)]
            #[serde(rename_all = $case)]
            #[schema(as = $endpoint)]
            pub(in crate::webhook_routes) struct EndpointView {
                $($(#[$about])* $id: $id_type,)+
                /// Where to.
                #[schema(example = "https://your-domain.com/webhook")]
                url: String,
                /// Event types, or `*` for all.
                #[schema(example = json!(["invoice.created", "payment.received"]))]
                events: Vec<String>,
                /// What it is for.
                description: Option<String>,
                /// Whether it is delivered to.
                enabled: bool,
                /// Why not.
                disabled_reason: Option<String>,
                /// When it was registered.
                created_at: Instant,
                /// When it last changed.
                updated_at: Instant,
                /// What signs the deliveries: in the answers to registration and rotation only.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
                secret: Option<String>,
            }

            impl EndpointView {
                /// An endpoint, without its secret.
                pub(in crate::webhook_routes) fn new(id: Uuid, endpoint: &WebhookEndpoint) -> Self {
                    Self {
                        $($id: ($id_of)(id, endpoint),)+
                        url: endpoint.url.as_str().to_owned(),
                        events: endpoint.events.clone(),
                        description: endpoint.description.clone(),
                        enabled: endpoint.enabled,
                        disabled_reason: endpoint.disabled_reason.clone(),
                        created_at: Instant(endpoint.created_at),
                        updated_at: Instant(endpoint.updated_at),
                        secret: None,
                    }
                }

                /// An endpoint with the secret that it just got.
                pub(in crate::webhook_routes) fn with_secret(id: Uuid, endpoint: &WebhookEndpoint) -> Self {
                    Self { secret: Some(endpoint.secret.as_str().to_owned()), ..Self::new(id, endpoint) }
                }
            }

            /// One event on its way to one endpoint.
            #[derive(Debug, Serialize, ToSchema)]
            #[serde(rename_all = $case)]
            #[schema(as = $delivery)]
            pub(in crate::webhook_routes) struct DeliveryView {
                /// Its id.
                id: Uuid,
                /// The event: the id of its thing, and the thing's version after it.
                event_id: String,
                /// The event's type, or `webhook.test`.
                #[schema(example = "invoice.created")]
                event_type: String,
                /// When the event happened.
                #[schema(format = DateTime)]
                event_time: String,
                /// The event's position in the log.
                position: i64,
                /// The `webhook-id` header, the same on every attempt and every copy.
                message_id: String,
                /// The delivery that this one repeats.
                redelivery_of: Option<Uuid>,
                /// `pending`, `delivering`, `succeeded`, `failed` or `cancelled`.
                #[schema(example = "succeeded")]
                state: &'static str,
                /// Attempts that have ended.
                attempt_count: i64,
                /// When the next attempt is due.
                #[schema(format = DateTime)]
                next_attempt_at: Option<String>,
                /// When it was made.
                #[schema(format = DateTime)]
                created_at: String,
                /// When it succeeded, failed or was cancelled.
                #[schema(format = DateTime)]
                finished_at: Option<String>,
                /// What is sent. Of one delivery only.
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schema(value_type = Option<Object>)]
                body: Option<Value>,
                /// Every attempt. Of one delivery only.
                #[serde(skip_serializing_if = "Option::is_none")]
                attempts: Option<Vec<AttemptView>>,
            }

            impl DeliveryView {
                /// A delivery as lists show it.
                pub(in crate::webhook_routes) fn new(delivery: &Delivery) -> Self {
                    Self {
                        id: delivery.id,
                        event_id: delivery.event_id.to_string(),
                        event_type: delivery.event_type.to_string(),
                        event_time: timestamp_micros(delivery.event_at),
                        position: delivery.position,
                        message_id: delivery.message_id.to_string(),
                        redelivery_of: delivery.redelivery_of,
                        state: delivery.state.as_str(),
                        attempt_count: delivery.attempts,
                        next_attempt_at: delivery.next_attempt_at.map(timestamp_micros),
                        created_at: timestamp_micros(delivery.created_at),
                        finished_at: delivery.finished_at.map(timestamp_micros),
                        body: None,
                        attempts: None,
                    }
                }

                /// A delivery with what is sent and every attempt.
                pub(in crate::webhook_routes) fn whole(detail: &DeliveryDetail) -> Self {
                    Self {
                        body: Some(serde_json::from_str(&detail.body).unwrap_or_default()),
                        attempts: Some(detail.attempts.iter().map(AttemptView::new).collect()),
                        ..Self::new(&detail.delivery)
                    }
                }
            }

            /// One attempt at a delivery.
            #[derive(Debug, Serialize, ToSchema)]
            #[serde(rename_all = $case)]
            #[schema(as = $attempt)]
            pub(in crate::webhook_routes) struct AttemptView {
                /// 1, 2, 3...
                number: i64,
                /// When it began.
                #[schema(format = DateTime)]
                at: String,
                /// How long it took, in milliseconds.
                duration_ms: i64,
                /// The HTTP status; none where there was no answer.
                status: Option<i64>,
                /// Why it failed, where the status does not say it.
                error: Option<String>,
                /// The first 4 KiB of the answer.
                response: Option<String>,
            }

            impl AttemptView {
                fn new(attempt: &Attempt) -> Self {
                    Self {
                        number: attempt.number,
                        at: timestamp_micros(attempt.at),
                        duration_ms: attempt.duration_ms,
                        status: attempt.status,
                        error: attempt.error.as_deref().map(str::to_owned),
                        response: attempt.response.as_deref().map(str::to_owned),
                    }
                }
            }
        }
    };
}

views!(plain, "camelCase", webhooks::Endpoint, webhooks::Delivery, webhooks::Attempt, {
    /// Its id.
    id: Uuid = |id, _: &WebhookEndpoint| id,
    /// Its sequential number.
    number: i64 = |_, endpoint: &WebhookEndpoint| endpoint.number.get(),
});

views!(backoffice, "snake_case", backoffice::Endpoint, backoffice::Delivery, backoffice::Attempt, {
    /// Its number.
    id: i64 = |_, endpoint: &WebhookEndpoint| endpoint.number.get(),
    /// Its id on the other surfaces.
    uuid: Uuid = |id, _: &WebhookEndpoint| id,
});

impl CsvRow for backoffice::EndpointView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "url",
        "events",
        "description",
        "enabled",
        "disabled_reason",
        "created_at",
        "updated_at",
    ];
}

impl CsvRow for backoffice::DeliveryView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "event_id",
        "event_type",
        "event_time",
        "position",
        "message_id",
        "redelivery_of",
        "state",
        "attempt_count",
        "next_attempt_at",
        "created_at",
        "finished_at",
    ];
}
