//! How much a caller may ask for. Each surface has a quota for each key (or person who signed in), as a setting, which can be
//! off; and an address whose keys are refused too often is refused before its keys are looked at, so that nobody guesses
//! keys at speed, or keeps the server busy with wrong ones.
//!
//! Each server counts for itself: several behind one address let through as many times as much, at most.

mod gcra;
mod headers;

pub use gcra::{Limiter, Quota, Standing};
pub use headers::Rated;

use crate::http::Surface;
use crate::settings::Settings;
use jiff::Timestamp;
use std::net::IpAddr;
use uuid::Uuid;

/// The limits of a server.
pub struct Limits {
    surfaces: [Option<Limiter>; Surface::ALL.len()],
    refusals: Option<Limiter>,
}

impl Limits {
    /// As they are set.
    pub fn new(settings: &Settings) -> Self {
        let limiter = |quota: Option<Quota>| quota.filter(|_| settings.rate_limit).map(Limiter::new);
        let quotas = Surface::ALL.map(|surface| match surface {
            Surface::Crm => settings.rate_limit_crm,
            Surface::Energy => settings.rate_limit_energy,
            Surface::Backoffice => settings.rate_limit_backoffice,
            Surface::Invoicing => settings.rate_limit_invoicing,
            Surface::Commissions => settings.rate_limit_commissions,
            Surface::Plain => settings.rate_limit_other,
        });
        Self { surfaces: quotas.map(limiter), refusals: limiter(settings.rate_limit_refused) }
    }

    /// Whether a surface is limited.
    pub fn has(&self, surface: Surface) -> bool {
        self.of(surface).is_some()
    }

    /// Counts a request of a caller on a surface; `None` where it is not limited.
    pub fn take(&self, surface: Surface, caller: Uuid, now: Timestamp) -> Option<Rated> {
        let taken = self.of(surface)?.take(caller, micros(now));
        let (passed, standing) = (taken.is_ok(), taken.unwrap_or_else(|refused| refused));
        Some(Rated { policy: surface.name(), passed, standing })
    }

    /// Counts a request whose credentials were refused.
    pub fn refused(&self, address: IpAddr, now: Timestamp) {
        if let Some(limiter) = &self.refusals {
            // Whoever is over it already is refused at the door.
            let _ = limiter.take(stranger(address), micros(now));
        }
    }

    /// Whether an address may try credentials; in how many seconds, where it may not.
    ///
    /// # Errors
    /// The seconds.
    pub fn may_try(&self, address: IpAddr, now: Timestamp) -> Result<(), u64> {
        let standing = self.refusals.as_ref().map(|limiter| limiter.look(stranger(address), micros(now)));
        match standing {
            Some(standing) if standing.remaining == 0 => Err(standing.next().max(1)),
            _ => Ok(()),
        }
    }

    fn of(&self, surface: Surface) -> Option<&Limiter> {
        self.surfaces[surface as usize].as_ref()
    }
}

/// Whom requests of an address that nobody is known by count for. Whoever has an IPv6 address has all of its network's lower
/// half, so that counts as one; an id of this form is never a key's or a user's.
pub fn stranger(address: IpAddr) -> Uuid {
    Uuid::from_u128(match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64 << 64,
    })
}

fn micros(now: Timestamp) -> u64 {
    u64::try_from(now.as_microsecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn limits(env: &[(&'static str, &str)]) -> Limits {
        let env: BTreeMap<_, _> = env.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Limits::new(&Settings::read(&env, "", Path::new("sunledger.toml")).unwrap())
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    #[test]
    fn the_documented_limits_hold_where_nothing_is_set() {
        let limits = limits(&[]);
        for (surface, requests) in [
            (Surface::Backoffice, Some(1_000)),
            (Surface::Invoicing, Some(120)),
            (Surface::Crm, None),
            (Surface::Energy, None),
            (Surface::Commissions, None),
            (Surface::Plain, None),
        ] {
            let rated = limits.take(surface, Uuid::max(), now());
            assert_eq!(rated.map(|rated| rated.standing.quota.requests), requests, "{surface:?}");
            assert_eq!(limits.has(surface), requests.is_some());
        }
    }

    #[test]
    fn each_can_be_off_and_all_can() {
        let one =
            limits(&[("SUNLEDGER_RATE_LIMIT_BACKOFFICE", "off"), ("SUNLEDGER_RATE_LIMIT_CRM", "2/second")]);
        assert!(!one.has(Surface::Backoffice) && one.has(Surface::Invoicing) && one.has(Surface::Crm));
        let none = limits(&[("SUNLEDGER_RATE_LIMIT", "off"), ("SUNLEDGER_RATE_LIMIT_CRM", "2/second")]);
        assert!(Surface::ALL.iter().all(|surface| !none.has(*surface)));
        for _ in 0..5_000 {
            none.refused(IpAddr::from([10, 0, 0, 1]), now());
        }
        assert_eq!(none.may_try(IpAddr::from([10, 0, 0, 1]), now()), Ok(()));
    }

    #[test]
    fn a_caller_has_a_quota_on_each_surface() {
        let limits =
            limits(&[("SUNLEDGER_RATE_LIMIT_BACKOFFICE", "1"), ("SUNLEDGER_RATE_LIMIT_INVOICING", "1")]);
        let passed = |surface| limits.take(surface, Uuid::max(), now()).unwrap().passed;
        assert!(passed(Surface::Backoffice) && passed(Surface::Invoicing));
        assert!(!passed(Surface::Backoffice) && !passed(Surface::Invoicing));
    }

    #[test]
    fn an_address_that_guesses_has_to_wait() {
        let limits = limits(&[("SUNLEDGER_RATE_LIMIT_REFUSED", "3/minute")]);
        let (guessing, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..3 {
            assert_eq!(limits.may_try(guessing, now()), Ok(()));
            limits.refused(guessing, now());
        }
        assert_eq!(limits.may_try(guessing, now()), Err(20));
        assert_eq!(limits.may_try(other, now()), Ok(()));
    }

    #[test]
    fn a_network_is_one_address() {
        let of = |text: &str| stranger(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("10.0.0.1"), of("::ffff:10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert!(
            ["10.0.0.1", "ffff:ffff:ffff:ffff:ffff::"]
                .iter()
                .all(|text| of(text).get_version_num() == 0
                    || of(text).get_variant() != uuid::Variant::RFC4122)
        );
    }
}
