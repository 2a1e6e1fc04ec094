//! `/api/v2/reports/financial`: sums of transactions and payments, what is owed, and all of it as it was known once.

use serde_json::{Value, json};
use sunledger_tests::{Tenant, both_backends};

const REPORT: &str = "/api/v2/reports/financial";

/// Income, expenses, profit and what is owed, as printed.
async fn report(t: &Tenant, query: &str) -> [String; 4] {
    let data = t.get(&format!("{REPORT}{query}")).await.data(200);
    assert_eq!(data.as_object().unwrap().len(), 4, "the document's fields: {data}");
    ["income", "expenses", "profit", "outstanding_invoices"].map(|field| data[field].to_string())
}

async fn record(t: &Tenant, kind: &str, amount: f64, date: &str) -> Value {
    let body = json!({"type": kind, "account_id": 1, "amount": amount, "category_id": 1, "date": date});
    t.post("/api/v2/transactions", body).await.data(201)
}

/// Number and UUID of a new invoice.
async fn invoice(t: &Tenant, amount: f64) -> (i64, String) {
    let customer = t.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.data(201);
    let body = json!({
        "customer_id": customer["id"], "date": "2024-01-15", "due_date": "2199-02-15",
        "items": [{"description": "Web Development", "amount": amount, "qty": 1}],
    });
    let made = t.post("/api/v2/invoices", body).await.data(201);
    (made["id"].as_i64().unwrap(), made["uuid"].as_str().unwrap().to_owned())
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Long enough for the next command to be known later than this moment.
async fn a_moment() {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}

both_backends! {
    async fn a_new_tenant_has_moved_nothing(t: Tenant) {
        assert_eq!(report(&t, "").await, ["0.00", "0.00", "0.00", "0.00"]);
        assert_eq!(t.get(REPORT).await.json(200)["success"], true);
        assert_eq!(report(&t, "?year=2024&month=1&as_of=2024-01-01").await, ["0.00", "0.00", "0.00", "0.00"]);
    }

    async fn months_years_and_all_are_summed(t: Tenant) {
        let _ = record(&t, "Income", 10_000.0, "2024-01-15").await;
        let _ = record(&t, "Income", 5_000.0, "2024-02-01").await;
        let _ = record(&t, "Expense", 5_000.0, "2024-01-31").await;
        let _ = record(&t, "Expense", 0.01, "2025-01-01").await;
        assert_eq!(report(&t, "").await, ["15000.00", "5000.01", "9999.99", "0.00"]);
        assert_eq!(report(&t, "?year=2024").await, ["15000.00", "5000.00", "10000.00", "0.00"]);
        assert_eq!(report(&t, "?year=2024&month=1").await, ["10000.00", "5000.00", "5000.00", "0.00"]);
        assert_eq!(report(&t, "?year=2024&month=03").await, ["0.00", "0.00", "0.00", "0.00"]);
        assert_eq!(report(&t, "?month=1").await, ["10000.00", "5000.01", "4999.99", "0.00"]);
        assert_eq!(report(&t, "?year=2025").await, ["0.00", "0.01", "-0.01", "0.00"]);
        let wrong = t.get(&format!("{REPORT}?year=24&month=13&as_of=soon")).await.json(400);
        assert_eq!(wrong["errors"].as_object().unwrap().len(), 3, "{wrong}");
    }

    async fn corrections_and_deletions_are_followed(t: Tenant) {
        let first = record(&t, "Income", 100.0, "2024-01-15").await;
        let path = format!("/api/v2/transactions/{}", first["id"]);
        let _ = t.put(&path, json!({"type": "Expense", "amount": 40, "date": "2024-02-15"})).await.expect(200);
        assert_eq!(report(&t, "?year=2024&month=1").await, ["0.00", "0.00", "0.00", "0.00"]);
        assert_eq!(report(&t, "?year=2024&month=2").await, ["0.00", "40.00", "-40.00", "0.00"]);
        let _ = t.delete(&path).await.expect(200);
        assert_eq!(report(&t, "").await, ["0.00", "0.00", "0.00", "0.00"]);
    }

    async fn payments_of_any_surface_count_once_and_lower_what_is_owed(t: Tenant) {
        let (number, uuid) = invoice(&t, 3_000.0).await;
        assert_eq!(report(&t, "").await, ["0.00", "0.00", "0.00", "3000.00"]);
        let pay = json!({"type": "Income", "account_id": 1, "amount": 1000, "date": "2024-01-15", "invoice_id": number});
        let transaction = t.post("/api/v2/transactions", pay).await.data(201);
        assert_eq!(report(&t, "?year=2024").await, ["1000.00", "0.00", "1000.00", "2000.00"]);
        let payments = format!("/api/v1/invoices/{uuid}/payments");
        let payment = t.post(&payments, json!({"amount": 500, "date": "2024-02-01"})).await.data(201);
        assert_eq!(report(&t, "").await, ["1500.00", "0.00", "1500.00", "1500.00"]);
        assert_eq!(report(&t, "?year=2024&month=2").await, ["500.00", "0.00", "500.00", "1500.00"]);
        let payment = payment["id"].as_str().unwrap();
        let _ = t.delete(&format!("{payments}/{payment}")).await.expect(204);
        let _ = t.delete(&format!("/api/v2/transactions/{}", transaction["id"])).await.expect(200);
        assert_eq!(report(&t, "").await, ["0.00", "0.00", "0.00", "3000.00"]);
        let _ = t.act(&format!("/api/v2/invoices/{number}/cancel")).await.expect(200);
        assert_eq!(report(&t, "").await, ["0.00", "0.00", "0.00", "0.00"], "nobody owes it any more");
    }

    async fn a_draft_is_owed_by_nobody(t: Tenant) {
        let client = t.client("Ana").await;
        let draft = t.draft(&client, "100").await;
        // Dollars, in a tenant of reais: shown, and not added up.
        assert_eq!(report(&t, "").await, ["0.00", "0.00", "0.00", "0.00"]);
        let _ = t.act(&format!("/api/v1/invoices/{draft}/send")).await.expect(200);
        let data = t.get(REPORT).await.data(200);
        assert_eq!(data["outstanding_invoices"].to_string(), "0.00");
        let other = &data["other_currencies"];
        assert_eq!((&other[0]["currency"], other[0]["outstanding_invoices"].to_string()), (&json!("USD"), "100.00".to_owned()));
    }

    async fn the_report_is_as_it_was_known_then(t: Tenant) {
        let before = now();
        a_moment().await;
        let (number, _) = invoice(&t, 3_000.0).await;
        let first = record(&t, "Income", 100.0, "2024-01-15").await;
        a_moment().await;
        let then = now();
        a_moment().await;
        let pay = json!({"type": "Income", "account_id": 1, "amount": 1000, "date": "2024-01-15", "invoice_id": number});
        let _ = t.post("/api/v2/transactions", pay).await.expect(201);
        let _ = t.put(&format!("/api/v2/transactions/{}", first["id"]), json!({"amount": 70})).await.expect(200);
        a_moment().await;
        let later = now();
        a_moment().await;
        let _ = t.delete(&format!("/api/v2/transactions/{}", first["id"])).await.expect(200);
        let check = async || {
            for (as_of, expected) in [
                (&before, ["0.00", "0.00", "0.00", "0.00"]),
                (&then, ["100.00", "0.00", "100.00", "3000.00"]),
                (&later, ["1070.00", "0.00", "1070.00", "2000.00"]),
            ] {
                assert_eq!(report(&t, &format!("?as_of={as_of}")).await, expected);
                assert_eq!(report(&t, &format!("?year=2024&month=1&as_of={as_of}")).await, expected);
            }
            assert_eq!(report(&t, "").await, ["1000.00", "0.00", "1000.00", "2000.00"]);
            assert_eq!(report(&t, "?as_of=2199-01-01").await, report(&t, "").await);
        };
        check().await;
        // The same after everything was made again out of the log.
        let _ = t.server().cli_ok(&["replay"]);
        check().await;
    }
}
