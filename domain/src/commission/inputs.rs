//! What a commission is computed from.

use crate::DomainError;
use crate::record::kinds::{PAY, SYSTEM_SIZE};
use crate::record::{CheckedFields, Field, FieldType, RecordKind, Shown};
use crate::value::decimal;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A part of a whole, 0 to 1.
const SHARE: FieldType = FieldType::Decimal { min: 0, max: 1, places: 6 };

/// What a calculation can be given. Amounts are dollars; a "ppw" is dollars per watt, a "pkw" dollars per kilowatt.
pub static CALCULATION: RecordKind = RecordKind {
    name: "commission",
    what: "commission",
    shown: Shown::ByNumber,
    fields: &[
        Field::optional("contract", PAY),
        Field::optional("customer_ppw", PAY),
        Field::optional("dealer_fee", PAY),
        Field::optional("adders", PAY),
        Field::optional("kw", SYSTEM_SIZE),
        Field::optional("redline", PAY),
        Field::optional("rate_ppw", PAY),
        Field::optional("split", SHARE),
        Field::optional("lead_deduction", PAY),
        Field::optional("override", PAY),
        Field::optional("fees", PAY),
        Field::optional("pkw", PAY),
        Field::optional("total", PAY),
        Field::optional("m1", PAY),
        Field::optional("m2_paid", PAY),
        Field::optional("m3_paid", PAY),
        Field::optional("m2_pct", SHARE),
        Field::optional("pay_type", FieldType::Text { max: 200, non_empty: false }),
    ],
    filters: &[],
};

/// Other names of a calculation's inputs: those that an SCPF has for them, and what else they are called.
pub const ALIASES: &[(&str, &str)] = &[
    ("contract_amount", "contract"),
    ("contract_price", "contract"),
    ("sow_adder", "adders"),
    ("system_size", "kw"),
    ("net_commission_ppw", "rate_ppw"),
    ("manager_override", "override"),
    ("sentinel_fee", "fees"),
    ("lead_pkw", "pkw"),
    ("m1_paid", "m1"),
];

/// The inputs of a calculation, each as far as it is known.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// What the customer pays for the system, dollars.
    pub contract: Option<Decimal>,
    /// The same per watt, where `contract` is not known.
    pub customer_ppw: Option<Decimal>,
    /// What the lender keeps, dollars.
    pub dealer_fee: Option<Decimal>,
    /// What was added to the scope of work, dollars.
    pub adders: Option<Decimal>,
    /// The system's size, kW.
    pub kw: Option<Decimal>,
    /// Dollars per watt under which there is no commission.
    pub redline: Option<Decimal>,
    /// A commission of so much per watt, where it does not follow from the redline.
    pub rate_ppw: Option<Decimal>,
    /// The rep's part of the gross commission.
    pub split: Option<Decimal>,
    /// What the lead cost the rep, dollars.
    pub lead_deduction: Option<Decimal>,
    /// What a manager gets of it, dollars.
    #[serde(rename = "override")]
    pub manager_override: Option<Decimal>,
    /// Other fees, dollars.
    pub fees: Option<Decimal>,
    /// What a lead pays its setter per kilowatt.
    pub pkw: Option<Decimal>,
    /// The total, where it is agreed and not computed.
    pub total: Option<Decimal>,
    /// What was paid in advance.
    pub m1: Option<Decimal>,
    /// What was paid of M2.
    pub m2_paid: Option<Decimal>,
    /// What was paid of M3.
    pub m3_paid: Option<Decimal>,
    /// The part of the total that has been paid after M2.
    pub m2_pct: Option<Decimal>,
    /// Which milestones this is about: `M2 & M3`.
    pub pay_type: Option<String>,
}

impl Inputs {
    /// Fields that passed the check of [`CALCULATION`].
    ///
    /// # Errors
    /// `Invalid` where the description and this type are not of one mind.
    pub fn of(fields: CheckedFields) -> Result<Self, DomainError> {
        fields.typed()
    }

    /// What an SCPF knows of its own calculation. `fields` as the record keeps them.
    pub fn of_scpf(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let amount = |name: &str| text(name).and_then(|text| decimal::parse(text).ok());
        Self {
            customer_ppw: amount("customer_ppw"),
            dealer_fee: amount("dealer_fee"),
            adders: amount("sow_adder"),
            kw: amount("system_size"),
            redline: amount("redline"),
            rate_ppw: amount("net_commission_ppw"),
            lead_deduction: amount("lead_deduction"),
            manager_override: amount("manager_override"),
            fees: amount("sentinel_fee"),
            pkw: amount("lead_pkw"),
            pay_type: text("pay_type").map(str::to_owned),
            ..Self::default()
        }
    }

    /// These inputs, and where they say nothing those of `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            contract: self.contract.or(other.contract),
            customer_ppw: self.customer_ppw.or(other.customer_ppw),
            dealer_fee: self.dealer_fee.or(other.dealer_fee),
            adders: self.adders.or(other.adders),
            kw: self.kw.or(other.kw),
            redline: self.redline.or(other.redline),
            rate_ppw: self.rate_ppw.or(other.rate_ppw),
            split: self.split.or(other.split),
            lead_deduction: self.lead_deduction.or(other.lead_deduction),
            manager_override: self.manager_override.or(other.manager_override),
            fees: self.fees.or(other.fees),
            pkw: self.pkw.or(other.pkw),
            total: self.total.or(other.total),
            m1: self.m1.or(other.m1),
            m2_paid: self.m2_paid.or(other.m2_paid),
            m3_paid: self.m3_paid.or(other.m3_paid),
            m2_pct: self.m2_pct.or(other.m2_pct),
            pay_type: self.pay_type.or(other.pay_type),
        }
    }
}
