//! What a reader finds in a printed report of energy production.

#[path = "samples/mod.rs"]
mod samples;

use read::text;
use samples::production::{march, year};
use sunledger_documents::{ProductionDocument, production_pdf};

#[cfg(test)]
mod read {
    use super::*;
    use lopdf::Document;

    /// The text of all pages, every stretch of white space as one space.
    pub(crate) fn text(document: &ProductionDocument) -> String {
        let pdf = Document::load_mem(&production_pdf(document).unwrap()).unwrap();
        let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
        pdf.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn it_says_whose_it_is_what_it_came_to_and_every_day() {
    let text = text(&march());
    for part in [
        "Geração de energia",
        "01/03/2026 – 31/03/2026",
        "Emitente Solar do Vale Energia Ltda. CNPJ 12.345.678/0001-95",
        "Cliente Padaria São João CNPJ 11.222.333/0001-81",
        "Instalação 12",
        "Projeto: Telhado da padaria",
        "Energia gerada no período",
        "Média diária",
        "Melhor dia",
        "Dias com leitura 31",
        "Geração por dia",
        "02/2026:",
        "03/2026:",
        "Geração por mês",
        "01/03/2026 24,97 kWh",
        "31/03/2026",
        "Página 1 de 1",
    ] {
        assert!(text.contains(part), "{part:?} is missing from {text:?}");
    }
}

#[test]
fn it_speaks_the_readers_language() {
    for (locale, title) in [
        ("en-US", "Energy production"),
        ("es-ES", "Producción de energía"),
        ("de-DE", "Energieerzeugung"),
        ("fr-FR", "Production d’énergie"),
        ("ja-JP", "Energy production"),
    ] {
        let text = text(&ProductionDocument { locale: locale.to_owned(), ..march() });
        assert!(text.contains(title), "{title:?} is missing from {text:?}");
    }
}

#[test]
fn the_same_report_is_the_same_bytes() {
    assert_eq!(production_pdf(&year()).unwrap(), production_pdf(&year()).unwrap());
}
