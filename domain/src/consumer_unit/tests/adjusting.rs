//! Discounts and charges: which bill takes which, what is carried, and when it is too late.

use super::*;

/// The R$ of each discount in an invoice, by the discount's last digit.
fn taken(unit: &ConsumerUnit, invoice: u8) -> Vec<(u128, String)> {
    let of_invoice = |discount: &Discount| {
        let applied = discount.applied.iter().find(|applied| applied.invoice_id == id(invoice))?;
        Some((discount.id.as_u128() & 0xff, applied.amount.normalize().to_string()))
    };
    unit.discounts.iter().filter_map(of_invoice).collect()
}

fn left(unit: &ConsumerUnit, discount: u8) -> Option<Decimal> {
    let found = unit.discounts.iter().find(|known| known.id == id(discount)).unwrap();
    found.remaining().unwrap()
}

fn pairs(expected: &[(u128, &str)]) -> Vec<(u128, String)> {
    expected.iter().map(|(id, amount)| (*id, (*amount).to_owned())).collect()
}

#[test]
fn a_cumulative_discount_is_carried_until_it_is_used_up() {
    let unit = after([
        discount(1, "03/2024", reais("2000.00"), true),
        bill("03/2024", 10),
        bill("04/2024", 11),
        bill("05/2024", 12),
        bill("06/2024", 13),
    ]);
    assert_eq!(taken(&unit, 10), pairs(&[(1, "800")]));
    assert_eq!(taken(&unit, 11), pairs(&[(1, "800")]));
    assert_eq!(taken(&unit, 12), pairs(&[(1, "400")]));
    assert_eq!(taken(&unit, 13), pairs(&[]));
    let due: Vec<String> = unit.bills.iter().map(|bill| bill.amount_charged.to_string()).collect();
    assert_eq!(due, ["0.00", "0.00", "400.00", "800.00"]);
    assert_eq!(left(&unit, 1), Some(number("0")));
}

#[test]
fn the_rest_of_another_discount_lapses() {
    let unit =
        after([discount(1, "03/2024", reais("1000.00"), false), bill("03/2024", 10), bill("04/2024", 11)]);
    assert_eq!(taken(&unit, 10), pairs(&[(1, "800")]));
    assert_eq!(taken(&unit, 11), pairs(&[]));
}

#[test]
fn discounts_are_taken_in_the_order_they_were_made() {
    let unit = after([
        discount(1, "03/2024", reais("700.00"), true),
        discount(2, "03/2024", reais("300.00"), true),
        discount(3, "04/2024", reais("50.00"), false),
        bill("03/2024", 10),
        bill("04/2024", 11),
    ]);
    assert_eq!(taken(&unit, 10), pairs(&[(1, "700"), (2, "100")]));
    assert_eq!(taken(&unit, 11), pairs(&[(2, "200"), (3, "50")]));
}

#[test]
fn a_discount_waits_for_its_own_month() {
    let unit =
        after([discount(1, "04/2024", reais("100.00"), true), bill("03/2024", 10), bill("05/2024", 11)]);
    assert_eq!(taken(&unit, 10), pairs(&[]), "it is of a later month");
    assert_eq!(taken(&unit, 11), pairs(&[]), "its own month is not billed yet");
    let unit = with(&with(&unit, bill("04/2024", 12)), bill("06/2024", 13));
    assert_eq!(taken(&unit, 12), pairs(&[(1, "100")]));
    let unit = after([
        discount(1, "04/2024", reais("1000.00"), true),
        bill("04/2024", 10),
        bill("03/2024", 11),
        bill("05/2024", 12),
    ]);
    assert_eq!(taken(&unit, 11), pairs(&[]), "an earlier month takes no rest");
    assert_eq!(taken(&unit, 12), pairs(&[(1, "200")]));
}

#[test]
fn a_percentage_is_one_of_its_own_months_credits() {
    let unit = after([
        discount(1, "03/2024", reais("750.00"), false),
        discount(2, "03/2024", percent("50"), true),
        post("03/2024", 10, "1000"),
        post("04/2024", 11, "100"),
        post("05/2024", 12, "2000"),
    ]);
    // Half of R$ 800.00, of which R$ 50.00 fit; then R$ 80.00, then the rest.
    assert_eq!(taken(&unit, 10), pairs(&[(1, "750"), (2, "50")]));
    assert_eq!(taken(&unit, 11), pairs(&[(2, "80")]));
    assert_eq!(taken(&unit, 12), pairs(&[(2, "270")]));
}

#[test]
fn charges_are_put_on_their_own_month_alone() {
    let unit = after([
        charge(1, "03/2024", reais("50.00")),
        charge(2, "03/2024", percent("10")),
        charge(3, "04/2024", reais("1.00")),
        bill("03/2024", 10),
        bill("05/2024", 11),
    ]);
    let on = |charge: usize| unit.charges[charge].applied.map(|applied| (applied.invoice_id, applied.amount));
    assert_eq!(on(0), Some((id(10), number("50"))));
    assert_eq!(on(1), Some((id(10), number("80"))));
    assert_eq!(on(2), None);
    assert_eq!(unit.bill_of(month("03/2024")).unwrap().amount_charged, number("930.00"));
}

#[test]
fn discounts_come_off_charges_and_the_utilitys_bill_too() {
    let pays = UnitPatch { pay_dealership_bill: Some(true), ..UnitPatch::default() };
    let unit = after([
        ConsumerUnitCommand::Update(Box::new(pays)),
        charge(1, "03/2024", reais("50.00")),
        discount(2, "03/2024", reais("2477.58"), true),
        bill("03/2024", 10),
    ]);
    assert_eq!(taken(&unit, 10), pairs(&[(2, "2477.58")]));
    assert_eq!(unit.bills[0].amount_charged, number("0.00"));
}

#[test]
fn what_comes_after_the_invoice_is_too_late() {
    let unit = after([bill("03/2024", 10)]);
    for late in [discount(1, "03/2024", reais("1.00"), true), charge(1, "03/2024", reais("1.00"))] {
        let message = broken_rule(unit.decide(late.clone()));
        assert!(message.contains(&id(10).to_string()) && message.contains("03/2024"), "{message}");
        assert!(with(&unit, cancel(10)).decide(late).is_ok(), "the month is open again");
    }
    assert!(unit.decide(discount(1, "02/2024", reais("1.00"), true)).is_ok(), "an earlier month is open");
}

#[test]
fn what_an_invoice_has_used_cannot_be_deleted() {
    let unit = after([
        discount(1, "03/2024", reais("1000.00"), true),
        discount(2, "03/2024", reais("1.00"), false),
        charge(3, "03/2024", reais("1.00")),
        bill("03/2024", 10),
    ]);
    for used in [delete_discount(1), delete_charge(3)] {
        let message = broken_rule(unit.decide(used.clone()));
        assert!(message.contains(&id(10).to_string()), "{message}");
        assert!(with(&unit, cancel(10)).decide(used).is_ok());
    }
    let unit = with(&unit, delete_discount(2));
    assert_eq!(unit.discounts.len(), 1, "of which nothing fitted");
    assert_eq!(unit.decide(delete_discount(2)), Err(DomainError::NotFound { what: "discount" }));
    assert_eq!(unit.decide(delete_charge(2)), Err(DomainError::NotFound { what: "charge" }));
    assert_eq!(with(&with(&unit, cancel(10)), delete_charge(3)).charges, []);
}

#[test]
fn cancelling_an_invoice_gives_its_discounts_back() {
    let unit =
        after([discount(1, "03/2024", reais("1000.00"), true), bill("03/2024", 10), bill("04/2024", 11)]);
    assert_eq!(left(&unit, 1), Some(number("0")));
    let later = with(&unit, cancel(11));
    assert_eq!(left(&later, 1), Some(number("200")), "and the next bill takes it");
    assert_eq!(taken(&with(&later, bill("05/2024", 12)), 12), pairs(&[(1, "200")]));
    let own = with(&unit, cancel(10));
    assert_eq!(left(&own, 1), Some(number("800")));
    assert_eq!(taken(&with(&own, bill("05/2024", 12)), 12), pairs(&[]), "its own month comes first");
    let again = with(&own, post("03/2024", 12, "500"));
    assert_eq!(taken(&again, 12), pairs(&[(1, "400")]));
    assert_eq!(taken(&with(&again, bill("05/2024", 13)), 13), pairs(&[(1, "400")]));
}

#[test]
fn a_percentage_that_stands_in_no_invoice_is_a_percentage_again() {
    let ten = after([discount(1, "03/2024", percent("10"), true), bill("03/2024", 10), cancel(10)]);
    assert_eq!(left(&ten, 1), None);
    assert_eq!(taken(&with(&ten, post("03/2024", 11, "2000")), 11), pairs(&[(1, "160")]));
    let story = [
        discount(1, "03/2024", reais("700.00"), false),
        discount(2, "03/2024", percent("50"), true),
        bill("03/2024", 10),
        post("04/2024", 11, "100"),
        cancel(10),
    ];
    let stands = after(story);
    assert_eq!(left(&stands, 2), Some(number("320")), "R$ 80.00 of the R$ 400.00 stand in April");
    let again = with(&stands, post("03/2024", 12, "2000"));
    assert_eq!(taken(&again, 12), pairs(&[(1, "700"), (2, "320")]));
}

#[test]
fn what_found_no_room_in_its_own_month_is_not_forgotten_when_a_later_invoice_goes() {
    let unit = after([
        discount(1, "03/2024", reais("800.00"), false),
        discount(2, "03/2024", percent("10"), true),
        bill("03/2024", 10),
        bill("04/2024", 11),
        cancel(11),
    ]);
    assert_eq!(left(&unit, 2), Some(number("80")));
    assert_eq!(taken(&with(&unit, bill("05/2024", 12)), 12), pairs(&[(2, "80")]));
    // All of it stands in April while March is billed anew; then April goes.
    let unit = after([
        discount(1, "03/2024", reais("800.00"), false),
        discount(2, "03/2024", percent("10"), true),
        bill("03/2024", 10),
        bill("04/2024", 11),
        cancel(10),
        bill("03/2024", 12),
        cancel(11),
    ]);
    assert_eq!(taken(&with(&unit, bill("05/2024", 13)), 13), pairs(&[(2, "80")]));
}

#[test]
fn wrong_adjustments_are_refused_with_every_wrong_field() {
    let unit = after([]);
    for value in [reais("0"), reais("1.001"), percent("0.5"), percent("101")] {
        let ConsumerUnitCommand::CreateDiscount(mut new) = discount(1, "03/2024", value, true) else {
            unreachable!()
        };
        new.description = "x".repeat(51);
        let refused = unit.decide(ConsumerUnitCommand::CreateDiscount(new));
        assert_eq!(wrong_fields(refused), ["description", "value"], "{value:?}");
    }
    let ConsumerUnitCommand::CreateCharge(mut new) = charge(1, "03/2024", reais("1.00")) else {
        unreachable!()
    };
    new.description = " ".to_owned();
    assert_eq!(wrong_fields(unit.decide(ConsumerUnitCommand::CreateCharge(new))), ["description"]);
}

#[test]
fn an_id_is_used_once_and_a_month_has_a_limit() {
    let unit = after([discount(1, "03/2024", reais("1.00"), true), charge(1, "03/2024", reais("1.00"))]);
    broken_rule(unit.decide(discount(1, "04/2024", reais("1.00"), true)));
    broken_rule(unit.decide(charge(1, "04/2024", reais("1.00"))));
    let full = after((1..=100).map(|last| discount(last, "03/2024", reais("1.00"), true)));
    broken_rule(full.decide(discount(101, "03/2024", reais("1.00"), true)));
    assert!(full.decide(discount(101, "04/2024", reais("1.00"), true)).is_ok());
}
