//! `/v1/invoices`.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::crm::{refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const INVOICES: &str = "/v1/invoices";

fn bill(client: &str) -> Value {
    json!({
        "clientId": client, "dueDate": "2199-12-31", "notes": "Thanks",
        "items": [
            {"description": "Painel 550 W", "quantity": 12, "unitPrice": document("899.90"), "taxRate": 10},
            {"description": "Mão de obra", "amount": 1500},
        ],
    })
}

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|invoice| shown(&invoice["id"])).collect()
}

both_backends! {
    async fn an_invoice_is_issued_and_reads_back(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let made = t.post(INVOICES, bill(&client)).await.expect(201);
        assert_eq!(made.header("etag"), "\"2\"", "made and issued");
        let body = made.value();
        let data = &body["data"];
        assert_eq!((&data["clientId"], &data["status"]), (&json!(client), &json!("sent")));
        assert_eq!((&data["dueDate"], &data["notes"]), (&json!("2199-12-31"), &json!("Thanks")));
        for (field, value) in
            [("subtotal", "12298.80"), ("taxTotal", "1079.88"), ("total", "13378.68"), ("balance", "13378.68")]
        {
            assert_eq!(shown(&data[field]), value, "{field}");
        }
        let items = data["items"].as_array().unwrap();
        assert_eq!((shown(&items[0]["amount"]), shown(&items[0]["quantity"])), ("10798.80".into(), "12".into()));
        assert_eq!((shown(&items[1]["unitPrice"]), shown(&items[1]["quantity"])), ("1500.00".into(), "1".into()));
        assert_eq!((&data["projectId"], &data["invoiceNumber"]), (&json!(null), &json!("INV-0001")));
        let path = format!("{INVOICES}/{}", shown(&data["id"]));
        assert_eq!(t.get(&path).await.json(200), body);
        assert_eq!(t.get(&format!("{INVOICES}/1")).await.json(200), body, "by its number");
        assert_eq!(t.get(&format!("/api{path}")).await.data(200)["status"], "SENT", "on another surface");
    }

    async fn a_draft_is_sent_when_told_to(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let mut draft = bill(&client);
        draft["status"] = json!("draft");
        let made = t.post(INVOICES, draft).await.data(201);
        assert_eq!(made["status"], "draft");
        let path = format!("{INVOICES}/{}", shown(&made["id"]));
        let _ = refusal(t.post(&format!("{path}/payments"), json!({"amount": 1})).await, 409);
        assert_eq!(t.act(&format!("{path}/send")).await.data(200)["status"], "sent");
        let _ = refusal(t.act(&format!("{path}/send")).await, 409);
    }

    async fn payments_come_and_go(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let id = t.crm_invoice(&client, "100").await;
        let payments = format!("{INVOICES}/{id}/payments");
        let first = t.post(&payments, json!({"amount": document("30.25"), "method": "pix"})).await.data(201);
        assert_eq!((shown(&first["amount"]), &first["method"]), ("30.25".into(), &json!("pix")));
        assert_eq!((&first["invoice"]["status"], shown(&first["invoice"]["balance"])), (&json!("sent"), "69.75".into()));
        let above = refusal(t.post(&payments, json!({"amount": 70})).await, 409);
        assert!(above.contains("69.75"), "{above} names the balance");
        assert_eq!(wrong_fields(t.post(&payments, json!({"date": "soon"})).await), ["amount", "date"]);
        let rest = t.post(&payments, json!({"amount": document("69.75")})).await.data(201);
        assert_eq!(rest["invoice"]["status"], "paid");
        let _ = refusal(t.act(&format!("{INVOICES}/{id}/cancel")).await, 409);
        let after = t.delete(&format!("{payments}/{}", shown(&first["id"]))).await.data(200);
        assert_eq!((&after["status"], shown(&after["balance"])), (&json!("sent"), "30.25".into()));
        assert!(after["payments"][0]["reversedAt"].is_string());
        let _ = refusal(t.delete(&format!("{payments}/{}", shown(&first["id"]))).await, 404);
        let _ = t.delete(&format!("{payments}/{}", shown(&rest["id"]))).await.expect(200);
        let gone = t.post(&format!("{INVOICES}/{id}/cancel"), json!({"reason": "twice"})).await.data(200);
        assert_eq!(gone["status"], "cancelled");
        let _ = refusal(t.post(&payments, json!({"amount": 1})).await, 409);
    }

    async fn a_due_date_that_is_past_is_overdue_at_once(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let mut body = bill(&client);
        body["dueDate"] = json!("2024-01-31");
        let made = t.post(INVOICES, body).await.data(201);
        assert_eq!((&made["status"], &made["issueDate"]), (&json!("overdue"), &json!("2024-01-31")));
        assert_eq!(ids(&t.get(&format!("{INVOICES}?status=overdue")).await.json(200)), [shown(&made["id"])]);
    }

    async fn lists_filter_by_client_status_and_time(t: Tenant) {
        let (ana, bia) = (t.crm_client("Ana").await, t.crm_client("Bia").await);
        let sent = t.crm_invoice(&ana, "10").await;
        let viewed = t.crm_invoice(&bia, "10").await;
        let partly = t.crm_invoice(&bia, "10").await;
        let draft = t.draft(&ana, "10").await;
        let _ = t.pay(&partly, "4").await;
        let _ = t.act(&format!("/api/v1/invoices/{viewed}/view")).await;
        let list = async |query: &str| t.get(&format!("{INVOICES}?{query}")).await.json(200);
        assert_eq!(ids(&list("").await), [draft.clone(), partly.clone(), viewed.clone(), sent.clone()]);
        let found = list("status=sent").await;
        assert_eq!((ids(&found), &found["meta"]["total"]), (vec![partly.clone(), viewed, sent.clone()], &json!(3)));
        assert_eq!(ids(&list(&format!("clientId={ana}&status=draft")).await), [draft]);
        assert_eq!(ids(&list("clientId=2&limit=1").await), [partly]);
        assert!(ids(&list("clientId=99").await).is_empty());
        assert!(ids(&list("endDate=2020-12-31").await).is_empty());
        assert_eq!(list("startDate=2020-01-01&endDate=2199-12-31").await["meta"]["total"], 4);
        let first = shown(&t.get(&format!("{INVOICES}/{sent}")).await.data(200)["createdAt"]);
        assert_eq!(ids(&list(&format!("endDate={first}")).await), std::slice::from_ref(&sent));
        assert!(ids(&list(&format!("startDate={first}")).await).contains(&sent));
        let wrong = t.get(&format!("{INVOICES}?clientId=x&status=late&startDate=soon&endDate=2024-02-30&limit=0")).await;
        assert_eq!(wrong_fields(wrong), ["clientId", "endDate", "limit", "startDate", "status"]);
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let client = t.crm_client("Maria").await;
        assert_eq!(wrong_fields(t.post(INVOICES, json!({})).await), ["clientId", "dueDate", "items"]);
        let wrong = json!({
            "clientId": client, "dueDate": "31/12/2199", "projectId": "x", "status": "paid",
            "items": [{"quantity": -1, "taxRate": 101}, {"description": "x", "quantity": 2, "unitPrice": 2, "amount": 5}],
        });
        assert_eq!(
            wrong_fields(t.post(INVOICES, wrong).await),
            [
                "dueDate", "items[0].description", "items[0].quantity", "items[0].taxRate",
                "items[0].unitPrice", "items[1].amount",
                "projectId", "status",
            ]
        );
        for nobody in [json!(99), json!("0190a6e0-0000-7000-8000-000000000001")] {
            let mut body = bill("x");
            body["clientId"] = nobody;
            assert_eq!(wrong_fields(t.post(INVOICES, body).await), ["clientId"]);
        }
        let mut body = bill(&client);
        body["projectId"] = json!("0190a6e0-0000-7000-8000-000000000001");
        assert_eq!(wrong_fields(t.post(INVOICES, body).await), ["projectId"]);
        assert_eq!(t.get(INVOICES).await.json(200)["meta"]["total"], 0);
    }

    async fn a_project_is_the_clients_own(t: Tenant) {
        let (ana, bia) = (t.crm_client("Ana").await, t.crm_client("Bia").await);
        let project = t.project(&ana, "Telhado").await;
        let mut body = bill(&ana);
        body["projectId"] = json!(project);
        assert_eq!(t.post(INVOICES, body.clone()).await.data(201)["projectId"], project);
        body["projectId"] = json!(1);
        assert_eq!(t.post(INVOICES, body.clone()).await.data(201)["projectId"], project, "by its number");
        body["clientId"] = json!(bia);
        assert_eq!(wrong_fields(t.post(INVOICES, body).await), ["projectId"]);
    }
}
