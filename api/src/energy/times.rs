//! Times as this surface prints them: one form without a zone, which is the tenant's, and one in UTC with its offset.

use crate::http;
use jiff::Timestamp;
use sunledger_domain::value::TimeZoneName;

/// What the clock on the tenant's wall showed, in whole seconds: `2022-05-27T15:49:22`.
pub(crate) fn local(at: Timestamp, zone: &TimeZoneName) -> String {
    zone.civil(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// An instant in UTC, in milliseconds: `2022-05-27T21:49:23.000+00:00`.
pub(crate) fn utc(at: Timestamp) -> String {
    http::timestamp(at).replace('Z', "+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_as_in_the_document() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        let at: Timestamp = "2022-05-27T18:49:22.987Z".parse().unwrap();
        assert_eq!(local(at, &zone), "2022-05-27T15:49:22");
        assert_eq!(utc(at), "2022-05-27T18:49:22.987+00:00");
        assert_eq!(utc("2022-05-27T21:49:23Z".parse().unwrap()), "2022-05-27T21:49:23.000+00:00");
    }
}
