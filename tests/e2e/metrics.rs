//! The page of metrics, and the dashboard and alerts that are made of it.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use sunledger_tests::exposition::Exposition;
use sunledger_tests::{
    Answer, Api, Backend, Cluster, Options, Receiver, Server, both_backends, eventually, run,
};

/// Prometheus gives up a scrape after ten seconds by default; nobody should come near it.
const SCRAPE: Duration = Duration::from_secs(4);
/// What Prometheus itself adds to every series.
const ADDED: [&str; 3] = ["instance", "job", "le"];

async fn page(api: &Api) -> Exposition {
    let text = api.get("/metrics").await.expect(200).text();
    Exposition::read(&text).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"))
}

fn is(found: f64, expected: u32) -> bool {
    found.total_cmp(&f64::from(expected)).is_eq()
}

both_backends! {
    async fn what_happens_is_on_the_page(server: Server) {
        let api = server.api();
        let receiver = Receiver::scripted(|_| Answer::Status(500)).await;
        let hook = json!({"url": receiver.url(), "events": ["client.created"]});
        let _ = api.post("/webhooks", hook).await.expect(201);
        for _ in 0..2 {
            let call = api.call("POST", "/api/v1/clients").header("idempotency-key", "once");
            let _ = call.json(&json!({"name": "Counted"})).send().await.expect(201);
        }
        let _ = api.get("/api/v1/clients/no-such-client").await;
        let page = eventually("the attempt is counted", || async {
            let page = page(&api).await;
            let tried = page.value("sunledger_webhook_failed_attempts_total", &[]) >= 1.0;
            let caught_up = ["read_models", "webhooks"].into_iter().all(|follower| {
                is(page.value("sunledger_follower_lag_events", &[("follower", follower)]), 0)
            });
            (tried && caught_up).then_some(page)
        }).await;
        for (name, labels, expected) in [
            ("sunledger_http_requests_total", &[("route", "/api/v1/clients"), ("method", "POST"), ("status", "201")][..], 2),
            ("sunledger_http_request_seconds_count", &[("route", "/api/v1/clients")], 2),
            ("sunledger_http_unavailable_total", &[("what", "store")], 0),
            ("sunledger_http_in_flight", &[], 1),
            ("sunledger_command_replays_total", &[], 1),
            ("sunledger_log_up", &[], 1),
            ("sunledger_log_waiting", &[], 0),
            ("sunledger_role_active", &[("role", "read_models")], 1),
            ("sunledger_role_active", &[("role", "scheduler")], 1),
            ("sunledger_role_active", &[("role", "stream")], 0),
            ("sunledger_role_active", &[("role", "webhooks")], 1),
            ("sunledger_follower_parked", &[("follower", "read_models")], 0),
            ("sunledger_follower_lag_seconds", &[("follower", "webhooks")], 0),
            ("sunledger_webhook_endpoints", &[("state", "enabled")], 1),
            ("sunledger_webhook_deliveries_total", &[], 1),
            ("sunledger_stream_configured", &[], 0),
        ] {
            let found = page.value(name, labels);
            assert!(is(found, expected), "{name} {labels:?}: {found} instead of {expected}");
        }
        let head = page.value("sunledger_log_head", &[]);
        assert!(head >= 2.0 && page.value("sunledger_log_events_total", &[]) <= head);
        for follower in ["read_models", "webhooks"] {
            let position = page.value("sunledger_follower_position", &[("follower", follower)]);
            assert!(position.total_cmp(&head).is_eq(), "{follower} is at {position}, the log at {head}");
        }
        for pool in ["log_append", "log_read", "read_models_write", "webhooks_read"] {
            assert!(page.value("sunledger_store_connections", &[("pool", pool)]) >= 1.0, "{pool}");
        }
        for name in ["process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total", "process_threads",
                     "sunledger_http_connections", "sunledger_log_batch_appends_count",
                     "sunledger_scheduler_last_run_timestamp_seconds"] {
            assert!(page.value(name, &[]) > 0.0, "{name}");
        }
        let text = api.get("/metrics").await.text();
        assert!(!text.contains(api.key().unwrap()) && !text.contains("Counted") && !text.contains("no-such-client"));
    }

    async fn any_server_shows_how_far_the_cluster_is(server: Server) {
        let second = server.twin();
        let (one, two) = (server.api(), second.api());
        let _ = one.client("Seen by both").await;
        eventually("the server that does no work shows the work's progress", || async {
            let (one, two) = (page(&one).await, page(&two).await);
            let head = two.value("sunledger_log_head", &[]);
            let active = |page: &Exposition, role| page.value("sunledger_role_active", &[("role", role)]);
            let settled = ["read_models", "webhooks"].into_iter().all(|name| {
                let position = two.value("sunledger_follower_position", &[("follower", name)]);
                is(active(&one, name), 1) != is(active(&two, name), 1) && position.total_cmp(&head).is_eq()
            });
            (settled && head >= 1.0).then_some(())
        }).await;
        second.stop();
    }
}

#[test]
fn a_scrape_is_answered_while_the_database_hangs() {
    run(Backend::Postgres, |_: Backend| async {
        let cluster = Cluster::private(&[]);
        let server = Server::start_on(&cluster, Options::new());
        let api = server.api();
        assert!(is(page(&api).await.value("sunledger_log_up", &[]), 1));
        cluster.pause();
        eventually("the page shows more than what it knew a moment ago", || async {
            let asked = Instant::now();
            let page = page(&api).await;
            assert!(asked.elapsed() < SCRAPE, "{:?}", asked.elapsed());
            is(page.value("sunledger_log_up", &[]), 0).then_some(())
        })
        .await;
        let asked = Instant::now();
        let ready = api.get("/health/ready").await.json(503);
        assert_eq!((&ready["status"], &ready["log"]), (&json!("not_ready"), &json!("unavailable")));
        assert!(asked.elapsed() < SCRAPE, "{:?}", asked.elapsed());
        let _ = api.get("/health/live").await.expect(200);
        cluster.resume();
        eventually("the log answers again", || async {
            is(page(&api).await.value("sunledger_log_up", &[]), 1).then_some(())
        })
        .await;
        let _ = api.get("/health/ready").await.expect(200);
    });
}

fn monitoring(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// The metrics that a text names, each with the labels by which it selects.
fn metrics(text: &str) -> Vec<(&str, Vec<&str>)> {
    let part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        let word = &rest[at..];
        let (name, after) = word.split_at(word.find(|letter| !part(letter)).unwrap_or(word.len()));
        rest = after;
        if name.starts_with("sunledger_") || name.starts_with("process_") {
            let selected = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let labels = selected.map_or(Vec::new(), |(inner, _)| {
                inner.split(',').filter_map(|one| one.split(['=', '!']).next()).map(str::trim).collect()
            });
            found.push((name, labels));
        }
    }
    found
}

async fn there_is_all_that(what: &str, named: &[(&str, Vec<&str>)]) {
    let server = Server::shared(Backend::Sqlite);
    let api = server.api();
    // So that there is a route to be counted.
    let _ = api.get("/health/live").await.expect(200);
    let page = page(&api).await;
    let names = page.names();
    for (name, labels) in named {
        // A histogram may be called by its own name, which no sample has.
        let buckets = format!("{name}_bucket");
        let sample = if names.contains(name) { *name } else { buckets.as_str() };
        assert!(names.contains(sample), "{what} speaks of {name}, which is not on the page");
        for label in labels {
            let given = page.labels(sample).contains(label) || ADDED.contains(label);
            assert!(given, "{what} selects {name} by {label}, which it has not");
        }
    }
}

#[test]
fn every_metric_of_the_dashboard_exists() {
    run(Backend::Sqlite, |_: Backend| async {
        let dashboard: Value = serde_json::from_str(&monitoring("grafana-dashboard.json")).unwrap();
        assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39 && dashboard["title"] == "Sunledger");
        assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
        let (mut ids, mut cells, mut expressions) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for panel in dashboard["panels"].as_array().unwrap() {
            let title = panel["title"].as_str().unwrap();
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: an id for the second time");
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
            assert!(x + w <= 24, "{title} is too wide");
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(cells.insert(cell), "{title} lies over another panel");
            }
            if panel["type"] == "row" {
                continue;
            }
            assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{title}");
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
            for target in panel["targets"].as_array().unwrap() {
                let expression = target["expr"].as_str().unwrap();
                assert!(!metrics(expression).is_empty(), "{title}: {expression}");
                expressions.push(expression.replace("instance=~\"$instance\"", "instance=\"\""));
            }
        }
        for row in ["Traffic", "The log", "Followers and read models", "Stream (NATS)", "Webhooks", "Process"]
        {
            assert!(
                dashboard["panels"].as_array().unwrap().iter().any(|panel| panel["title"] == row),
                "{row}"
            );
        }
        let expressions = expressions.join("\n");
        there_is_all_that("the dashboard", &metrics(&expressions)).await;
    });
}

#[test]
fn every_metric_of_the_alerts_exists_and_every_alert_says_what_to_do() {
    run(Backend::Sqlite, |_: Backend| async {
        let alerts = monitoring("alerts.yml");
        let mut names = BTreeSet::new();
        for alert in alerts.split("- alert: ").skip(1) {
            let name = alert.lines().next().unwrap();
            assert!(names.insert(name), "{name} for the second time");
            for key in ["expr: ", "severity: ", "summary: \"", "description: \""] {
                assert_eq!(alert.matches(key).count(), 1, "{name} needs one {key:?}");
            }
        }
        assert!(names.len() >= 15, "{names:?}");
        there_is_all_that("the alerts", &metrics(&alerts)).await;
        there_is_all_that("the page about monitoring", &metrics(&monitoring("README.md"))).await;
    });
}
