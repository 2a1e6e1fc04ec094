//! Sunledger's own write path: executor, log, read models, as the server has them.

use crate::Failure;
use crate::table::Rate;
use crate::work;
use jiff::Timestamp;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use sunledger_commands::{Codec, Commands, Context, SystemClock};
use sunledger_domain::TenantId;
use sunledger_domain::invoice::Invoice;
use sunledger_projections::{Projections, generation};
use sunledger_store::{Append, Log, NewEvent, StoreSettings, StreamId, StreamWrite};
use uuid::Uuid;

/// Appends on their way at the same time, when much is appended.
const IN_FLIGHT: usize = 64;

/// The write side and the read side on one log.
pub(crate) struct Ledger {
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
        let log = Log::open(&settings).await?;
        let projections = Projections::start(log.clone(), settings, Codec::default()).await?;
        let commands =
            Commands::new(log.clone(), Arc::new(SystemClock::default()), Arc::new(projections.clone()));
        let mut ledger = Self { log, projections, commands, ids: Arc::default() };
        ledger.seed(invoices).await?;
        Ok(ledger)
    }

    /// Makes other invoices to be changed from now on, with a history of 5 events each.
    pub(crate) async fn seed(&mut self, invoices: usize) -> Result<(), Failure> {
        self.ids = self.new_ids(invoices);
        self.append_events(0..work::HISTORY).await
    }

    /// Makes invoices with a history of 5 events each in turn, as time makes them: the first event of all, then the second
    /// of all.
    pub(crate) async fn seed_in_turn(&mut self, invoices: usize) -> Result<(), Failure> {
        self.ids = self.new_ids(invoices);
        for event in 0..work::HISTORY {
            self.append_events(event..event + 1).await?;
        }
        Ok(())
    }

    fn new_ids(&self, invoices: usize) -> Arc<Vec<Uuid>> {
        Arc::new((0..invoices).map(|_| self.commands.new_id()).collect())
    }

    /// These events of every invoice's history, one invoice after the other.
    async fn append_events(&self, events: Range<i64>) -> Result<(), Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let mut seeders = Vec::new();
        for _ in 0..128 {
            let (commands, ids, next, events) =
                (self.commands.clone(), self.ids.clone(), next.clone(), events.clone());
            seeders.push(tokio::spawn(async move {
                let context = context()?;
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for event in events.clone() {
                        let command = if event == 0 { work::create() } else { work::change() };
                        commands.execute::<Invoice>(&context, *id, command).await?;
                    }
                }
                Ok::<(), Failure>(())
            }));
        }
        for seeder in seeders {
            seeder.await??;
        }
        Ok(())
    }

    /// Changes by concurrent callers, each answered when the read models show it.
    pub(crate) async fn change(&self, callers: usize, time: Duration) -> Result<Rate, Failure> {
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
                    commands.execute::<Invoice>(&context, id, work::change()).await?;
                    latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                Ok::<_, Failure>(latencies)
            }));
        }
        Rate::gather(tasks, began).await
    }

    /// Appends of 200 events each, without commands, for so long or until the log has `events`; events a second.
    pub(crate) async fn append_in_bulk(&self, until: Until) -> Result<f64, Failure> {
        let id = *self.ids.first().ok_or("no invoices")?;
        let stream = StreamId { tenant: context()?.tenant, kind: "invoice".into(), id };
        let history = self.log.read_stream(&stream, 0, 5).await?;
        let events: Vec<NewEvent> = history.iter().chain(&history[1..]).map(copy).collect();
        let began = Instant::now();
        let first = self.log.head().await?;
        loop {
            let mut batch = Vec::new();
            for _ in 0..IN_FLIGHT {
                let write = |_| StreamWrite {
                    kind: "invoice".into(),
                    id: Uuid::now_v7(),
                    expected: 0,
                    events: events.clone(),
                };
                let writes = (0..200 / events.len()).map(write).collect();
                batch.push(tokio::spawn(append(self.log.clone(), context()?.tenant, writes)));
            }
            for append in batch {
                append.await??;
            }
            let head = self.log.head().await?;
            if until.is_reached(began, head) {
                return Ok((head - first) as f64 / began.elapsed().as_secs_f64());
            }
        }
    }

    /// Waits until the read models show everything; how long that took.
    pub(crate) async fn caught_up(&self) -> Result<Duration, Failure> {
        let began = Instant::now();
        self.projections.catch_up().await?;
        Ok(began.elapsed())
    }

    /// How many events the log has.
    pub(crate) async fn events(&self) -> Result<i64, Failure> {
        Ok(self.log.head().await?)
    }

    /// Stops it.
    pub(crate) async fn close(self) {
        self.projections.shutdown().await;
    }
}

/// When a bulk append ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// After so long.
    Elapsed(Duration),
    /// With so many events in the log.
    Events(i64),
}

impl Until {
    fn is_reached(self, began: Instant, head: i64) -> bool {
        match self {
            Self::Elapsed(time) => began.elapsed() >= time,
            Self::Events(events) => head >= events,
        }
    }
}

/// An event, to be appended once more.
pub(crate) fn copy(event: &sunledger_store::RecordedEvent) -> NewEvent {
    NewEvent {
        event_type: event.event_type.to_string().into(),
        event_version: event.event_version.to_string().into(),
        payload: event.payload.to_string(),
    }
}

/// Appends to streams, without commands.
pub(crate) async fn append(log: Log, tenant: TenantId, writes: Vec<StreamWrite>) -> Result<(), Failure> {
    static APPENDS: AtomicU64 = AtomicU64::new(0);
    let number = APPENDS.fetch_add(1, Ordering::Relaxed);
    let append = Append {
        tenant,
        writes,
        unchanged: Vec::new(),
        quiet: None,
        take: Vec::new(),
        release: Vec::new(),
        series: Vec::new(),
        key: None,
        metadata: format!("{{\"command_id\":\"bulk-{}-{number}\"}}", std::process::id()).into(),
        recorded_at: Timestamp::now().as_microsecond(),
    };
    log.append(append).await?;
    Ok(())
}

/// Rebuilds in a process of its own, which does nothing else: events a second, and the most memory it had in use, MiB.
pub(crate) fn rebuild_alone(backend: &str, place: &str) -> Result<(f64, u64), Failure> {
    let output = std::process::Command::new(std::env::current_exe()?)
        .args(["peer", "rebuild", backend, place])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    let (Some(rate), Some(memory)) = (words.next(), words.next()) else {
        return Err(format!("the rebuild failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    };
    Ok((rate.parse()?, memory.parse()?))
}

/// Rebuilds the read models while nobody else serves; events a second.
pub(crate) async fn rebuild(settings: &StoreSettings) -> Result<f64, Failure> {
    let log = Log::open(settings).await?;
    let began = Instant::now();
    let rebuilt = generation::rebuild(&log, settings, &Codec::default(), &|_| {}).await?;
    Ok(rebuilt.position as f64 / began.elapsed().as_secs_f64())
}

/// What [`rebuild_alone`] runs.
pub(crate) async fn rebuild_here(settings: StoreSettings) -> Result<(), Failure> {
    let rate = rebuild(&settings).await?;
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
