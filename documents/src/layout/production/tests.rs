//! What holds for the layout of any report of energy production.

use super::super::tests::samples::production::{march, year};
use super::super::tests::{A4, any, outside, pages_with};
use super::super::theme::{ACCENT, BAR};
use crate::locale::Locale;
use crate::page::{Canvas, Color, Logo, Shape};
use crate::text::Shaper;
use crate::{DayEnergy, ProductionDocument};
use proptest::prelude::*;

fn lay_out(document: &ProductionDocument) -> Canvas {
    let locale = Locale::resolve(&document.locale);
    let logo = document.issuer.logo.as_deref().and_then(Logo::read);
    super::report(document, &locale, A4, logo.as_ref(), Shaper::new().unwrap())
}

fn bars(canvas: &Canvas, wanted: Color) -> usize {
    let of_figure = canvas.pages().iter().flatten().filter(|op| op.node.is_some());
    of_figure.filter(|op| matches!(&op.shape, Shape::Fill { color, .. } if *color == wanted)).count()
}

#[test]
fn a_month_is_one_page_with_its_days_drawn_before_those_of_the_month_before() {
    let canvas = lay_out(&march());
    assert_eq!((canvas.pages().len(), outside(&canvas)), (1, None));
    assert_eq!((bars(&canvas, ACCENT), bars(&canvas, BAR)), (31, 28));
}

#[test]
fn without_a_month_before_there_is_one_row_of_bars() {
    let mut document = march();
    document.chart_days = document.days.clone();
    let canvas = lay_out(&document);
    assert_eq!((bars(&canvas, ACCENT), bars(&canvas, BAR)), (31, 0));
}

#[test]
fn a_year_flows_over_pages_with_every_day_once() {
    let canvas = lay_out(&year());
    assert!((3..=5).contains(&canvas.pages().len()), "{}", canvas.pages().len());
    assert_eq!(outside(&canvas), None);
    for day in ["01/01/2025", "28/02/2025", "30/06/2025", "30/12/2025"] {
        assert_eq!(pages_with(&canvas, day).len(), 1, "{day}");
    }
}

#[test]
fn a_report_of_nothing_says_so() {
    let canvas = lay_out(&ProductionDocument { locale: "pt-BR".to_owned(), ..ProductionDocument::default() });
    assert_eq!((canvas.pages().len(), outside(&canvas)), (1, None));
    assert_eq!(pages_with(&canvas, "Nenhuma geração foi registrada no período."), [0]);
    assert_eq!((bars(&canvas, ACCENT), bars(&canvas, BAR)), (0, 0));
}

#[test]
fn days_that_are_out_of_every_order_are_printed() {
    let mut document = march();
    document.days.reverse();
    document.days.extend([DayEnergy::default(); 3]);
    assert_eq!(outside(&lay_out(&document)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_the_page(document in any::production_document()) {
        prop_assert_eq!(outside(&lay_out(&document)), None);
    }
}
