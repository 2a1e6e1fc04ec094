//! Sign-in by Google: ID tokens that were signed once and for all, and the keys that they are checked by in a file.

use serde_json::{Value, json};
use sunledger_tests::people::AUTH;
use sunledger_tests::{Backend, Options, Reply, Server, Tenant, both_backends};

const CLIENT: &str = "sunledger-test.apps.googleusercontent.com";
const KEYS: &str = include_str!("google/jwks.json");
/// Of `Ana@solar.example`, until 2100.
const ANA: &str = include_str!("google/ana.jwt");
const EXPIRED: &str = include_str!("google/expired.jwt");
const OTHER_CLIENT: &str = include_str!("google/other_client.jwt");
const UNVERIFIED: &str = include_str!("google/unverified.jwt");

fn with_google(backend: Backend) -> Server {
    let server = Server::prepare(backend, Options::new());
    let keys = server.place().folder().join("google.json");
    std::fs::write(&keys, KEYS).unwrap();
    let keys = keys.display().to_string();
    server.configure(|options| {
        options.set("SUNLEDGER_GOOGLE_CLIENT_ID", CLIENT).set("SUNLEDGER_GOOGLE_JWKS", &keys)
    });
    server.up();
    server
}

async fn sign_in(t: &Tenant, email: &str, token: &str) -> Reply {
    let body = json!({"email": email, "googleIdToken": token.trim_end(), "tenantId": t.name});
    t.with_key(None).post(&format!("{AUTH}/api-token"), body).await
}

both_backends! {
    async fn whoever_google_knows_signs_in_without_a_password(backend: Backend) {
        let server = with_google(backend);
        let t = Tenant::on(&server);
        let _ = server.cli_ok(&["users", "create", "ana@solar.example", "--tenant", &t.name, "--no-password"]);
        let token = sign_in(&t, "ana@solar.example", ANA).await.data(200);
        assert_eq!((&token["tokenType"], &token["expiresIn"]), (&json!("api_user"), &Value::Null));
        let _ = t.with_key(token["customToken"].as_str()).session().await;
    }

    async fn anybody_else_does_not(backend: Backend) {
        let server = with_google(backend);
        let t = Tenant::on(&server);
        for email in ["ana@solar.example", "bea@solar.example"] {
            let _ = server.cli_ok(&["users", "create", email, "--tenant", &t.name, "--no-password"]);
        }
        let other = Tenant::on(&server);
        let changed = ANA.replacen('e', "f", 1);
        for (t, email, token) in [
            (&t, "bea@solar.example", ANA), (&t, "ana@solar.example", EXPIRED), (&t, "ana@solar.example", OTHER_CLIENT),
            (&t, "ana@solar.example", UNVERIFIED), (&t, "ana@solar.example", &changed), (&t, "ana@solar.example", "x.y.z"),
            (&other, "ana@solar.example", ANA),
        ] {
            let told = sign_in(t, email, token).await.error(401);
            assert_eq!(told, "Unauthorized: Invalid credentials");
        }
    }

    async fn keys_that_cannot_be_had_are_503(backend: Backend) {
        let options = Options::new()
            .set("SUNLEDGER_GOOGLE_CLIENT_ID", CLIENT)
            .set("SUNLEDGER_GOOGLE_JWKS", "no-such-file.json");
        let server = Server::start_with(backend, options);
        let t = Tenant::on(&server);
        let reply = sign_in(&t, "ana@solar.example", ANA).await.expect(503);
        assert!(reply.find("retry-after").is_some());
        assert!(!reply.text().contains("no-such-file"), "{}", reply.text());
    }
}
