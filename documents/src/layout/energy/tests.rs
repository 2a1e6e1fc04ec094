//! What holds for the layout of any energy invoice.

use super::super::tests::samples::energy::{
    adjusted, decimal, discounted, history, long, march, paid, partly_paid,
};
use super::super::tests::{A4, any, outside, pages_with, texts};
use super::words;
use crate::locale::Locale;
use crate::page::{Canvas, Logo, Shape};
use crate::text::Shaper;
use crate::{Consumption, EnergyInvoiceDocument, Status};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn lay_out(document: &EnergyInvoiceDocument) -> Canvas {
    let logo = document.issuer.logo.as_deref().and_then(Logo::read);
    super::invoice(document, &Locale::resolve("pt-BR"), A4, logo.as_ref(), Shaper::new().unwrap())
}

fn bars(canvas: &Canvas) -> usize {
    let color = |shape: &Shape| match shape {
        Shape::Fill { color, .. } => Some(*color),
        _ => None,
    };
    let is_bar = |shape: &Shape| {
        [super::super::theme::BAR, super::super::theme::ACCENT].map(Some).contains(&color(shape))
    };
    let pages = canvas.pages().iter().flatten();
    // The accent also rules the table and its sum.
    pages.filter(|op| op.node.is_some() && is_bar(&op.shape)).count()
}

fn codes(canvas: &Canvas) -> usize {
    canvas.pages().iter().flatten().filter(|op| matches!(op.shape, Shape::Modules { .. })).count()
}

#[test]
fn a_usual_invoice_is_one_page() {
    for document in [
        march(),
        paid(),
        partly_paid(3),
        adjusted(0),
        adjusted(2),
        discounted(),
        EnergyInvoiceDocument::default(),
    ] {
        let canvas = lay_out(&document);
        assert_eq!(canvas.pages().len(), 1);
        assert_eq!(outside(&canvas), None);
    }
}

#[test]
fn many_adjustments_flow_to_further_pages_in_order() {
    let canvas = lay_out(&adjusted(60));
    assert!((2..=4).contains(&canvas.pages().len()), "{}", canvas.pages().len());
    assert_eq!(outside(&canvas), None);
    let pages: Vec<usize> = (1..=60)
        .map(|index| match pages_with(&canvas, &format!("Ajuste {index} do contrato")).as_slice() {
            [page] => *page,
            other => panic!("adjustment {index} stands on {other:?}"),
        })
        .collect();
    assert!(pages.is_sorted());
    assert_eq!(pages_with(&canvas, words::UTILITY_BILL), pages_with(&canvas, "Total"));
}

#[test]
fn a_bar_for_each_month_that_has_consumption_and_the_last_thirteen_of_more() {
    let with = |history: Vec<Consumption>| lay_out(&EnergyInvoiceDocument { history, ..march() });
    assert_eq!(bars(&with(vec![])), 0);
    assert_eq!(bars(&with(history(&["1496"]))), 1);
    assert_eq!(bars(&with(history(&["0"; 13]))), 0);
    assert_eq!(bars(&with(history(&["0", "0", "5", "0", "0", "0", "0", "0", "0", "0", "0", "0", "7"]))), 2);
    let twice = [history(&["9"; 13]), history(&["8"; 13])].concat();
    let canvas = with(twice);
    assert_eq!(bars(&canvas), 13);
    assert!(!texts(&canvas, 0).contains(&"9".to_owned()));
}

#[test]
fn the_longest_and_largest_stay_inside() {
    assert_eq!(outside(&lay_out(&self::long())), None);
    let long = "Associação dos Moradores e Amigos do Conjunto Habitacional ".repeat(3);
    let max = Decimal::MAX;
    let mut document = adjusted(3);
    document.client.name.clone_from(&long);
    document.unit.holder.clone_from(&long);
    document.unit.number = "1".repeat(80);
    document.issuer.party.name = long;
    (document.total, document.balance_due) = (max, max);
    document.history = history(&["79228162514264337593543950335"; 13]);
    document.energy.consumed = Some(max);
    if let Some(savings) = &mut document.savings {
        (savings.month, savings.to_date, savings.without_plan, savings.with_plan) = (max, max, max, max);
        savings.percent = Some(max);
    }
    for step in &mut document.steps {
        match step {
            crate::EnergyStep::Credits { kwh, tariff, amount } => (*kwh, *tariff, *amount) = (max, max, max),
            crate::EnergyStep::UtilityBill { amount } => *amount = -max,
            _ => {}
        }
    }
    assert_eq!(outside(&lay_out(&document)), None);
}

#[test]
fn what_is_paid_or_cancelled_has_a_stamp_and_no_code() {
    for (status, word) in [(Status::Paid, words::PAID), (Status::Cancelled, words::CANCELLED)] {
        let canvas = lay_out(&EnergyInvoiceDocument { status, ..march() });
        assert_eq!(codes(&canvas), 0);
        let texts = texts(&canvas, 0);
        assert!(texts.iter().any(|text| text == word), "{word}");
        assert!(!texts.iter().any(|text| text.starts_with("000201")), "no code to paste");
        assert!(texts.iter().any(|text| text.starts_with("84670")), "the utility's bill is another matter");
    }
    assert_eq!(codes(&lay_out(&march())), 1);
    let without_key = lay_out(&EnergyInvoiceDocument { pix: None, ..march() });
    assert_eq!(codes(&without_key), 0);
}

#[test]
fn a_long_name_is_set_smaller_at_the_top_rather_than_left_out() {
    let document = long();
    let canvas = lay_out(&document);
    let in_head = canvas.pages()[0].iter().any(|op| match &op.shape {
        Shape::Text(text) => text.baseline < 100.0 && text.shaped.text == document.issuer.party.name,
        _ => false,
    });
    assert!(in_head);
}

#[test]
fn many_payments_have_a_table_of_their_own() {
    let dated = |times, text: &str| !pages_with(&lay_out(&partly_paid(times)), text).is_empty();
    assert!(dated(3, "15/03/2024 · Pix · R$\u{a0}100,00") && dated(3, "16/03/2024 · R$\u{a0}100,00"));
    assert!(!dated(7, "15/03/2024 · Pix · R$\u{a0}100,00") && dated(7, "15/03/2024"));
    assert_eq!(outside(&lay_out(&partly_paid(70))), None);
}

#[test]
fn a_note_explains_lines_that_do_not_add_up_as_printed() {
    // 1,304.63 less 260.93 is a centavo short of 1,043.71; more than that, rounding does not explain.
    let noted =
        |document: &EnergyInvoiceDocument| !pages_with(&lay_out(document), words::ROUNDING).is_empty();
    assert!(noted(&march()));
    assert!(!noted(&EnergyInvoiceDocument { total: decimal("1043.70"), ..march() }));
    assert!(!noted(&EnergyInvoiceDocument { total: decimal("1044.71"), ..march() }));
    assert!(!noted(&EnergyInvoiceDocument::default()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_the_page(document in any::energy_document()) {
        prop_assert_eq!(outside(&lay_out(&document)), None);
    }
}
