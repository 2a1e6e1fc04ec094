//! How commands check the optional fields that they carry: every wrong one is noted, a blank text is none.

use crate::FieldErrors;
use crate::value::{Address, Change};

/// A check of a text against its greatest length: one of those in [`crate::value::text`].
pub(crate) type TextCheck = fn(&str, usize) -> Result<String, String>;

/// An optional text.
pub(crate) fn optional_text(
    field: &str,
    value: Option<String>,
    max: usize,
    check: TextCheck,
    errors: &mut FieldErrors,
) -> Option<String> {
    value.and_then(|value| errors.check(field, check(&value, max))).filter(|value| !value.is_empty())
}

/// A change to an optional text; setting it to a blank one clears it.
pub(crate) fn text_change(
    field: &str,
    change: Change<String>,
    max: usize,
    check: TextCheck,
    errors: &mut FieldErrors,
) -> Change<String> {
    match change {
        Change::Set(value) => optional_text(field, Some(value), max, check, errors).into(),
        other => other,
    }
}

/// An optional address; its wrong parts are noted as `address.zip`.
pub(crate) fn optional_address(value: Option<Address>, errors: &mut FieldErrors) -> Option<Address> {
    match value?.checked() {
        Ok(address) => Some(address),
        Err(wrong) => {
            errors.merge("address", wrong);
            None
        }
    }
}

/// A change to an optional address.
pub(crate) fn address_change(change: Change<Address>, errors: &mut FieldErrors) -> Change<Address> {
    match change {
        Change::Set(address) => optional_address(Some(address), errors).into(),
        other => other,
    }
}
