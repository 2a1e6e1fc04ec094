//! The company itself: its tenant, a key that opens everything, somebody who signs in, its profile.

use super::DemoError;
use super::calendar::{Calendar, StoryClock};
use super::chance::Chance;
use super::desk::{Ask, Desk};
use super::people::cnpj;
use super::places::{AREAS, address};
use crate::auth::{NewKey, Passwords};
use crate::cli::keys::create_command;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::sync::Arc;
use sunledger_commands::{Actor, Clock, CommandError, Commands, Context};
use sunledger_domain::api_key::{ApiKey, Scope};
use sunledger_domain::plan::Plan;
use sunledger_domain::tenant::{Tenant, TenantCommand};
use sunledger_domain::user::{Role, User, UserCommand};
use sunledger_domain::value::{Email, TimeZoneName};
use sunledger_domain::{DomainError, TenantId};
use sunledger_store::LogFilter;
use uuid::Uuid;

/// What the company is called.
const NAME: &str = "Sol do Cerrado Energia";
/// What its key is called.
pub(super) const KEY_NAME: &str = "demo";
/// Who signs in.
const EMAIL: &str = "helena@soldocerrado.example";
const MANAGER: &str = "Helena Prado";
/// What a company has before it holds anything.
const ITSELF: [&str; 3] = ["tenant", "api_key", "user"];
/// Events looked at at a time.
const PAGE: usize = 100;

/// The doors that were opened.
pub(super) struct Opened {
    /// Shown once.
    pub(super) key: String,
    pub(super) key_id: Uuid,
    pub(super) email: &'static str,
    /// Shown once.
    pub(super) password: String,
    pub(super) home: TenantId,
    /// Under what its data are kept.
    pub(super) data: TenantId,
    pub(super) zone: TimeZoneName,
    /// Whether the company was there before, with a profile of its own.
    was_there: bool,
}

/// The tenant as it is, where it is there; refused where it holds anything.
///
/// # Errors
/// `Taken` where it holds data.
pub(super) async fn empty(commands: &Commands, home: &TenantId) -> Result<Option<Arc<Tenant>>, DemoError> {
    let Some(found) = commands.load::<Tenant>(home, home.stream_id()).await? else { return Ok(None) };
    for tenant in [home, &found.state.data(home)] {
        let mut after = 0;
        loop {
            let page = commands.log().read_tenant(tenant, after, PAGE, &LogFilter::default()).await?;
            if page.events.iter().any(|event| !ITSELF.contains(&&*event.kind)) {
                return Err(DemoError::Taken(home.clone()));
            }
            if page.next <= after {
                break;
            }
            after = page.next;
        }
    }
    Ok(Some(found.state))
}

/// Makes what is missing of tenant, key and person, together or not at all. A company that is made here is as old as the
/// story.
///
/// # Errors
/// `Taken` where somebody else made the tenant just now.
pub(super) async fn open(
    commands: &Commands,
    clock: &StoryClock,
    home: &TenantId,
    before: Option<Arc<Tenant>>,
) -> Result<(Opened, Calendar), DemoError> {
    let zone = before.as_ref().map_or_else(TimeZoneName::default, |tenant| tenant.time_zone.clone());
    let calendar = Calendar::ending(zone.today(clock.now()));
    clock.begin(calendar.opening, &zone);
    let now = clock.now();
    let sandbox = before.as_ref().is_some_and(|tenant| tenant.sandbox);
    let key = NewKey::generate(sandbox)
        .map_err(|error| DemoError::Closed(format!("no random numbers: {error}")))?;
    let password = new_password()?;
    let hashed = Passwords::default().hash(password.clone()).await;
    let person = UserCommand::Create {
        email: Email::parse(EMAIL).map_err(|wrong| DemoError::Closed(wrong.to_owned()))?,
        name: MANAGER.to_owned(),
        role: Role::Administrator,
        password_hash: Some(hashed.map_err(|error| DemoError::Closed(error.message.into_owned()))?),
        at: now,
    };
    let made =
        TenantCommand::Create { name: NAME.to_owned(), sandbox: false, plan: Plan::default(), at: now };
    let new = before.is_none().then_some(made);
    let opened = create_command(&key, KEY_NAME, Scope::all().collect(), now);
    let context = Context {
        tenant: home.clone(),
        actor: Actor::cli(),
        surface: "cli",
        request_id: Uuid::now_v7().to_string().into(),
        now,
        if_match: None,
        idempotency: None,
    };
    let (key_id, person_id) = (commands.new_id(), commands.new_id());
    let work = Arc::new((home.stream_id(), new, opened, person));
    let done = commands.unit(&context, move |unit| {
        let work = work.clone();
        Box::pin(async move {
            if let Some(made) = &work.1 {
                unit.handle::<Tenant>(work.0, made.clone()).await?;
            }
            unit.handle::<ApiKey>(key_id, work.2.clone()).await?;
            unit.handle::<User>(person_id, work.3.clone()).await
        })
    });
    match done.await {
        Ok(_) => {}
        Err(CommandError::Domain(DomainError::Rule(_))) if before.is_none() => {
            return Err(DemoError::Taken(home.clone()));
        }
        Err(error) => return Err(error.into()),
    }
    let data = before.as_ref().map_or_else(|| home.clone(), |tenant| tenant.data(home));
    let opened = Opened {
        key: key.secret,
        key_id,
        email: EMAIL,
        password,
        home: home.clone(),
        data,
        zone,
        was_there: before.is_some(),
    };
    Ok((opened, calendar))
}

/// The profile of a company that was made for the story; one that was there keeps its own.
pub(super) async fn introduce(desk: &Desk, opened: &Opened, chance: &mut Chance) -> Result<(), DemoError> {
    if opened.was_there {
        return Ok(());
    }
    let city = AREAS[0].cities[0];
    let profile = json!({
        "legalName": format!("{NAME} Ltda."), "taxId": cnpj(&chance.digits(8)), "address": address(chance, city),
        "email": EMAIL, "phone": format!("+55 ({}) 3231-{}", city.dial, chance.digits(4)),
        "pixKey": EMAIL, "pixCity": city.name,
    });
    desk.ask(Ask::put("/tenant", profile)).await.map(drop)
}

/// 72 random bits that can be typed.
fn new_password() -> Result<String, DemoError> {
    let mut bytes = [0_u8; 9];
    getrandom::fill(&mut bytes).map_err(|error| DemoError::Closed(format!("no random numbers: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
