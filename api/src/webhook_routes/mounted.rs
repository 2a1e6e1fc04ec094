//! The webhook routes as each place documents and prints them.

use super::requests::{DeliveryParams, Disable, EndpointChange, NewEndpoint, Range};
use super::{views, *};
use crate::http::PageRequest;
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use sunledger_projections::ListQuery;
use utoipa_axum::routes;

/// The cursor of the next page, where there is one.
fn with_cursor(reply: Reply, next: Option<Uuid>) -> Reply {
    match next.map(|id| HeaderValue::try_from(id.to_string())) {
        Some(Ok(id)) => reply.header(HeaderName::from_static("x-next-cursor"), id),
        _ => reply,
    }
}

macro_rules! mounted {
    (
        $module:ident, $area:ty, $tag:literal, $envelope:ident, $one:expr, $page:ident, $refusals:path,
        $gone:literal, $deleted:expr, $several:expr, $listing:item
    ) => {
        pub(super) mod $module {
            use super::*;
            use $refusals::{OnAction, OnChange, OnCreate, OnDelete, OnList, OnRead};
            use views::$module::{DeliveryView, EndpointView};

            pub(in crate::webhook_routes) fn routes() -> OpenApiRouter<App> {
                OpenApiRouter::default()
                    .routes(routes!(list, register))
                    .routes(routes!(get, update, delete))
                    .routes(routes!(rotate))
                    .routes(routes!(test))
                    .routes(routes!(enable))
                    .routes(routes!(disable))
                    .routes(routes!(redeliver_range))
                    .routes(routes!(deliveries))
                    .routes(routes!(delivery))
                    .routes(routes!(redeliver))
            }

            $listing

            fn endpoint(done: &Outcome<WebhookEndpoint>) -> Result<Reply, ApiError> {
                let view = EndpointView::new(done.id, &done.state);
                Ok(Reply::ok(&$one(view))?.version(done.version).replayed(done.replayed))
            }

            /// List webhook endpoints
            ///
            /// Newest first.
            #[utoipa::path(
                get, path = "", tag = $tag, params(ListParams),
                responses((status = 200, description = "A page of endpoints", body = $page<EndpointView>), OnList)
            )]
            async fn list(State(app): State<App>, call: Call<$area>) -> Result<Response, ApiError> {
                listing(&app, &call).await
            }

            /// Register a webhook endpoint
            ///
            /// The answer holds the secret that signs its deliveries (Standard Webhooks), once.
            #[utoipa::path(
                post, path = "", tag = $tag, request_body = NewEndpoint,
                responses((status = 201, description = "The endpoint with its secret", body = $envelope<EndpointView>), OnCreate)
            )]
            async fn register(State(app): State<App>, call: Call<$area>) -> Result<Reply, ApiError> {
                let made = super::register(&app, &call).await?;
                let view = EndpointView::with_secret(made.id, &made.state);
                Ok(Reply::created(&$one(view))?.version(made.version).replayed(made.replayed))
            }

            /// Get a webhook endpoint
            #[utoipa::path(
                get, path = "/{id}", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")),
                responses((status = 200, description = "The endpoint", body = $envelope<EndpointView>), OnRead)
            )]
            async fn get(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                let found = super::find(&app, &call, &id).await?;
                Ok(Reply::ok(&$one(EndpointView::new(found.id, &found.state)))?.version(found.version))
            }

            /// Update a webhook endpoint
            ///
            /// `PUT` and `PATCH` alike change what the body names and leave the rest.
            #[utoipa::path(
                method(put, patch), path = "/{id}", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")), request_body = EndpointChange,
                responses((status = 200, description = "The endpoint", body = $envelope<EndpointView>), OnChange)
            )]
            async fn update(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                endpoint(&super::update(&app, &call, &id).await?)
            }

            /// Delete a webhook endpoint
            ///
            /// What still waits for it is cancelled.
            #[utoipa::path(
                delete, path = "/{id}", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")),
                responses((status = $gone, description = "It is gone"), OnDelete)
            )]
            async fn delete(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                super::delete(&app, &call, &id).await?;
                $deleted
            }

            /// Give a webhook endpoint a new secret
            ///
            /// The answer holds it, once. For 24 hours deliveries are signed with the old one too.
            #[utoipa::path(
                post, path = "/{id}/rotate-secret", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")),
                responses((status = 200, description = "The endpoint with its secret", body = $envelope<EndpointView>), OnAction)
            )]
            async fn rotate(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                let done = super::rotate(&app, &call, &id).await?;
                let view = EndpointView::with_secret(done.id, &done.state);
                Ok(Reply::ok(&$one(view))?.version(done.version).replayed(done.replayed))
            }

            /// Send a test event to a webhook endpoint
            ///
            /// Of type `webhook.test`, also to one that is disabled. How it went shows in the deliveries.
            #[utoipa::path(
                post, path = "/{id}/test", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")),
                responses((status = 200, description = "It is on its way", body = $envelope<EndpointView>), OnAction)
            )]
            async fn test(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                endpoint(&super::test(&app, &call, &id).await?)
            }

            /// Enable a webhook endpoint
            ///
            /// What has been waiting for it is due at once.
            #[utoipa::path(
                post, path = "/{id}/enable", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")),
                responses((status = 200, description = "The endpoint", body = $envelope<EndpointView>), OnAction)
            )]
            async fn enable(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                endpoint(&super::enable(&app, &call, &id).await?)
            }

            /// Disable a webhook endpoint
            ///
            /// Nothing is sent to it until it is enabled again. The body may be left out.
            #[utoipa::path(
                post, path = "/{id}/disable", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")),
                request_body(content = Option<Disable>),
                responses((status = 200, description = "The endpoint", body = $envelope<EndpointView>), OnAction)
            )]
            async fn disable(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                endpoint(&super::disable(&app, &call, &id).await?)
            }

            /// Deliver the events of a time again
            ///
            /// Those that were delivered to this endpoint, or were to be, with the same body and `webhook-id`.
            #[utoipa::path(
                post, path = "/{id}/redeliver", tag = $tag,
                params(("id" = String, Path, description = "UUID or number")), request_body = Range,
                responses((status = 200, description = "They are on their way", body = $envelope<EndpointView>), OnAction)
            )]
            async fn redeliver_range(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                endpoint(&super::redeliver_range(&app, &call, &id).await?)
            }

            /// List a webhook endpoint's deliveries
            ///
            /// Newest first.
            #[utoipa::path(
                get, path = "/{id}/deliveries", tag = $tag,
                params(("id" = String, Path, description = "UUID or number"), DeliveryParams),
                responses((status = 200, description = "A page of deliveries", body = $envelope<Vec<DeliveryView>>), OnRead)
            )]
            async fn deliveries(
                State(app): State<App>,
                Path(id): Path<String>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                let (found, next) = super::deliveries(&app, &call, &id).await?;
                let data: Vec<DeliveryView> = found.iter().map(DeliveryView::new).collect();
                Ok(with_cursor(($several)(&call, data)?, next))
            }

            /// Get a delivery
            ///
            /// With what is sent and every attempt.
            #[utoipa::path(
                get, path = "/{id}/deliveries/{deliveryId}", tag = $tag,
                params(
                    ("id" = String, Path, description = "UUID or number of the endpoint"),
                    ("deliveryId" = Uuid, Path, description = "The delivery's id"),
                ),
                responses((status = 200, description = "The delivery", body = $envelope<DeliveryView>), OnRead)
            )]
            async fn delivery(
                State(app): State<App>,
                Path((id, delivery)): Path<(String, String)>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                let found = super::delivery_of(&app, &call, &id, &delivery).await?;
                Reply::ok(&$one(DeliveryView::whole(&found)))
            }

            /// Deliver one delivery again
            ///
            /// With the same body and `webhook-id`.
            #[utoipa::path(
                post, path = "/{id}/deliveries/{deliveryId}/redeliver", tag = $tag,
                params(
                    ("id" = String, Path, description = "UUID or number of the endpoint"),
                    ("deliveryId" = Uuid, Path, description = "The delivery's id"),
                ),
                responses((status = 200, description = "It is on its way", body = $envelope<EndpointView>), OnAction)
            )]
            async fn redeliver(
                State(app): State<App>,
                Path((id, delivery)): Path<(String, String)>,
                call: Call<$area>,
            ) -> Result<Reply, ApiError> {
                endpoint(&super::redeliver(&app, &call, &id, &delivery).await?)
            }
        }
    };
}

use crate::auth::area::{BackofficeWebhooks, Webhooks};
use crate::backoffice::envelope::{Success, SuccessPage, gone};
use crate::backoffice::lists;
use crate::list::ListBody;
use crate::wire::Data;

mounted!(
    plain,
    Webhooks,
    "webhooks",
    Data,
    Data::new,
    ListBody,
    crate::wire,
    204,
    Ok(Reply::no_content()),
    |_: &Call<Webhooks>, data: Vec<DeliveryView>| Reply::ok(&Data::new(data)),
    async fn listing(app: &App, call: &Call<Webhooks>) -> Result<Response, ApiError> {
        let request = PageRequest::read(&call.query)?;
        let (search, paging, limit) = (request.search.clone(), request.paging(), request.limit);
        let query = ListQuery { filters: Vec::new(), search, paging, limit };
        let page = app.reads.list::<WebhookEndpoint>(&call.tenant, &query).await?;
        let data = page.rows.iter().map(|view| EndpointView::new(view.id, &view.state)).collect();
        Ok(ListBody::reply(&request, &page, data)?.into_response())
    }
);
mounted!(
    backoffice,
    BackofficeWebhooks,
    "backoffice",
    Success,
    Success::new,
    SuccessPage,
    crate::backoffice::envelope,
    200,
    gone(),
    |call: &Call<BackofficeWebhooks>, data: Vec<DeliveryView>| lists::whole(call, "deliveries", data),
    async fn listing(app: &App, call: &Call<BackofficeWebhooks>) -> Result<Response, ApiError> {
        let print = lists::each(|view: &View<WebhookEndpoint>| EndpointView::new(view.id, &view.state));
        lists::answer(app, call, "webhooks", Ok(Some(Vec::new())), print).await
    }
);
