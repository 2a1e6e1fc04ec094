//! How hard a fault test tries, and the figures that it leaves.
//!
//! Every fault is tested in a short form with all other tests, and in a long one where `SUNLEDGER_FAULTS=long` (which
//! `scripts/test --faults` sets).

use std::fmt::Display;
use std::io::Write;

/// Whether the long form is asked for.
#[must_use]
pub fn long() -> bool {
    std::env::var("SUNLEDGER_FAULTS").is_ok_and(|form| form == "long")
}

/// A count or a duration of the form that is asked for.
pub fn pick<T>(short: T, in_full: T) -> T {
    if long() { in_full } else { short }
}

/// The figures of one fault test, told when dropped, also by a test that failed: to the file that
/// `SUNLEDGER_FIGURES` names, else on stdout.
#[derive(Debug)]
pub struct Figures {
    line: String,
}

impl Figures {
    /// Begins with what was done to the program.
    #[must_use]
    pub fn of(fault: &str) -> Self {
        Self { line: format!("{fault}:") }
    }

    /// One more figure.
    pub fn add(&mut self, name: &str, value: impl Display) {
        let comma = if self.line.ends_with(':') { "" } else { "," };
        self.line = format!("{}{comma} {name} {value}", self.line);
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        let verdict = if std::thread::panicking() { " (FAILED)" } else { "" };
        let line = format!("{}{verdict}\n", self.line);
        let file = std::env::var_os("SUNLEDGER_FIGURES").filter(|path| !path.is_empty());
        let written = file.map(|path| {
            // One write of one line: tests of several processes append to the same file.
            std::fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())
        });
        if !matches!(written, Some(Ok(()))) {
            print!("{line}");
        }
    }
}
