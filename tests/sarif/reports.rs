//! Reports made by hand.

use plimsoll::problem::Gravity;
use plimsoll::report::line_hash::LineHashes;
use plimsoll::report::sarif::Sarif;
use plimsoll::report::{
    Assessment, ControlInfo, Header, Location, ProjectReport, ReportedFinding, ReportedProblem, RuleInfo, Severity,
    Summary, Writer,
};
use plimsoll::source::{LineIndex, Position};

/// A rule with everything.
pub fn rule(id: &'static str, severity: Severity) -> RuleInfo {
    RuleInfo {
        id,
        title: format!("the title of {id}"),
        summary: "What goes wrong, in a sentence or two.".into(),
        markdown: "# Why\n\nBecause.\n".into(),
        severity,
        tags: vec!["identity".into(), "security".into()],
        similar: vec!["hadolint:DL3002".into(), "cis:4.1".into()],
    }
}

/// Two rules, not in order, and the control that one of them serves.
pub fn header() -> Header {
    Header {
        rules: vec![rule("user-root", Severity::Error), rule("image-latest", Severity::Warning)],
        controls: vec![ControlInfo {
            policy: "adr-0003".into(),
            id: "non-root".into(),
            title: "containers run without root".into(),
            group: "identity".into(),
            source: "ADR 3".into(),
            assessment: Assessment::Rules(vec!["user-root"]),
        }],
        min_severity: Severity::Note,
    }
}

/// The first `needle` in a file.
pub fn locate(path: &str, text: &str, needle: &str) -> Location {
    let offset = text.find(needle).expect("the needle is in the text") as u32;
    let lines = LineIndex::new(text);
    let start = lines.position(text, offset);
    Location {
        path: path.into(),
        start,
        end: lines.position(text, offset + needle.len() as u32),
        offset,
        length: needle.len() as u32,
        snippet: needle.into(),
        line_hash: LineHashes::new(text).get(start.line),
        entry: None,
    }
}

/// A place in a file that nobody needs to have.
pub fn place(path: &str, line: u32) -> Location {
    let start = Position { line, column: 1 };
    let end = Position { line, column: 10 };
    let snippet = "USER root".to_string();
    Location { path: path.into(), start, end, offset: 0, length: 9, snippet, line_hash: None, entry: None }
}

/// A violation for one container and one control.
pub fn finding(rule: &'static str, severity: Severity, location: Location) -> ReportedFinding {
    ReportedFinding {
        rule,
        severity,
        controls: vec!["adr-0003/non-root".into()],
        containers: vec!["web".into()],
        message: "the container runs as `root`".into(),
        location,
        notes: vec![],
        fix: None,
        fingerprint: "0123456789abcdef".into(),
    }
}

/// A file that was not examined.
pub fn problem(path: &str, location: Option<Location>) -> ReportedProblem {
    ReportedProblem {
        gravity: Gravity::Error,
        path: path.into(),
        location,
        what: "the file cannot be read".into(),
        help: "check its permissions".into(),
    }
}

/// A project with findings and nothing else.
pub fn project(findings: Vec<ReportedFinding>) -> ProjectReport {
    ProjectReport { name: "compose.yaml".into(), kind: "compose", findings, ..ProjectReport::default() }
}

/// The SARIF file of a run.
pub fn written(header: &Header, projects: &[ProjectReport], summary: &Summary) -> String {
    let mut writer = Sarif::new(Vec::new());
    writer.begin(header).expect("memory takes everything");
    for project in projects {
        writer.project(header, project).expect("memory takes everything");
    }
    writer.finish(header, summary).expect("memory takes everything");
    String::from_utf8(writer.into_inner()).expect("SARIF is UTF-8")
}
