//! API keys: looked up by their hash when a request comes in.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::api_key::ApiKey;
use sunledger_domain::search;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "api_keys",
    columns: &[Column { name: "hash", kind: ColumnType::Text }],
    indexes: &[],
    sparse: &[],
    lookup: Some("hash"),
    counters: &[&[]],
    link: None,
};

impl Listed for ApiKey {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&self.name),
            values: vec![Param::Text(self.hash.as_str().into())],
        })
    }
}
