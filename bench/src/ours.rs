//! Sunledger's own write path: executor, log, read models, as the server has them.

use crate::work;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use sunledger_commands::{Clock, Codec, Commands, Context};
use sunledger_domain::TenantId;
use sunledger_domain::invoice::Invoice;
use sunledger_projections::{Projections, generation};
use sunledger_store::{Append, Log, NewEvent, StoreSettings, StreamWrite};
use uuid::Uuid;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a run measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// Commands a second.
    pub(crate) rate: f64,
    /// Median, microseconds.
    pub(crate) p50: u32,
    /// 99th percentile, microseconds.
    pub(crate) p99: u32,
}

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// The write side and the read side on one log.
pub(crate) struct Ledger {
    settings: StoreSettings,
    log: Log,
    projections: Projections,
    commands: Commands,
    ids: Arc<Vec<Uuid>>,
}

fn context() -> Result<Context, Failure> {
    Ok(Context::system(TenantId::new("bench")?, "bench", Timestamp::UNIX_EPOCH))
}

impl Ledger {
    /// Opens it and makes `invoices` with a history of 5 events each.
    pub(crate) async fn open(settings: StoreSettings, invoices: usize) -> Result<Self, Failure> {
        let mut ledger = Self::empty(settings).await?;
        ledger.seed(invoices).await?;
        Ok(ledger)
    }

    async fn empty(settings: StoreSettings) -> Result<Self, Failure> {
        let log = Log::open(&settings).await?;
        let projections = Projections::start(log.clone(), settings.clone(), Codec::default()).await?;
        let commands = Commands::new(log.clone(), Arc::new(StillClock), Arc::new(projections.clone()));
        Ok(Self { settings, log, projections, commands, ids: Arc::default() })
    }

    /// Makes other invoices to be paid from now on, with a history of 5 events each.
    pub(crate) async fn seed(&mut self, invoices: usize) -> Result<(), Failure> {
        let commands = self.commands.clone();
        let ids: Vec<Uuid> = (0..invoices).map(|_| commands.new_id()).collect();
        let next = Arc::new(AtomicUsize::new(0));
        let ids = Arc::new(ids);
        let mut seeders = Vec::new();
        for _ in 0..128 {
            let (commands, ids, next) = (commands.clone(), ids.clone(), next.clone());
            seeders.push(tokio::spawn(async move {
                let context = context()?;
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                    commands.execute::<Invoice>(&context, *id, work::create()).await?;
                    for _ in 2..work::HISTORY {
                        commands.execute::<Invoice>(&context, *id, work::pay()).await?;
                    }
                }
                Ok::<(), Failure>(())
            }));
        }
        for seeder in seeders {
            seeder.await??;
        }
        self.ids = ids;
        Ok(())
    }

    /// Payments by concurrent callers, each answered when the read models show it.
    pub(crate) async fn pay(&self, callers: usize, time: Duration) -> Result<Rate, Failure> {
        let next = Arc::new(AtomicUsize::new(usize::from(std::process::id() as u16)));
        let began = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..callers {
            let (commands, ids, next) = (self.commands.clone(), self.ids.clone(), next.clone());
            tasks.push(tokio::spawn(async move {
                let context = context()?;
                let mut latencies = Vec::new();
                while began.elapsed() < time {
                    let id = ids[next.fetch_add(1, Ordering::Relaxed) % ids.len()];
                    let asked = Instant::now();
                    commands.execute::<Invoice>(&context, id, work::pay()).await?;
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
        Ok(Rate { rate, p50, p99 })
    }

    /// Copies of the payments, appended in bulk until the log has `events`; events a second.
    pub(crate) async fn grow(&self, events: i64) -> Result<f64, Failure> {
        let began = Instant::now();
        let mut head = self.log.head().await?;
        let start = head;
        let made =
            self.commands.execute::<Invoice>(&context()?, self.commands.new_id(), work::create()).await?;
        let template = self.commands.execute::<Invoice>(&context()?, made.id, work::pay()).await?;
        let stream =
            sunledger_store::StreamId { tenant: context()?.tenant, kind: "invoice".into(), id: made.id };
        let history = self.log.read_stream(&stream, 0, 10).await?;
        let copies: Vec<NewEvent> = history
            .iter()
            .chain(std::iter::repeat_n(&history[history.len() - 1], 7))
            .map(|event| NewEvent {
                event_type: event.event_type.to_string().into(),
                event_version: event.event_version.to_string().into(),
                payload: event.payload.to_string(),
            })
            .collect();
        drop(template);
        let mut metadata = 0_u64;
        while head < events {
            let mut batch = Vec::new();
            for _ in 0..64 {
                metadata += 1;
                let write = |_| StreamWrite {
                    kind: "invoice".into(),
                    id: Uuid::now_v7(),
                    expected: 0,
                    events: copies.clone(),
                };
                let append = Append {
                    tenant: context()?.tenant,
                    writes: (0..20).map(write).collect(),
                    unchanged: Vec::new(),
                    quiet: None,
                    take: Vec::new(),
                    release: Vec::new(),
                    series: Vec::new(),
                    key: None,
                    metadata: format!("{{\"command_id\":\"grow-{metadata}\"}}").into(),
                    recorded_at: 0,
                };
                let log = self.log.clone();
                batch.push(tokio::spawn(async move { log.append(append).await }));
            }
            for append in batch {
                append.await??;
            }
            head = self.log.head().await?;
        }
        Ok((head - start) as f64 / began.elapsed().as_secs_f64())
    }

    /// Follows the whole log; events a second.
    pub(crate) async fn follow(&self) -> Result<f64, Failure> {
        let began = Instant::now();
        let mut at = 0;
        loop {
            let page = self.log.read(at, 5_000).await?;
            match page.last() {
                Some(last) => at = last.position,
                None => return Ok(at as f64 / began.elapsed().as_secs_f64()),
            }
        }
    }

    /// Rebuilds the read models beside the live ones; events a second.
    pub(crate) async fn rebuild(&self) -> Result<f64, Failure> {
        let began = Instant::now();
        let rebuilt = generation::rebuild(&self.log, &self.settings, &Codec::default(), &|_| {}).await?;
        Ok(rebuilt.position as f64 / began.elapsed().as_secs_f64())
    }

    /// How many events the log has.
    pub(crate) async fn events(&self) -> Result<f64, Failure> {
        Ok(self.log.head().await? as f64)
    }

    /// How many events the read models still have to apply.
    pub(crate) async fn behind(&self) -> Result<i64, Failure> {
        let health = self.projections.health().await?;
        Ok(health.head - health.position)
    }

    pub(crate) async fn close(self) {
        self.projections.shutdown().await;
    }
}

/// Rebuilds in a process of its own, which does nothing else: events a second, and the most memory it had in use, MiB.
pub(crate) fn rebuild_alone(backend: &str, place: &str) -> Result<(f64, u64), Failure> {
    let output =
        std::process::Command::new(std::env::current_exe()?).args(["--rebuild", backend, place]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    let (Some(rate), Some(memory)) = (words.next(), words.next()) else {
        return Err(format!("the rebuild failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    };
    Ok((rate.parse()?, memory.parse()?))
}

/// What [`rebuild_alone`] runs.
pub(crate) async fn rebuild_here(settings: StoreSettings) -> Result<(), Failure> {
    let log = Log::open(&settings).await?;
    let began = Instant::now();
    let rebuilt = generation::rebuild(&log, &settings, &Codec::default(), &|_| {}).await?;
    let rate = rebuilt.position as f64 / began.elapsed().as_secs_f64();
    println!("{rate} {}", peak_memory().unwrap_or_default());
    Ok(())
}

/// The most memory that this process ever had in use, MiB.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
