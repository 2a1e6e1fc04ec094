//! How this surface reads fields and parameters that several of its resources have, and what it says where they are wrong.

use crate::fields::number;
use crate::http::{ApiError, MISSING, QueryParams};
use rust_decimal::Decimal;
use serde_json::Value;
use sunledger_domain::FieldErrors;
use sunledger_domain::value::{CalendarDate, Email, TimeZoneName};
use sunledger_projections::Filter;

/// The document's own words.
const NO_EMAIL: &str = "Invalid email format";
const NOT_ABOVE_ZERO: &str = "Amount must be greater than 0";

/// An e-mail address.
///
/// # Errors
/// As the document says it.
pub(super) fn email(value: Value) -> Result<Email, String> {
    let parsed = value.as_str().and_then(|text| Email::parse(text).ok());
    parsed.ok_or_else(|| NO_EMAIL.to_owned())
}

/// An amount of money above 0.
///
/// # Errors
/// As the document says it.
pub(super) fn amount(value: Value) -> Result<Decimal, String> {
    number(|amount| if amount > Decimal::ZERO { Ok(amount) } else { Err(NOT_ABOVE_ZERO) })(value)
}

/// What is said of a field of a record, whose kind tells whether it is an e-mail address.
pub(super) fn field_message(is_email: bool, message: &str) -> &str {
    match message {
        "is required" => MISSING,
        _ if is_email => NO_EMAIL,
        other => other,
    }
}

/// A refusal in the document's words, where the domain has others.
pub(super) fn worded(mut error: ApiError) -> ApiError {
    let Some(fields) = error.fields.take() else { return error };
    let mut worded = FieldErrors::new();
    for (field, message) in fields.iter() {
        let is_amount = field == "amount" || field.ends_with(".amount");
        worded.add(field, if is_amount && message == "must be above 0" { NOT_ABOVE_ZERO } else { message });
    }
    ApiError::fields(worded)
}

/// The parameters `date_from` and `date_to`, both of them inclusive, on a column of days.
///
/// # Errors
/// 400 naming each that is no date.
pub(super) fn between_dates(
    query: &QueryParams,
    column: &'static str,
    zone: &TimeZoneName,
) -> Result<Vec<Filter>, ApiError> {
    let mut wrong = FieldErrors::new();
    let mut day = |name: &str| {
        let text = query.get(name)?;
        wrong.check(name, CalendarDate::parse_in(text, zone)).map(|day| day.to_string())
    };
    let from = day("date_from").map(|day| Filter::AtLeast(column, day));
    let to = day("date_to").map(|day| Filter::AtMost(column, day));
    if wrong.is_empty() { Ok(from.into_iter().chain(to).collect()) } else { Err(ApiError::fields(wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrong_fields_are_told_in_the_words_of_the_document() {
        for wrong in [json!("nobody"), json!("a@b"), json!(7), json!(null)] {
            assert_eq!(email(wrong), Err("Invalid email format".to_owned()));
        }
        assert_eq!(email(json!("jane@example.com")).unwrap().as_str(), "jane@example.com");
        for wrong in [json!(0), json!(-1500.00), json!(0.00)] {
            assert_eq!(amount(wrong), Err("Amount must be greater than 0".to_owned()));
        }
        assert_eq!(amount(json!("1500")), Err("must be a number".to_owned()));
        assert_eq!(amount(json!(1500.00)), Ok(Decimal::from(1500)));
    }

    #[test]
    fn dates_are_inclusive_and_each_wrong_one_is_named() {
        let read = |query: &str| {
            between_dates(&QueryParams::parse(Some(query)).unwrap(), "issue_date", &TimeZoneName::default())
        };
        let filters = read("date_from=2024-01-15&date_to=2024-02-01T02:00:00Z").unwrap();
        assert!(matches!(&filters[0], Filter::AtLeast("issue_date", day) if day == "2024-01-15"));
        assert!(matches!(&filters[1], Filter::AtMost("issue_date", day) if day == "2024-01-31"));
        assert!(read("date_from=&other=1").unwrap().is_empty());
        let wrong = read("date_from=yesterday&date_to=2024-02-30").unwrap_err().fields.unwrap();
        assert_eq!(wrong.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["date_from", "date_to"]);
    }
}
