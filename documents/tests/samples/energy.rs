//! Energy invoices.

use super::{PIX, brazilian, party};
use jiff::civil::date;
use rust_decimal::Decimal;
use sunledger_documents::{
    Consumption, EnergyFigures, EnergyInvoiceDocument, EnergySavings, EnergyStep, EnergyUnit, Payment,
    Status, UtilityBill,
};

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// Months of consumption, the last of them March 2024.
pub(crate) fn history(kwh: &[&str]) -> Vec<Consumption> {
    const MONTHS: [&str; 13] = [
        "mar/23", "abr/23", "mai/23", "jun/23", "jul/23", "ago/23", "set/23", "out/23", "nov/23", "dez/23",
        "jan/24", "fev/24", "mar/24",
    ];
    let months = MONTHS.iter().skip(MONTHS.len().saturating_sub(kwh.len()));
    months
        .zip(kwh)
        .map(|(month, kwh)| Consumption { month: (*month).to_owned(), kwh: decimal(kwh) })
        .collect()
}

/// The first row of the energy document's own report, to be paid.
pub(crate) fn march() -> EnergyInvoiceDocument {
    EnergyInvoiceDocument {
        issuer: brazilian().issuer,
        client: party(
            "SUNNE SISTEMA DE WEB LTDA",
            "11.222.333/0001-81",
            &["Rua Exemplo, 123 - Centro", "São Paulo SP 01234-567"],
            "cliente@exemplo.com.br",
            "(11) 99999-9999",
        ),
        unit: EnergyUnit {
            number: "132456798".to_owned(),
            name: "Matriz".to_owned(),
            holder: "SUNNE SISTEMA DE WEB LTDA".to_owned(),
            installation: "TRIFÁSICO".to_owned(),
            plant: "Solar Vale Verde I".to_owned(),
            address: vec!["Rua Exemplo, 123 - Centro".to_owned(), "São Paulo SP 01234-567".to_owned()],
        },
        number: "INV-0421".to_owned(),
        competence: "Março 2024".to_owned(),
        issue_date: date(2024, 3, 14),
        due_date: Some(date(2024, 3, 22)),
        previous_reading: Some(date(2024, 2, 2)),
        current_reading: Some(date(2024, 3, 6)),
        next_reading: Some(date(2024, 4, 5)),
        energy: EnergyFigures {
            consumed: Some(decimal("1496")),
            credits_used: Some(decimal("1396")),
            credits_offset: Some(decimal("1342.27")),
            credit_balance: Some(decimal("3188.97")),
        },
        steps: vec![
            EnergyStep::Credits {
                kwh: decimal("1396"),
                tariff: decimal("0.93455196"),
                amount: decimal("1304.63453616"),
            },
            EnergyStep::PlanDiscount {
                percent: decimal("20"),
                of: decimal("1304.63453616"),
                amount: decimal("260.926907232"),
            },
        ],
        total: decimal("1043.71"),
        balance_due: decimal("1043.71"),
        savings: Some(EnergySavings {
            month: decimal("260.926907232"),
            percent: Some(decimal("20")),
            to_date: decimal("4801.266234674"),
            without_plan: decimal("2932.21453616"),
            with_plan: decimal("2671.287628928"),
        }),
        history: history(&[
            "1310", "1288", "1190", "1024", "987", "1011", "1156", "1302", "1398", "1511", "1602", "1544",
            "1496",
        ]),
        pix: Some(PIX.to_owned()),
        boleto: Some("00195.00941 01448.160687 09350.310000 1 15240000146538".to_owned()),
        utility_bill: Some(UtilityBill {
            amount: decimal("1627.58"),
            due_date: Some(date(2024, 3, 22)),
            boleto: "84670000001-7 43590024020-9 02405000243-5 84221010811-9".to_owned(),
        }),
        ..EnergyInvoiceDocument::default()
    }
}

/// With so many adjustments, and the utility's bill paid with it.
pub(crate) fn adjusted(count: usize) -> EnergyInvoiceDocument {
    let mut document = march();
    for index in 0..count {
        let description = format!("Ajuste {} do contrato", index.saturating_add(1));
        document.steps.push(if index % 2 == 0 {
            EnergyStep::Discount { description, share: None, amount: decimal("12.5") }
        } else {
            let share = Some((decimal("1.5"), decimal("1043.707628928")));
            EnergyStep::Charge { description, share, amount: decimal("15.65561443392") }
        });
    }
    document.steps.push(EnergyStep::UtilityBill { amount: decimal("1627.58") });
    document.utility_bill = None;
    document
}

/// Paid on the day that the sample says.
pub(crate) fn paid() -> EnergyInvoiceDocument {
    EnergyInvoiceDocument {
        status: Status::Paid,
        paid: decimal("1043.71"),
        balance_due: Decimal::ZERO,
        payments: vec![Payment {
            date: date(2024, 4, 2),
            method: "Pix".to_owned(),
            amount: decimal("1043.71"),
        }],
        ..march()
    }
}
