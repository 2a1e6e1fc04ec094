//! What looks like chance and is not: figures that follow from a seed.

/// The odd constant by which splitmix64 steps: the golden ratio, of 64 bits.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A row of figures (splitmix64). Each part of the demo has a row of its own, so that one that asks for more figures
/// changes nothing in the others.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The row that belongs to a seed and to what the figures are for.
    pub(super) fn of(seed: u64, what: &str) -> Self {
        // FNV-1a: texts that differ give rows that differ.
        let hash = what.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(Self(seed ^ hash).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below a bound; 0 where the bound is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * (bound as u128);
        // The upper half is below the bound, which came from a usize.
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// From the least to the most, both included; the least where the most is below it.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = usize::try_from(most.saturating_sub(least)).unwrap_or_default();
        least.saturating_add(i64::try_from(self.below(width.saturating_add(1))).unwrap_or_default())
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, times: i64) -> bool {
        self.between(1, 100) <= times
    }

    /// One of these.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, of: &[T; N]) -> T {
        of[self.below(N)]
    }

    /// Some digits.
    pub(super) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .filter_map(|_| u32::try_from(self.below(10)).ok().and_then(|digit| char::from_digit(digit, 10)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_seed_and_a_purpose_give_one_row() {
        let row = |seed, what| {
            let mut chance = Chance::of(seed, what);
            (0..8).map(|_| chance.next()).collect::<Vec<_>>()
        };
        assert_eq!(row(7, "bills"), row(7, "bills"));
        assert_ne!(row(7, "bills"), row(8, "bills"));
        assert_ne!(row(7, "bills"), row(7, "readings"));
    }

    #[test]
    fn splitmix64_is_the_published_one() {
        // The first figures of seed 1234567, as the reference implementation prints them.
        let mut chance = Chance(1_234_567);
        let row: Vec<u64> = (0..3).map(|_| chance.next()).collect();
        assert_eq!(row, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn so_many_of_a_hundred() {
        let mut chance = Chance::of(1, "percent");
        let hits = (0..10_000).filter(|_| chance.percent(20)).count();
        assert!((1_800..2_200).contains(&hits), "{hits}");
        assert!((0..100).all(|_| !chance.percent(0) && chance.percent(100)));
    }

    proptest! {
        #[test]
        fn figures_keep_to_their_bounds(seed in any::<u64>(), least in -1_000_000i64..1_000_000, width in 0i64..1_000_000) {
            let mut chance = Chance::of(seed, "bounds");
            for _ in 0..20 {
                let figure = chance.between(least, least + width);
                prop_assert!((least..=least + width).contains(&figure));
                prop_assert!((0..5).contains(&chance.pick(&[0, 1, 2, 3, 4])));
                prop_assert!(chance.digits(6).parse::<u32>().is_ok());
            }
            prop_assert_eq!((chance.between(3, 2), chance.below(0)), (3, 0));
        }
    }
}
