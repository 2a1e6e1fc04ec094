//! The first start: tenant `default`, a key that opens everything, and a first user where one is set, made together or not
//! at all, so that of two servers that start at once one makes them and the other finds them.

use super::Failure;
use super::keys::create_command;
use super::ledger::context;
use super::users;
use crate::auth::{NewKey, Passwords, hash_of};
use crate::settings::Settings;
use jiff::Timestamp;
use std::sync::Arc;
use sunledger_commands::{CommandError, Commands};
use sunledger_domain::api_key::{ApiKey, Scope};
use sunledger_domain::plan::Plan;
use sunledger_domain::tenant::{Tenant, TenantCommand};
use sunledger_domain::user::{USER_EMAIL, User, UserCommand};
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::Reads;

const TENANT: &str = "default";
const NAME: &str = "Default";

/// A key of fewer characters is worth a warning.
const GUESSABLE: usize = 16;

/// Makes what is missing; returns a key that was made up, for whoever starts it to read.
pub(crate) async fn prepare(
    settings: &Settings,
    commands: &Commands,
    reads: &Reads,
    passwords: &Passwords,
) -> Result<Option<NewKey>, Failure> {
    let tenant = TenantId::new(TENANT)?;
    if commands.load::<Tenant>(&tenant, tenant.stream_id()).await?.is_some() {
        warn_of_unknown(settings, commands, reads, &tenant).await?;
        return Ok(None);
    }
    let given = settings.api_key.as_ref().map(|key| NewKey::given(key.reveal().to_owned()));
    if settings.api_key.as_ref().is_some_and(|key| key.reveal().len() < GUESSABLE) {
        tracing::warn!(
            "SUNLEDGER_API_KEY is so short that it can be guessed; good enough for trying things out"
        );
    }
    let made_up = given.is_none();
    let key = match given {
        Some(key) => key,
        None => NewKey::generate(false).map_err(|error| Failure::of("no random numbers", error))?,
    };
    let context = context(&tenant);
    let made = TenantCommand::Create {
        name: NAME.to_owned(),
        sandbox: false,
        plan: Plan::default(),
        at: context.now,
    };
    let opened = create_command(&key, "first key", Scope::all().collect(), context.now);
    let user = first_user(settings, passwords, context.now).await?.map(|user| (commands.new_id(), user));
    let work = Arc::new((tenant.stream_id(), made, commands.new_id(), opened, user));
    let done = commands
        .unit(&context, move |unit| {
            let work = work.clone();
            Box::pin(async move {
                unit.handle::<Tenant>(work.0, work.1.clone()).await?;
                unit.handle::<ApiKey>(work.2, work.3.clone()).await?;
                match &work.4 {
                    Some((id, user)) => unit.handle::<User>(*id, user.clone()).await,
                    None => Ok(()),
                }
            })
        })
        .await;
    match done {
        Ok(_) => Ok(made_up.then_some(key)),
        // Another server was a moment earlier; its key is the one.
        Err(CommandError::Domain(DomainError::Rule(_))) => {
            warn_of_unknown(settings, commands, reads, &tenant).await?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The first user, where one is set.
async fn first_user(
    settings: &Settings,
    passwords: &Passwords,
    at: Timestamp,
) -> Result<Option<UserCommand>, Failure> {
    match (&settings.admin_email, &settings.admin_password) {
        (Some(email), Some(password)) => users::first(passwords, email, password, at).await.map(Some),
        (None, None) => Ok(None),
        _ => Err(Failure::Usage(
            "SUNLEDGER_ADMIN_EMAIL and SUNLEDGER_ADMIN_PASSWORD make the first user together: set both or neither"
                .to_owned(),
        )),
    }
}

/// A key and a user are only taken over on the first start: what is set later would be a way around `keys create` and
/// `users create` and their audit.
async fn warn_of_unknown(
    settings: &Settings,
    commands: &Commands,
    reads: &Reads,
    tenant: &TenantId,
) -> Result<(), Failure> {
    if let Some(key) = &settings.api_key
        && reads.key_by_hash(&hash_of(key.reveal())).await?.is_none()
    {
        tracing::warn!(
            "SUNLEDGER_API_KEY is not a key of this ledger; it is only taken over on the first start"
        );
    }
    if let Some(email) = &settings.admin_email
        && commands.log().name_owner(tenant, USER_EMAIL, &email.key()).await?.is_none()
    {
        tracing::warn!(
            "SUNLEDGER_ADMIN_EMAIL is no user of this ledger, and only makes one on the first start; \
             `sunledger users create` makes one at any time"
        );
    }
    Ok(())
}
