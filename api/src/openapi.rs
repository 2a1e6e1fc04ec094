//! The API's own description (OpenAPI 3.1). Routes and bodies come from the handlers; here is what they share.

mod answers;
mod links;
mod texts;

use bytes::Bytes;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, InfoBuilder, License, OpenApi, OpenApiBuilder, RefOr, Required};

const ABOUT: &str = "Event-sourced backend for solar-energy companies.\n\n\
    Every answer carries `X-Request-Id`. A `POST` with an `Idempotency-Key` happens once in 24 hours, however often it is \
    sent. A single resource answers its version as `ETag`; a change with `If-Match` happens only at that version. Lists \
    take `page` and `limit`, or the `cursor` that the last page answered as `X-Next-Cursor`. Amounts are exact decimals. \
    What an API key may do is said by its scopes, like `invoicing:write`. The commissions routes also take the session tokens \
    of people who signed in at `/api/v1/auth`.";

/// The description before any route.
pub fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Sunledger")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(License::new("Apache-2.0")))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what holds for every route, and prints it.
pub fn complete(mut api: OpenApi) -> Bytes {
    let components = api.components.get_or_insert_with(Components::new);
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    components.schemas.extend([crate::wire::error_schema()]);
    answers::components(components);
    api.security =
        Some(schemes().map(|(name, _)| SecurityRequirement::new::<_, [&str; 0], _>(name, [])).into());
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            if is_open(path) {
                operation.security = Some(vec![SecurityRequirement::default()]);
            }
            // Handlers of different resources share their names; ids must be unique.
            operation.operation_id = Some(operation_id(method, path));
            if !is_open(path) {
                add_conditions(method, path, operation);
            }
            answers::describe(method, path, operation);
        }
    }
    links::add(&mut api.paths);
    texts::mend_requests(&mut api);
    // Printing a description that was made from types cannot fail; an empty one would fail every test that walks it.
    serde_json::to_vec(&api).unwrap_or_default().into()
}

/// The headers that a request of a method may carry.
fn add_conditions(method: &str, path: &str, operation: &mut Operation) {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let header = |name: &str, about: &str, schema: ObjectBuilder| -> RefOr<Parameter> {
        let header =
            ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
        header.description(Some(about)).schema(Some(Schema::Object(schema.build()))).build().into()
    };
    let condition = match method {
        "get" => {
            let is_list = answers::has_parameter(operation, "cursor");
            answers::has_version(method, path, is_list).then(|| {
                let about = "A version the client has: 304 where it is still that one.";
                header("If-None-Match", about, text())
            })
        }
        "post" => {
            let about = "1 to 255 visible characters. The same key and request is done once in 24 hours, and answered \
                         again.";
            Some(header("Idempotency-Key", about, text().pattern(Some("^[!-~]{1,255}$"))))
        }
        _ => {
            let about = "The version the client changes: 412 where it is another by now.";
            Some(header("If-Match", about, text().pattern(Some("^(\\*|(W/)?\"[^\",]*\")$"))))
        }
    };
    operation.parameters.get_or_insert_with(Vec::new).extend(condition);
}

/// The three headers that a key may come in.
fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let header = |name: &str| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(name)));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    [
        ("bearer", SecurityScheme::Http(bearer)),
        ("x_api_key", header("X-API-Key")),
        ("apikey", header("apikey")),
    ]
}

/// Routes that need no key.
fn is_open(path: &str) -> bool {
    path.starts_with("/health/")
        || path.starts_with("/energy/files/")
        || matches!(path, "/api/v1/auth/api-token" | "/api/v1/health")
        || matches!(path, "/" | "/docs" | "/metrics" | "/openapi.json")
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// `get_api_v1_clients_by_id`
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(['/', '.', '-']).filter(|word| !word.is_empty()).map(|word| {
        match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(parameter) => format!("by_{parameter}"),
            None => word.to_owned(),
        }
    });
    std::iter::once(method.to_owned()).chain(words).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    fn description() -> Value {
        serde_json::from_slice(&complete(crate::server::documented().into_openapi())).unwrap()
    }

    #[test]
    fn every_operation_is_described_and_says_how_it_fails() {
        let api = description();
        assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
        let mut ids = HashSet::new();
        for (path, item) in api["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let place = format!("{method} {path}");
                assert!(operation["summary"].is_string(), "{place} has a summary");
                assert!(operation["tags"].is_array(), "{place} has a tag");
                assert!(
                    ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                    "{place} has its own id"
                );
                let answers = operation["responses"].as_object().unwrap();
                for (status, answer) in answers {
                    // Not only courtesy: OpenAPI requires it.
                    assert!(answer["description"].is_string(), "{place} describes {status}");
                }
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                    assert!(
                        parameters.iter().any(|p| p["name"] == name && p["in"] == "path"),
                        "{place}: {name}"
                    );
                }
                assert!(answers.keys().any(|status| status.starts_with('2')), "{place} succeeds");
                if !is_open(path) {
                    for status in ["401", "403", "500", "503"] {
                        assert!(answers.contains_key(status), "{place} documents {status}");
                    }
                }
            }
        }
    }

    #[test]
    fn answers_say_which_headers_they_have() {
        let api = description();
        let one = &api["paths"]["/api/v2/customers/{id}"]["get"]["responses"];
        assert_eq!(one["200"]["headers"]["ETag"]["$ref"], "#/components/headers/ETag");
        assert!(one["200"]["headers"]["X-RateLimit-Remaining"].is_object());
        assert!(
            one["304"]["headers"]["ETag"].is_object() && one["429"]["headers"]["Retry-After"].is_object()
        );
        let list = &api["paths"]["/v1/clients"]["get"]["responses"];
        assert!(list["200"]["headers"]["X-Next-Cursor"].is_object() && list["304"].is_null());
        for (path, item) in api["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(answer["headers"]["X-Request-Id"].is_object(), "{method} {path} {status}");
                }
            }
        }
    }

    #[test]
    fn what_was_made_leads_to_its_own_routes() {
        let api = description();
        let links = |path: &str| &api["paths"][path]["post"]["responses"]["201"]["links"];
        let project = &links("/v1/projects")["put_v1_projects_by_id"];
        assert_eq!(project["parameters"]["id"], "$response.body#/data/id");
        let detail = "get_api_v1_tenants_by_tenantId_users_by_managerId_overrides_by_overrideId";
        let parameters =
            &links("/api/v1/tenants/{tenantId}/users/{managerId}/overrides")[detail]["parameters"];
        assert_eq!(parameters["managerId"], "$request.path.managerId");
        assert_eq!(parameters["overrideId"], "$response.body#/data/id");
    }

    #[test]
    fn bodies_say_which_texts_must_not_be_blank_and_which_are_words() {
        let api = description();
        let schemas = &api["components"]["schemas"];
        let draft = &schemas["invoicing.NewInvoice"]["properties"];
        assert_eq!(schemas["invoicing.NewLineItem"]["properties"]["description"]["pattern"], r"\S");
        assert!(draft["notes"]["pattern"].is_null(), "it may be blank");
        let step = &schemas["crm.InstallationChange"]["properties"]["status"];
        assert_eq!(step["enum"], serde_json::json!(["scheduled", "in_progress", "completed", "maintenance"]));
        assert_eq!(step["type"], "string", "an update can not empty it");
        assert!(schemas["webhooks.Endpoint"]["properties"]["createdAt"].is_object());
        assert!(schemas["backoffice.Endpoint"]["properties"]["created_at"].is_object());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn walk(node: &Value, api: &Value) {
            match node {
                Value::Object(object) => {
                    if let Some(Value::String(target)) = object.get("$ref") {
                        let place = target.strip_prefix('#').unwrap();
                        assert!(api.pointer(place).is_some(), "{target}");
                    }
                    object.values().for_each(|value| walk(value, api));
                }
                Value::Array(items) => items.iter().for_each(|value| walk(value, api)),
                _ => {}
            }
        }
        let api = description();
        walk(&api, &api);
    }
}
