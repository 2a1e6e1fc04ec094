//! `sunledger keys`.

use super::Failure;
use super::args::NewKeyArgs;
use super::ledger::{Ledger, context};
use crate::auth::NewKey;
use crate::http::ids::AnyId;
use crate::settings::Settings;
use jiff::Timestamp;
use sunledger_domain::TenantId;
use sunledger_domain::api_key::{ApiKey, ApiKeyCommand, Scope};
use sunledger_projections::{ListQuery, Paging};

/// What the ledger keeps of a new key.
pub(crate) fn create_command(key: &NewKey, name: &str, scopes: Vec<Scope>, at: Timestamp) -> ApiKeyCommand {
    ApiKeyCommand::Create {
        name: name.to_owned(),
        prefix: key.prefix.clone(),
        last4: key.last4.clone(),
        hash: key.hash.clone(),
        scopes,
        at,
    }
}

/// Makes a key and prints it, alone.
pub(crate) async fn create(settings: &Settings, new: NewKeyArgs) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    let sandbox = ledger.tenant(&new.tenant).await?.sandbox;
    let key = NewKey::generate(sandbox).map_err(|error| Failure::of("no random numbers", error))?;
    let context = context(&new.tenant);
    let command = create_command(&key, &new.name, new.scopes, context.now);
    let made = ledger.commands.execute::<ApiKey>(&context, ledger.commands.new_id(), command).await?;
    eprintln!("API key {} of tenant {}; it is shown this once.", made.id, new.tenant);
    println!("{}", key.secret);
    Ok(())
}

/// Lists the keys of a tenant.
pub(crate) async fn list(settings: &Settings, tenant: &TenantId) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    ledger.tenant(tenant).await?;
    let projections = ledger.reads().await?;
    let mut paging = Paging::Offset(0);
    loop {
        let query = ListQuery { filters: Vec::new(), search: None, paging, limit: 100 };
        let page = projections.reads().list::<ApiKey>(tenant, &query).await?;
        for row in page.rows {
            let key = row.state;
            let scopes = key.scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(",");
            println!(
                "{}\t{}\t{}...{}\t{}\t{}\t{scopes}",
                row.number,
                row.id,
                key.prefix,
                key.last4,
                crate::http::timestamp(key.created_at),
                key.name
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

/// Deletes a key.
pub(crate) async fn delete(settings: &Settings, tenant: &TenantId, id: &str) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    ledger.tenant(tenant).await?;
    let unknown = || Failure::Failed(format!("tenant {tenant} has no API key {id}"));
    let key = match AnyId::parse(id).ok_or_else(unknown)? {
        AnyId::Uuid(key) => key,
        AnyId::Number(number) => {
            let projections = ledger.reads().await?;
            let key = projections.reads().id_of::<ApiKey>(tenant, number).await?;
            projections.shutdown().await;
            key.ok_or_else(unknown)?
        }
    };
    let context = context(tenant);
    let command = ApiKeyCommand::Delete { at: context.now };
    ledger.commands.execute::<ApiKey>(&context, key, command).await?;
    eprintln!("API key {key} of tenant {tenant} is deleted.");
    Ok(())
}
