//! What installations produced: a row for each day of UTC, whose number is the day's, so that an installation's days stand
//! beside each other in the index, in their order.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use crate::sums::produced_by;
use rust_decimal::Decimal;
use std::fmt::Write;
use sunledger_domain::production::{Production, day_number};
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "production",
    columns: &[
        Column { name: "installation_id", kind: ColumnType::Uuid },
        // kWh of each minute that has a reading: `720=1.25 735=0.5`.
        Column { name: "minutes", kind: ColumnType::Text },
    ],
    indexes: &[&["installation_id"]],
    sparse: &[],
    lookup: None,
    counters: &[],
    link: None,
};

impl Listed for Production {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let mut minutes = String::with_capacity(self.readings.len().saturating_mul(10));
        for (minute, energy) in self.minutes() {
            let space = if minutes.is_empty() { "" } else { " " };
            let _ = write!(minutes, "{space}{minute}={}", energy.normalize());
        }
        Some(RowData {
            number: day_number(self.day),
            search: String::new(),
            values: vec![Param::Uuid(self.installation_id), Param::Text(minutes.into())],
        })
    }

    fn sums(&self) -> Vec<(String, Decimal)> {
        vec![(produced_by(self.installation_id), self.energy())]
    }
}
