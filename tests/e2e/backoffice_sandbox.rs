//! Sandboxes: begun anew on demand and every day, with the keys and people that they had.

use crate::faults::clock::FakeClock;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use sunledger_tests::people::new_user;
use sunledger_tests::tenant::{ALL, new_key};
use sunledger_tests::{Api, Backend, Server, Tenant, both_backends, eventually};
use uuid::Uuid;

const RESET: &str = "/api/v2/sandbox/reset";
const CUSTOMERS: &str = "/api/v2/customers";

/// A sandbox, with a key for everything.
struct Sandbox {
    name: String,
    api: Api,
}

impl Sandbox {
    fn on(server: &Server) -> Self {
        let name = format!("s{}", Uuid::new_v4().simple());
        let _ = server.cli_ok(&["tenants", "create", &name, "--sandbox"]);
        let key = new_key(server, &name, &ALL);
        assert!(key.starts_with("slk_test_"), "{key}");
        Self { name, api: Api::new(server, Some(&key)) }
    }

    async fn customer(&self, account: &str) -> Value {
        let body = json!({"account": account, "email": "jane@example.com"});
        self.api.post(CUSTOMERS, body).await.data(201)
    }

    async fn invoice(&self, customer: &Value) -> Value {
        let body = Api::bill(customer["uuid"].as_str().unwrap(), "10.00");
        self.api.post("/api/v1/invoices", body).await.data(201)
    }

    async fn customers(&self) -> i64 {
        self.api.get(CUSTOMERS).await.json(200)["meta"]["total_records"].as_i64().unwrap()
    }
}

fn verified(server: &Server) {
    let _ = server.cli_ok(&["verify"]);
}

both_backends! {
    async fn a_reset_leaves_keys_and_people_and_nothing_else(server: Server) {
        let sandbox = Sandbox::on(&server);
        let api = &sandbox.api;
        let _ = new_user(&server, &sandbox.name, "ana@solar.example", "administrator");
        let _ = api.put("/tenant", json!({"legalName": "Caixa de Areia LTDA"})).await.expect(200);
        let before = sandbox.customer("Jane Smith").await;
        let invoice = sandbox.invoice(&before).await;
        let _ = api.post("/api/v2/webhooks", json!({"url": "https://your-domain.com/webhook", "events": ["invoice.created"]})).await.expect(201);
        let link = api.get(&format!("/energy/invoices/{}/pdf", invoice["id"].as_str().unwrap())).await;

        let reset = api.act(RESET).await.json(200);
        assert_eq!((&reset["success"], &reset["data"]["resets"]), (&json!(true), &json!(1)));
        for list in [CUSTOMERS, "/api/v1/clients", "/energy/clients", "/api/v1/invoices", "/webhooks"] {
            let body = api.get(list).await.json(200);
            assert_eq!(body["data"], json!([]), "{list}");
        }
        for path in [
            format!("{CUSTOMERS}/1"),
            format!("{CUSTOMERS}/{}", before["uuid"].as_str().unwrap()),
            format!("/api/v1/invoices/{}", invoice["id"].as_str().unwrap()),
            format!("/audit/client/{}", before["uuid"].as_str().unwrap()),
        ] {
            let _ = api.get(&path).await.expect(404);
        }
        let gone = format!("{CUSTOMERS}/{}", before["uuid"].as_str().unwrap());
        let _ = api.put(&gone, json!({"account": "Ghost"})).await.expect(404);
        let _ = api.delete(&gone).await.expect(404);
        if link.status == 200 {
            let url = link.value()["url"].as_str().unwrap().to_owned();
            let path = url.split_once("/energy/").map(|(_, rest)| format!("/energy/{rest}")).unwrap();
            let _ = api.with_key(None).get(&path).await.expect(404);
        }

        let after = sandbox.customer("Jane Smith").await;
        assert_eq!((&after["id"], &before["id"]), (&json!(1), &json!(1)), "numbers begin at 1 again");
        assert_ne!(after["uuid"], before["uuid"]);
        assert_eq!(sandbox.invoice(&after).await["invoiceNumber"], invoice["invoiceNumber"], "and so do names");
        assert_eq!(api.get("/tenant").await.data(200)["legalName"], "Caixa de Areia LTDA");
        assert_eq!(api.get("/tenant").await.data(200)["id"], sandbox.name);
        assert_eq!(api.get("/api/v2/users").await.json(200)["meta"]["total_records"], 1);
        assert!(!api.get("/keys").await.data(200).as_array().unwrap().is_empty());
        let token = api.sign_in(&sandbox.name, "ana@solar.example").await;
        let session = api.with_key(Some(&api.with_key(Some(&token)).session().await));
        let _ = session.get(CUSTOMERS).await.expect(200);
        let teams = format!("/api/v1/tenants/{}/teams", sandbox.name);
        let _ = session.get(&teams).await.expect(200);
        verified(&server);
    }

    async fn the_log_keeps_what_was_thrown_away(server: Server) {
        let sandbox = Sandbox::on(&server);
        let before = sandbox.customer("Before").await;
        let _ = sandbox.api.act(RESET).await.expect(200);
        let after = sandbox.customer("After").await;
        let mut told = Vec::new();
        let mut next = 0;
        loop {
            let page = sandbox.api.get(&format!("/audit?limit=2&after={next}")).await.json(200);
            let events = page["data"].as_array().unwrap().clone();
            if events.is_empty() {
                break;
            }
            next = page["next"].as_i64().unwrap();
            told.extend(events);
        }
        let positions: Vec<_> = told.iter().map(|event| event["position"].as_i64().unwrap()).collect();
        assert!(positions.is_sorted_by(|one, other| one < other), "{positions:?}");
        let of_clients = told.iter().filter(|event| event["type"] == "client.created");
        let ids: Vec<_> = of_clients.map(|event| event["id"].clone()).collect();
        assert_eq!(ids, [before["uuid"].clone(), after["uuid"].clone()]);
        let kinds: Vec<_> = told.iter().filter_map(|event| event["type"].as_str()).collect();
        for kind in ["tenant.created", "api_key.created", "tenant.reset"] {
            assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
        }
        let feed = sandbox.api.get(&format!("/feed?after={}", positions[0])).await.json(200);
        assert!(feed["data"].as_array().unwrap().iter().any(|event| event["id"] == after["uuid"]));
        let history = sandbox.api.get(&format!("/audit/tenant/{}", sandbox.name)).await.data(200);
        assert_eq!(history.as_array().unwrap().last().unwrap()["type"], "tenant.reset");
    }

    async fn a_company_is_not_reset(t: Tenant) {
        let _ = t.post(CUSTOMERS, json!({"account": "Jane Smith"})).await.expect(201);
        let refused = t.act(RESET).await.json(409);
        assert_eq!(refused["success"], false);
        assert!(refused["message"].as_str().unwrap().contains("no sandbox"), "{refused}");
        let _ = t.get(&format!("{CUSTOMERS}/1")).await.expect(200);
        assert!(t.key().unwrap().starts_with("slk_") && !t.key().unwrap().starts_with("slk_test_"));
        let _ = t.with_scopes(&["backoffice:read"]).act(RESET).await.expect(403);
    }

    async fn a_reset_concerns_no_other_company(server: Server) {
        let (one, other, company) = (Sandbox::on(&server), Sandbox::on(&server), Tenant::on(&server));
        let _ = (one.customer("One").await, other.customer("Other").await);
        let _ = company.post(CUSTOMERS, json!({"account": "Company"})).await.expect(201);
        let _ = one.api.act(RESET).await.expect(200);
        assert_eq!((one.customers().await, other.customers().await), (0, 1));
        assert_eq!(company.get(CUSTOMERS).await.json(200)["meta"]["total_records"], 1);
    }

    async fn a_sandbox_begins_anew_every_day(backend: Backend) {
        let (server, clock) = FakeClock::start(backend);
        let sandbox = Sandbox::on(&server);
        let _ = sandbox.customer("Jane Smith").await;
        let company = Tenant::on(&server);
        let _ = company.post(CUSTOMERS, json!({"account": "Company"})).await.expect(201);
        clock.set("+1d");
        eventually("the sandbox is empty", || async { (sandbox.customers().await == 0).then_some(()) }).await;
        let events = sandbox.api.get("/audit?type=tenant.reset").await.data(200);
        let events = events.as_array().unwrap();
        assert!((1..=2).contains(&events.len()), "{events:?}");
        assert_eq!(events[0]["actor"]["id"], "scheduler");
        assert_eq!(company.get(CUSTOMERS).await.json(200)["meta"]["total_records"], 1);
        assert_eq!(sandbox.customer("Jane Smith").await["id"], 1);
    }

    async fn a_repeated_request_resets_once(server: Server) {
        let sandbox = Sandbox::on(&server);
        let keyed = || sandbox.api.call("POST", RESET).header("idempotency-key", "reset-1").send();
        let first = keyed().await.expect(200);
        let _ = sandbox.customer("Jane Smith").await;
        let again = keyed().await.expect(200);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.body, first.body);
        assert_eq!(sandbox.customers().await, 1);

        // What was asked for under a key before is asked for anew after.
        let post = || sandbox.api.call("POST", CUSTOMERS).header("idempotency-key", "c").json(&json!({"account": "C"})).send();
        let before = post().await.data(201);
        let _ = sandbox.api.act(RESET).await.expect(200);
        let after = post().await.data(201);
        assert_ne!(before["uuid"], after["uuid"]);
    }

    async fn requests_that_run_meanwhile_belong_to_one_side_of_it(server: Server) {
        let sandbox = Arc::new(Sandbox::on(&server));
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (sandbox, stop) = (sandbox.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut made = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let body = json!({"account": format!("Customer {writer}-{made}")});
                        let reply = sandbox.api.post(CUSTOMERS, body).await;
                        assert_eq!(reply.status, 201, "{}", reply.text());
                        made += 1;
                    }
                })
            })
            .collect();
        for resets in 1..=3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(sandbox.api.act(RESET).await.data(200)["resets"], resets);
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        let _ = sandbox.api.act(RESET).await.expect(200);
        assert_eq!(sandbox.customers().await, 0);
        for number in 1..=3 {
            assert_eq!(sandbox.customer("Jane Smith").await["id"], number);
        }
        let _ = server.cli_ok(&["replay"]);
        assert_eq!(sandbox.customers().await, 3);
        assert_eq!(sandbox.api.get(&format!("{CUSTOMERS}/1")).await.data(200)["account"], "Jane Smith");
        verified(&server);
        server.kill9();
        server.up();
        assert_eq!(sandbox.customers().await, 3);
    }

    async fn another_server_works_on_what_counts_once_the_reset_is_answered(server: Server) {
        let sandbox = Sandbox::on(&server);
        let twin = server.twin();
        let beside = Api::new(&twin, sandbox.api.key());
        for _ in 0..3 {
            let _ = beside.post(CUSTOMERS, json!({"account": "Jane Smith"})).await.expect(201);
            let _ = sandbox.api.act(RESET).await.expect(200);
            assert_eq!(beside.get(CUSTOMERS).await.json(200)["data"], json!([]));
            assert_eq!(beside.post(CUSTOMERS, json!({"account": "Jane Smith"})).await.data(201)["id"], 1);
            assert_eq!(sandbox.customers().await, 1);
        }
    }
}
