//! Assessment: what checks say of a container, under policies, to a verdict per control.
//!
//! The one place where verdicts are made. A control is met only if something was examined and nothing stood in the way.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::finding::{Finding, Judgement, Note};
use crate::policy::{Binding, Control, Policy, scope::Concern};
use crate::problem::Problem;
use crate::report::locate::{Locator, joined_fix};
use crate::report::{
    Assessment, ContainerReport, ControlVerdict, LocatedNote, ReportedFinding, ReportedFix, Severity, Verdict,
};
use crate::rule::Subject;
use crate::source::Span;

/// How much of the grounds is kept: only what some writer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Findings and missing facts.
    Findings,
    /// Evidence of what is met and reasons of what is not applicable, too.
    Everything,
}

/// The assessment of one project's containers.
#[derive(Debug, Default)]
pub struct Assessed {
    /// One report per container.
    pub containers: Vec<ContainerReport>,
    /// Findings, one per rule and place, sorted by path, offset and rule.
    pub findings: Vec<ReportedFinding>,
    /// Checks that failed.
    pub problems: Vec<Problem>,
}

/// A finding on its way: what it is filed under, and what else was said at the same place.
struct Filed {
    finding: Finding,
    fix: Option<ReportedFix>,
    severity: Severity,
    controls: Vec<String>,
    containers: Vec<String>,
    /// `(container, control)` pairs, to find it again.
    verdicts: Vec<(usize, usize)>,
}

/// What findings are filed under: path, first byte, end and rule. Not the span, since a file that several variants of a
/// project include is read once for each of them.
type Key = (Arc<str>, u32, u32, &'static str);

fn key(locator: &Locator, finding: &Finding, rule: &'static str) -> Key {
    match &finding.entry {
        Some(entry) => (entry.name.clone(), 0, 0, rule),
        None => {
            let (path, bytes) = locator.bytes(finding.place);
            (path, bytes.start, bytes.end, rule)
        }
    }
}

/// Judges subjects under policies.
pub fn assess(subjects: &[Subject], policies: &[Policy], locator: &Locator, detail: Detail) -> Assessed {
    let mut assessed = Assessed::default();
    let mut filed: BTreeMap<Key, Filed> = BTreeMap::new();
    for (index, subject) in subjects.iter().enumerate() {
        let mut report = ContainerReport {
            name: subject.name().to_string(),
            kind: subject.kind(),
            runtime: subject.runtime_label(),
            verdicts: Vec::new(),
        };
        let controls = policies.iter().flat_map(|policy| policy.controls.iter().map(move |control| (policy, control)));
        for (number, (policy, control)) in controls.enumerate() {
            if !matches!(control.assessment, Assessment::Rules(_)) {
                continue;
            }
            let mut judged = judge(control, subject, &mut assessed.problems);
            if !judged.findings.is_empty() {
                let name = format!("{}/{}", policy.id, control.id);
                for (binding, finding) in judged.findings.drain(..) {
                    let key = key(locator, &finding, binding.rule.id);
                    let fix = finding.fix.as_ref().map(|fix| locator.fix(fix));
                    file(filed.entry(key), binding, (finding, fix), &name, subject.name(), (index, number));
                }
            }
            report.verdicts.push(ControlVerdict {
                control: number,
                verdict: judged.verdict,
                grounds: grounds(judged.verdict, &judged.grounds, locator, detail),
                findings: Vec::new(),
            });
        }
        assessed.containers.push(report);
    }
    report_findings(filed, locator, &mut assessed);
    assessed
}

/// What came of one control for one container.
struct Judged<'p> {
    verdict: Verdict,
    grounds: Vec<Note>,
    findings: Vec<(&'p Binding, Finding)>,
}

fn judge<'p>(control: &'p Control, subject: &Subject, problems: &mut Vec<Problem>) -> Judged<'p> {
    let mut findings = Vec::new();
    let (mut unknown, mut evidence, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for binding in &control.bindings {
        match judgement(binding, subject, problems) {
            Judgement::Violated { findings: found, unknown: open } => {
                findings.extend(found.into_iter().map(|finding| (binding, finding)));
                unknown.extend(open);
            }
            Judgement::Inconclusive(notes) => unknown.extend(notes),
            Judgement::Met(notes) => evidence.extend(notes),
            Judgement::NotApplicable(why) => reasons.push(Note { message: why, place: None }),
        }
    }
    let examined = !evidence.is_empty() || !findings.is_empty();
    if examined && !control.planned.is_empty() {
        let rules = control.planned.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
        unknown.push(Note { message: format!("{rules} not assessed yet"), place: None });
    }
    let (verdict, grounds) = if !findings.is_empty() {
        (Verdict::Violated, unknown)
    } else if !unknown.is_empty() {
        (Verdict::Inconclusive, unknown)
    } else if !evidence.is_empty() {
        (Verdict::Met, evidence)
    } else {
        (Verdict::NotApplicable, reasons)
    };
    Judged { verdict, grounds, findings }
}

/// The judgement of one rule. A check that panics is a fault of the program: the control is then not met, and the rest
/// goes on.
fn judgement(binding: &Binding, subject: &Subject, problems: &mut Vec<Problem>) -> Judgement {
    let concern = match subject {
        Subject::Container { container, .. } => binding.scope.concerns(container),
        // A scope speaks of containers.
        Subject::Decision(_) => Concern::Yes,
    };
    let open = match concern {
        Concern::Yes => None,
        Concern::No(why) => return Judgement::NotApplicable(why),
        Concern::Unknown(why) => Some(why),
    };
    let judgement = checked(binding, subject, problems);
    match (open, &judgement) {
        (None, _) => judgement,
        // Whether the container is concerned or not, the rule has nothing against it.
        (Some(_), Judgement::NotApplicable(_) | Judgement::Met(_)) => judgement,
        (Some(why), _) => Judgement::inconclusive(why, Some(runtime_place(subject))),
    }
}

fn runtime_place(subject: &Subject) -> Span {
    match subject {
        Subject::Container { container, .. } => container.runtime.origin.span,
        Subject::Decision(_) => subject.key(),
    }
}

fn checked(binding: &Binding, subject: &Subject, problems: &mut Vec<Problem>) -> Judgement {
    match catch_unwind(AssertUnwindSafe(|| binding.check.judge(subject))) {
        Ok(judgement) => judgement,
        Err(_) => {
            let rule = binding.rule.id;
            problems.push(Problem::error(
                subject.key(),
                format!("the check of `{rule}` failed on `{}`", subject.name()),
                "this is a fault of plimsoll: please report it with this file",
            ));
            Judgement::inconclusive(format!("the check of `{rule}` failed"), Some(subject.key()))
        }
    }
}

fn file(
    entry: Entry<Key, Filed>,
    binding: &Binding,
    (finding, fix): (Finding, Option<ReportedFix>),
    control: &str,
    container: &str,
    verdict: (usize, usize),
) {
    let entry = entry.or_insert_with(|| Filed {
        finding: finding.clone(),
        fix: fix.clone(),
        severity: binding.severity,
        controls: Vec::new(),
        containers: Vec::new(),
        verdicts: Vec::new(),
    });
    if entry.finding.message != finding.message {
        let note = Note { message: format!("for `{container}`: {}", finding.message), place: None };
        if !entry.finding.notes.contains(&note) {
            entry.finding.notes.push(note);
        }
    }
    if entry.fix != fix {
        entry.fix = joined_fix(entry.fix.take(), fix);
    }
    entry.severity = entry.severity.max(binding.severity);
    if !entry.controls.iter().any(|known| known == control) {
        entry.controls.push(control.to_string());
    }
    if !entry.containers.iter().any(|known| known == container) {
        entry.containers.push(container.to_string());
    }
    entry.verdicts.push(verdict);
}

fn grounds(verdict: Verdict, notes: &[Note], locator: &Locator, detail: Detail) -> Vec<LocatedNote> {
    let shown = detail == Detail::Everything || matches!(verdict, Verdict::Violated | Verdict::Inconclusive);
    if shown { notes.iter().map(|note| locator.note(note)).collect() } else { Vec::new() }
}

fn report_findings(filed: BTreeMap<Key, Filed>, locator: &Locator, assessed: &mut Assessed) {
    let mut reported: Vec<(ReportedFinding, Vec<(usize, usize)>)> = Vec::with_capacity(filed.len());
    for ((.., rule), filed) in filed {
        let place = filed.finding.place;
        let (location, text) = match &filed.finding.entry {
            Some(entry) => (locator.locate_entry(entry), ""),
            None => (locator.locate_finding(place), locator.text(place)),
        };
        let fingerprint = fingerprint(rule, &location.path, &filed.containers, text);
        let finding = ReportedFinding {
            rule,
            severity: filed.severity,
            controls: filed.controls,
            containers: filed.containers,
            message: filed.finding.message,
            location,
            notes: filed.finding.notes.iter().map(|note| locator.note(note)).collect(),
            fix: filed.fix,
            fingerprint,
        };
        reported.push((finding, filed.verdicts));
    }
    reported.sort_by(|(a, _), (b, _)| {
        (&a.location.path, a.location.offset, a.rule).cmp(&(&b.location.path, b.location.offset, b.rule))
    });
    for (index, (finding, verdicts)) in reported.into_iter().enumerate() {
        for (container, control) in verdicts {
            let verdicts = &mut assessed.containers[container].verdicts;
            if let Some(verdict) = verdicts.iter_mut().find(|verdict| verdict.control == control) {
                verdict.findings.push(index);
            }
        }
        assessed.findings.push(finding);
    }
}

/// 64 bits of FNV-1a over what a finding is about, blanks folded: the same when lines move or indentation changes.
fn fingerprint(rule: &str, path: &str, containers: &[String], text: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut eat = |part: &str| {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    eat(rule);
    eat(path);
    containers.iter().for_each(|container| eat(container));
    text.split_whitespace().for_each(eat);
    format!("{hash:016x}")
}
