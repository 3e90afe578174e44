//! Round: the fixes of one scan, as many as make nothing worse.
//!
//! What a fix brings about is seen only by scanning again. All fixes are tried together; if something is found then that
//! was not found before, or a file does not parse any more, each half of them is tried, and so on down to the fix that
//! is to blame, which is declined.

use std::io;

use super::Plan;
use super::collect::{Collector, Proposal};
use super::pick::Picked;
use crate::scan::Request;

/// How many scans a round may take. Those fixes that are not tried by then are left to the next round.
const SCANS: usize = 64;

/// One round on its way.
pub struct Round<'r> {
    plan: &'r Plan<'r>,
    request: &'r Request,
    before: &'r Collector,
    accepted: Vec<Proposal>,
    scans: usize,
    /// What the accepted fixes change, and what a scan finds then; nothing if none was accepted.
    pub outcome: Option<(Picked, Collector)>,
    /// The fixes that make something worse.
    pub declined: Vec<(String, &'static str)>,
    /// What was not changed, and why.
    pub left: Vec<(String, String)>,
}

impl<'r> Round<'r> {
    /// A round over the texts of a request, for which a scan has found `before`.
    pub fn new(plan: &'r Plan<'r>, request: &'r Request, before: &'r Collector) -> Round<'r> {
        let (accepted, declined, left) = (Vec::new(), Vec::new(), Vec::new());
        Round { plan, request, before, accepted, scans: SCANS, outcome: None, declined, left }
    }

    /// Accepts as many of these fixes, which are in order, as make nothing worse, together with those that were accepted
    /// before.
    ///
    /// # Errors
    /// Only what running a scan meets.
    pub fn settle(&mut self, mut candidates: Vec<Proposal>) -> io::Result<()> {
        let trial: Vec<Proposal> = self.accepted.iter().chain(&candidates).cloned().collect();
        let mut picked = self.plan.pick(self.request, &trial);
        self.left.extend(std::mem::take(&mut picked.left));
        if candidates.is_empty() || picked.files.is_empty() {
            return Ok(());
        }
        let Some(scans) = self.scans.checked_sub(1) else { return Ok(()) };
        self.scans = scans;
        let (after, _) = self.plan.look(&picked.applied_to(self.request))?;
        if self.before.is_nowhere_better_than(&after) {
            self.accepted = trial;
            self.outcome = Some((picked, after));
        } else if let [only] = candidates.as_slice() {
            self.declined.push((only.key(), only.rule));
        } else {
            let second = candidates.split_off(candidates.len() / 2);
            self.settle(candidates)?;
            self.settle(second)?;
        }
        Ok(())
    }
}
