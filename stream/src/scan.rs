//! What the stream holds of this log.

use crate::message::Claim;
use crate::nats::PATIENCE;
use crate::trouble::Trouble;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;
use std::ops::ControlFlow;
use std::time::Duration;
use uuid::Uuid;

/// Messages asked for at a time.
const BATCH: usize = 1_000;
/// When the server may forget a reader that did not say goodbye.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// Walks the messages with the sequences `from` to `until` that claim to be events of a log, in order, without their
/// bodies. Foreign messages are passed over, however many they are.
pub(crate) async fn scan(
    stream: &Stream,
    log: &Uuid,
    (from, until): (u64, u64),
    mut each: impl FnMut(u64, Claim) -> ControlFlow<()>,
) -> Result<(), Trouble> {
    if from > until || stream.cached_info().state.messages == 0 {
        return Ok(());
    }
    let config = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from.max(1) },
        ack_policy: AckPolicy::None,
        headers_only: true,
        inactive_threshold: FORGOTTEN,
        memory_storage: true,
        num_replicas: 1,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(Trouble::away)?;
    let mut next = from;
    while next <= until {
        let mut batch =
            consumer.fetch().max_messages(BATCH).expires(PATIENCE).messages().await.map_err(Trouble::away)?;
        let before = next;
        while let Some(message) = batch.next().await {
            let message = message.map_err(Trouble::away)?;
            let sequence = message.info().map_err(Trouble::away)?.stream_sequence;
            next = sequence + 1;
            let claim = message.headers.as_ref().and_then(|headers| Claim::of(headers, log));
            if sequence > until || claim.is_some_and(|claim| each(sequence, claim).is_break()) {
                next = until + 1;
                break;
            }
        }
        if next == before {
            break;
        }
    }
    // Not told, the server forgets it by itself.
    let _ = stream.delete_consumer(&consumer.cached_info().name).await;
    Ok(())
}
