//! Who bills whom, when, and how much.

use super::block::{Align, Block};
use super::flow::Flow;
use super::theme::{BODY, DETAIL, GUTTER, HEADLINE, LABEL, NAME, SECTION, Style, TINT};
use crate::locale::{Labels, Locale};
use crate::page::Area;
use crate::text::clean_line;
use crate::{InvoiceDocument, Party, Status};

const PADDING: f32 = 12.0;

/// Issuer, client and facts side by side.
pub(super) fn place(flow: &mut Flow, document: &InvoiceDocument, locale: &Locale) {
    let labels = locale.labels();
    let top = flow.y;
    let facts_width = flow.width() * 0.36;
    let party_width = (flow.width() - facts_width - 2.0 * GUTTER) / 2.0;
    let issuer = party(flow, labels.from, &document.issuer.party, labels, DETAIL, party_width);
    let client = party(flow, labels.bill_to, &document.client, labels, DETAIL, party_width);
    let tallest = issuer.height().max(client.height());
    let columns = [(issuer, flow.left()), (client, flow.left() + party_width + GUTTER)];
    if top + tallest > top + flow.remaining() {
        // An address as long as a page: give up the columns rather than its end.
        for (block, _) in columns {
            let x = flow.left();
            flow.flow_next(&block, x);
            flow.space(SECTION / 2.0);
        }
        let top = flow.y;
        place_facts(flow, document, locale, facts_width, top);
    } else {
        for (block, x) in columns {
            block.draw_next(&mut flow.canvas, x, top);
        }
        let first_page = flow.canvas.pages().len();
        place_facts(flow, document, locale, facts_width, top);
        if flow.canvas.pages().len() == first_page {
            flow.y = flow.y.max(top + tallest);
        }
    }
    flow.space(SECTION + 4.0);
}

/// A party's name, tax id and address under a label; all but the name in the style `detail`.
pub(super) fn party(
    flow: &mut Flow,
    label: &str,
    party: &Party,
    labels: &Labels,
    detail: Style,
    width: f32,
) -> Block {
    let mut block = Block::new(width, Align::Left);
    let shaper = &mut flow.shaper;
    block.line(shaper, label, LABEL).gap(3.0).words(shaper, &party.name, NAME).gap(1.5);
    block.line(shaper, &labelled_tax_id(&party.tax_id, labels), detail);
    for line in &party.address {
        block.paragraphs(shaper, line, detail);
    }
    block.fitted_or_broken(shaper, &party.email, detail, 6.9).line(shaper, &party.phone, detail);
    block
}

/// A tax id says by itself what it is, where it begins with a word; a bare number gets the locale's label. Brazil's
/// ids tell by their length which of the two they are, and Europe's VAT ids begin with a country.
fn labelled_tax_id(tax_id: &str, labels: &Labels) -> String {
    let tax_id = clean_line(tax_id);
    let names_itself =
        tax_id.split_once([' ', ':']).is_some_and(|(word, _)| !word.contains(|c: char| c.is_ascii_digit()));
    if tax_id.is_empty() || names_itself {
        return tax_id;
    }
    let significant = tax_id.chars().filter(char::is_ascii_alphanumeric).count();
    let of_a_country = matches!(tax_id.as_bytes(), [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', ..]);
    let label = match (labels.tax_id.split_once('/'), significant) {
        (Some((person, _)), 11) => person,
        (Some((_, company)), 14) => company,
        _ if of_a_country => labels.vat_id,
        _ => labels.tax_id,
    };
    format!("{label} {tax_id}")
}

fn place_facts(flow: &mut Flow, document: &InvoiceDocument, locale: &Locale, width: f32, top: f32) {
    let labels = locale.labels();
    let x = flow.right() - width;
    flow.y = top;
    let mut facts = vec![(labels.issued.to_owned(), locale.date(document.issue_date))];
    facts.extend(document.due_date.map(|due| (labels.due.to_owned(), locale.date(due))));
    facts.extend(document.facts.iter().cloned());
    for (label, value) in facts {
        let mut left = Block::new(width * 0.46, Align::Left);
        left.line(&mut flow.shaper, &label, DETAIL);
        let mut right = Block::new(width * 0.52, Align::Right);
        right.line(&mut flow.shaper, &value, BODY.tabular());
        let height = left.height().max(right.height());
        if height > flow.body_height() {
            flow.flow_next(&left, x);
            flow.flow_next(&right, x + width * 0.48);
        } else {
            flow.ensure(height);
            left.draw_next(&mut flow.canvas, x, flow.y);
            right.draw_next(&mut flow.canvas, x + width * 0.48, flow.y);
            flow.y += height + 2.0;
        }
    }

    let owed = matches!(document.status, Status::Open | Status::PartiallyPaid | Status::Overdue);
    let (label, amount) =
        if owed { (labels.balance_due, document.balance_due) } else { (labels.total, document.total) };
    let mut headline = Block::new(width - 2.0 * PADDING, Align::Left);
    headline.line(&mut flow.shaper, label, LABEL).gap(1.0).fitted(
        &mut flow.shaper,
        &locale.money(amount, &document.currency),
        HEADLINE,
        8.0,
    );
    let height = headline.height() + 2.0 * PADDING - 4.0;
    flow.space(6.0);
    flow.ensure(height);
    let area = Area { x, y: flow.y, width, height };
    flow.fill(area, 5.0, TINT);
    headline.draw_next(&mut flow.canvas, x + PADDING, flow.y + PADDING - 2.0);
    flow.y += height;
}

#[cfg(test)]
mod tests {
    use super::labelled_tax_id;
    use crate::locale::Locale;

    #[test]
    fn a_bare_tax_id_is_labelled_and_a_named_one_is_left() {
        for (locale, tax_id, expected) in [
            ("pt-BR", "12.345.678/0001-95", "CNPJ 12.345.678/0001-95"),
            ("pt-BR", "AB1BC34501DE35", "CNPJ AB1BC34501DE35"),
            ("pt-BR", "529.982.247-25", "CPF 529.982.247-25"),
            ("pt-BR", "123", "CPF/CNPJ 123"),
            ("en-US", "US-123456789", "Tax ID US-123456789"),
            ("en-US", "EIN: 12-3456789", "EIN: 12-3456789"),
            ("de-DE", "DE123456789", "USt-IdNr. DE123456789"),
            ("de-DE", "USt-IdNr. DE123456789", "USt-IdNr. DE123456789"),
            ("de-DE", "21/815/08150", "Steuernummer 21/815/08150"),
            ("en-US", " \n", ""),
        ] {
            assert_eq!(labelled_tax_id(tax_id, Locale::resolve(locale).labels()), expected);
        }
    }
}
