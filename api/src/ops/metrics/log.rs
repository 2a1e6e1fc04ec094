//! The write path, and the connections to the database.

use super::page::{Page, seconds};
use crate::app::App;
use crate::ops::sample::Sample;
use sunledger_store::{BATCH_BOUNDS, LATENCY_BOUNDS, PoolStats, pools};

pub(super) fn write(app: &App, sample: Option<&Sample>, page: &mut Page) {
    page.one("sunledger_log_up", "gauge", "1 where the log answers.", u8::from(sample.is_some()));
    if let Some(sample) = sample {
        page.one("sunledger_log_head", "gauge", "The log's newest position.", sample.health.head);
    }
    write_appends(app, page);
    let commands = app.commands.stats();
    page.one(
        "sunledger_command_conflicts_total",
        "counter",
        "Appends that met a newer version of their stream.",
        commands.conflicts(),
    );
    page.one(
        "sunledger_command_replays_total",
        "counter",
        "Requests answered by what their Idempotency-Key had done before.",
        commands.replays(),
    );
    write_pools(page);
}

fn write_appends(app: &App, page: &mut Page) {
    let stats = app.log.stats();
    page.one("sunledger_log_batches_total", "counter", "Transactions that appended.", stats.batches());
    page.one(
        "sunledger_log_appends_total",
        "counter",
        "Appends decided, refused ones among them.",
        stats.appends(),
    );
    page.one("sunledger_log_rejected_total", "counter", "Appends refused.", stats.rejected());
    page.one("sunledger_log_events_total", "counter", "Events written.", stats.events());
    page.one("sunledger_log_waiting", "gauge", "Callers that wait for their append.", stats.waiting());
    page.family("sunledger_log_append_seconds", "histogram", "Time that callers waited for an append.");
    let (latency, micros) = (stats.latency(), stats.latency_micros());
    page.histogram("sunledger_log_append_seconds", &[], &LATENCY_BOUNDS, &latency, micros, seconds);
    page.family("sunledger_log_batch_appends", "histogram", "Appends in one transaction.");
    let (sizes, appends) = (stats.batch_sizes(), stats.appends());
    let plain = |appends: u64| appends.to_string();
    page.histogram("sunledger_log_batch_appends", &[], &BATCH_BOUNDS, &sizes, appends, plain);
}

fn write_pools(page: &mut Page) {
    let mut family = |name: &str, kind: &str, help: &str, value: fn(&PoolStats) -> i64| {
        page.family(name, kind, help);
        for pool in pools() {
            page.labelled(name, &[("pool", pool.name)], value(&pool));
        }
    };
    let count = "counter";
    family("sunledger_store_connections", "gauge", "Open connections to the database.", |pool| pool.open);
    family("sunledger_store_busy", "gauge", "Queries and transactions under way.", |pool| pool.busy);
    family("sunledger_store_waiting", "gauge", "Callers that wait for a connection or a turn.", |pool| {
        pool.waiting
    });
    family(
        "sunledger_store_connects_total",
        count,
        "Connections made, lost ones' replacements among them.",
        |pool| i64::try_from(pool.opened).unwrap_or(i64::MAX),
    );
    family("sunledger_store_connect_failures_total", count, "Connections that could not be made.", |pool| {
        i64::try_from(pool.failed).unwrap_or(i64::MAX)
    });
}
