//! Lists of the back office as files, and files that come in.

use serde_json::{Value, json};
use sunledger_tests::{Api, Reply, Tenant, both_backends};

async fn export(api: &Api, path: &str) -> Reply {
    api.call("GET", path).header("accept", "text/csv").send().await
}

async fn import(api: &Api, path: &str, file: &str) -> Reply {
    api.call("POST", path).header("content-type", "text/csv").body(file.to_owned()).send().await
}

fn lines(reply: Reply) -> Vec<String> {
    let reply = reply.expect(200);
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    let text = reply.text();
    assert!(text.ends_with("\r\n"), "{text}");
    text.trim_end().split("\r\n").map(str::to_owned).collect()
}

both_backends! {
    async fn every_customer_is_a_line_however_many_there_are(t: Tenant) {
        for batch in 0..2 {
            let rows: Vec<Value> = (0..700).map(|n| json!({"account": format!("Customer {}", batch * 700 + n + 1)})).collect();
            let _ = t.post("/api/v2/batch/customers", json!({"customers": rows})).await.expect(201);
        }
        let reply = export(&t, "/api/v2/customers").await;
        assert_eq!(reply.header("content-disposition"), "attachment; filename=\"customers.csv\"");
        let all = lines(reply);
        assert_eq!(all[0], "id,uuid,account,email,phone,address,city,state,zip,country,created_at,updated_at");
        assert_eq!(all.len(), 1_401);
        for (index, line) in all[1..].iter().enumerate() {
            let number = 1_400 - index;
            assert!(line.starts_with(&format!("{number},")) && line.contains(&format!(",Customer {number},")), "{line}");
        }
        assert_eq!(lines(export(&t, "/api/v2/customers?search=1400").await).len(), 2);
        let page = export(&t, "/api/v2/customers?limit=10&page=2").await;
        assert!(!page.header("x-next-cursor").is_empty());
        let page = lines(page);
        assert_eq!(page.len(), 11);
        assert!(page[1].starts_with("1390,"), "{}", page[1]);
        let _ = export(&t, "/api/v2/customers?limit=0").await.expect(400);
        let _ = export(&t.with_key(None), "/api/v2/customers").await.expect(401);
        let json = t.call("GET", "/api/v2/customers").header("accept", "application/json, text/csv;q=0.5").send().await;
        assert_eq!(json.json(200)["meta"]["total_records"], 1_400);
    }

    async fn no_cell_is_a_formula(t: Tenant) {
        for name in ["=1+1", "+55 11", "-2", "@SUM(A1)", "Rua \"A\", 1"] {
            let _ = t.post("/api/v2/customers", json!({"account": name})).await.expect(201);
        }
        let text = export(&t, "/api/v2/customers").await.expect(200).text();
        for cell in [",'=1+1,", ",'+55 11,", ",'-2,", ",'@SUM(A1),", ",\"Rua \"\"A\"\", 1\","] {
            assert!(text.contains(cell), "{cell} in {text}");
        }
        let items = json!([{"description": "=cmd", "amount": 1500, "qty": 1}]);
        let body = json!({"customer_id": 1, "due_date": "2199-12-31", "items": items, "notes": "=cmd|' /C calc'!A0"});
        let _ = t.post("/api/v2/invoices", body).await.expect(201);
        let all = lines(export(&t, "/api/v2/invoices?status=Unpaid").await);
        assert!(all[0].starts_with("id,uuid,invoice_number,customer_id,customer_uuid,amount,paid,balance,"), "{}", all[0]);
        assert!(all[1].contains(",1500.00,0.00,1500.00,") && all[1].contains(",'=cmd|' /C calc'!A0,"), "{}", all[1]);
        let _ = t.post("/api/v2/invoices/1/payments", json!({"amount": 7.5})).await.expect(201);
        let payments = lines(export(&t, "/api/v2/invoices/1/payments").await);
        assert!(payments[1].contains(",Income,7.50,"), "{}", payments[1]);
        let _ = t.post("/api/v2/webhooks", json!({"url": "https://x.example/", "events": ["*"]})).await.expect(201);
        assert!(lines(export(&t, "/api/v2/webhooks").await)[1].contains(",https://x.example/,"));
        assert_eq!(lines(export(&t, "/api/v2/webhooks/1/deliveries").await)[0].split(',').next(), Some("id"));
    }

    async fn an_export_of_nothing_is_a_line_of_names(t: Tenant) {
        assert_eq!(lines(export(&t, "/api/v2/customers").await).len(), 1);
        assert_eq!(lines(export(&t, "/api/v2/invoices?customer_id=7").await).len(), 1);
    }

    async fn a_file_becomes_customers_and_each_wrong_line_is_told(t: Tenant) {
        let file = "\u{feff}Account;email;Notes;city\r\nJane Smith;jane@example.com;x;\"New\r\nYork\"\r\nBob;nobody;;\r\n\r\n;a@b.example;;\r\nAna;ana@example.com;;Santos\r\n";
        let report = import(&t, "/api/v2/customers/import?dry_run=true", file).await.json(200);
        assert_eq!(report["success"], true);
        let counts = |report: &Value| ["total", "created", "valid", "failed"].map(|name| report["data"][name].as_i64().unwrap());
        assert_eq!(counts(&report), [4, 0, 1, 3]);
        assert_eq!(t.get("/api/v2/customers").await.json(200)["meta"]["total_records"], 0, "a dry run makes nothing");

        let report = import(&t, "/api/v2/customers/import", file).await.json(200);
        assert_eq!(counts(&report), [4, 1, 1, 3]);
        assert_eq!(report["data"]["ignored_columns"], json!(["Notes"]));
        let rows = &report["data"]["rows"];
        assert!(rows[0]["errors"]["city"].is_string(), "a city has one line: {rows}");
        assert_eq!(rows[1]["errors"], json!({"email": "Invalid email format"}));
        assert_eq!((&rows[1]["row"], &rows[1]["line"], &rows[1]["status"]), (&json!(2), &json!(4), &json!("failed")));
        assert_eq!(rows[2]["errors"], json!({"account": "Missing required field"}));
        assert_eq!(rows[3], json!({"row": 4, "line": 7, "status": "created", "id": 1}));
        let list = t.get("/api/v2/customers").await.json(200);
        assert_eq!(list["meta"]["total_records"], 1);
        assert_eq!((&list["data"][0]["account"], &list["data"][0]["city"]), (&json!("Ana"), &json!("Santos")));
    }

    async fn what_was_exported_can_be_imported(t: Tenant) {
        for name in ["=1+1", "Rua \"A\", 1", "Ana"] {
            let _ = t.post("/api/v2/customers", json!({"account": name, "phone": "+1-555-0100", "zip": "10001"})).await.expect(201);
        }
        let file = export(&t, "/api/v2/customers").await.expect(200).text();
        let other = Tenant::on(t.server());
        let report = import(&other, "/api/v2/customers/import", &file).await.data(200);
        assert_eq!((&report["created"], &report["failed"]), (&json!(3), &json!(0)), "{report}");
        let list = other.get("/api/v2/customers").await.json(200);
        let names: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|customer| &customer["account"]).collect();
        assert_eq!(names, [&json!("=1+1"), &json!("Rua \"A\", 1"), &json!("Ana")]);
        assert_eq!((&list["data"][0]["phone"], &list["data"][0]["zip"]), (&json!("+1-555-0100"), &json!("10001")));
    }

    async fn a_long_file_is_read_as_it_comes_and_happens_once(t: Tenant) {
        let mut file = "name,price,type,tax_rate\n".to_owned();
        for n in 1..=20_000 {
            file.push_str(&format!("\"Product {n}, of a long catalogue of solar equipment\",{n}.90,product,10\n"));
        }
        assert!(file.len() > 1 << 20, "longer than any other body may be");
        let send = || {
            let call = t.call("POST", "/api/v2/products/import").header("content-type", "text/csv");
            call.header("idempotency-key", "catalogue").body(file.clone()).send()
        };
        let report = send().await.data(200);
        assert_eq!((&report["total"], &report["created"], &report["failed"]), (&json!(20_000), &json!(20_000), &json!(0)));
        assert_eq!(report["rows"].as_array().unwrap().len(), 10_000);
        let again = send().await.expect(200);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.value()["data"], report);
    }

    async fn products_have_exact_prices(t: Tenant) {
        let file = "name,price,type,tax_rate\nWeb Hosting,99.99,service,10\nCable,-1,product,\nPanel,abc,machine,101\n";
        let report = import(&t, "/api/v2/products/import", file).await.data(200);
        assert_eq!((&report["created"], &report["failed"]), (&json!(1), &json!(2)));
        assert!(report["rows"][1]["errors"]["price"].is_string());
        let named: Vec<&String> = report["rows"][2]["errors"].as_object().unwrap().keys().collect();
        assert_eq!(named, ["price", "tax_rate", "type"]);
        let products = t.get("/api/v2/products").await.expect(200);
        assert!(products.text().contains("99.99"), "{}", products.text());
    }

    async fn what_is_no_file_is_refused(t: Tenant) {
        let path = "/api/v2/customers/import";
        assert_eq!(import(&t, path, "").await.json(400)["success"], false);
        let error = import(&t, path, "name,email\nA,b@c.example\n").await.json(400);
        assert_eq!(error["errors"], json!({"account": "is no column of the first line"}));
        let error = import(&t, path, "account,Account\n").await.json(400);
        assert_eq!(error["errors"], json!({"account": "is the name of two columns"}));
        let wrong = t.post(path, json!({"account": "A"})).await.json(415);
        assert_eq!(wrong["message"], "The request body must be text/csv");
        assert!(import(&t, &format!("{path}?dry_run=1"), "account\n").await.json(400)["errors"]["dry_run"].is_string());
        let _ = import(&t.with_scopes(&["backoffice:read"]), path, "account\nA\n").await.expect(403);
        let _ = import(&t.with_key(None), path, "account\nA\n").await.expect(401);
        assert_eq!(t.get("/api/v2/customers").await.json(200)["meta"]["total_records"], 0);
    }
}
