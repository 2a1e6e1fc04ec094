//! Who calls. A handler asks for a [`Call`] of the area it belongs to; having one means that the key or the session was
//! known, had the scope and was within its rate limit, and it is the only place where a handler can get a tenant from.
//!
//! | file | what |
//! | --- | --- |
//! | `call`, `area`, `gate` | the extractor of every handler, which scopes it needs, who is let in |
//! | `credentials`, `conditions` | the headers that are read for it |
//! | `directory`, `secret` | API keys: from a hash to its caller, made and hashed |
//! | `sessions`, `token` | people's tokens: from a token to who signed in, made and read |
//! | `people` | where people are let in, and what their roles open of the back office |
//! | `upload` | the extractor of a body that is read while it comes |
//! | `visitor` | the extractors of signing in itself |
//! | `sign_in` | an address, and what proves that it is one's own |
//! | `passwords`, `attempts` | hashing, and becoming slower after wrong ones |
//! | `google` | Google's ID tokens |
//! | `issued` | secrets that an Idempotency-Key may ask for again |

pub mod area;
mod attempts;
mod call;
mod conditions;
mod credentials;
mod directory;
mod gate;
mod google;
mod issued;
mod passwords;
mod people;
mod secret;
mod sessions;
mod sign_in;
mod token;
mod upload;
mod visitor;

pub use area::Area;
pub use call::Call;
pub(crate) use conditions::request_id;
pub(crate) use credentials::key_of;
pub(crate) use directory::BELIEVED;
pub use directory::{Caller, Directory, ReadModels};
pub(crate) use gate::holder_of;
pub use google::{Google, GoogleError, KeySource};
pub use issued::Issued;
pub use passwords::Passwords;
pub use people::People;
pub use secret::{NewKey, hash_of};
pub(crate) use sessions::refused;
pub use sessions::{Sessions, SignedIn};
pub use sign_in::{Proof, Proven, SignIn, SignIns};
pub use token::{NewToken, Token, TokenKind};
pub use upload::Upload;
pub use visitor::{TokenCall, Visitor};
