//! From the answer that says what was made to the routes that take its id: tools that walk an API follow these.

use crate::http::Surface;
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::link::{Link, LinkBuilder};
use utoipa::openapi::path::Paths;

/// A link, and whose answer it is of.
struct Found {
    /// The path of the `POST`.
    from: String,
    /// The operation that it leads to.
    to: String,
    link: Link,
}

/// Links every `POST` of a collection with the routes of what is in it.
pub(super) fn add(paths: &mut Paths) {
    let found: Vec<Found> = paths.paths.keys().flat_map(|path| of_collection(paths, path)).collect();
    for Found { from, to, link } in found {
        let post = paths.paths.get_mut(&from).and_then(|item| item.post.as_mut());
        let answers = post.into_iter().flat_map(|post| &mut post.responses.responses);
        for (_, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
            if let RefOr::T(answer) = answer {
                answer.links.insert(to.clone(), link.clone().into());
            }
        }
    }
}

fn of_collection(paths: &Paths, path: &str) -> Vec<Found> {
    if paths.paths.get(path).is_none_or(|item| item.post.is_none()) || path.ends_with('}') {
        return Vec::new();
    }
    let id = match Surface::of_path(path) {
        Surface::Energy => "$response.body#/code",
        _ => "$response.body#/data/id",
    };
    let mut found = Vec::new();
    for (other, item) in &paths.paths {
        let Some(rest) = other.strip_prefix(path).and_then(|rest| rest.strip_prefix("/{")) else { continue };
        // A second id of its own is not in this answer.
        let Some((parameter, _)) = rest.split_once('}').filter(|(_, rest)| !rest.contains('{')) else {
            continue;
        };
        let mut parameters: BTreeMap<&str, String> = names(path).map(|name| (name, of_path(name))).collect();
        parameters.insert(parameter, id.to_owned());
        for operation in [&item.get, &item.put, &item.patch, &item.delete, &item.post].into_iter().flatten() {
            let Some(to) = &operation.operation_id else { continue };
            let link = LinkBuilder::new().operation_id(to.clone());
            let link =
                parameters.iter().fold(link, |link, (name, value)| link.parameter(*name, value.as_str()));
            found.push(Found { from: path.to_owned(), to: to.clone(), link: link.build() });
        }
    }
    found
}

fn of_path(name: &str) -> String {
    format!("$request.path.{name}")
}

/// The parameters of a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
