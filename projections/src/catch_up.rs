//! Folds a long stretch of the log into a generation: while one batch is written, the next one is folded and the pages
//! after it are read.
//!
//! A batch is as long as memory allows, and not as long as a page: an aggregate that changes ten times within it is written
//! once.

use crate::batch::{Batch, Span, write};
use crate::fold::{Folder, Step};
use crate::generation::Generation;
use sunledger_store::{Log, RecordedEvent, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Events read at a time: few, so that their memory is used again and again.
const PAGE: usize = 1_000;

/// Folds the log up to `until` (or its end, where that comes first); returns the position that the rows show then.
pub(crate) async fn catch_up(
    generation: &Generation,
    log: &Log,
    folder: &Folder,
    until: i64,
    progress: &(dyn Fn(i64) + Sync),
) -> Result<i64, StoreError> {
    let at = generation.checkpoint().await?;
    let mut writer = Writer { generation, folder, at, under_way: None, progress };
    let folded = fold(log, until, &mut writer).await;
    // Whatever became of the fold: nothing is under way any more when this returns.
    writer.wait().await?;
    folded?;
    Ok(writer.at)
}

async fn fold(log: &Log, until: i64, writer: &mut Writer<'_>) -> Result<(), StoreError> {
    let folder = writer.folder;
    let mut pages = pages(log.clone(), writer.at, until);
    let (mut batch, mut reached) = (Batch::default(), writer.at);
    while let Some(page) = pages.recv().await {
        let page = page?;
        let Some(last) = page.last() else { break };
        reached = last.position;
        let steps: Vec<Step> = page.into_iter().map(Step::Event).collect();
        let missing = folder.missing(&batch, &steps);
        if !missing.is_empty() {
            // Their rows may be among those that are being written.
            writer.wait().await?;
        }
        let rows = folder.load_rows(writer.generation, &missing).await?;
        folder.fold(&mut batch, &rows, steps).await?;
        if batch.bytes >= folder.enough {
            writer.write(std::mem::take(&mut batch), reached).await?;
        }
    }
    if reached > writer.at { writer.write(batch, reached).await } else { Ok(()) }
}

/// The log's pages after a position, read ahead of whoever takes them.
fn pages(log: Log, mut after: i64, until: i64) -> mpsc::Receiver<Result<Vec<RecordedEvent>, StoreError>> {
    let (pages, taken) = mpsc::channel(1);
    tokio::spawn(async move {
        while after < until {
            let limit = usize::try_from(until - after).unwrap_or(PAGE).min(PAGE);
            let page = log.read(after, limit).await;
            let last = page.as_ref().ok().and_then(|page| page.last()).map(|event| event.position);
            // Nobody takes it where the fold has failed.
            if pages.send(page).await.is_err() {
                return;
            }
            match last {
                Some(last) => after = last,
                None => return,
            }
        }
    });
    taken
}

/// Writes one batch after the other, each beside the work on the next one.
struct Writer<'g> {
    generation: &'g Generation,
    folder: &'g Folder,
    /// Where the batch under way ends; without one, the checkpoint.
    at: i64,
    under_way: Option<JoinHandle<Result<(), StoreError>>>,
    progress: &'g (dyn Fn(i64) + Sync),
}

impl Writer<'_> {
    /// Begins to write a batch, once the one before is written.
    async fn write(&mut self, batch: Batch, reached: i64) -> Result<(), StoreError> {
        let span = Span { after: self.at, reached };
        let (dialect, trust) = (self.generation.db.dialect(), self.folder.trust());
        let (statements, states) = batch.into_statements(dialect, span, trust)?;
        self.wait().await?;
        let generation = self.generation.clone();
        self.under_way = Some(tokio::spawn(async move { write(&generation, statements, span).await }));
        self.at = reached;
        self.folder.keep(states);
        Ok(())
    }

    /// Waits for the batch under way.
    async fn wait(&mut self) -> Result<(), StoreError> {
        let Some(task) = self.under_way.take() else { return Ok(()) };
        let written = task.await.map_err(|error| StoreError::Failed(format!("writing a batch: {error}")));
        self.folder.wrote(written.flatten())?;
        (self.progress)(self.at);
        Ok(())
    }
}

#[cfg(test)]
#[path = "../../commands/tests/support/samples.rs"]
mod samples;

#[cfg(test)]
mod tests {
    use super::samples::{context, invoice, payment};
    use super::*;
    use crate::schema;
    use std::sync::Arc;
    use sunledger_commands::read_side::NoReadSide;
    use sunledger_commands::{Codec, Commands, SystemClock};
    use sunledger_domain::invoice::Invoice;
    use sunledger_store::{Backend, Dialect, StoreSettings};
    use uuid::Uuid;

    const INVOICES: usize = 100;
    const ROUNDS: usize = 30;

    async fn rows(generation: &Generation, sql: &str) -> Vec<String> {
        let rows = generation.db.query(sql, Vec::new()).await.unwrap();
        rows.iter().map(|row| format!("{:?}", row.0)).collect()
    }

    /// Little memory, so that a batch ends with every page and most states are read back from the rows; and much.
    async fn however_much_memory(settings: StoreSettings) {
        let log = Log::open(&settings).await.unwrap();
        let commands = Commands::new(log.clone(), Arc::new(SystemClock::default()), Arc::new(NoReadSide));
        let ids: Vec<Uuid> = (0..INVOICES).map(|_| commands.new_id()).collect();
        for round in 0..ROUNDS {
            let done = ids.iter().map(|id| {
                let command = if round == 0 { invoice(Uuid::nil(), true) } else { payment(1) };
                let commands = commands.clone();
                async move { commands.execute::<Invoice>(&context(), *id, command).await.unwrap() }
            });
            futures_util::future::join_all(done).await;
        }
        let head = log.head().await.unwrap();
        let much = Generation::open(&settings, 901).await.unwrap();
        let little = Generation::bare(&settings, 902, "read_902").await.unwrap();
        for (generation, memory) in [(&much, 1 << 25), (&little, 1 << 15)] {
            let folder = Folder::new(log.clone(), Codec::default(), memory);
            // In two stretches, as when others append meanwhile.
            for until in [head / 2, head] {
                assert_eq!(catch_up(generation, &log, &folder, until, &|_| {}).await.unwrap(), until);
            }
        }
        schema::add_indexes(&settings, "read_902", &little.db).await.unwrap();
        let made = match little.db.dialect() {
            Dialect::Postgres => {
                "SELECT indexname FROM pg_catalog.pg_indexes WHERE schemaname = current_schema()"
            }
            Dialect::Sqlite => "SELECT name FROM sqlite_schema",
        };
        for (sql, count) in [
            ("SELECT id, version, status, search, doc FROM invoices ORDER BY id", INVOICES),
            ("SELECT key, value FROM counters WHERE value <> 0 ORDER BY key", 4),
            (&format!("{made} ORDER BY 1"), 20),
        ] {
            let found = rows(&little, sql).await;
            assert!(found.len() >= count, "{sql}: {found:?}");
            assert_eq!(found, rows(&much, sql).await, "{sql}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn memory_changes_nothing_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        however_much_memory(StoreSettings::new(Backend::Sqlite { folder: folder.path().to_owned() })).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn memory_changes_nothing_on_postgres() {
        let database = sunledger_test_servers::Cluster::get().database();
        however_much_memory(StoreSettings::new(Backend::Postgres { url: database.url() })).await;
    }
}
