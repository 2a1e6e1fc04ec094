//! How an invoice is printed: as a row of the billing report, with what an integrator needs beside it.
//!
//! Invoices that bill no consumer unit's month (they were made on another surface) have what of it they can have.

use super::report_row::{Beside, BillingRow, status};
use super::times;
use crate::pix;
use crate::wire::{Amount, Instant, Number};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;
use serde::Serialize;
use sunledger_domain::energy::{AdjustmentValue, AppliedCharge, AppliedDiscount};
use sunledger_domain::invoice::{Invoice, Payment};
use sunledger_domain::portuguese;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use uuid::Uuid;

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Invoice)]
pub(super) struct InvoiceView {
    /// As the billing report prints it.
    #[serde(flatten)]
    row: Row,
    /// The invoice's id.
    code: Uuid,
    /// Its sequential number, which the paths take too.
    #[schema(example = 1)]
    number: i64,
    /// The number that people see.
    #[schema(example = "INV-0001")]
    invoice_number: String,
    /// ISO 4217 code.
    #[schema(example = "BRL")]
    currency: String,
    /// What is charged: `totalAPagar` in whole centavos.
    total: Amount,
    /// What is left to pay.
    balance: Amount,
    /// Who is billed.
    client_code: Uuid,
    /// The consumer unit.
    consumer_unit_code: Option<Uuid>,
    /// Its number.
    #[schema(example = 123456)]
    consumer_unit_id: Option<i64>,
    /// The power plant that it got credits from when it was billed.
    power_plant_code: Option<Uuid>,
    /// Its number.
    #[schema(example = 165)]
    power_plant_id: Option<i64>,
    /// The discounts that were taken off, in their order.
    discounts: Vec<AppliedView>,
    /// The charges that were put on, in their order.
    charges: Vec<AppliedView>,
    /// Every payment, the reversed ones too, in the order they were recorded.
    payments: Vec<PaymentView>,
    /// When it was made, by the tenant's clock.
    #[schema(example = "2024-03-14T10:55:01")]
    inclusion_date: String,
    /// When something last happened to it, in UTC.
    #[schema(example = "2024-04-02T12:00:00.000+00:00")]
    modify_date: String,
    /// The QR code of `qrcodeValue`, as the `src` of an image; only where a single invoice is printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0i...")]
    qrcode_image: Option<String>,
}

/// What of the billing report's row an invoice has.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = energy::InvoiceRow)]
enum Row {
    /// One that bills a consumer unit's month.
    Energy(Box<BillingRow>),
    /// Any other.
    Other(Box<OtherRow>),
}

/// What an invoice that bills no month of a unit has of the billing report's row, under the same names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::OtherRow)]
struct OtherRow {
    /// The invoice's id.
    #[serde(rename = "_id")]
    id: Uuid,
    /// Who is billed.
    titular_da_conta: Option<String>,
    /// Always null: it is of no consumer unit. By this a reader of the schema tells the two kinds of rows apart.
    #[schema(schema_with = always_null)]
    numero_do_cliente: Option<String>,
    /// The client's CPF or CNPJ.
    cpf_cnpj: Option<String>,
    /// Always null: it is of no month.
    #[schema(schema_with = always_null)]
    data_competencia: Option<String>,
    /// The day it bears.
    #[schema(example = "14/03/2024")]
    data_emissao_sunne: String,
    /// Until when it is to be paid.
    #[schema(example = "22/03/2024")]
    data_vencimento: String,
    /// What is charged, in its currency.
    #[serde(rename = "totalAPagar")]
    total_a_pagar: Number,
    /// What a payment is known by.
    codigo_pagamento: Option<String>,
    /// Where in its life it is: `draft`, `pending`, `partially_paid`, `paid`, `overdue`, `cancelled`.
    #[schema(example = "pending")]
    status: &'static str,
    /// What the Pix payment is known by; null where nothing is to be paid.
    qrcode_id: Option<String>,
    /// The Pix "copia e cola" for the balance.
    qrcode_value: Option<String>,
    /// Where its PDF can be had.
    url_fatura_sunne: Option<String>,
    /// When it was made, milliseconds since the Unix epoch.
    timestamp: i64,
    /// The day of the last payment.
    data_pagamento: Option<String>,
    /// What was paid.
    total_pago: Amount,
}

fn always_null() -> Schema {
    ObjectBuilder::new().schema_type(Type::Null).into()
}

impl InvoiceView {
    /// An invoice, printed. `numbers` are those of its unit and of its plant.
    pub(super) fn new(
        id: Uuid,
        invoice: &Invoice,
        beside: Beside<'_>,
        numbers: (Option<i64>, Option<i64>),
    ) -> Self {
        let energy = invoice.energy.as_deref();
        let row = match BillingRow::new(id, invoice, beside) {
            Some(row) => Row::Energy(Box::new(row)),
            None => Row::Other(Box::new(OtherRow::new(id, invoice, beside))),
        };
        let (discounts, charges) = energy.map_or((vec![], vec![]), |energy| {
            let net = energy.billing.figures.credit_with_discount;
            let discounts = energy.billing.discounts.iter().map(|taken| AppliedView::discount(taken, net));
            let charges = energy.billing.charges.iter().map(|taken| AppliedView::charge(taken, net));
            (discounts.collect(), charges.collect())
        });
        Self {
            row,
            code: id,
            number: invoice.number.get(),
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            currency: invoice.currency.code().to_owned(),
            total: Amount(invoice.total),
            balance: Amount(invoice.balance),
            client_code: invoice.client_id,
            consumer_unit_code: energy.map(|energy| energy.consumer_unit_id),
            consumer_unit_id: numbers.0,
            power_plant_code: energy.and_then(|energy| energy.power_plant_id),
            power_plant_id: numbers.1,
            discounts,
            charges,
            payments: invoice.payments.iter().map(PaymentView::new).collect(),
            inclusion_date: times::local(invoice.created_at, &beside.profile.time_zone),
            modify_date: times::utc(invoice.updated_at),
            qrcode_image: None,
        }
    }

    /// The same with the QR code as an image.
    pub(super) fn with_image(self) -> Self {
        let code = match &self.row {
            Row::Energy(row) => row.pix_code(),
            Row::Other(row) => row.qrcode_value.as_deref(),
        };
        let svg = code.and_then(sunledger_documents::qr_svg);
        Self {
            qrcode_image: svg.map(|svg| format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))),
            ..self
        }
    }
}

impl OtherRow {
    fn new(id: Uuid, invoice: &Invoice, beside: Beside<'_>) -> Self {
        let code = pix::txid(invoice).map(|code| code.as_str().to_owned());
        let pix = pix::code(invoice, beside.profile);
        let counting = invoice.payments.iter().filter(|payment| payment.counts());
        Self {
            id,
            titular_da_conta: beside.client.map(|client| client.name.clone()),
            numero_do_cliente: None,
            cpf_cnpj: beside.client.and_then(|client| client.tax_id.as_ref()).map(|id| id.masked()),
            data_competencia: None,
            data_emissao_sunne: portuguese::date(invoice.issue_date),
            data_vencimento: portuguese::date(invoice.due_date),
            total_a_pagar: Number(invoice.total),
            codigo_pagamento: code.clone(),
            status: status(invoice.status),
            qrcode_id: code.filter(|_| pix.is_some()),
            qrcode_value: pix.map(|code| code.as_str().to_owned()),
            url_fatura_sunne: beside.pdf.map(str::to_owned),
            timestamp: invoice.created_at.as_millisecond(),
            data_pagamento: counting.map(|payment| payment.date).max().map(portuguese::date),
            total_pago: Amount(invoice.paid),
        }
    }
}

/// A discount or a charge as an invoice took it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Applied)]
struct AppliedView {
    /// Its id.
    id: Uuid,
    /// What it is for.
    #[schema(example = "Taxa administrativa")]
    description: String,
    /// Percent of `percentOf`; null for an amount.
    percent: Option<Number>,
    /// What it is a percentage of, R$: `valorCreditoComDesconto`.
    percent_of: Option<Number>,
    /// What it asked for, R$.
    asked: Number,
    /// How much of that was applied, R$.
    applied: Number,
    /// Whether it counts in the savings.
    real: bool,
}

impl AppliedView {
    fn discount(taken: &AppliedDiscount, net: Decimal) -> Self {
        let (percent, percent_of) = share(taken.asks, net);
        Self {
            id: taken.discount_id,
            description: taken.description.clone(),
            percent,
            percent_of,
            asked: Number(taken.asked),
            applied: Number(taken.applied),
            real: taken.real,
        }
    }

    fn charge(taken: &AppliedCharge, net: Decimal) -> Self {
        let (percent, percent_of) = share(taken.asks, net);
        Self {
            id: taken.charge_id,
            description: taken.description.clone(),
            percent,
            percent_of,
            asked: Number(taken.applied),
            applied: Number(taken.applied),
            real: taken.real,
        }
    }
}

fn share(asks: AdjustmentValue, net: Decimal) -> (Option<Number>, Option<Number>) {
    match asks {
        AdjustmentValue::Percent(percent) => (Some(Number(percent)), Some(Number(net))),
        AdjustmentValue::Amount(_) => (None, None),
    }
}

/// Money that came in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Payment)]
pub(super) struct PaymentView {
    /// Its id.
    id: Uuid,
    /// How much, in the invoice's currency.
    amount: Amount,
    /// The day it came in.
    #[schema(format = Date, example = "2024-04-02")]
    date: String,
    /// How.
    #[schema(example = "pix")]
    method: Option<String>,
    /// What the bank calls it.
    reference: Option<String>,
    /// When it was recorded.
    created_at: Instant,
    /// When it was taken back.
    reversed_at: Option<Instant>,
    /// The invoice after it; only where it was just recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<BalanceView>,
}

/// What is paid of an invoice, and what is left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::InvoiceBalance)]
struct BalanceView {
    /// The invoice.
    code: Uuid,
    /// Where in its life it is.
    #[schema(example = "paid")]
    status: &'static str,
    /// What was to be paid.
    total: Amount,
    /// Sum of the payments that were not reversed.
    total_pago: Amount,
    /// What is left to pay.
    balance: Amount,
}

impl PaymentView {
    fn new(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            amount: Amount(payment.amount),
            date: payment.date.to_string(),
            method: payment.method.clone(),
            reference: payment.reference.clone(),
            created_at: Instant(payment.recorded_at),
            reversed_at: payment.reversed_at.map(Instant),
            invoice: None,
        }
    }

    /// A payment that was just recorded, and what it made of its invoice.
    pub(super) fn recorded(payment: &Payment, code: Uuid, invoice: &Invoice) -> Self {
        let invoice = BalanceView {
            code,
            status: status(invoice.status),
            total: Amount(invoice.total),
            total_pago: Amount(invoice.paid),
            balance: Amount(invoice.balance),
        };
        Self { invoice: Some(invoice), ..Self::new(payment) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, INVOICE};
    use serde_json::Value;
    use sunledger_domain::Text;
    use sunledger_domain::invoice::{InvoiceEnergy, InvoiceStatus};
    use sunledger_domain::tenant::Tenant;
    use sunledger_domain::value::Currency;
    use utoipa::PartialSchema;
    use utoipa::openapi::RefOr;

    fn tenant() -> Tenant {
        Tenant { pix_key: Some("123e4567-e12b-12d1-a456-426655440000".to_owned()), ..Tenant::default() }
    }

    fn energy_invoice() -> Invoice {
        let total = samples::decimal("1043.71");
        Invoice {
            number: sunledger_domain::Number(42),
            invoice_number: Text::given("INV-0042"),
            client_id: samples::CLIENT,
            currency: Currency::BRL,
            total,
            balance: total,
            status: InvoiceStatus::Overdue,
            energy: Some(Box::new(InvoiceEnergy {
                consumer_unit_id: samples::UNIT,
                power_plant_id: Some(samples::PLANT),
                account_number: "132456798".to_owned(),
                billing: samples::billing(),
            })),
            ..Invoice::default()
        }
    }

    fn print(invoice: &Invoice, profile: &Tenant) -> Value {
        let (unit, client) = (samples::consumer_unit(), samples::client());
        let beside = Beside { unit: Some(&unit), client: Some(&client), profile, pdf: None };
        let view = InvoiceView::new(INVOICE, invoice, beside, (Some(123_456), Some(165))).with_image();
        serde_json::from_str(&serde_json::to_string(&view).unwrap()).unwrap()
    }

    #[test]
    fn an_energy_invoice_is_a_row_of_the_report_and_more() {
        let printed = print(&energy_invoice(), &tenant());
        for column in BillingRow::COLUMNS {
            assert!(printed.get(column).is_some(), "{column}");
        }
        let more = [
            "code",
            "number",
            "invoiceNumber",
            "total",
            "balance",
            "clientCode",
            "discounts",
            "charges",
            "payments",
            "consumerUnitCode",
            "consumerUnitId",
            "powerPlantCode",
            "powerPlantId",
            "qrcodeImage",
        ];
        for name in more {
            assert!(printed.get(name).is_some() && !BillingRow::COLUMNS.contains(&name), "{name}");
        }
        assert_eq!(printed["totalAPagar"].to_string(), "1043.707628928");
        assert_eq!(
            (printed["total"].to_string(), &printed["status"]),
            ("1043.71".to_owned(), &"overdue".into())
        );
        assert_eq!((&printed["consumerUnitId"], &printed["powerPlantId"]), (&123_456.into(), &165.into()));
    }

    #[test]
    fn another_invoice_has_what_of_it_it_can_have() {
        let printed = print(&Invoice { energy: None, ..energy_invoice() }, &tenant());
        assert_eq!((&printed["_id"], &printed["code"]), (&printed["code"], &INVOICE.to_string().into()));
        assert!(printed["numeroDoCliente"].is_null() && printed["consumerUnitCode"].is_null());
        assert!(printed["qrcodeValue"].as_str().is_some_and(|code| code.contains("54071043.71")));
        assert_eq!(printed["totalAPagar"].to_string(), "1043.71");
    }

    #[test]
    fn no_row_is_of_both_kinds() {
        let account = |schema: RefOr<Schema>| {
            serde_json::to_value(schema).unwrap()["properties"]["numeroDoCliente"]["type"].clone()
        };
        assert_eq!(
            (account(BillingRow::schema()), account(OtherRow::schema())),
            ("string".into(), "null".into())
        );
    }

    #[test]
    fn without_a_code_there_is_no_image() {
        let printed = print(&energy_invoice(), &Tenant::default());
        assert!(printed["qrcodeValue"].is_null() && printed.get("qrcodeImage").is_none());
    }
}
