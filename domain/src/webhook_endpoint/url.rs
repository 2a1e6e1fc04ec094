//! Where webhooks are sent. Whether the host may be dialled (private addresses may not) is decided where it is.

use serde::{Deserialize, Serialize};
use std::fmt;

const INVALID: &str =
    "must be an absolute http or https URL of at most 2048 characters, without user name and fragment";

/// An absolute http or https URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// Longest URL, in bytes.
    pub const MAX: usize = 2_048;

    /// Takes a URL: absolute, http or https, no user name, no fragment.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        // The parser forgives (it drops line ends, turns a backslash into a slash, takes `https:///host`), and what
        // it then dials is not what people read in the log.
        if text.len() > Self::MAX || text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return Err(INVALID);
        }
        let has_host = ["http://", "https://"].iter().any(|scheme| {
            let (start, rest) = text.split_at_checked(scheme.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(scheme) && !rest.starts_with('/')
        });
        let url = url::Url::parse(text).map_err(|_| INVALID)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if has_host && plain { Ok(Self(text.to_owned())) } else { Err(INVALID) }
    }

    /// The URL as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
