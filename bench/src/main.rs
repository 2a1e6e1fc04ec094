//! Sunledger beside its peers, in one run on one machine: every row is a ratio. See `--help`, and `docs/performance.md`.

#![allow(clippy::float_arithmetic, reason = "rates and ratios, not money")]

mod database;
mod http;
mod options;
mod ours;
mod peers;
mod process;
mod rows;
mod table;
mod work;

use futures_util::future::LocalBoxFuture;
use options::Options;
use std::process::ExitCode;
use sunledger_store::StoreSettings;

/// Whatever goes wrong ends a part, and is printed.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Part = for<'o> fn(&'o Options) -> LocalBoxFuture<'o, Result<(), Failure>>;

/// The parts of the table, in its order.
const PARTS: [(&str, Part); 13] = [
    ("commands", |options| Box::pin(rows::commands::measure(options))),
    ("sqlite", |options| Box::pin(rows::sqlite::measure(options))),
    ("bulk", |options| Box::pin(rows::bulk::measure(options))),
    ("relay", |options| Box::pin(rows::relay::measure(options))),
    ("rebuild", |options| Box::pin(rows::rebuild::measure(options))),
    ("requests", |options| Box::pin(rows::requests::measure(options))),
    ("lists", |options| Box::pin(rows::lists::measure(options))),
    ("search", |options| Box::pin(rows::search::measure(options))),
    ("webhooks", |options| Box::pin(rows::webhooks::measure(options))),
    ("energy", |options| Box::pin(rows::energy::measure(options))),
    ("readings", |options| Box::pin(rows::readings::measure(options))),
    ("memory", |_| Box::pin(rows::memory::measure())),
    ("growth", |options| Box::pin(rows::growth::measure(options))),
];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// True where everything that was wanted could be measured.
async fn run() -> Result<bool, Failure> {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if_eq("peer").is_some() {
        let words: Vec<String> = words.collect();
        return peer(&words.iter().map(String::as_str).collect::<Vec<_>>()).await.map(|()| true);
    }
    let Some(options) = Options::read(words)? else {
        print!("{}", options::HELP);
        return Ok(true);
    };
    let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    if let Some(name) = options.unknown(&names) {
        return Err(format!("there is no part {name}; there are {}", names.join(", ")).into());
    }
    let cores = std::thread::available_parallelism()?;
    println!(
        "{cores} cores; {}; {} × {} s; medians (least–most)\n",
        database::described().await?,
        options.rounds,
        options.time.as_secs_f64()
    );
    table::head();
    let mut complete = true;
    for (name, measure) in PARTS {
        if options.wants(name)
            && let Err(failure) = measure(&options).await
        {
            complete = false;
            table::note(
                &format!("**{name} could not be measured**"),
                &failure.to_string().replace('\n', " "),
            );
        }
    }
    Ok(complete)
}

/// What processes of their own do.
async fn peer(words: &[&str]) -> Result<(), Failure> {
    match words {
        ["handlers", url] => peers::handlers::serve(url).await,
        ["receiver"] => peers::receiver::serve().await,
        ["rebuild", backend, place] => {
            ours::rebuild_here(StoreSettings::new(rows::growth::backend_at(backend, place))).await
        }
        _ => Err(format!("no such peer: {words:?}").into()),
    }
}
