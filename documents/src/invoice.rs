//! What an invoice says: plain values, computed elsewhere. Nothing here is added up or checked against anything else.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// An invoice to print. Every text may be empty, of any length and in any script; amounts are in `currency`.
#[derive(Clone, Debug, Default)]
pub struct InvoiceDocument {
    /// Who sends it.
    pub issuer: Issuer,
    /// Who pays it.
    pub client: Party,
    /// The invoice's number, as printed.
    pub number: String,
    /// What the badge says.
    pub status: Status,
    /// Day of issue.
    pub issue_date: Date,
    /// Day until which it is to be paid.
    pub due_date: Option<Date>,
    /// ISO 4217 code.
    pub currency: String,
    /// More to tell beside the dates: a label and its value each, such as the month and the meter of an energy bill.
    pub facts: Vec<(String, String)>,
    /// What is billed.
    pub lines: Vec<Line>,
    /// Sum of the lines, before tax and discount.
    pub subtotal: Decimal,
    /// The tax for each rate. Where empty, `tax_total` is printed alone.
    pub taxes: Vec<TaxAmount>,
    /// Sum of the taxes.
    pub tax_total: Decimal,
    /// What is taken off, as a positive amount; zero is not printed.
    pub discount: Decimal,
    /// What is to be paid in all.
    pub total: Decimal,
    /// What has been paid so far.
    pub paid: Decimal,
    /// What is left to pay.
    pub balance_due: Decimal,
    /// Payments that made up `paid`.
    pub payments: Vec<Payment>,
    /// Free text under the totals; line breaks are kept.
    pub notes: String,
    /// Free text after the notes; line breaks are kept.
    pub terms: String,
    /// How to pay: free lines, such as a bank account or a Pix key.
    pub payment_details: Vec<String>,
    /// The text of a Pix "copia e cola", printed beside its QR code.
    pub pix: Option<String>,
    /// A language tag such as `pt-BR`: see [`format_money`](crate::format_money) on unknown ones.
    pub locale: String,
    /// The paper; where `None`, the one that is usual in the locale's region.
    pub page_size: Option<PageSize>,
}

/// The company that sends a document.
#[derive(Clone, Debug, Default)]
pub struct Issuer {
    /// Name and address.
    pub party: Party,
    /// A PNG or JPEG image of at most 8 million pixels; anything else is left out and the name printed in its place.
    pub logo: Option<Vec<u8>>,
}

/// A company or a person.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// The legal name.
    pub name: String,
    /// The tax id as it is to be printed; a bare number gets its locale's label before it.
    pub tax_id: String,
    /// The address, a line each.
    pub address: Vec<String>,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
}

/// Where an invoice is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Status {
    /// Not sent yet.
    Draft,
    /// Sent, nothing paid, not due yet: the one status without a badge.
    #[default]
    Open,
    /// Something is paid and something is left.
    PartiallyPaid,
    /// All is paid.
    Paid,
    /// Something is left and the due date is past.
    Overdue,
    /// Not to be paid.
    Cancelled,
}

/// One thing that is billed.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// What it is; line breaks are kept, and what follows the first is set lighter.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// The price of one, printed with all its decimals.
    pub unit_price: Decimal,
    /// Percent of tax.
    pub tax_rate: Decimal,
    /// The tax on this line.
    pub tax: Decimal,
    /// Quantity times price, before tax.
    pub amount: Decimal,
}

/// The tax of one rate over the whole invoice.
#[derive(Clone, Debug, Default)]
pub struct TaxAmount {
    /// Percent.
    pub rate: Decimal,
    /// The tax.
    pub amount: Decimal,
}

/// A payment that was received.
#[derive(Clone, Debug, Default)]
pub struct Payment {
    /// The day it was paid.
    pub date: Date,
    /// How it was paid, in the reader's words.
    pub method: String,
    /// How much.
    pub amount: Decimal,
}

/// Paper formats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageSize {
    /// ISO 216 A4: 210 by 297 mm.
    A4,
    /// US Letter: 8.5 by 11 inches.
    Letter,
}
