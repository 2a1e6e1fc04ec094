//! Clients: whom a company works for and bills. Made active (or pending), changed, deactivated and taken back;
//! never deleted, since invoices name them.

use crate::aggregate::{aggregate, events};
use crate::checks::{address_change, optional_address, optional_text, text_change};
use crate::entity::{Claims, Entity, Given, Number};
use crate::plan::PlanSlot;
use crate::value::{Address, Change, Email, Phone, TaxId, text};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest notes, in characters.
pub const MAX_NOTES: usize = 5_000;

const REFUSAL: &str = "the plan's limit of new clients for this month is reached";

/// A client.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Client {
    /// Sequential number in its tenant; 0 before the client was made.
    pub number: Number,
    /// What it is called.
    pub name: String,
    /// The registered name of a company (razão social).
    pub corporate_name: Option<String>,
    /// Where it gets its mail.
    pub email: Option<Email>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Where it is.
    pub address: Option<Address>,
    /// CPF, CNPJ or a foreign tax id.
    pub tax_id: Option<TaxId>,
    /// What people wrote about it.
    pub notes: Option<String>,
    /// Whether business is done with it.
    pub status: ClientStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whether business is done with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// Yes.
    #[default]
    Active,
    /// No longer: shown as inactive, or not at all.
    Inactive,
    /// Not yet.
    Pending,
}

impl ClientStatus {
    /// The status as surfaces write it: `active`, `inactive`, `pending`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Pending].into_iter().find(|status| status.as_str() == text)
    }
}

/// What a new client is made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClientDraft {
    /// Required; at most 200 characters.
    pub name: String,
    /// The registered name of a company.
    pub corporate_name: Option<String>,
    /// Mail address.
    pub email: Option<Email>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Address.
    pub address: Option<Address>,
    /// Tax id.
    pub tax_id: Option<TaxId>,
    /// At most 5,000 characters.
    pub notes: Option<String>,
    /// Active or pending.
    pub status: ClientStatus,
    /// The slot of the plan that it takes, where the plan has a limit.
    pub plan: Option<PlanSlot>,
    /// Now.
    pub at: Timestamp,
}

/// What changes in a client. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClientPatch {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Registered name.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub corporate_name: Change<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub email: Change<Email>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub phone: Change<Phone>,
    /// Address, as a whole.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub address: Change<Address>,
    /// Tax id.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub tax_id: Change<TaxId>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub notes: Change<String>,
    /// Active or pending; deactivating is a command of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ClientStatus>,
    /// When.
    pub at: Timestamp,
}

/// What can be asked of a client.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientCommand {
    /// Make it.
    Create(Box<ClientDraft>),
    /// Change it.
    Update(Box<ClientPatch>),
    /// Do no more business with it. That it owes nothing is checked by who sends this.
    Deactivate {
        /// Now.
        at: Timestamp,
    },
    /// Take it back.
    Reactivate {
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to a client.
    ClientEvent {
        /// It was made.
        "client.created" => Created(Box<ClientCreated>),
        /// Some of its fields changed.
        "client.updated" => Updated(Box<ClientPatch>),
        /// No more business is done with it.
        "client.deactivated" => Deactivated(ClientDeactivated),
        /// It was taken back.
        "client.reactivated" => Reactivated(ClientReactivated),
    }
}

/// A client was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientCreated {
    /// Its sequential number.
    pub number: Number,
    /// Name.
    pub name: String,
    /// Registered name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corporate_name: Option<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Tax id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<TaxId>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Active or pending.
    pub status: ClientStatus,
    /// The slot of the plan that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_in: Option<PlanSlot>,
    /// When.
    pub at: Timestamp,
}

/// No more business is done with a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientDeactivated {
    /// When.
    pub at: Timestamp,
}

/// A client was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientReactivated {
    /// When.
    pub at: Timestamp,
}

aggregate!(Client, "client", ClientCommand, ClientEvent);

impl Entity for Client {
    fn exists(&self) -> bool {
        self.number != Number::default()
    }

    fn claims(&self, event: &ClientEvent, claims: &mut Claims) {
        if let ClientEvent::Created(created) = event {
            claims.number("client");
            if let Some(slot) = &created.counted_in {
                slot.claim(REFUSAL, claims);
            }
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

impl Client {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` before it was made, `Rule` for a change of an inactive client.
    pub fn decide(&self, command: ClientCommand) -> Result<Vec<ClientEvent>, DomainError> {
        match command {
            ClientCommand::Create(_) if self.exists() => Err(DomainError::rule("this client exists already")),
            ClientCommand::Create(draft) => create(*draft),
            _ if !self.exists() => Err(DomainError::NotFound { what: "client" }),
            ClientCommand::Update(patch) => self.update(*patch),
            ClientCommand::Deactivate { .. } if self.status == ClientStatus::Inactive => Ok(vec![]),
            ClientCommand::Deactivate { at } => Ok(vec![ClientEvent::Deactivated(ClientDeactivated { at })]),
            ClientCommand::Reactivate { .. } if self.status != ClientStatus::Inactive => Ok(vec![]),
            ClientCommand::Reactivate { at } => Ok(vec![ClientEvent::Reactivated(ClientReactivated { at })]),
        }
    }

    fn update(&self, patch: ClientPatch) -> Result<Vec<ClientEvent>, DomainError> {
        if self.status == ClientStatus::Inactive {
            return Err(DomainError::rule("this client is inactive: reactivate it before changing it"));
        }
        let mut errors = FieldErrors::new();
        let name = patch.name.map(|name| check_name(&name, &mut errors));
        let corporate_name =
            text_change("corporate_name", patch.corporate_name, MAX_NAME, text::line, &mut errors);
        let notes = text_change("notes", patch.notes, MAX_NOTES, text::text, &mut errors);
        let address = address_change(patch.address, &mut errors);
        refuse_inactive(patch.status, &mut errors);
        let changed = ClientPatch {
            name: name.filter(|name| *name != self.name),
            corporate_name: corporate_name.against(&self.corporate_name),
            email: patch.email.against(&self.email),
            phone: patch.phone.against(&self.phone),
            address: address.against(&self.address),
            tax_id: patch.tax_id.against(&self.tax_id),
            notes: notes.against(&self.notes),
            status: patch.status.filter(|status| *status != self.status),
            at: patch.at,
        };
        let nothing = changed == ClientPatch { at: patch.at, ..ClientPatch::default() };
        errors.into_result(if nothing { vec![] } else { vec![ClientEvent::Updated(Box::new(changed))] })
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: ClientEvent) {
        self.updated_at = event.at();
        match event {
            ClientEvent::Created(created) => {
                let ClientCreated {
                    number,
                    name,
                    corporate_name,
                    email,
                    phone,
                    address,
                    tax_id,
                    notes,
                    status,
                    at,
                    ..
                } = *created;
                *self = Self {
                    number,
                    name,
                    corporate_name,
                    email,
                    phone,
                    address,
                    tax_id,
                    notes,
                    status,
                    created_at: at,
                    updated_at: at,
                };
            }
            ClientEvent::Updated(patch) => {
                self.name = patch.name.unwrap_or_else(|| std::mem::take(&mut self.name));
                patch.corporate_name.apply(&mut self.corporate_name);
                patch.email.apply(&mut self.email);
                patch.phone.apply(&mut self.phone);
                patch.address.apply(&mut self.address);
                patch.tax_id.apply(&mut self.tax_id);
                patch.notes.apply(&mut self.notes);
                self.status = patch.status.unwrap_or(self.status);
            }
            ClientEvent::Deactivated(_) => self.status = ClientStatus::Inactive,
            ClientEvent::Reactivated(_) => self.status = ClientStatus::Active,
        }
    }
}

fn create(draft: ClientDraft) -> Result<Vec<ClientEvent>, DomainError> {
    let mut errors = FieldErrors::new();
    let created = ClientCreated {
        number: Number::PENDING,
        name: check_name(&draft.name, &mut errors),
        corporate_name: optional_text(
            "corporate_name",
            draft.corporate_name,
            MAX_NAME,
            text::line,
            &mut errors,
        ),
        email: draft.email,
        phone: draft.phone,
        address: optional_address(draft.address, &mut errors),
        tax_id: draft.tax_id,
        notes: optional_text("notes", draft.notes, MAX_NOTES, text::text, &mut errors),
        status: draft.status,
        counted_in: draft.plan,
        at: draft.at,
    };
    refuse_inactive(Some(draft.status), &mut errors);
    errors.into_result(vec![ClientEvent::Created(Box::new(created))])
}

fn check_name(name: &str, errors: &mut FieldErrors) -> String {
    errors.check("name", text::required_line(name, MAX_NAME)).unwrap_or_default()
}

fn refuse_inactive(status: Option<ClientStatus>, errors: &mut FieldErrors) {
    if status == Some(ClientStatus::Inactive) {
        errors.add("status", "must be active or pending; a client becomes inactive by being deactivated");
    }
}
