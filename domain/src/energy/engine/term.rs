//! Values that know how they came about.

use super::{Explained, Input, Source};
use crate::energy::{NotExact, exact};
use crate::value::Currency;
use crate::value::money::round_minor;
use rust_decimal::Decimal;

/// A value on its way through a formula: how much, how it is written, and what is named in writing it.
#[derive(Debug, Clone)]
pub(super) struct Term {
    value: Decimal,
    text: String,
    /// A sum needs brackets where it becomes a factor.
    is_sum: bool,
    inputs: Vec<Input>,
}

impl Term {
    /// An input, written as its name.
    pub(super) fn input(name: impl Into<String>, value: Decimal, source: Source) -> Self {
        let name = name.into();
        let inputs = vec![Input { name: name.clone(), value, source }];
        Self { value, text: name, is_sum: false, inputs }
    }

    /// A number of the formula itself, written as it is.
    pub(super) fn constant(value: Decimal) -> Self {
        Self { value, text: value.to_string(), is_sum: false, inputs: Vec::new() }
    }

    /// How much.
    pub(super) fn value(&self) -> Decimal {
        self.value
    }

    pub(super) fn times(&self, other: &Term) -> Result<Term, NotExact> {
        let text = format!("{} × {}", self.as_factor(), other.as_factor());
        Ok(self.with(other, exact::mul(self.value, other.value)?, text, false))
    }

    /// A hundredth of it: what one percent is.
    pub(super) fn over_hundred(&self) -> Result<Term, NotExact> {
        let value = exact::mul(self.value, Decimal::new(1, 2))?;
        Ok(Self {
            value,
            text: format!("{} / 100", self.as_factor()),
            is_sum: false,
            inputs: self.inputs.clone(),
        })
    }

    pub(super) fn plus(&self, other: &Term) -> Result<Term, NotExact> {
        let text = format!("{} + {}", self.text, other.text);
        Ok(self.with(other, exact::add(self.value, other.value)?, text, true))
    }

    /// As [`Self::plus`], for a sum over years. See [`exact::add_up`].
    pub(super) fn added_up_with(&self, other: &Term) -> Result<Term, NotExact> {
        let text = format!("{} + {}", self.text, other.text);
        Ok(self.with(other, exact::add_up(self.value, other.value)?, text, true))
    }

    pub(super) fn minus(&self, other: &Term) -> Result<Term, NotExact> {
        let taken = if other.is_sum { format!("({})", other.text) } else { other.text.clone() };
        let text = format!("{} − {taken}", self.text);
        Ok(self.with(other, exact::sub(self.value, other.value)?, text, true))
    }

    pub(super) fn at_least_zero(self) -> Term {
        let (value, text) = (self.value.max(Decimal::ZERO), format!("max(0, {})", self.text));
        Self { value, text, is_sum: false, ..self }
    }

    pub(super) fn at_most(&self, most: &Term) -> Term {
        let text = format!("min({}, {})", self.text, most.text);
        self.with(most, self.value.min(most.value), text, false)
    }

    /// In whole centavos, half away from zero.
    pub(super) fn in_centavos(&self) -> Term {
        let value = round_minor(self.value, Currency::BRL);
        Self { value, text: format!("round({}, 2)", self.text), is_sum: false, inputs: self.inputs.clone() }
    }

    /// A figure of the bill: from here on it is written as its name.
    pub(super) fn named(self, name: impl Into<String>, sheet: &mut Sheet) -> Term {
        let name = name.into();
        let named = Term::input(name.clone(), self.value, Source::Figure);
        sheet.0.push(Explained { figure: name, value: self.value, formula: self.text, inputs: self.inputs });
        named
    }

    /// The same value under a shorter name, for formulas to come.
    pub(super) fn called(self, name: &str) -> Term {
        Term::input(name, self.value, Source::Figure)
    }

    fn as_factor(&self) -> String {
        if self.is_sum { format!("({})", self.text) } else { self.text.clone() }
    }

    fn with(&self, other: &Term, value: Decimal, text: String, is_sum: bool) -> Term {
        let mut inputs = self.inputs.clone();
        inputs.extend(other.inputs.iter().filter(|input| !self.inputs.contains(input)).cloned());
        Term { value, text, is_sum, inputs }
    }
}

/// The figures that were named so far.
#[derive(Debug, Default)]
pub(super) struct Sheet(Vec<Explained>);

impl Sheet {
    pub(super) fn into_figures(self) -> Vec<Explained> {
        self.0
    }
}
