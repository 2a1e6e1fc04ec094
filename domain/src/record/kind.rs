//! How a kind of record and its fields are described.

/// A kind of record.
#[derive(Debug, PartialEq)]
pub struct RecordKind {
    /// Its name: the aggregate type of its records' streams, and the first part of their events' names.
    pub name: &'static str,
    /// As a reader would call it, in "... not found".
    pub what: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

impl RecordKind {
    /// The names of its events.
    pub fn event_types(&self) -> [String; 3] {
        super::event::VERBS.map(|verb| format!("{}.{verb}", self.name))
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A field of a kind, or of an object in a field.
#[derive(Debug, PartialEq)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Whether it must be there, and not null.
    pub required: bool,
    /// What it holds.
    pub ty: FieldType,
}

impl Field {
    /// A field that must be there.
    pub const fn required(name: &'static str, ty: FieldType) -> Self {
        Self { name, required: true, ty }
    }

    /// A field that may be missing or null.
    pub const fn optional(name: &'static str, ty: FieldType) -> Self {
        Self { name, required: false, ty }
    }
}

/// What a field holds. Types are strict: a number in quotes is no number. Numbers with decimals are kept as
/// strings, so that they stay exact wherever the log is read.
#[derive(Debug, PartialEq)]
pub enum FieldType {
    /// A text of several lines.
    Text {
        /// At most so many characters.
        max: usize,
        /// At least one character.
        non_empty: bool,
    },
    /// A whole number.
    Integer {
        /// At least.
        min: i64,
        /// At most.
        max: i64,
    },
    /// A number, kept as a string.
    Decimal {
        /// At least.
        min: i64,
        /// At most.
        max: i64,
        /// Decimals at most.
        places: u32,
    },
    /// An amount of money under 10^15 with at most 6 decimals, kept as a string of at least two.
    Money {
        /// Whether it may be below 0.
        negative: bool,
    },
    /// A percentage, 0 to 100, kept as a string.
    Percent,
    /// True or false.
    Bool,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// An instant: `YYYY-MM-DD` (midnight UTC), ISO 8601, `{"_seconds", "_nanoseconds"}`, or Unix seconds or (from
    /// 10^11 on) milliseconds. Kept as RFC 3339 in UTC.
    Timestamp,
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The id of something, as an opaque text of 1 to 128 characters.
    Reference,
    /// A list.
    List {
        /// Of these.
        of: &'static FieldType,
        /// At most so many.
        max: usize,
    },
    /// An object with these fields.
    Object(&'static [Field]),
    /// An object with any keys.
    Map {
        /// What each of them holds.
        of: &'static FieldType,
        /// At most so many.
        max: usize,
    },
}
