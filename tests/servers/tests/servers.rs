//! What the other tests rely on: servers come up, go down as they are told, come back with their data, and leave
//! nothing behind.

#![cfg(test)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use sunledger_test_servers::{Cluster, NatsServer, Reaper, Version};

/// Sends lines to a NATS server and returns what it answers until `end`.
fn talk(server: &NatsServer, lines: &str, end: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let hello = r#"CONNECT {"verbose":false,"headers":true}"#;
    socket.write_all(format!("{hello}\r\nSUB answer 1\r\n{lines}").as_bytes()).unwrap();
    let mut heard = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&heard).contains(end) {
        let count = socket.read(&mut part).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&part[..count]);
    }
    String::from_utf8(heard).unwrap()
}

fn ask(server: &NatsServer, subject: &str, body: &str) -> String {
    talk(server, &format!("PUB {subject} answer {}\r\n{body}\r\n", body.len()), "}\r\n")
}

fn stream_of(server: &NatsServer) -> String {
    ask(server, "$JS.API.STREAM.INFO.kept", "")
}

#[test]
fn nats_servers_of_both_versions_keep_their_streams() {
    for version in [Version::Installed, Version::Newest].into_iter().filter_map(Version::or_skip) {
        let server = NatsServer::start_with(version, "max_payload: 2MB");
        assert!(server.version().starts_with("2."), "{}", server.version());
        assert!(talk(&server, "PING\r\n", "PONG").contains("\"max_payload\":2097152"));
        let made = ask(&server, "$JS.API.STREAM.CREATE.kept", r#"{"name":"kept","subjects":["kept"]}"#);
        assert!(made.contains("\"config\""), "{made}");
        assert!(ask(&server, "kept", "one").contains("\"seq\":1"));
        server.stop();
        let copy = server.copy();
        server.up();
        assert!(ask(&server, "kept", "two").contains("\"seq\":2"));
        server.kill9();
        server.up();
        assert!(stream_of(&server).contains("\"messages\":2"), "{}", server.log());
        server.kill9();
        server.put_back(&copy);
        server.up();
        assert!(stream_of(&server).contains("\"messages\":1"));
        server.stop();
        server.wipe();
        server.up();
        assert!(stream_of(&server).contains("stream not found"));
    }
}

#[test]
fn a_paused_nats_server_answers_when_it_is_let_go_on() {
    let server = NatsServer::start();
    server.pause();
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| talk(&server, "PING\r\n", "PONG"));
        std::thread::sleep(Duration::from_millis(200));
        assert!(!asked.is_finished());
        server.resume();
        asked.join().unwrap()
    });
    assert!(asked.contains("PONG"));
}

#[test]
fn a_cluster_comes_back_with_its_data() {
    let cluster = Cluster::private(&[("fsync", "on")]);
    let database = cluster.database();
    let run = |statement: &str| cluster.try_on(&database.url(), statement);
    run("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)").unwrap();
    for end in [Cluster::stop_immediately, Cluster::stop, Cluster::kill9] {
        end(&cluster);
        assert!(run("SELECT 1").is_err());
        cluster.up();
        run("UPDATE kept SET n = n + 1").unwrap();
    }
    run("DO $$ BEGIN IF (SELECT n FROM kept) <> 4 OR current_setting('fsync') <> 'on' THEN RAISE 'lost'; END IF; END $$")
        .unwrap();
    cluster.pause();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| run("SELECT 1"));
        std::thread::sleep(Duration::from_millis(200));
        assert!(!asked.is_finished());
        cluster.resume();
        asked.join().unwrap().unwrap();
    });
}

#[test]
fn a_cluster_leaves_no_shared_memory_behind() {
    let ways: [fn(&Cluster); 2] = [|_| {}, Cluster::pause];
    for leave in ways {
        let cluster = Cluster::private(&[]);
        let lines = std::fs::read_to_string(cluster.data().join("postmaster.pid")).unwrap();
        let process = lines.lines().next().unwrap().to_owned();
        // Who made each segment, where the system tells.
        let segments = || {
            let table = std::fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
            table.lines().filter(|line| line.split_whitespace().nth(4) == Some(&*process)).count()
        };
        assert_eq!(segments(), usize::from(Path::new("/proc/sysvipc/shm").exists()));
        leave(&cluster);
        drop(cluster);
        assert_eq!(segments(), 0);
    }
}

#[test]
fn databases_are_dropped_with_their_test() {
    let cluster = Cluster::get();
    let (one, other) = (cluster.database(), cluster.database());
    assert_ne!(one.name(), other.name());
    let url = one.url();
    cluster.try_on(&url, "SELECT 1").unwrap();
    drop(one);
    assert!(cluster.try_on(&url, "SELECT 1").unwrap_err().contains("does not exist"));
}

/// Whether a process exists and is more than a dead entry.
fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Not a test of its own: the process that `what_a_killed_test_has_started_is_cleaned_up` kills.
#[test]
fn child() {
    if std::env::var_os("SUNLEDGER_TEST_CHILD").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap().keep();
    let reaper = Reaper::of(Some(&folder));
    let mut sleeper = Command::new("sleep").arg("600").stdout(Stdio::null()).spawn().unwrap();
    reaper.watch(Some(sleeper.id()));
    println!("\nstarted {} {}", sleeper.id(), folder.display());
    sleeper.wait().unwrap();
}

#[test]
fn what_a_killed_test_has_started_is_cleaned_up() {
    let mut test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("SUNLEDGER_TEST_CHILD", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut heard = String::new();
    let mut output = test.stdout.take().unwrap();
    let mut byte = [0];
    while !heard.contains("started ") || !heard.ends_with('\n') {
        output.read_exact(&mut byte).unwrap();
        heard.push(char::from(byte[0]));
    }
    let (pid, folder) = heard.split_once("started ").unwrap().1.trim().split_once(' ').unwrap();
    let pid = pid.parse().unwrap();
    assert!(lives(pid) && Path::new(folder).is_dir());
    test.kill().unwrap();
    test.wait().unwrap();
    soon("the process is gone", || !lives(pid));
    soon("the folder is gone", || !Path::new(folder).exists());
}
