//! Who calls. A handler asks for a [`Call`] of the area it belongs to; having one means that the key was known, had
//! the scope and was within its rate limit, and it is the only place where a handler can get a tenant from.

pub mod area;
mod call;
mod conditions;
mod credentials;
mod directory;
mod secret;

pub use area::Area;
pub use call::Call;
pub(crate) use conditions::request_id;
pub use directory::{Caller, Directory, ReadModels};
pub use secret::{NewKey, hash_of};
