//! The surfaces, told apart by path prefix, and the body that each gives an error.

use super::{ApiError, MISSING};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// What the commissions surface says of a token or a key that opens nothing, whatever the reason.
pub const INVALID_TOKEN: &str = "Unauthorized: Invalid token";

/// Who prints the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `/v1`
    Crm,
    /// `/energy`
    Energy,
    /// `/api/v2`
    Backoffice,
    /// `/api/v1/clients`, `/api/v1/invoices`
    Invoicing,
    /// The rest of `/api/v1`
    Commissions,
    /// Everything that crosses the surfaces: `/audit`, `/feed`, `/webhooks`, `/tenant`, `/keys`, `/health`...
    Plain,
}

impl Surface {
    /// Every surface, in the order of declaration.
    pub const ALL: [Self; 6] =
        [Self::Crm, Self::Energy, Self::Backoffice, Self::Invoicing, Self::Commissions, Self::Plain];

    /// Its name, as limits have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Energy => "energy",
            Self::Backoffice => "backoffice",
            Self::Invoicing => "invoicing",
            Self::Commissions => "commissions",
            Self::Plain => "other",
        }
    }

    /// The surface of a name that areas go by: what crosses the surfaces has names of its own.
    pub fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|surface| surface.name() == name).unwrap_or(Self::Plain)
    }

    /// The surface that a path belongs to, whether or not there is a route.
    pub fn of_path(path: &str) -> Self {
        let under = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if under("/api/v1/clients") || under("/api/v1/invoices") {
            Self::Invoicing
        } else if under("/api/v1") {
            Self::Commissions
        } else if under("/api/v2") {
            Self::Backoffice
        } else if under("/v1") {
            Self::Crm
        } else if under("/energy") {
            Self::Energy
        } else {
            Self::Plain
        }
    }

    /// The error's body on this surface.
    pub fn print(self, error: &ApiError, now: Timestamp) -> Value {
        let status = error.status.as_u16();
        let message = error.message.as_ref();
        let fields = error.fields.as_ref().map(|fields| {
            fields.iter().map(|(name, message)| (name.to_owned(), message.into())).collect::<Map<_, _>>()
        });
        let with_fields = |mut body: Value, fields: Option<Map<String, Value>>| {
            if let Some(fields) = fields {
                body["errors"] = Value::Object(fields);
            }
            body
        };
        match self {
            Self::Invoicing | Self::Plain => with_fields(json!({ "error": message }), fields),
            Self::Crm => {
                json!({ "success": false, "message": message, "errors": fields.unwrap_or_default() })
            }
            Self::Energy => {
                json!({ "statusCode": status, "message": message, "errors": fields.unwrap_or_default() })
            }
            Self::Backoffice => {
                // Its document has one text for every refused key, and one for every refused body.
                let message = match status {
                    401 => "Invalid API key or unauthorized access",
                    400 if fields.is_some() => "Validation failed",
                    _ => message,
                };
                with_fields(json!({ "success": false, "message": message }), fields)
            }
            Self::Commissions => json!({
                "success": false,
                "error": commissions_message(error),
                "statusCode": status,
                "timestamp": super::timestamp(now),
            }),
        }
    }
}

/// The commissions' document has one text for what is not there and for tokens that open nothing, begins what is forbidden
/// with that word, and names a wrong field before what is wrong with it.
fn commissions_message(error: &ApiError) -> Cow<'_, str> {
    let message = error.message.as_ref();
    match (error.status.as_u16(), &error.fields) {
        (401, _) if !message.starts_with("Unauthorized: ") => INVALID_TOKEN.into(),
        (403, _) if !message.starts_with("Forbidden: ") => format!("Forbidden: {message}").into(),
        (404, _) => "Resource not found".into(),
        (_, Some(fields)) => {
            let said = |(field, message): (&str, &str)| match message {
                MISSING => format!("{field} is required"),
                message => format!("{field} {message}"),
            };
            fields.iter().map(said).collect::<Vec<_>>().join("; ").into()
        }
        _ => message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::FieldErrors;

    fn print(surface: Surface, error: &ApiError) -> Value {
        surface.print(error, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_path_belongs_to_its_surface_even_without_a_route() {
        for (path, surface) in [
            ("/api/v1/clients", Surface::Invoicing),
            ("/api/v1/clients/7/nothing", Surface::Invoicing),
            ("/api/v1/clientsx", Surface::Commissions),
            ("/api/v1/invoices", Surface::Invoicing),
            ("/api/v1/tenants/default/teams", Surface::Commissions),
            ("/api/v2/customers", Surface::Backoffice),
            ("/v1/clients", Surface::Crm),
            ("/v10/clients", Surface::Plain),
            ("/energy/clients", Surface::Energy),
            ("/audit", Surface::Plain),
            ("/", Surface::Plain),
            ("", Surface::Plain),
        ] {
            assert_eq!(Surface::of_path(path), surface, "{path}");
        }
    }

    #[test]
    fn each_surface_has_its_place_and_its_name() {
        for (place, surface) in Surface::ALL.into_iter().enumerate() {
            assert_eq!((surface as usize, Surface::of_name(surface.name())), (place, surface));
        }
        for name in ["audit", "webhooks", "admin"] {
            assert_eq!(Surface::of_name(name), Surface::Plain);
        }
    }

    #[test]
    fn wrong_fields_in_every_form() {
        let mut fields = FieldErrors::new();
        fields.add("name", super::super::error::MISSING);
        fields.add("email", "invalid email address");
        let error = ApiError::fields(fields);
        let line = "email: invalid email address; Missing required field: name";
        let errors = json!({ "name": "Missing required field", "email": "invalid email address" });
        assert_eq!(print(Surface::Invoicing, &error), json!({ "error": line, "errors": errors }));
        assert_eq!(print(Surface::Plain, &error), json!({ "error": line, "errors": errors }));
        assert_eq!(
            print(Surface::Crm, &error),
            json!({ "success": false, "message": line, "errors": errors })
        );
        assert_eq!(
            print(Surface::Energy, &error),
            json!({ "statusCode": 400, "message": line, "errors": errors })
        );
        assert_eq!(
            print(Surface::Backoffice, &error),
            json!({ "success": false, "message": "Validation failed", "errors": errors })
        );
        assert_eq!(
            print(Surface::Commissions, &error),
            json!({
                "success": false,
                "error": "email invalid email address; name is required",
                "statusCode": 400,
                "timestamp": "1970-01-01T00:00:00.000Z",
            })
        );
    }

    #[test]
    fn a_refused_key_in_every_form() {
        let error = ApiError::unauthorized("Invalid API key");
        assert_eq!(print(Surface::Invoicing, &error), json!({ "error": "Invalid API key" }));
        assert_eq!(
            print(Surface::Crm, &error),
            json!({ "success": false, "message": "Invalid API key", "errors": {} })
        );
        assert_eq!(
            print(Surface::Energy, &error),
            json!({ "statusCode": 401, "message": "Invalid API key", "errors": {} })
        );
        assert_eq!(
            print(Surface::Backoffice, &error),
            json!({ "success": false, "message": "Invalid API key or unauthorized access" })
        );
        assert_eq!(print(Surface::Commissions, &error)["error"], "Unauthorized: Invalid token");
    }

    #[test]
    fn commissions_says_what_its_document_says() {
        let said =
            |error: ApiError| print(Surface::Commissions, &error)["error"].as_str().unwrap().to_owned();
        let expired = "Unauthorized: Token has expired";
        assert_eq!(said(ApiError::unauthorized(expired)), expired);
        let foreign = "Forbidden: No access to this tenant";
        assert_eq!(said(ApiError::forbidden(foreign)), foreign);
        assert_eq!(said(ApiError::forbidden("no more")), "Forbidden: no more");
        assert_eq!(said(ApiError::not_found("team")), "Resource not found");
        assert_eq!(said(ApiError::of_status(http::StatusCode::NOT_FOUND)), "Resource not found");
        assert_eq!(said(ApiError::internal("x")), "Internal server error");
        let wrong = ApiError::invalid("team_type", "must be one of: Office, Region, Division");
        assert_eq!(said(wrong), "team_type must be one of: Office, Region, Division");
    }
}
