//! `/api/v1/invoices`: made, edited, listed, deleted, and what is computed.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::{Api, Tenant, both_backends};

const INVOICES: &str = "/api/v1/invoices";

/// The document's own body.
fn sample(client: &str) -> Value {
    let mut body = document(
        r#"{"invoiceNumber": "INV-0042", "currency": "USD", "issueDate": "2024-06-01", "dueDate": "2199-07-01",
            "lineItems": [{"description": "Web Development", "quantity": 40, "unitPrice": 125.00, "taxRate": 10}],
            "notes": "Thank you for your business", "terms": "Payment due within 30 days"}"#,
    );
    body["clientId"] = json!(client);
    body
}

fn numbers(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|invoice| shown(&invoice["invoiceNumber"])).collect()
}

async fn totals(t: &Api, body: Value) -> [String; 4] {
    let id = shown(&t.post(INVOICES, body).await.data(201)["id"]);
    let invoice = t.invoice(&id).await;
    ["subtotal", "taxTotal", "discountTotal", "total"].map(|field| shown(&invoice[field]))
}

fn with_lines(client: &str, lines: &str) -> Value {
    let mut body = Api::bill(client, "1");
    body["lineItems"] = document(lines);
    body
}

both_backends! {
    async fn the_documents_sample_comes_out_as_printed(t: Tenant) {
        let acme = json!({"name": "Acme Corp", "email": "billing@acme.example"});
        let client = shown(&t.post("/api/v1/clients", acme.clone()).await.data(201)["id"]);
        let made = t.post(INVOICES, sample(&client)).await.data(201);
        let id = shown(&made["id"]);
        let mut brief = document(r#"{"invoiceNumber": "INV-0042", "total": 5500.00, "status": "DRAFT"}"#);
        brief["id"] = json!(id);
        assert_eq!(made, brief);

        let _ = t.call("POST", &format!("{INVOICES}/{id}/send")).json(&json!({"viaEmail": true})).send().await.expect(200);
        let read = t.invoice(&id).await;
        let printed = document(
            r#"{"invoiceNumber": "INV-0042", "currency": "USD", "issueDate": "2024-06-01", "dueDate": "2199-07-01",
                "subtotal": 5000.00, "taxTotal": 500.00, "total": 5500.00, "status": "SENT",
                "notes": "Thank you for your business", "terms": "Payment due within 30 days",
                "sentViaEmail": true, "paidAt": null}"#,
        );
        for (field, value) in printed.as_object().unwrap() {
            assert_eq!(&read[field], value, "{field}");
        }
        assert!(shown(&read["discountTotal"]).trim_start_matches(['0', '.']).is_empty(), "{read}");
        assert_eq!((&read["clientId"], &read["client"]), (&json!(client), &acme));
        assert!(read["sentAt"].is_string() && read["createdAt"].is_string(), "{read}");
        let line = &read["lineItems"][0];
        let printed = [("quantity", "40"), ("unitPrice", "125.00"), ("amount", "5000.00"), ("taxRate", "10")];
        for (field, value) in printed {
            assert_eq!(shown(&line[field]), value, "{field}");
        }

        let listed = t.get(INVOICES).await.json(200)["data"][0].clone();
        for field in ["id", "clientId", "invoiceNumber", "currency", "issueDate", "dueDate", "subtotal", "taxTotal",
                      "discountTotal", "total", "status", "createdAt", "client"] {
            assert_eq!(listed[field], read[field], "{field}");
        }
    }

    async fn a_draft_is_edited_in_part_and_nothing_else_is(t: Tenant) {
        let client = t.client("Acme Corp").await;
        let id = shown(&t.post(INVOICES, sample(&client)).await.data(201)["id"]);
        let path = format!("{INVOICES}/{id}");
        let edit = document(
            r#"{"dueDate": "2199-07-15", "notes": "Updated scope", "lineItems":
                [{"description": "Web Development", "quantity": 50, "unitPrice": 125.00, "taxRate": 10}]}"#,
        );
        let edited = t.put(&path, edit).await.data(200);
        assert_eq!((shown(&edited["total"]), shown(&edited["status"])), ("6875.00".into(), "DRAFT".into()));
        let read = t.invoice(&id).await;
        assert_eq!((&read["dueDate"], &read["notes"]), (&json!("2199-07-15"), &json!("Updated scope")));
        assert_eq!(read["terms"], "Payment due within 30 days", "what was not named stays");
        let patched = t.patch(&path, json!({"terms": "now"})).await.data(200);
        assert_eq!(shown(&patched["total"]), "6875.00");

        let _ = t.act(&format!("{path}/send")).await.expect(200);
        let before = t.invoice(&id).await;
        let _ = t.put(&path, json!({"notes": "too late"})).await.error(409);
        let _ = t.patch(&path, json!({"notes": "too late"})).await.error(409);
        assert_eq!(t.invoice(&id).await, before, "a refused edit leaves no trace");
    }

    async fn amounts_are_exact_and_rounded_per_line_half_away_from_zero(t: Tenant) {
        let client = t.client("Payer").await;
        let cases = [
            // Floats would give 0.30000000000000004 and 1.0049999999999999.
            (r#"[{"description":"a","quantity":3,"unitPrice":0.10}]"#, ["0.30", "0.00", "0.30"]),
            (r#"[{"description":"a","quantity":1,"unitPrice":1.005}]"#, ["1.01", "0.00", "1.01"]),
            (r#"[{"description":"a","quantity":0.5,"unitPrice":0.01}]"#, ["0.01", "0.00", "0.01"]),
            // Each line's tax is 0.005: rounded per line 3 x 0.01, rounded once it would be 0.02.
            (
                r#"[{"description":"a","unitPrice":0.05,"taxRate":10},{"description":"b","unitPrice":0.05,"taxRate":10},
                    {"description":"c","unitPrice":0.05,"taxRate":10}]"#,
                ["0.15", "0.03", "0.18"],
            ),
            // More digits than a float holds.
            (
                r#"[{"description":"a","quantity":1,"unitPrice":999999999999.99},{"description":"b","unitPrice":0.02}]"#,
                ["1000000000000.01", "0.00", "1000000000000.01"],
            ),
            (r#"[{"description":"a","quantity":2.5,"unitPrice":19.99,"taxRate":7.5}]"#, ["49.98", "3.75", "53.73"]),
            (r#"[{"description":"a","amount":1,"unitPrice":12}]"#, ["12.00", "0.00", "12.00"]),
        ];
        for (lines, [subtotal, tax, total]) in cases {
            let found = totals(&t, with_lines(&client, lines)).await;
            assert_eq!([&found[0][..], &found[1], &found[3]], [subtotal, tax, total], "{lines}");
        }
    }

    async fn a_currency_has_its_own_smallest_unit(t: Tenant) {
        let client = t.client("Payer").await;
        for (currency, price, total) in [("JPY", "100.5", "101.00"), ("KWD", "1.0005", "1.001"), ("BRL", "0.125", "0.13")] {
            let mut body = Api::bill(&client, price);
            body["currency"] = json!(currency);
            assert_eq!(totals(&t, body).await[3], total, "{currency}");
        }
    }

    async fn a_discount_is_an_amount_or_a_percentage(t: Tenant) {
        let client = t.client("Payer").await;
        for (discount, expected) in [
            (json!(50), ["200.00", "20.00", "50.00", "170.00"]),
            (json!({"type": "amount", "value": 20.5}), ["200.00", "20.00", "20.50", "199.50"]),
            (json!({"type": "percent", "value": 10}), ["200.00", "20.00", "20.00", "200.00"]),
            (json!(220), ["200.00", "20.00", "220.00", "0.00"]),
        ] {
            let mut body = with_lines(&client, r#"[{"description":"a","quantity":2,"unitPrice":100,"taxRate":10}]"#);
            body["discount"] = discount.clone();
            assert_eq!(totals(&t, body).await, expected, "{discount}");
        }
        for wrong in [json!(-1), json!(220.01), json!({"type": "percent", "value": 101}), json!("10")] {
            let mut body = with_lines(&client, r#"[{"description":"a","quantity":2,"unitPrice":100,"taxRate":10}]"#);
            body["discount"] = wrong.clone();
            let error = t.post(INVOICES, body).await.error(400);
            assert!(error.contains("discount"), "{wrong}: {error}");
        }
    }

    async fn what_is_missing_takes_its_default(t: Tenant) {
        let client = t.client("Payer").await;
        let body = json!({"clientId": client, "dueDate": "2199-01-01",
                          "lineItems": [{"description": "Inverter", "unitPrice": 80}]});
        let id = shown(&t.post(INVOICES, body).await.data(201)["id"]);
        let invoice = t.invoice(&id).await;
        let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("America/Sao_Paulo").unwrap()).date();
        assert_eq!(invoice["currency"], "BRL");
        assert_eq!(invoice["invoiceNumber"], "INV-0001");
        // Midnight may pass between the two.
        let issued: jiff::civil::Date = shown(&invoice["issueDate"]).parse().unwrap();
        assert!(issued == today || issued == today.yesterday().unwrap(), "{issued} in the tenant's time zone");
        let line = &invoice["lineItems"][0];
        assert_eq!([shown(&line["quantity"]), shown(&line["taxRate"])], ["1", "0"]);
    }

    async fn every_wrong_field_is_named_at_once(t: Tenant) {
        let client = t.client("Payer").await;
        let body = json!({"clientId": client, "currency": "DOLLARS", "issueDate": "2024-02-30", "dueDate": 7,
                          "lineItems": [{"description": "", "quantity": 0, "unitPrice": "1"}, {"taxRate": 101}]});
        let error = t.post(INVOICES, body).await.error(400);
        for field in ["currency", "issueDate", "dueDate", "lineItems[0].description", "lineItems[0].quantity",
                      "lineItems[0].unitPrice", "lineItems[1].description", "lineItems[1].taxRate"] {
            assert!(error.contains(field), "{field} is not named in {error:?}");
        }
        assert_eq!(t.get(INVOICES).await.json(200)["total"], 0);
    }

    async fn a_client_that_is_nobody_hides_no_broken_rule(t: Tenant) {
        let nobody = json!("01890000-0000-7000-8000-000000000000");
        let client = t.client("Payer").await;
        let id = shown(&t.post(INVOICES, Api::bill(&client, "1")).await.data(201)["id"]);
        let mut body = Api::bill(&client, "1");
        (body["clientId"], body["discount"], body["dueDate"]) = (nobody, json!(9), json!("2024-01-01"));
        for reply in [t.post(INVOICES, body.clone()).await, t.put(&format!("{INVOICES}/{id}"), body.clone()).await] {
            let error = reply.error(400);
            for told in ["clientId: there is no such client", "discount: must not be above", "dueDate: must not be before"] {
                assert!(error.contains(told), "{told} is not in {error:?}");
            }
        }
        // What is compared with something that can not be read is left alone.
        (body["clientId"], body["issueDate"], body["lineItems"]) = (json!(client), json!("soon"), json!(7));
        let error = t.post(INVOICES, body).await.error(400);
        assert!(!error.contains("dueDate") && !error.contains("discount"), "{error:?}");
    }

    async fn a_wrong_value_is_refused_by_name(t: Tenant) {
        let client = t.client("Payer").await;
        for (field, value) in [
            ("clientId", json!("01890000-0000-7000-8000-000000000000")),
            ("clientId", json!("nobody")),
            ("clientId", json!(null)),
            ("dueDate", json!("2024-05-31")),
            ("dueDate", json!("31/12/2199")),
            ("lineItems", json!([])),
            ("lineItems", json!({})),
            ("currency", json!("XXQ")),
            ("invoiceNumber", json!("A\u{0}B")),
            ("notes", json!(12)),
        ] {
            let mut body = Api::bill(&client, "1");
            body[field] = value.clone();
            let reply = t.post(INVOICES, body).await;
            assert_eq!(reply.status, 400, "{field} = {value}: {}", reply.text());
            let error = reply.error(400);
            assert!(error.contains(field), "{field} = {value}: {error:?} does not name it");
        }
    }

    async fn lists_filter_by_client_and_status(t: Tenant) {
        let (ana, bia) = (t.client("Ana").await, t.client("Bia").await);
        let draft = t.draft(&ana, "10").await;
        let sent = t.sent(&ana, "20").await;
        let paid = t.sent(&bia, "30").await;
        let _ = t.pay(&paid, "30").await;
        let part = t.sent(&bia, "40").await;
        let _ = t.pay(&part, "1").await;
        let cancelled = t.sent(&bia, "50").await;
        let _ = t.act(&format!("{INVOICES}/{cancelled}/cancel")).await.expect(200);

        let ids = async |query: &str| -> Vec<String> {
            let list = t.get(&format!("{INVOICES}?{query}")).await.json(200);
            let ids: Vec<String> = list["data"].as_array().unwrap().iter().map(|one| shown(&one["id"])).collect();
            assert_eq!(list["total"], ids.len(), "{query}");
            ids
        };
        assert_eq!(ids(&format!("clientId={ana}")).await, [sent.clone(), draft.clone()]);
        assert_eq!(ids("clientId=2").await, [cancelled.clone(), part.clone(), paid.clone()]);
        assert_eq!(ids("status=DRAFT").await, [draft]);
        assert_eq!(ids("status=SENT").await, std::slice::from_ref(&sent));
        assert_eq!(ids("status=PAID").await, [paid]);
        assert_eq!(ids("status=PARTIALLY_PAID").await, [part]);
        assert_eq!(ids("status=CANCELLED").await, [cancelled]);
        assert!(ids("status=OVERDUE").await.is_empty());
        assert_eq!(ids(&format!("status=SENT&clientId={ana}")).await, [sent]);
        assert!(ids(&format!("status=SENT&clientId={bia}")).await.is_empty());
        let error = t.get(&format!("{INVOICES}?status=LATE")).await.error(400);
        assert!(error.contains("status"), "{error}");
    }

    async fn search_finds_number_and_client(t: Tenant) {
        let joao = json!({"name": "João", "email": "joao@sol.example"});
        let joao = shown(&t.post("/api/v1/clients", joao).await.data(201)["id"]);
        let other = t.client("Maria").await;
        let _ = t.post(INVOICES, sample(&joao)).await.expect(201);
        let _ = t.draft(&other, "1").await;
        for (search, expected) in [
            ("inv-0042", vec!["INV-0042"]),
            ("joao", vec!["INV-0042"]),
            ("joao@sol", vec!["INV-0042"]),
            ("maria", vec!["INV-0001"]),
            ("INV-", vec!["INV-0001", "INV-0042"]),
            ("nobody", vec![]),
        ] {
            let found = t.get(&format!("{INVOICES}?search={search}")).await.json(200);
            assert_eq!(numbers(&found), expected, "{search}");
        }
        let _ = t.put(&format!("/api/v1/clients/{other}"), json!({"name": "Mariana Lima"})).await.expect(200);
        let renamed = t.get(&format!("{INVOICES}?search=mariana")).await.json(200);
        assert_eq!(numbers(&renamed), ["INV-0001"], "a client's new name finds the invoices of before");
        assert_eq!(renamed["data"][0]["client"]["name"], "Mariana Lima");
    }

    async fn pages_and_cursor_agree(t: Tenant) {
        let client = t.client("Payer").await;
        for _ in 0..12 {
            let _ = t.draft(&client, "1").await;
        }
        let by_page = async |page: u32| t.get(&format!("{INVOICES}?limit=5&page={page}")).await.expect(200);
        let mut path = format!("{INVOICES}?limit=5");
        for page in 1..=3 {
            let (expected, found) = (by_page(page).await, t.get(&path).await.expect(200));
            assert_eq!(numbers(&found.value()), numbers(&expected.value()), "page {page}");
            assert_eq!(found.find("x-next-cursor").is_some(), page < 3, "page {page}");
            path = format!("{INVOICES}?limit=5&cursor={}", found.find("x-next-cursor").unwrap_or_default());
        }
        assert_eq!(by_page(3).await.value()["totalPages"], 3);
    }

    async fn only_drafts_and_cancelled_ones_are_deleted_and_their_history_stays(t: Tenant) {
        let client = t.client("Payer").await;
        let draft = t.draft(&client, "1").await;
        let sent = t.sent(&client, "2").await;
        let path = |id: &str| format!("{INVOICES}/{id}");

        assert!(t.delete(&path(&draft)).await.expect(204).body.is_empty());
        let _ = t.get(&path(&draft)).await.error(404);
        let _ = t.delete(&path(&draft)).await.error(404);
        let _ = t.put(&path(&draft), json!({"notes": "x"})).await.error(404);
        let _ = t.get(&format!("{}/pdf", path(&draft))).await.error(404);
        let _ = t.delete(&path(&sent)).await.error(409);
        assert_eq!(t.get(INVOICES).await.json(200)["total"], 1);

        let _ = t.act(&format!("{}/cancel", path(&sent))).await.expect(200);
        let _ = t.delete(&path(&sent)).await.expect(204);
        assert_eq!(t.get(INVOICES).await.json(200)["total"], 0);
        let story = t.get(&format!("/audit/invoice/{sent}")).await.json(200);
        let types: Vec<String> = story["data"].as_array().unwrap().iter().map(|event| shown(&event["type"])).collect();
        assert_eq!(types, ["invoice.created", "invoice.sent", "invoice.cancelled", "invoice.deleted"]);
    }
}
