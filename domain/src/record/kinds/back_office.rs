//! What the back office keeps, and needs no rule for but what its fields may hold. Source of the fields: the back office
//! document's sample bodies; it names accounts, categories and departments and shows none of their fields.

use super::{LINE, NAME, NOTES};
use crate::record::{Field, FieldType, RecordKind, Shown};

/// What a company sells: a product or a service.
pub static PRODUCT: RecordKind = RecordKind {
    name: "product",
    what: "product",
    shown: Shown::ByNumber,
    fields: &[
        Field::required("name", NAME),
        Field::required("price", FieldType::Money { negative: false }),
        Field::optional("description", NOTES),
        Field::optional("type", FieldType::Enum(&["service", "product"])),
        Field::optional("tax_rate", FieldType::Percent),
    ],
    filters: &[],
};

/// Where a company's money is: a bank account, a till.
pub static ACCOUNT: RecordKind = RecordKind {
    name: "account",
    what: "account",
    shown: Shown::ByNumber,
    fields: &[
        Field::required("name", NAME),
        Field::optional("account_number", LINE),
        Field::optional("description", NOTES),
    ],
    filters: &[],
};

/// What kind of income or expense something is.
pub static CATEGORY: RecordKind = RecordKind {
    name: "category",
    what: "category",
    shown: Shown::ByNumber,
    fields: &[
        Field::required("name", NAME),
        Field::optional("type", FieldType::Enum(&["Income", "Expense"])),
        Field::optional("description", NOTES),
    ],
    filters: &[],
};

/// Who answers tickets.
pub static DEPARTMENT: RecordKind = RecordKind {
    name: "department",
    what: "department",
    shown: Shown::ByNumber,
    fields: &[
        Field::required("name", NAME),
        Field::optional("email", FieldType::Email),
        Field::optional("description", NOTES),
    ],
    filters: &[],
};
