//! Overrides: by whose they are, who sold, and when they are paid.

use crate::model::{Column, ColumnType, Listed, RowData, Table, instant};
use sunledger_domain::overrides::Override;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "overrides",
    columns: &[
        Column { name: "public_id", kind: ColumnType::Text },
        Column { name: "manager_id", kind: ColumnType::Text },
        Column { name: "rep_id", kind: ColumnType::Text },
        // An instant ([`instant`]).
        Column { name: "date_paid", kind: ColumnType::Text },
    ],
    indexes: &[&["public_id"], &["manager_id"], &["manager_id", "rep_id"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["manager_id"], &["manager_id", "rep_id"]],
    link: None,
};

impl Listed for Override {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let values = vec![
            Param::Text(self.public_id().into()),
            Param::Text(self.fields.manager_id.as_str().into()),
            Param::Text(self.fields.rep_id.as_str().into()),
            Param::Text(instant(self.fields.date_paid).into()),
        ];
        Some(RowData { number: self.number.get(), search: String::new(), values })
    }
}
