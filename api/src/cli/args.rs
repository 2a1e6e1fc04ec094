//! The arguments.

use super::Failure;
use crate::settings::{Secret, TABLE};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::fmt::Write;
use std::path::PathBuf;
use sunledger_domain::TenantId;
use sunledger_domain::api_key::Scope;
use sunledger_domain::user::Role;
use sunledger_domain::value::Email;

/// What is asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Serve { demo: bool },
    Demo(DemoArgs),
    KeysCreate(NewKeyArgs),
    KeysList { tenant: TenantId },
    KeysDelete { tenant: TenantId, id: String },
    TenantsCreate(NewTenantArgs),
    TenantsList,
    UsersCreate(NewUserArgs),
    UsersList { tenant: TenantId },
    UsersPassword { tenant: TenantId, email: Email, password: Option<Secret> },
    UsersRevoke { tenant: TenantId, email: Email },
    UsersDelete { tenant: TenantId, email: Email },
    Replay,
    Verify,
    Backup { target: PathBuf },
    Health,
    Help,
    Version,
}

#[derive(Debug, PartialEq)]
pub(crate) struct DemoArgs {
    pub(crate) tenant: TenantId,
    pub(crate) seed: u64,
}

#[derive(Debug, PartialEq)]
pub(crate) struct NewKeyArgs {
    pub(crate) tenant: TenantId,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) name: String,
}

#[derive(Debug, PartialEq)]
pub(crate) struct NewTenantArgs {
    pub(crate) name: String,
    pub(crate) id: Option<TenantId>,
    pub(crate) sandbox: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct NewUserArgs {
    pub(crate) tenant: TenantId,
    pub(crate) email: Email,
    /// The address, where there is none.
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
    pub(crate) password: GivenPassword,
}

/// Where a new user's password comes from.
#[derive(Debug, PartialEq)]
pub(crate) enum GivenPassword {
    /// The command line.
    Given(Secret),
    /// A line on stdin.
    Asked,
    /// There is none: the user signs in by Google.
    None,
}

const USAGE: &str = "\
Sunledger: event-sourced backend for solar-energy companies.

Usage: sunledger [COMMAND]

  serve [--demo]                            serve (also without a command); --demo makes the tenant demo, once
  demo [--tenant T] [--seed N]              fill the tenant demo, or T, with a solar company; prints what to look at
  keys create --tenant T --scope S [...]    make an API key; prints the key, once
       [--name NAME]                        what it is for
  keys list --tenant T                      list API keys
  keys delete --tenant T ID                 delete an API key, by its id or number
  tenants create NAME [--id T] [--sandbox]  make a tenant; prints its id
  tenants list                              list tenants
  users create EMAIL --tenant T             make a user who signs in; prints the id. The password is a line on stdin,
       [--password P | --no-password]       or P (others may see it), or there is none and Google signs in
       [--role R] [--name NAME]             administrator (also without --role), accountant, support or viewer
  users list --tenant T                     list users
  users password EMAIL --tenant T           another password (stdin, or --password P); ends every token of the user
  users revoke EMAIL --tenant T             end every token of a user
  users delete EMAIL --tenant T             delete a user
  replay                                    rebuild the read models from the log, also while serving
  verify                                    check the log, and the read models against a fresh replay
  backup FOLDER                             back the embedded database up, also while serving
  health                                    ask the server on SUNLEDGER_LISTEN whether it is ready
  help, version                             this page; the release

A scope is an area (crm, energy, backoffice, invoicing, commissions, audit, webhooks, admin) and :read or :write;
--scope takes several (--scope audit:read invoicing:write), and all for every one. Every command works while a server
runs on the same data.

";

/// What `sunledger help` prints: the commands, then every setting from its one table.
pub(crate) fn help() -> String {
    let mut page = USAGE.to_owned();
    page.push_str("Settings, from the environment, over sunledger.toml (or the file that SUNLEDGER_CONFIG names; keys in\nbrackets), over defaults:\n\n");
    for setting in TABLE {
        let default = if setting.default.is_empty() { "not set" } else { setting.default };
        let _ = writeln!(page, "  {} [{}], {default}\n      {}", setting.name, setting.key, setting.meaning);
    }
    page
}

/// Reads the arguments.
pub(crate) fn read(mut parser: lexopt::Parser) -> Result<Command, Failure> {
    let given = Given::collect(&mut parser).map_err(|error| usage(&error.to_string()))?;
    if given.help {
        return Ok(Command::Help);
    }
    if given.version {
        return Ok(Command::Version);
    }
    let words: Vec<_> = given.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["serve"] => given.only(&["--demo"], Command::Serve { demo: given.demo }),
        ["demo"] => given.only(&["--tenant", "--seed"], Command::Demo(given.demo()?)),
        ["help", ..] => Ok(Command::Help),
        ["version"] => Ok(Command::Version),
        ["replay"] => given.only(&[], Command::Replay),
        ["verify"] => given.only(&[], Command::Verify),
        ["backup", target] => given.only(&[], Command::Backup { target: PathBuf::from(target) }),
        ["backup"] => Err(usage("backup needs a FOLDER, which is not there yet")),
        ["health"] => given.only(&[], Command::Health),
        ["tenants", "list"] => given.only(&[], Command::TenantsList),
        ["tenants", "create", name] => {
            let id = given.id.as_deref().map(tenant).transpose()?;
            let new = NewTenantArgs { name: (*name).to_owned(), id, sandbox: given.sandbox };
            given.only(&["--id", "--sandbox"], Command::TenantsCreate(new))
        }
        ["tenants", "create"] => Err(usage("tenants create needs a NAME")),
        ["keys", "list"] => given.only(&["--tenant"], Command::KeysList { tenant: given.tenant()? }),
        ["keys", "create"] => {
            let name = given.name.clone().unwrap_or_else(|| "command line".to_owned());
            let new = NewKeyArgs { tenant: given.tenant()?, scopes: given.scopes()?, name };
            given.only(&["--tenant", "--scope", "--name"], Command::KeysCreate(new))
        }
        ["keys", "delete", id] => {
            let command = Command::KeysDelete { tenant: given.tenant()?, id: (*id).to_owned() };
            given.only(&["--tenant"], command)
        }
        ["keys", "delete"] => Err(usage("keys delete needs the ID of a key")),
        ["users", words @ ..] => given.users(words),
        _ => Err(usage(&format!("there is no command \"{}\"", words.join(" ")))),
    }
}

/// Everything that stood on the command line.
#[derive(Default)]
struct Given {
    words: Vec<String>,
    seen: Vec<&'static str>,
    tenant: Option<String>,
    scopes: Vec<String>,
    name: Option<String>,
    id: Option<String>,
    email: Option<String>,
    role: Option<String>,
    password: Option<Secret>,
    no_password: bool,
    sandbox: bool,
    demo: bool,
    seed: Option<String>,
    help: bool,
    version: bool,
}

impl Given {
    fn collect(parser: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut given = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => given.help = true,
                Short('V') | Long("version") => given.version = true,
                Long("tenant") => given.tenant = Some(given.option("--tenant", parser)?),
                Long("name") => given.name = Some(given.option("--name", parser)?),
                Long("id") => given.id = Some(given.option("--id", parser)?),
                Long("email") => given.email = Some(given.option("--email", parser)?),
                Long("role") => given.role = Some(given.option("--role", parser)?),
                Long("password") => {
                    given.password = Some(Secret::new(given.option("--password", parser)?));
                }
                Long("no-password") => {
                    given.seen.push("--no-password");
                    given.no_password = true;
                }
                Long("scope") => {
                    given.seen.push("--scope");
                    for value in parser.values()? {
                        let value = value.string()?;
                        given.scopes.extend(value.split(',').map(str::trim).map(str::to_owned));
                    }
                }
                Long("sandbox") => {
                    given.seen.push("--sandbox");
                    given.sandbox = true;
                }
                Long("demo") => {
                    given.seen.push("--demo");
                    given.demo = true;
                }
                Long("seed") => given.seed = Some(given.option("--seed", parser)?),
                Value(word) => given.words.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(given)
    }

    fn option(&mut self, name: &'static str, parser: &mut lexopt::Parser) -> Result<String, lexopt::Error> {
        self.seen.push(name);
        parser.value()?.string()
    }

    /// The command, if no option stands there that it does not take.
    fn only(&self, takes: &[&str], command: Command) -> Result<Command, Failure> {
        match self.seen.iter().find(|seen| !takes.contains(seen)) {
            Some(other) => Err(usage(&format!("{other} does not belong to this command"))),
            None => Ok(command),
        }
    }

    /// `sunledger demo`
    fn demo(&self) -> Result<DemoArgs, Failure> {
        let name = self.tenant.as_deref().unwrap_or(crate::demo::TENANT);
        let seed = match &self.seed {
            None => crate::demo::SEED,
            Some(text) => text.parse().map_err(|_| {
                usage(&format!("--seed {text}: must be a whole number from 0 to {}", u64::MAX))
            })?,
        };
        Ok(DemoArgs { tenant: tenant(name)?, seed })
    }

    /// `sunledger users ...`
    fn users(&self, words: &[&str]) -> Result<Command, Failure> {
        match words {
            ["list"] => self.only(&["--tenant"], Command::UsersList { tenant: self.tenant()? }),
            ["create", address @ ..] => {
                let password = match (&self.password, self.no_password) {
                    (Some(_), true) => return Err(usage("--password and --no-password exclude each other")),
                    (Some(password), false) => GivenPassword::Given(password.clone()),
                    (None, true) => GivenPassword::None,
                    (None, false) => GivenPassword::Asked,
                };
                let role = self
                    .role
                    .as_deref()
                    .map(|role| Role::parse(role).map_err(|wrong| usage(&format!("--role {role}: {wrong}"))));
                let new = NewUserArgs {
                    tenant: self.tenant()?,
                    email: self.address(address)?,
                    name: self.name.clone(),
                    role: role.transpose()?.unwrap_or(Role::Administrator),
                    password,
                };
                let takes = ["--tenant", "--email", "--name", "--role", "--password", "--no-password"];
                self.only(&takes, Command::UsersCreate(new))
            }
            ["password", address @ ..] => {
                let (tenant, email) = (self.tenant()?, self.address(address)?);
                let command = Command::UsersPassword { tenant, email, password: self.password.clone() };
                self.only(&["--tenant", "--email", "--password"], command)
            }
            ["revoke", address @ ..] => {
                let command = Command::UsersRevoke { tenant: self.tenant()?, email: self.address(address)? };
                self.only(&["--tenant", "--email"], command)
            }
            ["delete", address @ ..] => {
                let command = Command::UsersDelete { tenant: self.tenant()?, email: self.address(address)? };
                self.only(&["--tenant", "--email"], command)
            }
            _ => Err(usage(&format!("there is no command \"users {}\"", words.join(" ")))),
        }
    }

    /// The address of a user, behind the command or behind `--email`.
    fn address(&self, words: &[&str]) -> Result<Email, Failure> {
        let address = match (words, self.email.as_deref()) {
            (&[address], None) | (&[], Some(address)) => address,
            (&[], None) => return Err(usage("the EMAIL of a user is needed")),
            _ => return Err(usage("one EMAIL is enough")),
        };
        Email::parse(address).map_err(|wrong| usage(&format!("{address}: {wrong}")))
    }

    fn tenant(&self) -> Result<TenantId, Failure> {
        tenant(self.tenant.as_deref().ok_or_else(|| usage("--tenant is required"))?)
    }

    fn scopes(&self) -> Result<Vec<Scope>, Failure> {
        if self.scopes.is_empty() {
            return Err(usage("--scope is required, like --scope invoicing:write"));
        }
        if self.scopes.iter().any(|scope| scope == "all") {
            return Ok(Scope::all().collect());
        }
        let read =
            |text: &String| Scope::parse(text).map_err(|wrong| usage(&format!("--scope {text}: {wrong}")));
        self.scopes.iter().map(read).collect()
    }
}

fn tenant(id: &str) -> Result<TenantId, Failure> {
    TenantId::new(id).map_err(|error| usage(&error.to_string()))
}

fn usage(complaint: &str) -> Failure {
    Failure::Usage(format!("{complaint}\nTry: sunledger help"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::api_key::Area;

    fn parse(line: &str) -> Result<Command, String> {
        let words = std::iter::once("sunledger").chain(line.split_whitespace());
        read(lexopt::Parser::from_iter(words)).map_err(|failure| failure.to_string())
    }

    #[test]
    fn commands_are_understood() {
        let tenant = TenantId::new("acme").unwrap();
        assert_eq!(parse(""), Ok(Command::Serve { demo: false }));
        assert_eq!(parse("serve"), Ok(Command::Serve { demo: false }));
        assert_eq!(parse("serve --demo"), Ok(Command::Serve { demo: true }));
        assert_eq!(parse("keys list --tenant acme"), Ok(Command::KeysList { tenant: tenant.clone() }));
        assert_eq!(
            parse("keys delete --tenant=acme 7"),
            Ok(Command::KeysDelete { tenant: tenant.clone(), id: "7".to_owned() })
        );
        assert_eq!(parse("tenants list"), Ok(Command::TenantsList));
        assert_eq!(
            parse("tenants create Acme --sandbox --id acme"),
            Ok(Command::TenantsCreate(NewTenantArgs {
                name: "Acme".to_owned(),
                id: Some(tenant),
                sandbox: true
            }))
        );
        assert_eq!(parse("backup /b/1"), Ok(Command::Backup { target: PathBuf::from("/b/1") }));
        assert_eq!(parse("health"), Ok(Command::Health));
        assert_eq!(parse("keys create -h"), Ok(Command::Help));
        assert_eq!(parse("--version"), Ok(Command::Version));
    }

    #[test]
    fn the_demo_has_a_tenant_and_a_seed_of_its_own() {
        let demo =
            |tenant, seed| Ok(Command::Demo(DemoArgs { tenant: TenantId::new(tenant).unwrap(), seed }));
        assert_eq!(parse("demo"), demo("demo", crate::demo::SEED));
        assert_eq!(parse("demo --tenant sol --seed 18446744073709551615"), demo("sol", u64::MAX));
        for line in [
            "demo --seed -1",
            "demo --seed x",
            "demo --tenant Sol!",
            "demo now",
            "verify --demo",
            "serve --seed 1",
        ] {
            assert!(parse(line).unwrap_err().contains("sunledger help"), "{line}");
        }
    }

    #[test]
    fn users_are_named_by_their_address() {
        let (tenant, email) = (TenantId::new("acme").unwrap(), Email::parse("ana@acme.example").unwrap());
        let new = |role, name: Option<&str>, password| NewUserArgs {
            tenant: tenant.clone(),
            email: email.clone(),
            name: name.map(str::to_owned),
            role,
            password,
        };
        let password = Secret::new("hunter2hunter2".to_owned());
        for (line, expected) in [
            (
                "users create ana@acme.example --tenant acme",
                Command::UsersCreate(new(Role::Administrator, None, GivenPassword::Asked)),
            ),
            (
                "users create --tenant acme --email ana@acme.example --password hunter2hunter2 --role viewer --name Ana",
                Command::UsersCreate(new(Role::Viewer, Some("Ana"), GivenPassword::Given(password.clone()))),
            ),
            (
                "users create ana@acme.example --tenant acme --no-password --role support",
                Command::UsersCreate(new(Role::Support, None, GivenPassword::None)),
            ),
            (
                "users password --tenant acme ana@acme.example",
                Command::UsersPassword { tenant: tenant.clone(), email: email.clone(), password: None },
            ),
            (
                "users revoke --tenant acme ana@acme.example",
                Command::UsersRevoke { tenant: tenant.clone(), email: email.clone() },
            ),
            (
                "users delete --tenant acme --email ana@acme.example",
                Command::UsersDelete { tenant: tenant.clone(), email: email.clone() },
            ),
            ("users list --tenant acme", Command::UsersList { tenant: tenant.clone() }),
        ] {
            assert_eq!(parse(line), Ok(expected), "{line}");
        }
        let Ok(command) = parse("users create a@b.co --tenant t --password hunter2hunter2") else { panic!() };
        assert!(!format!("{command:?}").contains("hunter2"));
    }

    #[test]
    fn scopes_may_be_given_in_every_usual_way() {
        let expected = vec![Scope::read(Area::Crm), Scope::write(Area::Invoicing), Scope::read(Area::Audit)];
        for line in [
            "keys create --tenant acme --scope crm:read --scope invoicing:write --scope audit:read",
            "keys create --scope crm:read invoicing:write audit:read --tenant acme",
            "keys create --tenant acme --scope crm:read,invoicing:write,audit:read --name x",
        ] {
            let Ok(Command::KeysCreate(new)) = parse(line) else { panic!("{line}") };
            assert_eq!(new.scopes, expected);
        }
        let Ok(Command::KeysCreate(new)) = parse("keys create --tenant acme --scope all") else { panic!() };
        assert_eq!(new.scopes.len(), 16);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (line, complaint) in [
            ("dance", "there is no command \"dance\""),
            ("keys", "there is no command \"keys\""),
            ("keys create --scope crm:read", "--tenant is required"),
            ("keys create --tenant acme", "--scope is required"),
            ("keys create --tenant acme --scope crm:delete", "--scope crm:delete: must be an area"),
            ("keys create --tenant ACME --scope crm:read", "tenant: must be"),
            ("keys list --tenant acme --sandbox", "--sandbox does not belong"),
            ("serve --port 80", "--port"),
            ("tenants create", "NAME"),
            ("backup", "FOLDER"),
            ("backup a b", "there is no command"),
            ("health --name x", "--name does not belong"),
            ("users", "there is no command \"users \""),
            ("users create --tenant acme", "the EMAIL of a user is needed"),
            ("users create a@b.co", "--tenant is required"),
            ("users create nobody --tenant acme", "nobody: must be an e-mail address"),
            ("users create a@b.co --tenant acme --role king", "--role king: must be one of"),
            ("users create a@b.co --tenant acme --password x --no-password", "exclude each other"),
            ("users delete a@b.co --email c@d.co --tenant acme", "one EMAIL is enough"),
            ("users revoke a@b.co --tenant acme --password x", "--password does not belong"),
        ] {
            let said = parse(line).unwrap_err();
            assert!(said.contains(complaint), "{line}: {said}");
        }
    }

    #[test]
    fn help_names_every_setting() {
        let page = help();
        for setting in TABLE {
            assert!(page.contains(setting.name) && page.contains(setting.meaning));
        }
    }
}
