//! How types are called on the page, where the source does not say it: those that JSON has, and those that are written by hand.

use super::source::split;
use crate::record::FieldType;

/// Types of the source and their names on the page, which the page's head explains.
const PLAIN: [(&str, &str); 15] = [
    ("String", "text"),
    ("Text", "text"),
    ("bool", "true or false"),
    ("u8", "whole number"),
    ("u32", "whole number"),
    ("u64", "whole number"),
    ("i64", "whole number"),
    ("Number", "whole number"),
    ("Decimal", "decimal"),
    ("Uuid", "UUID"),
    ("Timestamp", "time"),
    ("CalendarDate", "date"),
    ("Competence", "month"),
    ("Currency", "currency"),
    ("Value", "any value"),
];

/// The name of a type that is not looked into.
pub(super) fn plain(name: &str) -> Option<&'static str> {
    let (_, name) = split(name);
    let scope = (name == "Scope").then_some("text (`crm:read`)");
    PLAIN.iter().find(|(known, _)| *known == name).map(|(_, plain)| *plain).or(scope)
}

/// What a record's field holds.
pub(super) fn held(ty: &FieldType) -> String {
    match ty {
        FieldType::Text { max, non_empty } => {
            format!("text of {} to {max} characters", u8::from(*non_empty))
        }
        FieldType::Exact { length } => format!("text of {length} characters"),
        FieldType::Integer { min, max } => format!("whole number, {min} to {max}"),
        FieldType::Decimal { min, max, places } => {
            format!("decimal, {min} to {max}, at most {places} decimals")
        }
        FieldType::Money { negative: true } => "decimal, an amount of money, also below 0".to_owned(),
        FieldType::Money { negative: false } => "decimal, an amount of money".to_owned(),
        FieldType::Percent => "decimal, percent".to_owned(),
        FieldType::Bool => "true or false".to_owned(),
        FieldType::Date => "date".to_owned(),
        FieldType::Timestamp => "time".to_owned(),
        FieldType::Enum(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
            texts.join(", ")
        }
        FieldType::Email => "text, an e-mail address".to_owned(),
        FieldType::Phone => "text, a telephone number".to_owned(),
        FieldType::Reference => "text, the id of something".to_owned(),
        FieldType::List { of, .. } => format!("list, each {}", held(of)),
        FieldType::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("`{}` ({})", field.name, held(&field.ty))).collect();
            format!("object of {}", fields.join(", "))
        }
        FieldType::Map { of, .. } => format!("object with any keys, each {}", held(of)),
    }
}
