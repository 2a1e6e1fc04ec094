//! Makes the storage that tests start from, for `scripts/test`: the one for SQLite in the folder that it is given, the one
//! for Postgres in the cluster of the tests.

fn main() {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| "template".into());
    sunledger_tests::template::make(folder.as_ref());
}
