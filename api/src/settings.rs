//! Settings: from the environment, over `sunledger.toml`, over defaults. [`TABLE`] is the one place that knows them all:
//! their names, meanings and defaults, how each is read, and what `sunledger help` prints.

mod parse;
mod table;

pub use table::{Setting, TABLE};

use crate::auth::{Google, GoogleError, KeySource};
use crate::server::Proxies;
use crate::server::limits::Quota;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use sunledger_domain::value::Email;
use sunledger_store::{Backend, StoreSettings};
use sunledger_stream::StreamSettings;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A setting that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a value from being shown.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("***")
    }
}

/// All settings, checked. [`TABLE`] says what each means.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `SUNLEDGER_LISTEN`
    pub listen: SocketAddr,
    /// `SUNLEDGER_PUBLIC_URL`, without a slash at the end; `None`: as each request came
    pub public_url: Option<String>,
    /// `SUNLEDGER_DATA`
    pub data: PathBuf,
    /// `DATABASE_URL`
    pub database_url: Option<Secret>,
    /// `NATS_URL`
    pub nats_url: Option<Secret>,
    /// `SUNLEDGER_NATS_STREAM`
    pub nats_stream: String,
    /// `SUNLEDGER_NATS_PREFIX`
    pub nats_prefix: String,
    /// `SUNLEDGER_NATS_REPLICAS`
    pub nats_replicas: usize,
    /// `SUNLEDGER_NATS_MAX_AGE`; `None`: for ever
    pub nats_max_age: Option<Duration>,
    /// `SUNLEDGER_API_KEY`
    pub api_key: Option<Secret>,
    /// `SUNLEDGER_ADMIN_EMAIL`
    pub admin_email: Option<Email>,
    /// `SUNLEDGER_ADMIN_PASSWORD`
    pub admin_password: Option<Secret>,
    /// `SUNLEDGER_GOOGLE_CLIENT_ID`; empty: no sign-in by Google
    pub google_client_id: Vec<String>,
    /// `SUNLEDGER_GOOGLE_JWKS`
    pub google_jwks: KeySource,
    /// `SUNLEDGER_RATE_LIMIT`
    pub rate_limit: bool,
    /// `SUNLEDGER_RATE_LIMIT_BACKOFFICE`; `None`: off, as with those that follow
    pub rate_limit_backoffice: Option<Quota>,
    /// `SUNLEDGER_RATE_LIMIT_INVOICING`
    pub rate_limit_invoicing: Option<Quota>,
    /// `SUNLEDGER_RATE_LIMIT_CRM`
    pub rate_limit_crm: Option<Quota>,
    /// `SUNLEDGER_RATE_LIMIT_ENERGY`
    pub rate_limit_energy: Option<Quota>,
    /// `SUNLEDGER_RATE_LIMIT_COMMISSIONS`
    pub rate_limit_commissions: Option<Quota>,
    /// `SUNLEDGER_RATE_LIMIT_OTHER`
    pub rate_limit_other: Option<Quota>,
    /// `SUNLEDGER_RATE_LIMIT_REFUSED`, per address
    pub rate_limit_refused: Option<Quota>,
    /// `SUNLEDGER_TRUSTED_PROXIES`
    pub trusted_proxies: Proxies,
    /// `SUNLEDGER_WEBHOOK_ALLOW_PRIVATE`
    pub webhook_allow_private: bool,
    /// `SUNLEDGER_WEBHOOK_RETRY_BASE_MS`
    pub webhook_retry_base: Duration,
    /// `SUNLEDGER_WEBHOOK_TIMEOUT_MS`
    pub webhook_timeout: Duration,
    /// `SUNLEDGER_LOG`
    pub log: String,
    /// `SUNLEDGER_LOG_FORMAT`
    pub log_format: LogFormat,
    /// `SUNLEDGER_MAX_CONNECTIONS`
    pub max_connections: usize,
    /// `SUNLEDGER_HEADER_TIMEOUT_MS`
    pub header_timeout: Duration,
    /// `SUNLEDGER_BODY_TIMEOUT_MS`
    pub body_timeout: Duration,
    /// `SUNLEDGER_IDLE_TIMEOUT_MS`
    pub idle_timeout: Duration,
    /// `SUNLEDGER_REQUEST_TIMEOUT_MS`
    pub request_timeout: Duration,
    /// `SUNLEDGER_DRAIN_MS`
    pub drain: Duration,
}

/// What is wrong with the settings, all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct SettingsError(pub Vec<String>);

impl Settings {
    /// Reads the process's environment and its settings file (`SUNLEDGER_CONFIG`, else `./sunledger.toml` where there
    /// is one).
    ///
    /// # Errors
    /// Every wrong or unknown setting.
    pub fn load() -> Result<Self, SettingsError> {
        let one = |error: String| SettingsError(vec![error]);
        let named = std::env::var_os("SUNLEDGER_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let path = named.clone().unwrap_or_else(|| Path::new("sunledger.toml").to_owned());
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => String::new(),
            Err(error) => return Err(one(format!("{}: {error}", path.display()))),
        };
        let env = TABLE
            .iter()
            .filter_map(|setting| Some((setting.name, std::env::var_os(setting.name)?)))
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                Err(_) => Err(format!("{name}: is not valid UTF-8")),
            })
            .collect::<Result<BTreeMap<_, _>, _>>()
            .map_err(one)?;
        Self::read(&env, &file, &path)
    }

    /// Variables that look like settings and are none: most likely misspelt ones.
    pub fn unknown_variables() -> Vec<String> {
        let known =
            |name: &str| name == "SUNLEDGER_CONFIG" || TABLE.iter().any(|setting| setting.name == name);
        let mut unknown: Vec<_> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with("SUNLEDGER_") && !known(name))
            .collect();
        unknown.sort_unstable();
        unknown
    }

    /// Settings from given texts: `env` by name, `file` as TOML.
    pub(crate) fn read(env: &BTreeMap<&str, String>, file: &str, path: &Path) -> Result<Self, SettingsError> {
        let mut errors = Vec::new();
        let in_file = parse::file(file, path, &mut errors);
        let mut settings = table::unset();
        for setting in TABLE {
            // An empty variable is one that is not set: shells and compose files write it so.
            let given = env.get(setting.name).filter(|value| !value.is_empty());
            let (value, from) = match (given, in_file.get(setting.key)) {
                (Some(value), _) => (value.as_str(), setting.name.to_owned()),
                (None, Some(value)) => (value.as_str(), format!("{}: {}", path.display(), setting.key)),
                (None, None) => (setting.default, setting.name.to_owned()),
            };
            if let Err(complaint) = (setting.set)(&mut settings, value) {
                errors.push(format!("{from}: {complaint}"));
            }
        }
        if errors.is_empty() { Ok(settings) } else { Err(SettingsError(errors)) }
    }

    /// Where the log and the read models live.
    pub fn store(&self) -> StoreSettings {
        StoreSettings::new(match &self.database_url {
            Some(url) => Backend::Postgres { url: url.reveal().to_owned() },
            None => Backend::Sqlite { folder: self.data.clone() },
        })
    }

    /// Sign-in by Google, where it is asked for.
    ///
    /// # Errors
    /// Where the HTTP client that reads Google's keys cannot be set up.
    pub fn google(&self) -> Result<Option<Google>, GoogleError> {
        if self.google_client_id.is_empty() {
            return Ok(None);
        }
        Google::new(self.google_client_id.clone(), self.google_jwks.clone()).map(Some)
    }

    /// The copy of the log in NATS, where one is asked for.
    pub fn stream(&self) -> Option<StreamSettings> {
        let addresses = self.nats_url.as_ref()?.reveal().parse().ok()?;
        Some(StreamSettings {
            addresses,
            stream: self.nats_stream.clone(),
            prefix: self.nats_prefix.clone(),
            replicas: self.nats_replicas,
            max_age: self.nats_max_age,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(env: &[(&'static str, &str)], file: &str) -> Result<Settings, Vec<String>> {
        let env = env.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Settings::read(&env, file, Path::new("sunledger.toml")).map_err(|error| error.0)
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let settings = read(&[], "").unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.data, Path::new("./data"));
        assert!(settings.rate_limit && !settings.webhook_allow_private);
        let quota = |requests, seconds| Some(Quota { requests, per: Duration::from_secs(seconds) });
        assert_eq!(settings.rate_limit_invoicing, quota(120, 60));
        assert_eq!(settings.rate_limit_backoffice, quota(1_000, 3_600));
        assert_eq!((settings.rate_limit_crm, settings.rate_limit_refused), (None, quota(1_000, 60)));
        assert_eq!(settings.webhook_retry_base, Duration::from_secs(5));
        assert_eq!((settings.max_connections, settings.drain), (10_000, Duration::from_secs(10)));
        assert!(matches!(settings.store().backend, Backend::Sqlite { .. }));
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let file = "listen = \"0.0.0.0:1\"\nmax_connections = 5\nrate_limit = false\n";
        let settings = read(&[("SUNLEDGER_LISTEN", "[::1]:2"), ("SUNLEDGER_DATA", "")], file).unwrap();
        assert_eq!(settings.listen.to_string(), "[::1]:2");
        assert_eq!((settings.max_connections, settings.rate_limit), (5, false));
        assert_eq!(settings.data, Path::new("./data"), "an empty variable is one that is not set");
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let errors = read(
            &[
                ("SUNLEDGER_LISTEN", "localhost"),
                ("SUNLEDGER_API_KEY", "two words"),
                ("DATABASE_URL", "mysql://x"),
                ("SUNLEDGER_DRAIN_MS", "-1"),
                ("SUNLEDGER_LOG", "info,,what=loud"),
            ],
            "max_connections = 0\nunknown_thing = 1\nlog_format = \"xml\"",
        )
        .unwrap_err();
        insta::assert_snapshot!(errors.join("\n"), @r#"
        sunledger.toml: there is no setting unknown_thing
        SUNLEDGER_LISTEN: must be an address and a port, like 127.0.0.1:8080
        DATABASE_URL: must start with postgres:// or postgresql://
        SUNLEDGER_API_KEY: must be 8 to 256 visible ASCII characters without spaces
        SUNLEDGER_LOG: must be levels by module, like info or info,sunledger_store=debug
        sunledger.toml: log_format: must be text or json
        sunledger.toml: max_connections: must be a whole number from 1 to 1000000
        SUNLEDGER_DRAIN_MS: must be a whole number from 0 to 86400000
        "#);
    }

    #[test]
    fn a_limit_has_a_period_or_is_off() {
        let limit = |text: &str| {
            read(&[("SUNLEDGER_RATE_LIMIT_BACKOFFICE", text)], "")
                .map(|settings| settings.rate_limit_backoffice)
        };
        let quota = |requests, seconds| Ok(Some(Quota { requests, per: Duration::from_secs(seconds) }));
        for (text, expected) in [
            ("5", quota(5, 3_600)),
            ("5/second", quota(5, 1)),
            ("7 / minute", quota(7, 60)),
            ("5/hour", quota(5, 3_600)),
            ("1000000/day", quota(1_000_000, 86_400)),
            ("off", Ok(None)),
            ("OFF", Ok(None)),
        ] {
            assert_eq!(limit(text), expected, "{text}");
        }
        for wrong in ["0", "-1", "1000001", "5/week", "5/", "many", "1.5", "on"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn links_begin_with_a_host_and_end_without_a_slash() {
        let url =
            |text: &str| read(&[("SUNLEDGER_PUBLIC_URL", text)], "").map(|settings| settings.public_url);
        assert_eq!(url(""), Ok(None));
        assert_eq!(url("https://ledger.example.com/"), Ok(Some("https://ledger.example.com".to_owned())));
        assert_eq!(url("http://[::1]:8080/solar"), Ok(Some("http://[::1]:8080/solar".to_owned())));
        for wrong in ["ledger.example.com", "ftp://x", "https://", "https://x?y", "https://a b", "https:///x"]
        {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_stream_is_there_where_nats_is() {
        assert!(read(&[], "").unwrap().stream().is_none());
        let given = [("NATS_URL", "nats://u:hunter2@a,tls://b"), ("SUNLEDGER_NATS_MAX_AGE", "7")];
        let stream = read(&given, "nats_replicas = 3").unwrap().stream().unwrap();
        assert_eq!((&*stream.stream, &*stream.prefix, stream.replicas), ("sunledger", "events", 3));
        assert_eq!(stream.max_age, Some(Duration::from_secs(7 * 86_400)));
        assert!(!format!("{stream:?}").contains("hunter2"));
        let wrong = [("NATS_URL", "nats://u:hunter2@a,b"), ("SUNLEDGER_NATS_STREAM", "a.b")];
        let errors = read(&wrong, "nats_prefix = \"a.>\"\nnats_replicas = 6").unwrap_err();
        assert_eq!(errors.len(), 4, "{errors:?}");
        assert!(!errors.join(" ").contains("hunter2"));
    }

    #[test]
    fn google_is_there_where_a_client_is() {
        let settings = read(&[], "").unwrap();
        assert!(settings.google().unwrap().is_none());
        let jwks = "https://www.googleapis.com/oauth2/v3/certs";
        assert_eq!(settings.google_jwks, KeySource::Address(jwks.to_owned()));
        let given =
            [("SUNLEDGER_GOOGLE_CLIENT_ID", "a.example, b.example,"), ("SUNLEDGER_GOOGLE_JWKS", "keys.json")];
        let settings = read(&given, "").unwrap();
        assert_eq!(settings.google_client_id, ["a.example", "b.example"]);
        assert_eq!(settings.google_jwks, KeySource::File(PathBuf::from("keys.json")));
    }

    #[test]
    fn the_first_user_is_one_that_can_be() {
        let wrong = [("SUNLEDGER_ADMIN_EMAIL", "nobody"), ("SUNLEDGER_ADMIN_PASSWORD", "hunter2")];
        insta::assert_snapshot!(read(&wrong, "").unwrap_err().join("\n"), @r"
        SUNLEDGER_ADMIN_EMAIL: must be an e-mail address
        SUNLEDGER_ADMIN_PASSWORD: must have at least 8 characters
        ");
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused() {
        assert!(read(&[], "listen = ").unwrap_err()[0].starts_with("sunledger.toml: "));
        assert!(read(&[], "[server]\nlisten = \"x\"").unwrap_err()[0].contains("server"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = read(
            &[
                ("SUNLEDGER_API_KEY", "a-very-secret-key-1"),
                ("DATABASE_URL", "postgres://u:hunter2@h/d"),
                ("NATS_URL", "nats://u:hunter2@h"),
                ("SUNLEDGER_ADMIN_PASSWORD", "hunter2hunter2"),
            ],
            "",
        )
        .unwrap();
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("secret"), "{shown}");
        let errors = read(&[("DATABASE_URL", "http://u:hunter2@h/d"), ("SUNLEDGER_API_KEY", "hunter2")], "");
        assert!(!errors.unwrap_err().join(" ").contains("hunter2"));
    }

    #[test]
    fn the_table_is_in_order() {
        let mut keys: Vec<_> = TABLE.iter().map(|setting| setting.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), TABLE.len(), "each key once");
        for setting in TABLE {
            assert!(setting.meaning.ends_with('.'), "{}", setting.name);
            let plain = setting.name.strip_prefix("SUNLEDGER_").unwrap_or(setting.name).to_lowercase();
            assert_eq!(plain, setting.key);
        }
    }
}
