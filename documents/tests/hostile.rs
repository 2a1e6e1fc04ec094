//! Whatever a document says, it is printed, and the PDF can be read.

#[path = "samples/mod.rs"]
mod samples;

#[path = "samples/any.rs"]
mod any;

use lopdf::Document;
use proptest::prelude::*;
use sunledger_documents::{InvoiceDocument, Line, energy_invoice_pdf, invoice_pdf, production_pdf};

#[track_caller]
fn assert_prints(document: &InvoiceDocument) {
    let printed = invoice_pdf(document).map(|pdf| Document::load_mem(&pdf).map(|pdf| pdf.get_pages().len()));
    assert!(matches!(printed, Ok(Ok(1..))), "{printed:?}");
}

#[test]
fn texts_without_end_are_printed() {
    let word = "W".repeat(10_000);
    let words = "sol ".repeat(2_000);
    let marks = "e\u{301}\u{323}".repeat(2_000);
    for text in [word.as_str(), &words, &"\n".repeat(10_000), &"a\n".repeat(1_000), &marks] {
        let mut document = samples::brazilian();
        document.issuer.party.name = text.to_owned();
        document.client.name = text.to_owned();
        document.client.address = vec![text.to_owned()];
        document.number = text.to_owned();
        document.currency = text.to_owned();
        document.facts = vec![(text.to_owned(), text.to_owned())];
        document.lines = vec![Line { description: text.to_owned(), ..Line::default() }];
        document.notes = text.to_owned();
        document.terms = text.to_owned();
        document.payment_details = vec![text.to_owned()];
        document.pix = Some(text.to_owned());
        document.locale = text.to_owned();
        assert_prints(&document);
    }
}

#[test]
fn characters_of_all_planes_are_printed() {
    // All of the plane that people write in, and a sample of the others.
    let others = ('\u{10000}'..=char::MAX).step_by(61);
    let all: Vec<char> = ('\0'..='\u{ffff}').chain(others).collect();
    for part in all.chunks(20_000) {
        assert_prints(&InvoiceDocument { notes: part.iter().collect(), ..InvoiceDocument::default() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_gives_a_pdf_that_can_be_read(document in any::document()) {
        let pdf = invoice_pdf(&document).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let parsed = Document::load_mem(&pdf).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(!parsed.get_pages().is_empty());
    }

    #[test]
    fn any_energy_invoice_gives_a_pdf_that_can_be_read(document in any::energy_document()) {
        let pdf = energy_invoice_pdf(&document).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let parsed = Document::load_mem(&pdf).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(!parsed.get_pages().is_empty());
    }

    #[test]
    fn any_report_of_production_gives_a_pdf_that_can_be_read(document in any::production_document()) {
        let pdf = production_pdf(&document).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let parsed = Document::load_mem(&pdf).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(!parsed.get_pages().is_empty());
    }
}
