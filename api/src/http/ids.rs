//! Ids as callers write them: a UUID, or the sequential number of the kind in the tenant.

use super::ApiError;
use crate::app::App;
use serde_json::Value;
use sunledger_domain::TenantId;
use sunledger_projections::Listed;
use uuid::Uuid;

const NO_ID: &str = "must be a UUID or a number";

/// An id as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyId {
    /// The thing's own id.
    Uuid(Uuid),
    /// Its number, from 1.
    Number(i64),
}

impl AnyId {
    /// Reads an id; `None` where it is neither form. Only the hyphenated UUID counts: without hyphens it could be
    /// taken for a number.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 36 {
            return Uuid::try_parse(text).ok().map(Self::Uuid);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number > 0).map(Self::Number)
    }
}

/// The id in a field of a body: the UUID or the number of something, the number also as a JSON number.
///
/// # Errors
/// A field message.
pub fn any_id(value: Value) -> Result<AnyId, String> {
    let text = match &value {
        Value::String(text) => text.trim(),
        Value::Number(number) => number.as_str(),
        _ => "",
    };
    AnyId::parse(text).ok_or_else(|| NO_ID.to_owned())
}

/// The thing that a field of a body names: `None` where the number is of nothing. A UUID is taken as it is, whether or
/// not there is such a thing: the command that uses it tells.
///
/// # Errors
/// The store's.
pub async fn named<A: Listed>(app: &App, tenant: &TenantId, id: AnyId) -> Result<Option<Uuid>, ApiError> {
    find::<A>(app, tenant, Some(id)).await
}

/// The id in a path. A UUID is taken as it is, whether or not there is such a thing: reading it tells.
///
/// # Errors
/// 404 where it is malformed or an unknown number.
pub async fn resolve<A: Listed>(app: &App, tenant: &TenantId, text: &str) -> Result<Uuid, ApiError> {
    find::<A>(app, tenant, AnyId::parse(text)).await?.ok_or_else(|| ApiError::not_found(A::TYPE))
}

/// The id in a filter or a body: `None` where it is the number of nothing.
///
/// # Errors
/// 400 naming the parameter where it is malformed.
pub async fn filter<A: Listed>(
    app: &App,
    tenant: &TenantId,
    name: &str,
    text: &str,
) -> Result<Option<Uuid>, ApiError> {
    let id = AnyId::parse(text).ok_or_else(|| ApiError::invalid(name, NO_ID))?;
    find::<A>(app, tenant, Some(id)).await
}

async fn find<A: Listed>(app: &App, tenant: &TenantId, id: Option<AnyId>) -> Result<Option<Uuid>, ApiError> {
    match id {
        Some(AnyId::Uuid(id)) => Ok(Some(id)),
        Some(AnyId::Number(number)) => Ok(Box::pin(app.reads.id_of::<A>(tenant, number)).await?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_and_nothing_else() {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        assert_eq!(AnyId::parse(&id.to_string()), Some(AnyId::Uuid(id)));
        assert_eq!(AnyId::parse(&id.to_string().to_uppercase()), Some(AnyId::Uuid(id)));
        assert_eq!(AnyId::parse("17"), Some(AnyId::Number(17)));
        assert_eq!(AnyId::parse("000017"), Some(AnyId::Number(17)));
        for text in ["", "0", "-1", "+1", "1.0", "1e3", "clx1", "99999999999999999999", "../1", "é"] {
            assert_eq!(AnyId::parse(text), None, "{text}");
        }
        for text in [id.simple().to_string(), id.braced().to_string(), id.urn().to_string()] {
            assert_eq!(AnyId::parse(&text), None, "{text}");
        }
    }
}
