//! The nine resources of a tenant, each with the document's own sample: shapes, statuses and messages as it prints them.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::commissions::{
    MANAGER, firestore, override_body, overrides, project_body, refusal, with,
};
use sunledger_tests::people::timeless;
use sunledger_tests::{Tenant, both_backends};

/// Days of the document's samples, in seconds.
fn day(text: &str) -> Option<i64> {
    let day: Vec<i64> = text.split('-').map_while(|part| part.parse().ok()).collect();
    let [year, month, day] = day.as_slice() else { return None };
    // Days since 1970, by the civil calendar (Hinnant).
    let (y, m) = if *month <= 2 { (year - 1, month + 9) } else { (*year, month - 3) };
    let of_year = (153 * m + 2) / 5 + day - 1;
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + of_year - 719_468;
    (text.len() == 10).then_some(days * 86_400)
}

/// What was posted, as it should be printed.
fn expected(name: &str, posted: &Value) -> Value {
    match posted.as_str().and_then(day) {
        Some(seconds) => firestore(seconds),
        None if name == "deductions" => json!(sunledger_tests::books::document("1000.00")),
        None => posted.clone(),
    }
}

fn answer(message: String, data: Value) -> Value {
    json!({"success": true, "message": message, "data": data})
}

both_backends! {
    async fn every_resource_lives_as_in_the_document(t: Tenant) {
        for it in t.resources().await {
            let (path, one) = (t.at(&it.path), it.one);
            let made = t.post(&path, it.sample.clone()).await.expect(201);
            assert_eq!(made.header("etag"), "\"1\"", "{one}");
            let id = shown(&made.value()["data"]["id"]);
            assert_eq!(timeless(made.value()), answer(format!("{one} created successfully"), json!({"id": id})));
            let item = format!("{path}/{id}");
            let got = t.get(&item).await.expect(200);
            assert_eq!(got.header("etag"), "\"1\"", "{one}");
            let mut got = timeless(got.value());
            let data = got["data"].take();
            assert_eq!(got, answer(format!("{one} retrieved successfully"), json!(null)));
            assert_eq!(data["id"], json!(id));
            for (name, posted) in it.sample.as_object().unwrap() {
                assert_eq!(shown(&data[name]), shown(&expected(name, posted)), "{one}: {name}");
            }
            for name in ["created_at", "updated_at"] {
                let time = &data[name];
                assert!(time["_seconds"].as_i64() > Some(1_700_000_000), "{one}: {name} is {time}");
                assert!(time["_nanoseconds"].is_u64() && time.as_object().unwrap().len() == 2, "{one}: {time}");
            }
            let listed = t.get(&path).await.expect(200);
            let total: usize = listed.header("x-total-count").parse().unwrap();
            let listed = listed.value();
            assert_eq!(listed["message"], json!(format!("{} retrieved successfully", it.many)));
            assert_eq!(listed["data"].as_array().unwrap().len(), total, "{one}");
            assert_eq!(listed["data"][0], data, "{one}: newest first");
            let changed = t.put(&item, it.change.clone()).await.expect(200);
            assert_eq!(timeless(changed.value()), answer(format!("{one} updated successfully"), json!({"id": id})));
            let after = t.get(&item).await.data(200);
            for (name, value) in it.change.as_object().unwrap() {
                assert_eq!(shown(&after[name]), shown(&expected(name, value)), "{one}: {name}");
            }
            let kept = it.sample.as_object().unwrap().keys().filter(|name| it.change.get(*name).is_none());
            for name in kept {
                assert_eq!(after[name], data[name], "{one}: {name} stays");
            }
            let deleted = t.delete(&item).await.json(200);
            assert_eq!(timeless(deleted), answer(format!("{one} deleted successfully"), json!({"id": id})));
            for gone in [t.get(&item).await, t.put(&item, json!({})).await, t.delete(&item).await] {
                assert_eq!(refusal(gone, 404), "Resource not found", "{one}");
            }
            assert_eq!(t.get(&path).await.expect(200).header("x-total-count"), (total - 1).to_string(), "{one}");
        }
    }

    async fn a_team_is_printed_with_its_maker_and_without_a_parent_as_null(t: Tenant) {
        let team = json!({"name": "A", "is_active": true, "team_type": "Division", "tenant_id": t.name});
        let id = t.make("teams", team).await;
        let read = t.read(&format!("teams/{id}")).await;
        let mut names: Vec<&str> = read.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["created_at", "created_by", "id", "is_active", "name", "parent_id", "team_type", "tenant_id", "updated_at"]
        );
        assert_eq!((&read["parent_id"], &read["tenant_id"]), (&json!(null), &json!(t.name)));
        assert!(read["created_by"].as_str().is_some_and(|maker| !maker.is_empty()));
        let session = t.somebody("boss@solar.example", "administrator").await;
        let team = json!({"name": "B", "is_active": true, "team_type": "Office", "tenant_id": t.name});
        let made = session.post(&t.at("teams"), team).await.data(201);
        let other = t.read(&format!("teams/{}", shown(&made["id"]))).await;
        assert_ne!(other["created_by"], read["created_by"]);
    }

    async fn a_project_reads_back_as_what_was_posted_and_what_is_printed(t: Tenant) {
        let id = t.make("projects", with(project_body(), json!({"tenant_id": t.name}))).await;
        let read = t.read(&format!("projects/{id}")).await;
        assert_eq!((&read["name"], &read["status"]), (&json!("Martha Johnson"), &json!("M3 Paid")));
        assert_eq!((&read["description"], &read["team_id"]), (&json!(null), &json!(null)));
        let _ = t.put(&t.at(&format!("projects/{id}")), json!({"name": "Ana", "status": "active"})).await.expect(200);
        let read = t.read(&format!("projects/{id}")).await;
        assert_eq!((&read["customer_name"], &read["project_status"]), (&json!("Ana"), &json!("active")));
    }

    async fn a_new_user_is_active(t: Tenant) {
        let user = json!({"email": "a@b.co", "first_name": "A", "last_name": "B", "roles": ["closer"]});
        let id = t.make("users", user).await;
        assert_eq!(t.read(&format!("users/{id}")).await["is_active"], json!(true));
    }

    async fn overrides_and_their_details_are_one_managers(t: Tenant) {
        let id = t.make(&overrides(), override_body()).await;
        let detail = t.make(&format!("{}/{id}/details", overrides()), sunledger_tests::commissions::detail_body()).await;
        let foreign = "users/manager-7/overrides";
        for path in [
            format!("{foreign}/{id}"),
            format!("{foreign}/{id}/details"),
            format!("{foreign}/{id}/details/{detail}"),
            format!("{}/999999/details", overrides()),
        ] {
            assert_eq!(refusal(t.get(&t.at(&path)).await, 404), "Resource not found", "{path}");
        }
        assert_eq!(t.get(&t.at(foreign)).await.data(200), json!([]));
        let wrong = t.post(&t.at(foreign), override_body()).await;
        assert_eq!(refusal(wrong, 400), "manager_id must match the managerId in the URL");
        let wrong = t.put(&t.at(&format!("{}/{id}", overrides())), json!({"manager_id": "manager-7"})).await;
        assert_eq!(refusal(wrong, 400), "manager_id must match the managerId in the URL");
        let same = json!({"manager_id": MANAGER});
        let _ = t.put(&t.at(&format!("{}/{id}", overrides())), same).await.expect(200);
        let _ = t.delete(&t.at(&format!("{}/{id}", overrides()))).await.expect(200);
        let gone = t.get(&t.at(&format!("{}/{id}/details/{detail}", overrides()))).await;
        assert_eq!(refusal(gone, 404), "Resource not found");
    }

    async fn a_change_happens_at_its_version_and_a_post_once(t: Tenant) {
        let team = json!({"name": "A", "is_active": true, "team_type": "Office", "tenant_id": t.name});
        let post = || t.call("POST", &t.at("teams")).header("idempotency-key", "k-1").json(&team).send();
        let made = post().await.expect(201);
        let again = post().await.expect(201);
        assert_eq!((again.value()["data"].clone(), again.header("idempotent-replayed").as_str()), (made.value()["data"].clone(), "true"));
        let item = t.at(&format!("teams/{}", shown(&made.value()["data"]["id"])));
        let put = |version: &'static str| {
            t.call("PUT", &item).header("if-match", version).json(&json!({"name": "B"})).send()
        };
        let _ = put("\"7\"").await.expect(412);
        assert_eq!(put("\"1\"").await.expect(200).header("etag"), "\"2\"");
        let _ = t.call("DELETE", &item).header("if-match", "\"1\"").send().await.expect(412);
    }

    async fn other_methods_are_405(t: Tenant) {
        for (method, path) in [("PATCH", "teams/000001"), ("DELETE", "teams"), ("GET", "scpfs/calculate")] {
            let reply = t.call(method, &t.at(path)).send().await;
            assert!(!reply.header("allow").is_empty(), "{method} {path}");
            let _ = refusal(reply, 405);
        }
        assert_eq!(refusal(t.get(&t.at("squads")).await, 404), "Resource not found");
    }

    async fn the_history_of_each_stays_in_the_audit(t: Tenant) {
        for it in t.resources().await {
            let body = with(it.sample.clone(), json!({"id": "kept-1"}));
            let id = t.make(&it.path, body).await;
            let _ = t.put(&t.at(&format!("{}/{id}", it.path)), it.change.clone()).await.expect(200);
            let _ = t.delete(&t.at(&format!("{}/{id}", it.path))).await.expect(200);
            let events = t.get(&format!("/audit/{}/{id}", it.kind)).await.data(200);
            let types: Vec<String> = events.as_array().unwrap().iter().map(|event| shown(&event["type"])).collect();
            let told = ["created", "updated", "deleted"].map(|verb| format!("{}.{verb}", it.kind));
            assert_eq!(types, told, "{}", it.one);
            assert_eq!(events[0]["surface"], "commissions");
            let past = t.get(&format!("/audit/{}/{id}?version=1", it.kind)).await.json(200);
            assert_eq!(past["version"], 1, "{}", it.one);
        }
    }
}
