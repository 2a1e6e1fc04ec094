//! What another system has, line by line; and what becomes of it when it is sent again.

use serde_json::{Value, json};
use sunledger_tests::commissions::{
    MANAGER, detail_body, override_body, overrides, paystub_body, refusal, scpf_body, team_body, with,
};
use sunledger_tests::{Tenant, both_backends};

async fn import(t: &Tenant, query: &str, lines: &[Value]) -> Value {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = t.at(&format!("import{query}"));
    let reply = t.call("POST", &path).header("content-type", "application/x-ndjson").body(body).send().await;
    reply.data(200)
}

fn counts(report: &Value) -> [u64; 4] {
    ["lines", "imported", "unchanged", "failed"].map(|name| report[name].as_u64().unwrap())
}

both_backends! {
    async fn every_kind_is_taken_and_taken_once(t: Tenant) {
        let tenant = json!({"tenant_id": t.name});
        let lines = [
            with(with(team_body(), tenant.clone()), json!({"kind": "team", "id": "t-1", "created_by": "x"})),
            json!({"kind": "users", "data": {"id": "40", "email": "a@b.co", "first_name": "A", "last_name": "B", "roles": ["user"]}}),
            with(with(paystub_body(), tenant.clone()), json!({"kind": "paystubs", "id": "000007", "total_this_period": 677_700})),
            with(with(scpf_body(), tenant.clone()), json!({"kind": "scpf", "id": "77133"})),
            with(override_body(), json!({"kind": "override", "id": "o-1"})),
            with(detail_body(), json!({"kind": "override_detail", "id": "d-1", "override_id": "o-1"})),
        ];
        let report = import(&t, "", &lines).await;
        assert_eq!((counts(&report), &report["failures"]), ([6, 6, 0, 0], &json!([])));
        assert_eq!(report["kinds"]["scpf"], 1);
        let detail = t.read(&format!("{}/o-1/details/d-1", overrides())).await;
        assert_eq!(detail["closer"], "John Smith");
        assert_eq!(t.read("paystubs/000007").await["scpfs"]["1"]["related_scpf_id"], "77133");
        assert_eq!(t.read(&format!("users/{MANAGER}/overrides/o-1")).await["manager_id"], MANAGER);
        let again = import(&t, "", &lines).await;
        assert_eq!(counts(&again), [6, 0, 6, 0], "sent again it is the same: {again}");
        let rest = import(&t, "?skip=5", &lines).await;
        assert_eq!((counts(&rest), &rest["skipped"]), ([1, 0, 1, 0], &json!(5)));
    }

    async fn a_wrong_line_keeps_back_no_other(t: Tenant) {
        let team = |id: &str, more: Value| with(with(team_body(), json!({"tenant_id": t.name, "id": id})), more);
        let body = format!(
            "{}\n\nnot json\n{}\n{}\r\n{}\n{}",
            team("a", json!({})),
            team("b", json!({"team_type": "Squad", "foo": 1})),
            team("c", json!({})),
            team("c", json!({"name": "Another"})),
            team("d", json!({})),
        );
        let reply = t.call("POST", &t.at("import?kind=teams")).body(body).send().await;
        let report = reply.data(200);
        assert_eq!(counts(&report), [6, 3, 0, 3], "{report}");
        let failures: Vec<(u64, u64)> = report["failures"].as_array().unwrap().iter()
            .map(|failure| (failure["line"].as_u64().unwrap(), failure["status_code"].as_u64().unwrap()))
            .collect();
        assert_eq!(failures, [(3, 400), (4, 400), (6, 409)]);
        assert_eq!(report["failures"][1]["error"], "foo is not a known field; team_type must be one of: Office, Region, Division");
        assert_eq!(report["failures"][1]["id"], "b");
        assert_eq!(t.read("teams/c").await["name"], "Sales Team Alpha", "what is there stays as it is");
        assert_eq!(refusal(t.call("POST", &t.at("import?kind=squads&skip=-1")).body("").send().await, 400).matches("must be").count(), 2);
    }

    async fn many_lines_are_more_than_a_body_may_be(t: Tenant) {
        let lines: Vec<Value> = (0..2_500)
            .map(|number| with(scpf_body(), json!({"tenant_id": t.name, "id": format!("{:06}", 77_000 + number)})))
            .collect();
        let length: usize = lines.iter().map(|line| line.to_string().len()).sum();
        assert!(length > 1 << 20, "{length}");
        let report = import(&t, "?kind=scpfs", &lines).await;
        assert_eq!(counts(&report), [2_500, 2_500, 0, 0]);
        let listed = t.get(&t.at("scpfs?limit=1")).await.expect(200);
        assert_eq!((listed.header("x-total-count"), &listed.value()["data"][0]["id"]), ("2500".into(), &json!("079499")));
    }
}
