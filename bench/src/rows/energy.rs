//! Utilities' bills posted one by one, as an energy manager's clerks do at the month's end, and the billing report of the year
//! that they make. There is no peer: nothing else turns a bill into an invoice by these rules.

use crate::Failure;
use crate::database;
use crate::http::{self, Make};
use crate::options::{Options, folder, server_binary};
use crate::process::Server;
use crate::rows::requests::make_client;
use crate::table::{Rate, Runs, grouped, latencies, note};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

const REPORT: &str = "/energy/reports/billing";
/// Units that share a client and a power plant.
const NEIGHBOURS: u64 = 100;
/// Bills of a unit in a year.
const MONTHS: u64 = 12;
/// The year of the first bills.
const YEAR: u64 = 2024;
const MANY: usize = 16;

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    let files = folder()?;
    let server = Server::start(&binary, None, files.path(), &[]).await?;
    bill("SQLite", &server, options.bills).await?;
    drop(server);
    database::with("energy", async |database| {
        let server = Server::start(&binary, Some(database.url()), files.path(), &[]).await?;
        bill("Postgres", &server, options.bills).await
    })
    .await
}

/// A year of bills over one connection and the year's report, and then another year over more connections.
async fn bill(backend: &str, server: &Server, bills: u64) -> Result<(), Failure> {
    let units = bills.div_ceil(MONTHS);
    register(server.address, units).await?;
    let alone = http::all(server.address, 1, bills, new_bills(units, YEAR)).await?;
    print(backend, bills, 1, alone);
    let report = report(server.address, YEAR).await?;
    if report.rows != bills {
        return Err(format!("the report of {bills} bills has {} rows", report.rows).into());
    }
    note(
        &format!("{backend}: billing report of {} rows", grouped(bills as f64)),
        &format!(
            "{:.2} s, the first row after {:.3} s, {} MB",
            report.time.as_secs_f64(),
            report.first.as_secs_f64(),
            report.bytes / 1_000_000
        ),
    );
    note(
        &format!("{backend}: most memory of the server until then"),
        &format!("{} MiB", grouped(server.peak_memory()?)),
    );
    let together = http::all(server.address, MANY, bills, new_bills(units, YEAR + 1)).await?;
    print(backend, bills, MANY, together);
    Ok(())
}

fn print(backend: &str, bills: u64, connections: usize, rate: Rate) {
    let mut runs = Runs::default();
    runs.push(rate);
    let bills = grouped(bills as f64);
    let what = match connections {
        1 => format!("{backend}: {bills} bills one by one"),
        _ => format!("{backend}: {bills} bills over {connections} connections"),
    };
    note(&format!("{what}, bills/s"), &runs.rate.to_string());
    latencies(&what, &runs);
}

/// Registers the units, with clients, power plants, and a Pix key that codes are made for.
async fn register(server: SocketAddr, units: u64) -> Result<(), Failure> {
    let profile =
        json!({ "pixKey": "123e4567-e12b-12d1-a456-426655440000", "pixCity": "Campinas" }).to_string();
    http::call(server, &http::request("PUT", "/tenant", "", &profile)).await?.json()?;
    let mut clients = Vec::new();
    for plant in 0..units.div_ceil(NEIGHBOURS) {
        clients.push(make_client(server, &format!("Cooperativa {plant} Ltda")).await?);
        let body = json!({ "name": format!("Usina {plant}") }).to_string();
        http::call(server, &http::request("POST", "/energy/power-plants", "", &body)).await?.json()?;
    }
    let make: Make = Arc::new(move |unit| {
        let plant = unit / NEIGHBOURS;
        let body = json!({
            "accountNumber": format!("{}", 100_000_000 + unit),
            "address": {
                "street": "Rua das Acácias", "number": format!("{unit}"), "district": "Centro", "city": "Campinas",
                "state": "SP", "zip": "13010-000",
            },
            "clientCode": clients[plant as usize],
            "discountRate": 0.2,
            "instalationType": "TRIFASICO",
            "name": format!("Unidade {unit}"),
            "nameAccountOwner": format!("Condomínio {unit}"),
            "percentage": 0.01,
            "powerPlantCode": format!("{}", plant + 1),
        });
        http::request("POST", "/energy/consumer-units", "", &body.to_string())
    });
    http::all(server, MANY, units, make).await?;
    Ok(())
}

/// The bills of a year: January's of all units, then February's. Due so late that none of them becomes overdue meanwhile.
fn new_bills(units: u64, year: u64) -> Make {
    Arc::new(move |bill| {
        let (month, unit) = (bill / units + 1, bill % units + 1);
        let body = json!({
            "competencia": format!("{month:02}/{year}"),
            "dataLeituraAnterior": format!("{year}-{month:02}-01"),
            "dataLeituraAtual": format!("{year}-{month:02}-28"),
            "dataLeituraFutura": format!("{}-01-28", year + 1),
            "dataEmissaoConcessionaria": format!("{year}-{month:02}-28"),
            "dataVencimentoConcessionaria": "2030-01-31",
            "dataVencimento": "2030-01-31",
            "consumoTotalMes": 400 + bill % 1_700,
            "creditosCompensados": 342.27,
            "creditoSolarSaldoTotal": 3188.97,
            "tarifakWh": 0.95863974,
            "tarifakWhCompensavel": 0.93455196,
            "totalEncargos": 186.43,
            "dealershipBoleto": "84670000001-7 43590024020-9 02405000243-5 84221010811-9",
        });
        let path = format!("/energy/consumer-units/{unit}/bills");
        http::request("POST", &path, "", &body.to_string())
    })
}

/// What a report was like.
struct Report {
    rows: u64,
    bytes: usize,
    /// Until its first rows came.
    first: Duration,
    /// Until its last row came.
    time: Duration,
}

/// Takes the report of a year, and keeps nothing of it.
async fn report(server: SocketAddr, year: u64) -> Result<Report, Failure> {
    let body = json!({ "firstDate": format!("01-{year}"), "secondDate": format!("12-{year}") }).to_string();
    let (mut rows, mut bytes, mut first, mut end) = (0, 0, None, 0);
    let began = Instant::now();
    let status = http::read(server, &http::request("POST", REPORT, "", &body), |part| {
        first.get_or_insert(began.elapsed());
        bytes += part.len();
        rows += part.iter().filter(|byte| **byte == b'\n').count() as u64;
        end = part.last().copied().unwrap_or(end);
    })
    .await?;
    let time = began.elapsed();
    if status != 200 || end != b']' {
        return Err(format!("{status}: the report broke off after {bytes} bytes").into());
    }
    // Rows are on lines of their own, without a line end behind the last.
    Ok(Report { rows: rows + u64::from(bytes > 2), bytes, first: first.unwrap_or(time), time })
}
