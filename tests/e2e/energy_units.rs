//! `/energy/consumer-units`.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::energy::{refusal, unit_body, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const UNITS: &str = "/energy/consumer-units";
const PLANTS: &str = "/energy/power-plants";

fn accounts(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|unit| shown(&unit["accountNumber"])).collect()
}

/// What the units of a plant get together, as it is printed.
async fn allocated(t: &Tenant, plant: &str) -> String {
    shown(&t.get(&format!("{PLANTS}/{plant}")).await.json(200)["allocatedPercentage"])
}

both_backends! {
    async fn a_unit_reads_back_as_it_was_registered(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let mut body = unit_body("123.456-789", &client);
        body["powerPlantCode"] = json!(plant);
        body["percentage"] = document("0.01");
        body["instalationType"] = json!("bifásico");
        let made = t.post(UNITS, body.clone()).await.expect(200);
        assert_eq!(made.header("etag"), "\"1\"");
        let unit = made.value();
        for (field, value) in body.as_object().unwrap() {
            let expected = if field == "instalationType" { &json!("BIFASICO") } else { value };
            assert_eq!(shown(&unit[field]), shown(expected), "{field}");
        }
        assert_eq!((&unit["consumerUnitId"], &unit["powerPlantId"]), (&json!(1), &json!(1)));
        assert_eq!((shown(&unit["economiaTotal"]), shown(&unit["solarCreditsBalance"])), ("0".into(), "0".into()));
        let by_code = t.get(&format!("{UNITS}/{}", shown(&unit["code"]))).await.expect(200);
        assert_eq!((by_code.value(), by_code.header("etag")), (unit.clone(), "\"1\"".to_owned()));
        assert_eq!(t.get(&format!("{UNITS}/1")).await.json(200), unit);
    }

    async fn client_and_plant_are_named_by_code_or_number_and_must_be_there(t: Tenant) {
        let (client, _) = (t.client("Acme").await, t.plant("Usina I").await);
        let mut body = unit_body("1", &client);
        (body["clientCode"], body["powerPlantCode"]) = (json!(1), json!("1"));
        let made = t.post(UNITS, body.clone()).await.json(200);
        assert_eq!((&made["clientCode"], &made["powerPlantId"]), (&json!(client), &json!(1)));
        for nobody in [json!(99), json!("0190a000-0000-7000-8000-000000000000")] {
            body["accountNumber"] = json!("2");
            (body["clientCode"], body["powerPlantCode"]) = (nobody.clone(), nobody.clone());
            assert_eq!(wrong_fields(t.post(UNITS, body.clone()).await), ["clientCode", "powerPlantCode"]);
            let change = json!({"clientCode": nobody, "powerPlantCode": nobody});
            assert_eq!(wrong_fields(t.put(&format!("{UNITS}/1"), change).await), ["clientCode", "powerPlantCode"]);
        }
        let other = Tenant::on(t.server());
        let foreign = (other.client("Foreign").await, other.plant("Foreign").await);
        (body["clientCode"], body["powerPlantCode"]) = (json!(foreign.0), json!(foreign.1));
        assert_eq!(wrong_fields(t.post(UNITS, body.clone()).await), ["clientCode", "powerPlantCode"]);
        let gone = t.client("Gone").await;
        let _ = t.delete(&format!("/api/v1/clients/{gone}")).await.expect(204);
        assert_eq!(wrong_fields(t.post(UNITS, unit_body("3", &gone)).await), ["clientCode"]);
        assert_eq!(t.get(UNITS).await.json(200)["total"], 1);
    }

    async fn every_wrong_field_is_named_at_once(t: Tenant) {
        let body = json!({
            "connectedAt": "2023-13-01", "cpfCnpj": "111", "createPayment": "yes", "discountRate": document("1.01"),
            "instalationType": "TETRAFASICO", "percentage": "0.1", "phone": "x", "powerPlantCode": "usina",
            "openingSavings": -1, "address": {"zip": 1},
        });
        let named = wrong_fields(t.post(UNITS, body).await);
        assert_eq!(named, [
            "accountNumber", "address.zip", "clientCode", "connectedAt", "cpfCnpj", "createPayment", "discountRate",
            "instalationType", "name", "openingSavings", "percentage", "phone", "powerPlantCode",
        ]);
        assert_eq!(wrong_fields(t.get(&format!("{UNITS}?limit=101&powerPlantId=x")).await), ["limit", "powerPlantId"]);
        assert_eq!(wrong_fields(t.get(&format!("{UNITS}?powerPlantId=x")).await), ["powerPlantId"]);
        let _ = refusal(t.get(&format!("{UNITS}/7")).await, 404);
        let _ = refusal(t.put(&format!("{UNITS}/7"), json!({"name": "X"})).await, 404);
    }

    async fn two_units_may_have_the_same_account_number(t: Tenant) {
        // No document forbids it: each utility counts for itself, and who takes a house over takes its number over.
        let client = t.client("Acme").await;
        let (first, second) = (t.unit("12.345-6", &client).await, t.unit("123456", &client).await);
        assert_ne!(first, second);
        let both = t.get(&format!("{UNITS}?numeroDeConcessao=123.456")).await.json(200);
        assert_eq!((accounts(&both), &both["total"]), (vec!["123456".to_owned(), "12.345-6".to_owned()], &json!(2)));
    }

    async fn what_was_read_can_be_sent_back_also_after_the_client_is_gone(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let unit = t.unit_of("1", &client, &plant, "0.5").await;
        let path = format!("{UNITS}/{unit}");
        let _ = t.delete(&format!("/api/v1/clients/{client}")).await.expect(204);
        let mut body = t.get(&path).await.json(200);
        let same = t.put(&path, body.clone()).await.expect(200);
        assert_eq!((same.value(), same.header("etag")), (body.clone(), "\"1\"".to_owned()));
        body["name"] = json!("Renamed");
        let changed = t.put(&path, body).await.json(200);
        assert_eq!((&changed["name"], &changed["clientCode"]), (&json!("Renamed"), &json!(client)));
        let other = t.unit("2", &t.client("Other").await).await;
        let moved = t.put(&format!("{UNITS}/{other}"), json!({"clientCode": client})).await;
        assert_eq!(wrong_fields(moved), ["clientCode"]);
    }

    async fn lists_filter_by_name_tax_id_account_and_plant(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let _ = t.unit("100-1", &client).await;
        let _ = t.unit_of("200-2", &client, &plant, "0.5").await;
        let third = t.unit("300-3", &client).await;
        let change = json!({"name": "Padaria Conceição", "cpfCnpj": "529.982.247-25"});
        let _ = t.patch(&format!("{UNITS}/{third}"), change).await.expect(200);
        let list = async |query: &str| t.get(&format!("{UNITS}?{query}")).await.json(200);
        let all = list("limit=2").await;
        assert_eq!((accounts(&all), &all["total"]), (vec!["300-3".to_owned(), "200-2".to_owned()], &json!(3)));
        assert_eq!(accounts(&list("name=padaria").await), ["300-3"]);
        assert_eq!(accounts(&list("cpfCnpj=52998224725").await), ["300-3"]);
        assert_eq!(accounts(&list("numeroDeConcessao=2002").await), ["200-2"]);
        assert_eq!(accounts(&list("numeroDeConcessao=200-2").await), ["200-2"]);
        assert!(accounts(&list("numeroDeConcessao=200").await).is_empty(), "the whole number");
        for id in ["1", &plant] {
            let found = list(&format!("powerPlantId={id}")).await;
            assert_eq!((accounts(&found), &found["total"]), (vec!["200-2".to_owned()], &json!(1)));
        }
        assert_eq!(list("powerPlantId=9").await["total"], 0);
        assert_eq!(list("numeroDeConcessao=").await["total"], 3, "an empty one counts as absent");
    }

    async fn the_shares_of_a_plant_are_at_most_the_whole(t: Tenant) {
        let (client, first) = (t.client("Acme").await, t.plant("Usina I").await);
        let second = t.plant("Usina II").await;
        let big = t.unit_of("1", &client, &first, "0.7").await;
        let mut body = unit_body("2", &client);
        (body["powerPlantCode"], body["percentage"]) = (json!(first), document("0.300001"));
        let refused = refusal(t.post(UNITS, body.clone()).await, 409);
        assert!(refused.contains("0.3"), "{refused}");
        assert_eq!(t.get(UNITS).await.json(200)["total"], 1, "nothing was half-written");
        body["percentage"] = document("0.3");
        let small = shown(&t.post(UNITS, body).await.json(200)["code"]);
        assert_eq!(allocated(&t, &first).await, "1");
        let _ = refusal(t.put(&format!("{UNITS}/{big}"), json!({"percentage": document("0.71")})).await, 409);
        // It leaves for another plant, and takes its share along.
        let moved = t.put(&format!("{UNITS}/{big}"), json!({"powerPlantCode": second})).await.json(200);
        assert_eq!((&moved["powerPlantId"], shown(&moved["percentage"])), (&json!(2), "0.7".into()));
        assert_eq!((allocated(&t, &first).await, allocated(&t, &second).await), ("0.3".into(), "0.7".into()));
        let _ = t.patch(&format!("{UNITS}/{small}"), json!({"powerPlantCode": null})).await.expect(200);
        assert_eq!(allocated(&t, &first).await, "0");
        let read = t.get(&format!("{UNITS}/{small}")).await.json(200);
        assert_eq!((&read["powerPlantCode"], &read["powerPlantId"]), (&json!(null), &json!(null)));
    }

    async fn a_change_at_a_version_is_of_the_units_and_not_of_its_plants(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let unit = t.unit_of("1", &client, &plant, "0.1").await;
        let path = format!("{UNITS}/{unit}");
        let at = |version: &str, body: Value| t.call("PUT", &path).header("if-match", version).json(&body).send();
        // The plant is at version 2 by now.
        let _ = at("\"1\"", json!({"name": "João da Silva UC2"})).await.expect(200);
        let changed = at("\"1\"", json!({"percentage": document("0.2")})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let _ = refusal(at("\"1\"", json!({"percentage": document("0.3")})).await, 412);
        assert_eq!(allocated(&t, &plant).await, "0.2");
    }

    async fn of_twenty_who_want_the_rest_of_a_plant_as_many_get_it_as_fit(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let bodies: Vec<Value> = (0..20)
            .map(|number| {
                let mut body = unit_body(&number.to_string(), &client);
                (body["powerPlantCode"], body["percentage"]) = (json!(plant), document("0.15"));
                body
            })
            .collect();
        let replies = futures_util::future::join_all(bodies.into_iter().map(|body| t.post(UNITS, body))).await;
        let made = replies.iter().filter(|reply| reply.status == 200).count();
        assert!(replies.iter().all(|reply| [200, 409, 503].contains(&reply.status.as_u16())));
        assert!(made <= 6, "{made} shares of 0.15");
        assert_eq!(t.get(UNITS).await.json(200)["total"], made);
        let sum: Decimal = allocated(&t, &plant).await.parse().unwrap();
        assert_eq!(sum, Decimal::new(15, 2) * Decimal::from(made), "after {made}");
    }
}
