use super::*;
use crate::testing::*;
use crate::value::Change;
use proptest::prelude::*;

fn profile() -> PlantProfile {
    PlantProfile {
        name: " Usina Sol Nascente ".to_owned(),
        account_number: some("300200100"),
        distributor: some("CPFL Paulista"),
        owner: some("Sol Nascente Energia LTDA"),
        tax_id: Some(crate::value::TaxId::parse("11.222.333/0001-81", true).unwrap()),
        address: Some(campinas()),
        installed_power: Some(crate::energy::Kwp::parse("112.5").unwrap()),
        connected_at: Some(day("2023-05-01")),
        observations: some("Telhado do galpão"),
    }
}

fn register(profile: PlantProfile) -> PowerPlantCommand {
    PowerPlantCommand::Register { profile: Box::new(profile), at: at(0) }
}

fn after(commands: impl IntoIterator<Item = PowerPlantCommand>) -> PowerPlant {
    let mut plant = PowerPlant::default();
    for command in std::iter::once(register(profile())).chain(commands) {
        let events = plant.decide(command).unwrap();
        events.iter().for_each(|event| plant.evolve(logged(event)));
    }
    plant
}

fn share(unit: u8, share: &str) -> PowerPlantCommand {
    PowerPlantCommand::SetShare { unit_id: id(unit), share: Share::parse(share).unwrap(), at: at(1) }
}

fn generated(month: &str, energy: &str) -> PowerPlantCommand {
    let competence = Competence::parse(month).unwrap();
    PowerPlantCommand::RecordGeneration { competence, energy: MeteredKwh::parse(energy).unwrap(), at: at(2) }
}

fn handed_out(plant: &PowerPlant, energy: &str) -> (Vec<String>, String) {
    let events = plant.decide(generated("03/2024", energy)).unwrap();
    let [PowerPlantEvent::Generated(event)] = events.as_slice() else { panic!("{events:?}") };
    let parts = event.shares.iter().map(|share| share.energy.to_string()).collect();
    (parts, event.unallocated.to_string())
}

#[test]
fn a_name_is_enough_and_everything_else_may_be_given() {
    let plant = after([]);
    assert_eq!((plant.number.get(), plant.profile.name.as_str()), (7, "Usina Sol Nascente"));
    assert_eq!(plant.profile, PlantProfile { name: "Usina Sol Nascente".to_owned(), ..profile() });
    let named = PlantProfile { name: "Usina".to_owned(), ..PlantProfile::default() };
    assert!(PowerPlant::default().decide(register(named)).is_ok());
    broken_rule(plant.decide(register(profile())));
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let wrong = PlantProfile {
        name: " ".to_owned(),
        account_number: Some("1".repeat(41)),
        distributor: some("a\nb"),
        owner: Some("x".repeat(201)),
        address: Some(crate::value::Address::default()),
        observations: Some("x".repeat(5_001)),
        ..profile()
    };
    assert_eq!(
        wrong_fields(PowerPlant::default().decide(register(wrong))),
        ["account_number", "address.text", "distributor", "name", "observations", "owner"]
    );
}

#[test]
fn an_update_tells_only_what_changed() {
    let patch = PlantPatch {
        name: some("Usina Sol Nascente"),
        owner: Change::Clear,
        installed_power: Change::Set(crate::energy::Kwp::parse("150").unwrap()),
        at: at(5),
        ..PlantPatch::default()
    };
    let mut plant = after([]);
    let events = plant.decide(PowerPlantCommand::Update(Box::new(patch.clone()))).unwrap();
    assert_eq!(events, [PowerPlantEvent::Updated(Box::new(PlantPatch { name: None, ..patch.clone() }))]);
    events.into_iter().for_each(|event| plant.evolve(event));
    assert_eq!((plant.profile.owner.as_deref(), plant.updated_at), (None, at(5)));
    assert_eq!(plant.decide(PowerPlantCommand::Update(Box::new(patch))), Ok(vec![]));
}

#[test]
fn shares_are_of_one_whole() {
    let plant = after([share(1, "0.6"), share(2, "0.3"), share(1, "0.7"), share(3, "0")]);
    assert_eq!(plant.allocated(), number("1"));
    let message = broken_rule(plant.decide(share(2, "0.300001")));
    assert!(message.contains("0.3 is left"), "{message}");
    broken_rule(plant.decide(share(3, "0.000001")));
    assert_eq!(plant.decide(share(2, "0.3")), Ok(vec![]), "nothing changes");
    let plant = after([share(1, "1"), share(1, "0"), share(2, "1")]);
    assert_eq!(plant.shares.len(), 1, "who left has no share");
}

#[test]
fn generation_is_handed_out_to_the_watt_hour() {
    let thirds = after([share(1, "0.333333"), share(2, "0.333333"), share(3, "0.333334")]);
    assert_eq!(
        handed_out(&thirds, "100"),
        (vec!["33.333".into(), "33.333".into(), "33.334".into()], "0".into())
    );
    assert_eq!(handed_out(&thirds, "0.001"), (vec!["0".into(), "0".into(), "0.001".into()], "0".into()));
    let half = after([share(1, "0.25"), share(2, "0.25")]);
    assert_eq!(handed_out(&half, "10.001"), (vec!["2.5".into(), "2.5".into()], "5.001".into()));
    assert_eq!(handed_out(&after([]), "10.001"), (vec![], "10.001".into()));
    assert_eq!(handed_out(&half, "0"), (vec!["0".into(), "0".into()], "0".into()));
    let binary = after([1, 2, 3].map(|unit| share(unit, "0.3333333333333333")));
    assert_eq!(
        handed_out(&binary, "100"),
        (vec!["33.334".into(), "33.333".into(), "33.333".into()], "0".into()),
        "the plant keeps no watt-hour of what binary thirds leave of the whole"
    );
}

#[test]
fn a_month_is_handed_out_once() {
    let plant = after([share(1, "0.5"), generated("03/2024", "1200.5"), generated("01/2024", "900")]);
    let months: Vec<String> = plant.generation.iter().map(|known| known.competence.to_string()).collect();
    assert_eq!(months, ["01/2024", "03/2024"]);
    let march = plant.generation_of(Competence::parse("03/2024").unwrap()).unwrap();
    assert_eq!((march.energy, march.unallocated), (number("1200.5"), number("600.25")));
    let message = broken_rule(plant.decide(generated("03/2024", "1300")));
    assert!(message.contains("1200.5") && message.contains("03/2024"), "{message}");
}

#[test]
fn nothing_can_be_asked_of_a_plant_that_was_never_registered() {
    for command in [PowerPlantCommand::Update(Box::default()), share(1, "0.1"), generated("01/2024", "1")] {
        let missing = DomainError::NotFound { what: "power plant" };
        assert_eq!(PowerPlant::default().decide(command), Err(missing));
    }
    let events = PowerPlant::default().decide(register(profile())).unwrap();
    let claims = claims_of(&PowerPlant::default(), &events);
    assert_eq!(claims.series[0].1.series, "number:power_plant");
}

proptest! {
    #[test]
    fn no_watt_hour_is_lost_or_made(
        watt_hours in 0_i64..=1_000_000_000_000,
        weights in prop::collection::vec(1_i128..=1_000_000, 0..40),
        places in prop::sample::select(vec![2_u32, 6, 16, Share::PLACES]),
        whole in any::<bool>(),
    ) {
        // Shares of so many decimals in proportion to the weights, cut down: together at most the whole, or just it.
        let (sum, one): (i128, i128) = (weights.iter().sum(), 10_i128.pow(places));
        let mut parts: Vec<i128> = weights.iter().map(|weight| weight * one / sum).collect();
        let missing = one - parts.iter().sum::<i128>();
        if let (true, Some(last)) = (whole, parts.last_mut()) {
            *last += missing;
        }
        let shares: BTreeMap<Uuid, Share> = parts
            .iter()
            .enumerate()
            .filter(|(_, part)| **part > 0)
            .map(|(unit, part)| {
                let share = Share::new(Decimal::from_i128_with_scale(*part, places)).unwrap();
                (Uuid::from_u128(unit as u128 + 1), share)
            })
            .collect();
        let energy = Decimal::new(watt_hours, 3);
        let rateio = Rateio::of(energy, &shares);
        let handed: Decimal = rateio.shares.iter().map(|share| share.energy).sum();
        prop_assert_eq!(handed + rateio.unallocated, energy);
        let allocated: Decimal = shares.values().map(|share| share.get()).sum();
        if allocated == Decimal::ONE {
            prop_assert_eq!(rateio.unallocated, Decimal::ZERO);
        }
        for share in &rateio.shares {
            let exact = energy * share.share.get();
            prop_assert!((share.energy - exact).abs() < Decimal::new(1, 3), "less than a watt-hour off");
            prop_assert!(share.energy >= Decimal::ZERO && share.energy.scale() <= 3);
        }
    }
}
