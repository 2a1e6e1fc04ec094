//! The fixture of most tests: a tenant of its own, with a key for everything.

use crate::client::Api;
use crate::server::Server;
use std::ops::Deref;
use uuid::Uuid;

/// The scopes of [`Tenant`]'s own key: all of the surfaces.
pub const ALL: [&str; 16] = [
    "crm:read",
    "crm:write",
    "energy:read",
    "energy:write",
    "backoffice:read",
    "backoffice:write",
    "invoicing:read",
    "invoicing:write",
    "commissions:read",
    "commissions:write",
    "audit:read",
    "audit:write",
    "webhooks:read",
    "webhooks:write",
    "admin:read",
    "admin:write",
];

/// A tenant, called with its key.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// As it is named at the command line.
    pub name: String,
    api: Api,
}

impl Tenant {
    /// A new one on `server`.
    #[must_use]
    pub fn on(server: &Server) -> Self {
        let name = format!("t{}", Uuid::new_v4().simple());
        let _ = server.cli_ok(&["tenants", "create", &name]);
        let key = new_key(server, &name, &ALL);
        Self { name, api: Api::new(server, Some(&key)) }
    }

    /// A caller with a new key of some scopes.
    #[must_use]
    pub fn with_scopes(&self, scopes: &[&str]) -> Api {
        self.api.with_key(Some(&new_key(self.api.server(), &self.name, scopes)))
    }
}

impl Deref for Tenant {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

/// Makes a key at the command line, which prints it alone on stdout.
///
/// # Panics
/// When it prints anything else there.
#[must_use]
pub fn new_key(server: &Server, tenant: &str, scopes: &[&str]) -> String {
    let mut arguments = vec!["keys", "create", "--tenant", tenant];
    for scope in scopes {
        arguments.extend(["--scope", scope]);
    }
    let printed = server.cli_ok(&arguments);
    let key = printed.strip_suffix('\n').unwrap_or(&printed);
    assert!(
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()),
        "the key alone, not {printed:?}"
    );
    key.to_owned()
}
