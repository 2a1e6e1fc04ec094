//! `/api/v2/transactions`, accounts and categories; transactions that are payments of invoices.

use futures_util::future::join_all;
use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const TRANSACTIONS: &str = "/api/v2/transactions";

/// The document's own body.
fn sample() -> Value {
    json!({
        "type": "Income",
        "account_id": 1,
        "amount": 1500.00,
        "category_id": 1,
        "description": "Website Development Payment",
        "date": "2024-01-15",
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut body = sample();
    body[name] = value.into();
    body
}

fn wrong_fields(body: &Value) -> Vec<&str> {
    assert_eq!((&body["success"], &body["message"]), (&json!(false), &json!("Validation failed")));
    body["errors"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The number of a new invoice over an amount, through this surface.
async fn invoice(t: &Tenant, amount: f64, draft: bool) -> i64 {
    let customer = t.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.data(201);
    let mut body = json!({
        "customer_id": customer["id"], "date": "2024-01-15", "due_date": "2199-02-15",
        "items": [{"description": "Web Development", "amount": amount, "qty": 1}],
    });
    if draft {
        body["status"] = json!("draft");
    }
    t.post("/api/v2/invoices", body).await.data(201)["id"].as_i64().unwrap()
}

fn numbers(list: &Value) -> Vec<i64> {
    list["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

both_backends! {
    async fn the_sample_works_as_printed_in_a_new_tenant(t: Tenant) {
        let made = t.post(TRANSACTIONS, sample()).await.expect(201);
        assert_eq!((made.value()["success"].clone(), made.header("etag")), (json!(true), "\"1\"".to_owned()));
        let data = made.data(201);
        // Numbers are compared as they are printed.
        for (field, value) in sample().as_object().unwrap().iter().filter(|(field, _)| *field != "amount") {
            assert_eq!(&data[field], value, "{field}");
        }
        assert_eq!((&data["id"], shown(&data["amount"])), (&json!(1), "1500.00".to_owned()));
        assert!(shown(&data["created_at"]).ends_with('Z'));
        assert_eq!(t.get(&format!("{TRANSACTIONS}/1")).await.data(200), data);
        let list = t.get(TRANSACTIONS).await.json(200);
        assert_eq!(list["data"], json!([data]));
        assert_eq!(list["meta"], json!({"current_page": 1, "total_pages": 1, "total_records": 1}));
        assert!(t.get(&format!("{TRANSACTIONS}/2")).await.json(404)["success"] == false);
    }

    async fn the_first_requests_of_a_tenant_may_come_at_once(t: Tenant) {
        let posts = (0..16).map(|_| t.post(TRANSACTIONS, sample()));
        for reply in join_all(posts.map(IntoFuture::into_future)).await {
            let _ = reply.data(201);
        }
        assert_eq!(t.get("/api/v2/accounts").await.json(200)["meta"]["total_records"], 1);
    }

    async fn a_tenant_starts_with_an_account_a_category_and_a_department(t: Tenant) {
        for (path, other) in [("accounts", "Till"), ("categories", "Hosting"), ("departments", "Sales")] {
            let path = format!("/api/v2/{path}");
            // Whatever comes first, number 1 is the one from the beginning.
            let made = t.post(&path, json!({"name": other})).await.data(201);
            assert_eq!((&made["id"], &made["name"]), (&json!(2), &json!(other)));
            let list = t.get(&path).await.json(200);
            assert_eq!((numbers(&list), &list["meta"]["total_records"]), (vec![2, 1], &json!(2)));
            let changed = t.put(&format!("{path}/1"), json!({"description": "The first"})).await.expect(200);
            assert_eq!(changed.header("etag"), "\"2\"");
            assert_eq!(t.get(&format!("{path}/1")).await.data(200)["description"], "The first");
            let _ = t.delete(&format!("{path}/1")).await.expect(200);
            let _ = t.get(&format!("{path}/1")).await.expect(404);
            assert_eq!(numbers(&t.get(&path).await.json(200)), [2], "what is deleted does not come back");
            let wrong = t.post(&path, json!({"name": "", "description": 7})).await.json(400);
            assert_eq!(wrong_fields(&wrong), ["description", "name"]);
        }
        let wrong = t.post(TRANSACTIONS, sample()).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["account_id", "category_id"], "they are deleted");
    }

    async fn every_wrong_field_is_named_at_once(t: Tenant) {
        let body = json!({
            "type": "Gift", "account_id": 7, "category_id": "x", "amount": -5, "date": "soon", "invoice_id": 9,
        });
        let wrong = t.post(TRANSACTIONS, body).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["account_id", "amount", "category_id", "date", "invoice_id", "type"]);
        assert_eq!(wrong["errors"]["amount"], "Amount must be greater than 0");
        let missing = t.post(TRANSACTIONS, json!({})).await.json(400);
        assert_eq!(wrong_fields(&missing), ["account_id", "amount", "type"]);
        for amount in [json!("1500"), json!(0), json!(0.001), json!(1e15)] {
            let wrong = t.post(TRANSACTIONS, with("amount", amount)).await.json(400);
            assert_eq!(wrong_fields(&wrong), ["amount"]);
        }
        let _ = t.post(TRANSACTIONS, sample()).await.expect(201);
        let change = json!({"type": null, "account_id": 7, "amount": 0, "date": ""});
        let wrong = t.put(&format!("{TRANSACTIONS}/1"), change).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["account_id", "amount", "date", "type"]);
        let wrong = t.get(&format!("{TRANSACTIONS}?type=x&account_id=y&date_from=z&date_to=1&page=0&limit=101")).await;
        let wrong = wrong.json(400);
        assert_eq!(wrong_fields(&wrong), ["account_id", "date_from", "date_to", "limit", "page", "type"]);
    }

    async fn lists_filter_by_type_account_and_day(t: Tenant) {
        let _ = t.post("/api/v2/accounts", json!({"name": "Till"})).await.expect(201);
        for (kind, account, date) in
            [("Income", 1, "2024-01-15"), ("Expense", 2, "2024-01-31"), ("Income", 2, "2024-02-01")]
        {
            let mut body = with("type", kind);
            (body["account_id"], body["date"]) = (json!(account), json!(date));
            let _ = t.post(TRANSACTIONS, body).await.expect(201);
        }
        for (query, expected) in [
            ("", &[3, 2, 1][..]),
            ("?type=Income", &[3, 1]),
            ("?account_id=2", &[3, 2]),
            ("?type=Income&account_id=2", &[3]),
            ("?date_from=2024-01-31", &[3, 2]),
            ("?date_from=2024-01-16&date_to=2024-01-31", &[2]),
            ("?account_id=9", &[]),
            ("?limit=2&page=2", &[1]),
            ("?search=website", &[3, 2, 1]),
        ] {
            let list = t.get(&format!("{TRANSACTIONS}{query}")).await.json(200);
            assert_eq!(numbers(&list), expected, "{query}");
        }
        let first = t.get(&format!("{TRANSACTIONS}?limit=2")).await.expect(200);
        let cursor = first.header("x-next-cursor");
        assert_eq!(numbers(&t.get(&format!("{TRANSACTIONS}?limit=2&cursor={cursor}")).await.json(200)), [1]);
        let csv = t.call("GET", TRANSACTIONS).header("accept", "text/csv").send().await.expect(200);
        let lines: Vec<String> = csv.text().lines().map(str::to_owned).collect();
        assert!(lines[0].starts_with("id,uuid,type,account_id,amount") && lines.len() == 4, "{lines:?}");
    }

    async fn a_transaction_is_corrected_and_deleted(t: Tenant) {
        let _ = t.post(TRANSACTIONS, sample()).await.expect(201);
        let path = format!("{TRANSACTIONS}/1");
        let body = json!({"type": "Expense", "amount": 12.5, "category_id": null, "date": "2024-02-01"});
        let changed = t.put(&path, body.clone()).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let data = changed.data(200);
        assert_eq!((&data["type"], shown(&data["amount"])), (&json!("Expense"), "12.50".to_owned()));
        assert_eq!((&data["category_id"], &data["account_id"]), (&json!(null), &json!(1)));
        let stale = t.call("PUT", &path).header("if-match", "\"1\"").json(&body).send().await;
        let _ = stale.expect(412);
        assert_eq!(t.delete(&path).await.json(200), json!({"success": true, "data": null}));
        for gone in [t.get(&path).await, t.delete(&path).await, t.put(&path, body).await] {
            let _ = gone.expect(404);
        }
        assert_eq!(t.get(TRANSACTIONS).await.json(200)["meta"]["total_records"], 0);
        let history = t.get("/audit/transaction/1").await.json(200);
        assert_eq!(history["data"].as_array().unwrap().len(), 3, "its history stays");
    }

    async fn an_income_with_an_invoice_is_its_payment(t: Tenant) {
        let invoice = invoice(&t, 2000.0, false).await;
        let paid = t.post(TRANSACTIONS, with("invoice_id", invoice)).await.data(201);
        assert_eq!(paid["invoice_id"], invoice);
        let shows = async || t.get(&format!("/api/v2/invoices/{invoice}")).await.data(200);
        let now = shows().await;
        assert_eq!((&now["status"], shown(&now["balance"])), (&json!("Partially Paid"), "500.00".to_owned()));
        let over = t.post(TRANSACTIONS, with("invoice_id", invoice)).await.json(409);
        assert!(shown(&over["message"]).contains("500.00"), "{over}");
        let path = format!("{TRANSACTIONS}/{}", paid["id"]);
        for fixed in [json!({"amount": 1}), json!({"date": "2024-01-16"}), json!({"type": "Expense"}), json!({"invoice_id": null})] {
            let _ = t.put(&path, fixed).await.expect(409);
        }
        let kept = t.put(&path, json!({"amount": 1500.00, "description": "Half", "invoice_id": invoice})).await.data(200);
        assert_eq!(kept["description"], "Half");
        let mut rest = with("invoice_id", invoice);
        rest["amount"] = json!(500);
        let rest = t.post(TRANSACTIONS, rest).await.data(201);
        assert_eq!(shows().await["status"], "Paid");
        // Deleting the transaction takes the payment back.
        let _ = t.delete(&format!("{TRANSACTIONS}/{}", rest["id"])).await.expect(200);
        assert_eq!(shown(&shows().await["balance"]), "500.00");
        // Taking the payment back, on any surface, deletes the transaction.
        let (uuid, payment) = (shown(&now["uuid"]), shown(&paid["uuid"]));
        let reversed = t.delete(&format!("/api/v1/invoices/{uuid}/payments/{payment}")).await;
        let _ = reversed.expect(204);
        let _ = t.get(&path).await.expect(404);
        let now = shows().await;
        assert_eq!((&now["status"], shown(&now["balance"])), (&json!("Unpaid"), "2000.00".to_owned()));
        let _ = t.delete(&path).await.expect(404);
    }

    async fn what_cannot_be_paid_is_refused_and_nothing_is_written(t: Tenant) {
        let cancelled = invoice(&t, 2000.0, false).await;
        let _ = t.act(&format!("/api/v2/invoices/{cancelled}/cancel")).await.expect(200);
        let draft = invoice(&t, 2000.0, true).await;
        for refused in [cancelled, draft] {
            let _ = t.post(TRANSACTIONS, with("invoice_id", refused)).await.expect(409);
        }
        let mut expense = with("invoice_id", draft);
        (expense["type"], expense["amount"]) = (json!("Expense"), json!(0));
        let wrong = t.post(TRANSACTIONS, expense).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["amount", "invoice_id"]);
        assert_eq!(t.get(TRANSACTIONS).await.json(200)["meta"]["total_records"], 0);
        let made = t.post(TRANSACTIONS, sample()).await.data(201);
        assert_eq!(made["id"], 1, "no number was used up");
    }

    async fn the_same_key_records_it_once(t: Tenant) {
        let invoice = invoice(&t, 2000.0, false).await;
        let body = with("invoice_id", invoice);
        let post = async || {
            t.call("POST", TRANSACTIONS).header("idempotency-key", "once").json(&body).send().await.expect(201)
        };
        let (first, second) = (post().await, post().await);
        assert_eq!((first.value(), second.header("idempotent-replayed")), (second.value(), "true".to_owned()));
        assert_eq!(shown(&t.get(&format!("/api/v2/invoices/{invoice}")).await.data(200)["balance"]), "500.00");
    }
}
