//! What goes wrong around a log: servers that die, hang and come back, disks that are full. Nothing is lost, nothing
//! happens twice, and nobody is told what is not so.

use crate::support::process::{Task, finish, start, start_small};
use crate::support::proxy::Proxy;
use crate::support::{Place, claim, filled, id, invoice, key, one, refused, tenant};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use sunledger_store::{
    AppendError, Backend, Durability, Log, Param, Rejection, Statement, StoreError, StoreSettings,
};
use sunledger_test_servers::Cluster;
use sunledger_test_servers::postgres::connect;

fn settings(cluster: &Cluster) -> StoreSettings {
    StoreSettings::new(Backend::Postgres { url: cluster.url("postgres") })
}

fn is_away<T>(result: &Result<T, AppendError>) -> bool {
    matches!(result, Err(AppendError::Store(StoreError::Unavailable(_))))
}

/// Appends from many tasks until told to stop; the numbers that were given, and how often the store was away.
fn hammer(log: &Log, stop: &Arc<AtomicBool>) -> Vec<tokio::task::JoinHandle<(Vec<i64>, usize)>> {
    (0..16)
        .map(|_| {
            let (log, stop) = (log.clone(), stop.clone());
            tokio::spawn(async move {
                let (mut given, mut away) = (Vec::new(), 0);
                while !stop.load(Ordering::Relaxed) {
                    match log.append(invoice(&tenant("acme"))).await {
                        Ok(done) => {
                            let stored = &log.read(done.first - 1, 1).await;
                            if let Ok([event]) = stored.as_deref() {
                                let number = format!("\"number\":{},", filled(&done, "number"));
                                assert!(event.payload.contains(&number), "{} {number}", event.payload);
                            }
                            given.push(filled(&done, "number").parse().unwrap());
                        }
                        result if is_away(&result) => away += 1,
                        // A new stream, a new name: there is nothing to conflict with but itself.
                        result => panic!("{result:?}"),
                    }
                }
                (given, away)
            })
        })
        .collect()
}

/// Waits until the log takes appends again.
async fn comes_back(log: &Log) {
    let since = Instant::now();
    while log.append(one(&tenant("acme"), "thing", id(), 0)).await.is_err() {
        assert!(since.elapsed() < Duration::from_secs(10), "the log does not come back");
    }
}

/// Every number that was told is in the log, none twice; those in the log that nobody was told are few.
async fn settle(log: &Log, tasks: Vec<tokio::task::JoinHandle<(Vec<i64>, usize)>>) -> (usize, usize, i64) {
    let (mut told, mut away, mut count) = (BTreeSet::new(), 0, 0);
    for task in tasks {
        let (given, refused) = task.await.unwrap();
        count += given.len();
        told.extend(given);
        away += refused;
    }
    assert_eq!(told.len(), count, "a number was given twice");
    let head = log.check(&|_| ()).await.unwrap();
    let last = told.last().copied().unwrap_or_default();
    assert!(last <= head, "a number was told and is not in the log");
    (count, away, head)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_are_killed_lose_and_repeat_nothing() {
    let place = Place::postgres().await;
    let log = place.log().await;
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = hammer(&log, &stop);
    let Backend::Postgres { url } = place.settings().backend else { panic!("not Postgres") };
    let other = connect(&url).await;
    let reader = tokio::spawn({
        let (log, stop) = (log.clone(), stop.clone());
        async move {
            // Whatever is killed, a query finds another connection.
            let mut reads = 0;
            while !stop.load(Ordering::Relaxed) {
                log.read(0, 10).await.unwrap();
                reads += 1;
            }
            reads
        }
    });
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name LIKE 'sunledger log%'";
    let mut killed = 0;
    for _ in 0..25 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        killed += other.query_one(kill, &[]).await.unwrap().get::<_, i64>(0);
        log.append(one(&tenant("acme"), "thing", id(), 0)).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let (told, away, head) = settle(&log, tasks).await;
    assert!(reader.await.unwrap() > 25);
    assert!(killed >= 25, "{killed} sessions killed");
    // Every break was survived within a call's patience, so every append that happened was told.
    assert_eq!((away, told as i64 + 25), (0, head));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_and_comes_back_is_found_again() {
    let cluster = Cluster::private(&[]);
    let log = Log::open(&settings(&cluster)).await.unwrap();
    let db = sunledger_store::Db::open(&settings(&cluster), "read_1", Durability::Lazy).await.unwrap();
    db.migrate(&[("t", "CREATE TABLE t (n bigint)")]).await.unwrap();
    let lock = log.try_lock("held").await.unwrap().unwrap();
    let mut watch = log.watch();
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = hammer(&log, &stop);
    tokio::time::sleep(Duration::from_millis(300)).await;
    tokio::task::block_in_place(|| cluster.stop_immediately());
    // While it is away, calls say so, in time.
    let since = Instant::now();
    let result = log.append(one(&tenant("acme"), "thing", id(), 0)).await;
    assert!(is_away(&result), "{result:?}");
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
    let since = Instant::now();
    assert!(matches!(log.head().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(db.query("SELECT n FROM t", vec![]).await, Err(StoreError::Unavailable(_))));
    assert!(since.elapsed() < Duration::from_secs(14), "{:?}", since.elapsed());
    assert!(!lock.is_held());
    tokio::task::block_in_place(|| cluster.up());
    // And all is well again by itself.
    comes_back(&log).await;
    stop.store(true, Ordering::Relaxed);
    let (told, away, _) = settle(&log, tasks).await;
    assert!(told > 16 && away > 0, "{told} told, {away} away");
    let insert = Statement { sql: "INSERT INTO t VALUES ($1)".into(), rows: vec![vec![Param::Int(1)]] };
    db.transaction(vec![insert]).await.unwrap();
    assert_eq!(db.query("SELECT n FROM t", vec![]).await.unwrap().len(), 1);
    assert!(log.try_lock("held").await.unwrap().is_some());
    let other = Log::open(&settings(&cluster)).await.unwrap();
    let done = other.append(one(&tenant("acme"), "thing", id(), 0)).await.unwrap();
    let woken =
        tokio::time::timeout(Duration::from_secs(5), watch.wait_for(|head| *head >= done.first)).await;
    assert!(woken.is_ok(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_away_and_what_it_did_later_is_not_done_twice() {
    let place = Place::postgres().await;
    let log = place.log().await;
    let t = tenant("acme");
    log.append(invoice(&t)).await.unwrap();
    // Somebody holds the log's lock: the batch hangs in the server.
    let Backend::Postgres { url } = place.settings().backend else { panic!("not Postgres") };
    let other = connect(&url).await;
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7307001)").await.unwrap();
    let since = Instant::now();
    let result = log.append(invoice(&t)).await;
    assert!(is_away(&result), "{result:?}");
    assert!(since.elapsed() > Duration::from_secs(4) && since.elapsed() < Duration::from_secs(7));
    // It waits still in the server when the next batch is sent, and must not come through behind its back.
    let next = tokio::spawn({
        let (log, append) = (log.clone(), invoice(&t));
        async move { log.append(append).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    other.batch_execute("COMMIT").await.unwrap();
    let done = next.await.unwrap().unwrap();
    assert_eq!((filled(&done, "number").as_str(), done.first), ("2", 2));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(log.check(&|_| ()).await.unwrap(), 2, "an old session wrote beside the new one");
}

/// One append that the database itself refuses, for a reason that the store does not know, fails alone.
async fn one_defect_fails_alone(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    for _ in 0..5 {
        log.append(invoice(&t)).await.unwrap();
    }
    place
        .tamper(if place.is_postgres() {
            "ALTER TABLE events ADD CONSTRAINT no_flood CHECK (payload NOT LIKE '%flood%')"
        } else {
            "CREATE TRIGGER no_flood BEFORE INSERT ON events WHEN new.payload LIKE '%flood%' \
             BEGIN SELECT RAISE(ABORT, 'no flood'); END;"
        })
        .await
        .unwrap();
    let appends: Vec<_> = (0..20)
        .map(|index| {
            let mut append = invoice(&t);
            if index == 7 {
                append.writes[0].events[0].payload.push_str(" flood");
            }
            let log = log.clone();
            tokio::spawn(async move { (index, log.append(append).await) })
        })
        .collect();
    for append in appends {
        let (index, result) = append.await.unwrap();
        assert_eq!(result.is_ok(), index != 7, "{index}: {result:?}");
        assert!(result.is_ok() || matches!(result, Err(AppendError::Store(StoreError::Failed(_)))));
    }
    let done = log.append(invoice(&t)).await.unwrap();
    assert_eq!(filled(&done, "number"), "25");
    assert_eq!(log.check(&|_| ()).await.unwrap(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_defect_fails_alone_on_sqlite() {
    one_defect_fails_alone(&Place::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_defect_fails_alone_on_postgres() {
    one_defect_fails_alone(&Place::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_leaves_nothing_half_written() {
    let place = Place::sqlite().await;
    drop(place.log().await);
    // Another process, whose files may not grow past four megabytes.
    let told = tokio::task::block_in_place(|| finish(start_small(&place, Task::Fill, 4)));
    let told = told.split("told=").nth(1).unwrap().split_whitespace().next().unwrap().parse::<i64>().unwrap();
    assert!(told > 50, "{told}");
    // Somebody made room.
    let log = place.log().await;
    assert_eq!(log.check(&|_| ()).await.unwrap(), told);
    let done = log.append(invoice(&tenant("shared"))).await.unwrap();
    assert_eq!(filled(&done, "number"), (told + 1).to_string());
}

/// A log whose connections go through a proxy.
async fn through_proxy() -> (Place, Proxy, Log) {
    let place = Place::postgres().await;
    let Backend::Postgres { url } = place.settings().backend else { panic!("not Postgres") };
    let proxy = Proxy::start(&url).await;
    let log = Log::open(&StoreSettings::new(Backend::Postgres { url: proxy.url.clone() })).await.unwrap();
    (place, proxy, log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_was_lost_is_recognised_in_the_log() {
    let (_place, proxy, log) = through_proxy().await;
    let t = tenant("acme");
    for round in 1..=10 {
        let mut append = invoice(&t);
        append.key = Some(key(&format!("k{round}"), 1, 0));
        append.take.push(claim("e-mail", &format!("{round}@acme"), append.writes[0].id));
        append.writes.push(one(&t, "thing", id(), 0).writes.remove(0));
        // The server commits, and its answer never arrives.
        proxy.swallow();
        let done = log.append(append).await.unwrap();
        assert!(proxy.swallowed(), "the answer arrived");
        assert_eq!((done.first, done.count), (2 * round - 1, 2));
        assert_eq!(
            (filled(&done, "number"), filled(&done, "label")),
            (round.to_string(), format!("INV-{round:04}"))
        );
    }
    // A refusal that was lost is a refusal.
    let mut again = invoice(&t);
    again.key = Some(key("k1", 1, 0));
    proxy.swallow();
    assert_eq!(refused(log.append(again).await), Rejection::KeyUsed);
    // Several at once, refused ones among them.
    proxy.swallow();
    let appends: Vec<_> = (0..30)
        .map(|index| {
            let mut append = invoice(&t);
            append.writes[0].expected = i64::from(index % 3 == 0);
            let log = log.clone();
            tokio::spawn(async move { (index, log.append(append).await) })
        })
        .collect();
    for append in appends {
        let (index, result) = append.await.unwrap();
        assert_eq!(result.is_ok(), index % 3 != 0, "{index}: {result:?}");
    }
    assert_eq!(log.check(&|_| ()).await.unwrap(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_under_load_lose_and_repeat_nothing() {
    let (_place, proxy, log) = through_proxy().await;
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = hammer(&log, &stop);
    for _ in 0..25 {
        // The answer of the batch that this append is in, or of one that was on its way.
        proxy.swallow();
        log.append(one(&tenant("acme"), "thing", id(), 0)).await.unwrap();
        assert!(proxy.swallowed(), "the answer arrived");
    }
    stop.store(true, Ordering::Relaxed);
    let (told, away, head) = settle(&log, tasks).await;
    assert_eq!((away, told as i64 + 25), (0, head));
}

/// A commit that waits for a standby that is not there happens when its session is ended, though nobody was told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_waits_for_a_standby_is_neither_lost_nor_done_twice() {
    let cluster = Cluster::private(&[]);
    let log = Log::open(&settings(&cluster)).await.unwrap();
    let other = connect(&cluster.url("postgres")).await;
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = hammer(&log, &stop);
    for pause in [Duration::from_millis(500), Duration::from_secs(7)] {
        tokio::time::sleep(Duration::from_millis(200)).await;
        other.batch_execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await.unwrap();
        other.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        tokio::time::sleep(pause).await;
        other.batch_execute("ALTER SYSTEM RESET synchronous_standby_names").await.unwrap();
        other.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    comes_back(&log).await;
    stop.store(true, Ordering::Relaxed);
    let (told, away, _) = settle(&log, tasks).await;
    assert!(told > 50 && away > 0, "{told} told, {away} away");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_whose_connection_hangs_is_given_up() {
    let (_place, proxy, log) = through_proxy().await;
    let lock = log.try_lock("held").await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(lock.is_held());
    proxy.hang();
    let since = Instant::now();
    while lock.is_held() {
        assert!(since.elapsed() < Duration::from_secs(5), "the holder still believes in its lock");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One thread: while it stands still, nothing of the holder runs, as in a process that is paused.
#[tokio::test]
async fn a_holder_that_stands_still_loses_its_lock_and_knows_it_at_once() {
    let place = Place::postgres().await;
    let log = place.log().await;
    let lock = log.try_lock("held").await.unwrap().unwrap();
    let heir = std::thread::spawn({
        let settings = place.settings();
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (other, since) = (Log::open(&settings).await.unwrap(), Instant::now());
                while other.try_lock("held").await.unwrap().is_none() {
                    assert!(since.elapsed() < Duration::from_secs(8), "who stands still keeps its lock");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
        }
    });
    heir.join().unwrap();
    assert!(!lock.is_held(), "it wakes up and believes to be the holder");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!lock.is_held());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_dies_while_it_writes_leaves_a_sound_log() {
    let place = Place::sqlite().await;
    let log = place.log().await;
    for round in 0..5 {
        let mut child = start(&place, Task::Invoices(100_000));
        while log.head().await.unwrap() < (round + 1) * 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // The others go on at once, and numbers have no gap.
        let done = log.append(invoice(&tenant("shared"))).await.unwrap();
        assert_eq!(filled(&done, "number").parse::<i64>().unwrap(), done.first);
        assert_eq!(log.check(&|_| ()).await.unwrap(), log.head().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_as_strict_as_the_url_says() {
    let files = [
        ("ca.crt", include_str!("../support/tls/ca.crt")),
        ("server.crt", include_str!("../support/tls/server.crt")),
        ("server.key", include_str!("../support/tls/server.key")),
    ];
    let cluster = Cluster::private_with(&[("ssl", "on")], &files);
    let roots = cluster.data().join("ca.crt");
    let roots = roots.to_str().unwrap();
    for (host, mode, ok) in [
        ("127.0.0.1", "sslmode=require".to_owned(), true),
        ("127.0.0.1", "sslmode=prefer".to_owned(), true),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={roots}"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={roots}"), true),
        // Somebody else's name; nobody whom the system trusts.
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={roots}"), false),
        ("localhost", "sslmode=verify-full".to_owned(), false),
        ("localhost", "sslmode=verify-ca".to_owned(), false),
    ] {
        let url = format!("postgres://postgres@{host}:{}/postgres?{mode}", cluster.port());
        let settings = StoreSettings::new(Backend::Postgres { url });
        let opened = sunledger_store::Db::open(&settings, "tls", Durability::Durable).await;
        assert_eq!(opened.is_ok(), ok, "{host} {mode}: {:?}", opened.err());
        if let Ok(db) = opened {
            let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            assert_eq!(db.query(sql, vec![]).await.unwrap()[0].0, [Param::Bool(true)], "{mode}");
        }
    }
    // A server that cannot encrypt is not talked to where encryption is required.
    let plain = Cluster::private(&[]);
    let url = format!("{}?sslmode=require", plain.url("postgres"));
    let settings = StoreSettings::new(Backend::Postgres { url });
    assert!(sunledger_store::Db::open(&settings, "tls", Durability::Durable).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_keeps_no_reader_waiting() {
    let (_place, proxy, log) = through_proxy().await;
    log.append(invoice(&tenant("acme"))).await.unwrap();
    proxy.hang();
    let since = Instant::now();
    let reads = (0..100).map(|_| log.head());
    for read in futures_util::future::join_all(reads).await {
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    }
    assert!(since.elapsed() < Duration::from_secs(12), "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_share_the_connections_that_are_to_be_had() {
    let cluster = Cluster::private(&[("max_connections", "8"), ("superuser_reserved_connections", "0")]);
    let log = Log::open(&settings(&cluster)).await.unwrap();
    log.append(invoice(&tenant("acme"))).await.unwrap();
    // Somebody else takes all that the log has not taken yet.
    let url = cluster.url("postgres");
    let mut others = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
        tokio::spawn(connection);
        others.push(client);
    }
    assert!(!others.is_empty());
    for _ in 0..10 {
        let since = Instant::now();
        for head in futures_util::future::join_all((0..40).map(|_| log.head())).await {
            assert_eq!(head.unwrap(), 1);
        }
        assert!(
            since.elapsed() < Duration::from_secs(2),
            "they waited for a connection that is not to be had"
        );
    }
}
