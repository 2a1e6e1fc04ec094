//! The read models over a real log, on each backend that can be had: what a command did shows at once, lists page and
//! count, searches find, rebuilding disturbs nobody, and `verify` notices what should not be.

use crate::support::{World, context, now};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use sunledger_commands::{Codec, ReadSide};
use sunledger_domain::client::{Client, ClientCommand, ClientDraft, ClientPatch};
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand, UnitProfile};
use sunledger_domain::invoice::{Invoice, InvoiceCommand, InvoiceStatus};
use sunledger_domain::value::Change;
use sunledger_projections::{Filter, ListQuery, Paging, generation, verify};
use sunledger_store::{Append, Db, Dialect, Durability, NewEvent, Param, Statement, StreamWrite};
use uuid::Uuid;

fn list(filters: Vec<Filter>, search: Option<&str>, paging: Paging, limit: u64) -> ListQuery {
    ListQuery { filters, search: search.map(str::to_owned), paging, limit }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_shows_in_every_read_when_it_is_answered() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        let client = server.client("Ana Souza").await;
        let made = server.invoice(client.id, true).await;
        let seen = server.reads().get::<Invoice>(&tenant, made.id).await.unwrap().unwrap();
        assert_eq!((seen.version, seen.state.status), (2, InvoiceStatus::Sent));
        assert_eq!(server.reads().id_of::<Invoice>(&tenant, 1).await.unwrap(), Some(made.id));
        let paid = server.pay(made.id, 400).await;
        let seen = server.reads().get::<Invoice>(&tenant, made.id).await.unwrap().unwrap();
        assert_eq!(seen.state, *paid.state);
        let reads = server.reads();
        let (seen, billed) = reads.get_linked::<Invoice, Client>(&tenant, made.id).await.unwrap().unwrap();
        assert_eq!((seen.state, seen.version), (paid.state.as_ref().clone(), paid.version));
        assert_eq!(billed.unwrap().name, "Ana Souza");
        let orphan = server.invoice(Uuid::now_v7(), false).await;
        let (_, billed) = reads.get_linked::<Invoice, Client>(&tenant, orphan.id).await.unwrap().unwrap();
        assert!(billed.is_none(), "an invoice shows without its client");
        let other = sunledger_domain::TenantId::new("other").unwrap();
        assert!(server.reads().get::<Invoice>(&other, made.id).await.unwrap().is_none());
        assert!(reads.get_linked::<Invoice, Client>(&other, made.id).await.unwrap().is_none());
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn look_ups_that_meet_get_each_their_own() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        let client = server.client("Ana").await.id;
        let mut made = Vec::new();
        for _ in 0..10 {
            made.push(server.invoice(client, false).await.id);
        }
        let reads = server.reads();
        let asked = (0..300).map(|n| {
            let (reads, tenant) = (reads.clone(), tenant.clone());
            let id = if n % 7 == 0 { Uuid::now_v7() } else { made[n % made.len()] };
            let asked = tokio::spawn(async move { reads.get::<Invoice>(&tenant, id).await.unwrap() });
            if n % 5 == 0 {
                // Who goes away takes nobody along.
                asked.abort();
            }
            (n, id, asked)
        });
        for (n, id, asked) in asked.collect::<Vec<_>>() {
            match asked.await {
                Ok(found) => assert_eq!(found.map(|view| view.id), (n % 7 != 0).then_some(id)),
                Err(error) => assert!(error.is_cancelled() && n % 5 == 0, "{error}"),
            }
        }
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_by_offset_and_cursor_and_count_by_status() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        let (ana, bia) = (server.client("Ana").await.id, server.client("Bia").await.id);
        for index in 0..25 {
            let made = server.invoice(if index % 5 == 0 { bia } else { ana }, index % 2 == 0).await;
            if index % 4 == 0 {
                server.pay(made.id, 1000).await;
            }
        }
        let reads = server.reads();
        let all = reads.list::<Invoice>(&tenant, &list(vec![], None, Paging::Offset(0), 10)).await.unwrap();
        assert_eq!(all.total, 25);
        let numbers: Vec<i64> = all.rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, (16..=25).rev().collect::<Vec<_>>());
        let mut seen = HashSet::new();
        let mut paging = Paging::Offset(0);
        loop {
            let page = reads.list::<Invoice>(&tenant, &list(vec![], None, paging, 7)).await.unwrap();
            assert!(page.rows.iter().all(|row| seen.insert(row.id)), "no row twice");
            match page.next_cursor {
                Some(cursor) => paging = Paging::Cursor(cursor),
                None => break,
            }
        }
        assert_eq!(seen.len(), 25);
        // Drafts: the 12 odd ones; paid: 7; sent: the other 6. Two statuses are merged in order.
        let of = |statuses: &[&str]| {
            vec![Filter::OneOf("status", statuses.iter().map(|s| (*s).to_owned()).collect())]
        };
        let open = list(of(&["draft", "sent"]), None, Paging::Offset(2), 5);
        let open = reads.list::<Invoice>(&tenant, &open).await.unwrap();
        assert_eq!(open.total, 18);
        assert_eq!(open.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [22, 20, 19, 18, 16]);
        assert_eq!(reads.count::<Invoice>(&tenant, &of(&["paid"])).await.unwrap(), 7);
        let mut of_bia = of(&["paid"]);
        of_bia.push(Filter::Is("client_id", bia));
        assert_eq!(reads.count::<Invoice>(&tenant, &of_bia).await.unwrap(), 2);
        let rows = reads.list::<Invoice>(&tenant, &list(of_bia, None, Paging::Offset(0), 10)).await.unwrap();
        assert_eq!((rows.total, rows.rows.len()), (2, 2));
        let none = list(of(&[]), None, Paging::Offset(0), 10);
        assert_eq!(reads.list::<Invoice>(&tenant, &none).await.unwrap().total, 0);
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_ignore_case_and_accents_and_follow_a_renamed_client() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        let client = server.client("José Conceição").await;
        server.client("Maria 100%_Sol").await;
        let made = server.invoice(client.id, false).await;
        let reads = server.reads();
        let find = async |text: &str| {
            let query = list(vec![], Some(text), Paging::Offset(0), 10);
            let clients = reads.list::<Client>(&tenant, &query).await.unwrap();
            let invoices = reads.list::<Invoice>(&tenant, &query).await.unwrap();
            assert_eq!(clients.total as usize, clients.rows.len());
            assert_eq!(invoices.total as usize, invoices.rows.len());
            (clients.rows.len(), invoices.rows.len())
        };
        assert_eq!(find("JOSE conceicao").await, (1, 1));
        assert_eq!(find("ceição").await, (1, 1));
        assert_eq!(find("JÓ").await, (1, 1), "too short for the index");
        assert_eq!(find("inv-0001").await, (0, 1));
        assert_eq!(find("100%_").await, (1, 0), "no wildcards");
        assert_eq!(find("\"quoted\" OR *").await, (0, 0));
        let patch = ClientPatch { name: Some("Zuleica".into()), at: now(), ..ClientPatch::default() };
        server
            .commands
            .execute::<Client>(&context(), client.id, ClientCommand::Update(Box::new(patch)))
            .await
            .unwrap();
        assert_eq!(find("conceição").await, (0, 0));
        assert_eq!(find("zuleica").await, (1, 1));
        assert_eq!(find("zuleica inv-0001").await, (0, 1), "every word, wherever it stands");
        server
            .commands
            .execute::<Invoice>(&context(), made.id, InvoiceCommand::Delete { at: now() })
            .await
            .unwrap();
        assert_eq!(find("zuleica").await, (1, 0));
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_filtered_by_a_part_of_it_and_by_nothing_else_that_is_searched() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        for name in ["José Conceição", "Maria 100%_Sol", "Ana"] {
            server.client(name).await;
        }
        let reads = server.reads();
        let find = async |part: &str| {
            let filters = vec![Filter::Contains("name", part.to_owned())];
            let query = list(filters, Some(part), Paging::Offset(0), 10);
            let page = reads.list::<Client>(&tenant, &query).await.unwrap();
            assert_eq!(page.total as usize, page.rows.len());
            page.rows.into_iter().map(|row| row.state.name).collect::<Vec<_>>()
        };
        assert_eq!(find("CONCEICAO").await, ["José Conceição"]);
        assert_eq!(find("sé con").await, ["José Conceição"]);
        assert_eq!(find("con jo").await, [""; 0], "in the order in which it stands");
        assert_eq!(find("a").await, ["Ana", "Maria 100%_Sol", "José Conceição"]);
        assert_eq!(find("%_s").await, ["Maria 100%_Sol"], "no wildcards");
        assert_eq!(find("example.com").await, [""; 0], "a part of every mail address");
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_unit_is_found_by_its_account_and_its_plant() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        let client = server.client("Ana").await.id;
        let (plant, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (account, plant) in [("12.345-6", Some(plant)), ("77", Some(other)), ("88", None)] {
            let profile = UnitProfile {
                account_number: account.to_owned(),
                client_id: client,
                power_plant_id: plant,
                name: format!("UC {account}"),
                ..UnitProfile::default()
            };
            let command = ConsumerUnitCommand::Register { profile: Box::new(profile), at: now() };
            let id = server.commands.new_id();
            server.commands.execute::<ConsumerUnit>(&context(), id, command).await.unwrap();
        }
        let reads = server.reads();
        let find = async |filter: Filter| {
            let query = list(vec![filter], None, Paging::Offset(0), 10);
            let page = reads.list::<ConsumerUnit>(&tenant, &query).await.unwrap();
            assert_eq!(page.total as usize, page.rows.len());
            page.rows.into_iter().map(|row| row.state.profile.account_number).collect::<Vec<_>>()
        };
        assert_eq!(find(Filter::OneOf("account", vec!["123456".to_owned()])).await, ["12.345-6"]);
        assert_eq!(find(Filter::Is("power_plant_id", other)).await, ["77"]);
        assert_eq!(reads.count::<ConsumerUnit>(&tenant, &[]).await.unwrap(), 3);
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_wrote_shows_here_too() {
    for world in World::all().await {
        let (here, there) = (world.server().await, world.server().await);
        let tenant = context().tenant;
        let leading = [&here, &there];
        let mut count = 0;
        for _ in 0..2 {
            for server in leading {
                let made = server.client("Ana").await;
                count += 1;
                // Its own write shows at once, whoever projects.
                assert!(server.reads().get::<Client>(&tenant, made.id).await.unwrap().is_some());
            }
        }
        for server in leading {
            server.projections.catch_up().await.unwrap();
            assert_eq!(server.reads().count::<Client>(&tenant, &[]).await.unwrap(), count);
        }
        // The one that projects stops; the other takes over.
        let (first, second) =
            if here.projections.health().await.unwrap().leading { (here, there) } else { (there, here) };
        first.projections.shutdown().await;
        drop(first);
        let made = second.client("Bia").await;
        assert!(second.reads().get::<Client>(&tenant, made.id).await.unwrap().is_some());
        second.projections.shutdown().await;
    }
}

/// What a crash of the database may do, as the read models' transactions do not wait for the disk.
#[tokio::test(flavor = "multi_thread")]
async fn read_models_that_forgot_their_last_moments_remember_them() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        for round in 1..=3 {
            let forgotten = server.client("Ana").await.id;
            let number = server.projections.health().await.unwrap().generation;
            let db = Db::open(&world.settings, &format!("read_{number}"), Durability::Lazy).await.unwrap();
            let forget =
                ["DELETE FROM clients", "DELETE FROM counters", "UPDATE checkpoint SET position = 0"];
            let forget = forget.map(|sql| Statement { sql: sql.into(), rows: vec![vec![]] });
            db.transaction(forget.to_vec()).await.unwrap();
            // In the first round nothing else happens; in the others the next command comes at once, and writes several
            // tables, or a row alone.
            match round {
                1 => {}
                2 => drop(server.client("Bia").await),
                _ => {
                    let notes = Change::Set("Called back.".into());
                    let patch = ClientPatch { notes, at: now(), ..ClientPatch::default() };
                    let command = ClientCommand::Update(Box::new(patch));
                    server.commands.execute::<Client>(&context(), forgotten, command).await.unwrap();
                }
            }
            let since = std::time::Instant::now();
            while server.reads().get::<Client>(&tenant, forgotten).await.unwrap().is_none() {
                assert!(since.elapsed() < Duration::from_secs(5), "it is gone for good");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        assert_eq!(server.reads().count::<Client>(&tenant, &[]).await.unwrap(), 4);
        verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        server.projections.shutdown().await;
    }
}

/// Postgres counts once a minute. A plan that was made for an empty table goes on until then, through a table that is not
/// empty any more.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_counts_what_is_there_as_it_grows() {
    let world = World::all().await.pop().unwrap();
    let server = world.server().await;
    for _ in 0..20 {
        let clients = (0..64).map(|_| server.client("Ana"));
        futures_util::future::join_all(clients).await;
    }
    let number = server.projections.health().await.unwrap().generation;
    let db = Db::open(&world.settings, &format!("read_{number}"), Durability::Lazy).await.unwrap();
    let counted = "SELECT c.reltuples::bigint FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
        ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relname = 'clients'";
    let since = std::time::Instant::now();
    while !matches!(&db.query(counted, vec![]).await.unwrap()[0].0[..], [Param::Int(900..)]) {
        assert!(since.elapsed() < Duration::from_secs(10), "nobody has counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.projections.shutdown().await;
}

/// Rows of new things are written without a look for older ones. One that is there all the same, as nothing of ours puts it
/// there, does not stop the read models.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_there_yet_gives_way() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        server.client("Ana").await;
        let number = server.projections.health().await.unwrap().generation;
        let db = Db::open(&world.settings, &format!("read_{number}"), Durability::Lazy).await.unwrap();
        let id = server.commands.new_id();
        let another = match db.dialect() {
            Dialect::Sqlite => "UPDATE copy SET version = 0, id = $1, row_id = row_id + 1000",
            Dialect::Postgres => "UPDATE copy SET version = 0, id = $1",
        };
        let copy = [
            ("CREATE TABLE copy AS SELECT * FROM clients", vec![]),
            (another, vec![Param::Uuid(id)]),
            ("INSERT INTO clients SELECT * FROM copy", vec![]),
            ("DROP TABLE copy", vec![]),
        ];
        for (sql, row) in copy {
            db.transaction(vec![Statement { sql: sql.into(), rows: vec![row] }]).await.unwrap();
        }
        let draft = ClientDraft { name: "Bia".into(), at: now(), ..ClientDraft::default() };
        let command = ClientCommand::Create(Box::new(draft));
        server.commands.execute::<Client>(&context(), id, command).await.unwrap();
        let shown = server.reads().get::<Client>(&tenant, id).await.unwrap().unwrap();
        assert_eq!((&*shown.state.name, shown.version), ("Bia", 1));
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_under_load_swaps_without_a_failed_read() {
    for world in World::all().await {
        let server = Arc::new(world.server().await);
        let tenant = context().tenant;
        let client = server.client("Ana").await.id;
        for _ in 0..50 {
            server.invoice(client, true).await;
        }
        let before = server.projections.health().await.unwrap().generation;
        let stop = Arc::new(AtomicBool::new(false));
        let load: Vec<_> = (0..4)
            .map(|_| {
                let (server, stop, tenant) = (server.clone(), stop.clone(), tenant.clone());
                tokio::spawn(async move {
                    let mut made = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let invoice = server.invoice(client, true).await;
                        server.pay(invoice.id, 10).await;
                        let seen = server.reads().get::<Invoice>(&tenant, invoice.id).await.unwrap().unwrap();
                        assert_eq!(seen.version, 3);
                        made += 1;
                    }
                    made
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        for _ in 0..2 {
            let codec = Codec::default();
            generation::rebuild(&server.log, &world.settings, &codec, &|_| {}).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        // While they write, too.
        verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        let mut made = 50;
        for task in load {
            made += task.await.unwrap();
        }
        let health = server.projections.health().await.unwrap();
        assert!(health.generation >= before + 2);
        assert_eq!(server.reads().count::<Invoice>(&tenant, &[]).await.unwrap(), made);
        let verified =
            verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        assert_eq!(verified.rows, made + 1);
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_a_rebuild_swaps_by_itself() {
    for world in World::all().await {
        let server = world.server().await;
        server.client("Ana").await;
        server.projections.shutdown().await;
        let rebuilt =
            generation::rebuild(&server.log, &world.settings, &Codec::default(), &|_| {}).await.unwrap();
        assert_eq!(rebuilt.position, 1);
        let next = world.server().await;
        assert_eq!(next.projections.health().await.unwrap().generation, rebuilt.generation);
        assert_eq!(next.reads().count::<Client>(&context().tenant, &[]).await.unwrap(), 1);
        next.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_a_row_and_a_counter_that_were_tampered_with() {
    for world in World::all().await {
        let server = world.server().await;
        let client = server.client("Ana").await;
        let made = server.invoice(client.id, true).await;
        let number = server.projections.health().await.unwrap().generation;
        let db = Db::open(&world.settings, &format!("read_{number}"), Durability::Lazy).await.unwrap();
        let change = async |sql: &str| {
            db.transaction(vec![Statement { sql: sql.into(), rows: vec![vec![]] }]).await.unwrap();
        };
        let check = async || verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await;
        check().await.unwrap();
        change("UPDATE invoices SET status = 'paid'").await;
        let error = check().await.unwrap_err().to_string();
        assert!(error.contains(&made.id.to_string()) && error.contains("status"), "{error}");
        change("UPDATE invoices SET status = 'sent'").await;
        change("UPDATE counters SET value = value + 1 WHERE model = 'clients' AND key = ''").await;
        let error = check().await.unwrap_err().to_string();
        assert!(error.contains("clients") && error.contains("is 2, the log says 1"), "{error}");
        change("UPDATE counters SET value = value - 1 WHERE model = 'clients' AND key = ''").await;
        change("DELETE FROM clients").await;
        let error = check().await.unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_applied_is_parked_and_stops_nothing_else() {
    for world in World::all().await {
        let server = world.server().await;
        let id = Uuid::now_v7();
        let poison = NewEvent {
            event_type: "client.created".into(),
            event_version: "1.0".into(),
            payload: r#"{"client.created":{"nonsense":true}}"#.into(),
        };
        let write = |version, event| Append {
            tenant: context().tenant,
            writes: vec![StreamWrite { kind: "client".into(), id, expected: version, events: vec![event] }],
            unchanged: Vec::new(),
            quiet: None,
            take: Vec::new(),
            release: Vec::new(),
            series: Vec::new(),
            key: None,
            metadata: format!(r#"{{"command_id":"{}"}}"#, Uuid::now_v7()).into(),
            recorded_at: now().as_microsecond(),
        };
        server.log.append(write(0, poison)).await.unwrap();
        let sound = NewEvent {
            event_type: "client.deactivated".into(),
            event_version: "1.0".into(),
            payload: r#"{"client.deactivated":{"at":"2026-03-10T15:00:00Z"}}"#.into(),
        };
        server.log.append(write(1, sound)).await.unwrap();
        let client = server.client("Ana").await;
        assert!(server.reads().get::<Client>(&context().tenant, client.id).await.unwrap().is_some());
        let health = server.projections.health().await.unwrap();
        assert_eq!((health.parked, health.position), (2, 3));
        let error =
            verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap_err();
        assert!(error.to_string().contains("parked"), "{error}");
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_position_that_does_not_come_ends() {
    for world in World::all().await {
        let server = world.server().await;
        tokio::time::timeout(Duration::from_secs(10), server.projections.wait_for(1_000_000))
            .await
            .unwrap()
            .unwrap_err();
        let db = Db::open(&world.settings, "read_1", Durability::Lazy).await.unwrap();
        let rows = db.query("SELECT position FROM checkpoint", vec![]).await.unwrap();
        assert_eq!(rows[0].0, [Param::Int(0)]);
        server.projections.shutdown().await;
    }
}
