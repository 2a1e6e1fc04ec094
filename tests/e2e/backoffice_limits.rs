//! How many requests a caller may send: the figures on every answer of the back office, the refusal in each surface's own form,
//! and addresses whose keys are refused.

use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};
use sunledger_tests::client::Reply;
use sunledger_tests::tenant::ALL;
use sunledger_tests::{Api, Backend, Options, Server, Tenant, both_backends};

const CUSTOMERS: &str = "/api/v2/customers";

/// A server with the documents' limits, and with some of them set differently.
fn limited(backend: Backend, settings: &[(&str, &str)]) -> Server {
    let options = Options::new().unset("SUNLEDGER_RATE_LIMIT");
    let options = settings.iter().fold(options, |options, (name, value)| options.set(name, value));
    Server::start_with(backend, options)
}

fn number(reply: &Reply, header: &str) -> u64 {
    reply.header(header).parse().unwrap_or_else(|_| panic!("{header} is no number: {reply:?}"))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What an answer says of the limit: of how many, and how many are left.
fn told(reply: &Reply) -> (u64, u64) {
    let (limit, remaining) = (number(reply, "x-ratelimit-limit"), number(reply, "x-ratelimit-remaining"));
    assert!(number(reply, "x-ratelimit-reset") > now() - 2, "it lies in the past: {reply:?}");
    assert!(reply.header("ratelimit-policy").contains(&format!(";q={limit};")), "{reply:?}");
    assert!(reply.header("ratelimit").contains(&format!(";r={remaining};")), "{reply:?}");
    (limit, remaining)
}

fn says_nothing(reply: &Reply) -> bool {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "ratelimit-policy"]
        .iter()
        .all(|name| !reply.headers.contains_key(*name))
}

async fn with_header(api: &Api, path: &str, name: &str, value: &str) -> Reply {
    api.call("GET", path).header(name, value).send().await
}

both_backends! {
    async fn every_answer_of_the_back_office_says_what_is_left(backend: Backend) {
        let server = limited(backend, &[]);
        let t = Tenant::on(&server);
        let first = t.get(CUSTOMERS).await.expect(200);
        assert_eq!(told(&first), (1_000, 999));
        let reset = number(&first, "x-ratelimit-reset");
        assert!((now()..=now() + 3_600).contains(&(reset - 1)), "{reset}");
        assert_eq!(first.header("ratelimit-policy"), "\"backoffice\";q=1000;w=3600");

        // Whatever comes of a request, it counts, and says so. One more comes back every 3.6 seconds.
        let mut left = 999;
        let replies = [
            t.post(CUSTOMERS, json!({"account": "Jane Smith", "email": "jane@example.com"})).await.expect(201),
            t.post(CUSTOMERS, json!({"email": "nobody"})).await.expect(400),
            t.get("/api/v2/customers/4711").await.expect(404),
            t.get("/api/v2/nothing").await.expect(404),
            t.call("PATCH", CUSTOMERS).send().await.expect(405),
            t.call("POST", CUSTOMERS).header("content-type", "text/plain").body("x").send().await.expect(415),
        ];
        for reply in &replies {
            let (limit, remaining) = told(reply);
            assert!(limit == 1_000 && remaining < 1_000, "{reply:?}");
            left = remaining.min(left);
        }
        assert!((993..=997).contains(&left), "six requests left {left} of 999");
        let lacking = t.with_scopes(&["crm:read"]).get(CUSTOMERS).await.expect(403);
        assert_eq!(told(&lacking), (1_000, 999), "another key has a quota of its own");
        for wrong in [t.with_key(None), t.with_key(Some("slk_wrong"))] {
            let reply = wrong.get(CUSTOMERS).await;
            assert_eq!(told(&reply).0, 1_000);
            assert_eq!(reply.json(401), json!({"success": false, "message": "Invalid API key or unauthorized access"}));
        }
        assert!(says_nothing(&t.get("/v1/nothing").await) && says_nothing(&t.get("/health/live").await.expect(200)));
    }

    async fn one_too_many_is_refused_in_the_surfaces_own_form(backend: Backend) {
        let server = limited(backend, &[
            ("SUNLEDGER_RATE_LIMIT_BACKOFFICE", "3"),
            ("SUNLEDGER_RATE_LIMIT_INVOICING", "2/hour"),
            ("SUNLEDGER_RATE_LIMIT_ENERGY", "1/hour"),
        ]);
        let t = Tenant::on(&server);
        for left in [2, 1, 0] {
            assert_eq!(told(&t.get(CUSTOMERS).await.expect(200)), (3, left));
        }
        let refused = t.get(CUSTOMERS).await;
        assert_eq!(told(&refused), (3, 0));
        let pause = number(&refused, "retry-after");
        assert!((1..=1_200).contains(&pause), "{pause}");
        assert_eq!(refused.json(429), json!({"success": false, "message": "Too many requests"}));

        let clients = "/api/v1/clients";
        assert_eq!(told(&t.get(clients).await.expect(200)), (2, 1), "another surface counts for itself");
        let _ = t.get(clients).await.expect(200);
        assert_eq!(t.get(clients).await.json(429), json!({"error": "Too many requests"}));
        let _ = t.get("/energy/clients").await.expect(200);
        let refused = t.get("/energy/clients").await.json(429);
        assert_eq!((&refused["statusCode"], &refused["message"]), (&json!(429), &json!("Too many requests")));

        let _ = t.with_scopes(&ALL).get(CUSTOMERS).await.expect(200);
        let _ = t.get("/tenant").await.expect(200);
    }

    async fn what_is_off_counts_nothing_and_says_nothing(backend: Backend) {
        let server = limited(backend, &[("SUNLEDGER_RATE_LIMIT_BACKOFFICE", "off"), ("SUNLEDGER_RATE_LIMIT_INVOICING", "1")]);
        let t = Tenant::on(&server);
        for _ in 0..5 {
            assert!(says_nothing(&t.get(CUSTOMERS).await.expect(200)));
        }
        let _ = t.get("/api/v1/clients").await.expect(200);
        let _ = t.get("/api/v1/clients").await.expect(429);

        server.configure(|options| options.set("SUNLEDGER_RATE_LIMIT", "off"));
        server.kill9();
        server.up();
        for _ in 0..5 {
            assert!(says_nothing(&t.get("/api/v1/clients").await.expect(200)));
        }
    }

    async fn an_address_that_guesses_keys_is_refused_before_they_are_looked_at(backend: Backend) {
        let server = limited(backend, &[
            ("SUNLEDGER_RATE_LIMIT_REFUSED", "5/hour"),
            ("SUNLEDGER_TRUSTED_PROXIES", "127.0.0.1"),
        ]);
        let t = Tenant::on(&server);
        let forwarded = "x-forwarded-for";
        for guess in 0..5 {
            let api = t.with_key(Some(&format!("slk_guess_{guess}")));
            let _ = with_header(&api, "/energy/clients", forwarded, "203.0.113.9").await.expect(401);
        }
        for path in ["/energy/clients", CUSTOMERS, "/api/v1/clients", "/audit", "/api/v1/auth/refresh"] {
            let refused = with_header(&t, path, forwarded, "198.51.100.1, 203.0.113.9").await.expect(429);
            assert!((1..=720).contains(&number(&refused, "retry-after")), "{path}");
        }
        let _ = with_header(&t, "/health/live", forwarded, "203.0.113.9").await.expect(200);
        let _ = with_header(&t, CUSTOMERS, forwarded, "203.0.113.10").await.expect(200);
        let _ = t.get(CUSTOMERS).await.expect(200);
    }

    async fn nobody_but_a_trusted_proxy_says_whose_a_request_is(backend: Backend) {
        let server = limited(backend, &[("SUNLEDGER_RATE_LIMIT_REFUSED", "3/hour")]);
        let nobody = Api::new(&server, None);
        for guess in 0..3 {
            let address = format!("203.0.113.{guess}");
            let _ = with_header(&nobody, CUSTOMERS, "x-forwarded-for", &address).await.expect(401);
        }
        let _ = with_header(&nobody, CUSTOMERS, "x-forwarded-for", "203.0.113.77").await.expect(429);
    }

    async fn many_at_once_are_counted_once_each(backend: Backend) {
        let server = limited(backend, &[("SUNLEDGER_RATE_LIMIT_BACKOFFICE", "40/day")]);
        let t = Tenant::on(&server);
        let requests = (0..100).map(|_| {
            let api = (*t).clone();
            tokio::spawn(async move { api.get(CUSTOMERS).await.status })
        });
        let requests: Vec<_> = requests.collect();
        let mut passed = 0;
        for request in requests {
            let status = request.await.unwrap();
            assert!(status == 200 || status == 429, "{status}");
            passed += usize::from(status == 200);
        }
        assert_eq!(passed, 40);
    }
}
