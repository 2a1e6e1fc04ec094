//! A projection by hand, over Sunledger's own log: pages of 5,000 events, folded in memory, written by one statement, with
//! the checkpoint in the same durable transaction.

use crate::Failure;
use crate::database::connect;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Instant;
use uuid::Uuid;

/// Events of a page.
const PAGE: i64 = 5_000;

/// What it reads of an event.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    notes: Option<String>,
}

/// What it keeps of an invoice.
#[derive(Default, Serialize, Deserialize)]
struct Invoice {
    changes: u64,
    notes: String,
}

/// Events a second.
pub(crate) async fn run(url: &str) -> Result<f64, Failure> {
    let mut client = connect(url).await?;
    client
        .batch_execute(
            "DROP SCHEMA IF EXISTS by_hand CASCADE; CREATE SCHEMA by_hand;
             CREATE TABLE by_hand.invoices (id uuid PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL);
             CREATE TABLE by_hand.progress (position bigint NOT NULL); INSERT INTO by_hand.progress VALUES (0);",
        )
        .await?;
    let read = client
        .prepare(
            "SELECT position, aggregate_id, sequence, payload FROM sunledger.events
             WHERE position > $1 ORDER BY position LIMIT $2",
        )
        .await?;
    let load = client.prepare("SELECT id, doc FROM by_hand.invoices WHERE id = ANY($1)").await?;
    let write = client
        .prepare(
            "INSERT INTO by_hand.invoices SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[])
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, doc = excluded.doc",
        )
        .await?;
    let note = client.prepare("UPDATE by_hand.progress SET position = $1").await?;
    let began = Instant::now();
    let mut at = 0_i64;
    loop {
        let transaction = client.transaction().await?;
        let rows = transaction.query(&read, &[&at, &PAGE]).await?;
        if rows.is_empty() {
            return Ok(at as f64 / began.elapsed().as_secs_f64());
        }
        let touched: Vec<Uuid> = rows.iter().map(|row| row.try_get(1)).collect::<Result<_, _>>()?;
        let mut invoices: HashMap<Uuid, (i64, Invoice)> = HashMap::new();
        for row in transaction.query(&load, &[&touched]).await? {
            invoices.insert(row.try_get(0)?, (0, serde_json::from_str(row.try_get(1)?)?));
        }
        for row in &rows {
            at = row.try_get(0)?;
            let (version, invoice) = invoices.entry(row.try_get(1)?).or_default();
            *version = row.try_get(2)?;
            fold(invoice, row.try_get(3)?)?;
        }
        let (mut ids, mut versions, mut docs) = (Vec::new(), Vec::new(), Vec::new());
        for (id, (version, invoice)) in &invoices {
            ids.push(*id);
            versions.push(*version);
            docs.push(serde_json::to_string(invoice)?);
        }
        transaction.execute(&write, &[&ids, &versions, &docs]).await?;
        transaction.execute(&note, &[&at]).await?;
        transaction.commit().await?;
    }
}

/// An event is an object of one field, its name.
fn fold(invoice: &mut Invoice, payload: &str) -> Result<(), Failure> {
    let event: HashMap<&str, Event> = serde_json::from_str(payload)?;
    for event in event.into_values() {
        invoice.changes += 1;
        if let Some(notes) = event.notes {
            invoice.notes = notes;
        }
    }
    Ok(())
}
