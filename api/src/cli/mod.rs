//! The command line. What a command is asked for goes to stdout, alone, so that a script can take it; everything else
//! goes to stderr. Exit code 0: done; 1: failed; 2: asked wrongly (arguments, settings).
//!
//! Every command works beside a server that runs on the same data: both append to one log, and the server follows it.

mod args;
mod backup;
mod base;
mod demo;
mod first_start;
mod health;
pub(crate) mod keys;
pub(crate) mod ledger;
mod rebuild;
pub(crate) mod serve;
mod tenants;
mod users;

use crate::settings::{Settings, SettingsError};
use args::Command;
use std::process::ExitCode;
use sunledger_commands::CommandError;
use sunledger_store::StoreError;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It was asked wrongly.
    #[error("{0}")]
    Usage(String),
    /// It is set up wrongly.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// It failed.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<sunledger_domain::DomainError> for Failure {
    fn from(error: sunledger_domain::DomainError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Failure {
    /// Something of the operating system's that failed.
    pub(crate) fn of(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("sunledger: {failure}");
            match failure {
                Failure::Failed(_) => ExitCode::from(1),
                Failure::Usage(_) | Failure::Settings(_) => ExitCode::from(2),
            }
        }
    }
}

fn run() -> Result<(), Failure> {
    let command = args::read(lexopt::Parser::from_env())?;
    match command {
        Command::Help => {
            print!("{}", args::help());
            return Ok(());
        }
        Command::Version => {
            println!("sunledger {}", env!("CARGO_PKG_VERSION"));
            return Ok(());
        }
        _ => {}
    }
    let settings = Settings::load()?;
    let _logging = crate::logging::start(&settings);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("starting", error))?;
    let done = runtime.block_on(async {
        match command {
            Command::Serve { demo } => Box::pin(serve::run(settings, demo)).await,
            Command::Demo(wanted) => Box::pin(demo::run(settings, wanted)).await,
            Command::KeysCreate(new) => keys::create(&settings, new).await,
            Command::KeysList { tenant } => keys::list(&settings, &tenant).await,
            Command::KeysDelete { tenant, id } => keys::delete(&settings, &tenant, &id).await,
            Command::TenantsCreate(new) => tenants::create(&settings, new).await,
            Command::TenantsList => tenants::list(&settings).await,
            Command::UsersCreate(new) => users::create(&settings, new).await,
            Command::UsersList { tenant } => users::list(&settings, &tenant).await,
            Command::UsersPassword { tenant, email, password } => {
                users::password(&settings, &tenant, &email, password).await
            }
            Command::UsersRevoke { tenant, email } => users::revoke(&settings, &tenant, &email).await,
            Command::UsersDelete { tenant, email } => users::delete(&settings, &tenant, &email).await,
            Command::Replay => rebuild::replay(&settings).await,
            Command::Verify => rebuild::verify(&settings).await,
            Command::Backup { target } => backup::run(&settings, &target).await,
            Command::Health => health::ask(&settings),
            Command::Help | Command::Version => Ok(()),
        }
    });
    // Reads that hang in a dead database must not keep the program from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    done
}
