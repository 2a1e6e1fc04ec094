//! Records of every kind that only holds checked fields, in one table.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::record::Record;
use sunledger_domain::search;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "records",
    columns: &[
        Column { name: "kind", kind: ColumnType::Text },
        Column { name: "custom_id", kind: ColumnType::Text },
    ],
    indexes: &[&["kind"], &["kind", "custom_id"]],
    sparse: &[],
    lookup: None,
    counters: &[&["kind"]],
    link: None,
};

impl Listed for Record {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let texts: Vec<&str> = self.fields.values().filter_map(|value| value.as_str()).collect();
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&texts.join(" ")),
            values: vec![
                Param::Text(self.kind.as_str().into()),
                self.custom_id.as_deref().map_or(Param::Null, |id| Param::Text(id.into())),
            ],
        })
    }
}
