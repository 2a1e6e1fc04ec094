//! `/api/v2/batch/customers`: all or none, in one append.

use serde_json::{Value, json};
use sunledger_tests::{Tenant, both_backends};

const BATCH: &str = "/api/v2/batch/customers";

fn customers(count: usize) -> Vec<Value> {
    (1..=count)
        .map(|n| json!({"account": format!("Customer {n}"), "email": format!("customer{n}@example.com")}))
        .collect()
}

async fn total(t: &Tenant) -> Value {
    t.get("/api/v2/customers").await.json(200)["meta"]["total_records"].clone()
}

both_backends! {
    async fn the_sample_makes_both(t: Tenant) {
        let made = t.post(BATCH, json!({"customers": customers(2)})).await.json(201);
        assert_eq!(made["success"], true);
        assert_eq!((&made["data"][0]["id"], &made["data"][1]["id"]), (&json!(1), &json!(2)));
        assert_eq!(made["data"][1]["account"], "Customer 2");
        assert_eq!(t.get("/api/v2/customers/2").await.data(200), made["data"][1]);
    }

    async fn a_thousand_are_one_transaction(t: Tenant) {
        let made = t.post(BATCH, json!({"customers": customers(1_000)})).await.data(201);
        let made = made.as_array().unwrap();
        assert_eq!(made.len(), 1_000);
        for (row, customer) in made.iter().enumerate() {
            assert_eq!((&customer["id"], &customer["account"]), (&json!(row + 1), &json!(format!("Customer {}", row + 1))));
        }
        assert_eq!(total(&t).await, 1_000);
        let events = t.get("/audit?kind=client&limit=100").await.json(200);
        let events = events["data"].as_array().unwrap();
        let times: std::collections::BTreeSet<String> = events.iter().map(|event| event["time"].to_string()).collect();
        assert_eq!(times.len(), 1, "one command made them all");
        let positions: Vec<i64> = events.iter().map(|event| event["position"].as_i64().unwrap()).collect();
        assert!(positions.windows(2).all(|two| two[1] == two[0] + 1), "and nothing came between");
    }

    async fn one_bad_row_and_none_is_made(t: Tenant) {
        let mut rows = customers(1_000);
        rows[732] = json!({"email": "nobody", "phone": 5});
        rows[999] = json!("not an object");
        let error = t.post(BATCH, json!({"customers": rows})).await.json(400);
        assert_eq!((&error["success"], &error["message"]), (&json!(false), &json!("Validation failed")));
        assert_eq!(
            error["errors"],
            json!({
                "customers[732].account": "Missing required field", "customers[732].email": "Invalid email format",
                "customers[732].phone": "must be a text", "customers[999]": "must be an object",
            })
        );
        assert_eq!(total(&t).await, 0);
        let made = t.post(BATCH, json!({"customers": customers(1)})).await.data(201);
        assert_eq!(made[0]["id"], 1, "no number was used up");
    }

    async fn a_batch_has_one_to_a_thousand(t: Tenant) {
        for wrong in [json!([]), json!(customers(1_001)), json!("x"), json!(null), json!({})] {
            let error = t.post(BATCH, json!({"customers": wrong})).await.json(400);
            assert!(error["errors"]["customers"].is_string(), "{error}");
        }
        assert!(t.post(BATCH, json!({})).await.json(400)["errors"]["customers"].is_string());
        assert_eq!(total(&t).await, 0);
    }

    async fn a_batch_under_one_key_happens_once(t: Tenant) {
        let body = json!({"customers": customers(1_000)});
        let post = || t.call("POST", BATCH).header("idempotency-key", "batch").json(&body).send();
        let first = post().await.expect(201);
        let again = post().await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.value(), first.value());
        assert_eq!(total(&t).await, 1_000);
    }

    async fn a_batch_that_the_plan_does_not_allow_makes_none(t: Tenant) {
        let _ = t.put("/tenant", json!({"planLimits": {"clientsPerMonth": 2}})).await.expect(200);
        let _ = t.post(BATCH, json!({"customers": customers(3)})).await.expect(403);
        assert_eq!(total(&t).await, 0);
        let _ = t.post(BATCH, json!({"customers": customers(2)})).await.expect(201);
    }
}
