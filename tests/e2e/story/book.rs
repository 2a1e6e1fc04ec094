//! Who calls, under which step, and what there was to read.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use sunledger_tests::books::shown;
use sunledger_tests::people::{AUTH, PASSWORD};
use sunledger_tests::{Api, Receiver, Reply, Server};

/// The tenant of a server's first start.
pub(crate) const TENANT: &str = "default";

/// The book of the story: each surface is called with a key of its own, each step is told under a name, which is the request id
/// of all that it asks, and everything that is read is noted.
pub(crate) struct Book {
    watcher: Api,
    keys: BTreeMap<&'static str, (Api, String)>,
    step: RefCell<String>,
    events: RefCell<Vec<Value>>,
    reads: RefCell<BTreeMap<String, Value>>,
    opened_at: i64,
}

impl Book {
    /// The company says who it is, gives out its keys, and registers a webhook for everything. Returns its secret, too.
    pub(crate) async fn open(server: &Server, receiver: &Receiver) -> (Self, String) {
        let owner = server.api();
        let profile = json!({"name": "Sol & Filhos", "pixKey": "sol@example.com", "pixCity": "Campinas"});
        let _ = owner.put("/tenant", profile).await.expect(200);
        let mut keys = BTreeMap::new();
        for surface in ["crm", "energy", "backoffice", "invoicing"] {
            let body = json!({"name": format!("{surface} key"), "scopes": [format!("{surface}:write")]});
            let made = owner.post("/keys", body).await.data(201);
            keys.insert(surface, (owner.with_key(made["key"].as_str()), shown(&made["id"])));
        }
        // The commissions are done by a person: one whom the back office made, and who signs in there.
        let body = json!({"name": "Ana Dias", "email": "ana@sol.example", "password": PASSWORD, "role": "administrator"});
        let ana = owner.post("/api/v2/users", body).await.data(201);
        let token = owner.sign_in(TENANT, "ana@sol.example").await;
        let session = owner.with_key(Some(&owner.with_key(Some(&token)).session().await));
        keys.insert("commissions", (session, shown(&ana["uuid"])));
        let watching = json!({"name": "watcher", "scopes": ["audit:read"]});
        let watcher = owner.post("/keys", watching).await.data(201);
        let hook = owner.post("/webhooks", json!({"url": receiver.url(), "events": ["*"]})).await.data(201);

        let watcher = owner.with_key(watcher["key"].as_str());
        let opened_at = watcher.get("/feed?after=0&limit=100").await.json(200)["next"].as_i64().unwrap();
        let (step, events, reads) = Default::default();
        (Self { watcher, keys, step, events, reads, opened_at }, shown(&hook["secret"]))
    }

    /// Whoever may see the audit and the feed, and nothing else.
    pub(crate) fn watcher(&self) -> &Api {
        &self.watcher
    }

    /// All events since the book was opened, as the feed told them.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.events.borrow().clone()
    }

    /// Where the log was when the book was opened.
    pub(crate) fn opened_at(&self) -> i64 {
        self.opened_at
    }

    fn last(&self) -> i64 {
        self.events.borrow().last().map_or(self.opened_at, |event| event["position"].as_i64().unwrap())
    }

    /// Tells a step: does it, and checks that somebody who waits at the feed hears just these events of it, in order, with who did it,
    /// through which surface, under which request id and at which version.
    pub(crate) async fn tell<T>(
        &self,
        surface: &str,
        step: &str,
        types: &[&str],
        deed: impl Future<Output = T>,
    ) -> T {
        let (watcher, path) = (self.watcher.clone(), format!("/feed?after={}&wait=20", self.last()));
        let waiting = tokio::spawn(async move { watcher.get(&path).await.data(200) });
        let request = step.replace(' ', "-");
        self.step.replace(request.clone());
        let done = deed.await;
        let mut heard = waiting.await.unwrap().as_array().unwrap().clone();
        while heard.len() < types.len() {
            let after = heard.last().unwrap()["position"].clone();
            let more = self.watcher.get(&format!("/feed?after={after}&wait=20")).await.data(200);
            heard.extend(more.as_array().unwrap().iter().cloned());
        }
        let told: Vec<String> = heard.iter().map(|event| shown(&event["type"])).collect();
        assert_eq!(told, types, "{step}");
        for event in &heard {
            assert_eq!(event["version"].as_i64().unwrap(), self.version_of(event) + 1, "{step}: {event}");
            // What a company starts with is made by the program, when it is first needed.
            if event["actor"]["type"] != "system" {
                assert_eq!(
                    (&event["surface"], &event["requestId"]),
                    (&json!(surface), &json!(request)),
                    "{event}"
                );
                assert_eq!(event["actor"]["id"], json!(self.keys[surface].1), "{step}: {event}");
            }
            self.events.borrow_mut().push(event.clone());
        }
        done
    }

    /// The version of an event's thing up to now.
    fn version_of(&self, event: &Value) -> i64 {
        let events = self.events.borrow();
        let same = events.iter().rfind(|other| other["kind"] == event["kind"] && other["id"] == event["id"]);
        same.map_or(0, |other| other["version"].as_i64().unwrap())
    }

    /// Whose path it is: the surface's own key.
    fn caller(&self, path: &str) -> &Api {
        let surface = match path {
            _ if path.starts_with("/v1/") => "crm",
            _ if path.starts_with("/energy/") => "energy",
            _ if path.starts_with("/api/v2/") => "backoffice",
            _ if path.starts_with("/api/v1/tenants/") => "commissions",
            _ if path.starts_with("/api/v1/") => "invoicing",
            _ => return &self.watcher,
        };
        &self.keys[surface].0
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let step = self.step.borrow().clone();
        let call = self.caller(path).call(method, path).header("x-request-id", &step);
        let reply = if body.is_null() { call.send().await } else { call.json(body).send().await };
        assert_eq!(reply.header("x-request-id"), step);
        reply
    }

    /// Reads, and notes it.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, &Value::Null).await.json(200);
        self.reads.borrow_mut().insert(path.to_owned(), Value::Null);
        answer
    }

    /// Reads its `ETag`.
    pub(crate) async fn version(&self, path: &str) -> String {
        self.send("GET", path, &Value::Null).await.expect(200).header("etag")
    }

    /// Asks for a report, and notes it.
    pub(crate) async fn report(&self, path: &str, body: Value) -> Value {
        let answer = self.send("POST", path, &body).await.json(200);
        self.reads.borrow_mut().insert(path.to_owned(), body);
        answer
    }

    /// Makes something.
    pub(crate) async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        self.send("POST", path, &body).await.json(status)
    }

    /// Changes something.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.send("PUT", path, &body).await.json(200)
    }

    /// What is refused, and its text.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: Value, status: u16) -> String {
        self.send(method, path, &body).await.expect(status).text()
    }

    /// All that was read, asked once more: version and body of each answer, byte for byte.
    pub(crate) async fn answers(&self) -> BTreeMap<String, (Option<String>, Vec<u8>)> {
        let reads = self.reads.borrow().clone();
        let mut answers = BTreeMap::new();
        for (path, body) in reads {
            let method = if body.is_null() { "GET" } else { "POST" };
            let reply = self.send(method, &path, &body).await.expect(200);
            let etag = reply.find("etag").map(str::to_owned);
            answers.insert(path, (etag, without_clock(&reply)));
        }
        answers
    }

    /// Checks that every answer is what it was before something.
    pub(crate) async fn says_again(&self, told: &BTreeMap<String, (Option<String>, Vec<u8>)>, after: &str) {
        for (path, now) in self.answers().await {
            let before = &told[&path];
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(now.0, before.0, "{path} after {after}");
            assert!(
                now.1 == before.1,
                "{path} after {after}:\n{}\nbefore:\n{}",
                text(&now.1),
                text(&before.1)
            );
        }
    }
}

/// The body, without the time of the answer that the commissions print beside the data.
fn without_clock(reply: &Reply) -> Vec<u8> {
    const TIME: &str = "\"timestamp\":\"";
    let text = reply.text();
    match text.rfind(TIME).filter(|_| reply.what.contains("/api/v1/tenants/")) {
        Some(at) => {
            let (before, clock) = text.split_at(at + TIME.len());
            format!("{before}{}", clock.split_once('"').unwrap().1).into_bytes()
        }
        None => reply.body.to_vec(),
    }
}

/// A path of the commissions.
pub(crate) fn at(rest: &str) -> String {
    format!("{}/{TENANT}/{rest}", AUTH.replace("/auth", "/tenants"))
}
