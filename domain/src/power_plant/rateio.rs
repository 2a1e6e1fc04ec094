//! Generation handed out to the watt-hour (rateio), by the method of the largest remainder: each unit gets the
//! whole watt-hours of its part, and the few that are left go to those whose parts were cut off the most. What the
//! shares leave of the whole takes part like a unit, and stays with the plant.

use crate::energy::Share;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Parts of a whole that a share is counted in. Times the most watt-hours that is 10^30, far under `u128`'s 10^38.
const WHOLE: u128 = 10_u128.pow(Share::PLACES);

/// What one unit gets of a month's generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitShare {
    /// The consumer unit.
    pub unit_id: Uuid,
    /// Its share of the generation.
    pub share: Share,
    /// kWh.
    pub energy: Decimal,
}

/// A generation handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rateio {
    /// What each unit gets, by unit.
    pub shares: Vec<UnitShare>,
    /// kWh that no unit gets.
    pub unallocated: Decimal,
}

impl Rateio {
    /// Hands out `energy` kWh (at most 3 decimals) by shares that add up to at most 1.
    pub fn of(energy: Decimal, shares: &BTreeMap<Uuid, Share>) -> Self {
        let watt_hours = scaled(energy, 3);
        let of_whole: Vec<u128> = shares.values().map(|share| scaled(share.get(), Share::PLACES)).collect();
        let rest = WHOLE.saturating_sub(of_whole.iter().sum());
        // The plant comes last: of equal remainders a unit's is served first.
        let products: Vec<u128> = of_whole.iter().chain([&rest]).map(|part| watt_hours * part).collect();
        let mut parts: Vec<u128> = products.iter().map(|product| product / WHOLE).collect();
        let left = watt_hours.saturating_sub(parts.iter().sum());
        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        by_remainder.sort_by_key(|place| Reverse(products[*place] % WHOLE));
        // Each remainder is under one watt-hour, so that fewer are left than there are remainders above 0.
        for place in by_remainder.into_iter().zip(0..left).map(|(place, _)| place) {
            parts[place] += 1;
        }
        let unallocated = parts.pop().map(kwh).unwrap_or_default();
        let units = shares.iter().zip(parts);
        let shares = units
            .map(|((unit_id, share), part)| UnitShare { unit_id: *unit_id, share: *share, energy: kwh(part) })
            .collect();
        Self { shares, unallocated }
    }
}

/// `value` in units of 10^-places.
fn scaled(value: Decimal, places: u32) -> u128 {
    let factor = Decimal::from(10_u64.pow(places));
    value.checked_mul(factor).and_then(|value| value.to_u128()).unwrap_or_default()
}

fn kwh(watt_hours: u128) -> Decimal {
    let digits = i128::try_from(watt_hours).unwrap_or_default();
    Decimal::try_from_i128_with_scale(digits, 3).unwrap_or_default().normalize()
}
