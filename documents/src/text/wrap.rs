//! Breaking a shaped text into lines, and the order in which a line's runs stand on the page.

use super::shape::{Run, Shaped};
use std::ops::Range;

/// A line of a [`Shaped`] text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Bytes of the text on this line.
    text: Range<u32>,
    /// Its width without the spaces at its end, in ems.
    pub(crate) width: f64,
    /// How far the first run starts before the line's left edge, in ems: a space that hangs out there.
    pub(crate) hang: f64,
}

impl Shaped {
    /// Breaks the text greedily where Unicode's line breaking allows; a word that is wider than a whole line is
    /// broken between characters. Takes time linear in the text.
    ///
    /// `width` is in ems. A text without glyphs has no lines.
    pub(crate) fn wrap(&self, width: f64) -> Vec<Line> {
        self.broken(width, |index| self.clusters.get(index).is_some_and(|cluster| cluster.break_before))
    }

    /// Breaks a code that people copy: between any two characters, but beside no space and after no hyphen, which a
    /// copy of several lines may lose.
    pub(crate) fn cut(&self, width: f64) -> Vec<Line> {
        let is_space = |index: usize| self.clusters.get(index).is_some_and(|cluster| cluster.space);
        let is_hyphen = |index: usize| {
            let rest = self.clusters.get(index).and_then(|cluster| self.text.get(cluster.start as usize..));
            rest.is_some_and(|rest| rest.starts_with('-'))
        };
        self.broken(width, |index| {
            let before = index.saturating_sub(1);
            !is_space(index) && !is_space(before) && !is_hyphen(before)
        })
    }

    /// Breaks the text greedily before clusters where `may_break`.
    fn broken(&self, width: f64, may_break: impl Fn(usize) -> bool) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut first = 0;
        let mut allowed: Option<usize> = None;
        for (index, cluster) in self.clusters.iter().enumerate() {
            if index > first && may_break(index) {
                allowed = Some(index);
            }
            while !cluster.space && index > first && self.end_of(index) - self.start_of(first) > width + 1e-4
            {
                let cut = allowed.take().unwrap_or(index);
                self.push_line(&mut lines, first, cut);
                first = cut;
            }
        }
        self.push_line(&mut lines, first, self.clusters.len());
        lines
    }

    /// The whole text as one line.
    pub(crate) fn single(&self) -> Option<Line> {
        self.wrap(f64::INFINITY).pop()
    }

    fn push_line(&self, lines: &mut Vec<Line>, first: usize, end: usize) {
        let is_ink = |index: &usize| self.clusters.get(*index).is_some_and(|cluster| !cluster.space);
        // A line of spaces alone says nothing.
        let (Some(first), Some(last)) = ((first..end).find(is_ink), (first..end).rev().find(is_ink)) else {
            return;
        };
        let after = last.saturating_add(1);
        let text_end = |index: usize| {
            self.clusters
                .get(index)
                .map_or(u32::try_from(self.text.len()).unwrap_or(u32::MAX), |next| next.start)
        };
        let start = self.clusters.get(first).map_or(0, |cluster| cluster.start);
        let mut line =
            Line { text: start..text_end(after), width: self.end_of(last) - self.start_of(first), hang: 0.0 };
        // The space at a break hangs over the end of the line, so that who copies the text, or has it read out, does
        // not get two words in one. It stays out where the bidirectional order would put it inside the line.
        let hangs = after < end && end < self.clusters.len();
        if hangs && self.run_at(text_end(after)).is_some_and(|run| run.level == u8::from(self.rtl)) {
            line.text.end = text_end(after.saturating_add(1));
            line.hang = if self.rtl { self.end_of(after) - self.start_of(after) } else { 0.0 };
        }
        lines.push(line);
    }

    fn run_at(&self, offset: u32) -> Option<&Run> {
        let index =
            self.runs.partition_point(|run| run.glyphs.last().is_none_or(|glyph| glyph.start() < offset));
        self.runs.get(index)
    }

    fn start_of(&self, index: usize) -> f64 {
        self.clusters.get(index).map_or(self.width, |cluster| cluster.before)
    }

    fn end_of(&self, index: usize) -> f64 {
        self.start_of(index.saturating_add(1))
    }

    /// The runs of a line from left to right, each with the part of its glyphs that is on the line.
    pub(crate) fn visual_runs(&self, line: &Line) -> Vec<(&Run, Range<usize>)> {
        // Runs and their glyphs are in the order of the text, so a line of a long text finds its own by bisection.
        let skipped = self
            .runs
            .partition_point(|run| run.glyphs.last().is_none_or(|glyph| glyph.start() < line.text.start));
        let mut parts: Vec<(&Run, Range<usize>)> = self
            .runs
            .iter()
            .skip(skipped)
            .take_while(|run| run.glyphs.first().is_some_and(|glyph| glyph.start() < line.text.end))
            .map(|run| {
                let start = run.glyphs.partition_point(|glyph| glyph.start() < line.text.start);
                let end = run.glyphs.partition_point(|glyph| glyph.start() < line.text.end);
                (run, start..end)
            })
            .collect();
        // Rule L2 of the bidirectional algorithm: from the highest level down to the lowest odd one, reverse every
        // stretch at that level or above.
        let highest = parts.iter().map(|(run, _)| run.level).max().unwrap_or(0);
        for level in (1..=highest).rev() {
            for stretch in parts.chunk_by_mut(|(a, _), (b, _)| (a.level >= level) == (b.level >= level)) {
                if stretch.first().is_some_and(|(run, _)| run.level >= level) {
                    stretch.reverse();
                }
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use crate::text::{Setting, Shaped, Shaper};
    use std::rc::Rc;

    fn shape(text: &str) -> Rc<Shaped> {
        Shaper::new().unwrap().shape(text.to_owned(), Setting::default())
    }

    fn lines(text: &str, width: f64) -> Vec<String> {
        let shaped = shape(text);
        let of =
            |line: &super::Line| text[line.text.start as usize..line.text.end as usize].trim_end().to_owned();
        shaped.wrap(width).iter().map(of).collect()
    }

    #[test]
    fn lines_break_between_words_and_never_exceed_the_width() {
        let text = "Instalação de doze módulos fotovoltaicos, com inversor e estrutura de fixação";
        let shaped = shape(text);
        for width in [8.0, 12.0, 20.0] {
            assert!(shaped.wrap(width).iter().all(|line| line.width <= width + 1e-3));
            assert_eq!(lines(text, width).join(" "), text);
        }
        assert_eq!(lines(text, 1e9), [text]);
    }

    #[test]
    fn the_space_at_a_break_is_kept_outside_the_line() {
        let shaped = shape("um dois");
        let line = &shaped.wrap(2.0)[0];
        assert_eq!(line.text, 0..3);
        assert_eq!(line.width, shape("um").width);
        assert_eq!(line.hang, 0.0);
        let shaped = shape("شركة الطاقة");
        let line = &shaped.wrap(3.0)[0];
        assert!(line.hang > 0.0, "it hangs out on the left where the text is read from the right");
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken_between_characters() {
        let word = "x".repeat(10_000);
        let broken = lines(&word, 10.0);
        assert!(broken.len() > 100);
        assert_eq!(broken.concat(), word);
        assert!(lines("a", 0.0001) == ["a"], "a line has at least one character");
    }

    #[test]
    fn a_code_is_cut_where_a_copy_of_its_lines_has_all_of_it() {
        let code = "0136123e4567-e12b-12d1-a456-4266 SOLAR DO VALE ENERGIA LTD6009SAO PAULO62140510FAT";
        let shaped = shape(code);
        for width in [4.0, 6.5, 9.0, 12.3] {
            let lines: Vec<&str> = shaped
                .cut(width)
                .iter()
                .map(|line| &code[line.text.start as usize..line.text.end as usize])
                .collect();
            assert_eq!(lines.concat(), code);
            for (line, next) in lines.iter().zip(&lines[1..]) {
                assert!(!line.ends_with([' ', '-']) && !next.starts_with(' '), "{line:?} {next:?}");
            }
            assert!(shaped.cut(width).iter().all(|line| line.width <= width + 1e-3));
        }
    }

    #[test]
    fn numbers_and_their_currency_are_not_separated() {
        assert_eq!(lines("Total R$\u{a0}1.043,71", 5.5), ["Total", "R$\u{a0}1.043,71"]);
    }

    #[test]
    fn chinese_breaks_between_characters_and_thai_does_not_overflow() {
        assert!(lines("太阳能发电系统安装费用", 4.1).iter().all(|line| line.chars().count() <= 4));
        let thai = shape("บริษัทพลังงานแสงอาทิตย์จำกัดมหาชน");
        assert!(thai.wrap(6.0).iter().all(|line| line.width <= 6.001));
    }

    #[test]
    fn runs_stand_in_visual_order() {
        let shaped = shape("شركة ABC الشمسية");
        let line = shaped.single().unwrap();
        let order: Vec<&str> = shaped
            .visual_runs(&line)
            .iter()
            .map(|(run, glyphs)| {
                let starts = run.glyphs[glyphs.clone()].iter().map(|glyph| glyph.start() as usize);
                let (start, end) = (starts.clone().min().unwrap(), starts.max().unwrap());
                shaped.text[start..]
                    .split_at(shaped.text[end..].chars().next().unwrap().len_utf8() + end - start)
                    .0
            })
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        assert_eq!(order, ["الشمسية", "ABC", "شركة"]);
    }

    #[test]
    fn breaking_takes_linear_time() {
        let shaped = shape(&"palavra ".repeat(50_000));
        let start = std::time::Instant::now();
        assert!(shaped.wrap(40.0).len() > 1000);
        assert!(start.elapsed().as_secs() < 2);
    }
}
