//! `/energy/discounts` and `/energy/charges`.

use serde_json::{Value, json};
use sunledger_tests::bills::utility_bill;
use sunledger_tests::books::shown;
use sunledger_tests::energy::{refusal, wrong_fields};
use sunledger_tests::{Api, Reply, Tenant, both_backends};

const DISCOUNTS: &str = "/energy/discounts";
const CHARGES: &str = "/energy/charges";

async fn unit(t: &Tenant) -> String {
    let client = t.client("Acme").await;
    t.unit("132456798", &client).await
}

/// The document's sample of a charge, for unit number 1.
fn charge() -> Value {
    json!({"consumerUnitId": 1, "value": 5000, "realDiscount": false, "description": "Taxa administrativa",
           "competence": "03/2024", "isValueCategoryPercentage": false})
}

async fn delete(api: &Api, path: &str, id: &str) -> Reply {
    api.call("DELETE", path).json(&json!({ "id": id })).send().await
}

both_backends! {
    async fn a_month_takes_its_discounts_and_charges(t: Tenant) {
        let unit = unit(&t).await;
        let made = t.post(CHARGES, charge()).await.json(200);
        assert_eq!(made["success"], true);
        let mut percent = charge();
        percent["value"] = json!(10);
        percent["isValueCategoryPercentage"] = json!(true);
        percent["realDiscount"] = json!(true);
        percent["consumerUnitId"] = json!(unit);
        let discount = shown(&t.post(DISCOUNTS, percent).await.json(200)["id"]);
        let invoice = t.billed(&unit, "03/2024").await;
        // 1043.707628928 less ten percent, plus 50 reais.
        assert_eq!(shown(&invoice["totalAPagar"]), "989.3368660352");
        assert_eq!(shown(&invoice["total"]), "989.34");
        assert_eq!(shown(&invoice["economiaMes"]), "365.2976701248", "a real discount counts as savings");
        let taken = &invoice["discounts"][0];
        assert_eq!(shown(&taken["id"]), discount);
        assert_eq!((shown(&taken["percent"]), shown(&taken["applied"])), ("10".into(), "104.3707628928".into()));
        assert_eq!((&invoice["charges"][0]["id"], shown(&invoice["charges"][0]["applied"])), (&made["id"], "50".into()));
    }

    async fn the_rest_of_a_cumulative_discount_goes_on_to_the_next_invoice(t: Tenant) {
        let unit = unit(&t).await;
        let _ = t.discount(&unit, "03/2024", 200_000, true).await;
        let march = t.billed(&unit, "03/2024").await;
        assert_eq!((shown(&march["totalAPagar"]), shown(&march["status"])), ("0".into(), "paid".into()));
        assert_eq!(shown(&march["discounts"][0]["applied"]), "1043.707628928");
        let april = t.billed(&unit, "04/2024").await;
        assert_eq!(shown(&april["discounts"][0]["applied"]), "956.292371072");
        assert_eq!((shown(&april["totalAPagar"]), shown(&april["total"])), ("87.415257856".into(), "87.42".into()));
        let may = t.billed(&unit, "05/2024").await;
        assert_eq!((shown(&may["total"]), may["discounts"].as_array().unwrap().len()), ("1043.71".into(), 0));

        let _ = t.act(&format!("/api/v1/invoices/{}/cancel", shown(&april["code"]))).await.expect(200);
        let again = t.billed(&unit, "04/2024").await;
        assert_eq!(shown(&again["total"]), "87.42", "what a cancelled invoice took is free again");
    }

    async fn a_discount_that_does_not_fit_and_is_not_cumulative_lapses(t: Tenant) {
        let unit = unit(&t).await;
        let _ = t.discount(&unit, "03/2024", 200_000, false).await;
        assert_eq!(shown(&t.billed(&unit, "03/2024").await["totalAPagar"]), "0");
        assert_eq!(shown(&t.billed(&unit, "04/2024").await["total"]), "1043.71");
    }

    async fn what_comes_after_the_invoice_is_too_late(t: Tenant) {
        let unit = unit(&t).await;
        let invoice = t.billed(&unit, "03/2024").await;
        for path in [DISCOUNTS, CHARGES] {
            let said = refusal(t.post(path, charge()).await, 409);
            assert!(said.contains("INV-0001") && said.contains(&shown(&invoice["code"])), "{said}");
        }
        let _ = t.act(&format!("/energy/invoices/{}/cancel", shown(&invoice["code"]))).await.expect(200);
        assert_eq!(t.post(DISCOUNTS, charge()).await.json(200)["success"], true);
    }

    async fn what_no_invoice_uses_can_be_deleted_once(t: Tenant) {
        let unit = unit(&t).await;
        for path in [DISCOUNTS, CHARGES] {
            let id = shown(&t.post(path, charge()).await.json(200)["id"]);
            let other = if path == DISCOUNTS { CHARGES } else { DISCOUNTS };
            let _ = refusal(delete(&t, other, &id).await, 404);
            let foreign = Tenant::on(t.server());
            let _ = refusal(delete(&foreign, path, &id).await, 404);
            assert_eq!(delete(&t, path, &id).await.json(200), json!({"deleted": true}));
            let _ = refusal(delete(&t, path, &id).await, 404);
        }
        let id = t.discount(&unit, "03/2024", 100, false).await;
        let by_query = t.call("DELETE", &format!("{DISCOUNTS}?id={id}")).send().await;
        assert_eq!(by_query.json(200), json!({"deleted": true}));
        assert_eq!(shown(&t.billed(&unit, "03/2024").await["total"]), "1043.71");
    }

    async fn what_an_invoice_uses_stays_while_it_stands(t: Tenant) {
        let unit = unit(&t).await;
        let discount = t.discount(&unit, "03/2024", 100, false).await;
        let added = shown(&t.post(CHARGES, charge()).await.json(200)["id"]);
        let invoice = shown(&t.billed(&unit, "03/2024").await["code"]);
        for (path, used) in [(DISCOUNTS, &discount), (CHARGES, &added)] {
            let said = refusal(delete(&t, path, used).await, 409);
            assert!(said.contains("INV-0001") && said.contains(&invoice), "{said}");
        }
        let _ = t.act(&format!("/energy/invoices/{invoice}/cancel")).await.expect(200);
        assert_eq!(delete(&t, DISCOUNTS, &discount).await.json(200)["deleted"], true);
        assert_eq!(delete(&t, CHARGES, &added).await.json(200)["deleted"], true);
    }

    async fn under_an_idempotency_key_there_is_one(t: Tenant) {
        let _ = unit(&t).await;
        let once = |path: &'static str| t.call("POST", path).header("idempotency-key", path).json(&charge()).send();
        for path in [DISCOUNTS, CHARGES] {
            let (first, again) = (once(path).await.expect(200), once(path).await.expect(200));
            assert_eq!(again.find("idempotent-replayed"), Some("true"));
            assert_eq!(first.value()["id"], again.value()["id"]);
        }
        let total = shown(&t.post("/energy/consumer-units/1/bills", utility_bill("03/2024")).await.json(201)["total"]);
        assert_eq!(total, "1043.71", "one of each: they cancel out");
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let _ = unit(&t).await;
        for path in [DISCOUNTS, CHARGES] {
            let named = wrong_fields(t.post(path, json!({})).await);
            assert_eq!(named, ["competence", "consumerUnitId", "description", "value"]);
            for (field, wrong) in [
                ("value", json!(0.5)), ("value", json!(-1)), ("description", json!("x".repeat(51))),
                ("competence", json!("2024-03")), ("competence", json!("03-2024")), ("competence", json!(" 03/2024")),
                ("competence", json!("13/2024")), ("consumerUnitId", json!("x")),
                ("isValueCategoryPercentage", json!("yes")),
            ] {
                let mut body = charge();
                body[field] = wrong.clone();
                assert_eq!(wrong_fields(t.post(path, body).await), [field], "{wrong}");
            }
            for percentage in [json!(0.5), json!(100.01), json!(10_000)] {
                let mut body = charge();
                (body["value"], body["isValueCategoryPercentage"]) = (percentage.clone(), json!(true));
                assert_eq!(wrong_fields(t.post(path, body).await), ["value"], "{percentage} percent");
            }
            let mut nobody = charge();
            nobody["consumerUnitId"] = json!(99);
            let _ = refusal(t.post(path, nobody).await, 404);
            assert_eq!(wrong_fields(t.call("DELETE", path).json(&json!({})).send().await), ["id"]);
            let _ = refusal(delete(&t, path, "64a57acc67208c00130d7c42").await, 404);
        }
    }
}
