//! `sunledger serve`: puts the parts together, serves, and takes them apart in order.

use super::base::Base;
use super::{Failure, demo, first_start};
use crate::app::App;
use crate::auth::SignIns;
use crate::scheduler;
use crate::server::drain::Drain;
use crate::server::{Bounds, Served, router, serve};
use crate::settings::Settings;
use crate::stream::Printer;
use std::sync::Arc;
use std::time::Duration;
use sunledger_commands::SystemClock;
use sunledger_store::Log;
use sunledger_stream::Stream;
use sunledger_webhooks::{LogSource, Sources, WebhookSettings, Webhooks};
use tokio::net::TcpListener;

/// How long deliveries under way may take when the server stops; they are made again after the next start.
const WEBHOOKS_END: Duration = Duration::from_secs(3);

/// How long events under way to NATS may take when the server stops; the others are sent after the next start.
const STREAM_END: Duration = Duration::from_secs(2);

/// Serves until a signal says stop; with the demo's company, where that is wanted.
pub(crate) async fn run(settings: Settings, with_demo: bool) -> Result<(), Failure> {
    for name in Settings::unknown_variables() {
        tracing::warn!(name, "there is no such setting");
    }
    // Before anything is written: a taken port should leave no trace.
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| Failure::of(&format!("cannot listen on {}", settings.listen), error))?;
    let address = listener.local_addr().map_err(|error| Failure::of("listening", error))?;

    // Before anything follows the log: nobody sees half a story, and no due date is looked at out of its turn.
    if with_demo {
        demo::at_first_start(&settings, address).await?;
    }
    let app = assemble(settings).await?;
    let drain = app.drain.clone();
    let due_dates = tokio::spawn(scheduler::run(
        app.commands.clone(),
        app.reads.clone(),
        drain.watch(),
        app.scheduler.clone(),
    ));
    let signals = Signals::new()?;
    tokio::spawn(stop_on_signal(signals, drain.clone()));
    tracing::info!(%address, "listening");
    println!("listening on http://{address}");

    let served =
        serve(listener, router(app.clone()), Bounds::of(&app.settings), drain, app.metrics.connections())
            .await;
    match served {
        Served::Drained => tracing::info!("every request is answered"),
        Served::CutOff(connections) => tracing::warn!(connections, "connections were cut off"),
    }
    if let Err(error) = due_dates.await {
        tracing::error!(%error, "the scheduler ended badly");
    }
    app.webhooks.shutdown(app.settings.drain.min(WEBHOOKS_END)).await;
    if let Some(stream) = &app.stream {
        stream.shutdown(STREAM_END).await;
    }
    app.projections.shutdown().await;
    tracing::info!("stopped");
    Ok(())
}

pub(crate) async fn assemble(settings: Settings) -> Result<App, Failure> {
    let base = Base::open(&settings, Arc::new(SystemClock::default())).await?;
    let (commands, log, clock) = (&base.commands, &base.log, &base.clock);
    let reads = base.projections.reads();
    let google = settings.google().map_err(|error| Failure::of("sign-in by Google", error))?;
    let sign_ins = SignIns::new(google);
    if let Some(key) = first_start::prepare(&settings, commands, &reads, &sign_ins.passwords).await? {
        println!("API key (shown once): {}", key.secret);
    }
    let webhook_settings = WebhookSettings {
        allow_private: settings.webhook_allow_private,
        retry_base_ms: u64::try_from(settings.webhook_retry_base.as_millis()).unwrap_or(u64::MAX),
        total_timeout: settings.webhook_timeout,
        ..WebhookSettings::default()
    };
    let now = clock.clone();
    let stream = settings.stream().map(|stream| Stream::start(stream, log.clone(), Arc::new(Printer)));
    let webhooks = Webhooks::start_from(
        sources(stream.as_ref(), log),
        webhook_settings,
        log.clone(),
        settings.store(),
        Arc::new(crate::render::BackofficeRender::new(commands.clone())),
        Arc::new(crate::render::EndpointControl::new(commands.clone())),
        Arc::new(move || now.now().as_microsecond()),
    )
    .await
    .map_err(|error| Failure::of("webhooks", error))?;
    Ok(base.app(settings, sign_ins, webhooks, stream))
}

/// Where the webhooks hear of events: the stream, or the log itself.
fn sources(stream: Option<&Stream>, log: &Log) -> Sources {
    let log = log.clone();
    stream.map_or_else(
        || -> Sources { Arc::new(move || Box::new(LogSource::new(log.clone()))) },
        Stream::sources,
    )
}

/// The signals that say stop.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::of("signals", error));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn stop_on_signal(mut signals: Signals, drain: Drain) {
    signals.next().await;
    tracing::info!("stopping: the requests in hand are answered first");
    drain.start();
    signals.next().await;
    eprintln!("sunledger: stopped at once");
    std::process::exit(1);
}
