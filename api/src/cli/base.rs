//! What handlers stand on, opened and put together: for a server, and for the demo that fills the books through them.

use super::Failure;
use crate::app::{App, Parts};
use crate::auth::{Directory, ReadModels, Sessions, SignIns};
use crate::ops::metrics::Metrics;
use crate::ops::sample::Sampler;
use crate::server::drain::Drain;
use crate::server::limits::Limits;
use crate::settings::Settings;
use std::sync::Arc;
use sunledger_commands::{Clock, Codec, Commands};
use sunledger_projections::Projections;
use sunledger_store::Log;
use sunledger_stream::Stream;
use sunledger_webhooks::Webhooks;

/// The log and both of its sides.
pub(crate) struct Base {
    pub(crate) log: Log,
    pub(crate) projections: Projections,
    pub(crate) commands: Commands,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Base {
    /// Opens them; the read models are up to date when this returns. Where no server projects, this process does as long as
    /// it lives.
    pub(crate) async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let (store, codec) = (settings.store(), Codec::default());
        let log = Log::open(&store).await?;
        let projections = Projections::start(log.clone(), store, codec.clone()).await?;
        projections.catch_up().await?;
        let read_side = Arc::new(projections.clone());
        let commands = Commands::with_codec(log.clone(), clock.clone(), read_side, codec);
        Ok(Self { log, projections, commands, clock })
    }

    /// With what else a handler needs.
    pub(crate) fn app(
        self,
        settings: Settings,
        sign_ins: SignIns,
        webhooks: Webhooks,
        stream: Option<Stream>,
    ) -> App {
        let Self { log, projections, commands, clock } = self;
        let reads = projections.reads();
        let read_side = Arc::new(projections.clone());
        App::new(Parts {
            sessions: Sessions::new(commands.clone()),
            sign_ins,
            keys: Directory::new(ReadModels { reads: reads.clone(), log: log.clone(), read_side }),
            limits: Limits::new(&settings),
            metrics: Metrics::default(),
            scheduler: Arc::default(),
            sampler: Sampler::default(),
            drain: Drain::default(),
            settings: Arc::new(settings),
            commands,
            reads,
            log,
            projections,
            webhooks,
            stream,
            clock,
        })
    }
}
