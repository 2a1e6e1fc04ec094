//! Projects: by client and status, found by their name.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::project::Project;
use sunledger_domain::search;
use sunledger_store::Param;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "projects",
    columns: &[
        Column { name: "client_id", kind: ColumnType::Uuid },
        Column { name: "status", kind: ColumnType::Text },
    ],
    indexes: &[&["client_id"], &["status"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["client_id"], &["status"], &["client_id", "status"]],
    link: None,
};

impl Listed for Project {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&self.profile.name),
            values: vec![Param::Uuid(self.profile.client_id), Param::Text(self.status.as_str().into())],
        })
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        Some(self.profile.client_id)
    }
}
