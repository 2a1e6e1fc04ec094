//! `POST /energy/reports/billing`.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::energy::{unit_body, wrong_fields};
use sunledger_tests::{Api, Tenant, both_backends};

const REPORT: &str = "/energy/reports/billing";

/// The bill of the sample's first row, for any month.
fn bill(month: &str) -> Value {
    let mut bill = document(
        r#"{"dataLeituraAnterior": "02/02/2024", "dataLeituraAtual": "06/03/2024", "dataLeituraFutura": "05/04/2024",
            "dataEmissaoConcessionaria": "06/03/2024", "dataVencimentoConcessionaria": "22/03/2024",
            "dataVencimento": "22/03/2024", "dataEmissaoSunne": "14/03/2024", "consumoTotalMes": 1496,
            "creditosCompensados": 1342.27, "creditoSolarSaldoTotal": 3188.97, "tarifakWh": 0.95863974,
            "tarifakWhCompensavel": 0.93455196, "totalEncargos": 1627.58}"#,
    );
    bill["competencia"] = json!(month);
    bill
}

/// Bills a month of a unit, and returns the invoice's code.
async fn billed(t: &Api, unit: &str, month: &str) -> String {
    let path = format!("/energy/consumer-units/{unit}/bills");
    shown(&t.post(&path, bill(month)).await.json(201)["code"])
}

/// The rows of a report, as JSON.
async fn report(t: &Api, body: Value) -> Vec<Value> {
    let reply = t.call("POST", REPORT).header("accept", "application/json").json(&body).send().await;
    reply.json(200).as_array().unwrap().clone()
}

fn months_and_units(rows: &[Value]) -> Vec<(String, String)> {
    rows.iter().map(|row| (shown(&row["dataCompetencia"]), shown(&row["numeroDoCliente"]))).collect()
}

both_backends! {
    async fn the_documents_first_row_comes_out_figure_by_figure(t: Tenant) {
        // The sample's boleto is a placeholder, whose check digits are wrong.
        let profile = json!({"checkTaxIds": false, "pixKey": "123e4567-e12b-12d1-a456-426655440000"});
        let _ = t.put("/tenant", profile).await.expect(200);
        let client = t.client("SUNNE").await;
        let mut unit = unit_body("132456798", &client);
        unit["nameAccountOwner"] = json!("SUNNE SISTEMA DE WEB LTDA");
        unit["cpfCnpj"] = json!("00.000.000/0001-00");
        unit["openingSavings"] = document("4540.339327442");
        unit["address"] = json!({
            "street": "Rua Exemplo", "number": "123", "district": "Centro", "city": "São Paulo", "state": "SP",
            "zip": "01234-567",
        });
        let code = shown(&t.post("/energy/consumer-units", unit).await.json(200)["code"]);
        let mut march = bill("03/2024");
        march["dealershipBoleto"] = json!("12345678901234567890123456789012345679801234567");
        let made = t.post(&format!("/energy/consumer-units/{code}/bills"), march).await.json(201);
        let invoice = shown(&made["code"]);
        let payment = json!({"amount": document("1043.71"), "date": "2024-04-02", "method": "pix"});
        let _ = t.post(&format!("/energy/invoices/{invoice}/payments"), payment).await.expect(201);

        let rows = report(&t, json!({"firstDate": "03-2024", "powerPlants": [], "secondDate": "04-2024"})).await;
        assert_eq!(rows.len(), 1);
        for (field, printed) in [
            ("_id", invoice.as_str()),
            ("nomeTipoInstalacao", "TRIFÁSICO"),
            ("titularDaConta", "SUNNE SISTEMA DE WEB LTDA"),
            ("numeroDoCliente", "132456798"),
            ("cpfCnpj", "00.000.000/0001-00"),
            ("endereco", "Rua Exemplo, 123 - Centro - São Paulo SP 01234-567"),
            ("mesCompetencia", "Março"),
            ("dataCompetencia", "03/2024"),
            ("dataCompetenciaExtenso", "Março 2024"),
            ("dataLeituraAtualExtenso", "Mar 2024"),
            ("dataLeituraAtual", "06/03/2024"),
            ("dataLeituraAnteriorExtenso", "Fev 2024"),
            ("dataLeituraAnterior", "02/02/2024"),
            ("dataLeituraFutura", "05/04/2024"),
            ("dataLeituraFuturaExtenso", "Abr 2024"),
            ("dataEmissaoConcessionaria", "06/03/2024"),
            ("dataEmissaoSunne", "14/03/2024"),
            ("dataVencimento", "22/03/2024"),
            ("dataVencimentoConcessionaria", "22/03/2024"),
            ("creditosCompensados", "1342.27"),
            ("creditoSolarSaldoTotal", "3188.97"),
            ("consumoTotalMes", "1496"),
            ("creditosUtilizados", "1396"),
            ("totalEncargos", "1627.58"),
            ("custoDisponibilidade", "0"),
            ("fixedInstallmentValue", "null"),
            ("tarifakWh", "0.95863974"),
            ("tarifakWhCompensavel", "0.93455196"),
            ("tarifaPisCofins", "0.02408778"),
            ("dealershipBoleto", "12345678901234567890123456789012345679801234567"),
            ("urlFatura", "null"),
            ("totalAPagar", "1043.707628928"),
            ("valorComPlano", "2671.287628928"),
            ("valorSemPlano", "2932.21453616"),
            ("economiaMes", "260.926907232"),
            ("economiaTotal", "4801.266234674"),
            ("porcentagemEconomiaMesAtual", "20"),
            ("valorCreditoSemDesconto", "1304.63453616"),
            ("valorCreditoComDesconto", "1043.707628928"),
            ("payDealershipBill", "false"),
            ("codigoPagamento", "INV0001"),
            ("codigoBoleto", "12345678901234567890123456789012345679801234567"),
            ("status", "paid"),
            ("qrcodeId", "null"),
            ("qrcodeValue", "null"),
            ("numberPagcerto", "null"),
            ("dataGeracao", "03-2024"),
            ("emailHistory", "[]"),
            ("dataPagamento", "02/04/2024"),
            ("totalPago", "1043.71"),
        ] {
            assert_eq!(shown(&rows[0][field]), printed, "{field}");
        }
        assert_eq!(rows[0].as_object().unwrap().len(), 53);
        let link = shown(&rows[0]["urlFaturaSunne"]);
        let path = &link[link.find("/energy/").unwrap()..];
        let pdf = t.with_key(None).get(path).await.expect(200);
        assert!(pdf.body.starts_with(b"%PDF-"), "{}", pdf.text());
    }

    async fn the_documents_second_row_comes_out_figure_by_figure(t: Tenant) {
        let client = t.client("SUNNE").await;
        let mut unit = unit_body("123456789", &client);
        unit["openingSavings"] = document("5542.301885502");
        let code = shown(&t.post("/energy/consumer-units", unit).await.json(200)["code"]);
        let mut march = bill("03/2024");
        for (field, value) in [
            ("consumoTotalMes", "2060"),
            ("creditosCompensados", "1789.68"),
            ("creditoSolarSaldoTotal", "4277.26"),
            ("totalEncargos", "186.43"),
        ] {
            march[field] = document(value);
        }
        (march["dataVencimento"], march["dataLeituraFutura"]) = (json!("27/03/2024"), json!("03/04/2024"));
        let made = t.post(&format!("/energy/consumer-units/{code}/bills"), march).await.json(201);
        let payment = json!({"amount": document("1465.38"), "date": "2024-04-02", "method": "pix"});
        let _ = t.post(&format!("/energy/invoices/{}/payments", shown(&made["code"])), payment).await.expect(201);
        let rows = report(&t, json!({"firstDate": "03/2024", "secondDate": "03/2024"})).await;
        for (field, printed) in [
            ("dataLeituraFutura", "03/04/2024"),
            ("dataVencimento", "27/03/2024"),
            ("creditosUtilizados", "1960"),
            ("tarifaPisCofins", "0.02408778"),
            ("totalAPagar", "1465.37747328"),
            ("valorComPlano", "1651.80747328"),
            ("valorSemPlano", "2018.1518416"),
            ("economiaMes", "366.34436832"),
            ("economiaTotal", "5908.646253822"),
            ("valorCreditoSemDesconto", "1831.7218416"),
            ("valorCreditoComDesconto", "1465.37747328"),
            ("status", "paid"),
            ("dataPagamento", "02/04/2024"),
            ("totalPago", "1465.38"),
        ] {
            assert_eq!(shown(&rows[0][field]), printed, "{field}");
        }
    }

    async fn it_is_text_as_documented_and_json_or_csv_where_accept_asks(t: Tenant) {
        let (client, plain) = (t.client("Acme, Ltda").await, |accept: &'static str| {
            let t = t.clone();
            async move { t.call("POST", REPORT).header("accept", accept).json(&json!({})).send().await.expect(200) }
        });
        for (accept, mime, empty) in [
            ("*/*", "text/plain; charset=utf-8", "[]"),
            ("text/plain", "text/plain; charset=utf-8", "[]"),
            ("application/json, text/plain, */*", "application/json", "[]"),
            ("application/json;q=0.5, text/plain", "text/plain; charset=utf-8", "[]"),
            ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8; header=present", ""),
            ("text/csv", "text/csv; charset=utf-8; header=present", ""),
        ] {
            let reply = plain(accept).await;
            assert_eq!(reply.header("content-type"), mime);
            let text = reply.text();
            assert!(if empty.is_empty() { text.lines().count() == 1 } else { text == empty }, "{accept}: {text}");
        }
        let unit = t.unit("1", &client).await;
        let _ = t.patch(&format!("/energy/consumer-units/{unit}"), json!({"nameAccountOwner": "=1+1, \"x\""})).await.expect(200);
        let _ = billed(&t, &unit, "03/2024").await;
        let (text, json) = (plain("text/plain").await, plain("application/json").await);
        let fixed = |value: Value| {
            // Each link is a new one.
            let mut row = value[0].clone();
            (row["urlFaturaSunne"], row["urlUpdatedFatura"]) = (Value::Null, Value::Null);
            row
        };
        assert_eq!(fixed(text.value()), fixed(json.value()));
        let csv = plain("text/csv").await;
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"billing.csv\"");
        let csv = csv.text();
        let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("_id,nomeTipoInstalacao,titularDaConta,"), "{csv}");
        assert!(lines[1].contains(",TRIFÁSICO,\"'=1+1, \"\"x\"\"\",1,"), "{csv}");
    }

    async fn it_has_the_months_and_the_plants_that_were_asked_for(t: Tenant) {
        let client = t.client("Acme").await;
        let (first, second) = (t.plant("Usina I").await, t.plant("Usina II").await);
        let a = t.unit_of("a", &client, &first, "0.5").await;
        let b = t.unit_of("b", &client, &second, "0.5").await;
        let c = t.unit("c", &client).await;
        for (unit, month) in [(&b, "04/2024"), (&a, "03/2024"), (&c, "03/2024"), (&a, "02/2024"), (&b, "03/2024")] {
            let _ = billed(&t, unit, month).await;
        }
        let _ = t.sent(&client, "100").await;
        let of = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(month, unit)| ((*month).to_owned(), (*unit).to_owned())).collect()
        };
        let all = [("02/2024", "a"), ("03/2024", "a"), ("03/2024", "c"), ("03/2024", "b"), ("04/2024", "b")];
        for (body, expected) in [
            (json!({}), &all[..]),
            (json!({"firstDate": "03/2024"}), &all[1..]),
            (json!({"secondDate": "03-2024"}), &all[..4]),
            (json!({"firstDate": "03-2024", "secondDate": "03/2024", "powerPlants": []}), &all[1..4]),
            (json!({"powerPlants": [first]}), &all[..2]),
            (json!({"powerPlants": ["2"], "firstDate": "04-2024"}), &all[4..]),
            (json!({"powerPlants": [1, second]}), &[all[0], all[1], all[3], all[4]][..]),
            (json!({"powerPlants": ["99"]}), &all[..0]),
            (json!({"firstDate": "05-2024"}), &all[..0]),
        ] {
            assert_eq!(months_and_units(&report(&t, body.clone()).await), of(expected), "{body}");
        }
        // A unit that leaves its plant keeps the months that it was billed with it.
        let _ = t.patch(&format!("/energy/consumer-units/{a}"), json!({"powerPlantCode": null})).await.expect(200);
        assert_eq!(report(&t, json!({"powerPlants": [first]})).await.len(), 2);
        let other = Tenant::on(t.server());
        assert!(report(&other, json!({})).await.is_empty());
        assert!(report(&other, json!({"powerPlants": [first]})).await.is_empty());
    }

    async fn a_cancelled_invoice_says_so_beside_the_one_that_replaced_it(t: Tenant) {
        let client = t.client("Acme").await;
        let unit = t.unit("a", &client).await;
        let first = billed(&t, &unit, "03/2024").await;
        let _ = t.act(&format!("/energy/invoices/{first}/cancel")).await.expect(200);
        let second = billed(&t, &unit, "03/2024").await;
        let rows = report(&t, json!({})).await;
        let found: Vec<_> = rows.iter().map(|row| (shown(&row["_id"]), shown(&row["status"]))).collect();
        assert_eq!(found[0], (first, "cancelled".to_owned()));
        assert_eq!(found[1].0, second);
    }

    async fn a_long_report_comes_whole_and_in_order(t: Tenant) {
        let client = t.client("Acme").await;
        let mut expected = Vec::new();
        for account in ["a", "b", "c", "d", "e"] {
            let unit = t.unit(account, &client).await;
            for month in 1..=46 {
                let month = format!("{:02}/{}", (month - 1) % 12 + 1, 2021 + (month - 1) / 12);
                let _ = billed(&t, &unit, &month).await;
                let (digits, year) = month.split_once('/').unwrap();
                expected.push((format!("{year}-{digits}"), account.to_owned(), month.clone()));
            }
        }
        // Units were billed one after the other, so numbers go by account within a month.
        expected.sort();
        let rows = report(&t, json!({})).await;
        let expected: Vec<_> = expected.into_iter().map(|(_, account, month)| (month, account)).collect();
        assert_eq!(months_and_units(&rows), expected);
        let csv = t.call("POST", REPORT).header("accept", "text/csv").json(&json!({})).send().await.expect(200);
        assert_eq!(csv.text().lines().count(), 231);
    }

    async fn every_wrong_field_is_named_and_reading_is_enough(t: Tenant) {
        let body = json!({"firstDate": "2024-03", "powerPlants": ["x", {}], "secondDate": "13/2024"});
        let named = wrong_fields(t.post(REPORT, body).await);
        assert_eq!(named, ["firstDate", "powerPlants[0]", "powerPlants[1]", "secondDate"]);
        assert_eq!(wrong_fields(t.post(REPORT, json!({"firstDate": "04-2024", "secondDate": "03-2024"})).await), ["secondDate"]);
        let reader = t.with_scopes(&["energy:read"]);
        let _ = reader.post(REPORT, json!({})).await.expect(200);
        let _ = t.with_scopes(&["crm:write"]).post(REPORT, json!({})).await.expect(403);
    }
}
