//! What installations produced: the days of one, and the sum of a client's.
//!
//! A year of an installation is 365 rows beside each other in one index, however many readings made them. They are read
//! without their documents: a row's `minutes` is all that a report needs.

use crate::model::Listed;
use crate::query::Reads;
use crate::sums::produced_by;
use rust_decimal::Decimal;
use sunledger_domain::TenantId;
use sunledger_domain::installation::Installation;
use sunledger_domain::production::{Production, day_number};
use sunledger_domain::value::CalendarDate;
use sunledger_store::{Param, Row, StoreError};
use uuid::Uuid;

/// What an installation produced on a day of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducedDay {
    /// The day, in UTC.
    pub day: CalendarDate,
    /// kWh of each minute that has a reading, counted from midnight UTC, in order.
    pub minutes: Vec<(u16, Decimal)>,
}

impl Reads {
    /// The days of UTC `first` to `last`, both included, on which an installation has readings, in order: `limit` of them
    /// at most.
    ///
    /// # Errors
    /// The store's.
    pub async fn produced(
        &self,
        tenant: &TenantId,
        installation: Uuid,
        first: CalendarDate,
        last: CalendarDate,
        limit: usize,
    ) -> Result<Vec<ProducedDay>, StoreError> {
        let sql = format!(
            "SELECT t.number, t.minutes FROM {} t WHERE t.tenant = $1 AND t.installation_id = $2 \
             AND t.number >= $3 AND t.number <= $4 ORDER BY t.number LIMIT $5",
            Production::TABLE.name
        );
        let params = vec![
            Param::Text(tenant.as_str().into()),
            Param::Uuid(installation),
            Param::Int(day_number(first)),
            Param::Int(day_number(last)),
            Param::Int(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        self.query(&sql, params).await?.iter().map(day).collect()
    }

    /// All that the installations of a client ever produced, kWh: a sum for each of them, which the projector keeps.
    ///
    /// # Errors
    /// The store's.
    pub async fn produced_for(&self, tenant: &TenantId, client: Uuid) -> Result<Decimal, StoreError> {
        let sql = format!("SELECT id FROM {} WHERE tenant = $1 AND client_id = $2", Installation::TABLE.name);
        let params = vec![Param::Text(tenant.as_str().into()), Param::Uuid(client)];
        let installations = self.query(&sql, params).await?;
        let keys: Vec<String> = installations
            .iter()
            .filter_map(|row| match row.0.as_slice() {
                [Param::Uuid(id)] => Some(produced_by(*id)),
                _ => None,
            })
            .collect();
        self.sum(tenant, Production::TABLE, &keys).await
    }
}

fn day(row: &Row) -> Result<ProducedDay, StoreError> {
    let [Param::Int(number), Param::Text(minutes)] = row.0.as_slice() else { return Err(damaged()) };
    let epoch = CalendarDate::default();
    let days = i32::try_from(*number).map_err(|_| damaged())?;
    let minutes = minutes.split_ascii_whitespace().map(minute).collect::<Option<_>>();
    Ok(ProducedDay { day: epoch.plus_days(days), minutes: minutes.ok_or_else(damaged)? })
}

fn minute(text: &str) -> Option<(u16, Decimal)> {
    let (minute, energy) = text.split_once('=')?;
    Some((minute.parse().ok()?, number(energy)?))
}

fn number(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

fn damaged() -> StoreError {
    StoreError::Damaged("a row of production has other columns than expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::energy::Kwh;

    fn kwh(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_read_back_from_its_row() {
        let reading = |time: &str, energy: &str| {
            (format!("2026-03-02T{time}Z").parse().unwrap(), Kwh::parse(energy).unwrap())
        };
        let production = Production {
            day: CalendarDate::parse("2026-03-02").unwrap(),
            readings: [
                reading("00:00:10", "1.50"),
                reading("00:00:50", "0.25"),
                reading("23:59:00", "0.000001"),
            ]
            .into(),
            ..Production::default()
        };
        let row = production.row().unwrap();
        assert_eq!(row.values[1..], [Param::Text("0=1.75 1439=0.000001".into())]);
        let read = day(&Row(vec![Param::Int(row.number), row.values[1].clone()])).unwrap();
        let minutes = vec![(0, kwh("1.75")), (1439, kwh("0.000001"))];
        assert_eq!(read, ProducedDay { day: production.day, minutes });
    }

    #[test]
    fn what_is_no_row_is_damaged() {
        for minutes in ["x", "1", "1=", "=1", "70000=1", "1=x"] {
            let row = Row(vec![Param::Int(0), Param::Text(minutes.into())]);
            assert!(matches!(day(&row), Err(StoreError::Damaged(_))), "{minutes}");
        }
        assert!(day(&Row(vec![Param::Null])).is_err());
    }
}
