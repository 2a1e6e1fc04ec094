//! What no tenant asks, but the server itself: whose a key is, which tenants there are, what has fallen due.

use crate::model::Listed;
use crate::query::{Reads, View, malformed, view};
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_domain::api_key::ApiKey;
use sunledger_domain::tenant::Tenant;
use sunledger_store::{Dialect, Param, StoreError};
use uuid::Uuid;

/// An invoice whose due date is past.
#[derive(Debug, Clone)]
pub struct FallenDue {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: Uuid,
    due_date: Arc<str>,
    number: i64,
}

impl Reads {
    /// The API key with this hash, of whatever tenant: the one query that finds the tenant.
    ///
    /// # Errors
    /// The store's.
    pub async fn key_by_hash(&self, hash: &str) -> Result<Option<(TenantId, View<ApiKey>)>, StoreError> {
        let table = ApiKey::TABLE;
        let Some(column) = table.lookup else { return Ok(None) };
        let sql = format!(
            "SELECT id, number, version, doc, tenant FROM {} WHERE {column} = $1 LIMIT 1",
            table.name
        );
        let rows = self.query(&sql, vec![Param::Text(hash.into())]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        match row.0.last() {
            Some(Param::Text(tenant)) => {
                let tenant = TenantId::new(tenant).map_err(|_| malformed(table.name))?;
                Ok(Some((tenant, view(row)?)))
            }
            _ => Err(malformed(table.name)),
        }
    }

    /// Tenants, in the order of their ids, after one of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn tenants(&self, after: &str, limit: u64) -> Result<Vec<TenantId>, StoreError> {
        let sql = "SELECT tenant FROM tenants WHERE tenant > $1 ORDER BY tenant LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query(sql, vec![Param::Text(after.into()), Param::Int(limit)]).await?;
        rows.iter()
            .map(|row| match row.0.first() {
                Some(Param::Text(tenant)) => TenantId::new(tenant).map_err(|_| malformed("tenants")),
                _ => Err(malformed("tenants")),
            })
            .collect()
    }

    /// Sandboxes, in the order of their ids, after one of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn sandboxes(&self, after: &str, limit: u64) -> Result<Vec<(TenantId, Tenant)>, StoreError> {
        let sql = "SELECT id, number, version, doc, tenant FROM tenants
            WHERE epoch IS NOT NULL AND tenant > $1 ORDER BY tenant LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query(sql, vec![Param::Text(after.into()), Param::Int(limit)]).await?;
        rows.iter()
            .map(|row| match row.0.last() {
                Some(Param::Text(tenant)) => {
                    let tenant = TenantId::new(tenant).map_err(|_| malformed("tenants"))?;
                    Ok((tenant, view::<Tenant>(row)?.state))
                }
                _ => Err(malformed("tenants")),
            })
            .collect()
    }

    /// The time zones of all tenants.
    ///
    /// # Errors
    /// The store's.
    pub async fn time_zones(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.query("SELECT DISTINCT time_zone FROM tenants", Vec::new()).await?;
        rows.iter()
            .map(|row| match row.0.first() {
                Some(Param::Text(zone)) => Ok(zone.to_string()),
                _ => Err(malformed("tenants")),
            })
            .collect()
    }

    /// Invoices, of all tenants in these time zones, that wait for a payment, whose due date is before `today`, and that are
    /// not overdue yet; by tenant and due date, after one of them. Costs a look into one index for each tenant.
    ///
    /// # Errors
    /// The store's.
    pub async fn fallen_due(
        &self,
        today: &str,
        zones: &[String],
        after: Option<&FallenDue>,
        limit: u64,
    ) -> Result<Vec<FallenDue>, StoreError> {
        let (sql, zones) = match self.dialect() {
            Dialect::Postgres => {
                let zones = zones.iter().map(|zone| Some(zone.as_str().into())).collect();
                (include_str!("sql/fallen_due_postgres.sql"), Param::TextArray(zones))
            }
            Dialect::Sqlite => {
                let zones = serde_json::Value::from(zones).to_string();
                (include_str!("sql/fallen_due_sqlite.sql"), Param::Text(zones.into()))
            }
        };
        let params = vec![
            Param::Text(today.into()),
            zones,
            Param::Text(after.map_or("", |after| after.tenant.home_str()).into()),
            Param::Text(after.map_or("".into(), |after| after.due_date.clone())),
            Param::Int(after.map_or(0, |after| after.number)),
            Param::Int(i64::try_from(limit).unwrap_or(i64::MAX)),
        ];
        let rows = self.query(sql, params).await?;
        rows.iter()
            .map(|row| match row.0.as_slice() {
                [Param::Text(tenant), Param::Uuid(id), Param::Text(due_date), Param::Int(number)] => {
                    let tenant = TenantId::stored(tenant).map_err(|_| malformed("invoices"))?;
                    Ok(FallenDue { tenant, id: *id, due_date: due_date.clone(), number: *number })
                }
                _ => Err(malformed("invoices")),
            })
            .collect()
    }
}
