//! `/api/v1/auth` and `/api/v1/health`: the document's answers, what each token opens, and for how long.

use crate::faults::clock::FakeClock;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::people::{AUTH, PASSWORD, new_user, timeless};
use sunledger_tests::{Api, Backend, Server, Tenant, both_backends, eventually};

const EMAIL: &str = "Admin@solar.example";
const INVALID: &str = "Unauthorized: Invalid token";
const EXPIRED: &str = "Unauthorized: Token has expired";
const API_USER: &str = "Forbidden: API user tokens can only be used with /api/v1/auth/session-token endpoint";

/// What the document says of a refusal.
fn refusal(status: u16, error: &str) -> Value {
    json!({"success": false, "error": error, "statusCode": status})
}

/// Takes the token out of an answer.
fn take_token(body: &mut Value) -> String {
    let token = shown(&body["data"]["customToken"].take());
    assert!(token.len() > 40 && token.bytes().all(|byte| byte.is_ascii_graphic()), "{token}");
    token
}

/// A user of a new tenant who has an API-user token: with that token.
async fn signed_in(t: &Tenant) -> Api {
    let _ = new_user(t.server(), &t.name, EMAIL, "administrator");
    t.with_key(Some(&t.sign_in(&t.name, EMAIL).await))
}

fn teams(t: &Tenant) -> String {
    format!("/api/v1/tenants/{}/teams", t.name)
}

/// Asks until the token opens nothing, for a second at most.
async fn stops(api: &Api, path: &str) {
    let asked = Instant::now();
    while api.get(path).await.status != 401 {
        assert!(asked.elapsed() < Duration::from_secs(1), "a token works for a second after its end");
    }
}

both_backends! {
    async fn tokens_are_given_out_as_the_document_prints_them(t: Tenant) {
        let id = new_user(t.server(), &t.name, EMAIL, "administrator");
        let mut body = t.try_sign_in(&t.name, "admin@SOLAR.example", PASSWORD).await.json(200);
        let api_user = take_token(&mut body);
        assert_eq!(timeless(body), json!({
            "success": true, "message": "API user token generated successfully",
            "data": {"customToken": null, "userId": id, "tenantId": t.name, "expiresIn": null, "tokenType": "api_user"},
        }));
        let mut body = t.with_key(Some(&api_user)).post(&format!("{AUTH}/session-token"), json!({})).await.json(200);
        let session = take_token(&mut body);
        assert_eq!(timeless(body), json!({
            "success": true, "message": "Session token generated successfully",
            "data": {"customToken": null, "userId": id, "tenantId": t.name, "expiresIn": 3600, "tokenType": "session"},
        }));
        let mut body = t.with_key(Some(&session)).act(&format!("{AUTH}/refresh")).await.json(200);
        let refreshed = take_token(&mut body);
        assert_eq!(timeless(body), json!({
            "success": true, "message": "Token refreshed successfully",
            "data": {"customToken": null, "userId": id, "tenantId": t.name, "expiresIn": 3600},
        }));
        let body = t.with_key(Some(&refreshed)).post(&format!("{AUTH}/revoke"), json!({})).await.json(200);
        assert_eq!(timeless(body), json!({
            "success": true, "message": "Token has been revoked", "data": {"message": "Token revoked successfully"},
        }));
        let tokens = [&api_user, &session, &refreshed];
        assert!(tokens.iter().all(|token| tokens.iter().filter(|other| other == &token).count() == 1));
    }

    async fn an_api_user_token_opens_nothing_but_session_tokens(t: Tenant) {
        let api_user = signed_in(&t).await;
        for reply in [
            api_user.act(&format!("{AUTH}/refresh")).await,
            api_user.act(&format!("{AUTH}/revoke")).await,
            api_user.get(&teams(&t)).await,
            api_user.post(&teams(&t), json!({})).await,
        ] {
            assert_eq!(timeless(reply.json(403)), refusal(403, API_USER));
        }
        for path in ["/api/v1/clients", "/energy/clients", "/audit", "/keys", "/tenant"] {
            let _ = api_user.get(path).await.expect(401);
        }
        let _ = api_user.session().await;
    }

    async fn a_session_token_opens_the_commissions_and_nothing_else(t: Tenant) {
        let session = t.somebody(EMAIL, "administrator").await;
        let _ = session.get(&teams(&t)).await.expect(200);
        for path in ["/api/v1/clients", "/energy/clients", "/audit", "/keys", "/tenant"] {
            let _ = session.get(path).await.expect(401);
        }
        let wrong = session.post(&format!("{AUTH}/session-token"), json!({})).await.error(403);
        assert!(wrong.starts_with("Forbidden: "), "{wrong}");
        let other = Tenant::on(t.server());
        assert_eq!(
            timeless(session.get(&teams(&other)).await.json(403)),
            refusal(403, "Forbidden: No access to this tenant")
        );
    }

    async fn whoever_has_no_token_is_told_so_in_the_documents_words(t: Tenant) {
        let key = t.key().unwrap().to_owned();
        let nobody = t.with_key(None);
        for token in [None, Some("x"), Some("sls_AAAA"), Some("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.x")] {
            let api = nobody.with_key(token);
            for path in ["session-token", "refresh", "revoke"] {
                let reply = api.post(&format!("{AUTH}/{path}"), json!({})).await;
                assert_eq!(timeless(reply.json(401)), refusal(401, INVALID), "{path} with {token:?}");
            }
            assert_eq!(timeless(api.get(&teams(&t)).await.json(401)), refusal(401, INVALID), "{token:?}");
        }
        // A key is nobody who could have a session.
        for path in ["session-token", "refresh", "revoke"] {
            let _ = nobody.with_key(Some(&key)).post(&format!("{AUTH}/{path}"), json!({})).await.error(401);
        }
        let _ = nobody.with_key(Some(&key)).get(&teams(&t)).await.expect(200);
    }

    async fn a_refreshed_token_lives_beside_the_old_one_and_a_revoked_one_is_gone_at_once(t: Tenant) {
        let api_user = signed_in(&t).await;
        let first = t.with_key(Some(&api_user.session().await));
        let second = t.with_key(Some(&first.refreshed().await));
        for session in [&first, &second] {
            let _ = session.get(&teams(&t)).await.expect(200);
        }
        let _ = first.act(&format!("{AUTH}/revoke")).await.expect(200);
        for path in ["refresh", "revoke"] {
            assert_eq!(timeless(first.act(&format!("{AUTH}/{path}")).await.json(401)), refusal(401, INVALID));
        }
        let _ = first.get(&teams(&t)).await.expect(401);
        let _ = second.get(&teams(&t)).await.expect(200);
        let _ = api_user.session().await;
    }

    async fn who_may_not_sign_in_learns_nothing_else(t: Tenant) {
        let _ = new_user(t.server(), &t.name, EMAIL, "administrator");
        let _ = t.server().cli_ok(&["users", "create", "google@solar.example", "--tenant", &t.name, "--no-password"]);
        let other = Tenant::on(t.server());
        let long = "x".repeat(4_000);
        for (tenant, email, password) in [
            (t.name.as_str(), EMAIL, "correct horse batterz"),
            (&t.name, EMAIL, long.as_str()),
            (&t.name, "nobody@solar.example", PASSWORD),
            (&t.name, "google@solar.example", PASSWORD),
            (&other.name, EMAIL, PASSWORD),
            ("no-such-tenant", EMAIL, PASSWORD),
            ("NO TENANT", EMAIL, PASSWORD),
        ] {
            let reply = t.try_sign_in(tenant, email, password).await;
            assert_eq!(timeless(reply.json(401)), refusal(401, "Unauthorized: Invalid credentials"), "{tenant} {email}");
        }
    }

    async fn everything_wrong_with_a_body_is_named(t: Tenant) {
        let ask = |body: Value| async { t.with_key(None).post(&format!("{AUTH}/api-token"), body).await.json(400) };
        let told = shown(&ask(json!({"email": "nobody", "tenantId": 7, "remember": true})).await["error"]);
        for part in [
            "email must be an e-mail address", "tenantId must be a string", "remember is not a known field", "password is required",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
        let both = json!({"email": EMAIL, "password": PASSWORD, "googleIdToken": "x", "tenantId": t.name});
        assert!(shown(&ask(both).await["error"]).contains("not both"));
        let google = json!({"email": EMAIL, "googleIdToken": "x.y.z", "tenantId": t.name});
        assert!(shown(&ask(google).await["error"]).contains("not configured"));

        let api_user = signed_in(&t).await;
        for reply in [
            api_user.act(&format!("{AUTH}/session-token")).await,
            api_user.post(&format!("{AUTH}/session-token"), json!([])).await,
            api_user.post(&format!("{AUTH}/session-token"), json!({"ttl": 9})).await,
        ] {
            let _ = reply.error(400);
        }
        let session = t.with_key(Some(&api_user.session().await));
        assert_eq!(session.post(&format!("{AUTH}/refresh"), json!({"ttl": 9})).await.error(400), "ttl is not a known field");
        let plain = session.call("POST", &format!("{AUTH}/refresh")).header("content-type", "text/plain").body("{}");
        let _ = plain.send().await.error(415);
        let get = t.with_key(None).get(&format!("{AUTH}/api-token")).await.expect(405);
        assert_eq!(get.header("allow"), "POST");
    }

    async fn wrong_passwords_make_the_next_attempts_slower_and_lock_nobody_out(t: Tenant) {
        let _ = new_user(t.server(), &t.name, EMAIL, "administrator");
        let mut took = Vec::new();
        for _ in 0..8 {
            let asked = Instant::now();
            let _ = t.try_sign_in(&t.name, EMAIL, "wrong password").await.error(401);
            took.push(asked.elapsed());
        }
        assert!(took[7] > Duration::from_millis(900), "{took:?}");
        let asked = Instant::now();
        let other = t.try_sign_in(&t.name, "somebody.else@solar.example", "wrong password").await;
        let _ = other.error(401);
        assert!(asked.elapsed() < took[7], "others are not slowed down");
        let _ = t.sign_in(&t.name, EMAIL).await;
        let asked = Instant::now();
        let _ = t.sign_in(&t.name, EMAIL).await;
        assert!(asked.elapsed() < took[7], "the right password ends it");
    }

    async fn a_request_under_one_key_gives_one_token(t: Tenant) {
        let api_user = signed_in(&t).await;
        let ask = |api: &Api, path: &str, body: &Value| {
            let call = api.call("POST", &format!("{AUTH}/{path}")).header("idempotency-key", "k-1").json(body);
            async move { call.send().await }
        };
        let first = ask(&api_user, "session-token", &json!({})).await.expect(200);
        let again = ask(&api_user, "session-token", &json!({})).await.expect(200);
        assert_eq!((first.body.clone(), again.find("idempotent-replayed")), (again.body.clone(), Some("true")));
        let session = t.with_key(first.value()["data"]["customToken"].as_str());
        let _ = session.get(&teams(&t)).await.expect(200);

        let _ = new_user(t.server(), &t.name, "other@solar.example", "viewer");
        let other = t.with_key(Some(&t.sign_in(&t.name, "other@solar.example").await));
        let _ = ask(&other, "session-token", &json!({})).await.error(422);

        let body = json!({"email": EMAIL, "password": PASSWORD, "tenantId": t.name});
        let wrong = json!({"email": EMAIL, "password": "wrong password", "tenantId": t.name});
        let api = t.with_key(None);
        let sign_in = |key: &str, body: &Value| {
            let call = api.call("POST", &format!("{AUTH}/api-token")).header("idempotency-key", key).json(body);
            async move { call.send().await }
        };
        let first = sign_in("k-2", &body).await.expect(200);
        let _ = sign_in("k-2", &wrong).await.error(401);
        assert_eq!(sign_in("k-2", &body).await.expect(200).body, first.body);
    }

    async fn neither_tokens_nor_passwords_leave_the_answer(t: Tenant) {
        let api_user = signed_in(&t).await;
        let session = api_user.session().await;
        let secrets = [PASSWORD.to_owned(), api_user.key().unwrap().to_owned(), session, "$argon2id".to_owned()];
        let user = shown(&t.get("/audit?kind=user&limit=100").await.data(200)[0]["id"]);
        for path in [
            "/audit?limit=100".to_owned(), "/feed?after=0&limit=100".to_owned(), format!("/audit/user/{user}"), "/audit/user/1".to_owned(),
            format!("/audit/user/{user}?version=1"), format!("/audit/user/{user}?version=3"),
        ] {
            let text = t.get(&path).await.expect(200).text();
            assert!(text.contains("solar.example"), "{path}: {text}");
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{path}: {text}");
        }
        let printed = t.server().printed();
        assert!(secrets.iter().all(|secret| !printed.contains(secret)), "a secret was logged");
    }

    async fn a_role_opens_what_it_says(t: Tenant) {
        let viewer = t.somebody("viewer@solar.example", "viewer").await;
        let _ = viewer.get(&teams(&t)).await.expect(200);
        let refused = viewer.post(&teams(&t), json!({})).await.error(403);
        assert!(refused.starts_with("Forbidden: "), "{refused}");
        let accountant = t.somebody("accountant@solar.example", "accountant").await;
        let _ = accountant.post(&teams(&t), json!({})).await.error(400);
    }

    async fn the_health_needs_no_token(t: Tenant) {
        let mut body = t.with_key(None).get("/api/v1/health").await.json(200);
        assert_eq!(body["data"]["timestamp"], body["timestamp"]);
        body["data"].as_object_mut().unwrap().remove("timestamp");
        assert_eq!(timeless(body), json!({
            "success": true, "message": "Success",
            "data": {"status": "healthy", "environment": "production", "projectId": "sunledger"},
        }));
    }

    async fn tokens_and_their_end_survive_a_power_cut(server: Server) {
        let t = Tenant::on(&server);
        let api_user = signed_in(&t).await;
        let (kept, ended) = (t.with_key(Some(&api_user.session().await)), t.with_key(Some(&api_user.session().await)));
        let _ = ended.act(&format!("{AUTH}/revoke")).await.expect(200);
        server.kill9();
        server.up();
        let _ = kept.get(&teams(&t)).await.expect(200);
        assert_eq!(timeless(ended.get(&teams(&t)).await.json(401)), refusal(401, INVALID));
        let _ = api_user.session().await;
        server.restart();
        let _ = kept.get(&teams(&t)).await.expect(200);
        let _ = ended.get(&teams(&t)).await.expect(401);
        let _ = server.cli_ok(&["verify"]);
    }

    async fn a_token_works_on_all_servers_at_once_and_ends_on_all_within_a_second(server: Server) {
        let t = Tenant::on(&server);
        let other = server.twin();
        let api_user = signed_in(&t).await;
        let there = |token: &str| Api::new(&other, Some(token));
        for _ in 0..3 {
            let session = api_user.session().await;
            let _ = there(&session).get(&teams(&t)).await.expect(200);
            let _ = t.with_key(Some(&session)).get(&teams(&t)).await.expect(200);
            let _ = there(&session).act(&format!("{AUTH}/revoke")).await.expect(200);
            let _ = there(&session).get(&teams(&t)).await.expect(401);
            stops(&t.with_key(Some(&session)), &teams(&t)).await;
        }
        let session = api_user.session().await;
        let _ = there(&session).get(&teams(&t)).await.expect(200);
        let _ = server.cli_ok(&["users", "revoke", EMAIL, "--tenant", &t.name]);
        for here in [t.with_key(Some(&session)), there(&session)] {
            stops(&here, &teams(&t)).await;
        }
        let _ = api_user.post(&format!("{AUTH}/session-token"), json!({})).await.error(401);
    }

    async fn a_session_ends_after_an_hour(backend: Backend) {
        let (server, clock) = FakeClock::start(backend);
        let t = Tenant::on(&server);
        let api_user = signed_in(&t).await;
        let session = t.with_key(Some(&api_user.session().await));
        clock.set("+59m");
        let later = t.with_key(Some(&session.refreshed().await));
        clock.set("+61m");
        let expired = eventually("the end", || async {
            let reply = session.get(&teams(&t)).await;
            (reply.status == 401).then(|| reply.value())
        })
        .await;
        assert_eq!(timeless(expired), refusal(401, EXPIRED));
        for path in ["refresh", "revoke"] {
            assert_eq!(timeless(session.act(&format!("{AUTH}/{path}")).await.json(401)), refusal(401, EXPIRED));
        }
        let _ = later.get(&teams(&t)).await.expect(200);
        let _ = api_user.session().await;
    }
}
