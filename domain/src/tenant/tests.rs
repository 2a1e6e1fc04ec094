use super::*;
use crate::testing::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const LIMITED: Plan = Plan { clients_per_month: Some(10), invoices_per_month: Some(100) };

fn create() -> TenantCommand {
    TenantCommand::Create { name: " Acme Solar ".to_owned(), sandbox: true, plan: LIMITED, at: at(0) }
}

fn made() -> Tenant {
    given(Tenant::default().decide(create()).unwrap())
}

fn update(tenant: &Tenant, patch: TenantPatch) -> Result<Vec<TenantEvent>, DomainError> {
    tenant.decide(TenantCommand::UpdateProfile(Box::new(patch)))
}

fn image(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

fn png(length: usize) -> String {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(length, 0);
    image("image/png", &bytes)
}

fn full_patch() -> TenantPatch {
    TenantPatch {
        name: some("Acme"),
        legal_name: Change::Set("Acme Energia Solar LTDA".to_owned()),
        tax_id: Change::Set(TaxId::parse("11.222.333/0001-81", true).unwrap()),
        address: Change::Set(campinas()),
        logo: Change::Set(Logo::parse(&png(100)).unwrap()),
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
    }
}

#[test]
fn a_new_tenant_is_a_brazilian_company() {
    assert!(!Tenant::default().exists());
    let tenant = made();
    assert!(tenant.exists() && tenant.sandbox && tenant.check_tax_ids);
    assert_eq!((tenant.name.as_str(), tenant.plan), ("Acme Solar", LIMITED));
    assert_eq!((tenant.time_zone.as_str(), tenant.locale.as_str()), ("America/Sao_Paulo", "pt-BR"));
    assert_eq!((tenant.currency, &tenant.invoice_series), (Currency::BRL, &NumberSeries::default()));
    assert_eq!((tenant.created_at, tenant.updated_at), (at(0), at(0)));
    assert_eq!(
        claims_of(&Tenant::default(), &Tenant::default().decide(create()).unwrap()),
        Claims::default()
    );
}

#[test]
fn a_tenant_has_a_name_and_is_made_once() {
    let nameless =
        TenantCommand::Create { name: " ".to_owned(), sandbox: false, plan: Plan::default(), at: at(0) };
    assert_eq!(wrong_fields(Tenant::default().decide(nameless)), ["name"]);
    broken_rule(made().decide(create()));
}

#[test]
fn nothing_can_be_asked_of_a_tenant_that_was_never_made() {
    let commands = [
        TenantCommand::UpdateProfile(Box::default()),
        TenantCommand::ChangePlan { plan: LIMITED, at: at(1) },
    ];
    for command in commands {
        assert_eq!(Tenant::default().decide(command), Err(DomainError::NotFound { what: "tenant" }));
    }
}

#[test]
fn every_field_of_the_profile_can_be_set_and_cleared() {
    let mut tenant = made();
    for event in update(&tenant, full_patch()).unwrap() {
        tenant.evolve(logged(&event));
    }
    let patch = full_patch();
    let expected = Tenant {
        name: "Acme".to_owned(),
        legal_name: patch.legal_name.value().cloned(),
        tax_id: patch.tax_id.value().cloned(),
        address: patch.address.value().cloned(),
        logo: patch.logo.value().cloned(),
        email: patch.email.value().cloned(),
        phone: patch.phone.value().cloned(),
        time_zone: patch.time_zone.unwrap(),
        locale: patch.locale.unwrap(),
        currency: Currency::USD,
        pix_key: some("contato@acme.example"),
        pix_city: some("CAMPINAS"),
        invoice_series: NumberSeries { prefix: "FAT-".to_owned(), width: 6 },
        check_tax_ids: false,
        updated_at: at(1),
        ..made()
    };
    assert_eq!(tenant, expected);
    assert!(tenant.logo.is_some() && tenant.pix_key.is_some());
    let cleared = TenantPatch {
        legal_name: Change::Clear,
        tax_id: Change::Clear,
        address: Change::Clear,
        logo: Change::Clear,
        email: Change::Clear,
        phone: Change::Clear,
        pix_key: Change::Clear,
        pix_city: Change::Set(" ".to_owned()),
        at: at(2),
        ..TenantPatch::default()
    };
    for event in update(&tenant, cleared).unwrap() {
        tenant.evolve(logged(&event));
    }
    let kept = Tenant { name: "Acme".to_owned(), updated_at: at(2), ..made() };
    let Tenant { time_zone, locale, currency, invoice_series, check_tax_ids, .. } = expected;
    assert_eq!(tenant, Tenant { time_zone, locale, currency, invoice_series, check_tax_ids, ..kept });
}

#[test]
fn an_update_tells_only_what_changed() {
    let patch = TenantPatch {
        name: some("Acme Solar"),
        currency: Some(Currency::BRL),
        check_tax_ids: Some(true),
        email: Change::Clear,
        pix_city: Change::Set("CAMPINAS".to_owned()),
        at: at(3),
        ..TenantPatch::default()
    };
    let told =
        TenantPatch { pix_city: Change::Set("CAMPINAS".to_owned()), at: at(3), ..TenantPatch::default() };
    assert_eq!(update(&made(), patch), Ok(vec![TenantEvent::Updated(Box::new(told))]));
    assert_eq!(update(&made(), TenantPatch { at: at(3), ..TenantPatch::default() }), Ok(vec![]));
}

#[test]
fn every_wrong_field_of_the_profile_is_named_at_once() {
    let patch = TenantPatch {
        name: some(""),
        legal_name: Change::Set("x".repeat(201)),
        address: Change::Set(Address { city: some("a\nb"), ..Address::default() }),
        pix_key: Change::Set("x".repeat(78)),
        pix_city: Change::Set("x".repeat(61)),
        invoice_series: Some(NumberSeries { prefix: "INV-".to_owned(), width: 0 }),
        ..TenantPatch::default()
    };
    assert_eq!(
        wrong_fields(update(&made(), patch)),
        ["address.city", "invoice_series", "legal_name", "name", "pix_city", "pix_key"]
    );
}

#[test]
fn a_pix_key_is_kept_in_the_directorys_form_and_must_be_one() {
    let set =
        |key: &str| TenantPatch { pix_key: Change::Set(key.to_owned()), at: at(1), ..TenantPatch::default() };
    let mut tenant = made();
    for event in update(&tenant, set(" 11.222.333/0001-81 ")).unwrap() {
        tenant.evolve(logged(&event));
    }
    assert_eq!(tenant.pix_key, some("11222333000181"));
    assert_eq!(update(&tenant, set("11222333000181")), Ok(vec![]), "the same key is no news");
    assert_eq!(wrong_fields(update(&tenant, set("my key"))), ["pix_key"]);
    assert_eq!(wrong_fields(update(&tenant, set("11222333000182"))), ["pix_key"]);
    let unchecked = TenantPatch { check_tax_ids: Some(false), ..set("11222333000182") };
    assert!(update(&tenant, unchecked).is_ok(), "the check of tax ids can be off");
}

#[test]
fn a_pix_code_names_the_tenant_and_its_city() {
    assert_eq!(made().pix_payee(), None, "no key");
    let mut tenant = Tenant { pix_key: some("contato@acme.example"), ..made() };
    let payee = tenant.pix_payee().unwrap();
    assert_eq!(
        (payee.key().as_str(), payee.name(), payee.city()),
        ("contato@acme.example", "Acme Solar", "BRASIL")
    );
    tenant.address = Some(campinas());
    tenant.legal_name = some("Acme Energia Solar São João LTDA");
    let payee = tenant.pix_payee().unwrap();
    assert_eq!((payee.name(), payee.city()), ("Acme Energia Solar Sao Jo", "Campinas"));
    tenant.pix_city = some("Mogi-Guaçu");
    assert_eq!(tenant.pix_payee().unwrap().city(), "Mogi-Guacu");
    tenant.pix_key = some("whatever was typed before keys were checked");
    assert_eq!(tenant.pix_payee(), None);
}

#[test]
fn the_plan_changes_by_a_command_of_its_own() {
    let plan = Plan { clients_per_month: None, ..LIMITED };
    let mut tenant = made();
    let events = tenant.decide(TenantCommand::ChangePlan { plan, at: at(4) }).unwrap();
    assert_eq!(events, [TenantEvent::PlanChanged(TenantPlanChanged { plan, at: at(4) })]);
    events.iter().for_each(|event| tenant.evolve(logged(event)));
    assert_eq!((tenant.plan, tenant.updated_at), (plan, at(4)));
    assert_eq!(tenant.decide(TenantCommand::ChangePlan { plan, at: at(5) }), Ok(vec![]), "again is no news");
}

#[test]
fn a_logo_is_a_small_png_or_jpeg() {
    let logo = Logo::parse(&png(Logo::MAX)).unwrap();
    assert_eq!(logo.image().len(), Logo::MAX);
    assert!(format!("{logo:?}").len() < 40, "its bytes are not printed");
    assert!(Logo::parse(&image("image/jpeg", b"\xff\xd8\xff\xe0JFIF")).is_ok());
    for wrong in [
        String::new(),
        "https://acme.example/logo.png".to_owned(),
        "data:image/png,rawbytes".to_owned(),
        "data:image/png;base64,not base64!".to_owned(),
        image("image/png", b"GIF89a"),
        image("image/jpeg", b"\x89PNG\r\n\x1a\n"),
        image("image/svg+xml", b"<svg/>"),
        image("image/gif", b"GIF89a"),
        image("image/png", b""),
        png(Logo::MAX + 1),
        png(Logo::MAX * 2),
    ] {
        assert!(Logo::parse(&wrong).is_err(), "{}", &wrong[..wrong.len().min(40)]);
    }
}

#[test]
fn a_sandbox_begins_anew_and_its_data_are_kept_elsewhere_then() {
    let home = crate::TenantId::new("acme").unwrap();
    let mut sandbox = made();
    assert_eq!(sandbox.data(&home).as_str(), "acme~1");
    for (resets, data) in [(1, "acme~2"), (2, "acme~3")] {
        let at = at(i64::from(resets));
        let events = sandbox.decide(TenantCommand::Reset { at }).unwrap();
        assert_eq!(events, [TenantEvent::Reset(TenantReset { resets, at })]);
        events.into_iter().for_each(|event| sandbox.evolve(event));
        assert_eq!((sandbox.data(&home).as_str(), sandbox.reset_at), (data, Some(at)));
    }
    let kept = |before| sandbox.kept_under(&home, before).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(kept(1), ["acme", "acme~2", "acme~3"]);
    assert_eq!(kept(u32::MAX), ["acme", "acme~1", "acme~2", "acme~3"]);
}

#[test]
fn a_sandbox_begins_anew_when_its_day_ends() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let daily =
        |sandbox: &Tenant, at: &str| sandbox.decide(TenantCommand::ResetDaily { at: time(at) }).unwrap();
    // São Paulo is three hours behind.
    let mut sandbox = Tenant { created_at: time("2026-03-02T02:30:00Z"), ..made() };
    assert_eq!(sandbox.next_reset(), time("2026-03-02T03:00:00Z"));
    assert_eq!(daily(&sandbox, "2026-03-02T02:59:59Z"), []);
    let events = daily(&sandbox, "2026-03-02T03:00:00Z");
    assert_eq!(events.len(), 1);
    events.into_iter().for_each(|event| sandbox.evolve(event));
    assert_eq!(daily(&sandbox, "2026-03-03T02:59:59Z"), [], "once a day");
    assert_eq!(daily(&sandbox, "2026-03-07T12:00:00Z").len(), 1, "also after days in which nobody looked");
}

#[test]
fn a_company_keeps_its_data() {
    let home = crate::TenantId::new("acme").unwrap();
    let company = Tenant { sandbox: false, ..made() };
    assert_eq!((company.data(&home), company.kept_under(&home, 7)), (home.clone(), vec![home]));
    broken_rule(company.decide(TenantCommand::Reset { at: at(1) }));
    broken_rule(company.decide(TenantCommand::ResetDaily { at: at(1) }));
    let missing = Tenant::default().decide(TenantCommand::Reset { at: at(1) });
    assert_eq!(missing, Err(DomainError::NotFound { what: "tenant" }));
}
