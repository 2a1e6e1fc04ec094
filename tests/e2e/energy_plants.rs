//! `/energy/power-plants`, and what they generate.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::energy::{refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const PLANTS: &str = "/energy/power-plants";

fn sample() -> Value {
    json!({
        "name": "Usina Campinas I",
        "accountNumber": "987654321",
        "distributor": "CPFL Paulista",
        "owner": "Usina Campinas SPE LTDA",
        "cpfCnpj": "11.222.333/0001-81",
        "address": {"city": "Campinas", "state": "SP"},
        "installedPower": document("75.5"),
        "connectedAt": "2023-12-01",
        "observations": "Telhado",
    })
}

fn generation(competence: &str, energy: &str) -> Value {
    json!({"competence": competence, "energyKwh": document(energy)})
}

both_backends! {
    async fn a_plant_reads_back_as_it_was_registered(t: Tenant) {
        let made = t.post(PLANTS, sample()).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let plant = made.value();
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(shown(&plant[field]), shown(value), "{field}");
        }
        assert_eq!((&plant["powerPlantId"], shown(&plant["allocatedPercentage"])), (&json!(1), "0".into()));
        let code = shown(&plant["code"]);
        assert_eq!(t.get(&format!("{PLANTS}/{code}")).await.json(200), plant);
        assert_eq!(t.get(&format!("{PLANTS}/1")).await.json(200), plant);
        assert_eq!(t.get(PLANTS).await.json(200), json!([plant]), "the list is a bare array");
        let changed = t.put(&format!("{PLANTS}/{code}"), json!({"owner": null, "name": "Usina I"})).await.json(200);
        assert_eq!((&changed["owner"], &changed["name"]), (&json!(null), &json!("Usina I")));
        assert_eq!(changed["distributor"], "CPFL Paulista");
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let body = json!({"installedPower": -1, "connectedAt": 7, "cpfCnpj": "1", "address": 1, "owner": []});
        let named = wrong_fields(t.post(PLANTS, body).await);
        assert_eq!(named, ["address", "connectedAt", "cpfCnpj", "installedPower", "name", "owner"]);
        let plant = t.plant("Usina I").await;
        let path = format!("{PLANTS}/{plant}/generations");
        assert_eq!(wrong_fields(t.post(&path, json!({})).await), ["competence", "energyKwh"]);
        for (competence, energy, named) in [
            ("13/2024", "1", "competence"), ("2024-03", "1", "competence"), ("03/2024", "-1", "energyKwh"),
            ("03/2024", "1.0001", "energyKwh"), ("03/2024", "1000000001", "energyKwh"),
        ] {
            assert_eq!(wrong_fields(t.post(&path, generation(competence, energy)).await), [named]);
        }
        // Too fine for a meter, and no month either: both are named.
        assert_eq!(wrong_fields(t.post(&path, generation("13/2024", "1.0001")).await), ["competence", "energyKwh"]);
        let _ = refusal(t.post(&format!("{PLANTS}/9/generations"), generation("03/2024", "1")).await, 404);
    }

    async fn all_plants_are_listed_where_no_limit_is_named(t: Tenant) {
        for number in 1..=25 {
            let _ = t.plant(&format!("Usina {number}")).await;
        }
        let all = t.get(PLANTS).await.json(200);
        assert_eq!((all.as_array().unwrap().len(), &all[0]["name"]), (25, &json!("Usina 25")));
        let page = t.get(&format!("{PLANTS}?limit=10&page=3")).await.json(200);
        assert_eq!(page.as_array().unwrap().len(), 5);
        let first = t.get(&format!("{PLANTS}?limit=10")).await.expect(200);
        let next = t.get(&format!("{PLANTS}?limit=10&cursor={}", first.header("x-next-cursor"))).await.json(200);
        assert_eq!(next[0]["name"], "Usina 15");
    }

    async fn a_generation_is_handed_out_to_the_watt_hour_once(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let mut units = Vec::new();
        for (account, share) in [("1", "0.333333"), ("2", "0.333333"), ("3", "0.3")] {
            units.push(t.unit_of(account, &client, &plant, share).await);
        }
        let idle = t.unit_of("4", &client, &plant, "0").await;
        let path = format!("{PLANTS}/{plant}/generations");
        let post = || t.call("POST", &path).header("idempotency-key", "march").json(&generation("03/2024", "10000.001")).send();
        let made = post().await.expect(201);
        let rateio = made.value();
        assert_eq!((&rateio["competence"], shown(&rateio["energyKwh"])), (&json!("03/2024"), "10000.001".into()));
        let shares = rateio["shares"].as_array().unwrap();
        assert_eq!(shares.len(), 3, "who has no share gets none");
        let kwh = |value: &Value| shown(value).parse::<Decimal>().unwrap();
        let handed: Decimal = shares.iter().map(|share| kwh(&share["energyKwh"])).sum();
        assert_eq!((handed + kwh(&rateio["unallocatedKwh"])).to_string(), "10000.001");
        for share in shares {
            let unit = t.get(&format!("/energy/consumer-units/{}", shown(&share["consumerUnitCode"]))).await.json(200);
            assert_eq!(unit["solarCreditsBalance"], share["energyKwh"]);
            assert_eq!((&unit["consumerUnitId"], &unit["accountNumber"]), (&share["consumerUnitId"], &share["accountNumber"]));
        }
        assert_eq!(shown(&t.get(&format!("/energy/consumer-units/{idle}")).await.json(200)["solarCreditsBalance"]), "0");
        let again = post().await.expect(201);
        assert_eq!((again.value(), again.header("idempotent-replayed").as_str()), (rateio, "true"));
        let _ = refusal(t.post(&path, generation("03/2024", "1")).await, 409);
        let _ = t.post(&path, generation("04/2024", "0")).await.expect(201);
        let months = t.get(&path).await.json(200);
        let listed: Vec<String> = months.as_array().unwrap().iter().map(|month| shown(&month["competence"])).collect();
        assert_eq!(listed, ["04/2024", "03/2024"]);
    }

    async fn the_audit_tells_the_history_of_units_and_plants(t: Tenant) {
        let (client, plant) = (t.client("Acme").await, t.plant("Usina I").await);
        let unit = t.unit_of("1", &client, &plant, "0.5").await;
        let _ = t.post(&format!("{PLANTS}/{plant}/generations"), generation("03/2024", "100")).await.expect(201);
        let types = async |path: &str| -> Vec<String> {
            let events = t.get(path).await.data(200);
            events.as_array().unwrap().iter().map(|event| shown(&event["type"])).collect()
        };
        for id in [unit.as_str(), "1"] {
            let seen = types(&format!("/audit/consumer_unit/{id}")).await;
            assert_eq!(seen, ["consumer_unit.registered", "consumer_unit.credits_received"]);
        }
        for id in [plant.as_str(), "1"] {
            let seen = types(&format!("/audit/power_plant/{id}")).await;
            assert_eq!(seen, ["power_plant.registered", "power_plant.share_changed", "power_plant.generated"]);
        }
        let past = t.get(&format!("/audit/consumer_unit/{unit}?version=1")).await.json(200);
        assert_eq!((&past["version"], &past["data"]["credits"]), (&json!(1), &json!([])));
        let surface = t.get("/audit?kind=power_plant&limit=1").await.data(200);
        assert_eq!(surface[0]["surface"], "energy");
    }
}
