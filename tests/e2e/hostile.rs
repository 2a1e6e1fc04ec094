//! Every route, with whatever a broken or hostile caller may send: never a 5xx, never another form than the
//! surface's own, never an answer that the documentation does not know.

use crate::routes::{self, Route};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use sunledger_tests::bills::utility_bill;
use sunledger_tests::books::document;
use sunledger_tests::client::Call;
use sunledger_tests::crm::project_body;
use sunledger_tests::energy::unit_body;
use sunledger_tests::{Reply, Tenant, both_backends};

/// Random cases a route, beside the fixed ones.
const CASES: usize = 30;

/// Ids, numbers and texts that programs stumble over. They go into paths and queries as they are.
const ODD: [&str; 20] = [
    "-1",
    "0",
    "1e309",
    "NaN",
    "9223372036854775808",
    "99999999999999999999999999",
    "%00",
    "%ff%fe",
    "%F0%9F%98%80",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%20'1'='1",
    "%3Cscript%3E",
    "null",
    "01890000-0000-7000-8000-00000000000g",
    "01890000000070008000000000000000",
    "%E2%80%AE",
    "true",
    "%0d%0aX-Evil:%201",
    "a%20b",
    "+",
];

/// The seed of this run: `SUNLEDGER_TEST_SEED` repeats one that was found elsewhere.
fn seed() -> [u8; 32] {
    let number: u64 =
        std::env::var("SUNLEDGER_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_240_601);
    println!("SUNLEDGER_TEST_SEED={number}");
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed()))
}

/// A value where a program expects another one.
fn odd_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        Just("1e300"),
        Just("-1e300"),
        Just("1e-300"),
        Just("1e999999999"),
        Just("0.1e-99999999999999999999"),
        Just("-0"),
        Just("9007199254740993"),
        Just("79228162514264337593543950336"),
        Just("0.00000000000000000000000000001"),
        Just("123456789012345678901234567890123456789012345678901234567890"),
        Just("1E5"),
        Just("-1"),
        Just("0"),
    ]
    .prop_map(document);
    let text = prop_oneof![
        Just(String::new()),
        Just(" ".into()),
        Just("\u{0}".into()),
        Just("\u{202e}evil".into()),
        Just("a\u{7}b".into()),
        Just("2024-02-30".into()),
        Just("9999-99-99".into()),
        Just("-0001-01-01".into()),
        Just("2024-06-01T25:00:00Z".into()),
        Just("x".repeat(70_000)),
        Just("\u{1F600}".repeat(300)),
        Just("e\u{301}".repeat(200)),
        Just("NaN".into()),
        Just("a@b@c.d".into()),
        Just("http://[::1".into()),
        Just("data:image/png;base64,AAAA".into()),
        ".{0,40}",
        "\\PC{0,20}",
    ]
    .prop_map(Value::String);
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool), number, text];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec(("[a-zA-Z_]{0,12}", inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A body that a route takes, each of its fields a place for something odd.
fn right_body(route: &Route) -> Value {
    if route.path.starts_with("/energy/") {
        return energy_body(&route.path);
    }
    if route.path.starts_with("/v1/") {
        return crm_body(&route.path);
    }
    json!({
        "name": "Right", "email": "a@b.example", "address": "Street 1", "taxId": "52998224725", "phone": "+55 11 5555 0100",
        "notes": "n", "isActive": true, "clientId": "1", "invoiceNumber": "X-1", "currency": "USD", "issueDate": "2024-06-01",
        "dueDate": "2199-06-01", "lineItems": [{"description": "d", "quantity": 1, "unitPrice": 1, "taxRate": 1}],
        "discount": {"type": "percent", "value": 1}, "terms": "t", "amount": 1, "date": "2024-06-01", "method": "pix",
        "reference": "r", "reason": "r", "viaEmail": false, "url": "https://receiver.example/hook", "events": ["*"],
        "description": "d", "scopes": ["invoicing:read"], "from": "2024-01-01T00:00:00Z", "until": "2024-01-02T00:00:00Z",
        "legalName": "L", "timeZone": "America/Sao_Paulo", "locale": "pt-BR", "logo": null, "pixKey": "a@b.example",
        "pixCity": "Recife", "invoiceSeries": {"prefix": "INV-", "width": 4}, "planLimits": {"clientsPerMonth": null},
        "checkTaxIds": true,
    })
}

/// The same of the CRM surface.
fn crm_body(path: &str) -> Value {
    let part = |part: &str| path.split('/').nth(2) == Some(part);
    if part("projects") {
        return project_body("1", "Right");
    }
    if path.ends_with("/readings") {
        return json!({"at": "2024-03-01T12:00:00Z", "energyKwh": 1});
    }
    if part("reports") {
        return json!({"installationId": "1", "startDate": "2024-03-01", "endDate": "2024-03-31", "format": "json"});
    }
    json!({
        "name": "Right", "email": "a@b.example", "phone": "+55 11 5555 0100", "address": {"street": "S", "zipCode": "1"},
        "taxId": "52998224725", "notes": "n", "status": "draft", "clientId": "1", "projectId": "1", "dueDate": "2199-06-01",
        "items": [{"description": "d", "quantity": 1, "unitPrice": 1, "amount": 1, "taxRate": 1}], "issueDate": "2024-06-01",
        "invoiceNumber": "X-1", "amount": 1, "date": "2024-06-01", "method": "pix", "reference": "r", "reason": "r",
        "viaEmail": false, "panels": [{"model": "m"}], "inverter": {"model": "m"},
    })
}

/// The same of the energy surface.
fn energy_body(path: &str) -> Value {
    let part = |part: &str| path.split('/').nth(2) == Some(part);
    if path.ends_with("/bills") {
        return utility_bill("03/2024");
    }
    if path.ends_with("/generations") {
        return json!({"competence": "03/2024", "energyKwh": 1000});
    }
    if part("consumer-units") {
        let mut body = unit_body("2", "1");
        (body["powerPlantCode"], body["openingSavings"]) = (json!("1"), json!(1));
        return body;
    }
    if part("discounts") || part("charges") {
        return json!({"consumerUnitId": 1, "value": 1, "cumulative": true, "realDiscount": true, "description": "d",
                      "competence": "07/2025", "isValueCategoryPercentage": true, "id": "x"});
    }
    if part("reports") {
        return json!({"firstDate": "03-2024", "secondDate": "04-2024", "powerPlants": ["1"]});
    }
    if part("invoices") {
        return json!({"amount": 1, "date": "2024-06-01", "method": "pix", "reference": "r", "reason": "r", "viaEmail": false});
    }
    json!({
        "name": "Right", "corporateName": "R", "email": "a@b.example", "cpfCnpj": "52998224725", "address": {"street": "S"},
        "accountNumber": "1", "distributor": "d", "owner": "o", "installedPower": 1, "connectedAt": "2024-06-01",
        "observations": "o",
    })
}

/// One of each thing that bodies, paths and queries name by its number.
async fn things(t: &Tenant) {
    let client = t.client("Right").await;
    let _ = t.draft(&client, "1").await;
    let plant = t.plant("Right").await;
    let _ = t.unit_of("1", &client, &plant, "0.01").await;
    let project = t.project(&client, "Right").await;
    let _ = t.installation(&project, "completed").await;
}

/// Puts `value` in one place of `body`, chosen by `place`.
fn put(body: &mut Value, place: usize, value: Value) {
    let Some(fields) = body.as_object_mut() else { return };
    let name = fields.keys().nth(place % fields.len()).cloned().unwrap_or_default();
    match (&name[..], place.is_multiple_of(3)) {
        ("lineItems" | "items" | "panels", true) => put(&mut fields[&name][0], place / 7, value),
        ("discount" | "invoiceSeries" | "planLimits", true) => put(&mut fields[&name], place / 7, value),
        _ => fields[&name] = value,
    }
}

/// What is wrong with an answer.
fn complaint(route: &Route, reply: &Reply) -> Option<String> {
    let status = reply.status.as_u16();
    if status >= 500 {
        return Some(format!("{status}: {}", reply.text()));
    }
    if reply.find("x-request-id").is_none() {
        return Some("no X-Request-Id".into());
    }
    if !(200..300).contains(&status) && status != 304 && route.is_guarded() {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let right = if reply.what.contains(" /api/v2/") {
            body["success"] == false && body["message"].is_string()
        } else if reply.what.contains(" /energy/") {
            body["statusCode"] == status && body["message"].is_string() && body["errors"].is_object()
        } else if reply.what.contains(" /v1/") {
            body["success"] == false && body["message"].is_string() && body["errors"].is_object()
        } else {
            body["error"].is_string()
        };
        if !right {
            return Some(format!("{status} in another form: {}", reply.text()));
        }
    }
    // What no route matches is no operation's to document.
    let documented = route.operation["responses"].get(status.to_string()).is_some();
    (!documented && ![404, 405].contains(&status))
        .then(|| format!("{status} is not documented: {}", reply.text()))
}

struct Walk {
    findings: BTreeSet<String>,
    requests: usize,
}

impl Walk {
    async fn send(&mut self, route: &Route, call: Call, how: &str) {
        self.requests += 1;
        let reply = match call.attempt().await {
            Ok(reply) => reply,
            Err(problem) => {
                let _ = self
                    .findings
                    .insert(format!("{} {} with {how}: no answer: {problem}", route.method, route.path));
                return;
            }
        };
        if let Some(complaint) = complaint(route, &reply) {
            let short: String = complaint.chars().take(300).collect();
            let _ = self.findings.insert(format!("{} {} with {how}: {short}", route.method, route.path));
        }
    }

    /// Nothing was found, and the server lives.
    async fn ends(self, t: &Tenant) {
        println!("{} requests", self.requests);
        assert!(self.requests > 500, "{} requests", self.requests);
        assert!(
            self.findings.is_empty(),
            "{} of {}: {:#?}",
            self.findings.len(),
            self.requests,
            self.findings
        );
        let _ = t.get("/api/v1/invoices").await.expect(200);
        let _ = t.get("/health/ready").await.expect(200);
    }
}

/// Routes whose success would end the walk (deleting the key that it uses) or wait.
fn is_safe(route: &Route, query: &str) -> bool {
    let waits = route.path == "/feed" && query.starts_with("wait=");
    let cuts_itself_off = route.path == "/keys/{id}" && route.method == "DELETE";
    !waits && !cuts_itself_off
}

/// The names of the query parameters that a route documents, and those that every list has.
fn query_names(route: &Route) -> BTreeSet<String> {
    let documented = route.operation["parameters"].as_array().into_iter().flatten();
    let named = documented.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
    named.chain(["page", "limit", "cursor", "search", "unknown"]).map(str::to_owned).collect()
}

/// A call of the route that is right but for its path.
fn with_right_body(t: &Tenant, route: &Route, path: &str) -> Call {
    let call = t.call(&route.method, path);
    if route.method == "GET" { call } else { call.json(&right_body(route)) }
}

/// As much of it as a finding tells.
fn short(odd: &str) -> &str {
    &odd[..odd.len().min(40)]
}

both_backends! {
    async fn odd_ids_are_refused_in_the_surfaces_form(t: Tenant) {
        // Also a path with three of them is within the length that the server reads.
        let long = "9".repeat(2000);
        things(&t).await;
        let mut walk = Walk { findings: BTreeSet::new(), requests: 0 };
        for route in routes::all(&routes::document(&t).await).iter().filter(|route| route.is_guarded()) {
            if route.parameters().is_empty() || !is_safe(route, "") {
                continue;
            }
            for odd in ODD.iter().copied().chain([long.as_str()]) {
                let path = route.filled(|_| odd.to_owned());
                walk.send(route, with_right_body(&t, route, &path), &format!("id {}", short(odd))).await;
            }
        }
        walk.ends(&t).await;
    }

    async fn odd_queries_are_refused_in_the_surfaces_form(t: Tenant) {
        let long = "9".repeat(2000);
        things(&t).await;
        let mut walk = Walk { findings: BTreeSet::new(), requests: 0 };
        for route in routes::all(&routes::document(&t).await).iter().filter(|route| route.is_guarded()) {
            if route.method != "GET" {
                continue;
            }
            for name in query_names(route).iter().filter(|name| is_safe(route, &format!("{name}="))) {
                for odd in ODD.iter().copied().chain([long.as_str()]) {
                    let path = format!("{}?{name}={odd}", route.filled(|_| "1".into()));
                    walk.send(route, t.call("GET", &path), &format!("{name}={}", short(odd))).await;
                }
            }
        }
        walk.ends(&t).await;
    }

    async fn odd_headers_are_refused_in_the_surfaces_form(t: Tenant) {
        things(&t).await;
        let mut walk = Walk { findings: BTreeSet::new(), requests: 0 };
        for route in routes::all(&routes::document(&t).await).iter().filter(|route| route.is_guarded()) {
            if !is_safe(route, "") {
                continue;
            }
            for (name, value) in [
                ("if-match", &b"\xff\xfe"[..]), ("if-match", b"*"), ("if-match", b"W/\"1\""), ("if-match", b"\"1\", \"2\""),
                ("if-none-match", b"\xff"), ("idempotency-key", b"\xff"), ("idempotency-key", b" "),
                ("content-type", b"\xff"), ("content-type", b"application/"), ("accept", b"\xff"), ("accept", b"image/png"),
                ("x-request-id", b"\xff\xff"), ("last-event-id", b"x"), ("range", b"bytes=-1"), ("expect", b"tea"),
                ("host", b"\xff"), ("origin", b"null"), ("content-encoding", b"gzip"), ("forwarded", b";;;"),
            ] {
                let path = route.filled(|_| "1".into());
                let call = with_right_body(&t, route, &path).header(name, value);
                walk.send(route, call, &format!("{name}: {}", value.escape_ascii())).await;
            }
            for query in ["?%", "?=&=&&", "?a[]=1&a[]=2", "?limit=1&limit=2", "?%ff=%ff", "?page=1&page=x"] {
                let path = format!("{}{query}", route.filled(|_| "1".into()));
                walk.send(route, with_right_body(&t, route, &path), query).await;
            }
        }
        walk.ends(&t).await;
    }

    async fn odd_bodies_are_refused_in_the_surfaces_form(t: Tenant) {
        things(&t).await;
        let mut runner = runner();
        let mut walk = Walk { findings: BTreeSet::new(), requests: 0 };
        let strategy = (any::<usize>(), odd_value());
        for route in routes::all(&routes::document(&t).await).iter().filter(|route| route.is_guarded()) {
            if route.method == "GET" || route.method == "DELETE" {
                continue;
            }
            let path = route.filled(|_| "1".into());
            let call = || t.call(&route.method, &path).header("content-type", "application/json");
            for (body, how) in [
                (&b""[..], "nothing"), (b"{", "half an object"), (b"[1]", "a list"), (b"{\"name\":\"\xff\"}", "no UTF-8"),
                (b"{\"name\":\"\\ud800\"}", "half a surrogate"), (b"{\"amount\":NaN}", "NaN"), (b"{\"amount\":1e999999}", "1e999999"),
                (b"{\"name\":\"a\",\"name\":\"b\"}", "a field twice"), (b"\xef\xbb\xbf{}", "a byte order mark"), (b"\0\0\0\0", "zeros"),
            ] {
                walk.send(route, call().body(body), how).await;
            }
            walk.send(route, call().body("[".repeat(500_000)), "depth").await;
            walk.send(route, call().body(format!("{{\"amount\":{}}}", "9".repeat(900_000))), "a number of 900,000 digits").await;
            walk.send(route, call().body(format!("{{\"lineItems\":[{}{{}}]}}", "{},".repeat(100_000))), "100,000 lines").await;
            for _ in 0..CASES {
                let (place, value) = strategy.new_tree(&mut runner).unwrap().current();
                let mut body = right_body(route);
                put(&mut body, place, value.clone());
                walk.send(route, call().body(body.to_string()), &format!("odd value {value}")).await;
                walk.send(route, call().body(value.to_string()), &format!("odd body {value}")).await;
            }
        }
        walk.ends(&t).await;
    }
}
