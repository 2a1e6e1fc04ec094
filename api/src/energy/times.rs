//! Times as this surface prints them: one form without a zone, which is the tenant's, and one in UTC with its offset. And
//! days as it reads them.

use crate::http;
use jiff::Timestamp;
use sunledger_domain::value::{CalendarDate, TimeZoneName};

const NOT_A_DAY: &str = "must be a date, YYYY-MM-DD or DD/MM/YYYY, from 1900 to 2199";

/// What the clock on the tenant's wall showed, in whole seconds: `2022-05-27T15:49:22`.
pub(crate) fn local(at: Timestamp, zone: &TimeZoneName) -> String {
    zone.civil(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// An instant in UTC, in milliseconds: `2022-05-27T21:49:23.000+00:00`.
pub(crate) fn utc(at: Timestamp) -> String {
    http::timestamp(at).replace('Z', "+00:00")
}

/// A day as people write it to a machine, or as the billing report prints it.
///
/// # Errors
/// A field message.
pub(super) fn day(text: &str, zone: &TimeZoneName) -> Result<CalendarDate, &'static str> {
    let parts: Vec<&str> = text.trim().split('/').collect();
    match parts.as_slice() {
        [day, month, year] => CalendarDate::parse(&format!("{year}-{month}-{day}")),
        _ => CalendarDate::parse_in(text, zone),
    }
    .map_err(|_| NOT_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_both_forms() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        for right in
            ["2024-03-06", "06/03/2024", " 06/03/2024 ", "2024-03-06T02:00:00", "2024-03-07T02:00:00Z"]
        {
            assert_eq!(day(right, &zone).unwrap().to_string(), "2024-03-06", "{right}");
        }
        for wrong in
            ["", "6/3/2024", "2024/03/06", "03/2024", "30/02/2024", "06/03/24", "06-03-2024", "06/03/2024/1"]
        {
            assert_eq!(day(wrong, &zone), Err(NOT_A_DAY), "{wrong}");
        }
    }

    #[test]
    fn an_instant_reads_as_in_the_document() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        let at: Timestamp = "2022-05-27T18:49:22.987Z".parse().unwrap();
        assert_eq!(local(at, &zone), "2022-05-27T15:49:22");
        assert_eq!(utc(at), "2022-05-27T18:49:22.987+00:00");
        assert_eq!(utc("2022-05-27T21:49:23Z".parse().unwrap()), "2022-05-27T21:49:23.000+00:00");
    }
}
