//! Maria's roof: from the first word of her to the last real.

use super::book::Book;
use super::surfaces::{
    BackOffice, Bill, Crm, Customer, DRAFT, Invoicing, PAID, PARTIALLY_PAID, SENT, Thing, VIEWED, written,
};
use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};

const NAME: &str = "Maria Souza";
const EMAIL: &str = "maria@example.com";
const PHONE: &str = "+55 11 98765-4321";

/// What a list has of some field.
fn column(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| shown(&one[field])).collect()
}

pub(crate) async fn a_lead_becomes_a_customer(book: &Book) -> Thing {
    let (office, crm) = (BackOffice(book), Crm(book));
    let body = json!({"first_name": "Maria", "last_name": "Souza", "email": EMAIL, "phone": PHONE, "source": "Website"});
    let asks = book.post("/api/v2/leads", body, 201);
    let lead = book.tell("backoffice", "maria asks", &["lead.created"], asks).await["data"].clone();
    assert_eq!(
        (&lead["id"], &lead["status"], &lead["customer_id"]),
        (&json!(1), &json!("New"), &Value::Null)
    );
    assert_eq!(office.read("customers").await, json!([]), "a lead is no customer yet");
    assert_eq!(crm.read("clients").await, json!([]));

    let converts = book.post("/api/v2/leads/1/convert", Value::Null, 201);
    let types = ["lead.converted", "client.created"];
    let made = book.tell("backoffice", "maria says yes", &types, converts).await["data"].clone();
    let maria = Thing { uuid: shown(&made["uuid"]), number: made["id"].as_i64().unwrap() };
    assert_eq!(maria.number, 1);
    let lead = office.read("leads/1").await;
    assert_eq!(written(&lead, ["status", "customer_id", "customer_uuid"]), ["Converted", "1", &maria.uuid]);
    let customer =
        Customer { name: NAME, email: EMAIL, phone: PHONE, tax_id: "null", address: None, version: 1 };
    customer.is_seen(book, &maria).await;
    maria
}

pub(crate) async fn her_address_comes_in_through_the_crm(book: &Book, maria: &Thing) {
    let body = json!({
        "taxId": "52998224725",
        "address": {"street": "Rua das Flores", "number": "100", "district": "Centro", "city": "Campinas", "state": "SP",
            "zipCode": "13010-000", "country": "BR"},
    });
    let path = format!("/v1/clients/{}", maria.uuid);
    let _ = book.tell("crm", "maria moves in", &["client.updated"], book.put(&path, body)).await;
    let customer = Customer {
        name: NAME,
        email: EMAIL,
        phone: PHONE,
        tax_id: "529.982.247-25",
        address: Some(("Rua das Flores, 100, Centro", "Campinas")),
        version: 2,
    };
    customer.is_seen(book, maria).await;
}

pub(crate) async fn her_roof_is_built_and_produces(book: &Book, maria: &Thing) -> Thing {
    let crm = Crm(book);
    // Named by her number, answered by her UUID.
    let body = json!({"clientId": maria.number.to_string(), "name": "Telhado da Maria", "systemSize": document("5.5"),
        "estimatedCost": document("27500.00"), "startDate": "2026-05-01"});
    let plans = book.post("/v1/projects", body, 201);
    let made = book.tell("crm", "the roof is planned", &["project.created"], plans).await["data"].clone();
    assert_eq!(
        written(&made, ["clientId", "status", "estimatedCost"]),
        [&maria.uuid, "planning", "27500.00"]
    );
    let project = Thing { uuid: shown(&made["id"]), number: 1 };
    let path = format!("/v1/projects/{}", project.uuid);
    let goes = book.put(&path, json!({"status": "approved"}));
    let _ = book.tell("crm", "the roof is approved", &["project.status_changed"], goes).await;
    assert_eq!(crm.read("projects/1").await["status"], "approved");
    let approved = crm.read(&format!("projects?clientId={}&status=approved", maria.uuid)).await;
    assert_eq!(column(&approved, "id"), [project.uuid.as_str()]);

    let body = json!({"projectId": project.uuid, "panels": [{"model": "JA 550W"}], "inverter": {"model": "SG5.0RS"}});
    let starts = book.post("/v1/installations", body, 201);
    let made = book.tell("crm", "the panels come", &["installation.created"], starts).await["data"].clone();
    assert_eq!(
        written(&made, ["clientId", "projectId", "status"]),
        [&maria.uuid, &project.uuid, "scheduled"]
    );
    assert_eq!(crm.read("reports/client-summary/1").await["activeInstallations"], 0);
    for status in ["in_progress", "completed"] {
        let goes = book.put("/v1/installations/1", json!({"status": status}));
        let step = format!("the roof is {status}");
        let _ = book.tell("crm", &step, &["installation.status_changed"], goes).await;
    }
    assert_eq!(crm.read("installations/1").await["status"], "completed");

    let readings = json!([
        {"at": "2026-03-02T12:00:00Z", "energyKwh": document("10.5")},
        {"at": "2026-03-03T12:00:00Z", "energyKwh": document("12.25")},
    ]);
    let shines = book.post("/v1/installations/1/readings", readings, 201);
    let types = ["production.recorded", "production.recorded"];
    let _ = book.tell("crm", "the sun shines", &types, shines).await;
    let month = json!({"installationId": "1", "startDate": "2026-03-01", "endDate": "2026-03-31"});
    let report = book.report("/v1/reports/energy-production", month).await["data"].clone();
    assert_eq!(shown(&report["totalEnergyProduced"]), "22.75");
    let summary = crm.read(&format!("reports/client-summary/{}", maria.uuid)).await;
    let figures =
        written(&summary, ["totalProjects", "activeInstallations", "totalEnergyProduced", "totalRevenue"]);
    assert_eq!(figures, ["1", "1", "22.75", "0.00"]);
    project
}

pub(crate) async fn the_roof_is_billed_and_paid_in_parts(book: &Book, maria: &Thing, roof: &Thing) -> Thing {
    let (office, crm, invoicing) = (BackOffice(book), Crm(book), Invoicing(book));
    let body = json!({"clientId": maria.uuid, "issueDate": "2026-06-01", "dueDate": "2199-12-31", "notes": "Telhado",
        "lineItems": [{"description": "Sistema de 5,5 kWp", "quantity": 10, "unitPrice": document("2750.00")}]});
    let bills = book.post("/api/v1/invoices", body, 201);
    let made =
        book.tell("invoicing", "the roof is billed", &["invoice.created"], bills).await["data"].clone();
    assert_eq!(written(&made, ["invoiceNumber", "total", "status"]), ["INV-0002", "27500.00", "DRAFT"]);
    let invoice = Thing { uuid: shown(&made["id"]), number: 2 };
    let mut bill = Bill {
        status: DRAFT,
        number: "INV-0002",
        total: "27500.00",
        paid: "0.00",
        balance: "27500.00",
        version: 1,
    };
    bill.is_seen(book, &invoice, maria).await;
    let too_soon = book.refused("POST", "/v1/invoices/2/payments", json!({"amount": 1}), 409).await;
    assert!(too_soon.contains("draft"), "{too_soon}");

    let sends = book.post("/v1/invoices/2/send", Value::Null, 200);
    let sent = book.tell("crm", "the bill goes out", &["invoice.sent"], sends).await;
    assert_eq!(sent["data"]["status"], "sent");
    (bill.status, bill.version) = (SENT, 2);
    bill.is_seen(book, &invoice, maria).await;

    let opens = book.post("/api/v1/invoices/2/view", Value::Null, 200);
    let _ = book.tell("invoicing", "maria opens it", &["invoice.viewed"], opens).await;
    (bill.status, bill.version) = (VIEWED, 3);
    bill.is_seen(book, &invoice, maria).await;

    let path = format!("/api/v1/invoices/{}/payments", invoice.uuid);
    let part =
        json!({"amount": document("10000.00"), "date": "2026-06-10", "method": "pix", "reference": "E1"});
    let pays = book.post(&path, part, 201);
    let paid = book.tell("invoicing", "maria pays a part", &["payment.received"], pays).await["data"].clone();
    assert_eq!(written(&paid["invoice"], ["status", "balance"]), ["PARTIALLY_PAID", "17500.00"]);
    (bill.status, bill.paid, bill.balance, bill.version) = (PARTIALLY_PAID, "10000.00", "17500.00", 4);
    bill.is_seen(book, &invoice, maria).await;

    let rest = |amount: &str| {
        json!({"type": "Income", "account_id": 1, "category_id": 1, "amount": document(amount), "description": "Rest",
            "date": "2026-07-10", "invoice_id": 2})
    };
    let too_much = book.refused("POST", "/api/v2/transactions", rest("17500.01"), 409);
    // The first look at accounts and categories makes those that a company starts with.
    let types = ["account.created", "category.created"];
    let said = book.tell("backoffice", "maria pays too much", &types, too_much).await;
    assert!(said.contains("17500.00"), "the balance is named: {said}");
    bill.is_seen(book, &invoice, maria).await;

    let pays = book.post("/api/v2/transactions", rest("17500.00"), 201);
    let types = ["transaction.created", "payment.received", "invoice.paid"];
    let booked = book.tell("backoffice", "maria pays the rest", &types, pays).await["data"].clone();
    assert_eq!(written(&booked, ["id", "invoice_id", "invoice_uuid"]), ["1", "2", &invoice.uuid]);
    (bill.status, bill.paid, bill.balance, bill.version) = (PAID, "27500.00", "0.00", 6);
    bill.is_seen(book, &invoice, maria).await;

    let payments = [shown(&paid["id"]), shown(&booked["uuid"])];
    for seen in [
        invoicing.read("invoices/2/payments").await,
        office.read("invoices/2/payments").await,
        crm.read("invoices/2").await["payments"].clone(),
    ] {
        assert_eq!(
            (column(&seen, "id"), column(&seen, "amount")),
            (payments.to_vec(), vec!["10000.00".into(), "17500.00".into()])
        );
    }
    assert_eq!(column(&office.read("transactions?type=Income").await, "uuid"), payments[1..]);
    let again = book.refused("POST", "/energy/invoices/2/payments", json!({"amount": 1}), 409).await;
    assert!(again.contains("409"), "in the words of the surface: {again}");
    assert_eq!(crm.read(&format!("projects/{}", roof.uuid)).await["clientId"], json!(maria.uuid));
    invoice
}

pub(crate) async fn the_figures_agree(book: &Book, maria: &Thing) {
    let (office, crm) = (BackOffice(book), Crm(book));
    let summary = crm.read("reports/client-summary/1").await;
    assert_eq!(written(&summary, ["totalRevenue", "currency"]), ["28500.00", "BRL"]);
    let year = office.read("reports/financial?year=2026").await;
    assert_eq!(written(&year, ["income", "expenses", "profit"]), ["27500.00", "0.00", "27500.00"]);
    let before = office.read("reports/financial?year=2024").await;
    assert_eq!(written(&before, ["income", "outstanding_invoices"]), ["1000.00", "0.00"]);
    let timeline = crm.read(&format!("clients/{}/timeline?limit=100", maria.uuid)).await;
    let told = column(&timeline, "type");
    for kind in [
        "lead.converted",
        "client.created",
        "client.updated",
        "project.created",
        "installation.status_changed",
        "consumer_unit.registered",
        "invoice.sent",
        "payment.received",
        "invoice.paid",
    ] {
        assert!(told.iter().any(|one| one == kind), "{kind} is not in her timeline: {told:?}");
    }
}
