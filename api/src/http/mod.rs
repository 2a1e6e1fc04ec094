//! What every surface shares of HTTP: errors and how they print, answers, paging, ids, and how amounts and times read.

mod error;
pub mod ids;
mod number;
pub mod paging;
mod query;
mod reply;
pub mod surface;
mod time;

pub use error::{ApiError, Away, ErrorNote, MISSING, both};
pub use number::{money, number};
pub use paging::{PageRequest, Place};
pub use query::QueryParams;
pub use reply::Reply;
pub(crate) use reply::none_match;
pub use surface::Surface;
pub use time::{timestamp, timestamp_micros};
