//! `/api/v2/users`: the document's sample, the accounts that it makes, and that a password is shown nowhere.

use serde_json::{Value, json};
use sunledger_tests::people::{AUTH, PASSWORD, new_user};
use sunledger_tests::{Api, Reply, Tenant, both_backends};

const USERS: &str = "/api/v2/users";
const CUSTOMERS: &str = "/api/v2/customers";

/// The sample of the document.
fn sample() -> Value {
    json!({"name": "Admin User", "email": "admin@example.com", "password": "securepassword", "role": "administrator"})
}

fn user(email: &str, role: &str) -> Value {
    json!({"name": "Ana Souza", "email": email, "password": PASSWORD, "role": role})
}

/// A session of somebody who has a password.
async fn session(t: &Tenant, email: &str, password: &str) -> Api {
    let token =
        t.try_sign_in(&t.name, email, password).await.data(200)["customToken"].as_str().unwrap().to_owned();
    t.with_key(Some(&t.with_key(Some(&token)).session().await))
}

/// The wrong fields of a refused body.
#[track_caller]
fn wrong(reply: Reply) -> Value {
    let mut body = reply.json(400);
    assert_eq!((&body["success"], &body["message"]), (&json!(false), &json!("Validation failed")));
    body["errors"].take()
}

/// Nothing of a password, plain or hashed.
#[track_caller]
fn keeps_silent(text: &str) {
    for secret in ["securepassword", PASSWORD, "another password", "argon2"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(!text.contains("\"password\""), "{text}");
}

both_backends! {
    async fn the_sample_of_the_document_makes_somebody_who_can_sign_in(t: Tenant) {
        let made = t.post(USERS, sample()).await.expect(201);
        keeps_silent(&made.text());
        assert_eq!(made.header("etag"), "\"1\"");
        let body = made.json(201);
        let data = &body["data"];
        assert_eq!(body["success"], true);
        assert_eq!(
            (&data["id"], &data["name"], &data["email"], &data["role"]),
            (&json!(1), &json!("Admin User"), &json!("admin@example.com"), &json!("administrator"))
        );
        assert_eq!(data["created_at"], data["updated_at"]);
        let admin = session(&t, "admin@example.com", "securepassword").await;
        let _ = admin.get(CUSTOMERS).await.expect(200);
        assert_eq!(t.try_sign_in(&t.name, "admin@example.com", "insecurepassword").await.status, 401);
    }

    async fn they_are_the_people_of_the_command_line(t: Tenant) {
        let uuid = new_user(t.server(), &t.name, "bea@solar.example", "viewer");
        let listed = t.get(USERS).await.json(200);
        assert_eq!(listed["meta"], json!({"current_page": 1, "total_pages": 1, "total_records": 1}));
        assert_eq!((&listed["data"][0]["uuid"], &listed["data"][0]["role"]), (&json!(uuid), &json!("viewer")));
        let _ = t.post(USERS, sample()).await.expect(201);
        let printed = t.server().cli_ok(&["users", "list", "--tenant", &t.name]);
        assert!(printed.contains("admin@example.com") && printed.contains("administrator"), "{printed}");
        assert_eq!(t.get(&format!("{USERS}/{uuid}")).await.data(200), t.get(&format!("{USERS}/1")).await.data(200));
    }

    async fn every_wrong_field_is_named_with_its_reason(t: Tenant) {
        let body = json!({"name": " ", "email": "nobody", "password": "seven77", "role": "boss"});
        let errors = wrong(t.post(USERS, body).await);
        assert_eq!(errors["email"], "Invalid email format");
        assert_eq!(errors["password"], "must have at least 8 characters");
        assert_eq!(errors["role"], "must be one of: administrator, accountant, support, viewer");
        assert!(errors["name"].is_string());
        assert_eq!(wrong(t.post(USERS, json!({})).await).as_object().unwrap().len(), 4);
        for (password, status) in [
            ("x".repeat(7), 400), ("x".repeat(257), 400), ("ação-açã".to_owned(), 201), ("ã".repeat(256), 201),
        ] {
            let email = format!("p{}@solar.example", password.len());
            let body = json!({"name": "P", "email": email, "password": password, "role": "viewer"});
            let reply = t.post(USERS, body).await;
            assert_eq!(reply.status, status, "{}", reply.text());
            assert!(!reply.text().contains(&password), "a password is echoed");
        }
        let typed = json!({"name": 1, "email": ["a@b.example"], "password": 12_345_678, "role": null});
        assert_eq!(wrong(t.post(USERS, typed).await).as_object().unwrap().len(), 4);
    }

    async fn an_address_belongs_to_one_person(t: Tenant) {
        let _ = t.post(USERS, user("ana@solar.example", "viewer")).await.expect(201);
        let taken = t.post(USERS, user("ANA@solar.example", "support")).await.json(409);
        assert_eq!(taken["success"], false);
        assert!(taken["message"].as_str().unwrap().contains("taken"), "{taken}");
        let _ = t.post(USERS, user("bea@solar.example", "viewer")).await.expect(201);
        let _ = t.put(&format!("{USERS}/2"), json!({"email": "ana@solar.example"})).await.expect(409);
        let other = Tenant::on(t.server());
        let _ = other.post(USERS, user("ana@solar.example", "viewer")).await.expect(201);

        let _ = t.delete(&format!("{USERS}/1")).await.expect(200);
        let _ = t.put(&format!("{USERS}/2"), json!({"email": "ana@solar.example"})).await.expect(200);
        assert_eq!(other.get(&format!("{USERS}/2")).await.status, 404);
    }

    async fn an_update_changes_what_it_names(t: Tenant) {
        let _ = t.post(USERS, user("ana@solar.example", "administrator")).await.expect(201);
        let ana = session(&t, "ana@solar.example", PASSWORD).await;
        let _ = t.post(USERS, user("bea@solar.example", "viewer")).await.expect(201);
        let bea = session(&t, "bea@solar.example", PASSWORD).await;
        let _ = bea.post(CUSTOMERS, json!({"account": "C"})).await.expect(403);
        let path = format!("{USERS}/2");
        let changed = ana.put(&path, json!({"name": "Bea", "role": "support"})).await.data(200);
        assert_eq!((&changed["name"], &changed["role"], &changed["email"]), (&json!("Bea"), &json!("support"), &json!("bea@solar.example")));
        let _ = bea.post(CUSTOMERS, json!({"account": "C"})).await.expect(201);

        let changed = ana.patch(&path, json!({"password": "another password"})).await.expect(200);
        keeps_silent(&changed.text());
        let _ = bea.get(CUSTOMERS).await.expect(401);
        assert_eq!(t.try_sign_in(&t.name, "bea@solar.example", PASSWORD).await.status, 401);
        let bea = session(&t, "bea@solar.example", "another password").await;
        let _ = bea.get(CUSTOMERS).await.expect(200);

        let etag = ana.get(&path).await.expect(200).header("etag");
        let put = |tag: &str| ana.call("PUT", &path).header("if-match", tag).json(&json!({"name": "Beatriz"})).send();
        let _ = put("\"1\"").await.expect(412);
        let _ = put(&etag).await.expect(200);
        assert_eq!(wrong(ana.put(&path, json!({"name": null, "password": "x", "role": "boss"})).await).as_object().unwrap().len(), 3);

        let _ = ana.delete(&path).await.expect(200);
        let _ = bea.get(CUSTOMERS).await.expect(401);
        for reply in [ana.get(&path).await, ana.put(&path, json!({"name": "B"})).await, ana.delete(&path).await] {
            assert_eq!(reply.json(404), json!({"success": false, "message": "User not found"}));
        }
    }

    async fn nobody_takes_the_own_role_or_account_away(t: Tenant) {
        let _ = t.post(USERS, user("ana@solar.example", "administrator")).await.expect(201);
        let ana = session(&t, "ana@solar.example", PASSWORD).await;
        let path = format!("{USERS}/1");
        let _ = ana.put(&path, json!({"role": "viewer"})).await.expect(409);
        let _ = ana.delete(&path).await.expect(409);
        let _ = ana.put(&path, json!({"name": "Ana", "role": "administrator"})).await.expect(200);
        let _ = t.put(&path, json!({"role": "viewer"})).await.expect(200);
        let _ = ana.get(USERS).await.expect(403);
    }

    async fn a_password_is_shown_nowhere(t: Tenant) {
        let keyed = |body: Value| t.call("POST", USERS).header("idempotency-key", "user-1").json(&body).send();
        let first = keyed(sample()).await.expect(201);
        let again = keyed(sample()).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), again.body.clone()), ("true".to_owned(), first.body.clone()));
        let other = json!({"name": "Other", "email": "other@example.com", "password": "securepassword", "role": "viewer"});
        let _ = keyed(other).await.expect(422);
        let _ = t.put(&format!("{USERS}/1"), json!({"password": "another password"})).await.expect(200);
        let uuid = first.value()["data"]["uuid"].as_str().unwrap().to_owned();
        let file = t.call("GET", USERS).header("accept", "text/csv").send().await.expect(200);
        assert!(file.header("content-type").starts_with("text/csv") && file.text().contains("admin@example.com"));
        for reply in [
            file,
            t.get(USERS).await,
            t.get(&format!("{USERS}/1")).await,
            t.get("/audit").await,
            t.get(&format!("/audit/user/{uuid}")).await,
            t.get(&format!("/audit/user/{uuid}?version=1")).await,
            t.get("/feed").await,
        ] {
            keeps_silent(&reply.expect(200).text());
        }
        keeps_silent(&t.server().printed());
    }

    async fn a_key_needs_the_scope(t: Tenant) {
        let reads = t.with_scopes(&["backoffice:read"]);
        let _ = reads.get(USERS).await.expect(200);
        let _ = reads.post(USERS, sample()).await.expect(403);
        let _ = t.with_scopes(&["crm:write", "admin:write"]).get(USERS).await.expect(403);
        let _ = t.with_scopes(&["backoffice:write"]).post(USERS, sample()).await.expect(201);
        assert_eq!(t.with_key(None).post(&format!("{AUTH}/session-token"), json!({})).await.status, 401);
    }
}
