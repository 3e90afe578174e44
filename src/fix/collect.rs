//! Collecting: the fixes of a report as it passes.

use std::io;

use crate::finding::Safety;
use crate::report::{Header, ProjectReport, ReportedEdit, Summary, Writer};

/// A fix that may be made, and the finding that it is for.
#[derive(Debug)]
pub struct Proposal {
    /// The rule of the finding.
    pub rule: &'static str,
    /// The edits, of which there is at least one.
    pub edits: Vec<ReportedEdit>,
}

/// A writer that keeps the fixes of what is shown.
#[derive(Debug)]
pub struct Collector {
    safety: Safety,
    /// What was collected.
    pub proposals: Vec<Proposal>,
}

impl Collector {
    /// Keeps fixes up to a safety.
    pub fn new(safety: Safety) -> Collector {
        Collector { safety, proposals: Vec::new() }
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
        Ok(())
    }

    fn finish(&mut self, _: &Header, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
