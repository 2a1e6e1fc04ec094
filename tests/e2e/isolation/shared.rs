//! What two companies may have alike, and neither learns of it.

use super::company::{MARK, OTHER_MARK, two_companies};
use serde_json::json;
use sunledger_tests::books::shown;
use sunledger_tests::commissions::{
    MANAGER, line, overrides, paystub_body, refusal, scpf_body, team_body, with,
};
use sunledger_tests::energy::unit_body;
use sunledger_tests::receiver::Received;
use sunledger_tests::{Api, Receiver, Tenant, both_backends, eventually};

both_backends! {
    async fn a_name_that_is_taken_is_taken_in_one_company_only(t: Tenant) {
        let other = Tenant::on(t.server());
        for company in [&t, &other] {
            let client = company.client("Ana").await;
            let numbered = with(Api::bill(&client, "1"), json!({"invoiceNumber": "INV-2024-001"}));
            let _ = company.post("/api/v1/invoices", numbered.clone()).await.expect(201);
            let user = json!({"name": "Ana", "email": "ana@solar.example", "password": "securepassword", "role": "viewer"});
            let _ = company.post("/api/v2/users", user.clone()).await.expect(201);
            let _ = company.post("/energy/consumer-units", unit_body("7001234", &client)).await.expect(200);
            let team = with(team_body(), json!({"tenant_id": company.name, "id": "north"}));
            let _ = company.post(&company.at("teams"), team.clone()).await.expect(201);

            let again = company.post("/api/v1/invoices", numbered).await.status;
            assert_eq!((again, company.post("/api/v2/users", user).await.status), (409.try_into().unwrap(), 409.try_into().unwrap()));
            let _ = refusal(company.post(&company.at("teams"), team).await, 409);
        }
        let numbers = other.get("/api/v1/invoices").await.json(200);
        assert_eq!((&numbers["total"], &numbers["data"][0]["number"]), (&json!(1), &json!(1)), "and counts for itself");
    }

    async fn an_idempotency_key_is_one_companys(t: Tenant) {
        let other = Tenant::on(t.server());
        let mut ids = Vec::new();
        for company in [&t, &other] {
            let make = || company.call("POST", "/api/v1/clients").header("idempotency-key", "once").json(&json!({"name": "Ana"}));
            let made = make().send().await.expect(201);
            assert_eq!(made.find("idempotent-replayed"), None, "not the answer of another company");
            let again = make().send().await.expect(201);
            assert_eq!((again.find("idempotent-replayed"), again.text()), (Some("true"), made.text()));
            ids.push(shown(&made.data(201)["id"]));
        }
        assert_ne!(ids[0], ids[1]);
        let other_body = other.call("POST", "/api/v1/clients").header("idempotency-key", "once").json(&json!({"name": "Bia"}));
        let _ = other_body.send().await.expect(422);
    }

    async fn opaque_ids_bring_nothing_of_another_company(t: Tenant) {
        let other = Tenant::on(t.server());
        let due = json!({"tenant_id": t.name, "id": "s-1", "sales_professional_id": "40", "customer_name": MARK,
            "closed_date": "2025-10-01", "install": "2025-10-01", "pay_type": "M2 & M3"});
        let _ = t.make("scpfs", with(scpf_body(), due)).await;
        let over = with(sunledger_tests::commissions::override_body(), json!({"id": "o-1", "customer_name": MARK}));
        let _ = t.make(&overrides(), over).await;

        for person in ["40", MANAGER] {
            let period = json!({"sales_professional_id": person, "period_start_date": "2025-01-01", "period_end_date": "2025-12-31"});
            let path = "paystubs/build";
            let theirs = t.post(&t.at(path), with(period.clone(), json!({"preview": true}))).await.expect(200);
            assert!(theirs.text().contains(MARK), "something is due: {}", theirs.text());
            let said = refusal(other.post(&other.at(path), period).await, 409);
            assert!(said.starts_with("nothing is due to"), "{said}");
        }
        let lines = json!({"1": line(OTHER_MARK, "M2 & M3", "s-1", "1500.00"), "2": line(OTHER_MARK, "Override", "override:o-1", "1.00")});
        let body = with(paystub_body(), json!({"tenant_id": other.name, "scpfs": lines, "id": "p-1"}));
        let _ = other.make("paystubs", body).await;
        let seen = other.get(&other.at("paystubs/p-1/reconciliation")).await.expect(200);
        assert!(!seen.text().contains(MARK), "{}", seen.text());
        assert_eq!(seen.value()["data"]["dangling"], json!(["override:o-1", "s-1"]));
    }

    async fn a_webhook_hears_of_its_own_company_only(t: Tenant) {
        let server = t.server();
        let (first, other) = two_companies(server).await;
        let receiver = Receiver::start().await;
        let hook = json!({"url": receiver.url(), "events": ["*"]});
        let made = other.post("/webhooks", hook).await.data(201);
        let endpoint = shown(&made["id"]);
        let _ = first.client(MARK).await;
        let _ = other.client(OTHER_MARK).await;
        let own = |all: &[Received]| all.iter().filter(|one| one.kind() == "client.created").count();
        let _ = receiver.wait_for("one's own client", |all| own(all) == 1).await;
        // All that ever happened, once more: still nothing of the other.
        let range = json!({"from": "2020-01-01", "until": "2199-01-01"});
        let _ = other.post(&format!("/webhooks/{endpoint}/redeliver"), range).await.expect(200);
        let all = receiver.wait_for("it is delivered again", |all| own(all) == 2).await;
        let secret = shown(&made["secret"]);
        for one in &all {
            let text = String::from_utf8_lossy(&one.body).into_owned();
            assert!(one.signed_by(&secret) && !text.contains(MARK), "{text}");
        }
        eventually("every delivery went well", || async {
            let all = other.get(&format!("/webhooks/{endpoint}/deliveries?limit=100")).await.data(200);
            all.as_array()?.iter().all(|one| one["state"] == "succeeded").then_some(())
        })
        .await;
    }
}
