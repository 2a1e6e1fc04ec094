//! Makes the storage that tests start from, for `scripts/test`: the one for SQLite in the folder that it is given, the one
//! for Postgres in the cluster of the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: test-template FOLDER");
        return ExitCode::from(2);
    };
    sunledger_tests::template::make(folder.as_ref());
    ExitCode::SUCCESS
}
