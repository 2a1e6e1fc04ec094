//! SQLite works on threads of its own: a task is sent to one, and awaited. The runtime's threads never wait for a
//! disk or a lock.

use super::connection::{self, Role};
use crate::StoreError;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use tokio::sync::oneshot;

/// Work for a connection. It answers by itself, and tells whether the connection is to be thrown away.
pub(crate) type Task = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> bool + Send>;

/// A task and its answer to come.
pub(crate) fn task<T: Send + 'static>(
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Task, oneshot::Receiver<Result<T, StoreError>>) {
    let (answer, answered) = oneshot::channel();
    let task: Task = Box::new(move |connection| {
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
    connection: Option<Connection>,
}

impl Held {
    pub(crate) fn new(path: PathBuf, role: Role) -> Self {
        Self { path, role, connection: None }
    }

    pub(crate) fn get(&mut self) -> Result<&mut Connection, StoreError> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            empty => Ok(empty.insert(connection::open(&self.path, self.role)?)),
        }
    }

    /// Closes it: after a failed write nobody knows what SQLite still believes about the file.
    pub(crate) fn discard(&mut self) {
        self.connection = None;
    }

    pub(crate) fn run(&mut self, task: Task) {
        if task(self.get()) {
            self.discard();
        }
    }
}

/// Threads that share a queue of tasks. They end when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Threads {
    queue: mpsc::Sender<Task>,
}

impl Threads {
    pub(crate) fn start(
        name: &str,
        path: &std::path::Path,
        role: Role,
        count: usize,
    ) -> Result<Self, StoreError> {
        let (queue, tasks) = mpsc::channel::<Task>();
        let tasks = Arc::new(Mutex::new(tasks));
        for index in 0..count.max(1) {
            let tasks = tasks.clone();
            let mut held = Held::new(path.to_owned(), role);
            spawn(&format!("{name}-{index}"), move || {
                loop {
                    // One idle thread waits in here, the others for their turn.
                    let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match next {
                        Ok(task) => held.run(task),
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
        let (task, answered) = task(work);
        self.queue.send(task).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
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
