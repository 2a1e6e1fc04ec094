//! Commands on a real log: conflicts, stale caches, units, `If-Match`, Idempotency-Key, snapshots, old events.

#[cfg(test)]
mod support;

use cqrs_es::persist::{EventUpcaster, SemanticVersionEventUpcaster};
use cqrs_es::{CqrsFramework, EventStore};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use sunledger_commands::history::At;
use sunledger_commands::read_side::HandOver;
use sunledger_commands::{Codec, CommandError, Commands, Context, LogEventStore, NoReadSide, ReadSide};
use sunledger_domain::DomainError;
use sunledger_domain::client::{Client, ClientCommand};
use sunledger_domain::invoice::{Invoice, InvoiceCommand, InvoiceStatus};
use sunledger_store::{Append, Log, NewEvent, StoreError, StreamId, StreamWrite};
use support::{FixedClock, World, client, context, invoice, now, payment, today, with_key};
use uuid::Uuid;

fn stream(kind: &str, id: Uuid) -> StreamId {
    StreamId { tenant: context().tenant, kind: kind.into(), id }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_given_by_the_log_and_known_to_the_caller() {
    let world = World::new();
    let commands = world.server().await;
    let first = commands.execute::<Client>(&context(), commands.new_id(), client("Ana")).await.unwrap();
    let second = commands.execute::<Client>(&context(), commands.new_id(), client("Bia")).await.unwrap();
    assert_eq!((first.state.number.get(), second.state.number.get()), (1, 2));
    let made =
        commands.execute::<Invoice>(&context(), commands.new_id(), invoice(first.id, true)).await.unwrap();
    assert_eq!(made.state.invoice_number.as_str(), "INV-0001");
    assert_eq!(made.version, 2, "made and sent");
    let loaded = commands.load::<Invoice>(&context().tenant, made.id).await.unwrap().unwrap();
    assert_eq!(*loaded.state, *made.state);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_on_one_aggregate_all_get_through() {
    let world = World::new();
    let servers = [world.server().await, world.server().await];
    let made = servers[0]
        .execute::<Invoice>(&context(), servers[0].new_id(), invoice(Uuid::now_v7(), true))
        .await
        .unwrap();
    let payments: Vec<_> = (0..40)
        .map(|index| {
            let commands = servers[index % 2].clone();
            tokio::spawn(async move { commands.execute::<Invoice>(&context(), made.id, payment(25)).await })
        })
        .collect();
    for payment in payments {
        payment.await.unwrap().unwrap();
    }
    let end = servers[1].load::<Invoice>(&context().tenant, made.id).await.unwrap().unwrap();
    assert_eq!(end.state.status, InvoiceStatus::Paid);
    assert_eq!(end.state.payments.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_units_that_share_an_aggregate_all_get_through() {
    let world = World::new();
    let commands = world.server().await;
    let made = commands
        .execute::<Invoice>(&context(), commands.new_id(), invoice(Uuid::now_v7(), true))
        .await
        .unwrap();
    let units: Vec<_> = (0..200)
        .map(|_| {
            let commands = commands.clone();
            tokio::spawn(async move {
                let (commands, beside) = (&commands, commands.new_id());
                commands
                    .unit(&context(), |unit| {
                        Box::pin(async move {
                            unit.handle::<Client>(beside, client("Ana")).await?;
                            unit.handle::<Invoice>(made.id, payment(5)).await
                        })
                    })
                    .await
            })
        })
        .collect();
    for unit in units {
        unit.await.unwrap().unwrap();
    }
    let end = commands.load::<Invoice>(&context().tenant, made.id).await.unwrap().unwrap();
    assert_eq!(end.state.payments.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_never_made_on_a_stale_cache() {
    let world = World::new();
    let (here, there) = (world.server().await, world.server().await);
    let made =
        here.execute::<Invoice>(&context(), here.new_id(), invoice(Uuid::now_v7(), false)).await.unwrap();
    let send = InvoiceCommand::Send { via_email: false, today: today(), at: now() };
    there.execute::<Invoice>(&context(), made.id, send).await.unwrap();
    // `here` still has the draft in its cache, which could not be paid.
    let paid = here.execute::<Invoice>(&context(), made.id, payment(1000)).await.unwrap();
    assert_eq!(paid.state.status, InvoiceStatus::Paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_do_is_judged_on_the_newest_state_too() {
    let world = World::new();
    let (here, there) = (world.server().await, world.server().await);
    let made = here.execute::<Client>(&context(), here.new_id(), client("Ana")).await.unwrap();
    let rename = |name: &str| {
        ClientCommand::Update(Box::new(sunledger_domain::client::ClientPatch {
            name: Some(name.to_owned()),
            at: now(),
            ..Default::default()
        }))
    };
    there.execute::<Client>(&context(), made.id, rename("Bia")).await.unwrap();
    let back = here.execute::<Client>(&context(), made.id, rename("Ana")).await.unwrap();
    assert_eq!((back.state.name.as_str(), back.version), ("Ana", 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn if_match_refuses_another_version_also_from_a_stale_cache() {
    let world = World::new();
    let (here, there) = (world.server().await, world.server().await);
    let made = here.execute::<Client>(&context(), here.new_id(), client("Ana")).await.unwrap();
    there.execute::<Client>(&context(), made.id, ClientCommand::Deactivate { at: now() }).await.unwrap();
    let mut stale = context();
    stale.if_match = Some(1);
    let refused = here.execute::<Client>(&stale, made.id, ClientCommand::Deactivate { at: now() }).await;
    assert!(matches!(refused, Err(CommandError::Stale { current: 2 })), "{refused:?}");
    stale.if_match = Some(2);
    here.execute::<Client>(&stale, made.id, ClientCommand::Reactivate { at: now() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_aggregate_is_not_found() {
    let world = World::new();
    let commands = world.server().await;
    let refused = commands.execute::<Invoice>(&context(), Uuid::now_v7(), payment(1)).await;
    assert!(matches!(refused, Err(CommandError::Domain(DomainError::NotFound { .. }))), "{refused:?}");
    assert!(commands.load::<Invoice>(&context().tenant, Uuid::now_v7()).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_one_thing_however_many_ask_and_answers_the_same_later() {
    let world = World::new();
    let commands = world.server().await;
    let owner = Uuid::now_v7();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let commands = commands.clone();
            tokio::spawn(async move {
                commands
                    .execute::<Invoice>(&with_key("once", 1), commands.new_id(), invoice(owner, false))
                    .await
            })
        })
        .collect();
    let mut ids = std::collections::HashSet::new();
    for call in calls {
        match call.await.unwrap() {
            Ok(outcome) => {
                ids.insert(outcome.id);
            }
            Err(error) => assert!(matches!(error, CommandError::InProgress), "{error:?}"),
        }
    }
    assert_eq!(ids.len(), 1);
    // It moves on; the key still answers what it answered first, also on another server.
    let id = *ids.iter().next().unwrap();
    let send = InvoiceCommand::Send { via_email: false, today: today(), at: now() };
    commands.execute::<Invoice>(&context(), id, send).await.unwrap();
    let other = world.server().await;
    let again =
        other.execute::<Invoice>(&with_key("once", 1), other.new_id(), invoice(owner, false)).await.unwrap();
    assert!(again.replayed);
    assert_eq!((again.id, again.version, again.state.status), (id, 1, InvoiceStatus::Draft));
    let reused = other.execute::<Invoice>(&with_key("once", 2), other.new_id(), invoice(owner, false)).await;
    assert!(matches!(reused, Err(CommandError::KeyReused)), "{reused:?}");
    assert_eq!(commands.log().head().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_aggregates_are_one_append_or_none() {
    let world = World::new();
    let commands = world.server().await;
    let make = |commands: Commands, last: &'static str, key: &'static str| async move {
        let ids: Vec<Uuid> = (0..1_000).map(|_| commands.new_id()).collect();
        let context = with_key(key, 1);
        let done = commands.unit(&context, |unit| {
            let ids = ids.clone();
            Box::pin(async move {
                for (row, id) in ids.into_iter().enumerate() {
                    let name = if row == 999 { last.to_owned() } else { format!("Customer {row}") };
                    unit.handle::<Client>(id, client(&name)).await?;
                }
                Ok(())
            })
        });
        done.await?.all::<Client>("client")
    };
    let refused = make(commands.clone(), "", "refused").await;
    assert!(
        matches!(refused, Err(CommandError::Domain(DomainError::Invalid(_)))),
        "the last one has no name"
    );
    assert_eq!(commands.log().head().await.unwrap(), 0, "none was made");

    let made = make(commands.clone(), "The last", "made").await.unwrap();
    let numbers: Vec<i64> = made.iter().map(|client| client.state.number.get()).collect();
    assert_eq!(numbers, (1..=1_000).collect::<Vec<i64>>());
    // One of them moves on; asked again, each is answered as it was.
    let at = now();
    commands.execute::<Client>(&context(), made[3].id, ClientCommand::Deactivate { at }).await.unwrap();
    let again = make(world.server().await, "The last", "made").await.unwrap();
    assert!(again.iter().all(|client| client.replayed && client.version == 1));
    let states = |all: &[sunledger_commands::Outcome<Client>]| -> Vec<(Uuid, Client)> {
        all.iter().map(|client| (client.id, client.state.as_ref().clone())).collect()
    };
    assert_eq!(states(&again), states(&made));
    assert_eq!(commands.log().head().await.unwrap(), 1_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_with_one_key_make_one_thing() {
    let world = World::new();
    let servers = [world.server().await, world.server().await];
    let calls: Vec<_> = (0..20)
        .map(|index| {
            let commands = servers[index % 2].clone();
            tokio::spawn(async move {
                commands.execute::<Client>(&with_key("k", 7), commands.new_id(), client("Ana")).await
            })
        })
        .collect();
    for call in calls {
        match call.await.unwrap() {
            Ok(_) | Err(CommandError::InProgress) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(servers[0].log().head().await.unwrap(), 1);
}

/// A read side whose projector is away.
struct Nobody;

impl ReadSide for Nobody {
    fn hand_over(&self, _: HandOver) {}

    fn wait_for(&self, _: i64) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable("nobody projects".into())) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_and_does_not_show_is_not_answered_until_it_does() {
    let world = World::new();
    let log = Log::open(&world.settings).await.unwrap();
    let blind = Commands::new(log, Arc::new(FixedClock(now())), Arc::new(Nobody));
    for _ in 0..2 {
        let unseen = blind.execute::<Client>(&with_key("k", 1), blind.new_id(), client("Ana")).await;
        assert!(matches!(unseen, Err(CommandError::Unseen)), "{unseen:?}");
    }
    let seeing = world.server().await;
    let done = seeing.execute::<Client>(&with_key("k", 1), seeing.new_id(), client("Ana")).await.unwrap();
    assert!(done.replayed);
    assert_eq!(seeing.log().head().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_needs_what_it_looked_at_to_stay_as_it_was() {
    let world = World::new();
    let (here, there) = (world.server().await, world.server().await);
    let owner = here.execute::<Client>(&context(), here.new_id(), client("Ana")).await.unwrap().id;
    there.execute::<Client>(&context(), owner, ClientCommand::Deactivate { at: now() }).await.unwrap();
    // `here` has the active client in its cache: the first append is refused, the second look sees the truth.
    let refused = here
        .unit(&context(), |unit| {
            Box::pin(async move {
                let client = unit.get::<Client>(owner).await?;
                if client.status != sunledger_domain::client::ClientStatus::Active {
                    return Err(DomainError::rule("the client is inactive").into());
                }
                unit.unchanged::<Client>(owner).await?;
                unit.handle::<Invoice>(Uuid::now_v7(), invoice(owner, false)).await
            })
        })
        .await;
    assert!(matches!(refused, Err(CommandError::Domain(DomainError::Rule(_)))));
    assert_eq!(here.log().head().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_stream_is_loaded_from_its_snapshot() {
    let world = World::new();
    let commands = world.server().await;
    let id = commands.new_id();
    commands.execute::<Client>(&context(), id, client("Ana")).await.unwrap();
    for index in 0..600 {
        let command = if index % 2 == 0 {
            ClientCommand::Deactivate { at: now() }
        } else {
            ClientCommand::Reactivate { at: now() }
        };
        commands.execute::<Client>(&context(), id, command).await.unwrap();
    }
    let first = world.server().await;
    let loaded = first.load::<Client>(&context().tenant, id).await.unwrap().unwrap();
    assert_eq!(loaded.version, 601);
    let snapshot = first.log().load_snapshot(&stream("client", id)).await.unwrap().unwrap();
    assert_eq!(snapshot.version, 601);
    let second = world.server().await;
    second.execute::<Client>(&context(), id, ClientCommand::Deactivate { at: now() }).await.unwrap();
    let again = second.load::<Client>(&context().tenant, id).await.unwrap().unwrap();
    assert_eq!(again.version, 602);
    assert_eq!(again.state.name, loaded.state.name);
}

/// Before addresses were taken apart, a client's name stood in `full_name`: the form of an earlier release.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_an_old_form_is_read_as_todays() {
    let world = World::new();
    let log = Log::open(&world.settings).await.unwrap();
    let id = Uuid::now_v7();
    let old = NewEvent {
        event_type: "client.created".into(),
        event_version: "0.9".into(),
        payload: r#"{"client.created":{"number":-9223372036854775808,"full_name":"Ana Souza","at":"2020-01-01T00:00:00Z"}}"#
            .into(),
    };
    log.append(Append {
        tenant: context().tenant,
        writes: vec![StreamWrite { kind: "client".into(), id, expected: 0, events: vec![old] }],
        unchanged: Vec::new(),
        quiet: None,
        take: Vec::new(),
        release: Vec::new(),
        series: vec![sunledger_store::SeriesRequest {
            event: 0,
            series: "number:client".into(),
            field: Some("number"),
            label: None,
            max: None,
            refusal: "",
        }],
        key: None,
        metadata: r#"{"command_id":"old"}"#.into(),
        recorded_at: 0,
    })
    .await
    .unwrap();
    let rename = SemanticVersionEventUpcaster::new(
        "client.created",
        "1.0",
        Box::new(|mut payload| {
            if let Some(event) = payload.get_mut("client.created").and_then(|event| event.as_object_mut()) {
                let name = event.remove("full_name").unwrap_or_default();
                event.insert("name".into(), name);
                event.insert("status".into(), "active".into());
            }
            payload
        }),
    );
    let upcasters: Vec<Box<dyn EventUpcaster>> = vec![Box::new(rename)];
    let commands =
        Commands::with_codec(log, Arc::new(FixedClock(now())), Arc::new(NoReadSide), Codec::new(upcasters));
    let loaded = commands.load::<Client>(&context().tenant, id).await.unwrap().unwrap();
    assert_eq!((loaded.state.name.as_str(), loaded.state.number.get()), ("Ana Souza", 1));
    let past = commands.state_at(&stream("client", id), At::Version(1)).await.unwrap().unwrap();
    assert_eq!(past.state["name"], "Ana Souza");
    // Without the upcaster the event is damage, not a guess.
    let plain = world.server().await;
    assert!(plain.load::<Client>(&context().tenant, id).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_can_be_asked_for_by_version_and_by_time() {
    let world = World::new();
    let commands = world.server().await;
    let made = commands.execute::<Client>(&context(), commands.new_id(), client("Ana")).await.unwrap();
    let mut later = context();
    later.now = now() + jiff::SignedDuration::from_hours(2);
    commands.execute::<Client>(&later, made.id, ClientCommand::Deactivate { at: later.now }).await.unwrap();
    let stream = stream("client", made.id);
    let first = commands.state_at(&stream, At::Version(1)).await.unwrap().unwrap();
    assert_eq!(first.state["status"], "active");
    let between = now() + jiff::SignedDuration::from_hours(1);
    let between = commands.state_at(&stream, At::Time(between.as_microsecond())).await.unwrap().unwrap();
    assert_eq!((between.version, &between.state["status"]), (1, &"active".into()));
    let last = commands.state_at(&stream, At::Time(later.now.as_microsecond())).await.unwrap().unwrap();
    assert_eq!((last.version, &last.state["status"]), (2, &"inactive".into()));
    let before = now() - jiff::SignedDuration::from_hours(1);
    assert!(commands.state_at(&stream, At::Time(before.as_microsecond())).await.unwrap().is_none());
    assert!(commands.state_at(&stream, At::Version(3)).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clock_that_was_ahead_has_stamped_does_not_hide_what_came_after_it() {
    let world = World::new();
    let commands = world.server().await;
    let made = commands.execute::<Client>(&context(), commands.new_id(), client("Ana")).await.unwrap();
    let hours = |hours| now() + jiff::SignedDuration::from_hours(hours);
    for (at, command) in [
        (hours(24), ClientCommand::Deactivate { at: hours(24) }),
        (hours(1), ClientCommand::Reactivate { at: hours(1) }),
    ] {
        let context = Context { now: at, ..context() };
        commands.execute::<Client>(&context, made.id, command).await.unwrap();
    }
    let version = async |at: jiff::Timestamp| {
        let at = At::Time(at.as_microsecond());
        commands.state_at(&stream("client", made.id), at).await.unwrap().map(|past| past.version)
    };
    assert_eq!(version(hours(2)).await, Some(3), "what is now");
    assert_eq!(version(now()).await, Some(1));
    assert_eq!(version(hours(-1)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lacks_a_version_is_damaged() {
    let world = World::new();
    let commands = world.server().await;
    let made = commands.execute::<Client>(&context(), commands.new_id(), client("Ana")).await.unwrap();
    for command in [ClientCommand::Deactivate { at: now() }, ClientCommand::Reactivate { at: now() }] {
        commands.execute::<Client>(&context(), made.id, command).await.unwrap();
    }
    let mut events = commands.log().read_stream(&stream("client", made.id), 0, 10).await.unwrap();
    assert!(commands.codec().fold(&mut Client::default(), 0, &events).is_ok());
    events.remove(1);
    let folded = commands.codec().fold(&mut Client::default(), 0, &events);
    assert!(matches!(folded, Err(StoreError::Damaged(_))), "{folded:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_framework_of_cqrs_es_runs_on_this_log() {
    let world = World::new();
    let commands = world.server().await;
    let store = LogEventStore::new(commands.clone(), context());
    let framework = CqrsFramework::<Client, _>::new(store.clone(), Vec::new(), ());
    let id = Uuid::now_v7();
    framework.execute(&id.to_string(), client("Ana")).await.unwrap();
    framework.execute(&id.to_string(), ClientCommand::Deactivate { at: now() }).await.unwrap();
    let refused =
        framework.execute(&Uuid::now_v7().to_string(), ClientCommand::Reactivate { at: now() }).await;
    assert!(matches!(refused, Err(cqrs_es::AggregateError::UserError(DomainError::NotFound { .. }))));
    let events = EventStore::<Client>::load_events(&store, &id.to_string()).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    let loaded = commands.load::<Client>(&context().tenant, id).await.unwrap().unwrap();
    assert_eq!(loaded.version, 2);
}
