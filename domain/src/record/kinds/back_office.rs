//! What the back office keeps.

use super::{NAME, NOTES};
use crate::record::{Field, FieldType, RecordKind, Shown};

/// What a company sells: a product or a service.
pub(super) static PRODUCT: RecordKind = RecordKind {
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
