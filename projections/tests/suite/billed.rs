//! Energy invoices by month, over a real log on each backend: in order, page by page, of the plants that were named, and
//! nothing else.

use crate::support::World;
use bills::{bill, found, month};
use sunledger_commands::Codec;
use sunledger_domain::TenantId;
use sunledger_projections::{BilledQuery, verify};
use uuid::Uuid;

mod bills {
    use crate::support::{Server, context, now};
    use rust_decimal::Decimal;
    use sunledger_domain::NumberSeries;
    use sunledger_domain::energy::{BillDraft, Billing, Terms};
    use sunledger_domain::invoice::{EnergyInvoiceDraft, Invoice, InvoiceCommand, InvoiceEnergy};
    use sunledger_domain::value::{CalendarDate, Competence};
    use sunledger_projections::{BilledPlace, BilledQuery};
    use uuid::Uuid;

    fn day(text: &str) -> CalendarDate {
        CalendarDate::parse(text).unwrap()
    }

    pub(crate) fn month(text: &str) -> Competence {
        Competence::parse(text).unwrap()
    }

    pub(crate) async fn bill(server: &Server, client_id: Uuid, competence: &str, plant: Option<Uuid>) {
        let draft = BillDraft {
            competence: month(competence),
            previous_reading: day("2024-02-02"),
            current_reading: day("2024-03-06"),
            next_reading: day("2024-04-05"),
            utility_issue_date: day("2024-03-06"),
            utility_due_date: day("2024-03-22"),
            due_date: day("2199-03-22"),
            consumption: Decimal::from(1496),
            tariff: Decimal::new(95, 2),
            compensable_tariff: Decimal::new(93, 2),
            ..BillDraft::default()
        };
        let billing =
            Billing::compute(draft.checked().unwrap(), Terms::default(), &[], &[], Decimal::ZERO).unwrap();
        let energy = InvoiceEnergy {
            consumer_unit_id: Uuid::now_v7(),
            power_plant_id: plant,
            account_number: "1".to_owned(),
            billing,
        };
        let draft = EnergyInvoiceDraft {
            client_id,
            series: NumberSeries::new("INV-", 4).unwrap(),
            issue_date: day("2024-03-14"),
            energy,
            plan: None,
            today: day("2024-03-14"),
            at: now(),
        };
        let command = InvoiceCommand::CreateEnergy(Box::new(draft));
        server.commands.execute::<Invoice>(&context(), server.commands.new_id(), command).await.unwrap();
    }

    /// The numbers of all invoices that a query finds, `limit` at a time.
    pub(crate) async fn found(server: &Server, query: &BilledQuery, limit: usize) -> Vec<i64> {
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let page = server.reads().billed(&context().tenant, query, after, limit).await.unwrap();
            assert!(page.len() <= limit);
            numbers.extend(page.iter().map(|invoice| invoice.number));
            match page.last().and_then(BilledPlace::after) {
                Some(place) if page.len() == limit => after = Some(place),
                _ => return numbers,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn energy_invoices_come_by_month_and_number() {
    for world in World::all().await {
        let server = world.server().await;
        let client = server.client("Ana").await.id;
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        for (competence, plant) in [
            ("04/2024", Some(first)),
            ("03/2024", Some(second)),
            ("12/2023", None),
            ("03/2024", Some(first)),
            ("03/2024", None),
        ] {
            bill(&server, client, competence, plant).await;
        }
        // Has a number of the same series, and no month.
        let ordinary = server.invoice(client, true).await;
        server.pay(ordinary.id, 400).await;
        let months = |first: Option<&str>, last: Option<&str>, plants: Option<Vec<Uuid>>| BilledQuery {
            first: first.map(month),
            last: last.map(month),
            plants,
        };
        for (query, numbers) in [
            (months(None, None, None), &[3, 2, 4, 5, 1][..]),
            (months(Some("03/2024"), None, None), &[2, 4, 5, 1]),
            (months(Some("03/2024"), Some("03/2024"), None), &[2, 4, 5]),
            (months(None, Some("02/2024"), None), &[3]),
            (months(Some("05/2024"), None, None), &[]),
            (months(None, None, Some(vec![first])), &[4, 1]),
            (months(None, Some("03/2024"), Some(vec![second, first, Uuid::nil()])), &[2, 4]),
            (months(None, None, Some(vec![])), &[]),
        ] {
            for limit in [1, 2, 100] {
                assert_eq!(found(&server, &query, limit).await, numbers, "{query:?}");
            }
        }
        let other = TenantId::new("other").unwrap();
        assert!(server.reads().billed(&other, &BilledQuery::default(), None, 9).await.unwrap().is_empty());
        verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        server.projections.shutdown().await;
    }
}
