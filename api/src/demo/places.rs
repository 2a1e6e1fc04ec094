//! Where the company works: three areas, each with its utility, its cities and a power plant.

use super::chance::Chance;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// A city.
#[derive(Debug, Clone, Copy)]
pub(super) struct City {
    pub(super) name: &'static str,
    /// Letters of its state.
    pub(super) state: &'static str,
    /// Digits before a telephone number.
    pub(super) dial: &'static str,
    /// What its postal codes begin with: five digits.
    zip: &'static str,
}

/// What one utility supplies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) utility: &'static str,
    pub(super) plant: &'static str,
    pub(super) cities: [City; 3],
    /// R$/kWh in hundred-millionths, of the first year.
    tariff: i64,
}

/// The areas.
pub(super) const AREAS: [Area; 3] = [
    Area {
        utility: "CPFL Paulista",
        plant: "Usina Campinas I",
        cities: [
            City { name: "Campinas", state: "SP", dial: "19", zip: "13015" },
            City { name: "Limeira", state: "SP", dial: "19", zip: "13480" },
            City { name: "Ribeirão Preto", state: "SP", dial: "16", zip: "14025" },
        ],
        tariff: 88_231_640,
    },
    Area {
        utility: "CEMIG",
        plant: "Usina Uberlândia",
        cities: [
            City { name: "Uberlândia", state: "MG", dial: "34", zip: "38400" },
            City { name: "Uberaba", state: "MG", dial: "34", zip: "38010" },
            City { name: "Araguari", state: "MG", dial: "34", zip: "38440" },
        ],
        tariff: 96_815_320,
    },
    Area {
        utility: "Equatorial Goiás",
        plant: "Usina Anápolis",
        cities: [
            City { name: "Goiânia", state: "GO", dial: "62", zip: "74015" },
            City { name: "Anápolis", state: "GO", dial: "62", zip: "75020" },
            City { name: "Caldas Novas", state: "GO", dial: "64", zip: "75680" },
        ],
        tariff: 80_570_110,
    },
];

const STREETS: [&str; 16] = [
    "Rua das Acácias",
    "Rua Barão de Jaguara",
    "Avenida Brasil",
    "Rua Sete de Setembro",
    "Avenida João Naves",
    "Rua Quinze de Novembro",
    "Rua dos Ipês",
    "Avenida Anhanguera",
    "Rua Tiradentes",
    "Rua Santos Dumont",
    "Avenida Goiás",
    "Rua Marechal Deodoro",
    "Rua Coronel Quirino",
    "Alameda das Rosas",
    "Rua Dom Pedro II",
    "Avenida Rondon Pacheco",
];
const DISTRICTS: [&str; 8] =
    ["Centro", "Jardim América", "Vila Nova", "Setor Oeste", "Cambuí", "Santa Mônica", "Boa Vista", "Bueno"];

/// An address of a city, in parts.
pub(super) fn address(chance: &mut Chance, city: City) -> Value {
    json!({
        "street": chance.pick(&STREETS), "number": chance.between(10, 2_400).to_string(),
        "district": chance.pick(&DISTRICTS), "city": city.name, "state": city.state,
        "zip": format!("{}-{}", city.zip, chance.digits(3)), "country": "BR",
    })
}

impl Area {
    /// What a kWh costs (R$), and what of that a credit saves; a revision each April raises both by 3.2 percent.
    pub(super) fn tariffs(&self, revisions: u32) -> (Decimal, Decimal) {
        let revised = (0..revisions).fold(self.tariff, |tariff, _| tariff + tariff * 32 / 1_000);
        // Credits save all but what goes to PIS and COFINS on the wire, some 2.5 percent.
        (Decimal::new(revised, 8), Decimal::new(revised - revised * 25 / 1_000, 8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tariffs_are_those_of_these_years() {
        for area in AREAS {
            for revisions in 0..3 {
                let (tariff, compensable) = area.tariffs(revisions);
                assert!(
                    tariff >= Decimal::new(75, 2) && tariff <= Decimal::new(110, 2),
                    "{} {tariff}",
                    area.utility
                );
                assert!(
                    compensable < tariff && compensable >= Decimal::new(75, 2),
                    "{} {compensable}",
                    area.utility
                );
            }
        }
    }
}
