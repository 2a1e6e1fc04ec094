//! Programs beside the servers, as the command line is.

use crate::support::{World, context, now};
use std::time::{Duration, Instant};
use sunledger_domain::client::{Client, ClientCommand, ClientDraft};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_beside_wrote_shows_when_it_is_done() {
    for world in World::all().await {
        let (server, beside) = (world.server().await, world.beside().await);
        let tenant = context().tenant;
        let draft = || ClientDraft { name: "Ana".into(), at: now(), ..ClientDraft::default() };
        for _ in 0..20 {
            let command = ClientCommand::Create(Box::new(draft()));
            let made = beside.execute::<Client>(&context(), beside.new_id(), command).await.unwrap();
            assert!(server.reads().get::<Client>(&tenant, made.id).await.unwrap().is_some());
        }
        server.projections.shutdown().await;
        drop(server);
        // Nobody projects: there is nobody to wait for.
        let began = Instant::now();
        let command = ClientCommand::Create(Box::new(draft()));
        beside.execute::<Client>(&context(), beside.new_id(), command).await.unwrap();
        // As long as it would wait for somebody.
        assert!(began.elapsed() < Duration::from_secs(2), "it waits for nobody");
    }
}
