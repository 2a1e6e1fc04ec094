//! The accept loop. `axum::serve` has none of its bounds: here connections are counted, each has time limits, a full
//! file table is survived, and stopping is orderly.

use super::connection;
use super::drain::Drain;
use super::pulse::Patience;
use crate::ops::metrics::Connections;
use crate::ops::process::{open_file_limit, raise_open_file_limit};
use crate::settings::Settings;
use axum::Router;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long to wait where the system has no more files or memory: some connection must end first.
const BREATH: Duration = Duration::from_millis(100);

/// How long a connection waits for a place before others are asked for theirs, again and again.
const CROWDED: Duration = Duration::from_millis(100);

/// Files that are left for the database and the webhooks: connections must not take them all.
const OTHER_FILES: usize = 256;

/// The bounds of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Connections at a time.
    pub(crate) connections: usize,
    /// How long each may take for what.
    pub(crate) patience: Patience,
    /// How long a stopping server waits for them.
    pub(crate) drain: Duration,
}

impl Bounds {
    /// As set, as far as the system lets this process open files.
    pub(crate) fn of(settings: &Settings) -> Self {
        let wanted = settings.max_connections;
        raise_open_file_limit();
        let possible =
            open_file_limit().map_or(wanted, |files| files.saturating_sub(OTHER_FILES).max(files / 2));
        if possible < wanted {
            tracing::warn!(
                wanted,
                possible,
                "fewer connections than set: the limit of open files is too low"
            );
        }
        Self {
            connections: wanted.min(possible),
            patience: Patience { head: settings.header_timeout, idle: settings.idle_timeout },
            drain: settings.drain,
        }
    }
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// Every request in hand was answered.
    Drained,
    /// So many connections had to be cut off.
    CutOff(usize),
}

/// Serves until `drain` starts, and then until the connections have ended or their time is over.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    drain: Drain,
    counted: Arc<Connections>,
) -> Served {
    counted.limited_to(bounds.connections);
    let places = Arc::new(Semaphore::new(bounds.connections));
    let crowd = Arc::new(Notify::new());
    let mut connections = tokio::task::JoinSet::new();
    // One over the limit waits here; the others wait in the kernel's queue, where they cost nothing.
    let mut waiting: Option<(TcpStream, IpAddr)> = None;
    loop {
        let place = tokio::select! {
            socket = accept(&listener), if waiting.is_none() => {
                waiting = Some(socket);
                continue;
            }
            place = place(&places, &crowd), if waiting.is_some() => place,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = drain.started() => break,
        };
        let Some((socket, peer)) = waiting.take() else { continue };
        let (router, drain, counted, crowd) = (router.clone(), drain.clone(), counted.clone(), crowd.clone());
        connections.spawn(async move {
            let _open = counted.opened();
            connection::serve((socket, peer), router, bounds.patience, drain, &crowd).await;
            drop(place);
        });
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    match timeout(bounds.drain, all).await {
        Ok(()) => Served::Drained,
        Err(_) => {
            let left = connections.len();
            connections.shutdown().await;
            Served::CutOff(left)
        }
    }
}

/// A place for one more connection. Where there is none, those between two requests are asked for theirs.
async fn place(places: &Arc<Semaphore>, crowd: &Notify) -> Result<OwnedSemaphorePermit, AcquireError> {
    loop {
        if let Ok(place) = timeout(CROWDED, places.clone().acquire_owned()).await {
            return place;
        }
        crowd.notify_waiters();
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                // Answers are written whole; waiting to fill packets would only delay them.
                let _ = socket.set_nodelay(true);
                return (socket, peer.ip());
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections now");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Errors of one connection that was gone before it was accepted.
fn is_of_the_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
