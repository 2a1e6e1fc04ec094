//! Look-ups by id that are asked for at the same time go to Postgres together: one round trip, and one statement, costs
//! there and here about as much for thirty rows as for one.
//!
//! Nobody waits for company. A look-up that finds a lane free leaves at once, with all that has come up in the same turn of
//! the runtime; what comes while all lanes are under way leaves with the first that returns. So every look-up is asked
//! after it was wanted, and shows what was answered before it.

use crate::model::Table;
use crate::projector::Inner;
use crate::query::{Ask, ask};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Param, Row, StoreError};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Queries of one table under way at a time.
const LANES: usize = 2;
/// Look-ups in one query at most: documents can be large.
const MOST: usize = 32;
/// From so many on it is worth looking for those whose caller gave up: the database may be away.
const CROWD: usize = 10_000;

/// The look-ups that are waiting, by table.
#[derive(Default)]
pub(crate) struct LookUps(Mutex<HashMap<&'static str, Desk>>);

#[derive(Default)]
struct Desk {
    waiting: Vec<Wanted>,
    lanes: usize,
}

struct Wanted {
    tenant: TenantId,
    id: Uuid,
    found: oneshot::Sender<Result<Option<Row>, StoreError>>,
}

impl Desk {
    fn forget_the_gone(&mut self) {
        self.waiting.retain(|wanted| !wanted.found.is_closed());
    }
}

impl LookUps {
    fn desks(&self) -> MutexGuard<'_, HashMap<&'static str, Desk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a look-up to the others; true where a lane is free.
    fn put(&self, table: &'static str, wanted: Wanted) -> bool {
        let mut desks = self.desks();
        let desk = desks.entry(table).or_default();
        if desk.waiting.len() >= CROWD {
            desk.forget_the_gone();
        }
        desk.waiting.push(wanted);
        let free = desk.lanes < LANES;
        desk.lanes += usize::from(free);
        free
    }

    fn take(&self, table: &'static str) -> Vec<Wanted> {
        let mut desks = self.desks();
        let desk = desks.entry(table).or_default();
        desk.forget_the_gone();
        let count = desk.waiting.len().min(MOST);
        let wanted = desk.waiting.drain(..count).collect::<Vec<_>>();
        // Under the same lock: whoever comes now finds the lane free.
        desk.lanes -= usize::from(wanted.is_empty());
        wanted
    }
}

/// A row by its id: id, number, version, document, and the document of the row that it links to (NULL where there is
/// none).
pub(crate) async fn look_up(
    inner: &Arc<Inner>,
    table: &'static Table,
    tenant: &TenantId,
    id: Uuid,
) -> Result<Option<Row>, StoreError> {
    let dialect = inner.live.known().db.dialect();
    if dialect == Dialect::Sqlite {
        let params = vec![Param::Text(tenant.as_str().into()), Param::Uuid(id)];
        return Ok(ask(inner, Ask::Query, &sql(table, dialect), params).await?.into_iter().next());
    }
    let (found, answer) = oneshot::channel();
    if inner.look_ups.put(table.name, Wanted { tenant: tenant.clone(), id, found }) {
        // A task of its own: it goes on for the others where this caller goes away.
        tokio::spawn(lane(inner.clone(), table, sql(table, dialect)));
    }
    answer.await.unwrap_or_else(|_| Err(StoreError::Failed("a look-up was given up".into())))
}

async fn lane(inner: Arc<Inner>, table: &'static Table, sql: String) {
    loop {
        // The tasks that are ready go first: what they look up comes along.
        tokio::task::yield_now().await;
        let wanted = inner.look_ups.take(table.name);
        if wanted.is_empty() {
            return;
        }
        let tenants = wanted.iter().map(|wanted| Some(wanted.tenant.as_str().into())).collect();
        let ids = wanted.iter().map(|wanted| wanted.id).collect();
        let asked =
            ask(&inner, Ask::Query, &sql, vec![Param::TextArray(tenants), Param::UuidArray(ids)]).await;
        let mut rows = asked.map(by_place);
        for (wanted, place) in wanted.into_iter().zip(1..) {
            let found = match &mut rows {
                Ok(rows) => Ok(rows.remove(&place)),
                Err(error) => Err(error.clone()),
            };
            // Its caller may be gone.
            let _ = wanted.found.send(found);
        }
    }
}

fn by_place(rows: Vec<Row>) -> HashMap<i64, Row> {
    let place = |row: &Row| match row.0.last() {
        Some(Param::Int(place)) => Some(*place),
        _ => None,
    };
    rows.into_iter().filter_map(|row| Some((place(&row)?, row))).collect()
}

/// Postgres looks up each of its rows by the index, whatever it knows of the table's size: the plan is kept, and the table
/// grows.
fn sql(table: &Table, dialect: Dialect) -> String {
    let name = table.name;
    let (linked, join) = match table.link {
        None => ("NULL", String::new()),
        Some(link) => {
            let (other, column) = (link.table, link.column);
            ("l.doc", format!("LEFT JOIN {other} l ON l.tenant = t.tenant AND l.id = t.{column} "))
        }
    };
    let row = |tenant: &str, id: &str| {
        format!(
            "SELECT t.id, t.number, t.version, t.doc, {linked} AS linked FROM {name} t {join}\
             WHERE t.tenant = {tenant} AND t.id = {id} LIMIT 1"
        )
    };
    match dialect {
        Dialect::Sqlite => row("$1", "$2"),
        Dialect::Postgres => format!(
            "SELECT f.id, f.number, f.version, f.doc, f.linked, w.place \
             FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS w (tenant, id, place), LATERAL ({}) AS f",
            row("w.tenant COLLATE \"C\"", "w.id")
        ),
    }
}
