//! A tenant's plan: how many clients and invoices a month.

use serde_json::json;
use sunledger_tests::{Api, Tenant, both_backends};

both_backends! {
    async fn clients_stop_at_the_limit_of_the_month(t: Tenant) {
        let _ = t.put("/tenant", json!({"planLimits": {"clientsPerMonth": 3}})).await.expect(200);
        let calls = (0..10).map(|number| t.post("/api/v1/clients", json!({"name": format!("Client {number}")})));
        let replies = futures_util::future::join_all(calls).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 3);
        assert_eq!(replies.iter().filter(|reply| reply.status == 403).count(), 7);
        let _ = t.post("/api/v1/clients", json!({"name": "One more"})).await.error(403);
        assert_eq!(t.get("/api/v1/clients").await.json(200)["total"], 3);

        let _ = t.put("/tenant", json!({"planLimits": {"clientsPerMonth": 4}})).await.expect(200);
        let _ = t.post("/api/v1/clients", json!({"name": "One more"})).await.expect(201);
        let _ = t.post("/api/v1/clients", json!({"name": "Too many"})).await.error(403);
    }

    async fn invoices_stop_at_the_limit_and_a_refusal_takes_no_number(t: Tenant) {
        let client = t.client("Payer").await;
        let _ = t.put("/tenant", json!({"planLimits": {"invoicesPerMonth": 2}})).await.expect(200);
        for number in ["INV-0001", "INV-0002"] {
            let made = t.post("/api/v1/invoices", Api::bill(&client, "1")).await.data(201);
            assert_eq!(made["invoiceNumber"], number);
        }
        for _ in 0..3 {
            let _ = t.post("/api/v1/invoices", Api::bill(&client, "1")).await.error(403);
        }
        let _ = t.put("/tenant", json!({"planLimits": {"invoicesPerMonth": null}})).await.expect(200);
        let made = t.post("/api/v1/invoices", Api::bill(&client, "1")).await.data(201);
        assert_eq!(made["invoiceNumber"], "INV-0003");
    }

    async fn a_plan_is_the_admins_to_change(t: Tenant) {
        let reader = t.with_scopes(&["admin:read", "invoicing:write"]);
        let _ = reader.put("/tenant", json!({"planLimits": {"clientsPerMonth": 1000}})).await.error(403);
        let _ = t.put("/tenant", json!({"planLimits": {"clientsPerMonth": -1}})).await.error(400);
        let _ = t.put("/tenant", json!({"planLimits": {"clientsPerMonth": "many"}})).await.error(400);
        let read = t.get("/tenant").await.data(200);
        assert!(read["planLimits"]["clientsPerMonth"].is_null(), "{read}");
    }
}
