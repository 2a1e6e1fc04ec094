//! Some lines at a time: what is there already is compared, the rest is made in one append. Where one of them is refused
//! (somebody took its id a moment ago), each is made by itself, so that it keeps back no other.

use super::super::handlers::refusal;
use super::super::kept::Kept;
use super::super::place::Place;
use super::super::resources::{OVERRIDE_DETAILS, OVERRIDES, Resource};
use super::Report;
use super::line::Line;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Commissions;
use crate::http::ApiError;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use sunledger_commands::{CommandError, Context};
use sunledger_domain::DomainError;
use sunledger_domain::overrides::{OVERRIDE, Override, OverrideCommand};
use sunledger_domain::paystub::{PAYSTUB, Paystub, PaystubCommand, PaystubFields};
use sunledger_domain::record::{Record, RecordCommand};
use uuid::Uuid;

/// Lines of a batch.
const LINES: usize = 200;

/// Lines that wait to be written.
pub(super) struct Batch<'a> {
    app: &'a App,
    call: &'a Call<Commissions>,
    /// Of the import as a whole: under no version, and each line known by its id and not by a key.
    context: Context,
    waiting: Vec<Line>,
    /// What they make: kind and id.
    names: HashSet<(&'static str, String)>,
}

/// A command that makes something.
#[derive(Debug, Clone)]
enum Make {
    Record(Box<RecordCommand>),
    Paystub(Box<PaystubCommand>),
    Override(Box<OverrideCommand>),
}

/// A line that is to be made.
struct Ready {
    line: u64,
    resource: &'static Resource,
    public_id: String,
    id: Uuid,
    make: Make,
}

impl<'a> Batch<'a> {
    pub(super) fn new(app: &'a App, call: &'a Call<Commissions>) -> Self {
        let context = Context { idempotency: None, if_match: None, ..call.context.clone() };
        Self { app, call, context, waiting: Vec::new(), names: HashSet::new() }
    }

    /// Takes a line, and writes those before it where it needs them to be there or they are enough.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn add(&mut self, line: Line, report: &mut Report) -> Result<(), ApiError> {
        let name = (line.resource.kind.name, line.id.clone());
        let after = line.of_override.clone().map(|id| (OVERRIDE.name, id));
        let again = self.names.contains(&name);
        if again || after.is_some_and(|after| self.names.contains(&after)) || self.waiting.len() >= LINES {
            self.flush(report).await?;
        }
        self.names.insert(name);
        self.waiting.push(line);
        Ok(())
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn flush(&mut self, report: &mut Report) -> Result<(), ApiError> {
        self.names.clear();
        let lines = std::mem::take(&mut self.waiting);
        let there = self.there(&lines).await?;
        let parents = self.parents(&lines).await?;
        let mut ready = Vec::with_capacity(lines.len());
        for line in lines {
            match there.get(&(line.resource.kind.name, line.id.clone())) {
                Some(fields) if same(fields, &kept(&line)?) => report.unchanged += 1,
                Some(_) => report.fail(line.number, Some(&line.id), &taken(line.resource, &line.id)),
                None => {
                    let (number, id) = (line.number, line.id.clone());
                    match self.ready(line, &parents) {
                        Ok(one) => ready.push(one),
                        Err(error) => report.fail(number, Some(&id), &error),
                    }
                }
            }
        }
        self.write(ready, report).await
    }

    async fn write(&self, ready: Vec<Ready>, report: &mut Report) -> Result<(), ApiError> {
        if ready.is_empty() {
            return Ok(());
        }
        match self.make(&ready).await {
            Ok(()) => ready.iter().for_each(|one| report.made(one.resource.kind.name)),
            Err(CommandError::Domain(_)) => {
                for one in &ready {
                    match self.make(std::slice::from_ref(one)).await {
                        Ok(()) => report.made(one.resource.kind.name),
                        Err(error @ CommandError::Domain(_)) => {
                            let error = refusal(one.resource, Some(&one.public_id), error);
                            report.fail(one.line, Some(&one.public_id), &error);
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Makes some of them, all or none.
    async fn make(&self, ready: &[Ready]) -> Result<(), CommandError> {
        let work: Vec<(&'static str, Uuid, Make)> =
            ready.iter().map(|one| (one.resource.kind.name, one.id, one.make.clone())).collect();
        let done = self.app.commands.unit(&self.context, |unit| {
            let work = work.clone();
            Box::pin(async move {
                for (kind, id, make) in work {
                    match make {
                        Make::Record(command) => unit.handle_as::<Record>(kind, id, *command).await?,
                        Make::Paystub(command) => unit.handle::<Paystub>(id, *command).await?,
                        Make::Override(command) => unit.handle::<Override>(id, *command).await?,
                    }
                }
                Ok(())
            })
        });
        done.await.map(drop)
    }

    fn ready(&self, line: Line, parents: &HashMap<String, Uuid>) -> Result<Ready, ApiError> {
        let Line { number, resource, id: public_id, fields, of_override } = line;
        let mut place = Place::of_caller(self.call);
        if let Some(parent) = of_override {
            let found = parents.get(&parent).copied();
            let missing = || ApiError::invalid("override_id", format!("names no override: {parent}"));
            place.override_id = Some(found.ok_or_else(missing)?);
        }
        let (custom_id, at) = (Some(public_id.clone()), self.context.now);
        let make = match resource.kind.name {
            name if name == PAYSTUB.name => {
                Make::Paystub(Box::new(Paystub::create(custom_id, fields, &place, at)?))
            }
            name if name == OVERRIDE.name => {
                Make::Override(Box::new(Override::create(custom_id, fields, &place, at)?))
            }
            _ => Make::Record(Box::new(Record::create(custom_id, fields, &place, at)?)),
        };
        Ok(Ready { line: number, resource, public_id, id: self.app.commands.new_id(), make })
    }

    /// The fields of those that are there.
    async fn there(
        &self,
        lines: &[Line],
    ) -> Result<HashMap<(&'static str, String), Map<String, Value>>, ApiError> {
        let mut ids: BTreeMap<&'static str, (&'static Resource, Vec<String>)> = BTreeMap::new();
        for line in lines {
            let of_kind = ids.entry(line.resource.kind.name).or_insert((line.resource, Vec::new()));
            of_kind.1.push(line.id.clone());
        }
        let mut there = HashMap::new();
        for (name, (resource, ids)) in ids {
            let found = match name {
                _ if name == PAYSTUB.name => self.found::<Paystub>(resource, ids).await?,
                _ if name == OVERRIDE.name => self.found::<Override>(resource, ids).await?,
                _ => self.found::<Record>(resource, ids).await?,
            };
            there.extend(found.into_iter().map(|(id, fields)| ((name, id), fields)));
        }
        Ok(there)
    }

    async fn found<A: Kept>(
        &self,
        resource: &Resource,
        ids: Vec<String>,
    ) -> Result<Vec<(String, Map<String, Value>)>, ApiError> {
        let mut filters = A::at(resource.kind, &Place::of_caller(self.call));
        filters.push(A::with_ids(ids));
        let found = self.app.reads.every::<A>(&self.call.tenant, &filters).await?;
        found.iter().map(|view| Ok((view.state.shown(), view.state.fields()?))).collect()
    }

    /// The overrides that details name, by their public ids.
    async fn parents(&self, lines: &[Line]) -> Result<HashMap<String, Uuid>, ApiError> {
        let details = lines.iter().filter(|line| line.resource.id == OVERRIDE_DETAILS.id);
        let ids: HashSet<String> = details.filter_map(|line| line.of_override.clone()).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut filters = Override::at(OVERRIDES.kind, &Place::of_caller(self.call));
        filters.push(Override::with_ids(ids.into_iter().collect()));
        let found = self.app.reads.every::<Override>(&self.call.tenant, &filters).await?;
        Ok(found.into_iter().map(|view| (view.state.shown(), view.id)).collect())
    }
}

/// The fields of a line as they would be kept.
fn kept(line: &Line) -> Result<Map<String, Value>, ApiError> {
    if line.resource.kind.name != PAYSTUB.name {
        return Ok(line.fields.as_map().clone());
    }
    let fields = PaystubFields::of(line.fields.clone())?.in_dollars();
    Paystub { fields, ..Paystub::default() }.fields()
}

/// Whether what is there says all that a line says. It may say more: what the program set.
fn same(there: &Map<String, Value>, line: &Map<String, Value>) -> bool {
    line.iter().all(|(name, value)| there.get(name) == Some(value))
}

fn taken(resource: &Resource, id: &str) -> ApiError {
    let rule = DomainError::rule(format!("{} with id {id} already exists and differs", resource.words.one));
    rule.into()
}
