//! What the body of a utility's bill may say. Names are those of the billing report.

use super::times;
use crate::fields::{Fields, number, parsed};
use rust_decimal::Decimal;
use serde_json::Value;
use sunledger_domain::energy::{BillDraft, Kwh, Reais, Tariff};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Boleto, CalendarDate, Competence};
use utoipa::ToSchema;

/// The utility's bill of one month.
#[derive(ToSchema)]
#[schema(as = energy::NewBill, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `read` reads it")]
pub(super) struct NewBill {
    /// The month that it is for, MM/YYYY.
    #[schema(example = "03/2024", pattern = "^(0[1-9]|1[0-2])[/-](19|20|21)[0-9]{2}$")]
    competencia: String,
    /// The day the meter was read before, YYYY-MM-DD or DD/MM/YYYY like every date here.
    #[schema(example = "2024-02-02")]
    data_leitura_anterior: String,
    /// The day it was read; after the one before.
    #[schema(example = "2024-03-06")]
    data_leitura_atual: String,
    /// The day it will be read; after this one.
    #[schema(example = "2024-04-05")]
    data_leitura_futura: String,
    /// The day the utility wrote the bill.
    #[schema(example = "2024-03-06")]
    data_emissao_concessionaria: String,
    /// Until when the utility wants its money.
    #[schema(example = "2024-03-22")]
    data_vencimento_concessionaria: String,
    /// Until when the energy invoice is to be paid.
    #[schema(example = "2024-03-22")]
    data_vencimento: String,
    /// The date that the energy invoice bears; today where there is none.
    #[schema(example = "2024-03-14")]
    data_emissao_sunne: Option<String>,
    /// kWh of the month.
    #[schema(minimum = 0, example = 1496)]
    consumo_total_mes: f64,
    /// kWh that credits pay for; the consumption less the minimum of the connection where it is not said.
    #[schema(minimum = 0, example = 1396)]
    creditos_utilizados: Option<f64>,
    /// kWh of credits, as the utility counts them.
    #[schema(minimum = 0, example = 1342.27)]
    creditos_compensados: f64,
    /// kWh of credits that the utility says are left.
    #[schema(minimum = 0, example = 3188.97)]
    credito_solar_saldo_total: f64,
    /// R$/kWh.
    #[schema(minimum = 0, maximum = 1000, example = 0.95863974)]
    tarifak_wh: f64,
    /// R$/kWh: the part of the tariff that a credit saves.
    #[schema(minimum = 0, maximum = 1000, example = 0.93455196)]
    tarifak_wh_compensavel: f64,
    /// R$ that the utility wants.
    #[schema(minimum = 0, example = 1627.58)]
    total_encargos: f64,
    /// The digits that the utility's bill is paid by: 47, or the 48 of a utility's, with right check digits (not looked at
    /// where the tenant checks no CPF and CNPJ either).
    #[schema(example = "84670000001-7 43590024020-9 02405000243-5 84221010811-9")]
    dealership_boleto: Option<String>,
}

/// Reads a [`NewBill`]: the bill, and the date that its invoice bears.
pub(super) fn read(fields: &mut Fields, profile: &Tenant) -> (BillDraft, Option<CalendarDate>) {
    let day = |value| parsed(|text| times::day(text, &profile.time_zone))(value);
    let kwh = |value| number(Kwh::new)(value).map(Kwh::get);
    let tariff = |value| number(Tariff::new)(value).map(Tariff::get);
    let boleto = |value| parsed(|text| boleto(text, profile.check_tax_ids))(value);
    let draft = BillDraft {
        competence: fields.required("competencia", parsed(Competence::parse)),
        previous_reading: fields.required("dataLeituraAnterior", day),
        current_reading: fields.required("dataLeituraAtual", day),
        next_reading: fields.required("dataLeituraFutura", day),
        utility_issue_date: fields.required("dataEmissaoConcessionaria", day),
        utility_due_date: fields.required("dataVencimentoConcessionaria", day),
        due_date: fields.required("dataVencimento", day),
        consumption: fields.required("consumoTotalMes", kwh),
        credits_used: fields.optional("creditosUtilizados", kwh),
        credits_compensated: fields.required("creditosCompensados", kwh),
        credit_balance: fields.required("creditoSolarSaldoTotal", kwh),
        tariff: fields.required("tarifakWh", tariff),
        compensable_tariff: fields.required("tarifakWhCompensavel", tariff),
        utility_charges: fields.required("totalEncargos", reais),
        dealership_boleto: fields.optional("dealershipBoleto", boleto),
    };
    let issue_date = fields.optional("dataEmissaoSunne", day);
    compare(fields, &draft);
    (draft, issue_date)
}

/// Notes what can not be together, so that a caller learns of it with everything else. Of a field that is to be compared
/// with one that could not be read, nothing is said.
fn compare(fields: &mut Fields, draft: &BillDraft) {
    let Err(wrong) = draft.checked() else { return };
    for (field, message) in wrong.iter() {
        let other = match field {
            "current_reading" => "previous_reading",
            "next_reading" => "current_reading",
            "utility_due_date" => "utility_issue_date",
            itself => itself,
        };
        let name = |field| name_of(field).unwrap_or(field);
        if !fields.is_wrong(name(other)) {
            fields.refuse(name(field), message);
        }
    }
}

/// The field of a [`NewBill`] that the domain calls otherwise.
pub(super) fn name_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "competence" => "competencia",
        "previous_reading" => "dataLeituraAnterior",
        "current_reading" => "dataLeituraAtual",
        "next_reading" => "dataLeituraFutura",
        "utility_issue_date" => "dataEmissaoConcessionaria",
        "utility_due_date" => "dataVencimentoConcessionaria",
        "due_date" => "dataVencimento",
        "issue_date" => "dataEmissaoSunne",
        "consumption" => "consumoTotalMes",
        "credits_used" => "creditosUtilizados",
        "credits_compensated" => "creditosCompensados",
        "credit_balance" => "creditoSolarSaldoTotal",
        "tariff" => "tarifakWh",
        "compensable_tariff" => "tarifakWhCompensavel",
        "utility_charges" => "totalEncargos",
        "dealership_boleto" => "dealershipBoleto",
        _ => return None,
    })
}

fn reais(value: Value) -> Result<Decimal, String> {
    number(Reais::new)(value).map(Reais::get)
}

/// The utility's line of digits. A tenant that has no check digits looked at (its data are made up) keeps any of the
/// right length, which the domain sees to.
fn boleto(text: &str, check: bool) -> Result<String, String> {
    if check {
        Boleto::parse(text).map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::bills;
    use serde_json::json;

    /// The first row of the document's sample, as a utility's bill.
    fn march() -> Value {
        json!({
            "competencia": "03/2024",
            "dataLeituraAnterior": "02/02/2024", "dataLeituraAtual": "2024-03-06", "dataLeituraFutura": "05/04/2024",
            "dataEmissaoConcessionaria": "2024-03-06", "dataVencimentoConcessionaria": "2024-03-22",
            "dataVencimento": "2024-03-22",
            "consumoTotalMes": 1496, "creditosCompensados": 1342.27, "creditoSolarSaldoTotal": 3188.97,
            "totalEncargos": 1627.58, "tarifakWh": 0.95863974, "tarifakWhCompensavel": 0.93455196,
        })
    }

    fn with(changes: Value) -> Value {
        let mut body = march();
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    fn read_as(body: Value, profile: &Tenant) -> Result<BillDraft, String> {
        let Value::Object(map) = body else { panic!("no object") };
        let mut fields = Fields::new(map);
        let (draft, _) = read(&mut fields, profile);
        fields.finish().map(|()| draft).map_err(|error| bills::refusal(error).message.into_owned())
    }

    fn read_body(body: Value) -> Result<BillDraft, String> {
        read_as(body, &Tenant::default())
    }

    #[test]
    fn days_are_read_in_both_forms_and_numbers_exactly() {
        let draft = read_body(march()).unwrap();
        assert_eq!(draft.previous_reading.to_string(), "2024-02-02");
        assert_eq!(draft.next_reading.to_string(), "2024-04-05");
        assert_eq!(draft.compensable_tariff.to_string(), "0.93455196");
        assert_eq!((draft.credits_used, draft.dealership_boleto), (None, None));
        let noisy: Value = serde_json::from_str("0.9345519599999998").unwrap();
        let draft = read_body(with(json!({ "tarifakWhCompensavel": noisy }))).unwrap();
        assert_eq!(draft.compensable_tariff.to_string(), "0.9345519599999998");
    }

    #[test]
    fn every_missing_field_is_named_at_once() {
        let error = read_body(json!({})).unwrap_err();
        for (name, _) in march().as_object().unwrap() {
            assert!(error.contains(&format!("Missing required field: {name}")), "{name} in {error}");
        }
    }

    #[test]
    fn wrong_fields_are_named_as_in_the_body() {
        for (change, named) in [
            (json!({"competencia": "13/2024"}), "competencia: "),
            (json!({"dataLeituraAtual": "2024-02-30"}), "dataLeituraAtual: "),
            (json!({"dataLeituraAtual": "2024-02-02"}), "dataLeituraAtual: must be after"),
            (json!({"dataLeituraFutura": "2024-03-06"}), "dataLeituraFutura: must be after"),
            (
                json!({"dataVencimentoConcessionaria": "2024-03-05"}),
                "dataVencimentoConcessionaria: must not be before",
            ),
            (json!({"consumoTotalMes": -1}), "consumoTotalMes: "),
            (json!({"consumoTotalMes": "1496"}), "consumoTotalMes: "),
            (json!({"creditosUtilizados": -1}), "creditosUtilizados: "),
            (json!({"tarifakWh": 1001}), "tarifakWh: "),
            (json!({"totalEncargos": -0.01}), "totalEncargos: "),
            (json!({"dealershipBoleto": "1234"}), "dealershipBoleto: "),
        ] {
            let error = read_body(with(change.clone())).unwrap_err();
            assert!(error.contains(named), "{change}: {error}");
        }
    }

    #[test]
    fn what_can_not_be_together_is_named_with_the_rest() {
        let error = read_body(with(json!({
            "competencia": "13/2024", "dataLeituraAtual": "2024-02-01", "dataLeituraFutura": "soon",
            "dataVencimentoConcessionaria": "2024-03-05",
        })))
        .unwrap_err();
        for name in [
            "competencia: must be a month",
            "dataLeituraAtual: must be after",
            "dataLeituraFutura: must be a date",
            "dataVencimentoConcessionaria: must not be before",
        ] {
            assert!(error.contains(name), "{name} in {error}");
        }
    }

    #[test]
    fn nothing_is_compared_with_what_could_not_be_read() {
        for (change, named) in [
            (json!({"dataLeituraAnterior": "x"}), "dataLeituraAnterior"),
            (json!({"dataLeituraAtual": "x"}), "dataLeituraAtual"),
            (json!({"dataLeituraFutura": "x"}), "dataLeituraFutura"),
            (json!({"dataEmissaoConcessionaria": "x"}), "dataEmissaoConcessionaria"),
        ] {
            let error = read_body(with(change)).unwrap_err();
            assert!(error.starts_with(named) && !error.contains(';'), "{error}");
        }
    }

    #[test]
    fn a_boletos_check_digits_are_looked_at_unless_the_tenant_looks_at_none() {
        let placeholder =
            with(json!({"dealershipBoleto": "12345678901234567890123456789012345679801234567"}));
        assert!(
            read_body(placeholder.clone()).unwrap_err().contains("dealershipBoleto: has a wrong check digit")
        );
        assert!(read_as(placeholder, &Tenant { check_tax_ids: false, ..Tenant::default() }).is_ok());
        for right in [
            "00190500954014481606906809350314337370000000100",
            "84670000001-7 43590024020-9 02405000243-5 84221010811-9",
        ] {
            assert!(read_body(with(json!({ "dealershipBoleto": right }))).is_ok(), "{right}");
        }
    }
}
