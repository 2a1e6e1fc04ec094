//! Every event's JSON, pinned: the log holds these texts for ever, so that a change here is a change of history.
//! One that is meant needs a new event version and an upcaster.

mod back_office;
mod commissions;
mod crm;
mod energy;
mod page;

use super::*;
use crate::api_key::{ApiKey, ApiKeyCommand, Scope};
use crate::client::{Client, ClientCommand, ClientDraft, ClientPatch, ClientStatus};
use crate::invoice::*;
use crate::numbering::NumberSeries;
use crate::plan::{Plan, PlanSlot};
use crate::record::{Record, RecordCommand, RecordKind, Unknown};
use crate::tenant::{Logo, Tenant, TenantCommand, TenantPatch};
use crate::testing::*;
use crate::user::{MAX_API_TOKENS, PasswordHash, Role, TokenHash, User, UserCommand, UserPatch};
use crate::value::{Change, Currency, Locale, Percent, Quantity, TaxId, TimeZoneName, UnitPrice};
use crate::webhook_endpoint::*;
use crate::{DomainError, Entity};
use cqrs_es::DomainEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;

/// An aggregate's decision.
type Decide<State, Command, Event> = fn(&State, Command) -> Result<Vec<Event>, DomainError>;

/// Event type to the JSON of one such event, realistic and with all of its fields.
#[derive(Default)]
struct Samples(BTreeMap<String, String>);

impl Samples {
    /// Tells an aggregate's story, and keeps every event of it that is new.
    fn story<A: Entity>(&mut self, decide: Decide<A, A::Command, A::Event>, commands: Vec<A::Command>) {
        let mut state = A::default();
        for command in commands {
            for event in decide(&state, command).unwrap() {
                let event = logged(&event);
                self.add(&event);
                state.apply(event);
            }
        }
    }

    fn add<E: DomainEvent + Serialize + DeserializeOwned>(&mut self, event: &E) {
        assert_eq!(event.event_version(), "1.0");
        let text = serde_json::to_string_pretty(event).unwrap();
        assert_eq!(&serde_json::from_str::<E>(&text).unwrap(), event, "read back from text");
        let value = serde_json::to_value(event).unwrap();
        assert_eq!(
            value.as_object().unwrap().keys().collect::<Vec<_>>(),
            [&event.event_type()],
            "tagged by its name"
        );
        assert_eq!(&serde_json::from_value::<E>(value).unwrap(), event, "read back from a value");
        self.0.entry(event.event_type()).or_insert(text);
    }
}

fn cnpj() -> TaxId {
    TaxId::parse("12.ABC.345/01DE-35", true).unwrap()
}

fn slot(kind: &str) -> Option<PlanSlot> {
    Some(PlanSlot { series: format!("plan:{kind}:2026-03"), max: Some(500) })
}

fn client(samples: &mut Samples) {
    let draft = ClientDraft {
        name: "Padaria São João".to_owned(),
        corporate_name: some("São João Panificadora LTDA"),
        email: Some(email("financeiro@saojoao.example")),
        phone: Some(phone("(19) 99999-9999")),
        address: Some(campinas()),
        tax_id: Some(cnpj()),
        notes: some("Pays by Pix"),
        status: ClientStatus::Active,
        plan: slot("clients"),
        at: at(0),
    };
    let patch = ClientPatch {
        name: some("Padaria São João Batista"),
        corporate_name: Change::Clear,
        email: Change::Set(email("contas@saojoao.example")),
        phone: Change::Clear,
        address: Change::Set(crate::value::Address::from_text("Av. Brasil, 1").unwrap()),
        tax_id: Change::Set(TaxId::parse("529.982.247-25", true).unwrap()),
        notes: Change::Clear,
        status: Some(ClientStatus::Pending),
        at: at(1),
    };
    let commands = vec![
        ClientCommand::Create(Box::new(draft)),
        ClientCommand::Update(Box::new(patch)),
        ClientCommand::Deactivate { at: at(2) },
        ClientCommand::Reactivate { at: at(3) },
    ];
    samples.story(Client::decide, commands);
}

fn invoice_draft() -> InvoiceDraft {
    let line = |description: &str, quantity, unit_price, tax_rate| LineDraft {
        description: description.to_owned(),
        quantity: number(quantity),
        unit_price: number(unit_price),
        tax_rate: number(tax_rate),
    };
    InvoiceDraft {
        client_id: id(1),
        project_id: Some(id(2)),
        invoice_number: None,
        series: NumberSeries::default(),
        currency: Currency::BRL,
        issue_date: day("2026-03-02"),
        due_date: day("2026-04-01"),
        lines: vec![line("Painel 550 W", "12", "899.90", "18"), line("Instalação", "1.5", "1200", "5")],
        discount: Some(Discount::Percent(number("2.5"))),
        notes: some("Obrigado pela preferência"),
        terms: some("Pagamento em 30 dias"),
        issue: false,
        plan: slot("invoices"),
        today: day("2026-03-02"),
        at: at(0),
    }
}

fn invoice(samples: &mut Samples) {
    let (today, late) = (day("2026-03-02"), day("2026-05-02"));
    let pay = |payment, amount| {
        InvoiceCommand::RecordPayment(Box::new(NewPayment {
            payment_id: id(payment),
            amount: number(amount),
            date: today,
            method: some("pix"),
            reference: some("E1234567820260302"),
            today,
            at: at(4),
        }))
    };
    let patch = InvoicePatch {
        client_id: Some(id(3)),
        project_id: Change::Clear,
        invoice_number: some("INV-2026-001"),
        currency: Some(Currency::USD),
        issue_date: Some(day("2026-03-03")),
        due_date: Some(day("2026-04-15")),
        lines: Some(vec![LineDraft {
            description: "Painel 550 W".to_owned(),
            quantity: number("10"),
            unit_price: number("150"),
            tax_rate: number("0"),
        }]),
        discount: Change::Set(Discount::Amount(number("100"))),
        notes: Change::Clear,
        terms: Change::Set("Net 30".to_owned()),
        at: at(1),
    };
    let commands = vec![
        InvoiceCommand::Create(Box::new(invoice_draft())),
        InvoiceCommand::Update(Box::new(patch)),
        InvoiceCommand::Send { via_email: true, today, at: at(2) },
        InvoiceCommand::MarkViewed { at: at(3) },
        pay(4, "1400"),
        InvoiceCommand::ReversePayment { payment_id: id(4), today, at: at(5) },
        InvoiceCommand::MarkOverdue { today: late, at: at(6) },
        InvoiceCommand::Cancel { reason: some("Ordered twice"), at: at(7) },
        InvoiceCommand::Delete { at: at(8) },
    ];
    samples.story(Invoice::decide, commands);
}

fn webhook_endpoint(samples: &mut Samples) {
    use WebhookEndpointCommand as Command;
    let secret = |fill| WebhookSecret::from_bytes(&[fill; 24]).unwrap();
    let url = |text| WebhookUrl::parse(text).unwrap();
    let patch = WebhookEndpointPatch {
        url: Some(url("https://erp.example/hooks")),
        events: Some(vec![ALL_EVENTS.to_owned()]),
        description: Change::Clear,
        at: at(1),
    };
    let commands = vec![
        Command::Register {
            url: url("https://your-domain.com/webhook"),
            events: vec!["invoice.created".to_owned(), "payment.received".to_owned()],
            description: some("Accounting"),
            secret: secret(1),
            at: at(0),
        },
        Command::Update(patch),
        Command::RotateSecret { secret: secret(2), keep_old_until: Some(at(1_440)), at: at(2) },
        Command::Test { at: at(3) },
        Command::Redeliver { selection: Redelivery::Range { from: at(0), until: at(3) }, at: at(4) },
        Command::Disable { reason: some("410 Gone"), at: at(5) },
        Command::Enable { at: at(6) },
        Command::Delete { at: at(7) },
    ];
    samples.story(WebhookEndpoint::decide, commands);
}

fn api_key(samples: &mut Samples) {
    let create = ApiKeyCommand::Create {
        name: "ERP".to_owned(),
        prefix: "sl_live_".to_owned(),
        last4: "x9Yz".to_owned(),
        hash: "0123456789abcdef".repeat(4),
        scopes: ["crm:read", "invoicing:write"].map(|scope| Scope::parse(scope).unwrap()).to_vec(),
        at: at(0),
    };
    samples.story(ApiKey::decide, vec![create, ApiKeyCommand::Delete { at: at(1) }]);
}

fn user(samples: &mut Samples) {
    use UserCommand as Command;
    let password =
        |salt| PasswordHash::new(&format!("$argon2id$v=19$m=19456,t=2,p=1${salt}$0123456789abcdef"));
    let token = |seed| TokenHash::new(&format!("0123456789abcdef{seed:048x}")).unwrap();
    let mut commands = vec![
        Command::Create {
            email: email("ana@solar.example"),
            name: "Ana Souza".to_owned(),
            role: Role::Administrator,
            password_hash: Some(password("c2FsdA").unwrap()),
            at: at(0),
        },
        Command::Update(Box::new(UserPatch {
            email: Some(email("ana.souza@solar.example")),
            name: Some("Ana Maria Souza".to_owned()),
            role: Some(Role::Accountant),
            at: at(1),
        })),
        Command::IssueApiToken { hash: token(1), at: at(1) },
        Command::OpenSession { api_token: token(1), hash: token(2), at: at(2) },
        Command::RefreshSession { session: token(2), hash: token(3), at: at(3) },
        Command::RevokeSession { session: token(2), at: at(4) },
        Command::RevokeTokens { at: at(5) },
        Command::ChangePassword { password_hash: password("c2FsdHk").unwrap(), at: at(6) },
    ];
    // One more than there may be.
    commands.extend(
        (0..=MAX_API_TOKENS as u64).map(|seed| Command::IssueApiToken { hash: token(100 + seed), at: at(7) }),
    );
    commands.push(Command::Delete { at: at(8) });
    samples.story(User::decide, commands);
}

fn tenant(samples: &mut Samples) {
    let plan = Plan { clients_per_month: Some(50), invoices_per_month: None };
    let patch = TenantPatch {
        name: some("Acme Solar"),
        legal_name: Change::Set("Acme Energia Solar LTDA".to_owned()),
        tax_id: Change::Set(cnpj()),
        address: Change::Set(campinas()),
        logo: Change::Set(Logo::parse("data:image/png;base64,iVBORw0KGgo=").unwrap()),
        email: Change::Set(email("contato@acme.example")),
        phone: Change::Set(phone("(19) 3333-4444")),
        time_zone: Some(TimeZoneName::parse("America/Manaus").unwrap()),
        locale: Some(Locale::parse("en-US").unwrap()),
        currency: Some(Currency::USD),
        pix_key: Change::Set("contato@acme.example".to_owned()),
        pix_city: Change::Set("CAMPINAS".to_owned()),
        invoice_series: Some(NumberSeries::new("FAT-", 6).unwrap()),
        check_tax_ids: Some(false),
        at: at(1),
    };
    let commands = vec![
        TenantCommand::Create { name: "default".to_owned(), sandbox: true, plan, at: at(0) },
        TenantCommand::UpdateProfile(Box::new(patch)),
        TenantCommand::ChangePlan { plan: Plan { invoices_per_month: Some(500), ..plan }, at: at(2) },
        TenantCommand::Reset { at: at(3) },
    ];
    samples.story(Tenant::decide, commands);
}

fn record(
    samples: &mut Samples,
    kind: &'static RecordKind,
    whole: serde_json::Value,
    part: serde_json::Value,
) {
    let check = |fields: serde_json::Value, partial| {
        kind.check(fields.as_object().cloned().unwrap(), partial, Unknown::Reject).unwrap()
    };
    let commands = vec![
        RecordCommand::Create { custom_id: some("custom-1"), fields: check(whole, false), at: at(0) },
        RecordCommand::Update { fields: check(part, true), at: at(1) },
        RecordCommand::Delete { kind, at: at(2) },
    ];
    samples.story(Record::decide, commands);
}

fn samples() -> BTreeMap<String, String> {
    let mut samples = Samples::default();
    client(&mut samples);
    energy::consumer_unit(&mut samples);
    invoice(&mut samples);
    energy::power_plant(&mut samples);
    crm::all(&mut samples);
    webhook_endpoint(&mut samples);
    api_key(&mut samples);
    user(&mut samples);
    tenant(&mut samples);
    commissions::all(&mut samples);
    back_office::all(&mut samples);
    record(
        &mut samples,
        crate::record::kind("product").unwrap(),
        json!({ "name": "Web Hosting", "price": 99.99, "description": "Annual", "type": "service", "tax_rate": 10 }),
        json!({ "price": 120, "description": null, "tax_rate": 12.5 }),
    );
    samples.0
}

#[test]
fn every_events_json_is_pinned() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        for (event_type, json) in samples() {
            insta::assert_snapshot!(event_type, json);
        }
    });
}

#[test]
fn an_energy_invoices_json_is_pinned() {
    let json = energy::invoice_samples().0.remove("invoice.created").unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("invoice.created of energy", json);
    });
}

#[test]
fn the_known_event_types_are_those_that_are_told() {
    let told: Vec<String> = samples().into_keys().collect();
    assert_eq!(known_event_types(), told);
    assert!(told.iter().all(|name| is_known_event_type(name)));
    for unknown in ["", "*", "invoice", "invoice.create", "Invoice.created", "record.created", "zzz.created"]
    {
        assert!(!is_known_event_type(unknown), "{unknown}");
    }
}

#[test]
fn optional_fields_may_be_absent() {
    let mut draft = invoice_draft();
    (draft.project_id, draft.discount, draft.notes, draft.terms, draft.plan) = (None, None, None, None, None);
    let mut samples = Samples::default();
    let commands = vec![
        InvoiceCommand::Create(Box::new(InvoiceDraft { invoice_number: some("INV-0042"), ..draft })),
        InvoiceCommand::Cancel { reason: None, at: at(1) },
    ];
    samples.story(Invoice::decide, commands);
    let create = ClientDraft { name: "Maria".to_owned(), ..ClientDraft::default() };
    samples.story(Client::decide, vec![ClientCommand::Create(Box::new(create))]);
    for (event_type, json) in samples.0 {
        assert!(!json.contains("null"), "{event_type}: what is not there is not written: {json}");
    }
}

#[test]
fn what_the_log_holds_is_read_even_where_it_would_no_longer_be_accepted() {
    let text = samples().remove("invoice.created").unwrap();
    let text =
        text.replace(r#""quantity": "12""#, r#""quantity": "99999999999""#).replace("\"18\"", "\"300\"");
    let InvoiceEvent::Created(created) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
    let line = &created.lines[0];
    assert!(Quantity::new(line.quantity.get()).is_err() && Percent::new(line.tax_rate.get()).is_err());
    assert!(UnitPrice::new(line.unit_price.get()).is_ok());
}

#[test]
fn what_is_secret_is_told_apart_from_what_is_not() {
    for (event_type, json) in samples() {
        let mut event: serde_json::Value = serde_json::from_str(&json).unwrap();
        let before = event.clone();
        crate::confidential::redact(&mut event);
        let shown = event.to_string();
        assert!(!shown.contains("whsec_") && !shown.contains("0123456789abcdef"), "{shown}");
        let secret = [
            "api_key.created",
            "user.api_token_issued",
            "user.created",
            "user.password_changed",
            "user.session_opened",
            "user.session_refreshed",
            "webhook_endpoint.registered",
            "webhook_endpoint.secret_rotated",
        ];
        assert_eq!(event != before, secret.contains(&event_type.as_str()), "{event_type}");
    }
}
