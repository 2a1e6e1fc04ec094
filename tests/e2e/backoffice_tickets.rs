//! `/api/v2/tickets`: from the question to the last reply.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const TICKETS: &str = "/api/v2/tickets";

/// The document's own body.
fn sample() -> Value {
    json!({
        "customer_id": 1,
        "subject": "Technical Support Required",
        "message": "Need assistance with installation",
        "department_id": 1,
        "priority": "High",
    })
}

async fn customer(t: &Tenant) {
    assert_eq!(t.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.data(201)["id"], 1);
}

fn wrong_fields(body: &Value) -> Vec<&str> {
    assert_eq!(body["message"], "Validation failed");
    body["errors"].as_object().unwrap().keys().map(String::as_str).collect()
}

both_backends! {
    async fn a_ticket_reads_back_as_it_was_made(t: Tenant) {
        customer(&t).await;
        let data = t.post(TICKETS, sample()).await.data(201);
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(&data[field], value, "{field}");
        }
        assert_eq!((&data["id"], &data["status"], &data["replies"]), (&json!(1), &json!("Open"), &json!([])));
        assert_eq!(t.get(&format!("{TICKETS}/1")).await.data(200), data);
        assert_eq!(t.get(TICKETS).await.json(200)["data"], json!([data]));
    }

    async fn a_ticket_is_answered_and_closed(t: Tenant) {
        customer(&t).await;
        let _ = t.post(TICKETS, sample()).await.expect(201);
        let replies = format!("{TICKETS}/1/replies");
        let reply = t.post(&replies, json!({"message": "We are on our way", "author": "Maria"})).await.data(201);
        assert_eq!((&reply["message"], &reply["author"], &reply["ticket_id"]), (&json!("We are on our way"), &json!("Maria"), &json!(1)));
        let _ = t.post(&replies, json!({"message": "Thanks"})).await.expect(201);
        let ticket = t.get(&format!("{TICKETS}/1")).await.data(200);
        assert_eq!((ticket["replies"].as_array().unwrap().len(), &ticket["status"]), (2, &json!("Open")));
        assert_eq!(ticket["replies"][0]["id"], reply["id"]);
        assert_eq!(wrong_fields(&t.post(&replies, json!({"message": " "})).await.json(400)), ["message"]);
        let close = format!("{TICKETS}/1/close");
        let closed = t.act(&close).await.data(200);
        assert!(closed["status"] == "Closed" && closed["closed_at"].is_string(), "{closed}");
        for refused in [t.act(&close).await, t.post(&replies, json!({"message": "?"})).await, t.put(&format!("{TICKETS}/1"), json!({"subject": "x"})).await] {
            let message = shown(&refused.json(409)["message"]);
            assert!(message.contains("closed"), "{message}");
        }
        let opened = t.put(&format!("{TICKETS}/1"), json!({"status": "Open", "priority": "Low"})).await.data(200);
        assert_eq!((&opened["status"], &opened["priority"], &opened["closed_at"]), (&json!("Open"), &json!("Low"), &json!(null)));
        let _ = t.post(&replies, json!({"message": "Again"})).await.expect(201);
    }

    async fn a_ticket_is_changed_and_deleted(t: Tenant) {
        customer(&t).await;
        let _ = t.post(TICKETS, sample()).await.expect(201);
        let path = format!("{TICKETS}/1");
        let changed = t.put(&path, json!({"status": "Pending", "department_id": null, "message": "Since Monday"})).await.data(200);
        assert_eq!((&changed["status"], &changed["department_id"], &changed["subject"]), (&json!("Pending"), &json!(null), &sample()["subject"]));
        let _ = t.call("PUT", &path).header("if-match", "\"1\"").json(&json!({"priority": "Low"})).send().await.expect(412);
        let _ = t.delete(&path).await.expect(200);
        for gone in [t.get(&path).await, t.act(&format!("{path}/close")).await, t.post(&format!("{path}/replies"), json!({"message": "?"})).await] {
            let _ = gone.expect(404);
        }
        assert_eq!(t.get("/audit/ticket/1").await.json(200)["data"].as_array().unwrap().len(), 3);
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let body = json!({"customer_id": 9, "subject": 1, "message": "", "department_id": 9, "priority": "high"});
        let wrong = t.post(TICKETS, body).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["customer_id", "department_id", "message", "priority", "subject"]);
        assert_eq!(wrong_fields(&t.post(TICKETS, json!({})).await.json(400)), ["customer_id", "message", "subject"]);
        let wrong = t.get(&format!("{TICKETS}?status=open&department_id=x")).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["department_id", "status"]);
    }

    async fn lists_filter_by_status_and_department(t: Tenant) {
        customer(&t).await;
        let _ = t.post("/api/v2/departments", json!({"name": "Sales"})).await.expect(201);
        for department in [1, 2, 2] {
            let mut body = sample();
            body["department_id"] = json!(department);
            let _ = t.post(TICKETS, body).await.expect(201);
        }
        let _ = t.act(&format!("{TICKETS}/2/close")).await.expect(200);
        let _ = t.put(&format!("{TICKETS}/3"), json!({"status": "Pending"})).await.expect(200);
        for (query, expected) in [
            ("", &[3, 2, 1][..]),
            ("?status=Open", &[1]),
            ("?status=Closed", &[2]),
            ("?status=Pending", &[3]),
            ("?department_id=2", &[3, 2]),
            ("?department_id=2&status=Closed", &[2]),
            ("?department_id=7", &[]),
            ("?search=jane", &[3, 2, 1]),
        ] {
            let list = t.get(&format!("{TICKETS}{query}")).await.json(200);
            let numbers: Vec<i64> = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
            assert_eq!((numbers, list["meta"]["total_records"].as_u64()), (expected.to_vec(), Some(expected.len() as u64)), "{query}");
        }
    }
}
