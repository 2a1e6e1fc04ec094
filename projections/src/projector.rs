//! The projector: follows the log and keeps the live generation up to date.
//!
//! One process of a cluster projects, the holder of a lock; the others watch its checkpoint. What this process appends
//! itself is handed over in memory, with the states that the commands computed anyway; what others append, or what never
//! arrived (a caller that went away), is read from the log. Either way events are applied in the log's order, each once:
//! the checkpoint moves in the transaction that writes the rows, and only from where this process left it. So it does no
//! harm where two processes take themselves for the one that projects.
//!
//! A failing database stops the projector, not the program: it tries again, and those who wait are told after a while.

use crate::batch::{Span, moved};
use crate::catch_up::catch_up;
use crate::fold::{FOLLOWING, Folder, Step};
use crate::generation::{self, FORM, Generation, Pointer};
use crate::live::{BELIEVED, Live};
use crate::look_up::LookUps;
use crate::query::Reads;
use crate::waiters::Waiters;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use sunledger_commands::read_side::HandOver;
use sunledger_commands::{Codec, ReadSide};
use sunledger_store::{Lock, Log, StoreError, StoreSettings};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a caller waits for its own write to show: longer than it takes until another process has taken over from one
/// that was paused.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a hand-over that must be on its way is waited for before the log is read instead.
const GAP: Duration = Duration::from_millis(2);
/// How often whoever projects looks at the pointer to the live generation, and at the checkpoint.
const TICK: Duration = Duration::from_millis(200);
/// How long an old generation is kept up to date, for servers that do not know yet that it is old.
const RETIREMENT: Duration = BELIEVED.saturating_add(Duration::from_millis(500));
/// How long an old generation is kept for reads under way.
const GRACE: Duration = Duration::from_secs(5);
/// How often another process is asked whether it still projects.
const ELECTION: Duration = Duration::from_millis(200);
/// Events applied in one transaction at most.
const PAGE: usize = 5_000;
/// From so many events on, the database is to count what is in the tables: plans that were made for tables of ten rows do
/// not suit a million.
const MANY: i64 = 1_000;
/// It is to count again whenever the log is so many times as long as it was.
const LONGER: i64 = 4;
/// Hand-overs kept at most; the log has the rest.
const INBOX: usize = 20_000;

/// The read side of this process. Cheap to clone.
#[derive(Clone)]
pub struct Projections(Arc<Inner>);

pub(crate) struct Inner {
    log: Log,
    settings: StoreSettings,
    folder: Folder,
    codec: Codec,
    pub(crate) live: Live,
    pub(crate) waiters: Waiters,
    pub(crate) look_ups: LookUps,
    inbox: Mutex<Inbox>,
    arrived: Notify,
    leading: AtomicBool,
    stopping: AtomicBool,
    stop: Notify,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

/// What was handed over and not applied yet, by the position of its first event.
#[derive(Default)]
struct Inbox {
    waiting: BTreeMap<i64, HandOver>,
    events: i64,
    /// With so many events somebody waits for them; nobody is woken for fewer.
    wanted: Option<i64>,
}

impl Inbox {
    /// True where that is all that was waited for.
    fn put(&mut self, hand_over: HandOver) -> bool {
        if self.waiting.len() < INBOX {
            self.events += hand_over.count;
            self.waiting.insert(hand_over.first, hand_over);
        }
        self.wanted.is_some_and(|wanted| self.events >= wanted)
    }

    /// True where so many events are there; else whoever waits is woken once they are.
    fn has(&mut self, events: i64) -> bool {
        let there = self.events >= events;
        self.wanted = (!there).then_some(events);
        there
    }

    /// What follows `at` without gap, and how far it goes; what is behind `at` goes away.
    fn take(&mut self, at: i64) -> (Vec<Step>, i64) {
        let mut reached = at;
        let mut steps = Vec::with_capacity(self.waiting.len());
        while let Some(entry) = self.waiting.first_entry() {
            let first = *entry.key();
            if first > reached + 1 || steps.len() >= PAGE {
                break;
            }
            let hand_over = entry.remove();
            self.events -= hand_over.count;
            // One that was read from the log already, in whole or in part, is behind.
            if first == reached + 1 {
                reached += hand_over.count;
                steps.extend(hand_over.changes.into_iter().map(Step::Change));
            }
        }
        (steps, reached)
    }
}

/// How the read side is.
#[derive(Debug, Clone, Copy)]
pub struct Health {
    /// The position that the read models show.
    pub position: i64,
    /// The log's newest position.
    pub head: i64,
    /// Events that could not be applied.
    pub parked: i64,
    /// True where this process projects.
    pub leading: bool,
    /// The live generation.
    pub generation: i64,
}

impl Inner {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Projections {
    /// Opens the live generation (building it where this release has none yet) and begins to project.
    ///
    /// # Errors
    /// The store's.
    pub async fn start(log: Log, settings: StoreSettings, codec: Codec) -> Result<Self, StoreError> {
        let seen = Instant::now();
        let live = generation::open_live(&log, &settings, &codec).await?;
        let waiters = Waiters::default();
        waiters.reached(live.checkpoint().await?);
        let inner = Arc::new(Inner {
            folder: Folder::new(log.clone(), codec.clone(), FOLLOWING),
            live: Live::new(log.clone(), settings.clone(), live, seen),
            log,
            settings,
            codec,
            waiters,
            look_ups: LookUps::default(),
            inbox: Mutex::new(Inbox::default()),
            arrived: Notify::new(),
            leading: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stop: Notify::new(),
            task: Mutex::new(None),
        });
        let task = tokio::spawn(run(inner.clone()));
        *inner.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        Ok(Self(inner))
    }

    /// The queries.
    pub fn reads(&self) -> Reads {
        Reads::new(self.0.clone())
    }

    /// How events are read.
    pub fn codec(&self) -> &Codec {
        &self.0.codec
    }

    /// True where this process projects.
    pub fn is_leading(&self) -> bool {
        self.0.leading.load(Ordering::Relaxed)
    }

    /// How it is.
    ///
    /// # Errors
    /// The store's.
    pub async fn health(&self) -> Result<Health, StoreError> {
        let live = self.0.live.for_reading().await?;
        Ok(Health {
            position: self.0.waiters.position(),
            head: self.0.log.head().await?,
            parked: live.parked().await?,
            leading: self.0.leading.load(Ordering::Relaxed),
            generation: live.number,
        })
    }

    /// Returns once the read models show the log's newest event of this moment. They may be far behind: a log that was
    /// restored from a backup has none.
    ///
    /// # Errors
    /// `Unavailable` where they come no nearer for a while.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let head = self.0.log.head().await?;
        if self.0.waiters.approach(head, PATIENCE).await {
            return Ok(());
        }
        Err(late(head))
    }

    /// Finishes the batch at hand and stops.
    pub async fn shutdown(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
        self.0.stop.notify_waiters();
        self.0.arrived.notify_one();
        let task = self.0.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the projector ended badly");
        }
    }
}

impl ReadSide for Projections {
    fn hand_over(&self, hand_over: HandOver) {
        if !self.0.leading.load(Ordering::Relaxed) {
            return;
        }
        let complete = self.0.inbox().put(hand_over);
        if complete {
            self.0.arrived.notify_one();
        }
    }

    fn wait_for(&self, position: i64) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if self.0.waiters.position() >= position {
                return Ok(());
            }
            tokio::time::timeout(PATIENCE, self.0.waiters.wait_for(position))
                .await
                .map_err(|_| late(position))
        })
    }
}

fn late(position: i64) -> StoreError {
    StoreError::Unavailable(format!("the read models have not reached position {position}"))
}

async fn run(inner: Arc<Inner>) {
    let mut pause = Duration::from_millis(50);
    while !inner.stopping.load(Ordering::Relaxed) {
        let began = Instant::now();
        if let Err(error) = term(&inner).await {
            tracing::error!(%error, "the projector stopped; it begins again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
        if began.elapsed() > Duration::from_secs(10) {
            pause = Duration::from_millis(50);
        }
    }
}

/// Projects if nobody else does, watches otherwise; until something changes.
async fn term(inner: &Inner) -> Result<(), StoreError> {
    match inner.log.try_lock(&generation::projector_lock(FORM)).await? {
        Some(lock) => {
            *inner.inbox() = Inbox::default();
            inner.leading.store(true, Ordering::Relaxed);
            let ended = lead(inner, &lock).await;
            inner.leading.store(false, Ordering::Relaxed);
            ended
        }
        None => watch(inner).await,
    }
}

/// Another process projects: see how far it is, more often while somebody waits.
async fn watch(inner: &Inner) -> Result<(), StoreError> {
    let until = Instant::now() + ELECTION;
    while Instant::now() < until && !inner.stopping.load(Ordering::Relaxed) {
        inner.live.look().await?;
        inner.waiters.reached(inner.live.known().checkpoint().await?);
        let pause = if inner.waiters.any() { Duration::from_millis(2) } else { Duration::from_millis(20) };
        let _ = tokio::time::timeout(pause, inner.stop.notified()).await;
    }
    Ok(())
}

/// Projects until the lock is lost.
async fn lead(inner: &Inner, lock: &Lock) -> Result<(), StoreError> {
    inner.live.look().await?;
    let live = inner.live.known();
    let at = live.checkpoint().await?;
    inner.waiters.reached(at);
    tracing::info!(position = at, generation = live.number, "projecting");
    let (log, settings) = (inner.log.clone(), inner.settings.clone());
    tokio::spawn(async move {
        if let Err(error) = generation::clear_away(&log, &settings).await {
            tracing::warn!(%error, "clearing old generations away");
        }
    });
    Leader { inner, lock, live, at, retired: None, counted: 0 }.run().await
}

/// The process that projects.
struct Leader<'i> {
    inner: &'i Inner,
    lock: &'i Lock,
    live: Arc<Generation>,
    /// The position that `live` shows.
    at: i64,
    /// The generation that was live before, and until when it is kept up to date.
    retired: Option<(Arc<Generation>, Instant)>,
    /// The position at which the database last counted what is in the tables of `live`.
    counted: i64,
}

impl Leader<'_> {
    async fn run(mut self) -> Result<(), StoreError> {
        let inner = self.inner;
        let mut head = inner.log.watch();
        let mut looked = Instant::now();
        let mut known = inner.log.head().await?;
        while self.lock.is_held() && !inner.stopping.load(Ordering::Relaxed) {
            if looked.elapsed() >= TICK {
                self.look().await?;
                looked = Instant::now();
            }
            known = known.max(*head.borrow_and_update());
            if known > self.at {
                gather(inner, self.at, known).await;
                let (steps, reached) = inner.inbox().take(self.at);
                if reached > self.at {
                    self.apply(steps, reached).await?
                } else {
                    self.read_log().await?
                }
                continue;
            }
            tokio::select! {
                () = inner.arrived.notified() => {}
                changed = head.changed() => if changed.is_err() {
                    return Err(StoreError::Unavailable("the log is closed".into()));
                },
                () = inner.stop.notified() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
        Ok(())
    }

    async fn apply(&mut self, steps: Vec<Step>, reached: i64) -> Result<(), StoreError> {
        let span = Span { after: self.at, reached };
        let folder = &self.inner.folder;
        if let Some((old, until)) = self.retired.take()
            && Instant::now() < until
        {
            folder.apply(&old, steps.clone(), span).await?;
            self.retired = Some((old, until));
        }
        folder.apply(&self.live, steps, span).await?;
        self.at = reached;
        self.inner.waiters.reached(reached);
        if reached >= MANY.max(self.counted.saturating_mul(LONGER)) {
            self.count();
        }
        Ok(())
    }

    /// Lets the database count what is in the tables, beside everything else.
    fn count(&mut self) {
        self.counted = self.at;
        let live = self.live.clone();
        tokio::spawn(async move {
            if let Err(error) = live.db.analyze().await {
                // Postgres does it by itself a little later.
                tracing::debug!(%error, "counting what is in the read models' tables");
            }
        });
    }

    async fn read_log(&mut self) -> Result<(), StoreError> {
        let events = self.inner.log.read(self.at, PAGE).await?;
        let Some(last) = events.last() else { return Ok(()) };
        let reached = last.position;
        self.apply(events.into_iter().map(Step::Event).collect(), reached).await
    }

    /// Is everything still as this process left it? A database that crashed may have forgotten its last moments.
    async fn look(&mut self) -> Result<(), StoreError> {
        let pointer = self.inner.live.look().await?;
        let (number, at) = (self.inner.live.known().number, self.live.checkpoint().await?);
        if number != self.live.number {
            return Err(StoreError::Unavailable(format!("generation {number} has been made the live one")));
        }
        if at != self.at {
            return Err(moved(at, self.at));
        }
        match pointer {
            Some((Pointer { next: Some(next), .. }, raw)) => self.take_over(next, &raw).await,
            _ => Ok(()),
        }
    }

    /// Makes a generation that a rebuild has made ready the live one.
    async fn take_over(&mut self, next: i64, pointer: &str) -> Result<(), StoreError> {
        let inner = self.inner;
        let generation = Generation::open(&inner.settings, next).await?;
        let reached = catch_up(&generation, &inner.log, &inner.folder, self.at, &|_| {}).await?;
        if reached != self.at {
            let at = self.at;
            return Err(StoreError::Damaged(format!(
                "the log ends at {reached}, before the read models' {at}"
            )));
        }
        // Whoever took over meanwhile has gone on with the old one: the new one is behind then, and theirs to swap.
        if !self.lock.is_held()
            || !generation::move_pointer(&inner.log, Some(pointer), Pointer { live: next, next: None })
                .await?
        {
            return Ok(());
        }
        let old = inner.live.replace(generation);
        self.live = inner.live.known();
        self.counted = 0;
        tracing::info!(
            generation = next,
            position = reached,
            "the new generation of the read models is live"
        );
        let (settings, number) = (inner.settings.clone(), old.number);
        self.retired = Some((old, Instant::now() + RETIREMENT));
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            generation::drop_generation(&settings, number).await;
        });
        Ok(())
    }
}

/// Waits until everything up to `known` was handed over, which takes its callers a moment after their append; what
/// another process appended never comes, and is not waited for longer than that moment.
async fn gather(inner: &Inner, at: i64, known: i64) {
    let deadline = Instant::now() + GAP;
    // As many events as are missing: a hand-over that came late, for a position behind, makes this end early, and only that.
    while !inner.inbox().has(known - at) {
        if tokio::time::timeout_at(deadline, inner.arrived.notified()).await.is_err() {
            return;
        }
    }
}
