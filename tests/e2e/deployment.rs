//! What is written about running it agrees with the program: settings, commands, and how a container is asked after its
//! health.

use std::collections::BTreeSet;
use std::path::PathBuf;
use sunledger_tests::{Backend, Options, Server, eventually, run};

fn text(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Names of settings in a text.
fn settings(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let is = |word: &&str| {
        ["DATABASE_URL", "NATS_URL"].contains(word)
            || word.strip_prefix("SUNLEDGER_").is_some_and(|rest| !rest.is_empty())
    };
    words.filter(is).map(str::to_owned).collect()
}

/// The program's own list: name, default, meaning.
fn table() -> Vec<(String, String, String)> {
    let help = Server::prepare(Backend::Sqlite, Options::new()).cli_ok(&["help"]);
    let (_, listed) = help.split_once("over defaults:").expect("the list of settings");
    let lines: Vec<&str> = listed.lines().filter(|line| !line.trim().is_empty()).collect();
    let pairs = lines.chunks(2).map(|pair| {
        let (name, rest) = pair[0].trim().split_once(" [").expect("NAME [key], default");
        let (_, default) = rest.split_once("], ").expect("NAME [key], default");
        (name.to_owned(), default.to_owned(), pair[1].trim().to_owned())
    });
    pairs.collect()
}

#[test]
fn every_setting_is_described_and_none_is_made_up() {
    let table = table();
    let mut known: BTreeSet<String> = table.iter().map(|(name, ..)| name.clone()).collect();
    assert!(known.len() > 15, "{known:?}");
    let operations = text("docs/operations.md");
    for (name, default, _) in &table {
        let row = format!("| `{name}` | `{default}` |");
        let row = if default == "not set" { row.replace("`not set`", "not set") } else { row };
        assert!(operations.contains(&row), "docs/operations.md has no row {row}");
    }
    known.insert("SUNLEDGER_CONFIG".to_owned());
    for path in [
        "docker-compose.yml",
        "Dockerfile",
        "docs/operations.md",
        "docs/scale.md",
        "docs/webhooks.md",
        "README.md",
    ] {
        let unknown: Vec<String> = settings(&text(path)).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{path} speaks of {unknown:?}");
    }
}

#[test]
fn every_command_that_is_written_about_exists() {
    let help = Server::prepare(Backend::Sqlite, Options::new()).cli_ok(&["help"]);
    let mut found = 0;
    for path in ["README.md", "docs/operations.md"] {
        let page = text(path);
        // Lines of code blocks, up to a comment.
        let code = page.split("```").skip(1).step_by(2).flat_map(str::lines);
        for line in code.map(|line| line.split(" #").next().unwrap_or_default()) {
            for (at, _) in line.match_indices("sunledger ") {
                let word = line[at..].split_whitespace().nth(1).unwrap_or_default();
                let begins = at == 0 || line[..at].ends_with(' ');
                if begins
                    && !word.is_empty()
                    && word != "sunledger"
                    && word.chars().all(|letter| letter.is_ascii_lowercase())
                {
                    let command = format!("\n  {word}");
                    assert!(help.contains(&command) || word == "serve", "{path}: {line}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > 5, "only {found} commands were found");
}

#[test]
fn a_stop_is_waited_for_longer_than_it_may_take() {
    let compose = text("docker-compose.yml");
    let (_, grace) = compose.split_once("stop_grace_period: ").expect("a stop_grace_period");
    let grace: u64 = grace.split('s').next().unwrap().trim().parse().expect("seconds");
    let table = table();
    let (_, drain, _) = table.iter().find(|(name, ..)| name == "SUNLEDGER_DRAIN_MS").unwrap();
    assert!(grace * 1000 > drain.parse::<u64>().unwrap() + 5_000, "{grace} s for a drain of {drain} ms");
}

#[test]
fn health_is_told_by_the_program_itself() {
    run(Backend::Sqlite, |server: Server| async move {
        let address = server.address().to_string();
        server.configure(|options| options.set("SUNLEDGER_LISTEN", &address));
        let told = server.cli_ok(&["health"]);
        assert!(told.contains("\"ready\""), "{told}");
        server.stop();
        let gone = server.cli(&["health"]);
        assert_eq!(gone.status.code(), Some(1), "{gone:?}");
        assert!(gone.stdout.is_empty(), "{gone:?}");
        server.up();
        server.signal("STOP");
        let asked = std::time::Instant::now();
        let hangs = server.cli(&["health"]);
        server.signal("CONT");
        assert_eq!(hangs.status.code(), Some(1), "{hangs:?}");
        assert!(asked.elapsed().as_secs() < 10, "a server that hangs must not hold up who asks");
        eventually("it is healthy again", || async {
            server.cli(&["health"]).status.success().then_some(())
        })
        .await;
    });
}
