//! The Pix code of an invoice: what somebody copies, or scans, to pay what is left of it.

use rust_decimal::Decimal;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Money, PixCode, PixTxid};

/// The Pix "copia e cola" for what is left to pay of an invoice in reais; `None` where nothing is, or where the tenant has
/// no Pix key. It is made when it is asked for: a payment changes the balance, and a new key is to be paid to at once.
pub fn code(invoice: &Invoice, profile: &Tenant) -> Option<PixCode> {
    if !invoice.status.is_outstanding() || invoice.balance <= Decimal::ZERO {
        return None;
    }
    let balance = Money::new(invoice.balance, invoice.currency).ok()?;
    let payee = profile.pix_payee()?;
    PixCode::new(&payee, balance, txid(invoice).as_ref(), invoice.invoice_number.as_str()).ok()
}

/// What a payment of the invoice is known by: the letters and digits of its number.
pub fn txid(invoice: &Invoice) -> Option<PixTxid> {
    PixTxid::of_number(invoice.invoice_number.as_str())
}
