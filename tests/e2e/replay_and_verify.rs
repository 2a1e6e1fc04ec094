//! `sunledger replay` and `sunledger verify`: the log is the truth, and the read models say the same.

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use sunledger_tests::books::shown;
use sunledger_tests::postgres::Cluster;
use sunledger_tests::{Api, Backend, Server, both_backends};

const CLIENTS: &str = "/api/v1/clients";
const INVOICES: &str = "/api/v1/invoices";

/// Some of everything; the id of an invoice.
async fn fill(api: &Api) -> String {
    let client = api.client("Acme Corp").await;
    let _ = api.client("Other Corp").await;
    let mut last = String::new();
    for number in 1..=10 {
        last = api.sent(&client, &format!("{number}00.00")).await;
        let _ = api.pay(&last, "50.00").await;
    }
    let _ = api.put(&format!("{CLIENTS}/{client}"), json!({"notes": "changed"})).await.expect(200);
    let _ = api.draft(&client, "7").await;
    last
}

/// What the read models say, through the surface.
async fn picture(api: &Api) -> Vec<String> {
    let mut seen = Vec::new();
    for path in
        [CLIENTS, INVOICES, "/api/v1/invoices?status=PARTIALLY_PAID&limit=5", "/api/v1/clients?search=acme"]
    {
        seen.push(api.get(path).await.expect(200).text());
    }
    seen
}

/// Writes another name wherever a table of the stopped server holds this one. Returns how many rows were changed;
/// the log refuses, which is what it should do.
fn tamper(server: &Server, from: &str, to: &str) -> usize {
    match server.backend() {
        Backend::Sqlite => {
            let files = std::fs::read_dir(server.place().data()).unwrap().flatten().map(|entry| entry.path());
            files
                .filter(|path| path.extension().is_some_and(|it| it == "db"))
                .map(|path| tamper_file(&path, from, to))
                .sum()
        }
        Backend::Postgres => tamper_database(&server.place().database_url().unwrap(), from, to),
    }
}

fn tamper_file(path: &std::path::Path, from: &str, to: &str) -> usize {
    let file = rusqlite::Connection::open(path).unwrap();
    let columns: Vec<(String, String)> = file
        .prepare(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let change = |(table, column): (String, String)| {
        let statement = format!(
            "UPDATE \"{table}\" SET \"{column}\" = replace(\"{column}\", ?1, ?2)
             WHERE instr(\"{column}\", ?1) > 0 AND typeof(\"{column}\") = 'text'"
        );
        let changed = file.execute(&statement, [from, to]);
        assert!(table != "events" || !matches!(changed, Ok(1..)), "the log let itself be changed");
        changed.unwrap_or(0)
    };
    columns.into_iter().map(change).sum()
}

fn tamper_database(url: &str, from: &str, to: &str) -> usize {
    let work = async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let columns = "SELECT format('%I.%I', table_schema, table_name), format('%I', column_name)
                       FROM information_schema.columns
                       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND data_type = 'text'";
        let mut changed = 0;
        for row in client.query(columns, &[]).await.unwrap() {
            let (table, column): (String, String) = (row.get(0), row.get(1));
            let statement = format!(
                "UPDATE {table} SET {column} = replace({column}, $1, $2) WHERE position($1 IN {column}) > 0"
            );
            changed += client.execute(&statement, &[&from, &to]).await.unwrap_or(0);
        }
        usize::try_from(changed).unwrap()
    };
    // On a thread of its own: the test's runtime is already running.
    std::thread::scope(|scope| {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
        scope.spawn(runtime).join().unwrap()
    })
}

both_backends! {
    async fn replay_while_serving_never_fails_a_read_or_loses_a_write(server: Server) {
        let api = server.api();
        let invoice = fill(&api).await;
        let before = picture(&api).await;
        assert!(server.cli(&["verify"]).status.success());

        let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (api, over, reads, invoice) = (api.clone(), Arc::clone(&over), Arc::clone(&reads), invoice.clone());
                tokio::spawn(async move {
                    while !over.load(Ordering::Relaxed) {
                        assert_eq!(api.get(CLIENTS).await.json(200)["data"].as_array().unwrap().len(), 2);
                        assert_eq!(shown(&api.invoice(&invoice).await["total"]), "1000.00");
                        assert!(api.get(INVOICES).await.json(200)["total"].as_u64().unwrap() >= 11);
                        let _ = reads.fetch_add(3, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let writer = {
            let (api, over) = (api.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut made = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    made.push(api.draft("1", "1").await);
                    let read = api.invoice(made.last().unwrap()).await;
                    assert_eq!(shown(&read["status"]), "DRAFT", "a write is read back during a replay too");
                }
                made
            })
        };
        for _ in 0..2 {
            let beside = server.clone();
            let replayed = tokio::task::spawn_blocking(move || beside.cli(&["replay"])).await.unwrap();
            assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        let made = writer.await.unwrap();
        assert!(reads.load(Ordering::Relaxed) > 20 && !made.is_empty());
        for id in &made {
            let _ = api.delete(&format!("{INVOICES}/{id}")).await.expect(204);
        }
        assert_eq!(picture(&api).await, before);
        assert!(server.cli(&["verify"]).status.success());
    }

    async fn verify_names_a_difference_and_replay_mends_it(server: Server) {
        let _ = fill(&server.api()).await;
        let _ = server.cli_ok(&["verify"]);
        server.stop();
        let _ = server.cli_ok(&["verify"]);
        assert!(tamper(&server, "Acme Corp", "Acme Corq") > 0, "no read model holds the name");
        let verified = server.cli(&["verify"]);
        assert!(!verified.status.success(), "a changed row was not noticed");
        let told = format!("{}{}", String::from_utf8_lossy(&verified.stdout), String::from_utf8_lossy(&verified.stderr));
        assert!(told.contains("Acme Cor") || told.contains("client"), "the difference is not named: {told}");

        let _ = server.cli_ok(&["replay"]);
        let _ = server.cli_ok(&["verify"]);
        server.up();
        let found = server.api().get("/api/v1/clients?search=acme").await.json(200);
        assert_eq!(found["data"][0]["name"], "Acme Corp");
    }

    async fn the_log_refuses_to_be_changed(server: Server) {
        let api = server.api();
        let _ = fill(&api).await;
        let log = api.get("/audit?limit=100").await.expect(200).text();
        server.stop();
        let statements = ["UPDATE {} SET payload = '{}'", "DELETE FROM {}", "UPDATE {} SET tenant = 'x' WHERE position = 1"];
        for statement in statements {
            let refused = match server.backend() {
                Backend::Sqlite => {
                    let file = rusqlite::Connection::open(server.place().data().join("log.db")).unwrap();
                    file.execute(&statement.replacen("{}", "events", 1), []).is_err()
                }
                Backend::Postgres => {
                    let statement = statement.replacen("{}", "sunledger.events", 1);
                    Cluster::get().try_on(&server.place().database_url().unwrap(), &statement).is_err()
                }
            };
            assert!(refused, "{statement} was let through");
        }
        server.up();
        assert_eq!(api.get("/audit?limit=100").await.expect(200).text(), log);
    }
}
