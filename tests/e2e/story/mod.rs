//! The story of one customer, through all five surfaces: Maria asks for a roof of solar panels, gets one, and pays for it in
//! parts; the house on the coast gets credits of a power plant meanwhile; who sold the roof is paid. Each step is made through
//! one surface and seen through every other one that shows the thing, in the feed, by the webhooks' receiver and in the audit.
//! In the end the read models are thrown away and made again of the log, and every answer is what it was.
//!
//! | file | what |
//! | --- | --- |
//! | `book` | calls under the name of a step, what the feed tells of it, and every answer once more |
//! | `surfaces` | the surfaces, each in its own words, and a thing as all of them show it |
//! | `sale`, `energy`, `commissions` | the chapters |
//! | `records` | what the audit, the webhooks and the stream have of it |

mod book;
mod commissions;
mod energy;
mod records;
mod sale;
mod surfaces;

use book::Book;
use serde_json::json;
use sunledger_tests::{Backend, Nats, NatsServer, Options, Receiver, Server, Version, both_backends};

/// A server as in production where that can be: on Postgres, with NATS beside it.
fn start(backend: Backend) -> (Server, Option<NatsServer>) {
    let options = Options::new();
    let nats = match backend {
        Backend::Sqlite => None,
        Backend::Postgres => Version::Installed.or_skip().map(|version| NatsServer::start_with(version, "")),
    };
    let options = match &nats {
        Some(nats) => options.nats(nats),
        None => options,
    };
    (Server::start_with(backend, options), nats)
}

both_backends! {
    async fn one_sale_on_five_surfaces(backend: Backend) {
        let (server, nats) = start(backend);
        let receiver = Receiver::start().await;
        let (book, secret) = Book::open(&server, &receiver).await;

        let maria = sale::a_lead_becomes_a_customer(&book).await;
        sale::her_address_comes_in_through_the_crm(&book, &maria).await;
        let roof = sale::her_roof_is_built_and_produces(&book, &maria).await;
        let credits = energy::her_house_gets_credits(&book, &maria).await;
        let invoice = sale::the_roof_is_billed_and_paid_in_parts(&book, &maria, &roof).await;
        energy::the_credits_are_paid(&book, &maria, &credits).await;
        sale::the_figures_agree(&book, &maria).await;
        commissions::who_sold_it_is_paid(&book).await;

        records::the_audit_knows_every_step(&book).await;
        records::the_audit_knows_every_state(&book, &invoice).await;
        records::every_event_was_delivered_once_and_signed(&book, &receiver, &secret).await;
        if let Some(nats) = &nats {
            records::the_stream_has_it_too(&book, &server, &Nats::of(nats).await).await;
        }

        let told = book.answers().await;
        assert!(told.len() > 60, "only {} answers", told.len());
        let _ = server.cli_ok(&["verify"]);
        let _ = server.cli_ok(&["replay"]);
        book.says_again(&told, "the replay").await;
        let _ = server.cli_ok(&["verify"]);
        server.restart();
        book.says_again(&told, "the restart").await;

        let next = json!({"first_name": "Ana", "last_name": "Prado"});
        let ana = book.tell("backoffice", "life goes on", &["lead.created"], book.post("/api/v2/leads", next, 201)).await;
        assert_eq!(ana["data"]["id"], 2, "the numbers go on where they were");
        let _ = server.cli_ok(&["verify"]);
    }
}
