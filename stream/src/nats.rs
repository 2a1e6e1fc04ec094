//! One connection, made again whenever it is lost.
//!
//! Every connection is a client of its own. The driver's own reconnecting would send what was waiting in the old one,
//! much later and out of order; here a lost connection ends everything that was under way on it, and whoever used it
//! begins anew from what the stream says.

use crate::settings::{Addresses, Login};
use crate::stats::Counters;
use async_nats::{Client, ConnectOptions, Event};
use rustls::RootCertStore;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longest that connecting, or one request, may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How often a silent server is asked whether it is there; after two unanswered questions it is not.
const PING: Duration = Duration::from_secs(5);
/// Shortest and longest pause between attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// The connection, shared.
#[derive(Clone)]
pub(crate) struct Nats {
    current: watch::Receiver<Option<Connection>>,
    _task: Arc<Guard>,
}

/// One connection, as long as it lasts.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Set once it is lost, or to be given up.
    lost: Arc<watch::Sender<bool>>,
}

/// Ends a task with the last one who cares.
pub(crate) struct Guard(pub(crate) JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    /// Comes back once the connection is lost.
    pub(crate) async fn lost(&self) {
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// Gives a connection up that does not answer; the next one is made.
    pub(crate) fn give_up(&self) {
        self.lost.send_replace(true);
    }
}

impl Nats {
    /// Begins to connect.
    pub(crate) fn start(addresses: Addresses, counters: Arc<Counters>) -> Self {
        let (publish, current) = watch::channel(None);
        let task = tokio::spawn(keep_connected(addresses, publish, counters));
        Self { current, _task: Arc::new(Guard(task)) }
    }

    /// The connection, once there is one.
    pub(crate) async fn connection(&self) -> Connection {
        let mut current = self.current.clone();
        loop {
            let found = current.borrow_and_update().clone();
            match found {
                Some(connection) if !*connection.lost.borrow() => return connection,
                _ if current.changed().await.is_err() => std::future::pending().await,
                _ => {}
            }
        }
    }
}

async fn keep_connected(
    addresses: Addresses,
    publish: watch::Sender<Option<Connection>>,
    counters: Arc<Counters>,
) {
    let mut pause = Pause::default();
    let mut known = String::new();
    loop {
        match connect(&addresses).await {
            Ok(connection) => {
                let version = connection.client.server_info().version;
                counters.connected(&version);
                if known == version {
                    tracing::info!(%addresses, version, "connected to NATS again");
                } else {
                    tracing::info!(%addresses, version, "connected to NATS: {}", what_it_costs(&version));
                }
                known = version;
                publish.send_replace(Some(connection.clone()));
                connection.lost().await;
                publish.send_replace(None);
                counters.up.store(false, Relaxed);
                tracing::warn!(%addresses, "the connection to NATS is lost");
                pause = Pause::default();
            }
            Err(error) => {
                counters.failed(&format!("cannot connect to NATS: {error}"));
                // Once for a whole outage; the metrics tell how long it lasts.
                if pause.is_first() {
                    tracing::warn!(%addresses, error, "cannot connect to NATS; trying on");
                }
            }
        }
        tokio::time::sleep(pause.next()).await;
    }
}

async fn connect(addresses: &Addresses) -> Result<Connection, String> {
    let lost = Arc::new(watch::channel(false).0);
    let events = lost.clone();
    let options = ConnectOptions::new()
        .name("sunledger")
        .tls_client_config(tls()?)
        .connection_timeout(PATIENCE)
        .request_timeout(Some(PATIENCE))
        .ping_interval(PING)
        // The pauses are ours; a client whose connection is lost is dropped.
        .reconnect_delay_callback(|_| Duration::ZERO)
        .max_reconnects(addresses.servers.len())
        .event_callback(move |event| {
            if matches!(event, Event::Disconnected | Event::Closed) {
                events.send_replace(true);
            }
            async {}
        });
    let options = match &addresses.login {
        Login::Nobody => options,
        Login::Token(token) => options.token(token.clone()),
        Login::User(user, password) => options.user_and_password(user.clone(), password.clone()),
    };
    let attempts = PATIENCE * u32::try_from(addresses.servers.len()).unwrap_or(u32::MAX);
    match tokio::time::timeout(attempts, options.connect(&addresses.servers[..])).await {
        Ok(Ok(client)) => Ok(Connection { client, lost }),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

/// Trusts who the system trusts, and the usual authorities where the system names none.
fn tls() -> Result<rustls::ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What an operator should know of this version.
fn what_it_costs(version: &str) -> &'static str {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    match (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) {
        (0 | 1, _) | (2, 0..=8) => {
            "older than 2.9, the oldest version that this program is tested with; please upgrade it"
        }
        (2, 9) => {
            "this version cannot be told to flush each message to disk (sync_interval came with 2.10): after a power cut \
             of a single NATS machine its newest messages are missing, and are published again from the log"
        }
        _ => {
            "messages reach its disk some time after they are acknowledged, unless its jetstream block says \
             sync_interval: always; what a power cut takes is published again from the log"
        }
    }
}

/// Pauses that grow to a bound, each a little different, so that many servers do not come at once.
#[derive(Default)]
pub(crate) struct Pause(u32);

impl Pause {
    pub(crate) fn is_first(&self) -> bool {
        self.0 == 0
    }

    pub(crate) fn next(&mut self) -> Duration {
        let longest = (PAUSES.0 * 2_u32.saturating_pow(self.0.min(16))).min(PAUSES.1);
        self.0 = self.0.saturating_add(1);
        let random = u32::from(getrandom::u32().unwrap_or_default() as u16);
        longest / 2 + longest / 2 * random / u32::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_never_vanish() {
        let mut pause = Pause::default();
        let pauses: Vec<_> = (0..100).map(|_| pause.next()).collect();
        assert!(pauses.iter().all(|pause| *pause >= PAUSES.0 / 2 && *pause <= PAUSES.1));
        assert!(pauses[0] <= PAUSES.0 && pauses[99] >= PAUSES.1 / 2);
    }

    #[test]
    fn what_a_version_costs_is_told_for_any_text() {
        assert!(what_it_costs("2.9.10").contains("sync_interval came with 2.10"));
        assert!(what_it_costs("2.15.1").contains("sync_interval: always"));
        assert!(what_it_costs("2.8.4").contains("upgrade") && what_it_costs("").contains("upgrade"));
    }
}
