//! `/tenant`: the company's own profile. Every key may read it; changing it takes `admin:write`.

use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Profile;
use crate::fields::address::AddressBody;
use crate::fields::{Fields, boolean, camel_case, integer, line, parsed};
use crate::http::{ApiError, Reply};
use crate::wire::{Data, Instant, OnChange, OnRead};
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use sunledger_commands::Unit;
use sunledger_domain::TenantId;
use sunledger_domain::numbering::NumberSeries;
use sunledger_domain::plan::Plan;
use sunledger_domain::tenant::{Logo, Tenant, TenantCommand, TenantPatch};
use sunledger_domain::value::{Address, Change, Currency, Email, Locale, Phone, PixKey, TaxId, TimeZoneName};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[cfg(test)]
mod tests;

/// Longest texts, in characters.
const MAX_NAME: usize = 200;
const MAX_PIX_CITY: usize = 60;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(get, update))
}

/// The company's profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Tenant)]
struct TenantView {
    /// The tenant's id.
    #[schema(example = "acme-solar")]
    id: String,
    /// What it is called.
    #[schema(example = "Acme Solar")]
    name: String,
    /// Its registered name.
    legal_name: Option<String>,
    /// CPF or CNPJ with its mask, or a foreign tax id.
    tax_id: Option<String>,
    /// Where it is, as it was given: one text, or an object of parts.
    #[schema(value_type = Option<Value>)]
    address: Option<AddressView>,
    /// Its logo, a `data:` URL of a PNG or JPEG.
    logo: Option<String>,
    /// Mail address.
    email: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// What "today" and "overdue" follow.
    #[schema(example = "America/Sao_Paulo")]
    time_zone: String,
    /// In which language and form documents are printed.
    #[schema(example = "pt-BR")]
    locale: String,
    /// The currency of what names none.
    #[schema(example = "BRL")]
    currency: String,
    /// Where Pix payments go.
    pix_key: Option<String>,
    /// The city that a Pix code names.
    pix_city: Option<String>,
    /// How invoices are numbered.
    invoice_series: SeriesView,
    /// What the plan allows.
    plan_limits: PlanView,
    /// Whether the check digits of CPF and CNPJ must be right.
    check_tax_ids: bool,
    /// A place to try things.
    sandbox: bool,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

/// An address as it was given.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum AddressView {
    Text(String),
    Parts(Address),
}

impl AddressView {
    fn new(address: &Address) -> Self {
        match &address.text {
            Some(text) if *address == (Address { text: address.text.clone(), ..Address::default() }) => {
                Self::Text(text.clone())
            }
            _ => Self::Parts(address.clone()),
        }
    }
}

/// How invoices are numbered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoiceSeries)]
struct SeriesView {
    /// What stands before the digits.
    #[schema(max_length = 20, example = "INV-")]
    prefix: String,
    /// Digits at least.
    #[schema(minimum = 1, maximum = 12, example = 4)]
    width: u8,
}

/// What the plan allows in a calendar month; `null` is no limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlanLimits)]
struct PlanView {
    /// Clients that may be made.
    clients_per_month: Option<u32>,
    /// Invoices that may be made.
    invoices_per_month: Option<u32>,
}

impl TenantView {
    fn new(id: &TenantId, tenant: &Tenant) -> Self {
        Self {
            id: id.as_str().to_owned(),
            name: tenant.name.clone(),
            legal_name: tenant.legal_name.clone(),
            tax_id: tenant.tax_id.as_ref().map(TaxId::masked),
            address: tenant.address.as_ref().map(AddressView::new),
            logo: tenant.logo.as_ref().map(|logo| logo.as_str().to_owned()),
            email: tenant.email.as_ref().map(|email| email.as_str().to_owned()),
            phone: tenant.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            time_zone: tenant.time_zone.as_str().to_owned(),
            locale: tenant.locale.as_str().to_owned(),
            currency: tenant.currency.code().to_owned(),
            pix_key: tenant.pix_key.clone(),
            pix_city: tenant.pix_city.clone(),
            invoice_series: SeriesView {
                prefix: tenant.invoice_series.prefix.clone(),
                width: tenant.invoice_series.width,
            },
            plan_limits: PlanView {
                clients_per_month: tenant.plan.clients_per_month,
                invoices_per_month: tenant.plan.invoices_per_month,
            },
            check_tax_ids: tenant.check_tax_ids,
            sandbox: tenant.sandbox,
            created_at: Instant(tenant.created_at),
            updated_at: Instant(tenant.updated_at),
        }
    }
}

/// What changes in the profile: what is absent stays, `null` empties. `id`, `sandbox` and the times never change.
#[derive(ToSchema)]
#[schema(as = TenantChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `change` reads it")]
struct TenantChange {
    /// What it is called.
    #[schema(max_length = 200, nullable = false)]
    name: Option<String>,
    /// Its registered name.
    #[schema(max_length = 200)]
    legal_name: Option<String>,
    /// CPF or CNPJ with or without its mask, or a foreign tax id.
    tax_id: Option<String>,
    /// Where it is: one text, or an object of `street`, `number`, `complement`, `district`, `city`, `state`, `zip`,
    /// `country`.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Value>,
    /// Its logo: a `data:` URL of a PNG or JPEG in base64, of at most 256 KiB.
    logo: Option<String>,
    /// Mail address.
    #[schema(format = Email)]
    email: Option<String>,
    /// Telephone.
    #[schema(pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// A name of the IANA database.
    #[schema(example = "America/Sao_Paulo", nullable = false)]
    time_zone: Option<String>,
    /// A BCP 47 tag.
    #[schema(example = "pt-BR", nullable = false)]
    locale: Option<String>,
    /// ISO 4217 code.
    #[schema(example = "BRL", nullable = false)]
    currency: Option<String>,
    /// Where Pix payments go: a CPF, a CNPJ, a mail address, a telephone number with `+55`, or a random key.
    #[schema(max_length = 77)]
    pix_key: Option<String>,
    /// The city that a Pix code names.
    #[schema(max_length = 60)]
    pix_city: Option<String>,
    /// How invoices are numbered from now on.
    invoice_series: Option<SeriesView>,
    /// What the plan allows; a limit of `null` is none.
    plan_limits: Option<PlanView>,
    /// Whether the check digits of CPF and CNPJ must be right.
    #[schema(nullable = false)]
    check_tax_ids: Option<bool>,
}

/// A [`TenantChange`] as read.
#[derive(Debug, Clone)]
struct Changes {
    patch: TenantPatch,
    prefix: Option<String>,
    width: Option<u8>,
    clients_per_month: Change<u32>,
    invoices_per_month: Change<u32>,
}

/// Get the company's profile
#[utoipa::path(
    get, path = "/tenant", tag = "tenant",
    responses((status = 200, description = "The profile", body = Data<TenantView>), OnRead)
)]
async fn get(State(app): State<App>, call: Call<Profile>) -> Result<Reply, ApiError> {
    let found = app.reads.get::<Tenant>(&call.tenant, call.tenant.stream_id()).await?;
    let view = found.ok_or_else(|| ApiError::not_found("tenant"))?;
    Ok(Reply::ok(&Data { data: TenantView::new(&call.tenant, &view.state) })?.version(view.version))
}

/// Update the company's profile
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/tenant", tag = "tenant",
    request_body = TenantChange,
    responses((status = 200, description = "The profile", body = Data<TenantView>), OnChange)
)]
async fn update(State(app): State<App>, call: Call<Profile>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let changes = change(&mut fields, &call);
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let (tenant, changes) = (call.tenant.clone(), changes.clone());
        Box::pin(async move { carry_out(unit, &tenant, changes).await })
    });
    let changed = done
        .await
        .and_then(|done| done.one::<Tenant>("tenant"))
        .map_err(|error| ApiError::from(error).rename_fields(camel_case))?;
    app.keys.forget_profile(&call.tenant);
    Ok(Reply::ok(&Data { data: TenantView::new(&call.tenant, &changed.state) })?.version(changed.version))
}

async fn carry_out(
    unit: &mut Unit,
    tenant: &TenantId,
    changes: Changes,
) -> Result<(), sunledger_commands::CommandError> {
    let (id, at) = (tenant.stream_id(), changes.patch.at);
    let now = unit.get::<Tenant>(id).await?;
    let mut patch = changes.patch;
    if changes.prefix.is_some() || changes.width.is_some() {
        patch.invoice_series = Some(NumberSeries {
            prefix: changes.prefix.unwrap_or_else(|| now.invoice_series.prefix.clone()),
            width: changes.width.unwrap_or(now.invoice_series.width),
        });
    }
    let mut plan: Plan = now.plan;
    changes.clients_per_month.apply(&mut plan.clients_per_month);
    changes.invoices_per_month.apply(&mut plan.invoices_per_month);
    unit.handle::<Tenant>(id, TenantCommand::UpdateProfile(Box::new(patch))).await?;
    unit.handle::<Tenant>(id, TenantCommand::ChangePlan { plan, at }).await
}

fn change(fields: &mut Fields, call: &Call<Profile>) -> Changes {
    read(fields, &call.profile, call.context.now)
}

fn read(fields: &mut Fields, profile: &Tenant, at: jiff::Timestamp) -> Changes {
    let check_tax_ids = fields.replacement("checkTaxIds", boolean);
    // The tax id in the same body is checked by the rule that holds after it.
    let check = check_tax_ids.unwrap_or(profile.check_tax_ids);
    let (prefix, width) = part(fields, "invoiceSeries", |series| {
        let prefix = match series.change("prefix", line(NumberSeries::MAX_PREFIX)) {
            Change::Keep => None,
            Change::Clear => Some(String::new()),
            Change::Set(prefix) => Some(prefix),
        };
        let width = series.replacement("width", integer(1, u32::from(NumberSeries::MAX_WIDTH)));
        (prefix, width.and_then(|width| u8::try_from(width).ok()))
    });
    let (clients_per_month, invoices_per_month) = part(fields, "planLimits", |limits| {
        let mut limit = |name| limits.change(name, integer(0, u32::MAX));
        (limit("clientsPerMonth"), limit("invoicesPerMonth"))
    });
    let patch = TenantPatch {
        name: fields.replacement("name", line(MAX_NAME)),
        legal_name: fields.change("legalName", line(MAX_NAME)),
        tax_id: fields.change("taxId", parsed(|text| TaxId::parse(text, check))),
        address: fields.address("address"),
        logo: fields.change("logo", parsed(Logo::parse)),
        email: fields.change("email", parsed(Email::parse)),
        phone: fields.change("phone", parsed(Phone::parse)),
        time_zone: fields.replacement("timeZone", parsed(TimeZoneName::parse)),
        locale: fields.replacement("locale", parsed(Locale::parse)),
        currency: fields.replacement("currency", parsed(Currency::parse)),
        pix_key: fields.change("pixKey", parsed(|text| pix_key(text, check))),
        pix_city: fields.change("pixCity", line(MAX_PIX_CITY)),
        invoice_series: None,
        check_tax_ids,
        at,
    };
    Changes { patch, prefix, width, clients_per_month, invoices_per_month }
}

/// A Pix key in the form in which it is kept: the domain's own check, made here so that a wrong key is named beside the other
/// wrong fields.
fn pix_key(text: &str, check: bool) -> Result<String, &'static str> {
    PixKey::parse(text, check).map(|key| key.as_str().to_owned())
}

/// Reads an object inside the body; absent it changes nothing.
fn part<T: Default>(fields: &mut Fields, name: &str, read: impl FnOnce(&mut Fields) -> T) -> T {
    match fields.take(name) {
        None => T::default(),
        Some(Value::Object(map)) => fields.inside(name, map, read),
        Some(_) => {
            fields.refuse(name, "must be an object");
            T::default()
        }
    }
}
