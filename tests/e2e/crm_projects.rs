//! `/v1/projects`.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::crm::{project_body, refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const PROJECTS: &str = "/v1/projects";

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|row| shown(&row["id"])).collect()
}

both_backends! {
    async fn a_project_reads_back_as_it_was_made(t: Tenant) {
        let client = t.client("Padaria").await;
        let made = t.post(PROJECTS, project_body(&client, "Telhado")).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(made.value()["success"], true);
        let project = made.value()["data"].take();
        for (field, value) in project_body(&client, "Telhado").as_object().unwrap() {
            assert_eq!(shown(&project[field]), shown(value), "{field}");
        }
        assert_eq!(project["status"], "planning");
        let id = shown(&project["id"]);
        let read = t.get(&format!("{PROJECTS}/{id}")).await.expect(200);
        assert_eq!((read.header("etag"), read.value()["data"].take()), ("\"1\"".into(), project.clone()));
        assert_eq!(t.get(&format!("{PROJECTS}/1")).await.data(200), project, "by its number too");
        let bare = json!({"clientId": 1, "name": "Garagem", "systemSize": 3, "estimatedCost": 0});
        let bare = t.post(PROJECTS, bare).await.data(201);
        assert_eq!((&bare["startDate"], &bare["notes"], &bare["clientId"]), (&json!(null), &json!(null), &json!(client)));
        assert_eq!(shown(&bare["estimatedCost"]), "0.00");
        let time = json!({"clientId": 1, "name": "x", "systemSize": 3, "estimatedCost": 1, "startDate": "2026-05-02T01:00:00Z"});
        assert_eq!(t.post(PROJECTS, time).await.data(201)["startDate"], "2026-05-01", "by the company's clock");
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        assert_eq!(wrong_fields(t.post(PROJECTS, json!({})).await), ["clientId", "estimatedCost", "name", "systemSize"]);
        let client = t.client("Padaria").await;
        for (field, value) in [
            ("clientId", json!("x")), ("clientId", json!(9)), ("clientId", json!({})),
            ("clientId", json!("01955d3a-7c00-7000-8000-000000000001")),
            ("name", json!("")), ("name", json!(7)), ("name", json!("x".repeat(201))), ("name", json!("bell\u{7}")),
            ("systemSize", json!(0)), ("systemSize", json!(-1)), ("systemSize", json!("12.5")), ("systemSize", document("1e30")),
            ("estimatedCost", json!(-1)), ("estimatedCost", json!(null)), ("estimatedCost", document("1e13")),
            ("startDate", json!("2026-02-30")), ("startDate", json!("soon")), ("startDate", json!(7)),
            ("notes", json!([])), ("status", json!("done")), ("status", json!("Planning")), ("status", json!(1)),
        ] {
            let mut body = project_body(&client, "Telhado");
            body[field] = value.clone();
            assert_eq!(wrong_fields(t.post(PROJECTS, body).await), [field], "{field}: {value}");
        }
        assert_eq!(t.get(PROJECTS).await.json(200)["meta"]["total"], 0);
        let project = t.project(&client, "Telhado").await;
        let body = json!({"name": null, "systemSize": 0, "status": "gone", "clientId": 9});
        let named = wrong_fields(t.put(&format!("{PROJECTS}/{project}"), body).await);
        assert_eq!(named, ["clientId", "name", "status", "systemSize"]);
        let named = wrong_fields(t.put(&format!("{PROJECTS}/{project}"), json!({"clientId": 9})).await);
        assert_eq!(named, ["clientId"]);
    }

    async fn an_inactive_client_gets_no_project(t: Tenant) {
        let client = t.client("Padaria").await;
        let _ = t.delete(&format!("/v1/clients/{client}")).await.expect(200);
        let _ = refusal(t.post(PROJECTS, project_body(&client, "Telhado")).await, 409);
    }

    async fn a_project_goes_its_way_step_by_step(t: Tenant) {
        let client = t.client("Padaria").await;
        let path = format!("{PROJECTS}/{}", t.project(&client, "Telhado").await);
        for (status, wrong) in [("approved", "completed"), ("in_progress", "planning"), ("completed", "approved")] {
            let message = refusal(t.put(&path, json!({"status": wrong})).await, 409);
            assert!(message.contains(wrong), "{message}");
            let changed = t.put(&path, json!({"status": status})).await.data(200);
            assert_eq!(changed["status"], status);
            assert_eq!(t.put(&path, json!({"status": status})).await.data(200)["status"], status, "again");
        }
        let message = refusal(t.put(&path, json!({"status": "cancelled", "name": "Never"})).await, 409);
        assert!(message.contains("completed") && message.contains("cancelled"), "{message}");
        assert_eq!(t.get(&path).await.data(200)["name"], "Telhado", "nothing of it happened");
        let other = format!("{PROJECTS}/{}", t.project(&client, "Garagem").await);
        let changed = t.patch(&other, json!({"status": "cancelled", "name": "Garagem grande"})).await.data(200);
        assert_eq!((&changed["status"], &changed["name"]), (&json!("cancelled"), &json!("Garagem grande")));
        let taken = json!({"clientId": client, "name": "Antigo", "systemSize": 5, "estimatedCost": 1, "status": "completed"});
        assert_eq!(t.post(PROJECTS, taken).await.data(201)["status"], "completed");
    }

    async fn an_update_keeps_what_it_does_not_name_and_minds_the_version(t: Tenant) {
        let (client, other) = (t.client("Padaria").await, t.client("Mercado").await);
        let path = format!("{PROJECTS}/{}", t.project(&client, "Telhado").await);
        let changed = t.put(&path, json!({"notes": null, "systemSize": document("13.25")})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let changed = changed.value()["data"].take();
        assert_eq!((shown(&changed["systemSize"]), &changed["notes"], &changed["name"]), ("13.25".into(), &json!(null), &json!("Telhado")));
        let stale = t.call("PUT", &path).header("if-match", "\"1\"").json(&json!({"name": "x"})).send().await;
        let _ = refusal(stale, 412);
        let same = t.put(&path, changed.clone()).await.expect(200);
        assert_eq!(same.header("etag"), "\"2\"", "what was read can be sent back");
        assert_eq!(t.put(&path, json!({"clientId": other})).await.data(200)["clientId"], json!(other));
        let project = shown(&changed["id"]);
        let _ = t.installation(&project, "scheduled").await;
        let message = refusal(t.put(&path, json!({"clientId": client})).await, 409);
        assert!(message.contains("installation"), "{message}");
    }

    async fn what_has_installations_stays_and_what_was_deleted_is_gone(t: Tenant) {
        let client = t.client("Padaria").await;
        let (built, idle) = (t.project(&client, "Telhado").await, t.project(&client, "Garagem").await);
        let _ = t.installation(&built, "scheduled").await;
        let message = refusal(t.delete(&format!("{PROJECTS}/{built}")).await, 409);
        assert!(message.contains("installation"), "{message}");
        let path = format!("{PROJECTS}/{idle}");
        let stale = t.call("DELETE", &path).header("if-match", "\"7\"").send().await;
        let _ = refusal(stale, 412);
        let gone = t.delete(&path).await.data(200);
        assert_eq!((shown(&gone["id"]), &gone["name"]), (idle.clone(), &json!("Garagem")));
        for reply in [t.get(&path).await, t.delete(&path).await, t.put(&path, json!({"name": "x"})).await] {
            let _ = refusal(reply, 404);
        }
        assert_eq!(ids(&t.get(PROJECTS).await.json(200)), [built]);
        let body = json!({"projectId": idle});
        assert_eq!(wrong_fields(t.post("/v1/installations", body).await), ["projectId"]);
        let history = t.get(&format!("/audit/project/{idle}")).await.data(200);
        let types: Vec<String> = history.as_array().unwrap().iter().map(|event| shown(&event["type"])).collect();
        assert_eq!(types, ["project.created", "project.deleted"], "its history stays");
    }

    async fn lists_are_filtered_and_paged(t: Tenant) {
        let (bakery, market) = (t.client("Padaria").await, t.client("Mercado").await);
        let mut made = Vec::new();
        for index in 0..5 {
            made.push(t.project(if index == 4 { &market } else { &bakery }, &format!("Projeto {index}")).await);
        }
        let _ = t.put(&format!("{PROJECTS}/{}", made[0]), json!({"status": "approved"})).await.expect(200);
        let all = t.get(PROJECTS).await.json(200);
        assert_eq!(all["meta"], json!({"page": 1, "limit": 20, "total": 5, "totalPages": 1}));
        assert_eq!(ids(&all), made.iter().rev().cloned().collect::<Vec<_>>(), "newest first");
        let of_bakery = t.get(&format!("{PROJECTS}?clientId={bakery}&status=planning&limit=2")).await.expect(200);
        assert_eq!(ids(&of_bakery.value()), [made[3].clone(), made[2].clone()]);
        assert_eq!(of_bakery.value()["meta"], json!({"page": 1, "limit": 2, "total": 3, "totalPages": 2}));
        let next = format!("{PROJECTS}?clientId=1&status=planning&limit=2&cursor={}", of_bakery.header("x-next-cursor"));
        let rest = t.get(&next).await.expect(200);
        assert_eq!((ids(&rest.value()), rest.find("x-next-cursor")), (vec![made[1].clone()], None));
        let second = t.get(&format!("{PROJECTS}?page=2&limit=3")).await.json(200);
        assert_eq!((ids(&second).len(), &second["meta"]["page"]), (2, &json!(2)));
        for nothing in ["status=cancelled", "clientId=99", "clientId=01955d3a-7c00-7000-8000-000000000001"] {
            let list = t.get(&format!("{PROJECTS}?{nothing}")).await.json(200);
            assert_eq!((&list["data"], &list["meta"]["total"]), (&json!([]), &json!(0)), "{nothing}");
        }
        for (query, named) in [
            ("page=0", "page"), ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("status=done", "status"),
            ("clientId=x", "clientId"), ("cursor=7", "cursor"),
        ] {
            assert_eq!(wrong_fields(t.get(&format!("{PROJECTS}?{query}")).await), [named], "{query}");
        }
        let named = wrong_fields(t.get(&format!("{PROJECTS}?page=x&status=x&clientId=x")).await);
        assert_eq!(named, ["clientId", "page", "status"]);
    }

    async fn a_project_is_made_once_under_its_key(t: Tenant) {
        let client = t.client("Padaria").await;
        let post = |name: &str| {
            t.call("POST", PROJECTS).header("idempotency-key", "telhado").json(&project_body(&client, name)).send()
        };
        let (first, again) = (post("Telhado").await.expect(201), post("Telhado").await.expect(201));
        assert_eq!((first.value(), again.header("idempotent-replayed").as_str()), (again.value(), "true"));
        let _ = refusal(post("Outro").await, 422);
        assert_eq!(t.get(PROJECTS).await.json(200)["meta"]["total"], 1);
    }

    async fn sales_projects_of_commissions_are_other_things(t: Tenant) {
        let client = t.client("Padaria").await;
        let _ = t.project(&client, "Telhado").await;
        let sales = t.get(&format!("/api/v1/tenants/{}/projects", t.name)).await.json(200);
        assert!(!sales.to_string().contains("Telhado"), "{sales}");
    }
}
