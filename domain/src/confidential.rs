//! What the log keeps for the program alone, and no history, feed or state shows to anybody.

use serde_json::Value;

/// Keys whose values are confidential, wherever in an event or a state they stand: what signs deliveries, and what an API
/// key, a token or a password is compared with.
pub const CONFIDENTIAL_KEYS: [&str; 4] = ["hash", "password_hash", "previous_secret", "secret"];

/// What is shown instead.
pub const REDACTED: &str = "[redacted]";

/// Replaces every confidential value in the JSON of an event or a state.
pub fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if !CONFIDENTIAL_KEYS.contains(&key.as_str()) {
                    redact(value);
                } else if !value.is_null() {
                    *value = Value::from(REDACTED);
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(redact),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_found_at_any_depth_and_nothing_else_is_touched() {
        let mut state = json!({
            "secret": "whsec_a",
            "previous_secret": { "secret": "whsec_b", "until": "2026-03-03T12:00:00Z" },
            "keys": [{ "hash": "ab", "last4": "x9Yz" }],
            "hash": null,
            "name": "secret",
        });
        redact(&mut state);
        let shown = json!({
            "secret": REDACTED,
            "previous_secret": REDACTED,
            "keys": [{ "hash": REDACTED, "last4": "x9Yz" }],
            "hash": null,
            "name": "secret",
        });
        assert_eq!(state, shown);
    }
}
