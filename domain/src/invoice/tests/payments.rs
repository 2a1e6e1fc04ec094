//! Payments and their reversals.

use super::*;

fn new_payment(command: InvoiceCommand) -> NewPayment {
    match command {
        InvoiceCommand::RecordPayment(payment) => *payment,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_part_of_the_total_comes_in() {
    let received = PaymentReceived {
        payment_id: id(1),
        amount: number("500"),
        currency: Currency::USD,
        date: day(ISSUED),
        method: some("pix"),
        reference: None,
        paid: number("500"),
        balance: number("5000"),
        status: InvoiceStatus::PartiallyPaid,
        at: at(10),
    };
    TestFramework::<Invoice>::with(())
        .given(create(InvoiceDraft { issue: true, ..draft() }).unwrap())
        .when_async(pay(1, "500.00"))
        .await
        .then_expect_events(vec![InvoiceEvent::PaymentReceived(Box::new(received))]);
    let invoice = in_status(InvoiceStatus::PartiallyPaid);
    assert_eq!((invoice.paid, invoice.balance, invoice.paid_at), (number("500"), number("5000"), None));
    let payment = Payment {
        id: id(1),
        amount: number("500"),
        date: day(ISSUED),
        method: some("pix"),
        reference: None,
        recorded_at: at(10),
        reversed_at: None,
    };
    assert_eq!(invoice.payments, [payment]);
}

#[test]
fn the_rest_settles_it() {
    let events = in_status(InvoiceStatus::PartiallyPaid).decide(pay(2, "5000")).unwrap();
    assert_eq!(told(&events), ["payment.received", "invoice.paid"]);
    let paid = InvoicePaid { total: number("5500"), currency: Currency::USD, at: at(10) };
    assert_eq!(events[1], InvoiceEvent::Paid(paid));
    let invoice = after([made(), send(), pay(1, "500"), pay(2, "5000")]);
    assert_eq!((invoice.status, invoice.paid_at), (InvoiceStatus::Paid, Some(at(10))));
    assert_eq!((invoice.paid, invoice.balance.is_zero()), (invoice.total, true));
}

#[test]
fn every_issued_invoice_takes_payments() {
    for status in
        [InvoiceStatus::Sent, InvoiceStatus::Viewed, InvoiceStatus::PartiallyPaid, InvoiceStatus::Overdue]
    {
        assert!(in_status(status).decide(pay(2, "1.00")).is_ok(), "{status}");
    }
    for status in [InvoiceStatus::Draft, InvoiceStatus::Cancelled] {
        let message = broken_rule(in_status(status).decide(pay(2, "1.00")));
        assert!(message.contains(status.as_str()), "{message}");
    }
}

#[test]
fn more_than_the_balance_is_refused_with_the_balance() {
    let message = broken_rule(in_status(InvoiceStatus::PartiallyPaid).decide(pay(2, "5000.01")));
    assert_eq!(message, "the payment of 5000.01 USD is above the balance of 5000.00 USD");
    let message = broken_rule(in_status(InvoiceStatus::Paid).decide(pay(2, "0.01")));
    assert!(message.contains("balance of 0.00 USD"), "{message}");
    broken_rule(in_status(InvoiceStatus::Sent).decide(pay(2, "79228162514264337593543950335")));
}

#[test]
fn an_amount_is_above_zero_and_in_whole_minor_units() {
    for amount in ["0", "-1", "0.001", "10.555"] {
        assert_eq!(
            wrong_fields(in_status(InvoiceStatus::Sent).decide(pay(2, amount))),
            ["amount"],
            "{amount}"
        );
    }
    let yen = InvoiceDraft { currency: Currency::parse("JPY").unwrap(), issue: true, ..draft() };
    let invoice = after([InvoiceCommand::Create(Box::new(yen))]);
    assert_eq!(wrong_fields(invoice.decide(pay(1, "10.5"))), ["amount"]);
    assert!(invoice.decide(pay(1, "10.000")).is_ok(), "zeros at the end are no decimals");
}

#[test]
fn every_wrong_field_of_a_payment_is_named_at_once() {
    let payment = NewPayment {
        method: Some("x".repeat(61)),
        reference: some("two\nlines"),
        ..new_payment(pay(1, "-5"))
    };
    let wrong =
        wrong_fields(in_status(InvoiceStatus::Sent).decide(InvoiceCommand::RecordPayment(Box::new(payment))));
    assert_eq!(wrong, ["amount", "method", "reference"]);
}

#[test]
fn a_payment_is_recorded_once() {
    let message = broken_rule(in_status(InvoiceStatus::PartiallyPaid).decide(pay(1, "1.00")));
    assert!(message.contains(&id(1).to_string()), "{message}");
    let reversed = after([made(), send(), pay(1, "500"), reverse(1)]);
    broken_rule(reversed.decide(pay(1, "500")));
}

#[test]
fn a_part_that_comes_in_late_leaves_the_invoice_overdue() {
    let events = in_status(InvoiceStatus::Overdue).decide(pay_on(1, "500", LATE)).unwrap();
    assert_eq!(told(&events), ["payment.received"]);
    let invoice = after([made(), send(), grow_overdue(), pay_on(1, "500", LATE)]);
    assert_eq!((invoice.status, invoice.balance), (InvoiceStatus::Overdue, number("5000")));
    // Nobody had noticed yet that the date had passed: then this is how subscribers hear of it.
    let events = in_status(InvoiceStatus::Sent).decide(pay_on(1, "500", LATE)).unwrap();
    assert_eq!(told(&events), ["payment.received", "invoice.overdue"]);
    let InvoiceEvent::Overdue(overdue) = &events[1] else { panic!("{events:?}") };
    assert_eq!(overdue.balance, number("5000"));
}

#[test]
fn the_due_date_itself_is_not_late() {
    let in_part = after([made(), send(), pay_on(1, "500", DUE)]);
    assert_eq!(in_part.status, InvoiceStatus::PartiallyPaid);
    let (mut all_back, events) = (in_part.clone(), in_part.decide(reverse_on(1, DUE)).unwrap());
    events.into_iter().for_each(|event| all_back.evolve(event));
    assert_eq!(all_back.status, InvoiceStatus::Sent);
}

#[test]
fn a_late_payment_of_everything_still_settles() {
    let invoice = after([made(), send(), grow_overdue(), pay_on(1, "5500", LATE)]);
    assert_eq!(invoice.status, InvoiceStatus::Paid);
}

#[test]
fn a_reversal_brings_the_status_back() {
    let viewed = after([made(), send(), view(), pay(1, "5500"), reverse(1)]);
    assert_eq!((viewed.status, viewed.paid_at), (InvoiceStatus::Viewed, None));
    assert_eq!((viewed.paid.is_zero(), viewed.balance), (true, viewed.total));
    assert_eq!(viewed.payments[0].reversed_at, Some(at(20)));
    assert_eq!(after([made(), send(), pay(1, "5500"), reverse(1)]).status, InvoiceStatus::Sent);
    let in_part = after([made(), send(), pay(1, "500"), pay(2, "5000"), reverse(1)]);
    assert_eq!((in_part.status, in_part.paid), (InvoiceStatus::PartiallyPaid, number("5000")));
    assert_eq!(in_part.paid_at, None);
}

#[test]
fn a_reversal_tells_what_is_left() {
    let events = in_status(InvoiceStatus::Paid).decide(reverse(1)).unwrap();
    let reversed = PaymentReversed {
        payment_id: id(1),
        amount: number("5500"),
        currency: Currency::USD,
        date: day(ISSUED),
        paid: number("0"),
        balance: number("5500"),
        status: InvoiceStatus::Sent,
        at: at(20),
    };
    assert_eq!(events, [InvoiceEvent::PaymentReversed(Box::new(reversed))]);
}

#[test]
fn a_reversal_past_the_due_date_leaves_the_invoice_overdue() {
    for payments in [vec![pay(1, "5500")], vec![pay(1, "500"), pay(2, "5000")], vec![pay(1, "500")]] {
        let invoice = after([made(), send(), view()].into_iter().chain(payments));
        let events = invoice.decide(reverse_on(1, LATE)).unwrap();
        assert_eq!(told(&events), ["payment.reversed", "invoice.overdue"]);
        let state = events.into_iter().fold(invoice, |mut state, event| {
            state.evolve(event);
            state
        });
        assert_eq!(state.status, InvoiceStatus::Overdue);
    }
    let overdue = after([made(), send(), grow_overdue(), pay_on(1, "500", LATE)]);
    assert_eq!(
        told(&overdue.decide(reverse_on(1, LATE)).unwrap()),
        ["payment.reversed"],
        "it was overdue before"
    );
}

#[test]
fn what_was_never_paid_or_is_reversed_cannot_be_reversed() {
    let no_payment = Err(DomainError::NotFound { what: "payment" });
    assert_eq!(in_status(InvoiceStatus::PartiallyPaid).decide(reverse(2)), no_payment);
    assert_eq!(after([made(), send(), pay(1, "500"), reverse(1)]).decide(reverse(1)), no_payment);
    assert_eq!(in_status(InvoiceStatus::Draft).decide(reverse(1)), no_payment);
    let cancelled = after([made(), send(), pay(1, "500"), reverse(1), cancel()]);
    assert_eq!(cancelled.decide(reverse(1)), no_payment);
}
