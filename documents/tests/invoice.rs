//! What a reader finds in a printed invoice: its texts, its pages, what it says about itself.

#[path = "samples/mod.rs"]
mod samples;

use lopdf::{Document, Object};
use sunledger_documents::{InvoiceDocument, Line, Status, invoice_pdf};

#[cfg(test)]
mod read {
    use super::*;

    pub(crate) fn parse(document: &InvoiceDocument) -> Document {
        Document::load_mem(&invoice_pdf(document).unwrap()).unwrap()
    }

    /// The text of each page, every stretch of white space as one space.
    pub(crate) fn pages(document: &InvoiceDocument) -> Vec<String> {
        let pdf = parse(document);
        let page = |number: &u32| pdf.extract_text(&[*number]).unwrap();
        let plain = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        pdf.get_pages().keys().map(page).map(plain).collect()
    }

    pub(crate) fn text(document: &InvoiceDocument) -> String {
        pages(document).join(" ")
    }

    pub(crate) fn images(document: &InvoiceDocument) -> usize {
        let pdf = parse(document);
        let is_image = |object: &&Object| {
            object.as_stream().is_ok_and(|stream| {
                stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image")
                    && stream.dict.has(b"Width")
            })
        };
        pdf.objects.values().filter(is_image).count()
    }
}

#[track_caller]
fn assert_has(text: &str, expected: &[&str]) {
    for part in expected {
        assert!(text.contains(part), "{part:?} is missing from {text:?}");
    }
}

#[test]
fn a_brazilian_invoice_says_who_pays_what_to_whom_and_when() {
    let text = read::text(&samples::brazilian());
    assert_has(
        &text,
        &[
            "Fatura",
            "FAT-000421",
            "Solar do Vale Energia Ltda.",
            "CNPJ 12.345.678/0001-95",
            "Padaria Pão da Conceição ME",
            "CPF 529.982.247-25",
            "Emissão 01/06/2024",
            "Vencimento 15/06/2024",
            "Competência 05/2024",
            "Saldo a pagar R$ 1.043,71",
            "Energia compensada",
            "1.528 R$ 0,853818 R$ 1.304,64",
            "Subtotal R$ 1.304,64",
            "Desconto -R$ 260,93",
            "Total R$ 1.043,71",
            "Pix copia e cola",
            "00020126580014br.gov.bcb.pix",
            "Observações",
            "Condições",
            "Página 1 de 1",
        ],
    );
}

#[test]
fn an_american_invoice_shows_taxes_payments_and_the_balance() {
    let text = read::text(&samples::american(1));
    assert_has(
        &text,
        &[
            "Invoice",
            "Partially paid",
            "INV-0042",
            "EIN 12-3456789",
            "Tax ID US-123456789",
            "Issue date Jun 1, 2024",
            "Due date Jul 1, 2024",
            "Description Qty Unit price Tax % Tax Amount",
            "1 $125.00 10% $12.50 $125.00",
            "Subtotal $125.00",
            "Tax 10% $12.50",
            "Total $137.50",
            "Paid -$2,500.00",
            "Jun 3, 2024 ACH transfer $1,500.00",
            "Routing 122000661 · Account 000123456789",
            "Thank you for your business.",
        ],
    );
}

#[test]
fn labels_and_numbers_follow_the_locale() {
    assert_has(
        &read::text(&samples::german()),
        &[
            "Rechnung",
            "Überfällig",
            "Rechnungsdatum 04.03.2024",
            "USt-IdNr. DE987654321",
            "12.840,00 €",
            "Rabatt -200,00 €",
            "Steuer 19 % 90,97 €",
            "Gesamtbetrag 13.288,42 €",
            "Seite 1 von 1",
        ],
    );
    let in_locale =
        |locale: &str| read::text(&InvoiceDocument { locale: locale.to_owned(), ..samples::german() });
    assert_has(&in_locale("fr-FR"), &["Facture", "En retard", "Échéance", "13 288,42 €", "Page 1 sur 1"]);
    assert_has(&in_locale("es-MX"), &["Factura", "Vencida", "€13,288.42", "Página 1 de 1"]);
    assert_has(&in_locale("ja-JP"), &["Invoice", "Overdue", "€13,288.42"]);
}

#[test]
fn each_status_has_its_badge() {
    let badge = |status| read::text(&InvoiceDocument { status, ..samples::american(1) });
    assert_has(&badge(Status::Draft), &["Draft"]);
    assert_has(&badge(Status::Overdue), &["Overdue"]);
    assert_has(&badge(Status::Cancelled), &["Cancelled"]);
    assert!(!badge(Status::Open).contains("Draft"));
    let paid = InvoiceDocument { status: Status::Paid, ..samples::brazilian() };
    assert_has(&read::text(&paid), &["FAT-000421 Paga"]);
}

#[test]
fn names_in_other_scripts_are_text_that_can_be_copied() {
    let japanese = read::text(&samples::japanese());
    assert_has(
        &japanese,
        &["株式会社さくら太陽光発電", "髙橋エネルギー合同会社 御中", "銀行振込", "¥1,298,000"],
    );
    let text = read::text(&samples::arabic());
    assert_has(&text, &["Монтаж, Εγκατάσταση, Lắp đặt tấm pin mặt trời,", "태양광"]);
    // The page holds the letters from left to right, in the order in which they are drawn.
    let drawn = |word: &str| word.chars().rev().collect::<String>();
    assert_has(&text, &[&drawn("شركة"), &drawn("الشمسية"), &drawn("משלוח")]);
}

#[test]
fn what_no_font_has_prints_the_replacement_and_keeps_its_meaning() {
    assert_has(&read::text(&samples::arabic()), &["🧿"]);
}

#[test]
fn a_long_table_repeats_its_header_and_numbers_its_pages() {
    let document = samples::american(300);
    let pages = read::pages(&document);
    let count = pages.len();
    assert!((15..30).contains(&count), "{count}");
    for (index, page) in pages.iter().enumerate().take(count - 1) {
        assert_has(
            page,
            &["Description Qty Unit price Tax % Tax Amount", "INV-0042 · Brightfield Solar, Inc."],
        );
        assert_has(page, &[&format!("Page {} of {count}", index + 1)]);
    }
    let text = pages.join(" ");
    for line in &document.lines {
        let amount = sunledger_documents::format_money(line.amount, "USD", "en-US");
        assert!(text.contains(&amount), "{amount}");
    }
    assert_eq!(text.matches("Subtotal").count(), 1);
}

#[test]
fn the_paper_is_that_of_the_region_unless_given() {
    let width = |document: &InvoiceDocument| {
        let pdf = read::parse(document);
        let page = *pdf.get_pages().values().next().unwrap();
        pdf.get_dictionary(page).unwrap().get(b"MediaBox").unwrap().as_array().unwrap()[2].as_float().unwrap()
    };
    assert_eq!(width(&samples::american(1)), 612.0);
    assert!((width(&samples::german()) - 595.276).abs() < 0.01);
    let page_size = Some(sunledger_documents::PageSize::Letter);
    assert_eq!(width(&InvoiceDocument { page_size, ..samples::german() }), 612.0);
}

#[test]
fn the_document_says_what_it_is() {
    let pdf = read::parse(&samples::brazilian());
    let info =
        pdf.trailer.get(b"Info").and_then(|info| pdf.dereference(info)).unwrap().1.as_dict().unwrap().clone();
    let field = |key: &[u8]| lopdf::decode_text_string(info.get(key).unwrap()).unwrap();
    assert_eq!(field(b"Title"), "FAT-000421");
    assert_eq!(field(b"Author"), "Solar do Vale Energia Ltda.");
    let catalog = pdf.catalog().unwrap();
    assert_eq!(lopdf::decode_text_string(catalog.get(b"Lang").unwrap()).unwrap(), "pt-BR");
    assert!(catalog.has(b"StructTreeRoot"), "tagged for screen readers");
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for document in [samples::brazilian(), samples::arabic(), samples::american(60)] {
        assert_eq!(invoice_pdf(&document).unwrap(), invoice_pdf(&document.clone()).unwrap());
    }
}

#[test]
fn a_one_page_invoice_is_small_with_all_its_fonts_inside() {
    for document in [samples::brazilian(), samples::american(1), samples::japanese(), samples::arabic()] {
        let pdf = invoice_pdf(&document).unwrap();
        assert!(pdf.len() < 100_000, "{} bytes", pdf.len());
        let pdf = Document::load_mem(&pdf).unwrap();
        let dictionaries = || pdf.objects.values().filter_map(|object| object.as_dict().ok());
        let descriptors: Vec<_> =
            dictionaries().filter(|dictionary| dictionary.has_type(b"FontDescriptor")).collect();
        assert!(descriptors.len() >= 2);
        assert!(descriptors.iter().all(|font| font.has(b"FontFile2") || font.has(b"FontFile3")));
    }
}

#[test]
fn a_logo_is_printed_and_a_broken_one_gives_way_to_the_name() {
    let with_logo = |logo: &[u8]| {
        let mut document = samples::brazilian();
        document.issuer.logo = Some(logo.to_vec());
        document
    };
    let png = samples::PNG;
    assert_eq!(read::images(&samples::brazilian()), 0);
    assert!(read::images(&with_logo(png)) >= 1);
    let names =
        |document: &InvoiceDocument| read::text(document).matches("Solar do Vale Energia Ltda.").count();
    assert_eq!(
        names(&with_logo(png)) + 1,
        names(&samples::brazilian()),
        "the logo takes the place of one of them"
    );

    let mut broken_pixels = png.to_vec();
    broken_pixels[45] ^= 0xff;
    let mut huge = png.to_vec();
    huge[16..24].fill(0x7f);
    for logo in [&b""[..], b"GIF89a", &png[..30], &broken_pixels, &huge, &[0xff, 0xd8, 0xff, 0xe0, 0, 1]] {
        let document = with_logo(logo);
        assert_eq!(read::images(&document), 0, "{logo:?}");
        assert_eq!(names(&document), names(&samples::brazilian()), "{logo:?}");
    }
}

#[test]
fn a_direction_override_cannot_turn_an_amount_around() {
    let mut document = samples::american(1);
    document.client.name = "\u{202e}Acme".to_owned();
    document.lines = vec![Line { description: "\u{202e}\u{2067}Labor".to_owned(), ..Line::default() }];
    let text = read::text(&document);
    assert_has(&text, &["Acme", "Labor", "$0.00"]);
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn an_empty_document_prints_its_labels() {
    let text = read::text(&InvoiceDocument::default());
    assert_has(
        &text,
        &["Invoice", "Description Qty Unit price Amount", "Subtotal 0.00", "Total 0.00", "Page 1 of 1"],
    );
}
