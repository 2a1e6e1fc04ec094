//! Invoice numbers: each once, none left out.

use futures_util::StreamExt;
use serde_json::json;
use std::collections::BTreeSet;
use sunledger_tests::books::shown;
use sunledger_tests::{Api, Tenant, both_backends};

const INVOICES: &str = "/api/v1/invoices";

fn series(numbers: std::ops::RangeInclusive<u32>) -> BTreeSet<String> {
    numbers.map(|number| format!("INV-{number:04}")).collect()
}

both_backends! {
    async fn two_hundred_from_32_callers_at_once_without_gap_or_repetition(t: Tenant) {
        let client = t.client("Payer").await;
        let body = Api::bill(&client, "10");
        let make = |_| t.post(INVOICES, body.clone());
        let numbers: Vec<String> = futures_util::stream::iter(0..200)
            .map(make)
            .buffer_unordered(32)
            .map(|reply| shown(&reply.data(201)["invoiceNumber"]))
            .collect()
            .await;
        assert_eq!(numbers.len(), 200);
        assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), series(1..=200));
        let list = t.get(&format!("{INVOICES}?limit=1")).await.json(200);
        assert_eq!(list["total"], 200);
        for number in [1, 200] {
            let found = t.get(&format!("{INVOICES}/{number}")).await.data(200);
            assert!(series(1..=200).contains(&shown(&found["invoiceNumber"])));
        }
        let _ = t.get(&format!("{INVOICES}/201")).await.error(404);
    }

    async fn a_refused_invoice_takes_no_number(t: Tenant) {
        let client = t.client("Payer").await;
        let mut late = Api::bill(&client, "10");
        late["dueDate"] = json!("2000-01-01");
        let right = Api::bill(&client, "10");
        let calls = (0..40).map(|n| t.post(INVOICES, if n % 2 == 0 { right.clone() } else { late.clone() }));
        let replies = futures_util::future::join_all(calls).await;
        let made: BTreeSet<String> = replies
            .iter()
            .filter(|reply| reply.status == 201)
            .map(|reply| shown(&reply.value()["data"]["invoiceNumber"]))
            .collect();
        assert_eq!(made, series(1..=20));
    }

    async fn a_given_number_is_taken_once(t: Tenant) {
        let client = t.client("Payer").await;
        let mut body = Api::bill(&client, "10");
        body["invoiceNumber"] = json!("2024/A-7");
        let replies = futures_util::future::join_all((0..16).map(|_| t.post(INVOICES, body.clone()))).await;
        let made = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 1);
        assert!(replies.iter().all(|reply| [201, 409].contains(&reply.status.as_u16())));
        let error = t.post(INVOICES, body.clone()).await.error(409);
        assert!(error.contains("2024/A-7"), "{error:?} does not say which");

        let draft = t.draft(&client, "1").await;
        let _ = t.put(&format!("{INVOICES}/{draft}"), json!({"invoiceNumber": "2024/A-7"})).await.error(409);
        let moved = t.put(&format!("{INVOICES}/{draft}"), json!({"invoiceNumber": "2024/A-8"})).await.data(200);
        assert_eq!(moved["invoiceNumber"], "2024/A-8");
        body["invoiceNumber"] = json!("2024/A-8");
        let _ = t.post(INVOICES, body.clone()).await.error(409);
        let other = Tenant::on(t.server());
        body["clientId"] = json!(other.client("Payer").await);
        let _ = other.post(INVOICES, body).await.expect(201);
    }

    async fn the_series_passes_over_a_number_that_was_given(t: Tenant) {
        let client = t.client("Payer").await;
        let mut given = Api::bill(&client, "10");
        for number in ["INV-0002", "INV-0003"] {
            given["invoiceNumber"] = json!(number);
            let _ = t.post(INVOICES, given.clone()).await.expect(201);
        }
        let mut next = Vec::new();
        for _ in 0..3 {
            next.push(shown(&t.post(INVOICES, Api::bill(&client, "1")).await.data(201)["invoiceNumber"]));
        }
        assert_eq!(next, ["INV-0001", "INV-0004", "INV-0005"]);
    }

    async fn a_tenant_has_a_series_of_its_own(t: Tenant) {
        let client = t.client("Payer").await;
        let _ = t.draft(&client, "1").await;
        let _ = t.put("/tenant", json!({"invoiceSeries": {"prefix": "SOL/", "width": 6}})).await.expect(200);
        let made = t.post(INVOICES, Api::bill(&client, "1")).await.data(201);
        assert_eq!(made["invoiceNumber"], "SOL/000001");
        let other = Tenant::on(t.server());
        let first = other.post(INVOICES, Api::bill(&other.client("Payer").await, "1")).await.data(201);
        assert_eq!(first["invoiceNumber"], "INV-0001");
    }
}
