//! `/api/v1/tenants/{tenantId}/import`: what another system has, one JSON object a line, of any kind.
//!
//! Every line names the id that its thing has there, and keeps it. So an import can be sent again, whole or from any line
//! on: what is there already, and the same, is passed over; what is there and differs is told and left as it is.
//!
//! The body may be as long as it likes. It is read as the lines before are written, in batches of some 200, each one append;
//! a batch is all that is in memory. A line that is wrong is told in the report and keeps back no other.
//!
//! | file | what |
//! | --- | --- |
//! | `lines.rs` | the body as lines |
//! | `line.rs` | a line as something to be made |
//! | `batch.rs` | some lines against what is there, and into the log |
//! | this one | the route and its report |

mod batch;
mod line;
mod lines;

use super::envelope::{OnImport, Success};
use super::resources;
use crate::app::App;
use crate::auth::area::Commissions;
use crate::auth::{Call, Upload};
use crate::http::{ApiError, Reply, Surface};
use axum::extract::State;
use batch::Batch;
use line::Line;
use lines::Lines;
use serde::Serialize;
use std::collections::BTreeMap;
use sunledger_domain::FieldErrors;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Failures that a report tells one by one.
const TOLD: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(import))
}

/// How to read the lines.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `Plan` reads it")]
struct ImportParams {
    /// The kind of lines that name none: `scpfs`, `paystubs`...
    #[param(example = "scpfs")]
    kind: Option<String>,
    /// Lines at the beginning that are not looked at: where an import that broke off is to go on.
    #[param(minimum = 0, default = 0)]
    skip: Option<u32>,
}

/// What became of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = commissions::ImportReport)]
pub(super) struct Report {
    /// Lines that were looked at.
    lines: u64,
    /// Lines at the beginning that were not.
    skipped: u64,
    /// Things that were made.
    imported: u64,
    /// Things that were there, and the same.
    unchanged: u64,
    /// Lines that nothing became of.
    failed: u64,
    /// Things that were made, by kind.
    kinds: BTreeMap<&'static str, u64>,
    /// Why, the first thousand.
    failures: Vec<Failure>,
}

/// A line that nothing became of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::ImportFailure)]
struct Failure {
    /// Which, from 1.
    line: u64,
    /// What it names itself, as far as that could be read.
    id: Option<String>,
    /// What a request with the same content would have been answered.
    status_code: u16,
    /// Why.
    error: String,
}

impl Report {
    fn made(&mut self, kind: &'static str) {
        self.imported += 1;
        *self.kinds.entry(kind).or_default() += 1;
    }

    fn fail(&mut self, line: u64, id: Option<&str>, error: &ApiError) {
        self.failed += 1;
        if self.failures.len() < TOLD {
            let said = Surface::Commissions.print(error, jiff::Timestamp::UNIX_EPOCH);
            self.failures.push(Failure {
                line,
                id: id.map(str::to_owned),
                status_code: error.status.as_u16(),
                error: said["error"].as_str().unwrap_or_default().to_owned(),
            });
        }
    }
}

/// How an import is to be read.
struct Plan {
    kind: Option<&'static resources::Resource>,
    skip: u64,
}

impl Plan {
    fn read(call: &Call<Commissions>) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::new();
        let kind = call.query.get("kind").and_then(|name| errors.check("kind", line::resource(name)));
        let skip = call.query.get("skip").map_or(Some(0), |text| {
            text.parse::<i32>()
                .ok()
                .and_then(|skip| u64::try_from(skip).ok())
                .filter(|_| !text.starts_with(['+', '-']))
        });
        if skip.is_none() {
            errors.add("skip", "must be a whole number of lines");
        }
        match skip {
            Some(skip) if errors.is_empty() => Ok(Self { kind, skip }),
            _ => Err(ApiError::fields(errors)),
        }
    }
}

/// Import
///
/// Newline-delimited JSON: each line an object with `kind` (or `?kind=`), `id`, and the fields that a POST of that kind
/// takes, beside them or in `data`. Times of making and changing, as exports have them, are passed over. Details name their
/// `override_id`. Sent again it goes on where it broke off: what is there and the same is counted as `unchanged`.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantId}/import", tag = "commissions: import",
    params(("tenantId" = String, Path, description = "The tenant, which must be the caller's"), ImportParams),
    request_body(content = String, content_type = "application/x-ndjson", description = "Of any length"),
    responses((status = 200, description = "What became of it", body = Success<Report>), OnImport)
)]
async fn import(State(app): State<App>, upload: Upload<Commissions>) -> Result<Reply, ApiError> {
    let Upload { call, body, .. } = upload;
    let plan = Plan::read(&call)?;
    let mut report = Report::default();
    let mut lines = Lines::new(body, app.settings.body_timeout);
    let mut batch = Batch::new(&app, &call);
    let mut number = 0;
    while let Some(text) = lines.next().await? {
        number += 1;
        if number <= plan.skip {
            report.skipped += 1;
            continue;
        }
        report.lines += 1;
        let read = text.and_then(|text| Line::read(number, &text, plan.kind, &call));
        match read {
            Ok(Some(line)) => Box::pin(batch.add(line, &mut report)).await?,
            // An empty line says nothing.
            Ok(None) => report.lines -= 1,
            Err(error) => report.fail(number, error.id.as_deref(), &error.error),
        }
    }
    Box::pin(batch.flush(&mut report)).await?;
    Reply::ok(&Success::new("Import finished", report, app.clock.now()))
}

/// Why a line is nothing that can be made.
#[derive(Debug)]
struct Wrong {
    id: Option<String>,
    error: Box<ApiError>,
}

impl From<ApiError> for Wrong {
    fn from(error: ApiError) -> Self {
        Self { id: None, error: Box::new(error) }
    }
}
