//! Who gets solar credits: in each area a power plant, fifteen clients and their twenty consumer units.

use super::chance::Chance;
use super::people::{Company, Person};
use super::places::{AREAS, Area, address};
use super::receivables::Payer;
use crate::http::number;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sunledger_domain::value::CalendarDate;

/// Clients of an area by what they are: people with one home, somebody with two, shops with two meters each. Twenty units.
const HOMES: usize = 10;
const TWO_HOMES: usize = 1;
const SHOPS: usize = 4;
/// Consumer units of an area.
pub(super) const UNITS: usize = HOMES + 2 * TWO_HOMES + 2 * SHOPS;
/// What a home uses in a month, kWh, over what it does in January to December: percent of its average. Heat makes it.
const SEASONS: [i64; 12] = [118, 116, 110, 100, 91, 86, 85, 90, 98, 104, 108, 114];
/// kWh that a kWp gives in January to December, hundredths: the dry winter of the highlands is clear and short of light.
const YIELDS: [i64; 12] =
    [13_610, 12_480, 13_120, 12_350, 11_490, 10_780, 11_640, 13_050, 12_810, 13_330, 13_420, 13_740];
/// The yearly average of that.
const YIELD: i64 = 12_650;

/// Somebody who gets credits.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub(super) area: usize,
    /// The path that takes it: companies have more to tell on the energy surface.
    pub(super) path: &'static str,
    pub(super) body: Value,
    /// Where the answer has its id.
    pub(super) id: &'static str,
}

/// A meter.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    pub(super) area: usize,
    /// Whose: a place in [`Market::buyers`].
    pub(super) buyer: usize,
    /// What is registered, without client, plant and share.
    body: Value,
    /// kWh of an average month.
    mean: i64,
    /// kWh that are paid for whatever comes from the sun.
    pub(super) minimum: i64,
    pub(super) payer: Payer,
}

/// What is registered in the opening weeks.
#[derive(Debug, Clone)]
pub(super) struct Market {
    pub(super) buyers: Vec<Buyer>,
    pub(super) meters: Vec<Meter>,
}

impl Market {
    pub(super) fn of(seed: u64, opening: CalendarDate) -> Self {
        let mut market = Self { buyers: Vec::new(), meters: Vec::new() };
        for (index, area) in AREAS.iter().enumerate() {
            let mut chance = Chance::of(seed, area.plant);
            for place in 0..HOMES + TWO_HOMES + SHOPS {
                market.found(index, area, place, opening, &mut chance);
            }
        }
        market
    }

    /// Somebody is found, with one meter or two.
    fn found(&mut self, index: usize, area: &Area, place: usize, opening: CalendarDate, chance: &mut Chance) {
        let city = chance.pick(&area.cities);
        let home = address(chance, city);
        let place_in_all = self.buyers.len() + 1;
        let payer = Payer::of(chance);
        let (buyer, whose, tax_id, phone, names): (_, _, _, _, &[&str]) = if place < HOMES + TWO_HOMES {
            let person = Person::of(chance, city, place_in_all);
            let body = json!({
                "name": person.name(), "email": person.email, "phone": person.phone, "taxId": person.cpf, "address": home,
            });
            let names: &[&str] = if place < HOMES { &["Casa"] } else { &["Casa", "Chácara"] };
            (
                Buyer { area: index, path: "/v1/clients", body, id: "/data/id" },
                person.name(),
                person.cpf,
                person.phone,
                names,
            )
        } else {
            let company = Company::of(chance, city, place_in_all);
            let body = json!({
                "name": company.name, "corporateName": company.registered, "cpfCnpj": company.cnpj, "email": company.email,
                "address": home,
            });
            let buyer = Buyer { area: index, path: "/energy/clients", body, id: "/code" };
            (buyer, company.registered, company.cnpj, company.phone, &["Loja", "Depósito"])
        };
        self.buyers.push(buyer);
        for (second, name) in names.iter().enumerate() {
            let connection = if *name == "Loja" { Connection::Three } else { Connection::of_a_home(chance) };
            let mean = match connection {
                Connection::One => chance.between(150, 340),
                Connection::Two => chance.between(260, 620),
                Connection::Three => chance.between(900, 3_600),
            };
            let body = json!({
                "accountNumber": format!("{}{}", chance.between(1, 9), chance.digits(8)), "name": format!("{name} - {whose}"),
                "nameAccountOwner": whose, "cpfCnpj": tax_id, "phone": phone,
                "address": if second == 0 { home.clone() } else { address(chance, city) },
                "instalationType": connection.name(), "discountRate": number(Decimal::new(chance.pick(&[10, 12, 15, 18, 20]), 2)),
                "plan": chance.pick(&["BASIC", "PLUS"]), "payDealershipBill": chance.percent(25),
                "connectedAt": opening.to_string(), "createInvoiceSunneAutomatically": true,
            });
            let (area, buyer, minimum) = (index, self.buyers.len() - 1, connection.minimum());
            self.meters.push(Meter { area, buyer, body, mean, minimum, payer });
        }
    }

    fn mean_of(&self, area: usize) -> i64 {
        self.meters.iter().filter(|meter| meter.area == area).map(|meter| meter.mean).sum()
    }

    /// An area's plant, of a size that its units use up in an average month.
    pub(super) fn plant(&self, area: usize, owner: &str, opening: CalendarDate) -> Value {
        let Area { plant, utility, cities, .. } = AREAS[area];
        json!({
            "name": plant, "distributor": utility, "owner": owner, "address": {"city": cities[1].name, "state": cities[1].state},
            "accountNumber": format!("9{:08}", 1_000_037 * (area + 1)), "installedPower": number(self.power(area)),
            "connectedAt": opening.plus_days(-30).to_string(), "observations": "Minigeração compartilhada",
        })
    }

    /// kWp of an area's plant, in tenths.
    fn power(&self, area: usize) -> Decimal {
        Decimal::new(self.mean_of(area) * 1_000 / YIELD, 1)
    }

    /// What is registered for a meter of a client and a plant.
    pub(super) fn unit(&self, meter: &Meter, client: &str, plant: &str) -> Value {
        let mut body = meter.body.clone();
        body["clientCode"] = client.into();
        body["powerPlantCode"] = plant.into();
        body["percentage"] = number(self.share(meter));
        body
    }

    /// A meter's part of its plant, 0 to 1; those of a plant never come to more than 1.
    fn share(&self, meter: &Meter) -> Decimal {
        Decimal::new(meter.mean * 10_000 / self.mean_of(meter.area).max(1), 4)
    }

    /// What a plant generates in a month (1 to 12), kWh.
    pub(super) fn generated(&self, area: usize, month: i8, chance: &mut Chance) -> Decimal {
        let typical = self.power(area) * Decimal::new(in_month(&YIELDS, month), 2);
        (typical * Decimal::new(chance.between(940, 1_050), 3)).round_dp(1)
    }

    /// What a meter gets of that, kWh.
    pub(super) fn credited(&self, meter: &Meter, generated: Decimal) -> Decimal {
        (generated * self.share(meter)).trunc_with_scale(3)
    }
}

impl Meter {
    /// kWh used in a month (1 to 12).
    pub(super) fn consumed(&self, month: i8, chance: &mut Chance) -> i64 {
        self.mean * in_month(&SEASONS, month) * chance.between(86, 114) / 10_000
    }
}

/// kWh that a kWp of an ordinary roof gives on an average day of a month (1 to 12), thousandths.
pub(super) fn daily_yield(month: i8) -> i64 {
    in_month(&YIELDS, month) * 10 / 30
}

fn in_month(table: &[i64; 12], month: i8) -> i64 {
    table[usize::try_from(month - 1).unwrap_or_default().min(11)]
}

/// How a meter is connected.
#[derive(Debug, Clone, Copy)]
enum Connection {
    One,
    Two,
    Three,
}

impl Connection {
    fn of_a_home(chance: &mut Chance) -> Self {
        if chance.percent(45) { Self::One } else { Self::Two }
    }

    fn name(self) -> &'static str {
        match self {
            Self::One => "MONOFASICO",
            Self::Two => "BIFASICO",
            Self::Three => "TRIFASICO",
        }
    }

    /// kWh that are paid for in any case (Resolução ANEEL 1000/2021).
    fn minimum(self) -> i64 {
        match self {
            Self::One => 30,
            Self::Two => 50,
            Self::Three => 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn market(seed: u64) -> Market {
        Market::of(seed, CalendarDate::parse("2025-07-01").unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn whatever_the_seed_the_market_is_whole(seed in any::<u64>()) {
            let market = market(seed);
            prop_assert_eq!((market.buyers.len(), market.meters.len()), (45, 60));
            for area in 0..3 {
                let of_area: Vec<&Meter> = market.meters.iter().filter(|meter| meter.area == area).collect();
                prop_assert_eq!(of_area.len(), UNITS);
                let shares: Decimal = of_area.iter().map(|meter| market.share(meter)).sum();
                prop_assert!(shares <= Decimal::ONE && shares > Decimal::new(99, 2), "{shares}");
                prop_assert!(market.power(area) > Decimal::TEN);
            }
            prop_assert!(market.meters.iter().all(|meter| market.buyers[meter.buyer].area == meter.area));
        }
    }

    #[test]
    fn summers_use_more_and_give_more_than_winters() {
        let market = market(1);
        let mut chance = Chance::of(1, "months");
        let used = |month, chance: &mut Chance| {
            market.meters.iter().map(|meter| meter.consumed(month, chance)).sum::<i64>()
        };
        assert!(used(1, &mut chance) > used(7, &mut chance));
        for area in 0..3 {
            assert!(market.generated(area, 12, &mut chance) > market.generated(area, 6, &mut chance));
        }
        assert!(daily_yield(12) > daily_yield(6));
        assert_eq!(YIELDS.iter().sum::<i64>() / 12, 12_651);
    }

    #[test]
    fn a_seed_gives_the_same_market_again() {
        let bodies =
            |seed| market(seed).meters.into_iter().map(|meter| meter.body.to_string()).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }
}
