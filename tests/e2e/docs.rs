//! The documents of the repository: their links lead somewhere, and the requests that they show are ones that there are.

use crate::routes::{self, Route};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use sunledger_tests::{Backend, Tenant, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// README.md, and every page below `docs/`.
fn pages() -> Vec<(PathBuf, String)> {
    let mut files = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files.into_iter().map(read).collect()
}

/// A page without, or only, what stands in its blocks of code.
fn lines(page: &str, code: bool) -> impl Iterator<Item = &str> {
    let mut inside = false;
    page.lines().filter(move |line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !fence && inside == code
    })
}

/// Where a page's headings can be reached.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = lines(page, false).filter(|line| line.starts_with('#'));
    let slug = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    };
    headings.map(slug).collect()
}

/// What stands behind each `](`.
fn links(page: &str) -> Vec<&str> {
    let behind = |line| str::split(line, "](").skip(1).filter_map(|rest| rest.split_once(')'));
    lines(page, false).flat_map(behind).map(|(target, _)| target).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let (mut dead, mut followed) = (Vec::new(), 0);
    for (path, page) in pages() {
        for link in links(&page).into_iter().filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let there = target.exists()
                && (anchor.is_empty() || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !there {
                dead.push(format!("{}: {link}", path.display()));
            }
            followed += 1;
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
    assert!(followed > 50, "only {followed} links were found");
}

#[test]
fn every_page_can_be_reached_from_the_first() {
    let all: BTreeSet<PathBuf> = pages().into_iter().map(|(path, _)| path.canonicalize().unwrap()).collect();
    let mut open = vec![root().join("README.md").canonicalize().unwrap()];
    let mut reached: BTreeSet<PathBuf> = open.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let page = fs::read_to_string(&path).unwrap();
        for link in links(&page) {
            let file = link.split('#').next().unwrap_or_default();
            let target = path.parent().unwrap().join(file).canonicalize();
            if let Some(target) = target.ok().filter(|target| all.contains(target))
                && reached.insert(target.clone())
            {
                open.push(target);
            }
        }
    }
    let missed: Vec<_> = all.difference(&reached).collect();
    assert!(missed.is_empty(), "nothing leads to {missed:#?}");
}

/// A request that a page shows: method and path.
type Shown = (String, String);

/// The requests of the commands in blocks of code: `curl`, or the README's `call`.
fn commands(page: &str) -> Vec<Shown> {
    let code = lines(page, true).collect::<Vec<_>>().join("\n");
    let mut starts: Vec<usize> =
        ["curl ", "call "].iter().flat_map(|word| code.match_indices(word).map(|(at, _)| at)).collect();
    starts.sort_unstable();
    starts.push(code.len());
    let command = |pair: &[usize]| {
        let command = &code[pair[0]..pair[1]];
        let (options, target) = command.split_once("$url")?;
        let path = target.split([' ', '"', '\'', '?', '\n', ')']).next()?;
        let given = command.split_once("-X ").and_then(|(_, rest)| rest.split_whitespace().next());
        let body = [" -d ", " --data", " -T "].iter().any(|option| {
            options.contains(option) || target.contains(option) || target.contains(&format!("\n {option}"))
        });
        let method = given.unwrap_or(if body { "POST" } else { "GET" });
        Some((method.to_owned(), path.to_owned()))
    };
    starts.windows(2).filter_map(command).collect()
}

/// The requests that are named in the text, as `POST /keys`.
fn named(page: &str) -> Vec<Shown> {
    let text = lines(page, false).collect::<Vec<_>>().join("\n");
    let quoted = text.split('`').skip(1).step_by(2);
    let request = |quoted: &str| {
        let (method, path) = quoted.split_once(' ')?;
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
        let path = path.split([' ', '?']).next()?;
        // `POST /{id}/test` and `POST .../send` go on from a path that was named before.
        let whole = path.starts_with('/') && !path.starts_with("/{") && !path.contains("...");
        (known && whole).then(|| (method.to_owned(), path.to_owned()))
    };
    quoted.filter_map(request).collect()
}

/// Whether a path is one of the route's. What is named `{id}`, `$client` or `1` stands for any id.
fn is_of(route: &Route, path: &str) -> bool {
    let (template, path) = (route.path.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(part, given)| part == given || part.starts_with('{'))
}

#[test]
fn every_request_that_is_shown_is_served() {
    run(Backend::Sqlite, |t: Tenant| async move {
        let routes = routes::all(&routes::document(&t).await);
        let (mut wrong, mut shown) = (Vec::new(), 0);
        for (path, page) in pages() {
            for (method, request) in commands(&page).into_iter().chain(named(&page)) {
                shown += 1;
                if !routes.iter().any(|route| route.method == method && is_of(route, &request)) {
                    wrong.push(format!("{}: {method} {request}", path.display()));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(shown > 50, "only {shown} requests were found");
    });
}
