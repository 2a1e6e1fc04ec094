//! Installations: by project, client and status.

use crate::model::{Column, ColumnType, Listed, RowData, Table};
use sunledger_domain::installation::Installation;
use sunledger_store::Param;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "installations",
    columns: &[
        Column { name: "project_id", kind: ColumnType::Uuid },
        Column { name: "client_id", kind: ColumnType::Uuid },
        Column { name: "status", kind: ColumnType::Text },
    ],
    indexes: &[&["project_id"], &["client_id"], &["status"]],
    sparse: &[],
    lookup: None,
    counters: &[
        &[],
        &["project_id"],
        &["client_id"],
        &["status"],
        &["project_id", "status"],
        &["client_id", "status"],
    ],
    link: None,
};

impl Listed for Installation {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let values = vec![
            Param::Uuid(self.project_id),
            Param::Uuid(self.client_id),
            Param::Text(self.status.as_str().into()),
        ];
        Some(RowData { number: self.number.get(), search: String::new(), values })
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        Some(self.client_id)
    }
}
