//! `/v1/reports/energy-production`, and what follows readings elsewhere.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::crm::{refusal, wrong_fields};
use sunledger_tests::{Api, Reply, Server, Tenant, both_backends};

const REPORT: &str = "/v1/reports/energy-production";

async fn installed(t: &Api) -> String {
    let client = t.client("Padaria São João").await;
    let project = t.project(&client, "Telhado da padaria").await;
    t.installation(&project, "completed").await
}

fn asked(installation: &str, first: &str, last: &str) -> Value {
    json!({"installationId": installation, "startDate": first, "endDate": last})
}

/// Dates and kWh of a list of the report.
fn rows(report: &Value, list: &str, date: &str) -> Vec<(String, String)> {
    let rows = report[list].as_array().unwrap().iter();
    rows.map(|row| (shown(&row[date]), shown(&row["energyKwh"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(date, kwh)| ((*date).to_owned(), (*kwh).to_owned())).collect()
}

/// The text of all pages, without the spaces that a layout may put anywhere.
fn text(pdf: &Reply) -> String {
    let document = lopdf::Document::load_mem(&pdf.body).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect()
}

both_backends! {
    async fn days_and_months_are_those_of_the_company(t: Tenant) {
        let id = installed(&t).await;
        let _ = t.readings(&id, &[
            ("2026-03-31T12:00:00Z", "10.5"), ("2026-03-31T18:00:00Z", "0.25"),
            // 23:30 of March 31 and midnight of April 1 in São Paulo.
            ("2026-04-01T02:30:00Z", "1"), ("2026-04-01T03:00:00Z", "2"),
            ("2026-05-02T12:00:00Z", "0"),
        ]).await;
        let report = t.post(REPORT, asked(&id, "2026-03-01", "2026-05-31")).await.json(200);
        assert_eq!(report["success"], true);
        let report = &report["data"];
        assert_eq!((&report["installationId"], &report["timeZone"]), (&json!(id), &json!("America/Sao_Paulo")));
        assert_eq!((&report["startDate"], &report["endDate"]), (&json!("2026-03-01"), &json!("2026-05-31")));
        assert_eq!(shown(&report["totalEnergyProduced"]), "13.75");
        assert_eq!(rows(report, "daily", "date"), pairs(&[("2026-03-31", "11.75"), ("2026-04-01", "2"), ("2026-05-02", "0")]));
        assert_eq!(rows(report, "monthly", "month"), pairs(&[("2026-03", "11.75"), ("2026-04", "2"), ("2026-05", "0")]));
        let part = t.post(REPORT, asked("1", "2026-04-01", "2026-04-30")).await.data(200);
        assert_eq!(rows(&part, "daily", "date"), pairs(&[("2026-04-01", "2")]), "by its number, and of these days alone");
        let none = t.post(REPORT, asked(&id, "2020-01-01", "2020-12-31")).await.data(200);
        assert_eq!((&none["daily"], &none["monthly"], shown(&none["totalEnergyProduced"])), (&json!([]), &json!([]), "0".into()));
        // The company moves: what was read stays, and is told by its new clock.
        let _ = t.put("/tenant", json!({"timeZone": "Asia/Tokyo"})).await.expect(200);
        let moved = t.post(REPORT, asked(&id, "2026-03-01", "2026-05-31")).await.data(200);
        assert_eq!(rows(&moved, "daily", "date"), pairs(&[("2026-03-31", "10.5"), ("2026-04-01", "3.25"), ("2026-05-02", "0")]));
        let told = t.readings(&id, &[("2026-03-31T21:00:00", "11")]).await;
        assert_eq!(told["corrected"], 1, "noon of UTC is noon of UTC in every zone: {told}");
    }

    async fn days_with_an_hour_more_or_less_are_whole(t: Tenant) {
        let _ = t.put("/tenant", json!({"timeZone": "America/New_York"})).await.expect(200);
        let id = installed(&t).await;
        // Clocks went forward on March 8, and back on November 1: 23 and 25 hours, in UTC.
        let hourly = |first: i64, hours: i64| {
            let at = |hour| jiff::Timestamp::from_second(first + hour * 3600).unwrap().to_string();
            (0..hours).map(|hour| json!({"at": at(hour), "energyKwh": 1})).collect::<Vec<_>>()
        };
        let readings = [hourly(1_772_859_600, 71), hourly(1_793_419_200, 73)].concat();
        let _ = t.post(&format!("/v1/installations/{id}/readings"), json!(readings)).await.expect(201);
        let report = t.post(REPORT, asked(&id, "2026-01-01", "2026-12-31")).await.data(200);
        assert_eq!(
            rows(&report, "daily", "date"),
            pairs(&[
                ("2026-03-07", "24"), ("2026-03-08", "23"), ("2026-03-09", "24"),
                ("2026-10-31", "24"), ("2026-11-01", "25"), ("2026-11-02", "24"),
            ])
        );
    }

    async fn a_report_is_csv_where_that_is_wanted(t: Tenant) {
        let id = installed(&t).await;
        let _ = t.readings(&id, &[("2026-03-30T12:00:00", "1.50"), ("2026-03-31T12:00:00", "2"), ("2026-04-01T12:00:00", "0")]).await;
        let mut body = asked(&id, "2026-03-30", "2026-04-30");
        body["format"] = json!("csv");
        let csv = t.post(REPORT, body).await.expect(200);
        assert!(csv.header("content-type").starts_with("text/csv"), "{}", csv.header("content-type"));
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"energy-production.csv\"");
        assert_eq!(
            csv.text(),
            "period,date,energyKwh\r\nday,2026-03-30,1.5\r\nday,2026-03-31,2\r\nday,2026-04-01,0\r\n\
             month,2026-03,3.5\r\nmonth,2026-04,0\r\ntotal,2026-03-30/2026-04-30,3.5\r\n"
        );
    }

    async fn a_long_report_is_whole_in_every_form(t: Tenant) {
        let id = installed(&t).await;
        let path = format!("/v1/installations/{id}/readings");
        // Noon of 1,100 days: more than is read at a time.
        let at = |day: i64| jiff::Timestamp::from_second(1_672_574_400 + day * 86_400).unwrap().to_string();
        for part in [0..600, 600..1_100] {
            let rows: Vec<Value> = part.map(|day| json!({"at": at(day), "energyKwh": document("0.1")})).collect();
            let _ = t.post(&path, json!(rows)).await.expect(201);
        }
        let mut body = asked(&id, "2023-01-01", "2026-12-31");
        let report = t.post(REPORT, body.clone()).await.data(200);
        let days = rows(&report, "daily", "date");
        assert_eq!((days.len(), shown(&report["totalEnergyProduced"])), (1_100, "110".into()));
        assert!(days.is_sorted() && days.iter().all(|(_, kwh)| kwh == "0.1"));
        body["format"] = json!("csv");
        let csv = t.post(REPORT, body.clone()).await.expect(200).text();
        assert_eq!(csv.lines().filter(|line| line.starts_with("day,")).count(), 1_100);
        assert_eq!(csv.lines().filter(|line| line.starts_with("month,")).count(), 37);
        assert!(csv.ends_with("total,2023-01-01/2026-12-31,110\r\n"), "{}", csv.lines().last().unwrap_or_default());
        body["format"] = json!("pdf");
        let pdf = t.post(REPORT, body).await.expect(200);
        assert!(text(&pdf).contains("110kWh"));
    }

    async fn a_report_is_a_pdf_with_a_chart(t: Tenant) {
        let _ = t.put("/tenant", json!({"legalName": "Sol & Filhos Ltda", "locale": "pt-BR"})).await.expect(200);
        let id = installed(&t).await;
        let _ = t.readings(&id, &[("2026-02-10T12:00:00", "7"), ("2026-03-01T12:00:00", "10.5"), ("2026-03-31T12:00:00", "12.25")]).await;
        let mut body = asked(&id, "2026-03-01", "2026-03-31");
        body["format"] = json!("pdf");
        let pdf = t.post(REPORT, body.clone()).await.expect(200);
        assert_eq!(pdf.header("content-type"), "application/pdf");
        let name = "attachment; filename=\"energy-production-1-2026-03-01-2026-03-31.pdf\"";
        assert_eq!(pdf.header("content-disposition"), name);
        let text = text(&pdf);
        for part in [
            "Geraçãodeenergia", "Sol&FilhosLtda", "PadariaSãoJoão", "Telhadodapadaria", "22,75kWh", "12,25kWh",
            "01/03/2026", "03/2026:22,75kWh", "02/2026:7kWh",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
        body["startDate"] = json!("2020-01-01");
        body["endDate"] = json!("2020-01-31");
        let empty = t.post(REPORT, body).await.expect(200);
        assert!(self::text(&empty).contains("Nenhumageração"), "a report of nothing is one too");
    }

    async fn what_is_wrong_with_a_request_is_named(t: Tenant) {
        let id = installed(&t).await;
        assert_eq!(wrong_fields(t.post(REPORT, json!({})).await), ["endDate", "installationId", "startDate"]);
        let wrong = json!({"installationId": "x", "startDate": "2026-02-30", "endDate": 7, "format": "xml"});
        assert_eq!(wrong_fields(t.post(REPORT, wrong).await), ["endDate", "format", "installationId", "startDate"]);
        assert_eq!(wrong_fields(t.post(REPORT, asked(&id, "2026-03-02", "2026-03-01")).await), ["endDate"]);
        for unknown in ["9", "01955d3a-7c00-7000-8000-000000000001"] {
            let _ = refusal(t.post(REPORT, asked(unknown, "2026-03-01", "2026-03-02")).await, 404);
        }
        let _ = refusal(t.get(REPORT).await, 405);
        let other = Tenant::on(t.server());
        let _ = refusal(other.post(REPORT, asked(&id, "2026-03-01", "2026-03-02")).await, 404);
        let reader = t.with_scopes(&["crm:read"]);
        let _ = reader.post(REPORT, asked(&id, "2026-03-01", "2026-03-02")).await.expect(200);
        let _ = refusal(t.with_scopes(&["energy:read"]).post(REPORT, asked(&id, "2026-03-01", "2026-03-02")).await, 403);
    }

    async fn a_clients_summary_tells_what_its_installations_produced(t: Tenant) {
        let client = t.client("Padaria").await;
        let (roof, garage) = (t.project(&client, "Telhado").await, t.project(&client, "Garagem").await);
        let mut built = Vec::new();
        for (project, status) in [(&roof, "completed"), (&roof, "maintenance"), (&garage, "scheduled")] {
            built.push(t.installation(project, status).await);
        }
        let _ = t.readings(&built[0], &[("2026-03-02T12:00:00Z", "1.25"), ("2026-03-03T12:00:00Z", "0.0000005")]).await;
        let _ = t.readings(&built[1], &[("2026-03-02T12:00:00Z", "2")]).await;
        let _ = t.readings(&built[1], &[("2026-03-02T12:00:00Z", "3")]).await;
        let stranger = t.client("Mercado").await;
        let other = t.project(&stranger, "Galpão").await;
        let _ = t.readings(&t.installation(&other, "completed").await, &[("2026-03-02T12:00:00Z", "100")]).await;
        let summary = t.get(&format!("/v1/reports/client-summary/{client}")).await.data(200);
        assert_eq!((&summary["totalProjects"], &summary["activeInstallations"]), (&json!(2), &json!(2)));
        assert_eq!(shown(&summary["totalEnergyProduced"]), "4.2500005");
    }

    async fn a_rebuild_and_a_restart_change_nothing(server: Server) {
        let t = server.api();
        let id = installed(&t).await;
        let _ = t.readings(&id, &[("2026-03-02T12:00:00Z", "1.25"), ("2026-03-02T12:00:00Z", "2"), ("2026-04-02T12:00:00Z", "3")]).await;
        let ask = || t.post(REPORT, asked(&id, "2026-01-01", "2026-12-31"));
        let before = ask().await.data(200);
        assert_eq!(shown(&before["totalEnergyProduced"]), "5");
        let _ = server.cli_ok(&["replay"]);
        assert_eq!(ask().await.data(200), before);
        let _ = server.cli_ok(&["verify"]);
        let _ = t.readings(&id, &[("2026-04-02T12:00:00Z", "4")]).await;
        assert_eq!(shown(&ask().await.data(200)["totalEnergyProduced"]), "6");
        let _ = server.cli_ok(&["verify"]);
    }
}
