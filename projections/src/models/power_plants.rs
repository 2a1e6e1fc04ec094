//! Power plants: found by their name, their owner and their account number.

use crate::model::{Listed, RowData, Table};
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::search;

static TABLE: Table = Table {
    name: "power_plants",
    columns: &[],
    indexes: &[],
    sparse: &[],
    lookup: None,
    counters: &[&[]],
    link: None,
};

impl Listed for PowerPlant {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let profile = &self.profile;
        let mut words = profile.name.clone();
        for more in [&profile.owner, &profile.account_number].into_iter().flatten() {
            words.push(' ');
            words.push_str(more);
        }
        Some(RowData { number: self.number.get(), search: search::fold(&words), values: Vec::new() })
    }
}
