//! `sunledger demo`, and what `serve --demo` does before it serves.

use super::Failure;
use super::args::DemoArgs;
use super::base::Base;
use super::ledger::Ledger;
use crate::auth::SignIns;
use crate::demo::{self, DemoError, SEED, StoryClock, TENANT, Tour};
use crate::settings::Settings;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use sunledger_domain::TenantId;
use sunledger_domain::tenant::Tenant;
use sunledger_webhooks::Webhooks;

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Makes the company and prints what to look at next.
pub(crate) async fn run(settings: Settings, wanted: DemoArgs) -> Result<(), Failure> {
    let server = address(&settings, settings.listen);
    let began = Instant::now();
    let tour = make(settings, &wanted.tenant, wanted.seed).await?;
    eprintln!("Tenant {} was made in {} ms.", wanted.tenant, began.elapsed().as_millis());
    print!("{}", tour.page(&server));
    Ok(())
}

/// Makes the company before a server begins, unless its tenant is there, and prints what to look at next, that once.
pub(crate) async fn at_first_start(settings: &Settings, listening: SocketAddr) -> Result<(), Failure> {
    let tenant = TenantId::new(TENANT)?;
    let ledger = Ledger::open(settings).await?;
    if ledger.commands.load::<Tenant>(&tenant, tenant.stream_id()).await?.is_some() {
        tracing::info!(%tenant, "the demo's company is there already");
        return Ok(());
    }
    drop(ledger);
    match make(settings.clone(), &tenant, SEED).await {
        Ok(tour) => {
            println!("{}", tour.page(&address(settings, listening)));
            Ok(())
        }
        // Another server that began at the same moment makes it.
        Err(DemoError::Taken(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Where a server answers.
fn address(settings: &Settings, listening: SocketAddr) -> String {
    settings.public_url.clone().unwrap_or_else(|| format!("http://{listening}"))
}

/// The company's people ask as often as they have to, and deliver and publish nothing: that is for a server.
async fn make(settings: Settings, tenant: &TenantId, seed: u64) -> Result<Tour, DemoError> {
    let clock = Arc::new(StoryClock::new());
    let closed = |failure: Failure| DemoError::Closed(failure.to_string());
    let base = Base::open(&settings, clock.clone()).await.map_err(closed)?;
    let webhooks = Webhooks::at_rest(base.log.clone(), &settings.store()).await?;
    let settings = Settings { rate_limit: false, ..settings };
    let app = base.app(settings, SignIns::new(None), webhooks, None);
    let done = demo::make(app.clone(), clock, tenant, seed).await;
    app.projections.shutdown().await;
    done
}
