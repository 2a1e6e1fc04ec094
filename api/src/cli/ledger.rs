//! The log and what stands on it, opened for one command.

use super::Failure;
use crate::settings::Settings;
use std::sync::Arc;
use sunledger_commands::{Actor, Clock, Codec, Commands, Context, SystemClock};
use sunledger_domain::TenantId;
use sunledger_domain::tenant::Tenant;
use sunledger_projections::{Beside, Projections};
use sunledger_store::{Log, StoreSettings};

/// The write side, opened beside whoever serves.
pub(crate) struct Ledger {
    pub(crate) log: Log,
    pub(crate) store: StoreSettings,
    pub(crate) codec: Codec,
    pub(crate) commands: Commands,
}

impl Ledger {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let store = settings.store();
        let log = Log::open(&store).await?;
        let codec = Codec::default();
        let commands = Commands::with_codec(
            log.clone(),
            Arc::new(SystemClock::default()),
            Arc::new(Beside::new(log.clone(), store.clone())),
            codec.clone(),
        );
        Ok(Self { log, store, codec, commands })
    }

    /// The read side, up to date. Where no server projects, this process does as long as it lives.
    pub(crate) async fn reads(&self) -> Result<Projections, Failure> {
        let projections =
            Projections::start(self.log.clone(), self.store.clone(), self.codec.clone()).await?;
        projections.catch_up().await?;
        Ok(projections)
    }

    /// A tenant's profile.
    pub(crate) async fn tenant(&self, tenant: &TenantId) -> Result<Arc<Tenant>, Failure> {
        match self.commands.load::<Tenant>(tenant, tenant.stream_id()).await? {
            Some(loaded) => Ok(loaded.state),
            None => Err(Failure::Failed(format!("there is no tenant {tenant}"))),
        }
    }
}

/// The context of a command from the command line.
pub(crate) fn context(tenant: &TenantId) -> Context {
    Context {
        tenant: tenant.clone(),
        actor: Actor::cli(),
        surface: "cli",
        request_id: uuid::Uuid::now_v7().to_string().into(),
        now: SystemClock::default().now(),
        if_match: None,
        idempotency: None,
    }
}
