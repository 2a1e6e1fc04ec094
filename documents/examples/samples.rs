//! Writes sample invoices to a folder, to look at: `cargo run -p sunledger-documents --example samples -- FOLDER`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::path::PathBuf;
use std::time::Instant;
use sunledger_documents::{
    EnergyInvoiceDocument, InvoiceDocument, Status, energy_invoice_pdf, invoice_pdf, production_pdf,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let mut cancelled = samples::american(4);
    cancelled.status = Status::Cancelled;
    cancelled.issuer.logo = std::env::args().nth(2).map(std::fs::read).transpose()?;
    let documents: [(&str, InvoiceDocument); 8] = [
        ("pt-BR", samples::brazilian()),
        ("en-US-1", samples::american(1)),
        ("en-US-60", samples::american(60)),
        ("en-US-1000", samples::american(1000)),
        ("de-DE", samples::german()),
        ("ja", samples::japanese()),
        ("ar", samples::arabic()),
        ("logo", cancelled),
    ];
    for (name, document) in documents {
        // The first one parses its fonts; what matters is every one after it.
        invoice_pdf(&document)?;
        let start = Instant::now();
        let pdf = invoice_pdf(&document)?;
        println!("{name}: {} bytes in {:?}", pdf.len(), start.elapsed());
        std::fs::write(folder.join(format!("{name}.pdf")), pdf)?;
    }
    let march = samples::energy::march;
    let gap = ["1398", "1511", "–", "1544", "1496"];
    let energy = [
        ("energy", march()),
        ("energy-adjusted", samples::energy::adjusted(3)),
        ("energy-many", samples::energy::adjusted(40)),
        ("energy-paid", samples::energy::paid()),
        ("energy-partly-paid", samples::energy::partly_paid(2)),
        ("energy-parts", samples::energy::partly_paid(7)),
        ("energy-cancelled", EnergyInvoiceDocument { status: Status::Cancelled, ..march() }),
        ("energy-overdue", EnergyInvoiceDocument { status: Status::Overdue, ..march() }),
        ("energy-no-pix", EnergyInvoiceDocument { pix: None, ..march() }),
        ("energy-gap", EnergyInvoiceDocument { history: samples::energy::history(&gap), ..march() }),
        ("energy-first", EnergyInvoiceDocument { history: samples::energy::history(&["1496"]), ..march() }),
        ("energy-discounted", samples::energy::discounted()),
        ("energy-long", samples::energy::long()),
        ("energy-empty", EnergyInvoiceDocument::default()),
    ];
    for (name, document) in energy {
        let start = Instant::now();
        let pdf = energy_invoice_pdf(&document)?;
        println!("{name}: {} bytes in {:?}", pdf.len(), start.elapsed());
        std::fs::write(folder.join(format!("{name}.pdf")), pdf)?;
    }
    for (name, document) in
        [("production-month", samples::production::march()), ("production-year", samples::production::year())]
    {
        let start = Instant::now();
        let pdf = production_pdf(&document)?;
        println!("{name}: {} bytes in {:?}", pdf.len(), start.elapsed());
        std::fs::write(folder.join(format!("{name}.pdf")), pdf)?;
    }
    Ok(())
}
