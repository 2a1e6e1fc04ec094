//! `/v1/installations/{id}/readings`: what an installation produced comes in.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::crm::{refusal, wrong_fields};
use sunledger_tests::{Api, Tenant, both_backends};

/// The path of the readings of a new installation, and its id.
async fn installed(t: &Api) -> (String, String) {
    let client = t.client("Padaria").await;
    let project = t.project(&client, "Telhado").await;
    let id = t.installation(&project, "completed").await;
    (format!("/v1/installations/{id}/readings"), id)
}

/// kWh of all days that there can be.
async fn produced(t: &Api, installation: &str) -> String {
    let body = json!({"installationId": installation, "startDate": "1970-01-01", "endDate": "2199-12-31"});
    shown(&t.post("/v1/reports/energy-production", body).await.data(200)["totalEnergyProduced"])
}

/// `recorded`, `corrected` and `unchanged` of an answer.
fn counts(told: &Value) -> [i64; 3] {
    ["recorded", "corrected", "unchanged"].map(|name| told[name].as_i64().unwrap())
}

both_backends! {
    async fn one_reading_or_several_come_in(t: Tenant) {
        let (path, id) = installed(&t).await;
        let one = json!({"at": "2026-03-02T12:00:00Z", "energyKwh": document("1.25")});
        let made = t.post(&path, one).await.expect(201);
        assert_eq!(made.value()["success"], true);
        let told = made.value()["data"].take();
        assert_eq!(told, json!({"installationId": id, "received": 1, "recorded": 1, "corrected": 0, "unchanged": 0}));
        let told = t.readings(&id, &[("2026-03-02T12:15:00Z", "0.75"), ("2026-03-05T10:00:00", "2")]).await;
        assert_eq!(counts(&told), [2, 0, 0]);
        let wrapped = json!({"readings": [{"at": "2026-03-06T10:00:00-03:00", "energyKwh": 0}]});
        assert_eq!(counts(&t.post("/v1/installations/1/readings", wrapped).await.data(201)), [1, 0, 0]);
        assert_eq!(produced(&t, &id).await, "4");
    }

    async fn a_reading_corrects_the_earlier_one_of_its_instant(t: Tenant) {
        let (_, id) = installed(&t).await;
        let _ = t.readings(&id, &[("2026-03-02T12:00:00Z", "1.25"), ("2026-03-02T12:15:00Z", "1")]).await;
        // The same instant in another form.
        let told = t.readings(&id, &[("2026-03-02T09:00:00", "2.25"), ("2026-03-02T12:15:00Z", "1.0")]).await;
        assert_eq!(counts(&told), [0, 1, 1]);
        assert_eq!(produced(&t, &id).await, "3.25");
        let twice = t.readings(&id, &[("2026-03-02T13:00:00Z", "5"), ("2026-03-02T13:00:00Z", "6")]).await;
        assert_eq!((counts(&twice), produced(&t, &id).await), ([1, 1, 0], "9.25".into()), "the later one counts");
        let events = t.get("/audit?kind=production&limit=100").await.data(200);
        let corrected = &events[1]["data"]["readings"][0];
        assert_eq!((shown(&corrected["kwh"]), shown(&corrected["was"])), ("2.25".into(), "1.25".into()), "{events}");
        assert_eq!((&events[1]["type"], &events[1]["surface"]), (&json!("production.recorded"), &json!("crm")));
    }

    async fn what_is_known_already_changes_nothing(t: Tenant) {
        let (_, id) = installed(&t).await;
        let readings = [("2026-03-02T12:00:00Z", "1.25"), ("2026-03-03T12:00:00Z", "0")];
        assert_eq!(counts(&t.readings(&id, &readings).await), [2, 0, 0]);
        let events = t.get("/audit?kind=production&limit=100").await.data(200);
        assert_eq!(counts(&t.readings(&id, &readings).await), [0, 0, 2]);
        assert_eq!(t.get("/audit?kind=production&limit=100").await.data(200), events, "no event");
        assert_eq!(produced(&t, &id).await, "1.25");
    }

    async fn every_bad_row_is_named_and_none_is_kept(t: Tenant) {
        let (path, id) = installed(&t).await;
        assert_eq!(wrong_fields(t.post(&path, json!({})).await), ["at", "energyKwh"]);
        let right = json!({"at": "2026-03-02T12:00:00Z", "energyKwh": 1});
        let rows = json!([
            right, {"at": "2026-03-02T12:15:00Z", "energyKwh": -0.1}, {"at": "2026-02-30T00:00:00Z", "energyKwh": 1},
            7, {"energyKwh": "1"}, right, {"at": "2026-03-02T12:15:00Z"}, {"at": "1969-12-31T23:00:00Z", "energyKwh": 1e10},
        ]);
        assert_eq!(
            wrong_fields(t.post(&path, rows).await),
            [
                "readings[1].energyKwh", "readings[2].at", "readings[3]", "readings[4].at", "readings[4].energyKwh",
                "readings[6].energyKwh", "readings[7].at", "readings[7].energyKwh",
            ]
        );
        for list in [json!([]), json!(vec![right.clone(); 1_001])] {
            assert_eq!(wrong_fields(t.post(&path, list).await), ["readings"]);
        }
        for body in ["", "7", "\"x\"", "null", "[1", "[{\"at\":]"] {
            let call = t.call("POST", &path).header("content-type", "application/json").body(body);
            let _ = refusal(call.send().await, 400);
        }
        let call = t.call("POST", &path).header("content-type", "text/csv").body("at,energyKwh");
        let _ = refusal(call.send().await, 415);
        let wrong = t.call("POST", &path).header("content-type", "application/json").body(" ".repeat(1 << 21));
        let _ = refusal(wrong.send().await, 413);
        assert_eq!(produced(&t, &id).await, "0");
        let _ = refusal(t.post("/v1/installations/9/readings", right.clone()).await, 404);
        let unknown = "/v1/installations/01955d3a-7c00-7000-8000-000000000001/readings";
        let _ = refusal(t.post(unknown, right).await, 404);
        let _ = refusal(t.get(&path).await, 405);
    }

    async fn a_thousand_readings_of_many_days_are_one_append(t: Tenant) {
        let (path, id) = installed(&t).await;
        // A reading every nine hours: more than a year of days.
        let at = |index: i64| {
            let second = jiff::Timestamp::from_second(1_735_689_600 + index * 9 * 3600).unwrap();
            second.to_string()
        };
        let rows: Vec<Value> = (0..1_000).map(|index| json!({"at": at(index), "energyKwh": document("0.5")})).collect();
        let post = || t.call("POST", &path).header("idempotency-key", "meter-1").json(&json!(rows)).send();
        let began = std::time::Instant::now();
        let made = post().await.expect(201);
        assert!(began.elapsed() < sunledger_tests::patience(), "{:?}", began.elapsed());
        assert_eq!(counts(&made.value()["data"]), [1_000, 0, 0]);
        let again = post().await.expect(201);
        assert_eq!((again.value(), again.header("idempotent-replayed").as_str()), (made.value(), "true"));
        assert_eq!(produced(&t, &id).await, "500");
        assert_eq!(counts(&t.post(&path, json!(rows)).await.data(201)), [0, 0, 1_000]);
    }

    async fn readings_that_come_at_the_same_time_are_all_kept(t: Tenant) {
        let (path, id) = installed(&t).await;
        let posts = (0..32).map(|minute| {
            let (t, path) = ((*t).clone(), path.clone());
            let body = json!({"at": format!("2026-03-02T12:{minute:02}:00Z"), "energyKwh": 1});
            async move { t.post(&path, body).await.expect(201) }
        });
        for post in posts.map(tokio::spawn).collect::<Vec<_>>() {
            let _ = post.await.unwrap();
        }
        assert_eq!(produced(&t, &id).await, "32");
    }

    async fn a_version_is_the_installations_own(t: Tenant) {
        let (path, id) = installed(&t).await;
        for minute in ["00", "15"] {
            let body = json!({"at": format!("2026-03-02T12:{minute}:00Z"), "energyKwh": 1});
            let _ = t.call("POST", &path).header("if-match", "\"1\"").json(&body).send().await.expect(201);
        }
        assert_eq!(t.get(&format!("/v1/installations/{id}")).await.expect(200).header("etag"), "\"1\"");
    }

    async fn a_key_for_reading_brings_no_readings(t: Tenant) {
        let (path, _) = installed(&t).await;
        let reader = t.with_scopes(&["crm:read"]);
        let body = json!({"at": "2026-03-02T12:00:00Z", "energyKwh": 1});
        let _ = refusal(reader.post(&path, body).await, 403);
    }
}
