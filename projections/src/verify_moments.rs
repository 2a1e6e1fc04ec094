//! The moments of the books ([`crate::books`]) against those of a fresh fold: too many to be read at once as the counters are, and
//! the newest of them move while they are compared. So they are gone through page by page, and one that differs is read again
//! together with the checkpoint that it belongs to, and compared at exactly that position.

use crate::catch_up::catch_up;
use crate::fold::Folder;
use crate::generation::Generation;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use sunledger_store::{Log, Param, StoreError};

/// Moments compared at a time.
const PAGE: i64 = 5_000;
/// How often one that moves is looked at again.
const ROUNDS: u32 = 50;

/// Tenant, model and key.
type Key = (String, String, String);
type Moments = BTreeMap<Key, i64>;

const COLUMNS: &str = "SELECT tenant, model, key, value FROM moments";
const ORDER: &str = "ORDER BY tenant, model, key";

/// Compares them all.
///
/// # Errors
/// `Damaged` with the first difference.
pub(crate) async fn compare(
    log: &Log,
    folder: &Folder,
    live: &Generation,
    fresh: &Generation,
) -> Result<(), StoreError> {
    let mut after: Key = Default::default();
    loop {
        let page = format!("{COLUMNS} WHERE (tenant, model, key) > ($1, $2, $3) {ORDER} LIMIT $4");
        let mut params = texts(&after);
        params.push(Param::Int(PAGE));
        let ours = read(fresh, &page, params).await?;
        let last = ours.keys().next_back().cloned();
        let theirs = match &last {
            Some(last) => {
                let range = format!(
                    "{COLUMNS} WHERE (tenant, model, key) > ($1, $2, $3) AND (tenant, model, key) <= ($4, $5, $6) {ORDER}"
                );
                read(live, &range, [texts(&after), texts(last)].concat()).await?
            }
            None => {
                let rest = format!("{COLUMNS} WHERE (tenant, model, key) > ($1, $2, $3) {ORDER}");
                read(live, &rest, texts(&after)).await?
            }
        };
        let keys: BTreeSet<&Key> = ours.keys().chain(theirs.keys()).collect();
        for key in keys {
            if ours.get(key).unwrap_or(&0) != theirs.get(key).unwrap_or(&0) {
                compare_one(log, folder, live, fresh, key).await?;
            }
        }
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

async fn compare_one(
    log: &Log,
    folder: &Folder,
    live: &Generation,
    fresh: &Generation,
    key: &Key,
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let (at, theirs) = value(live, key).await?;
        if catch_up(fresh, log, folder, at, &|_| {}).await? != at {
            // The fresh fold had been further already: look again when the live one has come up to it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        let (_, ours) = value(fresh, key).await?;
        if ours == theirs {
            return Ok(());
        }
        let (tenant, model, key) = key;
        return Err(StoreError::Damaged(format!(
            "the moment {key} of {model} in tenant {tenant} is {theirs}, the log says {ours}"
        )));
    }
    Err(StoreError::Unavailable("the books moved too fast to be compared".into()))
}

/// A moment's value, 0 where there is none, and the checkpoint that it belongs to.
async fn value(generation: &Generation, key: &Key) -> Result<(i64, i64), StoreError> {
    const ONE: &str = "SELECT c.position, coalesce((SELECT m.value FROM moments m \
        WHERE m.tenant = $1 AND m.model = $2 AND m.key = $3), 0) FROM checkpoint c WHERE c.one = 1";
    let rows = generation.db.query(ONE, texts(key)).await?;
    match rows.first().map(|row| row.0.as_slice()) {
        Some([Param::Int(at), Param::Int(value)]) => Ok((*at, *value)),
        _ => Err(StoreError::Damaged("a moment has other columns than expected".into())),
    }
}

async fn read(generation: &Generation, sql: &str, params: Vec<Param>) -> Result<Moments, StoreError> {
    let rows = generation.db.query(sql, params).await?;
    let moment = |row: &sunledger_store::Row| match row.0.as_slice() {
        [Param::Text(tenant), Param::Text(model), Param::Text(key), Param::Int(value)] => {
            Some(((tenant.to_string(), model.to_string(), key.to_string()), *value))
        }
        _ => None,
    };
    Ok(rows.iter().filter_map(moment).collect())
}

fn texts((tenant, model, key): &Key) -> Vec<Param> {
    [tenant, model, key].map(|text| Param::Text(text.as_str().into())).to_vec()
}
