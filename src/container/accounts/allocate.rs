//! Allocation: which id a program takes if it is told none.

use std::collections::BTreeSet;

use super::{Accounts, Id};

/// Ids from 1000 to 60000 are for people: `UID_MIN` and `UID_MAX` of login.defs, `FIRST_UID` of adduser.conf.
const NORMAL: std::ops::RangeInclusive<u32> = 1000..=60_000;

/// Which ids an account is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pool {
    /// From 1000 on.
    Normal,
    /// Below 1000.
    System,
}

impl Pool {
    /// The pool that an id belongs to.
    pub fn of(id: u32) -> Pool {
        if id < *NORMAL.start() { Pool::System } else { Pool::Normal }
    }
}

/// The program's way to find a free id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// `useradd`: one more than the highest in use; for system accounts downwards from 999.
    Shadow,
    /// Debian's `adduser`: the lowest free one.
    Debian,
    /// busybox: the lowest free one.
    Busybox,
}

impl Accounts {
    /// The id that a new account gets; one that is free as a group too if `with_group`.
    pub(super) fn free_uid(&self, strategy: Strategy, pool: Pool, with_group: bool) -> Id {
        if !self.ids_known(pool) {
            return Id::NonZero;
        }
        let mut used: BTreeSet<u32> = self.accounts.iter().filter_map(|account| account.uid.known()).collect();
        if with_group && strategy != Strategy::Shadow {
            used.extend(self.groups.iter().filter_map(|group| group.gid.known()));
        }
        free(strategy, pool, &used)
    }

    /// The id that a new group gets.
    pub(super) fn free_gid(&self, strategy: Strategy, pool: Pool) -> Id {
        if !self.ids_known(pool) {
            return Id::NonZero;
        }
        free(strategy, pool, &self.groups.iter().filter_map(|group| group.gid.known()).collect())
    }

    /// Whether all ids of a pool are known.
    pub(super) fn ids_known(&self, pool: Pool) -> bool {
        match pool {
            Pool::Normal => self.normal_ids,
            Pool::System => self.system_ids,
        }
    }

    /// From now on, the next free id of a pool cannot be told.
    pub(super) fn lose_ids(&mut self, pool: Pool) {
        match pool {
            Pool::Normal => self.normal_ids = false,
            Pool::System => self.system_ids = false,
        }
    }
}

fn free(strategy: Strategy, pool: Pool, used: &BTreeSet<u32>) -> Id {
    let id = match (strategy, pool) {
        (Strategy::Shadow, Pool::Normal) => {
            Some(used.range(NORMAL).next_back().map_or(*NORMAL.start(), |highest| highest + 1))
        }
        (Strategy::Shadow, Pool::System) => free_downwards(used),
        // Which of them `_apt` has depends on the release.
        (Strategy::Debian, Pool::System) => None,
        (Strategy::Busybox, Pool::System) => (100..=999).find(|id| !used.contains(id)),
        (_, Pool::Normal) => NORMAL.clone().find(|id| !used.contains(id)),
    };
    id.filter(|id| *id <= *NORMAL.end()).map_or(Id::NonZero, Id::Known)
}

/// Releases of shadow differ in whether the first free id below 999 is taken, or the one below the lowest in use.
fn free_downwards(used: &BTreeSet<u32>) -> Option<u32> {
    let range = 101..=999;
    let first = range.clone().rev().find(|id| !used.contains(id))?;
    let below = used.range(range).next().map_or(999, |lowest| lowest - 1);
    (below == first).then_some(first)
}
