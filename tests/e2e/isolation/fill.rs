//! How each route of `/openapi.json` is filled: what its path names, what its body says, what its query asks for. A route,
//! a field or a parameter that is not known here fails the test: whoever adds one says here what it refers to.

use super::company::Company;
use crate::routes::{self, Route};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use sunledger_tests::bills::utility_bill;
use sunledger_tests::commissions::{
    MANAGER, detail_body, override_body, paystub_body, paystub_overview_body, scpf_body, team_body, with,
};
use sunledger_tests::crm::crm_client;
use sunledger_tests::energy::unit_body;
use sunledger_tests::people::AUTH;
use sunledger_tests::{Api, Reply, commissions, crm};

/// The routes that API keys open.
pub(crate) fn opened_by_keys(document: &Value) -> Vec<Route> {
    let mut all = routes::all(document);
    all.retain(|route| route.is_guarded() && !route.path.starts_with(AUTH));
    assert!(all.len() > 200, "only {} routes", all.len());
    all
}

/// Whether people who signed in are let in by a route, beside keys or alone.
pub(crate) fn takes_people(route: &Route) -> bool {
    ["/api/v2/", "/api/v1/tenants/", AUTH].iter().any(|prefix| route.path.starts_with(prefix))
}

/// Sends a request of a route's method.
pub(crate) async fn send(api: &Api, route: &Route, path: &str, body: Option<&Value>) -> Reply {
    let call = api.call(&route.method, path);
    match body {
        Some(body) => call.json(body).send().await,
        None => call.send().await,
    }
}

/// What a parameter of a route's path names, by the part of the path before it.
pub(crate) fn thing_in_path(route: &Route, before: &str, name: &str) -> &'static str {
    let of_draft =
        ["PUT", "PATCH", "DELETE"].contains(&route.method.as_str()) || route.path.ends_with("/send");
    match (before, name) {
        ("tenants", _) => "tenant",
        ("clients" | "customers" | "client-summary", _) => "client",
        ("payments", _) => "payment",
        ("invoices", _) if route.path.contains("/payments") => "invoice",
        ("invoices", _) if route.path.starts_with("/energy/") && route.method == "GET" => "energy_invoice",
        ("invoices", _) if of_draft => "draft",
        ("invoices", _) => "invoice",
        ("projects", "projectId") => "sales_project",
        ("projects", _) => "project",
        ("installations", _) => "installation",
        ("power-plants", _) => "plant",
        ("consumer-units", _) => "unit",
        ("products", _) => "product",
        ("accounts", _) => "account",
        ("categories", _) => "category",
        ("departments", _) => "department",
        ("transactions", _) => "transaction",
        ("quotes", _) => "quote",
        ("tickets", _) => "ticket",
        ("leads", _) => "lead",
        ("users", "id") => "user",
        ("users", "userId") => "sales_user",
        ("users", "managerId") => "manager",
        ("webhooks", _) => "endpoint",
        ("deliveries", _) => "delivery",
        ("keys", _) => "key",
        ("teams", _) => "team",
        ("project-overviews", _) => "overview",
        ("paystubs", _) => "paystub",
        ("paystub-overview", _) => "paystub_overview",
        ("scpfs", _) => "scpf",
        ("overrides", _) => "override",
        ("details", _) => "override_detail",
        _ => panic!("{} {}: this test does not know what {{{name}}} is", route.method, route.path),
    }
}

/// What the parameters of a route's path name, in order.
pub(crate) fn things_in_path(route: &Route) -> Vec<&'static str> {
    let parts: Vec<&str> = route.path.split('/').collect();
    let named =
        parts.windows(2).filter_map(|two| Some((two[0], two[1].strip_prefix('{')?.strip_suffix('}')?)));
    named.map(|(before, name)| thing_in_path(route, before, name)).collect()
}

/// A company's own path of a route.
pub(crate) fn own_path(route: &Route, company: &Company) -> String {
    let mut things = things_in_path(route).into_iter();
    route.filled(|_| company.one(things.next().unwrap()).to_owned())
}

/// What a field of a route's body refers to; none where it is nothing that has to be there.
pub(crate) fn thing_in_field(route: &Route, field: &str) -> Option<&'static str> {
    let sales = route.path.starts_with("/api/v1/tenants/");
    Some(match field {
        "tenant_id" => "tenant",
        "scpf_id" if route.path.ends_with("/calculate") => "scpf",
        "id" if route.path == "/energy/discounts" => "discount",
        "id" if route.path == "/energy/charges" => "charge",
        // References of the commissions are opaque, and `id` is the name that a new thing is given.
        _ if sales => return None,
        "clientId" | "clientCode" | "customer_id" => "client",
        "projectId" => "project",
        "installationId" => "installation",
        "powerPlantCode" | "powerPlants" => "plant",
        "consumerUnitId" => "unit",
        "account_id" => "account",
        "category_id" => "category",
        "department_id" => "department",
        "invoice_id" => "invoice",
        "taxId" | "checkTaxIds" => return None,
        other => {
            let last = other.to_lowercase();
            let refers = ["id", "ids", "code", "codes", "uuid"].iter().any(|end| last.ends_with(end));
            assert!(!refers, "{} {}: this test does not know what `{field}` is", route.method, route.path);
            return None;
        }
    })
}

/// The fields of a route's body, and their schemas.
pub(crate) fn body_fields(document: &Value, route: &Route) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let content = route.operation["requestBody"]["content"].as_object();
    for media in content.into_iter().flat_map(|content| content.values()) {
        fields(document, &media["schema"], &mut found);
    }
    found
}

/// The fields of a route's body that refer to something, and to what.
pub(crate) fn references(document: &Value, route: &Route) -> Vec<(String, &'static str)> {
    let names = body_fields(document, route).into_keys();
    names.filter_map(|name| thing_in_field(route, &name).map(|thing| (name, thing))).collect()
}

fn fields(document: &Value, schema: &Value, found: &mut BTreeMap<String, Value>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return fields(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")), found);
    }
    for list in ["oneOf", "anyOf", "allOf"] {
        schema[list].as_array().into_iter().flatten().for_each(|one| fields(document, one, found));
    }
    let all = schema["properties"].as_object().into_iter().flatten();
    found.extend(all.map(|(name, schema)| (name.clone(), schema.clone())));
}

/// What a parameter of a list's query asks for.
pub(crate) enum Asked {
    /// Something of a company, by any of its forms, or a text that it has written.
    Thing(&'static str),
    /// A text that is in what it has written.
    Mark,
    /// Nothing that would be anybody's.
    Nothing,
}

/// What a query's parameter asks for.
pub(crate) fn asked_by(route: &Route, parameter: &str) -> Asked {
    match parameter {
        "clientId" | "customer_id" => Asked::Thing("client"),
        "projectId" => Asked::Thing("project"),
        "account_id" => Asked::Thing("account"),
        "department_id" => Asked::Thing("department"),
        "powerPlantId" => Asked::Thing("plant"),
        "numeroDoCliente" | "numeroDeConcessao" => Asked::Thing("account number"),
        "actor" => Asked::Thing("actor"),
        "search" | "name" | "salesProfessionalId" | "repId" | "teamId" => Asked::Mark,
        "page" | "limit" | "offset" | "cursor" | "after" | "wait" | "status" | "type" | "kind" | "state"
        | "role" | "is_active" | "cpfCnpj" | "startDate" | "endDate" | "date" | "date_from" | "date_to"
        | "from" | "until" | "year" | "month" | "as_of" | "at" | "version" | "dataCompetencia" => {
            Asked::Nothing
        }
        _ => panic!("{} {}: this test does not know what `{parameter}` asks for", route.method, route.path),
    }
}

/// The parameters of a route's query.
pub(crate) fn query_parameters(route: &Route) -> Vec<String> {
    let all = route.operation["parameters"].as_array().into_iter().flatten();
    all.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// A text that was not there before.
fn new_text() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("new{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A body that a route takes of a company; none where the route has no JSON body.
pub(crate) fn body(route: &Route, company: &Company) -> Option<Value> {
    let one = |thing: &str| company.one(thing);
    let due = json!({"due_date": "2199-12-31", "items": [{"description": "x", "amount": 1}]});
    let template = route.filled(|_| "*".into());
    if route.path.starts_with("/api/v1/tenants/") {
        return sales_body(route, company);
    }
    let path = template.strip_prefix("/api/v2").unwrap_or(&template);
    Some(match (route.method.as_str(), path) {
        ("POST", "/v1/clients") => crm_client("new"),
        ("POST", "/api/v1/clients" | "/energy/clients" | "/energy/power-plants") => json!({"name": "new"}),
        ("PUT" | "PATCH", "/v1/clients/*" | "/api/v1/clients/*" | "/energy/clients/*") => {
            json!({"name": new_text()})
        }
        ("PUT" | "PATCH", "/energy/power-plants/*" | "/v1/projects/*") => json!({"name": new_text()}),
        ("POST", "/v1/projects") => crm::project_body(one("client"), "new"),
        ("POST", "/v1/installations") => json!({"projectId": one("project")}),
        ("PUT" | "PATCH", "/v1/installations/*") => json!({"panels": [{"model": new_text()}]}),
        ("POST", "/v1/installations/*/readings") => json!({"at": "2026-03-04T12:00:00Z", "energyKwh": 1}),
        ("POST", "/v1/invoices") => {
            json!({"clientId": one("client"), "dueDate": "2199-12-31", "items": [{"description": "x", "amount": 1}]})
        }
        ("POST", "/api/v1/invoices") => Api::bill(one("client"), "1"),
        ("PUT" | "PATCH", "/api/v1/invoices/*" | "/invoices/*") => json!({"notes": new_text()}),
        ("POST", "/v1/reports/energy-production") => {
            json!({"installationId": one("installation"), "startDate": "2026-03-01", "endDate": "2026-03-31"})
        }
        ("POST", "/energy/reports/billing") => json!({"powerPlants": [one("plant")]}),
        ("POST", "/energy/consumer-units") => unit_body(&new_text(), one("client")),
        ("PUT" | "PATCH", "/energy/consumer-units/*") => json!({"observations": new_text()}),
        ("POST", "/energy/consumer-units/*/bills") => utility_bill("04/2024"),
        ("POST", "/energy/power-plants/*/generations") => json!({"competence": "04/2024", "energyKwh": 1}),
        ("POST", "/energy/discounts" | "/energy/charges") => {
            json!({"consumerUnitId": one("unit"), "value": 1, "description": "x", "competence": "07/2024"})
        }
        ("DELETE", "/energy/discounts") => json!({"id": one("discount")}),
        ("DELETE", "/energy/charges") => json!({"id": one("charge")}),
        ("POST", path) if path.ends_with("/payments") => json!({"amount": 1}),
        ("POST", path) if path.ends_with("/redeliver") && !path.contains("/deliveries/") => {
            json!({"from": "2020-01-01", "until": "2199-01-01"})
        }
        ("POST", "/webhooks") => json!({"url": "http://127.0.0.1:9/x", "events": ["client.created"]}),
        ("PUT" | "PATCH", "/webhooks/*") => json!({"description": new_text()}),
        ("POST", "/keys") => json!({"name": "new", "scopes": ["invoicing:read"]}),
        ("PUT" | "PATCH", "/tenant") => json!({"name": new_text()}),
        ("POST", "/customers") => json!({"account": "new"}),
        ("PUT" | "PATCH", "/customers/*") => json!({"account": new_text()}),
        ("POST", "/batch/customers") => json!({"customers": [{"account": "new"}]}),
        ("POST", "/invoices") => with(due, json!({"customer_id": one("client")})),
        ("POST", "/quotes") => {
            with(due, json!({"customer_id": one("client"), "valid_until": "2199-12-31", "due_date": null}))
        }
        ("PUT" | "PATCH", "/quotes/*") => json!({"notes": new_text()}),
        ("POST", "/transactions") => json!({"type": "Income", "account_id": one("account"), "amount": 1}),
        ("PUT" | "PATCH", "/transactions/*" | "/products/*") => json!({"description": new_text()}),
        ("POST", "/products") => json!({"name": "new", "price": 1}),
        ("POST", "/accounts" | "/categories" | "/departments") => json!({"name": new_text()}),
        ("PUT" | "PATCH", "/accounts/*" | "/categories/*" | "/departments/*") => json!({"name": new_text()}),
        ("POST", "/tickets") => json!({"customer_id": one("client"), "subject": "x", "message": "x"}),
        ("PUT" | "PATCH", "/tickets/*") => json!({"subject": new_text()}),
        ("POST", "/tickets/*/replies") => json!({"message": "x"}),
        ("POST", "/leads") => json!({"first_name": "x", "last_name": "y"}),
        ("POST", "/users") => {
            let email = format!("{}@office.example", new_text());
            json!({"name": "new", "email": email, "password": "securepassword", "role": "viewer"})
        }
        ("PUT" | "PATCH", "/users/*") => json!({"name": new_text()}),
        ("POST", _)
            if ["/send", "/cancel", "/view", "/convert", "/close"].iter().any(|end| path.ends_with(end)) =>
        {
            return None;
        }
        ("POST", _) if path.starts_with("/webhooks/*/") => return None,
        // Files, and what takes no body at all.
        ("POST", "/customers/import" | "/products/import" | "/sandbox/reset") => return None,
        ("GET" | "DELETE", _) => return None,
        _ => panic!("{} {}: this test does not know its body", route.method, route.path),
    })
}

/// The same for the commissions.
fn sales_body(route: &Route, company: &Company) -> Option<Value> {
    let tenant = json!({"tenant_id": company.name});
    let template = route.filled(|_| "*".into());
    let path = template.trim_start_matches("/api/v1/tenants/*/");
    Some(match (route.method.as_str(), path) {
        ("POST", "teams") => with(team_body(), tenant),
        ("POST", "users") => {
            json!({"email": "new@sales.example", "first_name": "x", "last_name": "y", "roles": ["user"]})
        }
        ("POST", "projects") => with(commissions::project_body(), tenant),
        ("POST", "project-overviews") => json!({"project_id": "x", "sales_professional_id": "y"}),
        ("POST", "paystubs") => with(paystub_body(), tenant),
        ("POST", "paystub-overview") => with(paystub_overview_body(), tenant),
        ("POST", "scpfs") => with(scpf_body(), tenant),
        ("POST", "scpfs/calculate") => {
            json!({"rate_ppw": 1, "kw": 1, "scpf_id": company.one("scpf"), "store": true})
        }
        ("POST", "paystubs/build") => {
            // Of somebody to whom something is due: what the sample's override pays.
            json!({"sales_professional_id": MANAGER, "period_start_date": "2025-01-01", "period_end_date": "2025-01-31"})
        }
        ("POST", "users/*/overrides") => override_body(),
        ("POST", "users/*/overrides/*/details") => detail_body(),
        ("PUT", "teams/*") => json!({"name": new_text()}),
        ("PUT", "users/*") => json!({"first_name": new_text()}),
        ("PUT", "projects/*" | "scpfs/*" | "paystub-overview/*") => json!({"customer_name": new_text()}),
        ("PUT", "users/*/overrides/*" | "users/*/overrides/*/details/*") => {
            json!({"customer_name": new_text()})
        }
        ("PUT", "project-overviews/*") => json!({"project_id": new_text()}),
        ("PUT", "paystubs/*") => json!({"pay_date": "2025-10-20"}),
        // Lines, which another test sends.
        ("POST", "import") => return None,
        ("GET" | "DELETE", _) => return None,
        _ => panic!("{} {}: this test does not know its body", route.method, route.path),
    })
}

/// Whether a route only looks, whatever its method is.
pub(crate) fn only_looks(route: &Route) -> bool {
    route.method == "GET" || route.path.contains("/reports/") || route.path.ends_with("/scpfs/calculate")
}

/// The areas of which one opens a route; none where any key does.
pub(crate) fn areas(route: &Route) -> &'static [&'static str] {
    let areas: [(&str, &[&str]); 12] = [
        ("/v1/", &["crm"]),
        ("/energy/", &["energy"]),
        ("/api/v2/webhooks", &["backoffice", "webhooks"]),
        ("/api/v2/", &["backoffice"]),
        ("/api/v1/clients", &["invoicing"]),
        ("/api/v1/invoices", &["invoicing"]),
        ("/api/v1/tenants/", &["commissions"]),
        ("/audit", &["audit"]),
        ("/feed", &["audit"]),
        ("/webhooks", &["webhooks"]),
        ("/keys", &["admin"]),
        ("/tenant", if only_looks(route) { &[] } else { &["admin"] }),
    ];
    let found = areas.iter().find(|(prefix, _)| route.path.starts_with(prefix));
    found.unwrap_or_else(|| panic!("{}: this test does not know its area", route.path)).1
}
