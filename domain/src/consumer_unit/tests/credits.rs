//! Credits received, used oldest first, and lapsing.

use super::*;

fn receive_from(plant: u8, competence: &str, energy: &str) -> ConsumerUnitCommand {
    ConsumerUnitCommand::ReceiveCredits {
        power_plant_id: id(plant),
        competence: month(competence),
        energy: number(energy),
        at: at(1),
    }
}

fn receive(competence: &str, energy: &str) -> ConsumerUnitCommand {
    receive_from(2, competence, energy)
}

fn lots(unit: &ConsumerUnit) -> Vec<String> {
    unit.credits.iter().map(|lot| format!("{} {}", lot.competence, lot.left.normalize())).collect()
}

fn draws(draws: &[CreditDraw]) -> Vec<String> {
    draws.iter().map(|draw| format!("{} {}", draw.competence, draw.energy.normalize())).collect()
}

#[test]
fn the_oldest_credits_are_used_first() {
    let unit = after([receive("03/2024", "500"), receive("01/2024", "600.5"), receive("02/2024", "100")]);
    assert_eq!(lots(&unit), ["01/2024 600.5", "02/2024 100", "03/2024 500"]);
    assert_eq!(unit.credits_for(month("03/2024")), number("1200.5"));
    let events = unit.decide(bill("03/2024", 10)).unwrap();
    assert_eq!(draws(&billed(&events).credits), ["01/2024 600.5", "02/2024 100", "03/2024 299.5"]);
    let unit = with(&unit, bill("03/2024", 10));
    assert_eq!(lots(&unit), ["01/2024 0", "02/2024 0", "03/2024 200.5"]);
}

#[test]
fn a_bill_uses_what_there_is_and_nothing_of_later_months() {
    let unit = after([receive("03/2024", "300"), receive("04/2024", "300")]);
    let events = unit.decide(bill("03/2024", 10)).unwrap();
    assert_eq!(draws(&billed(&events).credits), ["03/2024 300"]);
    assert_eq!(
        billed(&events).billing.figures.credits_used,
        number("1000"),
        "the bill's figure stays the bill's"
    );
    assert_eq!(billed(&after([]).decide(bill("03/2024", 10)).unwrap()).credits, []);
}

#[test]
fn credits_lapse_after_sixty_months() {
    let unit = after([receive("03/2019", "700"), receive("02/2019", "50"), receive("03/2024", "100")]);
    assert_eq!(unit.credits_for(month("03/2024")), number("800"));
    let events = unit.decide(bill("03/2024", 10)).unwrap();
    assert_eq!(draws(&billed(&events).credits), ["03/2019 700", "03/2024 100"]);
    assert_eq!(draws(&billed(&events).lapsed), ["02/2019 50"]);
    let unit = with(&unit, bill("03/2024", 10));
    assert_eq!(lots(&unit), ["02/2019 0", "03/2019 0", "03/2024 0"]);
    let events = unit.decide(bill("04/2024", 11)).unwrap();
    assert_eq!(billed(&events).lapsed, [], "noted once");
    assert_eq!(lots(&with(&unit, cancel(10))), ["02/2019 50", "03/2019 700", "03/2024 100"]);
}

#[test]
fn a_month_is_received_once_from_each_plant() {
    let unit = after([receive("03/2024", "300"), receive_from(3, "03/2024", "50")]);
    assert_eq!(lots(&unit), ["03/2024 300", "03/2024 50"]);
    broken_rule(unit.decide(receive("03/2024", "1")));
    for wrong in ["0", "-1"] {
        assert_eq!(wrong_fields(unit.decide(receive("04/2024", wrong))), ["energy"]);
    }
}
