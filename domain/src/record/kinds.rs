//! The kinds of records.

use super::{Field, FieldType, RecordKind};

/// Every kind.
pub static KINDS: &[RecordKind] = &[PRODUCT];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static RecordKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

const NAME: FieldType = FieldType::Text { max: 200, non_empty: true };
const NOTES: FieldType = FieldType::Text { max: 5_000, non_empty: false };

/// What a company sells: a product or a service.
const PRODUCT: RecordKind = RecordKind {
    name: "product",
    what: "product",
    fields: &[
        Field::required("name", NAME),
        Field::required("price", FieldType::Money { negative: false }),
        Field::optional("description", NOTES),
        Field::optional("type", FieldType::Enum(&["service", "product"])),
        Field::optional("tax_rate", FieldType::Percent),
    ],
};
