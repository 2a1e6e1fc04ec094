//! Another company's key, with ids of the first.

use super::company::{Company, MARK, OTHER_MARK, two_companies};
use super::fill::{self, Asked};
use crate::routes::{self, Route};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use sunledger_tests::commissions::{MANAGER, detail_body, team_body, with};
use sunledger_tests::{Api, Reply, Tenant, both_backends};

/// What a key opens; but the audit's paths are the log's, and are walked by that.
fn walked(document: &Value) -> Vec<Route> {
    let mut all = fill::opened_by_keys(document);
    all.retain(|route| route.path != "/audit/{kind}/{id}");
    all
}

/// What an answer tells of the first company; nothing, if all is well.
fn leak(reply: &Reply, first: &Company) -> Option<String> {
    let text = reply.text();
    let mark = text.to_lowercase().contains(&MARK.to_lowercase()).then_some(MARK);
    let told = mark.or_else(|| first.ids().find(|id| !reply.what.contains(*id) && text.contains(*id)));
    told.map(|told| format!("{} tells {told}: {text}", reply.what))
}

/// A route's paths with something of the first company in them: everything, in each form; and one thing at a time under what
/// is the other's own.
fn foreign_paths(route: &Route, first: &Company, other: &Company) -> Vec<(String, u16)> {
    let things = fill::things_in_path(route);
    let mut paths = BTreeSet::new();
    for (place, thing) in things.iter().enumerate().filter(|(_, thing)| **thing != "manager") {
        let expected = if *thing == "tenant" { 403 } else { 404 };
        for form in first.forms(thing) {
            let mut own = things.iter().enumerate();
            paths.insert((
                route.filled(|_| match own.next().unwrap() {
                    (at, _) if at == place => form.clone(),
                    (_, thing) => other.one(thing).to_owned(),
                }),
                expected,
            ));
            let mut all = things.iter().enumerate();
            let mixed = route.filled(|_| match all.next().unwrap() {
                (at, _) if at == place => form.clone(),
                (_, &"tenant") if expected == 404 => other.one("tenant").to_owned(),
                (_, thing) => first.one(thing).to_owned(),
            });
            paths.insert((mixed, expected));
        }
    }
    paths.into_iter().collect()
}

both_backends! {
    async fn every_route_denies_that_a_foreign_thing_exists(t: Tenant) {
        let (first, other) = two_companies(t.server()).await;
        let before = first.picture().await;
        let person = other.somebody("spy@solar.example", "administrator").await;
        let document = routes::document(&t).await;
        let (mut count, mut wrong) = (0, Vec::new());
        for route in walked(&document).iter().filter(|it| !it.parameters().is_empty()) {
            let body = fill::body(route, &other);
            for (path, expected) in foreign_paths(route, &first, &other) {
                let key: &Api = &other;
                for api in [key, &person].into_iter().take(if fill::takes_people(route) { 2 } else { 1 }) {
                    let reply = fill::send(api, route, &path, body.as_ref()).await;
                    wrong.extend(leak(&reply, &first));
                    if reply.status != expected {
                        wrong.push(format!("{}: {} {}", reply.what, reply.status, reply.text()));
                    }
                    count += 1;
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(count > 500, "only {count} requests");
        assert_eq!(first.picture().await, before, "something of the first company was changed");
    }

    /// Else the walk above would prove nothing.
    async fn every_path_that_is_walked_leads_to_something(t: Tenant) {
        let (first, _) = two_companies(t.server()).await;
        let mut wrong = Vec::new();
        for route in walked(&routes::document(&t).await).iter().filter(|it| it.method == "GET") {
            let things = fill::things_in_path(route);
            let Some((last, before)) = things.split_last() else { continue };
            for form in first.forms(last) {
                let mut ids = before.iter().map(|thing| first.one(thing)).chain([form.as_str()]);
                let path = route.filled(|_| ids.next().unwrap().to_owned());
                let reply = first.get(&path).await;
                if reply.status != 200 {
                    wrong.push(format!("{path}: {}", reply.text()));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn every_thing_of_the_log_is_nothing_in_anothers_audit(t: Tenant) {
        let (first, other) = two_companies(t.server()).await;
        let log = first.log().await;
        let mut named = BTreeSet::new();
        for event in &log {
            let kind = event["kind"].as_str().unwrap();
            let mut texts = vec![&event["id"], &event["data"]["number"], &event["data"]["invoice_number"], &event["data"]["custom_id"]];
            texts.retain(|text| !text.is_null());
            named.extend(texts.into_iter().map(|id| (kind.to_owned(), sunledger_tests::books::shown(id))));
        }
        named.insert(("tenant".into(), first.name.clone()));
        let theirs: BTreeSet<(String, String)> = other.log().await.iter()
            .map(|event| (event["kind"].as_str().unwrap().to_owned(), event["data"]["number"].to_string()))
            .collect();
        let (mut count, mut wrong) = (0, Vec::new());
        for (kind, id) in named.difference(&theirs).filter(|(_, id)| !id.starts_with("INV-")) {
            for query in ["", "?version=1", "?at=2199-01-01T00:00:00Z"] {
                let reply = other.get(&format!("/audit/{kind}/{id}{query}")).await;
                wrong.extend(leak(&reply, &first));
                if reply.status != 404 {
                    wrong.push(format!("{}: {} {}", reply.what, reply.status, reply.text()));
                }
                count += 1;
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(count > 200, "only {count} looks");
        let invoice = other.get("/audit/invoice/INV-0001").await.expect(200);
        assert!(invoice.text().contains(other.one("energy_invoice")), "its own, which has the same number");
        assert_eq!(leak(&invoice, &first), None);
    }

    async fn no_list_and_no_filter_shows_what_is_anothers(t: Tenant) {
        let (first, other) = two_companies(t.server()).await;
        let document = routes::document(&t).await;
        let mut wrong = Vec::new();
        for route in walked(&document).iter().filter(|it| it.method == "GET") {
            let things = fill::things_in_path(route);
            if things.iter().any(|thing| !["tenant", "manager"].contains(thing)) {
                continue;
            }
            let path = fill::own_path(route, &other);
            for accept in ["application/json", "text/csv"] {
                let reply = other.call("GET", &path).header("accept", accept).send().await.expect(200);
                wrong.extend(leak(&reply, &first));
            }
            for parameter in fill::query_parameters(route) {
                let texts = match fill::asked_by(route, &parameter) {
                    Asked::Thing(thing) => first.forms(thing).to_vec(),
                    Asked::Mark => vec![MARK.to_owned()],
                    Asked::Nothing => continue,
                };
                for text in texts {
                    let reply = other.get(&format!("{path}?{parameter}={text}")).await.expect(200);
                    wrong.extend(leak(&reply, &first));
                    if reply.text().contains(OTHER_MARK) {
                        wrong.push(format!("{} is not filtered: {}", reply.what, reply.text()));
                    }
                    // Else the answer of nothing would prove nothing.
                    let own = first.get(&format!("{}?{parameter}={text}", fill::own_path(route, &first))).await.expect(200);
                    if !own.text().contains(MARK) {
                        wrong.push(format!("{} finds nothing for who owns it: {}", own.what, own.text()));
                    }
                }
            }
        }
        for open in ["/metrics", "/health/live", "/health/ready", "/openapi.json", "/docs"] {
            let reply = t.with_key(None).get(open).await;
            wrong.extend(leak(&reply, &first));
            assert!(!reply.text().contains(first.one("tenant")), "{open} names a company");
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn no_body_takes_a_reference_to_what_is_anothers(t: Tenant) {
        let (first, other) = two_companies(t.server()).await;
        let before = first.picture().await;
        let document = routes::document(&t).await;
        let mut all = walked(&document);
        // What deletes comes last, and what is inside something before that.
        all.sort_by_key(|it| (it.method == "DELETE", std::cmp::Reverse(it.parameters().len())));
        all.retain(|it| it.method != "GET");
        let (mut count, mut gone, mut wrong) = (0, BTreeSet::new(), Vec::new());
        for route in &all {
            let (path, body) = (fill::own_path(route, &other), fill::body(route, &other).unwrap_or(json!({})));
            for (field, thing) in fill::references(&document, route) {
                for form in first.forms(thing) {
                    let value = if field == "powerPlants" { json!([form]) } else { json!(form) };
                    let stolen = with(body.clone(), json!({field.as_str(): value}));
                    let reply = fill::send(&other, route, &path, Some(&stolen)).await;
                    wrong.extend(leak(&reply, &first));
                    // A report of a plant that is nobody's has no line.
                    let nothing = route.path == "/energy/reports/billing" && reply.text() == "[]";
                    if ![400, 404].contains(&reply.status.as_u16()) && !nothing {
                        wrong.push(format!("{} took {stolen}: {} {}", reply.what, reply.status, reply.text()));
                    }
                    count += 1;
                }
            }
        }
        // And each takes what is its own, or a rule forbids it by now: else the refusals would prove nothing. Only now,
        // since what is made gets the numbers of the first company's things.
        for route in &all {
            let (path, body) = (fill::own_path(route, &other), fill::body(route, &other));
            let last = path.rsplit('/').next().unwrap().to_owned();
            if route.method == "DELETE" && !route.parameters().is_empty() && !gone.insert(last) {
                continue;
            }
            let reply = fill::send(&other, route, &path, body.as_ref()).await;
            let file = [400, 415].contains(&reply.status.as_u16()) && route.path.ends_with("/import");
            if !reply.status.is_success() && reply.status != 409 && !file {
                wrong.push(format!("{} does not take {body:?}: {} {}", reply.what, reply.status, reply.text()));
            }
            wrong.extend(leak(&reply, &first));
        }
        for route in walked(&document).iter().filter(|it| it.method == "GET" && it.parameters().is_empty()) {
            wrong.extend(leak(&other.get(&route.path).await.expect(200), &first));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(count > 80, "only {count} references");
        assert_eq!(first.picture().await, before, "something of the first company was changed");
    }

    async fn lines_and_files_reach_nothing_of_another(t: Tenant) {
        let (first, other) = two_companies(t.server()).await;
        let before = first.picture().await;
        let mut lines = String::new();
        for (number, over) in first.forms("override").iter().enumerate() {
            let line = with(detail_body(), json!({"kind": "override_detail", "id": format!("d{number}"), "override_id": over}));
            lines.push_str(&format!("{line}\n"));
        }
        let team = |id: &str, tenant: &str| with(team_body(), json!({"kind": "team", "id": id, "tenant_id": tenant}));
        // Of the other company by its word, and by its id alone: the id is free here.
        lines.push_str(&format!("{}\n", team("t1", &first.name)));
        lines.push_str(&format!("{}\n", team(&first.forms("team")[1], &other.name)));
        let import = |tenant: &str| other.call("POST", &format!("/api/v1/tenants/{tenant}/import")).body(lines.clone());
        let reply = import(&other.name).send().await.expect(200);
        let report = reply.value()["data"].take();
        assert_eq!((&report["imported"], &report["unchanged"], &report["failed"]), (&json!(1), &json!(0), &json!(3)), "{report}");
        let _ = import(&first.name).send().await.expect(403);

        let file = format!("id,uuid,account\n{0},{1},Stolen\n", first.forms("client")[1], first.one("client"));
        let reply = other.call("POST", "/api/v2/customers/import").header("content-type", "text/csv").body(file).send().await;
        assert_eq!(leak(&reply, &first), None);
        let row = json!({"account": "Stolen", "id": first.forms("client")[1], "uuid": first.one("client")});
        let reply = other.post("/api/v2/batch/customers", json!({"customers": [row]})).await;
        assert_eq!(leak(&reply, &first), None);
        let overrides = other.get(&other.at(&format!("users/{MANAGER}/overrides"))).await.expect(200);
        assert_eq!(leak(&overrides, &first), None);
        assert_eq!(first.picture().await, before, "something of the first company was changed");
    }
}
