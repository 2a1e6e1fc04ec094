//! The contract's figures to the last digit, and what holds for every bill.

use super::*;
use crate::energy::bill::tests::march;
use crate::energy::{AdjustmentValue, BillDraft, Billing, Fraction, InstallationType};
use crate::testing::{id, number};
use proptest::prelude::*;
use serde_json::Value;

fn terms() -> Terms {
    Terms {
        installation_type: InstallationType::Trifasico,
        discount_rate: Fraction::parse("0.2").unwrap(),
        pay_dealership_bill: false,
    }
}

fn discount(last: u8, asks: AdjustmentValue, real: bool) -> AskedDiscount {
    AskedDiscount { id: id(last), description: "Desconto".to_owned(), asks, real }
}

fn charge(last: u8, asks: AdjustmentValue, real: bool) -> AskedCharge {
    AskedCharge { id: id(last), description: "Taxa".to_owned(), asks, real }
}

fn reais(text: &str) -> AdjustmentValue {
    AdjustmentValue::Amount(number(text))
}

fn percent(text: &str) -> AdjustmentValue {
    AdjustmentValue::Percent(number(text))
}

fn bill(draft: &BillDraft, terms: Terms, discounts: &[AskedDiscount], charges: &[AskedCharge]) -> Figures {
    computed(draft, terms, discounts, charges).figures
}

fn computed(
    draft: &BillDraft,
    terms: Terms,
    discounts: &[AskedDiscount],
    charges: &[AskedCharge],
) -> Computation {
    compute(&draft.checked().unwrap(), &terms, discounts, charges, Decimal::ZERO).unwrap()
}

#[test]
fn the_first_row_of_the_document_comes_out_to_the_last_digit() {
    let before = number("4540.339327442");
    let bill = march().checked().unwrap();
    let figures = compute(&bill, &terms(), &[], &[], before).unwrap().figures;
    let expected = Figures {
        credits_used: number("1396"),
        pis_cofins_tariff: number("0.02408778"),
        credit_without_discount: number("1304.63453616"),
        credit_with_discount: number("1043.707628928"),
        discount_total: number("0"),
        charge_total: number("0"),
        total_due: number("1043.707628928"),
        amount_charged: number("1043.71"),
        without_plan: number("2932.21453616"),
        with_plan: number("2671.287628928"),
        savings: number("260.926907232"),
        savings_total: number("4801.266234674"),
        savings_percent: number("20"),
    };
    assert_eq!(figures, expected);
    assert_eq!(figures.amount_charged.to_string(), "1043.71");
}

#[test]
fn the_second_row_of_the_document_comes_out_to_the_last_digit() {
    let second = BillDraft { consumption: number("2060"), utility_charges: number("186.43"), ..march() };
    let before = number("5542.301885502");
    let figures = compute(&second.checked().unwrap(), &terms(), &[], &[], before).unwrap().figures;
    let expected = Figures {
        credits_used: number("1960"),
        pis_cofins_tariff: number("0.02408778"),
        credit_without_discount: number("1831.7218416"),
        credit_with_discount: number("1465.37747328"),
        discount_total: number("0"),
        charge_total: number("0"),
        total_due: number("1465.37747328"),
        amount_charged: number("1465.38"),
        without_plan: number("2018.1518416"),
        with_plan: number("1651.80747328"),
        savings: number("366.34436832"),
        savings_total: number("5908.646253822"),
        savings_percent: number("20"),
    };
    assert_eq!(figures, expected);
}

/// The published floats are the exact decimals with the noise of binary arithmetic: equal to nine decimals.
#[test]
fn the_published_rows_come_out() {
    let vectors: Value = serde_json::from_str(include_str!("../../../tests/vectors.json")).unwrap();
    let rows = vectors["energy_rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        let text = |value: &Value| crate::value::decimal::round(number(&value.to_string()), 9);
        let given = |field: &str| text(&row[field]);
        let (tariff, pis_cofins) = (given("T"), given("P"));
        let draft = BillDraft {
            consumption: given("consumo"),
            tariff,
            compensable_tariff: tariff - pis_cofins,
            utility_charges: given("encargos"),
            ..march()
        };
        let terms = Terms {
            installation_type: InstallationType::parse(row["tipo"].as_str().unwrap()).unwrap(),
            discount_rate: Fraction::new(given("desconto")).unwrap(),
            pay_dealership_bill: false,
        };
        let figures = bill(&draft, terms, &[], &[]);
        let expected = |field: &str| text(&row["expect"][field]);
        for (found, field) in [
            (figures.credits_used, "creditosUtilizados"),
            (draft.compensable_tariff, "C"),
            (figures.credit_without_discount, "semDesconto"),
            (figures.credit_with_discount, "comDesconto"),
            (figures.total_due, "totalAPagar"),
            (figures.with_plan, "comPlano"),
            (figures.without_plan, "semPlano"),
            (figures.savings, "economiaMes"),
            (figures.amount_charged, "totalPago"),
        ] {
            assert_eq!(crate::value::decimal::round(found, 9), expected(field), "{field}");
        }
        assert_eq!(figures.pis_cofins_tariff, pis_cofins);
    }
}

#[test]
fn a_tariff_with_binary_noise_is_computed_with_as_it_is() {
    let noisy = BillDraft { compensable_tariff: number("0.9345519599999998"), ..march() };
    let figures = bill(&noisy, terms(), &[], &[]);
    assert_eq!(figures.credit_without_discount, number("1304.6345361599997208"));
    assert_eq!(figures.amount_charged, number("1043.71"));
}

#[test]
fn credits_pay_for_what_is_above_the_minimum_of_the_connection() {
    for (kind, consumption, used) in [
        (InstallationType::Monofasico, "130.5", "100.5"),
        (InstallationType::Bifasico, "150", "100"),
        (InstallationType::Trifasico, "200", "100"),
        (InstallationType::Monofasico, "30", "0"),
        (InstallationType::Bifasico, "49.999", "0"),
        (InstallationType::Trifasico, "0", "0"),
    ] {
        let draft = BillDraft { consumption: number(consumption), ..march() };
        let terms = Terms { installation_type: kind, ..terms() };
        assert_eq!(bill(&draft, terms, &[], &[]).credits_used, number(used), "{kind:?} {consumption}");
    }
    let given = BillDraft { credits_used: Some(number("7.25")), ..march() };
    assert_eq!(bill(&given, terms(), &[], &[]).credits_used, number("7.25"));
}

#[test]
fn nothing_used_costs_nothing_and_no_discount_saves_nothing() {
    let nothing = BillDraft { consumption: number("0"), utility_charges: number("0"), ..march() };
    let figures = bill(&nothing, terms(), &[], &[]);
    assert_eq!((figures.total_due, figures.savings, figures.with_plan), Default::default());
    let full = Terms { discount_rate: Fraction::parse("1").unwrap(), ..terms() };
    let figures = bill(&march(), full, &[], &[]);
    assert_eq!((figures.total_due, figures.savings), (number("0"), number("1304.63453616")));
    let none = Terms { discount_rate: Fraction::default(), ..terms() };
    let figures = bill(&march(), none, &[], &[]);
    assert_eq!((figures.total_due, figures.savings), (number("1304.63453616"), number("0")));
    let cheap = BillDraft { tariff: number("0.9"), ..march() };
    assert_eq!(bill(&cheap, terms(), &[], &[]).pis_cofins_tariff, number("-0.03455196"));
}

#[test]
fn who_has_the_utilitys_bill_paid_pays_it_with_the_invoice() {
    let paying = Terms { pay_dealership_bill: true, ..terms() };
    let figures = bill(&march(), paying, &[], &[]);
    assert_eq!(figures.total_due, number("2671.287628928"));
    assert_eq!(figures.with_plan, figures.total_due, "whoever pays it, the plan's cost is the same");
}

#[test]
fn adjustments_are_amounts_or_percentages_of_the_credits() {
    let discounts = [discount(1, percent("10"), false), discount(2, reais("50.00"), true)];
    let charges = [charge(3, percent("1"), true), charge(4, reais("0.01"), false)];
    let Computation { figures, discounts, charges, .. } = computed(&march(), terms(), &discounts, &charges);
    assert_eq!(discounts[0].applied, number("104.3707628928"));
    assert_eq!(discounts[1].applied, number("50"));
    assert_eq!(charges[0].applied, number("10.43707628928"));
    assert_eq!(figures.discount_total, number("154.3707628928"));
    assert_eq!(figures.charge_total, number("10.44707628928"));
    assert_eq!(figures.total_due, number("899.78394232448"));
    assert_eq!(figures.with_plan, number("2527.36394232448"));
    assert_eq!(figures.savings, number("260.926907232") + number("50") - number("10.43707628928"));
}

#[test]
fn a_discount_counts_as_far_as_it_fits_in_its_turn() {
    let discounts = [
        discount(1, reais("1000.00"), true),
        discount(2, reais("100.00"), true),
        discount(3, percent("5"), false),
    ];
    let Computation { figures, discounts, .. } = computed(&march(), terms(), &discounts, &[]);
    let applied: Vec<String> = discounts.iter().map(|discount| discount.applied.to_string()).collect();
    assert_eq!(applied, ["1000", "43.707628928", "0"].map(|text| number(text).to_string()));
    assert_eq!(discounts[1].rest(), number("56.292371072"));
    assert_eq!(discounts[2].asked, number("52.1853814464"));
    assert_eq!((figures.total_due, figures.with_plan), (number("0"), number("1627.58")));
    assert_eq!(figures.savings, number("1304.63453616"), "what did not fit saved nothing");
    let paying = Terms { pay_dealership_bill: true, ..terms() };
    let more =
        computed(&march(), paying, &discounts.iter().map(AppliedDiscount::ask).collect::<Vec<_>>(), &[]);
    assert!(
        more.discounts.iter().all(|discount| discount.rest().is_zero()),
        "it fits under the utility's bill too"
    );
}

#[test]
fn what_cannot_be_kept_exactly_is_refused() {
    let draft = BillDraft {
        consumption: number("123456789.123456789012345"),
        compensable_tariff: number("0.934551959999999812"),
        ..march()
    };
    assert_eq!(compute(&draft.checked().unwrap(), &terms(), &[], &[], Decimal::ZERO), Err(NotExact));
}

#[test]
fn every_figure_says_how_it_came_about() {
    let discounts = [discount(1, percent("10"), true), discount(2, reais("5.00"), false)];
    let charges = [charge(3, reais("20.00"), true)];
    let paying = Terms { pay_dealership_bill: true, ..terms() };
    let explanation = computed(&march(), paying, &discounts, &charges).explanation;
    let lines: Vec<String> = explanation
        .figures
        .iter()
        .map(|explained| format!("{} = {} = {}", explained.figure, explained.formula, explained.value))
        .collect();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(lines.join("\n")) });
    let total = explanation.of("totalAPagar").unwrap();
    let named: Vec<(&str, Source)> =
        total.inputs.iter().map(|input| (input.name.as_str(), input.source)).collect();
    assert_eq!(
        named,
        [
            ("valorCreditoComDesconto", Source::Figure),
            ("discounts", Source::Figure),
            ("charges", Source::Figure),
            ("totalEncargos", Source::Bill),
        ]
    );
    let first = explanation.of("discounts[0]").unwrap();
    assert_eq!(first.inputs[1].source, Source::Discount(id(1)));
    assert_eq!(first.inputs[1].value, number("10"));
    assert_eq!(explanation.of("nothing"), None);
}

fn any_value() -> impl Strategy<Value = AdjustmentValue> {
    prop_oneof![
        (1_i64..=300_000).prop_map(|centavos| AdjustmentValue::Amount(Decimal::new(centavos, 2))),
        (1_i64..=100).prop_map(|percent| AdjustmentValue::Percent(percent.into())),
    ]
}

fn any_bill() -> impl Strategy<Value = (BillDraft, Terms)> {
    let kind = prop::sample::select(InstallationType::ALL.to_vec());
    (0_i64..=3_000_000, 0_i64..=200_000_000, 0_i64..=200_000, kind, 0_i64..=1_000, any::<bool>()).prop_map(
        |(consumption, tariff, encargos, installation_type, rate, pay_dealership_bill)| {
            let draft = BillDraft {
                consumption: Decimal::new(consumption, 3),
                compensable_tariff: Decimal::new(tariff, 8),
                utility_charges: Decimal::new(encargos, 2),
                ..march()
            };
            let discount_rate = Fraction::new(Decimal::new(rate, 3)).unwrap();
            (draft, Terms { installation_type, discount_rate, pay_dealership_bill })
        },
    )
}

proptest! {
    #[test]
    fn figures_agree_with_each_other(
        (draft, terms) in any_bill(),
        discounts in prop::collection::vec((any_value(), any::<bool>()), 0..5),
        charges in prop::collection::vec((any_value(), any::<bool>()), 0..5),
    ) {
        let discounts: Vec<_> = discounts.into_iter().map(|(asks, real)| discount(1, asks, real)).collect();
        let charges: Vec<_> = charges.into_iter().map(|(asks, real)| charge(2, asks, real)).collect();
        let checked = draft.checked().unwrap();
        let billing = Billing::compute(checked, terms, &discounts, &charges, Decimal::ZERO).unwrap();
        let figures = &billing.figures;
        let zero = Decimal::ZERO;
        for value in [figures.total_due, figures.credits_used, figures.with_plan, figures.discount_total] {
            prop_assert!(value >= zero);
        }
        let unpaid = draft.utility_charges - billing.utility_part();
        prop_assert_eq!(figures.with_plan - figures.total_due, unpaid);
        for discount in &billing.discounts {
            prop_assert!(discount.applied >= zero && discount.applied <= discount.asked);
        }
        let left_over = billing.discounts.iter().any(|discount| !discount.rest().is_zero());
        prop_assert!(!left_over || figures.total_due.is_zero(), "something lapses only where nothing is left to pay");
        let computed = compute(&billing.bill, &terms, &discounts, &charges, zero).unwrap();
        prop_assert_eq!(&computed.figures, figures);
        prop_assert_eq!(billing.explanation().unwrap(), computed.explanation);
        let text = serde_json::to_string(&billing).unwrap();
        prop_assert_eq!(serde_json::from_str::<Billing>(&text).unwrap(), billing);
    }
}
