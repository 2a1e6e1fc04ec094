//! The accept loop over real sockets, and the outermost layer over a real ledger.

mod answers;
mod back_office;
mod signing_in;
mod sockets;
