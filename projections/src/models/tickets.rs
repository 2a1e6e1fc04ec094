//! Tickets: by status and department; found by their subject and by their client.

use crate::model::{Column, ColumnType, Link, Listed, RowData, Table};
use sunledger_domain::search;
use sunledger_domain::ticket::Ticket;
use sunledger_store::Param;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "tickets",
    columns: &[
        Column { name: "status", kind: ColumnType::Text },
        // A text, since only a text can be missing.
        Column { name: "department_id", kind: ColumnType::Text },
        Column { name: "client_id", kind: ColumnType::Uuid },
    ],
    indexes: &[&["status"], &["department_id"], &["client_id"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["status"], &["department_id"], &["department_id", "status"]],
    link: Some(Link { table: "clients", column: "client_id" }),
};

impl Listed for Ticket {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let department = self.department.map(|department| department.id.to_string());
        Some(RowData {
            number: self.number.get(),
            search: search::fold(&self.subject),
            values: vec![
                Param::Text(self.status.as_str().into()),
                department.map_or(Param::Null, |id| Param::Text(id.into())),
                Param::Uuid(self.client.id),
            ],
        })
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        Some(self.client.id)
    }
}
