//! `/v1/clients`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::crm::{crm_client, refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const CLIENTS: &str = "/v1/clients";

fn names(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|client| shown(&client["name"])).collect()
}

both_backends! {
    async fn a_client_reads_back_as_it_was_made(t: Tenant) {
        let made = t.post(CLIENTS, crm_client("Maria da Silva")).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let body = made.value();
        assert_eq!(body["success"], true);
        let data = &body["data"];
        let sent = crm_client("Maria da Silva");
        for field in ["name", "email", "phone", "taxId", "notes"] {
            assert_eq!(data[field], sent[field], "{field}");
        }
        for (part, value) in sent["address"].as_object().unwrap() {
            assert_eq!(&data["address"][part], value, "{part}");
        }
        assert_eq!((&data["status"], &data["address"]["zip"]), (&json!("active"), &json!("13010-000")));
        assert_eq!(data["createdAt"], data["updatedAt"]);
        let fields: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected =
            ["id", "name", "email", "phone", "address", "taxId", "notes", "status", "createdAt", "updatedAt"];
        expected.sort_unstable();
        let mut fields = fields;
        fields.sort_unstable();
        assert_eq!(fields, expected);
        let id = shown(&data["id"]);
        let read = t.get(&format!("{CLIENTS}/{id}")).await.expect(200);
        assert_eq!((read.value(), read.header("etag")), (body.clone(), "\"1\"".to_owned()));
        assert_eq!(t.get(&format!("{CLIENTS}/1")).await.json(200), body, "by its number");
        assert!(id.parse::<uuid::Uuid>().is_ok());
    }

    async fn what_the_document_requires_is_required(t: Tenant) {
        assert_eq!(wrong_fields(t.post(CLIENTS, json!({})).await), ["address", "email", "name", "phone"]);
        let empty = json!({"name": "", "email": null, "phone": " ", "address": {"street": ""}});
        assert_eq!(wrong_fields(t.post(CLIENTS, empty).await), ["address", "email", "name", "phone"]);
        let wrong = json!({
            "name": 1, "email": "nobody", "phone": "call me", "address": {"zip": 1}, "taxId": "111.111.111-12",
            "notes": [], "status": "inactive",
        });
        let named = wrong_fields(t.post(CLIENTS, wrong).await);
        assert_eq!(named, ["address.zip", "email", "name", "notes", "phone", "status", "taxId"]);
        assert_eq!(t.get(CLIENTS).await.json(200)["meta"]["total"], 0, "nothing was made");
    }

    async fn tax_ids_are_checked_unless_the_company_does_not_want_it(t: Tenant) {
        let with = |tax_id: &str| {
            let mut body = crm_client("Maria");
            body["taxId"] = json!(tax_id);
            body
        };
        for (given, shown) in [
            ("52998224725", "529.982.247-25"),
            ("11222333000181", "11.222.333/0001-81"),
            ("12.abc.345/01de-35", "12.ABC.345/01DE-35"),
        ] {
            assert_eq!(t.post(CLIENTS, with(given)).await.data(201)["taxId"], shown);
        }
        for wrong in ["00.000.000/0001-00", "529.982.247-26", "US-123456789", "123"] {
            assert_eq!(wrong_fields(t.post(CLIENTS, with(wrong)).await), ["taxId"], "{wrong}");
        }
        let _ = t.put("/tenant", json!({"checkTaxIds": false})).await.expect(200);
        let _ = t.post(CLIENTS, with("00.000.000/0001-00")).await.expect(201);
    }

    async fn an_update_changes_what_it_names(t: Tenant) {
        let path = format!("{CLIENTS}/{}", t.crm_client("Maria").await);
        let changed = t.put(&path, json!({"name": "Maria Souza", "status": "pending"})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let data = changed.data(200);
        assert_eq!((&data["name"], &data["status"]), (&json!("Maria Souza"), &json!("pending")));
        assert_eq!(data["email"], crm_client("x")["email"]);
        let data = t.patch(&path, json!({"notes": null, "taxId": null, "address": "Rua B, 7"})).await.data(200);
        assert_eq!((&data["notes"], &data["taxId"]), (&json!(null), &json!(null)));
        assert_eq!(data["address"], json!({"text": "Rua B, 7"}));
        let emptied = json!({"name": null, "email": "", "phone": null, "address": {}});
        assert_eq!(wrong_fields(t.patch(&path, emptied).await), ["address", "email", "name", "phone"]);
        let stale = t.call("PATCH", &path).header("if-match", "\"1\"").json(&json!({"name": "X"})).send().await;
        let _ = refusal(stale, 412);
        assert_eq!(t.get(&path).await.data(200), data);
    }

    async fn a_deleted_client_stays_to_be_read_as_inactive(t: Tenant) {
        let id = t.crm_client("Maria").await;
        let path = format!("{CLIENTS}/{id}");
        let gone = t.delete(&path).await.json(200);
        assert_eq!((&gone["success"], &gone["data"]["status"]), (&json!(true), &json!("inactive")));
        assert_eq!(t.get(&path).await.data(200)["status"], "inactive");
        assert_eq!(names(&t.get(&format!("{CLIENTS}?status=inactive")).await.json(200)), ["Maria"]);
        assert_eq!(names(&t.get(CLIENTS).await.json(200)), ["Maria"]);
        assert!(names(&t.get(&format!("{CLIENTS}?status=active")).await.json(200)).is_empty());
        assert_eq!(t.get(&format!("/api/v1/clients/{id}")).await.data(200)["isActive"], false);
        assert_eq!(t.get("/api/v1/clients").await.json(200)["total"], 0);
        let _ = t.get(&format!("/energy/clients/{id}")).await.expect(404);
        let again = t.delete(&path).await.expect(200);
        assert_eq!(again.header("etag"), "\"2\"", "again is no news");
        let _ = refusal(t.put(&path, json!({"name": "New"})).await, 409);
        let back = t.put(&path, json!({"name": "New", "status": "active"})).await.data(200);
        assert_eq!((&back["name"], &back["status"]), (&json!("New"), &json!("active")));
    }

    async fn a_client_that_owes_something_stays(t: Tenant) {
        let id = t.crm_client("Maria").await;
        let path = format!("{CLIENTS}/{id}");
        let invoice = t.crm_invoice(&id, "100").await;
        assert!(refusal(t.delete(&path).await, 409).contains("unpaid invoice"));
        let _ = refusal(t.patch(&path, json!({"status": "inactive"})).await, 409);
        assert_eq!(t.get(&path).await.data(200)["status"], "active");
        let _ = t.pay(&invoice, "100").await;
        let _ = t.patch(&path, json!({"status": "inactive"})).await.expect(200);
        let bill = json!({"clientId": id, "dueDate": "2199-12-31", "items": [{"description": "x", "unitPrice": 1}]});
        let _ = refusal(t.post("/v1/invoices", bill).await, 409);
    }

    async fn lists_page_and_filter_by_status(t: Tenant) {
        for name in ["Ana", "Bia", "Caio"] {
            let _ = t.crm_client(name).await;
        }
        let mut pending = crm_client("Davi");
        pending["status"] = json!("pending");
        let _ = t.post(CLIENTS, pending).await.expect(201);
        let all = t.get(CLIENTS).await.json(200);
        assert_eq!(names(&all), ["Davi", "Caio", "Bia", "Ana"]);
        assert_eq!(all["meta"], json!({"page": 1, "limit": 20, "total": 4, "totalPages": 1}));
        let second = t.get(&format!("{CLIENTS}?limit=3&page=2")).await.json(200);
        assert_eq!(names(&second), ["Ana"]);
        assert_eq!(second["meta"], json!({"page": 2, "limit": 3, "total": 4, "totalPages": 2}));
        let first = t.get(&format!("{CLIENTS}?limit=3")).await.expect(200);
        let next = t.get(&format!("{CLIENTS}?limit=3&cursor={}", first.header("x-next-cursor"))).await.expect(200);
        assert_eq!((names(&next.value()), next.find("x-next-cursor")), (vec!["Ana".to_owned()], None));
        assert_eq!(names(&t.get(&format!("{CLIENTS}?status=pending")).await.json(200)), ["Davi"]);
        let wrong = t.get(&format!("{CLIENTS}?status=gone&limit=101&page=0&cursor=x")).await;
        assert_eq!(wrong_fields(wrong), ["cursor", "limit", "page", "status"]);
    }

    async fn one_address_is_shown_by_every_surface(t: Tenant) {
        let id = t.crm_client("Maria").await;
        let line = "Rua das Flores, 100, Centro, Campinas - SP, 13010-000, BR";
        assert_eq!(t.get(&format!("/api/v1/clients/{id}")).await.data(200)["address"], line);
        assert_eq!(t.get(&format!("/energy/clients/{id}")).await.json(200)["address"]["street"], "Rua das Flores");
        let text = json!({"address": "123 Main St, New York"});
        let _ = t.put(&format!("/api/v1/clients/{id}"), text).await.expect(200);
        assert_eq!(
            t.get(&format!("{CLIENTS}/{id}")).await.data(200)["address"],
            json!({"text": "123 Main St, New York"})
        );
        let parts = json!({"address": {"logradouro": "Av. Brasil", "cep": "20040-002"}});
        let _ = t.put(&format!("/energy/clients/{id}"), parts).await.expect(200);
        assert_eq!(
            t.get(&format!("{CLIENTS}/{id}")).await.data(200)["address"],
            json!({"street": "Av. Brasil", "zip": "20040-002", "zipCode": "20040-002"})
        );
    }

    async fn refusals_have_this_surfaces_form(t: Tenant) {
        let _ = refusal(t.with_key(None).get(CLIENTS).await, 401);
        let _ = refusal(t.with_scopes(&["energy:write"]).get(CLIENTS).await, 403);
        let reader = t.with_scopes(&["crm:read"]);
        let _ = reader.get(CLIENTS).await.expect(200);
        let _ = refusal(reader.post(CLIENTS, crm_client("x")).await, 403);
        for id in ["999", "nobody", "0190a6e0-0000-7000-8000-000000000001"] {
            assert_eq!(refusal(t.get(&format!("{CLIENTS}/{id}")).await, 404), "Client not found");
            let _ = refusal(t.delete(&format!("{CLIENTS}/{id}")).await, 404);
        }
        let _ = refusal(t.get("/v1/nothing").await, 404);
        let wrong = t.call("DELETE", CLIENTS).send().await.expect(405);
        assert!(wrong.header("allow").contains("POST"));
        let _ = refusal(wrong, 405);
        let post = || t.call("POST", CLIENTS);
        let _ = refusal(post().header("content-type", "text/plain").body("{}").send().await, 415);
        let _ = refusal(post().header("content-type", "application/json").body("{\"name\":").send().await, 400);
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1_100_000));
        let _ = refusal(post().header("content-type", "application/json").body(large).send().await, 413);
    }

    async fn the_same_request_makes_one_client(t: Tenant) {
        let post = |name: &str| {
            t.call("POST", CLIENTS).header("idempotency-key", "k-1").json(&crm_client(name)).send()
        };
        let (first, again) = (post("Maria").await.expect(201), post("Maria").await.expect(201));
        assert_eq!((first.value(), again.header("idempotent-replayed").as_str()), (again.value(), "true"));
        let _ = refusal(post("Ana").await, 422);
        assert_eq!(t.get(CLIENTS).await.json(200)["meta"]["total"], 1);
    }
}
