//! Tenants: one row each, in the tenant's own data.

use crate::model::{Listed, RowData, Table};
use sunledger_domain::search;
use sunledger_domain::tenant::Tenant;

static TABLE: Table =
    Table { name: "tenants", columns: &[], indexes: &[], lookup: None, counters: &[], link: None };

impl Listed for Tenant {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        Some(RowData { number: 1, search: search::fold(&self.name), values: Vec::new() })
    }
}
