//! Connections: made, made again after they were lost, and their prepared statements.

use super::errors::{is_lost, is_stale_plan, store_error};
use super::tls::Wish;
use crate::StoreError;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long one call tries before it says that the server is away.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a query waits for a lost connection to be seen to be closed.
const AGAIN: Duration = Duration::from_millis(50);
/// Statements that a connection keeps prepared; past them it begins anew.
const PREPARED: usize = 512;

/// What is called with the payload of every notification.
pub(super) type OnNotify = Box<dyn Fn(&str) + Send>;

/// Makes connections of one sort.
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    setup: String,
}

impl Connector {
    /// `setup` is run on every new connection.
    ///
    /// # Errors
    /// `Failed` for a URL that is none.
    pub(super) fn new(url: &str, name: &str, setup: String) -> Result<Self, StoreError> {
        let wish = Wish::of(url);
        let mut config: Config = wish.url.parse().map_err(store_error)?;
        let tls = if config.get_ssl_mode() == SslMode::Disable { None } else { Some(wish.connector()?) };
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(3));
        }
        if config.get_application_name().is_none() {
            config.application_name(format!("sunledger {name}"));
        }
        // A server that is gone without a word is noticed in seconds.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(PATIENCE);
        }
        config
            .keepalives_idle(Duration::from_secs(3))
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3);
        Ok(Self { config, tls, setup })
    }

    /// One attempt.
    pub(super) async fn connect(&self, notify: Option<OnNotify>) -> Result<Conn, StoreError> {
        let (closed, ended) = watch::channel(false);
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(store_error)?;
                tokio::spawn(drive(connection, notify, closed));
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(store_error)?;
                tokio::spawn(drive(connection, notify, closed));
                client
            }
        };
        client.batch_execute(&self.setup).await.map_err(store_error)?;
        Ok(Conn { client, ended, statements: Mutex::default(), busy: AtomicUsize::new(0) })
    }

    /// Attempts with growing pauses, until the deadline.
    pub(super) async fn connect_until(&self, deadline: Instant) -> Result<Conn, StoreError> {
        let mut pause = Duration::from_millis(20);
        loop {
            let error = match timeout_at(deadline, self.connect(None)).await {
                Ok(Err(StoreError::Unavailable(error))) => StoreError::Unavailable(error),
                Ok(done) => return done,
                Err(_) => StoreError::Unavailable("the server did not answer in time".into()),
            };
            if Instant::now() + pause >= deadline {
                return Err(error);
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }
}

async fn drive<S, T>(mut connection: Connection<S, T>, notify: Option<OnNotify>, closed: watch::Sender<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notification(message))) => {
                if let Some(notify) = &notify {
                    notify(message.payload());
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::debug!(%error, "a connection to Postgres ended");
                break;
            }
            None => break,
        }
    }
    closed.send_replace(true);
}

/// A connection.
pub(super) struct Conn {
    pub(super) client: Client,
    ended: watch::Receiver<bool>,
    statements: Mutex<HashMap<String, Statement>>,
    busy: AtomicUsize,
}

impl Conn {
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || *self.ended.borrow()
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) {
        let mut ended = self.ended.clone();
        // An error means that the sender is gone, which is an end too.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// A statement, prepared once on this connection.
    pub(super) async fn prepare(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let known = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= PREPARED {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Forgets what was prepared: the tables have changed.
    pub(super) fn forget_statements(&self) {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A place for one connection, which is made again when it is lost.
pub(super) struct Slot {
    connector: Arc<Connector>,
    current: RwLock<Option<Arc<Conn>>>,
    making: tokio::sync::Mutex<()>,
}

impl Slot {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, current: RwLock::new(None), making: tokio::sync::Mutex::new(()) }
    }

    fn live(&self) -> Option<Arc<Conn>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|conn| !conn.is_closed()).cloned()
    }

    fn busy(&self) -> usize {
        self.live().map_or(0, |conn| conn.busy.load(Ordering::Relaxed))
    }

    /// The connection, a new one where the old one is lost.
    pub(super) async fn get(&self, deadline: Instant) -> Result<Arc<Conn>, StoreError> {
        if let Some(conn) = self.live() {
            return Ok(conn);
        }
        let away = |_| StoreError::Unavailable("the server is away".into());
        let _making = timeout_at(deadline, self.making.lock()).await.map_err(away)?;
        if let Some(conn) = self.live() {
            return Ok(conn);
        }
        let conn = Arc::new(self.connector.connect_until(deadline).await?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(conn.clone());
        Ok(conn)
    }
}

/// Several connections for queries, each used by many callers at once.
pub(super) struct Readers {
    slots: Vec<Slot>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn new(connector: &Arc<Connector>, count: usize) -> Self {
        let slots = (0..count.max(1)).map(|_| Slot::new(connector.clone())).collect();
        Self { slots, next: AtomicUsize::new(0) }
    }

    /// The least busy one, going round.
    fn pick(&self) -> &Slot {
        let start = self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let (before, after) = self.slots.split_at(start);
        let round = after.iter().chain(before);
        round.min_by_key(|slot| slot.busy()).unwrap_or(&self.slots[start])
    }

    /// A query's attempts: again on a new connection where the old one was lost, or where its plan is stale.
    pub(super) fn attempts(&self) -> Attempts<'_> {
        Attempts { readers: self, deadline: Instant::now() + PATIENCE, stale: false }
    }
}

/// See [`Readers::attempts`].
pub(super) struct Attempts<'r> {
    readers: &'r Readers,
    deadline: Instant,
    stale: bool,
}

impl Attempts<'_> {
    /// A connection for the next attempt.
    pub(super) async fn conn(&self) -> Result<Busy, StoreError> {
        let conn = self.readers.pick().get(self.deadline).await?;
        conn.busy.fetch_add(1, Ordering::Relaxed);
        Ok(Busy(conn))
    }

    /// Returns where there is to be another attempt.
    pub(super) async fn failed(&mut self, conn: &Conn, error: QueryError) -> Result<(), StoreError> {
        let error = match error {
            QueryError::Driver(error) if is_stale_plan(&error) && !self.stale => {
                self.stale = true;
                conn.forget_statements();
                return Ok(());
            }
            QueryError::Driver(error) if is_lost(&error) && Instant::now() + AGAIN < self.deadline => {
                // It is about to be seen to be closed; the next attempt has another one then.
                let _ = timeout_at(self.deadline.min(Instant::now() + AGAIN), conn.ended()).await;
                return Ok(());
            }
            error => StoreError::from(error),
        };
        Err(error)
    }
}

/// A connection that counts who uses it.
pub(super) struct Busy(Arc<Conn>);

impl std::ops::Deref for Busy {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why a query failed: the server, or what it answered.
pub(super) enum QueryError {
    Driver(tokio_postgres::Error),
    Store(StoreError),
}

impl From<tokio_postgres::Error> for QueryError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryError> for StoreError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Driver(error) => store_error(error),
            QueryError::Store(error) => error,
        }
    }
}
