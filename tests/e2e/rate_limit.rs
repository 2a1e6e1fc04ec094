//! `invoicing`: 120 requests a minute for a key.

use sunledger_tests::tenant::ALL;
use sunledger_tests::{Backend, Options, Server, Tenant, both_backends};

both_backends! {
    async fn the_121st_request_of_a_minute_is_429(backend: Backend) {
        let server = Server::start_with(backend, Options::new().unset("SUNLEDGER_RATE_LIMIT"));
        let tenant = Tenant::on(&server);
        let mut answered = 0;
        let refused = loop {
            let reply = tenant.get("/api/v1/clients?limit=1").await;
            if reply.status == 429 {
                break reply;
            }
            let _ = reply.expect(200);
            answered += 1;
            // Some refill while the test runs is right; unlimited is not.
            assert!(answered <= 200, "no limit after {answered} requests");
        };
        assert!(answered >= 120, "refused after {answered} already");
        let pause: u32 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&pause), "{pause}");
        let _ = refused.error(429);

        let other = tenant.with_scopes(&ALL);
        let _ = other.get("/api/v1/clients").await.expect(200);
        let _ = server.api().get("/api/v1/clients").await.expect(200);
        let _ = tenant.get("/health/live").await.expect(200);
    }
}
