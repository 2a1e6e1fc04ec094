//! Databases for the run, on the Postgres that `SUNLEDGER_BENCH_POSTGRES` names.

use crate::Failure;
use sunledger_store::{Backend, StoreSettings};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// The environment variable that names the Postgres.
const ADDRESS: &str = "SUNLEDGER_BENCH_POSTGRES";

/// A database for a measurement.
pub(crate) struct Database {
    url: String,
}

fn server() -> Result<String, Failure> {
    std::env::var(ADDRESS).map_err(|_| {
        format!("no Postgres: {ADDRESS} must name one, like postgres://postgres@127.0.0.1:5432/postgres")
            .into()
    })
}

/// Lends a new database to `work`, and drops it afterwards, come what may.
pub(crate) async fn with<T>(
    purpose: &str,
    work: impl AsyncFnOnce(&Database) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let server = server()?;
    let name = format!("bench_{purpose}_{}", Uuid::now_v7().simple());
    execute(&server, &format!("CREATE DATABASE {name}")).await?;
    let (address, _) = server.rsplit_once('/').ok_or_else(|| format!("{ADDRESS} names no database"))?;
    let done = work(&Database { url: format!("{address}/{name}") }).await;
    execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    done
}

impl Database {
    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// For Sunledger's store.
    pub(crate) fn settings(&self) -> StoreSettings {
        StoreSettings::new(Backend::Postgres { url: self.url.clone() })
    }

    /// All contenders are measured on tables that are vacuumed and written back.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        execute(&self.url, "VACUUM ANALYZE").await?;
        execute(&self.url, "CHECKPOINT").await
    }
}

/// A session; it ends with the client.
pub(crate) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .map_err(|error| format!("no Postgres at {url}: {error}"))?;
    tokio::spawn(connection);
    Ok(client)
}

async fn execute(url: &str, sql: &str) -> Result<(), Failure> {
    Ok(connect(url).await?.batch_execute(sql).await?)
}

/// The Postgres in a line: what figures depend on.
pub(crate) async fn described() -> Result<String, Failure> {
    let client = connect(&server()?).await?;
    let row = client
        .query_one(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('shared_buffers')",
            &[],
        )
        .await?;
    let (version, fsync, buffers): (String, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if fsync != "on" {
        return Err(
            format!("fsync is {fsync} on that Postgres: commits would be measured that are none").into()
        );
    }
    Ok(format!("Postgres {version}, fsync on, shared_buffers {buffers}"))
}
