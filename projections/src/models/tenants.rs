//! Tenants: one row each, in the tenant's own data.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::search;
use sunledger_domain::tenant::Tenant;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "tenants",
    // Which day it is there decides what is overdue.
    columns: &[
        Column { name: "time_zone", kind: ColumnType::Text },
        // Which data of a sandbox count; NULL where it is none.
        Column { name: "epoch", kind: ColumnType::Int },
    ],
    indexes: &[],
    sparse: &[&["epoch"]],
    lookup: None,
    counters: &[],
    link: None,
};

impl Listed for Tenant {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let time_zone = Param::Text(self.time_zone.as_str().into());
        let epoch = self.epoch().map_or(Param::Null, |epoch| Param::Int(i64::from(epoch)));
        Some(RowData { number: 1, search: search::fold(&self.name), values: vec![time_zone, epoch] })
    }
}
