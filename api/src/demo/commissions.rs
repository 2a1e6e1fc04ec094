//! Three teams and what their people earn: a sale is closed, which pays an advance (M1), and installed, which pays the rest
//! (M2 & M3) and its manager's override. At the beginning of each month what the month before came to is brought in, computed, and
//! paid by paystubs.

use super::DemoError;
use super::calendar::{Calendar, day_of};
use super::chance::Chance;
use super::desk::{Ask, Desk};
use super::installations::{BUILT, System};
use super::sales::{REPS, Sale, TEAMS};
use crate::http::money;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sunledger_domain::value::{CalendarDate, Competence};

/// The day of a month on which what the month before came to is brought in, the one on which paystubs are made, and the one on
/// which they are paid.
const BROUGHT_IN: i32 = 2;
const BUILT_ON: i32 = 4;
const PAID_ON: i32 = 10;
/// The day of a month to which overrides are booked.
const BOOKED_ON: i32 = 28;
/// What a person of a team has kept back, one time of so many: an advance on travel, dollars.
const KEPT_BACK: [i64; 4] = [0, 0, 0, 120];

/// The sales organisation.
pub(super) struct Commissions {
    calendar: Calendar,
    chance: Chance,
    sales: Vec<Sale>,
    last_paystub: String,
}

impl Commissions {
    /// Who sold the systems that are built, and what else is sold month by month.
    pub(super) fn new(calendar: &Calendar, seed: u64, systems: &[System]) -> Self {
        let sales = Sale::all(calendar, seed, &systems[..systems.len().min(BUILT)]);
        Self {
            calendar: calendar.clone(),
            chance: Chance::of(seed, "commissions"),
            sales,
            last_paystub: String::new(),
        }
    }

    /// The id of the newest paystub; empty before there is one.
    pub(super) fn last_paystub(&self) -> &str {
        &self.last_paystub
    }

    /// What a day brings.
    ///
    /// # Errors
    /// Where something is refused.
    pub(super) async fn day(&mut self, desk: &Desk, day: CalendarDate) -> Result<(), DemoError> {
        if day == self.calendar.opening {
            return desk.import(people()).await;
        }
        let month = Competence::of(day);
        let before = month.prev();
        if before < Competence::of(self.calendar.opening) {
            return Ok(());
        }
        if day == day_of(month, BROUGHT_IN) {
            self.bring_in(desk, before).await
        } else if day == day_of(month, BUILT_ON) {
            self.pay(desk, before).await
        } else {
            Ok(())
        }
    }

    /// What was closed and installed in a month.
    async fn bring_in(&self, desk: &Desk, month: Competence) -> Result<(), DemoError> {
        let at = format!("/api/v1/tenants/{}", desk.home);
        let (mut lines, mut computed, mut installed) = (Vec::new(), Vec::new(), Vec::new());
        for sale in &self.sales {
            if Competence::of(sale.closed) == month {
                lines.push(sale.project());
                lines.push(sale.scpf(month, "M1", money(sale.advance)));
            }
            if Competence::of(sale.installed) == month {
                lines.push(sale.scpf(month, "M2 & M3", money(Decimal::ZERO)));
                lines.extend(sale.of_the_manager(day_of(month, BOOKED_ON)));
                computed.push(Ask::post(
                    format!("{at}/scpfs/calculate"),
                    json!({"scpf_id": sale.scpf_id("M2 & M3"), "m1": money(sale.advance), "store": true}),
                ));
                installed.push(Ask::put(
                    format!("{at}/projects/{}", sale.id),
                    json!({"project_status": "Installed", "install_date": sale.installed.to_string()}),
                ));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        desk.import(lines).await?;
        desk.ask_all(computed).await?;
        desk.ask_all(installed).await.map(drop)
    }

    /// Paystubs for whom a month brought something.
    async fn pay(&mut self, desk: &Desk, month: Competence) -> Result<(), DemoError> {
        let path = format!("/api/v1/tenants/{}/paystubs/build", desk.home);
        let of_month = |day| Competence::of(day) == month;
        for (index, rep) in REPS.iter().enumerate() {
            let due = |sale: &&Sale| sale.rep == index && (of_month(sale.closed) || of_month(sale.installed));
            if self.sales.iter().any(|sale| due(&sale)) {
                let ask = self.paystub(&path, month, rep.id);
                desk.ask(ask).await?;
            }
        }
        for (index, team) in TEAMS.iter().enumerate() {
            if self.sales.iter().any(|sale| sale.team() == index && of_month(sale.installed)) {
                let ask = self.paystub(&path, month, team.manager.id);
                desk.ask(ask).await?;
            }
        }
        Ok(())
    }

    fn paystub(&mut self, path: &str, month: Competence, person: &str) -> Ask {
        self.last_paystub = paystub_id(month, person);
        let mut body = json!({
            "id": self.last_paystub, "sales_professional_id": person,
            "period_start_date": month.first_day().to_string(), "period_end_date": month.last_day().to_string(),
            "pay_date": day_of(month.next(), PAID_ON).to_string(),
        });
        let kept_back = self.chance.pick(&KEPT_BACK);
        if kept_back > 0 {
            body["deductions"] = money(Decimal::from(kept_back));
        }
        Ask::post(path, body)
    }
}

/// The id of a person's paystub of a month: SCPFs name the one that is going to pay them.
pub(super) fn paystub_id(month: Competence, person: &str) -> String {
    format!("ps-{}-{person}", month.iso())
}

/// Teams, their managers and their people.
fn people() -> Vec<Value> {
    let mut lines: Vec<Value> = TEAMS
        .iter()
        .map(|team| {
            json!({
                "kind": "teams", "id": team.id, "name": team.name, "is_active": true, "team_type": team.sort,
                "parent_id": team.parent,
            })
        })
        .collect();
    let managers = TEAMS.iter().map(|team| (team.manager, "manager"));
    lines.extend(managers.chain(REPS.iter().map(|rep| (*rep, "rep"))).map(|(person, role)| {
        json!({
            "kind": "users", "id": person.id, "first_name": person.first, "last_name": person.last,
            "email": format!("{}@soldocerrado.example", person.id), "roles": [role], "is_active": true,
        })
    }));
    lines
}
