//! `/v1/clients/{id}/timeline`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::crm::{refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

fn types(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|event| shown(&event["type"])).collect()
}

both_backends! {
    async fn a_timeline_tells_of_the_client_and_of_all_that_is_its_own(t: Tenant) {
        let (client, other) = (t.crm_client("Maria").await, t.crm_client("Ana").await);
        let invoice = t.crm_invoice(&client, "100").await;
        let _ = t.crm_invoice(&other, "5").await;
        let payment = shown(&t.pay(&invoice, "10").await["id"]);
        let unit = t.unit("123", &client).await;
        let project = t.project(&client, "Telhado").await;
        let installation = t.installation(&project, "completed").await;
        let _ = t.readings(&installation, &[("2026-03-02T12:00:00Z", "1.5")]).await;
        let _ = t.put(&format!("/v1/clients/{client}"), json!({"notes": "x"})).await.expect(200);
        let _ = t.delete(&format!("/api/v1/invoices/{invoice}/payments/{payment}")).await.expect(204);
        let page = t.get(&format!("/v1/clients/{client}/timeline")).await.json(200);
        assert_eq!(
            types(&page),
            [
                "payment.reversed", "client.updated", "installation.created", "project.created",
                "consumer_unit.registered", "payment.received", "invoice.sent", "invoice.created", "client.created",
            ]
        );
        assert_eq!(page["meta"], json!({"page": 1, "limit": 20, "total": 9, "totalPages": 1}));
        let positions: Vec<i64> =
            page["data"].as_array().unwrap().iter().map(|event| event["position"].as_i64().unwrap()).collect();
        assert!(positions.is_sorted_by(|one, next| one > next), "{positions:?}");
        let audit = t.get(&format!("/audit/client/{client}")).await.data(200);
        assert_eq!(page["data"][8], audit[0], "as the audit prints it");
        let history = t.get(&format!("/audit/consumer_unit/{unit}")).await.data(200);
        assert_eq!(page["data"][4], history[0]);
    }

    async fn a_timeline_tells_of_the_back_office_too(t: Tenant) {
        let _ = t.post("/api/v2/leads", json!({"first_name": "Maria", "last_name": "Souza"})).await.expect(201);
        let client = shown(&t.act("/api/v2/leads/1/convert").await.data(201)["uuid"]);
        let items = json!([{"description": "Painel", "amount": 1, "qty": 1}]);
        let quote = json!({"customer_id": client, "valid_until": "2199-12-31", "items": items});
        let _ = t.post("/api/v2/quotes", quote).await.expect(201);
        let _ = t.act("/api/v2/quotes/1/convert").await.expect(201);
        let ticket = json!({"customer_id": client, "subject": "Inversor", "message": "Parou"});
        let _ = t.post("/api/v2/tickets", ticket).await.expect(201);
        let page = t.get(&format!("/v1/clients/{client}/timeline")).await.json(200);
        assert_eq!(
            types(&page),
            [
                "ticket.created", "invoice.sent", "invoice.created", "quote.converted", "quote.created",
                "client.created", "lead.converted",
            ]
        );
    }

    async fn a_timeline_comes_in_pages(t: Tenant) {
        let client = t.crm_client("Maria").await;
        for round in 0..6 {
            let _ = t.patch(&format!("/v1/clients/{client}"), json!({"notes": format!("{round}")})).await.expect(200);
        }
        let path = format!("/v1/clients/{client}/timeline");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = t.get(&format!("{path}?limit=3{cursor}")).await.expect(200);
            seen.extend(types(&page.value()));
            let Some(next) = page.find("x-next-cursor") else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((seen.len(), seen.last().map(String::as_str)), (7, Some("client.created")));
        let third = t.get(&format!("{path}?limit=3&page=3")).await.json(200);
        assert_eq!((types(&third), &third["meta"]["totalPages"]), (vec!["client.created".to_owned()], &json!(3)));
        assert_eq!(wrong_fields(t.get(&format!("{path}?limit=0&cursor=x")).await), ["cursor", "limit"]);
    }

    async fn what_changes_hands_is_told_to_both(t: Tenant) {
        let (from, to) = (t.crm_client("Maria").await, t.crm_client("Ana").await);
        let draft = t.draft(&from, "10").await;
        let _ = t.put(&format!("/api/v1/invoices/{draft}"), json!({"clientId": to})).await.expect(200);
        let _ = t.act(&format!("/api/v1/invoices/{draft}/send")).await.expect(200);
        let of = async |client: &str| types(&t.get(&format!("/v1/clients/{client}/timeline")).await.json(200));
        assert_eq!(of(&from).await, ["invoice.updated", "invoice.created", "client.created"]);
        assert_eq!(of(&to).await, ["invoice.sent", "invoice.updated", "client.created"]);
    }

    async fn a_timeline_outlives_what_was_deleted_and_is_nobody_elses(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let draft = t.draft(&client, "10").await;
        let _ = t.delete(&format!("/api/v1/invoices/{draft}")).await.expect(204);
        let _ = t.delete(&format!("/v1/clients/{client}")).await.expect(200);
        let page = t.get(&format!("/v1/clients/{client}/timeline")).await.json(200);
        assert_eq!(types(&page)[..2], ["client.deactivated", "invoice.deleted"]);
        let other = Tenant::on(t.server());
        let _ = refusal(other.get(&format!("/v1/clients/{client}/timeline")).await, 404);
        let _ = refusal(t.get("/v1/clients/99/timeline").await, 404);
        let _ = refusal(t.with_scopes(&["audit:read"]).get(&format!("/v1/clients/{client}/timeline")).await, 403);
    }
}
