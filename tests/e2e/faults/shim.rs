//! A disk that lies to one program: see `shim.c`, which is compiled here and put before the program's C library.

use std::path::{Path, PathBuf};
use std::process::Command;
use sunledger_tests::{Backend, Options, Server};
use tempfile::TempDir;

/// What can be wrong with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Syncing fails, and what was to be synced never reaches the disk.
    Sync,
    /// Writing fails.
    Write,
    /// Files do not grow.
    Full,
}

impl Fault {
    fn file(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Write => "write",
            Self::Full => "full",
        }
    }
}

/// The disk under one server's data.
pub(super) struct Disk {
    folder: TempDir,
    data: PathBuf,
}

impl Disk {
    /// A server on SQLite whose data lie on such a disk.
    pub(super) fn serve() -> (Self, Server) {
        let server = Server::prepare(Backend::Sqlite, Options::new());
        let folder = tempfile::Builder::new().prefix("sunledger-test-disk-").tempdir().unwrap();
        let disk = Self { folder, data: server.place().data() };
        for part in ["switches", "copy"] {
            std::fs::create_dir(disk.part(part)).unwrap();
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/faults/shim.c");
        let library = disk.part("shim.so");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).args(["-ldl", "-lpthread"]);
        let compiled = compile.output().unwrap();
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        server.configure(|options| {
            options
                .set("LD_PRELOAD", &text(&library))
                .set("SHIM_FOLDER", &text(&disk.data))
                .set("SHIM_DISK", &text(&disk.part("copy")))
                .set("SHIM_SWITCHES", &text(&disk.part("switches")))
        });
        server.up();
        (disk, server)
    }

    fn part(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// From now on this is wrong with the files whose names contain `files`.
    pub(super) fn begin(&self, fault: Fault, files: &str) {
        // Made elsewhere and moved: the program must not read it half-written.
        let draft = self.part("draft");
        std::fs::write(&draft, files).unwrap();
        std::fs::rename(draft, self.part("switches").join(fault.file())).unwrap();
    }

    /// And from now on it is not.
    pub(super) fn end(&self, fault: Fault) {
        std::fs::remove_file(self.part("switches").join(fault.file())).unwrap();
    }

    /// The power goes: the program ends, and of its files is left what had reached the disk.
    pub(super) fn power_cut(&self, server: &Server) {
        server.kill9();
        for file in std::fs::read_dir(&self.data).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        for file in std::fs::read_dir(self.part("copy")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), self.data.join(file.file_name())).unwrap();
        }
    }
}
