//! Transactions: by account, by which way the money went, by day; found by their description.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::movement::Movement;
use sunledger_domain::search;
use sunledger_domain::transaction::Transaction;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "transactions",
    columns: &[
        Column { name: "direction", kind: ColumnType::Text },
        Column { name: "account_id", kind: ColumnType::Uuid },
        Column { name: "date", kind: ColumnType::Text },
    ],
    indexes: &[&["direction"], &["account_id"], &["date"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["direction"], &["account_id"], &["account_id", "direction"]],
    link: None,
};

impl Listed for Transaction {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        Some(RowData {
            number: self.number.get(),
            search: search::fold(self.description.as_deref().unwrap_or_default()),
            values: vec![
                Param::Text(self.booking.direction.as_str().into()),
                Param::Uuid(self.account.id),
                Param::Text(self.booking.date.to_string().into()),
            ],
        })
    }

    fn movements(&self) -> Vec<Movement> {
        Transaction::movements(self)
    }
}
