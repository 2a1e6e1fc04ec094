//! A client and its invoice, a consumer unit and its power plant, as the tests of the views print them.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::consumer_unit::{ConsumerUnit, CreditLot, UnitProfile};
use sunledger_domain::energy::{BillDraft, Billing, Fraction, InstallationType, Kwp, Reais, Share, Terms};
use sunledger_domain::invoice::{Discount, Invoice, InvoiceStatus, Line, Payment};
use sunledger_domain::power_plant::{PlantProfile, PowerPlant};
use sunledger_domain::value::{
    Address, CalendarDate, Competence, Currency, Email, Percent, Phone, Quantity, TaxId, UnitPrice,
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
        energy: None,
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

pub(crate) const UNIT: Uuid = Uuid::from_u128(0x018d_0000_0000_7000_8000_0000_0000_0003);
pub(crate) const PLANT: Uuid = Uuid::from_u128(0x018d_0000_0000_7000_8000_0000_0000_0004);

/// The energy document's consumer unit, with credits of two months, of which a part is used.
pub(crate) fn consumer_unit() -> ConsumerUnit {
    let lot = |month: &str, received: &str, left: &str| CreditLot {
        power_plant_id: PLANT,
        competence: Competence::parse(month).unwrap(),
        usable_until: Competence::parse("12/2028").unwrap(),
        received: decimal(received),
        left: decimal(left),
    };
    ConsumerUnit {
        number: Number(123_456),
        profile: UnitProfile {
            account_number: "123456789".to_owned(),
            client_id: CLIENT,
            power_plant_id: Some(PLANT),
            name: "João da Silva UC2".to_owned(),
            name_account_owner: Some("João da Silva".to_owned()),
            tax_id: Some(TaxId::parse("11222333000181", true).unwrap()),
            address: Some(Address { city: Some("Campinas".to_owned()), ..Address::default() }),
            phone: Some(Phone::parse("(11) 99999-9999").unwrap()),
            responsible: Some("Maria do Rosário".to_owned()),
            installation_type: InstallationType::Bifasico,
            discount_rate: Fraction::new(decimal("0.10")).unwrap(),
            percentage: Share::new(decimal("0.01")).unwrap(),
            plan: Some("BASIC".to_owned()),
            connected_at: Some(date("2023-12-01")),
            observations: None,
            create_invoice_automatically: false,
            create_payment: false,
            download_dealership: false,
            pay_dealership_bill: true,
            unified_invoice: false,
            opening_savings: Reais::new(decimal("4540.339327442")).unwrap(),
        },
        credits: vec![lot("12/2023", "100", "0"), lot("01/2024", "120.5", "20.25")],
        created_at: at("2022-05-27T18:49:22Z"),
        updated_at: at("2022-05-27T21:49:23Z"),
        ..ConsumerUnit::default()
    }
}

/// A power plant with two consumer units.
pub(crate) fn power_plant() -> PowerPlant {
    let share = |text: &str| Share::new(decimal(text)).unwrap();
    PowerPlant {
        number: Number(165),
        profile: PlantProfile {
            name: "Usina Campinas I".to_owned(),
            account_number: Some("987654321".to_owned()),
            distributor: Some("CPFL Paulista".to_owned()),
            installed_power: Some(Kwp::new(decimal("75.50")).unwrap()),
            connected_at: Some(date("2023-12-01")),
            ..PlantProfile::default()
        },
        shares: [(UNIT, share("0.01")), (CLIENT, share("0.5"))].into(),
        created_at: at("2022-05-27T18:49:22Z"),
        updated_at: at("2022-05-27T21:49:23Z"),
        ..PowerPlant::default()
    }
}

/// The bill behind the first row of the energy document's report.
pub(crate) fn billing() -> Billing {
    let bill = BillDraft {
        competence: Competence::parse("03/2024").unwrap(),
        previous_reading: date("2024-02-02"),
        current_reading: date("2024-03-06"),
        next_reading: date("2024-04-05"),
        utility_issue_date: date("2024-03-06"),
        utility_due_date: date("2024-03-22"),
        due_date: date("2024-03-22"),
        consumption: decimal("1496"),
        credits_used: None,
        credits_compensated: decimal("1342.27"),
        credit_balance: decimal("3188.97"),
        tariff: decimal("0.95863974"),
        compensable_tariff: decimal("0.93455196"),
        utility_charges: decimal("1627.58"),
        dealership_boleto: Some("84670000001-7 43590024020-9 02405000243-5 84221010811-9".to_owned()),
    };
    let terms = Terms {
        installation_type: InstallationType::Trifasico,
        discount_rate: Fraction::new(decimal("0.2")).unwrap(),
        pay_dealership_bill: false,
    };
    let saved = decimal("4540.339327442");
    Billing::compute(bill.checked().unwrap(), terms, &[], &[], saved).unwrap()
}
