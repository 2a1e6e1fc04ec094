//! What a sale is worth, how a paystub is built of it, and whether one adds up.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::commissions::{line, override_body, paystub_body, refusal, scpf_body, with};
use sunledger_tests::{Tenant, both_backends};

/// An amount as it is printed.
fn amount(value: &Value) -> String {
    shown(value)
}

async fn scpf(t: &Tenant, id: &str, pay_type: &str, days: (&str, &str), total: &str) {
    let more = json!({"tenant_id": t.name, "id": id, "pay_type": pay_type, "closed_date": days.0, "install": days.1,
        "total_this_period": document(total), "sales_professional_id": "40", "customer_name": format!("Customer {id}")});
    let _ = t.make("scpfs", with(scpf_body(), more)).await;
}

fn period() -> Value {
    json!({"sales_professional_id": "40", "period_start_date": "2025-10-01", "period_end_date": "2025-10-15",
        "pay_date": "2025-10-20"})
}

both_backends! {
    async fn the_vectors_come_out(t: Tenant) {
        let path = t.at("scpfs/calculate");
        let calculate = async |body: Value| t.post(&path, body).await.data(200);
        let done = calculate(json!({"rate_ppw": document("0.35"), "kw": 10})).await;
        assert_eq!((amount(&done["gross"]), amount(&done["total"])), ("3500.00".into(), "3500.00".into()));
        let done = calculate(json!({"pkw": 250, "kw": 10})).await;
        assert_eq!(amount(&done["lead_pay"]), "2500.00");
        let done = calculate(json!({"m1_paid": 1000, "total": 800})).await;
        assert_eq!(amount(&done["clawback"]), "-200.00");
        let done = calculate(json!({"total": 5000, "m1": 1000, "m2_pct": document("0.8")})).await;
        assert_eq!((amount(&done["m2"]), amount(&done["m3"])), ("3000.00".into(), "1000.00".into()));
        let body = json!({"contract": 27625, "adders": 0, "dealer_fee": 0, "kw": document("8.5"), "redline": document("2.75")});
        let done = calculate(body).await;
        assert_eq!((amount(&done["net_ppw"]), amount(&done["gross"])), ("3.25".into(), "4250.00".into()));
        let steps: Vec<String> = done["steps"].as_array().unwrap().iter().map(|step| shown(&step["name"])).collect();
        assert_eq!(steps, ["net_ppw", "gross", "rep", "clawback", "m2", "m3"]);
        assert_eq!(shown(&done["inputs"]["split"]), "1");
        assert_eq!(t.get(&t.at("scpfs")).await.data(200), json!([]), "nothing is stored");
    }

    async fn what_cannot_be_calculated_is_told(t: Tenant) {
        let post = async |body: Value| refusal(t.post(&t.at("scpfs/calculate"), body).await, 400);
        assert_eq!(post(json!({})).await, "contract is required; kw is required; redline is required");
        assert_eq!(post(json!({"contract": 1, "kw": 1})).await, "redline is required");
        assert_eq!(post(json!({"kw": 0, "rate_ppw": 1})).await, "kw must be more than 0");
        let said = post(json!({"kw": "ten", "foo": 1})).await;
        assert_eq!(said, "foo is not a known field; kw must be a number");
        assert_eq!(refusal(t.post(&t.at("scpfs/calculate"), json!({"scpf_id": "none"})).await, 404), "Resource not found");
        let reader = t.with_scopes(&["commissions:read"]);
        let body = json!({"rate_ppw": 1, "kw": 1});
        let _ = reader.post(&t.at("scpfs/calculate"), body.clone()).await.expect(200);
        let stored = with(body, json!({"store": true, "scpf_id": "none"}));
        let _ = reader.post(&t.at("scpfs/calculate"), stored).await.expect(403);
    }

    async fn an_scpf_explains_itself_and_takes_a_result(t: Tenant) {
        let more = json!({"tenant_id": t.name, "id": "s-1", "redline": document("2.75"), "dealer_fee": 0, "sow_adder": 0,
            "lead_deduction": 0, "manager_override": 0, "sentinel_fee": 0});
        let _ = t.make("scpfs", with(scpf_body(), more)).await;
        let told = t.read("scpfs/s-1/explain").await;
        assert_eq!((amount(&told["gross"]), amount(&told["total_this_period"])), ("4250.00".into(), "4250.00".into()));
        assert_eq!((amount(&told["stated"]), amount(&told["difference"])), ("1500.00".into(), "-2750.00".into()));
        assert_eq!(told["missing"], json!([]));
        let body = json!({"scpf_id": "s-1", "m1": 1000, "store": true});
        let done = t.post(&t.at("scpfs/calculate"), body).await.data(200);
        assert_eq!((amount(&done["total_this_period"]), &done["stored"]), ("3250.00".into(), &json!(true)));
        assert_eq!(amount(&t.read("scpfs/s-1").await["total_this_period"]), "3250.00");
        assert_eq!(refusal(t.get(&t.at("scpfs/none/explain")).await, 404), "Resource not found");
        let bare = with(scpf_body(), json!({"tenant_id": t.name, "id": "s-2", "system_size": null}));
        let _ = t.make("scpfs", bare).await;
        assert_eq!(t.read("scpfs/s-2/explain").await["missing"], json!(["kw"]));
    }

    async fn an_amount_is_taken_for_cents_only_where_that_adds_up(t: Tenant) {
        let paystub = async |more: Value| {
            let id = t.make("paystubs", with(with(paystub_body(), json!({"tenant_id": t.name})), more)).await;
            t.read(&format!("paystubs/{id}")).await
        };
        let read = paystub(json!({"total_this_period": 677_700})).await;
        assert_eq!((amount(&read["total_this_period"]), amount(&read["deductions"])), ("6777.00".into(), "1000.00".into()));
        let read = paystub(json!({"total_this_period": 677_701, "deductions": 99_999})).await;
        assert_eq!((amount(&read["total_this_period"]), amount(&read["deductions"])), ("677701.00".into(), "99999.00".into()));
        let path = t.at(&format!("paystubs/{}", shown(&read["id"])));
        let _ = t.put(&path, json!({"total_this_period": 677_700, "deductions": 100_000})).await.expect(200);
        let read = t.get(&path).await.data(200);
        assert_eq!((amount(&read["total_this_period"]), amount(&read["deductions"])), ("6777.00".into(), "1000.00".into()));
        let sample = json!({"pay_date": "2025-10-20", "total_this_period": 750_000,
            "scpfs": {"1": line("Updated Customer", "Updated Payment", "77134", "90000")}});
        let _ = t.put(&path, sample).await.expect(200);
        let read = t.get(&path).await.data(200);
        assert_eq!(amount(&read["total_this_period"]), "750000.00", "what does not add up is kept as sent");
        assert_eq!(amount(&read["scpfs"]["1"]["total_this_period"]), "90000.00");
    }

    async fn a_paystub_is_built_of_what_is_due_and_once(t: Tenant) {
        scpf(&t, "install", "M2 & M3", ("2025-09-01", "2025-10-10"), "5127.00").await;
        scpf(&t, "advance", "M1", ("2025-10-02", "2025-12-01"), "1000.00").await;
        scpf(&t, "later", "M2", ("2025-10-02", "2025-10-16"), "7.00").await;
        let over = json!({"id": "o-1", "manager_id": "40", "date_paid": "2025-10-15", "amount": document("830.00")});
        let _ = t.make("users/40/overrides", with(override_body(), over)).await;
        let preview = t.post(&t.at("paystubs/build"), with(period(), json!({"preview": true}))).await.data(200);
        assert!(preview.get("id").is_none() && preview["passed_over"] == json!([]), "{preview}");
        assert_eq!(t.get(&t.at("paystubs")).await.data(200), json!([]), "a preview makes nothing");
        let built = t.post(&t.at("paystubs/build"), with(period(), json!({"deductions": 100}))).await.data(201);
        assert_eq!((shown(&built["id"]), amount(&built["total_this_period"])), ("000001".into(), "6957.00".into()));
        assert_eq!((amount(&built["gross_pay"]), amount(&built["net_pay"])), ("6957.00".into(), "6857.00".into()));
        let lines: Vec<String> = built["lines"].as_array().unwrap().iter()
            .map(|line| format!("{} {} {}", shown(&line["source"]), shown(&line["id"]), shown(&line["total_this_period"])))
            .collect();
        assert_eq!(lines, ["scpf advance 1000.00", "scpf install 5127.00", "override o-1 830.00"]);
        assert_eq!(built["scpfs"]["3"]["related_scpf_id"], "override:o-1");
        let mut read = t.read("paystubs/000001").await;
        read["lines"] = built["lines"].clone();
        assert_eq!(read, built, "it reads back as it was answered");
        let again = refusal(t.post(&t.at("paystubs/build"), period()).await, 409);
        assert_eq!(again, "nothing is due to 40 from 2025-10-01 to 2025-10-15");
        let seen = t.read("paystubs/000001/reconciliation").await;
        assert_eq!((&seen["balanced"], &seen["dangling"]), (&json!(true), &json!([])), "{seen}");
        let _ = t.put(&t.at("scpfs/advance"), json!({"total_this_period": 800})).await.expect(200);
        let next = json!({"period_start_date": "2025-10-16", "period_end_date": "2025-10-31", "id": "second"});
        let built = t.post(&t.at("paystubs/build"), with(period(), next)).await.data(201);
        assert_eq!((shown(&built["id"]), amount(&built["total_this_period"])), ("second".into(), "-193.00".into()));
        assert_eq!((&built["scpfs"]["1"]["pay_type"], amount(&built["scpfs"]["1"]["total_this_period"])), (&json!("Clawback"), "-200.00".into()));
    }

    async fn builders_at_the_same_time_pay_once(t: Tenant) {
        scpf(&t, "a", "M1", ("2025-10-02", "2025-12-01"), "1000.00").await;
        let all: Vec<_> = (0..8).map(|_| {
            let t = t.clone();
            tokio::spawn(async move { t.post(&t.at("paystubs/build"), period()).await.status.as_u16() })
        }).collect();
        let mut made = 0;
        for one in all {
            let status = one.await.unwrap();
            assert!([201, 409].contains(&status), "{status}");
            made += usize::from(status == 201);
        }
        assert_eq!(made, 1);
        assert_eq!(t.get(&t.at("paystubs")).await.data(200).as_array().unwrap().len(), 1);
    }

    async fn a_wrong_build_is_400(t: Tenant) {
        let said = refusal(t.post(&t.at("paystubs/build"), json!({"foo": 1})).await, 400);
        assert_eq!(
            said,
            "foo is not a known field; period_end_date is required; period_start_date is required; \
             sales_professional_id is required"
        );
        let backwards = with(period(), json!({"period_end_date": "2025-09-01"}));
        let said = refusal(t.post(&t.at("paystubs/build"), backwards).await, 400);
        assert_eq!(said, "period_end_date must not be before period_start_date");
    }

    async fn a_paystub_that_does_not_add_up_is_told_of(t: Tenant) {
        scpf(&t, "77133", "Closer Override", ("2025-10-01", "2025-10-01"), "830.00").await;
        scpf(&t, "77132", "Closer Override", ("2025-10-01", "2025-10-01"), "800.00").await;
        let more = json!({"tenant_id": t.name, "id": "p-1", "total_this_period": 7000});
        let _ = t.make("paystubs", with(paystub_body(), more)).await;
        let naming = json!({"tenant_id": t.name, "id": "unlisted", "paystubId": "p-1"});
        let _ = t.make("scpfs", with(scpf_body(), naming)).await;
        let seen = t.read("paystubs/p-1/reconciliation").await;
        assert_eq!((&seen["id"], &seen["balanced"]), (&json!("p-1"), &json!(false)));
        assert_eq!(amount(&seen["stated"]["total_this_period"]), "7000.00");
        assert_eq!(amount(&seen["summed"]["total_this_period"]), "6777.00");
        assert_eq!(amount(&seen["difference"]["total_this_period"]), "223.00");
        assert_eq!(amount(&seen["difference"]["net_pay"]), "0.00");
        assert_eq!(seen["dangling"], json!(["77125"]));
        assert_eq!(seen["unlisted"][0]["id"], json!("unlisted"));
        let differences: Vec<String> = seen["lines"].as_array().unwrap().iter().map(|line| shown(&line["difference"])).collect();
        assert_eq!(differences, ["0.00", "20.00", "null"]);
        assert_eq!(seen["lines"][0]["origin"]["kind"], "scpf");
        assert_eq!(refusal(t.get(&t.at("paystubs/none/reconciliation")).await, 404), "Resource not found");
    }
}
