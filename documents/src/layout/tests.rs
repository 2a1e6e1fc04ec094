//! What holds for the layout of any document, checked on the list of things to draw.

use super::theme::{SIDE_MARGIN, TOP_MARGIN};
use crate::locale::Locale;
use crate::page::{Canvas, Shape};
use crate::text::Shaper;
use crate::{InvoiceDocument, Line};
use proptest::prelude::*;

#[path = "../../tests/samples/any.rs"]
pub(super) mod any;
#[path = "../../tests/samples/mod.rs"]
pub(super) mod samples;

pub(super) const A4: (f32, f32) = (595.276, 841.89);

fn lay_out(document: &InvoiceDocument) -> Canvas {
    let locale = Locale::resolve(&document.locale);
    let logo = document.issuer.logo.as_deref().and_then(crate::page::Logo::read);
    super::invoice(document, &locale, A4, logo.as_ref(), Shaper::new().unwrap())
}

/// The first thing that leaves the text's area, or the footer's.
pub(super) fn outside(canvas: &Canvas) -> Option<String> {
    // Rounding.
    let slack = 0.2;
    for (page, ops) in canvas.pages().iter().enumerate() {
        for op in ops {
            let (left, top, right, bottom, what) = match &op.shape {
                Shape::Text(text) => {
                    let right = text.x + text.line.width as f32 * text.size;
                    (text.x, text.baseline - text.size, right, text.baseline, text.shaped.text.clone())
                }
                Shape::Fill { area, .. } | Shape::Logo { area, .. } | Shape::Modules { area, .. } => {
                    (area.x, area.y, area.x + area.width, area.y + area.height, "area".to_owned())
                }
            };
            let inside = left >= SIDE_MARGIN - slack
                && right <= A4.0 - SIDE_MARGIN + slack
                && top >= TOP_MARGIN - 2.0
                && bottom <= A4.1 - 30.0
                && [left, top, right, bottom].iter().all(|edge| edge.is_finite());
            if !inside {
                return Some(format!("page {page}: {left} {top} {right} {bottom} {what:?}"));
            }
        }
    }
    None
}

/// Texts of a page from the top down.
pub(super) fn texts(canvas: &Canvas, page: usize) -> Vec<String> {
    let text = |op: &crate::page::Op| match &op.shape {
        Shape::Text(text) => Some(text.shaped.text.clone()),
        _ => None,
    };
    canvas.pages()[page].iter().filter_map(text).collect()
}

/// The pages on which a text stands.
pub(super) fn pages_with(canvas: &Canvas, wanted: &str) -> Vec<usize> {
    (0..canvas.pages().len()).filter(|page| texts(canvas, *page).iter().any(|text| text == wanted)).collect()
}

#[test]
fn the_samples_stay_within_their_margins() {
    for document in [
        samples::brazilian(),
        samples::american(1),
        samples::american(100),
        samples::german(),
        samples::japanese(),
        samples::arabic(),
        InvoiceDocument::default(),
    ] {
        assert_eq!(outside(&lay_out(&document)), None, "{}", document.number);
    }
}

#[test]
fn no_page_break_divides_a_row() {
    let description = |index: usize| {
        (0..=index % 5).map(|part| format!("row {index} part {part}")).collect::<Vec<_>>().join("\n")
    };
    let lines: Vec<Line> =
        (0..200).map(|index| Line { description: description(index), ..Line::default() }).collect();
    let canvas = lay_out(&InvoiceDocument { lines, ..InvoiceDocument::default() });
    assert!(canvas.pages().len() > 5);
    for index in 0..200 {
        let first = pages_with(&canvas, &format!("row {index} part 0"));
        let last = pages_with(&canvas, &format!("row {index} part {}", index % 5));
        assert_eq!(first.len(), 1, "row {index}");
        assert_eq!(first, last, "row {index}");
    }
}

#[test]
fn a_row_longer_than_a_page_goes_on_on_the_next() {
    let description = (0..300).map(|part| format!("part {part}")).collect::<Vec<_>>().join("\n");
    let lines = vec![Line { description, ..Line::default() }];
    let canvas = lay_out(&InvoiceDocument { lines, ..InvoiceDocument::default() });
    let pages: Vec<usize> = (0..300)
        .map(|part| match pages_with(&canvas, &format!("part {part}")).as_slice() {
            [page] => *page,
            other => panic!("part {part} stands on {other:?}"),
        })
        .collect();
    assert!(pages.is_sorted());
    assert!(pages.last() > pages.first());
    assert_eq!(outside(&canvas), None);
}

#[test]
fn the_sums_stay_together_and_with_the_last_line() {
    for count in 1..70 {
        let mut document = samples::american(count);
        if let Some(last) = document.lines.last_mut() {
            last.description = "the last line".to_owned();
        }
        let canvas = lay_out(&document);
        let page = pages_with(&canvas, "the last line");
        assert_eq!(page.len(), 1, "{count} lines");
        for label in ["Subtotal", "Tax 10%", "Total", "Paid"] {
            assert_eq!(pages_with(&canvas, label), page, "{label} with {count} lines");
        }
        assert!(pages_with(&canvas, "Balance due").contains(&page[0]), "{count} lines");
    }
}

#[test]
fn a_heading_is_never_the_last_thing_on_a_page() {
    for count in 1..70 {
        let canvas = lay_out(&samples::american(count));
        for page in 0..canvas.pages().len() {
            let texts = texts(&canvas, page);
            // The footer's two texts come last.
            let last = texts.len().checked_sub(3).and_then(|index| texts.get(index)).unwrap();
            for heading in ["Notes", "Terms", "Payment details", "Payments received", "Description", "Amount"]
            {
                assert_ne!(last, heading, "page {page} with {count} lines");
            }
        }
    }
}

#[test]
fn the_largest_amounts_fit_without_a_line_break_in_the_sums() {
    let max = rust_decimal::Decimal::MAX;
    let line =
        Line { quantity: max, unit_price: max, tax_rate: max, tax: max, amount: max, ..Line::default() };
    let canvas = lay_out(&InvoiceDocument {
        lines: vec![line],
        subtotal: max,
        total: max,
        paid: max,
        currency: "KWD".to_owned(),
        ..InvoiceDocument::default()
    });
    assert_eq!(outside(&canvas), None);
    let total = "KWD\u{a0}79,228,162,514,264,337,593,543,950,335.000";
    let texts = texts(&canvas, 0);
    // Subtotal, total and the paid amount with its sign: each drawn in one piece.
    let from = texts.iter().position(|text| text == "Subtotal").unwrap();
    assert_eq!(texts[from..].iter().filter(|text| text.as_str() == total).count(), 2);
}

#[test]
fn a_pix_code_is_drawn_as_a_qr_code_beside_its_text() {
    let canvas = lay_out(&samples::brazilian());
    let codes = canvas.pages()[0].iter().filter(|op| matches!(op.shape, Shape::Modules { .. })).count();
    assert_eq!(codes, 1);
    let too_long = InvoiceDocument { pix: Some("0".repeat(8000)), ..samples::brazilian() };
    let canvas = lay_out(&too_long);
    assert!(canvas.pages().iter().flatten().all(|op| !matches!(op.shape, Shape::Modules { .. })));
    assert!(texts(&canvas, 0).iter().any(|text| text.len() == 8000), "the text is printed all the same");
}

#[test]
fn a_syllable_wider_than_its_column_stays_inside() {
    for syllable in ["क्".repeat(400), "\u{c42}".repeat(400)] {
        let mut document = samples::brazilian();
        document.client.name = syllable.clone();
        document.facts = vec![(syllable.clone(), syllable.clone())];
        document.lines[0].description = syllable;
        assert_eq!(outside(&lay_out(&document)), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_the_page(document in any::document()) {
        prop_assert_eq!(outside(&lay_out(&document)), None);
    }
}
