//! The server's memory, once it is ready and has nothing to do.

use crate::Failure;
use crate::database;
use crate::options::{folder, server_binary};
use crate::process::Server;
use crate::table::{Goal, Sample, limit};
use std::time::Duration;

/// What start-up leaves behind is given back by then.
const IDLE: Duration = Duration::from_secs(3);
const MOST: f64 = 60.0;

pub(crate) async fn measure() -> Result<(), Failure> {
    let binary = server_binary()?;
    let files = folder()?;
    let server = Server::start(&binary, None, files.path(), &[]).await?;
    tokio::time::sleep(IDLE).await;
    print("SQLite", server.memory()?);
    database::with("memory", async |database| {
        let server = Server::start(&binary, Some(database.url()), files.path(), &[]).await?;
        tokio::time::sleep(IDLE).await;
        print("Postgres", server.memory()?);
        Ok(())
    })
    .await
}

fn print(backend: &str, memory: f64) {
    let memory = Sample::from_iter([memory]);
    limit(&format!("{backend}: memory of the server after its start"), &memory, "MiB", Goal::AtMost(MOST));
}
