//! Users: the first one, and those that the command line makes.

use sunledger_tests::people::{PASSWORD, new_user};
use sunledger_tests::{Backend, Options, Server, Tenant, both_backends};

const EMAIL: &str = "first@solar.example";

fn with_first_user(options: Options, password: &str) -> Options {
    options.set("SUNLEDGER_ADMIN_EMAIL", EMAIL).set("SUNLEDGER_ADMIN_PASSWORD", password)
}

both_backends! {
    async fn the_first_start_makes_the_first_user(backend: Backend) {
        let server = Server::start_with(backend, with_first_user(Options::new(), PASSWORD));
        let api = server.api();
        let session = api.with_key(Some(&api.sign_in("default", EMAIL).await)).session().await;
        let _ = api.with_key(Some(&session)).get("/api/v1/tenants/default/teams").await.expect(200);
        assert!(!server.printed().contains(PASSWORD));
        let other = "another password";
        server.configure(|options| with_first_user(options, other));
        server.restart();
        let _ = api.try_sign_in("default", EMAIL, other).await.error(401);
        let _ = api.sign_in("default", EMAIL).await;
    }

    async fn a_first_user_that_cannot_be_keeps_it_from_starting(backend: Backend) {
        let nothing = Options::new();
        for (options, told) in [
            (nothing.clone().set("SUNLEDGER_ADMIN_EMAIL", EMAIL), "SUNLEDGER_ADMIN_PASSWORD"),
            (nothing.clone().set("SUNLEDGER_ADMIN_PASSWORD", PASSWORD), "SUNLEDGER_ADMIN_EMAIL"),
            (with_first_user(nothing.clone(), "short"), "at least 8 characters"),
            (with_first_user(nothing.clone(), &"x".repeat(257)), "at most 256 characters"),
        ] {
            let server = Server::prepare(backend, options);
            let output = server.cli(&["serve"]);
            assert_eq!(output.status.code(), Some(2));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains(told), "{told} is not in {said}");
            server.configure(|options| options.unset("SUNLEDGER_ADMIN_EMAIL").unset("SUNLEDGER_ADMIN_PASSWORD"));
            server.up();
            let _ = server.api().get("/api/v1/clients").await.expect(200);
        }
    }

    async fn the_command_line_makes_changes_and_deletes_users(t: Tenant) {
        let id = new_user(t.server(), &t.name, EMAIL, "accountant");
        let list = || t.server().cli_ok(&["users", "list", "--tenant", &t.name]);
        for part in [id.as_str(), EMAIL, "accountant"] {
            assert!(list().contains(part), "{part} is not in {}", list());
        }
        let again = t.server().cli(&["users", "create", "FIRST@solar.example", "--tenant", &t.name, "--password", PASSWORD]);
        assert!(!again.status.success());
        assert!(String::from_utf8_lossy(&again.stderr).contains("taken already"), "{again:?}");
        let other = Tenant::on(t.server());
        let _ = new_user(t.server(), &other.name, EMAIL, "viewer");

        let api_user = t.with_key(Some(&t.sign_in(&t.name, EMAIL).await));
        let next = "another password";
        let _ = t.server().cli_ok(&["users", "password", EMAIL, "--tenant", &t.name, "--password", next]);
        let _ = t.try_sign_in(&t.name, EMAIL, PASSWORD).await.error(401);
        let _ = t.try_sign_in(&t.name, EMAIL, next).await.expect(200);
        let _ = api_user.act("/api/v1/auth/session-token").await.expect(401);

        let _ = t.server().cli_ok(&["users", "delete", EMAIL, "--tenant", &t.name]);
        let _ = t.try_sign_in(&t.name, EMAIL, next).await.error(401);
        assert!(!list().contains(EMAIL));
        let _ = other.sign_in(&other.name, EMAIL).await;
        assert_ne!(new_user(t.server(), &t.name, EMAIL, "viewer"), id, "another user of the same address");
    }

    async fn mistakes_are_told_and_change_nothing(t: Tenant) {
        let name = t.name.as_str();
        for arguments in [
            &["users", "create", EMAIL, "--tenant", name][..],
            &["users", "create", EMAIL, "--tenant", name, "--password", "1234567"],
            &["users", "create", "nobody", "--tenant", name, "--password", PASSWORD],
            &["users", "create", EMAIL, "--tenant", name, "--password", PASSWORD, "--role", "king"],
            &["users", "create", EMAIL, "--tenant", "no-such-tenant", "--password", PASSWORD],
            &["users", "password", EMAIL, "--tenant", name, "--password", PASSWORD],
            &["users", "delete", EMAIL, "--tenant", name],
        ] {
            let output = t.server().cli(arguments);
            assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}: {output:?}");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!told.is_empty() && !told.contains("panicked") && !told.contains(PASSWORD), "{told}");
        }
        assert_eq!(t.server().cli_ok(&["users", "list", "--tenant", name]), "");
    }
}
