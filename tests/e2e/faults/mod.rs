//! What may go wrong around the program, done to real processes: each test does one thing to a running server, or to what
//! it stands on, and then reckons up. `scripts/test --faults` runs the long forms.

pub(crate) mod clock;
mod connections;
mod disk;
mod fsync;
mod nats;
mod paused;
pub(crate) mod poison;
mod pool;
mod postgres;
mod rebuild;
mod receivers;
pub(crate) mod servers;
mod shim;
mod shutdown;
mod writers;

/// A refusal that a fault excuses: 503, when to come back, and nothing of the inside.
#[track_caller]
fn excused(reply: &sunledger_tests::Reply) {
    let pause: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&pause), "Retry-After: {pause}");
    let error = reply.clone().error(503);
    for inside in ["postgres", "sqlite", "connection", "sql", "disk"] {
        assert!(!error.to_lowercase().contains(inside), "{inside} leaks in {error:?}");
    }
}

/// How many of `count` fell on each second.
fn a_second(count: usize, length: std::time::Duration) -> u128 {
    count as u128 * 1000 / length.as_millis().max(1)
}

/// Settles a load, and adds what it came to to the figures.
async fn reckoned(
    figures: &mut sunledger_tests::faults::Figures,
    outcome: &sunledger_tests::load::Outcome,
    server: &sunledger_tests::Server,
) -> usize {
    figures.add("acknowledged", outcome.acknowledged);
    figures.add("answers", format!("{:?}", outcome.answers));
    figures.add("unanswered", outcome.unanswered);
    figures.add("longest silence ms", outcome.longest_silence.as_millis());
    let there = outcome.settle(server).await;
    figures.add("there", there);
    there
}

/// A receiver that is told of every invoice.
struct Subscribed(sunledger_tests::Receiver);

async fn subscribed(api: &sunledger_tests::Api) -> Subscribed {
    let receiver = sunledger_tests::Receiver::start().await;
    let hook = serde_json::json!({"url": receiver.url(), "events": ["invoice.created"]});
    let _ = api.post("/webhooks", hook).await.expect(201);
    Subscribed(receiver)
}

impl Subscribed {
    /// Waits until it was told of so many invoices, of each at least once.
    async fn all(&self, invoices: usize) {
        let told = |all: &[sunledger_tests::receiver::Received]| {
            all.iter().map(|one| one.id().to_owned()).collect::<std::collections::BTreeSet<_>>().len()
        };
        let all = self.0.wait_for("an event for each invoice", |all| told(all) >= invoices).await;
        assert_eq!(told(&all), invoices, "events of what is not there");
    }
}
