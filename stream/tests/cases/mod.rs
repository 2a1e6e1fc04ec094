//! The cases, by what they are about.

mod following;
mod losing;
mod publishing;
mod refusing;
