//! Running one test on one backend.

use crate::{Backend, Server, Tenant, faults};
use std::future::Future;
use std::time::Duration;

/// No test may take longer: one that hangs must say so instead of holding up the suite.
fn limit() -> Duration {
    Duration::from_secs(faults::pick(120, 1_200))
}

/// What a test is given.
pub trait Fixture: Sized {
    /// Sets it up.
    fn prepare(backend: Backend) -> Self;
}

impl Fixture for Server {
    fn prepare(backend: Backend) -> Self {
        Self::start(backend)
    }
}

impl Fixture for Tenant {
    fn prepare(backend: Backend) -> Self {
        Self::on(&Server::shared(backend))
    }
}

impl Fixture for Backend {
    fn prepare(backend: Backend) -> Self {
        backend
    }
}

/// Runs `test` with its fixture on `backend`.
pub fn run<F: Fixture, T: Future<Output = ()>>(backend: Backend, test: impl FnOnce(F) -> T) {
    let fixture = F::prepare(backend);
    // One thread: what the test spawns runs while it waits, and a fixture that is dropped by a panic knows it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(async { tokio::time::timeout(limit(), Box::pin(test(fixture))).await });
    assert!(outcome.is_ok(), "the test did not finish within {} s", limit().as_secs());
}
