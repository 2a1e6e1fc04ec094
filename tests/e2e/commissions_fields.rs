//! What bodies may say: every wrong field is named.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::commissions::{
    firestore, paystub_body, project_body, refusal, scpf_body, team_body, with,
};
use sunledger_tests::{Tenant, both_backends};

both_backends! {
    async fn each_required_field_is_missed_and_each_unknown_one_named(t: Tenant) {
        for it in t.resources().await {
            let path = t.at(&it.path);
            for name in it.required {
                for without in [json!({*name: null}), json!({})] {
                    // Taken out, and there as a null.
                    let mut body = with(it.sample.clone(), without.clone());
                    if without.as_object().unwrap().is_empty() {
                        body[*name] = Value::Null;
                    }
                    let said = refusal(t.post(&path, body).await, 400);
                    assert_eq!(said, format!("{name} is required"), "{}", it.one);
                }
            }
            let said = refusal(t.post(&path, json!({})).await, 400);
            for name in it.required {
                assert!(said.contains(&format!("{name} is required")), "{}: {said}", it.one);
            }
            let body = with(it.sample.clone(), json!({"colour": "red"}));
            assert_eq!(refusal(t.post(&path, body).await, 400), "colour is not a known field", "{}", it.one);
            let id = t.make(&it.path, it.sample.clone()).await;
            let item = format!("{path}/{id}");
            let said = refusal(t.put(&item, json!({"colour": "red", "size": 1})).await, 400);
            assert_eq!(said, "colour is not a known field; size is not a known field", "{}", it.one);
            let _ = t.put(&item, json!({})).await.expect(200);
        }
    }

    async fn each_field_has_its_type(t: Tenant) {
        for it in t.resources().await {
            for (name, value) in it.sample.as_object().unwrap() {
                let wrong = match value {
                    Value::String(_) => json!(true),
                    _ => json!("5"),
                };
                let body = with(it.sample.clone(), json!({name: wrong}));
                let said = refusal(t.post(&t.at(&it.path), body).await, 400);
                let must = match value {
                    Value::Bool(_) => " must be a boolean",
                    Value::Number(_) => " must be a number",
                    Value::Array(_) => " must be an array",
                    Value::Object(_) => " must be an object",
                    _ => " must be",
                };
                assert!(said.starts_with(&format!("{name}{must}")), "{}: {name}: {said}", it.one);
            }
        }
    }

    async fn the_documents_own_refusal_is_said_as_it_is(t: Tenant) {
        let team = |more| with(with(team_body(), json!({"tenant_id": t.name})), more);
        let post = async |more| refusal(t.post(&t.at("teams"), team(more)).await, 400);
        assert_eq!(post(json!({"team_type": "Squad"})).await, "team_type must be one of: Office, Region, Division");
        assert_eq!(post(json!({"team_type": "office"})).await, "team_type must be one of: Office, Region, Division");
        assert_eq!(post(json!({"tenant_id": "other"})).await, "tenant_id must match the tenantId in the URL");
        assert_eq!(post(json!({"name": "  "})).await, "name must not be empty");
        assert_eq!(
            post(json!({"name": 5, "is_active": "yes", "foo": 1})).await,
            "foo is not a known field; is_active must be a boolean; name must be a string"
        );
        let id = t.make("teams", team(json!({}))).await;
        let item = t.at(&format!("teams/{id}"));
        assert_eq!(refusal(t.put(&item, json!({"name": null})).await, 400), "name must not be null");
        assert_eq!(
            refusal(t.put(&item, json!({"tenant_id": "other"})).await, 400),
            "tenant_id must match the tenantId in the URL"
        );
        let _ = t.put(&item, json!({"parent_id": null, "tenant_id": t.name})).await.expect(200);
        assert_eq!(t.read(&format!("teams/{id}")).await["parent_id"], json!(null));
    }

    async fn values_are_checked(t: Tenant) {
        let project = |more| with(with(project_body(), json!({"tenant_id": t.name})), more);
        for (more, said) in [
            (json!({"state": "CAL"}), "state must be exactly 2 characters"),
            (json!({"rep_ids": []}), "rep_ids must have at least 1 entry"),
            (json!({"rep_ids": ["40", 7]}), "rep_ids[1] must be a string"),
            (json!({"email": "martha"}), "email must be an e-mail address"),
        ] {
            assert_eq!(refusal(t.post(&t.at("projects"), project(more)).await, 400), said);
        }
        let mut paystub = with(paystub_body(), json!({"tenant_id": t.name}));
        paystub["scpfs"] = json!({});
        assert_eq!(refusal(t.post(&t.at("paystubs"), paystub.clone()).await, 400), "scpfs must have at least 1 entry");
        paystub["scpfs"] = json!({"1": {"customer_name": "A", "extra": 1}});
        let said = refusal(t.post(&t.at("paystubs"), paystub).await, 400);
        for name in ["extra is not", "pay_type is", "related_scpf_id is", "sales_professional_id is", "total_this_period is"] {
            assert!(said.contains(&format!("scpfs.1.{name}")), "{name} in {said}");
        }
    }

    async fn a_date_comes_in_five_forms(t: Tenant) {
        let scpf = |date: Value| {
            with(with(scpf_body(), json!({"tenant_id": t.name})), json!({"closed_date": date, "install": date}))
        };
        for (given, seconds, nanoseconds) in [
            (json!("2024-12-31"), 1_735_603_200, 0),
            (json!("2024-12-31T14:30:00.000Z"), 1_735_655_400, 0),
            (json!("2024-12-31T14:30:00.250-03:00"), 1_735_666_200, 250_000_000),
            (json!({"_seconds": 1_735_689_600, "_nanoseconds": 975_000_000}), 1_735_689_600, 975_000_000),
            (json!(1_735_689_600), 1_735_689_600, 0),
            (json!(1_735_689_600_000_i64), 1_735_689_600, 0),
        ] {
            let id = t.make("scpfs", scpf(given.clone())).await;
            let read = t.read(&format!("scpfs/{id}")).await;
            let expected = with(firestore(seconds), json!({"_nanoseconds": nanoseconds}));
            assert_eq!((&read["closed_date"], &read["install"]), (&expected, &expected), "{given}");
        }
        for wrong in [json!("31/12/2024"), json!("2024-02-30"), json!(true), json!({"seconds": 1}), json!(document("1.5"))] {
            let said = refusal(t.post(&t.at("scpfs"), scpf(wrong.clone())).await, 400);
            assert!(said.starts_with("closed_date must be a date"), "{wrong}: {said}");
            assert!(said.contains("install must be a date"), "{wrong}: {said}");
        }
    }

    async fn amounts_are_exact_and_what_is_no_json_is_400(t: Tenant) {
        let amounts = json!({"tenant_id": t.name, "total_this_period": document("999999999999999.999999"),
            "redline": document("-0.1"), "lead_pkw": document("3.5"), "system_size": document("8.50")});
        let id = t.make("scpfs", with(scpf_body(), amounts)).await;
        let read = t.read(&format!("scpfs/{id}")).await;
        assert_eq!(shown(&read["total_this_period"]), "999999999999999.999999");
        assert_eq!(shown(&read["redline"]), "-0.10");
        assert_eq!((shown(&read["lead_pkw"]), shown(&read["system_size"])), ("3.50".into(), "8.5".into()));
        for body in ["", "[]", "{", "{\"name\":}", "null"] {
            let reply = t.call("POST", &t.at("teams")).header("content-type", "application/json").body(body).send().await;
            let _ = refusal(reply, 400);
        }
        let reply = t.call("POST", &t.at("teams")).header("content-type", "text/plain").body("{}").send().await;
        let _ = refusal(reply, 415);
    }

    async fn ids_are_given_or_made_and_are_unique(t: Tenant) {
        let team = |id: Value| with(with(team_body(), json!({"tenant_id": t.name})), json!({"id": id}));
        assert_eq!(t.make("teams", team(json!(null))).await, "000001");
        assert_eq!(t.make("teams", team(json!("D4u5UDhoRLhoTxAO6O1u"))).await, "D4u5UDhoRLhoTxAO6O1u");
        assert_eq!(t.make("teams", team(json!("000004"))).await, "000004");
        assert_eq!(t.make("teams", team(json!(null))).await, "000005", "an id that is taken is passed over");
        for taken in ["D4u5UDhoRLhoTxAO6O1u", "000001", "000005"] {
            let said = refusal(t.post(&t.at("teams"), team(json!(taken))).await, 409);
            assert_eq!(said, format!("Team with id {taken} already exists"));
        }
        for wrong in [json!(7), json!(""), json!("a/b"), json!("x".repeat(101))] {
            let said = refusal(t.post(&t.at("teams"), team(wrong.clone())).await, 400);
            assert!(said.starts_with("id must"), "{wrong}: {said}");
        }
        let other = Tenant::on(t.server());
        let theirs = with(with(team_body(), json!({"tenant_id": other.name})), json!({"id": "000001"}));
        assert_eq!(other.make("teams", theirs).await, "000001");
        let _ = t.delete(&t.at("teams/000004")).await.expect(200);
        assert_eq!(t.make("teams", team(json!("000004"))).await, "000004", "a deleted one's id is free");
        assert_eq!(refusal(t.get(&t.at("teams/1")).await, 404), "Resource not found");
    }
}
