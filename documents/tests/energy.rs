//! What a reader finds in a printed energy invoice.

#[path = "samples/mod.rs"]
mod samples;

use lopdf::Document;
use read::{parse, text};
use samples::energy::{adjusted, discounted, history, march, paid};
use sunledger_documents::{EnergyInvoiceDocument, Status, energy_invoice_pdf};

#[cfg(test)]
mod read {
    use super::*;

    pub(crate) fn parse(document: &EnergyInvoiceDocument) -> Document {
        Document::load_mem(&energy_invoice_pdf(document).unwrap()).unwrap()
    }

    /// The text of all pages, every stretch of white space as one space.
    pub(crate) fn text(document: &EnergyInvoiceDocument) -> String {
        let pdf = parse(document);
        let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
        pdf.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[track_caller]
fn assert_has(text: &str, expected: &[&str]) {
    for part in expected {
        assert!(text.contains(part), "{part:?} is missing from {text:?}");
    }
}

#[test]
fn it_says_what_to_pay_until_when_and_how_the_amount_came_about() {
    assert_has(
        &text(&march()),
        &[
            "Fatura de energia",
            "INV-0421",
            "Valor a pagar R$ 1.043,71",
            "Vencimento 22/03/2024",
            "Competência Março 2024",
            "Emissão 14/03/2024",
            "Pix copia e cola 00020126580014br.gov.bcb.pix",
            "Pague com Pix",
            "Emitente Solar do Vale Energia Ltda. CNPJ 12.345.678/0001-95",
            "Cliente SUNNE SISTEMA DE WEB LTDA CNPJ 11.222.333/0001-81",
            "Unidade consumidora 132456798 Matriz Titular: SUNNE SISTEMA DE WEB LTDA",
            "Instalação: TRIFÁSICO",
            "Usina: Solar Vale Verde I",
            "Consumo do mês 1.496 kWh",
            "Créditos utilizados 1.396 kWh",
            "Créditos compensados 1.342,27 kWh",
            "Saldo de créditos 3.188,97 kWh",
            "Leitura anterior 02/02/2024",
            "Leitura atual 06/03/2024",
            "Próxima leitura 05/04/2024",
            "Como chegamos ao valor Descrição Cálculo Valor",
            "Energia compensada 1.396 kWh × R$ 0,93455196 R$ 1.304,63",
            "Desconto do plano 20% de R$ 1.304,63453616 -R$ 260,93",
            "Total R$ 1.043,71",
            "Conta da distribuidora, à parte R$ 1.627,58 Vencimento 22/03/2024 Boleto 84670000001-7",
            "Sua economia Neste mês (20%) R$ 260,93 Desde o início R$ 4.801,27",
            "Sem o plano: R$ 2.932,21 Com o plano: R$ 2.671,29",
            "Histórico de consumo (kWh)",
            "1.310 mar/23",
            "1.496 mar/24",
            "Página 1 de 1",
        ],
    );
}

#[test]
fn adjustments_stand_between_the_plan_and_the_total() {
    assert_has(
        &text(&adjusted(2)),
        &[
            "-R$ 260,93 Ajuste 1 do contrato Valor fixo -R$ 12,50 Ajuste 2 do contrato 1,5% de R$ 1.043,707628928 R$ 15,66 \
             Encargos da distribuidora, pagos com esta fatura R$ 1.627,58",
        ],
    );
}

#[test]
fn a_discount_that_did_not_fit_says_what_becomes_of_the_rest() {
    assert_has(
        &text(&discounted()),
        &[
            "Promoção de verão 60% de R$ 1.043,707628928 -R$ 626,22",
            "Bônus de indicação Saldo para a próxima fatura: R$ 382,52 Valor fixo -R$ 417,48",
            "Cortesia Saldo que expira com esta fatura: R$ 50,00 Valor fixo R$ 0,00",
            "Total R$ 0,00",
        ],
    );
}

#[test]
fn a_paid_one_says_when_and_a_cancelled_one_that_it_is() {
    assert_has(
        &text(&paid()),
        &[
            "Paga",
            "PAGA 02/04/2024",
            "Pago -R$ 1.043,71",
            "Pagamentos recebidos 02/04/2024 · Pix · R$ 1.043,71",
        ],
    );
    let cancelled = text(&EnergyInvoiceDocument { status: Status::Cancelled, ..march() });
    assert_has(&cancelled, &["Cancelada", "CANCELADA"]);
    assert!(!cancelled.contains("Pix copia e cola"));
}

#[test]
fn a_first_invoice_has_no_history_to_show() {
    let first = EnergyInvoiceDocument { history: vec![], savings: None, ..march() };
    assert_has(&text(&first), &["Histórico de consumo (kWh) Ainda não há meses para mostrar."]);
    let second = EnergyInvoiceDocument { history: history(&["1496"]), ..march() };
    assert_has(&text(&second), &["1.496 mar/24"]);
}

#[test]
fn a_month_that_was_not_billed_keeps_its_place() {
    let gap = EnergyInvoiceDocument { history: history(&["1511", "–", "1496"]), ..march() };
    assert_has(&text(&gap), &["1.511 jan/24 – fev/24 1.496 mar/24"]);
}

#[test]
fn what_is_not_known_leaves_no_label_behind() {
    let text = text(&EnergyInvoiceDocument::default());
    for label in
        ["Emitente", "Cliente", "Unidade", "Vencimento", "Consumo do", "Leitura", "Pix", "Sua economia"]
    {
        assert!(!text.contains(label), "{label:?} is in {text:?}");
    }
}

#[test]
fn it_is_a_tagged_a4_document_in_portuguese_and_the_same_bytes_each_time() {
    let pdf = parse(&march());
    let catalog = pdf.catalog().unwrap();
    assert_eq!(lopdf::decode_text_string(catalog.get(b"Lang").unwrap()).unwrap(), "pt-BR");
    assert!(catalog.has(b"StructTreeRoot"), "tagged for screen readers");
    let page = *pdf.get_pages().values().next().unwrap();
    let media = pdf.get_dictionary(page).unwrap().get(b"MediaBox").unwrap().as_array().unwrap().clone();
    assert!((media[2].as_float().unwrap() - 595.276).abs() < 0.01);
    assert_eq!(energy_invoice_pdf(&march()).unwrap(), energy_invoice_pdf(&march()).unwrap());
}
