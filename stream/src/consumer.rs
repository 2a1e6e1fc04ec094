//! Listening to the stream: a durable consumer, made again whenever it is lost.

use crate::config;
use crate::message::Claim;
use crate::nats::{Connection, Nats, Pause};
use crate::settings::StreamSettings;
use crate::trouble::Trouble;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{self};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Name of the consumer.
const NAME: &str = "webhooks";
/// Messages that may be heard and not acknowledged; more wait in the stream.
const UNACKNOWLEDGED: i64 = 1_000;
/// After so long without an acknowledgement a message comes again.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Messages asked for at a time, for how long, and how often the server says that it is still there.
const BATCH: usize = 256;
/// So many messages behind the stream's end, the consumer is made again, at the end: only the newest message tells of
/// anything new, and a stream that is being filled would have to be heard in full.
const FAR_BEHIND: u64 = 2 * BATCH as u64;
const EXPIRES: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What a message told: there is an event at a position, or so it claims.
pub(crate) struct Heard {
    pub(crate) position: i64,
    pub(crate) acker: Acker,
}

/// Listens as long as somebody wants to hear.
pub(crate) async fn listen(nats: Nats, settings: Arc<StreamSettings>, log: Uuid, heard: mpsc::Sender<Heard>) {
    let mut pause = Pause::default();
    while !heard.is_closed() {
        let connection = nats.connection().await;
        let ended = tokio::select! {
            ended = Box::pin(follow(&connection, &settings, &log, &heard, &mut pause)) => ended,
            () = connection.lost() => Err(Trouble::Away("the connection is lost".to_owned())),
        };
        if let Err(trouble) = ended {
            // Nothing depends on it: the events are read from the log meanwhile.
            tracing::debug!(stream = settings.stream, %trouble, "the stream is not listened to");
        }
        tokio::time::sleep(pause.next()).await;
    }
}

async fn follow(
    connection: &Connection,
    settings: &StreamSettings,
    log: &Uuid,
    heard: &mpsc::Sender<Heard>,
    pause: &mut Pause,
) -> Result<(), Trouble> {
    let context = jetstream::new(connection.client.clone());
    let stream = context.get_stream(&settings.stream).await.map_err(Trouble::away)?;
    if !config::is_ours(&stream.cached_info().config, settings, log) {
        return Err(Trouble::Refused("the stream is not this log's".to_owned()));
    }
    let consumer = consumer(&stream).await?;
    let messages = consumer.stream().max_messages_per_batch(BATCH).expires(EXPIRES).heartbeat(HEARTBEAT);
    let mut messages = messages.messages().await.map_err(Trouble::away)?;
    let mut count = 0_usize;
    while let Some(message) = messages.next().await {
        // A consumer that is gone, or a server that is silent, ends it: then all begins anew.
        let message = message.map_err(Trouble::away)?;
        *pause = Pause::default();
        count = count.wrapping_add(1);
        if count.is_multiple_of(BATCH) && message.info().is_ok_and(|info| info.pending > FAR_BEHIND) {
            stream.delete_consumer(NAME).await.map_err(Trouble::away)?;
            return Ok(());
        }
        let (message, acker) = message.split();
        let claim = message.headers.as_ref().and_then(|headers| Claim::of(headers, log));
        match claim {
            Some(claim) => {
                if heard.send(Heard { position: claim.position, acker }).await.is_err() {
                    return Ok(());
                }
            }
            None => acker.ack().await.map_err(Trouble::away)?,
        }
    }
    Ok(())
}

/// The consumer as it should be. It needs no bodies; and where it is new, the last message is enough to know how far
/// the stream is.
fn wanted() -> pull::Config {
    pull::Config {
        durable_name: Some(NAME.to_owned()),
        description: Some("Sunledger's webhooks".to_owned()),
        deliver_policy: DeliverPolicy::Last,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_ack_pending: UNACKNOWLEDGED,
        headers_only: true,
        ..pull::Config::default()
    }
}

/// Finds or makes the consumer; one that was made or changed otherwise is made again.
async fn consumer(stream: &Stream) -> Result<PullConsumer, Trouble> {
    if let Ok(found) = stream.get_consumer::<pull::Config>(NAME).await {
        if is_fit(&found) {
            return Ok(found);
        }
        tracing::warn!(consumer = NAME, "the consumer has other settings than it should; it is made again");
        stream.delete_consumer(NAME).await.map_err(Trouble::away)?;
    }
    let made = stream.create_consumer(wanted()).await.map_err(Trouble::away)?;
    if is_fit(&made) {
        return Ok(made);
    }
    Err(Trouble::Away(format!(
        "the server makes another consumer than asked for: {:?}",
        made.cached_info().config
    )))
}

fn is_fit(consumer: &PullConsumer) -> bool {
    let found = &consumer.cached_info().config;
    found.deliver_subject.is_none()
        && found.ack_policy == AckPolicy::Explicit
        && found.ack_wait == ACK_WAIT
        && found.max_ack_pending == UNACKNOWLEDGED
        && found.headers_only
        && found.filter_subject.is_empty()
        && found.filter_subjects.is_empty()
        && found.max_deliver <= 0
}
