//! The stream as its subscribers see it: with a plain NATS client, and nothing of the program.

use crate::server::Server;
use crate::wait::eventually;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::Stream as Handle;
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, HeaderMap, Subscriber};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;
use std::time::Duration;
use sunledger_test_servers::{NatsServer, postgres};

/// The subjects of a server that is not told others.
pub const SUBJECTS: &str = "events.>";
/// The stream of a server that is not told another.
pub const NAME: &str = "sunledger";

/// A client of a NATS server.
#[derive(Debug, Clone)]
pub struct Nats {
    client: async_nats::Client,
    jetstream: Context,
}

/// One message of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its place in the stream.
    pub sequence: u64,
    /// Where it was published.
    pub subject: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

impl Message {
    /// A header's text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.as_str())
    }

    /// The place of its event in the log, by its header; 0 where it says none.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.header("Sunledger-Position").parse().unwrap_or_default()
    }
}

impl Nats {
    /// Connects.
    ///
    /// # Panics
    /// When the server is not there.
    pub async fn of(server: &NatsServer) -> Self {
        Self::with(ConnectOptions::new(), &server.url()).await
    }

    /// Connects in another way.
    ///
    /// # Panics
    /// When the server is not there.
    pub async fn with(options: ConnectOptions, url: &str) -> Self {
        let options = options.event_callback(|_| async {});
        let client = options.connect(url).await.expect("a connection to NATS");
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(Duration::from_secs(10));
        Self { client, jetstream }
    }

    /// The plain client.
    #[must_use]
    pub fn client(&self) -> &async_nats::Client {
        &self.client
    }

    /// For what concerns streams.
    #[must_use]
    pub fn jetstream(&self) -> &Context {
        &self.jetstream
    }

    /// Hears what is published from now on, without a stream.
    ///
    /// # Panics
    /// When the server does not take it.
    pub async fn listen(&self, subjects: &str) -> Subscriber {
        let heard = self.client.subscribe(subjects.to_owned()).await.expect("a subscription");
        // It holds from when the server has answered what came after it.
        self.client.flush().await.expect("the server answers");
        heard
    }

    /// A stream, which must be there soon.
    pub async fn stream(&self, name: &str) -> Handle {
        eventually("the stream is there", || async { self.jetstream.get_stream(name).await.ok() }).await
    }

    /// All that a stream holds, in its order.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn messages(&self, name: &str) -> Vec<Message> {
        let stream = self.stream(name).await;
        let held = stream.get_info().await.expect("the stream's state").state.messages;
        let count = usize::try_from(held).expect("a count");
        let all = pull::Config {
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::None,
            inactive_threshold: Duration::from_secs(30),
            ..pull::Config::default()
        };
        let consumer = stream.create_consumer(all).await.expect("a consumer");
        let (mut read, mut idle) = (Vec::with_capacity(count), 0);
        while read.len() < count {
            let batch = consumer.batch().max_messages(1_000).expires(Duration::from_secs(2)).messages().await;
            let mut batch = batch.expect("a batch");
            let before = read.len();
            while let Some(message) = batch.try_next().await.expect("a message") {
                let sequence = message.info().expect("a message of a stream").stream_sequence;
                let body = serde_json::from_slice(&message.payload).unwrap_or(Value::Null);
                let (subject, headers) =
                    (message.subject.to_string(), message.headers.clone().unwrap_or_default());
                read.push(Message { sequence, subject, headers, body });
            }
            idle = if read.len() == before { idle + 1 } else { 0 };
            assert!(idle < 5, "{} of {count} messages came", read.len());
        }
        read
    }

    /// Waits until the stream holds the event at the head of a server's log, and returns all of it, which must be every event
    /// of the log, once each and in order.
    ///
    /// # Panics
    /// When the stream does not come to the log's end, or holds anything else.
    pub async fn holds_the_log_of(&self, server: &Server) -> Vec<Message> {
        let head = head_of(server).await;
        let last = || async {
            let stream = self.jetstream.get_stream(NAME).await.ok()?;
            let sequence = stream.get_info().await.ok()?.state.last_sequence;
            let message = stream.get_raw_message(sequence).await.ok()?;
            let position = message.headers.get("Sunledger-Position")?.as_str().parse::<i64>().ok()?;
            (position >= head).then_some(())
        };
        eventually(&format!("the stream comes to the log's end, {head}"), last).await;
        let messages = self.messages(NAME).await;
        let positions: Vec<i64> = messages.iter().map(Message::position).collect();
        let expected: Vec<i64> = (1..=head).collect();
        if positions != expected {
            let at = positions.iter().zip(&expected).take_while(|(held, wanted)| held == wanted).count();
            let around = &positions[at.saturating_sub(3)..positions.len().min(at + 5)];
            panic!(
                "{} messages, {head} events; position {} is missing in {around:?}",
                positions.len(),
                at + 1
            );
        }
        messages
    }

    /// Waits until the stream holds every event of a server's log, once each and in order, and returns all of it: a purge is
    /// noticed only after a while.
    ///
    /// # Panics
    /// When it does not come to that.
    pub async fn comes_to_hold_the_log_of(&self, server: &Server) -> Vec<Message> {
        let whole: Vec<i64> = (1..=head_of(server).await).collect();
        eventually("the stream holds a whole copy of the log again", || async {
            let messages = self.messages(NAME).await;
            let positions: Vec<i64> = messages.iter().map(Message::position).collect();
            (positions == whole).then_some(messages)
        })
        .await
    }
}

/// Where the log of a server ends, as its database says: whatever the server is doing.
///
/// # Panics
/// When the database cannot be read.
pub async fn head_of(server: &Server) -> i64 {
    const HEAD: &str = "SELECT COALESCE(MAX(position), 0) FROM";
    let Some(url) = server.place().database_url() else {
        let log = rusqlite::Connection::open(server.place().data().join("log.db")).expect("the log");
        log.busy_timeout(Duration::from_secs(5)).expect("a limit");
        return log.query_row(&format!("{HEAD} events"), [], |row| row.get(0)).expect("the log's end");
    };
    let log = postgres::connect(&url).await;
    log.query_one(&format!("{HEAD} sunledger.events"), &[]).await.expect("the log's end").get(0)
}

/// The next messages of a subscription.
///
/// # Panics
/// When they do not come in time.
pub async fn heard(subscriber: &mut Subscriber, count: usize) -> Vec<async_nats::Message> {
    let mut heard = Vec::with_capacity(count);
    while heard.len() < count {
        let next = tokio::time::timeout(crate::patience(), subscriber.next()).await;
        heard.push(next.expect("a message in time").expect("the connection stands"));
    }
    heard
}
