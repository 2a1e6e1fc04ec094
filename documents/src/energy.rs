//! What an energy invoice says: plain values, computed elsewhere. Nothing here is checked against anything else.

use crate::{Issuer, Party, Payment, Status};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// An invoice for solar credits, to print in Portuguese on A4. Every text may be empty, of any length and in any
/// script; amounts are in reais.
#[derive(Clone, Debug, Default)]
pub struct EnergyInvoiceDocument {
    /// Who sends it.
    pub issuer: Issuer,
    /// Who pays it.
    pub client: Party,
    /// Where the energy was used.
    pub unit: EnergyUnit,
    /// The invoice's number, as printed.
    pub number: String,
    /// What badge and stamp say. A paid or cancelled invoice is printed without its payment codes.
    pub status: Status,
    /// The month that is billed, as printed (`Março 2024`).
    pub competence: String,
    /// Day of issue.
    pub issue_date: Date,
    /// Day until which it is to be paid.
    pub due_date: Option<Date>,
    /// When the meter was read before.
    pub previous_reading: Option<Date>,
    /// When the meter was read for this month.
    pub current_reading: Option<Date>,
    /// When the meter will be read next.
    pub next_reading: Option<Date>,
    /// The month's energy.
    pub energy: EnergyFigures,
    /// How the amount came about, in order.
    pub steps: Vec<EnergyStep>,
    /// What is to be paid in all.
    pub total: Decimal,
    /// What has been paid so far.
    pub paid: Decimal,
    /// What is left to pay.
    pub balance_due: Decimal,
    /// Payments that made up `paid`, oldest first.
    pub payments: Vec<Payment>,
    /// What the plan saved.
    pub savings: Option<EnergySavings>,
    /// Consumption of the months up to this one, oldest first; the last 13 are drawn.
    pub history: Vec<Consumption>,
    /// The text of a Pix "copia e cola", printed beside its QR code.
    pub pix: Option<String>,
    /// The utility's own bill, where the client pays it apart from this invoice.
    pub utility_bill: Option<UtilityBill>,
    /// Free text at the end; line breaks are kept.
    pub notes: String,
}

/// A consumer unit (*unidade consumidora*).
#[derive(Clone, Debug, Default)]
pub struct EnergyUnit {
    /// Its number at the utility (*número do cliente*).
    pub number: String,
    /// What it is called.
    pub name: String,
    /// In whose name the utility's account is.
    pub holder: String,
    /// Kind of connection, as printed (`TRIFÁSICO`).
    pub installation: String,
    /// The plant that its credits come from.
    pub plant: String,
    /// The address, a line each.
    pub address: Vec<String>,
}

/// A month's energy in kWh; what is not known is not printed.
#[derive(Clone, Debug, Default)]
pub struct EnergyFigures {
    /// What the unit consumed.
    pub consumed: Option<Decimal>,
    /// Credits that are billed.
    pub credits_used: Option<Decimal>,
    /// Credits that the utility set off.
    pub credits_offset: Option<Decimal>,
    /// Credits that are left.
    pub credit_balance: Option<Decimal>,
}

/// A step from the energy to the amount. Amounts are printed to the centavo, what they were computed from with all
/// decimals.
#[derive(Clone, Debug)]
pub enum EnergyStep {
    /// Credits used times tariff.
    Credits {
        /// kWh.
        kwh: Decimal,
        /// R$ a kWh.
        tariff: Decimal,
        /// Their product.
        amount: Decimal,
    },
    /// What the plan takes off.
    PlanDiscount {
        /// Percent.
        percent: Decimal,
        /// What it is a percentage of.
        of: Decimal,
        /// What is taken off, as a positive amount.
        amount: Decimal,
    },
    /// A discount beside the plan's.
    Discount {
        /// What for.
        description: String,
        /// Percent and what it is a percentage of; none for a fixed amount.
        share: Option<(Decimal, Decimal)>,
        /// What is taken off, as a positive amount.
        amount: Decimal,
        /// What of the discount did not fit under the amount, where something did not.
        rest: Option<DiscountRest>,
    },
    /// A charge.
    Charge {
        /// What for.
        description: String,
        /// Percent and what it is a percentage of; none for a fixed amount.
        share: Option<(Decimal, Decimal)>,
        /// What is added.
        amount: Decimal,
    },
    /// The utility's bill, which the company pays for the client.
    UtilityBill {
        /// What is added.
        amount: Decimal,
    },
}

/// What an invoice leaves of a discount.
#[derive(Clone, Copy, Debug)]
pub struct DiscountRest {
    /// In reais.
    pub amount: Decimal,
    /// Whether later invoices take it; otherwise it lapses.
    pub carried: bool,
}

impl EnergyStep {
    /// What the step adds to the amount.
    pub(crate) fn signed(&self) -> Decimal {
        match self {
            Self::Credits { amount, .. } | Self::Charge { amount, .. } | Self::UtilityBill { amount } => {
                *amount
            }
            Self::PlanDiscount { amount, .. } | Self::Discount { amount, .. } => -*amount,
        }
    }
}

/// What the plan saved, in reais.
#[derive(Clone, Debug, Default)]
pub struct EnergySavings {
    /// In this month.
    pub month: Decimal,
    /// The plan's discount in percent.
    pub percent: Option<Decimal>,
    /// Since the unit joined, this month included.
    pub to_date: Decimal,
    /// What the month would have cost without the plan, the utility's bill included.
    pub without_plan: Decimal,
    /// What it costs with the plan, the utility's bill included.
    pub with_plan: Decimal,
}

/// A month's consumption.
#[derive(Clone, Debug, Default)]
pub struct Consumption {
    /// The month as printed under its bar; six characters have room (`mar/24`).
    pub month: String,
    /// kWh; none where the month was not billed.
    pub kwh: Option<Decimal>,
}

/// A bill that the client pays to the utility.
#[derive(Clone, Debug, Default)]
pub struct UtilityBill {
    /// How much.
    pub amount: Decimal,
    /// Until when.
    pub due_date: Option<Date>,
    /// Its boleto's digits, as printed.
    pub boleto: String,
}
