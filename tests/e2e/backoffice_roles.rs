//! What each role may do on the back office, route by route, as `docs/api-backoffice.md` has it.

use serde_json::{Value, json};
use sunledger_tests::{Api, Tenant, both_backends};

const ROLES: [&str; 4] = ["administrator", "accountant", "support", "viewer"];

/// What the guide says: for each role in that order, `w` changes, `r` sees, `-` neither.
const TABLE: [(&str, &str); 15] = [
    ("customers", "wwwr"),
    ("batch", "wwwr"),
    ("invoices", "wwrr"),
    ("transactions", "wwrr"),
    ("products", "wwrr"),
    ("quotes", "wwrr"),
    ("accounts", "wwrr"),
    ("categories", "wwrr"),
    ("reports", "wwrr"),
    ("tickets", "wrwr"),
    ("leads", "wrwr"),
    ("departments", "wrwr"),
    ("users", "w---"),
    ("webhooks", "w---"),
    ("sandbox", "w---"),
];

/// Every route of the surface: its method, and a path where nothing is.
async fn routes(t: &Tenant) -> Vec<(String, String)> {
    let description = t.get("/openapi.json").await.json(200);
    let paths = description["paths"].as_object().unwrap().iter();
    let mut routes = Vec::new();
    for (path, methods) in paths.filter(|(path, _)| path.starts_with("/api/v2/")) {
        let path: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { "4711" } else { part }).collect();
        let path = path.join("/");
        for method in methods.as_object().unwrap().keys() {
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                routes.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    routes
}

async fn everybody(t: &Tenant) -> Vec<Api> {
    let mut people = Vec::new();
    for role in ROLES {
        people.push(t.somebody(&format!("{role}@solar.example"), role).await);
    }
    people
}

async fn ask(api: &Api, method: &str, path: &str) -> (u16, Value) {
    let call = api.call(method, path);
    let call = if method == "GET" { call } else { call.json(&json!({})) };
    let reply = call.send().await;
    (reply.status.as_u16(), reply.value())
}

both_backends! {
    async fn each_role_does_what_the_table_says_on_every_route(t: Tenant) {
        let people = everybody(&t).await;
        let routes = routes(&t).await;
        assert!(routes.len() >= 10, "{routes:?}");
        for (method, path) in routes {
            let resource = path.split('/').nth(3).unwrap();
            let row = TABLE.iter().find(|(name, _)| *name == resource);
            let (_, row) = row.unwrap_or_else(|| panic!("{path} stands in no row of the table"));
            for ((role, may), api) in ROLES.iter().zip(row.chars()).zip(&people) {
                let allowed = may == 'w' || (may == 'r' && method == "GET");
                let (status, body) = ask(api, &method, &path).await;
                let what = format!("{method} {path} as {role}: {status} {body}");
                assert_ne!(status, 401, "{what}");
                assert!(status < 500, "{what}");
                assert_eq!(status != 403, allowed, "{what}");
                if !allowed {
                    assert_eq!(body["success"], false, "{what}");
                    assert!(body["message"].as_str().unwrap().contains(role), "{what}");
                }
            }
        }
    }

    async fn a_person_is_the_actor_of_what_the_person_does(t: Tenant) {
        let accountant = t.somebody("ana@solar.example", "accountant").await;
        let made = accountant.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.data(201);
        let uuid = made["uuid"].as_str().unwrap();
        let history = t.get(&format!("/audit/client/{uuid}")).await.data(200);
        assert_eq!((&history[0]["actor"]["type"], &history[0]["surface"]), (&json!("user"), &json!("backoffice")));
    }

    async fn a_session_opens_its_own_company_alone(t: Tenant) {
        let other = Tenant::on(t.server());
        let made = other.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.data(201);
        let admin = t.somebody("ana@solar.example", "administrator").await;
        for id in [&made["id"], &made["uuid"]] {
            let id = id.to_string();
            let _ = admin.get(&format!("/api/v2/customers/{}", id.trim_matches('"'))).await.expect(404);
        }
        let _ = admin.post("/api/v2/customers", json!({"account": "Own"})).await.expect(201);
        assert_eq!(other.get("/api/v2/customers").await.json(200)["meta"]["total_records"], 1);
    }

    async fn an_api_user_token_opens_nothing_here(t: Tenant) {
        let _ = t.somebody("ana@solar.example", "administrator").await;
        let token = t.sign_in(&t.name, "ana@solar.example").await;
        let refused = t.with_key(Some(&token)).get("/api/v2/customers").await.json(403);
        assert_eq!(refused["success"], false);
        let _ = t.with_key(Some(&token)).get("/api/v2/nothing").await.expect(404);
    }
}
