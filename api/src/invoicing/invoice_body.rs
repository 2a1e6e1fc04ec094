//! What the bodies of `/api/v1/invoices` may say.

use crate::fields::{Fields, line, lines, number, one_of, parsed};
use crate::http::ids::{AnyId, any_id};
use rust_decimal::Decimal;
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::invoice::{Discount, InvoiceDraft, InvoicePatch, LineDraft, MAX_LINES};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{CalendarDate, Change, Competence, Currency, Percent, Quantity, UnitPrice};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest description of a line, notes and terms, number of an invoice, in characters.
const MAX_DESCRIPTION: usize = 1_000;
const MAX_TEXT: usize = 5_000;
const MAX_NUMBER: usize = 60;

/// A new invoice.
#[derive(ToSchema)]
#[schema(as = invoicing::NewInvoice, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewInvoice {
    /// The client's UUID or number.
    #[schema(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: String,
    /// Its number; the next of the tenant's series where there is none.
    #[schema(max_length = 60, example = "INV-0042")]
    invoice_number: Option<String>,
    /// ISO 4217 code; the tenant's currency where there is none.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// The date it bears; today where there is none.
    #[schema(format = Date, example = "2024-06-01")]
    issue_date: Option<String>,
    /// Until when it is to be paid; not before the issue date.
    #[schema(format = Date, example = "2024-07-01")]
    due_date: String,
    /// What is billed.
    #[schema(min_items = 1, max_items = 1000)]
    line_items: Vec<NewLineItem>,
    /// What is taken off the subtotal: an amount, or an object of `type` and `value`.
    #[schema(value_type = Option<NewDiscount>)]
    discount: Option<Value>,
    /// A word to the client.
    #[schema(max_length = 5000, example = "Thank you for your business")]
    notes: Option<String>,
    /// Terms of payment.
    #[schema(max_length = 5000, example = "Payment due within 30 days")]
    terms: Option<String>,
}

/// One of the things that are billed.
#[derive(ToSchema)]
#[schema(as = invoicing::NewLineItem, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `line_item` reads it")]
pub(super) struct NewLineItem {
    /// What it is.
    #[schema(max_length = 1000, example = "Web Development")]
    description: String,
    /// How much of it, above 0.
    #[schema(default = 1, example = 40)]
    quantity: Option<f64>,
    /// What one costs, before tax.
    #[schema(minimum = 0, example = 125.00)]
    unit_price: f64,
    /// Tax in percent.
    #[schema(minimum = 0, maximum = 100, default = 0, example = 10)]
    tax_rate: Option<f64>,
}

/// What is taken off the subtotal.
#[derive(ToSchema)]
#[schema(as = invoicing::NewDiscount)]
#[expect(dead_code, reason = "describes the body; `discount` reads it")]
pub(super) struct NewDiscount {
    /// `amount`, or `percent` of the subtotal.
    #[schema(example = "percent", pattern = "^(amount|percent)$")]
    r#type: String,
    /// The amount, or the percentage.
    #[schema(minimum = 0, example = 5)]
    value: f64,
}

/// What changes in a draft: what is absent stays, `null` empties. Line items are replaced all at once.
#[derive(ToSchema)]
#[schema(as = invoicing::InvoiceChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `patch` reads it")]
pub(super) struct InvoiceChange {
    /// Another client.
    #[schema(
        nullable = false,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    client_id: Option<String>,
    /// Another number.
    #[schema(max_length = 60, nullable = false)]
    invoice_number: Option<String>,
    /// Another currency.
    #[schema(nullable = false)]
    currency: Option<String>,
    /// Another date.
    #[schema(format = Date, nullable = false)]
    issue_date: Option<String>,
    /// Another due date.
    #[schema(format = Date, example = "2024-07-15", nullable = false)]
    due_date: Option<String>,
    /// Other line items.
    #[schema(min_items = 1, max_items = 1000, nullable = false)]
    line_items: Option<Vec<NewLineItem>>,
    /// Another discount, or none.
    #[schema(value_type = Option<NewDiscount>)]
    discount: Option<Value>,
    /// Other notes.
    #[schema(max_length = 5000, example = "Updated scope")]
    notes: Option<String>,
    /// Other terms.
    #[schema(max_length = 5000)]
    terms: Option<String>,
}

/// The field that names the client, as it was written.
pub(super) const CLIENT_ID: &str = "clientId";
/// The fields that rules compare with others.
pub(super) const COMPARED: [(&str, &[&str]); 3] =
    [("dueDate", &["issueDate"]), ("lineItems", &["currency"]), ("discount", &["lineItems", "currency"])];

/// Reads a [`NewInvoice`]. Its client is still nobody: the caller finds out which one `clientId` names.
pub(super) fn draft(
    fields: &mut Fields,
    profile: &Tenant,
    context: &Context,
) -> (Option<AnyId>, InvoiceDraft) {
    let today = profile.time_zone.today(context.now);
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &profile.time_zone))(value);
    let client = fields.required(CLIENT_ID, |value| any_id(value).map(Some));
    let draft = InvoiceDraft {
        client_id: Uuid::nil(),
        project_id: None,
        invoice_number: fields.optional("invoiceNumber", line(MAX_NUMBER)),
        series: profile.invoice_series.clone(),
        currency: fields.optional("currency", parsed(Currency::parse)).unwrap_or(profile.currency),
        issue_date: fields.optional("issueDate", date).unwrap_or(today),
        due_date: fields.required("dueDate", date),
        lines: fields.objects("lineItems", MAX_LINES, line_item),
        discount: discount(fields).value().copied(),
        notes: fields.optional("notes", lines(MAX_TEXT)),
        terms: fields.optional("terms", lines(MAX_TEXT)),
        issue: false,
        plan: Some(profile.plan.invoice_slot(Competence::of(today))),
        today,
        at: context.now,
    };
    (client, draft)
}

/// Reads an [`InvoiceChange`], but for its client.
pub(super) fn patch(
    fields: &mut Fields,
    profile: &Tenant,
    context: &Context,
) -> (Option<AnyId>, InvoicePatch) {
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &profile.time_zone))(value);
    let client = fields.replacement(CLIENT_ID, any_id);
    let patch = InvoicePatch {
        client_id: None,
        project_id: Change::Keep,
        invoice_number: fields.replacement("invoiceNumber", line(MAX_NUMBER)),
        currency: fields.replacement("currency", parsed(Currency::parse)),
        issue_date: fields.replacement("issueDate", date),
        due_date: fields.replacement("dueDate", date),
        lines: fields.objects_replacement("lineItems", MAX_LINES, line_item),
        discount: discount(fields),
        notes: fields.change("notes", lines(MAX_TEXT)),
        terms: fields.change("terms", lines(MAX_TEXT)),
        at: context.now,
    };
    (client, patch)
}

fn line_item(fields: &mut Fields) -> LineDraft {
    LineDraft {
        description: fields.required("description", lines(MAX_DESCRIPTION)),
        quantity: fields.optional("quantity", number(Quantity::new)).map_or(Decimal::ONE, Quantity::get),
        unit_price: fields.required("unitPrice", number(UnitPrice::new)).get(),
        tax_rate: fields.optional("taxRate", number(Percent::new)).unwrap_or_default().get(),
    }
}

fn discount(fields: &mut Fields) -> Change<Discount> {
    const NAME: &str = "discount";
    if !fields.has(NAME) {
        return Change::Keep;
    }
    match fields.take(NAME) {
        None => Change::Clear,
        Some(Value::Object(map)) => fields.inside(NAME, map, |fields| {
            let percent = fields.required("type", one_of(&[("amount", false), ("percent", true)]));
            Change::Set(if percent {
                Discount::Percent(fields.required("value", number(Percent::new)).get())
            } else {
                Discount::Amount(fields.required("value", number(not_negative)))
            })
        }),
        Some(value) => match number(not_negative)(value) {
            Ok(amount) => Change::Set(Discount::Amount(amount)),
            Err(message) => {
                fields.refuse(NAME, format!("{message}, or an object of type and value"));
                Change::Keep
            }
        },
    }
}

fn not_negative(amount: Decimal) -> Result<Decimal, &'static str> {
    if amount < Decimal::ZERO { Err("must not be negative") } else { Ok(amount) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn context() -> Context {
        let tenant = sunledger_domain::TenantId::new("acme").unwrap();
        Context::system(tenant, "test", "2026-11-21T01:30:00Z".parse().unwrap())
    }

    fn read(body: Value) -> Result<InvoiceDraft, String> {
        let Value::Object(map) = body else { panic!("no object") };
        let mut fields = Fields::new(map);
        let (_, draft) = draft(&mut fields, &Tenant::default(), &context());
        fields.finish().map(|()| draft).map_err(|error| crate::invoicing::refusal(error).message.into_owned())
    }

    fn with(change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({"clientId": 1, "dueDate": "2026-12-21", "lineItems": [{"description": "Panel", "unitPrice": 125.00}]});
        change(&mut body);
        body
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let draft = read(with(|_| ())).unwrap();
        assert_eq!(draft.issue_date.to_string(), "2026-11-20", "today where the tenant is, not in UTC");
        assert_eq!((draft.currency, draft.discount, draft.issue), (Tenant::default().currency, None, false));
        assert_eq!(draft.lines[0].quantity, Decimal::ONE);
        assert_eq!(draft.lines[0].tax_rate, Decimal::ZERO);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let error = read(
            json!({"clientId": true, "currency": "XXX", "lineItems": [{"quantity": 0, "taxRate": 101}]}),
        );
        let error = error.unwrap_err();
        for named in [
            "clientId: must be",
            "currency: ",
            "Missing required field: dueDate",
            "Missing required field: lineItems[0].description",
            "Missing required field: lineItems[0].unitPrice",
            "lineItems[0].quantity: ",
            "lineItems[0].taxRate: ",
        ] {
            assert!(error.contains(named), "{named} in {error}");
        }
    }

    #[test]
    fn a_discount_is_an_amount_or_says_what_it_is() {
        let discount = |value: Value| read(with(|body| body["discount"] = value)).map(|draft| draft.discount);
        assert_eq!(discount(json!(12.5)), Ok(Some(Discount::Amount("12.5".parse().unwrap()))));
        assert_eq!(discount(json!({"type": "percent", "value": 5})), Ok(Some(Discount::Percent(5.into()))));
        assert_eq!(discount(json!({"type": "amount", "value": 0})), Ok(Some(Discount::Amount(0.into()))));
        assert_eq!(discount(json!(null)), Ok(None));
        for (wrong, named) in [
            (json!("5%"), "discount: "),
            (json!(-1), "discount: must not be negative"),
            (json!({"type": "share", "value": 5}), "discount.type: must be one of amount, percent"),
            (json!({"type": "percent", "value": 101}), "discount.value: "),
            (json!({"type": "percent"}), "Missing required field: discount.value"),
        ] {
            let error = discount(wrong).unwrap_err();
            assert!(error.contains(named), "{named} in {error}");
        }
    }

    #[test]
    fn a_client_is_named_by_uuid_or_number() {
        let id = Uuid::from_u128(7);
        assert_eq!(any_id(json!(id)), Ok(AnyId::Uuid(id)));
        assert_eq!(any_id(json!(12)), Ok(AnyId::Number(12)));
        assert_eq!(any_id(json!("12")), Ok(AnyId::Number(12)));
        for wrong in [json!(0), json!(-1), json!(1.5), json!(1e300), json!("clx1"), json!({}), json!(true)] {
            assert!(any_id(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
