//! `docs/events.md`: every event with its fields and an example. The fields come from the source, the examples are the events
//! that are pinned here, and each example is held against what the source says.

mod check;
mod print;
mod source;
mod words;

use super::{energy, known_event_types, samples};
use source::Source;
use std::path::Path;
use std::{env, fs};

/// Set, the page is written anew.
const WRITE: &str = "SUNLEDGER_WRITE_DOCS";

fn page() -> String {
    let source = Source::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let energy = energy::invoice_samples().0.remove("invoice.created").unwrap();
    print::Page::of(&source, &samples(), &energy)
}

#[test]
fn the_page_of_events_is_what_the_code_gives() {
    let page = page();
    for name in known_event_types() {
        assert!(page.contains(&format!("\n### {name}\n")), "{name} is not told");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    if env::var_os(WRITE).is_some() {
        fs::write(&path, &page).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(there.lines()).position(|(new, old)| new != old);
    let line = differs.unwrap_or_else(|| page.lines().count().min(there.lines().count())) + 1;
    assert!(there == page, "docs/events.md differs from line {line} on: scripts/events writes it anew");
}

#[test]
fn headings_lead_to_one_place() {
    let page = page();
    let headings = page.lines().filter_map(|line| line.strip_prefix('#'));
    let mut anchors: Vec<String> =
        headings.map(|line| line.trim_start_matches(['#', ' ']).replace('.', "").to_lowercase()).collect();
    let all = anchors.len();
    anchors.sort();
    anchors.dedup();
    assert_eq!(anchors.len(), all);
}
