//! `/api/v2/products`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const PRODUCTS: &str = "/api/v2/products";

/// The document's own body.
fn sample() -> Value {
    json!({
        "name": "Web Hosting",
        "price": 99.99,
        "description": "Annual web hosting package",
        "type": "service",
        "tax_rate": 10,
    })
}

both_backends! {
    async fn a_product_reads_back_as_it_was_made(t: Tenant) {
        let made = t.post(PRODUCTS, sample()).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let data = made.data(201);
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(&data[field], value, "{field}");
        }
        assert_eq!(data["id"], 1);
        assert!(shown(&data["created_at"]).ends_with('Z') && data["created_at"] == data["updated_at"]);
        let read = t.get(&format!("{PRODUCTS}/1")).await.expect(200);
        assert_eq!((read.header("etag"), read.data(200)), ("\"1\"".to_owned(), data.clone()));
        assert_eq!(t.get(&format!("{PRODUCTS}/{}", shown(&data["uuid"]))).await.data(200), data);
        let list = t.get(PRODUCTS).await.json(200);
        assert_eq!(list["data"], json!([data]));
        assert_eq!(list["meta"], json!({"current_page": 1, "total_pages": 1, "total_records": 1}));
    }

    async fn a_product_is_changed_and_deleted(t: Tenant) {
        let _ = t.post(PRODUCTS, sample()).await.expect(201);
        let path = format!("{PRODUCTS}/1");
        let changed = t.put(&path, json!({"price": 120, "description": null, "type": ""})).await.data(200);
        assert_eq!(changed["price"].to_string(), "120.00");
        assert_eq!((&changed["description"], &changed["type"], &changed["name"]), (&json!(null), &json!(null), &json!("Web Hosting")));
        let stale = t.call("DELETE", &path).header("if-match", "\"1\"").send().await;
        let _ = stale.expect(412);
        assert_eq!(t.delete(&path).await.json(200), json!({"success": true, "data": null}));
        for gone in [t.get(&path).await, t.put(&path, sample()).await, t.delete(&path).await] {
            assert_eq!(gone.json(404)["message"], "Product not found");
        }
        assert_eq!(t.get("/audit/product/1").await.json(200)["data"].as_array().unwrap().len(), 3);
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let body = json!({"name": 7, "price": -1, "type": "thing", "tax_rate": 101, "description": [], "color": 1});
        let wrong = t.post(PRODUCTS, body).await.json(400);
        assert_eq!((&wrong["success"], &wrong["message"]), (&json!(false), &json!("Validation failed")));
        let named: Vec<&str> = wrong["errors"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(named, ["description", "name", "price", "tax_rate", "type"]);
        let missing = t.post(PRODUCTS, json!({})).await.json(400);
        assert_eq!(missing["errors"], json!({"name": "Missing required field", "price": "Missing required field"}));
        let _ = t.post(PRODUCTS, sample()).await.expect(201);
        let emptied = t.put(&format!("{PRODUCTS}/1"), json!({"name": null})).await.json(400);
        assert_eq!(emptied["errors"].as_object().unwrap().len(), 1);
        for id in ["0", "x", "2", "999999999999999999999"] {
            let _ = t.get(&format!("{PRODUCTS}/{id}")).await.expect(404);
        }
    }

    async fn lists_page_search_and_export(t: Tenant) {
        for name in ["Hosting", "Inversor Solar", "=cmd()"] {
            let _ = t.post(PRODUCTS, json!({"name": name, "price": 1})).await.expect(201);
        }
        // A record of another kind is no product.
        let _ = t.post("/api/v2/accounts", json!({"name": "Hosting account"})).await.expect(201);
        let names = |list: &Value| -> Vec<String> {
            list["data"].as_array().unwrap().iter().map(|row| shown(&row["name"])).collect()
        };
        let second = t.get(&format!("{PRODUCTS}?limit=2&page=2")).await.json(200);
        assert_eq!(names(&second), ["Hosting"]);
        assert_eq!(second["meta"], json!({"current_page": 2, "total_pages": 2, "total_records": 3}));
        assert_eq!(names(&t.get(&format!("{PRODUCTS}?search=INVERSOR")).await.json(200)), ["Inversor Solar"]);
        let csv = t.call("GET", PRODUCTS).header("accept", "text/csv").send().await.expect(200);
        assert!(csv.header("content-type").starts_with("text/csv"));
        assert!(csv.text().contains("'=cmd()") && csv.text().lines().count() == 4, "{}", csv.text());
    }
}
