//! Quotes: by client and by whether they became invoices; found by what their lines say and by their client.

use crate::model::{Column, ColumnType, Link, Listed, RowData, Table};
use sunledger_domain::quote::Quote;
use sunledger_domain::search;
use sunledger_store::Param;
use uuid::Uuid;

/// Longest search text of the lines, in bytes: a quote has up to a thousand of them.
const MAX_WORDS: usize = 2_000;

static TABLE: Table = Table {
    name: "quotes",
    columns: &[
        Column { name: "client_id", kind: ColumnType::Uuid },
        Column { name: "status", kind: ColumnType::Text },
    ],
    indexes: &[&["client_id"], &["status"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["client_id"], &["status"], &["client_id", "status"]],
    link: Some(Link { table: "clients", column: "client_id" }),
};

impl Listed for Quote {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let mut words = String::new();
        for line in &self.lines {
            if words.len() + line.description.len() > MAX_WORDS {
                break;
            }
            words.push_str(&line.description);
            words.push(' ');
        }
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&words),
            values: vec![Param::Uuid(self.client.id), Param::Text(self.status().as_str().into())],
        })
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        Some(self.client.id)
    }
}
