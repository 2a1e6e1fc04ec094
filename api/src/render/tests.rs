//! What webhooks say of each event, over a real log.

use super::*;
use crate::samples::{CLIENT, INVOICE, PLANT, UNIT, at, consumer_unit, decimal};
use std::path::PathBuf;
use std::sync::Arc;
use sunledger_commands::{Clock, NoReadSide};
use sunledger_domain::api_key::{ApiKey, ApiKeyCommand, Area, Scope};
use sunledger_domain::client::{ClientCommand, ClientDraft, ClientPatch};
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand};
use sunledger_domain::invoice::{InvoiceCommand, InvoiceDraft, LineDraft, NewPayment};
use sunledger_domain::numbering::NumberSeries;
use sunledger_domain::power_plant::{PlantProfile, PowerPlant, PowerPlantCommand};
use sunledger_domain::value::{Address, CalendarDate, Currency};
use sunledger_domain::webhook_endpoint::{WebhookSecret, WebhookUrl};
use sunledger_store::{Backend, Log, StoreSettings};

const NOW: &str = "2024-06-15T12:00:00.5Z";
const PAYMENT: Uuid = Uuid::from_u128(9);
const OTHER: Uuid = Uuid::from_u128(0x018d_0000_0000_7000_8000_0000_0000_0003);

struct Noon;

impl Clock for Noon {
    fn now(&self) -> jiff::Timestamp {
        at(NOW)
    }
}

/// A log in a folder that goes with it.
struct Books {
    commands: Commands,
    folder: PathBuf,
}

impl Drop for Books {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Books {
    async fn open() -> Self {
        let folder = std::env::temp_dir().join(format!("sunledger-render-{}", Uuid::now_v7()));
        let settings = StoreSettings::new(Backend::Sqlite { folder: folder.clone() });
        let log = Log::open(&settings).await.unwrap();
        Self { commands: Commands::new(log, Arc::new(Noon), Arc::new(NoReadSide)), folder }
    }

    async fn run<A: Entity>(&self, id: Uuid, command: A::Command)
    where
        A::Command: Clone + Send + Sync + 'static,
    {
        let context = Context::system(TenantId::new("acme").unwrap(), "test", at(NOW));
        self.commands.execute::<A>(&context, id, command).await.unwrap();
    }

    /// Every event with its `data`, in order.
    async fn rendered(&self) -> Vec<(String, Value)> {
        let render = BackofficeRender::new(self.commands.clone());
        let mut all = Vec::new();
        for event in self.commands.log().read(0, 100).await.unwrap() {
            all.push((event.event_type.to_string(), render.render(&event).await.unwrap()));
        }
        all
    }
}

fn day(text: &str) -> CalendarDate {
    CalendarDate::parse(text).unwrap()
}

async fn a_client_with_an_invoice(books: &Books) {
    let address = Address { city: Some("Campinas".to_owned()), ..Address::default() };
    let draft =
        ClientDraft { name: "Ana".to_owned(), address: Some(address), at: at(NOW), ..ClientDraft::default() };
    books.run::<Client>(CLIENT, ClientCommand::Create(Box::new(draft))).await;
    let draft = InvoiceDraft {
        client_id: CLIENT,
        project_id: None,
        invoice_number: None,
        series: NumberSeries::default(),
        currency: Currency::BRL,
        issue_date: day("2024-06-15"),
        due_date: day("2024-07-15"),
        lines: vec![LineDraft {
            description: "Panels".to_owned(),
            quantity: decimal("2"),
            unit_price: decimal("750.00"),
            tax_rate: decimal("0"),
        }],
        discount: None,
        notes: None,
        terms: None,
        issue: true,
        plan: None,
        today: day("2024-06-15"),
        at: at(NOW),
    };
    books.run::<Invoice>(INVOICE, InvoiceCommand::Create(Box::new(draft))).await;
}

#[tokio::test]
async fn each_event_tells_the_resource_as_it_was_right_after_it() {
    let books = Books::open().await;
    a_client_with_an_invoice(&books).await;
    let payment = NewPayment {
        payment_id: PAYMENT,
        amount: decimal("1500"),
        date: day("2024-06-15"),
        method: Some("pix".to_owned()),
        reference: None,
        today: day("2024-06-15"),
        at: at(NOW),
    };
    books.run::<Invoice>(INVOICE, InvoiceCommand::RecordPayment(Box::new(payment))).await;
    let reversal =
        InvoiceCommand::ReversePayment { payment_id: PAYMENT, today: day("2024-06-15"), at: at(NOW) };
    books.run::<Invoice>(INVOICE, reversal).await;
    books.run::<Invoice>(INVOICE, InvoiceCommand::Cancel { reason: None, at: at(NOW) }).await;
    books.run::<Invoice>(INVOICE, InvoiceCommand::Delete { at: at(NOW) }).await;
    let rename = ClientPatch { name: Some("Ana Maria".to_owned()), at: at(NOW), ..ClientPatch::default() };
    books.run::<Client>(CLIENT, ClientCommand::Update(Box::new(rename))).await;

    let rendered = books.rendered().await;
    let lines: Vec<String> =
        rendered.iter().map(|(event_type, data)| format!("{event_type} {data}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn other_kinds_tell_their_state_and_no_secret() {
    let books = Books::open().await;
    let register = WebhookEndpointCommand::Register {
        url: WebhookUrl::parse("https://your-domain.com/webhook").unwrap(),
        events: vec!["*".to_owned()],
        description: None,
        secret: WebhookSecret::from_bytes(&[1; 32]).unwrap(),
        at: at(NOW),
    };
    books.run::<WebhookEndpoint>(OTHER, register).await;
    let rotate = WebhookEndpointCommand::RotateSecret {
        secret: WebhookSecret::from_bytes(&[2; 32]).unwrap(),
        keep_old_until: Some(at("2024-06-16T12:00:00Z")),
        at: at(NOW),
    };
    books.run::<WebhookEndpoint>(OTHER, rotate).await;
    books.run::<WebhookEndpoint>(OTHER, WebhookEndpointCommand::Delete { at: at(NOW) }).await;
    let create = ApiKeyCommand::Create {
        name: "shop".to_owned(),
        prefix: "slk_abcd".to_owned(),
        last4: "wxyz".to_owned(),
        hash: "ab".repeat(32),
        scopes: vec![Scope::read(Area::Crm)],
        at: at(NOW),
    };
    books.run::<ApiKey>(CLIENT, create).await;

    let rendered = books.rendered().await;
    let lines: Vec<String> =
        rendered.iter().map(|(event_type, data)| format!("{event_type} {data}")).collect();
    let text = lines.join("\n");
    assert!(!text.contains("whsec_") && !text.contains(&"ab".repeat(32)), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn of_what_grows_every_month_the_newest_are_told() {
    let months: Vec<usize> = (0..100).collect();
    let state =
        serde_json::json!({"bills": months, "credits": months, "generation": [1, 2], "discounts": months});
    let told = newest_months(state);
    assert_eq!(told["bills"], serde_json::json!((87..100).collect::<Vec<usize>>()));
    assert_eq!((told["credits"].as_array().map(Vec::len), &told["credits"][0]), (Some(61), &39.into()));
    assert_eq!(told["generation"], serde_json::json!([1, 2]));
    assert_eq!(told["discounts"].as_array().map(Vec::len), Some(100));
}

#[tokio::test]
async fn a_consumer_unit_and_its_plant_tell_their_state() {
    let books = Books::open().await;
    let plant = PlantProfile { name: "Usina I".to_owned(), ..PlantProfile::default() };
    let register = PowerPlantCommand::Register { profile: Box::new(plant), at: at(NOW) };
    books.run::<PowerPlant>(PLANT, register).await;
    let profile = Box::new(consumer_unit().profile);
    books.run::<ConsumerUnit>(UNIT, ConsumerUnitCommand::Register { profile, at: at(NOW) }).await;
    let rendered = books.rendered().await;
    let (registered, plant) = &rendered[0];
    assert_eq!((registered.as_str(), &plant["id"]), ("power_plant.registered", &1.into()));
    assert_eq!(plant["profile"]["name"], "Usina I");
    let (registered, unit) = &rendered[1];
    assert_eq!((registered.as_str(), &unit["id"]), ("consumer_unit.registered", &1.into()));
    assert_eq!(
        (&unit["uuid"], &unit["profile"]["account_number"]),
        (&UNIT.to_string().into(), &"123456789".into())
    );
}

#[tokio::test]
async fn an_event_beyond_the_end_of_its_stream_is_damage() {
    let books = Books::open().await;
    a_client_with_an_invoice(&books).await;
    let mut event = books.commands.log().read(0, 1).await.unwrap().remove(0);
    event.version = 7;
    let render = BackofficeRender::new(books.commands.clone());
    assert!(matches!(render.render(&event).await, Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn disabling_twice_or_what_is_gone_is_no_error() {
    let books = Books::open().await;
    let control = EndpointControl::new(books.commands.clone());
    let tenant = TenantId::new("acme").unwrap();
    control.disable(&tenant, OTHER, "gone".to_owned()).await.unwrap();
    let register = WebhookEndpointCommand::Register {
        url: WebhookUrl::parse("https://your-domain.com/webhook").unwrap(),
        events: vec!["*".to_owned()],
        description: None,
        secret: WebhookSecret::from_bytes(&[1; 32]).unwrap(),
        at: at(NOW),
    };
    books.run::<WebhookEndpoint>(OTHER, register).await;
    for _ in 0..2 {
        control.disable(&tenant, OTHER, "answered 410".to_owned()).await.unwrap();
    }
    let endpoint = books.commands.load::<WebhookEndpoint>(&tenant, OTHER).await.unwrap().unwrap();
    assert_eq!(
        (endpoint.state.enabled, endpoint.state.disabled_reason.as_deref()),
        (false, Some("answered 410"))
    );
}
