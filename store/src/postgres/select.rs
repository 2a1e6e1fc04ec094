//! Which appends go into one batch.
//!
//! A batch is decided set-wise, so its appends must not depend on each other: two that touch the same stream, key or
//! name follow one another in two batches. Many may look at one stream that none of them writes. What is compared
//! are hashes: two that happen to be equal cost a wait, nothing else.

use crate::Append;
use crate::queue::{BATCH_BYTES, Job};
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt, HashSet};
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash};
use sunledger_domain::{Label, TenantId};

/// Puts batches together.
#[derive(Default)]
pub(super) struct Selector {
    hasher: RandomState,
    /// Streams and kinds written in the batch, names and keys claimed.
    claimed: HashSet<u64>,
    /// Streams and kinds that must not be written in the batch.
    looked_at: HashSet<u64>,
    claims: Vec<u64>,
    looks: Vec<u64>,
}

/// What is hashed beside the thing itself.
#[derive(Hash)]
enum Sort {
    Stream,
    Kind,
    Name,
    Key,
}

impl Selector {
    /// Takes jobs from the front of `waiting`; those that have to wait stay there, in order.
    pub(super) fn select(&mut self, waiting: &mut VecDeque<Job>, max: usize) -> Vec<Job> {
        self.claimed.clear();
        self.looked_at.clear();
        let mut chosen = Vec::with_capacity(waiting.len().min(max));
        let mut left = VecDeque::new();
        let mut bytes = 0;
        while let Some(job) = waiting.pop_front() {
            let full = chosen.len() >= max || bytes >= BATCH_BYTES;
            if full {
                left.push_back(job);
                break;
            }
            if self.admit(&job.append) {
                bytes += size(&job.append);
                chosen.push(job);
            } else {
                left.push_back(job);
            }
        }
        left.append(waiting);
        *waiting = left;
        chosen
    }

    fn admit(&mut self, append: &Append) -> bool {
        let tenant = &append.tenant;
        self.claims.clear();
        self.looks.clear();
        for write in &append.writes {
            self.claims.push(self.hash((Sort::Stream, tenant, &write.kind, write.id)));
        }
        // Writing a kind excludes only those who want it quiet.
        let mut kinds = Vec::new();
        for write in &append.writes {
            kinds.push(self.hash((Sort::Kind, tenant, &write.kind)));
        }
        for stream in &append.unchanged {
            self.looks.push(self.hash((Sort::Stream, tenant, &stream.kind, stream.id)));
        }
        if let Some(quiet) = &append.quiet {
            self.looks.push(self.hash((Sort::Kind, tenant, &quiet.kind)));
        }
        for name in append.take.iter().chain(&append.release) {
            self.claims.push(self.hash((Sort::Name, tenant, name.scope, &name.name)));
        }
        if let Some(key) = &append.key {
            self.claims.push(self.hash((Sort::Key, tenant, &key.key)));
        }
        let free =
            self.claims.iter().all(|hash| !self.claimed.contains(hash) && !self.looked_at.contains(hash))
                && kinds.iter().all(|hash| !self.looked_at.contains(hash))
                && self.looks.iter().all(|hash| !self.claimed.contains(hash));
        if free {
            self.claimed.extend(self.claims.iter().chain(&kinds));
            self.looked_at.extend(&self.looks);
        }
        free
    }

    fn hash(&self, thing: impl Hash) -> u64 {
        self.hasher.hash_one(thing)
    }
}

fn size(append: &Append) -> usize {
    let events = append.writes.iter().flat_map(|write| &write.events);
    events.map(|event| event.payload.len() + append.metadata.len()).sum()
}

/// True where a label made in the batch could be equal to another one, or to a name that an append of the batch takes
/// by itself, or where one append takes a name twice: then names and series are decided one append after the other.
pub(super) fn is_careful(jobs: &[Job]) -> bool {
    let mut made: HashMap<(&TenantId, &str), (&str, &Label)> = HashMap::new();
    for append in jobs.iter().map(|job| &job.append) {
        for request in &append.series {
            let Some(label) = &request.label else { continue };
            let known = made.entry((&append.tenant, label.scope)).or_insert((&request.series, label));
            if *known != (request.series.as_str(), label) {
                return true;
            }
        }
    }
    jobs.iter().map(|job| &job.append).any(|append| {
        append.take.iter().enumerate().any(|(index, claim)| {
            let twice = append.take[..index]
                .iter()
                .any(|other| other.scope == claim.scope && other.name == claim.name);
            let made = made.get(&(&append.tenant, claim.scope));
            let digits = made.and_then(|(_, label)| claim.name.strip_prefix(label.prefix.as_str()));
            twice || digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })
}
