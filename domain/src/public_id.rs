//! The ids that the things of commissions are shown by: the sequential number padded to six digits (`000001`), or the
//! one that their maker gave them.
//!
//! Both are names in one scope of the log, so that no two things of a kind are ever shown by the same id: a number
//! whose padded form somebody has taken already is passed over.

use crate::entity::{Claims, Given, Label, Number, SeriesClaim, Text};
use crate::value::text;

/// The scope in which ids are unique (`team:000001`), and the field that an error names.
pub const CUSTOM_ID: &str = "custom_id";

/// Digits at least.
const WIDTH: u8 = 6;
/// Longest id that is given, in characters.
const MAX: usize = 100;
/// What stands at the place of an id in some paths.
const RESERVED: [&str; 2] = ["build", "calculate"];

/// An id as a name of the log: unique among the things of its kind.
pub fn name(kind: &str, id: &str) -> String {
    format!("{kind}:{id}")
}

/// The id that something is shown by.
pub fn shown(number: Number, custom_id: Option<&str>) -> String {
    match custom_id {
        Some(id) => id.to_owned(),
        None => format!("{:0width$}", number.get(), width = usize::from(WIDTH)),
    }
}

/// Checks an id that a maker gives: 1 to 100 characters that need no escaping in a path.
///
/// # Errors
/// A field message.
pub fn check(id: &str) -> Result<String, String> {
    let id = text::required_line(id, MAX)?;
    let plain = |character: char| character.is_alphanumeric() || "-_.~:@".contains(character);
    if !id.chars().all(plain) {
        return Err("must be letters, digits, and - _ . ~ : @ only".to_owned());
    }
    // A path segment of dots alone does not arrive.
    if RESERVED.contains(&id.as_str()) || id.chars().all(|character| character == '.') {
        return Err("is not available".to_owned());
    }
    Ok(id)
}

/// What the event that makes something says of its id: `number` where it has an id of its own, else `code`, the name
/// that the log makes of the number.
pub(crate) fn pending(custom_id: Option<&str>) -> (Number, Option<Text>) {
    match custom_id {
        Some(_) => (Number::PENDING, None),
        None => (Number::default(), Some(Text::pending())),
    }
}

/// Claims the number of something new, and its id.
pub(crate) fn claim(kind: &str, custom_id: Option<&str>, claims: &mut Claims) {
    match custom_id {
        Some(id) => {
            claims.number(kind);
            claims.take(CUSTOM_ID, name(kind, id));
        }
        None => claims.series(SeriesClaim {
            series: format!("number:{kind}"),
            field: Some("code"),
            label: Some(Label { prefix: name(kind, ""), width: WIDTH, scope: CUSTOM_ID }),
            max: None,
            refusal: "",
        }),
    }
}

/// The number in an event: of itself, or in its `code`.
pub(crate) fn number(number: Number, code: Option<&Text>) -> Number {
    match code {
        None => number,
        Some(code) if code.is_pending() => Number::PENDING,
        Some(code) => in_label(code.as_str()),
    }
}

/// Becomes the number that the log gave to `field`. False where it was not pending, or something else was given.
pub(crate) fn fill(number: &mut Number, field: &str, given: Given) -> bool {
    match (field, given) {
        ("number", given) => number.fill(given),
        ("code", Given::Label(label)) => number.fill(Given::Number(in_label(&label).get())),
        _ => false,
    }
}

/// The number in an event's `code`.
pub fn number_in(code: &str) -> i64 {
    in_label(code).get()
}

/// The digits at the end of a label.
fn in_label(label: &str) -> Number {
    let digits = label.len() - label.bytes().rev().take_while(u8::is_ascii_digit).count();
    Number(label.get(digits..).and_then(|digits| digits.parse().ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_has_no_id_of_its_own_is_shown_by_its_number() {
        for (number, id) in [(1, "000001"), (999_999, "999999"), (1_000_000, "1000000")] {
            assert_eq!(shown(Number(number), None), id);
        }
        assert_eq!(shown(Number(7), Some("alpha")), "alpha");
    }

    #[test]
    fn an_id_needs_no_escaping_in_a_path() {
        for id in ["77133", "000001", "D4u5UDhoRLhoTxAO6O1u", "scpf-id-123", "a.b~c:d@e_f", "São"] {
            assert_eq!(check(&format!(" {id} ")).as_deref(), Ok(id));
        }
        for id in ["", " ", "a b", "a/b", "a?b", "a%20b", "a\nb", ".", "..", "build", "calculate"] {
            assert!(check(id).is_err(), "{id:?}");
        }
        assert!(check(&"x".repeat(100)).is_ok() && check(&"x".repeat(101)).is_err());
    }

    #[test]
    fn a_given_id_and_a_made_one_are_names_of_one_scope() {
        let mut claims = Claims::default();
        claim("team", Some("000002"), &mut claims);
        claim("team", None, &mut claims);
        assert_eq!((claims.take[0].scope, claims.take[0].name.as_str()), (CUSTOM_ID, "team:000002"));
        let [(_, plain), (_, labelled)] = claims.series.as_slice() else { panic!("{claims:?}") };
        assert_eq!((plain.series.as_str(), plain.field), ("number:team", Some("number")));
        assert_eq!((labelled.series.as_str(), labelled.field), ("number:team", Some("code")));
        let label = labelled.label.as_ref().unwrap();
        assert_eq!((label.prefix.as_str(), label.width, label.scope), ("team:", 6, CUSTOM_ID));
    }

    #[test]
    fn the_number_is_read_out_of_what_the_log_gave() {
        assert_eq!(number(Number(3), None), Number(3));
        assert_eq!(number(Number(0), Some(&Text::pending())), Number::PENDING);
        assert_eq!(number(Number(0), Some(&Text::given("team:000042"))), Number(42));
        assert_eq!(number(Number(0), Some(&Text::given("team:"))), Number(0));
        let mut pending = Number::PENDING;
        assert!(!fill(&mut pending, "at", Given::Number(1)));
        assert!(!fill(&mut pending, "code", Given::Number(1)));
        assert!(fill(&mut pending, "code", Given::Label("team:000042".to_owned())));
        assert_eq!(pending, Number(42));
        assert!(!fill(&mut pending, "number", Given::Number(1)), "it is filled once");
    }

    proptest! {
        #[test]
        fn any_number_is_read_back_from_its_label(number in 1..i64::MAX, kind in "[a-z_]{1,20}") {
            let label = name(&kind, &shown(Number(number), None));
            prop_assert_eq!(in_label(&label), Number(number));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,120}") {
            let _ = check(&text);
            let _ = in_label(&text);
        }
    }
}
