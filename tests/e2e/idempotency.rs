//! `Idempotency-Key`: done once, however often it is asked.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Api, Reply, Server, Tenant, both_backends};

const INVOICES: &str = "/api/v1/invoices";

async fn once(api: &Api, key: &str, path: &str, body: &Value) -> Reply {
    api.call("POST", path).header("idempotency-key", key).json(body).send().await
}

fn replayed(reply: &Reply) -> bool {
    reply.find("idempotent-replayed") == Some("true")
}

async fn total(api: &Api) -> Value {
    api.get(INVOICES).await.json(200)["total"].clone()
}

both_backends! {
    async fn fifty_at_once_make_one_invoice(t: Tenant) {
        let body = Api::bill(&t.client("Payer").await, "10");
        let replies = futures_util::future::join_all((0..50).map(|_| once(&t, "order-1", INVOICES, &body))).await;
        let made: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 201).collect();
        assert!(!made.is_empty() && made.iter().all(|reply| reply.body == made[0].body));
        assert_eq!(made.iter().filter(|reply| !replayed(reply)).count(), 1, "one is the first answer");
        for reply in &replies {
            assert!([201, 409].contains(&reply.status.as_u16()), "{}: {}", reply.status, reply.text());
        }
        assert_eq!(total(&t).await, 1);
        let later = once(&t, "order-1", INVOICES, &body).await.expect(201);
        assert!(replayed(&later));
        assert_eq!(later.value(), made[0].value());
    }

    async fn another_body_under_the_same_key_is_422(t: Tenant) {
        let client = t.client("Payer").await;
        let first = once(&t, "k", INVOICES, &Api::bill(&client, "10")).await.expect(201);
        assert!(!replayed(&first));
        let _ = once(&t, "k", INVOICES, &Api::bill(&client, "11")).await.error(422);
        let _ = once(&t, "k", "/api/v1/clients", &json!({"name": "x"})).await.error(422);
        assert_eq!(total(&t).await, 1);
        let again = once(&t, "k", INVOICES, &Api::bill(&client, "10")).await.expect(201);
        assert!(replayed(&again));
        let other = once(&t, "k2", INVOICES, &Api::bill(&client, "10")).await.expect(201);
        assert!(!replayed(&other));
        assert_eq!(total(&t).await, 2);
    }

    async fn a_payment_is_taken_once(t: Tenant) {
        let id = t.sent(&t.client("Payer").await, "100").await;
        let path = format!("{INVOICES}/{id}/payments");
        let first = once(&t, "pay-1", &path, &json!({"amount": 100})).await.expect(201);
        let second = once(&t, "pay-1", &path, &json!({"amount": 100})).await.expect(201);
        assert_eq!(first.value(), second.value(), "though the invoice is paid by now");
        assert!(replayed(&second));
        assert_eq!(t.invoice(&id).await["payments"].as_array().unwrap().len(), 1);
    }

    async fn a_refused_request_does_not_use_up_its_key(t: Tenant) {
        let client = t.client("Payer").await;
        let mut wrong = Api::bill(&client, "10");
        wrong["dueDate"] = json!("never");
        let _ = once(&t, "k", INVOICES, &wrong).await.error(400);
        let reply = once(&t, "k", INVOICES, &Api::bill(&client, "10")).await;
        assert!([201, 422].contains(&reply.status.as_u16()), "{}", reply.text());
        assert_eq!(total(&t).await, u64::from(reply.status == 201));
        for bad in ["", &"x".repeat(256)] {
            let _ = once(&t, bad, INVOICES, &Api::bill(&client, "10")).await.error(400);
        }
    }

    async fn tenants_do_not_share_keys(t: Tenant) {
        let other = Tenant::on(t.server());
        let (ours, theirs) = (t.client("Payer").await, other.client("Payer").await);
        let _ = once(&t, "same", INVOICES, &Api::bill(&ours, "10")).await.expect(201);
        let reply = once(&other, "same", INVOICES, &Api::bill(&theirs, "20")).await.expect(201);
        assert!(!replayed(&reply));
    }

    async fn the_answer_survives_restart_and_power_cut(server: Server) {
        let api = server.api();
        let body = Api::bill(&api.client("Payer").await, "10");
        let first = once(&api, "k", INVOICES, &body).await.expect(201);
        server.restart();
        let second = once(&api, "k", INVOICES, &body).await.expect(201);
        server.kill9();
        server.up();
        let third = once(&api, "k", INVOICES, &body).await.expect(201);
        for reply in [&second, &third] {
            assert!(replayed(reply));
            assert_eq!(reply.value(), first.value());
        }
        assert_eq!(total(&api).await, 1);
        assert_eq!(shown(&api.invoice(&shown(&first.value()["data"]["id"])).await["total"]), "10.00");
    }
}
