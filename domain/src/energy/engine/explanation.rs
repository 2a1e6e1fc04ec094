//! How each figure of a bill came about, for people to check. Names are those of the contract.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

/// How the figures of a bill came about, in the order they were computed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Explanation {
    /// The figures.
    pub figures: Vec<Explained>,
}

impl Explanation {
    /// One figure, by its name in the contract (`totalAPagar`).
    pub fn of(&self, name: &str) -> Option<&Explained> {
        self.figures.iter().find(|explained| explained.figure == name)
    }
}

/// How a figure came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The figure's name: `valorCreditoSemDesconto`.
    pub figure: String,
    /// Its value, exactly.
    pub value: Decimal,
    /// How it was computed: `creditosUtilizados × tarifakWhCompensavel`.
    pub formula: String,
    /// What the formula names, in the order that it does.
    pub inputs: Vec<Input>,
}

/// What a formula names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its value, exactly.
    pub value: Decimal,
    /// Where it came from.
    pub source: Source,
}

/// Where an input came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The utility's bill.
    Bill,
    /// The terms of the consumer unit.
    ConsumerUnit,
    /// The minimum of its type of connection.
    Connection,
    /// The unit's earlier bills, and what it was taken on with.
    EarlierBills,
    /// A discount, by its id.
    Discount(Uuid),
    /// A charge, by its id.
    Charge(Uuid),
    /// A figure that was computed before.
    Figure,
}
