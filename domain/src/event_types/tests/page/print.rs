//! The page: each event with its fields and an example, by aggregate, and then the types that the fields have.

use super::check::Check;
use super::source::{Event, Field, Form, Holds, Shape, Source, split};
use super::words;
use crate::confidential::{CONFIDENTIAL_KEYS, REDACTED, redact};
use crate::record::{KINDS, RecordKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const HEAD: &str = include_str!("head.md");

const RECORDS: &str = "
## Records

Things that only hold fields, named as in the documents of their surfaces ([commissions](api-commissions.md), [back
office](api-backoffice.md)). The events of each kind have one form; a field that was left empty is absent. Amounts of the commissions
are dollars, `system_size` is in kW, what ends in `_ppw` is in dollars a watt and `lead_pkw` in dollars a kW; a product's price is in
the company's currency, `tax_rate` in percent. Ids are those that the surface shows, and not looked at.";

/// The page, as far as it is written.
pub(super) struct Page<'a> {
    source: &'a Source,
    samples: &'a BTreeMap<String, String>,
    text: String,
    /// Objects and choices that have a heading among the types, by their names.
    types: BTreeSet<String>,
    /// Texts and numbers with a name.
    values: BTreeSet<String>,
}

impl<'a> Page<'a> {
    /// All of it. `energy` is one more example of `invoice.created`.
    pub(super) fn of(source: &'a Source, samples: &'a BTreeMap<String, String>, energy: &str) -> String {
        let text = HEAD.replace("{payment.received}", &indented(&example(&samples["payment.received"])));
        let mut page = Self { source, samples, text, types: BTreeSet::new(), values: BTreeSet::new() };
        page.index();
        for (kind, state, events) in &source.aggregates {
            if let Some(events) = source.events(events) {
                page.aggregate(kind, state, events, energy);
            }
        }
        page.records();
        page.all_types();
        page.all_values();
        page.text
    }

    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn index(&mut self) {
        self.line("\n| kind | what it is | events |\n| --- | --- | --- |");
        for (kind, state, events) in &self.source.aggregates {
            if let Some(events) = self.source.events(events) {
                let names: Vec<String> = events.iter().map(|event| linked(&event.name)).collect();
                let about = &self.source.definition(state).about;
                self.line(format!("| [{kind}](#{kind}) | {about} | {} |", names.join(", ")));
            }
        }
        for kind in KINDS {
            let names: Vec<String> = kind.event_types().iter().map(|name| linked(name)).collect();
            let (name, about) = (kind.name, first_sentence(&self.source.kinds[kind.name]));
            self.line(format!("| [{name}](#{name}) | {about} | {} |", names.join(", ")));
        }
    }

    fn aggregate(&mut self, kind: &str, state: &str, events: &[Event], energy: &str) {
        self.line(format!("\n## {kind}\n\n{}", self.source.definition(state).about));
        for event in events {
            self.line(format!("\n### {}\n\n{}\n", event.name, event.about));
            let Shape::Plain(payload) = &event.payload else { panic!("{} is no object", event.name) };
            let fields = self.source.fields(payload);
            self.fields(&fields);
            self.example(&self.samples[&event.name], &fields);
            if event.name == "invoice.created" {
                self.line("\nAn energy invoice:");
                self.example(energy, &fields);
            }
        }
    }

    fn example(&mut self, sample: &str, fields: &[Field]) {
        let shown = example(sample);
        Check(self.source).object(&serde_json::from_str(&shown).unwrap(), fields, sample);
        self.line(format!("\n```json\n{shown}\n```"));
    }

    fn fields(&mut self, fields: &[Field]) {
        self.line("| field | type | meaning |\n| --- | --- | --- |");
        for field in fields {
            let (shape, null) = (self.words(&field.shape), if field.nullable { " or `null`" } else { "" });
            let optional = if field.optional { ", optional" } else { "" };
            self.line(format!("| `{}` | {shape}{null}{optional} | {} |", field.name, field.about));
        }
    }

    /// How a shape is called; what has to be told of it is noted.
    fn words(&mut self, shape: &Shape) -> String {
        let name = match shape {
            Shape::List(of) => return format!("list of {}", self.words(of)),
            Shape::Keyed(of) => return format!("object with any keys, each {}", self.words(of)),
            Shape::Plain(name) => name,
        };
        if let Some(plain) = words::plain(name) {
            return plain.to_owned();
        }
        let (whole, (_, own)) = (self.source.whole_name(name), split(name));
        match &self.source.definition(name).form {
            Some(Form::Choice(variants))
                if variants.iter().all(|variant| matches!(variant.holds, Holds::Nothing)) =>
            {
                let names: Vec<String> =
                    variants.iter().map(|variant| format!("`{}`", variant.name)).collect();
                names.join(", ")
            }
            Some(Form::Same(_)) => {
                self.values.insert(whole);
                format!("[{own}](#values)")
            }
            Some(Form::Object(_) | Form::Choice(_)) => {
                self.types.insert(whole);
                format!("[{own}](#{})", own.to_lowercase())
            }
            None => panic!("how {name} looks in JSON is written by hand: name it in words.rs"),
        }
    }

    fn records(&mut self) {
        self.line(RECORDS);
        for (verb, payload) in
            [("created", "RecordCreated"), ("updated", "RecordUpdated"), ("deleted", "RecordDeleted")]
        {
            self.line(format!("\n`<kind>.{verb}`: {}\n", self.source.definition(payload).about));
            let fields = self.source.fields(payload);
            self.fields(&fields);
        }
        for kind in KINDS {
            self.record(kind);
        }
    }

    fn record(&mut self, kind: &RecordKind) {
        self.line(format!("\n## {}\n\n{}\n", kind.name, self.source.kinds[kind.name]));
        self.line("| field | type | required |\n| --- | --- | --- |");
        for field in kind.fields {
            let required = if field.required { "yes" } else { "" };
            self.line(format!("| `{}` | {} | {required} |", field.name, words::held(&field.ty)));
        }
        let payloads = ["RecordCreated", "RecordUpdated", "RecordDeleted"];
        for (name, payload) in kind.event_types().iter().zip(payloads) {
            self.line(format!("\n### {name}"));
            let sample = &self.samples[name];
            let fields = self.source.fields(payload);
            self.example(sample, &fields);
            let shown: Value = serde_json::from_str(&example(sample)).unwrap();
            for field in shown["fields"].as_object().into_iter().flat_map(|fields| fields.keys()) {
                assert!(kind.field(field).is_some(), "{name} has a field {field} that its kind has not");
            }
        }
    }

    fn all_types(&mut self) {
        self.line("\n## Types");
        let mut told = BTreeMap::new();
        // To tell of one may bring up others.
        while let Some(name) = self.types.iter().find(|name| !told.contains_key(split(name).1)).cloned() {
            let before = std::mem::take(&mut self.text);
            self.one_type(&name);
            let section = std::mem::replace(&mut self.text, before);
            told.insert(split(&name).1.to_owned(), section);
        }
        assert_eq!(told.len(), self.types.len(), "two types of one name: {:?}", self.types);
        self.text.extend(told.into_values());
    }

    fn one_type(&mut self, name: &str) {
        let definition = self.source.definition(name);
        self.line(format!("\n### {}\n\n{}\n", split(name).1, definition.about));
        match definition.form.as_ref().unwrap() {
            Form::Object(fields) => {
                let fields = self.source.unfolded(fields);
                self.fields(&fields);
            }
            Form::Choice(variants) => {
                self.line(
                    "An object with one of these fields:\n\n| field | type | meaning |\n| --- | --- | --- |",
                );
                for variant in variants {
                    let held = match &variant.holds {
                        Holds::Nothing => panic!("{name} is a text or an object"),
                        Holds::One(shape) => self.words(shape),
                        Holds::Fields(fields) => self.inline(fields),
                    };
                    self.line(format!("| `{}` | {held} | {} |", variant.name, variant.about));
                }
            }
            Form::Same(_) => panic!("{name} is a value"),
        }
    }

    fn inline(&mut self, fields: &[Field]) -> String {
        let mut text = "object of ".to_owned();
        for (nth, field) in fields.iter().enumerate() {
            let shape = self.words(&field.shape);
            write!(text, "{}`{}` ({shape})", if nth == 0 { "" } else { ", " }, field.name).unwrap();
        }
        text
    }

    fn all_values(&mut self) {
        self.line("\n## Values\n\nTexts and numbers that have a name, and what they hold.\n");
        self.line("| type | in JSON | what it is |\n| --- | --- | --- |");
        let mut values: Vec<String> = std::mem::take(&mut self.values).into_iter().collect();
        values.sort_by(|one, other| split(one).1.cmp(split(other).1));
        for name in values {
            let definition = self.source.definition(&name);
            let Some(Form::Same(inner)) = &definition.form else { panic!("{name} is no value") };
            let inner = self.words(inner);
            self.line(format!("| {} | {inner} | {} |", split(&name).1, definition.about));
        }
    }
}

fn linked(event: &str) -> String {
    format!("[`{event}`](#{})", event.replace('.', ""))
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive('.').next().unwrap_or(text)
}

/// What the log holds of an event, without its name, as histories, feed and stream show it.
fn example(sample: &str) -> String {
    let lines: Vec<&str> = sample.lines().collect();
    let mut lines = lines[2..lines.len() - 1].iter().map(|line| line.strip_prefix("  ").unwrap());
    let mut shown = vec!["{".to_owned()];
    while let Some(line) = lines.next() {
        let (key, value) = line.split_once(": ").unwrap_or((line, "null"));
        let name = key.trim_start().trim_matches('"');
        if value.starts_with("null") || !CONFIDENTIAL_KEYS.contains(&name) {
            shown.push(line.to_owned());
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = if value == "{" {
            lines.find(|line| line.trim_end_matches(',') == format!("{indent}}}"))
        } else {
            Some(line)
        };
        let comma = if end.unwrap().ends_with(',') { "," } else { "" };
        shown.push(format!("{key}: \"{REDACTED}\"{comma}"));
    }
    let shown = shown.join("\n");
    let mut whole: Value = serde_json::from_str(sample).unwrap();
    redact(&mut whole);
    let inner = whole.as_object().unwrap().values().next().unwrap();
    assert_eq!(&serde_json::from_str::<Value>(&shown).unwrap(), inner, "the example is another event");
    shown
}

fn indented(json: &str) -> String {
    json.replace('\n', "\n  ")
}
