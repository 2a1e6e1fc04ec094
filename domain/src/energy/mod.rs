//! What a utility's bill becomes: the amounts of a month in which solar credits paid for a part of the energy,
//! exact to the last digit, and how each came about.
//!
//! | file | what |
//! | --- | --- |
//! | `engine/` | the formulas, one function a rule, and the explanation of every figure |
//! | `bill.rs` | the utility's bill: its fields, ranges and dates |
//! | `adjustment.rs` | what a discount or a charge is worth |
//! | `billing.rs` | a bill with the unit's terms, the adjustments and what came out, as the log keeps it |
//! | `installation.rs` | types of connection, and the energy that each has to buy |
//! | `units.rs` | kWh, kWp, tariffs, rates, shares and exact amounts, with their ranges |
//! | `exact.rs` | arithmetic that refuses to round |

pub mod adjustment;
pub mod bill;
pub mod billing;
pub mod engine;
pub mod exact;
pub mod installation;
pub mod units;

pub use adjustment::{AdjustmentValue, AppliedCharge, AppliedDiscount, AskedCharge, AskedDiscount};
pub use bill::{Bill, BillDraft};
pub use billing::{Billing, Terms};
pub use engine::{Computation, Explained, Explanation, Figures, Input, Source};
pub use exact::NotExact;
pub use installation::InstallationType;
pub use units::{Fraction, Kwh, Kwp, MeteredKwh, Reais, Share, Tariff};
