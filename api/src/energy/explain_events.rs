//! The events that the inputs of an energy invoice's figures came from: what the consumer unit's history says up to the
//! event that billed the month.

use crate::app::App;
use crate::http::{ApiError, timestamp_micros};
use serde::Serialize;
use std::collections::HashMap;
use sunledger_domain::TenantId;
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitBilled, ConsumerUnitEvent};
use sunledger_domain::energy::Source;
use sunledger_store::{RecordedEvent, StreamId};
use utoipa::ToSchema;
use uuid::Uuid;

/// Events of a unit that are read at a time.
const PAGE: usize = 500;

/// An event of the ledger, which `/audit` shows in full.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = energy::ExplainedEvent)]
pub(super) struct EventView {
    /// Place in the whole log.
    #[schema(example = 4711)]
    position: i64,
    /// What kind of thing it happened to.
    #[schema(example = "consumer_unit")]
    kind: String,
    /// To which.
    id: Uuid,
    /// The thing's version after it.
    #[schema(example = 3)]
    version: i64,
    /// What happened.
    #[schema(example = "consumer_unit.billed")]
    r#type: String,
    /// When.
    #[schema(format = DateTime, example = "2024-03-14T13:55:01.733Z")]
    time: String,
}

impl EventView {
    fn new(event: &RecordedEvent) -> Self {
        Self {
            position: event.position,
            kind: event.kind.to_string(),
            id: event.id,
            version: event.version,
            r#type: event.event_type.to_string(),
            time: timestamp_micros(event.recorded_at),
        }
    }
}

/// Which event told what, right after a bill. Of what was told several times, the last one counts.
#[derive(Debug, Default)]
pub(super) struct Origins {
    opening_savings: Option<EventView>,
    discount_rate: Option<EventView>,
    installation_type: Option<EventView>,
    /// Discounts and charges as they were made.
    adjustments: HashMap<Uuid, EventView>,
    /// The bills before this one whose invoices are not cancelled.
    earlier: Vec<Earlier>,
    /// This one.
    bill: Option<EventView>,
}

#[derive(Debug)]
struct Earlier {
    invoice_id: Uuid,
    /// The discounts that it took from: what is left of them depends on it.
    discounts: Vec<Uuid>,
    event: EventView,
}

impl Origins {
    /// Reads the history of a unit up to the bill of an invoice.
    ///
    /// # Errors
    /// The store's; 500 where the unit never billed that invoice.
    pub(super) async fn read(
        app: &App,
        tenant: &TenantId,
        unit_id: Uuid,
        invoice_id: Uuid,
    ) -> Result<Self, ApiError> {
        let stream = StreamId { tenant: tenant.clone(), kind: "consumer_unit".into(), id: unit_id };
        let (mut origins, mut version) = (Self::default(), 0);
        loop {
            let page = app.log.read_stream(&stream, version, PAGE).await?;
            let Some(last) = page.last() else { break };
            version = last.version;
            for recorded in &page {
                let event = app.commands.codec().decode::<ConsumerUnit>(recorded)?;
                origins.note(event, EventView::new(recorded), invoice_id);
                if origins.bill.is_some() {
                    return Ok(origins);
                }
            }
        }
        Err(ApiError::internal(format!("consumer unit {unit_id} never billed invoice {invoice_id}")))
    }

    /// The events that told an input, oldest first; none where it is a figure, whose own inputs have theirs.
    pub(super) fn of(&self, source: Source) -> Vec<EventView> {
        let earlier = |counts: &dyn Fn(&Earlier) -> bool| -> Vec<&EventView> {
            self.earlier.iter().filter(|bill| counts(bill)).map(|bill| &bill.event).collect()
        };
        let (first, then) = match source {
            Source::Bill => (self.bill.as_ref(), vec![]),
            Source::ConsumerUnit => (self.discount_rate.as_ref(), vec![]),
            Source::Connection => (self.installation_type.as_ref(), vec![]),
            Source::EarlierBills => (self.opening_savings.as_ref(), earlier(&|_| true)),
            Source::Discount(id) => {
                (self.adjustments.get(&id), earlier(&|bill| bill.discounts.contains(&id)))
            }
            Source::Charge(id) => (self.adjustments.get(&id), vec![]),
            Source::Figure => (None, vec![]),
        };
        let mut events: Vec<EventView> = first.into_iter().chain(then).cloned().collect();
        events.sort_by_key(|event| event.position);
        events
    }

    fn note(&mut self, event: ConsumerUnitEvent, view: EventView, invoice_id: Uuid) {
        match event {
            ConsumerUnitEvent::Registered(_) => {
                self.opening_savings = Some(view.clone());
                self.discount_rate = Some(view.clone());
                self.installation_type = Some(view);
            }
            ConsumerUnitEvent::Updated(patch) => {
                if patch.opening_savings.is_some() {
                    self.opening_savings = Some(view.clone());
                }
                if patch.discount_rate.is_some() {
                    self.discount_rate = Some(view.clone());
                }
                if patch.installation_type.is_some() {
                    self.installation_type = Some(view);
                }
            }
            ConsumerUnitEvent::DiscountCreated(made) => {
                self.adjustments.insert(made.discount_id, view);
            }
            ConsumerUnitEvent::ChargeCreated(made) => {
                self.adjustments.insert(made.charge_id, view);
            }
            ConsumerUnitEvent::Billed(billed) if billed.invoice_id == invoice_id => self.bill = Some(view),
            ConsumerUnitEvent::Billed(billed) => {
                let ConsumerUnitBilled { invoice_id, billing, .. } = *billed;
                let discounts = billing.discounts.iter().map(|taken| taken.discount_id).collect();
                self.earlier.push(Earlier { invoice_id, discounts, event: view });
            }
            ConsumerUnitEvent::BillCancelled(cancelled) => {
                self.earlier.retain(|bill| bill.invoice_id != cancelled.invoice_id);
            }
            ConsumerUnitEvent::DiscountDeleted(_)
            | ConsumerUnitEvent::ChargeDeleted(_)
            | ConsumerUnitEvent::CreditsReceived(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::consumer_unit::{
        ConsumerUnitBillCancelled, ConsumerUnitRegistered, DiscountCreated, UnitPatch,
    };
    use sunledger_domain::energy::{AdjustmentValue, AppliedDiscount, Billing, Fraction};
    use sunledger_domain::value::Competence;
    use sunledger_domain::{Number, consumer_unit::UnitProfile};

    const DISCOUNT: Uuid = Uuid::from_u128(7);

    fn at() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn billed(invoice: u128, took: bool) -> ConsumerUnitEvent {
        let taken = AppliedDiscount {
            discount_id: DISCOUNT,
            description: "Desconto".to_owned(),
            asks: AdjustmentValue::Amount(rust_decimal::Decimal::TEN),
            asked: rust_decimal::Decimal::TEN,
            applied: rust_decimal::Decimal::ONE,
            real: true,
        };
        let billing = Billing { discounts: if took { vec![taken] } else { vec![] }, ..Billing::default() };
        let invoice_id = Uuid::from_u128(invoice);
        let (credits, lapsed) = (vec![], vec![]);
        ConsumerUnitEvent::Billed(Box::new(ConsumerUnitBilled {
            invoice_id,
            billing,
            credits,
            lapsed,
            at: at(),
        }))
    }

    fn cancelled(invoice: u128) -> ConsumerUnitEvent {
        let (invoice_id, competence) = (Uuid::from_u128(invoice), Competence::default());
        ConsumerUnitEvent::BillCancelled(ConsumerUnitBillCancelled { invoice_id, competence, at: at() })
    }

    fn rate(text: &str) -> ConsumerUnitEvent {
        let discount_rate = Some(Fraction::parse(text).unwrap());
        ConsumerUnitEvent::Updated(Box::new(UnitPatch { discount_rate, ..UnitPatch::default() }))
    }

    /// The positions of the events that told an input of the bill of invoice 30.
    fn positions(history: Vec<ConsumerUnitEvent>, source: Source) -> Vec<i64> {
        let mut origins = Origins::default();
        for (event, position) in history.into_iter().zip(1..) {
            let view = EventView {
                position,
                kind: String::new(),
                id: Uuid::nil(),
                version: position,
                r#type: String::new(),
                time: String::new(),
            };
            if origins.bill.is_none() {
                origins.note(event, view, Uuid::from_u128(30));
            }
        }
        origins.of(source).iter().map(|event| event.position).collect()
    }

    fn history() -> Vec<ConsumerUnitEvent> {
        let registered =
            ConsumerUnitRegistered { number: Number(1), profile: UnitProfile::default(), at: at() };
        let discount = DiscountCreated {
            discount_id: DISCOUNT,
            value: AdjustmentValue::Amount(rust_decimal::Decimal::TEN),
            cumulative: true,
            real: true,
            description: "Desconto".to_owned(),
            competence: Competence::default(),
            at: at(),
        };
        vec![
            ConsumerUnitEvent::Registered(Box::new(registered)),
            rate("0.1"),
            ConsumerUnitEvent::DiscountCreated(Box::new(discount)),
            billed(10, true),
            billed(20, false),
            billed(21, true),
            cancelled(21),
            rate("0.2"),
            billed(30, true),
            rate("0.3"),
            billed(40, true),
        ]
    }

    #[test]
    fn an_input_comes_from_the_last_event_that_told_it_before_the_bill() {
        assert_eq!(positions(history(), Source::Bill), [9]);
        assert_eq!(positions(history(), Source::ConsumerUnit), [8]);
        assert_eq!(positions(history(), Source::Connection), [1]);
        assert_eq!(positions(history(), Source::Figure), [0; 0]);
    }

    #[test]
    fn what_is_carried_on_comes_from_the_bills_that_stood_then() {
        assert_eq!(positions(history(), Source::EarlierBills), [1, 4, 5]);
        assert_eq!(positions(history(), Source::Discount(DISCOUNT)), [3, 4]);
    }
}
