//! What is done with an invoice on every surface that shows it: sending, cancelling, payments and their reversal. A surface
//! resolves the id, calls one of these, and prints what comes back in its own form.
//!
//! Refusals name fields as the domain does (`due_date`), and as the bodies here do where a body is wrong.

use crate::app::App;
use crate::auth::{Area, Call};
use crate::fields::{Fields, boolean, line, lines, number, parsed};
use crate::findings;
use crate::http::ApiError;
use rust_decimal::Decimal;
use sunledger_commands::{CommandError, Commands, Context, Outcome};
use sunledger_domain::DomainError;
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand};
use sunledger_domain::invoice::{
    Invoice, InvoiceCommand, InvoiceDraft, InvoiceEvent, InvoicePatch, NewPayment, Payment,
};
use sunledger_domain::transaction::{Transaction, TransactionCommand};
use sunledger_domain::value::{CalendarDate, TimeZoneName};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest reason of a cancellation, in characters.
const MAX_REASON: usize = 500;
/// Longest method and reference of a payment, in characters.
const MAX_METHOD: usize = 60;
const MAX_REFERENCE: usize = 200;

/// How an invoice is sent.
#[derive(ToSchema)]
#[schema(as = invoice::Send, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `send` reads it")]
pub struct SendBody {
    /// Whether it goes out by e-mail.
    #[schema(default = false)]
    via_email: Option<bool>,
}

/// Why an invoice is cancelled.
#[derive(ToSchema)]
#[schema(as = invoice::Cancel)]
#[expect(dead_code, reason = "describes the body; `cancel` reads it")]
pub struct CancelBody {
    /// Why.
    #[schema(max_length = 500, example = "Issued twice")]
    reason: Option<String>,
}

/// Money that came in.
#[derive(ToSchema)]
#[schema(as = invoice::NewPayment)]
#[expect(dead_code, reason = "describes the body; `record_payment` reads it")]
pub struct PaymentBody {
    /// How much, in the invoice's currency: above 0, at most its balance.
    #[schema(example = 1500.00, exclusive_minimum = 0)]
    amount: f64,
    /// The day it came in; today where there is none.
    #[schema(format = Date, example = "2024-06-15")]
    date: Option<String>,
    /// How.
    #[schema(max_length = 60, example = "pix")]
    method: Option<String>,
    /// What the bank calls it.
    #[schema(max_length = 200)]
    reference: Option<String>,
}

/// What the rules say of a new invoice, before it is one.
///
/// # Errors
/// Theirs.
pub fn creation(draft: &InvoiceDraft) -> Result<Vec<InvoiceEvent>, DomainError> {
    Invoice::default().decide(InvoiceCommand::Create(Box::new(draft.clone())))
}

/// What the rules say of a change, before it is made.
///
/// # Errors
/// Theirs.
pub fn change(invoice: &Invoice, patch: &InvoicePatch) -> Result<Vec<InvoiceEvent>, DomainError> {
    invoice.decide(InvoiceCommand::Update(Box::new(patch.clone())))
}

/// Issues a draft. The body, a [`SendBody`], may be left out.
///
/// # Errors
/// Those of the body, and of the command.
pub async fn send<A: Area>(app: &App, call: &Call<A>, id: Uuid) -> Result<Outcome<Invoice>, ApiError> {
    let mut fields = Fields::new(call.json_or_empty()?);
    let via_email = fields.optional("viaEmail", boolean).unwrap_or_default();
    fields.finish()?;
    let command = InvoiceCommand::Send { via_email, today: call.today(), at: call.context.now };
    Ok(app.commands.execute::<Invoice>(&call.context, id, command).await?)
}

/// Cancels an invoice. The body, a [`CancelBody`], may be left out.
///
/// # Errors
/// Those of the body, and of the command.
pub async fn cancel<A: Area>(app: &App, call: &Call<A>, id: Uuid) -> Result<Outcome<Invoice>, ApiError> {
    let mut fields = Fields::new(call.json_or_empty()?);
    let reason = fields.optional("reason", lines(MAX_REASON));
    fields.finish()?;
    Ok(cancel_invoice(&app.commands, &call.context, id, reason).await?)
}

/// Cancels an invoice and, where it is an energy invoice, frees the month of its consumer unit: its discounts, charges and
/// credits are as if the month had not been billed, and another bill can be handed in for it. The one way in which any
/// surface may cancel.
///
/// # Errors
/// The command's.
pub async fn cancel_invoice(
    commands: &Commands,
    context: &Context,
    id: Uuid,
    reason: Option<String>,
) -> Result<Outcome<Invoice>, CommandError> {
    let at = context.now;
    let work = commands.unit(context, |unit| {
        let reason = reason.clone();
        Box::pin(async move {
            unit.handle::<Invoice>(id, InvoiceCommand::Cancel { reason, at }).await?;
            let invoice = unit.get::<Invoice>(id).await?;
            if let Some(energy) = &invoice.energy {
                let freed = ConsumerUnitCommand::CancelBill { invoice_id: id, at };
                unit.handle::<ConsumerUnit>(energy.consumer_unit_id, freed).await?;
            }
            Ok(())
        })
    });
    work.await?.one::<Invoice>("invoice")
}

/// Records the payment that the body, a [`PaymentBody`], tells of; `day` reads its date as the surface does. What was
/// recorded is [`last_payment`].
///
/// # Errors
/// Those of the body, and of the command.
pub async fn record_payment<A: Area>(
    app: &App,
    call: &Call<A>,
    id: Uuid,
    day: fn(&str, &TimeZoneName) -> Result<CalendarDate, &'static str>,
) -> Result<Outcome<Invoice>, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let today = call.today();
    let date = |value| parsed(|text| day(text, &call.profile.time_zone))(value);
    let payment = NewPayment {
        payment_id: app.commands.new_id(),
        amount: fields.required("amount", number(Ok::<Decimal, String>)),
        date: fields.optional("date", date).unwrap_or(today),
        method: fields.optional("method", line(MAX_METHOD)),
        reference: fields.optional("reference", line(MAX_REFERENCE)),
        today,
        at: call.context.now,
    };
    let command = InvoiceCommand::RecordPayment(Box::new(payment));
    let decide = |invoice: &Invoice| Ok(invoice.decide(command.clone())?);
    findings::rules(app, &call.tenant, &mut fields, id, &[], decide).await?;
    fields.finish()?;
    Ok(app.commands.execute::<Invoice>(&call.context, id, command).await?)
}

/// The payment that was just recorded: the last one, also where the answer is given again, since the state is then the
/// one right after it.
///
/// # Errors
/// 500 where there is none.
pub fn last_payment(invoice: &Invoice) -> Result<&Payment, ApiError> {
    invoice.payments.last().ok_or_else(|| ApiError::internal("a payment left no trace"))
}

/// Takes a payment back; `payment` is the path's text. Where a transaction is that payment, it is deleted with it.
///
/// # Errors
/// 404 for a text that is no UUID; else the command's.
pub async fn reverse_payment<A: Area>(
    app: &App,
    call: &Call<A>,
    id: Uuid,
    payment: &str,
) -> Result<Outcome<Invoice>, ApiError> {
    let payment_id = Uuid::try_parse(payment).map_err(|_| ApiError::not_found("payment"))?;
    let (today, at) = (call.today(), call.context.now);
    let work = app.commands.unit(&call.context, |unit| {
        Box::pin(async move {
            unit.handle::<Invoice>(id, InvoiceCommand::ReversePayment { payment_id, today, at }).await?;
            if unit.find::<Transaction>("transaction", payment_id).await?.is_some() {
                unit.handle::<Transaction>(payment_id, TransactionCommand::Delete { at }).await?;
            }
            Ok(())
        })
    });
    Ok(work.await?.one::<Invoice>("invoice")?)
}
