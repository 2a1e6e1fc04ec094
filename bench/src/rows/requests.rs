//! Requests over HTTP, each contender a process of its own, under the same load.

use crate::Failure;
use crate::database;
use crate::http::{self, Make};
use crate::options::{Options, folder, server_binary};
use crate::process::{Peer, Server};
use crate::table::{Goal, Runs, latencies, row};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

const CONNECTIONS: usize = 64;
/// Rows that are looked up.
const ROWS: usize = 2_000;

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    database::with("served", async |ours| {
        database::with("bare", async |bare| {
            let folder = folder()?;
            let server = Server::start(&binary, Some(ours.url()), folder.path(), &[]).await?;
            let peer = Peer::start(&["handlers", bare.url()])?;
            let client = make_client(server.address, "Solar Nascente Ltda").await?;
            let body = new_invoice(&client);
            let read_ours = paths(server.address, "/api/v1/invoices", &body, "/data/id").await?;
            let printed =
                http::call(server.address, &http::request("GET", &read_ours[0], "", "")).await?.json()?;
            let read_theirs = paths(peer.address, "/rows", &printed["data"].to_string(), "/id").await?;
            let (mut posts, mut gets) = (<[Runs; 2]>::default(), <[Runs; 2]>::default());
            for _ in 0..options.rounds {
                let contenders =
                    [(server.address, "/api/v1/invoices", &read_ours), (peer.address, "/rows", &read_theirs)];
                for (index, (address, path, rows)) in contenders.into_iter().enumerate() {
                    let run = http::load(address, CONNECTIONS, options.time, post(path, body.clone()));
                    posts[index].push(run.await?);
                    let run = http::load(address, CONNECTIONS, options.time, get(rows.clone()));
                    gets[index].push(run.await?);
                }
            }
            print(&posts, &gets);
            Ok(())
        })
        .await
    })
    .await
}

/// Makes a client; its id.
pub(crate) async fn make_client(server: SocketAddr, name: &str) -> Result<String, Failure> {
    let body = json!({ "name": name, "email": "billing@solar.example" }).to_string();
    let made = http::call(server, &http::request("POST", "/api/v1/clients", "", &body)).await?.json()?;
    Ok(made["data"]["id"].as_str().ok_or("no id")?.to_owned())
}

/// The body that makes an invoice.
pub(crate) fn new_invoice(client: &str) -> String {
    json!({
        "clientId": client,
        "dueDate": "2030-01-31",
        "notes": "Delivery is planned for the second half of the month; mounting takes three days.",
        "lineItems": [
            { "description": "Rooftop array", "quantity": 12, "unitPrice": 425.5, "taxRate": 10 },
            { "description": "Inverter, three phases", "quantity": 1, "unitPrice": 1890, "taxRate": 10 },
        ],
    })
    .to_string()
}

/// Makes the rows that are looked up; their paths.
async fn paths(address: SocketAddr, path: &str, body: &str, id: &str) -> Result<Arc<Vec<String>>, Failure> {
    let mut paths = Vec::new();
    for _ in 0..ROWS / CONNECTIONS {
        let made = (0..CONNECTIONS).map(|_| async {
            let made: Value = http::call(address, &http::request("POST", path, "", body)).await?.json()?;
            let id = made.pointer(id).and_then(Value::as_str).ok_or("no id")?;
            Ok::<_, Failure>(format!("{path}/{id}"))
        });
        paths.extend(futures_util::future::try_join_all(made).await?);
    }
    Ok(Arc::new(paths))
}

fn post(path: &'static str, body: String) -> Make {
    let request = http::request("POST", path, "", &body);
    Arc::new(move |_| request.clone())
}

fn get(paths: Arc<Vec<String>>) -> Make {
    Arc::new(move |n| http::request("GET", &paths[n as usize % paths.len()], "", ""))
}

fn print(posts: &[Runs; 2], gets: &[Runs; 2]) {
    let ([our_posts, their_posts], [our_gets, their_gets]) = (posts, gets);
    let bare = "a bare handler that inserts and commits";
    row("POST an invoice, requests/s", &our_posts.rate, bare, &their_posts.rate, Goal::AtLeast(1.0));
    latencies("POST an invoice", our_posts);
    let bare = "a bare handler with one key look-up";
    row("GET an invoice, requests/s", &our_gets.rate, bare, &their_gets.rate, Goal::AtLeast(0.7));
    row("GET an invoice, p99 in µs", &our_gets.p99, bare, &their_gets.p99, Goal::AtMost(1.43));
    latencies("GET an invoice", our_gets);
}
