//! Pix, the instant payments of Brazil's central bank: keys that money is sent to, and the code that a payer scans or
//! pastes ("copia e cola").
//!
//! Sources: Banco Central do Brasil, *Manual de Padrões para Iniciação do Pix* (the BR Code: which fields, their
//! lengths, the key under `br.gov.bcb.pix`) and *Manual do BR Code*; EMVCo, *QR Code Specification for Payment
//! Systems, Merchant-Presented Mode* (the form of the fields and the CRC); Banco Central do Brasil, *API DICT* (the
//! normal form of each kind of key).

mod code;
mod key;

pub use code::{PixCode, PixPayee, PixTxid};
pub use key::PixKey;
