//! Consumer units: found by their name, their account's holder, its number and its tax id.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::consumer_unit::{ConsumerUnit, account_name};
use sunledger_domain::search;
use sunledger_store::Param;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "consumer_units",
    columns: &[
        Column { name: "client_id", kind: ColumnType::Uuid },
        Column { name: "power_plant_id", kind: ColumnType::Uuid },
        // The account number as it is compared ([`account_name`]).
        Column { name: "account", kind: ColumnType::Text },
        // Folded.
        Column { name: "name", kind: ColumnType::Text },
        // Without a mask.
        Column { name: "tax_id", kind: ColumnType::Text },
    ],
    indexes: &[&["power_plant_id"], &["account"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["power_plant_id"]],
    link: None,
};

impl Listed for ConsumerUnit {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let profile = &self.profile;
        let account = account_name(&profile.account_number);
        // The account number as typed, and as it is compared: people search both ways.
        let mut words = format!("{} {} {account}", profile.name, profile.account_number);
        if let Some(owner) = &profile.name_account_owner {
            words.push(' ');
            words.push_str(owner);
        }
        if let Some(tax_id) = &profile.tax_id {
            words.push_str(&format!(" {} {}", tax_id.as_str(), tax_id.masked()));
        }
        let tax_id = profile.tax_id.as_ref();
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&words),
            values: vec![
                Param::Uuid(profile.client_id),
                profile.power_plant_id.map_or(Param::Null, Param::Uuid),
                Param::Text(account.into()),
                Param::Text(search::fold(&profile.name).into()),
                tax_id.map_or(Param::Null, |tax_id| Param::Text(tax_id.as_str().into())),
            ],
        })
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        Some(self.profile.client_id)
    }
}
