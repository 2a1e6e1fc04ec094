//! Batches whose outcome the appender foresees: whoever appended last knows what the series are at, and so what the next
//! batch comes to, unless somebody else appends too.
//!
//! Such a batch is sent as it is to be stored, and Postgres only compares. What it finds different it says in one word,
//! and the batch goes the long way (`append_batch_2`), which tells what each append came to.

use super::columns::{Events, Keys, Looks};
use crate::fill::{fill_all, label_text};
use crate::queue::{Answer, Job};
use crate::{Append, Appended, Filled};
use foldhash::HashMap;
use sunledger_domain::TenantId;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

/// Calls `append_foreseen`; its parameters' types follow from the function's.
pub(super) const CALL: &str = "SELECT append_foreseen($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
    $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)";

/// Series that are remembered; past them all are forgotten, and learned anew.
const SERIES: usize = 10_000;
/// After how many batches, at the most, it is tried again where foreseeing went wrong.
const LONGEST_PAUSE: u32 = 64;

/// What the appender knows of the log's series.
#[derive(Default)]
pub(super) struct Foresight {
    values: HashMap<TenantId, HashMap<String, i64>>,
    known: usize,
    /// Batches that go the long way before the next one is foreseen.
    pause: u32,
    /// How long the next pause is: somebody else appends too, and is likely to go on.
    next_pause: u32,
}

impl Foresight {
    /// The batch as it is to be stored; `None` where that is not known, or it is better not to rely on it.
    pub(super) fn of<'j>(&mut self, jobs: &'j [Job]) -> Option<Foreseen<'j>> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let mut foreseen = Foreseen::default();
        let mut series = HashMap::default();
        for job in jobs {
            foreseen.add(&job.append, self, &mut series)?;
        }
        Some(foreseen)
    }

    /// Notes whether what was foreseen was so.
    pub(super) fn came_true(&mut self, so: bool) {
        if so {
            self.next_pause = 1;
        } else {
            self.pause = self.next_pause;
            self.next_pause = (2 * self.next_pause).clamp(1, LONGEST_PAUSE);
        }
    }

    /// Learns that a series is at a value.
    pub(super) fn learn(&mut self, tenant: &TenantId, series: &str, value: i64) {
        if let Some(known) = self.values.get_mut(tenant).and_then(|series_of| series_of.get_mut(series)) {
            *known = value;
            return;
        }
        if self.known >= SERIES {
            self.values.clear();
            self.known = 0;
        }
        self.known += 1;
        self.values.entry(tenant.clone()).or_default().insert(series.to_owned(), value);
    }

    fn value(&self, tenant: &TenantId, series: &str) -> Option<i64> {
        self.values.get(tenant)?.get(series).copied()
    }
}

/// A batch as the arrays that `append_foreseen` takes. See `append_4.sql` for what each is.
#[derive(Default)]
pub(super) struct Foreseen<'j> {
    events: Events<'j>,
    looks: Looks<'j>,
    keys: Keys<'j>,
    r_tenant: Vec<&'j TenantId>,
    r_series: Vec<&'j str>,
    r_from: Vec<i64>,
    r_to: Vec<i64>,
    n_tenant: Vec<&'j str>,
    n_scope: Vec<&'j str>,
    n_name: Vec<String>,
    n_owner: Vec<Uuid>,
    /// What is filled in, by append.
    filled: Vec<Vec<Filled>>,
}

impl<'j> Foreseen<'j> {
    /// Adds an append. `series` holds which place each of the batch's series has.
    fn add(
        &mut self,
        append: &'j Append,
        foresight: &Foresight,
        series: &mut HashMap<(&'j TenantId, &'j str), usize>,
    ) -> Option<()> {
        if append.quiet.is_some() || !append.take.is_empty() || !append.release.is_empty() {
            return None;
        }
        let mut filled = Vec::with_capacity(append.series.len());
        for request in &append.series {
            let at = match series.get(&(&append.tenant, request.series.as_str())) {
                Some(at) => *at,
                None => {
                    let value = foresight.value(&append.tenant, &request.series)?;
                    let at = self.r_series.len();
                    series.insert((&append.tenant, &request.series), at);
                    self.r_tenant.push(&append.tenant);
                    self.r_series.push(&request.series);
                    self.r_from.push(value);
                    self.r_to.push(value);
                    at
                }
            };
            let value = self
                .r_to
                .get(at)?
                .checked_add(1)
                .filter(|value| request.max.is_none_or(|max| *value <= max))?;
            self.r_to[at] = value;
            if let Some(label) = &request.label {
                self.n_tenant.push(append.tenant.as_str());
                self.n_scope.push(label.scope);
                self.n_name.push(label_text(label, value));
                self.n_owner.push(append.owner_of(request.event));
            }
            filled.extend(request.filled(value));
        }
        let before = self.events.len();
        for write in &append.writes {
            for (index, event) in write.events.iter().enumerate() {
                let payload = fill_all(&event.payload, self.events.len() - before, &filled);
                self.events.push(append, write, index, payload);
            }
        }
        for stream in &append.unchanged {
            self.looks.add(append.tenant.as_str(), stream);
        }
        self.keys.add(append, before, self.events.len() - before);
        self.filled.push(filled);
        Some(())
    }

    /// Sends it; the head before it, or `None` where something is not as foreseen.
    pub(super) async fn call(
        &self,
        client: &Client,
        statement: &Statement,
    ) -> Result<Option<i64>, tokio_postgres::Error> {
        let (e, u, k) = (&self.events, &self.looks, &self.keys);
        let r_tenant: Vec<&str> = self.r_tenant.iter().map(|tenant| tenant.as_str()).collect();
        let params: [&(dyn ToSql + Sync); 29] = [
            &e.tenant,
            &e.kind,
            &e.id,
            &e.seq,
            &e.first,
            &e.event_type,
            &e.version,
            &e.payload,
            &e.meta,
            &e.at,
            &u.tenant,
            &u.kind,
            &u.id,
            &u.version,
            &k.tenant,
            &k.key,
            &k.fingerprint,
            &k.forget,
            &k.event,
            &k.count,
            &k.at,
            &r_tenant,
            &self.r_series,
            &self.r_from,
            &self.r_to,
            &self.n_tenant,
            &self.n_scope,
            &self.n_name,
            &self.n_owner,
        ];
        client.query_one(statement, &params).await?.try_get(0)
    }

    /// What each append came to, after this head; the head then.
    pub(super) fn answers(self, base: i64, jobs: &[Job], foresight: &mut Foresight) -> (i64, Vec<Answer>) {
        for ((tenant, series), value) in self.r_tenant.iter().zip(&self.r_series).zip(&self.r_to) {
            foresight.learn(tenant, series, *value);
        }
        let mut at = base;
        let answers = jobs.iter().zip(self.filled).map(|(job, filled)| {
            let count = job.append.count();
            let first = at + 1;
            at += count as i64;
            Ok(Appended { first, count, filled })
        });
        let answers = answers.collect();
        (at, answers)
    }
}
