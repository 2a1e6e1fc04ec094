//! `/openapi.json`: every route, with everything that it answers.

use crate::routes;
use serde_json::Value;
use std::collections::BTreeSet;
use sunledger_tests::{Tenant, both_backends};

/// The routes that the contract names for these surfaces.
const CONTRACT: &[&str] = &[
    "GET /v1/projects",
    "POST /v1/projects",
    "GET /v1/projects/{}",
    "PUT /v1/projects/{}",
    "PATCH /v1/projects/{}",
    "DELETE /v1/projects/{}",
    "GET /v1/installations",
    "POST /v1/installations",
    "GET /v1/installations/{}",
    "PUT /v1/installations/{}",
    "PATCH /v1/installations/{}",
    "POST /v1/installations/{}/readings",
    "POST /v1/reports/energy-production",
    "GET /api/v1/clients",
    "POST /api/v1/clients",
    "GET /api/v1/clients/{}",
    "PUT /api/v1/clients/{}",
    "PATCH /api/v1/clients/{}",
    "DELETE /api/v1/clients/{}",
    "GET /api/v1/invoices",
    "POST /api/v1/invoices",
    "GET /api/v1/invoices/{}",
    "PUT /api/v1/invoices/{}",
    "PATCH /api/v1/invoices/{}",
    "DELETE /api/v1/invoices/{}",
    "GET /api/v1/invoices/{}/pdf",
    "POST /api/v1/invoices/{}/send",
    "POST /api/v1/invoices/{}/cancel",
    "POST /api/v1/invoices/{}/payments",
    "DELETE /api/v1/invoices/{}/payments/{}",
    "GET /v1/clients",
    "POST /v1/clients",
    "GET /v1/clients/{}",
    "PUT /v1/clients/{}",
    "PATCH /v1/clients/{}",
    "DELETE /v1/clients/{}",
    "GET /v1/clients/{}/timeline",
    "GET /v1/invoices",
    "POST /v1/invoices",
    "GET /v1/invoices/{}",
    "POST /v1/invoices/{}/send",
    "POST /v1/invoices/{}/cancel",
    "POST /v1/invoices/{}/payments",
    "DELETE /v1/invoices/{}/payments/{}",
    "GET /v1/reports/client-summary/{}",
    "GET /energy/consumer-units/recent",
    "GET /energy/invoices/recent",
    "POST /energy/reports/billing",
    "GET /energy/clients",
    "POST /energy/clients",
    "GET /energy/clients/{}",
    "PUT /energy/clients/{}",
    "PATCH /energy/clients/{}",
    "GET /energy/consumer-units",
    "POST /energy/consumer-units",
    "GET /energy/consumer-units/{}",
    "PUT /energy/consumer-units/{}",
    "PATCH /energy/consumer-units/{}",
    "GET /energy/power-plants",
    "POST /energy/power-plants",
    "GET /energy/power-plants/{}",
    "PUT /energy/power-plants/{}",
    "PATCH /energy/power-plants/{}",
    "GET /energy/power-plants/{}/generations",
    "POST /energy/power-plants/{}/generations",
    "POST /api/v1/auth/api-token",
    "POST /api/v1/auth/session-token",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/revoke",
    "GET /api/v1/health",
    "GET /api/v1/tenants/{}/teams",
    "POST /api/v1/tenants/{}/teams",
    "GET /api/v1/tenants/{}/teams/{}",
    "PUT /api/v1/tenants/{}/teams/{}",
    "DELETE /api/v1/tenants/{}/teams/{}",
    "GET /api/v1/tenants/{}/users",
    "POST /api/v1/tenants/{}/users",
    "GET /api/v1/tenants/{}/users/{}",
    "PUT /api/v1/tenants/{}/users/{}",
    "DELETE /api/v1/tenants/{}/users/{}",
    "GET /api/v1/tenants/{}/projects",
    "POST /api/v1/tenants/{}/projects",
    "GET /api/v1/tenants/{}/projects/{}",
    "PUT /api/v1/tenants/{}/projects/{}",
    "DELETE /api/v1/tenants/{}/projects/{}",
    "GET /api/v1/tenants/{}/project-overviews",
    "POST /api/v1/tenants/{}/project-overviews",
    "GET /api/v1/tenants/{}/project-overviews/{}",
    "PUT /api/v1/tenants/{}/project-overviews/{}",
    "DELETE /api/v1/tenants/{}/project-overviews/{}",
    "GET /api/v1/tenants/{}/paystubs",
    "POST /api/v1/tenants/{}/paystubs",
    "GET /api/v1/tenants/{}/paystubs/{}",
    "PUT /api/v1/tenants/{}/paystubs/{}",
    "DELETE /api/v1/tenants/{}/paystubs/{}",
    "GET /api/v1/tenants/{}/paystub-overview",
    "POST /api/v1/tenants/{}/paystub-overview",
    "GET /api/v1/tenants/{}/paystub-overview/{}",
    "PUT /api/v1/tenants/{}/paystub-overview/{}",
    "DELETE /api/v1/tenants/{}/paystub-overview/{}",
    "GET /api/v1/tenants/{}/scpfs",
    "POST /api/v1/tenants/{}/scpfs",
    "GET /api/v1/tenants/{}/scpfs/{}",
    "PUT /api/v1/tenants/{}/scpfs/{}",
    "DELETE /api/v1/tenants/{}/scpfs/{}",
    "GET /api/v1/tenants/{}/users/{}/overrides",
    "POST /api/v1/tenants/{}/users/{}/overrides",
    "GET /api/v1/tenants/{}/users/{}/overrides/{}",
    "PUT /api/v1/tenants/{}/users/{}/overrides/{}",
    "DELETE /api/v1/tenants/{}/users/{}/overrides/{}",
    "GET /api/v1/tenants/{}/users/{}/overrides/{}/details",
    "POST /api/v1/tenants/{}/users/{}/overrides/{}/details",
    "GET /api/v1/tenants/{}/users/{}/overrides/{}/details/{}",
    "PUT /api/v1/tenants/{}/users/{}/overrides/{}/details/{}",
    "DELETE /api/v1/tenants/{}/users/{}/overrides/{}/details/{}",
    "POST /api/v1/tenants/{}/scpfs/calculate",
    "GET /api/v1/tenants/{}/scpfs/{}/explain",
    "POST /api/v1/tenants/{}/paystubs/build",
    "GET /api/v1/tenants/{}/paystubs/{}/reconciliation",
    "POST /api/v1/tenants/{}/import",
    "GET /audit",
    "GET /audit/{}/{}",
    "GET /feed",
    "GET /tenant",
    "PUT /tenant",
    "GET /keys",
    "POST /keys",
    "DELETE /keys/{}",
    "GET /webhooks",
    "POST /webhooks",
    "GET /webhooks/{}",
    "PUT /webhooks/{}",
    "DELETE /webhooks/{}",
    "POST /webhooks/{}/rotate-secret",
    "POST /webhooks/{}/test",
    "GET /api/v2/customers",
    "POST /api/v2/customers",
    "GET /api/v2/customers/{}",
    "PUT /api/v2/customers/{}",
    "DELETE /api/v2/customers/{}",
    "POST /api/v2/customers/import",
    "POST /api/v2/products/import",
    "POST /api/v2/batch/customers",
    "GET /api/v2/invoices",
    "POST /api/v2/invoices",
    "GET /api/v2/invoices/{}",
    "PUT /api/v2/invoices/{}",
    "DELETE /api/v2/invoices/{}",
    "POST /api/v2/invoices/{}/send",
    "POST /api/v2/invoices/{}/cancel",
    "GET /api/v2/invoices/{}/payments",
    "POST /api/v2/invoices/{}/payments",
    "DELETE /api/v2/invoices/{}/payments/{}",
    "GET /api/v2/transactions",
    "POST /api/v2/transactions",
    "GET /api/v2/transactions/{}",
    "PUT /api/v2/transactions/{}",
    "DELETE /api/v2/transactions/{}",
    "GET /api/v2/products",
    "POST /api/v2/products",
    "GET /api/v2/products/{}",
    "PUT /api/v2/products/{}",
    "DELETE /api/v2/products/{}",
    "GET /api/v2/quotes",
    "POST /api/v2/quotes",
    "GET /api/v2/quotes/{}",
    "PUT /api/v2/quotes/{}",
    "DELETE /api/v2/quotes/{}",
    "GET /api/v2/tickets",
    "POST /api/v2/tickets",
    "GET /api/v2/tickets/{}",
    "PUT /api/v2/tickets/{}",
    "DELETE /api/v2/tickets/{}",
    "GET /api/v2/accounts",
    "POST /api/v2/accounts",
    "GET /api/v2/accounts/{}",
    "PUT /api/v2/accounts/{}",
    "DELETE /api/v2/accounts/{}",
    "GET /api/v2/categories",
    "POST /api/v2/categories",
    "GET /api/v2/categories/{}",
    "PUT /api/v2/categories/{}",
    "DELETE /api/v2/categories/{}",
    "GET /api/v2/departments",
    "POST /api/v2/departments",
    "GET /api/v2/departments/{}",
    "PUT /api/v2/departments/{}",
    "DELETE /api/v2/departments/{}",
    "GET /api/v2/users",
    "POST /api/v2/users",
    "GET /api/v2/users/{}",
    "PUT /api/v2/users/{}",
    "DELETE /api/v2/users/{}",
    "POST /api/v2/quotes/{}/convert",
    "POST /api/v2/tickets/{}/replies",
    "POST /api/v2/tickets/{}/close",
    "GET /api/v2/leads",
    "POST /api/v2/leads",
    "GET /api/v2/leads/{}",
    "POST /api/v2/leads/{}/convert",
    "GET /api/v2/reports/financial",
    "POST /api/v2/sandbox/reset",
    "GET /api/v2/webhooks",
    "POST /api/v2/webhooks",
    "GET /api/v2/webhooks/{}",
    "PUT /api/v2/webhooks/{}",
    "DELETE /api/v2/webhooks/{}",
    "POST /api/v2/webhooks/{}/rotate-secret",
    "POST /api/v2/webhooks/{}/test",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
];

/// Every `$ref` anywhere below.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

both_backends! {
    async fn it_is_a_whole_3_1_document(t: Tenant) {
        let document = routes::document(&t).await;
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
        assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        let schemes = document["components"]["securitySchemes"].to_string().to_lowercase();
        for scheme in ["bearer", "x-api-key", "apikey"] {
            assert!(schemes.contains(scheme), "{scheme} is not in {schemes}");
        }
        let mut ids = BTreeSet::new();
        for route in routes::all(&document) {
            if let Some(id) = route.operation["operationId"].as_str() {
                assert!(ids.insert(id.to_owned()), "operationId {id} is there twice");
            }
        }
    }

    async fn every_route_of_the_contract_is_there(t: Tenant) {
        let document = routes::document(&t).await;
        let there: BTreeSet<String> = routes::all(&document)
            .into_iter()
            .map(|route| format!("{} {}", route.method, route.filled(|_| "{}".into())))
            .collect();
        let missing: Vec<_> = CONTRACT.iter().filter(|route| !there.contains(**route)).collect();
        assert!(missing.is_empty(), "missing: {missing:#?}");
    }

    async fn every_documented_route_is_served(t: Tenant) {
        let document = routes::document(&t).await;
        for route in routes::all(&document) {
            if !route.is_guarded() {
                let status = match (route.method.as_str(), route.parameters().is_empty()) {
                    ("GET", true) => 200,
                    // A link's place has no answer without a link, and who signs in must say who.
                    ("GET", false) => 404,
                    _ => 400,
                };
                let path = route.filled(|_| "1".into());
                let _ = t.with_key(None).call(&route.method, &path).send().await.expect(status);
                continue;
            }
            let path = route.filled(|_| "1".into());
            let reply = t.with_key(None).call(&route.method, &path).send().await;
            assert_eq!(reply.status, 401, "{} {path} without a key: {}", route.method, reply.text());
        }
    }

    async fn every_route_documents_what_can_go_wrong(t: Tenant) {
        let document = routes::document(&t).await;
        let mut gaps = Vec::new();
        for route in routes::all(&document).iter().filter(|route| route.is_guarded()) {
            let answers = route.operation["responses"].as_object().unwrap();
            let mut needed = vec!["401", "403", "429", "503"];
            // Of a list and of what is made, a tenant is 403 and a manager opaque.
            if route.parameters().iter().any(|name| !["tenantId", "managerId"].contains(name)) {
                needed.push("404");
            }
            if route.operation["requestBody"].is_object() {
                needed.extend(["400", "413", "415"]);
            }
            if ["PUT", "PATCH", "DELETE"].contains(&route.method.as_str()) && route.path.starts_with("/api/v1") {
                needed.push("412");
            }
            let missing: Vec<&str> = needed.into_iter().filter(|status| !answers.contains_key(*status)).collect();
            if !missing.is_empty() {
                gaps.push(format!("{} {}: {}", route.method, route.path, missing.join(" ")));
            }
            assert!(answers.keys().any(|status| status.starts_with('2')), "{} {}", route.method, route.path);
            for parameter in route.parameters() {
                let documented = route.operation["parameters"].as_array().into_iter().flatten();
                let found = documented.clone().any(|one| one["name"] == parameter && one["in"] == "path");
                assert!(found, "{} {}: {{{parameter}}} is not described", route.method, route.path);
            }
        }
        assert!(gaps.is_empty(), "{gaps:#?}");
    }

    async fn the_docs_page_stands_on_its_own(t: Tenant) {
        let page = t.with_key(None).get("/docs").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        let text = page.text();
        for outside in ["src=\"http", "href=\"http", "src='http", "//cdn", "@import", "integrity="] {
            assert!(!text.contains(outside), "{outside} is loaded from elsewhere");
        }
    }
}
