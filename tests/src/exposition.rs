//! A page of metrics (Prometheus text format 0.0.4), read strictly: what a lenient reader would let pass is an error here.

use std::collections::{BTreeMap, BTreeSet};

/// A series: the sample's name and its labels.
type Series = (String, BTreeMap<String, String>);

/// A page that was found to be sound.
#[derive(Debug, Default)]
pub struct Exposition {
    samples: BTreeMap<Series, f64>,
}

/// The family that the lines belong to.
#[derive(Debug, Default)]
struct Family {
    name: String,
    kind: String,
    /// Bounds and counts of each histogram, by its labels without `le`, in the order of the page.
    buckets: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>>,
}

impl Exposition {
    /// Reads a page.
    ///
    /// # Errors
    /// The first line that is wrong, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        if !text.ends_with('\n') {
            return Err("the last line does not end".into());
        }
        let mut page = Self::default();
        let mut families = BTreeSet::new();
        let mut family = Family::default();
        for line in text.lines() {
            let wrong = |why: &str| format!("{why}: {line}");
            if let Some(help) = line.strip_prefix("# HELP ") {
                page.end(&family)?;
                let (name, _) = help.split_once(' ').ok_or_else(|| wrong("no help"))?;
                if !is_name(name) || !families.insert(name.to_owned()) {
                    return Err(wrong("no name, or a family for the second time"));
                }
                family = Family { name: name.into(), ..Family::default() };
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let kind = kind.strip_prefix(&family.name).and_then(|rest| rest.strip_prefix(' '));
                let kind =
                    kind.filter(|_| family.kind.is_empty()).ok_or_else(|| wrong("another family's type"))?;
                family.kind = kind.into();
                family.is_well_named().map_err(|why| wrong(&why))?;
            } else {
                let (series, value) = sample(line).map_err(|why| wrong(&why))?;
                family.takes(&series, value).map_err(|why| wrong(&why))?;
                if page.samples.insert(series, value).is_some() {
                    return Err(wrong("a series for the second time"));
                }
            }
        }
        page.end(&family)?;
        Ok(page)
    }

    /// A histogram ends with a bucket for everything, whose count is the histogram's.
    fn end(&self, family: &Family) -> Result<(), String> {
        for (labels, buckets) in &family.buckets {
            let wrong = |why: &str| Err(format!("{} {labels:?}: {why}", family.name));
            if !buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1) {
                return wrong("buckets do not count upwards");
            }
            let count = self.samples.get(&(format!("{}_count", family.name), labels.clone()));
            if buckets.last().map(|(_, count)| count) != count || count.is_none() {
                return wrong("the count is not that of the last bucket");
            }
            if buckets.last().is_some_and(|(bound, _)| *bound != f64::INFINITY) {
                return wrong("no bucket for everything");
            }
            if !self.samples.contains_key(&(format!("{}_sum", family.name), labels.clone())) {
                return wrong("no sum");
            }
        }
        Ok(())
    }

    /// The names of all samples; a histogram has three.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.samples.keys().map(|(name, _)| name.as_str()).collect()
    }

    /// The labels that a sample's name comes with.
    #[must_use]
    pub fn labels(&self, name: &str) -> BTreeSet<&str> {
        let of_it = self.samples.keys().filter(|(known, _)| known == name);
        of_it.flat_map(|(_, labels)| labels.keys().map(String::as_str)).collect()
    }

    /// The value of one series.
    #[must_use]
    pub fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.samples.get(&(name.to_owned(), labels)).copied()
    }

    /// The value of one series that must be there.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    #[track_caller]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.find(name, labels).unwrap_or_else(|| panic!("no {name} {labels:?} among {:?}", self.names()))
    }
}

impl Family {
    fn is_well_named(&self) -> Result<(), String> {
        let total = self.name.ends_with("_total");
        match self.kind.as_str() {
            "counter" if total => Ok(()),
            "gauge" | "histogram" if !total => Ok(()),
            "counter" | "gauge" | "histogram" => Err("counters end in _total, and nothing else does".into()),
            other => Err(format!("no type is named {other:?}")),
        }
    }

    /// Whether a sample belongs to it.
    fn takes(&mut self, (name, labels): &Series, value: f64) -> Result<(), String> {
        let suffix = name.strip_prefix(&self.name).ok_or("a sample outside of its family")?;
        match (self.kind.as_str(), suffix) {
            ("counter", "") if value < 0.0 => Err("a counter below zero".into()),
            ("counter" | "gauge", "") | ("histogram", "_sum" | "_count") => Ok(()),
            ("histogram", "_bucket") => {
                let mut labels = labels.clone();
                let bound = labels.remove("le").and_then(|le| number(&le)).ok_or("a bucket without bound")?;
                self.buckets.entry(labels).or_default().push((bound, value));
                Ok(())
            }
            _ => Err("a sample outside of its family, or before its type".into()),
        }
    }
}

fn sample(line: &str) -> Result<(Series, f64), String> {
    let (series, value) = line.rsplit_once(' ').ok_or("no value")?;
    let value = number(value).ok_or("no number")?;
    let (name, labels) = match series.split_once('{') {
        None => (series, BTreeMap::new()),
        Some((name, rest)) => (name, labels(rest.strip_suffix('}').ok_or("labels without end")?)?),
    };
    if is_name(name) { Ok(((name.into(), labels), value)) } else { Err("no name".into()) }
}

fn labels(mut text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut labels = BTreeMap::new();
    loop {
        let (name, rest) = text.split_once("=\"").ok_or("a label without value")?;
        let (value, rest) = quoted(rest)?;
        if !is_name(name) || name.contains(':') || labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("label {name:?} is no name, or there twice"));
        }
        text = match rest.strip_prefix(',') {
            Some(next) => next,
            None if rest.is_empty() => return Ok(labels),
            None => return Err("labels without comma".into()),
        };
    }
}

/// A label's value up to its quote, and what comes after that.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped @ ('\\' | '"'))) => value.push(escaped),
                _ => return Err("an unknown escape".into()),
            },
            letter => value.push(letter),
        }
    }
    Err("a label without end".into())
}

fn is_name(name: &str) -> bool {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    name.chars().all(inner) && name.starts_with(|first: char| !first.is_ascii_digit())
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        text => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "# HELP a_total Some.\n# TYPE a_total counter\na_total{b=\"c\\\"d\\n\",e=\"\"} 3\n\
        # HELP h Waiting.\n# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 1.5\nh_count 2\n";

    #[test]
    fn a_sound_page_is_read() {
        let page = Exposition::read(SOUND).unwrap();
        assert_eq!(page.value("a_total", &[("b", "c\"d\n"), ("e", "")]).to_string(), "3");
        assert_eq!(page.names().into_iter().collect::<Vec<_>>(), ["a_total", "h_bucket", "h_count", "h_sum"]);
        assert_eq!(page.labels("a_total").into_iter().collect::<Vec<_>>(), ["b", "e"]);
        assert!(page.find("a_total", &[]).is_none());
    }

    #[test]
    fn whatever_is_wrong_is_found() {
        for (sound, wrong) in [
            ("h_count 2\n", "h_count 2"),
            ("h_count 2", "h_count 3"),
            ("h_sum 1.5\n", ""),
            ("le=\"0.5\"} 1", "le=\"0.5\"} 3"),
            ("h_bucket{le=\"+Inf\"} 2\n", ""),
            ("# TYPE h histogram\n", ""),
            ("# HELP h Waiting.\n", ""),
            ("# HELP h Waiting.", "# HELP a_total Waiting."),
            ("counter", "gauge"),
            ("counter", "summary"),
            ("e=\"\"} 3", "e=\"\",} 3"),
            ("e=\"\"} 3", "b=\"\"} 3"),
            ("e=\"\"} 3", "e=\"} 3"),
            ("\\n", "\\x"),
            ("} 3", "} three"),
            ("} 3", "} -3"),
            ("} 3\n", "} 3\n\n"),
            ("h_sum 1.5\n", "h_sum 1.5\nh_sum 1.5\n"),
            ("h_sum", "other_sum"),
        ] {
            let page = SOUND.replacen(sound, wrong, 1);
            assert_ne!(page, SOUND, "{sound:?}");
            assert!(Exposition::read(&page).is_err(), "{page}");
        }
    }
}
