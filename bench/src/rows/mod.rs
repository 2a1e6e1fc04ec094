//! The table's rows, a family a file. Contenders take turns, so that a disturbance meets all of them.

pub(crate) mod bulk;
pub(crate) mod commands;
pub(crate) mod energy;
pub(crate) mod growth;
pub(crate) mod lists;
pub(crate) mod memory;
pub(crate) mod readings;
pub(crate) mod rebuild;
pub(crate) mod relay;
pub(crate) mod requests;
pub(crate) mod search;
pub(crate) mod sqlite;
pub(crate) mod webhooks;
