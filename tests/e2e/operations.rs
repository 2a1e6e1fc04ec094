//! Health, metrics, and what a client reads back at once.

use serde_json::json;
use sunledger_tests::books::shown;
use sunledger_tests::{Server, Tenant, both_backends};

both_backends! {
    async fn health_and_metrics_need_no_key(t: Tenant) {
        let nobody = t.with_key(None);
        let _ = nobody.get("/health/live").await.expect(200);
        let _ = nobody.get("/health/ready").await.expect(200);
        let _ = t.client("Counted").await;
        let metrics = nobody.get("/metrics").await.expect(200);
        assert!(metrics.header("content-type").starts_with("text/plain"));
        let text = metrics.text();
        let samples = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let mut count = 0;
        for sample in samples {
            let (name, value) = sample.rsplit_once(' ').unwrap_or_else(|| panic!("{sample:?}"));
            assert!(value.parse::<f64>().is_ok(), "{sample:?}");
            assert!(name.starts_with(|first: char| first.is_ascii_alphabetic()), "{sample:?}");
            count += 1;
        }
        assert!(count > 10, "{text}");
        assert!(!text.contains(t.key().unwrap()) && !text.contains("Counted"));
    }

    async fn every_write_is_read_at_once(t: Tenant) {
        for number in 1..=40 {
            let name = format!("Client {number}");
            let id = t.client(&name).await;
            assert_eq!(t.get(&format!("/api/v1/clients/{id}")).await.data(200)["name"], name);
            let list = t.get("/api/v1/clients?limit=1").await.json(200);
            assert_eq!((&list["total"], &list["data"][0]["name"]), (&json!(number), &json!(name)));
            let found = t.get(&format!("/api/v1/clients?search=client%20{number}&limit=100")).await.json(200);
            assert!(found["total"].as_u64().unwrap() >= 1);
            let _ = t.put(&format!("/api/v1/clients/{id}"), json!({"notes": "seen"})).await.expect(200);
            assert_eq!(t.get(&format!("/api/v1/clients/{id}")).await.data(200)["notes"], "seen");
        }
        let log = t.get("/audit?kind=client&type=client.updated&limit=100").await.data(200);
        assert_eq!(log.as_array().unwrap().len(), 40);
    }

    async fn two_servers_on_one_place_show_each_others_writes(server: Server) {
        // The second takes over nothing while the first runs: it serves the same data.
        let second = server.twin();
        let (one, two) = (server.api(), second.api());
        for number in 1..=10 {
            let (writer, reader) = if number % 2 == 0 { (&one, &two) } else { (&two, &one) };
            let id = writer.client(&format!("Client {number}")).await;
            assert_eq!(shown(&writer.get(&format!("/api/v1/clients/{id}")).await.data(200)["id"]), id);
            let seen = sunledger_tests::eventually("the other server shows it", || async {
                (reader.get(&format!("/api/v1/clients/{id}")).await.status == 200).then_some(())
            });
            seen.await;
        }
        let invoice = one.draft("1", "5").await;
        assert_eq!(shown(&one.invoice(&invoice).await["total"]), "5.00");
        server.kill9();
        let id = two.client("After the first is gone").await;
        assert_eq!(shown(&two.get(&format!("/api/v1/clients/{id}")).await.data(200)["id"]), id);
        second.stop();
        server.up();
    }

    async fn the_tenants_profile_reads_back(t: Tenant) {
        let profile = json!({
            "legalName": "Sol Nascente Energia Ltda", "taxId": "12.ABC.345/01DE-35", "timeZone": "America/Recife",
            "locale": "en-US", "currency": "EUR", "pixKey": "pix@sol.example", "pixCity": "Recife",
            "invoiceSeries": {"prefix": "S-", "width": 5},
        });
        let put = t.put("/tenant", profile.clone()).await.data(200);
        let read = t.get("/tenant").await.data(200);
        for (field, value) in profile.as_object().unwrap() {
            assert_eq!((&put[field], &read[field]), (value, value), "{field}");
        }
        for (field, value) in [("timeZone", "Mars/Base"), ("currency", "XXQ"), ("locale", "??"), ("taxId", "11.222.333/0001-80"),
                               ("logo", "data:image/png;base64,AAAA")] {
            let error = t.put("/tenant", json!({field: value})).await.error(400);
            assert!(error.contains(field), "{field}: {error}");
        }
        assert_eq!(t.get("/tenant").await.data(200), read);
        let client = t.client("Payer").await;
        let made = t.post("/api/v1/invoices", json!({"clientId": client, "dueDate": "2199-01-01",
            "lineItems": [{"description": "x", "unitPrice": 1}]})).await.data(201);
        assert_eq!(made["invoiceNumber"], "S-00001");
        assert_eq!(t.invoice(&shown(&made["id"])).await["currency"], "EUR");
    }
}
