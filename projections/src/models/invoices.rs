//! Invoices: found by their number and by their client's name, e-mail and phone (the client's search text is part of
//! theirs, and follows it). Energy invoices also by their month, consumer unit and power plant.

use crate::model::{Column, ColumnType, Link, Listed, RowData, Table};
use crate::sums::paid_by;
use rust_decimal::Decimal;
use sunledger_domain::invoice::{Invoice, InvoiceStatus};
use sunledger_domain::movement::Movement;
use sunledger_domain::search;
use sunledger_store::Param;
use uuid::Uuid;

static TABLE: Table = Table {
    name: "invoices",
    columns: &[
        Column { name: "client_id", kind: ColumnType::Uuid },
        Column { name: "status", kind: ColumnType::Text },
        Column { name: "issue_date", kind: ColumnType::Text },
        Column { name: "due_date", kind: ColumnType::Text },
        // The due date of those that wait for a payment and are not overdue yet.
        Column { name: "owed_until", kind: ColumnType::Text },
        // How far it is paid: what the status alone does not tell of an overdue one.
        Column { name: "settlement", kind: ColumnType::Text },
        Column { name: "created_at", kind: ColumnType::Int },
        // Of an energy invoice: its month (`YYYY-MM`), the ids of its consumer unit and of the unit's power plant. Texts,
        // since only a text can be missing.
        Column { name: "competence", kind: ColumnType::Text },
        Column { name: "unit_id", kind: ColumnType::Text },
        Column { name: "plant_id", kind: ColumnType::Text },
    ],
    indexes: &[&["status"], &["client_id"], &["created_at"]],
    // The billing report reads the second one in its order. The plant comes last, so that the index tells which rows are one
    // plant's, without a look at the others'.
    sparse: &[&["owed_until", "number"], &["competence", "number", "plant_id"], &["unit_id", "number"]],
    lookup: None,
    counters: &[&[], &["status"], &["client_id"], &["client_id", "status"], &["settlement", "status"]],
    link: Some(Link { table: "clients", column: "client_id" }),
};

impl Listed for Invoice {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let due_date: Param = Param::Text(self.due_date.to_string().into());
        let energy = self.energy.as_deref();
        let id = |id: Uuid| Param::Text(id.to_string().into());
        let owed =
            self.status.is_outstanding() && self.status != InvoiceStatus::Overdue && !self.balance.is_zero();
        Some(RowData {
            number: self.number.get(),
            search: search::fold(self.invoice_number.as_str()),
            values: vec![
                Param::Uuid(self.client_id),
                Param::Text(self.status.as_str().into()),
                Param::Text(self.issue_date.to_string().into()),
                due_date.clone(),
                if owed { due_date } else { Param::Null },
                Param::Text(self.settlement().as_str().into()),
                Param::Int(self.created_at.as_microsecond()),
                energy.map_or(Param::Null, |energy| Param::Text(energy.billing.bill.competence.iso().into())),
                energy.map_or(Param::Null, |energy| id(energy.consumer_unit_id)),
                energy.and_then(|energy| energy.power_plant_id).map_or(Param::Null, id),
            ],
        })
    }

    fn movements(&self) -> Vec<Movement> {
        Invoice::movements(self)
    }

    fn sums(&self) -> Vec<(String, Decimal)> {
        if self.paid.is_zero() {
            return Vec::new();
        }
        vec![(paid_by(self.client_id) + self.currency.code(), self.paid)]
    }

    fn client(&self, _id: Uuid) -> Option<Uuid> {
        Some(self.client_id)
    }
}
