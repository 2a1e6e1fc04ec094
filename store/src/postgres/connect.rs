//! Connections: made, made again after they were lost, and their prepared statements.

use super::errors::{is_lost, is_stale_plan, store_error};
use super::tls::Wish;
use crate::StoreError;
use crate::pools::{Mark, Pool};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long one call tries before it says that the server is away.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Queries that share a connection at most; past them, callers wait for their turn.
const SHARE: usize = 8;
/// How long a query waits for a lost connection to be seen to be closed.
const AGAIN: Duration = Duration::from_millis(50);
/// Statements that a connection keeps prepared; past them it begins anew.
const PREPARED: usize = 512;

/// What every connection is set to, so that what it holds (a row, a table, the order of appends) is free again within
/// seconds: of a machine that vanished; of a process that was paused in the middle of a transaction, or of reading a long
/// answer.
const LET_GO: &str = "SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; \
    SET tcp_user_timeout = 10000; SET idle_in_transaction_session_timeout = 5000";

/// What is called with the payload of every notification.
pub(super) type OnNotify = Box<dyn Fn(&str) + Send>;

/// Makes connections of one sort.
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    setup: String,
    pool: &'static Pool,
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
        Ok(Self { config, tls, setup: format!("{LET_GO}; {setup}"), pool: Pool::of_connector(name) })
    }

    /// One attempt.
    pub(super) async fn connect(&self, notify: Option<OnNotify>) -> Result<Conn, StoreError> {
        self.try_connect(notify).await.inspect_err(|_| self.pool.failed())
    }

    async fn try_connect(&self, notify: Option<OnNotify>) -> Result<Conn, StoreError> {
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
        let (pool, open) = (self.pool, self.pool.opened());
        Ok(Conn {
            client,
            ended,
            statements: Mutex::default(),
            busy: AtomicUsize::new(0),
            heard: Mutex::new(Instant::now()),
            given_up: AtomicBool::new(false),
            pool,
            _open: open,
        })
    }

    /// Attempts with growing pauses, until the deadline.
    pub(super) async fn connect_until(&self, deadline: Instant) -> Result<Conn, StoreError> {
        let mut pause = Duration::from_millis(20);
        loop {
            let error = match timeout_at(deadline, self.connect(None)).await {
                Ok(Err(StoreError::Unavailable(error))) => StoreError::Unavailable(error),
                Ok(done) => return done,
                Err(_) => {
                    self.pool.failed();
                    StoreError::Unavailable("the server did not answer in time".into())
                }
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
    /// When it answered last.
    heard: Mutex<Instant>,
    given_up: AtomicBool,
    pool: &'static Pool,
    _open: Mark,
}

impl Conn {
    /// Counts a use of it for the metrics.
    pub(super) fn used(&self) -> Mark {
        self.pool.busy()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || *self.ended.borrow() || self.given_up.load(Ordering::Relaxed)
    }

    /// Waits for an answer, but not for ever: a server that hangs keeps its connections. One that has answered nobody
    /// for so long is given up, or what it is asked would heap up in front of it.
    pub(super) async fn answer<T, E: From<StoreError>>(
        &self,
        within: Duration,
        query: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let answer = timeout_at(Instant::now() + within, query).await;
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if answer.is_ok() {
            *heard = Instant::now();
        } else if heard.elapsed() >= within {
            self.given_up.store(true, Ordering::Relaxed);
        }
        answer.unwrap_or_else(|_| {
            Err(StoreError::Unavailable("the server did not answer in time".into()).into())
        })
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
    /// When one was last made beside the callers.
    made_aside: Mutex<Option<Instant>>,
}

impl Slot {
    /// Counts somebody who waits for a turn on the connection, for the metrics.
    pub(super) fn waiting(&self) -> Mark {
        self.connector.pool.waiting()
    }

    pub(super) fn new(connector: Arc<Connector>) -> Self {
        let making = tokio::sync::Mutex::new(());
        Self { connector, current: RwLock::new(None), making, made_aside: Mutex::default() }
    }

    fn live(&self) -> Option<Arc<Conn>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|conn| !conn.is_closed()).cloned()
    }

    /// How many use it; `None` where there is no connection.
    fn users(&self) -> Option<usize> {
        self.live().map(|conn| conn.busy.load(Ordering::Relaxed))
    }

    /// Makes the connection while nobody waits for it.
    fn make_aside(self: &Arc<Self>) {
        let mut made = self.made_aside.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_some_and(|made| made.elapsed() < PATIENCE) {
            return;
        }
        *made = Some(Instant::now());
        let slot = self.clone();
        tokio::spawn(async move {
            if let Err(error) = slot.get(Instant::now() + PATIENCE).await {
                tracing::debug!(%error, "one connection more is not to be had");
            }
        });
    }

    /// The connection, a new one where the old one is lost.
    pub(super) async fn get(&self, deadline: Instant) -> Result<Arc<Conn>, StoreError> {
        if let Some(conn) = self.live() {
            return Ok(conn);
        }
        let _waiting = self.connector.pool.waiting();
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
    slots: Vec<Arc<Slot>>,
    next: AtomicUsize,
    /// Whoever is sent to a connection has to wait for those before him on that one; here the first goes to whichever is
    /// free first, and who gave up takes up no place.
    turns: Semaphore,
    /// How long a query may take.
    within: Duration,
}

impl Readers {
    pub(super) fn new(connector: &Arc<Connector>, count: usize, within: Duration) -> Self {
        let slots = (0..count.max(1)).map(|_| Arc::new(Slot::new(connector.clone()))).collect();
        let turns = Semaphore::new(SHARE * count.max(1));
        Self { slots, next: AtomicUsize::new(0), turns, within }
    }

    /// The least busy one, going round. Nobody waits for a connection while there is another: the server may have none
    /// left for us, and what is missing is made beside.
    fn pick(&self) -> &Slot {
        let start = self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let (before, after) = self.slots.split_at(start);
        let round = || after.iter().chain(before);
        let live = round().filter_map(|slot| Some((slot.users()?, slot)));
        let Some((users, slot)) = live.min_by_key(|(users, _)| *users) else { return &self.slots[start] };
        if users > 0
            && let Some(missing) = round().find(|slot| slot.users().is_none())
        {
            missing.make_aside();
        }
        slot
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

impl<'r> Attempts<'r> {
    /// A connection for the next attempt.
    pub(super) async fn conn(&self) -> Result<Busy<'r>, StoreError> {
        let turn = self.turn().await?;
        let conn = self.readers.pick().get(self.deadline).await?;
        conn.busy.fetch_add(1, Ordering::Relaxed);
        let used = conn.used();
        Ok(Busy { conn, _used: used, _turn: turn })
    }

    async fn turn(&self) -> Result<SemaphorePermit<'r>, StoreError> {
        if let Ok(turn) = self.readers.turns.try_acquire() {
            return Ok(turn);
        }
        let _waiting = self.readers.slots[0].waiting();
        match timeout_at(self.deadline, self.readers.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(StoreError::Unavailable("too many queries wait for their turn".into())),
        }
    }

    /// A query on it.
    pub(super) async fn ask<T>(
        &self,
        conn: &Conn,
        query: impl Future<Output = Result<T, QueryError>>,
    ) -> Result<T, QueryError> {
        conn.answer(self.readers.within, query).await
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
pub(super) struct Busy<'r> {
    conn: Arc<Conn>,
    _used: Mark,
    _turn: SemaphorePermit<'r>,
}

impl std::ops::Deref for Busy<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.conn.busy.fetch_sub(1, Ordering::Relaxed);
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
