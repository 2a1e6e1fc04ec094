//! `/energy/consumer-units/{code}/bills`: a utility's bill goes in, an energy invoice comes out.

use futures_util::future::join_all;
use serde_json::{Value, json};
use sunledger_tests::bills::{BOLETO, utility_bill};
use sunledger_tests::books::{document, shown};
use sunledger_tests::energy::{refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const INVOICES: &str = "/energy/invoices";

async fn unit(t: &Tenant) -> String {
    let client = t.client("Acme").await;
    t.unit("132456798", &client).await
}

fn bills(unit: &str) -> String {
    format!("/energy/consumer-units/{unit}/bills")
}

both_backends! {
    async fn the_documents_bill_comes_to_the_documents_figures(t: Tenant) {
        let unit = unit(&t).await;
        let made = t.post(&bills(&unit), utility_bill("03/2024")).await.expect(201);
        let invoice = made.value();
        for (field, value) in [
            ("creditosUtilizados", "1396"), ("tarifaPisCofins", "0.02408778"),
            ("valorCreditoSemDesconto", "1304.63453616"), ("valorCreditoComDesconto", "1043.707628928"),
            ("totalAPagar", "1043.707628928"), ("valorComPlano", "2671.287628928"), ("valorSemPlano", "2932.21453616"),
            ("economiaMes", "260.926907232"), ("economiaTotal", "260.926907232"), ("porcentagemEconomiaMesAtual", "20"),
            ("total", "1043.71"), ("balance", "1043.71"), ("totalPago", "0.00"),
            ("dataCompetencia", "03/2024"), ("mesCompetencia", "Março"), ("dataVencimento", "22/03/2199"),
            ("dataEmissaoSunne", "14/03/2024"), ("dataLeituraAnterior", "02/02/2024"), ("nomeTipoInstalacao", "TRIFÁSICO"),
            ("numeroDoCliente", "132456798"), ("dealershipBoleto", BOLETO), ("status", "pending"),
            ("invoiceNumber", "INV-0001"), ("currency", "BRL"),
        ] {
            assert_eq!(shown(&invoice[field]), value, "{field}");
        }
        assert_eq!((&invoice["consumerUnitCode"], &invoice["consumerUnitId"]), (&json!(unit), &json!(1)));
        assert_eq!((&invoice["code"], &invoice["number"]), (&invoice["_id"], &json!(1)));
        let read = t.get(&format!("{INVOICES}/{}", shown(&invoice["code"]))).await.expect(200);
        assert_eq!((read.value(), read.header("etag")), (invoice.clone(), made.header("etag")));
        assert_eq!(t.get(&format!("{INVOICES}/1")).await.json(200), invoice);

        let elsewhere = t.invoice(&shown(&invoice["code"])).await;
        assert_eq!((shown(&elsewhere["total"]), shown(&elsewhere["status"])), ("1043.71".into(), "SENT".into()));
        assert_eq!(elsewhere["lineItems"].as_array().unwrap().len(), 1);
    }

    async fn the_documents_other_bill_comes_to_its_figures_too(t: Tenant) {
        let mut body = utility_bill("03/2024");
        body["consumoTotalMes"] = json!(2060);
        body["totalEncargos"] = document("186.43");
        let invoice = t.post(&bills(&unit(&t).await), body).await.json(201);
        for (field, value) in [
            ("creditosUtilizados", "1960"), ("valorCreditoSemDesconto", "1831.7218416"),
            ("valorCreditoComDesconto", "1465.37747328"), ("totalAPagar", "1465.37747328"), ("valorComPlano", "1651.80747328"),
            ("valorSemPlano", "2018.1518416"), ("economiaMes", "366.34436832"), ("total", "1465.38"),
        ] {
            assert_eq!(shown(&invoice[field]), value, "{field}");
        }
    }

    async fn what_is_left_out_is_today_and_what_is_late_is_overdue(t: Tenant) {
        let unit = unit(&t).await;
        let mut body = utility_bill("03/2024");
        body["dataVencimento"] = json!("22/03/2024");
        for left_out in ["dataEmissaoSunne", "dealershipBoleto"] {
            body.as_object_mut().unwrap().remove(left_out);
        }
        body["creditosUtilizados"] = json!(1000);
        let invoice = t.post(&bills(&unit), body).await.json(201);
        assert_eq!((shown(&invoice["status"]), &invoice["dealershipBoleto"]), ("overdue".into(), &Value::Null));
        assert_eq!(shown(&invoice["valorCreditoSemDesconto"]), "934.55196");
        assert!(!shown(&invoice["dataEmissaoSunne"]).ends_with("/2024"), "{invoice}");
    }

    async fn a_month_is_billed_once_until_its_invoice_is_cancelled_on_whatever_surface(t: Tenant) {
        let unit = unit(&t).await;
        let first = t.billed(&unit, "03/2024").await;
        let said = refusal(t.post(&bills(&unit), utility_bill("03/2024")).await, 409);
        for known in ["03/2024", "INV-0001", &shown(&first["code"])] {
            assert!(said.contains(known), "{known} in {said}");
        }
        let april = t.billed(&unit, "04/2024").await;
        assert_eq!(shown(&april["economiaTotal"]), "521.853814464");

        let cancelled = t.act(&format!("{INVOICES}/{}/cancel", shown(&first["code"]))).await.json(200);
        assert_eq!(shown(&cancelled["status"]), "cancelled");
        let second = t.billed(&unit, "03/2024").await;
        let path = format!("/api/v1/invoices/{}/cancel", shown(&second["code"]));
        let _ = t.post(&path, json!({"reason": "Read wrongly"})).await.data(200);
        let third = t.billed(&unit, "03/2024").await;
        assert_eq!(shown(&third["invoiceNumber"]), "INV-0004");
        assert_eq!(shown(&third["economiaTotal"]), "521.853814464", "cancelled months count no more");
    }

    async fn of_many_bills_at_once_for_a_month_one_is_taken(t: Tenant) {
        let unit = unit(&t).await;
        let path = bills(&unit);
        let replies = join_all((0..8).map(|_| t.post(&path, utility_bill("03/2024")))).await;
        let made = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        assert!(replies.iter().all(|reply| [201, 409].contains(&reply.status.as_u16())));
        assert_eq!(t.get(INVOICES).await.json(200)["total"], 1);
        assert_eq!(shown(&t.billed(&unit, "04/2024").await["invoiceNumber"]), "INV-0002", "no number is lost");
    }

    async fn under_an_idempotency_key_a_bill_is_one_invoice(t: Tenant) {
        let unit = unit(&t).await;
        let (path, body) = (bills(&unit), utility_bill("03/2024"));
        let once = || t.call("POST", &path).header("idempotency-key", "march").json(&body).send();
        let (first, again) = (once().await.expect(201), once().await.expect(201));
        assert_eq!(again.find("idempotent-replayed"), Some("true"));
        assert_eq!(first.value(), again.value());
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let unit = unit(&t).await;
        let mut wrong = utility_bill("13/2024");
        wrong["dataVencimento"] = json!("soon");
        wrong["consumoTotalMes"] = json!("1496");
        wrong["tarifakWh"] = json!(-1);
        wrong["dealershipBoleto"] = json!("12345678901234567890123456789012345679801234567");
        wrong.as_object_mut().unwrap().remove("totalEncargos");
        // Each of these is a day; only they can not be in this order.
        wrong["dataLeituraAtual"] = json!("2024-02-01");
        wrong["dataVencimentoConcessionaria"] = json!("05/03/2024");
        assert_eq!(
            wrong_fields(t.post(&bills(&unit), wrong).await),
            [
                "competencia", "consumoTotalMes", "dataLeituraAtual", "dataVencimento", "dataVencimentoConcessionaria",
                "dealershipBoleto", "tarifakWh", "totalEncargos",
            ]
        );
        assert_eq!(t.get(INVOICES).await.json(200)["total"], 0);
    }

    async fn a_tenant_that_checks_no_digits_keeps_the_documents_placeholder(t: Tenant) {
        let _ = t.put("/tenant", json!({"checkTaxIds": false})).await.expect(200);
        let unit = unit(&t).await;
        let mut body = utility_bill("03/2024");
        let placeholder = "12345678901234567890123456789012345679801234567";
        body["dealershipBoleto"] = json!(placeholder);
        assert_eq!(shown(&t.post(&bills(&unit), body).await.json(201)["dealershipBoleto"]), placeholder);
    }

    async fn nobody_is_billed_who_is_not_there_any_more(t: Tenant) {
        let client = t.client("Acme").await;
        let unit = t.unit("1", &client).await;
        let _ = t.delete(&format!("/api/v1/clients/{client}")).await.expect(204);
        assert!(refusal(t.post(&bills(&unit), utility_bill("03/2024")).await, 409).contains("inactive"));
        assert_eq!(t.get(INVOICES).await.json(200)["total"], 0);
    }

    async fn a_bill_over_the_limit_of_the_plan_is_none(t: Tenant) {
        let unit = unit(&t).await;
        let _ = t.put("/tenant", json!({"planLimits": {"invoicesPerMonth": 1}})).await.expect(200);
        let _ = t.billed(&unit, "03/2024").await;
        let _ = refusal(t.post(&bills(&unit), utility_bill("04/2024")).await, 403);
        let _ = t.put("/tenant", json!({"planLimits": {"invoicesPerMonth": null}})).await.expect(200);
        assert_eq!(shown(&t.billed(&unit, "04/2024").await["invoiceNumber"]), "INV-0002", "the month is as it was");
    }

    async fn what_is_not_there_or_not_ours_cannot_be_billed(t: Tenant) {
        for nobody in ["99", "0190a000-0000-7000-8000-000000000000", "x"] {
            let _ = refusal(t.post(&bills(nobody), utility_bill("03/2024")).await, 404);
        }
        let other = Tenant::on(t.server());
        let foreign = unit(&other).await;
        let _ = refusal(t.post(&bills(&foreign), utility_bill("03/2024")).await, 404);
        assert_eq!(other.get(INVOICES).await.json(200)["total"], 0);
    }
}
