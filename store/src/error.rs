//! What can go wrong with the store itself (as opposed to a refusal of one append, see [`crate::Rejection`]).

/// The store could not do its work. Callers answer 503 to `Unavailable` and 500 to the rest.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is away, full, or refused a connection; trying again later may succeed.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What the database holds is not what this program wrote.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The database refused a statement, or a setting is wrong: a defect or a wrong set-up.
    #[error("store: {0}")]
    Failed(String),
}
