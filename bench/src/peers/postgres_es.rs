//! postgres-es with one view: a program outside the workspace (it needs another `sqlx`), built when it is first needed.

use crate::Failure;
use crate::process::Clerk;
use crate::table::Rate;
use std::process::Command;
use std::time::Duration;

/// The running peer.
pub(crate) struct PostgresEs(Clerk);

impl PostgresEs {
    /// Builds and starts it.
    pub(crate) fn start(url: &str) -> Result<Self, Failure> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/postgres-es/Cargo.toml");
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--release", "--quiet", "--manifest-path", manifest, "--", url]);
        Ok(Self(Clerk::start(&mut command)?))
    }

    /// Makes invoices with 5 events each.
    pub(crate) fn seed(&mut self, invoices: usize) -> Result<(), Failure> {
        self.0.ask(&format!("seed {invoices}")).map(drop)
    }

    /// The same commands as Sunledger's, by so many callers.
    pub(crate) fn change(&mut self, callers: usize, time: Duration) -> Result<Rate, Failure> {
        match self.0.ask(&format!("change {callers} {}", time.as_millis()))?.as_slice() {
            [rate, p50, p99] => Ok(Rate { rate: *rate, p50: *p50 as u32, p99: *p99 as u32 }),
            other => Err(format!("not three figures: {other:?}").into()),
        }
    }

    /// Events a second of its own replay into its view.
    pub(crate) fn replay(&mut self, time: Duration) -> Result<f64, Failure> {
        self.figure(&format!("replay {}", time.as_millis()))
    }

    /// How many events of invoices it finds in Sunledger's own log.
    pub(crate) fn read_our_log(&mut self) -> Result<f64, Failure> {
        self.figure("read")
    }

    fn figure(&mut self, order: &str) -> Result<f64, Failure> {
        Ok(self.0.ask(order)?.first().copied().ok_or("no figure")?)
    }
}
