//! What is said of all texts at once. What [`Fields`](crate::fields::Fields) reads takes a blank text for no text, so
//! where there must be one, it has a visible character. And a pattern that is nothing but words (`^(draft|sent)$`) is an
//! enumeration, which the types of generated clients follow.

use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// At least one visible character.
const VISIBLE: &str = r"\S";
const COMPONENT: &str = "#/components/schemas/";
/// The fields of these are strict, and describe themselves.
const STRICT: &str = "commissions.";

/// Mends the schemas of all parameters and bodies of requests.
pub(super) fn mend_requests(api: &mut OpenApi) {
    let mut names = Vec::new();
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            mend_operation(operation, &mut names);
        }
    }
    let Some(components) = api.components.as_mut() else { return };
    let mut seen = BTreeSet::new();
    while let Some(name) = names.pop() {
        if name.starts_with(STRICT) || !seen.insert(name.clone()) {
            continue;
        }
        if let Some(schema) = components.schemas.get_mut(&name) {
            mend(schema, &mut names);
        }
    }
}

fn mend_operation(operation: &mut Operation, names: &mut Vec<String>) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
        {
            enumerate(object);
        }
    }
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for (_, content) in body.content.iter_mut().filter(|(kind, _)| *kind == "application/json") {
        if let RefOr::T(content) = content
            && let Some(schema) = &mut content.schema
        {
            be_there(schema);
            mend(schema, names);
        }
    }
}

/// A body that may be left out is described as one that may be `null`, which it may not.
fn be_there(schema: &mut RefOr<Schema>) {
    let is_null = |item: &RefOr<Schema>| matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
    if let RefOr::T(Schema::OneOf(some)) = schema
        && some.items.len() == 2
        && let Some(null) = some.items.iter().position(is_null)
    {
        let body = some.items.swap_remove(1 - null);
        *schema = body;
    }
}

/// Mends a schema and what is in it, and notes the components that it refers to.
fn mend(schema: &mut RefOr<Schema>, names: &mut Vec<String>) {
    let schema = match schema {
        RefOr::T(schema) => schema,
        RefOr::Ref(reference) => {
            names.extend(reference.ref_location.strip_prefix(COMPONENT).map(str::to_owned));
            return;
        }
    };
    match schema {
        Schema::Object(object) => {
            enumerate(object);
            if is_plain_text(object) {
                object.pattern = Some(VISIBLE.to_owned());
            }
            object.properties.values_mut().for_each(|property| mend(property, names));
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(item) = &mut array.items {
                mend(item, names);
            }
        }
        Schema::OneOf(some) => some.items.iter_mut().for_each(|item| mend(item, names)),
        Schema::AllOf(all) => all.items.iter_mut().for_each(|item| mend(item, names)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|item| mend(item, names)),
        _ => {}
    }
}

/// A text that may not be `null`, of which nothing else is said.
fn is_plain_text(object: &Object) -> bool {
    object.schema_type == SchemaType::Type(Type::String)
        && object.enum_values.is_none()
        && object.format.is_none()
        && object.pattern.is_none()
}

/// Turns a pattern of words into an enumeration.
fn enumerate(object: &mut Object) {
    let Some(words) = object.pattern.as_deref().and_then(words) else { return };
    let nullable = matches!(&object.schema_type, SchemaType::Array(types) if types.contains(&Type::Null));
    object.enum_values = Some(words.into_iter().chain(nullable.then_some(Value::Null)).collect());
    object.pattern = None;
}

fn words(pattern: &str) -> Option<Vec<Value>> {
    let words = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = words.chars().all(|character| character.is_ascii_alphabetic() || "_| ".contains(character));
    plain.then(|| words.split('|').map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_words_is_an_enumeration() {
        assert_eq!(words("^(Paid|Partially Paid)$"), Some(vec!["Paid".into(), "Partially Paid".into()]));
        for other in ["^c(0|1)$", "^(a|[b-z])$", "draft|sent", r"\S"] {
            assert_eq!(words(other), None, "{other}");
        }
    }
}
