//! The command line beside a running server.

use serde_json::json;
use sunledger_tests::books::shown;
use sunledger_tests::server::KEY;
use sunledger_tests::tenant::new_key;
use sunledger_tests::{Api, Backend, Options, Server, Tenant, both_backends};

const CLIENTS: &str = "/api/v1/clients";

both_backends! {
    async fn a_new_key_works_at_once(t: Tenant) {
        for _ in 0..5 {
            let key = new_key(t.server(), &t.name, &["invoicing:read"]);
            let _ = t.with_key(Some(&key)).get(CLIENTS).await.expect(200);
        }
    }

    async fn a_new_tenant_is_empty_and_apart(t: Tenant) {
        let _ = t.client("Ours").await;
        let other = Tenant::on(t.server());
        assert_eq!(other.get(CLIENTS).await.json(200)["total"], 0);
        let first = other.client("Theirs").await;
        assert_eq!(shown(&other.get(&format!("{CLIENTS}/1")).await.data(200)["id"]), first, "numbers start anew");
        let listed = t.server().cli_ok(&["tenants", "list"]);
        for tenant in ["default", &t.name, &other.name] {
            assert!(listed.contains(tenant), "{tenant} is not in {listed}");
        }
    }

    async fn a_key_deleted_at_the_command_line_stops_within_a_second(t: Tenant) {
        let key = new_key(t.server(), &t.name, &["invoicing:read"]);
        let doomed = t.with_key(Some(&key));
        let _ = doomed.get(CLIENTS).await.expect(200);
        let keys = t.get("/keys").await.data(200);
        let last = |one: &&serde_json::Value| one.to_string().contains(&key[key.len() - 4..]);
        let id = shown(&keys.as_array().unwrap().iter().find(last).unwrap()["id"]);
        let _ = t.server().cli_ok(&["keys", "delete", "--tenant", &t.name, &id]);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let _ = doomed.get(CLIENTS).await.error(401);
    }

    async fn mistakes_are_told_on_stderr_with_a_failure(t: Tenant) {
        for arguments in [
            &["keys", "create", "--tenant", "no-such-tenant", "--scope", "crm:read"][..],
            &["keys", "create", "--tenant", &t.name, "--scope", "crm:everything"],
            &["keys", "create", "--scope", "crm:read"],
            &["tenants", "create"],
            &["no-such-command"],
            &["serve", "--no-such-flag"],
        ] {
            let output = t.server().cli(arguments);
            assert!(!output.status.success(), "{arguments:?} succeeded");
            assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}: {output:?}");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!told.contains("panicked"), "{told}");
        }
    }

    async fn the_first_start_prints_a_key_once(backend: Backend) {
        let server = Server::start_with(backend, Options::new().unset("SUNLEDGER_API_KEY"));
        let printed = server.printed();
        let line = printed.lines().find(|line| line.contains("API key")).unwrap_or_else(|| panic!("{printed}"));
        let key = line.rsplit([' ', ':']).next().unwrap().to_owned();
        let _ = Api::new(&server, Some(&key)).get(CLIENTS).await.expect(200);
        server.restart();
        assert_eq!(server.printed().matches(&key).count(), 1, "printed once, not at every start");
        let _ = Api::new(&server, Some(&key)).get(CLIENTS).await.expect(200);
    }

    async fn the_key_of_the_environment_counts_on_the_first_start_only(server: Server) {
        let _ = server.api().post(CLIENTS, json!({"name": "One"})).await.expect(201);
        let later = "another-key-that-comes-too-late-0123456789";
        server.configure(|options| options.set("SUNLEDGER_API_KEY", later));
        server.restart();
        let _ = Api::new(&server, Some(KEY)).get(CLIENTS).await.expect(200);
        let _ = Api::new(&server, Some(later)).get(CLIENTS).await.error(401);
        assert_eq!(server.api().get(CLIENTS).await.json(200)["total"], 1);
    }

    async fn wrong_settings_are_all_named_and_nothing_starts(backend: Backend) {
        let options = Options::new()
            .set("SUNLEDGER_LISTEN", "nowhere")
            .set("SUNLEDGER_RATE_LIMIT", "perhaps")
            .set("SUNLEDGER_WEBHOOK_RETRY_BASE_MS", "soon");
        let server = Server::prepare(backend, options);
        let output = server.cli(&["serve"]);
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        for name in ["SUNLEDGER_LISTEN", "SUNLEDGER_RATE_LIMIT", "SUNLEDGER_WEBHOOK_RETRY_BASE_MS"] {
            assert!(told.contains(name), "{name} is not named: {told}");
        }
    }
}
