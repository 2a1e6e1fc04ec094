//! The top of the first page, and the foot of each.

use super::block::{Align, Block};
use super::flow::Flow;
use super::theme::{BRAND, DETAIL, FOOTER, GUTTER, HAIRLINE, HAIRLINE_WIDTH, LABEL, TITLE, badge};
use crate::Status;
use crate::locale::Locale;
use crate::page::{Area, Logo, Role, Shape, TextOp};
use crate::text::clean_line;

/// A longer name or number would take over the page: it is printed where it may take its room.
const MOST_LINES: usize = 3;
const LOGO_WIDTH: f32 = 170.0;
const LOGO_HEIGHT: f32 = 54.0;

/// What stands at the top and at the foot.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) number: &'a str,
    pub(super) status: Status,
    /// The issuer's name.
    pub(super) issuer: &'a str,
    /// Above and below the line under the head.
    pub(super) space: (f32, f32),
}

/// Logo or name on the left; title, number and badge on the right.
pub(super) fn place(flow: &mut Flow, head: &Head<'_>, locale: &Locale, logo: Option<&Logo>) {
    let labels = locale.labels();
    let top = flow.y;
    let right_width = flow.width() * 0.42;
    let right_x = flow.right() - right_width;
    let mut title = Block::new(right_width, Align::Right);
    title.line(&mut flow.shaper, head.title, TITLE).gap(1.0);
    let heading = title.nodes(&mut flow.canvas, None, Role::Heading(1));
    title.draw(&mut flow.canvas, right_x, top, &heading);
    let number_top = top + title.height();
    let number_style = DETAIL.sized(11.0).tabular();
    let mut number = Block::new(right_width, Align::Right);
    number.fitted(&mut flow.shaper, head.number, number_style, 7.5);
    let endless = number.lines().len() > MOST_LINES;
    let mut bottom = number_top;
    if !endless {
        number.draw_next(&mut flow.canvas, right_x, number_top);
        bottom += number.height();
    }
    if let Some(word) = labels.badge(head.status) {
        let number = flow.shaper.shape(clean_line(head.number), number_style.setting);
        let number_width = number.width as f32 * number_style.size;
        // Beside the number, unless the number takes the whole line.
        let (right, y) = if number_width > 0.0 && number_width < right_width * 0.5 {
            (flow.right() - number_width - 9.0, number_top - 0.5)
        } else {
            (flow.right(), bottom + 5.0)
        };
        bottom = bottom.max(place_badge(flow, word, head.status, right, y));
    }

    let left_width = flow.width() - right_width - GUTTER;
    bottom = bottom.max(match logo {
        Some(logo) => place_logo(flow, head.issuer, logo, top + 2.0),
        None => {
            let x = flow.left();
            match brand(flow, head.issuer, left_width) {
                // Its capitals stand as high as those of the title.
                Some(brand) => {
                    brand.draw_next(&mut flow.canvas, x, top + 4.5);
                    top + 4.5 + brand.height()
                }
                // It is among the addresses too.
                None => top,
            }
        }
    });
    flow.y = bottom + head.space.0;
    let y = flow.y;
    flow.hairline(y);
    flow.y += head.space.1;
    if endless {
        let mut number = Block::new(flow.width(), Align::Left);
        number.line(&mut flow.shaper, head.number, DETAIL).gap(18.0);
        let x = flow.left();
        flow.flow_next(&number, x);
    }
}

/// The name as large as it takes no more lines than it may; none where it is longer than a name.
fn brand(flow: &mut Flow, name: &str, width: f32) -> Option<Block> {
    let sizes = [BRAND.size, 13.0, 10.0];
    let set = |size| {
        let mut block = Block::new(width, Align::Left);
        block.words(&mut flow.shaper, name, BRAND.sized(size));
        block
    };
    sizes.into_iter().map(set).find(|block| block.lines().len() <= MOST_LINES)
}

/// Gives the badge's lower edge; its right and upper edges are `right` and `y`.
fn place_badge(flow: &mut Flow, word: &str, status: Status, right: f32, y: f32) -> f32 {
    let (background, foreground) = badge(status);
    let style = LABEL.colored(foreground);
    let mut text = Block::new(flow.width(), Align::Left);
    text.line(&mut flow.shaper, word, style);
    let shaped = flow.shaper.shape(clean_line(word), style.setting);
    let width = shaped.width as f32 * style.size + 16.0;
    let height = text.height() + 6.0;
    let area = Area { x: right - width, y, width, height };
    flow.fill(area, height / 2.0, background);
    text.draw_next(&mut flow.canvas, area.x + 8.0, y + 3.0);
    y + height
}

fn place_logo(flow: &mut Flow, issuer: &str, logo: &Logo, y: f32) -> f32 {
    let (width, height) = (logo.size.0 as f32, logo.size.1 as f32);
    let scale = (LOGO_WIDTH / width).min(LOGO_HEIGHT / height);
    let area = Area { x: flow.left(), y, width: width * scale, height: height * scale };
    let alt = clean_line(issuer);
    let node = flow.canvas.node(None, Role::Figure { alt });
    flow.canvas.draw(Some(node), Shape::Logo { area, logo: logo.clone() });
    y + area.height
}

/// Number and issuer on the left, the page's number on the right, on every page.
pub(super) fn place_footers(flow: &mut Flow, head: &Head<'_>, locale: &Locale) {
    let issuer = clean_line(head.issuer);
    let number = clean_line(head.number);
    let both = [number, issuer].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ·  ");
    let left = flow.shaper.shape(both, FOOTER.setting);
    let pages = flow.canvas.pages().len();
    let baseline = flow.page_height() - 36.0;
    for page in 0..pages {
        let area = Area { x: flow.left(), y: baseline - 17.0, width: flow.width(), height: HAIRLINE_WIDTH };
        flow.canvas.draw_on(page, None, Shape::Fill { area, radius: 0.0, color: HAIRLINE });
        let count = locale.labels().page.replace("{page}", &page.saturating_add(1).to_string());
        let count = flow.shaper.shape(count.replace("{pages}", &pages.to_string()), FOOTER.tabular().setting);
        let count_width = count.width as f32 * FOOTER.size;
        // What is too long for the line is cut off: it is written out on the first page.
        let left_line =
            left.wrap(f64::from((flow.width() - count_width - GUTTER) / FOOTER.size)).into_iter().next();
        let texts = [(flow.left(), &left, left_line), (flow.right() - count_width, &count, count.single())];
        for (x, shaped, line) in texts {
            let Some(line) = line else { continue };
            let shaped = std::rc::Rc::clone(shaped);
            let text = TextOp { shaped, line, x, baseline, size: FOOTER.size, color: FOOTER.color };
            flow.canvas.draw_on(page, None, Shape::Text(text));
        }
    }
}
