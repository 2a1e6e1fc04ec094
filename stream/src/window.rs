//! What is published and not acknowledged yet.
//!
//! Every message names the sequence that the stream must end with when it arrives, and the message that must be the
//! last one then. So the stream itself keeps the order: where one message is not stored, none behind it is either, a
//! message that was stored without our knowing is not stored twice, and a second relay, however it came about, can only
//! be refused. The sequence alone would not do: where a few foreign messages came between, the first ones of ours are
//! refused, and one of those behind them names just the sequence that the stream has come to.
//!
//! For the same reason not every message asks to be acknowledged: one that is stored says that all before it are. What
//! this leaves to trust is whoever else may publish: a foreign message with the id of one of ours, stored just where ours
//! was to come, passes for it. Who may publish could as well forge a whole event.

use crate::message::Outgoing;
use crate::settings::StreamSettings;
use crate::trouble::Trouble;
use async_nats::header::{
    NATS_EXPECTED_LAST_MESSAGE_ID, NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM, NATS_MESSAGE_ID,
};
use async_nats::jetstream::ErrorCode;
use async_nats::{Client, Message, StatusCode, Subscriber};
use serde::Deserialize;
use std::collections::VecDeque;

/// Messages, and bytes of their bodies, that may be on their way.
const MESSAGES: usize = 512;
const BYTES: usize = 8 << 20;
/// One of so many asks to be acknowledged; a fraction of the window, so that there is always something on its way.
const ASKS: u64 = 64;

/// A message on its way.
pub(crate) struct Flight {
    pub(crate) sequence: u64,
    pub(crate) position: i64,
    pub(crate) recorded_at: i64,
    bytes: usize,
    /// Whether it asks to be acknowledged.
    asks: bool,
}

/// What an answer says.
pub(crate) enum Answer {
    /// The oldest messages on their way are stored.
    Stored(Stored),
    /// The stream takes this one for one that it was sent before, and has not stored it.
    TakenForAnother(Flight),
}

/// Messages that one acknowledgement speaks of.
pub(crate) struct Stored {
    pub(crate) last: Flight,
    pub(crate) count: u64,
    /// The highest position of them.
    pub(crate) highest: i64,
}

/// The messages on their way, oldest first.
pub(crate) struct Window {
    client: Client,
    inbox: String,
    pub(crate) answers: Subscriber,
    flights: VecDeque<Flight>,
    bytes: usize,
    /// Id of the last message sent; none of this window may follow any other.
    last_id: Option<String>,
}

/// JetStream's answer to a message.
#[derive(Deserialize)]
struct Ack {
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    duplicate: bool,
    error: Option<AckError>,
}

#[derive(Deserialize)]
struct AckError {
    err_code: u64,
    description: String,
}

impl Window {
    pub(crate) async fn open(client: Client) -> Result<Self, Trouble> {
        let inbox = client.new_inbox();
        let answers = client.subscribe(format!("{inbox}.*")).await.map_err(Trouble::away)?;
        Ok(Self {
            client,
            inbox,
            answers,
            flights: VecDeque::with_capacity(MESSAGES),
            bytes: 0,
            last_id: None,
        })
    }

    pub(crate) fn has_room(&self) -> bool {
        self.flights.len() < MESSAGES && self.bytes < BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// The oldest one.
    pub(crate) fn oldest(&self) -> Option<&Flight> {
        self.flights.front()
    }

    /// Sends an event that is to get this sequence; `more` where another one follows at once.
    pub(crate) async fn send(
        &mut self,
        outgoing: Outgoing,
        sequence: u64,
        more: bool,
        again: Option<&str>,
        settings: &StreamSettings,
        log: &str,
    ) -> Result<(), Trouble> {
        let mut headers = outgoing.headers(log);
        let id = outgoing.id(again);
        headers.insert(NATS_MESSAGE_ID, id.as_str());
        let last_id = self.last_id.replace(id);
        // Asks at once, so that a session is told that begins where the stream takes messages for copies.
        let first = last_id.is_none();
        match last_id {
            Some(last) => headers.insert(NATS_EXPECTED_LAST_MESSAGE_ID, last),
            // Those behind it name a message that no other stream has.
            None => headers.insert(NATS_EXPECTED_STREAM, settings.stream.as_str()),
        }
        headers.insert(NATS_EXPECTED_LAST_SEQUENCE, (sequence - 1).to_string());
        let bytes = outgoing.body.len();
        let full = self.flights.len() + 1 >= MESSAGES || self.bytes + bytes >= BYTES;
        let flight = Flight {
            sequence,
            position: outgoing.event.position,
            recorded_at: outgoing.event.recorded_at,
            bytes,
            asks: first || full || !more || sequence.is_multiple_of(ASKS),
        };
        let subject = outgoing.subject(&settings.prefix);
        let sent = if flight.asks {
            let reply = format!("{}.{sequence}", self.inbox);
            self.client.publish_with_reply_and_headers(subject, reply, headers, outgoing.body).await
        } else {
            self.client.publish_with_headers(subject, headers, outgoing.body).await
        };
        sent.map_err(Trouble::away)?;
        self.bytes += flight.bytes;
        self.flights.push_back(flight);
        Ok(())
    }

    /// Takes an answer. They come in the order of the messages; any other order is a reason to look at the stream.
    pub(crate) fn answered(&mut self, message: &Message) -> Result<Answer, Trouble> {
        if message.status == Some(StatusCode::NO_RESPONDERS) {
            return Err(Trouble::Changed("nobody takes its messages".to_owned()));
        }
        let ack: Ack = serde_json::from_slice(&message.payload).map_err(Trouble::away)?;
        if let Some(error) = ack.error {
            return Err(refusal(error));
        }
        let (mut count, mut highest) = (0, 0);
        let last = loop {
            let Some(flight) = self.flights.pop_front() else {
                return Err(Trouble::Changed("it answers what was not asked".to_owned()));
            };
            self.bytes -= flight.bytes;
            count += 1;
            highest = flight.position.max(highest);
            if flight.asks {
                break flight;
            }
        };
        let about: Option<u64> = message.subject.rsplit('.').next().and_then(|token| token.parse().ok());
        match about {
            Some(sequence) if sequence == last.sequence && ack.duplicate => Ok(Answer::TakenForAnother(last)),
            Some(sequence) if sequence == last.sequence && ack.seq == sequence => {
                Ok(Answer::Stored(Stored { last, count, highest }))
            }
            _ => Err(Trouble::Changed(format!("it answers {} for {}", ack.seq, last.sequence))),
        }
    }
}

fn refusal(error: AckError) -> Trouble {
    match ErrorCode(error.err_code) {
        ErrorCode::STREAM_WRONG_LAST_SEQUENCE
        | ErrorCode::STREAM_WRONG_LAST_MESSAGE_ID
        | ErrorCode::STREAM_NOT_MATCH
        | ErrorCode::STREAM_NOT_FOUND
        | ErrorCode::STREAM_SEALED => Trouble::Changed(error.description),
        // Full, without a leader, shutting down: better later.
        _ => Trouble::Away(error.description),
    }
}
