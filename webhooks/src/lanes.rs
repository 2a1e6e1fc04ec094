//! Whose turn it is: fair among endpoints, bounded for each and for all.
//!
//! A lane is an endpoint's queue. Each gets its turn in a circle, a few deliveries at a time, so that a backlog holds
//! up only itself. A lane whose receiver failed or was slow the last time is held back: one attempt at a time, and all
//! such lanes together get half of the places at most. So receivers that hang cannot fill every place, however many
//! they are, and healthy ones always have somewhere to go.
//!
//! What the fan-out has just made for a lane that keeps up is put into its queue, claimed from birth, and need not be
//! read back. A lane with more than its queue holds, or with anything left in the table that is due, gets it from there.

use crate::job::{Job, LaneKey};
use foldhash::{HashMap, HashMapExt};
use std::collections::VecDeque;

/// Lanes asked for in one claim.
const LANES: usize = 64;
/// Claimed from the table at the same time: of one lane, for each of its places, and of all lanes, for each of theirs.
const CLAIMS: (usize, usize) = (8, 64);
/// Put into the queues by the fan-out at the same time: of one lane, and of all lanes. Bodies are shared, so a delivery
/// takes some 200 bytes.
const HANDED: (usize, usize) = (512, 8_192);

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
    /// Whether that was said since the tables were last asked.
    told: bool,
    held_back: bool,
    /// When it was last claimed from, counted in claims.
    turn: u64,
}

impl Lane {
    fn new() -> Self {
        Self { queue: VecDeque::new(), running: 0, due: i64::MAX, told: false, held_back: false, turn: 0 }
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
    /// In all queues.
    queued: usize,
    turn: u64,
    /// The newest lease that was given.
    lease: i64,
    /// Whether there is a worker for what is put into the queues.
    open: bool,
}

impl Lanes {
    /// No lanes.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            lanes: HashMap::new(),
            circle: VecDeque::new(),
            limits,
            running: 0,
            queued: 0,
            turn: 0,
            lease: 0,
            open: false,
        }
    }

    /// From now on the fan-out may put deliveries into the queues.
    pub(crate) fn open(&mut self) {
        self.open = true;
    }

    /// There is no worker any more: takes back all that waits.
    pub(crate) fn close(&mut self) -> Vec<Job> {
        self.open = false;
        self.withdraw(|_| false)
    }

    /// A lease until then at the earliest (microseconds), and another one than any before: it is what a claim is known by.
    pub(crate) fn lease(&mut self, until: i64) -> i64 {
        self.lease = until.max(self.lease.saturating_add(1));
        self.lease
    }

    /// How many new deliveries of a lane may be put into its queue instead of being claimed from the table: none where
    /// others are due there, which come first.
    pub(crate) fn room(&self, key: LaneKey, now: i64) -> usize {
        let all = if self.open { HANDED.1.saturating_sub(self.queued) } else { 0 };
        match self.lanes.get(&key) {
            None => HANDED.0.min(all),
            Some(lane) if lane.held_back || lane.due <= now => 0,
            Some(lane) => HANDED.0.saturating_sub(lane.queue.len()).min(all),
        }
    }

    /// Puts deliveries that are claimed into their queues.
    pub(crate) fn put(&mut self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            let lane = self.lanes.entry(job.lane).or_insert_with(Lane::new);
            if lane.queue.is_empty() {
                self.circle.push_back(job.lane);
            }
            lane.queue.push_back(job);
            self.queued += 1;
        }
    }

    /// Something of this lane is due in the table at a time (microseconds).
    pub(crate) fn due(&mut self, key: LaneKey, at: i64) {
        let lane = self.lanes.entry(key).or_insert_with(Lane::new);
        lane.due = lane.due.min(at);
        lane.told = true;
    }

    /// The tables are being asked. What is due from now on they may not know of.
    pub(crate) fn asking(&mut self) {
        for lane in self.lanes.values_mut() {
            lane.told = false;
        }
    }

    /// What the tables say is due, of all lanes.
    pub(crate) fn refresh(&mut self, found: Vec<(LaneKey, i64)>) {
        self.lanes.retain(|_, lane| {
            if !lane.told {
                lane.due = i64::MAX;
            }
            lane.told || lane.running > 0 || !lane.queue.is_empty() || lane.held_back
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
        let (mut left, mut left_held_back) = (self.limits.all.saturating_mul(CLAIMS.1), self.limits.all);
        for (key, lane) in &self.lanes {
            let places = lane.places(*key, self.limits);
            // More than can run, so that the next ones are at hand when the first are done.
            let most = if places == 1 { 1 } else { places.saturating_mul(CLAIMS.0) };
            let claimed = lane.running.saturating_add(lane.queue.len()).min(most);
            let budget = if lane.held_back { &mut left_held_back } else { &mut left };
            *budget = budget.saturating_sub(claimed);
            if lane.due == i64::MAX || !may(*key) {
                continue;
            }
            if lane.due > now {
                later = later.min(lane.due);
                continue;
            }
            // Not for each place that becomes free.
            let room = most.saturating_sub(claimed);
            if room > most / 2 {
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
        for job in &jobs {
            *given.entry(job.lane).or_default() += 1;
        }
        self.put(jobs);
        for (key, room) in wanted {
            if let Some(lane) = self.lanes.get_mut(key) {
                lane.turn = self.turn;
                if given.get(key).copied().unwrap_or(0) < *room && !lane.told {
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
        let (mut jobs, mut full) = (Vec::new(), Vec::new());
        while self.running < self.limits.all
            && let Some(key) = self.circle.pop_front()
        {
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            let no_place = lane.running >= lane.places(key, self.limits);
            if no_place || lane.held_back && held_back >= most_held_back {
                full.push(key);
                continue;
            }
            let Some(job) = lane.queue.pop_front() else { continue };
            lane.running += 1;
            self.running += 1;
            self.queued = self.queued.saturating_sub(1);
            if lane.held_back {
                held_back += 1;
            }
            if !lane.queue.is_empty() {
                self.circle.push_back(key);
            }
            jobs.push(job);
        }
        full.into_iter().rev().for_each(|key| self.circle.push_front(key));
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

    /// Takes back what waits in lanes that may not be served (any more), and all but the next one of those that are held
    /// back. It is due again once its claim is given back.
    pub(crate) fn withdraw(&mut self, may: impl Fn(LaneKey) -> bool) -> Vec<Job> {
        let mut withdrawn = Vec::new();
        self.circle.retain(|key| {
            let may = may(*key);
            if let Some(lane) = self.lanes.get_mut(key) {
                let kept = match (may, lane.held_back) {
                    (false, _) => 0,
                    (true, true) => lane.queue.len().min(1),
                    (true, false) => lane.queue.len(),
                };
                withdrawn.extend(lane.queue.drain(kept..));
            }
            may
        });
        self.queued = self.queued.saturating_sub(withdrawn.len());
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
        assert_eq!(lanes.withdraw(|_| false).len(), 32 - running);
        assert_eq!(lanes.wanted(0, |_| false), (vec![], i64::MAX));
        assert_eq!(lanes.wanted(0, |_| true).0, vec![(lane(1), 32 - running)]);
    }

    #[test]
    fn new_deliveries_have_room_once_there_is_a_worker_and_while_nothing_older_is_due() {
        let mut lanes = Lanes::new(LIMITS);
        assert_eq!(lanes.room(lane(1), 100), 0);
        lanes.open();
        assert_eq!(lanes.room(lane(1), 100), HANDED.0);
        lanes.put((0..3).map(|number| job(lane(1), number)));
        assert_eq!(lanes.room(lane(1), 100), HANDED.0 - 3);
        lanes.due(lane(1), 101);
        assert_eq!(lanes.room(lane(1), 100), HANDED.0 - 3);
        lanes.due(lane(1), 100);
        assert_eq!(lanes.room(lane(1), 100), 0);
        assert_eq!(lanes.close().len(), 3);
        assert_eq!(lanes.room(lane(2), 100), 0);
    }

    #[test]
    fn all_queues_together_are_bounded() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.open();
        for number in 0..100 {
            let room = lanes.room(lane(number), 0);
            lanes.put((0..room).map(|index| job(lane(number), index)));
        }
        assert_eq!(lanes.queued, HANDED.1);
        let started = lanes.start().len();
        assert_eq!(lanes.queued, HANDED.1 - started);
    }

    #[test]
    fn a_lane_that_fails_gives_back_all_but_its_next_delivery() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.open();
        lanes.put((0..10).map(|number| job(lane(1), number)));
        assert_eq!(lanes.start().len(), 4);
        assert!(lanes.withdraw(|_| true).is_empty());
        lanes.ended(lane(1), true);
        assert_eq!(lanes.withdraw(|_| true).len(), 5);
        assert_eq!(lanes.room(lane(1), 0), 0);
        for _ in 0..3 {
            lanes.ended(lane(1), true);
        }
        assert_eq!(lanes.start().len(), 1);
    }

    #[test]
    fn what_becomes_due_while_the_tables_are_asked_is_not_forgotten() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.due(lane(1), 0);
        lanes.asking();
        lanes.due(lane(2), 0);
        lanes.refresh(vec![]);
        let (wanted, _) = lanes.wanted(0, |_| true);
        assert_eq!(wanted.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [lane(2)]);
        lanes.asking();
        lanes.due(lane(2), 0);
        lanes.claimed(&wanted, vec![]);
        assert!(!lanes.wanted(0, |_| true).0.is_empty());
        lanes.asking();
        lanes.claimed(&wanted, vec![]);
        assert!(lanes.wanted(0, |_| true).0.is_empty());
    }

    #[test]
    fn no_two_leases_are_the_same() {
        let mut lanes = Lanes::new(LIMITS);
        assert_eq!([lanes.lease(5), lanes.lease(5), lanes.lease(3), lanes.lease(9)], [5, 6, 7, 9]);
    }

    #[test]
    fn tells_when_the_next_delivery_is_due() {
        let mut lanes = Lanes::new(LIMITS);
        lanes.due(lane(1), 900);
        lanes.due(lane(2), 700);
        assert_eq!(lanes.wanted(100, |_| true), (vec![], 700));
        lanes.asking();
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
