//! `/api/v2/customers/import` and `/api/v2/products/import`: a file of comma-separated values, one thing a line.
//!
//! The first line names the columns, which are the fields that a POST of such a thing takes; an export can be sent back, what it
//! has beside them is passed over. The file may be as long as it likes: it is read as the lines before are written, in batches
//! of some hundreds, each one append; a batch is all that is in memory. A line that is wrong is told in the report and keeps
//! back no other. `?dry_run=true` looks at every line and makes nothing.
//!
//! Under an `Idempotency-Key` each batch has a key of its own, made of that one and its place: a file that is sent again, since its
//! connection broke in the middle, goes on where it broke off.
//!
//! | file | what |
//! | --- | --- |
//! | `kinds.rs` | what can be imported, and how it is made |
//! | `columns.rs` | the first line, and a line's cells as fields |
//! | `batch.rs` | some lines on their way into the log |
//! | `report.rs` | what became of each |
//! | this one | the routes |

mod batch;
mod columns;
mod kinds;
mod report;

use super::envelope::{OnCreate, Success};
use crate::app::App;
use crate::auth::Upload;
use crate::auth::area::Backoffice;
use crate::csv::{self, Records};
use crate::http::{ApiError, QueryParams, Reply};
use axum::extract::State;
use batch::Batch;
use columns::Columns;
use http::StatusCode;
use kinds::{Customers, Importable, Products};
use report::Report;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(customers)).routes(routes!(products))
}

/// How an import is to be done.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `is_dry` reads it")]
struct ImportParams {
    /// `true`: look at every line, and make nothing.
    #[param(default = false)]
    dry_run: Option<bool>,
}

/// Import customers
///
/// CSV. The first line names the columns: `account`, which must be there, `email`, `phone`, `address`, `city`, `state`, `zip`,
/// `country`; others are passed over. Each line that is right becomes a customer, each that is wrong is told.
#[utoipa::path(
    post, path = "/api/v2/customers/import", tag = "backoffice",
    params(ImportParams),
    request_body(content = String, content_type = "text/csv", description = "Of any length"),
    responses((status = 200, description = "What became of each line", body = Success<Report>), OnCreate)
)]
async fn customers(State(app): State<App>, upload: Upload<Backoffice>) -> Result<Reply, ApiError> {
    import::<Customers>(&app, upload).await
}

/// Import products
///
/// CSV. The first line names the columns: `name` and `price`, which must be there, `description`, `type`, `tax_rate`; others are
/// passed over. Each line that is right becomes a product, each that is wrong is told.
#[utoipa::path(
    post, path = "/api/v2/products/import", tag = "backoffice",
    params(ImportParams),
    request_body(content = String, content_type = "text/csv", description = "Of any length"),
    responses((status = 200, description = "What became of each line", body = Success<Report>), OnCreate)
)]
async fn products(State(app): State<App>, upload: Upload<Backoffice>) -> Result<Reply, ApiError> {
    import::<Products>(&app, upload).await
}

async fn import<K: Importable>(app: &App, upload: Upload<Backoffice>) -> Result<Reply, ApiError> {
    if !upload.may_be(csv::MIME) {
        let message = "The request body must be text/csv";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let Upload { call, body, .. } = upload;
    let dry = is_dry(&call.query)?;
    let mut records = Records::new(body, app.settings.body_timeout);
    let Some(first) = records.next().await? else {
        return Err(ApiError::bad_request("The file is empty: its first line must name the columns"));
    };
    let columns = Columns::read(first, K::COLUMNS)?;
    let mut report = Report::new(dry, columns.passed_over());
    let mut batch = Batch::<K>::new(app, &call);
    while let Some(record) = records.next().await? {
        if record.is_blank() {
            continue;
        }
        let row = report.next_row(record.line);
        match columns.fields(record).and_then(|fields| K::read(fields, &call)) {
            Ok(_) if dry => report.valid(row),
            Ok(draft) => Box::pin(batch.add(row, draft, &mut report)).await?,
            Err(error) => report.failed(row, &error),
        }
    }
    Box::pin(batch.flush(&mut report)).await?;
    report.sort();
    let replayed = report.is_replayed();
    Ok(Reply::ok(&Success::new(report))?.replayed(replayed))
}

fn is_dry(query: &QueryParams) -> Result<bool, ApiError> {
    match query.get("dry_run") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::invalid("dry_run", "must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_is_asked_for_in_one_way() {
        let dry = |query: &str| is_dry(&QueryParams::parse(Some(query)).unwrap());
        assert!(dry("dry_run=true").unwrap());
        assert!(!dry("dry_run=false").unwrap() && !dry("").unwrap());
        assert_eq!(dry("dry_run=yes").unwrap_err().message, "dry_run: must be true or false");
    }
}
