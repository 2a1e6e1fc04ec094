//! Page 1 and page 10,000 of a long list, by cursor: plain, filtered, searched, and both.

use crate::Failure;
use crate::database;
use crate::http;
use crate::options::{Options, folder, server_binary};
use crate::ours::{append, copy};
use crate::process::Server;
use crate::rows::requests::{make_client, new_invoice};
use crate::table::{Goal, Runs, grouped, latencies, row};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use sunledger_domain::TenantId;
use sunledger_store::{Log, NewEvent, StoreSettings, StreamId, StreamWrite};
use uuid::Uuid;

/// Rows of a page.
const LIMIT: u64 = 20;
/// The far page.
const FAR: u64 = 10_000;
const CONNECTIONS: usize = 8;
/// Half of the clients are found by the search.
const CLIENTS: usize = 200;
const QUERIES: [(&str, &str); 4] = [
    ("all", ""),
    ("with filter", "&status=DRAFT"),
    ("with search", "&search=nascente"),
    ("with filter and search", "&status=DRAFT&search=nascente"),
];

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    database::with("lists", async |database| {
        let folder = folder()?;
        let server = Server::start(&binary, Some(database.url()), folder.path(), &[]).await?;
        let template = Template::make(server.address, database.settings(), CLIENTS).await?;
        template.append(options.invoices as u64).await?;
        template.shown(server.address).await?;
        database.settle().await?;
        for (name, query) in QUERIES {
            compare(options, server.address, name, query).await?;
        }
        Ok(())
    })
    .await
}

async fn compare(options: &Options, server: SocketAddr, name: &str, query: &str) -> Result<(), Failure> {
    let (page, cursor) = far_page(server, query).await?;
    let first = format!("/api/v1/invoices?limit={LIMIT}{query}");
    let far = format!("{first}&cursor={cursor}");
    let (mut on_first, mut on_far) = (Runs::default(), Runs::default());
    for _ in 0..options.rounds {
        for (runs, path) in [(&mut on_first, &first), (&mut on_far, &far)] {
            let request = http::request("GET", path, "", "");
            let make: http::Make = Arc::new(move |_| request.clone());
            runs.push(http::load(server, CONNECTIONS, options.time.min(Duration::from_secs(5)), make).await?);
        }
    }
    let invoices = grouped(options.invoices as f64);
    row(
        &format!("{invoices} invoices {name}: page {}, requests/s", grouped(page as f64)),
        &on_far.rate,
        "page 1",
        &on_first.rate,
        Goal::AtLeast(0.9),
    );
    latencies(&format!("{invoices} invoices {name}, page 1"), &on_first);
    Ok(())
}

/// Walks to page 10,000, or as far as the list goes; the page's number, and the cursor that opens it.
async fn far_page(server: SocketAddr, query: &str) -> Result<(u64, String), Failure> {
    let (mut rows, mut cursor) = (0, None::<String>);
    loop {
        let from = cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let path = format!("/api/v1/invoices?limit=100{query}{from}");
        let answer = http::call(server, &http::request("GET", &path, "", "")).await?;
        answer.json()?;
        match answer.header("x-next-cursor") {
            Some(next) => cursor = Some(next.to_owned()),
            None => return cursor.map(|cursor| (rows / LIMIT, cursor)).ok_or("too few invoices".into()),
        }
        rows += 100;
        if rows >= (FAR - 1) * LIMIT {
            return Ok((rows / LIMIT + 1, cursor.unwrap_or_default()));
        }
    }
}

/// An invoice's first event, to be appended many times over: numbers, ids and clients differ.
pub(crate) struct Template {
    log: Log,
    created: NewEvent,
    client: String,
    clients: Vec<String>,
    next: AtomicU64,
}

impl Template {
    /// Makes clients, of which every other one is found by `nascente`, and the invoice that the others are copies of.
    pub(crate) async fn make(
        server: SocketAddr,
        settings: StoreSettings,
        clients: usize,
    ) -> Result<Self, Failure> {
        let mut ids = Vec::new();
        for client in 0..clients.max(1) {
            let name = if client % 2 == 0 { "Solar Nascente" } else { "Cooperativa Horizonte" };
            ids.push(make_client(server, &format!("{name} {client} Ltda")).await?);
        }
        let request = http::request("POST", "/api/v1/invoices", "", &new_invoice(&ids[0]));
        let made = http::call(server, &request).await?.json()?;
        let id: Uuid = made["data"]["id"].as_str().ok_or("no id")?.parse()?;
        let log = Log::open(&settings).await?;
        let stream = StreamId { tenant: TenantId::new("default")?, kind: "invoice".into(), id };
        let history = log.read_stream(&stream, 0, 1).await?;
        let created = copy(history.first().ok_or("no event")?);
        Ok(Self { log, created, client: ids[0].clone(), clients: ids, next: AtomicU64::new(2) })
    }

    /// Appends so many new invoices.
    pub(crate) async fn append(&self, invoices: u64) -> Result<(), Failure> {
        let mut left = invoices;
        while left > 0 {
            let mut batch = Vec::new();
            while left > 0 && batch.len() < 32 {
                let count = left.min(200);
                left -= count;
                let writes = (0..count).map(|_| self.write()).collect();
                batch.push(tokio::spawn(append(self.log.clone(), TenantId::new("default")?, writes)));
            }
            for append in batch {
                append.await??;
            }
        }
        Ok(())
    }

    /// How many events the log has.
    pub(crate) async fn head(&self) -> Result<u64, Failure> {
        Ok(u64::try_from(self.log.head().await?)?)
    }

    fn write(&self) -> StreamWrite {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let client = &self.clients[number as usize % self.clients.len()];
        let payload = self
            .created
            .payload
            .replacen("\"number\":1,", &format!("\"number\":{number},"), 1)
            .replacen("INV-0001", &format!("INV-{number:04}"), 1)
            .replacen(&self.client, client, 1);
        let created = NewEvent { payload, ..self.created.clone() };
        StreamWrite { kind: "invoice".into(), id: Uuid::now_v7(), expected: 0, events: vec![created] }
    }

    /// Waits until the server shows them all.
    pub(crate) async fn shown(&self, server: SocketAddr) -> Result<(), Failure> {
        let last = self.next.load(Ordering::Relaxed) - 1;
        let (mut shown, mut moved) = (0, Instant::now());
        loop {
            let request = http::request("GET", "/api/v1/invoices?limit=1", "", "");
            let now = http::call(server, &request).await?.json()?["total"].as_u64().unwrap_or(0);
            if now >= last {
                return Ok(());
            }
            if now > shown {
                (shown, moved) = (now, Instant::now());
            } else if moved.elapsed() > Duration::from_secs(30) {
                return Err(format!("the list shows {now} of {last} invoices, and no more").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
