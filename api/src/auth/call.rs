//! The extractor of an authenticated request.

use super::conditions::{idempotency, if_match};
use super::{Area, Caller, People, gate, people};
use crate::app::App;
use crate::http::{ApiError, QueryParams};
use crate::server::body;
use crate::server::note::RequestNote;
use axum::extract::{FromRequest, OriginalUri, Request};
use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};
use std::marker::PhantomData;
use std::sync::Arc;
use sunledger_commands::{Actor, ActorKind, Context};
use sunledger_domain::TenantId;
use sunledger_domain::api_key::Access;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::CalendarDate;

/// An authenticated, allowed and rate-limited request, read to its end.
pub struct Call<A: Area> {
    /// Whose data: nothing else may be read or written by this request. Of a sandbox, those that count now; or, in an area
    /// that is the company's own, its home.
    pub tenant: TenantId,
    /// The company's own id, which is what anybody outside gets to see.
    pub home: TenantId,
    /// The tenant's profile: time zone, currency, locale, plan.
    pub profile: Arc<Tenant>,
    /// Whose key or session it is, and what it opens.
    pub caller: Arc<Caller>,
    /// What a command needs to know of the request.
    pub context: Context,
    /// The query string.
    pub query: QueryParams,
    /// The body, at most 1 MiB.
    pub body: Bytes,
    headers: HeaderMap,
    area: PhantomData<fn() -> A>,
}

impl<A: Area> Call<A> {
    /// Today, where the tenant is.
    pub fn today(&self) -> CalendarDate {
        self.profile.time_zone.today(self.context.now)
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// 415 where the content type is another, 400 where the body is no JSON object.
    pub fn json(&self) -> Result<Map<String, Value>, ApiError> {
        body::json_object(&self.headers, &self.body)
    }

    /// The body as a JSON object; an empty one where there is no body at all.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub fn json_or_empty(&self) -> Result<Map<String, Value>, ApiError> {
        if self.body.is_empty() { Ok(Map::new()) } else { self.json() }
    }

    /// The body as a JSON object; a list is taken for an object that has it in this field.
    ///
    /// # Errors
    /// As [`Call::json`], where the body is neither.
    pub fn json_or_list(&self, field: &str) -> Result<Map<String, Value>, ApiError> {
        body::json_object_or_list(&self.headers, &self.body, field)
    }

    /// Whether `Accept` names this media type (a wildcard does not name it).
    pub fn wants(&self, mime: &str) -> bool {
        self.prefers(&[mime]).is_some()
    }

    /// Which of some media types `Accept` names with the highest quality, the first of several; `None` where it names none
    /// (a wildcard does not name any).
    pub fn prefers<'m>(&self, mimes: &[&'m str]) -> Option<&'m str> {
        let values = self.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let accept = values.collect::<Vec<_>>().join(",");
        let mut best = (0, None);
        for mime in mimes {
            let quality = quality(&accept, mime);
            if quality > best.0 {
                best = (quality, Some(*mime));
            }
        }
        best.1
    }

    /// The context of a `POST` whose body holds a secret that can be guessed: the log keeps a hash of what an Idempotency-Key
    /// stands for, which must not be of that. `said` is what else tells this request from another.
    ///
    /// # Errors
    /// 400 where the Idempotency-Key is none.
    pub fn context_of(&self, path: &str, said: &[u8]) -> Result<Context, ApiError> {
        let idempotency = idempotency(&self.headers, &Method::POST, path, "", said)?;
        Ok(Context { idempotency, ..self.context.clone() })
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether `If-None-Match` names this tag (without quotes): for answers that are dear to make.
    pub fn has(&self, tag: &str) -> bool {
        http::HeaderValue::try_from(format!("\"{tag}\""))
            .is_ok_and(|etag| crate::http::none_match(&self.headers, &etag))
    }
}

/// The quality in thousandths that an `Accept` value gives a media type; 0 where it does not name it. A quality that
/// cannot be read is none given.
fn quality(accept: &str, mime: &str) -> u16 {
    let qualities = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        parts.next().filter(|name| name.eq_ignore_ascii_case(mime))?;
        let given = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(given.and_then(thousandths).unwrap_or(1_000))
    });
    qualities.max().unwrap_or(0)
}

/// `0.5` in thousandths; `None` for what is no quality.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && fraction.len() <= 3;
    let fraction: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(fraction),
        "1" => Some(1_000),
        _ => None,
    }
}

impl<A: Area> FromRequest<App> for Call<A> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let note = parts.extensions.get::<RequestNote>().cloned().unwrap_or_default();

        let caller = match A::PEOPLE {
            People::No => gate::holder_of_key(&parts.headers, app).await?,
            People::OfNamedTenant | People::ByPart => gate::holder_of_any(&parts.headers, app).await?,
        };
        note.caller(&caller);
        gate::count(app, &note, A::SURFACE, &caller)?;
        let access =
            if matches!(parts.method, Method::GET | Method::HEAD) { Access::Read } else { Access::Write };
        if A::PEOPLE == People::OfNamedTenant {
            gate::check_tenant(&mut parts, &caller).await?;
        }
        // The path that the client sent, not what is left of it inside a nested router.
        let uri = parts.extensions.remove::<OriginalUri>().map_or(parts.uri, |original| original.0);
        match caller.role.filter(|_| A::PEOPLE == People::ByPart) {
            Some(role) => people::check(&caller, role, uri.path(), access)?,
            None if A::opens(&caller.scopes, access) => {}
            None => return Err(ApiError::forbidden(missing_scope::<A>(caller.kind, access))),
        }

        let query = QueryParams::parse(uri.query())?;
        let body = body::read(&parts.headers, body, app.settings.body_timeout).await?;
        let profile = app.keys.profile(&caller.tenant).await?;
        let home = caller.tenant.clone();
        let tenant = if A::OF_COMPANY { home.clone() } else { profile.data(&home) };
        let context = Context {
            tenant: tenant.clone(),
            actor: Actor { kind: caller.kind, id: caller.id.to_string().into(), name: caller.name.clone() },
            surface: A::SURFACE,
            request_id: note.id(),
            now: app.clock.now(),
            if_match: if_match(&parts.headers)?,
            idempotency: idempotency(
                &parts.headers,
                &parts.method,
                uri.path(),
                uri.query().unwrap_or_default(),
                &body,
            )?,
        };
        Ok(Self {
            tenant,
            home,
            profile,
            caller,
            context,
            query,
            body,
            headers: parts.headers,
            area: PhantomData,
        })
    }
}

fn missing_scope<A: Area>(whose: ActorKind, access: Access) -> String {
    let areas = match access {
        Access::Read => A::READ,
        Access::Write => A::WRITE,
    };
    let scopes: Vec<_> = areas
        .iter()
        .map(|area| sunledger_domain::api_key::Scope { area: *area, access }.to_string())
        .collect();
    let scopes = scopes.join(" or ");
    match whose {
        ActorKind::User => format!("This user's role does not include {scopes}"),
        _ => format!("This API key lacks the scope {scopes}"),
    }
}

#[cfg(test)]
mod tests {
    use super::quality;

    #[test]
    fn accept_is_read_by_its_names_and_qualities() {
        for (accept, mime, expected) in [
            ("text/event-stream", "text/event-stream", 1_000),
            ("text/html, Application/JSON;q=0.5", "application/json", 500),
            ("application/json;charset=utf-8; q=0.25", "application/json", 250),
            ("application/json;q=0.001", "application/json", 1),
            ("application/json;q=1.000", "application/json", 1_000),
            ("application/json;q=0, application/json;q=0.7", "application/json", 700),
            ("application/json;q=high", "application/json", 1_000),
            ("application/json;q=0.+5", "application/json", 1_000),
            ("application/json;q=0", "application/json", 0),
            ("application/json; q=0.000", "application/json", 0),
            ("*/*", "text/event-stream", 0),
            ("", "application/json", 0),
        ] {
            assert_eq!(quality(accept, mime), expected, "{accept}");
        }
    }
}
