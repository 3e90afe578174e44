//! Collecting: the fixes of a report as it passes.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io;

use crate::finding::Safety;
use crate::problem::Gravity;
use crate::report::{Header, ProjectReport, ReportedEdit, Summary, Writer};

/// A fix that may be made, and the finding that it is for.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The rule of the finding.
    pub rule: &'static str,
    /// The edits, of which there is at least one.
    pub edits: Vec<ReportedEdit>,
}

impl Proposal {
    /// The order in which fixes are made: by the place of their first edit, then by rule.
    pub fn by_place(&self, other: &Proposal) -> Ordering {
        let place = |proposal: &Proposal| {
            let edit = proposal.edits.first()?;
            Some((edit.location.path.clone(), edit.location.offset, proposal.rule))
        };
        place(self).cmp(&place(other))
    }

    /// What it is, wherever it moves: its rule, and what it puts into which files.
    pub fn key(&self) -> String {
        let edits: Vec<String> =
            self.edits.iter().map(|edit| format!("{} {:?}", edit.location.path, edit.text)).collect();
        format!("{} {}", self.rule, edits.join(" "))
    }
}

/// A writer that keeps the fixes of what is shown, and how much is wrong where.
#[derive(Debug)]
pub struct Collector {
    safety: Safety,
    /// What was collected.
    pub proposals: Vec<Proposal>,
    /// How many findings of each rule are in each file; how many problems there are, where there is no rule.
    wrong: BTreeMap<(String, &'static str), usize>,
}

impl Collector {
    /// Keeps fixes up to a safety.
    pub fn new(safety: Safety) -> Collector {
        Collector { safety, proposals: Vec::new(), wrong: BTreeMap::new() }
    }

    /// Whether no file has more findings of a rule, or more problems, in the other one.
    pub fn is_nowhere_better_than(&self, other: &Collector) -> bool {
        other.wrong.iter().all(|(key, count)| self.wrong.get(key).is_some_and(|known| known >= count))
    }
}

impl Writer for Collector {
    fn begin(&mut self, _: &Header) -> io::Result<()> {
        Ok(())
    }

    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()> {
        for finding in project.findings.iter().filter(|finding| finding.severity >= header.min_severity) {
            let fix = finding.fix.as_ref().filter(|fix| fix.safety <= self.safety && !fix.edits.is_empty());
            self.proposals.extend(fix.map(|fix| Proposal { rule: finding.rule, edits: fix.edits.clone() }));
        }
        for finding in &project.findings {
            *self.wrong.entry((finding.location.path.to_string(), finding.rule)).or_default() += 1;
        }
        for problem in project.problems.iter().filter(|problem| problem.gravity > Gravity::Note) {
            *self.wrong.entry((problem.path.clone(), "")).or_default() += 1;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Header, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
