//! Roofs: forty systems that are sold, built and paid for in the opening weeks, and produce from then on; and the projects
//! that are under way now.

use super::DemoError;
use super::calendar::Calendar;
use super::chance::Chance;
use super::desk::{Ask, Desk, id, text};
use super::people::{Company, Person};
use super::places::{AREAS, City, address};
use super::production::{Roof, Sky};
use super::receivables::{Payer, Receivables, Way};
use crate::http::{money, number};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use sunledger_domain::value::{CalendarDate, Competence};
use uuid::Uuid;

/// Systems that are built.
pub(super) const BUILT: usize = 40;
/// Projects that are not built yet, with how far they are, and how many days ago they began.
const UNDER_WAY: [(&str, i32); 6] = [
    ("in_progress", 38),
    ("cancelled", 33),
    ("approved", 24),
    ("approved", 17),
    ("planning", 9),
    ("planning", 2),
];
/// One owner of seven gets credits too: this one and those seven places on, by their order among the clients of either.
pub(super) const ALSO_CREDITS: usize = 5;
/// Days until an installation is to be paid.
const DAYS_TO_PAY: i32 = 28;
/// Two systems are in maintenance now, since so many days.
const IN_MAINTENANCE: [(usize, i32); 2] = [(11, 4), (29, 2)];
/// These were, so many days after the first readings, for so many.
const WAS_IN_MAINTENANCE: [(usize, i32, i32); 5] =
    [(3, 60, 6), (8, 141, 9), (17, 202, 4), (24, 260, 12), (35, 330, 5)];

/// A system: whose, where, how large, what it costs.
#[derive(Debug, Clone)]
pub(super) struct System {
    pub(super) city: City,
    /// The owner's name.
    pub(super) customer: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) street: String,
    /// The day on which the project was begun.
    pub(super) sold: CalendarDate,
    /// The day on which it began to produce.
    pub(super) finished: CalendarDate,
    panels: i64,
    /// kW, hundredths.
    size: i64,
    /// R$
    price: Decimal,
    owner: Owner,
    /// The day on which the project is approved, and the one on which the work begins.
    steps: [CalendarDate; 2],
    payer: Payer,
}

#[derive(Debug, Clone)]
enum Owner {
    /// A client of ours, by the order of registration.
    Known(usize),
    /// Somebody new: what is registered.
    New(Value),
}

impl System {
    /// kW.
    pub(super) fn kilowatts(&self) -> Decimal {
        Decimal::new(self.size, 2)
    }

    /// What it costs.
    pub(super) fn price(&self) -> Decimal {
        self.price
    }

    /// Whether the owner was nobody's client before.
    pub(super) fn is_of_somebody_new(&self) -> bool {
        matches!(self.owner, Owner::New(_))
    }

    /// One more that is sold; `place` counts them.
    fn of(chance: &mut Chance, place: usize, sold: CalendarDate) -> Self {
        let area = &AREAS[place % AREAS.len()];
        let city = chance.pick(&area.cities);
        let home = address(chance, city);
        let street = format!("{}, {}, {}", home["street"], home["number"], city.name).replace('"', "");
        let shop = chance.percent(25);
        // Numbers of mail addresses that the credits business does not use.
        let (customer, email, phone, tax_id) = if shop {
            let company = Company::of(chance, city, 200 + place);
            (company.name, company.email, company.phone, company.cnpj)
        } else {
            let person = Person::of(chance, city, 200 + place);
            (person.name(), person.email, person.phone, person.cpf)
        };
        let panels = if shop { chance.between(28, 96) } else { chance.between(6, 20) };
        let size = panels * 55;
        // R$ a watt falls with the size.
        let price = Decimal::from(size * 10) * Decimal::new(chance.between(310, 420) - panels, 2);
        let body =
            json!({"name": customer, "email": email, "phone": phone, "taxId": tax_id, "address": home});
        let owner = if place % 7 == ALSO_CREDITS { Owner::Known(place) } else { Owner::New(body) };
        let mut after = |day: CalendarDate, least, most| {
            day.plus_days(i32::try_from(chance.between(least, most)).unwrap_or(1))
        };
        let approved = after(sold, 3, 7);
        let begun = after(approved, 2, 6);
        let finished = after(begun, 1, 4);
        let payer = Payer::of(chance);
        Self {
            city,
            customer,
            email,
            phone,
            street,
            sold,
            finished,
            panels,
            size,
            price,
            owner,
            steps: [approved, begun],
            payer,
        }
    }

    fn project(&self, client: &str) -> Value {
        json!({
            "clientId": client, "name": format!("Sistema de {} kWp - {}", number(self.kilowatts()), self.city.name),
            "systemSize": number(self.kilowatts()), "estimatedCost": money(self.price), "startDate": self.steps[1].to_string(),
        })
    }

    fn hardware(&self) -> Value {
        let inverter = self.size / 115 + 1;
        json!({
            "panels": [{"model": "JA Solar 550 W", "power": number(Decimal::new(55, 2)), "quantity": self.panels}],
            "inverter": {"model": format!("Sungrow SG{inverter}RS"), "power": inverter},
        })
    }

    fn bill(&self, client: &str, project: &str) -> Value {
        let labour = (self.price * Decimal::new(22, 2)).round_dp(2);
        let goods = self.price - labour;
        json!({
            "clientId": client, "projectId": project, "dueDate": self.finished.plus_days(DAYS_TO_PAY).to_string(),
            "items": [
                {"description": format!("Kit fotovoltaico de {} kWp", number(self.kilowatts())), "amount": money(goods)},
                {"description": "Projeto, instalação e homologação", "amount": money(labour)},
            ],
        })
    }
}

/// A step of a system on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Sold,
    Approved,
    Begun,
    Cancelled,
    Finished,
    Broken,
    Mended,
}

/// The roofs.
pub(super) struct Installations {
    systems: Vec<System>,
    steps: BTreeMap<CalendarDate, Vec<(usize, Step)>>,
    calendar: Calendar,
    sky: Sky,
    clients: Vec<String>,
    projects: Vec<String>,
    installations: BTreeMap<usize, Uuid>,
}

impl Installations {
    pub(super) fn new(calendar: &Calendar, seed: u64) -> Self {
        let mut chance = Chance::of(seed, "installations");
        let mut systems = Vec::new();
        let mut steps: BTreeMap<CalendarDate, Vec<(usize, Step)>> = BTreeMap::new();
        let mut step = |day, index, step| steps.entry(day).or_default().push((index, step));
        for place in 0..BUILT {
            // From the third week on, while the credits business has its clients; all are built within the opening.
            let sold = calendar.opening.plus_days(i32::try_from(16 + place * 26 / BUILT).unwrap_or_default());
            let system = System::of(&mut chance, place, sold);
            for (day, what) in [
                (sold, Step::Sold),
                (system.steps[0], Step::Approved),
                (system.steps[1], Step::Begun),
                (system.finished, Step::Finished),
            ] {
                step(day, place, what);
            }
            systems.push(system);
        }
        for (place, (status, ago)) in (BUILT..).zip(UNDER_WAY) {
            let sold = calendar.today.plus_days(-ago);
            let system = System::of(&mut chance, place, sold);
            step(sold, place, Step::Sold);
            if status != "planning" {
                step(system.steps[0], place, Step::Approved);
            }
            match status {
                "in_progress" => step(system.steps[1], place, Step::Begun),
                "cancelled" => step(system.steps[1], place, Step::Cancelled),
                _ => {}
            }
            systems.push(system);
        }
        let first = calendar.first_month.first_day();
        for (index, begin, length) in WAS_IN_MAINTENANCE {
            step(first.plus_days(begin), index, Step::Broken);
            step(first.plus_days(begin + length), index, Step::Mended);
        }
        for (index, ago) in IN_MAINTENANCE {
            step(calendar.today.plus_days(-ago), index, Step::Broken);
        }
        Self {
            systems,
            steps,
            calendar: calendar.clone(),
            sky: Sky::new(seed),
            clients: Vec::new(),
            projects: Vec::new(),
            installations: BTreeMap::new(),
        }
    }

    /// What was sold, in order.
    pub(super) fn systems(&self) -> &[System] {
        &self.systems
    }

    /// What a day brings: steps of projects and of the work, and on the first of a month what the month before produced.
    ///
    /// # Errors
    /// Where something is refused.
    pub(super) async fn day(
        &mut self,
        desk: &Desk,
        day: CalendarDate,
        known: &[String],
        receivables: &mut Receivables,
    ) -> Result<(), DemoError> {
        let mut steps = self.steps.remove(&day).unwrap_or_default();
        steps.sort_by_key(|(index, step)| (*step, *index));
        let mut changes = Vec::new();
        for (index, step) in steps {
            match step {
                Step::Sold => self.sell(desk, index, known).await?,
                Step::Approved => {
                    changes.push(self.project_is(index, "approved"));
                    if index < BUILT {
                        self.schedule(desk, index).await?;
                    }
                }
                Step::Begun => {
                    changes.push(self.project_is(index, "in_progress"));
                    changes.extend(self.installation_is(index, "in_progress"));
                }
                Step::Cancelled => changes.push(self.project_is(index, "cancelled")),
                Step::Finished => {
                    changes.push(self.project_is(index, "completed"));
                    changes.extend(self.installation_is(index, "completed"));
                    self.bill(desk, index, receivables).await?;
                }
                Step::Broken => changes.extend(self.installation_is(index, "maintenance")),
                Step::Mended => changes.extend(self.installation_is(index, "completed")),
            }
        }
        desk.ask_all(changes).await?;
        self.upload(desk, day).await
    }

    async fn sell(&mut self, desk: &Desk, index: usize, known: &[String]) -> Result<(), DemoError> {
        let system = &self.systems[index];
        let client = match &system.owner {
            Owner::Known(place) if !known.is_empty() => known[place % known.len()].clone(),
            Owner::Known(_) => return Err(DemoError::Refused("a system was sold to nobody".to_owned())),
            Owner::New(body) => text(&desk.ask(Ask::post("/v1/clients", body.clone())).await?, "/data/id")?,
        };
        let made = desk.ask(Ask::post("/v1/projects", system.project(&client))).await?;
        self.projects.push(text(&made, "/data/id")?);
        self.clients.push(client);
        Ok(())
    }

    async fn schedule(&mut self, desk: &Desk, index: usize) -> Result<(), DemoError> {
        let mut body = self.systems[index].hardware();
        body["projectId"] = self.projects[index].as_str().into();
        let made = desk.ask(Ask::post("/v1/installations", body)).await?;
        self.installations.insert(index, id(&made, "/data/id")?);
        Ok(())
    }

    async fn bill(
        &mut self,
        desk: &Desk,
        index: usize,
        receivables: &mut Receivables,
    ) -> Result<(), DemoError> {
        let system = &self.systems[index];
        let bill = system.bill(&self.clients[index], &self.projects[index]);
        let made = desk.ask(Ask::post("/v1/invoices", bill)).await?;
        let days = (system.finished, system.finished.plus_days(DAYS_TO_PAY));
        receivables.expect(Way::Crm, id(&made, "/data/id")?, system.price.round_dp(2), days, system.payer);
        Ok(())
    }

    fn project_is(&self, index: usize, status: &str) -> Ask {
        Ask::put(format!("/v1/projects/{}", self.projects[index]), json!({"status": status}))
    }

    fn installation_is(&self, index: usize, status: &str) -> Option<Ask> {
        let installation = self.installations.get(&index)?;
        Some(Ask::put(format!("/v1/installations/{installation}"), json!({"status": status})))
    }

    /// The meters' readings, a day each: on the first of a month those of the month before, and today those until yesterday.
    async fn upload(&mut self, desk: &Desk, day: CalendarDate) -> Result<(), DemoError> {
        let month = Competence::of(day);
        let mut asks = Vec::new();
        let first = day == month.first_day();
        if first && month.prev() >= self.calendar.first_month {
            asks.extend(self.readings(month.prev().first_day(), month.prev().last_day()));
        }
        if day == self.calendar.today && !first {
            asks.extend(self.readings(month.first_day(), day.plus_days(-1)));
        }
        desk.ask_all(asks).await.map(drop)
    }

    fn readings(&mut self, first: CalendarDate, last: CalendarDate) -> Vec<Ask> {
        let mut asks = Vec::with_capacity(self.installations.len());
        for (index, installation) in &self.installations {
            let system = &self.systems[*index];
            let roof = Roof { size: system.size, area: index % AREAS.len(), number: *index };
            let days = std::iter::successors(Some(first), |day| Some(day.plus_days(1)))
                .take_while(|day| *day <= last);
            let readings: Vec<Value> = days
                .filter(|day| !self.out_of_order(*index, *day))
                .map(|day| json!({"at": format!("{day}T18:30:00"), "energyKwh": number(self.sky.produced(roof, day))}))
                .collect();
            if !readings.is_empty() {
                asks.push(Ask::post(
                    format!("/v1/installations/{installation}/readings"),
                    Value::from(readings),
                ));
            }
        }
        asks
    }

    /// Whether a system stood still that day: nothing was read.
    fn out_of_order(&self, index: usize, day: CalendarDate) -> bool {
        let since = self.calendar.first_month.first_day();
        let was = WAS_IN_MAINTENANCE.iter().any(|(broken, begin, length)| {
            *broken == index && day > since.plus_days(*begin) && day < since.plus_days(begin + length)
        });
        let is = IN_MAINTENANCE
            .iter()
            .any(|(broken, ago)| *broken == index && day > self.calendar.today.plus_days(-ago));
        was || is
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn everything_is_built_before_the_first_readings() {
        for today in ["2026-11-22", "2026-03-01", "2027-04-30"] {
            let calendar = Calendar::ending(CalendarDate::parse(today).unwrap());
            for seed in 0..20 {
                let installations = Installations::new(&calendar, seed);
                let built = &installations.systems()[..BUILT];
                assert!(
                    built.iter().all(|system| system.finished < calendar.first_month.first_day()),
                    "{today}"
                );
                assert!(
                    built
                        .iter()
                        .all(|system| system.sold < system.steps[0] && system.steps[1] < system.finished)
                );
                let known = built.iter().filter(|system| !system.is_of_somebody_new()).count();
                assert_eq!((built.len(), known), (BUILT, 5), "some owners get credits too");
                assert!(installations.steps.keys().all(|day| *day <= calendar.today), "{today}");
            }
        }
    }
}
