//! Totals: what a run adds up to, and the exit code.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use super::Request;
use super::project::Judged;
use crate::discover::Root;
use crate::problem::{Gravity, Problem, ProblemPlace};
use crate::report::{Header, ProjectReport, ReportedProblem, Severity, Summary, Tally, Verdict};

/// How many skipped files are named; the rest are counted.
const MAX_SKIPPED: usize = 1000;

/// Adds reports up as they pass.
pub struct Totals {
    summary: Summary,
    fail_on: Option<Severity>,
    /// Compose files, Dockerfiles, images, configurations of nginx, decisions.
    kinds: [usize; 5],
    failing: bool,
    /// Whether anything was judged.
    judged: bool,
}

impl Totals {
    /// Nothing yet.
    pub fn new(header: &Header, fail_on: Option<Severity>) -> Totals {
        let summary = Summary { tallies: vec![Tally::default(); header.controls.len()], ..Summary::default() };
        Totals { summary, fail_on, kinds: [0; 5], failing: false, judged: false }
    }

    /// Problems that belong to no project.
    pub fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let path = match &problem.place {
                ProblemPlace::Path(path) => path.clone(),
                ProblemPlace::Span(_) => String::new(),
            };
            self.summary.failures += usize::from(problem.gravity == Gravity::Error);
            let (what, help) = (problem.what.clone(), problem.help.clone());
            self.summary.problems.push(ReportedProblem { gravity: problem.gravity, path, location: None, what, help });
        }
    }

    /// Files that were left out, with the reason.
    pub fn skipped(&mut self, skipped: Vec<(String, String)>) {
        let room = MAX_SKIPPED.saturating_sub(self.summary.skipped.len());
        self.summary.further_skipped += skipped.len().saturating_sub(room);
        self.summary.skipped.extend(skipped.into_iter().take(room));
    }

    /// The files of one piece of work; a Dockerfile that two projects build counts once.
    pub fn files(&mut self, judged: &Judged, claimed: &HashSet<PathBuf>) {
        self.kinds[0] += judged.compose_files;
        self.kinds[1] += judged.dockerfiles + judged.builds.iter().filter(|path| !claimed.contains(*path)).count();
        self.kinds[2] += judged.images;
        self.kinds[3] += judged.configurations_read;
        self.kinds[4] += judged.decisions;
    }

    /// One project.
    pub fn project(&mut self, report: &ProjectReport) {
        self.judged |= !report.containers.is_empty();
        self.summary.containers += report.containers.iter().filter(|subject| subject.kind != "decision").count();
        for finding in &report.findings {
            match finding.severity {
                Severity::Error => self.summary.errors += 1,
                Severity::Warning => self.summary.warnings += 1,
                Severity::Note => self.summary.notes += 1,
            }
            self.failing |= self.fail_on.is_some_and(|threshold| finding.severity >= threshold);
        }
        self.summary.failures += report.problems.iter().filter(|problem| problem.gravity == Gravity::Error).count();
        for verdict in report.containers.iter().flat_map(|container| &container.verdicts) {
            let tally = &mut self.summary.tallies[verdict.control];
            match verdict.verdict {
                Verdict::Violated => tally.violated += 1,
                Verdict::Inconclusive => tally.inconclusive += 1,
                Verdict::Waived => tally.waived += 1,
                Verdict::Met => tally.met += 1,
                Verdict::NotApplicable => tally.not_applicable += 1,
            }
        }
    }

    /// There was nothing to scan: a run that passes on nothing would be a lie.
    pub fn nothing_found(&mut self, request: &Request, root: &Root) {
        if self.summary.failures > 0 {
            return;
        }
        let paths: BTreeSet<_> = request.paths.iter().map(|path| path.display().to_string()).collect();
        let shown = paths.into_iter().collect::<Vec<_>>().join(", ");
        let shown = if shown.is_empty() { root.path().display().to_string() } else { shown };
        self.problems(&[Problem::error(
            shown,
            "there is nothing to scan: no Dockerfile, no Compose file",
            "name the files, or see that .gitignore does not exclude them",
        )]);
    }

    /// There were files, and no container came out of them: that is no pass either.
    pub fn nothing_judged(&mut self, root: &Root) {
        if self.judged || self.summary.failures > 0 {
            return;
        }
        self.problems(&[Problem::error(
            root.path().display().to_string(),
            "there is nothing to judge: no file defines a container that can be read",
            "name files that do; render templates first",
        )]);
    }

    /// The summary, with the exit code: violations win over failures.
    pub fn finish(mut self) -> Summary {
        let names = [
            ("Compose file", "Compose files"),
            ("Dockerfile", "Dockerfiles"),
            ("image", "images"),
            ("nginx configuration", "nginx configurations"),
            ("decision", "decisions"),
        ];
        self.summary.scanned = names
            .iter()
            .zip(self.kinds)
            .filter(|(_, count)| *count > 0)
            .map(|((one, more), count)| (if count == 1 { one.to_string() } else { more.to_string() }, count))
            .collect();
        self.summary.exit_code = match (self.failing, self.summary.failures) {
            (true, _) => 1,
            (false, 0) => 0,
            (false, _) => 2,
        };
        self.summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beyond_those_that_are_named_are_counted() {
        let header = Header { rules: Vec::new(), controls: Vec::new(), min_severity: Severity::Note };
        let mut totals = Totals::new(&header, None);
        let skipped = |number| (0..number).map(|i| (format!("{i}/Dockerfile"), "is a folder".to_string())).collect();
        totals.skipped(skipped(MAX_SKIPPED - 1));
        totals.skipped(skipped(3));
        totals.skipped(skipped(2));
        let summary = totals.finish();
        assert_eq!((summary.skipped.len(), summary.further_skipped), (MAX_SKIPPED, 4));
    }
}
