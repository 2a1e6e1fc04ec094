//! João sold the roof: what the sale is worth, what his manager gets of it, and a paystub of both.

use super::book::{Book, at};
use super::surfaces::written;
use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};

/// Reads one resource, or a list.
async fn read(book: &Book, path: &str) -> Value {
    let answer = book.get(&at(path)).await;
    assert_eq!(answer["success"], true, "{path}");
    answer["data"].clone()
}

/// Makes something and returns its id.
async fn make(book: &Book, step: &str, kind: &str, path: &str, body: Value) -> String {
    let path = at(path);
    let makes = book.post(&path, body, 201);
    let made = book.tell("commissions", step, &[&format!("{kind}.created")], makes).await;
    shown(&made["data"]["id"])
}

pub(crate) async fn who_sold_it_is_paid(book: &Book) {
    let team = json!({"name": "Telhados", "is_active": true, "team_type": "Office", "tenant_id": "default"});
    assert_eq!(make(book, "a team forms", "team", "teams", team).await, "000001");
    let joao =
        json!({"email": "joao@sol.example", "first_name": "João", "last_name": "Lima", "roles": ["user"]});
    assert_eq!(make(book, "joao joins", "sales_user", "users", joao).await, "000001");
    let sale = json!({"address": "Rua das Flores, 100", "closed_date": "2026-06-01", "closer": "João Lima", "customer_name": "Maria Souza",
        "email": "maria@example.com", "lead_token": "L1", "phone": "+5511987654321", "project_status": "M3 Paid",
        "project_type": "Solar Only", "self_gen": "No", "state": "SP", "rep_ids": ["000001"], "tenant_id": "default"});
    assert_eq!(make(book, "the sale is closed", "sales_project", "projects", sale).await, "000001");
    let seen = read(book, "projects/000001").await;
    assert_eq!(
        written(&seen, ["name", "status", "customer_name"]),
        ["Maria Souza", "M3 Paid", "Maria Souza"]
    );

    let scpf = json!({"tenant_id": "default", "closed_date": "2026-06-01", "closer": "João Lima", "closer_id": "000001",
        "customer_name": "Maria Souza", "install": "2026-07-05", "lead_name": "Website", "lead_rep_id": "000001",
        "pay_type": "M2 & M3", "paystubId": "open", "sales_professional_id": "000001", "scpf_id": "roof",
        "total_this_period": 0, "system_size": document("5.5"), "redline": document("3.00")});
    assert_eq!(make(book, "his part is noted", "scpf", "scpfs", scpf).await, "000001");
    // 27,500.00 for 5.5 kW is 5.00 a watt, 2.00 above the redline: 11,000.00.
    let figures = json!({"scpf_id": "000001", "contract": document("27500.00"), "adders": 0, "dealer_fee": 0, "store": true});
    let path = at("scpfs/calculate");
    let reckons = book.post(&path, figures, 200);
    let done = book.tell("commissions", "his part is reckoned", &["scpf.updated"], reckons).await;
    assert_eq!(written(&done["data"], ["total_this_period", "stored"]), ["11000.00", "true"]);
    assert_eq!(shown(&read(book, "scpfs/000001").await["total_this_period"]), "11000.00");

    let over = json!({"amount": document("250.00"), "customer_name": "Maria Souza", "date_paid": "2026-07-10",
        "manager_id": "000001", "rep_id": "000001", "rep_name": "João Lima"});
    assert_eq!(make(book, "an override is due", "override", "users/000001/overrides", over).await, "000001");
    let detail = json!({"closed_date": "2026-06-01", "closer": "João Lima", "customer_name": "Maria Souza",
        "date_paid": "2026-07-10", "total_this_period": document("250.00")});
    let path = "users/000001/overrides/000001/details";
    assert_eq!(make(book, "with its details", "override_detail", path, detail).await, "000001");
    assert_eq!(read(book, path).await[0]["customer_name"], "Maria Souza");

    let period = json!({"sales_professional_id": "000001", "period_start_date": "2026-07-01", "period_end_date": "2026-07-15",
        "pay_date": "2026-07-20", "deductions": document("100.00")});
    let path = at("paystubs/build");
    let builds = book.post(&path, period.clone(), 201);
    let built = book.tell("commissions", "joao is paid", &["paystub.created"], builds).await["data"].clone();
    let amounts = written(&built, ["id", "total_this_period", "gross_pay", "deductions", "net_pay"]);
    assert_eq!(amounts, ["000001", "11250.00", "11250.00", "100.00", "11150.00"]);
    let lines = built["scpfs"].as_object().unwrap();
    let related: Vec<String> = lines.values().map(|line| shown(&line["related_scpf_id"])).collect();
    assert_eq!(related, ["000001", "override:000001"]);

    let stub = read(book, "paystubs/000001").await;
    assert_eq!(written(&stub, ["id", "net_pay"]), ["000001", "11150.00"]);
    assert_eq!(read(book, "paystubs?salesProfessionalId=000001").await, json!([stub]));
    let reconciled = read(book, "paystubs/000001/reconciliation").await;
    assert_eq!(
        (&reconciled["balanced"], &reconciled["dangling"]),
        (&json!(true), &json!([])),
        "{reconciled}"
    );
    let twice = book.refused("POST", &path, period, 409).await;
    assert!(twice.contains("nothing is due"), "{twice}");
    for list in ["teams", "users", "projects", "scpfs", "users/000001/overrides"] {
        assert_eq!(read(book, list).await[0]["id"], "000001", "{list}");
    }
}
