//! The words of an energy invoice, beside those that every Portuguese invoice has.

pub(super) const TITLE: &str = "Fatura de energia";
pub(super) const TO_PAY: &str = "Valor a pagar";
pub(super) const COMPETENCE: &str = "Competência";
pub(super) const PAID: &str = "PAGA";
pub(super) const CANCELLED: &str = "CANCELADA";

pub(super) const ISSUER: &str = "Emitente";
pub(super) const CLIENT: &str = "Cliente";
pub(super) const UNIT: &str = "Unidade consumidora";
pub(super) const HOLDER: &str = "Titular";
pub(super) const INSTALLATION: &str = "Instalação";
pub(super) const PLANT: &str = "Usina";

pub(super) const PREVIOUS_READING: &str = "Leitura anterior";
pub(super) const CURRENT_READING: &str = "Leitura atual";
pub(super) const NEXT_READING: &str = "Próxima leitura";
pub(super) const CONSUMED: &str = "Consumo do mês";
pub(super) const CREDITS_USED: &str = "Créditos utilizados";
pub(super) const CREDITS_OFFSET: &str = "Créditos compensados";
pub(super) const CREDIT_BALANCE: &str = "Saldo de créditos";

pub(super) const STEPS: &str = "Como chegamos ao valor";
pub(super) const FORMULA: &str = "Cálculo";
pub(super) const CREDITS: &str = "Energia compensada";
pub(super) const PLAN_DISCOUNT: &str = "Desconto do plano";
pub(super) const FIXED: &str = "Valor fixo";
pub(super) const CARRIED: &str = "Saldo para a próxima fatura";
pub(super) const LAPSED: &str = "Saldo que expira com esta fatura";
pub(super) const UTILITY_BILL: &str = "Encargos da distribuidora, pagos com esta fatura";
pub(super) const ROUNDING: &str = "O total é calculado com todas as casas decimais e arredondado uma só vez; as linhas são arredondadas ao imprimir.";

pub(super) const APART: &str = "Conta da distribuidora, à parte";
pub(super) const BOLETO: &str = "Boleto";

pub(super) const SAVINGS: &str = "Sua economia";
pub(super) const SAVED_THIS_MONTH: &str = "Neste mês";
pub(super) const SAVED_TO_DATE: &str = "Desde o início";
pub(super) const WITHOUT_PLAN: &str = "Sem o plano";
pub(super) const WITH_PLAN: &str = "Com o plano";

pub(super) const HISTORY: &str = "Histórico de consumo (kWh)";
pub(super) const NOT_BILLED: &str = "sem fatura";
pub(super) const NO_HISTORY: &str = "Ainda não há meses para mostrar.";
