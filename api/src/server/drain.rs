//! Whether the server is about to stop.

use tokio::sync::watch;

/// Tells everybody who waits for something that the server is about to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Drain(watch::Sender<bool>);

impl Default for Drain {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Drain {
    /// From now on the server is stopping.
    pub fn start(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is.
    pub fn has_started(&self) -> bool {
        *self.0.borrow()
    }

    /// True once it is, for tasks that look now and then.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }

    /// Returns once it is. Long polls and streams wait for this beside what they wait for.
    pub async fn started(&self) {
        // The sender lives as long as `self`, so waiting ends only when it is true.
        let _ = self.0.subscribe().wait_for(|stopping| *stopping).await;
    }
}
