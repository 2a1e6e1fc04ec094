//! Tenants: the companies whose ledgers these are, with their profile and plan. A tenant's stream id is
//! [`crate::TenantId::stream_id`].

mod logo;
#[cfg(test)]
mod tests;

pub use logo::Logo;

use crate::aggregate::{aggregate, events};
use crate::checks::{address_change, text_change};
use crate::entity::{Claims, Entity};
use crate::numbering::NumberSeries;
use crate::plan::Plan;
use crate::value::{
    Address, Change, Currency, Email, Locale, Phone, PixKey, PixPayee, TaxId, TimeZoneName, text,
};
use crate::{DomainError, FieldErrors, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest name and legal name, in characters.
const MAX_NAME: usize = 200;
/// Longest text of a Pix key that is looked at, in characters: none is longer.
const MAX_PIX_KEY: usize = 77;
/// Longest city of a Pix key, in characters; a payment code holds the first 15.
const MAX_PIX_CITY: usize = 60;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    /// What it is called; empty before it was made.
    pub name: String,
    /// The registered name (razão social).
    pub legal_name: Option<String>,
    /// CPF, CNPJ or a foreign tax id.
    pub tax_id: Option<TaxId>,
    /// Where it is.
    pub address: Option<Address>,
    /// What stands on its documents.
    pub logo: Option<Logo>,
    /// Mail address.
    pub email: Option<Email>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// What "today" is.
    pub time_zone: TimeZoneName,
    /// In which language and form its documents are.
    pub locale: Locale,
    /// The currency of what names none.
    pub currency: Currency,
    /// Where Pix payments go.
    pub pix_key: Option<String>,
    /// The city that a Pix code names.
    pub pix_city: Option<String>,
    /// How its invoices are numbered.
    pub invoice_series: NumberSeries,
    /// What it may do a month.
    pub plan: Plan,
    /// Whether the check digits of CPF and CNPJ must be right.
    pub check_tax_ids: bool,
    /// A place to try things: its data are no company's, and are thrown away every day.
    pub sandbox: bool,
    /// How often that happened.
    pub resets: u32,
    /// When it last happened.
    pub reset_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            name: String::new(),
            legal_name: None,
            tax_id: None,
            address: None,
            logo: None,
            email: None,
            phone: None,
            time_zone: TimeZoneName::default(),
            locale: Locale::default(),
            currency: Currency::BRL,
            pix_key: None,
            pix_city: None,
            invoice_series: NumberSeries::default(),
            plan: Plan::default(),
            check_tax_ids: true,
            sandbox: false,
            resets: 0,
            reset_at: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }
}

/// What can be asked of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub enum TenantCommand {
    /// Make it, with a Brazilian company's defaults.
    Create {
        /// What it is called; 1 to 200 characters.
        name: String,
        /// Whether it is a place to try things.
        sandbox: bool,
        /// What it may do a month.
        plan: Plan,
        /// Now.
        at: Timestamp,
    },
    /// Change its profile.
    UpdateProfile(Box<TenantPatch>),
    /// Throw a sandbox's data away.
    Reset {
        /// Now.
        at: Timestamp,
    },
    /// Throw a sandbox's data away where another day has begun since that was done.
    ResetDaily {
        /// Now.
        at: Timestamp,
    },
    /// Change what it may do.
    ChangePlan {
        /// The new limits.
        plan: Plan,
        /// Now.
        at: Timestamp,
    },
}

/// What changes in a tenant's profile. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TenantPatch {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Registered name.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub legal_name: Change<String>,
    /// Tax id.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub tax_id: Change<TaxId>,
    /// Address, as a whole.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub address: Change<Address>,
    /// Logo.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub logo: Change<Logo>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub email: Change<Email>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub phone: Change<Phone>,
    /// Time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZoneName>,
    /// Locale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Currency of what names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Pix key, however it is written; kept in the directory's form.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub pix_key: Change<String>,
    /// City that a Pix code names; at most 60 characters.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub pix_city: Change<String>,
    /// How invoices are numbered from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_series: Option<NumberSeries>,
    /// Whether the check digits of CPF and CNPJ must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_tax_ids: Option<bool>,
    /// When.
    pub at: Timestamp,
}

events! {
    /// What happened to a tenant.
    TenantEvent {
        /// It was made.
        "tenant.created" => Created(Box<TenantCreated>),
        /// Its profile changed.
        "tenant.updated" => Updated(Box<TenantPatch>),
        /// Its plan changed.
        "tenant.plan_changed" => PlanChanged(TenantPlanChanged),
        /// Its data were thrown away: it is a sandbox, and goes on without any.
        "tenant.reset" => Reset(TenantReset),
    }
}

/// A tenant was made. It tells the defaults that it started with, so that a later default does not change it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantCreated {
    /// What it is called.
    pub name: String,
    /// Time zone.
    pub time_zone: TimeZoneName,
    /// Locale.
    pub locale: Locale,
    /// Currency.
    pub currency: Currency,
    /// How its invoices are numbered.
    pub invoice_series: NumberSeries,
    /// What it may do a month.
    pub plan: Plan,
    /// Whether the check digits of CPF and CNPJ must be right.
    pub check_tax_ids: bool,
    /// Whether it is a place to try things.
    pub sandbox: bool,
    /// When.
    pub at: Timestamp,
}

/// A tenant's plan changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantPlanChanged {
    /// The new limits.
    pub plan: Plan,
    /// When.
    pub at: Timestamp,
}

/// A sandbox's data were thrown away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantReset {
    /// For the how manieth time.
    pub resets: u32,
    /// When.
    pub at: Timestamp,
}

aggregate!(Tenant, "tenant", TenantCommand, TenantEvent);

impl Entity for Tenant {
    fn exists(&self) -> bool {
        !self.name.is_empty()
    }

    fn claims(&self, _event: &TenantEvent, _claims: &mut Claims) {}
}

impl Tenant {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` before it was made, `Rule` where it exists already.
    pub fn decide(&self, command: TenantCommand) -> Result<Vec<TenantEvent>, DomainError> {
        match command {
            TenantCommand::Create { .. } if self.exists() => {
                Err(DomainError::rule("this tenant exists already"))
            }
            TenantCommand::Create { name, sandbox, plan, at } => create(&name, sandbox, plan, at),
            _ if !self.exists() => Err(DomainError::NotFound { what: "tenant" }),
            TenantCommand::UpdateProfile(patch) => self.update(*patch),
            TenantCommand::Reset { .. } | TenantCommand::ResetDaily { .. } if !self.sandbox => {
                Err(DomainError::rule("this company is no sandbox: its data can not be reset"))
            }
            TenantCommand::ResetDaily { at } if at < self.next_reset() => Ok(vec![]),
            TenantCommand::Reset { at } | TenantCommand::ResetDaily { at } => {
                Ok(vec![TenantEvent::Reset(TenantReset { resets: self.resets.saturating_add(1), at })])
            }
            TenantCommand::ChangePlan { plan, .. } if plan == self.plan => Ok(vec![]),
            TenantCommand::ChangePlan { plan, at } => {
                Ok(vec![TenantEvent::PlanChanged(TenantPlanChanged { plan, at })])
            }
        }
    }

    /// Under what its data are kept now. `home` is its own id.
    pub fn data(&self, home: &TenantId) -> TenantId {
        match self.epoch() {
            Some(epoch) => home.epoch(epoch),
            None => home.clone(),
        }
    }

    /// Under what its own events are kept: itself and, of a sandbox, what counts and the `before` that were thrown away last.
    pub fn kept_under(&self, home: &TenantId, before: u32) -> Vec<TenantId> {
        let Some(epoch) = self.epoch() else { return vec![home.clone()] };
        let first = epoch.saturating_sub(before).max(1);
        std::iter::once(home.clone()).chain((first..=epoch).map(|epoch| home.epoch(epoch))).collect()
    }

    /// Which data of a sandbox count, from 1; none where it is no sandbox.
    pub fn epoch(&self) -> Option<u32> {
        self.sandbox.then(|| self.resets.saturating_add(1))
    }

    /// When a sandbox's data are thrown away next, unless somebody asks for it before: as the day ends, where it is, on which
    /// they last were.
    pub fn next_reset(&self) -> Timestamp {
        let day = self.time_zone.today(self.reset_at.unwrap_or(self.created_at));
        self.time_zone.start_of(day.plus_days(1))
    }

    fn update(&self, patch: TenantPatch) -> Result<Vec<TenantEvent>, DomainError> {
        let mut errors = FieldErrors::new();
        let name = patch.name.and_then(|name| errors.check("name", text::required_line(&name, MAX_NAME)));
        let legal_name = text_change("legal_name", patch.legal_name, MAX_NAME, text::line, &mut errors);
        let address = address_change(patch.address, &mut errors);
        let pix_key = text_change("pix_key", patch.pix_key, MAX_PIX_KEY, text::line, &mut errors);
        let check = patch.check_tax_ids.unwrap_or(self.check_tax_ids);
        let pix_key = match pix_key {
            Change::Set(key) => errors
                .check("pix_key", PixKey::parse(&key, check))
                .map_or(Change::Keep, |key| Change::Set(key.as_str().to_owned())),
            other => other,
        };
        let pix_city = text_change("pix_city", patch.pix_city, MAX_PIX_CITY, text::line, &mut errors);
        let invoice_series = patch.invoice_series.and_then(|series| {
            errors.check("invoice_series", NumberSeries::new(&series.prefix, series.width))
        });
        let changed = TenantPatch {
            name: name.filter(|name| *name != self.name),
            legal_name: legal_name.against(&self.legal_name),
            tax_id: patch.tax_id.against(&self.tax_id),
            address: address.against(&self.address),
            logo: patch.logo.against(&self.logo),
            email: patch.email.against(&self.email),
            phone: patch.phone.against(&self.phone),
            time_zone: patch.time_zone.filter(|zone| *zone != self.time_zone),
            locale: patch.locale.filter(|locale| *locale != self.locale),
            currency: patch.currency.filter(|currency| *currency != self.currency),
            pix_key: pix_key.against(&self.pix_key),
            pix_city: pix_city.against(&self.pix_city),
            invoice_series: invoice_series.filter(|series| *series != self.invoice_series),
            check_tax_ids: patch.check_tax_ids.filter(|check| *check != self.check_tax_ids),
            at: patch.at,
        };
        let nothing = changed == TenantPatch { at: patch.at, ..TenantPatch::default() };
        errors.into_result(if nothing { vec![] } else { vec![TenantEvent::Updated(Box::new(changed))] })
    }

    /// Whom a Pix code pays: the key, under the registered name (else the name) and the Pix city (else the address's). None
    /// without a key, or with one from before keys were checked that is none.
    pub fn pix_payee(&self) -> Option<PixPayee> {
        let key = PixKey::parse(self.pix_key.as_deref()?, false).ok()?;
        let name = self.legal_name.as_deref().unwrap_or(&self.name);
        let of_address = || self.address.as_ref().and_then(|address| address.city.as_deref());
        let city = self.pix_city.as_deref().or_else(of_address).unwrap_or_default();
        Some(PixPayee::new(key, name, city))
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: TenantEvent) {
        self.updated_at = event.at();
        match event {
            TenantEvent::Created(created) => {
                *self = Self {
                    name: created.name,
                    time_zone: created.time_zone,
                    locale: created.locale,
                    currency: created.currency,
                    invoice_series: created.invoice_series,
                    plan: created.plan,
                    check_tax_ids: created.check_tax_ids,
                    sandbox: created.sandbox,
                    created_at: created.at,
                    updated_at: created.at,
                    ..Self::default()
                };
            }
            TenantEvent::Updated(patch) => self.updated(*patch),
            TenantEvent::PlanChanged(changed) => self.plan = changed.plan,
            TenantEvent::Reset(reset) => {
                self.resets = reset.resets;
                self.reset_at = Some(reset.at);
            }
        }
    }

    fn updated(&mut self, patch: TenantPatch) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut self.name, patch.name);
        patch.legal_name.apply(&mut self.legal_name);
        patch.tax_id.apply(&mut self.tax_id);
        patch.address.apply(&mut self.address);
        patch.logo.apply(&mut self.logo);
        patch.email.apply(&mut self.email);
        patch.phone.apply(&mut self.phone);
        set(&mut self.time_zone, patch.time_zone);
        set(&mut self.locale, patch.locale);
        set(&mut self.currency, patch.currency);
        patch.pix_key.apply(&mut self.pix_key);
        patch.pix_city.apply(&mut self.pix_city);
        set(&mut self.invoice_series, patch.invoice_series);
        set(&mut self.check_tax_ids, patch.check_tax_ids);
    }
}

fn create(name: &str, sandbox: bool, plan: Plan, at: Timestamp) -> Result<Vec<TenantEvent>, DomainError> {
    let name =
        text::required_line(name, MAX_NAME).map_err(|message| DomainError::invalid("name", message))?;
    let Tenant { time_zone, locale, currency, invoice_series, check_tax_ids, .. } = Tenant::default();
    Ok(vec![TenantEvent::Created(Box::new(TenantCreated {
        name,
        time_zone,
        locale,
        currency,
        invoice_series,
        plan,
        check_tax_ids,
        sandbox,
        at,
    }))])
}
