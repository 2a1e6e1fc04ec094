//! How a kind of record and its fields are described.

/// A kind of record; also how an aggregate with rules of its own describes the fields that its bodies have
/// ([`crate::paystub::PAYSTUB`], [`crate::overrides::OVERRIDE`]).
#[derive(Debug, PartialEq)]
pub struct RecordKind {
    /// Its name: the aggregate type of its records' streams, and the first part of their events' names.
    pub name: &'static str,
    /// As a reader would call it, in "... not found".
    pub what: &'static str,
    /// How it is shown.
    pub shown: Shown,
    /// Its fields, in the order in which they are described.
    pub fields: &'static [Field],
    /// What its lists can be filtered by: [`SINGLE_FILTERS`] of fields with one value, one of a list's entries.
    pub filters: &'static [Filter],
}

/// How the records of a kind are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// By their sequential number.
    ByNumber,
    /// By a public id ([`crate::public_id`]).
    ById {
        /// Whether bodies and answers also name the tenant (`tenant_id`).
        tenant: bool,
    },
}

/// A filter of a kind's lists.
#[derive(Debug, PartialEq, Eq)]
pub struct Filter {
    /// The query's parameter; `None` where only the program itself asks.
    pub parameter: Option<&'static str>,
    /// The field that must have the value: be it, or where it is a list have it among its entries.
    pub field: &'static str,
}

/// How many fields with one value a kind can be filtered by.
pub const SINGLE_FILTERS: usize = 3;

/// How a filter looks at its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// At the one value: it is the kind's filter of this index among those.
    Single(usize),
    /// At the entries of a list.
    Entries,
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

    /// True where its records are shown by a public id.
    pub fn has_public_ids(&self) -> bool {
        matches!(self.shown, Shown::ById { .. })
    }

    /// True where bodies and answers name the tenant.
    pub fn names_tenant(&self) -> bool {
        self.shown == Shown::ById { tenant: true }
    }

    /// How lists are filtered by a field; `None` where they are not.
    pub fn look(&self, field: &str) -> Option<Look> {
        let mut singles = 0;
        for filter in self.filters {
            let single = !matches!(self.field(filter.field)?.ty, FieldType::List { .. });
            if filter.field == field {
                return Some(if single { Look::Single(singles) } else { Look::Entries });
            }
            singles += usize::from(single);
        }
        None
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
    /// Who sets it.
    pub set_by: SetBy,
    /// The value of a new record whose maker gave none.
    pub initially: Option<bool>,
    /// How it is printed.
    pub printed: Printed,
}

/// Who sets a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// Whoever makes or changes the record.
    Body,
    /// The program ([`super::CheckedFields::set`]); in a body it is unknown.
    Program,
}

/// How a field is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// Where it has a value.
    Given,
    /// Always: `null` where it has none.
    OrNull,
    /// Also under another name, which changes can name it by too.
    Also(&'static str),
    /// Never.
    Not,
}

impl Field {
    /// A field that must be there.
    pub const fn required(name: &'static str, ty: FieldType) -> Self {
        let (set_by, initially, printed) = (SetBy::Body, None, Printed::Given);
        Self { name, required: true, ty, set_by, initially, printed }
    }

    /// A field that may be missing or null.
    pub const fn optional(name: &'static str, ty: FieldType) -> Self {
        let (set_by, initially, printed) = (SetBy::Body, None, Printed::Given);
        Self { name, required: false, ty, set_by, initially, printed }
    }

    /// A field that the program sets.
    pub const fn by_program(name: &'static str, ty: FieldType) -> Self {
        let (set_by, initially, printed) = (SetBy::Program, None, Printed::Given);
        Self { name, required: false, ty, set_by, initially, printed }
    }

    /// With a value for new records whose maker gives none.
    pub(crate) const fn initially(self, value: bool) -> Self {
        let Self { name, required, ty, set_by, printed, .. } = self;
        Self { name, required, ty, set_by, initially: Some(value), printed }
    }

    /// Printed in another way.
    pub(crate) const fn printed(self, printed: Printed) -> Self {
        let Self { name, required, ty, set_by, initially, .. } = self;
        Self { name, required, ty, set_by, initially, printed }
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
    /// A text of one line with just so many characters.
    Exact {
        /// So many.
        length: usize,
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
    /// 10^11 on) milliseconds. Kept as RFC 3339 in UTC, printed as `{"_seconds", "_nanoseconds"}`.
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
        /// At least so many.
        min: usize,
        /// At most so many.
        max: usize,
    },
    /// An object with these fields.
    Object(&'static [Field]),
    /// An object with any keys.
    Map {
        /// What each of them holds.
        of: &'static FieldType,
        /// At least so many.
        min: usize,
        /// At most so many.
        max: usize,
    },
}
