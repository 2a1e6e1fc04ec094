//! Ids of deliveries. They follow from what they stand for, so that writing a delivery twice is writing it once, and
//! they are UUIDv7 of the event's time, so that the newest deliveries have the greatest ids.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The delivery of an event to an endpoint. `recorded_at` in microseconds.
pub(crate) fn delivery(recorded_at: i64, position: i64, endpoint: Uuid, event_id: &str) -> Uuid {
    derive(recorded_at, position, b"event", endpoint, event_id)
}

/// The body of an event's deliveries. Its id begins as theirs do, with 9 bytes: by that a purge finds them.
pub(crate) fn body(recorded_at: i64, position: i64, event_id: &str) -> Uuid {
    derive(recorded_at, position, b"body", Uuid::nil(), event_id)
}

/// The test message that an event asked for.
pub(crate) fn test(recorded_at: i64, position: i64, endpoint: Uuid, event_id: &str) -> Uuid {
    derive(recorded_at, position, b"test", endpoint, event_id)
}

/// The copy of a delivery that an event asked for.
pub(crate) fn redelivery(recorded_at: i64, position: i64, original: Uuid, event_id: &str) -> Uuid {
    derive(recorded_at, position, b"again", original, event_id)
}

/// Not greater than the id of any delivery of an event recorded at or after this time.
pub(crate) fn first_of(recorded_at: i64) -> Uuid {
    Uuid::from_u128(stamp(recorded_at))
}

/// The `webhook-id` of a delivery whose first copy has this id.
pub(crate) fn message_id(id: Uuid) -> String {
    format!("msg_{}", id.simple())
}

fn derive(recorded_at: i64, position: i64, what: &[u8], of: Uuid, event_id: &str) -> Uuid {
    let digest = Sha256::new().chain_update(what).chain_update(of).chain_update(event_id).finalize();
    let random = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    // Events of one command share their time: the low bits of the position keep their order.
    let order = u128::from(position.cast_unsigned() & 0xff) << 54;
    Uuid::from_u128(stamp(recorded_at) | order | random & ((1 << 54) - 1))
}

/// Milliseconds, version 7, microseconds within the millisecond (RFC 9562, method 3), variant, zeros.
fn stamp(recorded_at: i64) -> u128 {
    let micros = recorded_at.max(0).cast_unsigned();
    let millis = u128::from(micros / 1_000) & 0xffff_ffff_ffff;
    millis << 80 | 7 << 76 | u128::from(micros % 1_000) << 64 | 0b10 << 62
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_a_uuid_of_version_7_and_always_the_same() {
        let at = 1_700_000_000_123_456;
        let id = delivery(at, 1, Uuid::from_u128(5), "e-1");
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.get_timestamp().map(|stamp| stamp.to_unix().0), Some(1_700_000_000));
        assert_eq!(id, delivery(at, 1, Uuid::from_u128(5), "e-1"));
        assert_ne!(id, delivery(at, 1, Uuid::from_u128(6), "e-1"));
        assert_ne!(id, delivery(at, 1, Uuid::from_u128(5), "e-2"));
        assert_ne!(id, test(at, 1, Uuid::from_u128(5), "e-1"));
        assert_ne!(id, redelivery(at, 1, Uuid::from_u128(5), "e-1"));
    }

    #[test]
    fn events_of_one_command_keep_their_order() {
        let id = |position| delivery(9_000_000, position, Uuid::from_u128(1), &format!("e-{position}"));
        assert!(id(700) < id(701));
        assert!(id(701) < id(702));
    }

    proptest! {
        #[test]
        fn a_later_event_has_a_greater_id(
            (early, late) in (0i64..4_000_000_000_000_000, 1i64..1_000_000_000).prop_map(|(at, more)| (at, at + more)),
            positions: (i64, i64),
            ids: (u128, u128),
        ) {
            let early_id = delivery(early, positions.0, Uuid::from_u128(ids.0), "a-1");
            let late_id = delivery(late, positions.1, Uuid::from_u128(ids.1), "b-1");
            prop_assert!(early_id < late_id);
            prop_assert!(first_of(early) <= early_id && early_id < first_of(late));
            prop_assert!(first_of(late) <= late_id);
        }

        #[test]
        fn a_bodys_id_begins_as_those_of_its_deliveries(at in 0i64..4_000_000_000_000_000, position: i64, endpoint: u128) {
            let delivery = delivery(at, position, Uuid::from_u128(endpoint), "a-1");
            let body = body(at, position, "a-1");
            prop_assert_eq!(&body.as_bytes()[..9], &delivery.as_bytes()[..9]);
        }
    }
}
