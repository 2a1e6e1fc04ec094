//! A load of writers over one or several servers, and the reckoning afterwards.
//!
//! Each writer makes invoices, one after the other, each under an Idempotency-Key of its own, and asks again under the
//! same key until it has an answer. So at the end it is known what was acknowledged, and everything that was asked for
//! must be there exactly once. Servers may be killed, paused and started again meanwhile.

use crate::books::shown;
use crate::client::{Api, Reply};
use crate::server::Server;
use crate::wait::patience;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const INVOICES: &str = "/api/v1/invoices";
/// The pause before the same is asked again.
const AGAIN: Duration = Duration::from_millis(20);

/// Writers at work.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    writers: Vec<JoinHandle<()>>,
    client: String,
}

/// What the writers leave behind.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
    /// By key: the invoice as it was acknowledged, or nothing yet.
    asked: Mutex<BTreeMap<String, Option<Value>>>,
    /// When each acknowledgement came, since the start.
    moments: Mutex<Vec<Duration>>,
    /// Answers by status, and requests that got none.
    answers: Mutex<BTreeMap<u16, usize>>,
    unanswered: AtomicUsize,
    /// Answers that no fault excuses.
    wrong: Mutex<Vec<String>>,
}

/// What a load came to.
#[derive(Debug)]
pub struct Outcome {
    /// Invoices that were acknowledged.
    pub acknowledged: usize,
    /// Answers by status.
    pub answers: BTreeMap<u16, usize>,
    /// Requests that got no answer: the connection was refused or broke.
    pub unanswered: usize,
    /// The longest time without any acknowledgement.
    pub longest_silence: Duration,
    /// When each acknowledgement came, since the start of the load.
    pub moments: Vec<Duration>,
    asked: BTreeMap<String, Option<Value>>,
    client: String,
}

impl Load {
    /// Starts `writers`, spread over `servers`, which share one log.
    ///
    /// # Panics
    /// When there is no server, or the first does not make the client that the invoices are for.
    pub async fn start(servers: &[&Server], writers: usize) -> Self {
        let apis: Vec<Api> = servers.iter().map(|server| server.api()).collect();
        let first = apis.first().expect("a server");
        let client = first.client("Payer").await;
        let shared = Arc::new(Shared::default());
        let started = Instant::now();
        let writers = (0..writers)
            .map(|number| {
                // Its own server first, the others where that one gives no answer.
                let mut apis = apis.clone();
                apis.rotate_left(number % servers.len());
                tokio::spawn(write(apis, client.clone(), number, started, Arc::clone(&shared)))
            })
            .collect();
        Self { shared, writers, client }
    }

    /// Invoices acknowledged so far.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }

    /// Waits for so many more acknowledgements.
    ///
    /// # Panics
    /// When none comes within [`patience`].
    pub async fn progress(&self, more: usize) {
        let (mut seen, goal) = (self.acknowledged(), self.acknowledged() + more);
        let mut moved = Instant::now();
        while seen < goal {
            assert!(moved.elapsed() < patience(), "no writer was answered in {:?}", patience());
            tokio::time::sleep(AGAIN).await;
            let now = self.acknowledged();
            if now > seen {
                (seen, moved) = (now, Instant::now());
            }
        }
    }

    /// Ends it: each writer still waits for what it has just asked, as long as a server may be back soon.
    ///
    /// # Panics
    /// When an answer came that no fault excuses: another status than 201, and 503 with `Retry-After`.
    pub async fn stop(self) -> Outcome {
        self.shared.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.expect("a writer");
        }
        let shared = &self.shared;
        let wrong = shared.wrong.lock().expect("the wrong answers").clone();
        assert!(wrong.is_empty(), "{} wrong answers: {:?}", wrong.len(), &wrong[..wrong.len().min(5)]);
        let mut moments = shared.moments.lock().expect("the moments").clone();
        moments.sort_unstable();
        let pairs = moments.iter().zip(moments.iter().skip(1));
        Outcome {
            acknowledged: shared.acknowledged.load(Ordering::Relaxed),
            answers: shared.answers.lock().expect("the answers").clone(),
            unanswered: shared.unanswered.load(Ordering::Relaxed),
            longest_silence: pairs.map(|(before, after)| *after - *before).max().unwrap_or_default(),
            moments,
            asked: std::mem::take(&mut *shared.asked.lock().expect("what was asked")),
            client: self.client,
        }
    }
}

async fn write(apis: Vec<Api>, client: String, number: usize, started: Instant, shared: Arc<Shared>) {
    for round in 0_usize.. {
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let key = format!("w{number}-{round}");
        shared.asked.lock().expect("what was asked").insert(key.clone(), None);
        // A server that is away for good must not keep the load from ending: what is open is settled afterwards.
        let mut tries_after_stop = 0;
        for api in apis.iter().cycle() {
            if shared.stop.load(Ordering::Relaxed) {
                tries_after_stop += 1;
                if tries_after_stop > 3 * apis.len() {
                    return;
                }
            }
            match ask(api, &key, &client).await {
                Ok(reply) => {
                    *shared.answers.lock().expect("the answers").entry(reply.status.as_u16()).or_default() +=
                        1;
                    if reply.status == 201 {
                        let data = reply.data(201);
                        shared.asked.lock().expect("what was asked").insert(key, Some(data));
                        shared.moments.lock().expect("the moments").push(started.elapsed());
                        shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                    // 409 with Retry-After: the same request is still being worked on, maybe by another server.
                    let excused =
                        [409, 503].contains(&reply.status.as_u16()) && reply.find("retry-after").is_some();
                    if !excused {
                        shared.wrong.lock().expect("the wrong answers").push(format!(
                            "{} {} {:?}",
                            reply.status,
                            reply.text(),
                            reply.headers
                        ));
                    }
                }
                Err(_) => {
                    shared.unanswered.fetch_add(1, Ordering::Relaxed);
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

async fn ask(api: &Api, key: &str, client: &str) -> Result<Reply, String> {
    let mut body = Api::bill(client, "10.00");
    body["notes"] = json!(key);
    let call = api.call("POST", INVOICES).header("idempotency-key", key).json(&body).attempt();
    // A server that is paused must not hold its writers for a minute.
    tokio::time::timeout(Duration::from_secs(10), call)
        .await
        .unwrap_or_else(|_| Err("no answer in 10 s".into()))
}

impl Outcome {
    /// Checks against `server`, which must be well again: what was acknowledged is there as it was acknowledged, what was
    /// asked for in vain can be asked for again, then each is there once, numbers have no gap, and `verify` is content.
    /// Returns how many invoices there are.
    ///
    /// # Panics
    /// When any of it does not hold.
    pub async fn settle(&self, server: &Server) -> usize {
        let api = server.api();
        let mut ids = BTreeSet::new();
        for (key, answer) in &self.asked {
            let again = crate::eventually("an answer under the same key", || async {
                ask(&api, key, &self.client).await.ok().filter(|reply| reply.status == 201)
            })
            .await;
            let data = again.data(201);
            if let Some(answer) = answer {
                assert_eq!(&data, answer, "another answer under the same key");
            }
            assert!(ids.insert(shown(&data["id"])), "two keys made one invoice: {key}");
        }
        let (numbers, found) = listed(&api).await;
        assert_eq!(found, ids, "each that was asked for, once");
        let expected: BTreeSet<String> =
            (1..=numbers.len()).map(|number| format!("INV-{number:04}")).collect();
        assert_eq!(numbers, expected, "the series has no gap");
        let verified = server.cli(&["verify"]);
        assert!(
            verified.status.success(),
            "{}{}",
            String::from_utf8_lossy(&verified.stdout),
            String::from_utf8_lossy(&verified.stderr)
        );
        found.len()
    }

    /// Acknowledgements a second between two moments of the load.
    #[must_use]
    pub fn rate(&self, from: Duration, until: Duration) -> usize {
        let count = self.moments.iter().filter(|moment| (from..until).contains(*moment)).count();
        let millis = usize::try_from(until.saturating_sub(from).as_millis()).unwrap_or(usize::MAX).max(1);
        count * 1000 / millis
    }
}

/// Numbers and ids of all invoices, walked by cursor.
async fn listed(api: &Api) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut numbers, mut found) = (BTreeSet::new(), BTreeSet::new());
    let mut path = format!("{INVOICES}?limit=100");
    loop {
        let page = api.get(&path).await.expect(200);
        for invoice in page.value()["data"].as_array().expect("a list") {
            assert!(numbers.insert(shown(&invoice["invoiceNumber"])), "{invoice} is there twice");
            assert!(found.insert(shown(&invoice["id"])));
        }
        let Some(cursor) = page.find("x-next-cursor") else { return (numbers, found) };
        path = format!("{INVOICES}?limit=100&cursor={cursor}");
    }
}
