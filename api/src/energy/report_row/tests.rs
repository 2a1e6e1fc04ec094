use super::*;
use crate::samples::{at, decimal};
use serde_json::Value;
use sunledger_domain::consumer_unit::UnitProfile;
use sunledger_domain::energy::{BillDraft, Billing, Fraction, InstallationType, Reais, Terms};
use sunledger_domain::value::{Currency, Email, TaxId};
use sunledger_domain::{Number as Sequential, Text};

const INVOICE: Uuid = Uuid::from_u128(0x018e_0000_0000_7000_8000_0000_0000_0001);

fn day(text: &str) -> CalendarDate {
    CalendarDate::parse(text).unwrap()
}

/// The bill of the sample's first row, without the binary noise of its tariff.
fn bill() -> BillDraft {
    BillDraft {
        competence: Competence::parse("03/2024").unwrap(),
        previous_reading: day("2024-02-02"),
        current_reading: day("2024-03-06"),
        next_reading: day("2024-04-05"),
        utility_issue_date: day("2024-03-06"),
        utility_due_date: day("2024-03-22"),
        due_date: day("2024-03-22"),
        consumption: decimal("1496"),
        credits_used: None,
        credits_compensated: decimal("1342.27"),
        credit_balance: decimal("3188.97"),
        tariff: decimal("0.95863974"),
        compensable_tariff: decimal("0.93455196"),
        utility_charges: decimal("1627.58"),
        dealership_boleto: Some("12345678901234567890123456789012345679801234567".to_owned()),
    }
}

fn invoice() -> Invoice {
    let terms = Terms {
        installation_type: InstallationType::Trifasico,
        discount_rate: Fraction::new(decimal("0.2")).unwrap(),
        pay_dealership_bill: false,
    };
    let before = decimal("4540.339327442");
    let billing = Billing::compute(bill().checked().unwrap(), terms, &[], &[], before).unwrap();
    let paid = decimal("1043.71");
    Invoice {
        number: Sequential(1),
        invoice_number: Text::given("INV-0001"),
        currency: Currency::BRL,
        issue_date: day("2024-03-14"),
        due_date: day("2024-03-22"),
        total: paid,
        paid,
        status: InvoiceStatus::Paid,
        energy: Some(Box::new(InvoiceEnergy {
            account_number: "132456798".to_owned(),
            billing,
            ..InvoiceEnergy::default()
        })),
        sent_at: Some(at("2024-03-14T18:07:09.865Z")),
        paid_at: Some(at("2024-04-02T15:00:00Z")),
        payments: vec![Payment {
            id: Uuid::nil(),
            amount: paid,
            date: day("2024-04-02"),
            method: None,
            reference: None,
            recorded_at: at("2024-04-02T15:00:00Z"),
            reversed_at: None,
        }],
        created_at: at("2024-03-14T13:55:01.733Z"),
        ..Invoice::default()
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn unit() -> ConsumerUnit {
    let address = Address {
        street: some("Rua Exemplo"),
        number: some("123"),
        district: some("Centro"),
        city: some("São Paulo"),
        state: some("SP"),
        zip: some("01234-567"),
        ..Address::default()
    };
    let profile = UnitProfile {
        name_account_owner: some("SUNNE SISTEMA DE WEB LTDA"),
        tax_id: Some(TaxId::parse("11222333000181", true).unwrap()),
        address: Some(address),
        opening_savings: Reais::default(),
        ..UnitProfile::default()
    };
    ConsumerUnit { profile, ..ConsumerUnit::default() }
}

fn company() -> Tenant {
    Tenant {
        name: "Sol Ltda".to_owned(),
        email: Some(Email::parse("sol@example.com").unwrap()),
        pix_key: some("123e4567-e12b-12d1-a456-426655440000"),
        pix_city: some("São Paulo"),
        ..Tenant::default()
    }
}

fn row(invoice: &Invoice) -> BillingRow {
    let (unit, profile) = (unit(), company());
    let pdf = Some("https://ledger.example.com/energy/files/x");
    let beside = Beside { unit: Some(&unit), client: None, profile: &profile, pdf };
    BillingRow::new(INVOICE, invoice, beside).unwrap()
}

/// The first row of the document's sample, its floats without their binary noise, and what is this ledger's own.
const SAMPLE: &str = r#"{
  "_id": "018e0000-0000-7000-8000-000000000001",
  "nomeTipoInstalacao": "TRIFÁSICO",
  "titularDaConta": "SUNNE SISTEMA DE WEB LTDA",
  "numeroDoCliente": "132456798",
  "cpfCnpj": "11.222.333/0001-81",
  "endereco": "Rua Exemplo, 123 - Centro - São Paulo SP 01234-567",
  "mesCompetencia": "Março",
  "dataCompetencia": "03/2024",
  "dataCompetenciaExtenso": "Março 2024",
  "dataLeituraAtualExtenso": "Mar 2024",
  "dataLeituraAtual": "06/03/2024",
  "dataLeituraAnteriorExtenso": "Fev 2024",
  "dataLeituraAnterior": "02/02/2024",
  "dataLeituraFutura": "05/04/2024",
  "dataLeituraFuturaExtenso": "Abr 2024",
  "dataEmissaoConcessionaria": "06/03/2024",
  "dataEmissaoSunne": "14/03/2024",
  "dataVencimento": "22/03/2024",
  "dataVencimentoConcessionaria": "22/03/2024",
  "creditosCompensados": 1342.27,
  "creditoSolarSaldoTotal": 3188.97,
  "consumoTotalMes": 1496,
  "creditosUtilizados": 1396,
  "totalEncargos": 1627.58,
  "custoDisponibilidade": 0,
  "fixedInstallmentValue": null,
  "tarifakWh": 0.95863974,
  "tarifakWhCompensavel": 0.93455196,
  "tarifaPisCofins": 0.02408778,
  "dealershipBoleto": "12345678901234567890123456789012345679801234567",
  "urlFatura": null,
  "totalAPagar": 1043.707628928,
  "valorComPlano": 2671.287628928,
  "valorSemPlano": 2932.21453616,
  "economiaMes": 260.926907232,
  "economiaTotal": 4801.266234674,
  "porcentagemEconomiaMesAtual": 20,
  "valorCreditoSemDesconto": 1304.63453616,
  "valorCreditoComDesconto": 1043.707628928,
  "payDealershipBill": false,
  "codigoPagamento": "INV0001",
  "codigoBoleto": "12345678901234567890123456789012345679801234567",
  "status": "paid",
  "qrcodeId": null,
  "qrcodeValue": null,
  "numberPagcerto": null,
  "urlUpdatedFatura": "https://ledger.example.com/energy/files/x",
  "urlFaturaSunne": "https://ledger.example.com/energy/files/x",
  "dataGeracao": "03-2024",
  "timestamp": 1710424501733,
  "emailHistory": [],
  "dataPagamento": "02/04/2024",
  "totalPago": 1043.71
}"#;

#[test]
fn the_documents_sample_comes_out_figure_by_figure_and_in_its_order() {
    assert_eq!(serde_json::to_string_pretty(&row(&invoice())).unwrap(), SAMPLE);
}

#[test]
fn there_is_a_column_for_every_field_of_the_row() {
    let printed = serde_json::to_string(&row(&invoice())).unwrap();
    let mut from = 0;
    for column in BillingRow::COLUMNS {
        let place = printed[from..].find(&format!("\"{column}\":"));
        from += place.unwrap_or_else(|| panic!("{column} is not where it should be"));
    }
    let Value::Object(fields) = serde_json::from_str(&printed).unwrap() else { panic!("no object") };
    assert_eq!(fields.len(), BillingRow::COLUMNS.len());
    assert_eq!(row(&invoice()).cells().len(), BillingRow::COLUMNS.len());
}

#[test]
fn as_csv_it_is_one_line() {
    let line = super::super::report_csv::line(&row(&invoice()));
    assert!(line.starts_with(
        "018e0000-0000-7000-8000-000000000001,TRIFÁSICO,SUNNE SISTEMA DE WEB LTDA,132456798,11.222.333/0001-81,\
         \"Rua Exemplo, 123 - Centro - São Paulo SP 01234-567\",Março,03/2024,Março 2024,"
    ));
    assert!(line.ends_with(",03-2024,1710424501733,,02/04/2024,1043.71\r\n"), "{line}");
}

#[test]
fn while_something_is_owed_there_is_a_pix_code_for_it() {
    let owed = Invoice {
        status: InvoiceStatus::PartiallyPaid,
        paid: decimal("1000"),
        balance: decimal("43.71"),
        ..invoice()
    };
    let row = row(&owed);
    assert_eq!((row.status, row.pix_id.as_deref()), ("partially_paid", Some("INV0001")));
    assert!(row.pix_code().is_some_and(|code| code.contains("540543.71")), "{row:?}");
    let draft = Invoice { status: InvoiceStatus::Cancelled, ..owed };
    assert!(pix::code(&draft, &company()).is_none());
}

#[test]
fn an_invoice_that_went_out_by_mail_says_so() {
    let row = row(&Invoice { sent_via_email: true, ..invoice() });
    let mail = serde_json::to_value(&row.emails).unwrap();
    assert_eq!(mail[0]["date"], "2024-03-14T18:07:09.865Z");
    assert_eq!((&mail[0]["from"], &mail[0]["to"]), (&Value::from("sol@example.com"), &Value::Null));
}

#[test]
fn what_the_unit_does_not_say_its_client_does() {
    let client = Client {
        name: "Ana".to_owned(),
        tax_id: Some(TaxId::parse("52998224725", true).unwrap()),
        address: Some(Address::from_text("Rua A, 1\nCampinas").unwrap()),
        ..Client::default()
    };
    let (unit, profile) = (ConsumerUnit::default(), company());
    let beside = Beside { unit: Some(&unit), client: Some(&client), profile: &profile, pdf: None };
    let row = BillingRow::new(INVOICE, &invoice(), beside).unwrap();
    assert_eq!(row.account_owner.as_deref(), Some("Ana"));
    assert_eq!(row.tax_id.as_deref(), Some("529.982.247-25"));
    assert_eq!(row.address.as_deref(), Some("Rua A, 1, Campinas"));
}

#[test]
fn payments_that_were_taken_back_do_not_count() {
    let mut reversed = invoice();
    reversed.payments[0].reversed_at = Some(at("2024-04-03T00:00:00Z"));
    reversed.paid_at = None;
    assert_eq!(row(&reversed).paid_on, None);
    let over_nothing = Invoice { payments: vec![], ..invoice() };
    assert_eq!(row(&over_nothing).paid_on.as_deref(), Some("02/04/2024"));
}

#[test]
fn an_invoice_that_bills_no_month_has_no_row() {
    let (unit, profile) = (unit(), company());
    let beside = Beside { unit: Some(&unit), client: None, profile: &profile, pdf: None };
    assert!(BillingRow::new(INVOICE, &Invoice { energy: None, ..invoice() }, beside).is_none());
}
