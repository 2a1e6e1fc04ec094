//! The books: accounts, categories, and what the company spends month by month.

use super::DemoError;
use super::calendar::{Calendar, day_of};
use super::chance::Chance;
use super::desk::{Ask, Desk, whole};
use crate::http::money;
use rust_decimal::Decimal;
use serde_json::json;
use sunledger_domain::value::{CalendarDate, Competence};

/// The account that every company begins with, and the category of sales: the first that is made here.
pub(super) const MAIN_ACCOUNT: i64 = 1;
pub(super) const SALES: i64 = 2;

/// What is spent every month: on which day, for what, at least and at most (R$).
const EXPENSES: [(i32, &str, i64, i64); 7] = [
    (3, "Aluguel do escritório", 2_900, 2_900),
    (5, "Folha de pagamento", 14_500, 17_200),
    (7, "Arrendamento dos terrenos das usinas", 2_400, 2_400),
    (10, "Operação e manutenção das usinas", 1_100, 2_600),
    (12, "Combustível e frota", 650, 1_400),
    (20, "Impostos", 2_800, 5_600),
    (25, "Sistemas e telefonia", 420, 760),
];
/// What comes in that no invoice is for.
const INCOMES: [&str; 3] = ["Rendimento de aplicação", "Venda de embalagens", "Reembolso do seguro"];

/// The books.
pub(super) struct Books {
    calendar: Calendar,
    chance: Chance,
    /// The category of each expense, as they are made.
    categories: Vec<i64>,
}

impl Books {
    pub(super) fn new(calendar: &Calendar, seed: u64) -> Self {
        Self { calendar: calendar.clone(), chance: Chance::of(seed, "books"), categories: Vec::new() }
    }

    /// What a day brings.
    ///
    /// # Errors
    /// Where something is refused.
    pub(super) async fn day(&mut self, desk: &Desk, day: CalendarDate) -> Result<(), DemoError> {
        if day == self.calendar.opening {
            self.open(desk).await?;
        }
        let month = Competence::of(day);
        for (index, (on, what, least, most)) in EXPENSES.into_iter().enumerate() {
            if day == day_of(month, on) {
                let amount = Decimal::new(self.chance.between(least * 100, most * 100), 2);
                let category = self.categories.get(index).copied();
                self.book(desk, day, ("Expense", MAIN_ACCOUNT, category, what), amount).await?;
            }
        }
        // The month's interest, and now and then something else.
        if day == month.last_day() {
            let what = self.chance.pick(&INCOMES);
            let amount = Decimal::new(self.chance.between(18_000, 240_000), 2);
            self.book(desk, day, ("Income", MAIN_ACCOUNT + 1, None, what), amount).await?;
        }
        Ok(())
    }

    async fn open(&mut self, desk: &Desk) -> Result<(), DemoError> {
        let account =
            json!({"name": "Reserva", "account_number": "0001-9 / 31415-9", "description": "Aplicação"});
        desk.ask(Ask::post("/api/v2/accounts", account)).await?;
        let sales = json!({"name": "Vendas", "type": "Income"});
        let made = desk.ask(Ask::post("/api/v2/categories", sales)).await?;
        if whole(&made, "/data/id")? != SALES {
            return Err(DemoError::Refused("the category of sales has another number".to_owned()));
        }
        for (_, what, _, _) in EXPENSES {
            let made =
                desk.ask(Ask::post("/api/v2/categories", json!({"name": what, "type": "Expense"}))).await?;
            self.categories.push(whole(&made, "/data/id")?);
        }
        Ok(())
    }

    async fn book(
        &self,
        desk: &Desk,
        day: CalendarDate,
        (way, account, category, what): (&str, i64, Option<i64>, &str),
        amount: Decimal,
    ) -> Result<(), DemoError> {
        let body = json!({
            "type": way, "account_id": account, "category_id": category, "amount": money(amount),
            "description": what, "date": day.to_string(),
        });
        desk.ask(Ask::post("/api/v2/transactions", body)).await.map(drop)
    }
}
