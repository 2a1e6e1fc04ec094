//! From where on the stream is filled.
//!
//! The stream itself says where it ends: its last event of this log. Every event was published on condition that it
//! follows the one before it, so everything up to there is in it, and publishing goes on with the next. What the
//! checkpoint adds is where to begin reading, and what should be there.
//!
//! The stream has lost events where it does not begin with the first that it should hold, or holds none: it was
//! purged, deleted, or made anew. It is then filled from the first event that it should hold; what it still has is taken
//! out before, so that it holds each event once and in order again.
//! What `max_age` took away is no loss, and told from one by the log alone: the event before the stream's first one is
//! older than that. An older copy of the server's folder, or one that a power cut shortened, simply ends earlier.

use crate::checkpoint::{Checkpoint, Kept};
use crate::config;
use crate::message::Claim;
use crate::scan::scan;
use crate::settings::StreamSettings;
use crate::stats::{Counters, now_micros};
use crate::trouble::Trouble;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{Info, RawMessageErrorKind, Stream};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;
use sunledger_store::Log;
use uuid::Uuid;

/// A place to go on from.
pub(crate) struct Place {
    pub(crate) stream: Stream,
    /// Where the stream ends, and which event of this log is its last.
    pub(crate) checkpoint: Checkpoint,
}

/// What is needed to find it.
pub(crate) struct Resume<'a> {
    pub(crate) context: &'a Context,
    pub(crate) settings: &'a StreamSettings,
    pub(crate) log: &'a Log,
    pub(crate) counters: &'a Counters,
}

/// The last event found, so far.
struct Tail {
    position: i64,
    /// What its message claims; `None` where the checkpoint vouches for it.
    claim: Option<Claim>,
}

impl Resume<'_> {
    /// Looks at the stream, makes it where there is none, and tells where to go on.
    pub(crate) async fn find(&self, kept: &mut Kept) -> Result<Place, Trouble> {
        let log = self.log.identity();
        let stream = config::ensure(self.context, self.settings, &log).await?;
        let info = stream.cached_info();
        let created = info.created.unix_timestamp_nanos().to_string();
        let (first, last) = (info.state.first_sequence.max(1), info.state.last_sequence);
        let known = kept.value.clone().filter(|known| known.created == created && known.base <= last + 1);

        let tail = self.tail(&stream, known.as_ref()).await?;
        let whole = match (&tail, &known) {
            (None, _) => false,
            (Some(_), Some(known)) if first <= known.base => true,
            (Some(tail), _) => !front_is_lost(self.log, &stream, tail.position).await?,
        };
        let highest = kept.value.as_ref().map_or(0, |kept| kept.highest);
        let holds_ours = tail.is_some();
        let checkpoint = match tail {
            Some(tail) if whole => {
                let (base, before) = match &known {
                    Some(known) => (known.base, known.before),
                    None => (first, first_position(&stream, &log).await?.unwrap_or(1) - 1),
                };
                let sequence = last;
                let highest = highest.max(tail.position);
                Checkpoint { created, base, before, sequence, position: tail.position, highest }
            }
            _ => {
                let before = self.first_to_hold().await? - 1;
                if highest > before {
                    tracing::warn!(
                        stream = self.settings.stream,
                        "the stream has lost events: it is filled again"
                    );
                    self.counters.refills.fetch_add(1, Relaxed);
                }
                if holds_ours {
                    // It comes again with the others, in its place.
                    stream.purge().sequence(last + 1).await.map_err(Trouble::away)?;
                }
                Checkpoint { created, base: last + 1, before, sequence: last, position: before, highest }
            }
        };
        // Before anything is published: where a fresh copy begins must be known after a crash.
        kept.save(checkpoint.clone()).await?;
        Ok(Place { stream, checkpoint })
    }

    /// The last event of this log in the stream.
    async fn tail(&self, stream: &Stream, known: Option<&Checkpoint>) -> Result<Option<Tail>, Trouble> {
        let state = &stream.cached_info().state;
        let (first, last) = (state.first_sequence.max(1), state.last_sequence);
        let (from, mut tail) = match known {
            Some(known) if self.is_there(stream, known).await? => {
                (known.sequence + 1, Some(Tail { position: known.position, claim: None }))
            }
            Some(known) if known.base >= first => {
                (known.base, Some(Tail { position: known.before, claim: None }))
            }
            _ => (first, None),
        };
        scan(stream, &self.log.identity(), (from.max(first), last), |_, claim| {
            // What does not follow is no event of ours, whatever it claims.
            if tail.as_ref().is_none_or(|tail| claim.position == tail.position + 1) {
                tail = Some(Tail { position: claim.position, claim: Some(claim) });
            }
            ControlFlow::Continue(())
        })
        .await?;
        if let Some(Tail { claim: Some(claim), .. }) = &tail {
            self.verify(claim).await?;
        }
        Ok(tail)
    }

    /// Whether the stream still is the one that the checkpoint is of, up to there.
    async fn is_there(&self, stream: &Stream, known: &Checkpoint) -> Result<bool, Trouble> {
        let state = &stream.cached_info().state;
        if known.sequence > state.last_sequence {
            return Ok(false);
        }
        if known.sequence < known.base || known.sequence < state.first_sequence {
            return Ok(true);
        }
        match stream.get_raw_message(known.sequence).await {
            Ok(message) => {
                let claim = Claim::of(&message.headers, &self.log.identity());
                Ok(claim.is_some_and(|claim| claim.position == known.position))
            }
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(true),
            Err(error) => Err(Trouble::away(error)),
        }
    }

    /// The last event must be the log's own, or the log is older than the stream.
    async fn verify(&self, claim: &Claim) -> Result<(), Trouble> {
        let position = claim.position;
        let event = self.log.read(position - 1, 1).await?.pop();
        if event.as_ref().is_some_and(|event| claim.is(event)) {
            return Ok(());
        }
        let why = match event {
            Some(event) if event.position == position => "holds another event there".to_owned(),
            _ => format!("ends at {}", self.log.head().await?),
        };
        Err(Trouble::Refused(format!(
            "the stream {} holds event {position} of this log, and the log {why}: the database was restored from an \
             older backup than the stream knows. Nothing is published. Restore a newer backup, or, if what is missing \
             is given up, remove the stream: it is made again and filled from the log",
            self.settings.stream
        )))
    }

    /// The first event that would not expire at once.
    async fn first_to_hold(&self) -> Result<i64, Trouble> {
        let Some(max_age) = self.settings.max_age else { return Ok(1) };
        let oldest = now_micros().saturating_sub(i64::try_from(max_age.as_micros()).unwrap_or(i64::MAX));
        let (mut low, mut high) = (1, self.log.head().await? + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.log.read(middle - 1, 1).await?.first() {
                Some(event) if event.recorded_at <= oldest => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }
}

/// Whether the stream misses events before its first one that are not old enough to have expired; `position` is its
/// last one.
pub(crate) async fn front_is_lost(log: &Log, stream: &Stream, position: i64) -> Result<bool, Trouble> {
    let info = stream.cached_info();
    if config::bounds(&info.config) && info.state.messages > 0 {
        return Ok(false);
    }
    let missing = first_position(stream, &log.identity()).await?.unwrap_or(position + 1) - 1;
    let Some(event) = log.read(missing - 1, 1).await?.pop().filter(|_| missing > 0) else {
        return Ok(false);
    };
    Ok(is_fresh(info, event.recorded_at))
}

async fn first_position(stream: &Stream, log: &Uuid) -> Result<Option<i64>, Trouble> {
    let state = &stream.cached_info().state;
    let mut first = None;
    scan(stream, log, (state.first_sequence, state.last_sequence), |_, claim| {
        first = Some(claim.position);
        ControlFlow::Break(())
    })
    .await?;
    Ok(first)
}

/// Whether an event recorded then cannot have expired yet.
fn is_fresh(info: &Info, recorded_at: i64) -> bool {
    let max_age = i64::try_from(info.config.max_age.as_micros()).unwrap_or(i64::MAX);
    max_age == 0 || recorded_at > now_micros().saturating_sub(max_age)
}
