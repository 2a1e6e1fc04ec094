//! The back office through the whole router: what it says of limits, who may come, and a sandbox that begins anew.

use super::answers::{Bench, KEY, json};
use crate::auth::NewKey;
use crate::server::peer::Peer;
use axum::body::Body;
use http::{Request, Response};
use serde_json::{Value, json};
use std::net::IpAddr;
use sunledger_commands::{Actor, Context};
use sunledger_domain::TenantId;
use sunledger_domain::api_key::{ApiKey, ApiKeyCommand, Scope};
use sunledger_domain::plan::Plan;
use sunledger_domain::tenant::{Tenant, TenantCommand};

const CUSTOMERS: &str = "/api/v2/customers";

/// Sends a request from an address.
async fn from(bench: &Bench, address: &str, key: &str, path: &str) -> Response<Body> {
    let mut request = Request::get(path).header("apikey", key).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer(address.parse::<IpAddr>().unwrap()));
    bench.send(request).await
}

async fn ask(bench: &Bench, method: &str, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).header("apikey", key);
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    let response = bench.send(request.unwrap()).await;
    (response.status().as_u16(), json(response).await)
}

fn left(response: &Response<Body>) -> (u16, Option<&str>) {
    let left = response.headers().get("x-ratelimit-remaining").map(|value| value.to_str().unwrap());
    (response.status().as_u16(), left)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_is_left() {
    let bench = Bench::with(&[("SUNLEDGER_RATE_LIMIT_BACKOFFICE", "4/day")]).await;
    let get = |path| from(&bench, "203.0.113.9", KEY, path);
    assert_eq!(left(&get(CUSTOMERS).await), (200, Some("3")));
    assert_eq!(left(&get("/api/v2/nothing").await), (404, Some("2")));
    assert_eq!(left(&get("/api/v2/customers/4711").await), (404, Some("1")));
    assert_eq!(left(&get("/api/v2/batch/customers").await), (405, Some("0")));
    let refused = get(CUSTOMERS).await;
    assert_eq!(left(&refused), (429, Some("0")));
    assert_eq!(refused.headers()["x-ratelimit-limit"], "4");
    assert_eq!(refused.headers()["ratelimit-policy"], "\"backoffice\";q=4;w=86400");
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(json(refused).await, json!({"success": false, "message": "Too many requests"}));

    for (address, expected) in [("198.51.100.1", "3"), ("198.51.100.1", "2"), ("198.51.100.2", "3")] {
        assert_eq!(
            left(&from(&bench, address, "wrong", CUSTOMERS).await),
            (401, Some(expected)),
            "{address}"
        );
    }
    assert_eq!(left(&from(&bench, "203.0.113.9", KEY, "/energy/clients").await), (200, None));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_refused_before_its_key_is_looked_at() {
    let bench = Bench::with(&[("SUNLEDGER_RATE_LIMIT_REFUSED", "2/day")]).await;
    for _ in 0..2 {
        assert_eq!(from(&bench, "203.0.113.9", "wrong", "/energy/clients").await.status(), 401);
    }
    for path in ["/energy/clients", CUSTOMERS, "/audit"] {
        assert_eq!(from(&bench, "203.0.113.9", KEY, path).await.status(), 429, "{path}");
        assert_eq!(from(&bench, "203.0.113.10", KEY, path).await.status(), 200, "{path}");
    }
    assert_eq!(from(&bench, "203.0.113.9", KEY, "/health/live").await.status(), 200);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_and_does_what_the_role_opens() {
    let bench = Bench::with(&[]).await;
    let user =
        json!({"name": "Ana", "email": "ana@example.com", "password": "securepassword", "role": "support"});
    let (status, made) = ask(&bench, "POST", "/api/v2/users", KEY, Some(user)).await;
    assert_eq!(
        (status, &made["data"]["id"], &made["data"]["role"]),
        (201, &json!(1), &json!("support")),
        "{made}"
    );
    let sign_in = json!({"email": "ana@example.com", "password": "securepassword", "tenantId": "default"});
    let (_, token) = ask(&bench, "POST", "/api/v1/auth/api-token", KEY, Some(sign_in)).await;
    let token = token["data"]["customToken"].as_str().unwrap().to_owned();
    let (_, session) = ask(&bench, "POST", "/api/v1/auth/session-token", &token, Some(json!({}))).await;
    let session = session["data"]["customToken"].as_str().unwrap().to_owned();

    let (status, _) = ask(&bench, "POST", CUSTOMERS, &session, Some(json!({"account": "Jane"}))).await;
    assert_eq!(status, 201);
    for (method, path) in [("GET", "/api/v2/users"), ("PUT", "/api/v2/users/1"), ("POST", "/api/v2/invoices")]
    {
        let body = (method != "GET").then(|| json!({}));
        let (status, body) = ask(&bench, method, path, &session, body).await;
        assert_eq!((status, &body["success"]), (403, &json!(false)), "{method} {path}");
    }
    assert_eq!(ask(&bench, "GET", CUSTOMERS, &token, None).await.0, 403, "no session token");
    let (status, changed) = ask(&bench, "PUT", "/api/v2/users/1", KEY, Some(json!({"role": "viewer"}))).await;
    assert_eq!((status, &changed["data"]["role"]), (200, &json!("viewer")), "{changed}");
    let (status, _) = ask(&bench, "POST", CUSTOMERS, &session, Some(json!({"account": "Jim"}))).await;
    assert_eq!(status, 403, "the new role counts at once");
    assert_eq!(ask(&bench, "DELETE", "/api/v2/users/1", KEY, None).await.0, 200);
    assert_eq!(ask(&bench, "GET", CUSTOMERS, &session, None).await.0, 401);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_begins_anew_and_a_company_does_not() {
    let bench = Bench::with(&[]).await;
    assert_eq!(ask(&bench, "POST", "/api/v2/sandbox/reset", KEY, None).await.0, 409);
    let home = TenantId::new("trial").unwrap();
    let now = bench.app.clock.now();
    let context = Context { actor: Actor::cli(), ..Context::system(home.clone(), "test", now) };
    let create =
        TenantCommand::Create { name: "Trial".to_owned(), sandbox: true, plan: Plan::default(), at: now };
    bench.app.commands.execute::<Tenant>(&context, home.stream_id(), create).await.unwrap();
    let key = NewKey::generate(true).unwrap();
    let create = ApiKeyCommand::Create {
        name: "trial".to_owned(),
        prefix: key.prefix.clone(),
        last4: key.last4.clone(),
        hash: key.hash.clone(),
        scopes: Scope::all().collect(),
        at: now,
    };
    bench.app.commands.execute::<ApiKey>(&context, bench.app.commands.new_id(), create).await.unwrap();
    let key = key.secret.as_str();

    for number in 1..=2 {
        let (status, made) = ask(&bench, "POST", CUSTOMERS, key, Some(json!({"account": "Jane"}))).await;
        assert_eq!((status, &made["data"]["id"]), (201, &json!(1)), "{made}");
        let (status, reset) = ask(&bench, "POST", "/api/v2/sandbox/reset", key, None).await;
        assert_eq!((status, &reset["data"]["resets"]), (200, &json!(number)), "{reset}");
        let path = format!("{CUSTOMERS}/{}", made["data"]["uuid"].as_str().unwrap());
        for path in [path.as_str(), "/api/v2/customers/1"] {
            assert_eq!(ask(&bench, "GET", path, key, None).await.0, 404, "{path}");
        }
    }
    let (_, log) = ask(&bench, "GET", "/audit", key, None).await;
    let types: Vec<_> = log["data"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    let expected = [
        "tenant.created",
        "api_key.created",
        "client.created",
        "tenant.reset",
        "client.created",
        "tenant.reset",
    ];
    assert_eq!(types, expected);
    assert_eq!(ask(&bench, "GET", "/tenant", key, None).await.1["data"]["id"], "trial");
    bench.stop().await;
}
