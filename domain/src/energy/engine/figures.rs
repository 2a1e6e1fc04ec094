//! What comes out of a bill.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The figures of a bill, exact but for the one that is charged. The names of the billing report stand beside them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// `creditosUtilizados`, kWh that credits paid for.
    pub credits_used: Decimal,
    /// `tarifaPisCofins`, R$/kWh: the part of the tariff that credits do not save.
    pub pis_cofins_tariff: Decimal,
    /// `valorCreditoSemDesconto`, R$: what the credits saved at the utility.
    pub credit_without_discount: Decimal,
    /// `valorCreditoComDesconto`, R$: that, less the plan's discount.
    pub credit_with_discount: Decimal,
    /// The discounts, as far as they were applied, R$.
    pub discount_total: Decimal,
    /// The charges, R$.
    pub charge_total: Decimal,
    /// `totalAPagar`, R$.
    pub total_due: Decimal,
    /// What is charged: `totalAPagar` in whole centavos (a paid invoice's `totalPago`).
    pub amount_charged: Decimal,
    /// `valorSemPlano`, R$: what the month would have cost without the plan.
    pub without_plan: Decimal,
    /// `valorComPlano`, R$: what it cost with it.
    pub with_plan: Decimal,
    /// `economiaMes`, R$.
    pub savings: Decimal,
    /// `economiaTotal`, R$, with this bill, when it was made.
    pub savings_total: Decimal,
    /// `porcentagemEconomiaMesAtual`, percent.
    pub savings_percent: Decimal,
}
