//! What the CRM asks of the read models, over a real log on each backend: clients' timelines, what they have paid, and searches
//! by rare words and by common ones.

use crate::support::{World, context, now};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use steps::{find, many, shown, told, update};
use sunledger_commands::Codec;
use sunledger_domain::client::{ClientPatch, ClientStatus};
use sunledger_domain::invoice::{Invoice, InvoiceCommand, InvoicePatch};
use sunledger_domain::value::{CalendarDate, Change, Phone};
use sunledger_projections::{Filter, MOST_SEARCHED, Paging, verify};
use uuid::Uuid;

#[cfg(test)]
mod steps {
    use crate::support::{Server, context, now};
    use std::time::Duration;
    use sunledger_domain::client::{Client, ClientCommand, ClientPatch};
    use sunledger_projections::{Filter, ListQuery, Paging, Reads};
    use sunledger_store::{Append, Log, NewEvent, StreamId, StreamWrite};
    use uuid::Uuid;

    pub(crate) async fn update(server: &Server, client: Uuid, patch: ClientPatch) {
        let command = ClientCommand::Update(Box::new(ClientPatch { at: now(), ..patch }));
        server.commands.execute::<Client>(&context(), client, command).await.unwrap();
    }

    /// The types of a client's events, newest first.
    pub(crate) async fn told(
        server: &Server,
        client: Uuid,
        paging: Paging,
        limit: u64,
    ) -> (Vec<String>, i64, Option<i64>) {
        let tenant = context().tenant;
        let page = server.reads().timeline(&tenant, client, paging, limit).await.unwrap();
        let events = server.log.read_at(&tenant, &page.rows).await.unwrap();
        assert!(
            events.iter().map(|event| event.position).eq(page.rows.iter().copied()),
            "in the page's order"
        );
        (events.iter().map(|event| event.event_type.to_string()).collect(), page.total, page.next_cursor)
    }

    pub(crate) async fn find(
        reads: &Reads,
        text: &str,
        filters: Vec<Filter>,
        paging: Paging,
    ) -> (Vec<i64>, i64, Option<i64>) {
        let query = ListQuery { filters, search: Some(text.to_owned()), paging, limit: 5 };
        let page = reads.list::<Client>(&context().tenant, &query).await.unwrap();
        (page.rows.iter().map(|row| row.number).collect(), page.total, page.next_cursor)
    }

    /// Copies of a client's first event, each with its own number.
    pub(crate) async fn many(log: &Log, like: Uuid, numbers: std::ops::RangeInclusive<i64>) {
        let stream = StreamId { tenant: context().tenant, kind: "client".into(), id: like };
        let first = log.read_stream(&stream, 0, 1).await.unwrap().remove(0);
        let all: Vec<i64> = numbers.collect();
        for some in all.chunks(500) {
            let write = |number: &i64| {
                let payload = first.payload.replacen("\"number\":1,", &format!("\"number\":{number},"), 1);
                let created = NewEvent {
                    event_type: first.event_type.to_string().into(),
                    event_version: first.event_version.to_string().into(),
                    payload,
                };
                StreamWrite { kind: "client".into(), id: Uuid::now_v7(), expected: 0, events: vec![created] }
            };
            let append = Append {
                tenant: context().tenant,
                writes: some.iter().map(write).collect(),
                unchanged: Vec::new(),
                quiet: None,
                take: Vec::new(),
                release: Vec::new(),
                series: Vec::new(),
                key: None,
                metadata: format!("{{\"command_id\":\"many-{}\"}}", some[0]).into(),
                recorded_at: 0,
            };
            log.append(append).await.unwrap();
        }
    }

    /// Waits until the rows show a position, however slow the machine is.
    pub(crate) async fn shown(server: &Server, position: i64) {
        for _ in 0..2_400 {
            if server.reads().position() >= position {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        unreachable!("the rows are at {} and not at {position}", server.reads().position());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_follows_whom_an_invoice_is_for_and_survives_a_rebuild() {
    for world in World::all().await {
        let server = world.server().await;
        let (ana, bia) = (server.client("Ana").await.id, server.client("Bia").await.id);
        let draft = server.invoice(ana, false).await.id;
        let patch = InvoicePatch { client_id: Some(bia), at: now(), ..InvoicePatch::default() };
        let update = InvoiceCommand::Update(Box::new(patch));
        server.commands.execute::<Invoice>(&context(), draft, update).await.unwrap();
        let issued = server.invoice(bia, true).await.id;
        server.pay(issued, 1000).await;
        server
            .commands
            .execute::<Invoice>(&context(), draft, InvoiceCommand::Delete { at: now() })
            .await
            .unwrap();
        let all = Paging::Offset(0);
        let (of_ana, total, next) = told(&server, ana, all, 10).await;
        assert_eq!(of_ana, ["invoice.updated", "invoice.created", "client.created"]);
        assert_eq!((total, next), (3, None));
        let (first, total, next) = told(&server, bia, all, 3).await;
        assert_eq!(
            (&first[..], total),
            (&["invoice.deleted", "invoice.paid", "payment.received"].map(str::to_owned)[..], 7)
        );
        let (rest, _, end) = told(&server, bia, Paging::Cursor(next.unwrap()), 10).await;
        assert_eq!(rest, ["invoice.sent", "invoice.created", "invoice.updated", "client.created"]);
        assert_eq!((end, told(&server, bia, Paging::Offset(3), 10).await.0), (None, rest));
        assert_eq!(told(&server, Uuid::nil(), all, 10).await.1, 0);
        verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_anothers_events_by_their_positions() {
    for world in World::all().await {
        let server = world.server().await;
        server.client("Ana").await;
        let other = sunledger_domain::TenantId::new("other").unwrap();
        let head = server.log.head().await.unwrap();
        let positions: Vec<i64> = (1..=head).collect();
        assert!(server.log.read_at(&other, &positions).await.unwrap().is_empty());
        assert!(server.log.read_at(&context().tenant, &[]).await.unwrap().is_empty());
        assert_eq!(server.log.read_at(&context().tenant, &positions).await.unwrap().len() as i64, head);
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_paid_is_known_to_the_centavo() {
    for world in World::all().await {
        let server = world.server().await;
        let tenant = context().tenant;
        let (ana, bia) = (server.client("Ana").await.id, server.client("Bia").await.id);
        let (first, second) = (server.invoice(ana, true).await.id, server.invoice(ana, true).await.id);
        server.pay(server.invoice(bia, true).await.id, 5).await;
        server.pay(first, 100).await;
        let reversed = server.pay(first, 7).await.state.payments[1].id;
        server.pay(second, 30).await;
        let paid = async |client| server.reads().paid_by(&tenant, client).await.unwrap();
        let reais = |amount: i64| BTreeMap::from([("BRL".to_owned(), Decimal::from(amount))]);
        assert_eq!((paid(ana).await, paid(bia).await), (reais(137), reais(5)));
        let take_back = InvoiceCommand::ReversePayment {
            payment_id: reversed,
            today: CalendarDate::parse("2026-03-10").unwrap(),
            at: now(),
        };
        server.commands.execute::<Invoice>(&context(), first, take_back).await.unwrap();
        assert_eq!(paid(ana).await, reais(130));
        assert!(paid(Uuid::nil()).await.is_empty());
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn telephones_and_short_words_are_found_and_follow_changes() {
    for world in World::all().await {
        let server = world.server().await;
        let ana = server.client("Ana Brandão").await.id;
        server.client("東京 電力").await;
        let phone = Phone::parse("+55 (11) 98765-4321").unwrap();
        update(&server, ana, ClientPatch { phone: Change::Set(phone), ..ClientPatch::default() }).await;
        let reads = server.reads();
        let numbers = async |text: &str| find(&reads, text, vec![], Paging::Offset(0)).await.0;
        for text in ["11 98765", "(11) 98765-4321", "119876", "an", "ÃO", "ana 43", "55", "a b"] {
            assert_eq!(numbers(text).await, [1], "{text}");
        }
        assert_eq!((numbers("京").await, numbers("東京").await), (vec![2], vec![2]));
        assert_eq!(numbers("@").await, [2, 1], "no index has it");
        for text in ["21 98765", "98 55", "zz", "京 an"] {
            assert!(numbers(text).await.is_empty(), "{text}");
        }
        let renamed =
            ClientPatch { name: Some("Zoé".into()), email: Change::Clear, ..ClientPatch::default() };
        update(&server, ana, renamed).await;
        assert_eq!((numbers("oe").await, numbers("an").await), (vec![1], vec![]));
        verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_very_many_have_is_found_from_the_newest_on() {
    for world in World::all().await {
        let server = world.server().await;
        let ana = server.client("Ana Souza").await.id;
        let last = MOST_SEARCHED as i64 + 20;
        many(&server.log, ana, 2..=last).await;
        let head = server.log.head().await.unwrap();
        shown(&server, head).await;
        let pending = ClientPatch { status: Some(ClientStatus::Pending), ..ClientPatch::default() };
        update(&server, ana, pending).await;
        let reads = server.reads();
        for text in ["souza", "an", "ana souz"] {
            let (rows, total, next) = find(&reads, text, vec![], Paging::Offset(5)).await;
            assert_eq!(
                (rows, total),
                ((last - 9..=last - 5).rev().collect(), MOST_SEARCHED as i64),
                "{text}"
            );
            let (rows, ..) = find(&reads, text, vec![], Paging::Cursor(next.unwrap())).await;
            assert_eq!(rows, (last - 14..=last - 10).rev().collect::<Vec<_>>());
            let of = vec![Filter::OneOf("status", vec!["pending".to_owned()])];
            assert_eq!(find(&reads, text, of, Paging::Offset(0)).await, (vec![1], 1, None));
        }
        server.projections.shutdown().await;
    }
}
