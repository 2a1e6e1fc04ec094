//! What holds in every order of bills, discounts, charges, credits and cancellations.

use super::model::Model;
use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Discount { month: i8, value: AdjustmentValue, cumulative: bool, real: bool },
    Charge { month: i8, value: AdjustmentValue, real: bool },
    Bill { month: i8, thousandths: i64 },
    Cancel { bill: usize },
    DeleteDiscount { discount: usize },
    DeleteCharge { charge: usize },
    Receive { year: i16, month: i8, watt_hours: i64 },
    Terms { pays: bool, rate: i64 },
}

fn any_value() -> impl Strategy<Value = AdjustmentValue> {
    prop_oneof![
        (1_i64..=200_000).prop_map(|centavos| AdjustmentValue::Amount(Decimal::new(centavos, 2))),
        (1_i64..=100).prop_map(|percent| AdjustmentValue::Percent(percent.into())),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let month = 1_i8..=6;
    prop_oneof![
        4 => (month.clone(), any_value(), any::<bool>(), any::<bool>())
            .prop_map(|(month, value, cumulative, real)| Step::Discount { month, value, cumulative, real }),
        1 => (month.clone(), any_value(), any::<bool>())
            .prop_map(|(month, value, real)| Step::Charge { month, value, real }),
        6 => (month.clone(), 0_i64..=2_000_000).prop_map(|(month, thousandths)| Step::Bill { month, thousandths }),
        3 => (0_usize..6).prop_map(|bill| Step::Cancel { bill }),
        1 => (0_usize..8).prop_map(|discount| Step::DeleteDiscount { discount }),
        1 => (0_usize..3).prop_map(|charge| Step::DeleteCharge { charge }),
        // Credits of the same months of 2019 lapse in these.
        2 => (prop::sample::select(vec![2019_i16, 2024]), month, 1_i64..=900_000)
            .prop_map(|(year, month, watt_hours)| Step::Receive { year, month, watt_hours }),
        1 => (any::<bool>(), 0_i64..=100).prop_map(|(pays, rate)| Step::Terms { pays, rate }),
    ]
}

/// The command of a step; ids count up, so that none is used twice.
fn command(step: &Step, index: usize, unit: &ConsumerUnit) -> ConsumerUnitCommand {
    let new = Uuid::from_u128(index as u128 + 1_000);
    let in_month = |month: i8| Competence::new(2024, month).unwrap();
    match step {
        Step::Discount { month, value, cumulative, real } => {
            ConsumerUnitCommand::CreateDiscount(Box::new(NewDiscount {
                discount_id: new,
                value: *value,
                cumulative: *cumulative,
                real: *real,
                description: "Desconto".to_owned(),
                competence: in_month(*month),
                at: at(1),
            }))
        }
        Step::Charge { month, value, real } => ConsumerUnitCommand::CreateCharge(Box::new(NewCharge {
            charge_id: new,
            value: *value,
            real: *real,
            description: "Taxa".to_owned(),
            competence: in_month(*month),
            at: at(1),
        })),
        Step::Bill { month, thousandths } => bill_of(new, in_month(*month), Decimal::new(*thousandths, 3)),
        Step::Cancel { bill } => {
            let invoice_id = unit.bills.get(*bill).map_or(new, |bill| bill.invoice_id);
            ConsumerUnitCommand::CancelBill { invoice_id, at: at(3) }
        }
        Step::DeleteDiscount { discount } => {
            let discount_id = unit.discounts.get(*discount).map_or(new, |discount| discount.id);
            ConsumerUnitCommand::DeleteDiscount { discount_id, at: at(4) }
        }
        Step::DeleteCharge { charge } => {
            let charge_id = unit.charges.get(*charge).map_or(new, |charge| charge.id);
            ConsumerUnitCommand::DeleteCharge { charge_id, at: at(4) }
        }
        Step::Receive { year, month, watt_hours } => ConsumerUnitCommand::ReceiveCredits {
            power_plant_id: id(2),
            competence: Competence::new(*year, *month).unwrap(),
            energy: Decimal::new(*watt_hours, 3),
            at: at(5),
        },
        Step::Terms { pays, rate } => ConsumerUnitCommand::Update(Box::new(UnitPatch {
            pay_dealership_bill: Some(*pays),
            discount_rate: Some(Fraction::new(Decimal::new(*rate, 2)).unwrap()),
            at: at(6),
            ..UnitPatch::default()
        })),
    }
}

fn bill_of(invoice_id: Uuid, competence: Competence, consumption: Decimal) -> ConsumerUnitCommand {
    let bill = BillDraft { competence, consumption, utility_charges: number("99.90"), ..march() };
    ConsumerUnitCommand::PostBill(Box::new(PostBill { invoice_id, bill, at: at(2) }))
}

fn check(unit: &ConsumerUnit) {
    for discount in &unit.discounts {
        let applied: Decimal = discount.applied.iter().map(|applied| applied.amount).sum();
        assert!(applied >= Decimal::ZERO);
        let live = |invoice: Uuid| unit.bills.iter().any(|bill| bill.invoice_id == invoice);
        assert!(discount.applied.iter().all(|applied| live(applied.invoice_id)), "only what stands counts");
        let own_month = unit.bill_of(discount.competence).is_some();
        match (discount.amount(), discount.remaining().unwrap()) {
            (Some(amount), Some(left)) => {
                assert_eq!(applied + left, amount, "nothing is lost");
                assert!(left >= Decimal::ZERO, "never more than there is");
            }
            (None, None) => assert!(applied.is_zero() && !own_month, "a percentage of a month to come"),
            other => panic!("{other:?}"),
        }
        if !discount.cumulative {
            let own = discount.applied.iter().all(|applied| applied.competence == discount.competence);
            assert!(own, "what is not cumulative stays in its month");
        }
        // Taken by its own month's bill, or waiting for it.
        let noted = discount.applied.iter().any(|applied| applied.competence == discount.competence);
        assert_eq!(noted, own_month);
    }
    for charge in &unit.charges {
        let bill = unit.bill_of(charge.competence).map(|bill| bill.invoice_id);
        assert_eq!(charge.applied.map(|applied| applied.invoice_id), bill);
    }
    for lot in &unit.credits {
        let used: Decimal = unit
            .bills
            .iter()
            .flat_map(|bill| bill.credits.iter().chain(&bill.lapsed))
            .filter(|draw| draw.competence == lot.competence)
            .map(|draw| draw.energy)
            .sum();
        assert_eq!(used + lot.left, lot.received, "no watt-hour is lost");
        assert!(lot.left >= Decimal::ZERO);
    }
    assert!(unit.bills.windows(2).all(|pair| pair[0].competence < pair[1].competence));
    assert!(unit.bills.iter().all(|bill| bill.amount_charged >= Decimal::ZERO));
    let savings: Decimal = unit.bills.iter().map(|bill| bill.savings).sum();
    assert_eq!(unit.savings_total(), Ok(unit.profile.opening_savings.get() + savings));
}

proptest! {
    #[test]
    fn nothing_is_lost_or_taken_twice(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut events = unit_events();
        let mut unit: ConsumerUnit = given(events.clone());
        let mut model = Model::default();
        for (index, step) in steps.iter().enumerate() {
            let before = unit.clone();
            match unit.decide(command(step, index, &unit)) {
                Ok(told) => {
                    told.iter().for_each(|event| unit.evolve(logged(event)));
                    if let [ConsumerUnitEvent::Billed(billed)] = told.as_slice() {
                        model.check(&before, &billed.billing);
                        check_credits(&before, billed);
                        let cancel = ConsumerUnitCommand::CancelBill { invoice_id: billed.invoice_id, at: at(9) };
                        let cancelled = with(&unit, cancel);
                        let undone = ConsumerUnit { updated_at: cancelled.updated_at, ..before };
                        prop_assert_eq!(cancelled, undone, "cancelling undoes it all");
                    }
                    told.iter().for_each(|event| model.follow(event));
                    events.extend(told);
                }
                Err(
                    DomainError::Rule(_) | DomainError::InvoiceStands { .. } | DomainError::NotFound { .. },
                ) => {
                    prop_assert_eq!(&unit, &before);
                }
                Err(other) => prop_assert!(false, "{step:?}: {other}"),
            }
            check(&unit);
        }
        prop_assert_eq!(given::<ConsumerUnit>(events), unit.clone(), "the log folds to the state");
        let text = serde_json::to_string(&unit).unwrap();
        prop_assert_eq!(serde_json::from_str::<ConsumerUnit>(&text).unwrap(), unit.clone());
        check_everything_is_taken_in_the_end(&unit, &model);
    }
}

fn unit_events() -> Vec<ConsumerUnitEvent> {
    ConsumerUnit::default().decide(register(profile())).unwrap()
}

/// Bills that use all credits that there are: of the oldest first, and of none that lapsed.
fn check_credits(before: &ConsumerUnit, billed: &ConsumerUnitBilled) {
    let (month, used) = (billed.billing.bill.competence, billed.billing.figures.credits_used);
    let sum = |draws: &[CreditDraw]| draws.iter().map(|draw| draw.energy).sum::<Decimal>();
    let of = |lot: &CreditLot, draws: &[CreditDraw]| {
        let draw = draws.iter().find(|draw| draw.competence == lot.competence);
        draw.map_or(Decimal::ZERO, |draw| draw.energy)
    };
    assert_eq!(sum(&billed.credits), used.min(before.credits_for(month)));
    let mut open = used;
    for lot in &before.credits {
        let sixty_months =
            12 * (month.year() - lot.competence.year()) + i16::from(month.month() - lot.competence.month());
        match sixty_months {
            0..=60 => {
                assert_eq!(of(lot, &billed.credits), lot.left.min(open), "the oldest first");
                open -= of(lot, &billed.credits);
                assert_eq!(of(lot, &billed.lapsed), Decimal::ZERO);
            }
            61.. => {
                assert_eq!((of(lot, &billed.credits), of(lot, &billed.lapsed)), (Decimal::ZERO, lot.left))
            }
            _ => assert_eq!(of(lot, &billed.credits) + of(lot, &billed.lapsed), Decimal::ZERO),
        }
    }
}

/// A bill over more than everything, years later, takes every rest that is carried, and leaves the next one none.
fn check_everything_is_taken_in_the_end(unit: &ConsumerUnit, model: &Model) {
    let terms = UnitPatch { discount_rate: Some(Fraction::default()), ..UnitPatch::default() };
    let unit = with(unit, ConsumerUnitCommand::Update(Box::new(terms)));
    let (december, everything) = (month("12/2030"), number("10000000"));
    let last = unit.decide(bill_of(Uuid::from_u128(1), december, everything)).unwrap();
    model.check(&unit, &billed(&last).billing);
    let unit = with(&unit, bill_of(Uuid::from_u128(1), december, everything));
    for discount in unit.discounts.iter().filter(|discount| discount.cumulative) {
        let left = discount.remaining().unwrap();
        assert!(unit.bill_of(discount.competence).is_none() || left == Some(Decimal::ZERO), "{discount:?}");
    }
    let next = unit.decide(bill_of(Uuid::from_u128(2), december.next(), everything)).unwrap();
    assert_eq!(billed(&next).billing.discounts, []);
}
