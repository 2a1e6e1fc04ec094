//! Deliveries to 10 endpoints of a fast receiver, from the append of the events to the last post; beside a bare client
//! that posts the same bodies to the same receiver.

use crate::Failure;
use crate::database;
use crate::http;
use crate::options::{Options, folder, server_binary};
use crate::peers::{receiver, sender};
use crate::process::{Peer, Server};
use crate::rows::lists::Template;
use crate::table::{Goal, Sample, row};
use serde_json::json;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const ENDPOINTS: u64 = 10;
/// Events of a round, for each second that a measurement should take.
const EVENTS_A_SECOND: u64 = 600;
/// How long a round may stand still.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    database::with("webhooks", async |database| {
        let folder = folder()?;
        let allowed = [("SUNLEDGER_WEBHOOK_ALLOW_PRIVATE", "true")];
        let server = Server::start(&binary, Some(database.url()), folder.path(), &allowed).await?;
        let template = Template::make(server.address, database.settings(), 1).await?;
        let receiver = Peer::start(&["receiver"])?.start_endpoints(server.address).await?;
        let events = (options.time.as_secs_f64() * EVENTS_A_SECOND as f64) as u64;
        let (mut ours, mut theirs) = (Sample::default(), Sample::default());
        for _ in 0..options.rounds {
            let before = receiver::heard(receiver.address).await?;
            let began = Instant::now();
            template.append(events).await?;
            wait(receiver.address, before + events * ENDPOINTS).await?;
            ours.push((events * ENDPOINTS) as f64 / began.elapsed().as_secs_f64());
            let body = receiver::last_body(receiver.address).await?;
            theirs.push(sender::run(receiver.address, &body, options.time).await?);
        }
        row("webhooks to 10 endpoints, posts/s", &ours, "a bare reqwest client", &theirs, Goal::AtLeast(0.5));
        Ok(())
    })
    .await
}

impl Peer {
    /// Registers the receiver's endpoints.
    async fn start_endpoints(self, server: SocketAddr) -> Result<Self, Failure> {
        for endpoint in 0..ENDPOINTS {
            let url = format!("http://{}/hook/{endpoint}", self.address);
            let body = json!({ "url": url, "events": ["invoice.created"] }).to_string();
            http::call(server, &http::request("POST", "/webhooks", "", &body)).await?.json()?;
        }
        Ok(self)
    }
}

async fn wait(receiver: SocketAddr, count: u64) -> Result<(), Failure> {
    let (mut heard, mut moved) = (0, Instant::now());
    loop {
        let now = receiver::heard(receiver).await?;
        if now >= count {
            return Ok(());
        }
        if now > heard {
            (heard, moved) = (now, Instant::now());
        } else if moved.elapsed() > PATIENCE {
            return Err(format!("{now} of {count} deliveries, and no more").into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
