//! Who follows the log and how far: for the cluster as a whole, so that any server shows it; and what of it this process
//! does.

use super::page::{Page, seconds};
use crate::app::App;
use crate::ops::sample::{Progress, Sample};
use sunledger_stream::Stats;

/// A follower on the page.
struct Row {
    name: &'static str,
    progress: Progress,
    /// None where nothing is ever set aside.
    parked: Option<i64>,
}

pub(super) fn write(app: &App, sample: Option<&Sample>, stream: Option<&Stats>, page: &mut Page) {
    write_roles(app, stream, page);
    if let Some(sample) = sample {
        write_progress(sample, stream, page);
        let generation = sample.health.generation;
        page.one("sunledger_read_models_generation", "gauge", "The live generation's number.", generation);
    }
    write_scheduler(app, page);
}

fn write_roles(app: &App, stream: Option<&Stats>, page: &mut Page) {
    let name = "sunledger_role_active";
    page.family(name, "gauge", "1 where this process does it; one server of a cluster does.");
    let roles = [
        ("read_models", app.projections.is_leading()),
        ("scheduler", app.scheduler.active()),
        ("stream", stream.is_some_and(|stream| stream.active)),
        ("webhooks", app.webhooks.stats().active),
    ];
    for (role, active) in roles {
        page.labelled(name, &[("role", role)], u8::from(active));
    }
}

fn write_progress(sample: &Sample, stream: Option<&Stats>, page: &mut Page) {
    let mut rows =
        vec![Row { name: "read_models", progress: sample.read_models, parked: Some(sample.health.parked) }];
    if let Some((backlog, progress)) = sample.webhooks {
        rows.push(Row { name: "webhooks", progress, parked: Some(backlog.parked) });
    }
    // Only the relay itself knows how far the stream is.
    if let Some(stats) = stream.filter(|stats| stats.active) {
        let age = i64::try_from(stats.oldest_unacknowledged.as_micros()).unwrap_or(i64::MAX);
        let progress = Progress { position: stats.position, lag: stats.lag, age };
        rows.push(Row { name: "stream", progress, parked: None });
    }
    let mut family = |name: &str, help: &str, value: fn(&Row) -> Option<String>| {
        page.family(name, "gauge", help);
        for row in &rows {
            if let Some(value) = value(row) {
                page.labelled(name, &[("follower", row.name)], value);
            }
        }
    };
    family("sunledger_follower_position", "The last position handled.", |row| {
        Some(row.progress.position.to_string())
    });
    family("sunledger_follower_lag_events", "Events not handled yet.", |row| {
        Some(row.progress.lag.to_string())
    });
    family("sunledger_follower_lag_seconds", "Age of the oldest event not handled yet.", |row| {
        Some(seconds(u64::try_from(row.progress.age).unwrap_or_default()))
    });
    family("sunledger_follower_parked", "Events that could not be handled and were set aside.", |row| {
        row.parked.map(|parked| parked.to_string())
    });
}

fn write_scheduler(app: &App, page: &mut Page) {
    page.one(
        "sunledger_scheduler_last_run_timestamp_seconds",
        "gauge",
        "When this process last looked at all due dates; 0 where it has not.",
        app.scheduler.last_run().unwrap_or_default(),
    );
    page.one(
        "sunledger_scheduler_overdue_total",
        "counter",
        "Invoices that this process marked overdue.",
        app.scheduler.marked(),
    );
}
