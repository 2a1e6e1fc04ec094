//! From deliveries to attempts: claims what is due, posts it, records what came of it and plans what follows.
//!
//! One task owns everything that has to be decided; the posts run beside it, and so does everything that uses the tables:
//! what has ended is written by the recorder, what there is room for is claimed one batch at a time. New deliveries come
//! claimed already, from the fan-out, and most of them before they are written (see [`crate::page`]). A claim is a lease in
//! the table: should this process die, the delivery becomes pending again, at the latest when the lease ends, and the next
//! attempt sends the same bytes under the same id; one that is not written yet is fanned out again, under the same id. So a
//! delivery may arrive twice, but not never.
//!
//! A store that is away stops nothing that is under way: the results wait in memory until they can be written.

use crate::LAST_WRITES;
use crate::client::{Answer, Client, Message};
use crate::endpoint::{Endpoint, Registry};
use crate::job::{Finished, Job, LaneKey};
use crate::plan::{self, Verdict};
use crate::recorder::{Due, Entry, Recorder};
use crate::settings::{Clock, WebhookSettings, micros};
use crate::stats::{Counters, count};
use crate::tables::Tables;
use crate::wake::Wake;
use foldhash::{HashMap, HashMapExt};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use sunledger_domain::TenantId;
use sunledger_store::{Lock, StoreError};
use tokio::sync::watch;
use tokio::task::{self, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

/// How often the tables are asked what is due, in case something else made it so.
const POLL: Duration = Duration::from_secs(1);
/// An answer that takes longer holds its lane back, milliseconds.
const SLOW_MS: i64 = 2_000;
/// How long an endpoint rests after it was disabled, until its event has come round.
const REST: Duration = Duration::from_secs(30);
/// Pauses between tries to disable an endpoint.
const DISABLE_PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(200), Duration::from_secs(2), Duration::from_secs(10)];

/// What deliveries make happen on the command side.
pub trait Control: Send + Sync {
    /// Disables an endpoint that keeps failing; no error where it is disabled or deleted already.
    ///
    /// # Errors
    /// Where the command could not be carried out now.
    fn disable(
        &self,
        tenant: &TenantId,
        endpoint: Uuid,
        reason: String,
    ) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// What the worker works with.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) tables: Tables,
    pub(crate) registry: watch::Receiver<Arc<Registry>>,
    pub(crate) client: Client,
    pub(crate) control: Arc<dyn Control>,
    pub(crate) clock: Clock,
    pub(crate) wake: Arc<Wake>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) settings: WebhookSettings,
    pub(crate) lock: Arc<Lock>,
    /// Set when it is time to stop: until when attempts under way may go on.
    pub(crate) stop: watch::Receiver<Option<Instant>>,
}

/// A post under way.
struct Running {
    job: Job,
    endpoint: Arc<Endpoint>,
    /// When it began, microseconds.
    at: i64,
}

/// An endpoint that is not served, though its event says otherwise.
struct Resting {
    /// Its version when the rest began; another one ends it.
    version: i64,
    until: Instant,
}

/// What the tables answer.
enum Told {
    /// Deliveries that were claimed, of those that were wanted.
    Claimed(Vec<(LaneKey, usize)>, Vec<Job>),
    /// Every lane with something pending.
    Lanes(Due),
}

/// The worker.
pub(crate) struct Worker {
    tools: Tools,
    recorder: Recorder,
    posts: JoinSet<Answer>,
    running: HashMap<task::Id, Running>,
    /// The one question to the tables that is under way.
    asking: JoinSet<Result<Told, StoreError>>,
    /// Since when endpoints have only failed, microseconds.
    failing: HashMap<Uuid, i64>,
    resting: HashMap<Uuid, Resting>,
    disabling: JoinSet<(Uuid, Result<(), StoreError>)>,
    /// What the clock said last, microseconds.
    clock_said: i64,
    /// When the clock went back, until what was under way then is written.
    went_back: Option<Instant>,
    next_poll: Instant,
    /// No use of the tables before this.
    store_back: Instant,
    store_pause: Duration,
}

impl Worker {
    /// A worker that takes over whatever was under way: only the holder of the lock runs one.
    pub(crate) async fn start(tools: Tools) -> Result<Self, StoreError> {
        let taken_over = tools.tables.reclaim(None).await?;
        if taken_over > 0 {
            tracing::info!(deliveries = taken_over, "deliveries that were under way are taken up again");
        }
        let clock_said = (tools.clock)();
        tools.tables.replan(clock_said).await?;
        let failing = tools.tables.failing().await?;
        let now = Instant::now();
        tools.counters.in_flight.store(0, Relaxed);
        let recorder = Recorder::start(tools.tables.clone());
        // Only now: what is claimed from here on is not taken for something left over.
        tools.wake.open(recorder.entries());
        Ok(Self {
            recorder,
            tools,
            posts: JoinSet::new(),
            running: HashMap::new(),
            asking: JoinSet::new(),
            failing,
            resting: HashMap::new(),
            disabling: JoinSet::new(),
            clock_said,
            went_back: None,
            next_poll: now,
            store_back: now,
            store_pause: Duration::ZERO,
        })
    }

    /// Works until it is told to stop, and then ends what is under way.
    pub(crate) async fn run(mut self) {
        let mut stop = self.tools.stop.clone();
        let wake = self.tools.wake.clone();
        loop {
            let until = self.turn().await;
            let stopping = *stop.borrow_and_update();
            if let Some(deadline) = stopping {
                return self.drain(deadline).await;
            }
            tokio::select! {
                Some(ended) = self.posts.join_next_with_id() => self.ended(ended),
                Some(told) = self.asking.join_next() => self.told(told),
                Some(due) = self.recorder.due() => self.due(due),
                Some(ended) = self.disabling.join_next() => self.disabled(ended),
                () = wake.woken() => {}
                changed = self.tools.registry.changed() => if changed.is_err() { return },
                changed = stop.changed() => if changed.is_err() { return },
                () = tokio::time::sleep_until(until) => {}
            }
            // Others go first: what they end meanwhile is one turn with this.
            task::yield_now().await;
            while let Some(ended) = self.posts.try_join_next_with_id() {
                self.ended(ended);
            }
        }
    }

    /// Starts what can be started and asks for what there is room for; when there will be more to do.
    async fn turn(&mut self) -> Instant {
        let poll = Instant::now() + POLL;
        if !self.tools.lock.is_held() {
            return poll;
        }
        let now = (self.tools.clock)();
        if now < self.clock_said {
            tracing::warn!("the clock went back; deliveries that it would hold up are due now");
            if let Err(error) = self.tools.tables.replan(now).await {
                self.store_failed(&error);
                return self.store_back;
            }
            self.next_poll = Instant::now();
            self.went_back = Some(Instant::now());
        }
        self.clock_said = now;
        self.resting.retain(|id, resting| {
            let version = self.tools.registry.borrow().get(*id).map(|endpoint| endpoint.version);
            version == Some(resting.version) && Instant::now() < resting.until
        });
        let wake = self.tools.wake.clone();
        let mut lanes = wake.lanes();
        // Under the lanes' lock: whatever was put into them, its endpoint was known before.
        let registry = self.tools.registry.borrow_and_update().clone();
        let may_serve = |lane: LaneKey| may_serve(&registry, &self.resting, lane);
        // Only now: what was put there became due a moment before it, maybe later than this turn began.
        let now = (self.tools.clock)().max(now);
        let withdrawn = lanes.withdraw(may_serve);
        let started = lanes.start();
        let (wanted, later) = lanes.wanted(now, may_serve);
        let mut until = self.next_poll;
        if !self.asking.is_empty() {
            // Its answer wakes us.
            until = poll;
        } else if Instant::now() < self.store_back {
            until = self.store_back;
        } else if Instant::now() >= self.next_poll {
            lanes.asking();
            // Attempts that were planned by what the clock said before may have been written since.
            let again = self.went_back.take_if(|since| since.elapsed() >= POLL).is_some();
            self.asking.spawn(look(self.tools.tables.clone(), now, again));
            self.next_poll = poll;
        } else if !wanted.is_empty() {
            lanes.asking();
            let lease = lanes.lease(now.saturating_add(self.tools.settings.lease()));
            self.asking.spawn(claim(self.tools.tables.clone(), wanted, now, lease));
        } else {
            let wait = u64::try_from(later.saturating_sub(now)).map_or(Duration::ZERO, Duration::from_micros);
            until = until.min(Instant::now() + wait.min(POLL));
        }
        drop(lanes);
        for job in withdrawn {
            self.recorder.write(Entry::Released(job));
        }
        for job in started {
            self.post(job, &registry, now);
        }
        until
    }

    /// The tables have answered.
    fn told(&mut self, told: Result<Result<Told, StoreError>, task::JoinError>) {
        match told {
            Ok(Ok(told)) => {
                self.store_pause = Duration::ZERO;
                let mut lanes = self.tools.wake.lanes();
                match told {
                    Told::Claimed(wanted, jobs) => lanes.claimed(&wanted, jobs),
                    Told::Lanes(found) => lanes.refresh(found),
                }
            }
            Ok(Err(error)) => self.store_failed(&error),
            Err(error) => self.store_failed(&StoreError::Failed(error.to_string())),
        }
    }

    fn store_failed(&mut self, error: &StoreError) {
        self.store_pause = (self.store_pause * 2).clamp(Duration::from_millis(200), Duration::from_secs(5));
        self.store_back = Instant::now() + self.store_pause;
        tracing::warn!(%error, "webhook deliveries wait for the store");
    }

    fn due(&mut self, due: Due) {
        let mut lanes = self.tools.wake.lanes();
        for (lane, at) in due {
            lanes.due(lane, at);
        }
    }

    fn post(&mut self, job: Job, registry: &Registry, now: i64) {
        // A claim that might end during the post is given back, and one that another process may have taken over while this
        // one was paused: another attempt could overtake it.
        let late = job.lease < now.saturating_add(micros(self.tools.settings.total_timeout));
        let mine = !late && self.tools.lock.is_held();
        let endpoint = registry.get(job.lane.endpoint).filter(|_| mine).cloned();
        let Some(endpoint) = endpoint else {
            self.tools.wake.lanes().ended(job.lane, false);
            self.recorder.write(Entry::Released(job));
            return;
        };
        let (client, message, target) = (self.tools.client.clone(), job.clone(), endpoint.clone());
        let handle = self.posts.spawn(async move {
            let secrets = target.secrets(now);
            let post = client.post(Message {
                url: &target.target,
                id: &message.message_id,
                timestamp: now.div_euclid(1_000_000),
                body: &message.body,
                secrets: &secrets,
            });
            Box::pin(post).await
        });
        self.running.insert(handle.id(), Running { job, endpoint, at: now });
        self.tools.counters.in_flight.fetch_add(1, Relaxed);
    }

    /// A post has ended: judges it, for the next turn to record.
    fn ended(&mut self, ended: Result<(task::Id, Answer), task::JoinError>) {
        let (id, answer) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "a delivery's task failed");
                (error.id(), Answer { error: Some("the attempt was broken off".into()), ..Answer::default() })
            }
        };
        let Some(Running { job, endpoint, at }) = self.running.remove(&id) else { return };
        self.tools.counters.in_flight.fetch_sub(1, Relaxed);
        // Should the clock have jumped meanwhile, what follows is planned by the earlier of both: waiting by the wrong one
        // could take days.
        let now = (self.tools.clock)().min(at.saturating_add(answer.duration_ms.saturating_mul(1_000)));
        let base_ms = self.tools.settings.retry_base_ms;
        let verdict = plan::judge(&answer, job.attempts.saturating_add(1), base_ms, job.id, now);
        let counters = self.tools.counters.clone();
        let succeeded = verdict == Verdict::Succeeded;
        self.tools.wake.lanes().ended(job.lane, !succeeded || answer.duration_ms > SLOW_MS);
        let (state, next_attempt_at, finished_at) = match verdict {
            Verdict::Succeeded => {
                count(&counters.delivered, 1);
                ("succeeded", job.due, Some(now))
            }
            Verdict::Retry(at) => ("pending", at, None),
            Verdict::GaveUp => {
                count(&counters.failed, 1);
                ("failed", job.due, Some(now))
            }
        };
        if succeeded {
            if self.failing.remove(&endpoint.id).is_some() {
                self.recorder.write(Entry::Failing(endpoint.id, None));
            }
        } else {
            count(&counters.failed_attempts, 1);
            self.failed(&endpoint, plan::is_gone(&answer), at, now);
        }
        let finished = Finished { job, at, answer, state, next_attempt_at, finished_at };
        self.recorder.write(Entry::Finished(finished));
    }

    /// An attempt that began at `at` failed: is it the one too many?
    fn failed(&mut self, endpoint: &Arc<Endpoint>, gone: bool, at: i64, now: i64) {
        let id = endpoint.id;
        let since = match self.failing.get(&id) {
            Some(since) if *since >= endpoint.fresh_since => *since,
            _ => {
                self.failing.insert(id, at);
                self.recorder.write(Entry::Failing(id, Some(at)));
                at
            }
        };
        let limit = self.tools.settings.disable_after;
        let reason = if gone {
            "the receiver answered 410 Gone".to_owned()
        } else if now.saturating_sub(since) >= micros(limit) {
            format!("no delivery has succeeded for {} hours", limit.as_secs() / 3_600)
        } else {
            return;
        };
        let serving = self
            .tools
            .registry
            .borrow()
            .get(id)
            .is_some_and(|current| current.enabled && current.version == endpoint.version);
        if !serving || self.resting.contains_key(&id) {
            return;
        }
        tracing::warn!(tenant = %endpoint.tenant, endpoint = %id, reason, "a webhook endpoint is being disabled");
        self.resting.insert(id, Resting { version: endpoint.version, until: Instant::now() + REST });
        let (control, tenant) = (self.tools.control.clone(), endpoint.tenant.clone());
        self.disabling.spawn(async move {
            let mut result = Ok(());
            for pause in DISABLE_PAUSES {
                tokio::time::sleep(pause).await;
                result = control.disable(&tenant, id, reason.clone()).await;
                if result.is_ok() {
                    break;
                }
            }
            (id, result)
        });
    }

    fn disabled(&mut self, ended: Result<(Uuid, Result<(), StoreError>), task::JoinError>) {
        match ended {
            Ok((id, Ok(()))) => {
                count(&self.tools.counters.disabled, 1);
                if let Some(resting) = self.resting.get_mut(&id) {
                    resting.until = Instant::now() + REST;
                }
            }
            // The next failure asks again, when the rest is over.
            Ok((id, Err(error))) => {
                tracing::error!(endpoint = %id, %error, "an endpoint could not be disabled")
            }
            Err(error) => tracing::error!(%error, "disabling an endpoint failed"),
        }
    }

    /// Ends what is under way until the deadline, and gives back the rest.
    async fn drain(mut self, deadline: Instant) {
        let waiting = self.tools.wake.close();
        while let Ok(Some(ended)) = tokio::time::timeout_at(deadline, self.posts.join_next_with_id()).await {
            self.ended(ended);
        }
        self.posts.abort_all();
        let broken_off = self.running.drain().map(|(_, running)| running.job);
        for job in waiting.into_iter().chain(broken_off) {
            self.recorder.write(Entry::Released(job));
        }
        self.tools.counters.in_flight.store(0, Relaxed);
        if !self.recorder.finish(deadline + LAST_WRITES).await {
            tracing::warn!("the last attempts were not recorded; they are made again after the next start");
        }
        while let Ok(Some(_)) = tokio::time::timeout_at(deadline, self.disabling.join_next()).await {}
    }
}

async fn claim(
    tables: Tables,
    wanted: Vec<(LaneKey, usize)>,
    now: i64,
    lease: i64,
) -> Result<Told, StoreError> {
    let jobs = tables.claim(&wanted, now, lease).await?;
    Ok(Told::Claimed(wanted, jobs))
}

async fn look(tables: Tables, now: i64, replan: bool) -> Result<Told, StoreError> {
    tables.reclaim(Some(now)).await?;
    if replan {
        tables.replan(now).await?;
    }
    Ok(Told::Lanes(tables.lanes().await?))
}

/// Tests are sent to a disabled endpoint too; that is what they are for.
fn may_serve(registry: &Registry, resting: &HashMap<Uuid, Resting>, lane: LaneKey) -> bool {
    let Some(endpoint) = registry.get(lane.endpoint) else { return false };
    lane.tests || endpoint.enabled && !resting.contains_key(&lane.endpoint)
}
