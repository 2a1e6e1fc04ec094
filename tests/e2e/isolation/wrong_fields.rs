//! What is wrong with a body, walked over every route that takes one.
//!
//! A refusal names every field that is wrong, whichever layer finds it: the form of a body is read at the surface, what its
//! values may be is often decided in the domain, what it refers to is looked up, and none of these may hide another.

use super::company::{Company, OTHER_MARK};
use super::fill;
use crate::routes::{self, Route};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use sunledger_tests::{Backend, Reply, Tenant, both_backends};

/// What is wrong in some field or other: the first by its type in nearly every one, the others by what they mean.
fn wrong_values() -> Vec<Value> {
    let mut values = vec![json!({"no": "such"}), json!(true), json!([]), json!([{}]), json!(["nope"])];
    values.extend(["", "nope", "bell\u{7}", "1900-01-01"].map(Value::from));
    values.extend([json!("x".repeat(5000)), json!("00000000-0000-4000-8000-000000000000")]);
    values.extend([json!(-1), json!(0), json!(0.000_000_1), json!(101), json!(1e15), Value::Null]);
    values
}

/// The fields that a field is compared with: nothing can be said of it where they can not be read. Right ones, where the
/// body has them not.
fn compared_with(field: &str) -> Value {
    match field {
        // Each as long as the draft that a walk changes is as it was.
        "dueDate" => json!({"issueDate": "2024-06-01"}),
        "discount" => json!({"lineItems": null, "currency": null}),
        "dataLeituraAtual" => json!({"dataLeituraAnterior": null}),
        "dataLeituraFutura" => json!({"dataLeituraAtual": null}),
        "dataVencimentoConcessionaria" => json!({"dataEmissaoConcessionaria": null}),
        "endDate" => json!({"startDate": null}),
        "until" => json!({"from": null}),
        "period_end_date" => json!({"period_start_date": null}),
        "scpf_id" => json!({"store": null}),
        // Two names of one field.
        "customer_name" => json!({"name": null}),
        "name" => json!({"customer_name": null}),
        "project_status" => json!({"status": null}),
        _ => json!({}),
    }
}

/// What a refusal says is wrong, each field with its message, in whichever form its surface has.
fn findings(reply: &Reply) -> BTreeSet<String> {
    if reply.status != 400 {
        return BTreeSet::new();
    }
    let body = reply.value();
    if let Some(errors) = body["errors"].as_object().filter(|errors| !errors.is_empty()) {
        return errors.iter().map(|(field, message)| format!("{field}: {message}")).collect();
    }
    let text = body["error"].as_str().unwrap_or_else(|| panic!("another form: {body}"));
    text.split("; ").map(str::to_owned).collect()
}

/// What was said of a body, and the value that it was said for.
type Told = (BTreeSet<String>, Value);

/// A route that takes a body, and one that it takes of a company.
struct Taken<'a> {
    company: &'a Company,
    route: Route,
    path: String,
    body: Value,
    fields: BTreeMap<String, Value>,
}

impl Taken<'_> {
    /// All of a company.
    fn all<'a>(document: &Value, company: &'a Company) -> Vec<Taken<'a>> {
        let mut routes = fill::opened_by_keys(document);
        // `PATCH` does what `PUT` does.
        routes.retain(|route| !["GET", "PATCH"].contains(&route.method.as_str()));
        let taken = routes.into_iter().filter_map(|route| {
            let body = fill::body(&route, company)?;
            let (path, fields) = (fill::own_path(&route, company), fill::body_fields(document, &route));
            Some(Taken { company, route, path, body, fields })
        });
        taken.collect()
    }

    async fn told(&self, body: &Value) -> BTreeSet<String> {
        findings(&fill::send(self.company, &self.route, &self.path, Some(body)).await)
    }

    /// The body with another value in a field.
    fn with(&self, field: &str, value: &Value) -> Value {
        let mut body = self.body.clone();
        body[field] = value.clone();
        body
    }

    /// What each field is told where it alone is wrong, and the values that it is told it for, in the order of
    /// [`wrong_values`].
    async fn told_alone(&self) -> BTreeMap<&str, Vec<Told>> {
        let mut alone: BTreeMap<&str, Vec<Told>> = BTreeMap::new();
        for field in self.fields.keys() {
            for value in wrong_values() {
                let told = self.told(&self.with(field, &value)).await;
                let known = alone.entry(field).or_default();
                if !told.is_empty() && known.iter().all(|(other, _)| *other != told) {
                    known.push((told, value));
                }
            }
        }
        alone.retain(|_, known| !known.is_empty());
        alone
    }

    /// The body with a wrong value in a field, and in every other field that it is not compared with one of its own.
    fn all_wrong(
        &self,
        alone: &BTreeMap<&str, Vec<Told>>,
        (field, value): (&str, &Value),
        pick: fn(&[Told]) -> Option<&Told>,
    ) -> Value {
        let (mut body, right) = (self.body.clone(), compared_with(field));
        for (other, told) in alone {
            if let (None, Some((_, wrong))) = (right.get(*other), pick(told)) {
                body[*other] = wrong.clone();
            }
        }
        for (other, value) in right.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
            body[other] = value.clone();
        }
        body[field] = value.clone();
        body
    }
}

/// One backend is enough: bodies are read alike on both, and these are thousands.
#[test]
fn every_wrong_field_is_named_whatever_else_is_wrong() {
    sunledger_tests::run(Backend::Sqlite, |t: Tenant| async move {
        let company = Company::with_everything(t.server(), OTHER_MARK).await;
        let (mut count, mut hidden) = (0, Vec::new());
        for taken in Taken::all(&routes::document(&t).await, &company) {
            let alone = taken.told_alone().await;
            for (field, all_told) in &alone {
                for (told, value) in all_told {
                    // The other fields wrong by their types, and by what they mean.
                    for pick in [<[Told]>::first, <[Told]>::last] {
                        let body = taken.all_wrong(&alone, (field, value), pick);
                        let all = taken.told(&body).await;
                        let route = format!("{} {} {field}", taken.route.method, taken.route.path);
                        hidden.extend(told.difference(&all).map(|one| format!("{route}, {value}: {one}")));
                        count += 1;
                    }
                }
            }
        }
        assert!(hidden.is_empty(), "{} of {count} hidden: {hidden:#?}", hidden.len());
        assert!(count > 2000, "only {count} bodies");
    });
}

/// What a text of so many characters is told where only `most` may be; nothing where that is right.
async fn wrongly_told(taken: &Taken<'_>, field: &str, length: u64, most: u64) -> Option<String> {
    let text = "x".repeat(usize::try_from(length).unwrap());
    let told = taken.told(&taken.with(field, &json!(text))).await;
    let is_right = match length > most {
        true => !told.is_empty(),
        // It may be refused for another reason.
        false => !told.iter().any(|one| one.contains("at most") && one.contains("characters")),
    };
    let route = format!("{} {} {field}", taken.route.method, taken.route.path);
    (!is_right).then(|| format!("{route} of {length}: {told:?}"))
}

both_backends! {
    async fn a_text_may_be_as_long_as_is_documented_and_no_longer(t: Tenant) {
        let company = Company::with_everything(t.server(), OTHER_MARK).await;
        let (mut count, mut wrong) = (0, Vec::new());
        for taken in Taken::all(&routes::document(&t).await, &company) {
            for (field, schema) in &taken.fields {
                let Some(most) = schema["maxLength"].as_u64() else { continue };
                let has_a_form = schema["pattern"].is_string() || schema["format"].is_string() || field == "pixKey";
                for length in if has_a_form { vec![] } else { vec![most, most + 1] } {
                    wrong.extend(wrongly_told(&taken, field, length, most).await);
                    count += 1;
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(count > 200, "only {count} texts");
    }
}
