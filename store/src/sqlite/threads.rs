//! SQLite works on threads of its own: a task is sent to one, and awaited. The runtime's threads never wait for a
//! disk or a lock.

use super::connection::{self, Role};
use crate::StoreError;
use crate::pools::{Mark, Pool, Purpose};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long a query waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// Work for a connection. It answers by itself, and tells whether the connection is to be thrown away.
pub(crate) type Task = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> bool + Send>;

/// A task and its answer to come. It is not begun once nobody waits for the answer, nor later than `turn` from now: a
/// queue that has grown too long is shortened by those at its end, and not by making everybody wait.
pub(crate) fn task<T: Send + 'static>(
    turn: Duration,
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Task, oneshot::Receiver<Result<T, StoreError>>) {
    let (answer, answered) = oneshot::channel();
    let since = Instant::now();
    let task: Task = Box::new(move |connection| {
        if answer.is_closed() {
            return false;
        }
        if since.elapsed() > turn {
            let _ = answer.send(Err(StoreError::Unavailable("too many queries wait for their turn".into())));
            return false;
        }
        let result = connection.and_then(work);
        let broken = matches!(result, Err(StoreError::Unavailable(_) | StoreError::Damaged(_)));
        let _ = answer.send(result);
        broken
    });
    (task, answered)
}

/// A connection that is opened when it is needed, and again after it broke.
pub(crate) struct Held {
    path: PathBuf,
    role: Role,
    pool: &'static Pool,
    connection: Option<(Connection, Mark)>,
}

impl Held {
    pub(crate) fn new(path: PathBuf, role: Role) -> Self {
        let purpose = if role == Role::Reader { Purpose::Read } else { Purpose::Write };
        Self { pool: Pool::of_file(&path, purpose), path, role, connection: None }
    }

    pub(crate) fn get(&mut self) -> Result<&mut Connection, StoreError> {
        match &mut self.connection {
            Some((connection, _)) => Ok(connection),
            empty => {
                let opened = connection::open(&self.path, self.role).inspect_err(|_| self.pool.failed())?;
                Ok(&mut empty.insert((opened, self.pool.opened())).0)
            }
        }
    }

    /// Closes it: after a failed write nobody knows what SQLite still believes about the file.
    pub(crate) fn discard(&mut self) {
        self.connection = None;
    }

    /// Counts work on it for the metrics.
    pub(crate) fn busy(&self) -> Mark {
        self.pool.busy()
    }

    pub(crate) fn run(&mut self, task: Task) {
        let _busy = self.busy();
        if task(self.get()) {
            self.discard();
        }
    }
}

/// Threads that share a queue of tasks. They end when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Threads {
    queue: Queue,
}

/// The callers' end of a queue of tasks, which counts those that wait in it.
#[derive(Clone)]
pub(crate) struct Queue {
    pool: &'static Pool,
    tasks: mpsc::Sender<(Task, Mark)>,
}

impl Queue {
    /// Both ends of a queue for threads of one pool.
    pub(crate) fn new(pool: &'static Pool) -> (Self, mpsc::Receiver<(Task, Mark)>) {
        let (tasks, received) = mpsc::channel();
        (Self { pool, tasks }, received)
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        turn: Duration,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (task, answered) = task(turn, work);
        self.tasks.send((task, self.pool.waiting())).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Threads {
    pub(crate) fn start(
        name: &str,
        path: &std::path::Path,
        role: Role,
        count: usize,
    ) -> Result<Self, StoreError> {
        let (queue, tasks) = Queue::new(Pool::of_file(path, Purpose::Read));
        let tasks = Arc::new(Mutex::new(tasks));
        for index in 0..count.max(1) {
            let tasks = tasks.clone();
            let mut held = Held::new(path.to_owned(), role);
            spawn(&format!("{name}-{index}"), move || {
                loop {
                    // One idle thread waits in here, the others for their turn.
                    let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match next {
                        Ok((task, waited)) => {
                            drop(waited);
                            held.run(task);
                        }
                        Err(_) => return,
                    }
                }
            })?;
        }
        Ok(Self { queue })
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue.run(TURN, work).await
    }
}

pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| StoreError::Unavailable(format!("thread {name}: {error}")))
}

pub(crate) fn ended() -> StoreError {
    StoreError::Unavailable("a thread of the store has ended".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_waits_for_any_more_is_not_begun() {
        let mut connection = Connection::open_in_memory().unwrap();
        let (task, answered) = task(Duration::MAX, |_| -> Result<(), StoreError> { panic!("it was begun") });
        drop(answered);
        assert!(!task(Ok(&mut connection)));
    }

    #[test]
    fn whoever_had_to_wait_too_long_is_told_so_and_the_connection_stays() {
        let mut connection = Connection::open_in_memory().unwrap();
        let (task, mut answered) = task(Duration::ZERO, |_| Ok(()));
        std::thread::sleep(Duration::from_millis(1));
        assert!(!task(Ok(&mut connection)), "the connection is thrown away");
        assert!(matches!(answered.try_recv(), Ok(Err(StoreError::Unavailable(_)))));
    }
}
