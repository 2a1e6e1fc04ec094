//! This process, as the operating system sees it. Figures that it does not tell are left out.

use super::page::{Page, seconds};
use crate::app::App;
use crate::ops::process;

pub(super) fn write(app: &App, page: &mut Page) {
    let uptime = app.metrics.started.elapsed().as_secs();
    page.one("sunledger_uptime_seconds", "gauge", "Seconds since the start.", uptime);
    let started = app.metrics.started_at;
    page.one("process_start_time_seconds", "gauge", "When it started, since the Unix epoch.", started);
    let mut known = |name: &str, kind: &str, help: &str, value: Option<String>| {
        if let Some(value) = value {
            page.one(name, kind, help, value);
        }
    };
    let text = |value: Option<u64>| value.map(|value| value.to_string());
    let files = process::open_file_limit().and_then(|files| u64::try_from(files).ok());
    let resident = process::resident_bytes();
    known("process_resident_memory_bytes", "gauge", "Resident memory.", text(resident));
    known("process_open_fds", "gauge", "Open file descriptors.", text(process::open_files()));
    known("process_max_fds", "gauge", "File descriptors at most.", text(files));
    let cpu = process::cpu_micros().map(seconds);
    known("process_cpu_seconds_total", "counter", "Processor time, user and system.", cpu);
    known("process_threads", "gauge", "Threads.", text(process::threads()));
    if let Some((free, size)) = process::disk(&app.settings.data) {
        page.one("sunledger_data_free_bytes", "gauge", "Free on the disk of the data folder.", free);
        page.one("sunledger_data_size_bytes", "gauge", "Size of the disk of the data folder.", size);
    }
    page.family("sunledger_build_info", "gauge", "The release.");
    page.labelled("sunledger_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
}
