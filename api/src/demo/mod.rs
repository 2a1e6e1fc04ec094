//! A solar company that could be, to look at: sixteen months of its life, made through the routes that everybody uses.
//!
//! The story is told day by day, from an opening two months before the first readings until today, by a clock that is
//! turned with it. So every event is recorded at the time at which it would have happened: what the audit says of a day last
//! March, what the financial report knew then and what changed lately are those of a company that was there. On each day
//! every part of it does what it has to do, one after the other, and asks for what takes numbers one request at a time:
//! a seed and a date give the same names, amounts and numbers again. Only ids are new each time.
//!
//! What has thousands goes in lots: an area's bills of a month are one unit of work, an installation's readings
//! of a month one request, sales and commissions of a month one import. Payments and changes of status take no numbers and
//! are asked for side by side.
//!
//! | file | what |
//! | --- | --- |
//! | `chance` | figures that follow from the seed |
//! | `people`, `places` | names, CPF and CNPJ, cities, utilities, tariffs |
//! | `calendar` | the clock, and the days of the story |
//! | `desk` | where requests are made |
//! | `company` | the tenant, its key, who signs in, its profile |
//! | `market`, `energy` | plants, clients, units; generation, discounts, bills |
//! | `installations`, `production` | projects, installations, what they produce |
//! | `office`, `books` | leads, quotes, invoices, tickets; accounts and transactions |
//! | `sales`, `commissions` | teams, sales, SCPFs, overrides, paystubs |
//! | `receivables` | who pays when |
//! | `webhooks` | two endpoints |
//! | `tour` | what to look at next |

mod books;
mod calendar;
mod chance;
mod commissions;
mod company;
mod desk;
mod energy;
mod installations;
mod market;
mod office;
mod people;
mod places;
mod production;
mod receivables;
mod sales;
mod tour;
mod webhooks;

pub(crate) use calendar::StoryClock;
pub(crate) use tour::Tour;

use crate::app::App;
use crate::http::ApiError;
use books::Books;
use chance::Chance;
use commissions::Commissions;
use desk::Desk;
use energy::Energy;
use installations::Installations;
use office::Office;
use receivables::Receivables;
use std::sync::Arc;
use sunledger_commands::CommandError;
use sunledger_domain::TenantId;
use sunledger_store::StoreError;
use tour::Sights;

/// The tenant that it fills where none is named, and the seed.
pub(crate) const TENANT: &str = "demo";
pub(crate) const SEED: u64 = 2026;

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The tenant holds something already.
    #[error(
        "tenant {0} holds data already, and nothing of it is changed; \
         name another with --tenant NAME, or use another folder or database"
    )]
    Taken(TenantId),
    /// A request was refused, which none should be; what came before it is there.
    #[error(
        "the demo stopped half-way, and its tenant stays as it is ({0}); begin again with another --tenant"
    )]
    Refused(String),
    /// It could not even begin.
    #[error("{0}")]
    Closed(String),
    /// A command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The log failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ApiError> for DemoError {
    fn from(error: ApiError) -> Self {
        Self::Refused(format!("{}: {}", error.status, error.message))
    }
}

/// Makes the company, in a tenant that is not there or holds nothing yet.
///
/// # Errors
/// [`DemoError::Taken`] where it holds anything, and nothing is changed; whatever else keeps the story from its end.
pub(crate) async fn make(
    app: App,
    clock: Arc<StoryClock>,
    tenant: &TenantId,
    seed: u64,
) -> Result<Tour, DemoError> {
    let before = company::empty(&app.commands, tenant).await?;
    let (opened, calendar) = company::open(&app.commands, &clock, tenant, before).await?;
    let desk = Desk::new(app, clock, &opened);
    company::introduce(&desk, &opened, &mut Chance::of(seed, "company")).await?;

    let mut receivables = Receivables::new(calendar.today, seed);
    let mut energy = Energy::new(&calendar, seed);
    let mut installations = Installations::new(&calendar, seed);
    let mut office = Office::new(&calendar, seed);
    let mut books = Books::new(&calendar, seed);
    let mut commissions = Commissions::new(&calendar, seed, installations.systems());
    for day in calendar.days() {
        desk.day_begins(day);
        receivables.day(&desk, day).await?;
        energy.day(&desk, day, &mut receivables).await?;
        installations.day(&desk, day, energy.clients(), &mut receivables).await?;
        office.day(&desk, day, energy.clients(), &mut receivables).await?;
        books.day(&desk, day).await?;
        commissions.day(&desk, day).await?;
    }
    let endpoint = webhooks::register(&desk).await?;
    let sights = Sights {
        client: energy.clients()[installations::ALSO_CREDITS].clone(),
        invoice: energy.sight(),
        paystub: commissions.last_paystub().to_owned(),
    };
    Ok(Tour::of(&opened, &calendar, endpoint, sights))
}
