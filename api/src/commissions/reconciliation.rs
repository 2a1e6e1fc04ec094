//! `/api/v1/tenants/{tenantId}/paystubs/{paystubId}/reconciliation`: what a paystub states, against what its lines come to
//! and what they were made of.

use super::envelope::{OnRead, Success};
use super::kept::{Kept, find};
use super::place::{Params, Place};
use super::resources::PAYSTUBS;
use super::view::decimal_of;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Commissions;
use crate::http::{ApiError, Reply};
use crate::wire::Amount;
use axum::extract::State;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use sunledger_domain::TenantId;
use sunledger_domain::commission::{
    Found, Origin, ReconciledLine, Reconciliation, Source, Unlisted, reconcile, related,
};
use sunledger_domain::overrides::Override;
use sunledger_domain::paystub::{Paystub, PaystubFields};
use sunledger_domain::record::{Record, SCPF};
use sunledger_projections::models::records;
use sunledger_projections::{ListQuery, Paging};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Ids that are looked up at a time.
const CHUNK: usize = 100;
/// SCPFs that name the paystub, at most: as many as it could have lines.
const MOST: u64 = 1_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(reconciliation))
}

/// A paystub, looked through. Amounts are dollars.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::Reconciliation)]
struct ReconciliationBody {
    /// The paystub.
    #[schema(example = "000001")]
    id: String,
    /// Whether everything adds up: totals, lines and what they come from.
    balanced: bool,
    /// What it states.
    stated: Totals,
    /// What its parts come to.
    summed: Totals,
    /// Stated less summed.
    difference: Totals,
    /// Its lines.
    lines: Vec<LineView>,
    /// What lines refer to and there is not, by id.
    dangling: Vec<String>,
    /// SCPFs that name this paystub and that no line pays.
    unlisted: Vec<UnlistedView>,
}

/// Totals of a paystub.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::PaystubTotals)]
struct Totals {
    /// The total; summed: of the lines.
    total_this_period: Option<Amount>,
    /// The net pay; summed: gross pay less deductions.
    net_pay: Option<Amount>,
}

/// A line, looked into.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::ReconciledLine)]
struct LineView {
    /// Its key in `scpfs`.
    #[schema(example = "1")]
    key: String,
    /// Whose project.
    customer_name: String,
    /// What for.
    pay_type: String,
    /// As it states.
    related_scpf_id: String,
    /// What it states.
    total_this_period: Amount,
    /// Where it comes from.
    origin: OriginView,
    /// What it states less what that says now; none of a clawback, and of what is not there.
    difference: Option<Amount>,
    /// Whether an earlier line of this paystub pays the same.
    repeated: bool,
}

/// Where a line comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::LineOrigin)]
struct OriginView {
    /// `scpf` or `override`.
    #[schema(example = "scpf")]
    kind: &'static str,
    /// Its id.
    #[schema(example = "77133")]
    id: String,
    /// Whether there is such a thing.
    found: bool,
    /// Whose it is.
    sales_professional_id: Option<String>,
    /// What it says now.
    total_this_period: Option<Amount>,
}

/// An SCPF that no line pays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::UnlistedScpf)]
struct UnlistedView {
    /// Its id.
    id: String,
    /// What it says.
    total_this_period: Amount,
}

/// Reconcile a paystub
///
/// Stated against summed, each line's origin, and references that lead nowhere.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantId}/paystubs/{paystubId}/reconciliation", tag = "commissions: paystubs",
    params(
        ("tenantId" = String, Path, description = "The tenant, which must be the caller's"),
        ("paystubId" = String, Path, description = "The id that it is shown by"),
    ),
    responses((status = 200, description = "The paystub, looked through", body = Success<ReconciliationBody>), OnRead)
)]
async fn reconciliation(
    State(app): State<App>,
    params: Params,
    call: Call<Commissions>,
) -> Result<Reply, ApiError> {
    let id = params.get(PAYSTUBS.id).unwrap_or_default().to_owned();
    let found = find::<Paystub>(&PAYSTUBS, &app, &call.tenant, &Place::of_caller(&call), &id).await?;
    let fields = &found.state.fields;
    let origins = origins(&app, &call.tenant, &related(fields)).await?;
    let naming = naming(&app, &call.tenant, &id).await?;
    let data = ReconciliationBody::new(id, fields, reconcile(fields, &origins, naming));
    let body = Success::new("Paystub reconciled successfully", data, call.context.now);
    Reply::ok(&body)
}

/// What of those origins there is.
async fn origins(
    app: &App,
    tenant: &TenantId,
    wanted: &BTreeSet<Origin>,
) -> Result<HashMap<Origin, Found>, ApiError> {
    let mut found = HashMap::new();
    let ids = |source: Source| -> Vec<String> {
        wanted.iter().filter(|origin| origin.source == source).map(|origin| origin.id.clone()).collect()
    };
    for chunk in ids(Source::Scpf).chunks(CHUNK) {
        let filters = [records::of_kind(&SCPF), records::with_public_ids(chunk.to_vec())];
        for view in app.reads.every::<Record>(tenant, &filters).await? {
            let person = view.state.fields.get("sales_professional_id").and_then(Value::as_str);
            let known = Found {
                sales_professional_id: person.unwrap_or_default().to_owned(),
                amount: decimal_of(&view.state.fields, "total_this_period").unwrap_or_default(),
            };
            found.insert(Origin::scpf(view.state.shown()), known);
        }
    }
    for chunk in ids(Source::Override).chunks(CHUNK) {
        let filters = [Override::with_ids(chunk.to_vec())];
        for view in app.reads.every::<Override>(tenant, &filters).await? {
            let fields = &view.state.fields;
            let known = Found { sales_professional_id: fields.manager_id.clone(), amount: fields.amount };
            found.insert(Origin::of_override(view.state.shown()), known);
        }
    }
    Ok(found)
}

/// The SCPFs that name a paystub.
async fn naming(app: &App, tenant: &TenantId, paystub: &str) -> Result<Vec<Unlisted>, ApiError> {
    let filters = vec![records::of_kind(&SCPF), records::with_field(&SCPF, "paystubId", paystub)];
    let query = ListQuery { filters, search: None, paging: Paging::Offset(0), limit: MOST };
    let page = app.reads.list::<Record>(tenant, &query).await?;
    let unlisted = page.rows.iter().map(|view| Unlisted {
        id: view.state.shown(),
        amount: decimal_of(&view.state.fields, "total_this_period").unwrap_or_default(),
    });
    Ok(unlisted.collect())
}

impl ReconciliationBody {
    fn new(id: String, fields: &PaystubFields, seen: Reconciliation) -> Self {
        let amount = |value: Option<Decimal>| value.map(Amount);
        let net = fields.gross_pay.zip(fields.deductions).and_then(|(gross, kept)| gross.checked_sub(kept));
        let net_difference = fields.net_pay.zip(net).and_then(|(stated, net)| stated.checked_sub(net));
        let balanced = seen.is_balanced();
        let lines: Vec<LineView> = seen.lines.into_iter().map(LineView::new).collect();
        let missing = lines.iter().filter(|line| !line.origin.found);
        let dangling: BTreeSet<String> = missing.map(|line| line.related_scpf_id.clone()).collect();
        Self {
            id,
            balanced,
            stated: Totals {
                total_this_period: Some(Amount(fields.total_this_period)),
                net_pay: amount(fields.net_pay),
            },
            summed: Totals { total_this_period: amount(seen.summed), net_pay: amount(net) },
            difference: Totals {
                total_this_period: amount(seen.difference),
                net_pay: amount(net_difference),
            },
            dangling: dangling.into_iter().collect(),
            lines,
            unlisted: seen
                .unlisted
                .into_iter()
                .map(|scpf| UnlistedView { id: scpf.id, total_this_period: Amount(scpf.amount) })
                .collect(),
        }
    }
}

impl LineView {
    fn new(seen: ReconciledLine) -> Self {
        let ReconciledLine { key, line, origin, found, difference, repeated } = seen;
        let origin = OriginView {
            kind: origin.source.as_str(),
            id: origin.id,
            found: found.is_some(),
            total_this_period: found.as_ref().map(|found| Amount(found.amount)),
            sales_professional_id: found.map(|found| found.sales_professional_id),
        };
        Self {
            key,
            customer_name: line.customer_name,
            pay_type: line.pay_type,
            related_scpf_id: line.related_scpf_id,
            total_this_period: Amount(line.total_this_period),
            origin,
            difference: difference.map(Amount),
            repeated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::paystub::PaystubLine;

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn stated_summed_and_what_leads_nowhere_are_printed() {
        let line = |related: &str, total: &str| PaystubLine {
            related_scpf_id: related.to_owned(),
            total_this_period: amount(total),
            ..PaystubLine::default()
        };
        let fields = PaystubFields {
            total_this_period: amount("10.00"),
            gross_pay: Some(amount("10.00")),
            deductions: Some(amount("1.00")),
            net_pay: Some(amount("8.00")),
            scpfs: [("1".to_owned(), line("a", "6.00")), ("2".to_owned(), line("override:b", "3.00"))].into(),
            ..PaystubFields::default()
        };
        let known = Found { sales_professional_id: "40".to_owned(), amount: amount("6.00") };
        let seen = reconcile(&fields, &HashMap::from([(Origin::scpf("a"), known)]), Vec::new());
        let body = serde_json::to_value(ReconciliationBody::new("000001".to_owned(), &fields, seen)).unwrap();
        let text = |pointer: &str| body.pointer(pointer).unwrap().to_string();
        assert_eq!(text("/balanced"), "false");
        assert_eq!(
            (text("/summed/total_this_period"), text("/difference/total_this_period")),
            ("9.00".into(), "1.00".into())
        );
        assert_eq!((text("/summed/net_pay"), text("/difference/net_pay")), ("9.00".into(), "-1.00".into()));
        assert_eq!(text("/dangling"), r#"["override:b"]"#);
        assert_eq!(
            (text("/lines/0/origin/found"), text("/lines/1/origin/kind")),
            ("true".into(), "\"override\"".into())
        );
        assert_eq!(text("/lines/0/difference"), "0.00");
    }
}
