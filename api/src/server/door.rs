//! What of limits lies outside the handlers: an address that guesses is refused before anything is looked at, and an answer
//! that no handler with a caller made (no such route, no key) tells where whoever asked stands, too.

use super::limits::stranger;
use super::note::RequestNote;
use super::peer::Peer;
use crate::app::App;
use crate::auth::{holder_of, key_of};
use crate::http::{ApiError, Surface};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::net::{IpAddr, Ipv4Addr};

/// Open to everybody, and looked at again and again by probes that must not be shut out with their neighbours.
const OPEN: [&str; 5] = ["/", "/docs", "/openapi.json", "/metrics", "/health"];

/// The door of one request.
pub(super) struct Door<'a> {
    app: &'a App,
    surface: Surface,
    /// `None` where the request came through no socket.
    address: Option<IpAddr>,
    open: bool,
    /// What it carries to be known by, where somebody may have to ask.
    credentials: Option<String>,
}

impl<'a> Door<'a> {
    pub(super) fn of(app: &'a App, surface: Surface, request: &Request) -> Self {
        let headers = request.headers();
        let peer = request.extensions().get::<Peer>();
        let path = request.uri().path();
        let open = surface == Surface::Plain && (OPEN.contains(&path) || path.starts_with("/health/"));
        let credentials = || key_of(headers).ok().map(str::to_owned);
        Self {
            app,
            surface,
            address: peer.map(|peer| app.settings.trusted_proxies.client(peer.0, headers)),
            open,
            credentials: (!open && app.limits.has(surface)).then(credentials).flatten(),
        }
    }

    /// In how many seconds the address may come again, where it may not now.
    pub(super) fn closed(&self) -> Option<u64> {
        let address = self.address.filter(|_| !self.open)?;
        self.app.limits.may_try(address, self.app.clock.now()).err()
    }

    /// Counts what nobody has counted: refused credentials, and requests that found no handler.
    pub(super) async fn settle(&self, note: &RequestNote, response: Response) -> Response {
        let unknown = response.status() == StatusCode::UNAUTHORIZED;
        let now = self.app.clock.now();
        if let Some(address) = self.address.filter(|_| unknown) {
            self.app.limits.refused(address, now);
        }
        if self.open || note.standing().is_some() || !self.app.limits.has(self.surface) {
            return response;
        }
        // Nobody looks at the credentials of an address that is refused for them.
        let anonymous = unknown || response.status() == StatusCode::TOO_MANY_REQUESTS;
        let known = match &self.credentials {
            Some(credentials) if !anonymous => Box::pin(holder_of(self.app, credentials)).await,
            _ => None,
        };
        let address = self.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let caller = known.unwrap_or_else(|| stranger(address));
        let Some(rated) = self.app.limits.take(self.surface, caller, now) else { return response };
        note.rated(rated);
        match rated.check() {
            // Whatever else it was is said anyway: it has cost next to nothing.
            Err(refused) if unknown => ApiError::into_response(refused),
            _ => response,
        }
    }
}
