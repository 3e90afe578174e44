//! View: the parts of a report under the names that the JSON document gives them.
//!
//! These shapes are a promise to readers; they are apart from the report's own types so that those stay free to change.

use serde::Serialize;

use crate::finding::Safety;
use crate::problem::Gravity;
use crate::report::{
    ControlInfo, ControlVerdict, LocatedNote, Location, ReportedEdit, ReportedFinding, ReportedFix, ReportedProblem,
    Severity, Tally, Verdict,
};
use crate::source::{Entry, Position};

/// Who wrote the document.
#[derive(Serialize)]
pub struct Tool {
    /// `plimsoll`.
    pub name: &'static str,
    /// As in Cargo.toml.
    pub version: &'static str,
}

/// How many files of a kind were read.
#[derive(Serialize)]
pub struct Scanned<'r> {
    /// `Dockerfile`, for example.
    pub kind: &'r str,
    /// How many.
    pub count: usize,
}

/// A file that was left out.
#[derive(Serialize)]
pub struct Skipped<'r> {
    /// The file.
    pub path: &'r str,
    /// Why.
    pub reason: &'r str,
}

/// A control, with the name that verdicts and tallies refer to.
#[derive(Serialize)]
pub struct ControlView<'r> {
    /// `policy/control`.
    pub control: &'r str,
    #[serde(flatten)]
    /// Everything else.
    pub info: &'r ControlInfo,
}

/// The tally of a control.
#[derive(Serialize)]
pub struct TallyView<'r> {
    /// `policy/control`.
    pub control: &'r str,
    #[serde(flatten)]
    /// The counts.
    pub tally: &'r Tally,
}

/// A location without its text.
#[derive(Serialize)]
pub struct Place<'r> {
    path: &'r str,
    start: Position,
    end: Position,
    offset: u32,
    length: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'r Entry>,
}

impl<'r> From<&'r Location> for Place<'r> {
    fn from(location: &'r Location) -> Place<'r> {
        let &Location { ref path, start, end, offset, length, ref entry, .. } = location;
        Place { path, start, end, offset, length, entry: entry.as_deref() }
    }
}

/// A sentence, with its place if it has one.
#[derive(Serialize)]
pub struct NoteView<'r> {
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place<'r>>,
}

impl<'r> From<&'r LocatedNote> for NoteView<'r> {
    fn from(note: &'r LocatedNote) -> NoteView<'r> {
        NoteView { message: &note.message, location: note.location.as_ref().map(Place::from) }
    }
}

/// The verdict on one control for one container.
#[derive(Serialize)]
pub struct VerdictView<'r> {
    control: &'r str,
    verdict: Verdict,
    grounds: Vec<NoteView<'r>>,
    /// Indexes into the findings that are shown.
    findings: Vec<usize>,
}

impl<'r> VerdictView<'r> {
    /// The verdict by the names of all controls, and the index at which each finding is shown, if it is.
    pub fn new(verdict: &'r ControlVerdict, controls: &'r [String], shown: &[Option<usize>]) -> VerdictView<'r> {
        VerdictView {
            control: controls.get(verdict.control).map_or("", String::as_str),
            verdict: verdict.verdict,
            grounds: verdict.grounds.iter().map(NoteView::from).collect(),
            findings: verdict.findings.iter().filter_map(|&i| *shown.get(i)?).collect(),
        }
    }
}

/// A way out.
#[derive(Serialize)]
pub struct FixView<'r> {
    title: &'r str,
    safety: Safety,
    edits: Vec<EditView<'r>>,
}

/// A piece of text in the place of another.
#[derive(Serialize)]
pub struct EditView<'r> {
    path: &'r str,
    location: Place<'r>,
    text: &'r str,
}

impl<'r> From<&'r ReportedFix> for FixView<'r> {
    fn from(fix: &'r ReportedFix) -> FixView<'r> {
        let edit = |edit: &'r ReportedEdit| EditView {
            path: &edit.location.path,
            location: Place::from(&edit.location),
            text: &edit.text,
        };
        FixView { title: &fix.title, safety: fix.safety, edits: fix.shown_edits().iter().map(edit).collect() }
    }
}

/// A violation.
#[derive(Serialize)]
pub struct FindingView<'r> {
    rule: &'r str,
    severity: Severity,
    controls: &'r [String],
    containers: &'r [String],
    message: &'r str,
    location: Place<'r>,
    notes: Vec<NoteView<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixView<'r>>,
    fingerprint: &'r str,
}

impl<'r> From<&'r ReportedFinding> for FindingView<'r> {
    fn from(finding: &'r ReportedFinding) -> FindingView<'r> {
        FindingView {
            rule: finding.rule,
            severity: finding.severity,
            controls: &finding.controls,
            containers: &finding.containers,
            message: &finding.message,
            location: Place::from(&finding.location),
            notes: finding.notes.iter().map(NoteView::from).collect(),
            fix: finding.fix.as_ref().map(FixView::from),
            fingerprint: &finding.fingerprint,
        }
    }
}

/// A problem.
#[derive(Serialize)]
pub struct ProblemView<'r> {
    gravity: Gravity,
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place<'r>>,
    what: &'r str,
    help: &'r str,
}

impl<'r> From<&'r ReportedProblem> for ProblemView<'r> {
    fn from(problem: &'r ReportedProblem) -> ProblemView<'r> {
        ProblemView {
            gravity: problem.gravity,
            path: &problem.path,
            location: problem.location.as_ref().map(Place::from),
            what: &problem.what,
            help: &problem.help,
        }
    }
}
