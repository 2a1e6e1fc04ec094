//! Sent, viewed, paid, overdue, cancelled: an invoice's life through the invoicing surface.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::{Api, Tenant, both_backends};

const INVOICES: &str = "/api/v1/invoices";

async fn status(t: &Tenant, id: &str) -> String {
    shown(&t.invoice(id).await["status"])
}

fn balance(invoice: &Value) -> [String; 2] {
    ["paidTotal", "balance"].map(|field| shown(&invoice[field]))
}

both_backends! {
    async fn from_draft_to_paid_in_parts_and_back(t: Tenant) {
        let client = t.client("Payer").await;
        let id = t.draft(&client, "100.00").await;
        let path = format!("{INVOICES}/{id}");
        assert_eq!(status(&t, &id).await, "DRAFT");
        assert_eq!(t.act(&format!("{path}/send")).await.data(200)["status"], "SENT");
        assert_eq!(t.act(&format!("{path}/view")).await.data(200)["status"], "VIEWED");

        let _ = t.pay(&id, "30.00").await;
        let part = t.invoice(&id).await;
        assert_eq!((shown(&part["status"]), balance(&part)), ("PARTIALLY_PAID".into(), ["30.00".into(), "70.00".into()]));
        assert!(part["paidAt"].is_null());

        let last = t.pay(&id, "70.00").await;
        let paid = t.invoice(&id).await;
        assert_eq!((shown(&paid["status"]), balance(&paid)), ("PAID".into(), ["100.00".into(), "0.00".into()]));
        assert!(paid["paidAt"].is_string());

        let payment = format!("{path}/payments/{}", shown(&last["id"]));
        assert!(t.delete(&payment).await.status.is_success());
        let back = t.invoice(&id).await;
        assert_eq!((shown(&back["status"]), balance(&back)), ("PARTIALLY_PAID".into(), ["30.00".into(), "70.00".into()]));
        assert!(back["paidAt"].is_null());
        let _ = t.delete(&payment).await.error(404);
        assert_eq!(balance(&t.invoice(&id).await), ["30.00", "70.00"], "reversed once, not twice");
    }

    async fn a_payment_keeps_what_was_said_about_it(t: Tenant) {
        let client = t.client("Payer").await;
        let id = t.sent(&client, "100.00").await;
        let body = document(r#"{"amount": 12.34, "date": "2024-06-15", "method": "boleto", "reference": "Nº 77"}"#);
        let made = t.post(&format!("{INVOICES}/{id}/payments"), body.clone()).await.data(201);
        let kept = t.invoice(&id).await["payments"][0].clone();
        for (field, value) in body.as_object().unwrap() {
            assert_eq!((&made[field], &kept[field]), (value, value), "{field}");
        }
        assert_eq!(made["id"], kept["id"]);
    }

    async fn no_more_than_the_balance_can_be_paid(t: Tenant) {
        let client = t.client("Payer").await;
        let id = t.sent(&client, "100.00").await;
        let payments = format!("{INVOICES}/{id}/payments");
        let _ = t.pay(&id, "99.99").await;
        let error = t.post(&payments, document(r#"{"amount": 0.02}"#)).await.error(409);
        assert!(error.contains("0.01"), "the balance is not named in {error:?}");
        for wrong in ["0", "-1", "0.001", "1e300", "null", "\"5\"", "true"] {
            let error = t.post(&payments, document(&format!(r#"{{"amount": {wrong}}}"#))).await.error(400);
            assert!(error.contains("amount"), "{wrong}: {error}");
        }
        let _ = t.post(&payments, json!({})).await.error(400);
        let _ = t.post(&payments, json!({"amount": 0.01, "date": "soon"})).await.error(400);
        assert_eq!(balance(&t.invoice(&id).await), ["99.99", "0.01"]);
        let _ = t.pay(&id, "0.01").await;
        assert_eq!(status(&t, &id).await, "PAID");
    }

    async fn concurrent_payments_never_overpay(t: Tenant) {
        let client = t.client("Payer").await;
        let id = t.sent(&client, "100.00").await;
        let path = format!("{INVOICES}/{id}/payments");
        let pay = |_| t.post(&path, json!({"amount": 30}));
        let replies = futures_util::future::join_all((0..12).map(pay)).await;
        let made = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 3, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        assert!(replies.iter().all(|reply| [201, 409].contains(&reply.status.as_u16())));
        assert_eq!(balance(&t.invoice(&id).await), ["90.00", "10.00"]);
    }

    async fn drafts_and_cancelled_ones_take_no_payment(t: Tenant) {
        let client = t.client("Payer").await;
        let draft = t.draft(&client, "10").await;
        let cancelled = t.sent(&client, "10").await;
        let _ = t.act(&format!("{INVOICES}/{cancelled}/cancel")).await.expect(200);
        for id in [&draft, &cancelled] {
            let _ = t.post(&format!("{INVOICES}/{id}/payments"), json!({"amount": 1})).await.error(409);
            assert_eq!(balance(&t.invoice(id).await)[0], "0.00");
        }
    }

    async fn a_balance_left_past_the_due_date_is_overdue(t: Tenant) {
        let client = t.client("Late payer").await;
        let mut body = Api::bill(&client, "100.00");
        body["dueDate"] = json!("2024-07-01");
        let id = shown(&t.post(INVOICES, body).await.data(201)["id"]);
        assert_eq!(status(&t, &id).await, "DRAFT", "a draft is never overdue");
        let _ = t.act(&format!("{INVOICES}/{id}/send")).await.expect(200);
        assert_eq!(status(&t, &id).await, "OVERDUE");
        assert_eq!(t.get(&format!("{INVOICES}?status=OVERDUE")).await.json(200)["total"], 1);
        let payment = t.pay(&id, "40.00").await;
        assert_eq!(status(&t, &id).await, "OVERDUE");
        let _ = t.pay(&id, "60.00").await;
        assert_eq!(status(&t, &id).await, "PAID");
        assert_eq!(t.get(&format!("{INVOICES}?status=OVERDUE")).await.json(200)["total"], 0);
        let _ = t.delete(&format!("{INVOICES}/{id}/payments/{}", shown(&payment["id"]))).await;
        assert_eq!(status(&t, &id).await, "OVERDUE");
    }

    async fn what_is_unpaid_can_be_cancelled_and_what_is_paid_cannot(t: Tenant) {
        let client = t.client("Payer").await;
        for id in [t.draft(&client, "10").await, t.sent(&client, "10").await] {
            assert_eq!(t.act(&format!("{INVOICES}/{id}/cancel")).await.data(200)["status"], "CANCELLED");
            let _ = t.act(&format!("{INVOICES}/{id}/send")).await.error(409);
            assert_eq!(status(&t, &id).await, "CANCELLED");
        }
        let paid = t.sent(&client, "10").await;
        let _ = t.pay(&paid, "10").await;
        let _ = t.act(&format!("{INVOICES}/{paid}/cancel")).await.error(409);
        assert_eq!(status(&t, &paid).await, "PAID");
    }

    async fn an_invoice_is_sent_once(t: Tenant) {
        let client = t.client("Payer").await;
        let id = t.sent(&client, "10").await;
        let first = t.invoice(&id).await;
        let _ = t.act(&format!("{INVOICES}/{id}/send")).await.error(409);
        assert_eq!(t.invoice(&id).await["sentAt"], first["sentAt"]);
        let _ = t.act(&format!("{INVOICES}/999/send")).await.error(404);
    }
}
