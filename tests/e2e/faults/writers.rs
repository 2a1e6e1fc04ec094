//! Many writers on one aggregate: each payment of one invoice counts once, whichever server took it, and of those who saw
//! the same version one changes it.

use super::{a_second, excused};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Api, Reply, Server, both_backends};

const WRITERS: usize = 64;
/// Payments that find nothing left to pay.
const TOO_MANY: usize = 20;

/// What came of the payments of one writer.
#[derive(Default)]
struct Paid {
    versions: Vec<String>,
    refused: usize,
    busy: usize,
    slowest: Duration,
}

/// Pays a cent so many times, each until it is taken or refused for good.
async fn pay(api: Api, path: String, times: usize) -> Paid {
    let mut paid = Paid::default();
    for _ in 0..times {
        let began = Instant::now();
        loop {
            let reply = api.post(&path, json!({"amount": 0.01})).await;
            match reply.status.as_u16() {
                201 => paid.versions.push(reply.header("etag")),
                409 => paid.refused += 1,
                503 => {
                    excused(&reply);
                    paid.busy += 1;
                    continue;
                }
                _ => panic!("{}: {}", reply.status, reply.text()),
            }
            break;
        }
        paid.slowest = paid.slowest.max(began.elapsed());
    }
    paid
}

/// The versions of an invoice's events, in order.
async fn versions(api: &Api, invoice: &str) -> Vec<u64> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/audit/invoice/{invoice}?after={after}&limit=100");
        let page = api.get(&path).await.json(200);
        let events = page["data"].as_array().unwrap();
        if events.is_empty() {
            return found;
        }
        found.extend(events.iter().map(|event| event["version"].as_u64().unwrap()));
        after = page["next"].as_u64().unwrap();
    }
}

/// Many payers of one invoice, spread over the servers.
async fn one_popular_invoice(servers: &[&Server], what: &str) {
    let mut figures = Figures::of(what);
    let times = pick(5, 100);
    let cents = WRITERS * times - TOO_MANY;
    let price = format!("{}.{:02}", cents / 100, cents % 100);
    let apis: Vec<Api> = servers.iter().map(|server| server.api()).collect();
    let client = apis[0].client("Payer").await;
    let invoice = apis[0].sent(&client, &price).await;
    let path = format!("/api/v1/invoices/{invoice}/payments");
    let began = Instant::now();
    let payers = (0..WRITERS).map(|n| tokio::spawn(pay(apis[n % apis.len()].clone(), path.clone(), times)));
    let paid: Vec<Paid> = join_all(payers).await.into_iter().map(Result::unwrap).collect();
    let length = began.elapsed();
    let busy: usize = paid.iter().map(|paid| paid.busy).sum();
    let slowest = paid.iter().map(|paid| paid.slowest).max().unwrap();
    figures.add("payments/s", a_second(cents, length));
    figures.add("503", format!("{busy} of {}", WRITERS * times + busy));
    figures.add("slowest ms", slowest.as_millis());

    assert_eq!(
        paid.iter().map(|paid| paid.refused).sum::<usize>(),
        TOO_MANY,
        "refused for lack of a balance"
    );
    let told: BTreeSet<&String> = paid.iter().flat_map(|paid| &paid.versions).collect();
    assert_eq!(told.len(), cents, "each payment that was acknowledged has a version of its own");
    for api in &apis {
        let state = sunledger_tests::eventually("the server shows all payments", || async {
            Some(api.invoice(&invoice).await).filter(|state| state["status"] == "PAID")
        });
        let state = state.await;
        assert_eq!((shown(&state["total"]), shown(&state["balance"])), (price.clone(), "0.00".to_owned()));
        let payments = api.get(&path).await.data(200);
        let ids: BTreeSet<String> =
            payments.as_array().unwrap().iter().map(|payment| shown(&payment["id"])).collect();
        assert_eq!(ids.len(), cents, "each payment is there once");
    }
    let found = versions(&apis[0], &invoice).await;
    assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>(), "versions without gap");
    assert_eq!(found.len(), cents + 3, "made, sent, each payment, and paid");
    let _ = servers[0].cli_ok(&["verify"]);
}

async fn edit_at(api: &Api, path: &str, version: &str, body: &Value) -> Reply {
    loop {
        let reply = api.call("PUT", path).header("if-match", version).json(body).send().await;
        if reply.status != 503 {
            return reply;
        }
        excused(&reply);
    }
}

/// Round after round, all see the same version and try to change it.
async fn one_winner_a_version(servers: &[&Server]) {
    let apis: Vec<Api> = servers.iter().map(|server| server.api()).collect();
    let client = apis[0].client("Payer").await;
    let path = format!("/api/v1/invoices/{}", apis[0].draft(&client, "10").await);
    for round in 1..=pick(3, 50) {
        let version = format!("\"{round}\"");
        let bodies: Vec<Value> = (0..WRITERS).map(|n| json!({"notes": format!("{round}-{n}")})).collect();
        let edits =
            bodies.iter().enumerate().map(|(n, body)| edit_at(&apis[n % apis.len()], &path, &version, body));
        let replies = join_all(edits).await;
        let won: Vec<usize> = (0..WRITERS).filter(|&n| replies[n].status == 200).collect();
        assert_eq!(won.len(), 1, "one of those who saw version {round} changes it");
        assert!(replies.iter().all(|reply| [200, 412].contains(&reply.status.as_u16())));
        assert_eq!(replies[won[0]].header("etag"), format!("\"{}\"", round + 1));
        sunledger_tests::eventually("the winner's text is there", || async {
            let read = apis[0].get(&path).await.data(200);
            (read["notes"] == bodies[won[0]]["notes"]).then_some(())
        })
        .await;
    }
}

both_backends! {
    async fn sixty_four_payers_of_one_invoice(server: Server) {
        let what = format!("64 writers on one aggregate, {:?}, one server", server.backend());
        one_popular_invoice(&[&server], &what).await;
    }

    async fn sixty_four_payers_of_one_invoice_at_two_servers(server: Server) {
        let what = format!("64 writers on one aggregate, {:?}, two servers", server.backend());
        one_popular_invoice(&[&server, &server.twin()], &what).await;
    }

    async fn of_sixty_four_who_saw_the_same_version_one_wins(server: Server) {
        one_winner_a_version(&[&server, &server.twin()]).await;
    }
}
