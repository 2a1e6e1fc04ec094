//! Deliveries and endpoints: the cluster's by what the tables say, and what this process did.

use super::page::{Page, seconds};
use crate::app::App;
use crate::ops::sample::Sample;
use sunledger_webhooks::Backlog;

pub(super) fn write(app: &App, sample: Option<&Sample>, page: &mut Page) {
    if let Some(Sample { webhooks: Some((backlog, _)), at, .. }) = sample {
        write_backlog(backlog, *at, page);
    }
    let stats = app.webhooks.stats();
    page.one("sunledger_webhook_in_flight", "gauge", "Attempts under way in this process.", stats.in_flight);
    page.one("sunledger_webhook_deliveries_total", "counter", "Deliveries made.", stats.fanned_out);
    page.one("sunledger_webhook_delivered_total", "counter", "Deliveries that succeeded.", stats.delivered);
    page.one(
        "sunledger_webhook_failed_attempts_total",
        "counter",
        "Attempts that failed.",
        stats.failed_attempts,
    );
    page.one("sunledger_webhook_failed_total", "counter", "Deliveries given up.", stats.failed);
    page.one(
        "sunledger_webhook_parked_total",
        "counter",
        "Events that could not be delivered.",
        stats.parked,
    );
    page.one(
        "sunledger_webhook_disabled_total",
        "counter",
        "Endpoints disabled because they kept failing.",
        stats.disabled,
    );
}

fn write_backlog(backlog: &Backlog, now: i64, page: &mut Page) {
    let name = "sunledger_webhook_backlog";
    page.family(name, "gauge", "Deliveries kept, by state; those due are among the pending ones.");
    let states = [
        ("delivering", backlog.delivering),
        ("due", backlog.due),
        ("failed", backlog.failed),
        ("pending", backlog.pending),
    ];
    for (state, count) in states {
        page.labelled(name, &[("state", state)], count);
    }
    let waiting = backlog.oldest_due.map_or(0, |due| now.saturating_sub(due));
    page.one(
        "sunledger_webhook_oldest_due_seconds",
        "gauge",
        "How long the first of the due deliveries has been due.",
        seconds(u64::try_from(waiting).unwrap_or_default()),
    );
    let name = "sunledger_webhook_endpoints";
    page.family(name, "gauge", "Endpoints by state.");
    page.labelled(name, &[("state", "disabled")], backlog.disabled);
    page.labelled(name, &[("state", "enabled")], backlog.enabled);
}
