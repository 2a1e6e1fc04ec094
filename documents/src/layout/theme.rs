//! The look: type sizes, colours and distances, all in points.

use crate::Status;
use crate::page::Color;
use crate::text::Setting;

/// Left and right of everything.
pub(super) const SIDE_MARGIN: f32 = 48.0;
/// Above the first line of a page.
pub(super) const TOP_MARGIN: f32 = 48.0;
/// Below the last line of a page; the footer stands in it.
pub(super) const BOTTOM_MARGIN: f32 = 60.0;
/// Between columns of text.
pub(super) const GUTTER: f32 = 24.0;
/// Between sections.
pub(super) const SECTION: f32 = 22.0;
/// Thickness of the lines between rows.
pub(super) const HAIRLINE_WIDTH: f32 = 0.6;

/// The one accent.
pub(super) const ACCENT: Color = Color(0x0f, 0x5c, 0x63);
/// The accent as a background.
pub(super) const TINT: Color = Color(0xee, 0xf5, 0xf5);
/// The accent where there is much of it.
pub(super) const BAR: Color = Color(0xa6, 0xcb, 0xce);
/// What is gained.
pub(super) const GOOD: Color = Color(0x15, 0x69, 0x3c);
/// What is gained, as a background.
pub(super) const GOOD_TINT: Color = Color(0xea, 0xf6, 0xee);
/// Text.
pub(super) const INK: Color = Color(0x16, 0x1d, 0x27);
/// Text that may be overlooked.
pub(super) const MUTED: Color = Color(0x5f, 0x69, 0x77);
/// Lines between rows.
pub(super) const HAIRLINE: Color = Color(0xdf, 0xe3, 0xe8);
/// Paper.
pub(super) const WHITE: Color = Color(0xff, 0xff, 0xff);

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) setting: Setting,
    pub(super) size: f32,
    /// Height of a line, in ems.
    pub(super) leading: f32,
    pub(super) color: Color,
}

impl Style {
    const fn regular(size: f32, color: Color) -> Self {
        Self { setting: Setting { bold: false, tabular: false }, size, leading: 1.42, color }
    }

    const fn bold(size: f32, color: Color) -> Self {
        Self { setting: Setting { bold: true, tabular: false }, size, leading: 1.32, color }
    }

    pub(super) const fn tabular(mut self) -> Self {
        self.setting.tabular = true;
        self
    }

    pub(super) const fn colored(mut self, color: Color) -> Self {
        self.color = color;
        self
    }

    pub(super) const fn sized(mut self, size: f32) -> Self {
        self.size = size;
        self
    }
}

/// The word "Invoice".
pub(super) const TITLE: Style = Style::bold(23.0, ACCENT);
/// The issuer, where there is no logo.
pub(super) const BRAND: Style = Style::bold(16.0, INK);
/// Above a block.
pub(super) const LABEL: Style = Style::bold(7.6, MUTED);
/// A party's name.
pub(super) const NAME: Style = Style::bold(9.5, INK);
/// Running text.
pub(super) const BODY: Style = Style::regular(8.8, INK);
/// Running text that may be overlooked.
pub(super) const DETAIL: Style = Style::regular(8.8, MUTED);
/// Running text that matters.
pub(super) const STRONG: Style = Style::bold(8.8, INK);
/// The amount beside the addresses.
pub(super) const HEADLINE: Style = Style::bold(16.0, ACCENT).tabular();
/// The last sum.
pub(super) const GRAND: Style = Style::bold(12.5, ACCENT).tabular();
/// A machine's code.
pub(super) const CODE: Style = Style::regular(7.2, MUTED);
/// Foot of the page.
pub(super) const FOOTER: Style = Style::regular(7.6, MUTED);

/// Background and text of a status badge.
pub(super) fn badge(status: Status) -> (Color, Color) {
    match status {
        Status::Draft | Status::Open | Status::Cancelled => {
            (Color(0xec, 0xee, 0xf1), Color(0x4b, 0x55, 0x63))
        }
        Status::Paid => (Color(0xda, 0xf3, 0xe3), Color(0x15, 0x69, 0x3c)),
        Status::PartiallyPaid => (Color(0xfd, 0xf0, 0xcd), Color(0x8a, 0x4b, 0x0c)),
        Status::Overdue => (Color(0xfd, 0xe3, 0xe1), Color(0xa3, 0x1f, 0x1b)),
    }
}
