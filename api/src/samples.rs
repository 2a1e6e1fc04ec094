//! A client and its invoice, as the tests of the views print them.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::invoice::{Discount, Invoice, InvoiceStatus, Line, Payment};
use sunledger_domain::value::{
    Address, CalendarDate, Currency, Email, Percent, Phone, Quantity, TaxId, UnitPrice,
};
use sunledger_domain::{Number, Text};
use uuid::Uuid;

pub(crate) const CLIENT: Uuid = Uuid::from_u128(0x018d_0000_0000_7000_8000_0000_0000_0001);
pub(crate) const INVOICE: Uuid = Uuid::from_u128(0x018d_0000_0000_7000_8000_0000_0000_0002);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn date(text: &str) -> CalendarDate {
    CalendarDate::parse(text).unwrap()
}

/// A client of whom everything is known.
pub(crate) fn client() -> Client {
    Client {
        number: Number(1),
        name: "Acme Corp".to_owned(),
        corporate_name: None,
        email: Some(Email::parse("billing@acme.example").unwrap()),
        phone: Some(Phone::parse("+1-555-0100").unwrap()),
        address: Some(Address {
            text: Some("123 Main St, New York, NY 10001".to_owned()),
            ..Address::default()
        }),
        tax_id: Some(TaxId::parse("US-123456789", true).unwrap()),
        notes: Some("Net 30 terms".to_owned()),
        status: ClientStatus::Active,
        created_at: at("2024-01-15T00:00:00Z"),
        updated_at: at("2024-06-01T00:00:00Z"),
    }
}

/// A client of whom nothing is known but a Brazilian tax id and an address in parts.
pub(crate) fn inactive_client() -> Client {
    Client {
        number: Number(2),
        name: "Ana".to_owned(),
        tax_id: Some(TaxId::parse("52998224725", true).unwrap()),
        address: Some(Address {
            street: Some("Rua das Flores".to_owned()),
            number: Some("100".to_owned()),
            city: Some("Campinas".to_owned()),
            state: Some("SP".to_owned()),
            zip: Some("13010-000".to_owned()),
            country: Some("BR".to_owned()),
            ..Address::default()
        }),
        status: ClientStatus::Inactive,
        created_at: at("2024-01-15T00:00:00.1239Z"),
        ..Client::default()
    }
}

/// The document's sample, partly paid, with a discount and a payment that was taken back.
pub(crate) fn invoice() -> Invoice {
    let payment = |id, amount: &str, reversed: Option<&str>| Payment {
        id: Uuid::from_u128(id),
        amount: decimal(amount),
        date: date("2024-06-15"),
        method: Some("pix".to_owned()),
        reference: None,
        recorded_at: at("2024-06-15T12:00:00Z"),
        reversed_at: reversed.map(at),
    };
    Invoice {
        number: Number(42),
        invoice_number: Text::given("INV-0042"),
        client_id: CLIENT,
        project_id: None,
        currency: Currency::USD,
        issue_date: date("2024-06-01"),
        due_date: date("2024-07-01"),
        lines: vec![Line {
            description: "Web Development".to_owned(),
            quantity: Quantity::new(decimal("40")).unwrap(),
            unit_price: UnitPrice::new(decimal("125.00")).unwrap(),
            tax_rate: Percent::new(decimal("10")).unwrap(),
            amount: decimal("5000.00"),
            tax: decimal("500.00"),
        }],
        discount: Some(Discount::Percent(decimal("2.5"))),
        subtotal: decimal("5000.00"),
        tax_total: decimal("500.00"),
        discount_total: decimal("125.00"),
        total: decimal("5375.00"),
        paid: decimal("1500.50"),
        balance: decimal("3874.50"),
        status: InvoiceStatus::PartiallyPaid,
        notes: Some("Thank you for your business".to_owned()),
        terms: Some("Payment due within 30 days".to_owned()),
        sent_at: Some(at("2024-06-01T12:00:00Z")),
        sent_via_email: true,
        viewed_at: Some(at("2024-06-02T08:30:00.5Z")),
        paid_at: None,
        cancelled_at: None,
        cancel_reason: None,
        payments: vec![payment(1, "9.99", Some("2024-06-16T09:00:00Z")), payment(2, "1500.50", None)],
        created_at: at("2024-06-01T00:00:00Z"),
        updated_at: at("2024-06-16T09:00:00Z"),
        deleted: false,
    }
}

/// The same in a currency without decimals, as nobody has paid it.
pub(crate) fn invoice_in_yen() -> Invoice {
    Invoice {
        currency: Currency::parse("JPY").unwrap(),
        discount: None,
        subtotal: decimal("5000"),
        tax_total: decimal("500"),
        discount_total: decimal("0"),
        total: decimal("5500"),
        paid: decimal("0"),
        balance: decimal("5500"),
        status: InvoiceStatus::Draft,
        payments: Vec::new(),
        notes: None,
        terms: None,
        sent_at: None,
        sent_via_email: false,
        viewed_at: None,
        ..invoice()
    }
}
