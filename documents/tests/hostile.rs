//! Whatever a document says, it is printed, and the PDF can be read.

mod samples;

#[path = "samples/any.rs"]
mod any;

use lopdf::Document;
use proptest::prelude::*;
use sunledger_documents::{InvoiceDocument, Line, invoice_pdf};

#[track_caller]
fn assert_prints(document: &InvoiceDocument) {
    let printed = invoice_pdf(document).map(|pdf| Document::load_mem(&pdf).map(|pdf| pdf.get_pages().len()));
    assert!(matches!(printed, Ok(Ok(1..))), "{printed:?}");
}

#[test]
fn texts_without_end_are_printed() {
    let word = "W".repeat(10_000);
    let words = "sol ".repeat(5_000);
    for text in
        [word.as_str(), &words, &"\n".repeat(10_000), &"a\n".repeat(3_000), &"e\u{301}\u{323}".repeat(5_000)]
    {
        let mut document = samples::brazilian();
        document.issuer.party.name = text.to_owned();
        document.client.name = text.to_owned();
        document.client.address = vec![text.to_owned(); 3];
        document.number = text.to_owned();
        document.currency = text.to_owned();
        document.facts = vec![(text.to_owned(), text.to_owned())];
        document.lines = vec![Line { description: text.to_owned(), ..Line::default() }; 3];
        document.notes = text.to_owned();
        document.terms = text.to_owned();
        document.payment_details = vec![text.to_owned()];
        document.pix = Some(text.to_owned());
        document.locale = text.to_owned();
        assert_prints(&document);
    }
}

#[test]
fn every_character_of_unicode_is_printed() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for part in all.chunks(100_000) {
        assert_prints(&InvoiceDocument { notes: part.iter().collect(), ..InvoiceDocument::default() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_gives_a_pdf_that_can_be_read(document in any::document()) {
        let pdf = invoice_pdf(&document).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let parsed = Document::load_mem(&pdf).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(!parsed.get_pages().is_empty());
    }
}
