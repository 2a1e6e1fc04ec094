//! `/api/v1/tenants/{tenantId}/scpfs/calculate` and `.../scpfs/{scpfId}/explain`: what a sale is worth, and how an SCPF's
//! own figures come about.

use super::body::{picked, same_tenant};
use super::commission_view::CommissionView;
use super::envelope::{OnAction, OnRead, Success};
use super::handlers::refusal;
use super::kept::find;
use super::place::{Params, Place};
use super::resources::SCPFS;
use super::view::decimal_of;
use crate::app::App;
use crate::auth::area::{Commissions, CommissionsCalculation};
use crate::auth::{Area, Call};
use crate::http::{ApiError, Reply};
use crate::wire::Amount;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sunledger_domain::api_key::Access;
use sunledger_domain::commission::{ALIASES, CALCULATION, Commission, Inputs, calculate};
use sunledger_domain::record::{Record, RecordCommand, SCPF, Unknown};
use sunledger_domain::{DomainError, FieldErrors};
use sunledger_projections::View;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const TOTAL: &str = "total_this_period";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(calculate_commission)).routes(routes!(explain))
}

/// What to calculate. Every input may be left out; what is needed depends on the way: by the redline (`contract` or
/// `customer_ppw`, `kw`, `redline`), by the watt (`rate_ppw`, `kw`), by the kilowatt (`pkw`, `kw`), or from a known `total`.
/// The names that an SCPF has for them are taken too (`system_size`, `sow_adder`, `net_commission_ppw`, `lead_pkw`,
/// `manager_override`, `sentinel_fee`).
#[derive(ToSchema)]
#[schema(as = commissions::Calculation)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; `Asked` reads it")]
struct CalculationBody {
    /// What the customer pays, dollars.
    #[schema(example = 27625)]
    contract: Option<f64>,
    /// The same, per watt.
    customer_ppw: Option<f64>,
    /// Dollars.
    dealer_fee: Option<f64>,
    /// Dollars.
    adders: Option<f64>,
    /// The system's size.
    #[schema(example = 8.5)]
    kw: Option<f64>,
    /// Dollars per watt.
    #[schema(example = 2.75)]
    redline: Option<f64>,
    /// A commission of so much per watt.
    rate_ppw: Option<f64>,
    /// The rep's part, 0 to 1; all of it where it is left out.
    split: Option<f64>,
    /// Dollars.
    lead_deduction: Option<f64>,
    /// What a manager gets of it, dollars.
    r#override: Option<f64>,
    /// Dollars.
    fees: Option<f64>,
    /// What a lead pays its setter, per kilowatt.
    pkw: Option<f64>,
    /// The total, where it is agreed and not computed.
    total: Option<f64>,
    /// What was paid in advance.
    m1: Option<f64>,
    /// What was paid of M2.
    m2_paid: Option<f64>,
    /// What was paid of M3.
    m3_paid: Option<f64>,
    /// The part of the total that is paid after M2, 0 to 1; 0.8 where it is left out.
    m2_pct: Option<f64>,
    /// Which milestones it is about (`M2 & M3`).
    pay_type: Option<String>,
    /// An SCPF whose own figures are taken where the body has none.
    scpf_id: Option<String>,
    /// Whether the result becomes that SCPF's `total_this_period`. Nothing is stored otherwise.
    store: Option<bool>,
    /// The tenant of the path.
    #[schema(nullable = false)]
    tenant_id: Option<String>,
}

/// A calculation, and where it went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::Calculated)]
struct CalculatedBody {
    /// The commission.
    #[serde(flatten)]
    commission: CommissionView,
    /// The SCPF that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    scpf_id: Option<String>,
    /// Whether that SCPF now has the result.
    stored: bool,
}

/// How an SCPF's figures come about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::Explanation)]
struct ExplanationBody {
    /// The SCPF.
    #[schema(example = "000001")]
    id: String,
    /// What it states.
    stated: Option<Amount>,
    /// That, less what was computed.
    difference: Option<Amount>,
    /// What the SCPF would have to say for a total.
    missing: Vec<&'static str>,
    /// What was computed.
    #[serde(flatten)]
    commission: CommissionView,
}

/// Calculate a commission
///
/// Every input is named and every step answered. Nothing is stored unless `store` asks for it.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantId}/scpfs/calculate", tag = "commissions: SCPFs",
    params(("tenantId" = String, Path, description = "The tenant, which must be the caller's")),
    request_body = CalculationBody,
    responses((status = 200, description = "The commission", body = Success<CalculatedBody>), OnAction)
)]
async fn calculate_commission(
    State(app): State<App>,
    call: Call<CommissionsCalculation>,
) -> Result<Reply, ApiError> {
    let Asked { inputs, scpf_id, store } = Asked::read(call.json()?, &call)?;
    if store && !Commissions::opens(&call.caller.scopes, Access::Write) {
        return Err(ApiError::forbidden("To store the result takes the scope commissions:write"));
    }
    let place = Place::of_caller(&call);
    let scpf = match &scpf_id {
        Some(id) => Some(Box::pin(find::<Record>(&SCPFS, &app, &call.tenant, &place, id)).await?),
        None => None,
    };
    let inputs = match &scpf {
        Some(scpf) => inputs.or(Inputs::of_scpf(&scpf.state.fields)),
        None => inputs,
    };
    let commission = calculate(&inputs)?;
    if !commission.missing.is_empty() {
        return Err(missing(&commission));
    }
    let (replayed, stored) = match (&scpf, commission.total_this_period) {
        (Some(scpf), Some(total)) if store => (Box::pin(keep(&app, &call, scpf, total)).await?, true),
        _ => (false, false),
    };
    let data = CalculatedBody { commission: CommissionView::new(&commission), scpf_id, stored };
    let body = Success::new("Commission calculated successfully", data, call.context.now);
    Ok(Reply::ok(&body)?.replayed(replayed))
}

/// Explain an SCPF
///
/// The commission by the SCPF's own figures, step by step, and what it states.
#[utoipa::path(
    get, path = "/api/v1/tenants/{tenantId}/scpfs/{scpfId}/explain", tag = "commissions: SCPFs",
    params(
        ("tenantId" = String, Path, description = "The tenant, which must be the caller's"),
        ("scpfId" = String, Path, description = "The id that it is shown by"),
    ),
    responses((status = 200, description = "How it comes about", body = Success<ExplanationBody>), OnRead)
)]
async fn explain(State(app): State<App>, params: Params, call: Call<Commissions>) -> Result<Reply, ApiError> {
    let id = params.get(SCPFS.id).unwrap_or_default().to_owned();
    let scpf = find::<Record>(&SCPFS, &app, &call.tenant, &Place::of_caller(&call), &id).await?;
    let mut inputs = Inputs::of_scpf(&scpf.state.fields);
    // An SCPF may say that a system has no size; that explains nothing.
    inputs.kw = inputs.kw.filter(|kw| !kw.is_zero());
    let commission = calculate(&inputs)?;
    let stated = decimal_of(&scpf.state.fields, TOTAL);
    let difference =
        stated.zip(commission.total_this_period).and_then(|(stated, due)| stated.checked_sub(due));
    let data = ExplanationBody {
        id,
        stated: stated.map(Amount),
        difference: difference.map(Amount),
        missing: commission.missing.clone(),
        commission: CommissionView::new(&commission),
    };
    let body = Success::new("SCPF explained successfully", data, call.context.now);
    Ok(Reply::ok(&body)?.version(scpf.version))
}

/// What a calculation is asked for.
struct Asked {
    inputs: Inputs,
    scpf_id: Option<String>,
    store: bool,
}

impl Asked {
    fn read(mut body: Map<String, Value>, call: &Call<CommissionsCalculation>) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::new();
        same_tenant(&mut body, &call.tenant, &mut errors);
        let asked = Self::of(body, &mut errors);
        asked.filter(|_| errors.is_empty()).ok_or_else(|| ApiError::fields(errors))
    }

    fn of(mut body: Map<String, Value>, errors: &mut FieldErrors) -> Option<Self> {
        let store = match body.remove("store") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(store)) => store,
            Some(_) => {
                errors.add("store", "must be a boolean");
                false
            }
        };
        let scpf_id = match body.remove("scpf_id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id),
            Some(_) => {
                errors.add("scpf_id", "must be a string");
                None
            }
        };
        if store && scpf_id.is_none() {
            errors.add("scpf_id", "is required where the result is to be stored");
        }
        for (also, name) in ALIASES {
            if let Some(value) = body.remove(*also)
                && body.insert((*name).to_owned(), value).is_some()
            {
                errors.add(*also, format!("is another name of {name}; give one of them"));
            }
        }
        let size = picked(&body, &["kw"]);
        match CALCULATION.check(body, false, Unknown::Reject) {
            Ok(fields) => Some(Self { inputs: Inputs::of(fields).ok()?, scpf_id, store }),
            Err(wrong) => {
                errors.merge("", wrong);
                check_size(size, errors);
                None
            }
        }
    }
}

/// Notes a system without a size, where the rest of the body could not be read.
fn check_size(size: Map<String, Value>, errors: &mut FieldErrors) {
    let size = CALCULATION.check(size, true, Unknown::Reject).ok().and_then(|fields| Inputs::of(fields).ok());
    if let Some(Err(DomainError::Invalid(wrong))) = size.map(|size| calculate(&size)) {
        errors.merge("", wrong);
    }
}

/// What is asked for cannot be computed: each input that is lacking, by name.
fn missing(commission: &Commission) -> ApiError {
    let mut errors = FieldErrors::new();
    for name in &commission.missing {
        errors.add(*name, "is required");
    }
    ApiError::fields(errors)
}

/// Makes the result the SCPF's; true where an earlier request with the same key did it.
async fn keep(
    app: &App,
    call: &Call<CommissionsCalculation>,
    scpf: &View<Record>,
    total: rust_decimal::Decimal,
) -> Result<bool, ApiError> {
    let fields = json!({ TOTAL: crate::http::money(total) });
    let fields = SCPF.check(fields.as_object().cloned().unwrap_or_default(), true, Unknown::Reject);
    let fields = fields.map_err(ApiError::fields)?;
    let command = RecordCommand::Update { fields, at: call.context.now };
    let id = scpf.id;
    let done = app.commands.unit(&call.context, |unit| {
        let command = command.clone();
        Box::pin(async move { unit.handle_as::<Record>(SCPF.name, id, command).await })
    });
    let done = done.await.and_then(|done| done.one::<Record>(SCPF.name));
    Ok(done.map_err(|error| refusal(&SCPFS, None, error))?.replayed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Value) -> Result<Asked, String> {
        let mut errors = FieldErrors::new();
        let asked = Asked::of(body.as_object().cloned().unwrap(), &mut errors);
        asked.filter(|_| errors.is_empty()).ok_or_else(|| errors.to_string())
    }

    #[test]
    fn an_input_goes_by_any_of_its_names_but_by_one() {
        let asked = read(json!({ "system_size": 10, "net_commission_ppw": 1, "m1_paid": 5 })).unwrap();
        let whole = |value: i64| Some(rust_decimal::Decimal::from(value));
        assert_eq!(
            (asked.inputs.kw, asked.inputs.rate_ppw, asked.inputs.m1),
            (whole(10), whole(1), whole(5))
        );
        assert!(!asked.store && asked.scpf_id.is_none());
        let twice = read(json!({ "system_size": 10, "kw": 10 })).err().unwrap();
        assert_eq!(twice, "system_size: is another name of kw; give one of them");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = read(json!({ "kw": "10", "foo": 1, "store": true, "split": 2 })).err().unwrap();
        for name in ["kw: must be a number", "foo: is not a known field", "scpf_id: is required", "split: "] {
            assert!(wrong.contains(name), "{name} in {wrong}");
        }
        assert!(read(json!({ "store": "yes", "scpf_id": 1 })).is_err());
        assert!(read(json!({ "store": true, "scpf_id": "000001" })).unwrap().store);
    }

    #[test]
    fn a_vector_is_printed_with_its_steps() {
        let asked = read(
            serde_json::from_str(
                r#"{"contract": 27625, "adders": 0, "dealer_fee": 0, "kw": 8.5, "redline": 2.75}"#,
            )
            .unwrap(),
        )
        .unwrap();
        let commission = calculate(&asked.inputs).unwrap();
        let data =
            CalculatedBody { commission: CommissionView::new(&commission), scpf_id: None, stored: false };
        let printed = serde_json::to_string(&data).unwrap();
        for part in [
            r#""net_ppw":3.25"#,
            r#""gross":4250.00"#,
            r#""m2":3400.00"#,
            r#""m3":850.00"#,
            r#""clawback":0.00"#,
            r#""formula":"(net_ppw − redline) × kw × 1000","inputs":{"kw":8.5,"net_ppw":3.25,"redline":2.75},"value":4250"#,
            r#""stored":false"#,
        ] {
            assert!(printed.contains(part), "{part} in {printed}");
        }
    }
}
