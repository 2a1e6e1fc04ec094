//! How fast the log is: appends of one 600 byte event to existing streams, of new invoices with a number and a label, and
//! reading all of it back in pages.
//!
//! ```text
//! cargo run --release -p sunledger-store --example append -- sqlite /tmp/somewhere [seconds]
//! cargo run --release -p sunledger-store --example append -- postgres postgres://user@host/database [seconds]
//! ```
//!
//! The place should be empty. Figures are only as good as the machine is idle and its disk is honest.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use sunledger_domain::{Label, TenantId};
use sunledger_store::{Append, Backend, Log, NewEvent, SeriesRequest, StoreSettings, StreamWrite};
use uuid::Uuid;

/// Streams that each caller has to itself.
const STREAMS: usize = 80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// One more event for a stream that is there.
    Payments,
    /// New streams, each with a number and a label out of two series.
    Invoices,
    /// Every fourth is an invoice.
    Mixed,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (backend, seconds) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["sqlite", folder, rest @ ..] => {
            (Backend::Sqlite { folder: (*folder).into() }, rest.first().copied())
        }
        ["postgres", url, rest @ ..] => (Backend::Postgres { url: (*url).to_owned() }, rest.first().copied()),
        _ => return Err("usage: append sqlite FOLDER | postgres URL [SECONDS]".into()),
    };
    let seconds = seconds.map_or(Ok(5), str::parse)?;
    let log = Log::open(&StoreSettings::new(backend)).await?;
    let tenants: Vec<TenantId> =
        (0..10).map(|n| TenantId::new(&format!("t{n}"))).collect::<Result<_, _>>()?;
    for (callers, work) in [
        (1, Work::Payments),
        (64, Work::Payments),
        (256, Work::Payments),
        (64, Work::Mixed),
        (64, Work::Invoices),
        (256, Work::Invoices),
    ] {
        run(&log, &tenants, callers, work, Duration::from_secs(seconds)).await?;
    }
    for page in [1000, 5000] {
        read(&log, page).await?;
    }
    let since = Instant::now();
    let checked = log.check(&|_| ()).await?;
    println!("checked {checked} events in {:?}", since.elapsed());
    Ok(())
}

async fn run(
    log: &Log,
    tenants: &[TenantId],
    callers: usize,
    work: Work,
    time: Duration,
) -> Result<(), Box<dyn Error>> {
    let (stop, ready) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (begin, _) = tokio::sync::broadcast::channel::<()>(1);
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let (log, stop, ready) = (log.clone(), stop.clone(), ready.clone());
        let tenant = tenants[caller % tenants.len()].clone();
        let mut begin = begin.subscribe();
        tasks.spawn(async move {
            let mut streams = Vec::new();
            if work != Work::Invoices {
                for _ in 0..STREAMS {
                    let stream = Uuid::now_v7();
                    log.append(payment(&tenant, stream, 0)).await?;
                    streams.push((stream, 1));
                }
            }
            ready.fetch_add(1, Ordering::Relaxed);
            let _ = begin.recv().await;
            let mut waits = Vec::new();
            for turn in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let since = Instant::now();
                if work == Work::Invoices || (work == Work::Mixed && turn % 4 == 0) {
                    log.append(invoice(&tenant)).await?;
                } else if let Some((stream, version)) = streams.get_mut(turn % STREAMS) {
                    log.append(payment(&tenant, *stream, *version)).await?;
                    *version += 1;
                }
                waits.push(since.elapsed());
            }
            Ok::<_, sunledger_store::AppendError>(waits)
        });
    }
    while ready.load(Ordering::Relaxed) < callers {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (batches, appends) = (log.stats().batches(), log.stats().appends());
    let since = Instant::now();
    begin.send(())?;
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    while let Some(done) = tasks.join_next().await {
        waits.append(&mut done??);
    }
    let micros = since.elapsed().as_micros();
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or_default();
    let batch = (log.stats().appends() - appends).checked_div(log.stats().batches() - batches).unwrap_or(0);
    println!(
        "{work:?} callers={callers}: {} appends/s, p50 {:?}, p99 {:?}, max {:?}, batch {batch}",
        waits.len() as u128 * 1_000_000 / micros,
        at(50),
        at(99),
        waits.last().copied().unwrap_or_default(),
    );
    Ok(())
}

async fn read(log: &Log, page: usize) -> Result<(), Box<dyn Error>> {
    let (since, mut at, mut count) = (Instant::now(), 0, 0);
    loop {
        let events = log.read(at, page).await?;
        let Some(last) = events.last() else { break };
        at = last.position;
        count += events.len() as u128;
    }
    println!(
        "read {count} events, pages of {page}: {} events/s",
        count * 1_000_000 / since.elapsed().as_micros()
    );
    Ok(())
}

fn payment(tenant: &TenantId, stream: Uuid, expected: i64) -> Append {
    append(tenant, stream, expected, "payment.received", format!(r#"{{"text":"{}"}}"#, "x".repeat(390)))
}

fn invoice(tenant: &TenantId) -> Append {
    let payload = format!(r#"{{"number":{0},"label":{0},"text":"{1}"}}"#, i64::MIN, "x".repeat(330));
    let mut append = append(tenant, Uuid::now_v7(), 0, "invoice.created", payload);
    let label = Label { prefix: "INV-".into(), width: 4, scope: "invoice_number" };
    for (series, field, label) in [("number:invoice", "number", None), ("label:INV-", "label", Some(label))] {
        let series = series.to_owned();
        append.series.push(SeriesRequest {
            event: 0,
            series,
            field: Some(field),
            label,
            max: None,
            refusal: "",
        });
    }
    append
}

fn append(
    tenant: &TenantId,
    stream: Uuid,
    expected: i64,
    event_type: &'static str,
    payload: String,
) -> Append {
    let metadata = format!(
        r#"{{"actor":{{"type":"key","id":"{stream}","name":"Bench"}},"surface":"crm","request":"{0}","command":"{0}"}}"#,
        Uuid::now_v7()
    );
    let event = NewEvent { event_type: event_type.into(), event_version: "1.0".into(), payload };
    let write = StreamWrite { kind: "invoice".into(), id: stream, expected, events: vec![event] };
    Append {
        tenant: tenant.clone(),
        writes: vec![write],
        unchanged: Vec::new(),
        quiet: None,
        take: Vec::new(),
        release: Vec::new(),
        series: Vec::new(),
        key: None,
        metadata: metadata.into(),
        recorded_at: 1_700_000_000_000_000,
    }
}
