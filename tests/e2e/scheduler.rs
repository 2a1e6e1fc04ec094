//! Invoices become overdue at midnight where their tenant is: by an event, once, whichever server is up.

use crate::faults::clock::FakeClock;
use crate::faults::poison::{Poison, insert};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use sunledger_tests::books::shown;
use sunledger_tests::receiver::Received;
use sunledger_tests::{Api, Backend, Receiver, Tenant, both_backends, eventually};

/// Makes an invoice that is due on a day, and sends it.
async fn due(api: &Api, day: Date) -> String {
    let client = api.client("Payer").await;
    let mut bill = Api::bill(&client, "10.00");
    bill["issueDate"] = json!("2024-01-01");
    bill["dueDate"] = json!(day.to_string());
    let id = shown(&api.post("/api/v1/invoices", bill).await.data(201)["id"]);
    let _ = api.act(&format!("/api/v1/invoices/{id}/send")).await.expect(200);
    id
}

async fn live_in(api: &Api, zone: &str) {
    let _ = api.put("/tenant", json!({"timeZone": zone})).await.expect(200);
}

/// The events by which an invoice became overdue.
async fn overdue(api: &Api, invoice: &str) -> Vec<serde_json::Value> {
    let mut events = api.get(&format!("/audit/invoice/{invoice}?limit=100")).await.json(200)["data"].take();
    let events = std::mem::take(events.as_array_mut().unwrap());
    events.into_iter().filter(|event| event["type"] == "invoice.overdue").collect()
}

async fn becomes_overdue(api: &Api, invoice: &str) {
    eventually("the invoice is overdue", || async {
        (api.invoice(invoice).await["status"] == "OVERDUE").then_some(())
    })
    .await;
}

async fn told_of_overdue(api: &Api) -> Receiver {
    let receiver = Receiver::start().await;
    let _ = api
        .post("/webhooks", json!({"url": receiver.url(), "events": ["invoice.overdue"]}))
        .await
        .expect(201);
    receiver
}

/// How far the clock must be set ahead to stand at so many seconds before the midnight that ends a day somewhere.
fn ahead(zone: &str, day: Date, seconds_before: i64) -> i64 {
    let midnight = day.tomorrow().unwrap().to_zoned(TimeZone::get(zone).unwrap()).unwrap();
    midnight.timestamp().as_second() - seconds_before - Timestamp::now().as_second()
}

/// Today in a zone.
fn today(zone: &str) -> Date {
    Zoned::now().with_time_zone(TimeZone::get(zone).unwrap()).date()
}

/// It became overdue by one event, of the scheduler's, which its receiver was told of.
async fn once(api: &Api, receiver: &Receiver, invoice: &str) {
    let events = overdue(api, invoice).await;
    assert_eq!(events.len(), 1, "{events:?}");
    let actor = &events[0]["actor"];
    assert_eq!((&actor["type"], &actor["id"]), (&json!("system"), &json!("scheduler")), "{}", events[0]);
    assert_eq!(events[0]["surface"], "system");
    assert!(shown(&events[0]["requestId"]).starts_with("overdue-"), "{}", events[0]);
    // One message, which may come again where its server died before it could note the answer.
    let of_it = |all: &[Received]| -> BTreeSet<String> {
        let of_it = all.iter().filter(|one| one.json()["data"]["uuid"] == json!(invoice));
        of_it.map(|one| one.id().to_owned()).collect()
    };
    let all = receiver.wait_for("the event", |all| !of_it(all).is_empty()).await;
    assert_eq!(of_it(&all).len(), 1, "{all:?}");
}

both_backends! {
    async fn two_servers_mark_an_invoice_once_right_after_midnight(backend: Backend) {
        const ZONE: &str = "Pacific/Auckland";
        let (one, clock) = FakeClock::start(backend);
        let other = one.twin();
        let api = one.api();
        live_in(&api, ZONE).await;
        // Where it is the same day, but not as late, an invoice that is due is not overdue yet.
        let behind = Tenant::on(&one);
        live_in(&behind, "Pacific/Honolulu").await;
        let receiver = told_of_overdue(&api).await;
        let day = today(ZONE).saturating_add(1.day());
        clock.set(&format!("{:+}", ahead(ZONE, day, 8)));
        let (last_day, later) = (due(&api, day).await, due(&api, day.tomorrow().unwrap()).await);
        let elsewhere = due(&behind, day).await;
        assert_eq!(api.invoice(&last_day).await["status"], "SENT");
        clock.set(&format!("{:+}", ahead(ZONE, day, -1)));
        becomes_overdue(&api, &last_day).await;
        // The scheduler goes over to the other server, and looks again: nothing is left to do.
        one.kill9();
        let api = other.api();
        eventually("the other looks at due dates", || async {
            crate::faults::servers::does(&other, "scheduler").await.then_some(())
        })
        .await;
        clock.set(&format!("{:+}", ahead(ZONE, day, -60)));
        tokio::time::sleep(Duration::from_secs(1)).await;
        once(&api, &receiver, &last_day).await;
        assert_eq!(api.invoice(&later).await["status"], "SENT");
        let behind = Api::new(&other, behind.key());
        assert_eq!(behind.invoice(&elsewhere).await["status"], "SENT");

        // A company that moves has the date of where it is now.
        live_in(&behind, ZONE).await;
        becomes_overdue(&behind, &elsewhere).await;
    }

    async fn a_server_that_was_down_over_midnight_marks_at_its_start(backend: Backend) {
        const ZONE: &str = "America/Sao_Paulo";
        let (server, clock) = FakeClock::start(backend);
        let api = server.api();
        let receiver = told_of_overdue(&api).await;
        let day = today(ZONE);
        let invoice = due(&api, day).await;
        assert_eq!(api.invoice(&invoice).await["status"], "SENT");
        server.stop();
        clock.set(&format!("{:+}", ahead(ZONE, day, -86_400)));
        server.up();
        let api = server.api();
        becomes_overdue(&api, &invoice).await;
        once(&api, &receiver, &invoice).await;
        server.restart();
        once(&server.api(), &receiver, &invoice).await;
    }

    async fn an_invoice_that_cannot_be_read_keeps_nobody_elses_from_becoming_overdue(backend: Backend) {
        const ZONE: &str = "America/Sao_Paulo";
        let (server, clock) = FakeClock::start(backend);
        // By tenant, it comes first.
        let broken = due(&server.api(), today(ZONE)).await;
        let tenant = Tenant::on(&server);
        let invoice = due(&tenant, today(ZONE)).await;
        let event = Poison {
            kind: "invoice",
            id: &broken,
            version: 3,
            event_type: "invoice.teleported",
            event_version: "1.0",
            payload: "{}",
        };
        insert(&server, &event);
        clock.set(&format!("{:+}", ahead(ZONE, today(ZONE), -1)));
        becomes_overdue(&tenant, &invoice).await;
        assert_eq!(overdue(&server.api(), &broken).await.len(), 0);
    }
}
