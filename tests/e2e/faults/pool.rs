//! Too few connections, and too many who want to read: whoever waits, waits for a bounded time, writers get on, and all is
//! well again by itself.

use super::{a_second, excused, reckoned, subscribed};
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::postgres::{Cluster, connect};
use sunledger_tests::{Api, Backend, Load, Options, Server, both_backends, eventually, run};
use tokio_postgres::Client;

const READERS: usize = 200;
/// Connections of the small cluster: about what one server takes.
const SLOTS: usize = 24;

/// What came of one reader.
#[derive(Default)]
struct Read {
    answered: usize,
    refused: usize,
    slowest: Duration,
}

/// Reads one thing after the other until told to stop.
async fn read(api: Api, number: usize, stop: Arc<AtomicBool>) -> Read {
    let paths = [
        "/api/v1/invoices?limit=100",
        "/api/v1/invoices?limit=100&search=solar",
        "/api/v1/clients?search=payer",
        "/audit?limit=100",
        "/audit/client/1",
        "/feed?after=0&limit=100",
    ];
    let mut read = Read::default();
    for path in paths.iter().cycle().skip(number) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let began = Instant::now();
        let reply = api.get(path).await;
        read.slowest = read.slowest.max(began.elapsed());
        if reply.status == 200 {
            read.answered += 1;
        } else {
            excused(&reply);
            read.refused += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    read
}

both_backends! {
    async fn hundreds_of_readers_leave_room_for_writers(server: Server) {
        let mut figures = Figures::of(&format!("{READERS} readers beside 8 writers, {:?}", server.backend()));
        let load = Load::start(&[&server], 8).await;
        load.progress(50).await;
        let alone = load.acknowledged();
        let since = Instant::now();
        let stop = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..READERS)
            .map(|number| tokio::spawn(read(server.api(), number, Arc::clone(&stop))))
            .collect();
        tokio::time::sleep(pick(Duration::from_secs(2), Duration::from_secs(60))).await;
        let beside = load.acknowledged() - alone;
        let length = since.elapsed();
        stop.store(true, Ordering::Relaxed);
        let reads: Vec<Read> = join_all(readers).await.into_iter().map(Result::unwrap).collect();
        let again = Instant::now();
        load.progress(8).await;
        figures.add("first 8 writes afterwards ms", again.elapsed().as_millis());
        figures.add("reads/s", a_second(reads.iter().map(|read| read.answered).sum(), length));
        figures.add("reads refused", reads.iter().map(|read| read.refused).sum::<usize>());
        let slowest = reads.iter().map(|read| read.slowest).max().unwrap();
        figures.add("slowest read ms", slowest.as_millis());
        figures.add("writes/s", a_second(beside, length));
        figures.add("peak MiB", server.peak_memory());
        assert!(beside > 0, "nobody could write beside the readers");
        assert!(slowest < Duration::from_secs(31), "a reader waited for {slowest:?}");
        let outcome = load.stop().await;
        let _ = reckoned(&mut figures, &outcome, &server).await;
    }
}

/// Takes every connection that is free, until told to stop; then lets them go.
async fn take_all(url: String, stop: Arc<AtomicBool>) -> usize {
    let mut taken: Vec<Client> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                taken.push(client);
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
    taken.len()
}

#[test]
fn a_server_gets_on_with_the_connections_that_others_leave() {
    run(Backend::Postgres, |_: Backend| async {
        let slots = SLOTS.to_string();
        let cluster =
            Cluster::private(&[("max_connections", &slots), ("superuser_reserved_connections", "0")]);
        let url = cluster.url("postgres");
        let server = Server::start_with(Backend::Sqlite, Options::new().set("DATABASE_URL", &url));
        let mut figures = Figures::of("Postgres without connections to spare");
        let admin = connect(&url).await;
        let receiver = subscribed(&server.api()).await;
        let load = Load::start(&[&server], 8).await;
        load.progress(20).await;

        // Others take what is free: the server goes on with what it has, and a second one says why it cannot start.
        let stop = Arc::new(AtomicBool::new(false));
        let others = tokio::spawn(take_all(url.clone(), Arc::clone(&stop)));
        load.progress(20).await;
        let began = Instant::now();
        let second = tokio::task::spawn_blocking({
            let server = server.clone();
            move || server.cli(&["verify"])
        });
        let second = second.await.unwrap();
        assert!(!second.status.success(), "a second one found connections");
        figures.add("second one gives up after ms", began.elapsed().as_millis());
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        load.progress(20).await;

        // All of its connections break, and others are quicker.
        for _ in 0..pick(2, 20) {
            let broken = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE application_name LIKE 'sunledger%'";
            let _ = admin.query_one(broken, &[]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(pick(700, 3_000))).await;
        }
        let reply = server.api().get("/health/live").await;
        let _ = reply.expect(200);
        stop.store(true, Ordering::Relaxed);
        let taken = others.await.unwrap();
        let since = Instant::now();
        load.progress(1).await;
        figures.add("taken by others", format!("{taken} of {SLOTS}"));
        figures.add("first 201 afterwards ms", since.elapsed().as_millis());
        load.progress(20).await;
        let outcome = load.stop().await;
        eventually("the server is ready again", || async {
            (server.api().get("/health/ready").await.status == 200).then_some(())
        })
        .await;
        let there = reckoned(&mut figures, &outcome, &server).await;
        receiver.all(there).await;
    });
}
