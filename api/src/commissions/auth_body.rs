//! What the bodies of `/api/v1/auth` may say.

use crate::auth::{Proof, SignIn};
use crate::http::{ApiError, MISSING};
use serde_json::{Map, Value};
use sunledger_domain::FieldErrors;
use sunledger_domain::record::UNKNOWN;
use sunledger_domain::value::Email;
use utoipa::ToSchema;

/// Longest tenant id, address and password that is looked at, in bytes; longer ones are nobody's.
const LONGEST: usize = 8 * 1024;

/// Who signs in, and by what.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `sign_in` reads it")]
pub(super) struct SignInBody {
    /// The user's e-mail address.
    #[schema(example = "admin@example.com")]
    email: String,
    /// The user's password; required where there is no `googleIdToken`.
    #[schema(example = "your-password", format = Password)]
    password: Option<String>,
    /// The company's id.
    #[schema(example = "default")]
    tenant_id: String,
    /// An ID token of Google's; required where there is no `password`.
    #[schema(min_length = 1)]
    google_id_token: Option<String>,
}

/// Reads a [`SignInBody`].
pub(super) fn sign_in(mut body: Map<String, Value>) -> Result<SignIn, ApiError> {
    let mut errors = FieldErrors::new();
    let email = required(&mut body, "email", &mut errors);
    let email = email.and_then(|email| errors.check("email", Email::parse(&email)));
    let tenant = required(&mut body, "tenantId", &mut errors);
    let password = text(&mut body, "password", &mut errors);
    let google = text(&mut body, "googleIdToken", &mut errors);
    let proof = match (password, google) {
        (Ok(Some(_)), Ok(Some(_))) => {
            errors.add(
                "googleIdToken",
                "must not be there: provide either password OR googleIdToken, not both",
            );
            None
        }
        (Ok(None), Ok(None)) => {
            errors.add("password", "is required if googleIdToken is not provided");
            None
        }
        (Ok(Some(password)), _) => Some(Proof::Password(password)),
        (_, Ok(Some(token))) => Some(Proof::Google(token)),
        _ => None,
    };
    unknown(&body, &mut errors);
    match (email, tenant, proof) {
        (Some(email), Some(tenant), Some(proof)) if errors.is_empty() => Ok(SignIn { tenant, email, proof }),
        _ => Err(ApiError::fields(errors)),
    }
}

/// Refuses a body that says anything.
pub(super) fn empty(body: &Map<String, Value>) -> Result<(), ApiError> {
    let mut errors = FieldErrors::new();
    unknown(body, &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(ApiError::fields(errors)) }
}

fn unknown(left: &Map<String, Value>, errors: &mut FieldErrors) {
    for name in left.keys() {
        errors.add(name, UNKNOWN);
    }
}

fn required(body: &mut Map<String, Value>, name: &str, errors: &mut FieldErrors) -> Option<String> {
    let found = text(body, name, errors).ok()?;
    if found.is_none() {
        errors.add(name, MISSING);
    }
    found
}

/// A text that is not empty; none where the field is not there or `null`.
fn text(body: &mut Map<String, Value>, name: &str, errors: &mut FieldErrors) -> Result<Option<String>, ()> {
    let wrong = match body.remove(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.len() > LONGEST => "is too long",
        Some(Value::String(text)) if text.trim().is_empty() => "must not be empty",
        Some(Value::String(text)) => return Ok(Some(text)),
        Some(_) => "must be a string",
    };
    errors.add(name, wrong);
    Err(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Surface;
    use serde_json::json;

    fn read(body: Value) -> Result<SignIn, String> {
        let Value::Object(body) = body else { panic!("an object") };
        sign_in(body).map_err(|error| {
            assert_eq!(error.status, 400);
            let printed = Surface::Commissions.print(&error, jiff::Timestamp::UNIX_EPOCH);
            printed["error"].as_str().unwrap().to_owned()
        })
    }

    #[test]
    fn one_signs_in_by_a_password_or_by_google() {
        let body =
            json!({"email": "Admin@example.com", "password": " your password ", "tenantId": "default"});
        let SignIn { tenant, email, proof } = read(body).unwrap();
        assert_eq!((tenant.as_str(), email.key().as_str()), ("default", "admin@example.com"));
        assert!(
            matches!(proof, Proof::Password(password) if password == " your password "),
            "as it was typed"
        );
        let body =
            json!({"email": "a@b.co", "googleIdToken": "x.y.z", "password": null, "tenantId": "default"});
        assert!(matches!(read(body).unwrap().proof, Proof::Google(token) if token == "x.y.z"));
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let told = |body: Value| read(body).map(|_| ()).unwrap_err();
        assert_eq!(
            told(json!({})),
            "email is required; password is required if googleIdToken is not provided; tenantId is required"
        );
        assert_eq!(
            told(json!({"email": "nobody", "password": 7, "tenantId": " ", "remember": true})),
            "email must be an e-mail address; password must be a string; remember is not a known field; \
             tenantId must not be empty"
        );
        assert_eq!(
            told(json!({"email": "a@b.co", "password": "12345678", "googleIdToken": "x", "tenantId": "t"})),
            "googleIdToken must not be there: provide either password OR googleIdToken, not both"
        );
        assert!(
            told(json!({"email": "a@b.co", "password": "x".repeat(LONGEST + 1), "tenantId": "t"}))
                .contains("long")
        );
    }
}
