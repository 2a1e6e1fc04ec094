//! The relay to NATS, as far as this process is it.

use super::page::Page;
use sunledger_stream::Stats;

/// `stats` is none where no NATS server is set.
pub(super) fn write(stats: Option<&Stats>, page: &mut Page) {
    let configured = u8::from(stats.is_some());
    page.one("sunledger_stream_configured", "gauge", "1 where a NATS server is set.", configured);
    let none = Stats::default();
    let stats = stats.unwrap_or(&none);
    page.one("sunledger_stream_up", "gauge", "1 while connected to NATS.", u8::from(stats.up));
    page.one(
        "sunledger_stream_refused",
        "gauge",
        "1 where nothing is published until somebody changes something.",
        u8::from(stats.refused.is_some()),
    );
    let counters = [
        ("sunledger_stream_published_total", "Events acknowledged by the stream.", stats.published),
        ("sunledger_stream_omitted_total", "Events whose message came without data.", stats.omitted),
        ("sunledger_stream_refills_total", "Times that the stream was filled again.", stats.refills),
        ("sunledger_stream_errors_total", "Failures of connecting and of publishing.", stats.errors),
        ("sunledger_stream_reconnects_total", "Connections after the first one.", stats.reconnects),
    ];
    for (name, help, count) in counters {
        page.one(name, "counter", help, count);
    }
}
