//! Requests and replies.

use crate::server::Server;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;

/// Longest wait for one answer.
const LIMIT: Duration = Duration::from_secs(60);

/// A caller of one server with one key.
#[derive(Debug, Clone)]
pub struct Api {
    server: Server,
    key: Option<String>,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Api {
    /// Calls `server` with `key`.
    #[must_use]
    pub fn new(server: &Server, key: Option<&str>) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { server: server.clone(), key: key.map(Into::into), http }
    }

    /// The same caller with another key.
    #[must_use]
    pub fn with_key(&self, key: Option<&str>) -> Self {
        Self { key: key.map(Into::into), ..self.clone() }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path).send().await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path).json(&body).send().await
    }

    /// `POST path` without a body.
    pub async fn act(&self, path: &str) -> Reply {
        self.call("POST", path).send().await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.call("PUT", path).json(&body).send().await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call("PATCH", path).json(&body).send().await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path).send().await
    }

    /// Any request, to be completed.
    ///
    /// # Panics
    /// When `method` is none.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            let value = HeaderValue::from_str(&format!("Bearer {key}")).expect("a key of visible characters");
            headers.insert(http::header::AUTHORIZATION, value);
        }
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Call { api: self.clone(), method, path: path.into(), headers, body: Bytes::new() }
    }
}

/// A request that is being put together.
#[derive(Debug, Clone)]
pub struct Call {
    api: Api,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// With one more header, which replaces an earlier one of that name.
    ///
    /// # Panics
    /// When no header can look like this.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers.insert(name, HeaderValue::from_bytes(value.as_ref()).expect("a header value"));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// With any body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it.
    ///
    /// # Panics
    /// When no answer comes: with what the server printed.
    pub async fn send(self) -> Reply {
        let api = self.api.clone();
        let what = format!("{} {}", self.method, self.path);
        match self.attempt().await {
            Ok(reply) => reply,
            Err(problem) => panic!("{what}: {problem}\n{}", api.server.printed()),
        }
    }

    /// Sends it to a server that may be gone.
    ///
    /// # Errors
    /// What kept the answer from coming.
    ///
    /// # Panics
    /// When the path cannot be put into a URL.
    pub async fn attempt(self) -> Result<Reply, String> {
        let what = format!("{} {}", self.method, self.path);
        let exchange = async {
            let (head, body) = self.open().await?.into_parts();
            let body = body.collect().await.map_err(|problem| format!("{problem:?}"))?.to_bytes();
            Ok(Reply { what, status: head.status, headers: head.headers, body })
        };
        tokio::time::timeout(LIMIT, exchange).await.map_err(|_| format!("no answer in {LIMIT:?}"))?
    }

    /// Sends it, and leaves the answer's body to be read as it comes.
    ///
    /// # Errors
    /// What kept the answer from coming.
    ///
    /// # Panics
    /// When the path cannot be put into a URL.
    pub async fn open(self) -> Result<Response<Incoming>, String> {
        let address = self.api.server.listening().ok_or("the server does not run")?;
        let uri = format!("http://{address}{}", self.path);
        let mut request = Request::builder().method(self.method).uri(&uri).body(Full::new(self.body));
        if let Ok(request) = &mut request {
            *request.headers_mut() = self.headers;
        }
        let request = request.unwrap_or_else(|problem| panic!("{uri:?}: {problem}"));
        self.api.http.request(request).await.map_err(|problem| format!("{problem:?}"))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The request's line, for messages.
    pub what: String,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Reply {
    /// The answer, which must have this status.
    ///
    /// # Panics
    /// When it has another one: with the body.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.what, self.text());
        self
    }

    /// The body as JSON of an answer that must have this status.
    #[track_caller]
    #[must_use]
    pub fn json(self, status: u16) -> Value {
        self.expect(status).value()
    }

    /// The body's `data`, likewise.
    #[track_caller]
    #[must_use]
    pub fn data(self, status: u16) -> Value {
        self.json(status)["data"].take()
    }

    /// The body as JSON, whatever the status.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|problem| panic!("{}: no JSON ({problem}): {}", self.what, self.text()))
    }

    /// The `error` text of an answer that must have this status: the form of most surfaces.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    #[must_use]
    pub fn error(self, status: u16) -> String {
        let body = self.json(status);
        body["error"].as_str().unwrap_or_else(|| panic!("no `error` text in {body}")).to_owned()
    }

    /// The body as text, as far as it is any.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, where it is there.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A header that must be there.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let found = self.find(name).map(str::to_owned);
        found.unwrap_or_else(|| panic!("{}: no {name} among {:?}", self.what, self.headers))
    }
}
