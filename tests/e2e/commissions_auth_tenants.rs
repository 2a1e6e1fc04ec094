//! Every route under `/api/v1/tenants`: whom it lets in.

use crate::routes::{self, Route};
use serde_json::json;
use sunledger_tests::people::timeless;
use sunledger_tests::{Api, Reply, Tenant, both_backends};

/// The routes, as the running program names them.
async fn under_tenants(t: &Tenant) -> Vec<Route> {
    let mut all = routes::all(&routes::document(t).await);
    all.retain(|route| route.path.starts_with("/api/v1/tenants/"));
    assert!(all.len() >= 45, "only {} routes", all.len());
    all
}

/// Asks a route of a tenant.
async fn ask(api: &Api, route: &Route, tenant: &str) -> Reply {
    let path = route.filled(|name| if name == "tenantId" { tenant.to_owned() } else { "000001".to_owned() });
    let call = api.call(&route.method, &path);
    if route.method == "GET" || route.method == "DELETE" {
        call.send().await
    } else {
        call.json(&json!({})).send().await
    }
}

both_backends! {
    async fn a_foreign_tenant_is_403_by_key_and_by_session(t: Tenant) {
        let other = Tenant::on(t.server());
        let session = other.somebody("spy@solar.example", "administrator").await;
        for route in under_tenants(&t).await {
            for tenant in [t.name.as_str(), "no-such-tenant", "1A2B3C4D-5E6F7G8H", "%ff"] {
                for api in [&other.with_key(other.key()), &session] {
                    let reply = ask(api, &route, tenant).await;
                    assert_eq!(
                        timeless(reply.json(403)),
                        json!({"success": false, "error": "Forbidden: No access to this tenant", "statusCode": 403}),
                        "{} {} of {tenant}", route.method, route.path
                    );
                }
            }
        }
    }

    async fn a_scope_or_a_role_that_is_not_there_is_403(t: Tenant) {
        let reader = t.with_scopes(&["commissions:read"]);
        let stranger = t.with_scopes(&["invoicing:write"]);
        let viewer = t.somebody("viewer@solar.example", "viewer").await;
        for route in under_tenants(&t).await {
            let place = format!("{} {}", route.method, route.path);
            assert_eq!(ask(&stranger, &route, &t.name).await.status, 403, "{place}");
            for api in [&reader, &viewer] {
                let reply = ask(api, &route, &t.name).await;
                // What calculates changes nothing, and is asked for by POST all the same.
                let looks = route.method == "GET" || route.path.ends_with("/calculate");
                assert_eq!(reply.status == 403, !looks, "{place}: {}", reply.text());
            }
        }
    }
}
