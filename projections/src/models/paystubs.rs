//! Paystubs: by who is paid, and when.

use crate::model::{Column, ColumnType, Listed, RowData, Table, instant};
use sunledger_domain::paystub::Paystub;
use sunledger_store::Param;

static TABLE: Table = Table {
    name: "paystubs",
    columns: &[
        Column { name: "public_id", kind: ColumnType::Text },
        Column { name: "sales_professional_id", kind: ColumnType::Text },
        // An instant ([`instant`]).
        Column { name: "pay_date", kind: ColumnType::Text },
    ],
    indexes: &[&["public_id"], &["sales_professional_id"]],
    sparse: &[],
    lookup: None,
    counters: &[&[], &["sales_professional_id"]],
    link: None,
};

impl Listed for Paystub {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let values = vec![
            Param::Text(self.public_id().into()),
            Param::Text(self.fields.sales_professional_id.as_str().into()),
            Param::Text(instant(self.fields.pay_date).into()),
        ];
        Some(RowData { number: self.number.get(), search: String::new(), values })
    }
}
