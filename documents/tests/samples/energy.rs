//! Energy invoices.

use super::{PIX, brazilian, party};
use jiff::civil::date;
use rust_decimal::Decimal;
use sunledger_documents::{
    Consumption, DiscountRest, EnergyFigures, EnergyInvoiceDocument, EnergySavings, EnergyStep, EnergyUnit,
    Payment, Status, UtilityBill,
};

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// Months of consumption, the last of them March 2024; what is no number was not billed.
pub(crate) fn history(kwh: &[&str]) -> Vec<Consumption> {
    const MONTHS: [&str; 13] = [
        "mar/23", "abr/23", "mai/23", "jun/23", "jul/23", "ago/23", "set/23", "out/23", "nov/23", "dez/23",
        "jan/24", "fev/24", "mar/24",
    ];
    let months = MONTHS.iter().skip(MONTHS.len().saturating_sub(kwh.len()));
    months
        .zip(kwh)
        .map(|(month, kwh)| Consumption { month: (*month).to_owned(), kwh: kwh.parse().ok() })
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
        utility_bill: Some(UtilityBill {
            amount: decimal("1627.58"),
            due_date: Some(date(2024, 3, 22)),
            boleto: "84670000001-7 43590024020-9 02405000243-5 84221010811-9".to_owned(),
        }),
        ..EnergyInvoiceDocument::default()
    }
}

fn signed(step: &EnergyStep) -> Decimal {
    match step {
        EnergyStep::PlanDiscount { amount, .. } | EnergyStep::Discount { amount, .. } => -*amount,
        EnergyStep::Credits { amount, .. }
        | EnergyStep::Charge { amount, .. }
        | EnergyStep::UtilityBill { amount } => *amount,
    }
}

/// With so many adjustments, and the utility's bill paid with it.
pub(crate) fn adjusted(count: usize) -> EnergyInvoiceDocument {
    let mut document = march();
    for index in 0..count {
        let description = format!("Ajuste {} do contrato", index.saturating_add(1));
        document.steps.push(if index % 2 == 0 {
            EnergyStep::Discount { description, share: None, amount: decimal("12.5"), rest: None }
        } else {
            let share = Some((decimal("1.5"), decimal("1043.707628928")));
            EnergyStep::Charge { description, share, amount: decimal("15.65561443392") }
        });
    }
    document.steps.push(EnergyStep::UtilityBill { amount: decimal("1627.58") });
    document.utility_bill = None;
    let total = document.steps.iter().fold(Decimal::ZERO, |sum, step| sum.saturating_add(signed(step)));
    (document.total, document.balance_due) = (total, total);
    if let Some(savings) = &mut document.savings {
        savings.with_plan = total;
    }
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

/// Paid in so many parts of a hundred reais, the rest still to be paid.
pub(crate) fn partly_paid(times: u32) -> EnergyInvoiceDocument {
    let mut document = march();
    let part = Decimal::ONE_HUNDRED;
    let payment = |index: u32| Payment {
        date: date(2024, 3, 15).saturating_add(jiff::Span::new().days(index)),
        method: if index.is_multiple_of(2) { "Pix".to_owned() } else { String::new() },
        amount: part,
    };
    document.status = Status::PartiallyPaid;
    document.competence = "Fevereiro 2024".to_owned();
    document.payments = (0..times).map(payment).collect();
    document.paid = part.saturating_mul(times.into());
    document.balance_due = document.total.saturating_sub(document.paid);
    document
}

/// Discounts that are worth more than the month; nothing is left to pay.
pub(crate) fn discounted() -> EnergyInvoiceDocument {
    let discount = |description: &str, share, amount, rest: Option<(&str, bool)>| EnergyStep::Discount {
        description: description.to_owned(),
        share,
        amount: decimal(amount),
        rest: rest.map(|(amount, carried)| DiscountRest { amount: decimal(amount), carried }),
    };
    let mut document = march();
    let share = Some((decimal("60"), decimal("1043.707628928")));
    document.steps.extend([
        discount("Promoção de verão", share, "626.2245773568", None),
        discount("Bônus de indicação", None, "417.4830515712", Some(("382.5169484288", true))),
        discount("Cortesia", None, "0", Some(("50", false))),
    ]);
    (document.total, document.balance_due) = (Decimal::ZERO, Decimal::ZERO);
    document.pix = None;
    document
}

/// Names and addresses as long as they come, and the largest amounts that can be billed.
pub(crate) fn long() -> EnergyInvoiceDocument {
    let name = "Associação dos Moradores e Amigos do Conjunto Habitacional Presidente Juscelino Kubitschek";
    let address = [
        "Rodovia Governador Doutor Adhemar Pereira de Barros, km 112,5, s/n, Bloco B, 3º andar, sala 1204",
        "Distrito Industrial de São Bernardo, Santa Bárbara d'Oeste - SP",
    ];
    let address: Vec<String> = address.map(str::to_owned).into();
    let mut document = adjusted(4);
    document.unit.number = "7012345678-0001-99".to_owned();
    document.issuer.party.name = format!("Cooperativa de {name} Ltda.");
    document.issuer.party.email = "financeiro.cobranca@cooperativa-energia-solar.exemplo.com.br".to_owned();
    document.issuer.party.address.clone_from(&address);
    document.client.name = name.to_owned();
    document.client.address.clone_from(&address);
    document.unit.holder = name.to_owned();
    document.unit.name = format!("Bloco B, {name}");
    document.unit.address = address;
    document.unit.plant = "Usina Fotovoltaica Solar Vale Verde do Paranapanema II".to_owned();
    document.number = "FATURA-ENERGIA/2024-000000421".to_owned();
    document.competence = "Fevereiro 2024".to_owned();
    let largest = decimal("123456789012.34");
    (document.total, document.balance_due) = (largest, largest);
    document.history = history(&["99999", "123456", "–", "1234567", "0", "0.5", "99999", "88888"]);
    document.notes = "Dúvidas? Fale com a gente pelo telefone 0800 123 4567, de segunda a sexta.".to_owned();
    document
}
