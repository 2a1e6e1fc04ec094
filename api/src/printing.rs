//! Invoices and reports on paper: what every PDF says of the company, of the client and of the payments, and where PDFs are
//! made.

use crate::http::{ApiError, Reply, none_match};
use crate::pix;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;
use sunledger_documents::{DocumentError, InvoiceDocument, Issuer, Line, Party, Payment, Status, TaxAmount};
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{self, Invoice, InvoiceStatus};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::Address;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

const PDF: &str = "application/pdf";

/// The first part of a PDF's tag: raised when an invoice of any kind is printed otherwise than before, so that nobody keeps
/// the old print.
pub const FORM: u32 = 2;

/// Turns at the press: printing is pure computing, so no more at a time than the process has processors.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// Prints a document once there is a processor for it.
///
/// # Errors
/// 500 where it cannot be printed.
pub async fn print(
    document: impl FnOnce() -> Result<Vec<u8>, DocumentError> + Send + 'static,
) -> Result<Vec<u8>, ApiError> {
    let _turn = TURNS.acquire().await.map_err(|closed| ApiError::internal(closed.to_string()))?;
    let printed = spawn_blocking(document).await;
    printed
        .map_err(|error| ApiError::internal(format!("printing a PDF: {error}")))?
        .map_err(|error| ApiError::internal(format!("printing a PDF: {error}")))
}

fn pdf(bytes: Vec<u8>) -> Reply {
    Reply::bytes(StatusCode::OK, HeaderValue::from_static(PDF), bytes)
}

/// Whether a request says that it has this very PDF already.
pub fn has(request: &HeaderMap, tag: &str) -> bool {
    HeaderValue::try_from(format!("\"{tag}\"")).is_ok_and(|etag| none_match(request, &etag))
}

/// The answer for a client that has this very PDF already: the outermost layer makes it a 304.
pub fn known(tag: &str) -> Reply {
    pdf(Vec::new()).etag(tag)
}

/// The answer that downloads a PDF, in a file named by the invoice's number.
///
/// # Errors
/// 500 where the number makes no header.
pub fn download(bytes: Vec<u8>, tag: &str, number: &str) -> Result<Reply, ApiError> {
    Ok(made(bytes, number)?.etag(tag))
}

/// The same of a PDF that has no version: it is made anew each time.
///
/// # Errors
/// 500 where the name makes no header.
pub fn made(bytes: Vec<u8>, name: &str) -> Result<Reply, ApiError> {
    match HeaderValue::try_from(disposition(name)) {
        Ok(value) => Ok(pdf(bytes).header(CONTENT_DISPOSITION, value)),
        Err(error) => Err(ApiError::internal(format!("a file name: {error}"))),
    }
}

/// The company that sends an invoice.
pub fn issuer(profile: &Tenant) -> Issuer {
    Issuer {
        party: Party {
            name: profile.legal_name.clone().unwrap_or_else(|| profile.name.clone()),
            tax_id: profile.tax_id.as_ref().map(|id| id.masked()).unwrap_or_default(),
            address: profile.address.as_ref().map(address_lines).unwrap_or_default(),
            email: profile.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            phone: profile.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
        },
        logo: profile.logo.as_ref().map(|logo| logo.image()),
    }
}

/// An invoice of any kind as the printer wants it.
pub fn document(invoice: &Invoice, client: Option<&Client>, profile: &Tenant) -> InvoiceDocument {
    InvoiceDocument {
        issuer: issuer(profile),
        client: client.map(party).unwrap_or_default(),
        number: invoice.invoice_number.as_str().to_owned(),
        status: status(invoice.status),
        issue_date: invoice.issue_date.get(),
        due_date: Some(invoice.due_date.get()),
        currency: invoice.currency.code().to_owned(),
        facts: Vec::new(),
        lines: invoice.lines.iter().map(line).collect(),
        subtotal: invoice.subtotal,
        taxes: taxes(&invoice.lines),
        tax_total: invoice.tax_total,
        discount: invoice.discount_total,
        total: invoice.total,
        paid: invoice.paid,
        balance_due: balance_due(invoice),
        payments: payments(invoice),
        notes: invoice.notes.clone().unwrap_or_default(),
        terms: invoice.terms.clone().unwrap_or_default(),
        payment_details: profile.pix_key.iter().map(|key| format!("Pix: {key}")).collect(),
        pix: pix::code(invoice, profile).map(|code| code.as_str().to_owned()),
        locale: profile.locale.as_str().to_owned(),
        page_size: None,
    }
}

/// Who pays it.
pub fn party(client: &Client) -> Party {
    Party {
        name: client.name.clone(),
        tax_id: client.tax_id.as_ref().map(|id| id.masked()).unwrap_or_default(),
        address: client.address.as_ref().map(address_lines).unwrap_or_default(),
        email: client.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
        phone: client.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
    }
}

/// An address as it stands on an envelope.
pub fn address_lines(address: &Address) -> Vec<String> {
    if let Some(text) = &address.text {
        return text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    }
    let joined = |parts: [&Option<String>; 2], between: &str| {
        parts.into_iter().filter_map(Option::as_deref).collect::<Vec<_>>().join(between)
    };
    let lines = [
        joined([&address.street, &address.number], ", "),
        joined([&address.complement, &address.district], ", "),
        joined([&address.city, &address.state], " - "),
        joined([&address.zip, &address.country], " "),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// What the badge says.
pub fn status(status: InvoiceStatus) -> Status {
    match status {
        InvoiceStatus::Draft => Status::Draft,
        InvoiceStatus::Sent | InvoiceStatus::Viewed => Status::Open,
        InvoiceStatus::PartiallyPaid => Status::PartiallyPaid,
        InvoiceStatus::Paid => Status::Paid,
        InvoiceStatus::Overdue => Status::Overdue,
        InvoiceStatus::Cancelled => Status::Cancelled,
    }
}

fn line(line: &invoice::Line) -> Line {
    Line {
        description: line.description.clone(),
        quantity: line.quantity.get(),
        unit_price: line.unit_price.get(),
        tax_rate: line.tax_rate.get(),
        tax: line.tax,
        amount: line.amount,
    }
}

/// What is left to pay: nothing of a cancelled one.
pub fn balance_due(invoice: &Invoice) -> Decimal {
    if invoice.status == InvoiceStatus::Cancelled { Decimal::ZERO } else { invoice.balance }
}

/// The payments that were not reversed.
pub fn payments(invoice: &Invoice) -> Vec<Payment> {
    let counting = invoice.payments.iter().filter(|payment| payment.counts());
    counting
        .map(|payment| Payment {
            date: payment.date.get(),
            method: payment.method.clone().unwrap_or_default(),
            amount: payment.amount,
        })
        .collect()
}

/// The tax of each rate, lowest first. The sums stay under the invoice's own tax total, which is in range.
fn taxes(lines: &[invoice::Line]) -> Vec<TaxAmount> {
    let mut by_rate: BTreeMap<Decimal, Decimal> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.tax.is_zero()) {
        let sum = by_rate.entry(line.tax_rate.get()).or_default();
        *sum = sum.saturating_add(line.tax);
    }
    by_rate.into_iter().map(|(rate, amount)| TaxAmount { rate, amount }).collect()
}

/// `Content-Disposition` for a file named by the invoice. A number may hold anything that people type: the plain name has
/// only what every file system and header takes; where that is not the number itself, the exact one follows in the form
/// of RFC 5987.
fn disposition(number: &str) -> String {
    let exact: String =
        number.chars().map(|c| if "/\\:*?\"<>|".contains(c) || c.is_control() { '-' } else { c }).collect();
    let plain: String = exact.chars().map(|c| if c.is_ascii() && c != '%' { c } else { '_' }).collect();
    let plain = plain.trim_start_matches('.');
    let mut value = format!("attachment; filename=\"{plain}.pdf\"");
    if plain != exact {
        value.push_str("; filename*=UTF-8''");
        for byte in exact.trim_start_matches('.').bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                value.push(char::from(byte));
            } else {
                // Writing into a String cannot fail.
                let _ = write!(value, "%{byte:02X}");
            }
        }
        value.push_str(".pdf");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sunledger_domain::value::{Percent, Quantity, UnitPrice};

    #[test]
    fn a_plain_number_names_the_file() {
        assert_eq!(disposition("INV-0042"), "attachment; filename=\"INV-0042.pdf\"");
    }

    #[test]
    fn an_odd_number_is_quoted() {
        assert_eq!(disposition("SOL/000001"), "attachment; filename=\"SOL-000001.pdf\"");
        assert_eq!(
            disposition("Nº 7 \"a\""),
            "attachment; filename=\"N_ 7 -a-.pdf\"; filename*=UTF-8''N%C2%BA%207%20-a-.pdf"
        );
        assert_eq!(disposition("../x"), "attachment; filename=\"-x.pdf\"; filename*=UTF-8''-x.pdf");
    }

    proptest! {
        /// Nothing in a number breaks out of the header or the file's folder.
        #[test]
        fn any_number_makes_a_sound_header(number in ".{0,60}") {
            let value = disposition(&number);
            prop_assert!(HeaderValue::try_from(value.as_str()).is_ok());
            prop_assert_eq!(value.matches('"').count(), 2);
            prop_assert!(!value.contains('/') && !value.contains('\\'));
        }
    }

    #[test]
    fn taxes_are_summed_by_rate() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        let line = |rate: &str, tax: &str| invoice::Line {
            description: "x".to_owned(),
            quantity: Quantity::new(Decimal::ONE).unwrap(),
            unit_price: UnitPrice::new(Decimal::ONE_HUNDRED).unwrap(),
            tax_rate: Percent::new(decimal(rate)).unwrap(),
            amount: Decimal::ONE_HUNDRED,
            tax: decimal(tax),
        };
        let taxes = taxes(&[line("18", "18.00"), line("5", "5.00"), line("0", "0"), line("18", "0.18")]);
        let taxes: Vec<_> = taxes.iter().map(|tax| (tax.rate, tax.amount)).collect();
        assert_eq!(taxes, [(decimal("5"), decimal("5.00")), (decimal("18"), decimal("18.18"))]);
    }

    #[test]
    fn an_address_stands_as_on_an_envelope() {
        let text = Address { text: Some("123 Main St,\n New York ".to_owned()), ..Address::default() };
        assert_eq!(address_lines(&text), ["123 Main St,", "New York"]);
        let some = |text: &str| Some(text.to_owned());
        let parts = Address {
            street: some("Rua A"),
            number: some("1"),
            city: some("Campinas"),
            state: some("SP"),
            zip: some("13010-000"),
            ..Address::default()
        };
        assert_eq!(address_lines(&parts), ["Rua A, 1", "Campinas - SP", "13010-000"]);
    }

    #[test]
    fn a_cancelled_invoice_asks_for_nothing() {
        let invoice = Invoice {
            status: InvoiceStatus::Cancelled,
            total: Decimal::ONE_HUNDRED,
            balance: Decimal::ONE_HUNDRED,
            ..Invoice::default()
        };
        assert_eq!(document(&invoice, None, &Tenant::default()).balance_due, Decimal::ZERO);
    }
}
