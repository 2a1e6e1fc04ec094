//! What the write side asks of every aggregate beyond `cqrs_es::Aggregate`: whether it exists, and which
//! names and numbers its events claim in the log's own transaction.

use crate::DomainError;
use cqrs_es::Aggregate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An aggregate of the ledger. `Default` is the state before the first event.
pub trait Entity: Aggregate<Services = (), Error = DomainError> + Clone + 'static {
    /// Bytes that a state takes in memory for each byte of its JSON, about: what caches reckon with.
    const BULK: u64 = 2;

    /// True from the event that made it until the one that deleted it.
    fn exists(&self) -> bool;

    /// The names and numbers that `event`, decided on this state (the one before it), claims or frees.
    fn claims(&self, event: &Self::Event, claims: &mut Claims);

    /// Takes over what the log gave to a field of its events that was pending: the state is then the one that the
    /// events, as the log has them, fold to. False where the state does not have that field pending; whoever asks folds
    /// the events again then.
    fn fill(&mut self, _field: &str, _given: Given) -> bool {
        false
    }
}

/// What the log gave to a pending field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The series' value.
    Number(i64),
    /// The label made of it.
    Label(String),
}

/// A name that is unique in its tenant and scope (an invoice number, an e-mail), compared byte by byte: the
/// caller normalises it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// What is unique (`invoice_number`). Also the field that an error names.
    pub scope: &'static str,
    /// The name in its normal form.
    pub name: String,
}

/// How a series' value becomes a label: `prefix`, then the value padded with zeros to `width`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What stands before the digits (`INV-`).
    pub prefix: String,
    /// Digits at least (4 gives `INV-0001`).
    pub width: u8,
    /// The label is a unique name in this scope; values whose label is taken already are passed over.
    pub scope: &'static str,
}

/// The next value of a gapless series, given in the transaction that appends the event and written into the
/// event's payload where its `field` is still pending ([`Number::PENDING`], [`Text::pending`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesClaim {
    /// The series, within the tenant (`number:invoice`, `label:INV-`, `plan:invoices:2026-11`).
    pub series: String,
    /// The JSON key of the event's pending field; `None` where the value is only counted.
    pub field: Option<&'static str>,
    /// Given, the field becomes this label; else the plain number.
    pub label: Option<Label>,
    /// The last value that may be given: over it the command is refused with `PlanLimit`.
    pub max: Option<i64>,
    /// What the refusal says.
    pub refusal: &'static str,
}

/// What a command's events claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Names taken by the aggregate: refused where another has them.
    pub take: Vec<Name>,
    /// Names given back.
    pub release: Vec<Name>,
    /// Series values, each with the index of the event (in the command's list) that receives it.
    pub series: Vec<(usize, SeriesClaim)>,
    /// Index of the event now being asked about; set by the executor.
    pub event: usize,
}

impl Claims {
    /// Takes a name.
    pub fn take(&mut self, scope: &'static str, name: impl Into<String>) {
        self.take.push(Name { scope, name: name.into() });
    }

    /// Gives a name back.
    pub fn release(&mut self, scope: &'static str, name: impl Into<String>) {
        self.release.push(Name { scope, name: name.into() });
    }

    /// The sequential number of a new thing of `kind`, into the event's field `number`.
    pub fn number(&mut self, kind: &str) {
        self.series(SeriesClaim {
            series: format!("number:{kind}"),
            field: Some("number"),
            label: None,
            max: None,
            refusal: "",
        });
    }

    /// A value of a series for the event at hand.
    pub fn series(&mut self, claim: SeriesClaim) {
        self.series.push((self.event, claim));
    }
}

/// What a pending field looks like in JSON: `"field":-9223372036854775808`. A quote inside a JSON string is
/// always escaped, so `"field":` with this value can only be the event's own key.
pub const PENDING: i64 = i64::MIN;

/// A sequential number from 1, or still to be given by the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub i64);

impl Number {
    /// To be given when the event is appended.
    pub const PENDING: Number = Number(PENDING);

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }

    /// True where there is none, given or pending.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Becomes the number that the log gave. False where it was not pending, or something else was given.
    pub fn fill(&mut self, given: Given) -> bool {
        match given {
            Given::Number(number) if *self == Self::PENDING => {
                *self = Self(number);
                true
            }
            _ => false,
        }
    }
}

/// A text that is either given, or a label that the log gives when the event is appended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text(Option<String>);

impl Text {
    /// To be given when the event is appended.
    pub fn pending() -> Self {
        Self(None)
    }

    /// A given text.
    pub fn given(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }

    /// The text; empty while pending.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// True until the log gave it.
    pub fn is_pending(&self) -> bool {
        self.0.is_none()
    }

    /// Becomes the label that the log gave. False where it was not pending, or something else was given.
    pub fn fill(&mut self, given: Given) -> bool {
        match given {
            Given::Label(label) if self.is_pending() => {
                *self = Self::given(label);
                true
            }
            _ => false,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::given("")
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(text) => out.serialize_str(text),
            None => out.serialize_i64(PENDING),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Visit;
        impl serde::de::Visitor<'_> for Visit {
            type Value = Text;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::given(text))
            }
        }
        input.deserialize_str(Visit)
    }
}
