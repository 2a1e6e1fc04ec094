//! Records of every kind that only holds checked fields, in one table. What a kind's lists are filtered by stands in columns
//! that the kinds share: which column is which field's, the kind's description says.

use crate::model::{Column, ColumnType, Listed, RowData, Table, entries};
use crate::query::Filter;
use serde_json::Value;
use sunledger_domain::record::{Look, Record, RecordKind, SINGLE_FILTERS, kind};
use sunledger_domain::search;
use sunledger_store::Param;

/// The columns of the fields with one value.
const SINGLES: [&str; SINGLE_FILTERS] = ["single_1", "single_2", "single_3"];
/// The column of the field with several.
const ENTRIES: &str = "entries";

static TABLE: Table = Table {
    name: "records",
    columns: &[
        Column { name: "kind", kind: ColumnType::Text },
        // The id that it is shown by; none where only its number shows it.
        Column { name: "public_id", kind: ColumnType::Text },
        Column { name: SINGLES[0], kind: ColumnType::Text },
        Column { name: SINGLES[1], kind: ColumnType::Text },
        Column { name: SINGLES[2], kind: ColumnType::Text },
        Column { name: ENTRIES, kind: ColumnType::Text },
    ],
    indexes: &[&["kind"], &["kind", "public_id"]],
    sparse: &[
        &["single_1", "kind", "number"],
        &["single_2", "kind", "number"],
        &["single_3", "kind", "number"],
    ],
    lookup: None,
    counters: &[&["kind"], &["kind", "single_1"], &["kind", "single_2"], &["kind", "single_1", "single_2"]],
    link: None,
};

/// Those of a kind.
pub fn of_kind(kind: &RecordKind) -> Filter {
    Filter::OneOf("kind", vec![kind.name.to_owned()])
}

/// Those of a kind with a value in a field that its lists are filtered by: nothing else is found by it.
pub fn with_field(kind: &RecordKind, field: &str, value: &str) -> Filter {
    match kind.look(field) {
        Some(Look::Single(index)) => match SINGLES.get(index) {
            Some(column) => Filter::OneOf(column, vec![value.to_owned()]),
            None => Filter::OneOf("kind", Vec::new()),
        },
        Some(Look::Entries) => Filter::Has(ENTRIES, value.to_owned()),
        None => Filter::OneOf("kind", Vec::new()),
    }
}

/// Those shown by one of these ids.
pub fn with_public_ids(ids: Vec<String>) -> Filter {
    Filter::OneOf("public_id", ids)
}

impl Listed for Record {
    const TABLE: &'static Table = &TABLE;

    fn row(&self) -> Option<RowData> {
        let text = |text: String| Param::Text(text.into());
        let mut singles: [Param; SINGLE_FILTERS] = [Param::Null, Param::Null, Param::Null];
        let mut several = Param::Null;
        let described = kind(&self.kind);
        for filter in described.map(|kind| kind.filters).unwrap_or_default() {
            let Some(value) = self.fields.get(filter.field) else { continue };
            match described.and_then(|kind| kind.look(filter.field)) {
                Some(Look::Single(index)) => {
                    if let Some(single) = singles.get_mut(index) {
                        *single = spelled(value).map_or(Param::Null, text);
                    }
                }
                Some(Look::Entries) => {
                    let values = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    several = text(entries(values));
                }
                None => {}
            }
        }
        let mut values = vec![text(self.kind.clone()), self.public_id().map_or(Param::Null, text)];
        values.extend(singles);
        values.push(several);
        Some(RowData { number: self.number.get(), search: words(self, described), values })
    }
}

/// A value as queries spell it.
fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a record is searched by: its texts. None of those that are shown by an id, whose lists cannot be searched.
fn words(record: &Record, kind: Option<&RecordKind>) -> String {
    if kind.is_some_and(RecordKind::has_public_ids) {
        return String::new();
    }
    let texts: Vec<&str> = record.fields.values().filter_map(|value| value.as_str()).collect();
    search::fold(&texts.join(" "))
}
