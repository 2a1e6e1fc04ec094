//! The formulas. Source of all of them: the contract's commission calculation. An amount is rounded to cents where it
//! gets a name of its own, half away from zero; a quotient is shown with twelve decimals and used exactly.

use super::inputs::Inputs;
use super::milestones::{M2_SHARE, Milestones, Paid};
use crate::energy::exact::{self, NotExact};
use crate::value::{Currency, decimal, money};
use crate::{DomainError, FieldErrors};
use rust_decimal::Decimal;

/// Watts of a kilowatt.
const WATTS: Decimal = Decimal::ONE_THOUSAND;
/// Decimals of a quotient.
const PLACES: u32 = 12;
/// What is said of an input that is too long.
const NOT_EXACT: &str = "needs more digits than can be kept exactly";

/// What came out, as far as the inputs go, and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Commission {
    /// What was known, and what was taken where nothing was said.
    pub inputs: Vec<NamedValue>,
    /// Every figure that was computed, in its order.
    pub steps: Vec<Step>,
    /// Dollars per watt that the company gets.
    pub net_ppw: Option<Decimal>,
    /// The commission before it is split.
    pub gross: Option<Decimal>,
    /// The rep's part after deductions.
    pub rep: Option<Decimal>,
    /// What the lead pays its setter.
    pub lead_pay: Option<Decimal>,
    /// What is paid in the end: as agreed, else the rep's part, else the setter's.
    pub total: Option<Decimal>,
    /// The total in its parts.
    pub milestones: Option<Milestones>,
    /// What a line of the given pay type pays; the total where that names no milestone.
    pub total_this_period: Option<Decimal>,
    /// Inputs without which there is no total.
    pub missing: Vec<&'static str>,
}

/// A value with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedValue {
    /// As the contract calls it.
    pub name: &'static str,
    /// Its value.
    pub value: Decimal,
}

impl From<(&'static str, Decimal)> for NamedValue {
    fn from((name, value): (&'static str, Decimal)) -> Self {
        Self { name, value }
    }
}

/// How a figure came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The figure.
    pub name: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// What the formula names.
    pub inputs: Vec<NamedValue>,
    /// What came out.
    pub value: Decimal,
}

/// The figures so far.
#[derive(Default)]
pub(super) struct Sheet(Vec<Step>);

impl Sheet {
    pub(super) fn add(&mut self, step: Step) -> Decimal {
        let value = step.value;
        self.0.push(step);
        value
    }
}

/// What the inputs come to.
///
/// # Errors
/// `Invalid` for a size of 0, and for figures that need more digits than can be kept exactly.
pub fn calculate(inputs: &Inputs) -> Result<Commission, DomainError> {
    let mut wrong = FieldErrors::new();
    if inputs.kw.is_some_and(|kw| kw.is_zero()) {
        wrong.add("kw", "must be more than 0");
    }
    wrong.into_result(())?;
    compute(inputs).map_err(|NotExact| DomainError::invalid("inputs", NOT_EXACT))
}

fn compute(inputs: &Inputs) -> Result<Commission, NotExact> {
    let mut sheet = Sheet::default();
    let mut done = Commission { inputs: named(inputs), ..Commission::default() };
    let contract = contract(inputs, &mut sheet)?;
    if let (Some(contract), Some(kw)) = (contract, inputs.kw) {
        let net = Net::of(inputs, contract, kw)?;
        let net_ppw = net.ppw(&mut sheet)?;
        done.net_ppw = Some(net_ppw);
        if let Some(redline) = inputs.redline {
            done.gross = Some(net.gross(net_ppw, redline, &mut sheet)?);
        }
    }
    if done.gross.is_none() {
        done.gross = by_rate(inputs, &mut sheet)?;
    }
    if let Some(gross) = done.gross {
        done.rep = Some(rep(inputs, gross, &mut sheet)?);
    }
    done.lead_pay = lead_pay(inputs, &mut sheet)?;
    done.total = inputs.total.or(done.rep).or(done.lead_pay);
    match done.total {
        Some(total) => {
            let zero = Decimal::ZERO;
            let paid = Paid {
                m1: inputs.m1.unwrap_or(zero),
                m2: inputs.m2_paid.unwrap_or(zero),
                m3: inputs.m3_paid.unwrap_or(zero),
            };
            let milestones = Milestones::of(total, inputs.m2_pct.unwrap_or(M2_SHARE), paid, &mut sheet)?;
            let due = inputs.pay_type.as_deref().and_then(|pay_type| milestones.due(pay_type));
            done.milestones = Some(milestones);
            done.total_this_period = Some(due.unwrap_or(total));
        }
        None => done.missing = missing(inputs, contract),
    }
    done.steps = sheet.0;
    Ok(done)
}

/// Every input with a value, and those that have one where nothing is said.
fn named(inputs: &Inputs) -> Vec<NamedValue> {
    let zero = Some(Decimal::ZERO);
    [
        ("contract", inputs.contract),
        ("customer_ppw", inputs.customer_ppw),
        ("dealer_fee", inputs.dealer_fee.or(zero)),
        ("adders", inputs.adders.or(zero)),
        ("kw", inputs.kw),
        ("redline", inputs.redline),
        ("rate_ppw", inputs.rate_ppw),
        ("split", inputs.split.or(Some(Decimal::ONE))),
        ("lead_deduction", inputs.lead_deduction.or(zero)),
        ("override", inputs.manager_override.or(zero)),
        ("fees", inputs.fees.or(zero)),
        ("pkw", inputs.pkw),
        ("total", inputs.total),
        ("m1", inputs.m1.or(zero)),
        ("m2_paid", inputs.m2_paid.or(zero)),
        ("m3_paid", inputs.m3_paid.or(zero)),
        ("m2_pct", inputs.m2_pct.or(Some(M2_SHARE))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(NamedValue { name, value: value? }))
    .collect()
}

/// What the customer pays: as given, else by the watt.
fn contract(inputs: &Inputs, sheet: &mut Sheet) -> Result<Option<Decimal>, NotExact> {
    let (None, Some(ppw), Some(kw)) = (inputs.contract, inputs.customer_ppw, inputs.kw) else {
        return Ok(inputs.contract);
    };
    Ok(Some(sheet.add(Step {
        name: "contract",
        formula: "customer_ppw × kw × 1000",
        inputs: vec![("customer_ppw", ppw).into(), ("kw", kw).into()],
        value: cents(per_watt(ppw, kw)?),
    })))
}

/// What the company gets of a contract.
struct Net {
    contract: Decimal,
    dealer_fee: Decimal,
    adders: Decimal,
    kw: Decimal,
    /// contract − dealer fee − adders
    amount: Decimal,
}

impl Net {
    fn of(inputs: &Inputs, contract: Decimal, kw: Decimal) -> Result<Self, NotExact> {
        let dealer_fee = inputs.dealer_fee.unwrap_or_default();
        let adders = inputs.adders.unwrap_or_default();
        let amount = exact::sub(exact::sub(contract, dealer_fee)?, adders)?;
        Ok(Self { contract, dealer_fee, adders, kw, amount })
    }

    fn ppw(&self, sheet: &mut Sheet) -> Result<Decimal, NotExact> {
        let watts = exact::mul(self.kw, WATTS)?;
        let quotient = self.amount.checked_div(watts).ok_or(NotExact)?;
        Ok(sheet.add(Step {
            name: "net_ppw",
            formula: "(contract − dealer_fee − adders) / (kw × 1000)",
            inputs: vec![
                ("contract", self.contract).into(),
                ("dealer_fee", self.dealer_fee).into(),
                ("adders", self.adders).into(),
                ("kw", self.kw).into(),
            ],
            value: decimal::round(quotient, PLACES).normalize(),
        }))
    }

    /// The formula multiplies by what it divided by before: so the quotient need not be rounded on the way.
    fn gross(&self, net_ppw: Decimal, redline: Decimal, sheet: &mut Sheet) -> Result<Decimal, NotExact> {
        Ok(sheet.add(Step {
            name: "gross",
            formula: "(net_ppw − redline) × kw × 1000",
            inputs: vec![("net_ppw", net_ppw).into(), ("redline", redline).into(), ("kw", self.kw).into()],
            value: cents(exact::sub(self.amount, per_watt(redline, self.kw)?)?),
        }))
    }
}

/// A commission of so much per watt.
fn by_rate(inputs: &Inputs, sheet: &mut Sheet) -> Result<Option<Decimal>, NotExact> {
    let (Some(rate), Some(kw)) = (inputs.rate_ppw, inputs.kw) else { return Ok(None) };
    Ok(Some(sheet.add(Step {
        name: "gross",
        formula: "rate_ppw × kw × 1000",
        inputs: vec![("rate_ppw", rate).into(), ("kw", kw).into()],
        value: cents(per_watt(rate, kw)?),
    })))
}

/// The rep's part.
fn rep(inputs: &Inputs, gross: Decimal, sheet: &mut Sheet) -> Result<Decimal, NotExact> {
    let split = inputs.split.unwrap_or(Decimal::ONE);
    let [lead_deduction, manager_override, fees] =
        [inputs.lead_deduction, inputs.manager_override, inputs.fees].map(Option::unwrap_or_default);
    let taken = exact::sum([lead_deduction, manager_override, fees])?;
    Ok(sheet.add(Step {
        name: "rep",
        formula: "gross × split − lead_deduction − override − fees",
        inputs: vec![
            ("gross", gross).into(),
            ("split", split).into(),
            ("lead_deduction", lead_deduction).into(),
            ("override", manager_override).into(),
            ("fees", fees).into(),
        ],
        value: cents(exact::sub(exact::mul(gross, split)?, taken)?),
    }))
}

/// The setter's part.
fn lead_pay(inputs: &Inputs, sheet: &mut Sheet) -> Result<Option<Decimal>, NotExact> {
    let (Some(pkw), Some(kw)) = (inputs.pkw, inputs.kw) else { return Ok(None) };
    Ok(Some(sheet.add(Step {
        name: "lead_pay",
        formula: "pkw × kw",
        inputs: vec![("pkw", pkw).into(), ("kw", kw).into()],
        value: cents(exact::mul(pkw, kw)?),
    })))
}

/// What would have to be known for a total by the redline, which needs the most.
fn missing(inputs: &Inputs, contract: Option<Decimal>) -> Vec<&'static str> {
    let by_another_way = inputs.rate_ppw.is_some() || inputs.pkw.is_some();
    let needed = [
        ("kw", inputs.kw.is_none()),
        ("contract", contract.is_none() && inputs.customer_ppw.is_none() && !by_another_way),
        ("redline", inputs.redline.is_none() && !by_another_way),
    ];
    needed.into_iter().filter_map(|(name, lacks)| lacks.then_some(name)).collect()
}

fn per_watt(rate: Decimal, kw: Decimal) -> Result<Decimal, NotExact> {
    exact::mul(exact::mul(rate, kw)?, WATTS)
}

fn cents(amount: Decimal) -> Decimal {
    money::round_minor(amount, Currency::USD)
}
