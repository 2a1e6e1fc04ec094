//! What a fleet's meters send: installations with a reading every 15 minutes, uploaded a day at a time and one by one, and an
//! installation with so many readings that its report is worth timing. There is no peer: what is to be known is what a
//! reading costs.

use crate::Failure;
use crate::database;
use crate::http::{self, Make};
use crate::options::{Options, folder, server_binary};
use crate::process::Server;
use crate::rows::requests::make_client;
use crate::table::{Rate, Runs, Sample, grouped, latencies, note};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const INSTALLATIONS: u64 = 1_000;
/// Readings of a day, one every 15 minutes.
const DAY: u64 = 96;
/// Readings of the largest request.
const MOST: u64 = 1_000;
/// Readings of the installation that is reported on at most.
const DENSE: u64 = 1_000_000;
const MANY: usize = 16;
const REPORT: &str = "/v1/reports/energy-production";

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    let files = folder()?;
    let server = Server::start(&binary, None, files.path(), &[]).await?;
    fleet("SQLite", &server, options, Some(files.path())).await?;
    drop(server);
    database::with("readings", async |database| {
        let server = Server::start(&binary, Some(database.url()), files.path(), &[]).await?;
        fleet("Postgres", &server, options, None).await
    })
    .await
}

async fn fleet(
    backend: &str,
    server: &Server,
    options: &Options,
    files: Option<&Path>,
) -> Result<(), Failure> {
    let client = install(server.address).await?;
    let before = files.map(size).transpose()?;
    let days = options.readings.div_ceil(INSTALLATIONS * DAY).max(1);
    let uploads = http::all(server.address, MANY, days * INSTALLATIONS, uploads()).await?;
    let sent = days * INSTALLATIONS * DAY;
    print(&format!("{backend}: readings/s, a day's {DAY} in a request, {MANY} connections"), uploads, DAY);
    if let (Some(files), Some(before)) = (files, before) {
        let bytes = size(files)?.saturating_sub(before) as f64 / sent as f64;
        note(
            &format!("{backend}: {} readings, on the disk", grouped(sent as f64)),
            &format!("{bytes:.0} bytes each, log and read models"),
        );
    }
    let singles = (options.readings / 20).max(INSTALLATIONS);
    let singly = http::all(server.address, MANY, singles, singles_after(days)).await?;
    print(&format!("{backend}: readings/s, one in a request, {MANY} connections"), singly, 1);
    let dense = options.readings.min(DENSE).div_ceil(MOST);
    let batches = http::all(server.address, 1, dense, dense_batches()).await?;
    print(&format!("{backend}: readings/s, {MOST} in a request, one connection"), batches, MOST);
    report(backend, server.address, dense * MOST, options.rounds).await?;
    let summary = http::request("GET", &format!("/v1/reports/client-summary/{client}"), "", "");
    let time = timed(server.address, &summary, options.rounds).await?;
    note(&format!("{backend}: summary of the client with all of them, ms"), &time.to_string());
    note(
        &format!("{backend}: most memory of the server until then"),
        &format!("{} MiB", grouped(server.peak_memory()?)),
    );
    Ok(())
}

/// A client with one project and all the installations, and one more; its id.
async fn install(server: SocketAddr) -> Result<String, Failure> {
    let client = make_client(server, "Frota Solar Ltda").await?;
    let project = json!({ "clientId": client, "name": "Frota", "systemSize": 5_000, "estimatedCost": 0 });
    http::call(server, &http::request("POST", "/v1/projects", "", &project.to_string())).await?.json()?;
    let body = json!({ "projectId": 1, "status": "completed" }).to_string();
    let make: Make = Arc::new(move |_| http::request("POST", "/v1/installations", "", &body));
    http::all(server, MANY, INSTALLATIONS + 1, make).await?;
    Ok(client)
}

/// A day of each installation, then the next day.
fn uploads() -> Make {
    Arc::new(|upload| {
        let (installation, day) = (upload % INSTALLATIONS + 1, upload / INSTALLATIONS);
        post(installation, readings(day * DAY..(day + 1) * DAY, 900))
    })
}

/// The readings after so many days, one at a time.
fn singles_after(days: u64) -> Make {
    Arc::new(move |reading| {
        let (installation, index) = (reading % INSTALLATIONS + 1, days * DAY + reading / INSTALLATIONS);
        post(installation, readings(index..index + 1, 900))
    })
}

/// One every 30 seconds, of the one installation more.
fn dense_batches() -> Make {
    Arc::new(|batch| post(INSTALLATIONS + 1, readings(batch * MOST..(batch + 1) * MOST, 30)))
}

/// Readings `seconds` apart, the first of the range so many after the beginning of 2025.
fn readings(range: std::ops::Range<u64>, seconds: i64) -> String {
    let begin: Timestamp = Timestamp::from_second(1_735_689_600).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut body = String::from("[");
    for index in range {
        let comma = if body.len() > 1 { "," } else { "" };
        let at = begin + SignedDuration::from_secs(index as i64 * seconds);
        let _ =
            write!(body, "{comma}{{\"at\":\"{at}\",\"energyKwh\":{}.{:03}}}", index % 3, index * 37 % 1_000);
    }
    body.push(']');
    body
}

fn post(installation: u64, body: String) -> Vec<u8> {
    http::request("POST", &format!("/v1/installations/{installation}/readings"), "", &body)
}

fn print(what: &str, rate: Rate, readings: u64) {
    let (mut runs, mut each) = (Runs::default(), Sample::default());
    runs.push(rate);
    each.push(rate.rate * readings as f64);
    note(what, &each.to_string());
    latencies(what, &runs);
}

/// The report of a year of the installation with most readings.
async fn report(backend: &str, server: SocketAddr, readings: u64, rounds: usize) -> Result<(), Failure> {
    for format in ["json", "csv", "pdf"] {
        let body = json!({
            "installationId": INSTALLATIONS + 1, "startDate": "2025-01-01", "endDate": "2025-12-31", "format": format,
        });
        let time = timed(server, &http::request("POST", REPORT, "", &body.to_string()), rounds).await?;
        let what =
            format!("{backend}: year's report over {} readings as {format}, ms", grouped(readings as f64));
        note(&what, &time.to_string());
    }
    Ok(())
}

async fn timed(server: SocketAddr, request: &[u8], rounds: usize) -> Result<Sample, Failure> {
    let mut time = Sample::default();
    for _ in 0..rounds {
        let began = Instant::now();
        let status = http::read(server, request, |_| {}).await?;
        if status != 200 {
            return Err(format!("a report is {status}").into());
        }
        time.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(time)
}

/// Bytes of all files of a folder.
fn size(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.metadata()?;
        bytes += if kind.is_dir() { size(&entry.path())? } else { kind.len() };
    }
    Ok(bytes)
}
