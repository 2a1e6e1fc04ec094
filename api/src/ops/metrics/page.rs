//! A page of figures being written (Prometheus text format 0.0.4).

use std::fmt::{Display, Write};

/// A page of figures. A family's samples come right after it is begun.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// The page's text.
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// Begins a family of samples.
    pub(crate) fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A family of one sample.
    pub(crate) fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    /// A sample with labels, each a name and a value.
    pub(crate) fn labelled(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = writeln!(self.0, "{name}{{{}}} {value}", written(labels));
    }

    /// The samples of a histogram. `counts` has one more than `bounds`: what is beyond all of them. `bound` prints a
    /// bound, and the sum, in the family's unit.
    pub(crate) fn histogram(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        bounds: &[u64],
        counts: &[u64],
        total: u64,
        bound: fn(u64) -> String,
    ) {
        let mut sum = 0;
        let labels = written(labels);
        let comma = if labels.is_empty() { "" } else { "," };
        let bounds = bounds.iter().map(|value| bound(*value)).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(counts) {
            sum += count;
            let _ = writeln!(self.0, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {sum}");
        }
        let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "{name}_sum{braces} {}\n{name}_count{braces} {sum}", bound(total));
    }
}

fn written(labels: &[(&str, &str)]) -> String {
    let written = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    written.collect::<Vec<_>>().join(",")
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Microseconds as seconds.
pub(crate) fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        for (micros, text) in
            [(0, "0"), (1, "0.000001"), (500, "0.0005"), (2_500_000, "2.5"), (30_000_000, "30")]
        {
            assert_eq!(seconds(micros), text);
        }
    }

    #[test]
    fn labels_are_escaped() {
        let mut page = Page::default();
        page.labelled("a", &[("b", "1\"2\\3\n4"), ("c", "")], 5);
        assert_eq!(page.into_text(), "a{b=\"1\\\"2\\\\3\\n4\",c=\"\"} 5\n");
    }

    #[test]
    fn a_histogram_without_labels_counts_upwards() {
        let mut page = Page::default();
        page.histogram("h", &[], &[1, 2], &[3, 0, 4], 20, |value| value.to_string());
        let expected =
            "h_bucket{le=\"1\"} 3\nh_bucket{le=\"2\"} 3\nh_bucket{le=\"+Inf\"} 7\nh_sum 20\nh_count 7\n";
        assert_eq!(page.into_text(), expected);
    }
}
