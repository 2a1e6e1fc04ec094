//! The write path in its fastest known shape, written by hand and for this one purpose: states in memory, one appender
//! that writes whatever is waiting in one durable statement, and a projection on a connection of its own, lazy about the
//! disk, that is handed over the rows in memory. A caller is answered when its row is written.

use crate::Failure;
use crate::database::connect;
use crate::table::Rate;
use crate::work;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Commands of one batch at most.
const BATCH: usize = 512;
const TENANT: Uuid = Uuid::from_u128(7);
const TUNED: &str = "SET search_path = best; SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off; \
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;";

#[derive(Clone, Copy)]
struct Invoice {
    id: Uuid,
    number: u32,
    client: Uuid,
    version: i64,
}

#[derive(Serialize)]
struct Changed<'a> {
    notes: &'a str,
    at: i64,
}

#[derive(Serialize)]
struct Document<'a> {
    id: Uuid,
    number: u32,
    invoice_number: &'a str,
    client_id: Uuid,
    status: &'a str,
    currency: &'a str,
    issue_date: &'a str,
    due_date: &'a str,
    lines: [Line<'a>; 1],
    subtotal: i64,
    tax: i64,
    total: i64,
    balance: i64,
    notes: &'a str,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize)]
struct Line<'a> {
    description: &'a str,
    quantity: i64,
    unit_price: i64,
    amount: i64,
}

#[derive(Serialize)]
struct Metadata<'a> {
    command_id: Uuid,
    actor: &'a str,
    surface: &'a str,
    at: i64,
}

/// A decided command on its way through.
struct Command {
    invoice: Invoice,
    payload: String,
    metadata: String,
    name: String,
    document: String,
    position: i64,
    done: oneshot::Sender<()>,
}

/// The peer, running.
pub(crate) struct BestShape {
    appender: mpsc::Sender<Command>,
    invoices: Arc<Vec<Mutex<Invoice>>>,
}

impl BestShape {
    /// Makes its tables, and invoices with 5 events each.
    pub(crate) async fn start(url: &str, invoices: usize) -> Result<Self, Failure> {
        let (append, project) = (connect(url).await?, connect(url).await?);
        append.batch_execute(include_str!("best_shape.sql")).await?;
        append.batch_execute(TUNED).await?;
        project.batch_execute(TUNED).await?;
        project.batch_execute("SET synchronous_commit = off").await?;
        let (appender, waiting) = mpsc::channel(4096);
        let (handed_over, appended) = mpsc::channel(4096);
        tokio::spawn(run_appender(append, waiting, handed_over));
        tokio::spawn(run_projection(project, appended));
        let made = (0..invoices).map(|number| {
            Mutex::new(Invoice {
                id: Uuid::now_v7(),
                number: number as u32,
                client: Uuid::from_u128(number as u128 % 2_000),
                version: 0,
            })
        });
        let peer = Self { appender, invoices: Arc::new(made.collect()) };
        for _ in 0..work::HISTORY {
            peer.each_once().await?;
        }
        Ok(peer)
    }

    async fn each_once(&self) -> Result<(), Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for _ in 0..128 {
            let (appender, invoices, next) = (self.appender.clone(), self.invoices.clone(), next.clone());
            tasks.push(tokio::spawn(async move {
                while let Some(invoice) = invoices.get(next.fetch_add(1, Ordering::Relaxed)) {
                    change(&appender, invoice).await?;
                }
                Ok::<_, Failure>(())
            }));
        }
        for task in tasks {
            task.await??;
        }
        Ok(())
    }

    /// Changes by so many callers.
    pub(crate) async fn change(&self, callers: usize, time: Duration) -> Result<Rate, Failure> {
        let next = Arc::new(AtomicUsize::new(usize::from(std::process::id() as u16)));
        let began = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..callers {
            let (appender, invoices, next) = (self.appender.clone(), self.invoices.clone(), next.clone());
            tasks.push(tokio::spawn(async move {
                let mut latencies = Vec::new();
                while began.elapsed() < time {
                    let invoice = &invoices[next.fetch_add(1, Ordering::Relaxed) % invoices.len()];
                    let asked = Instant::now();
                    change(&appender, invoice).await?;
                    latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                Ok::<_, Failure>(latencies)
            }));
        }
        Rate::gather(tasks, began).await
    }
}

/// Decides a change and waits until its row is written.
async fn change(appender: &mpsc::Sender<Command>, invoice: &Mutex<Invoice>) -> Result<(), Failure> {
    let mut invoice = invoice.lock().await;
    let notes = work::notes();
    let at = jiff::Timestamp::now().as_microsecond();
    let name = format!("INV-{:06}", invoice.number);
    let line = Line { description: "Solar plant, turnkey", quantity: 3, unit_price: 12_500, amount: 37_500 };
    let document = Document {
        id: invoice.id,
        number: invoice.number,
        invoice_number: &name,
        client_id: invoice.client,
        status: "draft",
        currency: "BRL",
        issue_date: "2026-03-10",
        due_date: "2026-04-09",
        lines: [line],
        subtotal: 3_750_000,
        tax: 0,
        total: 3_750_000,
        balance: 3_750_000,
        notes: &notes,
        created_at: 0,
        updated_at: at,
    };
    let metadata = Metadata { command_id: Uuid::now_v7(), actor: "system", surface: "bench", at };
    let (done, answer) = oneshot::channel();
    let command = Command {
        invoice: *invoice,
        payload: serde_json::to_string(&Changed { notes: &notes, at })?,
        metadata: serde_json::to_string(&metadata)?,
        document: serde_json::to_string(&document)?,
        name,
        position: 0,
        done,
    };
    appender.send(command).await.map_err(|_| "the appender has ended")?;
    answer.await?;
    invoice.version += 1;
    Ok(())
}

/// Whatever is waiting, in one statement that is one transaction.
async fn run_appender(
    client: Client,
    mut waiting: mpsc::Receiver<Command>,
    handed_over: mpsc::Sender<Vec<Command>>,
) -> Result<(), Failure> {
    let statement = client.prepare("SELECT append($1, $2, $3, $4, $5, $6, $7)").await?;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if waiting.recv_many(&mut batch, BATCH).await == 0 {
            return Ok(());
        }
        let count = batch.len();
        let ids: Vec<Uuid> = batch.iter().map(|command| command.invoice.id).collect();
        let expected: Vec<i64> = batch.iter().map(|command| command.invoice.version).collect();
        let payloads: Vec<&str> = batch.iter().map(|command| command.payload.as_str()).collect();
        let metadata: Vec<&str> = batch.iter().map(|command| command.metadata.as_str()).collect();
        let (tenants, kinds, types) =
            (vec![TENANT; count], vec!["invoice"; count], vec!["invoice.updated"; count]);
        let row = client
            .query_one(&statement, &[&tenants, &kinds, &ids, &expected, &types, &payloads, &metadata])
            .await?;
        let base: i64 = row.try_get(0)?;
        for (command, position) in batch.iter_mut().zip(base + 1..) {
            command.position = position;
        }
        handed_over.send(batch).await.map_err(|_| "the projection has ended")?;
    }
}

/// Whatever is appended, in one statement; of several changes to one invoice the last.
async fn run_projection(client: Client, mut appended: mpsc::Receiver<Vec<Command>>) -> Result<(), Failure> {
    let statement = client.prepare(include_str!("project.sql")).await?;
    loop {
        let mut batches = Vec::new();
        if appended.recv_many(&mut batches, 64).await == 0 {
            return Ok(());
        }
        let commands: Vec<Command> = batches.into_iter().flatten().collect();
        write_rows(&client, &statement, &commands).await?;
        for command in commands {
            // A caller that is gone needs no answer.
            let _ = command.done.send(());
        }
    }
}

async fn write_rows(
    client: &Client,
    statement: &tokio_postgres::Statement,
    commands: &[Command],
) -> Result<(), Failure> {
    let newest: HashMap<Uuid, &Command> =
        commands.iter().map(|command| (command.invoice.id, command)).collect();
    let rows: Vec<&Command> = newest.into_values().collect();
    let count = rows.len();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.invoice.id).collect();
    let clients: Vec<Uuid> = rows.iter().map(|row| row.invoice.client).collect();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let versions: Vec<i64> = rows.iter().map(|row| row.invoice.version + 1).collect();
    let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
    let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let (amounts, nothing, times) = (vec![3_750_000_i64; count], vec![0_i64; count], positions.clone());
    let (status, currency) = (vec!["draft"; count], vec!["BRL"; count]);
    let (issued, due) = (vec!["2026-03-10"; count], vec!["2026-04-09"; count]);
    let reached = commands.iter().map(|command| command.position).max().unwrap_or_default();
    let applied = i64::try_from(commands.len())?;
    let columns: [&(dyn ToSql + Sync); 20] = [
        &vec![TENANT; count],
        &ids,
        &names,
        &clients,
        &status,
        &issued,
        &due,
        &currency,
        &amounts,
        &nothing,
        &amounts,
        &amounts,
        &names,
        &nothing,
        &times,
        &versions,
        &positions,
        &documents,
        &reached,
        &applied,
    ];
    client.execute(statement, &columns).await?;
    Ok(())
}
