//! What the body of `/v1/installations/{id}/readings` may say.

use crate::fields::{Fields, number, parsed};
use jiff::Timestamp;
use std::collections::BTreeMap;
use sunledger_domain::DomainError;
use sunledger_domain::energy::Kwh;
use sunledger_domain::production::{instant, utc_day};
use sunledger_domain::value::{CalendarDate, TimeZoneName};
use utoipa::ToSchema;

/// The field that has them where there are several.
pub(super) const READINGS: &str = "readings";
/// Readings of one request at most.
const MAX_READINGS: usize = 1_000;

/// What an installation produced.
#[derive(ToSchema)]
#[schema(as = crm::NewReading, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `read` reads it")]
pub(super) struct NewReading {
    /// Up to when: RFC 3339, or a time without an offset by the company's clock.
    #[schema(format = DateTime, example = "2026-03-02T12:15:00Z")]
    at: String,
    /// What was produced since the reading before, kWh: 0 or more.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 1.25)]
    energy_kwh: f64,
}

/// One reading, or a list of 1 to 1,000 of them.
#[derive(ToSchema)]
#[schema(as = crm::NewReadings)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the body; `read` reads it")]
pub(super) enum NewReadings {
    /// One.
    One(NewReading),
    /// Several, in the order in which they count: of two for the same instant, the later one.
    Several(Vec<NewReading>),
}

/// Readings by the day of UTC that they are on, those of a day in the order in which they came.
pub(super) type ByDay = BTreeMap<CalendarDate, Vec<(Timestamp, Kwh)>>;

/// Reads [`NewReadings`]; how many there are, too.
///
/// # Errors
/// `Invalid`, naming every wrong field: of several readings by their index.
pub(super) fn read(mut fields: Fields, zone: &TimeZoneName) -> Result<(ByDay, usize), DomainError> {
    let reading = |fields: &mut Fields| {
        let at = fields.required("at", parsed(|text| instant(text, zone)));
        (at, fields.required("energyKwh", number(Kwh::new)))
    };
    let readings = if fields.has(READINGS) {
        fields.objects(READINGS, MAX_READINGS, reading)
    } else {
        vec![reading(&mut fields)]
    };
    fields.finish()?;
    let (mut days, count) = (ByDay::new(), readings.len());
    for (at, energy) in readings {
        days.entry(utc_day(at)).or_default().push((at, energy));
    }
    Ok((days, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;
    use serde_json::{Value, json};

    fn ask(body: Value) -> Result<(ByDay, usize), Vec<String>> {
        let zone = TimeZoneName::default();
        read(Fields::new(body.as_object().unwrap().clone()), &zone).map_err(|refusal| match refusal {
            DomainError::Invalid(errors) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            other => vec![other.to_string()],
        })
    }

    #[test]
    fn one_or_several_are_put_to_their_days() {
        let (days, count) = ask(json!({"at": "2026-03-02T12:15:00Z", "energyKwh": 1.25})).unwrap();
        assert_eq!((days.len(), count), (1, 1));
        let (days, count) = ask(json!({"readings": [
            {"at": "2026-03-03T02:00:00Z", "energyKwh": 2},
            {"at": "2026-03-02T20:59:00", "energyKwh": 0},
            {"at": "2026-03-02T21:00:00", "energyKwh": 1},
        ]}))
        .unwrap();
        assert_eq!(count, 3);
        let times: Vec<Vec<Timestamp>> =
            days.values().map(|readings| readings.iter().map(|(at, _)| *at).collect()).collect();
        let expected =
            [vec![at("2026-03-02T23:59:00Z")], vec![at("2026-03-03T02:00:00Z"), at("2026-03-03T00:00:00Z")]];
        assert_eq!(times, expected, "without an offset by the company's clock, and in their order");
    }

    #[test]
    fn every_wrong_reading_is_named_by_its_index() {
        assert_eq!(ask(json!({})).unwrap_err(), ["at", "energyKwh"]);
        assert_eq!(ask(json!({"at": 1, "energyKwh": "1"})).unwrap_err(), ["at", "energyKwh"]);
        let right = json!({"at": "2026-03-02T12:15:00Z", "energyKwh": 1});
        let wrong = json!([right, {"at": "soon", "energyKwh": -1}, 7, right, {"energyKwh": 1}]);
        assert_eq!(
            ask(json!({"readings": wrong})).unwrap_err(),
            ["readings[1].at", "readings[1].energyKwh", "readings[2]", "readings[4].at"]
        );
        for several in [json!([]), json!(vec![right; 1_001]), json!({}), json!(null)] {
            assert_eq!(ask(json!({"readings": several})).unwrap_err(), ["readings"]);
        }
    }
}
