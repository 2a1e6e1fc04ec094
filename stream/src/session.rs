//! One session of publishing: from finding the place to go on from, to the first trouble.

use crate::checkpoint::{Checkpoint, Kept};
use crate::message::{Outgoing, Print};
use crate::nats::{Connection, PATIENCE};
use crate::reader::Reader;
use crate::resume::{Place, Resume, front_is_lost};
use crate::settings::StreamSettings;
use crate::stats::Counters;
use crate::trouble::{Trouble, is_missing};
use crate::window::{Answer, Stored, Window};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{self, Context};
use futures_util::{FutureExt, StreamExt};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use sunledger_store::{Lock, Log};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// How often the stream is looked at, and the checkpoint kept.
pub(crate) const LOOK: Duration = Duration::from_secs(2);
/// What remains unacknowledged this long when the server stops is found in the stream after the next start.
const LAST_ACKS: Duration = Duration::from_secs(1);

/// Marks messages as new ones while the stream would take them for copies that it still remembers, though it has lost
/// them: JetStream knows a message's id for two minutes, also of a message that was purged.
#[derive(Debug, Clone)]
pub(crate) struct Again {
    mark: String,
    until: i64,
}

/// What a session works with.
pub(crate) struct Session<'a> {
    pub(crate) settings: &'a StreamSettings,
    pub(crate) log: &'a Log,
    pub(crate) print: &'a Arc<dyn Print>,
    pub(crate) counters: &'a Counters,
    pub(crate) connection: &'a Connection,
    pub(crate) lock: &'a Lock,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Where a session is.
struct Flow {
    window: Window,
    reader: Reader,
    waiting: VecDeque<Outgoing>,
    /// What the stream has acknowledged.
    done: Checkpoint,
    /// The sequence that the next message is to get.
    next: u64,
    first_seen: u64,
    last_answer: Instant,
}

impl Session<'_> {
    /// Publishes until something is in the way.
    pub(crate) async fn run(&self, kept: &mut Kept, again: &mut Option<Again>) -> Trouble {
        let mut flow = match Box::pin(self.begin(kept)).await {
            Ok(flow) => flow,
            Err(trouble) => return trouble,
        };
        let trouble = match Box::pin(self.publish(&mut flow, kept, again)).await {
            Ok(never) => match never {},
            Err(trouble) => trouble,
        };
        if matches!(trouble, Trouble::Stopped) {
            self.finish(&mut flow, again).await;
        }
        if self.lock.is_held()
            && let Err(error) = kept.save(flow.done).await
        {
            tracing::debug!(%error, "the relay's checkpoint is not kept");
        }
        trouble
    }

    fn context(&self) -> Context {
        jetstream::ContextBuilder::new().timeout(PATIENCE).build(self.connection.client.clone())
    }

    async fn begin(&self, kept: &mut Kept) -> Result<Flow, Trouble> {
        let context = self.context();
        let resume =
            Resume { context: &context, settings: self.settings, log: self.log, counters: self.counters };
        let Place { stream, checkpoint } = tokio::select! {
            place = Box::pin(resume.find(kept)) => place?,
            () = self.connection.lost() => return Err(Trouble::Away("the connection is lost".to_owned())),
        };
        let info = stream.cached_info();
        let largest = usize::try_from(info.config.max_message_size).ok().filter(|size| *size > 0);
        let max_payload = self.connection.client.max_payload().min(largest.unwrap_or(usize::MAX));
        tracing::info!(
            stream = self.settings.stream,
            after = checkpoint.position,
            "events are published to the stream"
        );
        self.counters.position.store(checkpoint.position, Relaxed);
        self.counters.refused(None);
        Ok(Flow {
            window: Window::open(self.connection.client.clone()).await?,
            reader: Reader::start(self.log.clone(), checkpoint.position, self.print.clone(), max_payload),
            waiting: VecDeque::new(),
            next: checkpoint.sequence + 1,
            first_seen: info.state.first_sequence,
            done: checkpoint,
            last_answer: Instant::now(),
        })
    }

    async fn publish(
        &self,
        flow: &mut Flow,
        kept: &mut Kept,
        again: &mut Option<Again>,
    ) -> Result<std::convert::Infallible, Trouble> {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.reset();
        let mut stop = self.stop.clone();
        let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
        let lost = self.connection.lost();
        tokio::pin!(stopped, lost);
        loop {
            self.send(flow, again.as_ref()).await?;
            let impatient = flow.last_answer + PATIENCE;
            tokio::select! {
                biased;
                () = &mut stopped => return Err(Trouble::Stopped),
                () = &mut lost => return Err(Trouble::Away("the connection is lost".to_owned())),
                answer = flow.window.answers.next() => {
                    self.answered(flow, answer, again)?;
                    while let Some(answer) = flow.window.answers.next().now_or_never() {
                        self.answered(flow, answer, again)?;
                    }
                }
                _ = look.tick() => {
                    self.look(flow).await?;
                    kept.save(flow.done.clone()).await?;
                }
                () = sleep_until(impatient), if !flow.window.is_empty() => {
                    return Err(Trouble::Away("published events are not acknowledged".to_owned()));
                }
                page = flow.reader.pages.recv(), if flow.waiting.is_empty() => {
                    flow.waiting.extend(page.ok_or(Trouble::Stopped)??);
                }
            }
        }
    }

    /// Sends what there is room for.
    async fn send(&self, flow: &mut Flow, again: Option<&Again>) -> Result<(), Trouble> {
        if flow.waiting.is_empty() || !flow.window.has_room() {
            return Ok(());
        }
        if !self.lock.is_held() {
            return Err(Trouble::LockLost);
        }
        if flow.window.is_empty() {
            flow.last_answer = Instant::now();
        }
        let log = self.log.identity().to_string();
        while flow.window.has_room()
            && let Some(outgoing) = flow.waiting.pop_front()
        {
            let mark = again.filter(|again| outgoing.event.position <= again.until).map(|again| &*again.mark);
            if outgoing.omitted.is_some() {
                self.counters.omitted.fetch_add(1, Relaxed);
            }
            let more = !flow.waiting.is_empty();
            flow.window.send(outgoing, flow.next, more, mark, self.settings, &log).await?;
            flow.next += 1;
        }
        self.note_waiting(flow);
        Ok(())
    }

    fn answered(
        &self,
        flow: &mut Flow,
        answer: Option<async_nats::Message>,
        again: &mut Option<Again>,
    ) -> Result<(), Trouble> {
        let message = answer.ok_or_else(|| Trouble::Away("the connection is closed".to_owned()))?;
        flow.last_answer = Instant::now();
        match flow.window.answered(&message)? {
            Answer::Stored(Stored { last, count, highest }) => {
                flow.done.sequence = last.sequence;
                flow.done.position = last.position;
                flow.done.highest = flow.done.highest.max(highest);
                self.counters.position.store(last.position, Relaxed);
                self.counters.published.fetch_add(count, Relaxed);
                self.note_waiting(flow);
                Ok(())
            }
            Answer::TakenForAnother(flight) => {
                // The others that the stream may remember: all that are in the log now.
                let until = flow.done.highest.max(flight.position).max(*self.log.watch().borrow());
                *again = Some(Again { mark: format!("r{}", flight.sequence), until });
                Err(Trouble::Changed(format!("it takes event {} for an earlier copy", flight.position)))
            }
        }
    }

    fn note_waiting(&self, flow: &Flow) {
        let oldest = flow.window.oldest().map(|flight| flight.recorded_at);
        let oldest = oldest.or_else(|| flow.waiting.front().map(|outgoing| outgoing.event.recorded_at));
        self.counters.waiting_since.store(oldest.unwrap_or(0), Relaxed);
    }

    /// Whether the stream still is what it was; without traffic nothing else would tell.
    async fn look(&self, flow: &mut Flow) -> Result<(), Trouble> {
        if !self.lock.is_held() {
            return Err(Trouble::LockLost);
        }
        let stream = self.find_stream().await?;
        let (info, done) = (stream.cached_info(), &flow.done);
        if info.created.unix_timestamp_nanos().to_string() != done.created {
            return Err(Trouble::Changed("it was made anew".to_owned()));
        }
        if info.state.last_sequence < done.sequence {
            return Err(Trouble::Changed("it ends earlier than it did".to_owned()));
        }
        let first = info.state.first_sequence;
        if first > done.base
            && first != flow.first_seen
            && front_is_lost(self.log, &stream, done.position).await?
        {
            return Err(Trouble::Changed("it was purged".to_owned()));
        }
        flow.first_seen = first;
        Ok(())
    }

    async fn find_stream(&self) -> Result<Stream, Trouble> {
        self.context().get_stream(&self.settings.stream).await.map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(error) if is_missing(Some(error.error_code())) => {
                Trouble::Changed("it is gone".to_owned())
            }
            _ => Trouble::away(error),
        })
    }

    /// Waits a little for what is on its way.
    async fn finish(&self, flow: &mut Flow, again: &mut Option<Again>) {
        let until = Instant::now() + LAST_ACKS;
        while !flow.window.is_empty() {
            let answer = tokio::time::timeout_at(until, flow.window.answers.next()).await;
            if answer.is_err() || answer.is_ok_and(|answer| self.answered(flow, answer, again).is_err()) {
                return;
            }
        }
    }
}
