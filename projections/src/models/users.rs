//! Users: found by name and e-mail. Signing in does not come here: a token is looked up in its user's stream, which is
//! never behind.

use crate::model::{Listed, RowData, Table};
use sunledger_domain::search;
use sunledger_domain::user::User;

static TABLE: Table = Table {
    name: "users",
    columns: &[],
    indexes: &[],
    sparse: &[],
    lookup: None,
    counters: &[&[]],
    link: None,
};

impl Listed for User {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let words = format!("{} {}", self.name, self.email);
        Some(RowData { number: self.number.get(), search: search::fold(&words), values: Vec::new() })
    }
}
