//! Documents that nobody would write, for properties that hold for all of them.

use jiff::civil::Date;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sunledger_documents::{
    Consumption, DiscountRest, EnergyFigures, EnergyInvoiceDocument, EnergySavings, EnergyStep, EnergyUnit,
    UtilityBill,
};
use sunledger_documents::{DayEnergy, ProductionDocument};
use sunledger_documents::{InvoiceDocument, Issuer, Line, PageSize, Party, Payment, Status, TaxAmount};

/// Any character, with more than their share of those that make trouble.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::range(' ', '~'),
        2 => any::<char>(),
        1 => proptest::char::range('\0', '\u{a0}'),
        1 => proptest::char::range('\u{300}', '\u{36f}'),
        1 => proptest::char::range('\u{590}', '\u{6ff}'),
        1 => proptest::char::range('\u{900}', '\u{eff}'),
        1 => proptest::char::range('\u{1f300}', '\u{1f9ff}'),
        1 => proptest::char::range('\u{4e00}', '\u{9fff}'),
        2 => prop::sample::select(vec![
            '\n', '\r', '\t', ' ', '\u{200b}', '\u{200d}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
            '\u{2028}', '\u{a0}', '\u{3000}', '\u{ad}', '\u{feff}', '\u{fdfd}', '\u{fe0f}', '\u{e0041}',
        ]),
    ]
}

/// Any text. Boxed, as everything of a document here is: a value being shrunk holds all that it was made from, choices
/// not taken included, and dozens of texts side by side are more than the stack of a test's thread has room for.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        8 => vec(character(), 0..40).prop_map(String::from_iter),
        1 => vec(character(), 80..160).prop_map(String::from_iter),
        1 => (character(), 1..400_usize).prop_map(|(character, times)| character.to_string().repeat(times)),
    ]
    .boxed()
}

fn decimal() -> BoxedStrategy<Decimal> {
    prop_oneof![
        3 => (any::<i64>(), 0..10_u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
        1 => (any::<[u32; 3]>(), any::<bool>(), 0..29_u32)
            .prop_map(|([lo, mid, hi], negative, scale)| Decimal::from_parts(lo, mid, hi, negative, scale)),
        1 => prop::sample::select(vec![Decimal::ZERO, Decimal::MAX, Decimal::MIN, Decimal::ONE]),
    ]
    .boxed()
}

fn day() -> BoxedStrategy<Date> {
    (-9999_i16..=9999, 1_i8..=12, 1_i8..=28)
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap_or_default())
        .boxed()
}

fn party() -> impl Strategy<Value = Party> {
    (text(), text(), vec(text(), 0..4), text(), text())
        .prop_map(|(name, tax_id, address, email, phone)| Party { name, tax_id, address, email, phone })
}

fn line() -> impl Strategy<Value = Line> {
    (text(), decimal(), decimal(), decimal(), decimal(), decimal()).prop_map(
        |(description, quantity, unit_price, tax_rate, tax, amount)| Line {
            description,
            quantity,
            unit_price,
            tax_rate,
            tax,
            amount,
        },
    )
}

fn payment() -> impl Strategy<Value = Payment> {
    (day(), text(), decimal()).prop_map(|(date, method, amount)| Payment { date, method, amount })
}

fn tax() -> impl Strategy<Value = TaxAmount> {
    (decimal(), decimal()).prop_map(|(rate, amount)| TaxAmount { rate, amount })
}

fn locale() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["pt-BR", "en-US", "en-GB", "es-ES", "de-DE", "fr-FR", "en-IN", "pt-PT"])
            .prop_map(str::to_owned),
        1 => text(),
    ]
}

fn status() -> impl Strategy<Value = Status> {
    use Status::{Cancelled, Draft, Open, Overdue, Paid, PartiallyPaid};
    prop::sample::select(vec![Draft, Open, PartiallyPaid, Paid, Overdue, Cancelled])
}

/// Bytes that may begin like an image.
fn logo() -> impl Strategy<Value = Option<Vec<u8>>> {
    let start = prop::sample::select(vec![
        &b""[..],
        b"\x89PNG\r\n\x1a\n",
        &[0xff, 0xd8, 0xff, 0xe0],
        super::samples::PNG,
    ]);
    option::of((start, vec(any::<u8>(), 0..60)).prop_map(|(start, rest)| [start, &rest].concat()))
}

prop_compose! {
    /// Any document.
    pub(crate) fn document()(
        (party_of_issuer, logo, client, number) in (party(), logo(), party(), text()),
        (status, issue_date, due_date, currency) in
            (status(), day(), option::of(day()), prop_oneof![Just("BRL".to_owned()), text()]),
        facts in vec((text(), text()), 0..3),
        lines in vec(line(), 0..6),
        taxes in vec(tax(), 0..3),
        (subtotal, tax_total, discount, total, paid, balance_due) in
            (decimal(), decimal(), decimal(), decimal(), decimal(), decimal()),
        payments in vec(payment(), 0..3),
        (notes, terms, payment_details, pix) in (text(), text(), vec(text(), 0..3), option::of(text())),
        (locale, page_size) in (locale(), prop::sample::select(vec![None, Some(PageSize::A4), Some(PageSize::Letter)])),
    ) -> InvoiceDocument {
        InvoiceDocument {
            issuer: Issuer { party: party_of_issuer, logo },
            client, number, status, issue_date, due_date, currency, facts, lines, subtotal, taxes, tax_total,
            discount, total, paid, balance_due, payments, notes, terms, payment_details, pix, locale, page_size,
        }
    }
}

fn share() -> impl Strategy<Value = Option<(Decimal, Decimal)>> {
    option::of((decimal(), decimal()))
}

fn rest() -> impl Strategy<Value = Option<DiscountRest>> {
    option::of((decimal(), any::<bool>()).prop_map(|(amount, carried)| DiscountRest { amount, carried }))
}

fn step() -> impl Strategy<Value = EnergyStep> {
    prop_oneof![
        (decimal(), decimal(), decimal()).prop_map(|(kwh, tariff, amount)| EnergyStep::Credits {
            kwh,
            tariff,
            amount
        }),
        (decimal(), decimal(), decimal()).prop_map(|(percent, of, amount)| EnergyStep::PlanDiscount {
            percent,
            of,
            amount
        }),
        (text(), share(), decimal(), rest()).prop_map(|(description, share, amount, rest)| {
            EnergyStep::Discount { description, share, amount, rest }
        }),
        (text(), share(), decimal()).prop_map(|(description, share, amount)| EnergyStep::Charge {
            description,
            share,
            amount
        }),
        decimal().prop_map(|amount| EnergyStep::UtilityBill { amount }),
    ]
}

prop_compose! {
    fn unit()(
        (number, name, holder, installation, plant) in (text(), text(), text(), text(), text()),
        address in vec(text(), 0..4),
    ) -> EnergyUnit {
        EnergyUnit { number, name, holder, installation, plant, address }
    }
}

prop_compose! {
    fn savings()(
        (month, percent, to_date, without_plan, with_plan) in
            (decimal(), option::of(decimal()), decimal(), decimal(), decimal()),
    ) -> EnergySavings {
        EnergySavings { month, percent, to_date, without_plan, with_plan }
    }
}

prop_compose! {
    fn figures()(
        (consumed, credits_used) in (option::of(decimal()), option::of(decimal())),
        (credits_offset, credit_balance) in (option::of(decimal()), option::of(decimal())),
    ) -> EnergyFigures {
        EnergyFigures { consumed, credits_used, credits_offset, credit_balance }
    }
}

prop_compose! {
    fn utility_bill()(amount in decimal(), due_date in option::of(day()), boleto in text()) -> UtilityBill {
        UtilityBill { amount, due_date, boleto }
    }
}

prop_compose! {
    /// Any energy invoice.
    pub(crate) fn energy_document()(
        (party_of_issuer, logo, client, unit) in (party(), logo(), party(), unit()),
        (number, status, competence) in (text(), status(), text()),
        (issue_date, due_date) in (day(), option::of(day())),
        (previous_reading, current_reading, next_reading) in
            (option::of(day()), option::of(day()), option::of(day())),
        (energy, steps) in (figures(), vec(step(), 0..6)),
        (total, paid, balance_due, payments) in (decimal(), decimal(), decimal(), vec(payment(), 0..3)),
        (savings, history) in (option::of(savings()), vec((text(), option::of(decimal())), 0..16)),
        (pix, utility_bill, notes) in (option::of(text()), option::of(utility_bill()), text()),
    ) -> EnergyInvoiceDocument {
        let history = history.into_iter().map(|(month, kwh)| Consumption { month, kwh }).collect();
        EnergyInvoiceDocument {
            issuer: Issuer { party: party_of_issuer, logo },
            client, unit, number, status, competence, issue_date, due_date, previous_reading, current_reading,
            next_reading, energy, steps, total, paid, balance_due, payments, savings, history, pix,
            utility_bill, notes,
        }
    }
}

fn day_energy() -> impl Strategy<Value = DayEnergy> {
    (day(), decimal()).prop_map(|(day, kwh)| DayEnergy { day, kwh })
}

/// Any report of energy production.
pub(crate) fn production_document() -> impl Strategy<Value = ProductionDocument> {
    let people =
        (party(), party(), text(), text(), prop::sample::select(vec!["pt-BR", "en-US", "de-DE", "☀"]));
    let days = (day(), day(), vec(day_energy(), 0..40), day(), vec(day_energy(), 0..40));
    (people, days).prop_map(
        |((issuer, client, project, installation, locale), (first, last, days, chart_month, chart_days))| {
            ProductionDocument {
                issuer: Issuer { party: issuer, logo: None },
                client,
                project,
                installation,
                first,
                last,
                days,
                chart_month,
                chart_days,
                locale: locale.to_owned(),
                page_size: None,
            }
        },
    )
}
