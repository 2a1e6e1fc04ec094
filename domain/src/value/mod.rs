//! Value types: each one concept, checked where it is made, printed and kept in one form.
//!
//! Outside input goes through a constructor (`parse`, `new`), whose error is a message fit for a field error.
//! Reading one back from the log (`Deserialize`) checks only what the type cannot be without (that a date is a
//! date, that a currency exists): an event is a fact, and a rule that is tightened later must not make it
//! unreadable. So never deserialize a request straight into these types.

pub mod address;
pub mod boleto;
pub(crate) mod bounded;
pub mod change;
pub mod competence;
pub mod currency;
pub mod date;
pub mod decimal;
pub mod email;
pub mod locale;
pub mod money;
pub mod percent;
pub mod phone;
pub mod pix;
pub mod quantity;
pub mod tax_id;
pub mod text;
pub mod time_zone;
pub mod unit_price;

pub use address::Address;
pub use boleto::Boleto;
pub use change::Change;
pub use competence::Competence;
pub use currency::Currency;
pub use date::CalendarDate;
pub use email::Email;
pub use locale::Locale;
pub use money::Money;
pub use percent::Percent;
pub use phone::Phone;
pub use pix::{PixCode, PixKey, PixPayee, PixTxid};
pub use quantity::Quantity;
pub use tax_id::TaxId;
pub use time_zone::TimeZoneName;
pub use unit_price::UnitPrice;
