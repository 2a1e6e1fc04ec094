//! What every answer has, whatever route it is of.

use crate::app::App;
use crate::cli::serve::assemble;
use crate::server::router;
use crate::settings::Settings;
use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tower::ServiceExt;

pub(super) const KEY: &str = "a-key-for-these-tests";

/// A ledger of its own, in a folder that goes away with it.
pub(super) struct Bench {
    folder: PathBuf,
    pub(super) app: App,
    router: Router,
}

impl Bench {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(super) async fn with(more: &[(&'static str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("sunledger-{}", uuid::Uuid::now_v7().simple()));
        let path = folder.display().to_string();
        let own = [("SUNLEDGER_DATA", path.as_str()), ("SUNLEDGER_API_KEY", KEY)];
        let env = own.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect();
        let settings = Settings::read(&env, "", Path::new("")).unwrap();
        let app = assemble(settings).await.unwrap();
        Self { folder, router: router(app.clone()), app }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.send(Request::get(path).header("apikey", KEY).body(Body::empty()).unwrap()).await;
        (response.status(), json(response).await)
    }

    pub(super) async fn stop(self) {
        self.app.webhooks.shutdown(std::time::Duration::ZERO).await;
        self.app.projections.shutdown().await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(super) async fn json(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn empty(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_in_form() {
    let bench = Bench::start().await;

    // Nothing there: the surface's own 404, with a request id.
    for (path, field) in [
        ("/api/v1/clients/x/y/z", "error"),
        ("/v1/nothing", "message"),
        ("/energy/nothing", "statusCode"),
        ("/api/v2/nothing", "message"),
        ("/api/v1/nothing", "timestamp"),
        ("/nothing", "error"),
    ] {
        let response = bench.send(empty("GET", path)).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(uuid::Uuid::try_parse(response.headers()["x-request-id"].to_str().unwrap()).is_ok());
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert!(json(response).await.get(field).is_some(), "{path}");
    }

    // Wrong method: 405, and which ones would do.
    let response = bench.send(empty("BREW", "/health/live")).await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(json(response).await["error"], "This route does not take this method");

    // A sane request id is taken over, an address without end is not.
    let request = Request::get("/health/live").header("x-request-id", "trace-7").body(Body::empty()).unwrap();
    assert_eq!(bench.send(request).await.headers()["x-request-id"], "trace-7");
    let response = bench.send(empty("GET", &format!("/health/live?{}", "x".repeat(9000)))).await;
    assert_eq!(response.status(), 414);

    // Keys.
    for path in ["/tenant", "/tenant?x=1"] {
        let response = bench.send(empty("GET", path)).await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(json(response).await["error"], "An API key is required");
    }
    let wrong = Request::get("/tenant").header("apikey", "no-such-key").body(Body::empty()).unwrap();
    assert_eq!(bench.send(wrong).await.status(), 401);
    let unread = Request::put("/tenant").header("apikey", "no-such-key").body(Body::from("{}")).unwrap();
    let refused = bench.send(unread).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["connection"], "close", "the body is still on the connection");
    let (status, tenant) = bench.get("/tenant").await;
    assert_eq!((status, &tenant["data"]["name"]), (StatusCode::OK, &Value::from("Default")));

    // Bodies.
    let put = |body: Body| {
        Request::put("/tenant")
            .header("apikey", KEY)
            .header("content-type", "application/json")
            .body(body)
            .unwrap()
    };
    let mut large = put(Body::from(vec![b' '; (1 << 20) + 1]));
    large.headers_mut().insert("content-length", ((1 << 20) + 1).into());
    let response = bench.send(large).await;
    assert_eq!(response.status(), 413);
    assert_eq!(response.headers()["connection"], "close");
    assert_eq!(bench.send(put(Body::from("{"))).await.status(), 400);
    let mut form = put(Body::from("name=x"));
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(bench.send(form).await.status(), 415);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_is_conditional_and_a_change_is_seen_at_once() {
    let bench = Bench::start().await;
    let get = |tag: Option<&str>| {
        let request = Request::get("/tenant").header("apikey", KEY);
        let request = if let Some(tag) = tag { request.header("if-none-match", tag) } else { request };
        request.body(Body::empty()).unwrap()
    };
    let response = bench.send(get(None)).await;
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, "\"1\"");
    let response = bench.send(get(Some(&tag))).await;
    assert_eq!(
        (response.status(), &response.headers()["etag"]),
        (StatusCode::NOT_MODIFIED, &"\"1\"".parse().unwrap())
    );
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());

    let put = |if_match: &str| {
        Request::put("/tenant")
            .header("authorization", format!("Bearer {KEY}"))
            .header("if-match", if_match)
            .body(Body::from(r#"{"name":"Açaí Solar"}"#))
            .unwrap()
    };
    assert_eq!(bench.send(put("\"9\"")).await.status(), 412);
    assert_eq!(bench.send(put("\"1\"")).await.status(), 200);
    let response = bench.send(get(Some(&tag))).await;
    assert_eq!(response.status(), 200);
    assert_eq!(json(response).await["data"]["name"], "Açaí Solar");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_surface_with_a_limit_says_when_to_come_back() {
    let bench = Bench::with(&[("SUNLEDGER_RATE_LIMIT_INVOICING", "3")]).await;
    for _ in 0..3 {
        assert_eq!(bench.get("/api/v1/clients").await.0, 200);
    }
    let request = Request::get("/api/v1/clients").header("apikey", KEY).body(Body::empty()).unwrap();
    let response = bench.send(request).await;
    assert_eq!(response.status(), 429);
    let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    assert_eq!(json(response).await, serde_json::json!({ "error": "Too many requests" }));
    assert_eq!(bench.get("/tenant").await.0, 200, "another surface goes on");
    assert_eq!(
        bench.send(empty("GET", "/api/v1/clients")).await.status(),
        401,
        "and who has no key uses nothing up"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_what_its_scopes_say() {
    use crate::auth::NewKey;
    use sunledger_commands::{Actor, Context};
    use sunledger_domain::TenantId;
    use sunledger_domain::api_key::{ApiKey, ApiKeyCommand, Area, Scope};
    let bench = Bench::start().await;
    let tenant = TenantId::new("default").unwrap();
    let context = Context { actor: Actor::cli(), ..Context::system(tenant, "test", bench.app.clock.now()) };
    let key = NewKey::generate(false).unwrap();
    let create = ApiKeyCommand::Create {
        name: "narrow".to_owned(),
        prefix: key.prefix.clone(),
        last4: key.last4.clone(),
        hash: key.hash.clone(),
        scopes: vec![Scope::read(Area::Invoicing), Scope::write(Area::Audit)],
        at: context.now,
    };
    bench.app.commands.execute::<ApiKey>(&context, bench.app.commands.new_id(), create).await.unwrap();
    for (method, path, status) in [
        ("GET", "/api/v1/clients", 200),
        ("HEAD", "/api/v1/clients", 200),
        ("POST", "/api/v1/clients", 403),
        ("GET", "/audit", 200),
        ("GET", "/tenant", 200),
        ("PUT", "/tenant", 403),
        ("GET", "/keys", 403),
        ("GET", "/webhooks", 403),
        ("GET", "/api/v2/webhooks", 403),
    ] {
        let mut request = empty(method, path);
        request.headers_mut().insert("x-api-key", key.secret.parse().unwrap());
        let response = bench.send(request).await;
        assert_eq!(response.status(), status, "{method} {path}");
    }
    let mut request = empty("POST", "/api/v1/clients");
    request.headers_mut().insert("x-api-key", key.secret.parse().unwrap());
    let said = json(bench.send(request).await).await;
    assert_eq!(said["error"], "This API key lacks the scope invoicing:write");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_or_hangs_is_an_answer_too() {
    use axum::routing::get;
    let bench = Bench::with(&[("SUNLEDGER_REQUEST_TIMEOUT_MS", "300")]).await;
    async fn broken() -> &'static str {
        panic!("the cause")
    }
    let router = Router::new()
        .route("/broken", get(broken))
        .route("/hangs", get(async || std::future::pending::<()>().await))
        .route("/feed", get(async || tokio::time::sleep(std::time::Duration::from_millis(600)).await))
        .layer(axum::middleware::from_fn_with_state(bench.app.clone(), crate::server::envelope::envelope));
    let response = router.clone().oneshot(empty("GET", "/broken")).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(json(response).await, serde_json::json!({ "error": "Internal server error" }));
    let response = router.clone().oneshot(empty("GET", "/hangs")).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(
        router.oneshot(empty("GET", "/feed")).await.unwrap().status(),
        200,
        "the feed may take its time"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_tells_how_it_is() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("/health/live").await, (StatusCode::OK, serde_json::json!({ "status": "ok" })));
    let (status, ready) = bench.get("/health/ready").await;
    assert_eq!((status, &ready["status"], &ready["log"]), (StatusCode::OK, &"ready".into(), &"ok".into()));
    assert_eq!(ready["readModels"]["parked"], 0);

    let page = bench.send(empty("GET", "/metrics")).await;
    assert_eq!(page.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let page = String::from_utf8(page.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    for line in [
        "sunledger_http_requests_total{route=\"/health/ready\",method=\"GET\",status=\"200\"} 1",
        "sunledger_log_up 1",
        "sunledger_follower_lag_events{follower=\"read_models\"} 0",
        "sunledger_webhook_backlog{state=\"pending\"} 0",
        "sunledger_log_append_seconds_count",
        "process_resident_memory_bytes",
    ] {
        assert!(page.contains(line), "{line} in\n{page}");
    }

    let response = bench.send(empty("GET", "/")).await;
    assert_eq!(
        (response.status(), &response.headers()["location"]),
        (StatusCode::TEMPORARY_REDIRECT, &"/docs".parse().unwrap())
    );
    let response = bench.send(empty("GET", "/docs")).await;
    assert!(
        response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
    );
    let (status, api) = bench.get("/openapi.json").await;
    assert_eq!((status, &api["info"]["title"]), (StatusCode::OK, &"Sunledger".into()));

    bench.app.drain.start();
    let (status, ready) = bench.get("/health/ready").await;
    assert_eq!((status, &ready["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"draining".into()));
    bench.stop().await;
}
