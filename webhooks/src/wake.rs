//! The lanes, shared: the fan-out puts into them what it has made, and the worker takes it out. And the way to the worker's
//! recorder, for what is put into them before it is written.

use crate::job::{Job, LaneKey};
use crate::lanes::{Lanes, Limits};
use crate::page::Page;
use crate::recorder::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

/// The lanes of one session.
#[derive(Debug)]
pub(crate) struct Wake {
    lanes: Mutex<Lanes>,
    /// While there is a worker.
    recorder: Mutex<Option<UnboundedSender<Entry>>>,
    notify: Notify,
}

impl Wake {
    /// Lanes without anything in them.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { lanes: Mutex::new(Lanes::new(limits)), recorder: Mutex::default(), notify: Notify::new() }
    }

    /// The lanes, for a moment.
    pub(crate) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recorder(&self) -> MutexGuard<'_, Option<UnboundedSender<Entry>>> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is a worker, with this recorder: from now on the lanes take new deliveries.
    pub(crate) fn open(&self, recorder: UnboundedSender<Entry>) {
        *self.recorder() = Some(recorder);
        self.lanes().open();
    }

    /// There is no worker any more: takes back all that waits.
    pub(crate) fn close(&self) -> Vec<Job> {
        *self.recorder() = None;
        self.lanes().close()
    }

    /// Whether somebody writes pages.
    pub(crate) fn is_open(&self) -> bool {
        self.recorder().is_some()
    }

    /// Hands over a page, and then its claimed deliveries: when the first of them ends, the recorder knows whose it is.
    /// Where there is no recorder any more the page is dropped, and whoever waits for it is told by that.
    pub(crate) fn hand_over(&self, page: Page, jobs: Vec<Job>) {
        if let Some(recorder) = &*self.recorder()
            && recorder.send(Entry::Page(page)).is_ok()
        {
            self.put(jobs);
        }
    }

    /// Puts deliveries that are claimed into their lanes.
    pub(crate) fn put(&self, jobs: Vec<Job>) {
        if !jobs.is_empty() {
            self.lanes().put(jobs);
            self.wake();
        }
    }

    /// The tables have something for these lanes, due at a time (microseconds).
    pub(crate) fn due(&self, keys: impl IntoIterator<Item = LaneKey>, at: i64) {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_some() {
            let mut lanes = self.lanes();
            keys.for_each(|key| lanes.due(key, at));
            drop(lanes);
            self.wake();
        }
    }

    /// There is something to do for the worker.
    fn wake(&self) {
        self.notify.notify_one();
    }

    /// Waits until somebody woke the worker since the last wait.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }
}
