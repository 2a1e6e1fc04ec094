//! From texts to values. A complaint says what would be right and never repeats a secret.

use super::{LogFormat, Secret, TABLE};
use crate::auth::KeySource;
use crate::server::limits::Quota;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use sunledger_domain::user::check_password;
use sunledger_domain::value::Email;
use tracing_subscriber::filter::Targets;

pub(super) type Parsed<T> = Result<T, String>;

/// The settings file: one table, the settings' keys, and no other.
pub(super) fn file(text: &str, path: &Path, errors: &mut Vec<String>) -> BTreeMap<String, String> {
    let path = path.display();
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            errors.push(format!("{path}: {}", error.to_string().trim_end()));
            return BTreeMap::new();
        }
    };
    let mut found = BTreeMap::new();
    for (key, value) in table {
        if !TABLE.iter().any(|setting| setting.key == key) {
            errors.push(format!("{path}: there is no setting {key}"));
            continue;
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(yes) => yes.to_string(),
            _ => {
                errors.push(format!("{path}: {key}: must be a text, a whole number, true or false"));
                continue;
            }
        };
        found.insert(key, value);
    }
    found
}

pub(super) fn switch(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

pub(super) fn whole(text: &str, min: u64, max: u64) -> Parsed<u64> {
    let value = text.parse().ok().filter(|value| (min..=max).contains(value));
    value.ok_or_else(|| format!("must be a whole number from {min} to {max}"))
}

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// A number of requests, perhaps with its period; `off` is none.
pub(super) fn quota(text: &str, per: Duration) -> Parsed<Option<Quota>> {
    const MOST: u64 = 1_000_000;
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    let (requests, per) = match text.split_once('/') {
        None => (text, Some(per)),
        Some((requests, period)) => {
            let per = match period.trim() {
                "second" => Some(Duration::from_secs(1)),
                "minute" => Some(MINUTE),
                "hour" => Some(HOUR),
                "day" => Some(24 * HOUR),
                _ => None,
            };
            (requests.trim_end(), per)
        }
    };
    match (whole(requests, 1, MOST), per) {
        (Ok(requests), Some(per)) => Ok(Some(Quota { requests: requests as u32, per })),
        _ => Err(format!(
            "must be off, or a whole number from 1 to {MOST}, perhaps with /second, /minute, /hour or /day"
        )),
    }
}

pub(super) fn millis(text: &str, min: u64, max: u64) -> Parsed<Duration> {
    whole(text, min, max).map(Duration::from_millis)
}

pub(super) fn url(text: &str, schemes: &[&str]) -> Parsed<Option<Secret>> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = schemes.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if known {
        Ok(Some(Secret(text.to_owned())))
    } else {
        Err(format!("must start with {}", schemes.join(" or ")))
    }
}

/// What links begin with: scheme, host, perhaps a port and a path, without the slash at the end.
pub(super) fn public_url(text: &str) -> Parsed<Option<String>> {
    let text = text.trim_end_matches('/');
    if text.is_empty() {
        return Ok(None);
    }
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |rest: &str| {
        rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_~:[]/%".contains(&byte))
    };
    match host.filter(|rest| plain(rest)) {
        Some(_) => Ok(Some(text.to_owned())),
        None => {
            Err("must start with https:// or http://, and have a host and perhaps a path behind it"
                .to_owned())
        }
    }
}

/// One or several addresses of NATS.
pub(super) fn nats_url(text: &str) -> Parsed<Option<Secret>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse::<sunledger_stream::Addresses>().map(|_| Some(Secret(text.to_owned())))
}

/// A text that passes a check.
pub(super) fn checked(text: &str, check: fn(&str) -> Parsed<()>) -> Parsed<String> {
    check(text).map(|()| text.to_owned())
}

/// A time in days; 0 is none.
pub(super) fn days(text: &str) -> Parsed<Option<Duration>> {
    const DAY: Duration = Duration::from_secs(86_400);
    let days = whole(text, 0, 36_500)?;
    Ok((days > 0).then(|| DAY * days as u32))
}

/// A secret of at least so many characters, all of them visible ASCII (it travels in a header).
pub(super) fn secret(text: &str, min: usize) -> Parsed<Option<Secret>> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() < min || text.len() > 256 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!("must be {min} to 256 visible ASCII characters without spaces"));
    }
    Ok(Some(Secret(text.to_owned())))
}

/// A password that a user may have.
pub(super) fn password(text: &str) -> Parsed<Option<Secret>> {
    if text.is_empty() {
        return Ok(None);
    }
    check_password(text)?;
    Ok(Some(Secret(text.to_owned())))
}

pub(super) fn email(text: &str) -> Parsed<Option<Email>> {
    if text.is_empty() { Ok(None) } else { Ok(Some(Email::parse(text)?)) }
}

/// Words with commas between them.
pub(super) fn list(text: &str) -> Parsed<Vec<String>> {
    Ok(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

/// An address where it looks like one, else a file.
pub(super) fn key_source(text: &str) -> KeySource {
    if text.starts_with("https://") || text.starts_with("http://") {
        KeySource::Address(text.to_owned())
    } else {
        KeySource::File(PathBuf::from(text))
    }
}

pub(super) fn log_format(text: &str) -> Parsed<LogFormat> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json".to_owned()),
    }
}

pub(super) fn log_filter(text: &str) -> Parsed<String> {
    let filter = text.parse::<Targets>();
    let wrong = "must be levels by module, like info or info,sunledger_store=debug";
    filter.map(|_| text.to_owned()).map_err(|_| wrong.to_owned())
}
