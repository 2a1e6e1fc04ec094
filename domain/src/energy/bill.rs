//! The utility's bill of one month for one consumer unit: what is on it, and what cannot be.

use super::{Kwh, Reais, Tariff};
use crate::FieldErrors;
use crate::value::{Boleto, CalendarDate, Competence};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A bill as it is handed in. The names of the energy document stand beside the fields.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BillDraft {
    /// `competencia`: the month that it is for.
    pub competence: Competence,
    /// `dataLeituraAnterior`: the day the meter was read before.
    pub previous_reading: CalendarDate,
    /// `dataLeituraAtual`: the day it was read; after the one before.
    pub current_reading: CalendarDate,
    /// `dataLeituraFutura`: the day it will be read; after this one.
    pub next_reading: CalendarDate,
    /// `dataEmissaoConcessionaria`: the day the utility wrote the bill.
    pub utility_issue_date: CalendarDate,
    /// `dataVencimentoConcessionaria`: until when the utility wants its money; not before it wrote the bill.
    pub utility_due_date: CalendarDate,
    /// `dataVencimento`: until when the energy invoice is to be paid.
    pub due_date: CalendarDate,
    /// `consumoTotalMes`, kWh. See [`Kwh`].
    pub consumption: Decimal,
    /// `creditosUtilizados`, kWh, as the utility counts them; none where they follow from the consumption.
    pub credits_used: Option<Decimal>,
    /// `creditosCompensados`, kWh, as the utility counts them.
    pub credits_compensated: Decimal,
    /// `creditoSolarSaldoTotal`, kWh that the utility says are left.
    pub credit_balance: Decimal,
    /// `tarifakWh`, R$/kWh. See [`Tariff`].
    pub tariff: Decimal,
    /// `tarifakWhCompensavel`, R$/kWh: the part of the tariff that a credit saves.
    pub compensable_tariff: Decimal,
    /// `totalEncargos`, R$: what the utility wants. See [`Reais`].
    pub utility_charges: Decimal,
    /// `dealershipBoleto`: the line of digits that the utility's bill is paid by. That it is one is looked at here; whether
    /// its check digits are, the tenant says.
    pub dealership_boleto: Option<String>,
}

/// A checked bill.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bill {
    /// The month that it is for.
    pub competence: Competence,
    /// The day the meter was read before.
    pub previous_reading: CalendarDate,
    /// The day the meter was read.
    pub current_reading: CalendarDate,
    /// The day the meter will be read.
    pub next_reading: CalendarDate,
    /// The day the utility wrote the bill.
    pub utility_issue_date: CalendarDate,
    /// Until when the utility wants its money.
    pub utility_due_date: CalendarDate,
    /// Until when the energy invoice is to be paid.
    pub due_date: CalendarDate,
    /// kWh of the month.
    pub consumption: Kwh,
    /// kWh that credits paid for, where the bill says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits_used: Option<Kwh>,
    /// kWh of credits, as the utility counts them.
    pub credits_compensated: Kwh,
    /// kWh of credits that the utility says are left.
    pub credit_balance: Kwh,
    /// R$/kWh.
    pub tariff: Tariff,
    /// R$/kWh that a credit saves.
    pub compensable_tariff: Tariff,
    /// R$ that the utility wants.
    pub utility_charges: Reais,
    /// The digits that the utility's bill is paid by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealership_boleto: Option<Boleto>,
}

impl BillDraft {
    /// The bill, where everything on it can be.
    ///
    /// # Errors
    /// Every wrong field, by its name here.
    pub fn checked(&self) -> Result<Bill, FieldErrors> {
        let mut errors = FieldErrors::new();
        self.check_dates(&mut errors);
        let boleto = self.dealership_boleto.as_deref().filter(|boleto| !boleto.trim().is_empty());
        let bill = Bill {
            competence: self.competence,
            previous_reading: self.previous_reading,
            current_reading: self.current_reading,
            next_reading: self.next_reading,
            utility_issue_date: self.utility_issue_date,
            utility_due_date: self.utility_due_date,
            due_date: self.due_date,
            consumption: errors.check("consumption", Kwh::new(self.consumption)).unwrap_or_default(),
            credits_used: self.credits_used.and_then(|used| errors.check("credits_used", Kwh::new(used))),
            credits_compensated: errors
                .check("credits_compensated", Kwh::new(self.credits_compensated))
                .unwrap_or_default(),
            credit_balance: errors.check("credit_balance", Kwh::new(self.credit_balance)).unwrap_or_default(),
            tariff: errors.check("tariff", Tariff::new(self.tariff)).unwrap_or_default(),
            compensable_tariff: errors
                .check("compensable_tariff", Tariff::new(self.compensable_tariff))
                .unwrap_or_default(),
            utility_charges: errors
                .check("utility_charges", Reais::new(self.utility_charges))
                .unwrap_or_default(),
            dealership_boleto: boleto.and_then(|boleto| {
                let read = Boleto::read(boleto).map_err(|error| error.to_string());
                errors.check("dealership_boleto", read)
            }),
        };
        if errors.is_empty() { Ok(bill) } else { Err(errors) }
    }

    fn check_dates(&self, errors: &mut FieldErrors) {
        if self.current_reading <= self.previous_reading {
            let before = self.previous_reading;
            errors.add("current_reading", format!("must be after the previous reading, {before}"));
        }
        if self.next_reading <= self.current_reading {
            let before = self.current_reading;
            errors.add("next_reading", format!("must be after the current reading, {before}"));
        }
        if self.utility_due_date < self.utility_issue_date {
            let before = self.utility_issue_date;
            errors.add("utility_due_date", format!("must not be before the utility's issue date, {before}"));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::{day, names, number, some};

    /// The first bill of the energy document's sample.
    pub(crate) fn march() -> BillDraft {
        BillDraft {
            competence: Competence::parse("03/2024").unwrap(),
            previous_reading: day("2024-02-02"),
            current_reading: day("2024-03-06"),
            next_reading: day("2024-04-05"),
            utility_issue_date: day("2024-03-06"),
            utility_due_date: day("2024-03-22"),
            due_date: day("2024-03-22"),
            consumption: number("1496"),
            credits_used: None,
            credits_compensated: number("1342.27"),
            credit_balance: number("3188.9700000000003"),
            tariff: number("0.95863974"),
            compensable_tariff: number("0.93455196"),
            utility_charges: number("1627.58"),
            dealership_boleto: some("12345678901234567890123456789012345679801234567"),
        }
    }

    #[test]
    fn a_bill_is_kept_as_it_is_given() {
        let bill = march().checked().unwrap();
        assert_eq!(bill.credit_balance.to_string(), "3188.9700000000003");
        assert_eq!(bill.compensable_tariff.to_string(), "0.93455196");
        let text = serde_json::to_string(&bill).unwrap();
        assert!(!text.contains("credits_used"), "{text}");
        assert_eq!(serde_json::from_str::<Bill>(&text).unwrap(), bill);
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let below = number("-0.01");
        let wrong = BillDraft {
            current_reading: day("2024-02-02"),
            next_reading: day("2024-02-02"),
            utility_due_date: day("2024-03-05"),
            consumption: below,
            credits_used: Some(below),
            credits_compensated: below,
            credit_balance: below,
            tariff: below,
            compensable_tariff: number("1000.1"),
            utility_charges: below,
            dealership_boleto: some("1234"),
            ..march()
        };
        assert_eq!(
            names(&wrong.checked().unwrap_err()),
            [
                "compensable_tariff",
                "consumption",
                "credit_balance",
                "credits_compensated",
                "credits_used",
                "current_reading",
                "dealership_boleto",
                "next_reading",
                "tariff",
                "utility_charges",
                "utility_due_date",
            ]
        );
    }

    #[test]
    fn the_utility_counts_its_credits_as_it_does() {
        for used in ["0", "1496", "1496.001"] {
            let bill = BillDraft { credits_used: Some(number(used)), ..march() }.checked().unwrap();
            assert_eq!(bill.credits_used.map(Kwh::get), Some(number(used)));
        }
    }

    #[test]
    fn a_line_of_digits_is_kept_without_its_punctuation_and_may_be_left_out() {
        let kept = |line: &str| {
            let bill = BillDraft { dealership_boleto: some(line), ..march() }.checked();
            bill.map(|bill| bill.dealership_boleto.map(|boleto| boleto.as_str().to_owned()))
        };
        let plain = "846700000017435900240209024050002435842210108119";
        assert_eq!(kept("84670000001-7 43590024020-9 02405000243-5 84221010811-9"), Ok(some(plain)));
        assert_eq!(kept(" "), Ok(None));
        assert_eq!(names(&kept(&plain[1..46]).unwrap_err()), ["dealership_boleto"]);
    }
}
