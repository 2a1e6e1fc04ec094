//! How instants read: `2024-01-15T00:00:00.000Z`, milliseconds, always UTC.

use jiff::Timestamp;

/// An instant.
pub fn timestamp(at: Timestamp) -> String {
    // Rounded down, so that a time printed is never later than the time meant.
    let whole = Timestamp::from_millisecond(
        at.as_millisecond().saturating_sub(i64::from(at.subsec_nanosecond() < 0)),
    )
    .unwrap_or(at);
    format!("{whole:.3}")
}

/// An instant of the log, in microseconds since the Unix epoch.
pub fn timestamp_micros(at: i64) -> String {
    timestamp(Timestamp::from_microsecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_and_z() {
        assert_eq!(timestamp("2024-01-15T00:00:00Z".parse().unwrap()), "2024-01-15T00:00:00.000Z");
        assert_eq!(timestamp("2024-01-15T10:00:00.9999-03:00".parse().unwrap()), "2024-01-15T13:00:00.999Z");
        assert_eq!(timestamp_micros(1_705_276_800_001_999), "2024-01-15T00:00:00.001Z");
        assert_eq!(timestamp_micros(i64::MAX), timestamp(Timestamp::MAX));
    }
}
