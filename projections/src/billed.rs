//! Energy invoices by the month that they bill: what the billing report reads, from its first row to its last.

use crate::list_sql::Sql;
use crate::model::Listed;
use crate::query::{Reads, View, view};
use std::fmt::Write;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::Competence;
use sunledger_store::{Dialect, Param, StoreError};
use uuid::Uuid;

/// Before and after every month, as the column spells them (`YYYY-MM`).
const BEFORE_ALL: &str = "";
const AFTER_ALL: &str = "9";

/// Which energy invoices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BilledQuery {
    /// From this month on; from the beginning where none is named.
    pub first: Option<Competence>,
    /// Up to this month, itself included; to the end where none is named.
    pub last: Option<Competence>,
    /// Of units that got credits from one of these power plants when they were billed; of all units where none is given.
    pub plants: Option<Vec<Uuid>>,
}

/// A place in the report: after the invoice of this month with this number. Neither ever changes, so that who goes
/// on from place to place meets each invoice once, whatever happens to them meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BilledPlace {
    /// The month.
    pub competence: Competence,
    /// The invoice's number.
    pub number: i64,
}

impl BilledPlace {
    /// Right after an invoice; `None` for one that bills no month.
    pub fn after(invoice: &View<Invoice>) -> Option<Self> {
        let energy = invoice.state.energy.as_ref()?;
        Some(Self { competence: energy.billing.bill.competence, number: invoice.number })
    }
}

impl Reads {
    /// Energy invoices in the order of their months, and within a month of their numbers: `limit` of them at most, after a
    /// place. Costs the same everywhere.
    ///
    /// # Errors
    /// The store's.
    pub async fn billed(
        &self,
        tenant: &TenantId,
        query: &BilledQuery,
        after: Option<BilledPlace>,
        limit: usize,
    ) -> Result<Vec<View<Invoice>>, StoreError> {
        let sql = billed_sql(tenant, query, after, limit, self.dialect());
        self.query(&sql.text, sql.params).await?.iter().map(view).collect()
    }
}

fn billed_sql(
    tenant: &TenantId,
    query: &BilledQuery,
    after: Option<BilledPlace>,
    limit: usize,
    dialect: Dialect,
) -> Sql {
    let mut sql = Sql::default();
    let tenant = sql.text(tenant.as_str());
    let (month, number) = match (after, query.first) {
        (Some(place), _) => (place.competence.iso(), place.number),
        // Numbers count from 1.
        (None, Some(first)) => (first.iso(), 0),
        (None, None) => (BEFORE_ALL.to_owned(), 0),
    };
    let (month, number) = (sql.text(&month), sql.param(Param::Int(number)));
    let last = sql.text(&query.last.map_or_else(|| AFTER_ALL.to_owned(), Competence::iso));
    // The index has only rows with a month; the comparisons do not say so clearly enough for every planner.
    let _ = write!(
        sql.text,
        "SELECT t.id, t.number, t.version, t.doc FROM {} t WHERE t.tenant = {tenant} AND t.competence IS NOT NULL \
         AND (t.competence, t.number) > ({month}, {number}) AND t.competence <= {last}",
        Invoice::TABLE.name
    );
    if let Some(plants) = &query.plants {
        let texts = plants.iter().map(Uuid::to_string);
        let _ = match (dialect, plants.as_slice()) {
            // Told apart within the index, in whose order the rows come: no other plant's row is looked at. Before its
            // release 17 Postgres does not do that with a list.
            (Dialect::Postgres, [plant]) => {
                let place = sql.text(&plant.to_string());
                write!(sql.text, " AND t.plant_id = {place}")
            }
            (Dialect::Postgres, _) => {
                let place = sql.param(Param::TextArray(texts.map(|id| Some(Arc::from(id))).collect()));
                write!(sql.text, " AND t.plant_id = ANY ({place})")
            }
            (Dialect::Sqlite, _) => {
                let list = serde_json::Value::from(texts.collect::<Vec<_>>()).to_string();
                let place = sql.text(&list);
                write!(sql.text, " AND t.plant_id IN (SELECT value FROM json_each({place}))")
            }
        };
    }
    let limit = sql.param(Param::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    let _ = write!(sql.text, " ORDER BY t.competence, t.number LIMIT {limit}");
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(query: &BilledQuery, after: Option<BilledPlace>, dialect: Dialect) -> (String, Vec<Param>) {
        let sql = billed_sql(&TenantId::new("acme").unwrap(), query, after, 100, dialect);
        (sql.text, sql.params)
    }

    #[test]
    fn a_report_without_bounds_is_everything() {
        let (text, params) = written(&BilledQuery::default(), None, Dialect::Postgres);
        assert!(text.ends_with("ORDER BY t.competence, t.number LIMIT $5"), "{text}");
        assert_eq!(params[1..4], [Param::Text("".into()), Param::Int(0), Param::Text("9".into())]);
        assert!(!text.contains("plant_id"));
    }

    #[test]
    fn a_report_goes_on_after_its_last_row() {
        let march = Competence::parse("03/2024").unwrap();
        let query = BilledQuery { first: Some(march), last: Some(march.next()), plants: None };
        let (_, params) = written(&query, None, Dialect::Sqlite);
        assert_eq!(
            params[1..4],
            [Param::Text("2024-03".into()), Param::Int(0), Param::Text("2024-04".into())]
        );
        let place = BilledPlace { competence: march.next(), number: 7 };
        let (_, params) = written(&query, Some(place), Dialect::Sqlite);
        assert_eq!(
            params[1..4],
            [Param::Text("2024-04".into()), Param::Int(7), Param::Text("2024-04".into())]
        );
    }

    #[test]
    fn power_plants_are_one_parameter_however_many() {
        let query = BilledQuery { plants: Some(vec![Uuid::nil(), Uuid::max()]), ..BilledQuery::default() };
        for (dialect, part) in [(Dialect::Postgres, "= ANY ($5)"), (Dialect::Sqlite, "json_each($5)")] {
            let (text, params) = written(&query, None, dialect);
            assert!(text.contains(part), "{text}");
            assert_eq!(params.len(), 6);
        }
        let one = BilledQuery { plants: Some(vec![Uuid::nil()]), ..BilledQuery::default() };
        let (text, params) = written(&one, None, Dialect::Postgres);
        assert!(text.contains("plant_id = $5") && params.len() == 6, "{text}");
        let none = BilledQuery { plants: Some(Vec::new()), ..BilledQuery::default() };
        assert_eq!(written(&none, None, Dialect::Sqlite).1[4], Param::Text("[]".into()));
    }
}
