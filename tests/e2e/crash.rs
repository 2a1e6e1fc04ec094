//! Power cuts under load: what was acknowledged is there, once, and what was not can be asked for again.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use sunledger_tests::books::shown;
use sunledger_tests::{Api, Backend, Reply, Server, both_backends};

const INVOICES: &str = "/api/v1/invoices";
const ROUNDS: usize = 20;
const WRITERS: usize = 8;

/// What one writer asked for, under which key, and the answer where one came.
type Asked = Vec<(String, Option<Value>)>;

async fn ask(api: &Api, key: &str, client: &str) -> Result<Reply, String> {
    let mut body = Api::bill(client, "10.00");
    body["notes"] = json!(key);
    api.call("POST", INVOICES).header("idempotency-key", key).json(&body).attempt().await
}

/// Makes invoices until the power is cut. A writer that has its last answer already must not go on with the server
/// that comes after.
async fn write(api: Api, client: String, name: String, cut: Arc<AtomicBool>) -> Asked {
    let mut asked = Vec::new();
    while !cut.load(Ordering::Relaxed) {
        let key = format!("{name}-{}", asked.len());
        match ask(&api, &key, &client).await {
            Ok(reply) => asked.push((key, Some(reply.data(201)))),
            Err(_) => {
                asked.push((key, None));
                return asked;
            }
        }
    }
    asked
}

both_backends! {
    async fn twenty_power_cuts_lose_nothing_and_double_nothing(server: Server) {
        let client = server.api().client("Payer").await;
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let mut acknowledged = 0;
        for round in 0..ROUNDS {
            let api = server.api();
            let cut = Arc::new(AtomicBool::new(false));
            let writer = |number: usize| {
                let name = format!("{round}-{number}");
                tokio::spawn(write(api.clone(), client.clone(), name, Arc::clone(&cut)))
            };
            let writers: Vec<_> = (0..WRITERS).map(writer).collect();
            // Never the same moment: 30 to 160 ms into the writing.
            let moment = 30 + (round as u64 * 37) % 131;
            tokio::time::sleep(Duration::from_millis(moment)).await;
            cut.store(true, Ordering::Relaxed);
            server.kill9();
            server.up();

            let api = server.api();
            for writer in writers {
                for (key, answer) in writer.await.unwrap() {
                    if let Some(answer) = &answer {
                        acknowledged += 1;
                        let there = api.invoice(&shown(&answer["id"])).await;
                        assert_eq!((&there["notes"], &there["invoiceNumber"]), (&json!(key), &answer["invoiceNumber"]));
                    }
                    let again = ask(&api, &key, &client).await.unwrap().expect(201);
                    let data = again.value()["data"].clone();
                    if let Some(answer) = answer {
                        assert_eq!(data, answer, "another answer under the same key after the cut");
                        assert_eq!(again.header("idempotent-replayed"), "true");
                    }
                    assert!(ids.insert(key, shown(&data["id"])).is_none());
                }
            }
        }
        assert!(acknowledged > ROUNDS, "only {acknowledged} were acknowledged in {ROUNDS} rounds: no load");

        let (mut path, mut numbers, mut found) = (format!("{INVOICES}?limit=100"), BTreeSet::new(), BTreeSet::new());
        let api = server.api();
        loop {
            let page = api.get(&path).await.expect(200);
            for invoice in page.value()["data"].as_array().unwrap() {
                assert!(numbers.insert(shown(&invoice["invoiceNumber"])), "{invoice} is there twice");
                assert!(found.insert(shown(&invoice["id"])));
            }
            let Some(cursor) = page.find("x-next-cursor") else { break };
            path = format!("{INVOICES}?limit=100&cursor={cursor}");
        }
        assert_eq!(found, ids.into_values().collect::<BTreeSet<_>>(), "each that was asked for, once");
        let expected: BTreeSet<String> = (1..=numbers.len()).map(|number| format!("INV-{number:04}")).collect();
        assert_eq!(numbers, expected, "a cut leaves no gap in the series");
        let verified = server.cli(&["verify"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }

    async fn a_cut_during_the_first_start_leaves_a_usable_place(backend: Backend) {
        for wait in [0, 10, 30, 60, 120] {
            let server = Server::prepare(backend, sunledger_tests::Options::new());
            let mut first = server.spawn_serve();
            tokio::time::sleep(Duration::from_millis(wait)).await;
            first.kill().unwrap();
            first.wait().unwrap();
            server.up();
            assert_eq!(server.api().get("/api/v1/clients").await.json(200)["total"], 0, "cut after {wait} ms");
        }
    }
}
