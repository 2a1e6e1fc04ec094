//! What Postgres' errors mean to the caller.

use crate::StoreError;
use std::error::Error as _;
use tokio_postgres::error::Severity;

/// How the driver's errors begin that tell of a connection and not of a statement.
const LOST: [&str; 5] =
    ["unexpected message", "timeout", "connection closed", "error communicating", "error connecting"];

/// What an error of the driver or the server means.
pub(super) fn store_error(error: tokio_postgres::Error) -> StoreError {
    if let Some(server) = error.as_db_error() {
        let code = server.code().code();
        let text = format!("{}: {} ({code})", server.severity(), server.message());
        return of_code(code, text);
    }
    let text = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    if text.starts_with("error performing TLS") {
        // A certificate that is not trusted, a server that does not encrypt: it will not be otherwise soon.
        return match io {
            Some(io) if io.kind() != std::io::ErrorKind::InvalidData => StoreError::Unavailable(text),
            _ => StoreError::Failed(text),
        };
    }
    if io.is_some() || error.is_closed() || LOST.iter().any(|start| text.starts_with(start)) {
        StoreError::Unavailable(text)
    } else {
        StoreError::Failed(text)
    }
}

fn of_code(code: &str, text: String) -> StoreError {
    match code {
        // A statement was cancelled; a deadlock; a lock was not had; a server that only reads; a transaction in which this
        // process was silent for too long; a database that lets nobody in while it is being looked after.
        "57014" | "40001" | "40P01" | "55P03" | "25006" | "25P03" | "55000" => StoreError::Unavailable(text),
        "XX001" | "XX002" => StoreError::Damaged(text),
        // Connections; resources, a full disk among them; a server that goes or comes; its own input and output.
        _ if ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreError::Unavailable(text)
        }
        _ => StoreError::Failed(text),
    }
}

/// The session is gone, or nobody knows what became of the statement. The driver may not have noticed yet that the
/// connection is closed: the server says goodbye first.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error() {
        Some(server) => matches!(server.parsed_severity(), Some(Severity::Fatal | Severity::Panic) | None),
        None => {
            let io = error.source().is_some_and(|source| source.is::<std::io::Error>());
            io || error.is_closed() || LOST.iter().any(|start| error.to_string().starts_with(start))
        }
    }
}

/// A statement that was prepared against tables that have changed since.
pub(super) fn is_stale_plan(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|server| match server.code().code() {
        "0A000" => server.message().contains("cached plan"),
        "26000" => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_unavailable_and_a_defect_is_not() {
        for code in ["08006", "53100", "53300", "57P01", "57P03", "58030", "25006", "25P03", "40P01", "55000"]
        {
            assert!(matches!(of_code(code, String::new()), StoreError::Unavailable(_)), "{code}");
        }
        for code in ["42601", "23505", "28P01", "3D000", "22021"] {
            assert!(matches!(of_code(code, String::new()), StoreError::Failed(_)), "{code}");
        }
        assert!(matches!(of_code("XX001", String::new()), StoreError::Damaged(_)));
    }
}
