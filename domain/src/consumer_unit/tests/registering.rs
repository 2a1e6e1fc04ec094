//! Units made and changed.

use super::*;

#[test]
fn a_unit_has_what_it_was_registered_with() {
    let unit = after([]);
    assert!(unit.exists() && !ConsumerUnit::default().exists());
    assert_eq!(unit.number.get(), 7);
    assert_eq!(unit.profile, UnitProfile { account_number: "132456798".to_owned(), ..profile() });
    assert_eq!((unit.created_at, unit.updated_at), (at(0), at(0)));
    broken_rule(unit.decide(register(profile())));
}

#[test]
fn every_wrong_field_of_a_new_unit_is_named_at_once() {
    let wrong = UnitProfile {
        account_number: " .- ".to_owned(),
        client_id: Uuid::nil(),
        name: " ".to_owned(),
        name_account_owner: Some("x".repeat(201)),
        address: Some(crate::value::Address::default()),
        responsible: some("a\nb"),
        plan: Some("x".repeat(61)),
        observations: Some("x".repeat(5_001)),
        ..profile()
    };
    assert_eq!(
        wrong_fields(ConsumerUnit::default().decide(register(wrong))),
        [
            "account_number",
            "address.text",
            "client_id",
            "name",
            "name_account_owner",
            "observations",
            "plan",
            "responsible",
        ]
    );
}

#[test]
fn rates_are_parts_of_a_whole() {
    for wrong in ["-0.1", "1.000001", "0.0000001"] {
        assert!(Fraction::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_update_tells_only_what_changed() {
    let patch = UnitPatch {
        account_number: some("132456798"),
        name: some("Padaria"),
        power_plant_id: Change::Clear,
        discount_rate: Some(Fraction::parse("0.15").unwrap()),
        pay_dealership_bill: Some(true),
        unified_invoice: Some(false),
        plan: Change::Set(" ".to_owned()),
        observations: Change::Set("Observações".to_owned()),
        at: at(9),
        ..UnitPatch::default()
    };
    let unit = after([]);
    let events = unit.decide(ConsumerUnitCommand::Update(Box::new(patch.clone()))).unwrap();
    let told = UnitPatch {
        account_number: None,
        unified_invoice: None,
        plan: Change::Clear,
        observations: Change::Keep,
        ..patch.clone()
    };
    assert_eq!(events, [ConsumerUnitEvent::Updated(Box::new(told))]);
    let changed = with(&unit, ConsumerUnitCommand::Update(Box::new(patch.clone())));
    let expected = UnitProfile {
        name: "Padaria".to_owned(),
        power_plant_id: None,
        discount_rate: Fraction::parse("0.15").unwrap(),
        pay_dealership_bill: true,
        plan: None,
        ..unit.profile
    };
    assert_eq!((changed.profile.clone(), changed.updated_at), (expected, at(9)));
    assert_eq!(changed.decide(ConsumerUnitCommand::Update(Box::new(patch))), Ok(vec![]));
    let wrong = UnitPatch {
        account_number: some(""),
        client_id: Some(Uuid::nil()),
        name: some(""),
        phone: Change::Clear,
        ..UnitPatch::default()
    };
    let refused = after([]).decide(ConsumerUnitCommand::Update(Box::new(wrong)));
    assert_eq!(wrong_fields(refused), ["account_number", "client_id", "name"]);
}

#[test]
fn an_account_number_is_compared_by_its_letters_and_digits_and_belongs_to_nobody() {
    assert_eq!(account_name("12.345-6 a"), "123456A");
    let events = ConsumerUnit::default().decide(register(profile())).unwrap();
    let claims = claims_of(&ConsumerUnit::default(), &events);
    assert_eq!(claims.series[0].1.series, "number:consumer_unit");
    assert!(claims.take.is_empty(), "another utility may give the same number, and so may another holder");
    let unit = after([]);
    let renamed = UnitPatch { account_number: some("999"), ..UnitPatch::default() };
    let events = unit.decide(ConsumerUnitCommand::Update(Box::new(renamed))).unwrap();
    assert_eq!(claims_of(&unit, &events), Claims::default());
}

#[test]
fn who_knows_a_discount_or_a_charge_by_its_id_alone_finds_the_unit() {
    let unit = after([]);
    let claimed = |command| claims_of(&unit, &unit.decide(command).unwrap());
    for command in [discount(3, "03/2024", reais("1.00"), true), charge(3, "03/2024", reais("1.00"))] {
        let take = claimed(command).take;
        assert_eq!((take.len(), take[0].scope), (1, ADJUSTMENT));
        assert_eq!(take[0].name, id(3).to_string());
    }
    let with = after([discount(3, "03/2024", reais("1.00"), true)]);
    let deleted = claims_of(&with, &with.decide(delete_discount(3)).unwrap());
    assert_eq!((deleted.take.len(), deleted.release[0].scope), (0, ADJUSTMENT));
}

#[test]
fn nothing_can_be_asked_of_a_unit_that_was_never_registered() {
    for command in [
        ConsumerUnitCommand::Update(Box::default()),
        discount(3, "03/2024", reais("1.00"), true),
        delete_discount(3),
        charge(3, "03/2024", reais("1.00")),
        delete_charge(3),
        bill("03/2024", 4),
        cancel(4),
    ] {
        let missing = DomainError::NotFound { what: "consumer unit" };
        assert_eq!(ConsumerUnit::default().decide(command), Err(missing));
    }
}
