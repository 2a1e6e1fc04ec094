//! Webhook endpoints.

use crate::model::{Listed, RowData, Table};
use sunledger_domain::search;
use sunledger_domain::webhook_endpoint::WebhookEndpoint;

static TABLE: Table = Table {
    name: "webhook_endpoints",
    columns: &[],
    indexes: &[],
    sparse: &[],
    lookup: None,
    counters: &[&[]],
    link: None,
};

impl Listed for WebhookEndpoint {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        Some(RowData {
            number: self.number.get(),
            search: search::fold(self.url.as_str()),
            values: Vec::new(),
        })
    }
}
