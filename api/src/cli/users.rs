//! `sunledger users`.

use super::Failure;
use super::args::{GivenPassword, NewUserArgs};
use super::ledger::{Ledger, context};
use crate::auth::Passwords;
use crate::settings::{Secret, Settings};
use jiff::Timestamp;
use std::io::{BufRead, IsTerminal, Read};
use sunledger_commands::CommandError;
use sunledger_domain::user::{PasswordHash, Role, USER_EMAIL, User, UserCommand, check_password};
use sunledger_domain::value::Email;
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::{ListQuery, Paging};
use uuid::Uuid;

/// Longer lines are not read for a password.
const LONGEST_LINE: u64 = 4 * 1024;

/// Makes a user and prints the id, alone.
pub(crate) async fn create(settings: &Settings, new: NewUserArgs) -> Result<(), Failure> {
    let password = match new.password {
        GivenPassword::Given(password) => Some(password),
        GivenPassword::Asked => Some(asked()?),
        GivenPassword::None => None,
    };
    let ledger = Ledger::open(settings).await?;
    ledger.tenant(&new.tenant).await?;
    let password_hash = match password {
        Some(password) => Some(hashed(&Passwords::default(), &password).await?),
        None => None,
    };
    let context = context(&new.tenant);
    let name = new.name.unwrap_or_else(|| new.email.as_str().to_owned());
    let email = new.email;
    let command = UserCommand::Create { email, name, role: new.role, password_hash, at: context.now };
    let made = ledger.commands.execute::<User>(&context, ledger.commands.new_id(), command).await?;
    let user = &made.state;
    eprintln!("{} ({}) is made in tenant {}, as {}.", user.name, user.email, new.tenant, user.role.as_str());
    println!("{}", made.id);
    Ok(())
}

/// Lists the users of a tenant.
pub(crate) async fn list(settings: &Settings, tenant: &TenantId) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    ledger.tenant(tenant).await?;
    let projections = ledger.reads().await?;
    let mut paging = Paging::Offset(0);
    loop {
        let query = ListQuery { filters: Vec::new(), search: None, paging, limit: 100 };
        let page = projections.reads().list::<User>(tenant, &query).await?;
        for row in page.rows {
            let user = row.state;
            println!(
                "{}\t{}\t{}\t{}\t{}\t{}",
                row.number,
                row.id,
                user.email,
                user.role.as_str(),
                crate::http::timestamp(user.created_at),
                user.name
            );
        }
        match page.next_cursor {
            Some(next) => paging = Paging::Cursor(next),
            None => break,
        }
    }
    projections.shutdown().await;
    Ok(())
}

/// Gives a user another password, and ends every token.
pub(crate) async fn password(
    settings: &Settings,
    tenant: &TenantId,
    email: &Email,
    given: Option<Secret>,
) -> Result<(), Failure> {
    let password = given.map_or_else(asked, Ok)?;
    let password_hash = hashed(&Passwords::default(), &password).await?;
    let make = |at| UserCommand::ChangePassword { password_hash, at };
    change(settings, tenant, email, make, "has another password, and no token any more").await
}

/// Ends every token of a user.
pub(crate) async fn revoke(settings: &Settings, tenant: &TenantId, email: &Email) -> Result<(), Failure> {
    change(settings, tenant, email, |at| UserCommand::RevokeTokens { at }, "has no token any more").await
}

/// Deletes a user.
pub(crate) async fn delete(settings: &Settings, tenant: &TenantId, email: &Email) -> Result<(), Failure> {
    change(settings, tenant, email, |at| UserCommand::Delete { at }, "is deleted").await
}

async fn change(
    settings: &Settings,
    tenant: &TenantId,
    email: &Email,
    command: impl FnOnce(Timestamp) -> UserCommand,
    done: &str,
) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    ledger.tenant(tenant).await?;
    let id = of_address(&ledger, tenant, email).await?;
    let context = context(tenant);
    match ledger.commands.execute::<User>(&context, id, command(context.now)).await {
        Ok(_) => eprintln!("{email} of tenant {tenant} {done}."),
        Err(CommandError::Domain(DomainError::NotFound { .. })) => return Err(nobody(tenant, email)),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn of_address(ledger: &Ledger, tenant: &TenantId, email: &Email) -> Result<Uuid, Failure> {
    let owner = ledger.log.name_owner(tenant, USER_EMAIL, &email.key()).await?;
    owner.ok_or_else(|| nobody(tenant, email))
}

fn nobody(tenant: &TenantId, email: &Email) -> Failure {
    Failure::Failed(format!("tenant {tenant} has no user {email}"))
}

/// The command that makes the first user.
pub(crate) async fn first(
    passwords: &Passwords,
    email: &Email,
    password: &Secret,
    at: Timestamp,
) -> Result<UserCommand, Failure> {
    let password_hash = Some(hashed(passwords, password).await?);
    let (email, name) = (email.clone(), email.as_str().to_owned());
    Ok(UserCommand::Create { email, name, role: Role::Administrator, password_hash, at })
}

async fn hashed(passwords: &Passwords, password: &Secret) -> Result<PasswordHash, Failure> {
    check_password(password.reveal()).map_err(|wrong| Failure::Usage(format!("the password {wrong}")))?;
    let hash = passwords.hash(password.reveal().to_owned()).await;
    hash.map_err(|error| Failure::of("hashing", error.cause().unwrap_or(&error.message)))
}

/// The first line of what is typed or piped in.
fn asked() -> Result<Secret, Failure> {
    let input = std::io::stdin().lock();
    if input.is_terminal() {
        eprintln!("Password (it shows as you type; pipe it in where somebody may look on):");
    }
    let mut line = String::new();
    input
        .take(LONGEST_LINE)
        .read_line(&mut line)
        .map_err(|error| Failure::of("reading the password", error))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Usage(
            "a password is needed: as a line on stdin, or behind --password (where other users of this machine can see it)"
                .to_owned(),
        ));
    }
    Ok(Secret::new(password.to_owned()))
}
