//! The back office surface, `/api/v2`: so far how its resources are printed, which is what webhooks carry.

pub mod customer_view;
pub mod envelope;
pub mod invoice_view;
pub mod transaction_view;

use jiff::Timestamp;

/// An instant as this surface prints it: whole seconds, `2024-01-15T10:00:00Z`.
pub fn time(at: Timestamp) -> String {
    // Rounded down, so that a time printed is never later than the time meant.
    let seconds = at.as_second() - i64::from(at.subsec_nanosecond() < 0);
    Timestamp::from_second(seconds).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(time("2024-01-15T10:00:00.999Z".parse().unwrap()), "2024-01-15T10:00:00Z");
        assert_eq!(time("1969-12-31T23:59:59.5Z".parse().unwrap()), "1969-12-31T23:59:59Z");
    }
}
