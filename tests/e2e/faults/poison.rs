//! Events that this release cannot read, written straight into the log, as a newer release or a defect would. Each harms its
//! own aggregate alone, and everything that follows the log says so.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::events::Events;
use sunledger_tests::faults::Figures;
use sunledger_tests::postgres::Cluster;
use sunledger_tests::{Api, Backend, Receiver, Server, both_backends, eventually};

const INVOICES: &str = "/api/v1/invoices";
/// An event that is right in itself.
const SENT: &str = r#"{"invoice.sent":{"via_email":false,"at":"2024-06-01T00:00:00Z"}}"#;

/// One event on its way past the program.
pub(crate) struct Poison<'p> {
    pub(crate) kind: &'p str,
    pub(crate) id: &'p str,
    pub(crate) version: i64,
    pub(crate) event_type: &'p str,
    pub(crate) event_version: &'p str,
    pub(crate) payload: &'p str,
}

/// Appends it at the log's end, as no release should.
pub(crate) fn insert(server: &Server, poison: &Poison<'_>) {
    let metadata = json!({
        "command_id": "poison", "actor": {"type": "system", "id": "t", "name": "t"}, "surface": "cli", "request_id": "r",
    });
    let (id, quote) = (poison.id.replace('-', ""), |text: &str| format!("'{}'", text.replace('\'', "''")));
    let event = |id: &str| {
        format!(
            "INSERT INTO {{}}events (position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version,
                 payload, metadata, recorded_at)
             SELECT position, 'default', {}, {id}, {}, {}, {}, {}, {}, {} FROM {{}}head;",
            quote(poison.kind),
            poison.version,
            quote(poison.event_type),
            quote(poison.event_version),
            quote(poison.payload),
            quote(&metadata.to_string()),
            jiff::Timestamp::now().as_microsecond(),
        )
    };
    match server.backend() {
        Backend::Sqlite => {
            let file = rusqlite::Connection::open(server.place().data().join("log.db")).unwrap();
            file.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            let event = event(&format!("x'{id}'")).replace("{}", "");
            file.execute_batch(&format!(
                "BEGIN IMMEDIATE; UPDATE head SET position = position + 1; {event} COMMIT;"
            ))
            .unwrap();
        }
        Backend::Postgres => {
            let event = event(&format!("'{id}'")).replace("{}", "sunledger.");
            let statement = format!(
                "BEGIN; SELECT pg_advisory_xact_lock(7307001); UPDATE sunledger.head SET position = position + 1;
                 {event} COMMIT;"
            );
            Cluster::get().try_on(&server.place().database_url().unwrap(), &statement).unwrap();
        }
    }
}

/// One of each sort, on an invoice of its own at version 1; the ids of the invoices that were there before.
fn poisons(server: &Server, invoices: &[String]) -> usize {
    let version = |version, event_type, event_version, payload| (version, event_type, event_version, payload);
    let payment = json!({"payment.received": {"payment_id": "01890000-0000-7000-8000-000000000001", "amount": "nothing"}});
    let huge = json!({"invoice.sent": {}, "invoice.cancelled": {}});
    let sorts = [
        version(2, "invoice.updated", "1.0", "this is no JSON".to_owned()),
        version(2, "invoice.teleported", "1.0", json!({"invoice.teleported": {"to": "Mars"}}).to_string()),
        version(2, "payment.received", "99.0", payment.to_string()),
        version(7, "invoice.sent", "1.0", SENT.to_owned()),
        version(2, "invoice.sent", "1.0", huge.to_string()),
    ];
    for ((version, event_type, event_version, payload), id) in sorts.iter().zip(invoices) {
        insert(
            server,
            &Poison { kind: "invoice", id, version: *version, event_type, event_version, payload },
        );
    }
    sorts.len()
}

async fn parked(api: &Api) -> u64 {
    api.get("/health/ready").await.value()["readModels"]["parked"].as_u64().unwrap_or_default()
}

/// Whatever an answer says, it says nothing of the inside.
fn discreet(text: &str) {
    for inside in ["position", "Damaged", "payload", "expected value", "sequence", "JSON", "serde"] {
        assert!(!text.contains(inside), "{inside} leaks: {text}");
    }
}

/// All positions of the audit, page by page.
async fn audited(api: &Api) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = api.get(&format!("/audit?after={after}&limit=7")).await.json(200);
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        let next = page["next"].as_i64().unwrap();
        if next == after {
            return all;
        }
        after = next;
    }
}

both_backends! {
    async fn what_cannot_be_read_harms_its_own_aggregate_alone(server: Server) {
        let mut figures = Figures::of(&format!("poison on {:?}", server.backend()));
        let api = server.api();
        let receiver = Receiver::start().await;
        let _ = api.post("/webhooks", json!({"url": receiver.url(), "events": ["*"]})).await.expect(201);
        let client = api.client("Acme Corp").await;
        let mut invoices = Vec::new();
        for _ in 0..6 {
            invoices.push(api.draft(&client, "10.00").await);
        }
        let mut stream = Events::open(api.call("GET", "/feed?after=now").header("accept", "text/event-stream")).await;
        let bad = poisons(&server, &invoices);
        let healthy = &invoices[5];

        // Everything else goes on, and is read back.
        for _ in 0..3 {
            let _ = api.sent(&client, "20.00").await;
        }
        let _ = api.act(&format!("{INVOICES}/{healthy}/send")).await.expect(200);
        let _ = api.pay(healthy, "10.00").await;
        assert_eq!(api.invoice(healthy).await["status"], "PAID");
        assert_eq!(api.get(INVOICES).await.json(200)["total"], 9);
        eventually("each is parked", || async { (parked(&api).await == bad as u64).then_some(()) }).await;
        let ready = api.get("/health/ready").await.json(200);
        assert_eq!(ready["status"], "ready", "one aggregate is no reason to take the server away");
        let metrics = api.get("/metrics").await.expect(200).text();
        let shown_parked = metrics.lines().filter(|line| line.contains("parked") && !line.starts_with('#'));
        assert!(shown_parked.clone().any(|line| line.ends_with(&format!(" {bad}"))), "{:?}", shown_parked.collect::<Vec<_>>());

        // Of the poisoned ones the last readable state is shown; they take no command, and nothing of the inside is told.
        for id in &invoices[..bad] {
            let read = api.get(&format!("{INVOICES}/{id}")).await.expect(200);
            assert_eq!(read.value()["data"]["status"], "DRAFT");
            for reply in [
                api.act(&format!("{INVOICES}/{id}/send")).await,
                api.put(&format!("{INVOICES}/{id}"), json!({"notes": "x"})).await,
                api.get(&format!("/audit/invoice/{id}?version=7")).await,
            ] {
                assert!([404, 409, 500].contains(&reply.status.as_u16()), "{} {}", reply.what, reply.text());
                discreet(&reply.text());
            }
            let history = api.get(&format!("/audit/invoice/{id}")).await.json(200);
            assert_eq!(history["data"].as_array().unwrap().len(), 2, "{history}");
            let first = api.get(&format!("/audit/invoice/{id}?version=1")).await.data(200);
            assert!(first["number"].is_number(), "what was readable still is: {first}");
        }

        // Audit and feed go past them.
        let log = audited(&api).await;
        let head = ready["readModels"]["head"].as_i64().unwrap();
        assert!(log.last().unwrap()["position"].as_i64().unwrap() >= head - 1);
        for id in &invoices[..bad] {
            assert_eq!(log.iter().filter(|event| event["id"] == json!(id)).count(), 2);
        }
        let _ = stream.take(bad + 6).await;

        // Webhooks: all that can be said is said, and the others are counted.
        let got = receiver.wait_for("the events after the poison", |all| {
            all.iter().any(|one| one.kind() == "payment.received" && one.json()["data"]["uuid"].is_string())
        }).await;
        assert!(got.iter().filter(|one| one.kind() == "invoice.sent").count() >= 4);
        for id in &invoices[..bad] {
            assert_eq!(got.iter().filter(|one| one.json()["data"]["uuid"] == json!(id)).count(), 1, "its creation alone");
        }
        let metrics = api.get("/metrics").await.text();
        let webhooks_parked = metrics.lines().find(|line| line.contains("webhook") && line.contains("parked") && !line.starts_with('#'));
        assert!(webhooks_parked.is_some_and(|line| line.ends_with(&format!(" {bad}"))), "{webhooks_parked:?}");

        // A restart, a replay and `verify` meet them again.
        let started = std::time::Instant::now();
        server.restart();
        figures.add("restart ms", started.elapsed().as_millis());
        let api = server.api();
        assert_eq!(parked(&api).await, bad as u64);
        let replayed = server.cli(&["replay"]);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        eventually("the new generation knows them too", || async { (parked(&api).await == bad as u64).then_some(()) }).await;
        assert_eq!(api.get(INVOICES).await.json(200)["total"], 9);
        for id in &invoices[..bad] {
            assert_eq!(api.invoice(id).await["status"], "DRAFT");
        }
        let verified = server.cli(&["verify"]);
        let told = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(!verified.status.success(), "verify is content with a damaged log");
        figures.add("parked", bad);
        figures.add("verify says", format!("{:?}", told.trim()));
        let _ = api.sent(&client, "30.00").await;
        assert!(!shown(&api.get(INVOICES).await.json(200)["total"]).is_empty());
    }

    async fn a_poisoned_client_does_not_silence_its_invoices(server: Server) {
        let api = server.api();
        let receiver = Receiver::start().await;
        let _ = api.post("/webhooks", json!({"url": receiver.url(), "events": ["invoice.sent"]})).await.expect(201);
        let client = api.client("Acme Corp").await;
        let invoice = api.draft(&client, "10.00").await;
        let payload = "{\"client.renamed\":{}}";
        insert(&server, &Poison { kind: "client", id: &client, version: 2, event_type: "client.renamed", event_version: "1.0", payload });
        let _ = api.act(&format!("{INVOICES}/{invoice}/send")).await.expect(200);
        let got = receiver.accepted(1).await;
        assert_eq!(shown(&got[0].json()["data"]["customer_id"]), "1");
    }

    async fn an_event_out_of_place_stops_no_other(server: Server) {
        let api = server.api();
        let client = api.client("Acme Corp").await;
        let model = api.draft(&client, "10.00").await;
        // Twice the same number, and things that never began.
        for (number, event_type, payload) in [(1, "invoice.sent", SENT), (2, "invoice.sent", SENT)] {
            let id = format!("01890000-0000-7000-8000-00000000000{number}");
            insert(&server, &Poison { kind: "invoice", id: &id, version: 1, event_type, event_version: "1.0", payload });
        }
        let created = created_of(&server, &model).await;
        let id = "01890000-0000-7000-8000-00000000000f";
        insert(&server, &Poison { kind: "invoice", id, version: 1, event_type: "invoice.created", event_version: "1.0", payload: &created });
        let _ = api.sent(&client, "20.00").await;
        assert_eq!(api.invoice(&model).await["status"], "DRAFT");
        let replayed = server.cli(&["replay"]);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        let _ = api.sent(&client, "30.00").await;

    }
}

/// The payload of an invoice's first event, as the log has it.
async fn created_of(server: &Server, invoice: &str) -> String {
    let id = invoice.replace('-', "");
    if server.backend() == Backend::Sqlite {
        let file = rusqlite::Connection::open(server.place().data().join("log.db")).unwrap();
        let select = format!("SELECT payload FROM events WHERE aggregate_id = x'{id}' AND sequence = 1");
        return file.query_row(&select, [], |row| row.get(0)).unwrap();
    }
    let url = server.place().database_url().unwrap();
    let (sql, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let select = format!("SELECT payload FROM sunledger.events WHERE aggregate_id = '{id}' AND sequence = 1");
    sql.query_one(&select, &[]).await.unwrap().get(0)
}
