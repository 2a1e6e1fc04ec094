//! The routes of the running program, as its own `/openapi.json` names them.

use serde_json::Value;
use sunledger_tests::Api;

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// In capitals.
    pub(crate) method: String,
    /// With its parameters in braces.
    pub(crate) path: String,
    /// As documented.
    pub(crate) operation: Value,
}

impl Route {
    /// The names of the path's parameters, in order.
    pub(crate) fn parameters(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// The path with each parameter replaced by what `fill` says.
    pub(crate) fn filled(&self, mut fill: impl FnMut(&str) -> String) -> String {
        let part = |part: &str| part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map(&mut fill);
        let mut part = part;
        self.path
            .split('/')
            .map(|text| part(text).unwrap_or_else(|| text.to_owned()))
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Whether it needs a key.
    pub(crate) fn is_guarded(&self) -> bool {
        let open = [
            "/health/",
            "/metrics",
            "/openapi.json",
            "/docs",
            "/energy/files/",
            "/api/v1/health",
            "/api/v1/auth/api-token",
        ];
        self.path != "/" && !open.iter().any(|prefix| self.path.starts_with(prefix))
    }
}

/// The document.
pub(crate) async fn document(api: &Api) -> Value {
    api.with_key(None).get("/openapi.json").await.json(200)
}

/// Every operation of it.
pub(crate) fn all(document: &Value) -> Vec<Route> {
    let methods = ["get", "put", "post", "delete", "patch", "head", "options"];
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in methods {
            if let Some(operation) = item.get(method) {
                let (method, operation) = (method.to_uppercase(), operation.clone());
                routes.push(Route { method, path: path.clone(), operation });
            }
        }
    }
    routes
}
