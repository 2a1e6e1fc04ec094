//! Every setting there is.

use super::parse::{self, Parsed};
use super::{LogFormat, Settings};
use crate::auth::KeySource;
use crate::server::Proxies;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// One setting.
pub struct Setting {
    /// Its environment variable.
    pub name: &'static str,
    /// Its key in `sunledger.toml`.
    pub key: &'static str,
    /// What it is where nobody says; empty: not set.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Checks a text and puts it in its place.
    pub(super) set: fn(&mut Settings, &str) -> Parsed<()>,
}

macro_rules! settings {
    ($($name:literal $key:literal = $default:literal, $meaning:literal, $field:ident <- $read:expr;)*) => {
        /// All settings, in the order in which they are explained.
        pub const TABLE: &[Setting] = &[$(Setting {
            name: $name,
            key: $key,
            default: $default,
            meaning: $meaning,
            set: |settings, text| {
                let read: fn(&str) -> Parsed<_> = $read;
                settings.$field = read(text)?;
                Ok(())
            },
        },)*];
    };
}

/// A day, in milliseconds: no timeout is meant to be longer.
const DAY: u64 = 86_400_000;

settings! {
    "SUNLEDGER_LISTEN" "listen" = "127.0.0.1:8080",
        "Address and port to listen on; port 0 takes a free one.",
        listen <- |text| text.parse().map_err(|_| "must be an address and a port, like 127.0.0.1:8080".to_owned());
    "SUNLEDGER_PUBLIC_URL" "public_url" = "",
        "What links to this server begin with, like https://ledger.example.com; unset: how each request reached it.",
        public_url <- parse::public_url;
    "SUNLEDGER_DATA" "data" = "./data",
        "Folder of the embedded database; not used with DATABASE_URL.",
        data <- |text| Ok(PathBuf::from(text));
    "DATABASE_URL" "database_url" = "",
        "A Postgres server instead of the embedded database, like postgres://user:password@host/database.",
        database_url <- |text| parse::url(text, &["postgres://", "postgresql://"]);
    "NATS_URL" "nats_url" = "",
        "A NATS server with JetStream that gets a copy of every event, like nats://user:password@host:4222; several with commas.",
        nats_url <- parse::nats_url;
    "SUNLEDGER_NATS_STREAM" "nats_stream" = "sunledger",
        "Name of the stream in NATS; it is made where there is none.",
        nats_stream <- |text| parse::checked(text, sunledger_stream::check_stream);
    "SUNLEDGER_NATS_PREFIX" "nats_prefix" = "events",
        "What the subjects in NATS begin with: <prefix>.<tenant>.<kind>.<event>.",
        nats_prefix <- |text| parse::checked(text, sunledger_stream::check_prefix);
    "SUNLEDGER_NATS_REPLICAS" "nats_replicas" = "1",
        "Copies of the stream that a NATS cluster keeps, 1 to 5; more than asked for are never taken away.",
        nats_replicas <- |text| parse::whole(text, 1, 5).map(|value| value as usize);
    "SUNLEDGER_NATS_MAX_AGE" "nats_max_age" = "0",
        "Days that the stream keeps an event; 0: for ever, as the log does, so that who subscribes later can read all.",
        nats_max_age <- parse::days;
    "SUNLEDGER_API_KEY" "api_key" = "",
        "API key of tenant default on the first start, at least 8 characters, better 32; else one is made and printed.",
        api_key <- |text| parse::secret(text, 8);
    "SUNLEDGER_ADMIN_EMAIL" "admin_email" = "",
        "E-mail address of the first user, an administrator of tenant default, made on the first start.",
        admin_email <- parse::email;
    "SUNLEDGER_ADMIN_PASSWORD" "admin_password" = "",
        "Password of that user, 8 to 256 characters.",
        admin_password <- parse::password;
    "SUNLEDGER_GOOGLE_CLIENT_ID" "google_client_id" = "",
        "Client id whose Google ID tokens let users sign in; several with commas; unset: nobody signs in by Google.",
        google_client_id <- parse::list;
    "SUNLEDGER_GOOGLE_JWKS" "google_jwks" = "https://www.googleapis.com/oauth2/v3/certs",
        "Google's public keys: an https address, or a file in JWKS form.",
        google_jwks <- |text| Ok(parse::key_source(text));
    "SUNLEDGER_RATE_LIMIT" "rate_limit" = "on",
        "Limit requests (on or off); each limit below is a number, like 120, perhaps with its period, like 10/second, 120/minute, 1000/hour or 5000/day, or off.",
        rate_limit <- parse::switch;
    "SUNLEDGER_RATE_LIMIT_BACKOFFICE" "rate_limit_backoffice" = "1000",
        "Requests an hour of one key on the back office surface.",
        rate_limit_backoffice <- |text| parse::quota(text, parse::HOUR);
    "SUNLEDGER_RATE_LIMIT_INVOICING" "rate_limit_invoicing" = "120",
        "Requests a minute of one key on the invoicing surface.",
        rate_limit_invoicing <- |text| parse::quota(text, parse::MINUTE);
    "SUNLEDGER_RATE_LIMIT_CRM" "rate_limit_crm" = "off",
        "Requests a minute of one key on the CRM surface.",
        rate_limit_crm <- |text| parse::quota(text, parse::MINUTE);
    "SUNLEDGER_RATE_LIMIT_ENERGY" "rate_limit_energy" = "off",
        "Requests a minute of one key on the energy surface.",
        rate_limit_energy <- |text| parse::quota(text, parse::MINUTE);
    "SUNLEDGER_RATE_LIMIT_COMMISSIONS" "rate_limit_commissions" = "off",
        "Requests a minute of one key, or one person, on the commissions surface.",
        rate_limit_commissions <- |text| parse::quota(text, parse::MINUTE);
    "SUNLEDGER_RATE_LIMIT_OTHER" "rate_limit_other" = "off",
        "Requests a minute of one key on what crosses the surfaces: /audit, /feed, /webhooks, /tenant and /keys.",
        rate_limit_other <- |text| parse::quota(text, parse::MINUTE);
    "SUNLEDGER_RATE_LIMIT_REFUSED" "rate_limit_refused" = "1000",
        "Refused credentials (401) a minute of one address; over it, the address is refused before its keys are looked at.",
        rate_limit_refused <- |text| parse::quota(text, parse::MINUTE);
    "SUNLEDGER_TRUSTED_PROXIES" "trusted_proxies" = "",
        "Addresses or networks of proxies whose X-Forwarded-For is believed, with commas, like 10.0.0.7,192.168.0.0/16.",
        trusted_proxies <- Proxies::parse;
    "SUNLEDGER_WEBHOOK_ALLOW_PRIVATE" "webhook_allow_private" = "off",
        "Deliver webhooks to private and loopback addresses too (on or off).",
        webhook_allow_private <- parse::switch;
    "SUNLEDGER_WEBHOOK_RETRY_BASE_MS" "webhook_retry_base_ms" = "5000",
        "Pause before the second attempt of a delivery; the later pauses grow with it.",
        webhook_retry_base <- |text| parse::millis(text, 1, DAY);
    "SUNLEDGER_WEBHOOK_TIMEOUT_MS" "webhook_timeout_ms" = "15000",
        "Longest that one attempt of a delivery may take.",
        webhook_timeout <- |text| parse::millis(text, 10, DAY);
    "SUNLEDGER_LOG" "log" = "info",
        "What is logged, by level and module, like info or warn,sunledger_store=debug.",
        log <- parse::log_filter;
    "SUNLEDGER_LOG_FORMAT" "log_format" = "text",
        "How it is logged, to stderr: text or json.",
        log_format <- parse::log_format;
    "SUNLEDGER_MAX_CONNECTIONS" "max_connections" = "10000",
        "Connections served at a time; more wait, and connections between two requests are closed for them.",
        max_connections <- |text| parse::whole(text, 1, 1_000_000).map(|value| value as usize);
    "SUNLEDGER_HEADER_TIMEOUT_MS" "header_timeout_ms" = "10000",
        "Longest that a request's head may take to arrive.",
        header_timeout <- |text| parse::millis(text, 10, DAY);
    "SUNLEDGER_BODY_TIMEOUT_MS" "body_timeout_ms" = "20000",
        "Longest that a request's body may take to arrive.",
        body_timeout <- |text| parse::millis(text, 10, DAY);
    "SUNLEDGER_IDLE_TIMEOUT_MS" "idle_timeout_ms" = "75000",
        "How long a connection may wait between requests, or stand still while an answer is sent.",
        idle_timeout <- |text| parse::millis(text, 10, DAY);
    "SUNLEDGER_REQUEST_TIMEOUT_MS" "request_timeout_ms" = "30000",
        "Longest that a request may take to be answered (not the feed).",
        request_timeout <- |text| parse::millis(text, 10, DAY);
    "SUNLEDGER_DRAIN_MS" "drain_ms" = "10000",
        "Longest that a stopping server waits for the requests in hand.",
        drain <- |text| parse::millis(text, 0, DAY);
}

/// Where [`TABLE`] is read into; every field is then set, from its default at least.
pub(super) fn unset() -> Settings {
    Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        public_url: None,
        data: PathBuf::new(),
        database_url: None,
        nats_url: None,
        nats_stream: String::new(),
        nats_prefix: String::new(),
        nats_replicas: 0,
        nats_max_age: None,
        api_key: None,
        admin_email: None,
        admin_password: None,
        google_client_id: Vec::new(),
        google_jwks: KeySource::File(PathBuf::new()),
        rate_limit: true,
        rate_limit_backoffice: None,
        rate_limit_invoicing: None,
        rate_limit_crm: None,
        rate_limit_energy: None,
        rate_limit_commissions: None,
        rate_limit_other: None,
        rate_limit_refused: None,
        trusted_proxies: Proxies::default(),
        webhook_allow_private: false,
        webhook_retry_base: Duration::ZERO,
        webhook_timeout: Duration::ZERO,
        log: String::new(),
        log_format: LogFormat::Text,
        max_connections: 0,
        header_timeout: Duration::ZERO,
        body_timeout: Duration::ZERO,
        idle_timeout: Duration::ZERO,
        request_timeout: Duration::ZERO,
        drain: Duration::ZERO,
    }
}
