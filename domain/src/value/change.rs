//! What an update says about a field that can be empty: nothing, "empty it", or a new value.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A change to an optional field. In JSON: absent, `null`, or the value; so a field of this type needs
/// `#[serde(default, skip_serializing_if = "Change::is_keep")]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field becomes empty.
    Clear,
    /// The field becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// True where the field stays.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new value, if one is set.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// Carries the change out on `field`.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// The same change, or `Keep` where `current` would not differ after it.
    #[must_use]
    pub fn against(self, current: &Option<T>) -> Self
    where
        T: PartialEq,
    {
        match (&self, current) {
            (Self::Clear, None) => Self::Keep,
            (Self::Set(new), Some(old)) if new == old => Self::Keep,
            _ => self,
        }
    }
}

impl<T> From<Option<T>> for Change<T> {
    /// `None` empties the field.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(out)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(input).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Patch {
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        notes: Change<String>,
    }

    #[test]
    fn the_three_states_survive_json() {
        for (notes, json) in [
            (Change::Keep, r#"{}"#),
            (Change::Clear, r#"{"notes":null}"#),
            (Change::Set("Net 30".to_owned()), r#"{"notes":"Net 30"}"#),
        ] {
            let patch = Patch { notes };
            assert_eq!(serde_json::to_string(&patch).unwrap(), json);
            assert_eq!(serde_json::from_str::<Patch>(json).unwrap(), patch);
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_keep() {
        assert_eq!(Change::Set(1).against(&Some(1)), Change::Keep);
        assert_eq!(Change::<i32>::Clear.against(&None), Change::Keep);
        assert_eq!(Change::Set(2).against(&Some(1)), Change::Set(2));
        assert_eq!(Change::Set(2).against(&None), Change::Set(2));
        assert_eq!(Change::Clear.against(&Some(1)), Change::Clear);
    }

    #[test]
    fn applying_sets_clears_or_keeps() {
        let mut field = Some(1);
        Change::Keep.apply(&mut field);
        assert_eq!(field, Some(1));
        Change::Set(2).apply(&mut field);
        assert_eq!(field, Some(2));
        Change::Clear.apply(&mut field);
        assert_eq!(field, None);
    }
}
