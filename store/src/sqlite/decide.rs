//! One append inside a batch's transaction: first everything is looked at, then everything is written. An append
//! that is refused has written nothing, so that its batch goes on without it.

use crate::fill::{fill_all, label_text};
use crate::{Append, Appended, Filled, KeyClaim, NameClaim, Rejection, StreamId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::sync::Arc;
use sunledger_domain::TenantId;
use uuid::Uuid;

/// What a transaction that failed comes to.
type Sql<T> = rusqlite::Result<T>;

/// Decides on an append: a value for each of its series requests, or the refusal.
pub(super) fn decide(sql: &Connection, append: &Append) -> Sql<Result<Vec<i64>, Rejection>> {
    if let Some(key) = &append.key
        && key_used(sql, &append.tenant, key)?
    {
        return Ok(Err(Rejection::KeyUsed));
    }
    if let Some(conflict) = conflict(sql, append)? {
        return Ok(Err(conflict));
    }
    if let Some(taken) = name_taken(sql, append)? {
        return Ok(Err(taken));
    }
    series_values(sql, append)
}

/// Writes an append that was decided on, after `head`.
pub(super) fn write(sql: &Connection, append: &Append, values: &[i64], head: i64) -> Sql<Appended> {
    let tenant = append.tenant.as_str();
    let requests = append.series.iter().zip(values);
    let filled: Vec<Filled> =
        requests.clone().filter_map(|(request, value)| request.filled(*value)).collect();
    let mut insert = sql.prepare_cached(
        "INSERT INTO events (position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload, metadata, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut count = 0;
    for stream in &append.writes {
        let id = stream.id.as_bytes();
        for (event, sequence) in stream.events.iter().zip(stream.expected + 1..) {
            let payload = fill_all(&event.payload, count, &filled);
            count += 1;
            insert.execute(params![
                head + count as i64,
                tenant,
                &*stream.kind,
                id,
                sequence,
                &*event.event_type,
                &*event.event_version,
                &*payload,
                &*append.metadata,
                append.recorded_at
            ])?;
        }
    }
    for name in &append.release {
        sql.prepare_cached(
            "DELETE FROM names WHERE tenant = ?1 AND scope = ?2 AND name = ?3 AND owner = ?4",
        )?
        .execute(params![tenant, name.scope, name.name, name.owner.as_bytes()])?;
    }
    for name in &append.take {
        take(sql, tenant, name.scope, &name.name, name.owner)?;
    }
    for (request, value) in requests {
        sql.prepare_cached(
            "INSERT INTO series (tenant, series, value) VALUES (?1, ?2, ?3) \
             ON CONFLICT (tenant, series) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![tenant, request.series, value])?;
        if let Some(label) = &request.label {
            take(sql, tenant, label.scope, &label_text(label, *value), append.owner_of(request.event))?;
        }
    }
    if let Some(key) = &append.key {
        sql.prepare_cached(
            "INSERT INTO idempotency_keys (tenant, key, fingerprint, first, count, recorded_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant, key) DO UPDATE SET \
             fingerprint = excluded.fingerprint, first = excluded.first, count = excluded.count, \
             recorded_at = excluded.recorded_at",
        )?
        .execute(params![
            tenant,
            key.key,
            key.fingerprint,
            head + 1,
            count as i64,
            append.recorded_at
        ])?;
    }
    Ok(Appended { first: head + 1, count, filled })
}

fn take(sql: &Connection, tenant: &str, scope: &str, name: &str, owner: Uuid) -> Sql<usize> {
    sql.prepare_cached(
        "INSERT INTO names (tenant, scope, name, owner) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![tenant, scope, name, owner.as_bytes()])
}

fn key_used(sql: &Connection, tenant: &TenantId, key: &KeyClaim) -> Sql<bool> {
    sql.prepare_cached("SELECT 1 FROM idempotency_keys WHERE tenant = ?1 AND key = ?2 AND recorded_at >= ?3")?
        .exists(params![tenant.as_str(), key.key, key.forget_before])
}

fn conflict(sql: &Connection, append: &Append) -> Sql<Option<Rejection>> {
    let tenant = &append.tenant;
    let mut version = sql.prepare_cached(
        "SELECT max(sequence) FROM events WHERE tenant = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3",
    )?;
    let written = append.writes.iter().map(|write| (&write.kind, write.id, write.expected));
    let looked_at = append.unchanged.iter().map(|stream| (&stream.kind, stream.id, stream.version));
    for (kind, id, expected) in written.chain(looked_at) {
        let at: Option<i64> =
            version.query_row(params![tenant.as_str(), &**kind, id.as_bytes()], |row| row.get(0))?;
        if at.unwrap_or(0) != expected {
            let stream = StreamId { tenant: tenant.clone(), kind: Arc::clone(kind), id };
            return Ok(Some(Rejection::Conflict { stream: Some(stream) }));
        }
    }
    let Some(quiet) = &append.quiet else { return Ok(None) };
    let moved = sql
        .prepare_cached(
            "SELECT 1 FROM events INDEXED BY events_by_tenant \
             WHERE tenant = ?1 AND position > ?2 AND aggregate_type = ?3",
        )?
        .exists(params![tenant.as_str(), quiet.after, &*quiet.kind])?;
    Ok(moved.then_some(Rejection::Conflict { stream: None }))
}

/// Who will have a name once this append's releases are done.
fn owner(sql: &Connection, append: &Append, scope: &str, name: &str) -> Sql<Option<Uuid>> {
    let found: Option<[u8; 16]> = sql
        .prepare_cached("SELECT owner FROM names WHERE tenant = ?1 AND scope = ?2 AND name = ?3")?
        .query_row(params![append.tenant.as_str(), scope, name], |row| row.get(0))
        .optional()?;
    let found = found.map(Uuid::from_bytes);
    let same = |claim: &NameClaim| claim.scope == scope && claim.name == name && Some(claim.owner) == found;
    Ok(found.filter(|_| !append.release.iter().any(same)))
}

fn name_taken(sql: &Connection, append: &Append) -> Sql<Option<Rejection>> {
    for (index, claim) in append.take.iter().enumerate() {
        let mine =
            append.take[..index].iter().find(|other| other.scope == claim.scope && other.name == claim.name);
        let owner = match mine {
            Some(other) => Some(other.owner),
            None => owner(sql, append, claim.scope, &claim.name)?,
        };
        if owner.is_some_and(|owner| owner != claim.owner) {
            return Ok(Some(Rejection::NameTaken {
                scope: claim.scope.to_owned(),
                name: claim.name.clone(),
            }));
        }
    }
    Ok(None)
}

fn series_values(sql: &Connection, append: &Append) -> Sql<Result<Vec<i64>, Rejection>> {
    let mut at: HashMap<&str, i64> = HashMap::new();
    let mut labels: Vec<(&str, String)> = Vec::new();
    let mut values = Vec::with_capacity(append.series.len());
    for request in &append.series {
        let mut value = match at.get(request.series.as_str()) {
            Some(value) => *value,
            None => sql
                .prepare_cached("SELECT value FROM series WHERE tenant = ?1 AND series = ?2")?
                .query_row(params![append.tenant.as_str(), request.series], |row| row.get(0))
                .optional()?
                .unwrap_or(0),
        };
        loop {
            let next = value.checked_add(1).filter(|next| request.max.is_none_or(|max| *next <= max));
            let Some(next) = next else {
                return Ok(Err(Rejection::SeriesFull { refusal: request.refusal }));
            };
            value = next;
            let Some(label) = &request.label else { break };
            let text = label_text(label, value);
            let given = labels.iter().any(|(scope, other)| *scope == label.scope && *other == text)
                || append.take.iter().any(|claim| claim.scope == label.scope && claim.name == text);
            if !given && owner(sql, append, label.scope, &text)?.is_none() {
                labels.push((label.scope, text));
                break;
            }
        }
        at.insert(&request.series, value);
        values.push(value);
    }
    Ok(Ok(values))
}
