//! Who sells, and what was sold: the systems of the opening weeks, and four more each month.

use super::calendar::{Calendar, MONTHS};
use super::chance::Chance;
use super::commissions::paystub_id;
use super::installations::System;
use super::people::Person;
use super::places::{AREAS, address};
use crate::http::{money, number};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sunledger_domain::value::{CalendarDate, Competence};

/// Sales of a month, once the opening is over.
pub(super) const A_MONTH: usize = 4;
/// What a manager gets for a kilowatt, dollars.
const A_KILOWATT: i64 = 50;

/// Somebody who sells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seller {
    pub(super) id: &'static str,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
}

/// A team.
#[derive(Debug, Clone, Copy)]
pub(super) struct Team {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) sort: &'static str,
    pub(super) parent: Option<&'static str>,
    pub(super) manager: Seller,
}

const fn seller(id: &'static str, first: &'static str, last: &'static str) -> Seller {
    Seller { id, first, last }
}

/// The teams.
pub(super) const TEAMS: [Team; 3] = [
    Team {
        id: "sudeste",
        name: "Sudeste",
        sort: "Region",
        parent: None,
        manager: seller("marina.prado", "Marina", "Prado"),
    },
    Team {
        id: "triangulo",
        name: "Triângulo Mineiro",
        sort: "Office",
        parent: Some("sudeste"),
        manager: seller("otavio.reis", "Otávio", "Reis"),
    },
    Team {
        id: "goias",
        name: "Goiás",
        sort: "Office",
        parent: Some("sudeste"),
        manager: seller("celia.duarte", "Célia", "Duarte"),
    },
];
/// Who sells: one of each team, and another one of each; teams are in the order of their areas.
pub(super) const REPS: [Seller; 6] = [
    seller("bruno.leal", "Bruno", "Leal"),
    seller("denise.amaral", "Denise", "Amaral"),
    seller("fabiano.cruz", "Fabiano", "Cruz"),
    seller("ivone.salles", "Ivone", "Salles"),
    seller("jorge.tavares", "Jorge", "Tavares"),
    seller("lia.moraes", "Lia", "Moraes"),
];

/// A sale.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) id: String,
    /// A place in [`REPS`].
    pub(super) rep: usize,
    pub(super) closed: CalendarDate,
    pub(super) installed: CalendarDate,
    /// What is paid when it is closed, dollars.
    pub(super) advance: Decimal,
    customer: String,
    email: String,
    phone: String,
    address: String,
    state: &'static str,
    kilowatts: Decimal,
    /// What the customer pays for a watt, and under what there is no commission; dollars.
    price: Decimal,
    redline: Decimal,
    self_generated: bool,
}

impl Sale {
    /// All of them, in the order in which they were closed.
    pub(super) fn all(calendar: &Calendar, seed: u64, systems: &[System]) -> Vec<Self> {
        let mut chance = Chance::of(seed, "sales");
        // Who gets credits already needed nobody to sell a roof.
        let sold = systems.iter().filter(|system| system.is_of_somebody_new());
        let mut sales: Vec<Self> = sold.map(|system| Self::of_system(&mut chance, system)).collect();
        let months =
            std::iter::successors(Some(calendar.first_month), |month| Some(month.next())).take(MONTHS);
        for month in months {
            for _ in 0..A_MONTH {
                let day =
                    month.first_day().plus_days(i32::try_from(chance.between(0, 26)).unwrap_or_default());
                sales.push(Self::of_month(&mut chance, day, sales.len()));
            }
        }
        sales.sort_by_key(|sale| sale.closed);
        for (place, sale) in sales.iter_mut().enumerate() {
            sale.id = format!("sale-{:03}", place + 1);
            // Each area has a team, and its two people take turns.
            let area = AREAS.iter().position(|area| area.cities[0].state == sale.state).unwrap_or_default();
            sale.rep = area + TEAMS.len() * (place / TEAMS.len() % 2);
        }
        sales
    }

    fn of_system(chance: &mut Chance, system: &System) -> Self {
        // Reais to dollars, so that a price a watt is one that these people talk of.
        let watts = system.kilowatts() * Decimal::from(1_000);
        let price = (system.price() / watts).round_dp(2);
        Self {
            customer: system.customer.clone(),
            email: system.email.clone(),
            phone: system.phone.clone(),
            address: system.street.clone(),
            state: system.city.state,
            kilowatts: system.kilowatts(),
            ..Self::new(chance, system.sold, system.finished, price)
        }
    }

    fn of_month(chance: &mut Chance, closed: CalendarDate, number: usize) -> Self {
        let city = chance.pick(&AREAS[number % AREAS.len()].cities);
        let person = Person::of(chance, city, 800 + number);
        let home = address(chance, city);
        let installed = closed.plus_days(i32::try_from(chance.between(12, 40)).unwrap_or_default());
        let price = Decimal::new(chance.between(290, 420), 2);
        let kilowatts = Decimal::new(chance.between(330, 1_650), 2);
        let text = |part: &str| home[part].as_str().unwrap_or_default().to_owned();
        Self {
            customer: person.name(),
            address: format!("{}, {}, {}", text("street"), text("number"), city.name),
            email: person.email,
            phone: person.phone,
            state: city.state,
            kilowatts,
            ..Self::new(chance, closed, installed, price)
        }
    }

    fn new(chance: &mut Chance, closed: CalendarDate, installed: CalendarDate, price: Decimal) -> Self {
        Self {
            id: String::new(),
            rep: 0,
            closed,
            installed,
            advance: Decimal::from(chance.pick(&[300, 400, 500])),
            customer: String::new(),
            email: String::new(),
            phone: String::new(),
            address: String::new(),
            state: "",
            kilowatts: Decimal::ZERO,
            price,
            redline: price - Decimal::new(chance.between(35, 70), 2),
            self_generated: chance.percent(30),
        }
    }

    /// The team of its rep: a place in [`TEAMS`].
    pub(super) fn team(&self) -> usize {
        self.rep % TEAMS.len()
    }

    fn rep_name(&self) -> String {
        let Seller { first, last, .. } = REPS[self.rep];
        format!("{first} {last}")
    }

    fn override_amount(&self) -> Decimal {
        (self.kilowatts * Decimal::from(A_KILOWATT)).round_dp(2)
    }

    /// The id of its SCPF of a pay type.
    pub(super) fn scpf_id(&self, pay_type: &str) -> String {
        let suffix = if pay_type == "M1" { "m1" } else { "m23" };
        format!("{}-{suffix}", self.id)
    }

    /// It, as a line of an import.
    pub(super) fn project(&self) -> Value {
        json!({
            "kind": "projects", "id": self.id, "address": self.address, "closed_date": self.closed.to_string(),
            "closer": self.rep_name(), "customer_name": self.customer, "email": self.email, "lead_token": format!("L-{}", self.id),
            "phone": self.phone, "project_status": "Closed", "project_type": "Solar Only",
            "self_gen": if self.self_generated { "Yes" } else { "No" }, "state": self.state, "rep_ids": [REPS[self.rep].id],
            "manager_ids": [TEAMS[self.team()].manager.id], "team_id": TEAMS[self.team()].id,
        })
    }

    /// What its rep gets of it in a month, as a line of an import.
    pub(super) fn scpf(&self, month: Competence, pay_type: &str, total: Value) -> Value {
        let rep = REPS[self.rep];
        // Who did not find the customer alone had somebody else's lead.
        let lead = if self.self_generated { rep } else { REPS[(self.rep + 1) % REPS.len()] };
        json!({
            "kind": "scpfs", "id": self.scpf_id(pay_type), "scpf_id": self.scpf_id(pay_type), "closed_date": self.closed.to_string(),
            "install": self.installed.to_string(), "closer": self.rep_name(), "closer_id": rep.id, "customer_name": self.customer,
            "lead_name": format!("{} {}", lead.first, lead.last), "lead_rep_id": lead.id, "pay_type": pay_type,
            "paystubId": paystub_id(month, rep.id), "sales_professional_id": rep.id, "total_this_period": total,
            "build_partner": "Sol do Cerrado Engenharia", "customer_ppw": money(self.price), "redline": money(self.redline),
            "system_size": number(self.kilowatts), "manager_override": money(self.override_amount()),
            "opportunity_id": self.id, "status": "Approved",
        })
    }

    /// What its manager gets of it, with the details, as lines of an import.
    pub(super) fn of_the_manager(&self, paid: CalendarDate) -> [Value; 2] {
        let manager = TEAMS[self.team()].manager;
        let (id, amount) = (format!("{}-override", self.id), money(self.override_amount()));
        [
            json!({
                "kind": "override", "id": id, "amount": amount, "customer_name": self.customer, "date_paid": paid.to_string(),
                "manager_id": manager.id, "rep_id": REPS[self.rep].id, "rep_name": self.rep_name(),
            }),
            json!({
                "kind": "override_detail", "id": format!("{id}-1"), "override_id": id, "closed_date": self.closed.to_string(),
                "closer": self.rep_name(), "customer_name": self.customer, "date_paid": paid.to_string(),
                "install_date": self.installed.to_string(), "total_this_period": amount, "manager_override": amount,
                "system_size": number(self.kilowatts),
            }),
        ]
    }
}
