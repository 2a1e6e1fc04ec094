//! Amounts that are added up as the log is followed, beside the counters: what each client has paid. Exact, in
//! millionths, and in two counters each, so that no number of rows at the largest amounts can outgrow 64 bits: one that
//! could would stop the read models for everybody.

use crate::model::Listed;
use crate::query::Reads;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use sunledger_domain::TenantId;
use sunledger_domain::invoice::Invoice;
use sunledger_store::{Param, StoreError};
use uuid::Uuid;

/// Decimals of an amount: more than any currency has, and as many as energy.
const DECIMALS: u32 = 6;
/// Units of the lower counter that are one of the upper one.
const UPPER: i128 = 10_000_000_000;

/// What the keys of what a client has paid begin with; the currency ends them.
pub(crate) fn paid_by(client: Uuid) -> String {
    format!("paid;{client};")
}

/// What an amount adds to which counters.
pub(crate) fn parts(key: &str, amount: Decimal) -> [(String, i64); 2] {
    let mut exact = amount;
    exact.rescale(DECIMALS);
    let units = exact.mantissa();
    // An amount has 96 bits; one that were out of the range of amounts would count for the most there is.
    let upper = i64::try_from(units.div_euclid(UPPER)).unwrap_or(i64::from(i32::MAX));
    let lower = i64::try_from(units.rem_euclid(UPPER)).unwrap_or_default();
    [(format!("{key};upper"), upper), (format!("{key};lower"), lower)]
}

/// The amount that two counters make.
fn whole(upper: i64, lower: i64) -> Option<Decimal> {
    let units = i128::from(upper).checked_mul(UPPER)?.checked_add(i128::from(lower))?;
    Decimal::try_from_i128_with_scale(units, DECIMALS).ok()
}

impl Reads {
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
        let mut counters: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for row in self.query(SQL, params).await? {
            let [Param::Text(key), Param::Int(value)] = row.0.as_slice() else { continue };
            let key = key.strip_prefix(from.as_str()).and_then(|rest| rest.split_once(';'));
            let Some((currency, part)) = key else { continue };
            let (upper, lower) = counters.entry(currency.to_owned()).or_default();
            *(if part == "upper" { upper } else { lower }) = *value;
        }
        let sums = counters.into_iter().map(|(currency, (upper, lower))| {
            let sum = whole(upper, lower)
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
    fn an_amount_is_in_two_counters() {
        let amount: Decimal = "123456789012.34".parse().unwrap();
        assert_eq!(
            parts("paid;x;BRL", amount),
            [("paid;x;BRL;upper".to_owned(), 12_345_678), ("paid;x;BRL;lower".to_owned(), 9_012_340_000)]
        );
    }

    #[test]
    fn sums_are_exact() {
        let (mut upper, mut lower, mut sum) = (0, 0, Decimal::ZERO);
        let mut odd = 1_u64;
        for scale in (0..=6).cycle().take(1_000) {
            odd = odd.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let amount = Decimal::new(i64::try_from(odd >> 14).unwrap(), scale) - Decimal::from(1_000_000);
            let [(_, up), (_, low)] = parts("k", amount);
            (upper, lower, sum) = (upper + up, lower + low, sum + amount);
        }
        assert_eq!(whole(upper, lower), Some(sum));
        let [(_, up), (_, low)] = parts("k", -sum);
        assert_eq!(whole(upper + up, lower + low), Some(Decimal::ZERO));
    }
}
