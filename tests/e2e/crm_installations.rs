//! `/v1/installations`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::crm::{refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const INSTALLATIONS: &str = "/v1/installations";

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|row| shown(&row["id"])).collect()
}

fn parts() -> Value {
    json!({
        "panels": [{"model": "JA 550W", "power": 0.55, "serials": ["A-001", "A-002"]}, {"model": "JA 550W"}],
        "inverter": {"model": "SG5.0RS", "maker": {"name": "Sungrow", "country": null}},
    })
}

both_backends! {
    async fn an_installation_reads_back_as_it_was_made(t: Tenant) {
        let client = t.client("Padaria").await;
        let project = t.project(&client, "Telhado").await;
        let mut body = parts();
        body["projectId"] = json!(project);
        let made = t.post(INSTALLATIONS, body).await.expect(201);
        assert_eq!((made.header("etag"), &made.value()["success"]), ("\"1\"".into(), &json!(true)));
        let installation = made.value()["data"].take();
        assert_eq!((&installation["projectId"], &installation["clientId"]), (&json!(project), &json!(client)));
        assert_eq!(installation["status"], "scheduled");
        assert_eq!((&installation["panels"], &installation["inverter"]), (&parts()["panels"], &parts()["inverter"]));
        let path = format!("{INSTALLATIONS}/{}", shown(&installation["id"]));
        let read = t.get(&path).await.expect(200);
        assert_eq!((read.header("etag"), read.value()["data"].take()), ("\"1\"".into(), installation.clone()));
        assert_eq!(t.get(&format!("{INSTALLATIONS}/1")).await.data(200), installation);
        let bare = t.post(INSTALLATIONS, json!({"projectId": 1})).await.data(201);
        assert_eq!((&bare["panels"], &bare["inverter"]), (&json!([]), &json!(null)));
        for path in [format!("{INSTALLATIONS}/9"), format!("{INSTALLATIONS}/{project}"), format!("{INSTALLATIONS}/x")] {
            let _ = refusal(t.get(&path).await, 404);
        }
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        assert_eq!(wrong_fields(t.post(INSTALLATIONS, json!({})).await), ["projectId"]);
        let client = t.client("Padaria").await;
        let project = t.project(&client, "Telhado").await;
        for (field, value, named) in [
            ("projectId", json!(9), "projectId"), ("projectId", json!(client), "projectId"), ("projectId", json!([]), "projectId"),
            ("status", json!("planning"), "status"), ("status", json!(1), "status"),
            ("panels", json!({}), "panels"), ("panels", json!("JA 550W"), "panels"), ("panels", json!([{}, 7]), "panels[1]"),
            ("panels", json!(vec![json!({}); 1_001]), "panels"), ("panels", json!([{"a": "x".repeat(1_001)}]), "panels[0]"),
            ("inverter", json!([]), "inverter"), ("inverter", json!("SG5.0RS"), "inverter"),
            ("inverter", json!({"a": {"b": {"c": {"d": {"e": {}}}}}}), "inverter"),
        ] {
            let mut body = json!({"projectId": project});
            body[field] = value.clone();
            assert_eq!(wrong_fields(t.post(INSTALLATIONS, body).await), [named], "{field}: {value}");
        }
        assert_eq!(t.get(INSTALLATIONS).await.json(200)["meta"]["total"], 0);
    }

    async fn no_detail_is_taken_for_something_of_the_ledgers_own(t: Tenant) {
        let client = t.client("Padaria").await;
        let project = t.project(&client, "Telhado").await;
        let odd = json!({"number": i64::MIN, "status": "completed", "id": "7", "it's": "\u{2028}\"\\"});
        let body = json!({"projectId": project, "panels": [odd], "inverter": odd});
        let made = t.post(INSTALLATIONS, body).await.data(201);
        assert_eq!((&made["panels"], &made["inverter"], &made["status"]), (&json!([odd]), &odd, &json!("scheduled")));
        assert_eq!(t.get(&format!("{INSTALLATIONS}/1")).await.data(200), made, "it is the first one");
        assert_eq!(t.post(INSTALLATIONS, json!({"projectId": 1})).await.data(201)["panels"], json!([]));
        assert_eq!(t.get(&format!("{INSTALLATIONS}/2")).await.data(200)["status"], "scheduled");
    }

    async fn it_is_built_and_goes_in_and_out_of_maintenance(t: Tenant) {
        let client = t.client("Padaria").await;
        let project = t.project(&client, "Telhado").await;
        let path = format!("{INSTALLATIONS}/{}", t.installation(&project, "scheduled").await);
        for status in ["in_progress", "scheduled", "completed", "maintenance", "completed"] {
            assert_eq!(t.patch(&path, json!({"status": status})).await.data(200)["status"], status);
        }
        for wrong in ["scheduled", "in_progress"] {
            let message = refusal(t.put(&path, json!({"status": wrong, "panels": []})).await, 409);
            assert!(message.contains(wrong) && message.contains("completed"), "{message}");
        }
        assert_eq!(wrong_fields(t.put(&path, json!({"status": "gone"})).await), ["status"]);
    }

    async fn an_update_keeps_what_it_does_not_name_and_minds_the_version(t: Tenant) {
        let (bakery, market) = (t.client("Padaria").await, t.client("Mercado").await);
        let (here, there) = (t.project(&bakery, "Telhado").await, t.project(&market, "Galpão").await);
        let path = format!("{INSTALLATIONS}/{}", t.installation(&here, "scheduled").await);
        let changed = t.put(&path, parts()).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let changed = changed.value()["data"].take();
        assert_eq!(t.put(&path, changed.clone()).await.expect(200).header("etag"), "\"2\"", "what was read can be sent back");
        let stale = t.call("PUT", &path).header("if-match", "\"1\"").json(&json!({"panels": []})).send().await;
        let _ = refusal(stale, 412);
        let moved = t.put(&path, json!({"projectId": there, "inverter": null})).await.data(200);
        assert_eq!((&moved["projectId"], &moved["clientId"], &moved["inverter"]), (&json!(there), &json!(market), &json!(null)));
        assert_eq!(moved["panels"], parts()["panels"]);
        assert_eq!(wrong_fields(t.put(&path, json!({"projectId": 9})).await), ["projectId"]);
        let _ = refusal(t.put(&format!("{INSTALLATIONS}/9"), json!({"panels": []})).await, 404);
        // Nothing is installed of the first project any more.
        let _ = t.delete(&format!("/v1/projects/{here}")).await.expect(200);
    }

    async fn lists_are_filtered_and_paged(t: Tenant) {
        let (bakery, market) = (t.client("Padaria").await, t.client("Mercado").await);
        let (roof, hall) = (t.project(&bakery, "Telhado").await, t.project(&market, "Galpão").await);
        let mut made = Vec::new();
        for (project, status) in [(&roof, "scheduled"), (&roof, "completed"), (&hall, "completed"), (&roof, "maintenance")] {
            made.push(t.installation(project, status).await);
        }
        let all = t.get(INSTALLATIONS).await.json(200);
        assert_eq!(all["meta"], json!({"page": 1, "limit": 20, "total": 4, "totalPages": 1}));
        assert_eq!(ids(&all), made.iter().rev().cloned().collect::<Vec<_>>(), "newest first");
        for (query, found) in [
            (format!("projectId={roof}"), vec![3, 1, 0]),
            (format!("clientId={market}"), vec![2]),
            ("status=completed".to_owned(), vec![2, 1]),
            ("projectId=1&status=completed".to_owned(), vec![1]),
            (format!("clientId={bakery}&projectId={hall}"), vec![]),
            ("projectId=99".to_owned(), vec![]),
        ] {
            let list = t.get(&format!("{INSTALLATIONS}?{query}")).await.json(200);
            let wanted: Vec<String> = found.iter().map(|index: &usize| made[*index].clone()).collect();
            assert_eq!((ids(&list), &list["meta"]["total"]), (wanted, &json!(found.len())), "{query}");
        }
        let first = t.get(&format!("{INSTALLATIONS}?limit=3")).await.expect(200);
        let next = format!("{INSTALLATIONS}?limit=3&cursor={}", first.header("x-next-cursor"));
        assert_eq!(ids(&t.get(&next).await.json(200)), [made[0].clone()]);
        for (query, named) in
            [("status=gone", "status"), ("projectId=x", "projectId"), ("clientId=x", "clientId"), ("limit=101", "limit")]
        {
            assert_eq!(wrong_fields(t.get(&format!("{INSTALLATIONS}?{query}")).await), [named], "{query}");
        }
    }

    async fn installing_and_deleting_a_project_do_not_pass_each_other(t: Tenant) {
        let client = t.client("Padaria").await;
        for round in 0..10 {
            let project = t.project(&client, &format!("Telhado {round}")).await;
            let path = format!("/v1/projects/{project}");
            let (installed, deleted) =
                tokio::join!(t.post(INSTALLATIONS, json!({"projectId": project})), t.delete(&path));
            match (installed.status.as_u16(), deleted.status.as_u16()) {
                (201, 409) => assert_eq!(t.get(&path).await.data(200)["id"], json!(project)),
                (400, 200) => { let _ = refusal(t.get(&path).await, 404); }
                other => panic!("{other:?}: {} {}", installed.text(), deleted.text()),
            }
        }
    }
}
