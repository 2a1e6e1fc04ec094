//! `sunledger tenants`.

use super::Failure;
use super::args::NewTenantArgs;
use super::ledger::{Ledger, context};
use crate::settings::Settings;
use sunledger_domain::TenantId;
use sunledger_domain::plan::Plan;
use sunledger_domain::tenant::{Tenant, TenantCommand};

/// Makes a tenant and prints its id, alone.
pub(crate) async fn create(settings: &Settings, new: NewTenantArgs) -> Result<(), Failure> {
    let id = match new.id {
        Some(id) => id,
        None => slug(&new.name)?,
    };
    let ledger = Ledger::open(settings).await?;
    let context = context(&id);
    let command = TenantCommand::Create {
        name: new.name,
        sandbox: new.sandbox,
        plan: Plan::default(),
        at: context.now,
    };
    match ledger.commands.execute::<Tenant>(&context, id.stream_id(), command).await {
        Ok(made) => eprintln!("Tenant {id} ({}) is made.", made.state.name),
        Err(sunledger_commands::CommandError::Domain(sunledger_domain::DomainError::Rule(_))) => {
            return Err(Failure::Failed(format!("there is a tenant {id} already; choose another with --id")));
        }
        Err(error) => return Err(error.into()),
    }
    println!("{id}");
    Ok(())
}

/// Lists the tenants.
pub(crate) async fn list(settings: &Settings) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    let projections = ledger.reads().await?;
    let reads = projections.reads();
    let mut after = String::new();
    loop {
        let page = reads.tenants(&after, 100).await?;
        let Some(last) = page.last() else { break };
        after = last.as_str().to_owned();
        for id in page {
            let tenant = ledger.tenant(&id).await?;
            let sandbox = if tenant.sandbox { "\tsandbox" } else { "" };
            println!("{id}\t{}\t{}{sandbox}", crate::http::timestamp(tenant.created_at), tenant.name);
        }
    }
    projections.shutdown().await;
    Ok(())
}

/// An id out of a name: `Açaí Solar, Ltda.` gives `acai-solar-ltda`.
fn slug(name: &str) -> Result<TenantId, Failure> {
    let folded = sunledger_domain::search::fold(name);
    let words: Vec<_> = folded
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut slug = words.join("-");
    slug.truncate(TenantId::MAX);
    TenantId::new(slug.trim_end_matches('-'))
        .map_err(|_| Failure::Usage(format!("no id can be made of the name \"{name}\"; give one with --id")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_id() {
        for (name, id) in
            [("Açaí Solar, Ltda.", "acai-solar-ltda"), ("  ACME  ", "acme"), ("2 Sóis", "2-sois")]
        {
            assert_eq!(slug(name).unwrap().as_str(), id);
        }
        assert_eq!(slug(&"word ".repeat(40)).unwrap().as_str().len(), TenantId::MAX);
        assert_eq!(slug(&format!("{} b", "a".repeat(62))).unwrap().as_str(), "a".repeat(62));
        assert!(matches!(slug("太陽"), Err(Failure::Usage(_))));
        assert!(matches!(slug("  "), Err(Failure::Usage(_))));
    }
}
