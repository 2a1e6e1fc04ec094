//! `/energy/invoices`: list, read, explain, pay.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::energy::{refusal, wrong_fields};
use sunledger_tests::{Receiver, Reply, Tenant, both_backends};

const INVOICES: &str = "/energy/invoices";

async fn list(t: &Tenant, query: &str) -> Reply {
    t.get(&format!("{INVOICES}{query}")).await
}

fn codes(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|invoice| shown(&invoice["code"])).collect()
}

both_backends! {
    async fn the_list_is_found_by_account_and_month(t: Tenant) {
        let client = t.client("Acme").await;
        let (one, two) = (t.unit("132.456-798", &client).await, t.unit("2", &client).await);
        let mut made = Vec::new();
        for (unit, month) in [(&one, "03/2024"), (&one, "04/2024"), (&two, "03/2024")] {
            made.push(shown(&t.billed(unit, month).await["code"]));
        }
        let all = list(&t, "?page=1&limit=15").await.json(200);
        assert_eq!((&all["limit"], &all["page"], &all["total"]), (&json!(15), &json!(1), &json!(3)));
        assert_eq!(codes(&all), [made[2].clone(), made[1].clone(), made[0].clone()], "newest first");
        let march = list(&t, "?dataCompetencia=03/2024").await.json(200);
        assert_eq!((codes(&march), &march["total"]), (vec![made[2].clone(), made[0].clone()], &json!(2)));
        for account in ["132456798", "132.456-798"] {
            let of_one = list(&t, &format!("?numeroDoCliente={account}")).await.json(200);
            assert_eq!(codes(&of_one), [made[1].clone(), made[0].clone()]);
        }
        assert_eq!(codes(&list(&t, &format!("?numeroDoCliente={two}")).await.json(200)), [made[2].clone()], "by its code");
        assert_eq!(codes(&list(&t, "?numeroDoCliente=132456798&dataCompetencia=03/2024").await.json(200)), [made[0].clone()]);
        for nothing in ["?numeroDoCliente=99", "?dataCompetencia=05/2024"] {
            let empty = list(&t, nothing).await.json(200);
            assert_eq!((&empty["data"], &empty["total"]), (&json!([]), &json!(0)));
        }
        assert_eq!(wrong_fields(list(&t, "?dataCompetencia=2024-03").await), ["dataCompetencia"]);
        assert_eq!(wrong_fields(list(&t, "?page=0&dataCompetencia=x").await), ["dataCompetencia", "page"]);

        let first = list(&t, "?limit=2").await.expect(200);
        let rest = list(&t, &format!("?limit=2&cursor={}", first.header("x-next-cursor"))).await.expect(200);
        assert_eq!(codes(&rest.value()), [made[0].clone()]);
    }

    async fn units_of_one_account_number_are_listed_together(t: Tenant) {
        let client = t.client("Acme").await;
        let (one, two) = (t.unit("7", &client).await, t.unit("7", &client).await);
        let (first, second) = (t.billed(&one, "03/2024").await, t.billed(&two, "04/2024").await);
        let found = codes(&list(&t, "?numeroDoCliente=7").await.json(200));
        assert_eq!(found, [shown(&second["code"]), shown(&first["code"])]);
    }

    async fn an_invoice_of_another_surface_is_one_here_too(t: Tenant) {
        let client = t.client("Acme").await;
        let id = t.draft(&client, "100.00").await;
        let path = format!("{INVOICES}/{id}");
        let draft = t.get(&path).await.json(200);
        assert_eq!((shown(&draft["status"]), shown(&draft["total"])), ("draft".into(), "100.00".into()));
        assert_eq!((&draft["dataCompetencia"], &draft["consumerUnitCode"]), (&Value::Null, &Value::Null));
        assert_eq!(codes(&t.get(INVOICES).await.json(200)), std::slice::from_ref(&id));
        assert_eq!(shown(&t.act(&format!("{path}/send")).await.json(200)["status"]), "pending");
        let _ = refusal(t.act(&format!("{path}/send")).await, 409);
        let _ = refusal(t.get(&format!("{path}/explain")).await, 404);
        assert_eq!(shown(&t.act(&format!("{path}/cancel")).await.json(200)["status"]), "cancelled");
    }

    async fn from_pending_to_paid_in_parts_and_back(t: Tenant) {
        let client = t.client("Acme").await;
        let unit = t.unit("1", &client).await;
        let id = shown(&t.billed(&unit, "03/2024").await["code"]);
        let (path, payments) = (format!("{INVOICES}/{id}"), format!("{INVOICES}/{id}/payments"));
        let part = t.post(&payments, document(r#"{"amount": 43.71, "date": "01/04/2024"}"#)).await.json(201);
        assert_eq!((shown(&part["amount"]), shown(&part["invoice"]["balance"])), ("43.71".into(), "1000.00".into()));
        assert_eq!(shown(&part["date"]), "2024-04-01");
        let wrong = document(r#"{"amount": 1.005, "date": "31/04/2024", "method": 1}"#);
        assert_eq!(wrong_fields(t.post(&payments, wrong).await), ["amount", "date", "method"]);
        assert_eq!(shown(&t.get(&path).await.json(200)["status"]), "partially_paid");
        let said = refusal(t.post(&payments, document(r#"{"amount": 1000.01}"#)).await, 409);
        assert!(said.contains("1000.00"), "{said}");
        let _ = refusal(t.act(&format!("{path}/cancel")).await, 409);
        let rest = json!({"amount": 1000, "date": "2024-04-02", "method": "pix", "reference": "E1"});
        let last = t.post(&payments, rest).await.json(201);
        let paid = t.get(&path).await.json(200);
        assert_eq!((shown(&paid["status"]), shown(&paid["totalPago"])), ("paid".into(), "1043.71".into()));
        assert_eq!(shown(&paid["dataPagamento"]), "02/04/2024");
        let payment = format!("{payments}/{}", shown(&last["id"]));
        let _ = t.delete(&payment).await.expect(204);
        assert_eq!(shown(&t.get(&path).await.json(200)["status"]), "partially_paid");
        let _ = refusal(t.delete(&payment).await, 404);
        let _ = refusal(t.delete(&format!("{payments}/x")).await, 404);
    }

    async fn a_pix_code_pays_the_balance(t: Tenant) {
        let client = t.client("Acme").await;
        let unit = t.unit("1", &client).await;
        let bare = t.billed(&unit, "02/2024").await;
        assert_eq!((&bare["qrcodeValue"], bare.get("qrcodeImage")), (&Value::Null, None), "the tenant has no key");
        let pix = json!({"legalName": "Sol Ltda", "pixKey": "123e4567-e12b-12d1-a456-426655440000", "pixCity": "São Paulo"});
        let _ = t.put("/tenant", pix).await.expect(200);
        let invoice = t.billed(&unit, "03/2024").await;
        let path = format!("{INVOICES}/{}", shown(&invoice["code"]));
        let code = shown(&invoice["qrcodeValue"]);
        for part in ["br.gov.bcb.pix", "54071043.71", "5908Sol Ltda", "6009Sao Paulo", "INV0002"] {
            assert!(code.contains(part), "{part} in {code}");
        }
        assert!(shown(&invoice["qrcodeImage"]).starts_with("data:image/svg+xml;base64,"));
        assert_eq!(t.get(INVOICES).await.json(200)["data"][0]["qrcodeValue"], invoice["qrcodeValue"]);
        let _ = t.post(&format!("{path}/payments"), document(r#"{"amount": 1000}"#)).await.json(201);
        assert!(shown(&t.get(&path).await.json(200)["qrcodeValue"]).contains("540543.71"));
        let _ = t.post(&format!("{path}/payments"), document(r#"{"amount": 43.71}"#)).await.json(201);
        let paid = t.get(&path).await.json(200);
        assert_eq!((&paid["qrcodeValue"], &paid["qrcodeId"]), (&Value::Null, &Value::Null));
    }

    async fn every_figure_tells_how_it_came_about(t: Tenant) {
        let client = t.client("Acme").await;
        let unit = t.unit("1", &client).await;
        let discount = t.discount(&unit, "03/2024", 10_000, false).await;
        let invoice = t.billed(&unit, "03/2024").await;
        let explained = t.get(&format!("{INVOICES}/{}/explain", shown(&invoice["code"]))).await.json(200);
        assert_eq!((&explained["code"], shown(&explained["dataCompetencia"])), (&invoice["code"], "03/2024".into()));
        let figures = explained["figures"].as_array().unwrap();
        for name in [
            "creditosUtilizados", "tarifaPisCofins", "valorCreditoSemDesconto", "valorCreditoComDesconto", "totalAPagar",
            "valorSemPlano", "valorComPlano", "economiaMes", "economiaTotal", "porcentagemEconomiaMesAtual",
        ] {
            let figure = figures.iter().find(|figure| figure["figure"] == name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(shown(&figure["value"]), shown(&invoice[name]), "{name}");
            assert!(!shown(&figure["formula"]).is_empty(), "{name}");
        }
        let inputs = figures.iter().flat_map(|figure| figure["inputs"].as_array().unwrap());
        assert!(inputs.clone().any(|input| input["source"] == "discount" && shown(&input["id"]) == discount));
        assert!(inputs.clone().any(|input| input["source"] == "connection" && shown(&input["value"]) == "100"));
        assert!(inputs.clone().all(|input| input["name"].is_string() && input["value"].is_number()));
    }

    async fn every_input_tells_which_events_it_came_from(t: Tenant) {
        let client = t.client("Acme").await;
        let unit = t.unit("1", &client).await;
        let _ = t.discount(&unit, "02/2024", 150_000, true).await;
        let _ = t.billed(&unit, "02/2024").await;
        let _ = t.put(&format!("/energy/consumer-units/{unit}"), document(r#"{"discountRate": 0.25}"#)).await.expect(200);
        let march = shown(&t.billed(&unit, "03/2024").await["code"]);
        let _ = t.billed(&unit, "04/2024").await;
        let explained = t.get(&format!("{INVOICES}/{march}/explain")).await.json(200);
        let told = |name: &str| -> Vec<String> {
            let figures = explained["figures"].as_array().unwrap().iter();
            let mut inputs = figures.flat_map(|figure| figure["inputs"].as_array().unwrap());
            let input = inputs.find(|input| input["name"] == name).unwrap_or_else(|| panic!("no {name} in {explained}"));
            let of = |event: &Value| format!("{} {}", shown(&event["version"]), shown(&event["type"]));
            input["events"].as_array().unwrap().iter().map(of).collect()
        };
        assert_eq!(told("consumoTotalMes"), ["5 consumer_unit.billed"]);
        assert_eq!(told("consumoMinimo(TRIFASICO)"), ["1 consumer_unit.registered"]);
        assert_eq!(told("discountRate"), ["4 consumer_unit.updated"]);
        assert_eq!(told("discounts[0].value"), ["2 discount.created", "3 consumer_unit.billed"]);
        assert_eq!(told("economiaAnterior"), ["1 consumer_unit.registered", "3 consumer_unit.billed"]);
        assert_eq!(told("valorCreditoSemDesconto"), [""; 0]);

        let log = t.get(&format!("/audit/consumer_unit/{unit}")).await.json(200);
        let event = explained["figures"][0]["inputs"][0]["events"][0].as_object().unwrap();
        assert!(event.iter().all(|(name, value)| log["data"][4][name] == *value), "{event:?} is not in {log}");
    }

    async fn webhooks_hear_of_energy_invoices_as_of_any_other(t: Tenant) {
        let receiver = Receiver::start().await;
        let hook = json!({"url": receiver.url(), "events": ["invoice.created", "payment.received"]});
        let _ = t.post("/webhooks", hook).await.expect(201);
        let client = t.client("Acme").await;
        let unit = t.unit("1", &client).await;
        let code = shown(&t.billed(&unit, "03/2024").await["code"]);
        let paid = t.post(&format!("{INVOICES}/{code}/payments"), document(r#"{"amount": 43.71}"#)).await.json(201);
        let got = receiver.accepted(2).await;
        let data = |kind: &str| got.iter().find(|one| one.kind() == kind).unwrap().json()["data"].clone();
        let created = data("invoice.created");
        assert_eq!((&created["uuid"], shown(&created["id"])), (&json!(code), "1".into()));
        assert_eq!((shown(&created["amount"]), shown(&created["status"])), ("1043.71".into(), "Unpaid".into()));
        assert_eq!(shown(&created["items"][0]["description"]), "Créditos de energia solar 03/2024: 1396 kWh");
        let received = data("payment.received");
        assert_eq!((&received["uuid"], shown(&received["amount"])), (&paid["id"], "43.71".into()));
        assert_eq!(shown(&received["invoice"]["status"]), "Partially Paid");
    }

    async fn what_is_not_there_or_not_ours_is_404(t: Tenant) {
        let other = Tenant::on(t.server());
        let client = other.client("Foreign").await;
        let unit = other.unit("1", &client).await;
        let foreign = shown(&other.billed(&unit, "03/2024").await["code"]);
        for code in [foreign.as_str(), "99", "0190a000-0000-7000-8000-000000000000", "x"] {
            let path = format!("{INVOICES}/{code}");
            for read in ["", "/explain", "/pdf"] {
                let _ = refusal(t.get(&format!("{path}{read}")).await, 404);
            }
            for act in ["/send", "/cancel"] {
                let _ = refusal(t.act(&format!("{path}{act}")).await, 404);
            }
            let _ = refusal(t.post(&format!("{path}/payments"), json!({"amount": 1})).await, 404);
        }
        assert_eq!(shown(&other.get(&format!("{INVOICES}/{foreign}")).await.json(200)["status"]), "pending");
    }
}
