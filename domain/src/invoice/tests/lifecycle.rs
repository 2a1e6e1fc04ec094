//! Sending, viewing, growing overdue, cancelling, deleting.

use super::*;

#[tokio::test]
async fn a_draft_is_sent() {
    TestFramework::<Invoice>::with(())
        .given(create(draft()).unwrap())
        .when_async(send())
        .await
        .then_expect_events(vec![InvoiceEvent::Sent(InvoiceSent { via_email: true, at: at(1) })]);
    let invoice = in_status(InvoiceStatus::Sent);
    assert_eq!((invoice.sent_at, invoice.sent_via_email), (Some(at(1)), true));
}

#[test]
fn only_a_draft_is_sent() {
    for status in InvoiceStatus::ALL.into_iter().filter(|status| *status != InvoiceStatus::Draft) {
        let message = broken_rule(in_status(status).decide(send()));
        assert!(message.contains(&status.to_string()), "{message}");
    }
}

#[test]
fn what_is_sent_past_its_due_date_is_overdue_at_once() {
    let send_on = |today: &str| InvoiceCommand::Send { via_email: false, today: day(today), at: at(1) };
    assert_eq!(told(&after([made()]).decide(send_on(DUE)).unwrap()), ["invoice.sent"]);
    let events = after([made()]).decide(send_on(LATE)).unwrap();
    assert_eq!(told(&events), ["invoice.sent", "invoice.overdue"]);
    let overdue =
        InvoiceOverdue { due_date: day(DUE), balance: number("5500"), currency: Currency::USD, at: at(1) };
    assert_eq!(events[1], InvoiceEvent::Overdue(overdue));
    assert_eq!(after([made(), send_on(LATE)]).status, InvoiceStatus::Overdue);
    let free = InvoiceDraft { lines: vec![line("Gift", "1", "0", "0")], ..draft() };
    let invoice = after([InvoiceCommand::Create(Box::new(free))]);
    assert_eq!(told(&invoice.decide(send_on(LATE)).unwrap()), ["invoice.sent"], "nothing is owed");
}

#[test]
fn a_sent_invoice_is_viewed_once() {
    let invoice = in_status(InvoiceStatus::Sent);
    assert_eq!(invoice.decide(view()), Ok(vec![InvoiceEvent::Viewed(InvoiceViewed { at: at(2) })]));
    let invoice = in_status(InvoiceStatus::Viewed);
    assert_eq!(invoice.viewed_at, Some(at(2)));
    assert_eq!(invoice.decide(InvoiceCommand::MarkViewed { at: at(9) }), Ok(vec![]));
}

#[test]
fn an_overdue_invoice_stays_overdue_when_it_is_viewed() {
    let invoice = after([made(), send(), grow_overdue(), view()]);
    assert_eq!((invoice.status, invoice.viewed_at), (InvoiceStatus::Overdue, Some(at(2))));
    assert_eq!(invoice.decide(view()), Ok(vec![]));
}

#[test]
fn viewing_says_nothing_in_other_statuses() {
    for status in
        [InvoiceStatus::Draft, InvoiceStatus::PartiallyPaid, InvoiceStatus::Paid, InvoiceStatus::Cancelled]
    {
        assert_eq!(in_status(status).decide(view()), Ok(vec![]), "{status}");
    }
}

#[test]
fn an_issued_invoice_grows_overdue_the_day_after_its_due_date() {
    for status in [InvoiceStatus::Sent, InvoiceStatus::Viewed, InvoiceStatus::PartiallyPaid] {
        let invoice = in_status(status);
        let on = |today: &str| {
            invoice.decide(InvoiceCommand::MarkOverdue { today: day(today), at: at(3) }).unwrap()
        };
        assert_eq!(on(DUE), [], "{status}: there is time until the end of the day");
        let overdue = InvoiceOverdue {
            due_date: day(DUE),
            balance: invoice.balance,
            currency: Currency::USD,
            at: at(3),
        };
        assert_eq!(on(LATE), [InvoiceEvent::Overdue(overdue)], "{status}");
    }
}

#[test]
fn other_invoices_do_not_grow_overdue() {
    for status in
        [InvoiceStatus::Draft, InvoiceStatus::Paid, InvoiceStatus::Overdue, InvoiceStatus::Cancelled]
    {
        assert_eq!(in_status(status).decide(grow_overdue()), Ok(vec![]), "{status}");
    }
    let free = InvoiceDraft { lines: vec![line("Gift", "1", "0", "0")], issue: true, ..draft() };
    assert_eq!(
        after([InvoiceCommand::Create(Box::new(free))]).decide(grow_overdue()),
        Ok(vec![]),
        "nothing is owed"
    );
}

#[test]
fn what_is_unpaid_can_be_cancelled() {
    for status in [InvoiceStatus::Draft, InvoiceStatus::Sent, InvoiceStatus::Viewed, InvoiceStatus::Overdue] {
        let mut invoice = in_status(status);
        let events = invoice.decide(cancel()).unwrap();
        let cancelled = InvoiceCancelled { reason: some("ordered twice"), at: at(30) };
        assert_eq!(events, [InvoiceEvent::Cancelled(cancelled)], "{status}");
        events.into_iter().for_each(|event| invoice.evolve(event));
        assert_eq!((invoice.status, invoice.cancelled_at), (InvoiceStatus::Cancelled, Some(at(30))));
        assert_eq!(invoice.cancel_reason.as_deref(), Some("ordered twice"));
    }
}

#[test]
fn what_is_paid_must_be_paid_back_before_it_is_cancelled() {
    let overdue_in_part = after([made(), send(), pay(1, "500.00"), grow_overdue()]);
    for invoice in [in_status(InvoiceStatus::PartiallyPaid), in_status(InvoiceStatus::Paid), overdue_in_part]
    {
        let message = broken_rule(invoice.decide(cancel()));
        assert!(
            message.contains(&format!("{} USD", invoice.paid)) && message.contains("reverse"),
            "{message}"
        );
    }
    let message = broken_rule(in_status(InvoiceStatus::Cancelled).decide(cancel()));
    assert!(message.contains("already"), "{message}");
    assert!(after([made(), send(), pay(1, "500.00"), reverse(1)]).decide(cancel()).is_ok());
}

#[test]
fn the_reason_of_a_cancellation_is_optional_and_bounded() {
    let because =
        |reason| in_status(InvoiceStatus::Sent).decide(InvoiceCommand::Cancel { reason, at: at(1) });
    let none = InvoiceCancelled { reason: None, at: at(1) };
    assert_eq!(because(None), Ok(vec![InvoiceEvent::Cancelled(none.clone())]));
    assert_eq!(because(some("  ")), Ok(vec![InvoiceEvent::Cancelled(none)]));
    assert_eq!(wrong_fields(because(Some("x".repeat(501)))), ["reason"]);
}

#[test]
fn drafts_and_cancelled_invoices_can_be_deleted() {
    for status in InvoiceStatus::ALL {
        let mut invoice = in_status(status);
        match (status, invoice.decide(delete())) {
            (InvoiceStatus::Draft | InvoiceStatus::Cancelled, Ok(events)) => {
                assert_eq!(events, [InvoiceEvent::Deleted(InvoiceDeleted { at: at(40) })]);
                events.into_iter().for_each(|event| invoice.evolve(event));
                assert!(invoice.deleted && !invoice.exists());
            }
            (_, result) => {
                let message = broken_rule(result);
                assert!(message.contains(&status.to_string()), "{message}");
            }
        }
    }
}

#[test]
fn nothing_can_be_asked_of_an_invoice_that_is_not_there() {
    for missing in [Invoice::default(), after([made(), delete()])] {
        assert!(!missing.exists());
        for command in [
            InvoiceCommand::Update(Box::default()),
            send(),
            view(),
            pay(1, "1.00"),
            reverse(1),
            cancel(),
            grow_overdue(),
            delete(),
        ] {
            assert_eq!(missing.decide(command), Err(NO_INVOICE));
        }
    }
}

#[test]
fn statuses_are_written_as_they_are_read() {
    for status in InvoiceStatus::ALL {
        assert_eq!(InvoiceStatus::parse(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        let owed = in_status(status).status.is_outstanding();
        assert_eq!(
            owed,
            !matches!(status, InvoiceStatus::Draft | InvoiceStatus::Paid | InvoiceStatus::Cancelled)
        );
    }
    assert_eq!(InvoiceStatus::parse("SENT"), None);
    assert_eq!(InvoiceStatus::PartiallyPaid.to_string(), "partially paid");
}
