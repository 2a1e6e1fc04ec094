//! `/api/v1/clients`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const CLIENTS: &str = "/api/v1/clients";

/// The document's own body.
fn sample() -> Value {
    json!({
        "name": "Acme Corp",
        "email": "billing@acme.example",
        "address": "123 Main St, New York, NY 10001",
        "taxId": "US-123456789",
        "phone": "+1-555-0100",
        "notes": "Net 30 terms",
    })
}

fn names(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|client| shown(&client["name"])).collect()
}

/// `2024-01-15T00:00:00.000Z`
fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == 24 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
}

both_backends! {
    async fn a_client_reads_back_as_it_was_made(t: Tenant) {
        let made = t.post(CLIENTS, sample()).await.expect(201);
        assert_eq!(made.header("content-type").split(';').next(), Some("application/json"));
        let data = made.value()["data"].clone();
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(&data[field], value, "{field}");
        }
        assert_eq!(data["isActive"], true);
        assert!(is_time(&data["createdAt"]) && is_time(&data["updatedAt"]), "{data}");
        let id = shown(&data["id"]);
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
        assert_eq!(t.get(&format!("{CLIENTS}/{id}")).await.data(200), data);
    }

    async fn only_the_name_is_required(t: Tenant) {
        let data = t.post(CLIENTS, json!({"name": "Solo"})).await.data(201);
        assert_eq!(data["name"], "Solo");
        assert!(data["email"].is_null() && data["notes"].is_null(), "{data}");

        assert_eq!(t.post(CLIENTS, json!({})).await.error(400), "Missing required field: name");
        assert_eq!(t.get(CLIENTS).await.json(200)["total"], 1, "a refused client must not be there");
    }

    async fn the_number_is_as_good_as_the_uuid(t: Tenant) {
        let first = t.client("First").await;
        let second = t.client("Second").await;
        assert_eq!(shown(&t.get(&format!("{CLIENTS}/1")).await.data(200)["id"]), first);
        assert_eq!(shown(&t.get(&format!("{CLIENTS}/2")).await.data(200)["id"]), second);
        for nobody in ["3", "0", "-1", "99999999999999999999999", "abc", "01890000-0000-7000-8000-000000000000"] {
            let _ = t.get(&format!("{CLIENTS}/{nobody}")).await.error(404);
        }
    }

    async fn an_update_changes_what_it_names_and_nothing_else(t: Tenant) {
        let before = t.post(CLIENTS, sample()).await.data(201);
        let path = format!("{CLIENTS}/{}", shown(&before["id"]));
        for (method, phone) in [("PUT", "+1-555-0200"), ("PATCH", "+1-555-0300")] {
            let body = json!({"name": "Acme Corporation", "phone": phone});
            let after = t.call(method, &path).json(&body).send().await.data(200);
            let mut expected = before.clone();
            expected["name"] = json!("Acme Corporation");
            expected["phone"] = json!(phone);
            expected["updatedAt"] = after["updatedAt"].clone();
            assert_eq!(after, expected, "{method}");
            assert_eq!(t.get(&path).await.data(200), after, "{method}");
        }
        let cleared = t.put(&path, json!({"notes": null})).await.data(200);
        assert!(cleared["notes"].is_null(), "{cleared}");
        assert_eq!(cleared["email"], before["email"]);
        let _ = t.put(&path, json!({"name": null})).await.error(400);
        let _ = t.put(&path, json!({"name": ""})).await.error(400);
        let _ = t.put(&format!("{CLIENTS}/77"), json!({"name": "Nobody"})).await.error(404);
    }

    async fn a_deleted_client_is_inactive_and_out_of_the_list(t: Tenant) {
        let id = t.client("Gone Ltd").await;
        let kept = t.client("Kept Ltd").await;
        let gone = t.delete(&format!("{CLIENTS}/{id}")).await.expect(204);
        assert!(gone.body.is_empty(), "204 has no body");
        assert_eq!(t.get(&format!("{CLIENTS}/{id}")).await.data(200)["isActive"], false);
        let list = t.get(CLIENTS).await.json(200);
        assert_eq!((&list["total"], names(&list)), (&json!(1), vec!["Kept Ltd".to_owned()]));
        assert_eq!(t.get(&format!("{CLIENTS}?search=gone")).await.json(200)["total"], 0);
        assert_eq!(t.get(&format!("{CLIENTS}/{kept}")).await.data(200)["isActive"], true);
    }

    async fn a_client_who_owes_cannot_be_deleted(t: Tenant) {
        let id = t.client("Debtor").await;
        let invoice = t.sent(&id, "100.00").await;
        let path = format!("{CLIENTS}/{id}");
        let _ = t.delete(&path).await.error(409);
        let _ = t.pay(&invoice, "40.00").await;
        let _ = t.delete(&path).await.error(409);
        assert_eq!(t.get(&path).await.data(200)["isActive"], true);
        let _ = t.pay(&invoice, "60.00").await;
        let _ = t.delete(&path).await.expect(204);
    }

    async fn lists_run_newest_first_page_by_page(t: Tenant) {
        for number in 1..=23 {
            let _ = t.client(&format!("Client {number:02}")).await;
        }
        let all = t.get(&format!("{CLIENTS}?limit=100")).await.json(200);
        let expected: Vec<String> = (1..=23).rev().map(|number| format!("Client {number:02}")).collect();
        assert_eq!(names(&all), expected);

        let first = t.get(CLIENTS).await.json(200);
        assert_eq!(names(&first), expected[..20], "20 a page by default");
        assert_eq!([&first["total"], &first["page"], &first["limit"], &first["totalPages"]], [23, 1, 20, 2]);

        let third = t.get(&format!("{CLIENTS}?page=3&limit=10")).await.json(200);
        assert_eq!(names(&third), expected[20..]);
        assert_eq!([&third["total"], &third["page"], &third["limit"], &third["totalPages"]], [23, 3, 10, 3]);

        let beyond = t.get(&format!("{CLIENTS}?page=4&limit=10")).await.json(200);
        assert_eq!((names(&beyond).len(), &beyond["total"]), (0, &json!(23)));
    }

    async fn a_cursor_walks_the_list_while_it_grows(t: Tenant) {
        for number in 1..=25 {
            let _ = t.client(&format!("Client {number:02}")).await;
        }
        let mut seen = Vec::new();
        let mut path = format!("{CLIENTS}?limit=10");
        loop {
            let page = t.get(&path).await.expect(200);
            seen.extend(names(&page.value()));
            let _ = t.client("Late").await;
            let Some(cursor) = page.find("x-next-cursor") else { break };
            path = format!("{CLIENTS}?limit=10&cursor={cursor}");
            assert!(seen.len() <= 25, "the cursor does not end: {seen:?}");
        }
        let expected: Vec<String> = (1..=25).rev().map(|number| format!("Client {number:02}")).collect();
        assert_eq!(seen, expected, "each once, and none of those that came later");
    }

    async fn paging_out_of_range_is_refused(t: Tenant) {
        for query in ["page=0", "page=-1", "page=x", "page=1.5", "limit=0", "limit=101", "limit=ten"] {
            let error = t.get(&format!("{CLIENTS}?{query}")).await.error(400);
            let name = query.split('=').next().unwrap();
            assert!(error.contains(name), "{query}: {error:?} does not name it");
        }
        let _ = t.get(&format!("{CLIENTS}?cursor=nonsense!")).await.error(400);
        let _ = t.get(&format!("{CLIENTS}?search={}", "x".repeat(256))).await.error(400);
        let _ = t.get(&format!("{CLIENTS}?search={}", "x".repeat(255))).await.expect(200);
    }

    async fn search_finds_names_and_addresses_without_regard_to_case_and_accents(t: Tenant) {
        for (name, email) in [
            ("João Conceição", "joao@sol.example"),
            ("Énergie Étoilée", "contact@etoile.example"),
            ("Straße & Söhne", "post@strasse.example"),
            ("100% Solar_Plus", "info@percent.example"),
        ] {
            let _ = t.post(CLIENTS, json!({"name": name, "email": email})).await.expect(201);
        }
        for (search, expected) in [
            ("joao", "João Conceição"),
            ("JO%C3%83O", "João Conceição"),
            ("conceicao", "João Conceição"),
            ("etoilee", "Énergie Étoilée"),
            ("contact@etoile", "Énergie Étoilée"),
            ("S%C3%96HNE", "Straße & Söhne"),
            ("100%25", "100% Solar_Plus"),
            ("solar_plus", "100% Solar_Plus"),
        ] {
            let found = t.get(&format!("{CLIENTS}?search={search}")).await.json(200);
            assert_eq!(names(&found), [expected], "search={search}");
            assert_eq!(found["total"], 1, "search={search}");
        }
        for nothing in ["nobody", "%25%25", "solarXplus", "'%20OR%201=1--"] {
            assert_eq!(t.get(&format!("{CLIENTS}?search={nothing}")).await.json(200)["total"], 0, "{nothing}");
        }
        assert_eq!(t.get(&format!("{CLIENTS}?search=example&limit=2&page=2")).await.json(200)["totalPages"], 2);
    }

    async fn tax_ids_are_checked_and_printed_with_their_mask(t: Tenant) {
        for (sent, printed) in [
            ("52998224725", "529.982.247-25"),
            ("529.982.247-25", "529.982.247-25"),
            ("11222333000181", "11.222.333/0001-81"),
            ("12ABC34501DE35", "12.ABC.345/01DE-35"),
            ("12.ABC.345/01DE-35", "12.ABC.345/01DE-35"),
            ("US-123456789", "US-123456789"),
        ] {
            let data = t.post(CLIENTS, json!({"name": "Payer", "taxId": sent})).await.data(201);
            assert_eq!(data["taxId"], printed, "{sent}");
        }
        for wrong in ["52998224724", "111.111.111-11", "11222333000180", "12.ABC.345/01DE-36", "00.000.000/0001-00"] {
            let error = t.post(CLIENTS, json!({"name": "Payer", "taxId": wrong})).await.error(400);
            assert!(error.contains("taxId"), "{wrong}: {error}");
        }
        let _ = t.put("/tenant", json!({"checkTaxIds": false})).await.expect(200);
        let _ = t.post(CLIENTS, json!({"name": "Placeholder", "taxId": "00.000.000/0001-00"})).await.expect(201);
    }
}
