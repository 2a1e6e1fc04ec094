//! Two endpoints. They are registered last, and hear only of what comes after them: nothing of the story is delivered to an
//! address where perhaps nobody listens.

use super::DemoError;
use super::desk::{Ask, Desk, text};
use serde_json::json;

/// Where `docs/receiver.py` listens.
const RECEIVER: &str = "http://127.0.0.1:9000/";

/// The endpoint that the receiver answers for.
pub(super) struct Endpoint {
    pub(super) url: &'static str,
    pub(super) id: String,
    /// What proves who sends; shown once.
    pub(super) secret: String,
}

/// Registers both.
///
/// # Errors
/// Where something is refused.
pub(super) async fn register(desk: &Desk) -> Result<Endpoint, DemoError> {
    let money = json!({
        "url": RECEIVER, "events": ["invoice.created", "payment.received"], "description": "docs/receiver.py: what comes in",
    });
    let made = desk.ask(Ask::post("/webhooks", money)).await?;
    let endpoint =
        Endpoint { url: RECEIVER, id: text(&made, "/data/id")?, secret: text(&made, "/data/secret")? };
    let clients = json!({
        "url": format!("{RECEIVER}clients"), "events": ["client.created", "lead.converted"],
        "description": "docs/receiver.py: who is new",
    });
    desk.ask(Ask::post("/webhooks", clients)).await?;
    Ok(endpoint)
}
