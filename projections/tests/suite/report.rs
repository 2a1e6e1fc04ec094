//! The financial report over a real log on each backend: what came in, went out and is owed, by month, now and as it was known at
//! any time; the same after a rebuild, and what `verify` compares.

use crate::support::World;
use books::Story;
use sunledger_commands::Codec;
use sunledger_domain::TenantId;
use sunledger_projections::{Period, generation, verify};
use sunledger_store::{Db, Durability, Statement};

#[cfg(test)]
mod books {
    use crate::support::{Server, context, now};
    use jiff::Timestamp;
    use rust_decimal::Decimal;
    use std::collections::BTreeMap;
    use sunledger_commands::Context;
    use sunledger_domain::invoice::{Invoice, InvoiceCommand, NewPayment};
    use sunledger_domain::reference::Reference;
    use sunledger_domain::transaction::{
        Booking, Direction, NewTransaction, Transaction, TransactionCommand, TransactionPatch,
    };
    use sunledger_domain::value::{CalendarDate, Competence, Currency};
    use sunledger_projections::{Figures, Period};
    use uuid::Uuid;

    fn all() -> Period {
        Period::default()
    }

    fn month(month: &str) -> Period {
        let month = Competence::parse(month).unwrap();
        Period { year: Some(month.year()), month: Some(month.month()) }
    }

    /// What is expected of a report: sums by month, in and out, and what is owed.
    #[derive(Debug, Clone, Default, PartialEq)]
    struct Expected {
        months: BTreeMap<String, (Decimal, Decimal)>,
        owed: Decimal,
    }

    impl Expected {
        fn of(&self, wanted: impl Fn(&str) -> bool) -> Figures {
            let mut figures = Figures { outstanding: self.owed, ..Figures::default() };
            for (_, (income, expenses)) in self.months.iter().filter(|(month, _)| wanted(month)) {
                figures.income += income;
                figures.expenses += expenses;
            }
            figures
        }

        fn book(&mut self, booking: &Booking, sign: i64) {
            let sums = self.months.entry(Competence::of(booking.date).iso()).or_default();
            let amount = booking.amount * Decimal::from(sign);
            match booking.direction {
                Direction::Income => sums.0 += amount,
                Direction::Expense => sums.1 += amount,
            }
        }
    }

    /// A story of random commands, told again by plain sums.
    pub(crate) struct Story<'s> {
        server: &'s Server,
        dice: u64,
        minute: i64,
        invoice: Uuid,
        payments: Vec<(Uuid, Booking)>,
        transactions: Vec<(Uuid, Booking)>,
        expected: Expected,
        /// The sums as they were after each step.
        pages: Vec<(Timestamp, Expected)>,
    }

    impl<'s> Story<'s> {
        pub(crate) fn new(server: &'s Server, invoice: Uuid, total: i64) -> Self {
            let expected = Expected { owed: Decimal::from(total), ..Expected::default() };
            let (payments, transactions) = (Vec::new(), Vec::new());
            let pages = vec![(now(), expected.clone())];
            Self { server, dice: 42, minute: 0, invoice, payments, transactions, expected, pages }
        }

        fn roll(&mut self, sides: u64) -> u64 {
            self.dice =
                self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.dice >> 33) % sides
        }

        fn at(&self) -> Timestamp {
            // Steps are hours apart, and some fall into one second.
            let minutes = self.minute / 3 * 997;
            now()
                + jiff::SignedDuration::from_mins(minutes)
                + jiff::SignedDuration::from_millis(self.minute % 3)
        }

        fn context(&self) -> Context {
            Context { now: self.at(), ..context() }
        }

        fn booking(&mut self, direction: Direction) -> Booking {
            let cents = i64::try_from(self.roll(9_999)).unwrap() + 1;
            let days = i32::try_from(self.roll(400)).unwrap();
            let date = CalendarDate::parse("2025-06-01").unwrap().plus_days(days);
            Booking { direction, amount: Decimal::new(cents, 2), date }
        }

        pub(crate) async fn step(&mut self) {
            self.minute += 1;
            match self.roll(6) {
                0 | 1 => self.record().await,
                2 => self.correct().await,
                3 => self.pay().await,
                4 => self.reverse().await,
                _ => self.delete().await,
            }
            self.pages.push((self.at(), self.expected.clone()));
        }

        async fn transaction(&self, id: Uuid, command: TransactionCommand) {
            self.server.commands.execute::<Transaction>(&self.context(), id, command).await.unwrap();
        }

        async fn record(&mut self) {
            let direction = if self.roll(2) == 0 { Direction::Income } else { Direction::Expense };
            let booking = self.booking(direction);
            // One that pays an invoice is counted as that payment, and not again.
            let pays = self.roll(5) == 0 && direction == Direction::Income;
            let new = NewTransaction {
                booking,
                currency: Currency::BRL,
                account: Reference::default(),
                category: None,
                description: None,
                invoice: pays.then(Reference::default),
                at: self.at(),
            };
            let id = self.server.commands.new_id();
            self.transaction(id, TransactionCommand::Create(Box::new(new))).await;
            if !pays {
                self.expected.book(&booking, 1);
                self.transactions.push((id, booking));
            }
        }

        async fn correct(&mut self) {
            let Some((id, before)) = self.transactions.pop() else { return };
            let direction = if self.roll(2) == 0 { Direction::Income } else { Direction::Expense };
            let after = self.booking(direction);
            let patch = TransactionPatch {
                direction: Some(after.direction),
                amount: Some(after.amount),
                date: Some(after.date),
                at: self.at(),
                ..TransactionPatch::default()
            };
            self.transaction(id, TransactionCommand::Update(Box::new(patch))).await;
            self.expected.book(&before, -1);
            self.expected.book(&after, 1);
            self.transactions.push((id, after));
        }

        async fn delete(&mut self) {
            if self.transactions.is_empty() {
                return;
            }
            let (id, booking) = self.transactions.remove(0);
            self.transaction(id, TransactionCommand::Delete { at: self.at() }).await;
            self.expected.book(&booking, -1);
        }

        async fn pay(&mut self) {
            let booking = self.booking(Direction::Income);
            if booking.amount > self.expected.owed {
                return;
            }
            let payment_id = self.server.commands.new_id();
            let payment = NewPayment {
                payment_id,
                amount: booking.amount,
                date: booking.date,
                method: None,
                reference: None,
                today: booking.date,
                at: self.at(),
            };
            let command = InvoiceCommand::RecordPayment(Box::new(payment));
            self.server.commands.execute::<Invoice>(&self.context(), self.invoice, command).await.unwrap();
            self.expected.book(&booking, 1);
            self.expected.owed -= booking.amount;
            self.payments.push((payment_id, booking));
        }

        async fn reverse(&mut self) {
            if self.payments.is_empty() {
                return;
            }
            let (payment_id, booking) = self.payments.remove(0);
            let command = InvoiceCommand::ReversePayment { payment_id, today: booking.date, at: self.at() };
            self.server.commands.execute::<Invoice>(&self.context(), self.invoice, command).await.unwrap();
            self.expected.book(&booking, -1);
            self.expected.owed += booking.amount;
        }

        async fn shown(&self, period: Period, as_of: Option<Timestamp>) -> Figures {
            let reads = self.server.reads();
            let by_currency = reads.financial(&context().tenant, period, as_of).await.unwrap();
            assert!(by_currency.keys().all(|code| code == "BRL"), "{by_currency:?}");
            by_currency.get("BRL").copied().unwrap_or_default()
        }

        /// Compares the report of every period, now and after each step.
        pub(crate) async fn check(&self) {
            let (_, last) = self.pages.last().unwrap();
            for (as_of, expected) in
                self.pages.iter().map(|(at, page)| (Some(*at), page)).chain([(None, last)])
            {
                assert_eq!(self.shown(all(), as_of).await, expected.of(|_| true), "{as_of:?}");
                let year = Period { year: Some(2025), month: None };
                assert_eq!(self.shown(year, as_of).await, expected.of(|month| month.starts_with("2025")));
                let march = expected.of(|month| month == "2026-03");
                assert_eq!(self.shown(month("03/2026"), as_of).await, march, "{as_of:?}");
                let marches = Period { year: None, month: Some(3) };
                assert_eq!(self.shown(marches, as_of).await, march, "{as_of:?}");
            }
            let before = now() - jiff::SignedDuration::from_secs(1);
            assert_eq!(self.shown(all(), Some(before)).await, Figures::default());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_the_sum_of_what_happened_now_and_at_any_time() {
    for world in World::all().await {
        let server = world.server().await;
        let client = server.client("Ana").await.id;
        // A draft is owed by nobody.
        server.invoice(client, false).await;
        let invoice = server.invoice(client, true).await;
        let mut story = Story::new(&server, invoice.id, 1_000);
        for _ in 0..60 {
            story.step().await;
        }
        story.check().await;
        let other = TenantId::new("other").unwrap();
        assert!(server.reads().financial(&other, Period::default(), None).await.unwrap().is_empty());
        verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        generation::rebuild(&server.log, &world.settings, &Codec::default(), &|_| {}).await.unwrap();
        story.check().await;
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_a_moment_that_is_wrong() {
    for world in World::all().await {
        let server = world.server().await;
        let client = server.client("Ana").await.id;
        let invoice = server.invoice(client, true).await;
        server.pay(invoice.id, 400).await;
        let number = server.projections.health().await.unwrap().generation;
        let db = Db::open(&world.settings, &format!("read_{number}"), Durability::Lazy).await.unwrap();
        for change in [
            "UPDATE moments SET value = value + 1 WHERE key LIKE '27|%'",
            "DELETE FROM moments WHERE key LIKE '27|%'",
        ] {
            db.transaction(vec![Statement { sql: change.into(), rows: vec![vec![]] }]).await.unwrap();
            let found = verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await;
            let error = found.unwrap_err().to_string();
            assert!(error.contains("moment 27|2026-03-10T15:00:00"), "{error}");
        }
        server.projections.shutdown().await;
    }
}
