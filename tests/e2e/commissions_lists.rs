//! Lists: their filters, their pages, their totals.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::commissions::{
    MANAGER, detail_body, override_body, overrides, paystub_body, refusal, scpf_body, team_body, with,
};
use sunledger_tests::{Tenant, both_backends};

/// The ids of a list, and its total.
async fn ids(t: &Tenant, path: &str) -> (Vec<String>, String) {
    let reply = t.get(&t.at(path)).await.expect(200);
    let total = reply.header("x-total-count");
    let rows = reply.value()["data"].as_array().unwrap().iter().map(|row| shown(&row["id"])).collect();
    (rows, total)
}

/// Those of a list, oldest first.
async fn found(t: &Tenant, path: &str) -> String {
    let (mut rows, total) = ids(t, path).await;
    assert_eq!(rows.len().to_string(), total, "{path}");
    rows.reverse();
    rows.join(" ")
}

both_backends! {
    async fn pages_go_by_offset_and_by_cursor_newest_first(t: Tenant) {
        for _ in 0..55 {
            let _ = t.make("teams", with(team_body(), json!({"tenant_id": t.name}))).await;
        }
        let (rows, total) = ids(&t, "teams").await;
        assert_eq!((rows.len(), rows[0].as_str(), total.as_str()), (50, "000055", "55"), "fifty by default");
        let (rows, total) = ids(&t, "teams?limit=2&offset=3").await;
        assert_eq!((rows.join(" ").as_str(), total.as_str()), ("000052 000051", "55"));
        let (rows, _) = ids(&t, "teams?offset=55").await;
        assert!(rows.is_empty());
        let mut seen = Vec::new();
        let mut path = t.at("teams?limit=20");
        loop {
            let reply = t.get(&path).await.expect(200);
            seen.extend(reply.value()["data"].as_array().unwrap().iter().map(|row| shown(&row["id"])));
            let Some(next) = reply.find("x-next-cursor") else { break };
            path = t.at(&format!("teams?limit=20&cursor={next}"));
        }
        let all: Vec<String> = (1..=55).rev().map(|number| format!("{number:06}")).collect();
        assert_eq!(seen, all);
    }

    async fn a_wrong_query_is_400(t: Tenant) {
        for (query, said) in [
            ("limit=0", "limit must be a whole number from 1 to 100"),
            ("limit=101", "limit must be a whole number from 1 to 100"),
            ("limit=ten&offset=-1", "limit must be a whole number from 1 to 100; offset must be a whole number from 0 to 100000000"),
            ("is_active=yes", "is_active must be true or false"),
        ] {
            assert_eq!(refusal(t.get(&t.at(&format!("teams?{query}"))).await, 400), said, "{query}");
        }
        let said = refusal(t.get(&t.at("paystubs?startDate=soon")).await, 400);
        assert!(said.starts_with("startDate must be a date"), "{said}");
    }

    async fn teams_users_and_projects_are_filtered(t: Tenant) {
        for (id, active) in [("a", true), ("b", false), ("c", true)] {
            let more = json!({"tenant_id": t.name, "id": id, "is_active": active});
            let _ = t.make("teams", with(team_body(), more)).await;
        }
        assert_eq!(found(&t, "teams?is_active=true").await, "a c");
        assert_eq!(found(&t, "teams?is_active=false").await, "b");
        let user = |id: &str, roles: Value, active: bool| {
            json!({"id": id, "email": "a@b.co", "first_name": "A", "last_name": "B", "roles": roles, "is_active": active})
        };
        for (id, roles, active) in [
            ("a", json!(["admin", "closer"]), true), ("b", json!(["closer"]), false), ("c", json!(["close"]), true),
        ] {
            let _ = t.make("users", user(id, roles, active)).await;
        }
        assert_eq!(found(&t, "users?role=closer").await, "a b");
        assert_eq!(found(&t, "users?role=close").await, "c");
        assert_eq!(found(&t, "users?role=closer&is_active=true").await, "a");
        assert_eq!(found(&t, "users?role=Closer").await, "");
        for (id, status, team) in [("a", "Sold", "000001"), ("b", "M3 Paid", "000001"), ("c", "M3 Paid", "000002")] {
            let more = json!({"tenant_id": t.name, "id": id, "project_status": status, "team_id": team});
            let _ = t.make("projects", with(sunledger_tests::commissions::project_body(), more)).await;
        }
        assert_eq!(found(&t, "projects?status=M3%20Paid").await, "b c");
        assert_eq!(found(&t, "projects?teamId=000001").await, "a b");
        assert_eq!(found(&t, "projects?teamId=000001&status=M3+Paid").await, "b");
        let _ = t.put(&t.at("projects/a"), json!({"project_status": "M3 Paid", "team_id": null})).await.expect(200);
        assert_eq!(found(&t, "projects?status=M3%20Paid").await, "a b c");
        assert_eq!(found(&t, "projects?teamId=000001").await, "b");
    }

    async fn what_is_paid_is_filtered_by_person_status_and_day(t: Tenant) {
        for (id, rep, day) in [("a", "40", "2025-10-01"), ("b", "40", "2025-10-15"), ("c", "41", "2025-10-15T18:00:00Z")] {
            let more = json!({"tenant_id": t.name, "id": id, "sales_professional_id": rep, "pay_date": day});
            let _ = t.make("paystubs", with(paystub_body(), more)).await;
        }
        assert_eq!(found(&t, "paystubs?salesProfessionalId=40").await, "a b");
        assert_eq!(found(&t, "paystubs?startDate=2025-10-02").await, "b c");
        assert_eq!(found(&t, "paystubs?endDate=2025-10-15").await, "a b c", "its whole day");
        assert_eq!(found(&t, "paystubs?endDate=2025-10-15T12:00:00Z").await, "a b");
        assert_eq!(found(&t, "paystubs?startDate=2025-10-01&endDate=2025-10-14&salesProfessionalId=40").await, "a");
        for (id, rep, status) in [("a", "40", "open"), ("b", "41", "open"), ("c", "40", "paid")] {
            let more = json!({"tenant_id": t.name, "id": id, "sales_professional_id": rep, "status": status});
            let _ = t.make("scpfs", with(scpf_body(), more)).await;
        }
        assert_eq!(found(&t, "scpfs?salesProfessionalId=40").await, "a c");
        assert_eq!(found(&t, "scpfs?status=open").await, "a b");
        assert_eq!(found(&t, "scpfs?status=open&salesProfessionalId=40").await, "a");
        let overview = json!({"id": "a", "project_id": "p", "sales_professional_id": "40"});
        let _ = t.make("project-overviews", overview).await;
        assert_eq!(found(&t, "project-overviews?salesProfessionalId=40").await, "a");
        assert_eq!(found(&t, "project-overviews?salesProfessionalId=4").await, "");
        let overview = with(sunledger_tests::commissions::paystub_overview_body(), json!({"tenant_id": t.name, "id": "a"}));
        let _ = t.make("paystub-overview", overview).await;
        assert_eq!(found(&t, "paystub-overview?salesProfessionalId=user-id-123").await, "a");
    }

    async fn overrides_are_filtered_by_rep_and_day_and_details_by_override(t: Tenant) {
        for (id, rep, day) in [("a", "r-1", "2025-01-15"), ("b", "r-2", "2025-01-20"), ("c", "r-1", "2025-02-01")] {
            let more = json!({"id": id, "rep_id": rep, "date_paid": day});
            let _ = t.make(&overrides(), with(override_body(), more)).await;
        }
        let theirs = with(override_body(), json!({"manager_id": "manager-7", "id": "d"}));
        let _ = t.make("users/manager-7/overrides", theirs).await;
        let list = |query: &str| format!("users/{MANAGER}/overrides?{query}");
        assert_eq!(found(&t, &list("")).await, "a b c");
        assert_eq!(found(&t, &list("repId=r-1")).await, "a c");
        assert_eq!(found(&t, &list("startDate=2025-01-16&endDate=2025-02-01")).await, "b c");
        assert_eq!(found(&t, &list("repId=r-1&endDate=2025-01-31")).await, "a");
        let details = |id: &str| format!("{}/{id}/details", overrides());
        for id in ["a", "a", "b"] {
            let _ = t.make(&details(id), detail_body()).await;
        }
        assert_eq!(found(&t, &details("a")).await, "000001 000002");
        assert_eq!(found(&t, &details("b")).await, "000003");
        assert_eq!(found(&t, &details("c")).await, "");
        let of_another = t.get(&t.at(&format!("{}/000003", details("a")))).await;
        assert_eq!(refusal(of_another, 404), "Resource not found");
    }
}
