//! Report: what a run says, ready to be written.
//!
//! A run reports project by project, in order, so that memory stays flat however large the tree is: a [`Writer`] is
//! begun with the [`Header`], given each [`ProjectReport`] once, and finished with the [`Summary`]. Everything in here
//! is located (paths, lines, text) and no longer needs the sources.

pub mod contract;
mod fixes;
mod harmless;
pub mod image;
pub mod json;
pub mod line_hash;
pub mod locate;
pub(crate) mod redact;
pub mod sarif;
pub mod show;
pub mod table;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

pub use self::redact::redact as redacted;
use crate::finding::Safety;
use crate::problem::Gravity;
pub use crate::severity::Severity;
use crate::source::{Entry, Position};

/// Where something stands, for a reader who has the files but not our memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Relative to the root of the scan, `/`-separated.
    pub path: Arc<str>,
    /// First character, 1-based.
    pub start: Position,
    /// One past the last character, 1-based.
    pub end: Position,
    /// First byte in the file.
    pub offset: u32,
    /// Length in bytes.
    pub length: u32,
    /// The lines that the place stands in; the text of the place alone, cut, where they are too long. Control characters
    /// are as in the file.
    pub snippet: String,
    /// GitHub's hash of the first line, if line hashes were asked for.
    #[serde(skip)]
    pub line_hash: Option<String>,
    /// Where in an image it is, if it is in one; the path is then no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<Arc<Entry>>,
}

/// A sentence, with its place if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocatedNote {
    /// The sentence.
    pub message: String,
    /// The place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A rule as reports show it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleInfo {
    /// The rule's id.
    pub id: &'static str,
    /// One sentence.
    pub title: String,
    /// The page's first paragraph, as plain text.
    pub summary: String,
    /// The whole page, as Markdown without front matter.
    #[serde(skip)]
    pub markdown: String,
    /// Severity of its findings when no binding says otherwise.
    pub severity: Severity,
    /// Topics: `identity`, `build`, `security` ...
    pub tags: Vec<String>,
    /// Other tools' ids, as `tool:ID`.
    pub similar: Vec<String>,
}

/// A control of an active policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlInfo {
    /// The policy's id, `adr-0003`.
    pub policy: Arc<str>,
    /// The control's id, `non-root`.
    pub id: Arc<str>,
    /// What it demands.
    pub title: String,
    /// The group it is shown in, `identity`.
    pub group: String,
    /// Where the decision asks for it.
    pub source: String,
    /// Whether and how it is assessed.
    pub assessment: Assessment,
}

/// How a control is assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "detail")]
pub enum Assessment {
    /// By these rules.
    Rules(Vec<&'static str>),
    /// Not yet: its rules are not built. Never counts as met.
    Planned,
    /// By a person; why.
    Manual(String),
    /// By another tool or command; which.
    Outside(String),
}

/// What stays the same for a whole run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Every rule that is bound, sorted by id.
    pub rules: Vec<RuleInfo>,
    /// Every control of the active policies, in policy order.
    pub controls: Vec<ControlInfo>,
    /// Findings below this are not shown (they still count and gate).
    pub min_severity: Severity,
}

/// The verdict on one control for one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The container cannot be held to it.
    NotApplicable,
    /// Examined, and it holds.
    Met,
    /// Broken, and somebody answers for that.
    Waived,
    /// A fact is missing.
    Inconclusive,
    /// Broken.
    Violated,
}

/// One control's verdict, with its grounds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlVerdict {
    /// Index into [`Header::controls`].
    #[serde(skip)]
    pub control: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// Evidence when met, the missing facts when inconclusive, the reason when not applicable.
    pub grounds: Vec<LocatedNote>,
    /// Indexes into [`ProjectReport::findings`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<usize>,
}

/// One judged container.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerReport {
    /// Service name, or the path of the Dockerfile or image file.
    pub name: String,
    /// What it was resolved from: `service`, `dockerfile` or `image`.
    pub kind: &'static str,
    /// `node`, `python`, `nginx` ...; `unknown` if it is not known.
    pub runtime: String,
    /// One verdict for every control that is assessed by rules, in policy order.
    pub verdicts: Vec<ControlVerdict>,
}

/// One violation as it is shown: one per rule and place, for all containers it concerns.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedFinding {
    /// The rule.
    pub rule: &'static str,
    /// Severity after policy.
    pub severity: Severity,
    /// The controls that demand it, as `policy/control`.
    pub controls: Vec<String>,
    /// The containers it concerns.
    pub containers: Vec<String>,
    /// The fact.
    pub message: String,
    /// Where.
    pub location: Location,
    /// What explains it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<LocatedNote>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<ReportedFix>,
    /// Stays the same when lines move: 16 hex digits over rule, path, subject and the text it points at.
    pub fingerprint: String,
}

/// The way out of a violation, for a reader or for a program that takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedFix {
    /// What to do.
    pub title: String,
    /// Whether the edits may be made unseen.
    pub safety: Safety,
    /// The change to the files, in the order of the places; empty if it is for a human to make.
    pub edits: Vec<ReportedEdit>,
    /// Whether the edits hold a secret, so that no report may show them.
    #[serde(skip)]
    pub secret: bool,
}

impl ReportedFix {
    /// The edits that a report may show: all of them, or none.
    pub fn shown_edits(&self) -> &[ReportedEdit] {
        if self.secret { &[] } else { &self.edits }
    }
}

/// A piece of text in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedEdit {
    /// What is replaced; of length 0 where text is put in.
    pub location: Location,
    /// What takes its place, with the line ends of the file.
    pub text: String,
    /// The file as it was read.
    #[serde(skip)]
    pub file: FileText,
}

/// A file and its text as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// Where it was read from.
    pub path: PathBuf,
    /// All of it.
    pub text: Arc<str>,
}

/// A problem as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedProblem {
    /// How much is lost.
    pub gravity: Gravity,
    /// The file or path.
    pub path: String,
    /// Where in the file, if there is a text to point into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// Everything about one project: a Compose project with what it builds, a lone Dockerfile, or an image configuration.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectReport {
    /// The file that stands for it.
    pub name: String,
    /// `compose`, `dockerfile` or `image`.
    pub kind: &'static str,
    /// All files that were read for it.
    pub files: Vec<Arc<str>>,
    /// Its containers.
    pub containers: Vec<ContainerReport>,
    /// Violations, sorted by path, offset and rule.
    pub findings: Vec<ReportedFinding>,
    /// What could not be examined.
    pub problems: Vec<ReportedProblem>,
}

/// How often each verdict was given for one control.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// [`Verdict::Violated`]
    pub violated: usize,
    /// [`Verdict::Inconclusive`]
    pub inconclusive: usize,
    /// [`Verdict::Waived`]
    pub waived: usize,
    /// [`Verdict::Met`]
    pub met: usize,
    /// [`Verdict::NotApplicable`]
    pub not_applicable: usize,
}

/// What the whole run came to.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Files read, by kind, in the order shown: `("Dockerfile", 35)`.
    pub scanned: Vec<(String, usize)>,
    /// Files that were recognised but left out, with the reason.
    pub skipped: Vec<(String, String)>,
    /// How many more were left out than are named.
    pub further_skipped: usize,
    /// Problems that belong to no project (a path that does not exist, an unreadable folder).
    pub problems: Vec<ReportedProblem>,
    /// How many containers were judged.
    pub containers: usize,
    /// Findings by severity: errors, warnings, notes.
    pub errors: usize,
    /// Findings with severity warning.
    pub warnings: usize,
    /// Findings with severity note.
    pub notes: usize,
    /// All problems with gravity error, those of projects included.
    pub failures: usize,
    /// One tally per control of [`Header::controls`].
    pub tallies: Vec<Tally>,
    /// What the process will exit with.
    pub exit_code: u8,
}

/// Writes a report in one format.
pub trait Writer {
    /// Called once, before anything was read.
    fn begin(&mut self, header: &Header) -> io::Result<()>;
    /// Called for each project, in order.
    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()>;
    /// Called once, at the end.
    fn finish(&mut self, header: &Header, summary: &Summary) -> io::Result<()>;
}

impl<W: Writer + ?Sized> Writer for &mut W {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        (**self).begin(header)
    }

    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()> {
        (**self).project(header, project)
    }

    fn finish(&mut self, header: &Header, summary: &Summary) -> io::Result<()> {
        (**self).finish(header, summary)
    }
}
