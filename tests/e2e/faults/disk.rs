//! A full disk under SQLite, a real one where the system lets a test have it: what is there can be read, what is asked for
//! is refused, and when somebody makes room all goes on by itself.

use super::shim::{Disk, Fault};
use super::{excused, reckoned, subscribed};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Api, Backend, Load, Options, Server, eventually, run};
use tempfile::TempDir;

/// Mounts a small file system where only its own process and whoever enters its namespace see it: it is gone with the
/// process. Told to, it fills it or makes room.
const KEEPER: &str = r#"
mount -t tmpfs -o size="$1" tmpfs "$2" || exit 1
echo ready
while read -r what; do
    case $what in
        full) cat /dev/zero >"$2/ballast" 2>/dev/null ;;
        room) rm "$2/ballast" ;;
    esac
    echo "$what"
done
"#;

/// A disk that can be filled.
enum Small {
    Mounted(Mounted),
    /// Where nothing can be mounted: one that only says that it is full.
    Feigned(Disk),
}

struct Mounted {
    keeper: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: TempDir,
}

impl Mounted {
    fn try_new(size: &str) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("sunledger-test-small-").tempdir().unwrap();
        let mut keeper = Command::new("unshare")
            .args(["-Urm", "sh", "-c", KEEPER, "sh", size])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (orders, answers) = (keeper.stdin.take(), BufReader::new(keeper.stdout.take().unwrap()));
        let mut mounted = Self { keeper, orders, answers, folder };
        (mounted.answer() == "ready").then_some(mounted)
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn order(&mut self, what: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{what}").unwrap();
        assert_eq!(self.answer(), what);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(self.orders.take());
        // It ends by itself, its input having ended.
        let _ = self.keeper.wait();
    }
}

impl Small {
    /// A server on such a disk.
    fn serve() -> (Self, Server) {
        let Some(mounted) = Mounted::try_new("48m") else {
            let (disk, server) = Disk::serve();
            return (Self::Feigned(disk), server);
        };
        let pid = mounted.keeper.id().to_string();
        let data = mounted.folder.path().join("data");
        let options = Options::new().set("SUNLEDGER_DATA", data.to_str().unwrap()).under(&[
            "nsenter",
            "--preserve-credentials",
            "-U",
            "-m",
            "-t",
            &pid,
        ]);
        (Self::Mounted(mounted), Server::start_with(Backend::Sqlite, options))
    }

    fn fill(&mut self) {
        match self {
            Self::Mounted(mounted) => mounted.order("full"),
            Self::Feigned(disk) => disk.begin(Fault::Full, ""),
        }
    }

    fn make_room(&mut self) {
        match self {
            Self::Mounted(mounted) => mounted.order("room"),
            Self::Feigned(disk) => disk.end(Fault::Full),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Mounted(_) => "tmpfs",
            Self::Feigned(_) => "feigned",
        }
    }
}

/// Until the time is up or nothing can be written any more, and then a little longer.
async fn reads_go_on(api: &Api, load: &Load, length: Duration) {
    let began = Instant::now();
    let (mut acknowledged, mut since) = (load.acknowledged(), Instant::now());
    while since.elapsed() < length && began.elapsed() < 10 * length {
        for path in
            ["/api/v1/invoices?limit=5", "/api/v1/clients/1", "/audit?limit=5", "/health/live", "/metrics"]
        {
            let _ = api.get(path).await.expect(200);
        }
        if load.acknowledged() > acknowledged {
            (acknowledged, since) = (load.acknowledged(), Instant::now());
        }
    }
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room() {
    run(Backend::Sqlite, |_: Backend| async {
        let (mut disk, server) = Small::serve();
        let mut figures = Figures::of("full disk, SQLite");
        let api = server.api();
        let receiver = subscribed(&api).await;
        let load = Load::start(&[&server], 8).await;
        let (mut slowest, rounds) = (Duration::ZERO, pick(2, 10));
        for _ in 0..rounds {
            load.progress(30).await;
            disk.fill();
            reads_go_on(&api, &load, Duration::from_millis(pick(700, 5_000))).await;
            let refused = api.post("/api/v1/invoices", Api::bill("1", "10")).await;
            excused(&refused);
            disk.make_room();
            let since = Instant::now();
            load.progress(1).await;
            slowest = slowest.max(since.elapsed());
        }
        load.progress(30).await;
        let outcome = load.stop().await;
        assert!(outcome.answers[&503] > rounds, "nothing was refused: the disk was not full");
        eventually("the server is ready again", || async {
            (api.get("/health/ready").await.status == 200).then_some(())
        })
        .await;
        figures.add("disk", disk.kind());
        figures.add("fillings", rounds);
        figures.add("slowest recovery ms", slowest.as_millis());
        let there = reckoned(&mut figures, &outcome, &server).await;
        receiver.all(there).await;
        // It is all on the disk, not in somebody's memory.
        server.kill9();
        server.up();
        let _ = outcome.settle(&server).await;
        drop(server);
        drop(disk);
    });
}
