//! postgres-es 0.5 as its documentation shows it: the same aggregate and commands as Sunledger's, one `GenericQuery` view
//! that is up to date when a command is answered.
//!
//! `peer-postgres-es URL` takes orders on stdin, one a line, and answers each with a line of figures:
//!
//! | order | answer |
//! | --- | --- |
//! | `seed INVOICES` | `0` |
//! | `change CALLERS MILLISECONDS` | commands a second, p50 and p99 in microseconds |
//! | `replay MILLISECONDS` | events a second of its own replay into the view |
//! | `read` | how many events it finds in Sunledger's own log, through a view that casts its texts to `json` |

#[path = "../../../src/work.rs"]
mod work;

use cqrs_es::persist::{GenericQuery, PersistedEventRepository, QueryReplay};
use cqrs_es::{EventEnvelope, View};
use postgres_es::{PostgresCqrs, PostgresEventRepository, PostgresViewRepository, default_postgress_pool, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, Pool, Postgres};
use std::error::Error;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use sunledger_domain::invoice::Invoice;
use uuid::Uuid;

type Failure = Box<dyn Error + Send + Sync>;
type Repository = PostgresViewRepository<InvoiceView, Invoice>;

/// What Sunledger's row holds, too: the invoice.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct InvoiceView(Invoice);

impl View<Invoice> for InvoiceView {
    fn update(&mut self, event: &EventEnvelope<Invoice>) {
        self.0.evolve(event.payload.clone());
    }
}

/// The framework, and the invoices under load.
struct Peer {
    pool: Pool<Postgres>,
    framework: Arc<PostgresCqrs<Invoice>>,
    ids: Arc<Vec<String>>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("usage: peer-postgres-es URL")?;
    let pool = default_postgress_pool(&url).await;
    let mut peer = Peer { framework: Arc::new(framework(&pool)), pool, ids: Arc::default() };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["seed", invoices] => {
                peer.seed(invoices.parse()?).await?;
                println!("0");
            }
            ["change", callers, time] => {
                let (rate, p50, p99) = peer.change(callers.parse()?, millis(time)?).await?;
                println!("{rate:.1} {p50} {p99}");
            }
            ["replay", time] => println!("{:.1}", peer.replay(millis(time)?).await?),
            ["read"] => println!("{}", read_sunledger(&peer.pool).await?),
            _ => return Err(format!("no such order: {line}").into()),
        }
    }
    Ok(())
}

fn millis(text: &str) -> Result<Duration, Failure> {
    Ok(Duration::from_millis(text.parse()?))
}

fn framework(pool: &Pool<Postgres>) -> PostgresCqrs<Invoice> {
    let view = GenericQuery::<Repository, InvoiceView, Invoice>::new(Arc::new(Repository::new("invoice_view", pool.clone())));
    postgres_cqrs(pool.clone(), vec![Box::new(view)], ())
}

impl Peer {
    async fn seed(&mut self, invoices: usize) -> Result<(), Failure> {
        for statement in [
            "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence bigint CHECK (sequence >= 0) NOT NULL,
               event_type text NOT NULL, event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
               PRIMARY KEY (aggregate_type, aggregate_id, sequence))",
            "CREATE TABLE invoice_view (view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL,
               PRIMARY KEY (view_id))",
        ] {
            self.pool.execute(statement).await?;
        }
        self.ids = Arc::new((0..invoices).map(|_| Uuid::now_v7().to_string()).collect());
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for _ in 0..32 {
            let (framework, ids, next) = (self.framework.clone(), self.ids.clone(), next.clone());
            tasks.push(tokio::spawn(async move {
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                    framework.execute(id, work::create()).await?;
                    for _ in 1..work::HISTORY {
                        framework.execute(id, work::change()).await?;
                    }
                }
                Ok::<(), Failure>(())
            }));
        }
        for task in tasks {
            task.await??;
        }
        Ok(())
    }

    async fn change(&self, callers: usize, time: Duration) -> Result<(f64, u32, u32), Failure> {
        let next = Arc::new(AtomicUsize::new(usize::from(std::process::id() as u16)));
        let began = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..callers {
            let (framework, ids, next) = (self.framework.clone(), self.ids.clone(), next.clone());
            tasks.push(tokio::spawn(async move {
                let mut latencies = Vec::new();
                while began.elapsed() < time {
                    let id = &ids[next.fetch_add(1, Ordering::Relaxed) % ids.len()];
                    let asked = Instant::now();
                    framework.execute(id, work::change()).await?;
                    latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                Ok::<_, Failure>(latencies)
            }));
        }
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        let rate = latencies.len() as f64 / began.elapsed().as_secs_f64();
        let (p50, p99) = work::percentiles(&mut latencies);
        Ok((rate, p50, p99))
    }

    /// The crate's own replay of all events into the view, stopped after a while: it is slow.
    async fn replay(&self, time: Duration) -> Result<f64, Failure> {
        self.pool.execute("TRUNCATE invoice_view").await?;
        let view = GenericQuery::<Repository, InvoiceView, Invoice>::new(Arc::new(Repository::new("invoice_view", self.pool.clone())));
        let replay = QueryReplay::<_, _, Invoice>::new(PostgresEventRepository::new(self.pool.clone()), view);
        let began = Instant::now();
        let _ = tokio::time::timeout(time, replay.replay_all()).await;
        let elapsed = began.elapsed().as_secs_f64();
        let events: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(version), 0)::bigint FROM invoice_view").fetch_one(&self.pool).await?;
        // The rest of the view, which the replay had no time for: an empty row is enough for the commands that follow.
        self.pool
            .execute(
                "INSERT INTO invoice_view SELECT e.aggregate_id, max(e.sequence), (SELECT payload FROM invoice_view LIMIT 1)
                   FROM events e GROUP BY e.aggregate_id ON CONFLICT (view_id) DO NOTHING",
            )
            .await?;
        Ok(events as f64 / elapsed)
    }
}

/// What postgres-es expects of a table of events, as a view on Sunledger's. Its metadata are texts by name.
const VIEW: &str = "CREATE OR REPLACE VIEW events AS SELECT aggregate_type::text, aggregate_id::text, sequence, event_type::text, \
    event_version::text, payload::json AS payload, (SELECT json_object_agg(key, value) FROM json_each_text(metadata::json)) AS metadata \
    FROM sunledger.events WHERE aggregate_type = 'invoice'";

async fn read_sunledger(pool: &Pool<Postgres>) -> Result<u64, Failure> {
    pool.execute(VIEW).await?;
    let repository = PostgresEventRepository::new(pool.clone());
    let mut stream = repository.stream_all_events::<Invoice>().await?;
    let mut invoices: std::collections::HashMap<String, Invoice> = std::collections::HashMap::new();
    let mut read = 0_u64;
    while let Some(event) = stream.next::<Invoice>(&[]).await {
        let event = event?;
        invoices.entry(event.aggregate_id).or_default().evolve(event.payload);
        read += 1;
    }
    Ok(read)
}
