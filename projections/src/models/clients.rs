//! Clients: found by name, e-mail, phone and tax id.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::client::Client;
use sunledger_domain::search;
use sunledger_store::Param;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "clients",
    columns: &[
        Column { name: "status", kind: ColumnType::Text },
        // Folded.
        Column { name: "name", kind: ColumnType::Text },
        // Without a mask.
        Column { name: "tax_id", kind: ColumnType::Text },
        Column { name: "grams", kind: ColumnType::Grams },
    ],
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
            // Without a mask and with it: a `TaxId` prints masked.
            words.push_str(&format!(" {} {}", tax_id.as_str(), tax_id.masked()));
        }
        let words = search::fold(&words);
        Some(RowData {
            number: self.number.get(),
            values: vec![
                Param::Text(self.status.as_str().into()),
                Param::Text(search::fold(&self.name).into()),
                self.tax_id.as_ref().map_or(Param::Null, |tax_id| Param::Text(tax_id.as_str().into())),
                Param::Text(search::grams(&words).into()),
            ],
            search: words,
        })
    }

    fn client(&self, id: Uuid) -> Option<Uuid> {
        Some(id)
    }
}
