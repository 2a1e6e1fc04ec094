//! What a read model is: an aggregate's state as a row of a table shaped for its queries.
//!
//! To add one: describe its [`Table`] and implement [`Listed`] in `models/`, add it to [`crate::models::all`], and
//! raise [`crate::generation::FORM`], so that every installation builds the new generation beside the old one.

use rust_decimal::Decimal;
use std::any::Any;
use std::fmt::Write;
use std::marker::PhantomData;
use std::sync::Arc;
use sunledger_commands::Codec;
use sunledger_commands::read_side::AnyState;
use sunledger_domain::Entity;
use sunledger_domain::movement::Movement;
use sunledger_store::{Param, RecordedEvent, StoreError};
use uuid::Uuid;

/// A column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `text`; calendar dates too (`YYYY-MM-DD`).
    Text,
    /// `bigint`; times too (microseconds).
    Int,
    /// `uuid`.
    Uuid,
    /// `text`: the grams of the search text ([`sunledger_domain::search::grams`]), indexed each, so that words too short
    /// for the trigram index are found too.
    Grams,
}

/// A column that a filter or an order needs.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ColumnType,
}

/// The search text of another table is part of this one's.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The other table (`clients`).
    pub table: &'static str,
    /// The column here that holds the other's id.
    pub column: &'static str,
}

/// A read model's table. Beside its own columns each has `tenant`, `id`, `number`, `version`, `search_own`, `search`, `doc`.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its own columns.
    pub columns: &'static [Column],
    /// Indexes: each of these column lists, between `tenant` and `number`.
    pub indexes: &'static [&'static [&'static str]],
    /// Indexes of the rows alone that have a value in the first of their columns: those columns after `tenant`. What few
    /// rows have costs the others nothing.
    pub sparse: &'static [&'static [&'static str]],
    /// A column that is looked up without the tenant (an API key's hash).
    pub lookup: Option<&'static str>,
    /// Counted by each of these column sets; `[]` counts all of a tenant's rows.
    pub counters: &'static [&'static [&'static str]],
    /// Where part of the search text comes from.
    pub link: Option<Link>,
}

/// An aggregate's row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowData {
    /// Its sequential number.
    pub number: i64,
    /// Its own search text, folded ([`sunledger_domain::search::fold`]).
    pub search: String,
    /// Values of the table's own columns, in order.
    pub values: Vec<Param>,
}

/// An aggregate that has a read model.
pub trait Listed: Entity {
    /// Its table.
    const TABLE: &'static Table;

    /// Its row; `None` where it is not to be found any more.
    fn row(&self) -> Option<RowData>;

    /// The money that it has moved so far, for the financial report. Events may only add to it: also what was deleted has
    /// moved what it moved, and what it gave back.
    fn movements(&self) -> Vec<Movement> {
        Vec::new()
    }

    /// Amounts that the projector adds up by their keys over all rows, exact (`sums.rs`).
    fn sums(&self) -> Vec<(String, Decimal)> {
        Vec::new()
    }

    /// The client whom it is about, if any: what happens to it is told in that client's timeline. `id` is its own.
    fn client(&self, _id: Uuid) -> Option<Uuid> {
        None
    }
}

/// A read model, whatever its aggregate.
pub(crate) trait Model: Send + Sync {
    fn table(&self) -> &'static Table;
    /// Applies an event to a state (`None`: there is none yet), in place where nobody else holds it. After an error the
    /// state is as it was.
    fn fold(
        &self,
        codec: &Codec,
        state: &mut Option<AnyState>,
        event: &RecordedEvent,
    ) -> Result<(), StoreError>;
    fn restore(&self, doc: &str) -> Result<AnyState, StoreError>;
    /// Writes a state as JSON.
    fn doc(&self, state: &AnyState, out: &mut Vec<u8>) -> Result<(), StoreError>;
    fn row(&self, state: &AnyState) -> Result<Option<RowData>, StoreError>;
    fn movements(&self, state: &AnyState) -> Result<Vec<Movement>, StoreError>;
    /// What it adds to the sums: nothing where it has no row.
    fn sums(&self, state: &AnyState) -> Result<Vec<(String, Decimal)>, StoreError>;
    fn client(&self, state: &AnyState, id: Uuid) -> Result<Option<Uuid>, StoreError>;
}

/// The read model of one aggregate type.
pub(crate) struct ModelOf<A>(PhantomData<fn() -> A>);

impl<A: Listed> ModelOf<A> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

fn typed<A: Any + Send + Sync>(state: &AnyState) -> Result<&A, StoreError> {
    state.downcast_ref::<A>().ok_or_else(wrong_type)
}

fn downcast<A: Any + Send + Sync>(state: AnyState) -> Result<Arc<A>, StoreError> {
    state.downcast::<A>().map_err(|_| wrong_type())
}

fn wrong_type() -> StoreError {
    StoreError::Failed("a state of another type".into())
}

impl<A: Listed> Model for ModelOf<A> {
    fn table(&self) -> &'static Table {
        A::TABLE
    }

    fn fold(
        &self,
        codec: &Codec,
        state: &mut Option<AnyState>,
        event: &RecordedEvent,
    ) -> Result<(), StoreError> {
        let event = codec.decode::<A>(event)?;
        let mut current = match state.take() {
            Some(state) => downcast::<A>(state)?,
            None => Arc::new(A::default()),
        };
        Arc::make_mut(&mut current).apply(event);
        *state = Some(current);
        Ok(())
    }

    fn restore(&self, doc: &str) -> Result<AnyState, StoreError> {
        let state: A = serde_json::from_str(doc)
            .map_err(|error| StoreError::Damaged(format!("a row of {}: {error}", A::TABLE.name)))?;
        Ok(Arc::new(state))
    }

    fn doc(&self, state: &AnyState, out: &mut Vec<u8>) -> Result<(), StoreError> {
        serde_json::to_writer(out, typed::<A>(state)?)
            .map_err(|error| StoreError::Failed(format!("a row of {}: {error}", A::TABLE.name)))
    }

    fn row(&self, state: &AnyState) -> Result<Option<RowData>, StoreError> {
        let state = typed::<A>(state)?;
        Ok(if state.exists() { state.row() } else { None })
    }

    fn movements(&self, state: &AnyState) -> Result<Vec<Movement>, StoreError> {
        Ok(typed::<A>(state)?.movements())
    }

    fn sums(&self, state: &AnyState) -> Result<Vec<(String, Decimal)>, StoreError> {
        let state = typed::<A>(state)?;
        Ok(if state.exists() { state.sums() } else { Vec::new() })
    }

    fn client(&self, state: &AnyState, id: Uuid) -> Result<Option<Uuid>, StoreError> {
        Ok(typed::<A>(state)?.client(id))
    }
}

impl Table {
    /// Writes the value of a column in a row as counters spell it.
    fn spell(&self, row: &RowData, column: &str, out: &mut String) {
        let index = self.columns.iter().position(|known| known.name == column);
        match index.and_then(|index| row.values.get(index)) {
            Some(Param::Text(text)) => out.push_str(text),
            Some(Param::Int(number)) => _ = write!(out, "{number}"),
            Some(Param::Uuid(id)) => out.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
            _ => {}
        }
    }

    /// The counters that a row is counted in: [`counter_key`] of its values.
    pub(crate) fn counted(&self, row: &RowData) -> Vec<String> {
        let key = |columns: &&[&str]| {
            // Room for an id and a word.
            let mut key = String::with_capacity(64);
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    key.push(';');
                }
                key.push_str(column);
                key.push('=');
                self.spell(row, column, &mut key);
            }
            key
        };
        self.counters.iter().map(key).collect()
    }
}

/// Entries in one text, each on a line of its own between two line ends: [`crate::Filter::Has`] finds one. An entry has
/// no line end in it.
pub fn entries<'e>(entries: impl IntoIterator<Item = &'e str>) -> String {
    let mut text = String::from("\n");
    for entry in entries {
        text.push_str(entry);
        text.push('\n');
    }
    text
}

/// An instant as columns have it: a text of a fixed length, so that texts are in the order of their instants.
pub fn instant(at: jiff::Timestamp) -> String {
    format!("{at:.9}")
}

/// A counter's key: `client_id=...;status=sent`.
pub(crate) fn counter_key(columns: &[&str], values: &[String]) -> String {
    let parts: Vec<String> =
        columns.iter().zip(values).map(|(column, value)| format!("{column}={value}")).collect();
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn instants_are_in_order_as_texts() {
        let at = |text: &str| instant(text.parse::<Timestamp>().unwrap());
        assert_eq!(at("2025-10-15T00:00:00Z"), "2025-10-15T00:00:00.000000000Z");
        assert!(at("2025-10-15T00:00:00Z") < at("2025-10-15T00:00:00.5Z"));
        assert!(at("1900-01-01T00:00:00Z") < at("2199-12-31T23:59:59Z"));
    }

    #[test]
    fn an_entry_is_found_whole() {
        let roles = entries(["admin", "closer"]);
        assert!(roles.contains(&entries(["admin"])) && roles.contains(&entries(["closer"])));
        assert!(!roles.contains(&entries(["close"])) && !entries([]).contains(&entries(["admin"])));
    }

    #[test]
    fn a_row_is_counted_under_the_keys_that_lists_ask_for() {
        const COLUMNS: &[Column] = &[
            Column { name: "client_id", kind: ColumnType::Uuid },
            Column { name: "status", kind: ColumnType::Text },
            Column { name: "size", kind: ColumnType::Int },
        ];
        let table = Table {
            name: "things",
            columns: COLUMNS,
            indexes: &[],
            sparse: &[],
            lookup: None,
            counters: &[&[], &["status"], &["client_id", "size"]],
            link: None,
        };
        let id = Uuid::from_u128(0xAB);
        let values = vec![Param::Uuid(id), Param::Text("sent".into()), Param::Int(-3)];
        let row = RowData { number: 1, search: String::new(), values };
        let asked = [
            counter_key(&[], &[]),
            counter_key(&["status"], &["sent".to_owned()]),
            counter_key(&["client_id", "size"], &[id.to_string(), "-3".to_owned()]),
        ];
        assert_eq!(table.counted(&row), asked);
    }
}
