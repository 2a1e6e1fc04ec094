//! Solar credits, as the company sells them: plants and units in the opening weeks, and then every month what the plants
//! generated, what is taken off and put on, and a run of bills for each area.

use super::DemoError;
use super::calendar::{Calendar, day_of};
use super::chance::Chance;
use super::desk::{Ask, Desk, id, text};
use super::market::{Market, UNITS};
use super::places::AREAS;
use super::receivables::{Payer, Receivables, Way};
use crate::http::{money, number};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sunledger_domain::value::{CalendarDate, Competence};
use uuid::Uuid;

/// The day of the month on which each area's meters are read.
const READ_ON: [i32; 3] = [5, 11, 17];
/// Days from the reading: until the plant's generation is handed out, and until the bills are in.
const HANDED_OUT: i32 = 2;
const BILLED: i32 = 3;
/// Days from the reading until the utility's bill is due, and ours.
const UTILITY_DUE: i32 = 15;
const DUE: i32 = 17;
/// Clients that are registered on one day of the opening.
const A_DAY: usize = 3;
const PLANT_OWNER: &str = "Sol do Cerrado Geração SPE Ltda.";

/// The credits business.
pub(super) struct Energy {
    market: Market,
    calendar: Calendar,
    chance: Chance,
    /// Codes of plants, of clients, and ids of units, as they are made.
    plants: Vec<String>,
    clients: Vec<String>,
    units: Vec<Uuid>,
    /// kWh of credits that each unit has left.
    credits: Vec<Decimal>,
    /// The number of an invoice that is worth a look.
    sight: i64,
}

impl Energy {
    pub(super) fn new(calendar: &Calendar, seed: u64) -> Self {
        let market = Market::of(seed, calendar.opening);
        let credits = vec![Decimal::ZERO; market.meters.len()];
        let (calendar, chance) = (calendar.clone(), Chance::of(seed, "energy"));
        Self {
            market,
            calendar,
            chance,
            plants: Vec::new(),
            clients: Vec::new(),
            units: Vec::new(),
            credits,
            sight: 0,
        }
    }

    /// The clients, in the order of their registration: others sell to them too.
    pub(super) fn clients(&self) -> &[String] {
        &self.clients
    }

    /// The number of an invoice of which much can be told: the newest that was paid in parts by now, where there is one.
    pub(super) fn sight(&self) -> i64 {
        self.sight
    }

    /// What a day brings.
    ///
    /// # Errors
    /// Where something is refused.
    pub(super) async fn day(
        &mut self,
        desk: &Desk,
        day: CalendarDate,
        receivables: &mut Receivables,
    ) -> Result<(), DemoError> {
        if self.plants.is_empty() {
            return self.build(desk).await;
        }
        if self.clients.len() < self.market.buyers.len() {
            self.register(desk).await?;
        }
        let month = Competence::of(day);
        for (area, read_on) in READ_ON.into_iter().enumerate() {
            let billed = i8::try_from(read_on + BILLED).unwrap_or(i8::MAX);
            if !self.calendar.billed(billed).contains(&month) {
                continue;
            }
            let read = day_of(month, read_on);
            if day == read.plus_days(HANDED_OUT) {
                self.hand_out(desk, area, month).await?;
                self.adjust(desk, area, month).await?;
            } else if day == read.plus_days(BILLED) {
                self.bill(desk, area, month, receivables).await?;
            }
        }
        Ok(())
    }

    async fn build(&mut self, desk: &Desk) -> Result<(), DemoError> {
        for area in 0..AREAS.len() {
            let plant = self.market.plant(area, PLANT_OWNER, self.calendar.opening);
            let made = desk.ask(Ask::post("/energy/power-plants", plant)).await?;
            self.plants.push(text(&made, "/code")?);
        }
        Ok(())
    }

    /// The next clients, with their units.
    async fn register(&mut self, desk: &Desk) -> Result<(), DemoError> {
        let next = self.clients.len()..self.market.buyers.len().min(self.clients.len() + A_DAY);
        for index in next {
            let buyer = &self.market.buyers[index];
            let made = desk.ask(Ask::post(buyer.path, buyer.body.clone())).await?;
            let client = text(&made, buyer.id)?;
            let plant = &self.plants[buyer.area];
            for meter in self.market.meters.iter().filter(|meter| meter.buyer == index) {
                let unit = self.market.unit(meter, &client, plant);
                let made = desk.ask(Ask::post("/energy/consumer-units", unit)).await?;
                self.units.push(id(&made, "/code")?);
            }
            self.clients.push(client);
        }
        Ok(())
    }

    /// What a plant generated goes to its units.
    async fn hand_out(&mut self, desk: &Desk, area: usize, month: Competence) -> Result<(), DemoError> {
        let generated = self.market.generated(area, month.month(), &mut self.chance);
        let path = format!("/energy/power-plants/{}/generations", self.plants[area]);
        let body = json!({"competence": month.to_string(), "energyKwh": number(generated)});
        desk.ask(Ask::post(path, body)).await?;
        for (meter, credits) in self.market.meters.iter().zip(&mut self.credits) {
            if meter.area == area {
                *credits += self.market.credited(meter, generated);
            }
        }
        Ok(())
    }

    /// What is taken off this month's invoices, or put on them.
    async fn adjust(&mut self, desk: &Desk, area: usize, month: Competence) -> Result<(), DemoError> {
        let mut asks = Vec::new();
        for _ in 0..self.chance.between(0, 2) {
            let unit = self.units[area * UNITS + self.chance.below(UNITS)];
            let (value, percent, cumulative, description) = self.chance.pick(&[
                (2_500, false, false, "Indicação de um amigo"),
                (5_000, false, true, "Crédito do mês anterior"),
                (10, true, false, "Campanha do mês"),
                (9_000, false, true, "Compensação por atraso na conexão"),
            ]);
            asks.push(Ask::post(
                "/energy/discounts",
                json!({
                    "consumerUnitId": unit, "value": value, "isValueCategoryPercentage": percent, "cumulative": cumulative,
                    "realDiscount": true, "description": description, "competence": month.to_string(),
                }),
            ));
        }
        if self.chance.percent(40) {
            let unit = self.units[area * UNITS + self.chance.below(UNITS)];
            asks.push(Ask::post(
                "/energy/charges",
                json!({
                    "consumerUnitId": unit, "value": 1_500, "description": "Segunda via e religação", "competence": month.to_string(),
                }),
            ));
        }
        // One after the other: two for one unit are taken off in the order in which they were made.
        for ask in asks {
            desk.ask(ask).await?;
        }
        Ok(())
    }

    /// The utility's bills of an area come in, all at once; its invoices go out.
    async fn bill(
        &mut self,
        desk: &Desk,
        area: usize,
        month: Competence,
        receivables: &mut Receivables,
    ) -> Result<(), DemoError> {
        let of_area: Vec<usize> =
            (0..self.units.len()).filter(|index| self.market.meters[*index].area == area).collect();
        let bills: Vec<_> =
            of_area.iter().map(|index| (self.units[*index], self.bill_of(*index, month))).collect();
        let profile = desk.app.keys.profile(&desk.home).await?;
        let context = desk.context("energy");
        let made = crate::energy::hand_in_all(&desk.app, &context, &profile, bills).await?;
        for (index, invoice) in of_area.into_iter().zip(made) {
            let (state, payer) = (&invoice.state, self.market.meters[index].payer);
            if self.sight == 0 || (payer == Payer::InParts && state.due_date < self.calendar.today) {
                self.sight = state.number.get();
            }
            // Where the sun paid for everything, nothing is due.
            if state.balance > Decimal::ZERO {
                receivables.expect(
                    Way::Energy,
                    invoice.id,
                    state.balance,
                    (state.issue_date, state.due_date),
                    payer,
                );
            }
        }
        Ok(())
    }

    /// The utility's bill of a unit.
    fn bill_of(&mut self, index: usize, month: Competence) -> Map<String, Value> {
        let meter = &self.market.meters[index];
        let read_on = READ_ON[meter.area];
        let (tariff, compensable) = AREAS[meter.area].tariffs(self.calendar.revisions(month));
        let consumed = meter.consumed(month.month(), &mut self.chance);
        let credits = &mut self.credits[index];
        let used = Decimal::from((consumed - meter.minimum).max(0)).min(*credits);
        *credits -= used;
        let left = *credits;
        // What no credit paid for, and street lighting.
        let unpaid = (Decimal::from(consumed) - used) * tariff;
        let charges = (unpaid + Decimal::new(self.chance.between(1_200, 5_800), 2)).round_dp(2);
        let read = day_of(month, read_on);
        let issued = read.plus_days(1);
        let bill = json!({
            "competencia": month.to_string(),
            "dataLeituraAnterior": day_of(month.prev(), read_on).to_string(), "dataLeituraAtual": read.to_string(),
            "dataLeituraFutura": day_of(month.next(), read_on).to_string(),
            "dataEmissaoConcessionaria": issued.to_string(),
            "dataVencimentoConcessionaria": read.plus_days(UTILITY_DUE).to_string(),
            "dataVencimento": read.plus_days(DUE).to_string(),
            "consumoTotalMes": consumed, "creditosUtilizados": number(used), "creditosCompensados": number(used),
            "creditoSolarSaldoTotal": number(left), "tarifakWh": number(tariff), "tarifakWhCompensavel": number(compensable),
            "totalEncargos": money(charges),
        });
        match bill {
            Value::Object(fields) => fields,
            // It is one: the line above made it.
            _ => Map::new(),
        }
    }
}
