//! What follows from an attempt: success, another attempt later, or the end.

use crate::client::Answer;
use uuid::Uuid;

/// Seconds before the first attempt, the second, the third...
const PLAN: [i64; 10] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// The longest wait that a receiver may ask for, seconds.
const LONGEST_WAIT: i64 = 86_400;

/// What follows from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A 2xx.
    Succeeded,
    /// Failed; the next attempt is at this time (microseconds).
    Retry(i64),
    /// Failed, and that was the last attempt.
    GaveUp,
}

/// Judges attempt number `attempt` (from 1) at `now` (microseconds).
pub(crate) fn judge(answer: &Answer, attempt: i64, base_ms: u64, delivery: Uuid, now: i64) -> Verdict {
    if answer.status.is_some_and(|status| (200..300).contains(&status)) {
        return Verdict::Succeeded;
    }
    let Some(planned) = pause(attempt, base_ms, delivery) else { return Verdict::GaveUp };
    let asked = match answer.status {
        Some(429 | 503) => answer.retry_after.unwrap_or(0).min(LONGEST_WAIT).saturating_mul(1_000_000),
        _ => 0,
    };
    Verdict::Retry(now.saturating_add(planned.max(asked)))
}

/// True where the receiver says that it will never be there again.
pub(crate) fn is_gone(answer: &Answer) -> bool {
    answer.status == Some(410)
}

/// Microseconds from the failure of attempt `attempt` to the next one; none after the last.
///
/// Up to a tenth is added, so that what failed together does not come back together; it follows from the delivery,
/// so that nothing here is left to chance.
fn pause(attempt: i64, base_ms: u64, delivery: Uuid) -> Option<i64> {
    let planned = PLAN.get(usize::try_from(attempt).ok()?)?;
    // The plan is written for a base of 5,000 ms: planned seconds * base / 5,000 ms, in microseconds.
    let base = i64::try_from(base_ms).unwrap_or(i64::MAX);
    let micros = planned.saturating_mul(base).saturating_mul(200);
    let (high, low) = delivery.as_u64_pair();
    let mixed = (high ^ low.rotate_left(31) ^ attempt.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let share = i64::try_from((mixed >> 33) % 1_001).unwrap_or(0);
    Some(micros.saturating_add((micros / 10_000).saturating_mul(share)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answered(status: u16) -> Answer {
        Answer { status: Some(status), ..Answer::default() }
    }

    #[test]
    fn the_plan_is_followed_with_jitter_only_added() {
        for (attempt, seconds) in PLAN.into_iter().enumerate().skip(1) {
            let attempt = i64::try_from(attempt).unwrap();
            let Verdict::Retry(at) = judge(&answered(500), attempt, 5_000, Uuid::from_u128(77), 1_000) else {
                panic!("attempt {attempt} was the last one");
            };
            let planned = seconds * 1_000_000;
            assert!((planned..=planned + planned / 10).contains(&(at - 1_000)), "{attempt}: {at}");
        }
        assert_eq!(judge(&answered(500), 10, 5_000, Uuid::from_u128(77), 1_000), Verdict::GaveUp);
    }

    #[test]
    fn only_a_2xx_is_success() {
        for status in [200, 201, 204, 299] {
            assert_eq!(judge(&answered(status), 1, 5_000, Uuid::nil(), 0), Verdict::Succeeded);
        }
        for status in [199, 301, 302, 307, 400, 404, 410, 429, 500, 503] {
            assert!(
                matches!(judge(&answered(status), 1, 5_000, Uuid::nil(), 0), Verdict::Retry(_)),
                "{status}"
            );
        }
        assert!(matches!(judge(&Answer::default(), 1, 5_000, Uuid::nil(), 0), Verdict::Retry(_)));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_but_not_for_a_shorter_one() {
        let wait = |status, seconds| {
            let answer = Answer { retry_after: Some(seconds), ..answered(status) };
            match judge(&answer, 1, 5_000, Uuid::nil(), 0) {
                Verdict::Retry(at) => at / 1_000_000,
                verdict => panic!("{verdict:?}"),
            }
        };
        assert_eq!(wait(503, 3_600), 3_600);
        assert_eq!(wait(429, 3_600), 3_600);
        assert_eq!(wait(429, 1), 5);
        assert_eq!(wait(429, 900_000), 86_400);
        assert_eq!(wait(500, 3_600), 5);
    }

    #[test]
    fn the_base_scales_every_pause() {
        let at = pause(2, 50, Uuid::from_u128(3)).unwrap();
        assert!((3_000_000..=3_300_000).contains(&at), "{at}");
    }

    proptest! {
        #[test]
        fn no_pause_overflows(attempt: i64, base: u64, id: u128) {
            if let Some(pause) = pause(attempt, base, Uuid::from_u128(id)) {
                prop_assert!(pause >= 0);
            }
        }
    }
}
