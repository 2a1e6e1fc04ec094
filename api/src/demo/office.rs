//! The front office: leads that come in, the customers they become, their quotes and invoices; and tickets.

use super::DemoError;
use super::books::{MAIN_ACCOUNT, SALES};
use super::calendar::Calendar;
use super::chance::Chance;
use super::desk::{Ask, Desk, id, text, whole};
use super::people::{Company, Person};
use super::places::AREAS;
use super::receivables::{Payer, Receivables, Way};
use crate::http::money;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use sunledger_domain::value::CalendarDate;

/// Leads, one every so many days.
pub(super) const LEADS: usize = 28;
const A_LEAD_EVERY: usize = 15;
/// Tickets, one every so many days.
pub(super) const TICKETS: usize = 24;
const A_TICKET_EVERY: usize = 17;
/// Days until an invoice that was a quote is due.
const DAYS_TO_PAY: i32 = 21;

/// What is sold beside whole systems: a price of R$, and how many at most.
const PRODUCTS: [(&str, i64, i64, &str); 8] = [
    ("Limpeza de módulos", 390, 2, "service"),
    ("Plano de manutenção anual", 1_480, 1, "service"),
    ("Carregador veicular 7,4 kW", 4_950, 2, "product"),
    ("Bateria 5 kWh", 12_900, 2, "product"),
    ("Módulo JA Solar 550 W", 890, 8, "product"),
    ("Microinversor 2 kW", 2_150, 3, "product"),
    ("Medição com câmera térmica", 620, 1, "service"),
    ("Projeto elétrico", 1_750, 1, "service"),
];
const SOURCES: [&str; 5] = ["Website", "Indicação", "Instagram", "Feira de energia", "Telefone"];
const PROBLEMS: [(&str, &str, &str, &str); 8] = [
    (
        "A fatura veio maior",
        "O valor deste mês está acima do anterior. O que mudou?",
        "O consumo subiu com o calor; mandamos o detalhe.",
        "Medium",
    ),
    (
        "Aplicativo sem dados",
        "Desde ontem o aplicativo não mostra a produção.",
        "O roteador foi trocado; refizemos a conexão.",
        "High",
    ),
    ("Segunda via do boleto", "Preciso da segunda via, por favor.", "Enviada por e-mail.", "Low"),
    (
        "Inversor com alarme",
        "O inversor mostra o código 039 desde a chuva.",
        "Era isolação; secamos o conector e voltou.",
        "Urgent",
    ),
    (
        "Mudança de endereço",
        "Vou mudar em breve. Levo os créditos comigo?",
        "Sim, na mesma concessionária. Abrimos o pedido.",
        "Medium",
    ),
    ("Limpeza dos módulos", "Quando é a próxima limpeza?", "Agendada para a semana que vem.", "Low"),
    ("Nome na nota fiscal", "O nome na nota saiu errado.", "Corrigido a partir da próxima.", "Medium"),
    (
        "Créditos não aparecem",
        "A conta da concessionária não abateu os créditos.",
        "A concessionária corrige no próximo ciclo.",
        "High",
    ),
];

/// What is to be done on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// A lead comes in.
    Meet(usize),
    /// It becomes a customer and gets a quote.
    Quote(usize),
    /// The quote becomes an invoice.
    Close(usize),
    /// Somebody has a problem.
    Open(usize),
    /// Somebody answers.
    Reply(usize),
    /// It is solved.
    Solve(usize),
}

/// The office.
pub(super) struct Office {
    calendar: Calendar,
    chance: Chance,
    tasks: BTreeMap<CalendarDate, Vec<Task>>,
    leads: Vec<String>,
    /// The quotes, by their lead, with the customer's way to pay.
    quotes: BTreeMap<usize, String>,
    tickets: BTreeMap<usize, i64>,
}

impl Office {
    pub(super) fn new(calendar: &Calendar, seed: u64) -> Self {
        let mut chance = Chance::of(seed, "office agenda");
        let mut tasks: BTreeMap<CalendarDate, Vec<Task>> = BTreeMap::new();
        let first = calendar.first_month.first_day();
        let mut plan = |day: CalendarDate, task| {
            if day <= calendar.today {
                tasks.entry(day).or_default().push(task);
            }
        };
        let mut after = |day: CalendarDate, least, most| {
            day.plus_days(i32::try_from(chance.between(least, most)).unwrap_or_default())
        };
        let every = |place: usize, days: usize| i32::try_from(place * days).unwrap_or_default();
        for lead in 0..LEADS {
            let met = after(first.plus_days(every(lead, A_LEAD_EVERY)), 0, 9);
            plan(met, Task::Meet(lead));
            // Two of three are won, and of those most buy.
            if lead % 3 != 2 {
                let quoted = after(met, 3, 12);
                plan(quoted, Task::Quote(lead));
                if lead % 5 != 4 {
                    plan(after(quoted, 2, 14), Task::Close(lead));
                }
            }
        }
        for ticket in 0..TICKETS {
            let opened = after(first.plus_days(every(ticket, A_TICKET_EVERY)), 0, 12);
            plan(opened, Task::Open(ticket));
            let replied = after(opened, 0, 1).max(opened.plus_days(1));
            plan(replied, Task::Reply(ticket));
            if ticket % 6 != 5 {
                plan(after(replied, 1, 5), Task::Solve(ticket));
            }
        }
        Self {
            calendar: calendar.clone(),
            chance: Chance::of(seed, "office"),
            tasks,
            leads: Vec::new(),
            quotes: BTreeMap::new(),
            tickets: BTreeMap::new(),
        }
    }

    /// What a day brings; `known` are clients that may have problems.
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
        if day == self.calendar.opening {
            for (name, price, _, kind) in PRODUCTS {
                let product = json!({"name": name, "price": money(Decimal::from(price)), "type": kind});
                desk.ask(Ask::post("/api/v2/products", product)).await?;
            }
        }
        for task in self.tasks.remove(&day).unwrap_or_default() {
            match task {
                Task::Meet(lead) => self.meet(desk, lead).await?,
                Task::Quote(lead) => self.quote(desk, lead, day).await?,
                Task::Close(lead) => self.close(desk, lead, day, receivables).await?,
                Task::Open(ticket) => self.open(desk, ticket, known).await?,
                Task::Reply(ticket) => self.reply(desk, ticket).await?,
                Task::Solve(ticket) => {
                    if let Some(number) = self.tickets.get(&ticket) {
                        desk.ask(Ask::act(format!("/api/v2/tickets/{number}/close"))).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn meet(&mut self, desk: &Desk, lead: usize) -> Result<(), DemoError> {
        let city = self.chance.pick(&AREAS[lead % AREAS.len()].cities);
        // Numbers of mail addresses that nobody else uses.
        let person = Person::of(&mut self.chance, city, 500 + lead);
        let company = self.chance.percent(40).then(|| Company::of(&mut self.chance, city, 500 + lead).name);
        let body = json!({
            "first_name": person.first, "last_name": person.last, "email": person.email, "phone": person.phone,
            "company": company, "source": self.chance.pick(&SOURCES),
        });
        let made = desk.ask(Ask::post("/api/v2/leads", body)).await?;
        self.leads.push(text(&made, "/data/uuid")?);
        Ok(())
    }

    async fn quote(&mut self, desk: &Desk, lead: usize, day: CalendarDate) -> Result<(), DemoError> {
        let Some(known) = self.leads.get(lead) else { return Ok(()) };
        let made = desk.ask(Ask::act(format!("/api/v2/leads/{known}/convert"))).await?;
        let customer = whole(&made, "/data/customer_id")?;
        let items: Vec<Value> = (0..self.chance.between(1, 3)).map(|_| self.item()).collect();
        let body = json!({
            "customer_id": customer, "valid_until": day.plus_days(20).to_string(), "items": items,
            "notes": "Preços válidos até a data indicada.",
        });
        let made = desk.ask(Ask::post("/api/v2/quotes", body)).await?;
        self.quotes.insert(lead, text(&made, "/data/uuid")?);
        Ok(())
    }

    fn item(&mut self) -> Value {
        let (name, price, most, _) = self.chance.pick(&PRODUCTS);
        json!({"description": name, "amount": money(Decimal::from(price)), "qty": self.chance.between(1, most)})
    }

    async fn close(
        &mut self,
        desk: &Desk,
        lead: usize,
        day: CalendarDate,
        receivables: &mut Receivables,
    ) -> Result<(), DemoError> {
        let Some(quote) = self.quotes.get(&lead) else { return Ok(()) };
        let due = day.plus_days(DAYS_TO_PAY);
        let path = format!("/api/v2/quotes/{quote}/convert");
        let made = desk.ask(Ask::post(path, json!({"due_date": due.to_string()}))).await?;
        let total = made.pointer("/data/amount").map(Value::to_string).unwrap_or_default();
        let total: Decimal = total.parse().map_err(|_| DemoError::Refused(format!("no amount in {made}")))?;
        let payer = Payer::of(&mut self.chance);
        let way = Way::Books { account: MAIN_ACCOUNT, category: SALES };
        receivables.expect(way, id(&made, "/data/uuid")?, total, (day, due), payer);
        Ok(())
    }

    async fn open(&mut self, desk: &Desk, ticket: usize, known: &[String]) -> Result<(), DemoError> {
        let Some(customer) = known.get(self.chance.below(known.len())) else { return Ok(()) };
        let (subject, message, _, priority) = PROBLEMS[ticket % PROBLEMS.len()];
        let body = json!({
            "customer_id": customer, "subject": subject, "message": message, "department_id": 1, "priority": priority,
        });
        let made = desk.ask(Ask::post("/api/v2/tickets", body)).await?;
        self.tickets.insert(ticket, whole(&made, "/data/id")?);
        Ok(())
    }

    async fn reply(&self, desk: &Desk, ticket: usize) -> Result<(), DemoError> {
        let Some(number) = self.tickets.get(&ticket) else { return Ok(()) };
        let (_, _, answer, _) = PROBLEMS[ticket % PROBLEMS.len()];
        let body = json!({"message": answer, "author": "Atendimento"});
        desk.ask(Ask::post(format!("/api/v2/tickets/{number}/replies"), body)).await.map(drop)
    }
}
