//! `sunledger demo` and `serve --demo`: a company to look at, made as everybody's are, the same again from the same seed.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use sunledger_tests::books::shown;
use sunledger_tests::{Api, Backend, Options, Server, both_backends};

/// What stands before each request that can be pasted, and before its path.
const CURL: &str = "curl -s ";
const REPORT: &str = "/energy/reports/billing";

/// What is printed behind a word, at the beginning of a line.
fn told(page: &str, word: &str) -> String {
    let line = page.lines().find_map(|line| line.trim_start().strip_prefix(word));
    line.unwrap_or_else(|| panic!("no {word} in {page}")).trim().to_owned()
}

/// A caller with the key that a page shows.
fn holder(server: &Server, page: &str) -> Api {
    Api::new(server, Some(&told(page, "API key  ")))
}

/// How many a list has in all, wherever it says so.
async fn total(api: &Api, path: &str) -> i64 {
    let list = api.get(path).await.json(200);
    let places = ["/total", "/meta/total", "/meta/total_records", "/data/total"];
    let found = places.iter().find_map(|place| list.pointer(place)?.as_i64());
    found.unwrap_or_else(|| panic!("{path}: {list}"))
}

/// How many events of a type the tenant's log has.
async fn events(api: &Api, event: &str) -> usize {
    let (mut count, mut after) = (0, 0);
    loop {
        let page = api.get(&format!("/audit?type={event}&after={after}&limit=100")).await.json(200);
        count += page["data"].as_array().unwrap().len();
        let next = page["next"].as_i64().unwrap();
        if next == after {
            return count;
        }
        after = next;
    }
}

fn amount(value: &Value) -> Decimal {
    shown(value).parse().unwrap_or_else(|_| panic!("{value} is no amount"))
}

/// The rows of the billing report, all months.
async fn bills(api: &Api) -> Vec<Value> {
    let report = api.post(REPORT, json!({})).await.expect(200).text();
    serde_json::from_str(&report).unwrap()
}

/// What a seed decides, without ids and times.
async fn figures(api: &Api, tenant: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut note = |list: &Value, fields: &[&str]| {
        let rows = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
        seen.extend(
            rows.iter()
                .map(|row| fields.iter().map(|field| shown(&row[*field])).collect::<Vec<_>>().join(" | ")),
        );
    };
    let clients = api.get("/v1/clients?limit=100").await.data(200);
    note(&clients, &["name", "email", "phone", "taxId", "status"]);
    note(
        &Value::from(bills(api).await),
        &["invoiceNumber", "dataCompetencia", "numeroDoCliente", "totalAPagar", "totalPago", "status"],
    );
    for page in 1..=3 {
        let invoices = api.get(&format!("/api/v1/invoices?limit=100&page={page}")).await.data(200);
        note(&invoices, &["invoiceNumber", "issueDate", "dueDate", "total", "status"]);
    }
    let transactions = api.get("/api/v2/transactions?limit=100").await.data(200);
    note(&transactions, &["id", "type", "amount", "date", "description"]);
    let paystubs = api.get(&format!("/api/v1/tenants/{tenant}/paystubs?limit=100")).await.data(200);
    note(&paystubs, &["id", "total_this_period", "sales_professional_id"]);
    assert!(seen.len() > 1_300, "{} rows", seen.len());
    seen
}

/// Sends what a line of the page would send, and expects 200.
async fn paste(api: &Api, line: &str, base: &str) {
    let parts: Vec<&str> = line.split('\'').collect();
    let at = parts
        .iter()
        .position(|part| part.starts_with(base))
        .unwrap_or_else(|| panic!("no address in {line}"));
    let path = parts[at].strip_prefix(base).unwrap();
    let body = line.contains(" -d ").then(|| parts.iter().find(|part| part.starts_with('{')).unwrap());
    let call = match body {
        Some(body) => api.call("POST", path).json(&serde_json::from_str(body).unwrap()),
        None if line.contains("-X POST") => api.call("POST", path),
        None => api.call("GET", path),
    };
    let reply = call.send().await.expect(200);
    assert!(reply.text().len() > 100, "{line} answers next to nothing: {}", reply.text());
}

both_backends! {
    async fn a_company_is_made_once_and_is_whole(backend: Backend) {
        let server = Server::start_with(backend, Options::new().serving(&["--demo"]));
        let page = server.printed();
        let api = holder(&server, &page);

        // Solar credits.
        assert_eq!(api.get("/energy/power-plants").await.json(200).as_array().unwrap().len(), 3);
        assert_eq!(total(&api, "/energy/consumer-units?limit=1").await, 60);
        let bills = bills(&api).await;
        assert_eq!(bills.len(), 60 * 14);
        let mut of_unit: BTreeMap<String, usize> = BTreeMap::new();
        for row in &bills {
            *of_unit.entry(shown(&row["numeroDoCliente"])).or_default() += 1;
        }
        assert_eq!((of_unit.len(), of_unit.values().all(|count| *count == 14)), (60, true), "{of_unit:?}");
        for tariff in bills.iter().map(|row| amount(&row["tarifakWh"])) {
            assert!(tariff >= Decimal::new(75, 2) && tariff <= Decimal::new(110, 2), "{tariff}");
        }
        assert!(events(&api, "discount.created").await > 10);
        assert!(events(&api, "power_plant.generated").await == 3 * 14);

        // Paid, in parts, late, not at all.
        assert!(events(&api, "payment.received").await > 700);
        assert!(events(&api, "invoice.overdue").await > 50);
        for (status, at_least) in [("PAID", 650), ("OVERDUE", 1)] {
            let found = total(&api, &format!("/api/v1/invoices?status={status}&limit=1")).await;
            assert!(found >= at_least, "{found} are {status}");
        }
        assert!(total(&api, "/api/v2/invoices?status=Partially%20Paid&limit=1").await > 0);

        // Roofs.
        assert_eq!(total(&api, "/v1/installations?limit=1").await, 40);
        assert_eq!(total(&api, "/v1/installations?status=maintenance&limit=1").await, 2);
        assert_eq!(total(&api, "/v1/projects?status=completed&limit=1").await, 40);
        for status in ["planning", "approved", "in_progress", "cancelled"] {
            assert!(total(&api, &format!("/v1/projects?status={status}&limit=1")).await > 0, "{status}");
        }
        for installation in 1..=40 {
            let asked = json!({
                "installationId": installation.to_string(), "startDate": "2000-01-01", "endDate": "2199-01-01", "format": "json",
            });
            let report = api.post("/v1/reports/energy-production", asked).await.data(200);
            assert!(report["daily"].as_array().unwrap().len() >= 14 * 28, "{installation}");
            assert!(report["monthly"].as_array().unwrap().len() >= 14, "{installation}");
            assert!(amount(&report["totalEnergyProduced"]) > Decimal::from(3_000), "{installation}");
        }

        // The office.
        assert_eq!(total(&api, "/api/v2/leads?limit=1").await, 28);
        assert!(events(&api, "lead.converted").await >= 15);
        assert!(total(&api, "/api/v2/quotes?status=Converted&limit=1").await >= 10);
        assert!(total(&api, "/api/v2/tickets?status=Closed&limit=1").await > 0);
        assert!(total(&api, "/api/v2/tickets?status=Open&limit=1").await > 0);
        assert!(total(&api, "/api/v2/transactions?type=Expense&limit=1").await >= 7 * 15);
        assert!(total(&api, "/api/v2/transactions?type=Income&limit=1").await >= 20);

        // Commissions, and who listens.
        let at = |rest: &str| format!("/api/v1/tenants/demo/{rest}");
        let teams = api.get(&at("teams")).await.data(200);
        assert_eq!(teams.as_array().unwrap().len(), 3);
        assert!(events(&api, "scpf.created").await >= 150);
        assert!(events(&api, "override.created").await >= 80);
        assert!(events(&api, "paystub.created").await >= 60);
        let scpfs = api.get(&at("scpfs?limit=100")).await.data(200);
        let worth = |scpf: &Value| amount(&scpf["total_this_period"]) > Decimal::ZERO;
        assert!(scpfs.as_array().unwrap().iter().all(worth), "what a sale is worth was computed");
        assert_eq!(api.get("/webhooks").await.data(200).as_array().unwrap().len(), 2);

        // Who was told of the password signs in.
        let person = told(&page, "person  ");
        let (email, rest) = person.split_once(", password ").unwrap();
        let password = rest.split(' ').next().unwrap();
        let _ = api.try_sign_in("demo", email, password).await.data(200);

        // Every line of the page.
        let base = told(&page, "curl -s 'http").split_once("/docs").map(|(base, _)| format!("http{base}"));
        let base = base.expect("the page names /docs");
        let lines: Vec<&str> = page.lines().filter(|line| line.starts_with(CURL)).collect();
        assert!(lines.len() >= 12, "{page}");
        for line in lines {
            paste(&api, line, &base).await;
        }

        // Nothing is done twice, and nothing else is.
        let head = api.get("/audit?limit=1").await.json(200);
        let refused = server.cli(&["demo", "--seed", "7"]);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("holds data already") && said.contains("--tenant"), "{said}");
        assert_eq!(api.get("/audit?limit=1").await.json(200), head);
        assert_eq!(total(&api, "/energy/consumer-units?limit=1").await, 60);
        assert_eq!(api.get("/keys").await.data(200).as_array().unwrap().len(), 1, "no second key");
        let _ = server.cli_ok(&["verify"]);
        server.restart();
        assert_eq!(server.printed().matches("API key  ").count(), 1, "made and told once");
        assert_eq!(total(&api, "/energy/consumer-units?limit=1").await, 60);
    }

    async fn a_seed_tells_the_same_story_in_another_database(backend: Backend) {
        // One without a server, and at the same time one beside a server, in a tenant that is there and holds nothing.
        let (first, second) = (Server::prepare(backend, Options::new()), Server::start(backend));
        let _ = second.cli_ok(&["tenants", "create", "Outra", "--id", "demo"]);
        let alone = first.clone();
        let alone = std::thread::spawn(move || alone.cli_ok(&["demo"]));
        let beside = second.cli_ok(&["demo"]);
        let alone = alone.join().expect("the demo alone");
        first.up();
        let here = figures(&holder(&first, &alone), "demo").await;
        let api = holder(&second, &beside);
        assert_eq!(figures(&api, "demo").await, here);
        assert_eq!(api.get("/tenant").await.data(200)["name"], "Outra", "its profile is its own");
        let _ = second.cli_ok(&["verify"]);
    }
}
