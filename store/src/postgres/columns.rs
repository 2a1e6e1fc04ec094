//! A batch as the arrays that `append_batch_2` takes, and its answer.

use super::foreseen::Foresight;
use crate::fill::{json_inner, places};
use crate::queue::{Answer, Job};
use crate::{Append, AppendError, Appended, Rejection, StoreError, StreamId, StreamWrite, Unchanged};
use foldhash::HashMap;
use std::borrow::Cow;
use std::sync::Arc;
use sunledger_domain::Label;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

/// Calls `append_batch_2`; its parameters' types follow from the function's.
pub(super) const CALL: &str = "SELECT base, bad, why, what, s_value FROM append_batch_2(\
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, \
    $47, $48, $49, $50, $51)";

/// Events, in order.
#[derive(Default)]
pub(super) struct Events<'j> {
    pub(super) tenant: Vec<&'j str>,
    pub(super) kind: Vec<&'j str>,
    pub(super) id: Vec<Uuid>,
    pub(super) seq: Vec<i64>,
    pub(super) first: Vec<bool>,
    pub(super) event_type: Vec<&'j str>,
    pub(super) version: Vec<&'j str>,
    pub(super) payload: Vec<Cow<'j, str>>,
    pub(super) meta: Vec<&'j str>,
    pub(super) at: Vec<i64>,
}

impl<'j> Events<'j> {
    pub(super) fn len(&self) -> usize {
        self.id.len()
    }

    /// Adds a write's event, with this payload.
    pub(super) fn push(
        &mut self,
        append: &'j Append,
        write: &'j StreamWrite,
        index: usize,
        payload: Cow<'j, str>,
    ) {
        let Some(event) = write.events.get(index) else { return };
        self.tenant.push(append.tenant.as_str());
        self.kind.push(&write.kind);
        self.id.push(write.id);
        self.seq.push(write.expected + 1 + index as i64);
        self.first.push(index == 0);
        self.event_type.push(&event.event_type);
        self.version.push(&event.event_version);
        self.payload.push(payload);
        self.meta.push(&append.metadata);
        self.at.push(append.recorded_at);
    }
}

/// Streams looked at, each with the version seen, and once.
#[derive(Default)]
pub(super) struct Looks<'j> {
    pub(super) tenant: Vec<&'j str>,
    pub(super) kind: Vec<&'j str>,
    pub(super) id: Vec<Uuid>,
    pub(super) version: Vec<i64>,
    numbers: HashMap<(&'j str, &'j str, Uuid, i64), i32>,
}

impl<'j> Looks<'j> {
    /// Adds a stream that is not there yet; its number, from 1.
    pub(super) fn add(&mut self, tenant: &'j str, stream: &'j Unchanged) -> i32 {
        let next = ordinal(self.id.len());
        let number = *self.numbers.entry((tenant, &*stream.kind, stream.id, stream.version)).or_insert(next);
        if number == next {
            self.tenant.push(tenant);
            self.kind.push(&stream.kind);
            self.id.push(stream.id);
            self.version.push(stream.version);
        }
        number
    }
}

/// Idempotency keys.
#[derive(Default)]
pub(super) struct Keys<'j> {
    pub(super) tenant: Vec<&'j str>,
    pub(super) key: Vec<&'j str>,
    pub(super) fingerprint: Vec<&'j [u8]>,
    pub(super) forget: Vec<i64>,
    pub(super) event: Vec<i32>,
    pub(super) count: Vec<i64>,
    pub(super) at: Vec<i64>,
}

impl<'j> Keys<'j> {
    /// Adds an append's key, if it has one; its `count` events stand after so many others.
    pub(super) fn add(&mut self, append: &'j Append, before: usize, count: usize) -> bool {
        let Some(key) = &append.key else { return false };
        self.tenant.push(append.tenant.as_str());
        self.key.push(&key.key);
        self.fingerprint.push(&key.fingerprint);
        self.forget.push(key.forget_before);
        self.event.push(ordinal(before));
        self.count.push(count as i64);
        self.at.push(append.recorded_at);
        true
    }
}

/// The arrays. See `append_2.sql` for what each is.
#[derive(Default)]
pub(super) struct Columns<'j> {
    e_a: Vec<i32>,
    events: Events<'j>,
    looks: Looks<'j>,
    w_a: Vec<i32>,
    w_u: Vec<i32>,
    q_a: Vec<i32>,
    q_tenant: Vec<&'j str>,
    q_kind: Vec<&'j str>,
    q_after: Vec<i64>,
    k_a: Vec<i32>,
    keys: Keys<'j>,
    n_a: Vec<i32>,
    n_take: Vec<bool>,
    n_tenant: Vec<&'j str>,
    n_scope: Vec<&'j str>,
    n_name: Vec<&'j str>,
    n_owner: Vec<Uuid>,
    r_tenant: Vec<&'j str>,
    r_series: Vec<&'j str>,
    l_prefix: Vec<&'j str>,
    l_json: Vec<String>,
    l_width: Vec<i32>,
    l_scope: Vec<&'j str>,
    s_a: Vec<i32>,
    s_series: Vec<i32>,
    s_nth: Vec<i64>,
    s_max: Vec<Option<i64>>,
    s_event: Vec<i32>,
    s_label: Vec<Option<i32>>,
    f_event: Vec<i32>,
    f_request: Vec<i32>,
    f_rest: Vec<&'j str>,
}

/// What appends share, by what it is: its number in the arrays, counted as Postgres does.
#[derive(Default)]
struct Shared<'j> {
    /// Series, and how many values of each the batch asks for.
    series: HashMap<(&'j str, &'j str), (i32, i64)>,
    /// Labels: prefix, width, scope.
    labels: HashMap<(&'j str, u8, &'j str), i32>,
}

impl<'j> Columns<'j> {
    pub(super) fn of(jobs: &'j [Job]) -> Self {
        let mut columns = Self::default();
        let mut shared = Shared::default();
        for (job, a) in jobs.iter().zip(1..) {
            columns.add(&mut shared, job, a);
        }
        columns
    }

    fn add(&mut self, shared: &mut Shared<'j>, job: &'j Job, a: i32) {
        let append = &job.append;
        let tenant = append.tenant.as_str();
        let before = self.e_a.len();
        for write in &append.writes {
            for (index, event) in write.events.iter().enumerate() {
                self.e_a.push(a);
                let payload = self.payload(append, self.e_a.len() - 1 - before, &event.payload);
                self.events.push(append, write, index, payload.into());
            }
        }
        for stream in &append.unchanged {
            self.w_a.push(a);
            self.w_u.push(self.looks.add(tenant, stream));
        }
        if let Some(quiet) = &append.quiet {
            self.q_a.push(a);
            self.q_tenant.push(tenant);
            self.q_kind.push(&quiet.kind);
            self.q_after.push(quiet.after);
        }
        if self.keys.add(append, before, self.e_a.len() - before) {
            self.k_a.push(a);
        }
        let releases = append.release.iter().map(|name| (false, name));
        for (take, name) in releases.chain(append.take.iter().map(|name| (true, name))) {
            self.n_a.push(a);
            self.n_take.push(take);
            self.n_tenant.push(tenant);
            self.n_scope.push(name.scope);
            self.n_name.push(&name.name);
            self.n_owner.push(name.owner);
        }
        for request in &append.series {
            let next = ordinal(self.r_series.len());
            let (number, nth) = shared.series.entry((tenant, request.series.as_str())).or_insert((next, 0));
            *nth += 1;
            self.s_a.push(a);
            self.s_series.push(*number);
            self.s_nth.push(*nth);
            if *number == next {
                self.r_tenant.push(tenant);
                self.r_series.push(&request.series);
            }
            self.s_max.push(request.max);
            self.s_event.push(ordinal(before + request.event));
            let label = request.label.as_ref().map(|label| self.label(shared, label));
            self.s_label.push(label);
        }
    }

    /// The payload of an append's event up to where the first value goes in; the rest, cut where the others do, is noted.
    /// Comes before the append's requests.
    fn payload(&mut self, append: &'j Append, event: usize, payload: &'j str) -> &'j str {
        let places = places(&append.series, event, payload);
        let first = places.first().map_or(payload.len(), |place| place.from);
        let nexts = places.iter().skip(1).map(|place| place.from).chain([payload.len()]);
        for (place, next) in places.iter().zip(nexts) {
            self.f_event.push(ordinal(self.events.len()));
            self.f_request.push(ordinal(self.s_a.len() + place.request));
            self.f_rest.push(&payload[place.to..next]);
        }
        &payload[..first]
    }

    fn label(&mut self, shared: &mut Shared<'j>, label: &'j Label) -> i32 {
        let next = ordinal(self.l_prefix.len());
        let number = *shared.labels.entry((label.prefix.as_str(), label.width, label.scope)).or_insert(next);
        if number == next {
            self.l_prefix.push(&label.prefix);
            self.l_json.push(json_inner(&label.prefix));
            self.l_width.push(i32::from(label.width));
            self.l_scope.push(label.scope);
        }
        number
    }

    pub(super) async fn call(
        &self,
        client: &Client,
        statement: &Statement,
        careful: bool,
    ) -> Result<Row, tokio_postgres::Error> {
        let c = self;
        let params: [&(dyn ToSql + Sync); 51] = [
            &c.e_a,
            &c.events.tenant,
            &c.events.kind,
            &c.events.id,
            &c.events.seq,
            &c.events.first,
            &c.events.event_type,
            &c.events.version,
            &c.events.payload,
            &c.events.meta,
            &c.events.at,
            &c.looks.tenant,
            &c.looks.kind,
            &c.looks.id,
            &c.looks.version,
            &c.w_a,
            &c.w_u,
            &c.q_a,
            &c.q_tenant,
            &c.q_kind,
            &c.q_after,
            &c.k_a,
            &c.keys.tenant,
            &c.keys.key,
            &c.keys.fingerprint,
            &c.keys.forget,
            &c.keys.event,
            &c.keys.count,
            &c.keys.at,
            &c.n_a,
            &c.n_take,
            &c.n_tenant,
            &c.n_scope,
            &c.n_name,
            &c.n_owner,
            &c.r_tenant,
            &c.r_series,
            &c.l_prefix,
            &c.l_json,
            &c.l_width,
            &c.l_scope,
            &c.s_a,
            &c.s_series,
            &c.s_nth,
            &c.s_max,
            &c.s_event,
            &c.s_label,
            &c.f_event,
            &c.f_request,
            &c.f_rest,
            &careful,
        ];
        client.query_one(statement, &params).await
    }

    /// The stream behind a refusal's number.
    fn stream(&self, why: i32, what: usize, job: &Job) -> Option<StreamId> {
        let (kind, id) = match why {
            2 => (self.events.kind.get(what)?, self.events.id.get(what)?),
            3 => (self.looks.kind.get(what)?, self.looks.id.get(what)?),
            _ => return None,
        };
        Some(StreamId { tenant: job.append.tenant.clone(), kind: Arc::from(*kind), id: *id })
    }

    fn rejection(&self, why: i32, what: usize, job: &Job, first_series: usize) -> Option<Rejection> {
        Some(match why {
            1 => Rejection::KeyUsed,
            2..=4 => Rejection::Conflict { stream: self.stream(why, what, job) },
            5 => Rejection::NameTaken {
                scope: (*self.n_scope.get(what)?).to_owned(),
                name: (*self.n_name.get(what)?).to_owned(),
            },
            6 => Rejection::SeriesFull {
                refusal: job.append.series.get(what.checked_sub(first_series)?)?.refusal,
            },
            _ => return None,
        })
    }

    /// Reads the answer; the head after it, and one answer per job.
    pub(super) fn answers(
        &self,
        jobs: &[Job],
        row: &Row,
        foresight: &mut Foresight,
    ) -> Result<(i64, Vec<Answer>), StoreError> {
        let base: i64 = super::rows::get(row, 0)?;
        let bad: Vec<i32> = super::rows::get(row, 1)?;
        let why: Vec<i32> = super::rows::get(row, 2)?;
        let what: Vec<i32> = super::rows::get(row, 3)?;
        let values: Vec<Option<i64>> = super::rows::get(row, 4)?;
        let mut refusals: Vec<Option<(i32, usize)>> = vec![None; jobs.len()];
        for ((bad, why), what) in bad.iter().zip(why).zip(what) {
            let unknown = || StoreError::Damaged("the log refused what is not in the batch".into());
            let index = usize::try_from(*bad - 1).map_err(|_| unknown())?;
            let what = usize::try_from(what - 1).map_err(|_| unknown())?;
            refusals.get_mut(index).ok_or_else(unknown)?.get_or_insert((why, what));
        }
        let mut at = base;
        let mut series = 0;
        let mut answers = Vec::with_capacity(jobs.len());
        for (job, refusal) in jobs.iter().zip(refusals) {
            let requests = &job.append.series;
            let given = values.get(series..series + requests.len()).unwrap_or_default();
            let answer = match refusal {
                Some((why, what)) => match self.rejection(why, what, job, series) {
                    Some(rejection) => Err(AppendError::Rejected(rejection)),
                    None => return Err(StoreError::Damaged("the log refused for an unknown reason".into())),
                },
                None => {
                    let count = job.append.count();
                    let tenant = &job.append.tenant;
                    let mut filled = Vec::with_capacity(requests.len());
                    for (request, value) in requests.iter().zip(given) {
                        let Some(value) = *value else { continue };
                        foresight.learn(tenant, &request.series, value);
                        filled.extend(request.filled(value));
                    }
                    let first = at + 1;
                    at += count as i64;
                    Ok(Appended { first, count, filled })
                }
            };
            series += requests.len();
            answers.push(answer);
        }
        Ok((at, answers))
    }
}

/// An index as Postgres counts.
fn ordinal(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}
