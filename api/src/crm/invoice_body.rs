//! What the bodies of `/v1/invoices` may say.

use super::projects::PROJECT_ID;
use crate::fields::{Fields, line, lines, number, one_of, parsed};
use crate::http::ids::{AnyId, any_id};
use rust_decimal::Decimal;
use sunledger_commands::Context;
use sunledger_domain::invoice::{InvoiceDraft, LineDraft, MAX_LINES};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::money::round_minor;
use sunledger_domain::value::{CalendarDate, Competence, Currency, Percent, Quantity, UnitPrice};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest description of an item, notes, number of an invoice, in characters.
const MAX_DESCRIPTION: usize = 1_000;
const MAX_TEXT: usize = 5_000;
const MAX_NUMBER: usize = 60;
/// Decimals of a unit price at most.
const PRICE_DECIMALS: u32 = 6;

/// The field that names the client, as it is written.
pub(super) const CLIENT_ID: &str = "clientId";

/// A new invoice.
#[derive(ToSchema)]
#[schema(as = crm::NewInvoice, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewInvoice {
    /// The client's UUID or number.
    #[schema(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: String,
    /// The UUID or number of one of the client's projects.
    #[schema(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    project_id: Option<String>,
    /// What is billed.
    #[schema(min_items = 1, max_items = 1000)]
    items: Vec<NewItem>,
    /// Until when it is to be paid.
    #[schema(format = Date, example = "2024-07-01")]
    due_date: String,
    /// A word to the client.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// `draft` for one that is not issued yet; `sent` where there is none.
    #[schema(default = "sent", example = "draft", pattern = "^(draft|sent)$")]
    status: Option<String>,
    /// The date it bears: today, or the due date where that is past.
    #[schema(format = Date, example = "2024-06-01")]
    issue_date: Option<String>,
    /// Its number; the next of the tenant's series where there is none.
    #[schema(max_length = 60, example = "INV-0042")]
    invoice_number: Option<String>,
}

/// One of the things that are billed: its `unitPrice` or its `amount` is needed.
#[derive(ToSchema)]
#[schema(as = crm::NewItem, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `item` reads it")]
pub(super) struct NewItem {
    /// What it is.
    #[schema(max_length = 1000, example = "Painel 550 W")]
    description: String,
    /// How much of it, above 0.
    #[schema(default = 1, example = 12)]
    quantity: Option<f64>,
    /// What one costs, before tax.
    #[schema(minimum = 0, example = 899.90)]
    unit_price: Option<f64>,
    /// What all of it costs, before tax. Where `unitPrice` is given too, both must say the same.
    #[schema(minimum = 0, example = 10798.80)]
    amount: Option<f64>,
    /// Tax in percent.
    #[schema(minimum = 0, maximum = 100, default = 0, example = 10)]
    tax_rate: Option<f64>,
}

/// A [`NewInvoice`] as read. Who is billed, and for which project, the caller finds out.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// `clientId`.
    pub(super) client: Option<AnyId>,
    /// `projectId`.
    pub(super) project: Option<AnyId>,
    /// The rest.
    pub(super) invoice: InvoiceDraft,
}

/// The fields that rules compare with others.
pub(super) const COMPARED: [(&str, &[&str]); 1] = [("dueDate", &["issueDate"])];

/// Reads a [`NewInvoice`].
pub(super) fn draft(fields: &mut Fields, profile: &Tenant, context: &Context) -> Draft {
    let today = profile.time_zone.today(context.now);
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &profile.time_zone))(value);
    let client = fields.required(CLIENT_ID, |value| any_id(value).map(Some));
    let project = fields.optional(PROJECT_ID, any_id);
    let currency = profile.currency;
    let due_date: CalendarDate = fields.required("dueDate", date);
    let invoice = InvoiceDraft {
        client_id: Uuid::nil(),
        project_id: None,
        invoice_number: fields.optional("invoiceNumber", line(MAX_NUMBER)),
        series: profile.invoice_series.clone(),
        currency,
        // Bills of the past are taken in too: their document has no issue date, and one after the due date is none.
        issue_date: fields.optional("issueDate", date).unwrap_or(today.min(due_date)),
        due_date,
        lines: fields.objects("items", MAX_LINES, |fields| item(fields, currency)),
        discount: None,
        notes: fields.optional("notes", lines(MAX_TEXT)),
        terms: None,
        issue: fields.optional("status", one_of(&[("draft", false), ("sent", true)])).unwrap_or(true),
        plan: Some(profile.plan.invoice_slot(Competence::of(today))),
        today,
        at: context.now,
    };
    Draft { client, project, invoice }
}

fn item(fields: &mut Fields, currency: Currency) -> LineDraft {
    let description = fields.required("description", lines(MAX_DESCRIPTION));
    let quantity = fields.optional("quantity", number(Quantity::new)).map_or(Decimal::ONE, Quantity::get);
    let unit_price = fields.optional("unitPrice", number(UnitPrice::new)).map(UnitPrice::get);
    let amount = fields.optional("amount", number(UnitPrice::new)).map(UnitPrice::get);
    let tax_rate = fields.optional("taxRate", number(Percent::new)).unwrap_or_default().get();
    let is_wrong = |fields: &Fields, names: &[&str]| names.iter().any(|name| fields.is_wrong(name));
    let unit_price = match (unit_price, amount) {
        (None, None) if is_wrong(fields, &["unitPrice", "amount"]) => Decimal::ZERO,
        (None, None) => fields.required("unitPrice", number(UnitPrice::new)).get(),
        (Some(price), None) => price,
        (_, Some(_)) if is_wrong(fields, &["unitPrice", "quantity"]) => Decimal::ZERO,
        (price, Some(amount)) => match price.or_else(|| price_of_one(amount, quantity)) {
            Some(price) if makes(price, quantity, amount, currency) => price,
            _ => {
                fields.refuse("amount", "is not quantity times unitPrice");
                Decimal::ZERO
            }
        },
    };
    LineDraft { description, quantity, unit_price, tax_rate }
}

/// What one costs where so many cost `amount`; a quantity is above 0.
fn price_of_one(amount: Decimal, quantity: Decimal) -> Option<Decimal> {
    Some(amount.checked_div(quantity)?.round_dp(PRICE_DECIMALS))
}

/// Whether so many at this price come to the amount, to the minor unit.
fn makes(price: Decimal, quantity: Decimal, amount: Decimal, currency: Currency) -> bool {
    price
        .checked_mul(quantity)
        .is_some_and(|exact| round_minor(exact, currency) == round_minor(amount, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use sunledger_domain::TenantId;

    fn read(body: Value) -> Result<Draft, String> {
        let Value::Object(map) = body else { panic!("no object") };
        let context =
            Context::system(TenantId::new("acme").unwrap(), "test", "2026-11-21T01:30:00Z".parse().unwrap());
        let mut fields = Fields::new(map);
        let draft = draft(&mut fields, &Tenant::default(), &context);
        fields.finish().map(|()| draft).map_err(|error| crate::crm::refusal(error).message.into_owned())
    }

    fn with(change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({"clientId": 1, "dueDate": "2026-12-21", "items": [{"description": "Panel", "unitPrice": 125.00}]});
        change(&mut body);
        body
    }

    fn item_of(item: Value) -> Result<LineDraft, String> {
        read(with(|body| body["items"] = json!([item]))).map(|mut draft| draft.invoice.lines.remove(0))
    }

    #[test]
    fn little_is_needed() {
        let draft = read(with(|_| ())).unwrap();
        assert_eq!((draft.client, draft.project), (Some(AnyId::Number(1)), None));
        let invoice = draft.invoice;
        assert_eq!(invoice.issue_date.to_string(), "2026-11-20", "today, where the company is");
        assert!(invoice.issue && invoice.notes.is_none());
        assert_eq!((invoice.lines[0].quantity, invoice.lines[0].tax_rate), (Decimal::ONE, Decimal::ZERO));
        assert!(!read(with(|body| body["status"] = json!("draft"))).unwrap().invoice.issue);
    }

    #[test]
    fn an_old_due_date_is_the_issue_date_too() {
        let draft = read(with(|body| body["dueDate"] = json!("2024-02-15T10:00:00Z"))).unwrap();
        assert_eq!(draft.invoice.issue_date, draft.invoice.due_date);
        assert_eq!(draft.invoice.due_date.to_string(), "2024-02-15");
    }

    #[test]
    fn an_item_has_a_price_or_an_amount() {
        let price = |item: Value| item_of(item).map(|line| line.unit_price.to_string());
        assert_eq!(price(json!({"description": "a", "amount": 1500.00})), Ok("1500".to_owned()));
        assert_eq!(
            price(json!({"description": "a", "quantity": 3, "amount": 100})),
            Ok("33.333333".to_owned())
        );
        assert_eq!(
            price(json!({"description": "a", "quantity": 2, "unitPrice": 50, "amount": 100})),
            Ok("50".to_owned())
        );
        for (item, wrong) in [
            (json!({"description": "a"}), "Missing required field: items[0].unitPrice"),
            (
                json!({"description": "a", "quantity": 2, "unitPrice": 50, "amount": 99.99}),
                "items[0].amount: is not quantity times unitPrice",
            ),
            (
                json!({"description": "a", "quantity": 1_000_000_000, "amount": 0.01}),
                "items[0].amount: is not quantity times unitPrice",
            ),
            (json!({"description": "a", "amount": -1}), "items[0].amount: "),
            (json!({"description": "a", "amount": "1"}), "items[0].amount: must be a number"),
            (json!({"description": "a", "quantity": 0, "amount": 1}), "items[0].quantity: "),
        ] {
            let error = item_of(item).map(|line| line.unit_price).unwrap_err();
            assert!(error.contains(wrong), "{wrong} in {error}");
            assert_eq!(error.matches("items[0]").count(), 1, "{error}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let error = read(json!({
            "projectId": "x", "dueDate": "soon", "items": [{"quantity": 1}, 7], "status": "paid", "notes": 1,
        }))
        .unwrap_err();
        for name in [
            "clientId",
            "projectId",
            "dueDate",
            "items[0].description",
            "items[0].unitPrice",
            "items[1]",
            "status",
            "notes",
        ] {
            assert!(error.contains(name), "{name} in {error}");
        }
    }
}
