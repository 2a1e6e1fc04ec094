//! The cases, by what they are about.

pub(crate) mod changes;
pub(crate) mod faults;
pub(crate) mod following;
pub(crate) mod guarding;
pub(crate) mod keys;
pub(crate) mod names;
pub(crate) mod reading;
pub(crate) mod series;
pub(crate) mod sql;
pub(crate) mod streams;
