//! A company that has one of everything, with a mark in every text: whoever sees the mark has seen too much.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Deref;
use sunledger_tests::bills::utility_bill;
use sunledger_tests::books::shown;
use sunledger_tests::commissions::{
    MANAGER, detail_body, override_body, overrides, paystub_body, paystub_overview_body, scpf_body,
    team_body, with,
};
use sunledger_tests::energy::unit_body;
use sunledger_tests::{Receiver, Server, Tenant, commissions, crm, eventually};

/// In every text that the company under attack has written.
pub(crate) const MARK: &str = "Zarolho";
/// In every text of the one that looks.
pub(crate) const OTHER_MARK: &str = "Vizinha";

/// A company and what it has.
pub(crate) struct Company {
    tenant: Tenant,
    mark: &'static str,
    /// Kept, so that its webhooks are taken.
    _receiver: Receiver,
    /// What a thing is called by, in each form that its paths take: the UUID first, where they take it.
    things: BTreeMap<&'static str, Vec<String>>,
}

impl Deref for Company {
    type Target = Tenant;

    fn deref(&self) -> &Tenant {
        &self.tenant
    }
}

/// The company under attack, and another one on the same server. What is known of the first are the newest of its things:
/// none of their numbers is the number of anything of the other.
pub(crate) async fn two_companies(server: &Server) -> (Company, Company) {
    let mut first = Company::new(server, MARK).await;
    for round in 1..=3 {
        first.make_things(round).await;
    }
    let mut other = Company::new(server, OTHER_MARK).await;
    other.make_things(1).await;
    (first, other)
}

impl Company {
    /// One of its own, on a server where others may be.
    pub(crate) async fn with_everything(server: &Server, mark: &'static str) -> Self {
        let mut company = Self::new(server, mark).await;
        company.make_things(1).await;
        company
    }

    async fn new(server: &Server, mark: &'static str) -> Self {
        let receiver = Receiver::start().await;
        let (tenant, things) = (Tenant::on(server), BTreeMap::new());
        Self { tenant, mark, _receiver: receiver, things }
    }

    /// What a thing is called by.
    pub(crate) fn forms(&self, thing: &str) -> &[String] {
        self.things.get(thing).unwrap_or_else(|| panic!("this test has no {thing}"))
    }

    /// What it is called by first.
    pub(crate) fn one(&self, thing: &str) -> &str {
        &self.forms(thing)[0]
    }

    /// All that its things are called by, and that nobody would write by chance.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.things.values().flatten().map(String::as_str).filter(|id| id.len() == 36)
    }

    /// Its whole log, and how its webhooks went: what is the same afterwards was not touched.
    pub(crate) async fn picture(&self) -> Vec<Value> {
        let mut log = self.log().await;
        let path = format!("/webhooks/{}/deliveries?limit=100", self.one("endpoint"));
        log.push(self.get(&path).await.json(200));
        log
    }

    /// All that happened to it.
    pub(crate) async fn log(&self) -> Vec<Value> {
        let (mut after, mut events) = (0, Vec::new());
        loop {
            let page = self.get(&format!("/audit?limit=100&after={after}")).await.data(200);
            let Some(last) = page.as_array().unwrap().last() else { return events };
            after = last["position"].as_i64().unwrap();
            events.extend(page.as_array().unwrap().iter().cloned());
        }
    }

    async fn made(&self, path: &str, body: Value, status: u16) -> String {
        let reply = self.post(path, body).await.json(status);
        let made = if reply["data"].is_object() { &reply["data"] } else { &reply };
        let id = ["uuid", "code", "id"].into_iter().map(|name| &made[name]).find(|id| !id.is_null());
        shown(id.unwrap_or_else(|| panic!("{path} made something without an id: {reply}")))
    }

    /// Keeps what a thing is called by: its UUID, and the number that its first event gave it.
    async fn keep(&mut self, thing: &'static str, kind: &str, id: &str) {
        let born = self.get(&format!("/audit/{kind}/{id}?limit=1")).await.data(200)[0].take();
        let forms = vec![shown(&born["id"]), shown(&born["data"]["number"])];
        assert!(forms[1].parse::<u32>().is_ok(), "no number of {kind} in {born}");
        self.keep_as("actor", &[&shown(&born["actor"]["id"])]);
        let _ = self.things.insert(thing, forms);
    }

    fn keep_as(&mut self, thing: &'static str, forms: &[&str]) {
        let _ = self.things.insert(thing, forms.iter().map(|&form| form.to_owned()).collect());
    }

    /// Makes one of everything. Made again, everything has a higher number.
    async fn make_things(&mut self, round: u32) {
        self.keep_as("tenant", &[&self.tenant.name.clone()]);
        self.make_endpoint().await;
        let client = self.make_projects().await;
        self.make_energy(&client, round).await;
        self.make_invoices(&client).await;
        self.make_office(&client, round).await;
        self.make_commissions(round).await;
        let delivery = eventually("a delivery that went well", || async {
            let path = format!("/webhooks/{}/deliveries?limit=100", self.one("endpoint"));
            let all = self.get(&path).await.data(200);
            let done = all.as_array()?.iter().all(|one| one["state"] == "succeeded");
            (done && all[0].is_object()).then(|| shown(&all[0]["id"]))
        })
        .await;
        self.keep_as("delivery", &[&delivery]);
    }

    async fn make_endpoint(&mut self) {
        let url = format!("{}/{}", self._receiver.url(), self.mark);
        let body = json!({"url": url, "events": ["client.created"], "description": self.mark});
        let endpoint = self.made("/webhooks", body, 201).await;
        self.keep("endpoint", "webhook_endpoint", &endpoint).await;
        let key = self.made("/keys", json!({"name": self.mark, "scopes": ["invoicing:read"]}), 201).await;
        self.keep("key", "api_key", &key).await;
    }

    async fn make_projects(&mut self) -> String {
        let mark = self.mark;
        let body =
            with(crm::crm_client(mark), json!({"notes": mark, "email": format!("{mark}@solar.example")}));
        let client = self.made("/v1/clients", body, 201).await;
        self.keep("client", "client", &client).await;
        let body = with(crm::project_body(&client, mark), json!({"notes": mark}));
        let project = self.made("/v1/projects", body, 201).await;
        self.keep("project", "project", &project).await;
        let body = json!({"projectId": project, "status": "completed", "panels": [{"model": mark}], "inverter": {"model": mark}});
        let installation = self.made("/v1/installations", body, 201).await;
        self.keep("installation", "installation", &installation).await;
        let _ = self.readings(&installation, &[("2026-03-02T12:00:00Z", "7391.25")]).await;
        client
    }

    async fn make_energy(&mut self, client: &str, round: u32) {
        let mark = self.mark;
        let plant = self.made("/energy/power-plants", json!({"name": mark, "owner": mark}), 201).await;
        self.keep("plant", "power_plant", &plant).await;
        let account = format!("{}00{round}", if mark == MARK { 7391 } else { 8402 });
        let more = json!({"name": mark, "observations": mark, "nameAccountOwner": mark, "powerPlantCode": plant, "percentage": 1, "plan": mark});
        let unit = self.made("/energy/consumer-units", with(unit_body(&account, client), more), 200).await;
        self.keep("unit", "consumer_unit", &unit).await;
        self.keep_as("account number", &[&account]);
        let body = json!({"competence": "03/2024", "energyKwh": 7391});
        let _ = self.post(&format!("/energy/power-plants/{plant}/generations"), body).await.expect(201);
        for (thing, path) in [("discount", "/energy/discounts"), ("charge", "/energy/charges")] {
            let body =
                json!({"consumerUnitId": unit, "value": 100, "description": mark, "competence": "06/2024"});
            let id = self.made(path, body, 200).await;
            self.keep_as(thing, &[&id]);
        }
        let bill =
            self.made(&format!("/energy/consumer-units/{unit}/bills"), utility_bill("03/2024"), 201).await;
        self.keep("energy_invoice", "invoice", &bill).await;
    }

    async fn make_invoices(&mut self, client: &str) {
        let mark = self.mark;
        for thing in ["draft", "invoice"] {
            let mut body = with(
                sunledger_tests::Api::bill(client, "7391.25"),
                json!({"notes": mark, "terms": mark, "currency": "BRL"}),
            );
            body["lineItems"][0]["description"] = json!(mark);
            let id = self.made("/api/v1/invoices", body, 201).await;
            self.keep(thing, "invoice", &id).await;
        }
        let path = format!("/api/v1/invoices/{}", self.one("invoice"));
        let _ = self.act(&format!("{path}/send")).await.expect(200);
        let body = json!({"amount": 10, "method": mark, "reference": mark});
        let payment = self.made(&format!("{path}/payments"), body, 201).await;
        self.keep_as("payment", &[&payment]);
    }

    async fn make_office(&mut self, client: &str, round: u32) {
        let mark = self.mark;
        let email = format!("{mark}{round}@office.example");
        let account = self.made("/api/v2/accounts", json!({"name": mark, "description": mark}), 201).await;
        let category = self.made("/api/v2/categories", json!({"name": mark}), 201).await;
        let department = self.made("/api/v2/departments", json!({"name": mark}), 201).await;
        let items = json!([{"description": mark, "amount": 7391.25}]);
        for (thing, path, body) in [
            ("product", "products", json!({"name": mark, "price": 7391.25, "description": mark})),
            (
                "transaction",
                "transactions",
                json!({"type": "Income", "account_id": account, "category_id": category, "amount": 7391.25,
                    "description": mark, "date": "2024-01-15"}),
            ),
            (
                "quote",
                "quotes",
                json!({"customer_id": client, "valid_until": "2199-12-31", "items": items, "notes": mark}),
            ),
            (
                "ticket",
                "tickets",
                json!({"customer_id": client, "department_id": department, "subject": mark, "message": mark}),
            ),
            ("lead", "leads", json!({"first_name": mark, "last_name": mark, "company": mark})),
            (
                "user",
                "users",
                json!({"name": mark, "email": email, "password": "securepassword", "role": "viewer"}),
            ),
        ] {
            let id = self.made(&format!("/api/v2/{path}"), body, 201).await;
            self.keep(thing, thing, &id).await;
        }
        for (thing, id) in [("account", account), ("category", category), ("department", department)] {
            self.keep(thing, thing, &id).await;
        }
        let path = format!("/api/v2/tickets/{}/replies", self.one("ticket"));
        let _ = self.post(&path, json!({"message": mark})).await.expect(201);
    }

    /// Each resource of the commissions twice: by the number that it got, and by a name of its own.
    async fn make_commissions(&mut self, round: u32) {
        let mark = self.mark;
        let of_tenant = json!({"tenant_id": self.name, "customer_name": mark, "closer": mark});
        let sold = with(commissions::project_body(), with(of_tenant.clone(), json!({"team_id": mark})));
        self.keep_as("manager", &[MANAGER]);
        let person = json!({"email": format!("{mark}@sales.example"), "first_name": mark, "last_name": mark, "roles": ["user"]});
        let over = with(override_body(), json!({"customer_name": mark, "rep_name": mark, "rep_id": mark}));
        let team = with(team_body(), json!({"tenant_id": self.name, "name": mark}));
        let stub = with(paystub_body(), json!({"tenant_id": self.name, "sales_professional_id": mark}));
        let seen = json!({"tenant_id": self.name, "customer_name": mark, "sales_professional_id": mark});
        for (thing, path, body) in [
            ("team", "teams", team),
            ("sales_user", "users", person),
            ("sales_project", "projects", sold),
            (
                "overview",
                "project-overviews",
                json!({"project_id": mark, "sales_professional_id": mark, "total_sales": 7391.25}),
            ),
            ("paystub", "paystubs", stub),
            ("paystub_overview", "paystub-overview", with(paystub_overview_body(), seen)),
            ("scpf", "scpfs", with(with(scpf_body(), of_tenant), json!({"sales_professional_id": mark}))),
            ("override", overrides().as_str(), over),
        ] {
            self.keep_sale(thing, path, body, round).await;
        }
        let path = format!("{}/{}/details", overrides(), self.one("override"));
        let detail = with(detail_body(), json!({"customer_name": mark, "closer": mark}));
        self.keep_sale("override_detail", &path, detail, round).await;
    }

    async fn keep_sale(&mut self, thing: &'static str, path: &str, body: Value, round: u32) {
        let number = self.make(path, body.clone()).await;
        let name = format!("{}-{thing}-{round}", self.mark);
        let named = self.make(path, with(body, json!({"id": name}))).await;
        self.keep_as(thing, &[&number, &named]);
    }
}
