//! What holds in every order of bills, discounts, charges, credits and cancellations.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Discount { month: i8, value: AdjustmentValue, cumulative: bool },
    Charge { month: i8, value: AdjustmentValue },
    Bill { month: i8, thousandths: i64 },
    Cancel { bill: usize },
    Delete { discount: usize },
    Receive { month: i8, watt_hours: i64 },
    PayUtility { pays: bool },
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
        3 => (month.clone(), any_value(), any::<bool>())
            .prop_map(|(month, value, cumulative)| Step::Discount { month, value, cumulative }),
        1 => (month.clone(), any_value()).prop_map(|(month, value)| Step::Charge { month, value }),
        6 => (month.clone(), 0_i64..=2_000_000).prop_map(|(month, thousandths)| Step::Bill { month, thousandths }),
        3 => (0_usize..6).prop_map(|bill| Step::Cancel { bill }),
        1 => (0_usize..8).prop_map(|discount| Step::Delete { discount }),
        2 => (month, 1_i64..=900_000).prop_map(|(month, watt_hours)| Step::Receive { month, watt_hours }),
        1 => any::<bool>().prop_map(|pays| Step::PayUtility { pays }),
    ]
}

/// The command of a step; ids count up, so that none is used twice.
fn command(step: &Step, index: usize, unit: &ConsumerUnit) -> ConsumerUnitCommand {
    let new = Uuid::from_u128(index as u128 + 1_000);
    let in_month = |month: i8| Competence::new(2024, month).unwrap();
    match step {
        Step::Discount { month, value, cumulative } => {
            ConsumerUnitCommand::CreateDiscount(Box::new(NewDiscount {
                discount_id: new,
                value: *value,
                cumulative: *cumulative,
                real: true,
                description: "Desconto".to_owned(),
                competence: in_month(*month),
                at: at(1),
            }))
        }
        Step::Charge { month, value } => ConsumerUnitCommand::CreateCharge(Box::new(NewCharge {
            charge_id: new,
            value: *value,
            real: true,
            description: "Taxa".to_owned(),
            competence: in_month(*month),
            at: at(1),
        })),
        Step::Bill { month, thousandths } => {
            let bill = BillDraft {
                competence: in_month(*month),
                consumption: Decimal::new(*thousandths, 3),
                utility_charges: number("99.90"),
                ..march()
            };
            ConsumerUnitCommand::PostBill(Box::new(PostBill { invoice_id: new, bill, at: at(2) }))
        }
        Step::Cancel { bill } => {
            let invoice_id = unit.bills.get(*bill).map_or(new, |bill| bill.invoice_id);
            ConsumerUnitCommand::CancelBill { invoice_id, at: at(3) }
        }
        Step::Delete { discount } => {
            let discount_id = unit.discounts.get(*discount).map_or(new, |discount| discount.id);
            ConsumerUnitCommand::DeleteDiscount { discount_id, at: at(4) }
        }
        Step::Receive { month, watt_hours } => ConsumerUnitCommand::ReceiveCredits {
            power_plant_id: id(2),
            competence: in_month(*month),
            energy: Decimal::new(*watt_hours, 3),
            at: at(5),
        },
        Step::PayUtility { pays } => ConsumerUnitCommand::Update(Box::new(UnitPatch {
            pay_dealership_bill: Some(*pays),
            at: at(6),
            ..UnitPatch::default()
        })),
    }
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
        for (index, step) in steps.iter().enumerate() {
            let before = unit.clone();
            match unit.decide(command(step, index, &unit)) {
                Ok(told) => {
                    told.iter().for_each(|event| unit.evolve(logged(event)));
                    if let [ConsumerUnitEvent::Billed(billed)] = told.as_slice() {
                        check_bill(&before, &billed.billing);
                        let cancel = ConsumerUnitCommand::CancelBill { invoice_id: billed.invoice_id, at: at(9) };
                        prop_assert_eq!(with(&unit, cancel), before, "cancelling undoes it all");
                    }
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
        prop_assert_eq!(serde_json::from_str::<ConsumerUnit>(&text).unwrap(), unit);
    }
}

fn unit_events() -> Vec<ConsumerUnitEvent> {
    ConsumerUnit::default().decide(register(profile())).unwrap()
}

fn check_bill(before: &ConsumerUnit, billing: &crate::energy::Billing) {
    assert!(billing.figures.total_due >= Decimal::ZERO);
    let mut left =
        billing.figures.credit_with_discount + billing.figures.charge_total + billing.utility_part();
    for taken in &billing.discounts {
        assert_eq!(taken.applied, taken.asked.min(left), "as far as it fits, in its turn");
        left -= taken.applied;
        let discount = before.discounts.iter().find(|known| known.id == taken.discount_id).unwrap();
        if discount.competence != billing.bill.competence {
            assert!(discount.cumulative && discount.competence < billing.bill.competence);
            assert_eq!(discount.remaining().unwrap(), Some(taken.asked));
        }
    }
    assert_eq!(billing.figures.total_due, left);
}
