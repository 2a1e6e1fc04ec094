//! Keys of the right company without the scope that a route needs, and requests without any key that is good.

use super::company::{MARK, two_companies};
use super::fill;
use crate::faults::clock::FakeClock;
use crate::routes::{self, Route};
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::people::{AUTH, new_user};
use sunledger_tests::tenant::ALL;
use sunledger_tests::{Api, Backend, Tenant, both_backends};

/// Keys with some scopes, each made once.
struct Keys<'a> {
    of: &'a Api,
    made: HashMap<Vec<String>, Api>,
}

impl<'a> Keys<'a> {
    fn of(api: &'a Api) -> Self {
        Self { of: api, made: HashMap::new() }
    }

    async fn with(&mut self, scopes: Vec<String>) -> Api {
        if let Some(made) = self.made.get(&scopes) {
            return made.clone();
        }
        let made = self.of.post("/keys", json!({"name": "some", "scopes": scopes})).await.data(201);
        let api = self.of.with_key(made["key"].as_str());
        self.made.insert(scopes, api.clone());
        api
    }

    /// One with every scope but these.
    async fn without(&mut self, scopes: &[String]) -> Api {
        let left = ALL.iter().map(|&scope| scope.to_owned()).filter(|scope| !scopes.contains(scope));
        self.with(left.collect()).await
    }
}

/// The scopes that open a route, any of them.
fn opening(route: &Route) -> Vec<String> {
    let each: &[&str] = if fill::only_looks(route) { &["read", "write"] } else { &["write"] };
    let areas = fill::areas(route).iter();
    areas.flat_map(|area| each.iter().map(move |access| format!("{area}:{access}"))).collect()
}

/// Checks that every route that needs a key is 401 to somebody.
async fn is_nobody(api: &Api, tenant: &str, only: impl Fn(&Route) -> bool, who: &str) {
    let mut wrong = Vec::new();
    for route in routes::all(&routes::document(api).await).iter().filter(|it| it.is_guarded() && only(it)) {
        let path = route.filled(|name| if name == "tenantId" { tenant.to_owned() } else { "1".to_owned() });
        let body = (route.method != "GET" && route.method != "DELETE").then(|| json!({"name": "x"}));
        let reply = fill::send(api, route, &path, body.as_ref()).await;
        if reply.status != 401 {
            wrong.push(format!("{}: {} {}", reply.what, reply.status, reply.text()));
        }
    }
    assert!(wrong.is_empty(), "{who}: {wrong:#?}");
}

both_backends! {
    async fn every_scope_but_the_one_that_is_needed_is_403(t: Tenant) {
        let (company, _) = two_companies(t.server()).await;
        let mut keys = Keys::of(&company);
        let document = routes::document(&t).await;
        let all = fill::opened_by_keys(&document);
        // Made before the picture: a key is an event of the company too.
        for route in &all {
            let _ = keys.without(&opening(route)).await;
        }
        let (before, mut wrong) = (company.picture().await, Vec::new());
        for route in all.iter().filter(|it| !opening(it).is_empty()) {
            let path = match route.path.as_str() {
                "/audit/{kind}/{id}" => format!("/audit/client/{}", company.one("client")),
                _ => fill::own_path(route, &company),
            };
            let body = if route.path.starts_with("/audit/") { None } else { fill::body(route, &company) };
            let reply = fill::send(&keys.without(&opening(route)).await, route, &path, body.as_ref()).await;
            if reply.status != 403 || reply.text().contains(MARK) {
                wrong.push(format!("{}: {} {}", reply.what, reply.status, reply.text()));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(company.picture().await, before, "something was changed without the scope");
    }

    async fn the_scope_alone_is_enough(t: Tenant) {
        let (mut keys, mut wrong) = (Keys::of(&t), Vec::new());
        for route in fill::opened_by_keys(&routes::document(&t).await) {
            // Where there is nothing: nothing can be changed, and 404 comes after the scope.
            let path = route.filled(|name| match name {
                "tenantId" => t.name.clone(),
                "kind" => "client".to_owned(),
                _ => "999999".to_owned(),
            });
            let scopes = match opening(&route) {
                none if none.is_empty() => vec!["invoicing:read".to_owned()],
                scopes => scopes,
            };
            for scope in scopes {
                let body = (route.method != "GET").then(|| json!({}));
                let reply = fill::send(&keys.with(vec![scope.clone()]).await, &route, &path, body.as_ref()).await;
                let shut = [401, 403, 405].contains(&reply.status.as_u16()) || reply.status.is_server_error();
                if shut {
                    wrong.push(format!("{} with {scope}: {} {}", reply.what, reply.status, reply.text()));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn without_a_good_key_every_route_is_401(t: Tenant) {
        is_nobody(&t.with_key(None), &t.name, |_| true, "nobody").await;
        let mut wrong = t.key().unwrap().to_owned();
        let last = if wrong.pop() == Some('A') { 'B' } else { 'A' };
        wrong.push(last);
        is_nobody(&t.with_key(Some(&wrong)), &t.name, |_| true, "a wrong key").await;

        let made = t.post("/keys", json!({"name": "Soon gone", "scopes": ALL})).await.data(201);
        let revoked = t.with_key(made["key"].as_str());
        let _ = revoked.get("/api/v1/clients").await.expect(200);
        let _ = t.delete(&format!("/keys/{}", shown(&made["id"]))).await.expect(204);
        let since = Instant::now();
        while revoked.get("/api/v1/clients").await.status != 401 {
            assert!(since.elapsed() < Duration::from_secs(1), "it works for a second after its end");
        }
        is_nobody(&revoked, &t.name, |_| true, "a deleted key").await;
    }

    async fn a_session_that_was_revoked_is_401_on_every_route_for_people(t: Tenant) {
        let session = t.somebody("ana@solar.example", "administrator").await;
        let _ = session.get(&t.at("teams")).await.expect(200);
        let _ = session.act(&format!("{AUTH}/revoke")).await.expect(200);
        is_nobody(&session, &t.name, fill::takes_people, "a revoked session").await;

        let user = new_user(t.server(), &t.name, "bia@solar.example", "administrator");
        let token = t.sign_in(&t.name, "bia@solar.example").await;
        let session = t.with_key(Some(&t.with_key(Some(&token)).session().await));
        let _ = session.get("/api/v2/customers").await.expect(200);
        let _ = t.delete(&format!("/api/v2/users/{user}")).await.expect(200);
        is_nobody(&session, &t.name, fill::takes_people, "the session of somebody who was deleted").await;
        is_nobody(&t.with_key(Some(&token)), &t.name, fill::takes_people, "the token of somebody who was deleted").await;
    }

    async fn a_session_that_ended_is_401_on_every_route_for_people(backend: Backend) {
        let (server, clock) = FakeClock::start(backend);
        let t = Tenant::on(&server);
        let session = t.somebody("ana@solar.example", "administrator").await;
        let _ = session.get(&t.at("teams")).await.expect(200);
        clock.set("+61m");
        is_nobody(&session, &t.name, fill::takes_people, "a session of an hour ago").await;
    }
}
