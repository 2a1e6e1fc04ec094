//! Whose turn it is: fair among endpoints, bounded for each and for all.
//!
//! A lane is an endpoint's queue. Each gets its turn in a circle, a few deliveries at a time, so that a backlog holds
//! up only itself. A lane whose receiver failed or was slow the last time is held back: one attempt at a time, and all
//! such lanes together get half of the places at most. So receivers that hang cannot fill every place, however many
//! they are, and healthy ones always have somewhere to go.

use crate::job::{Job, LaneKey};
use std::collections::{HashMap, VecDeque};

/// Lanes asked for in one claim.
const LANES: usize = 64;

/// How much at the same time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Attempts of all lanes.
    pub(crate) all: usize,
    /// Attempts of one lane.
    pub(crate) lane: usize,
}

#[derive(Debug)]
struct Lane {
    /// Claimed, and waiting for a place.
    queue: VecDeque<Job>,
    running: usize,
    /// When the table has something due for it, as far as this process knows.
    due: i64,
    held_back: bool,
    /// When it was last claimed from, counted in claims.
    turn: u64,
}

impl Lane {
    fn new() -> Self {
        Self { queue: VecDeque::new(), running: 0, due: i64::MAX, held_back: false, turn: 0 }
    }

    fn places(&self, key: LaneKey, limits: Limits) -> usize {
        if self.held_back || key.tests { 1 } else { limits.lane.max(1) }
    }
}

/// Every lane with something to do.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: HashMap<LaneKey, Lane>,
    /// Lanes with a queue, in the order of their turns.
    circle: VecDeque<LaneKey>,
    limits: Limits,
    running: usize,
    turn: u64,
}

impl Lanes {
    /// No lanes.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { lanes: HashMap::new(), circle: VecDeque::new(), limits, running: 0, turn: 0 }
    }

    /// Something of this lane is due at a time (microseconds).
    pub(crate) fn due(&mut self, key: LaneKey, at: i64) {
        let lane = self.lanes.entry(key).or_insert_with(Lane::new);
        lane.due = lane.due.min(at);
    }

    /// What the tables say is due, of all lanes.
    pub(crate) fn refresh(&mut self, found: Vec<(LaneKey, i64)>) {
        self.lanes.retain(|_, lane| {
            lane.due = i64::MAX;
            lane.running > 0 || !lane.queue.is_empty() || lane.held_back
        });
        for (key, at) in found {
            self.due(key, at);
        }
    }

    /// What to claim now, by lane; and when there will be more to claim.
    pub(crate) fn wanted(&self, now: i64, may: impl Fn(LaneKey) -> bool) -> (Vec<(LaneKey, usize)>, i64) {
        let mut later = i64::MAX;
        let mut ready = Vec::new();
        // What is held back is counted apart, so that it cannot use up the claims of the others.
        let (mut left, mut left_held_back) = (self.limits.all.saturating_mul(8), self.limits.all);
        for (key, lane) in &self.lanes {
            let claimed = lane.running.saturating_add(lane.queue.len());
            let budget = if lane.held_back { &mut left_held_back } else { &mut left };
            *budget = budget.saturating_sub(claimed);
            if lane.due == i64::MAX || !may(*key) {
                continue;
            }
            if lane.due > now {
                later = later.min(lane.due);
                continue;
            }
            let places = lane.places(*key, self.limits);
            // Twice as many as can run, so that the next ones are at hand when the first are done.
            let most = if places == 1 { 1 } else { places.saturating_mul(2) };
            let room = most.saturating_sub(claimed);
            if room > 0 {
                ready.push((lane.turn, *key, room, lane.held_back));
            }
        }
        ready.sort_unstable();
        let mut wanted = Vec::new();
        for (_, key, room, held_back) in ready {
            let budget = if held_back { &mut left_held_back } else { &mut left };
            let room = room.min(*budget);
            if room > 0 && wanted.len() < LANES {
                *budget = budget.saturating_sub(room);
                wanted.push((key, room));
            }
        }
        (wanted, later)
    }

    /// What was claimed. A lane that gave less than it was asked for has nothing more that is due.
    pub(crate) fn claimed(&mut self, wanted: &[(LaneKey, usize)], jobs: Vec<Job>) {
        self.turn = self.turn.saturating_add(1);
        let mut given: HashMap<LaneKey, usize> = HashMap::new();
        for job in jobs {
            *given.entry(job.lane).or_default() += 1;
            let lane = self.lanes.entry(job.lane).or_insert_with(Lane::new);
            if lane.queue.is_empty() {
                self.circle.push_back(job.lane);
            }
            lane.queue.push_back(job);
        }
        for (key, room) in wanted {
            if let Some(lane) = self.lanes.get_mut(key) {
                lane.turn = self.turn;
                if given.get(key).copied().unwrap_or(0) < *room {
                    lane.due = i64::MAX;
                }
            }
        }
    }

    /// The deliveries that have a place now; they count as running until [`Lanes::ended`].
    pub(crate) fn start(&mut self) -> Vec<Job> {
        let mut held_back =
            self.lanes.values().filter(|lane| lane.held_back).map(|lane| lane.running).sum::<usize>();
        let most_held_back = (self.limits.all / 2).max(1);
        let (mut jobs, mut full) = (Vec::new(), VecDeque::new());
        while self.running < self.limits.all
            && let Some(key) = self.circle.pop_front()
        {
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            let no_place = lane.running >= lane.places(key, self.limits);
            if no_place || lane.held_back && held_back >= most_held_back {
                full.push_back(key);
                continue;
            }
            let Some(job) = lane.queue.pop_front() else { continue };
            lane.running += 1;
            self.running += 1;
            if lane.held_back {
                held_back += 1;
            }
            if !lane.queue.is_empty() {
                self.circle.push_back(key);
            }
            jobs.push(job);
        }
        full.append(&mut self.circle);
        self.circle = full;
        jobs
    }

    /// An attempt has ended. `held_back`: it failed, or took long.
    pub(crate) fn ended(&mut self, key: LaneKey, held_back: bool) {
        self.running = self.running.saturating_sub(1);
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.running = lane.running.saturating_sub(1);
            lane.held_back = held_back;
        }
    }

    /// Takes back what waits in lanes that may not be served (any more). It stays due.
    pub(crate) fn withdraw(&mut self, now: i64, may: impl Fn(LaneKey) -> bool) -> Vec<Job> {
        let mut withdrawn = Vec::new();
        self.circle.retain(|key| {
            if may(*key) {
                return true;
            }
            if let Some(lane) = self.lanes.get_mut(key) {
                withdrawn.extend(lane.queue.drain(..));
                lane.due = lane.due.min(now);
            }
            false
        });
        withdrawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const LIMITS: Limits = Limits { all: 8, lane: 4 };

    fn lane(number: u128) -> LaneKey {
        LaneKey { endpoint: Uuid::from_u128(number), tests: false }
    }

    fn job(lane: LaneKey, number: usize) -> Job {
        let id = Uuid::from_u128(lane.endpoint.as_u128() << 64 | number as u128);
        Job { id, lane, message_id: "m".into(), body: "{}".into(), attempts: 0, due: 0, lease: 0 }
    }

    /// Claims everything that is wanted, as if every lane had a backlog without end.
    fn claim(lanes: &mut Lanes) {
        let (wanted, _) = lanes.wanted(0, |_| true);
        let jobs = wanted.iter().flat_map(|(key, room)| (0..*room).map(|number| job(*key, number))).collect();
        lanes.claimed(&wanted, jobs);
    }

    #[test]
    fn a_backlog_leaves_places_for_others() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.due(lane(1), 0);
        claim(&mut lanes);
        assert_eq!(lanes.start().len(), 4);
        lanes.due(lane(2), 0);
        claim(&mut lanes);
        assert!(lanes.start().iter().all(|job| job.lane == lane(2)));
    }

    #[test]
    fn lanes_that_hang_get_half_of_the_places_however_many_they_are() {
        let mut lanes = Lanes::new(LIMITS);
        for number in 0..100 {
            lanes.due(lane(number), 0);
        }
        // Each fails once...
        for _ in 0..100 {
            claim(&mut lanes);
            for job in lanes.start() {
                lanes.ended(job.lane, true);
            }
        }
        // ...and from then on they hang.
        claim(&mut lanes);
        assert_eq!(lanes.start().len(), 4);
        lanes.due(lane(500), 0);
        claim(&mut lanes);
        let started = lanes.start();
        assert_eq!(started.len(), 4);
        assert!(started.iter().all(|job| job.lane == lane(500)));
    }

    #[test]
    fn a_test_does_not_wait_for_the_backlog_of_its_endpoint() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.due(lane(1), 0);
        claim(&mut lanes);
        lanes.start();
        let tests = LaneKey { tests: true, ..lane(1) };
        lanes.due(tests, 0);
        let (wanted, _) = lanes.wanted(0, |_| true);
        assert!(wanted.contains(&(tests, 1)));
    }

    #[test]
    fn a_lane_that_may_not_be_served_gives_back_its_queue_and_stays_due() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.due(lane(1), 0);
        claim(&mut lanes);
        let running = lanes.start().len();
        assert_eq!(lanes.withdraw(0, |_| false).len(), 8 - running);
        assert_eq!(lanes.wanted(0, |_| false), (vec![], i64::MAX));
        assert_eq!(lanes.wanted(0, |_| true).0, vec![(lane(1), 8 - running)]);
    }

    #[test]
    fn tells_when_the_next_delivery_is_due() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.due(lane(1), 900);
        lanes.due(lane(2), 700);
        assert_eq!(lanes.wanted(100, |_| true), (vec![], 700));
        lanes.refresh(vec![(lane(1), 900)]);
        assert_eq!(lanes.wanted(100, |_| true), (vec![], 900));
    }

    proptest! {
        /// Whatever happens in whatever order, no limit is broken and no lane starves.
        #[test]
        fn limits_hold_and_everybody_gets_a_turn(
            steps in proptest::collection::vec((0u128..12, any::<bool>()), 1..200),
        ) {
            let mut lanes = Lanes::new(LIMITS);
            let mut running: Vec<LaneKey> = Vec::new();
            for (number, failed) in steps {
                lanes.due(lane(number), 0);
                claim(&mut lanes);
                running.extend(lanes.start().into_iter().map(|job| job.lane));
                prop_assert!(running.len() <= LIMITS.all);
                for key in &running {
                    prop_assert!(running.iter().filter(|other| *other == key).count() <= LIMITS.lane);
                }
                if !running.is_empty() {
                    let key = running.remove(0);
                    lanes.ended(key, failed);
                }
            }
            let known: Vec<LaneKey> = lanes.lanes.keys().copied().collect();
            let mut served = std::collections::HashSet::new();
            for _ in 0..200 {
                while let Some(key) = running.pop() {
                    lanes.ended(key, false);
                }
                claim(&mut lanes);
                running.extend(lanes.start().into_iter().map(|job| job.lane));
                served.extend(running.iter().copied());
            }
            prop_assert!(known.iter().all(|key| served.contains(key)));
        }
    }
}
