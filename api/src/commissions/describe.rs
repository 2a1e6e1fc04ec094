//! The description of the resources' routes and schemas, made of the descriptions of their kinds.

use super::envelope::{OnChange, OnCreate, OnCreateUnder, OnDelete, OnList, OnListUnder, OnRead};
use super::list_query::{DEFAULT_LIMIT, MAX_OFFSET};
use super::resources::{OVERRIDE_DETAILS, OVERRIDES, Resource};
use crate::http::paging::{CURSOR_PATTERN, MAX_LIMIT};
use serde_json::Value;
use std::ops::RangeInclusive;
use sunledger_domain::record::{Field, FieldType, Printed, RecordKind, SetBy};
use utoipa::IntoResponses;
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, Type,
};
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, Ref, RefOr, Required, Response, ResponseBuilder, ResponsesBuilder,
};

/// The component that an instant is printed as.
const TIMESTAMP: &str = "commissions.Timestamp";

/// Amounts are under this in size, in dollars.
const TOO_MUCH: i64 = 1_000_000_000_000_000;

/// What a body or an answer is described for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Create,
    Change,
    Answer,
}

/// The components that a resource's routes refer to.
pub(super) fn schemas(resource: &Resource) -> Vec<(String, RefOr<Schema>)> {
    let kind = resource.kind;
    let seconds =
        ObjectBuilder::new().schema_type(Type::Integer).description(Some("Seconds since 1970, UTC."));
    let nanoseconds =
        ObjectBuilder::new().schema_type(Type::Integer).description(Some("The rest, 0 to 999999999."));
    let timestamp = ObjectBuilder::new()
        .description(Some("An instant, as Firestore has it."))
        .property("_seconds", seconds)
        .required("_seconds")
        .property("_nanoseconds", nanoseconds)
        .required("_nanoseconds");
    vec![
        (TIMESTAMP.to_owned(), schema(timestamp)),
        (component(resource, For::Answer), schema(answered(kind))),
        (component(resource, For::Create), schema(body(kind, For::Create))),
        (component(resource, For::Change), schema(body(kind, For::Change))),
    ]
}

pub(super) fn list(resource: &Resource) -> Operation {
    let many = resource.words.many;
    let mut operation = operation(resource, &format!("List {}", plain(many)), "Newest first.")
        .parameter(whole(
            "limit",
            &format!("How many at most, 1 to {MAX_LIMIT}; {DEFAULT_LIMIT} where it is left out"),
            1..=MAX_LIMIT,
        ))
        .parameter(whole("offset", "How many to skip; none where it is left out", 0..=MAX_OFFSET))
        .parameter(parameter(
            "cursor",
            "Continue here: the `X-Next-Cursor` of the page before. `offset` is then ignored",
            ObjectBuilder::new().schema_type(Type::String).pattern(Some(CURSOR_PATTERN)),
        ));
    for filter in resource.kind.filters {
        let Some(name) = filter.parameter else { continue };
        let field = resource.kind.field(filter.field);
        let (ty, about) = match field.map(|field| &field.ty) {
            Some(FieldType::Bool) => (Type::Boolean, format!("Those whose `{}` is this", filter.field)),
            Some(FieldType::List { .. }) => {
                (Type::String, format!("Those that have this among their `{}`", filter.field))
            }
            _ => (Type::String, format!("Those whose `{}` is this", filter.field)),
        };
        operation = operation.parameter(query(name, &about, ty));
    }
    if let Some(field) = resource.days {
        for (name, about) in
            [("startDate", "or later"), ("endDate", "or earlier; a date means its whole day")]
        {
            let about = format!("Those whose `{field}` is this (date, ISO 8601 or Unix time) {about}");
            operation = operation.parameter(query(name, &about, Type::String));
        }
    }
    let rows = ArrayBuilder::new().items(Ref::from_schema_name(component(resource, For::Answer)));
    let total = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).build()))
        .description(Some("How many the whole list has."))
        .build();
    let answer = answer(many, resource.words.listed, rows.build().into()).header("X-Total-Count", total);
    let answer = answer.build();
    let responses = match is_under(resource) {
        true => responses::<OnListUnder>(200, answer),
        false => responses::<OnList>(200, answer),
    };
    operation.responses(responses).build()
}

pub(super) fn get(resource: &Resource) -> Operation {
    let one = resource.words.one;
    let data = Ref::from_schema_name(component(resource, For::Answer));
    operation(resource, &format!("Get {}", an(one)), "")
        .parameter(path_id(resource))
        .responses(responses::<OnRead>(200, answer(one, resource.words.found, data.into()).build()))
        .build()
}

pub(super) fn create(resource: &Resource) -> Operation {
    let about =
        "`id` names it; without one it gets its number, padded to six digits. An id that is taken is 409.";
    let answer = id_answer(resource.words.created);
    let responses = match is_under(resource) {
        true => responses::<OnCreateUnder>(201, answer),
        false => responses::<OnCreate>(201, answer),
    };
    operation(resource, &format!("Create {}", an(resource.words.one)), about)
        .request_body(Some(json_body(component(resource, For::Create))))
        .responses(responses)
        .build()
}

pub(super) fn update(resource: &Resource) -> Operation {
    let about =
        "Changes what the body names and leaves the rest. `null` empties a field that is not required.";
    operation(resource, &format!("Update {}", an(resource.words.one)), about)
        .parameter(path_id(resource))
        .request_body(Some(json_body(component(resource, For::Change))))
        .responses(responses::<OnChange>(200, id_answer(resource.words.updated)))
        .build()
}

pub(super) fn delete(resource: &Resource) -> Operation {
    operation(resource, &format!("Delete {}", an(resource.words.one)), "Its history stays in the audit.")
        .parameter(path_id(resource))
        .responses(responses::<OnDelete>(200, id_answer(resource.words.deleted)))
        .build()
}

fn operation(resource: &Resource, summary: &str, about: &str) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .tag(format!("commissions: {}", plain(resource.words.many)))
        .summary(Some(summary))
        .parameter(path("tenantId", "The tenant, which must be the caller's"));
    if !about.is_empty() {
        operation = operation.description(Some(about));
    }
    for (name, about) in [
        ("managerId", "The manager whose overrides they are"),
        (OVERRIDES.id, "The override whose details they are"),
    ] {
        // The parameter of one of a resource stands only in the path of one of them.
        if resource.path.contains(&format!("{{{name}}}")) {
            operation = operation.parameter(path(name, about));
        }
    }
    operation
}

/// Whether it is under something that may not be there.
fn is_under(resource: &Resource) -> bool {
    resource.path.contains(&format!("{{{}}}", OVERRIDES.id))
}

fn path(name: &str, about: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
    parameter.required(Required::True).description(Some(about)).schema(Some(Schema::from(text))).build()
}

fn path_id(resource: &Resource) -> Parameter {
    path(resource.id, "The id that it is shown by")
}

/// A query parameter that is a whole number of a range.
fn whole(name: &str, about: &str, range: RangeInclusive<u64>) -> Parameter {
    let bound = |number: &u64| isize::try_from(*number).ok().map(utoipa::Number::Int);
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    parameter(name, about, number.minimum(bound(range.start())).maximum(bound(range.end())))
}

fn query(name: &str, about: &str, ty: Type) -> Parameter {
    parameter(name, about, ObjectBuilder::new().schema_type(ty))
}

fn parameter(name: &str, about: &str, value: ObjectBuilder) -> Parameter {
    let value = value.build();
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
    parameter.required(Required::False).description(Some(about)).schema(Some(Schema::from(value))).build()
}

fn json_body(component: String) -> utoipa::openapi::request_body::RequestBody {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(component))).build();
    RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build()
}

fn responses<R: IntoResponses>(status: u16, success: Response) -> utoipa::openapi::Responses {
    let refusals = R::responses();
    ResponsesBuilder::new().responses_from_iter(refusals).response(status.to_string(), success).build()
}

/// The envelope of a success.
fn answer(what: &str, message: &str, data: RefOr<Schema>) -> ResponseBuilder {
    let truth = ObjectBuilder::new().schema_type(Type::Boolean).examples([Value::from(true)]);
    let text = ObjectBuilder::new().schema_type(Type::String).examples([Value::from(message)]);
    let time = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let envelope = ObjectBuilder::new()
        .property("success", truth)
        .required("success")
        .property("message", text)
        .required("message")
        .property("data", data)
        .required("data")
        .property("timestamp", time)
        .required("timestamp");
    let content = ContentBuilder::new().schema(Some(schema(envelope))).build();
    ResponseBuilder::new().description(what).content("application/json", content)
}

fn id_answer(message: &str) -> Response {
    let id = ObjectBuilder::new().schema_type(Type::String).examples([Value::from("000001")]);
    let data = ObjectBuilder::new().property("id", id).required("id");
    answer("Its id", message, schema(data)).build()
}

fn body(kind: &RecordKind, what: For) -> ObjectBuilder {
    let mut object = closed(what);
    if what == For::Create && kind.has_public_ids() {
        let id = ObjectBuilder::new().schema_type(Type::String).max_length(Some(100));
        let id = id.pattern(Some("^[A-Za-z0-9._~:@-]+$"));
        object = object.property("id", id.description(Some("The id to name it by.")));
    }
    if kind.names_tenant() {
        let tenant = ObjectBuilder::new().schema_type(Type::String);
        object = object.property("tenant_id", tenant.description(Some("The tenant of the path.")));
        if what == For::Create {
            object = object.required("tenant_id");
        }
    }
    for field in kind.fields.iter().filter(|field| field.set_by == SetBy::Body) {
        object = object.property(field.name, of_field(field, what));
        if field.required && what == For::Create {
            object = object.required(field.name);
        }
        if let (For::Change, Printed::Also(second)) = (what, field.printed) {
            object = object.property(second, of_field(field, what));
        }
    }
    object
}

/// An object; in a request, of the fields that are described and no others.
fn closed(what: For) -> ObjectBuilder {
    let others = (what != For::Answer).then_some(AdditionalProperties::FreeForm(false));
    ObjectBuilder::new().additional_properties(others)
}

fn answered(kind: &RecordKind) -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let id = text().examples([Value::from("000001")]);
    let mut object = ObjectBuilder::new().property("id", id).required("id");
    if kind.names_tenant() {
        object = object.property("tenant_id", text()).required("tenant_id");
    }
    for field in kind.fields.iter().filter(|field| field.printed != Printed::Not) {
        object = object.property(field.name, of_field(field, For::Answer));
        if field.required || field.printed == Printed::OrNull {
            object = object.required(field.name);
        }
        if let Printed::Also(second) = field.printed {
            object = object.property(second, of_field(field, For::Answer)).required(second);
        }
    }
    let times = ["created_at", "updated_at"];
    times
        .into_iter()
        .fold(object, |object, name| object.property(name, Ref::from_schema_name(TIMESTAMP)).required(name))
}

/// A field's schema; one that can be `null` says so.
fn of_field(field: &Field, what: For) -> RefOr<Schema> {
    let ty = of_type(&field.ty, what);
    let nullable = match what {
        For::Create | For::Change => !field.required,
        For::Answer => field.printed == Printed::OrNull,
    };
    if !nullable {
        return ty;
    }
    let null = Object::with_type(Type::Null);
    RefOr::T(Schema::OneOf(OneOfBuilder::new().item(null).item(ty).build()))
}

fn of_type(ty: &FieldType, what: For) -> RefOr<Schema> {
    let of = |ty: Type| ObjectBuilder::new().schema_type(ty);
    let bound = |number: i64| isize::try_from(number).ok().map(utoipa::Number::Int);
    schema(match ty {
        FieldType::Text { max, non_empty } => {
            of(Type::String).max_length(Some(*max)).min_length(non_empty.then_some(1))
        }
        FieldType::Exact { length } => of(Type::String).min_length(Some(*length)).max_length(Some(*length)),
        FieldType::Integer { min, max } => of(Type::Integer).minimum(bound(*min)).maximum(bound(*max)),
        FieldType::Decimal { min, max, .. } => of(Type::Number).minimum(bound(*min)).maximum(bound(*max)),
        FieldType::Money { negative } => {
            let amount = of(Type::Number).exclusive_maximum(bound(TOO_MUCH));
            if *negative { amount.exclusive_minimum(bound(-TOO_MUCH)) } else { amount.minimum(bound(0)) }
        }
        FieldType::Percent => of(Type::Number).minimum(bound(0)).maximum(bound(100)),
        FieldType::Bool => of(Type::Boolean),
        FieldType::Date => of(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
        FieldType::Timestamp if what == For::Answer => return Ref::from_schema_name(TIMESTAMP).into(),
        FieldType::Timestamp => {
            let text = of(Type::String).description(Some("A date (midnight UTC), or an ISO 8601 time."));
            let unix = of(Type::Integer).description(Some("Unix seconds, or from 10^11 on milliseconds."));
            let forms = OneOfBuilder::new().item(text).item(unix).item(Ref::from_schema_name(TIMESTAMP));
            return RefOr::T(Schema::OneOf(forms.build()));
        }
        FieldType::Enum(options) => {
            of(Type::String).enum_values::<_, Value>(Some(options.iter().map(|option| Value::from(*option))))
        }
        FieldType::Email => of(Type::String).format(Some(SchemaFormat::Custom("email".to_owned()))),
        FieldType::Phone => of(Type::String).max_length(Some(32)),
        FieldType::Reference => of(Type::String).min_length(Some(1)).max_length(Some(128)),
        FieldType::List { of: entry, min, max } => {
            let list = ArrayBuilder::new().items(of_type(entry, what)).min_items(Some(*min));
            return RefOr::T(Schema::Array(list.max_items(Some(*max)).build()));
        }
        FieldType::Object(fields) => fields.iter().fold(closed(what), |object, field| {
            let object = object.property(field.name, of_field(field, what));
            if field.required { object.required(field.name) } else { object }
        }),
        FieldType::Map { of: entry, min, max } => ObjectBuilder::new()
            .property_names(Some(of(Type::String).min_length(Some(1)).build()))
            .additional_properties(Some(of_type(entry, what)))
            .min_properties(Some(*min))
            .max_properties(Some(*max)),
    })
}

fn schema(object: ObjectBuilder) -> RefOr<Schema> {
    RefOr::T(Schema::Object(object.build()))
}

fn component(resource: &Resource, what: For) -> String {
    let name = resource.schema();
    match what {
        For::Create => format!("commissions.New{name}"),
        For::Change => format!("commissions.{name}Change"),
        For::Answer => format!("commissions.{name}"),
    }
}

/// A name within a sentence.
fn plain(name: &str) -> String {
    if name.starts_with("SCPF") { name.to_owned() } else { name.to_lowercase() }
}

fn an(name: &str) -> String {
    let article =
        if [OVERRIDES.words.one, OVERRIDE_DETAILS.words.one, "SCPF"].contains(&name) { "an" } else { "a" };
    format!("{article} {}", plain(name))
}

#[cfg(test)]
mod tests {
    use super::super::resources::{ALL, PROJECTS, TEAMS};
    use super::*;
    use serde_json::json;

    fn printed(value: &impl serde::Serialize) -> Value {
        serde_json::to_value(value).unwrap()
    }

    #[test]
    fn a_teams_body_is_described_as_the_document_does() {
        let all: std::collections::BTreeMap<_, _> = schemas(&TEAMS).into_iter().collect();
        let new = printed(&all["commissions.NewTeam"]);
        assert_eq!(new["required"], json!(["tenant_id", "name", "is_active", "team_type"]));
        assert_eq!(new["additionalProperties"], json!(false));
        assert_eq!(new["properties"]["team_type"]["enum"], json!(["Office", "Region", "Division"]));
        assert_eq!(new["properties"]["is_active"]["type"], "boolean");
        assert!(new["properties"].get("created_by").is_none(), "the program sets it");
        let change = printed(&all["commissions.TeamChange"]);
        assert!(change.get("required").is_none() && change["properties"].get("id").is_none());
        let answer = printed(&all["commissions.Team"]);
        assert_eq!(answer["properties"]["created_at"]["$ref"], "#/components/schemas/commissions.Timestamp");
    }

    #[test]
    fn a_project_is_described_by_all_its_names() {
        let all: std::collections::BTreeMap<_, _> = schemas(&PROJECTS).into_iter().collect();
        let [new, change, answer] = ["NewProject", "ProjectChange", "Project"]
            .map(|name| printed(&all[&format!("commissions.{name}")])["properties"].clone());
        assert!(new.get("name").is_none());
        assert!(change["name"].is_object() && answer["name"].is_object() && answer["status"].is_object());
        assert!(new["closed_date"]["oneOf"].is_array() && answer["closed_date"]["$ref"].is_string());
    }

    #[test]
    fn every_path_parameter_of_a_resource_is_described() {
        for resource in ALL {
            for (path, operation) in
                [(resource.path.to_owned(), list(resource)), (resource.item_path(), get(resource))]
            {
                let operation = printed(&operation);
                let named = |name: &str| {
                    operation["parameters"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter(|one| one["name"] == name)
                        .count()
                };
                for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                    assert_eq!(named(name), 1, "{path}: {name}");
                }
            }
        }
        assert_eq!(an("SCPF"), "an SCPF");
        assert_eq!(an("Override detail"), "an override detail");
        assert_eq!(plain("Project overviews"), "project overviews");
    }
}
