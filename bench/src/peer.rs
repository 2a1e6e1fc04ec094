//! The peers: crates of their own outside the workspace, because their dependencies clash with ours. Built and run as
//! programs.

use crate::ours::{Failure, Rate};
use std::process::Command;
use std::time::Duration;
use uuid::Uuid;

/// What postgres-es measured.
pub(crate) struct Theirs {
    pub(crate) one: Rate,
    pub(crate) many: Rate,
    /// Events a second of its generic replay.
    pub(crate) replay: f64,
}

/// A database for a run.
pub(crate) struct Database {
    server: String,
    url: String,
    name: String,
}

impl Database {
    pub(crate) async fn make(purpose: &str) -> Result<Self, Failure> {
        let server = std::env::var("SUNLEDGER_BENCH_POSTGRES")
            .map_err(|_| "SUNLEDGER_BENCH_POSTGRES must name a Postgres, e.g. postgres://postgres@127.0.0.1:5432/postgres")?;
        let name = format!("bench_{purpose}_{}", Uuid::now_v7().simple());
        execute(&server, &format!("CREATE DATABASE {name}")).await?;
        let (address, _) = server.rsplit_once('/').ok_or("the address has no database")?;
        Ok(Self { url: format!("{address}/{name}"), server, name })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Both sides are measured on tables that are vacuumed and written back.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        execute(&self.url, "VACUUM ANALYZE").await?;
        execute(&self.url, "CHECKPOINT").await
    }

    pub(crate) async fn drop_it(self) -> Result<(), Failure> {
        execute(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}

async fn execute(url: &str, sql: &str) -> Result<(), Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let driver = tokio::spawn(connection);
    client.batch_execute(sql).await?;
    drop(client);
    driver.await??;
    Ok(())
}

/// postgres-es with one view on the same Postgres: the same aggregate, commands and callers.
pub(crate) fn run(url: &str, time: Duration, invoices: usize) -> Result<Theirs, Failure> {
    let text = postgres_es(&[url, &time.as_secs().to_string(), &invoices.to_string()])?;
    Ok(Theirs { one: rate(&text, "one")?, many: rate(&text, "many")?, replay: rate(&text, "replay")?.rate })
}

/// How many events of invoices postgres-es finds in Sunledger's own log.
pub(crate) fn read_our_log(url: &str) -> Result<f64, Failure> {
    Ok(rate(&postgres_es(&["read", url])?, "read")?.rate)
}

fn postgres_es(words: &[&str]) -> Result<String, Failure> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/postgres-es/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--release", "--quiet", "--manifest-path", manifest, "--"])
        .args(words)
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("postgres-es: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// A line `name rate p50 p99`.
fn rate(text: &str, name: &str) -> Result<Rate, Failure> {
    let missing = || format!("no figure {name} in {text}");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(missing)?;
    let mut words = line.split_whitespace();
    let rate = words.next().ok_or_else(missing)?.parse()?;
    let p50 = words.next().unwrap_or("0").parse()?;
    let p99 = words.next().unwrap_or("0").parse()?;
    Ok(Rate { rate, p50, p99 })
}
