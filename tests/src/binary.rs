//! Where the program under test lies.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Path of the `sunledger` program: `SUNLEDGER_BIN`, else the one beside this test's own build, which is built
/// when it is missing (and never rebuilt: `scripts/test` builds first).
///
/// # Panics
/// When there is none and none can be built.
#[must_use]
pub fn path() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(given) = std::env::var_os("SUNLEDGER_BIN") {
            let given = PathBuf::from(given);
            assert!(given.is_file(), "SUNLEDGER_BIN names {}, which is no file", given.display());
            return given;
        }
        let test = std::env::current_exe().expect("the path of the running test");
        let profile = test.parent().and_then(|deps| deps.parent()).expect("target/<profile>/deps/<test>");
        let program = profile.join("sunledger");
        if !program.is_file() {
            build();
        }
        assert!(
            program.is_file(),
            "{} is missing: run `cargo build --workspace`, or set SUNLEDGER_BIN",
            program.display()
        );
        program
    })
}

fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--package", "sunledger", "--locked"]).status();
    assert!(matches!(&built, Ok(status) if status.success()), "building sunledger failed: {built:?}");
}
