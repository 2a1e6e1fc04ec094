//! Amounts that are added up as the log is followed, beside the counters: what each client has paid, what each
//! installation has produced. Exact, to as many decimals as any of them has, and in three counters each, so that no number of
//! rows at the largest amounts can outgrow 64 bits: one that could would stop the read models for everybody.

use crate::list_sql::Sql;
use crate::model::{Listed, Table};
use crate::query::Reads;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use sunledger_domain::TenantId;
use sunledger_domain::invoice::Invoice;
use sunledger_store::{Param, StoreError};
use uuid::Uuid;

/// Decimals of an amount: as many as a reading may have.
const DECIMALS: u32 = 15;
/// Units of a counter that are one of the next.
const NEXT: i128 = 10_000_000_000;
/// The counters' names behind the key, the lowest first.
const PARTS: [&str; 3] = [";0", ";1", ";2"];
/// Sums that are read by one query.
const AT_ONCE: usize = 50;

/// What the keys of what a client has paid begin with; the currency ends them.
pub(crate) fn paid_by(client: Uuid) -> String {
    format!("paid;{client};")
}

/// The key of what an installation has produced, kWh.
pub(crate) fn produced_by(installation: Uuid) -> String {
    format!("produced;{installation}")
}

/// What an amount adds to which counters.
pub(crate) fn parts(key: &str, amount: Decimal) -> [(String, i64); 3] {
    // At most 10^15 and 15 decimals: far within 128 bits.
    let scale = 10_i128.pow(DECIMALS.saturating_sub(amount.scale()));
    let units = amount.mantissa().saturating_mul(scale);
    let above = units.div_euclid(NEXT);
    let values = [units.rem_euclid(NEXT), above.rem_euclid(NEXT), above.div_euclid(NEXT)];
    std::array::from_fn(|index| {
        (format!("{key}{}", PARTS[index]), i64::try_from(values[index]).unwrap_or(i64::from(i32::MAX)))
    })
}

/// The amount that three counters make.
fn whole(parts: [i64; 3]) -> Option<Decimal> {
    let mut units: i128 = 0;
    for part in parts.into_iter().rev() {
        units = units.checked_mul(NEXT)?.checked_add(i128::from(part))?;
    }
    let mut scale = DECIMALS;
    while scale > 0 && units % 10 == 0 {
        (units, scale) = (units / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(units, scale).ok()
}

/// Which counter a key is of, and the sum's own key.
fn part_of(key: &str) -> Option<(&str, usize)> {
    PARTS.iter().enumerate().find_map(|(index, part)| Some((key.strip_suffix(part)?, index)))
}

impl Reads {
    /// The sum of what stands under some keys of a table's sums.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn sum(
        &self,
        tenant: &TenantId,
        table: &Table,
        keys: &[String],
    ) -> Result<Decimal, StoreError> {
        let mut sum = [0_i64; 3];
        for keys in keys.chunks(AT_ONCE) {
            let mut sql = Sql::default();
            let (tenant, model) = (sql.text(tenant.as_str()), sql.text(table.name));
            let places: Vec<String> = keys
                .iter()
                .flat_map(|key| PARTS.map(|part| format!("{key}{part}")))
                .map(|key| sql.text(&key))
                .collect();
            let text = format!(
                "SELECT key, value FROM counters WHERE tenant = {tenant} AND model = {model} AND key IN ({})",
                places.join(", ")
            );
            for row in self.query(&text, sql.params).await? {
                let [Param::Text(key), Param::Int(value)] = row.0.as_slice() else { continue };
                if let Some((_, part)) = part_of(key) {
                    sum[part] = sum[part].saturating_add(*value);
                }
            }
        }
        whole(sum).ok_or_else(|| StoreError::Damaged(format!("a sum of {}", table.name)))
    }

    /// What a client has paid, less what was reversed, by the code of the currency; whatever surface the payments came
    /// through. One short range of the counters.
    ///
    /// # Errors
    /// The store's.
    pub async fn paid_by(
        &self,
        tenant: &TenantId,
        client: Uuid,
    ) -> Result<BTreeMap<String, Decimal>, StoreError> {
        const SQL: &str =
            "SELECT key, value FROM counters WHERE tenant = $1 AND model = $2 AND key >= $3 AND key < $4";
        let from = paid_by(client);
        // Everything that begins with it, and nothing else: `<` comes right after `;`.
        let until = format!("{}<", from.trim_end_matches(';'));
        let params = vec![
            Param::Text(tenant.as_str().into()),
            Param::Text(Invoice::TABLE.name.into()),
            Param::Text(from.as_str().into()),
            Param::Text(until.into()),
        ];
        let mut counters: BTreeMap<String, [i64; 3]> = BTreeMap::new();
        for row in self.query(SQL, params).await? {
            let [Param::Text(key), Param::Int(value)] = row.0.as_slice() else { continue };
            let Some((currency, part)) = key.strip_prefix(from.as_str()).and_then(part_of) else { continue };
            counters.entry(currency.to_owned()).or_default()[part] = *value;
        }
        let sums = counters.into_iter().map(|(currency, parts)| {
            let sum = whole(parts)
                .ok_or_else(|| StoreError::Damaged(format!("what client {client} has paid in {currency}")))?;
            Ok((currency, sum))
        });
        sums.filter(|sum| !matches!(sum, Ok((_, sum)) if sum.is_zero())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_in_three_counters() {
        let parts = parts("paid;x;BRL", "123456789012.34".parse().unwrap());
        let named: Vec<(&str, i64)> = parts.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        assert_eq!(
            named,
            [("paid;x;BRL;0", 0), ("paid;x;BRL;1", 8_901_234_000), ("paid;x;BRL;2", 1_234_567)]
        );
        assert_eq!(part_of("paid;x;BRL;1"), Some(("paid;x;BRL", 1)));
        assert_eq!(part_of("status=sent"), None);
    }

    #[test]
    fn sums_are_exact() {
        let (mut counters, mut sum) = ([0_i64; 3], Decimal::ZERO);
        let mut add = |amount: Decimal| {
            for (counter, (_, value)) in counters.iter_mut().zip(parts("k", amount)) {
                *counter += value;
            }
            sum += amount;
            (counters, sum)
        };
        let mut odd = 1_u64;
        for scale in (0..=15).cycle().take(1_000) {
            odd = odd.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let units = i64::try_from(odd >> 24).unwrap();
            let (counters, sum) = add(Decimal::new(units, scale) - Decimal::from(1_000));
            assert_eq!(whole(counters), Some(sum));
        }
        let (_, sum) = add(Decimal::ZERO);
        assert_eq!(whole(add(-sum).0), Some(Decimal::ZERO));
    }

    #[test]
    fn the_largest_amounts_fit() {
        let largest: Decimal = "999999999999999.99".parse().unwrap();
        let many = parts("k", largest).map(|(_, value)| value * 900_000);
        assert_eq!(whole(many), Some(largest * Decimal::from(900_000)));
    }
}
