//! What an invoice's print shows beside the invoice: its client, its consumer unit and that unit's power plant, read for
//! a whole page at once.

use super::invoice_view::InvoiceView;
use super::report_row::Beside;
use crate::app::App;
use crate::http::ApiError;
use std::collections::HashMap;
use sunledger_domain::TenantId;
use sunledger_domain::client::Client;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::tenant::Tenant;
use sunledger_projections::View;
use uuid::Uuid;

/// The clients, units and plants of some invoices. One that is not there any more is left out.
pub(super) struct Parts {
    clients: HashMap<Uuid, View<Client>>,
    units: HashMap<Uuid, View<ConsumerUnit>>,
    plants: HashMap<Uuid, View<PowerPlant>>,
}

impl Parts {
    /// Reads what some invoices show.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn of<'i>(
        app: &App,
        tenant: &TenantId,
        invoices: impl Iterator<Item = &'i Invoice> + Clone,
    ) -> Result<Self, ApiError> {
        let energy = invoices.clone().filter_map(|invoice| invoice.energy.as_deref());
        let clients = distinct(invoices.map(|invoice| invoice.client_id));
        let units = distinct(energy.clone().map(|energy| energy.consumer_unit_id));
        let plants = distinct(energy.filter_map(|energy| energy.power_plant_id));
        // Three at once are too large to be part of every answer that shows an invoice.
        let read = Box::pin(async {
            tokio::try_join!(
                app.reads.get_many::<Client>(tenant, &clients),
                app.reads.get_many::<ConsumerUnit>(tenant, &units),
                app.reads.get_many::<PowerPlant>(tenant, &plants),
            )
        });
        let (clients, units, plants) = read.await?;
        Ok(Self { clients: by_id(clients), units: by_id(units), plants: by_id(plants) })
    }

    /// Who is billed.
    pub(super) fn client(&self, invoice: &Invoice) -> Option<&View<Client>> {
        self.clients.get(&invoice.client_id)
    }

    /// The consumer unit whose month is billed.
    pub(super) fn unit(&self, invoice: &Invoice) -> Option<&View<ConsumerUnit>> {
        self.units.get(&invoice.energy.as_ref()?.consumer_unit_id)
    }

    /// The power plant that it got credits from when it was billed.
    pub(super) fn plant(&self, invoice: &Invoice) -> Option<&View<PowerPlant>> {
        self.plants.get(&invoice.energy.as_ref()?.power_plant_id?)
    }

    /// An invoice, printed; `pdf` is where it can be downloaded.
    pub(super) fn print(
        &self,
        id: Uuid,
        invoice: &Invoice,
        profile: &Tenant,
        pdf: Option<&str>,
    ) -> InvoiceView {
        let unit = self.unit(invoice);
        let beside = Beside {
            unit: unit.map(|unit| &unit.state),
            client: self.client(invoice).map(|client| &client.state),
            profile,
            pdf,
        };
        let numbers = (unit.map(|unit| unit.number), self.plant(invoice).map(|plant| plant.number));
        InvoiceView::new(id, invoice, beside, numbers)
    }
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn by_id<A>(views: Vec<View<A>>) -> HashMap<Uuid, View<A>> {
    views.into_iter().map(|view| (view.id, view)).collect()
}
