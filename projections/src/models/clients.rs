//! Clients: found by name, e-mail, phone and tax id.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::client::Client;
use sunledger_domain::search;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "clients",
    columns: &[Column { name: "status", kind: ColumnType::Text }],
    indexes: &[&["status"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["status"]],
    link: None,
};

impl Listed for Client {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let mut words = self.name.clone();
        if let Some(email) = &self.email {
            words.push(' ');
            words.push_str(email.as_str());
        }
        if let Some(phone) = &self.phone {
            // As typed, and as bare digits: people search both ways.
            words.push_str(&format!(" {phone} {}", phone.digits()));
        }
        if let Some(tax_id) = &self.tax_id {
            words.push_str(&format!(" {tax_id} {}", tax_id.masked()));
        }
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&words),
            values: vec![Param::Text(self.status.as_str().into())],
        })
    }
}
