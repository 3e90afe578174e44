//! What is kept of a run until its results are written: merged by place, sorted, and never more than a limit.

use std::collections::BTreeMap;

use crate::problem::Gravity;
use crate::report::Severity;

/// How much something matters when not all can stay: 0 goes first, 2 last.
pub trait Rank {
    /// 0, 1 or 2.
    fn rank(&self) -> usize;
}

impl Rank for Severity {
    fn rank(&self) -> usize {
        match self {
            Severity::Note => 0,
            Severity::Warning => 1,
            Severity::Error => 2,
        }
    }
}

impl Rank for Gravity {
    fn rank(&self) -> usize {
        match self {
            Gravity::Note => 0,
            Gravity::Warning => 1,
            Gravity::Error => 2,
        }
    }
}

/// The most important entries, by key. Holds at most a quarter more than `limit` at any time.
pub struct Kept<K, V> {
    limit: usize,
    entries: BTreeMap<K, V>,
    left_out: usize,
}

impl<K: Ord, V: Rank> Kept<K, V> {
    /// Nothing yet, and at most `limit` in the end.
    pub fn new(limit: usize) -> Kept<K, V> {
        Kept { limit, entries: BTreeMap::new(), left_out: 0 }
    }

    /// Takes one in, or lets `merge` join it to the one that has the same key.
    pub fn add(&mut self, key: K, value: V, merge: impl FnOnce(&mut V, V)) {
        match self.entries.get_mut(&key) {
            Some(known) => merge(known, value),
            None => {
                self.entries.insert(key, value);
            }
        }
        if self.entries.len() > self.limit + self.limit / 4 {
            self.shed();
        }
    }

    /// The entries that stay, by key, and how many do not.
    pub fn take(&mut self) -> (BTreeMap<K, V>, usize) {
        self.shed();
        (std::mem::take(&mut self.entries), std::mem::take(&mut self.left_out))
    }

    /// Goes down to the limit: lowest rank first, and of one rank the last keys.
    fn shed(&mut self) {
        let mut excess = self.entries.len().saturating_sub(self.limit);
        if excess == 0 {
            return;
        }
        self.left_out += excess;
        let mut room = [0usize; 3];
        for entry in self.entries.values() {
            room[entry.rank()] += 1;
        }
        for count in &mut room {
            let gone = excess.min(*count);
            *count -= gone;
            excess -= gone;
        }
        self.entries.retain(|_, entry| {
            let room = &mut room[entry.rank()];
            let stays = *room > 0;
            *room = room.saturating_sub(1);
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_severity_goes_first_and_then_the_last_key() {
        let mut kept = Kept::new(3);
        for (key, severity) in [
            (1, Severity::Note),
            (2, Severity::Error),
            (3, Severity::Warning),
            (4, Severity::Warning),
            (5, Severity::Error),
        ] {
            kept.add(key, severity, |_, _| {});
        }
        let (entries, left_out) = kept.take();
        assert_eq!(entries.into_keys().collect::<Vec<_>>(), [2, 3, 5]);
        assert_eq!(left_out, 2);
    }

    #[test]
    fn an_equal_key_merges_and_leaves_nothing_out() {
        let mut kept = Kept::new(1);
        kept.add(1, Severity::Note, |_, _| {});
        kept.add(1, Severity::Error, |known, new| *known = new.max(*known));
        let (entries, left_out) = kept.take();
        assert_eq!(entries.into_values().collect::<Vec<_>>(), [Severity::Error]);
        assert_eq!(left_out, 0);
    }

    #[test]
    fn never_more_than_a_quarter_over_the_limit_is_held() {
        let mut kept = Kept::new(10);
        for key in 0..100_000 {
            kept.add(key, Severity::Warning, |_, _| {});
            assert!(kept.entries.len() <= 12);
        }
        assert_eq!(kept.take().1, 99_990);
    }
}
