//! What a sale is worth to those who made it: how a commission is computed, in which parts it is paid, and how a paystub
//! comes about and is checked. Everything here is a pure function; nothing is kept.
//!
//! | file | what |
//! | --- | --- |
//! | `inputs.rs` | what a calculation is made of, and an SCPF as such |
//! | `calculation.rs` | the formulas |
//! | `milestones.rs` | M1, M2, M3 and the clawback |
//! | `building.rs` | a paystub of what is due in a period |
//! | `reconciliation.rs` | what a paystub states against what its lines and their origins say |

mod building;
mod calculation;
mod inputs;
mod milestones;
mod reconciliation;
#[cfg(test)]
mod tests;

pub use building::{BuildTerms, Builder, Built, BuiltLine, CLAWBACK, Origin, PassedOver, Reason, Source};
pub use calculation::{Commission, NamedValue, Step, calculate};
pub use inputs::{ALIASES, CALCULATION, Inputs};
pub use milestones::{M2_SHARE, Milestones};
pub use reconciliation::{Found, ReconciledLine, Reconciliation, Unlisted, reconcile, related};
