//! Whom Sunledger is measured against: each as small and as fast as it can be written by hand, except for postgres-es, which
//! is what it is.

pub(crate) mod batches;
pub(crate) mod best_shape;
pub(crate) mod handlers;
pub(crate) mod postgres_es;
pub(crate) mod projection;
pub(crate) mod publisher;
pub(crate) mod receiver;
pub(crate) mod sender;
