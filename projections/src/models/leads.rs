//! Leads: found by name, company, e-mail and phone.

use crate::model::{Listed, RowData, Table};
use sunledger_domain::lead::Lead;
use sunledger_domain::search;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "leads",
    columns: &[],
    indexes: &[],
    sparse: &[],
    lookup: None,
    counters: &[&[]],
    link: None,
};

impl Listed for Lead {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let details = &self.details;
        let mut words = details.full_name();
        if let Some(company) = &details.company {
            words.push_str(&format!(" {company}"));
        }
        if let Some(email) = &details.email {
            words.push_str(&format!(" {email}"));
        }
        if let Some(phone) = &details.phone {
            // As typed, and as bare digits: people search both ways.
            words.push_str(&format!(" {phone} {}", phone.digits()));
        }
        Some(RowData { number: self.number.get(), search: search::fold(&words), values: Vec::new() })
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        self.client_id
    }
}
