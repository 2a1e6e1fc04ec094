//! What the bodies of `/api/v2/transactions` may say.

use super::read::amount;
use super::references::{References, id, stands};
use crate::fields::{Fields, lines, one_of, parsed};
use crate::findings;
use crate::http::ApiError;
use crate::http::ids::{AnyId, any_id};
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::DomainError;
use sunledger_domain::record::{ACCOUNT, CATEGORY};
use sunledger_domain::reference::Reference;
use sunledger_domain::transaction::{
    Booking, Direction, NewTransaction, Transaction, TransactionCommand, TransactionPatch,
};
use sunledger_domain::value::{CalendarDate, Change};
use utoipa::ToSchema;
use uuid::Uuid;

const ACCOUNT_ID: &str = "account_id";
const CATEGORY_ID: &str = "category_id";
pub(super) const INVOICE_ID: &str = "invoice_id";
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 1_000;

/// What each way of the money is called here.
pub(super) const TYPES: [(&str, Direction); 2] =
    [("Income", Direction::Income), ("Expense", Direction::Expense)];

/// A new transaction.
#[derive(ToSchema)]
#[schema(as = backoffice::NewTransaction)]
#[expect(dead_code, reason = "describes the body; `new` reads it")]
pub(super) struct TransactionBody {
    /// `Income` or `Expense`.
    #[schema(example = "Income", pattern = "^(Income|Expense)$")]
    r#type: String,
    /// The account's number or UUID.
    #[schema(example = 1, minimum = 1)]
    account_id: i64,
    /// How much; above 0.
    #[schema(example = 1500.00, exclusive_minimum = 0)]
    amount: f64,
    /// The category's number or UUID.
    #[schema(example = 1, minimum = 1)]
    category_id: Option<i64>,
    /// What it was.
    #[schema(max_length = 1000, example = "Website Development Payment")]
    description: Option<String>,
    /// The day; today where there is none.
    #[schema(format = Date, example = "2024-01-15")]
    date: Option<String>,
    /// The number or UUID of the invoice that an `Income` pays: it is a payment of that invoice then, in its currency, and
    /// up to its balance.
    #[schema(example = 1, minimum = 1)]
    invoice_id: Option<i64>,
}

/// What changes in a transaction: what is absent stays, `null` empties. Of a payment of an invoice, type, amount and date stay.
#[derive(ToSchema)]
#[schema(as = backoffice::TransactionChange)]
#[expect(dead_code, reason = "describes the body; `patch` reads it")]
pub(super) struct TransactionChange {
    /// `Income` or `Expense`.
    #[schema(example = "Expense", nullable = false, pattern = "^(Income|Expense)$")]
    r#type: Option<String>,
    /// Another account.
    #[schema(example = 1, nullable = false, minimum = 1)]
    account_id: Option<i64>,
    /// Another amount.
    #[schema(example = 1250.00, nullable = false, exclusive_minimum = 0)]
    amount: Option<f64>,
    /// Another category, or none.
    #[schema(example = 1, minimum = 1)]
    category_id: Option<i64>,
    /// Another description, or none.
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Another day.
    #[schema(format = Date, nullable = false)]
    date: Option<String>,
}

/// Reads a [`TransactionBody`], with everything that is wrong with it.
///
/// # Errors
/// 400 naming every wrong field; the store's.
pub(super) async fn new(mut fields: Fields, references: &References<'_>) -> Result<NewTransaction, ApiError> {
    let call = references.call;
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &call.profile.time_zone))(value);
    let booking = Booking {
        direction: fields.required("type", one_of(&TYPES)),
        amount: fields.required("amount", amount),
        date: fields.optional("date", date).unwrap_or(call.today()),
    };
    let account = fields.required(ACCOUNT_ID, id);
    let category = fields.optional(CATEGORY_ID, any_id);
    let invoice = fields.optional(INVOICE_ID, any_id);
    let description = fields.optional("description", lines(MAX_DESCRIPTION));
    let account = references.record(&mut fields, ACCOUNT_ID, &ACCOUNT, account).await?;
    let category = references.record(&mut fields, CATEGORY_ID, &CATEGORY, category).await?;
    let invoice = references.invoice(&mut fields, INVOICE_ID, invoice).await?;
    let new = NewTransaction {
        booking,
        currency: invoice.as_ref().map_or(call.profile.currency, |view| view.state.currency),
        account: account.unwrap_or_default(),
        category,
        description,
        invoice: invoice.map(|view| Reference { id: view.id, number: view.number }),
        at: call.context.now,
    };
    // What the domain says of the fields belongs with the rest; what a wrong field left behind has its own message.
    let command = TransactionCommand::Create(Box::new(new.clone()));
    if let Err(DomainError::Invalid(wrong)) = Transaction::default().decide(command) {
        fields.refuse_all("", wrong);
    }
    fields.finish()?;
    Ok(new)
}

/// A [`TransactionChange`] as read.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    pub(super) patch: TransactionPatch,
    /// The invoice that the body names: it can only be the one that it is.
    invoice: Change<Uuid>,
}

/// Reads a [`TransactionChange`].
///
/// # Errors
/// 400 naming every wrong field; the store's.
pub(super) async fn patch(
    mut fields: Fields,
    references: &References<'_>,
    id: Uuid,
) -> Result<Changes, ApiError> {
    let call = references.call;
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &call.profile.time_zone))(value);
    let patch = TransactionPatch {
        direction: fields.replacement("type", one_of(&TYPES)),
        amount: fields.replacement("amount", amount),
        date: fields.replacement("date", date),
        account: None,
        category: Change::Keep,
        description: fields.change("description", lines(MAX_DESCRIPTION)),
        at: call.context.now,
    };
    let account = fields.replacement(ACCOUNT_ID, any_id);
    let category = fields.change(CATEGORY_ID, any_id);
    let invoice = fields.change(INVOICE_ID, any_id);
    let account = references.record(&mut fields, ACCOUNT_ID, &ACCOUNT, account).await?;
    let named = references.record(&mut fields, CATEGORY_ID, &CATEGORY, value(category)).await?;
    let found = references.invoice(&mut fields, INVOICE_ID, value(invoice)).await?;
    let decide = |transaction: &Transaction| {
        Ok(transaction.decide(TransactionCommand::Update(Box::new(patch.clone())))?)
    };
    findings::rules(references.app, &call.tenant, &mut fields, id, &[], decide).await?;
    fields.finish()?;
    let category = if category == Change::Clear { Change::Clear } else { kept_or(named) };
    let invoice = if invoice == Change::Clear { Change::Clear } else { kept_or(found.map(|view| view.id)) };
    Ok(Changes { patch: TransactionPatch { account, category, ..patch }, invoice })
}

fn value(change: Change<AnyId>) -> Option<AnyId> {
    change.value().copied()
}

fn kept_or<T>(found: Option<T>) -> Change<T> {
    found.map_or(Change::Keep, Change::Set)
}

impl Changes {
    /// Refuses to make of a transaction a payment of another invoice, or of none.
    pub(super) fn check_invoice(&self, transaction: &Transaction) -> Result<(), DomainError> {
        let current = transaction.invoice.map(|invoice| invoice.id);
        match &self.invoice {
            Change::Keep => Ok(()),
            Change::Clear if current.is_none() => Ok(()),
            Change::Set(id) if current == Some(*id) => Ok(()),
            Change::Clear | Change::Set(_) => Err(DomainError::rule(
                "which invoice a transaction pays cannot be changed: delete it, and record it anew",
            )),
        }
    }
}

/// Makes sure that account and category are there, and still are when the unit is written.
pub(super) async fn all_stand(
    unit: &mut Unit,
    account: Option<Reference>,
    category: Option<Reference>,
) -> Result<(), CommandError> {
    if let Some(account) = account {
        stands(unit, ACCOUNT_ID, &ACCOUNT, account).await?;
    }
    match category {
        Some(category) => stands(unit, CATEGORY_ID, &CATEGORY, category).await,
        None => Ok(()),
    }
}
