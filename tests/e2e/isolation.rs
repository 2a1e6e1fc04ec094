//! Tenants: what is one's is to the other as if it were not there.

use crate::routes::{self, Route};
use serde_json::{Value, json};
use sunledger_tests::bills::utility_bill;
use sunledger_tests::books::shown;
use sunledger_tests::{Receiver, Tenant, both_backends, eventually};

/// Ids of one of each of a tenant's things.
struct Things {
    client: String,
    plant: String,
    unit: String,
    project: String,
    installation: String,
    invoice: String,
    payment: String,
    endpoint: String,
    delivery: String,
    key: String,
    /// Of the back office, by the path that each is under.
    office: Vec<(&'static str, String)>,
}

/// What the back office has beside clients and invoices.
async fn office(t: &Tenant, client: &str) -> Vec<(&'static str, String)> {
    let items = json!([{"description": "First's own", "amount": 1, "qty": 1}]);
    let mut office = Vec::new();
    for (path, body) in [
        ("/api/v2/products", json!({"name": "First's own", "price": 1})),
        ("/api/v2/accounts", json!({"name": "First's own"})),
        ("/api/v2/categories", json!({"name": "First's own"})),
        ("/api/v2/departments", json!({"name": "First's own"})),
        (
            "/api/v2/transactions",
            json!({"type": "Income", "account_id": 1, "category_id": 1, "amount": 1, "description": "First's own", "date": "2024-01-15"}),
        ),
        ("/api/v2/quotes", json!({"customer_id": client, "valid_until": "2199-12-31", "items": items})),
        (
            "/api/v2/tickets",
            json!({"customer_id": client, "department_id": 1, "subject": "First's own", "message": "First's own"}),
        ),
        ("/api/v2/leads", json!({"first_name": "First's", "last_name": "Own"})),
        (
            "/api/v2/users",
            json!({"name": "First's own", "email": "own@first.example", "password": "securepassword", "role": "viewer"}),
        ),
    ] {
        office.push((path, shown(&t.post(path, body).await.data(201)["uuid"])));
    }
    office
}

impl Things {
    async fn of(t: &Tenant, receiver: &Receiver) -> Self {
        let hook = json!({"url": receiver.url(), "events": ["client.created"]});
        let endpoint = shown(&t.post("/webhooks", hook).await.data(201)["id"]);
        let client = t.client("First's own").await;
        let plant = t.plant("First's own").await;
        let unit = t.unit_of("First's own", &client, &plant, "0.5").await;
        let project = t.project(&client, "First's own").await;
        let installation = t.installation(&project, "completed").await;
        let invoice = t.sent(&client, "100").await;
        let payment = shown(&t.pay(&invoice, "10").await["id"]);
        let made =
            t.post("/keys", json!({"name": "First's key", "scopes": ["invoicing:read"]})).await.data(201);
        let key = shown(&made["id"]);
        let delivery = eventually("a delivery", || async {
            let list = t.get(&format!("/webhooks/{endpoint}/deliveries")).await.data(200);
            let first = list.get(0)?;
            (first["state"] == "succeeded").then(|| shown(&first["id"]))
        })
        .await;
        let office = office(t, &client).await;
        Self { client, plant, unit, project, installation, invoice, payment, endpoint, delivery, key, office }
    }

    /// The path of a route with these things in it.
    fn path(&self, route: &Route) -> String {
        let mut seen = 0;
        route.filled(|name| {
            seen += 1;
            let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| route.path.starts_with(prefix));
            let of_office = self
                .office
                .iter()
                .find(|(path, _)| route.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')));
            let first = if let Some((_, id)) = of_office {
                id
            } else if under(&[
                "/api/v1/clients/",
                "/energy/clients/",
                "/v1/clients/",
                "/v1/reports/client-summary/",
                "/api/v2/customers/",
            ]) {
                &self.client
            } else if under(&["/v1/projects/"]) {
                &self.project
            } else if under(&["/v1/installations/"]) {
                &self.installation
            } else if under(&["/energy/power-plants/"]) {
                &self.plant
            } else if under(&["/energy/consumer-units/"]) {
                &self.unit
            } else if under(&["/api/v1/invoices/", "/energy/invoices/", "/v1/invoices/", "/api/v2/invoices/"])
            {
                &self.invoice
            } else if route.path.contains("/webhooks/") {
                &self.endpoint
            } else if route.path.starts_with("/keys/") {
                &self.key
            } else if route.path.starts_with("/audit/") {
                return if seen == 1 { "invoice".into() } else { self.invoice.clone() };
            } else {
                panic!("{}: this test does not know what {{{name}}} is", route.path);
            };
            match (seen, route.path.contains("/payments/"), route.path.contains("/deliveries/")) {
                (1, _, _) => first.clone(),
                (2, true, _) => self.payment.clone(),
                (2, _, true) => self.delivery.clone(),
                _ => panic!("{}: this test does not know what {{{name}}} is", route.path),
            }
        })
    }

    fn all(&self) -> Vec<&str> {
        let office = self.office.iter().map(|(_, id)| id.as_str());
        let others: [&str; 10] = [
            &self.client,
            &self.plant,
            &self.unit,
            &self.project,
            &self.installation,
            &self.invoice,
            &self.payment,
            &self.endpoint,
            &self.delivery,
            &self.key,
        ];
        others.into_iter().chain(office).collect()
    }
}

/// A body that every route would take.
fn taking() -> Value {
    let mut body = utility_bill("03/2024");
    let more = json!({"name": "Stolen", "notes": "stolen", "amount": 1, "description": "stolen",
           "scopes": ["invoicing:read"], "from": "2020-01-01T00:00:00Z", "until": "2199-01-01T00:00:00Z",
           "competence": "03/2024", "at": "2024-03-01T12:00:00Z", "energyKwh": 1, "message": "stolen"});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

/// What the owner sees of his things; a key's or endpoint's own views are among them.
async fn picture(t: &Tenant, things: &Things) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        format!("/api/v1/clients/{}", things.client),
        format!("/api/v1/invoices/{}", things.invoice),
        format!("/energy/power-plants/{}", things.plant),
        format!("/energy/consumer-units/{}", things.unit),
        format!("/v1/projects/{}", things.project),
        format!("/v1/installations/{}", things.installation),
        format!("/webhooks/{}", things.endpoint),
        "/keys".into(),
        "/tenant".into(),
        "/audit?limit=100".into(),
        format!("/webhooks/{}/deliveries", things.endpoint),
    ] {
        seen.push(t.get(&path).await.expect(200).text());
    }
    seen
}

both_backends! {
    async fn every_route_denies_that_a_foreign_thing_exists(t: Tenant) {
        let receiver = Receiver::start().await;
        let things = Things::of(&t, &receiver).await;
        let before = picture(&t, &things).await;
        let other = Tenant::on(t.server());
        let document = routes::document(&t).await;
        let mut walked = 0;
        // What names its tenant in the path answers 403 (`commissions_auth_tenants`).
        let named = |it: &&Route| it.path.starts_with("/api/v1/tenants/");
        let all = routes::all(&document);
        for route in all.iter().filter(|it| it.is_guarded() && !it.parameters().is_empty() && !named(it)) {
            let path = things.path(route);
            let mut call = other.call(&route.method, &path);
            if route.method != "GET" && route.method != "DELETE" {
                call = call.json(&taking());
            }
            let reply = call.send().await;
            assert_eq!(reply.status, 404, "{} {path}: {}", route.method, reply.text());
            assert!(!reply.text().contains("First's"), "{} {path} tells of it: {}", route.method, reply.text());
            walked += 1;
        }
        assert!(walked >= 20, "only {walked} routes with ids");
        assert_eq!(picture(&t, &things).await, before, "something of the first tenant was changed");
    }

    async fn no_list_shows_what_is_anothers(t: Tenant) {
        let receiver = Receiver::start().await;
        let things = Things::of(&t, &receiver).await;
        let other = Tenant::on(t.server());
        let document = routes::document(&t).await;
        for route in routes::all(&document) {
            if route.method != "GET" || !route.is_guarded() || !route.parameters().is_empty() {
                continue;
            }
            let reply = other.get(&route.path).await.expect(200);
            for id in things.all() {
                assert!(!reply.text().contains(id), "{} shows {id}", route.path);
            }
            assert!(!reply.text().contains("First's"), "{}", reply.text());
        }
        let filtered = other.get(&format!("/api/v1/invoices?clientId={}", things.client)).await.json(200);
        assert_eq!(filtered["total"], 0);
        let theirs = other.client("Second's own").await;
        let mut bill = sunledger_tests::Api::bill(&theirs, "1");
        bill["clientId"] = json!(things.client);
        let error = other.post("/api/v1/invoices", bill).await;
        assert!([400, 404].contains(&error.status.as_u16()), "{}", error.text());
    }

    async fn a_webhook_hears_of_its_own_tenant_only(t: Tenant) {
        let receiver = Receiver::start().await;
        let hook = json!({"url": receiver.url(), "events": ["*"]});
        let _ = t.post("/webhooks", hook).await.expect(201);
        let other = Tenant::on(t.server());
        let _ = other.client("Second's own").await;
        let _ = t.client("First's own").await;
        let is_there = |all: &[sunledger_tests::receiver::Received]| all.iter().any(|one| one.kind() == "client.created");
        let got = receiver.wait_for("one's own client", is_there).await;
        assert!(got.iter().all(|one| !String::from_utf8_lossy(&one.body).contains("Second's")));
    }
}
