//! What the bodies of `/api/v2/invoices` may say.

use super::read::amount;
use crate::fields::{Fields, line, lines, number, one_of, parsed};
use crate::http::ids::{AnyId, any_id};
use rust_decimal::Decimal;
use sunledger_commands::Context;
use sunledger_domain::invoice::{InvoiceDraft, InvoicePatch, LineDraft, MAX_LINES};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{CalendarDate, Competence, Currency, Percent, Quantity};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest description of an item, notes, number of an invoice, in characters.
const MAX_DESCRIPTION: usize = 1_000;
const MAX_TEXT: usize = 5_000;
const MAX_NUMBER: usize = 60;

/// A new invoice.
#[derive(ToSchema)]
#[schema(as = backoffice::NewInvoice)]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewInvoice {
    /// The customer's number or UUID.
    #[schema(example = 1, minimum = 1)]
    customer_id: i64,
    /// The date it bears; today where there is none.
    #[schema(format = Date, example = "2024-01-15")]
    date: Option<String>,
    /// Until when it is to be paid; not before its date.
    #[schema(format = Date, example = "2024-02-15")]
    due_date: String,
    /// What is billed.
    #[schema(min_items = 1, max_items = 1000)]
    items: Vec<NewItem>,
    /// A word to the customer.
    #[schema(max_length = 5000, example = "Payment due within 30 days")]
    notes: Option<String>,
    /// `draft` where it is not to be issued yet; else it is.
    #[schema(example = "draft", pattern = "^(draft|sent|Unpaid)$")]
    status: Option<String>,
    /// Its number; the next of the tenant's series where there is none.
    #[schema(max_length = 60, example = "INV-2024-001")]
    invoice_number: Option<String>,
    /// ISO 4217 code; the tenant's currency where there is none.
    #[schema(example = "USD")]
    currency: Option<String>,
}

/// One of the things that are billed.
#[derive(ToSchema)]
#[schema(as = backoffice::NewItem)]
#[expect(dead_code, reason = "describes the body; `item` reads it")]
pub(super) struct NewItem {
    /// What it is.
    #[schema(max_length = 1000, example = "Web Development")]
    description: String,
    /// What one costs, before tax; above 0.
    #[schema(example = 1500.00, exclusive_minimum = 0)]
    amount: f64,
    /// How much of it, above 0.
    #[schema(default = 1, example = 1)]
    qty: Option<f64>,
    /// Tax in percent.
    #[schema(minimum = 0, maximum = 100, default = 0, example = 10)]
    tax_rate: Option<f64>,
}

/// What changes in a draft: what is absent stays, `null` empties. Items are replaced all at once.
#[derive(ToSchema)]
#[schema(as = backoffice::InvoiceChange)]
#[expect(dead_code, reason = "describes the body; `patch` reads it")]
pub(super) struct InvoiceChange {
    /// Another customer.
    #[schema(example = 1, nullable = false, minimum = 1)]
    customer_id: Option<i64>,
    /// Another date.
    #[schema(format = Date, nullable = false)]
    date: Option<String>,
    /// Another due date.
    #[schema(format = Date, example = "2024-03-15", nullable = false)]
    due_date: Option<String>,
    /// Other items.
    #[schema(min_items = 1, max_items = 1000, nullable = false)]
    items: Option<Vec<NewItem>>,
    /// Other notes.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// Another number.
    #[schema(max_length = 60, nullable = false)]
    invoice_number: Option<String>,
    /// Another currency.
    #[schema(nullable = false)]
    currency: Option<String>,
}

/// The field that names the customer.
pub(super) const CUSTOMER_ID: &str = "customer_id";
/// The fields that rules compare with others.
pub(super) const COMPARED: [(&str, &[&str]); 2] = [("due_date", &["date"]), ("items", &["currency"])];

/// Reads a [`NewInvoice`]. Its client is still nobody: the caller finds out whom `customer_id` names.
pub(super) fn draft(
    fields: &mut Fields,
    profile: &Tenant,
    context: &Context,
) -> (Option<AnyId>, InvoiceDraft) {
    let today = profile.time_zone.today(context.now);
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &profile.time_zone))(value);
    let due_date: CalendarDate = fields.required("due_date", date);
    let customer = fields.required(CUSTOMER_ID, |value| any_id(value).map(Some));
    // What an issued invoice is called here is taken too: who reads an invoice and sends it back means just that.
    let issue = one_of(&[("draft", false), ("sent", true), ("Unpaid", true)]);
    let draft = InvoiceDraft {
        client_id: Uuid::nil(),
        project_id: None,
        invoice_number: fields.optional("invoice_number", line(MAX_NUMBER)),
        series: profile.invoice_series.clone(),
        currency: fields.optional("currency", parsed(Currency::parse)).unwrap_or(profile.currency),
        // Who sends in a bill of the past without its date means no date after the one on which it was due.
        issue_date: fields.optional("date", date).unwrap_or(today.min(due_date)),
        due_date,
        lines: fields.objects("items", MAX_LINES, item),
        discount: None,
        notes: fields.optional("notes", lines(MAX_TEXT)),
        terms: None,
        issue: fields.optional("status", issue).unwrap_or(true),
        plan: Some(profile.plan.invoice_slot(Competence::of(today))),
        today,
        at: context.now,
    };
    (customer, draft)
}

/// Reads an [`InvoiceChange`], but for its customer.
pub(super) fn patch(
    fields: &mut Fields,
    profile: &Tenant,
    context: &Context,
) -> (Option<AnyId>, InvoicePatch) {
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &profile.time_zone))(value);
    let customer = fields.replacement(CUSTOMER_ID, any_id);
    let patch = InvoicePatch {
        invoice_number: fields.replacement("invoice_number", line(MAX_NUMBER)),
        currency: fields.replacement("currency", parsed(Currency::parse)),
        issue_date: fields.replacement("date", date),
        due_date: fields.replacement("due_date", date),
        lines: fields.objects_replacement("items", MAX_LINES, item),
        notes: fields.change("notes", lines(MAX_TEXT)),
        at: context.now,
        ..InvoicePatch::default()
    };
    (customer, patch)
}

/// Reads a [`NewItem`]: of a quote too.
pub(super) fn item(fields: &mut Fields) -> LineDraft {
    LineDraft {
        description: fields.required("description", lines(MAX_DESCRIPTION)),
        quantity: fields.optional("qty", number(Quantity::new)).map_or(Decimal::ONE, Quantity::get),
        unit_price: fields.required("amount", amount),
        tax_rate: fields.optional("tax_rate", number(Percent::new)).unwrap_or_default().get(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use sunledger_domain::{DomainError, TenantId};

    fn context() -> Context {
        Context::system(TenantId::new("acme").unwrap(), "test", "2026-11-21T01:30:00Z".parse().unwrap())
    }

    fn read(body: Value) -> Result<InvoiceDraft, Vec<String>> {
        let mut fields = Fields::new(body.as_object().unwrap().clone());
        let (_, draft) = draft(&mut fields, &Tenant::default(), &context());
        fields.finish().map(|()| draft).map_err(|error| match error {
            DomainError::Invalid(errors) => {
                errors.iter().map(|(field, message)| format!("{field}: {message}")).collect()
            }
            other => vec![other.to_string()],
        })
    }

    /// The sample of the document.
    fn sample() -> Value {
        json!({
            "customer_id": 1, "date": "2024-01-15", "due_date": "2024-02-15", "notes": "Payment due within 30 days",
            "items": [{"description": "Web Development", "amount": 1500.00, "qty": 1}],
        })
    }

    #[test]
    fn the_sample_is_an_issued_invoice_of_its_own_past_date() {
        let draft = read(sample()).unwrap();
        assert_eq!(
            (draft.issue_date.to_string(), draft.due_date.to_string()),
            ("2024-01-15".into(), "2024-02-15".into())
        );
        assert!(draft.issue);
        assert_eq!(draft.lines[0].unit_price, Decimal::from(1500));
        assert_eq!(draft.lines[0].tax_rate, Decimal::ZERO);
    }

    #[test]
    fn what_was_due_in_the_past_is_not_dated_today() {
        let mut body = sample();
        let _ = body.as_object_mut().unwrap().remove("date");
        assert_eq!(read(body.clone()).unwrap().issue_date.to_string(), "2024-02-15");
        body["due_date"] = json!("2026-12-21");
        assert_eq!(read(body).unwrap().issue_date.to_string(), "2026-11-20", "today, where the company is");
    }

    #[test]
    fn a_draft_says_that_it_is_one() {
        let issued = |status: Value| {
            let mut body = sample();
            body["status"] = status;
            read(body).map(|draft| draft.issue)
        };
        assert_eq!(
            (issued(json!("draft")), issued(json!("Unpaid")), issued(json!(null))),
            (Ok(false), Ok(true), Ok(true))
        );
        assert_eq!(issued(json!("Paid")), Err(vec!["status: must be one of draft, sent, Unpaid".to_owned()]));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = read(json!({
            "customer_id": "x", "date": "soon", "items": [{"amount": 0, "qty": 0, "tax_rate": 101}, {"description": "a"}],
        }));
        assert_eq!(
            wrong.unwrap_err(),
            [
                "customer_id: must be a UUID or a number",
                "date: must be a date (YYYY-MM-DD) or an ISO 8601 time, from 1900 to 2199",
                "due_date: Missing required field",
                "items[0].amount: Amount must be greater than 0",
                "items[0].description: Missing required field",
                "items[0].qty: must be a number above 0, at most 1000000000, with at most 6 decimals",
                "items[0].tax_rate: must be a number from 0 to 100 with at most 6 decimals",
                "items[1].amount: Missing required field",
            ]
        );
    }
}
