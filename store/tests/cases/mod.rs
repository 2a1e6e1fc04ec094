//! The cases, by what they are about.

pub mod following;
pub mod guarding;
pub mod keys;
pub mod names;
pub mod reading;
pub mod series;
pub mod sql;
pub mod streams;
