//! Maria's house on the coast: credits of a power plant, month by month.

use super::book::Book;
use super::surfaces::{Bill, Energy, PAID, PARTIALLY_PAID, SENT, Thing, written};
use serde_json::json;
use sunledger_tests::bills::utility_bill;
use sunledger_tests::books::{document, shown};
use sunledger_tests::commissions::with;
use sunledger_tests::energy::unit_body;

/// The bill of her house as the surfaces see it: the sample of the document, and a discount that makes it R$ 1,000.
fn bill() -> Bill<'static> {
    Bill { status: SENT, number: "INV-0001", total: "1000.00", paid: "0.00", balance: "1000.00", version: 2 }
}

pub(crate) async fn her_house_gets_credits(book: &Book, maria: &Thing) -> Thing {
    let energy = Energy(book);
    let builds = book.post("/energy/power-plants", json!({"name": "Usina do Vale"}), 201);
    let plant = book.tell("energy", "a plant is built", &["power_plant.registered"], builds).await;
    let more = json!({"name": "Casa da praia", "powerPlantCode": plant["code"], "percentage": document("0.5"), "cpfCnpj": null});
    let joins = book.post("/energy/consumer-units", with(unit_body("7001234", &maria.uuid), more), 200);
    let types = ["power_plant.share_changed", "consumer_unit.registered"];
    let unit = book.tell("energy", "her house joins", &types, joins).await;
    assert_eq!((&unit["consumerUnitId"], &unit["powerPlantId"]), (&json!(1), &json!(1)));
    assert_eq!((&unit["clientCode"], &unit["powerPlantCode"]), (&json!(maria.uuid), &plant["code"]));
    assert_eq!(shown(&energy.read("power-plants/1").await["allocatedPercentage"]), "0.5");

    let generation = json!({"competence": "03/2024", "energyKwh": 3000});
    let shines = book.post("/energy/power-plants/1/generations", generation, 201);
    let types = ["power_plant.generated", "consumer_unit.credits_received"];
    let _ = book.tell("energy", "the plant feeds in", &types, shines).await;
    let welcome = json!({"consumerUnitId": 1, "value": 4371, "realDiscount": true, "description": "Boas-vindas", "competence": "03/2024"});
    let gives = book.post("/energy/discounts", welcome, 200);
    let discount = book.tell("energy", "she is welcomed", &["discount.created"], gives).await;

    let bills = book.post("/energy/consumer-units/1/bills", utility_bill("03/2024"), 201);
    let types = ["consumer_unit.billed", "invoice.created", "invoice.sent"];
    let made = book.tell("energy", "her month is billed", &types, bills).await;
    assert_eq!(
        written(&made, ["totalAPagar", "status", "invoiceNumber"]),
        ["999.997628928", "pending", "INV-0001"]
    );
    let invoice = Thing { uuid: shown(&made["code"]), number: 1 };
    bill().is_seen(book, &invoice, maria).await;
    let explained = energy.read("invoices/1/explain").await;
    let figures = explained["figures"].as_array().unwrap();
    let welcomed = figures.iter().find(|one| one["figure"] == "discounts[0]").unwrap();
    assert_eq!((shown(&welcomed["value"]), &welcomed["inputs"][0]["id"]), ("43.71".into(), &discount["id"]));
    let given = book.events().into_iter().find(|event| event["type"] == "discount.created").unwrap();
    assert_eq!(
        welcomed["inputs"][0]["events"][0]["position"], given["position"],
        "each figure names its event"
    );
    let found = energy.read("invoices?numeroDoCliente=7001234&dataCompetencia=03/2024").await;
    assert_eq!((&found["total"], &found["data"][0]["code"]), (&json!(1), &json!(invoice.uuid)));
    let owed = book.refused("DELETE", "/v1/clients/1", json!(null), 409).await;
    assert!(owed.contains("unpaid invoice"), "{owed}");
    invoice
}

pub(crate) async fn the_credits_are_paid(book: &Book, maria: &Thing, invoice: &Thing) {
    let mut bill = bill();
    let part = json!({"amount": document("400.00"), "date": "2024-04-01", "method": "pix"});
    let path = format!("/energy/invoices/{}/payments", invoice.uuid);
    let pays = book.post(&path, part, 201);
    let _ = book.tell("energy", "a part of the credits is paid", &["payment.received"], pays).await;
    (bill.status, bill.paid, bill.balance, bill.version) = (PARTIALLY_PAID, "400.00", "600.00", 3);
    bill.is_seen(book, invoice, maria).await;

    let rest = json!({"amount": document("600.00"), "date": "2024-04-20", "method": "boleto"});
    let pays = book.post("/v1/invoices/1/payments", rest, 201);
    let types = ["payment.received", "invoice.paid"];
    let _ = book.tell("crm", "the credits are paid", &types, pays).await;
    (bill.status, bill.paid, bill.balance, bill.version) = (PAID, "1000.00", "0.00", 5);
    bill.is_seen(book, invoice, maria).await;
    assert_eq!(Energy(book).read("invoices/1").await["dataPagamento"], "20/04/2024");
}
