//! Which migrations are still to run, on either backend.

use crate::StoreError;

/// Names and SQL, in order.
pub(crate) type Migrations<'m> = [(&'m str, &'m str)];

/// Those of `wanted` that have not run.
///
/// # Errors
/// `Failed` where one has run that this program does not know: a newer program was here, and what its tables mean
/// is not known to this one.
pub(crate) fn missing<'m>(
    wanted: &'m Migrations<'m>,
    applied: &[String],
) -> Result<Vec<(&'m str, &'m str)>, StoreError> {
    if let Some(unknown) = applied.iter().find(|name| wanted.iter().all(|(known, _)| known != name)) {
        return Err(StoreError::Failed(format!(
            "the database was changed by a newer program (migration {unknown}); start that one"
        )));
    }
    Ok(wanted.iter().filter(|(name, _)| applied.iter().all(|known| known != name)).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_not_run_runs_and_in_order() {
        let wanted = [("a", "1"), ("b", "2"), ("c", "3")];
        assert_eq!(missing(&wanted, &["b".into()]).unwrap(), [("a", "1"), ("c", "3")]);
    }

    #[test]
    fn a_newer_database_is_refused_by_name() {
        let error = missing(&[("a", "1")], &["a".into(), "z".into()]).unwrap_err().to_string();
        assert!(error.contains("newer program (migration z)"), "{error}");
    }
}
