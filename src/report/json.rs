//! JSON: the whole report for programs, one document, written as the run goes on.
//!
//! Nothing is left out but findings below the shown severity (each project says how many) and the text under a place:
//! it may hold secrets, and whoever has the file can cut it out by `offset` and `length`. Lists are always there, even
//! when empty; `location` is there if something has a place. A change that breaks readers raises `schemaVersion`.

mod view;

use std::io;

use serde::Serialize;

use self::view::{ControlView, FindingView, ProblemView, Scanned, Skipped, TallyView, Tool, VerdictView};
use super::harmless::Harmless;
use super::{ContainerReport, Header, ProjectReport, ReportedFinding, Severity, Summary, Writer};

/// Version of the shape of the document.
const SCHEMA_VERSION: u32 = 1;

/// Writes one JSON document. The output should be buffered.
pub struct Json<W> {
    out: W,
    /// `policy/control` for each control of the header.
    controls: Vec<String>,
    /// Whether a project was written already.
    continued: bool,
}

impl<W: io::Write> Json<W> {
    /// A writer to `out`, to which nothing is written yet.
    pub fn new(out: W) -> Json<W> {
        Json { out, controls: Vec::new(), continued: false }
    }

    /// The output, for one that keeps what is written to it.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// One value, on one line.
    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut self.out, Harmless);
        Ok(value.serialize(&mut serializer)?)
    }

    /// `"name": value`, on one line, with what separates it from the next.
    fn field(&mut self, indent: &str, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.text(indent)?;
        self.value(&name)?;
        self.text(": ")?;
        self.value(value)?;
        self.text(",\n")
    }

    /// `[`, each item on a line of its own, `]`.
    fn list<T: Serialize>(&mut self, indent: &str, items: impl IntoIterator<Item = T>) -> io::Result<()> {
        self.text("[")?;
        let mut any = false;
        for item in items {
            self.text(if any { ",\n" } else { "\n" })?;
            self.text(indent)?;
            self.text("  ")?;
            self.value(&item)?;
            any = true;
        }
        if any {
            self.text("\n")?;
            self.text(indent)?;
        }
        self.text("]")
    }

    /// `"name": [...]`, without what separates it from the next.
    fn list_field<T: Serialize>(
        &mut self,
        indent: &str,
        name: &str,
        items: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        self.text(indent)?;
        self.value(&name)?;
        self.text(": ")?;
        self.list(indent, items)
    }

    fn container(&mut self, container: &ContainerReport, shown: &[Option<usize>]) -> io::Result<()> {
        self.text("        {\"name\":")?;
        self.value(&container.name)?;
        self.text(",\"kind\":")?;
        self.value(&container.kind)?;
        self.text(",\"runtime\":")?;
        self.value(&container.runtime)?;
        self.text(",\"verdicts\":")?;
        let controls = std::mem::take(&mut self.controls);
        let verdicts = container.verdicts.iter().map(|verdict| VerdictView::new(verdict, &controls, shown));
        self.list("        ", verdicts)?;
        self.controls = controls;
        self.text("}")
    }
}

impl<W: io::Write> Writer for Json<W> {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        self.controls = header.controls.iter().map(|control| format!("{}/{}", control.policy, control.id)).collect();
        self.text("{\n")?;
        self.field("  ", "schemaVersion", &SCHEMA_VERSION)?;
        self.field("  ", "tool", &Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })?;
        self.field("  ", "minSeverity", &header.min_severity)?;
        self.list_field("  ", "rules", &header.rules)?;
        self.text(",\n")?;
        let names = self.controls.clone();
        let controls = names.iter().zip(&header.controls).map(|(control, info)| ControlView { control, info });
        self.list_field("  ", "controls", controls)?;
        self.text(",\n  \"projects\": [")
    }

    fn project(&mut self, header: &Header, project: &ProjectReport) -> io::Result<()> {
        let shown = shown(project, header.min_severity);
        let hidden = shown.iter().filter(|place| place.is_none()).count();
        self.text(if self.continued { ",\n    {\n" } else { "\n    {\n" })?;
        self.continued = true;
        self.field("      ", "name", &project.name)?;
        self.field("      ", "kind", &project.kind)?;
        self.field("      ", "files", &project.files)?;
        self.text("      \"containers\": [")?;
        for (i, container) in project.containers.iter().enumerate() {
            self.text(if i == 0 { "\n" } else { ",\n" })?;
            self.container(container, &shown)?;
        }
        self.text(if project.containers.is_empty() { "],\n" } else { "\n      ],\n" })?;
        let findings = project.findings.iter().zip(&shown).filter(|(_, place)| place.is_some());
        self.list_field("      ", "findings", findings.map(|(finding, _)| FindingView::from(finding)))?;
        self.text(",\n")?;
        self.field("      ", "hiddenFindings", &hidden)?;
        self.list_field("      ", "problems", project.problems.iter().map(ProblemView::from))?;
        self.text("\n    }")
    }

    fn finish(&mut self, _header: &Header, summary: &Summary) -> io::Result<()> {
        self.text(if self.continued { "\n  ],\n" } else { "],\n" })?;
        self.text("  \"summary\": {\n")?;
        let scanned: Vec<_> = summary.scanned.iter().map(|(kind, count)| Scanned { kind, count: *count }).collect();
        self.field("    ", "scanned", &scanned)?;
        self.list_field("    ", "skipped", summary.skipped.iter().map(|(path, reason)| Skipped { path, reason }))?;
        self.text(",\n")?;
        self.list_field("    ", "problems", summary.problems.iter().map(ProblemView::from))?;
        self.text(",\n")?;
        self.field("    ", "containers", &summary.containers)?;
        self.field("    ", "errors", &summary.errors)?;
        self.field("    ", "warnings", &summary.warnings)?;
        self.field("    ", "notes", &summary.notes)?;
        self.field("    ", "failures", &summary.failures)?;
        let names = std::mem::take(&mut self.controls);
        let tallies = names.iter().zip(&summary.tallies).map(|(control, tally)| TallyView { control, tally });
        self.list_field("    ", "tallies", tallies)?;
        self.text(&format!(",\n    \"exitCode\": {}\n  }}\n}}\n", summary.exit_code))?;
        self.out.flush()
    }
}

/// For each finding its index among those that are shown, if it is.
fn shown(project: &ProjectReport, min_severity: Severity) -> Vec<Option<usize>> {
    let mut next = 0;
    let place = |finding: &ReportedFinding| {
        let place = next;
        (finding.severity >= min_severity).then(|| {
            next += 1;
            place
        })
    };
    project.findings.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::problem::Gravity;
    use crate::report::{
        Assessment, ControlInfo, ControlVerdict, LocatedNote, Location, ReportedProblem, RuleInfo, Tally, Verdict,
    };
    use crate::source::Position;

    fn header(min_severity: Severity) -> Header {
        let control = |id: &str, assessment| ControlInfo {
            policy: "adr-0003".into(),
            id: id.into(),
            title: "no root".into(),
            group: "identity".into(),
            source: "3.1".into(),
            assessment,
        };
        let rule = RuleInfo {
            id: "user-root",
            title: "the container runs as root".into(),
            summary: "Root is too much.".into(),
            markdown: "# Why".into(),
            severity: Severity::Error,
            tags: vec!["identity".into()],
            similar: vec!["hadolint:DL3002".into()],
        };
        Header {
            rules: vec![rule],
            controls: vec![
                control("non-root", Assessment::Rules(vec!["user-root"])),
                control("backups", Assessment::Manual("only people can tell".into())),
                control("later", Assessment::Planned),
            ],
            min_severity,
        }
    }

    fn location() -> Location {
        let (start, end) = (Position { line: 3, column: 6 }, Position { line: 3, column: 10 });
        let snippet = "PASSWORD=hunter2".to_string();
        Location {
            path: "Dockerfile".into(),
            start,
            end,
            offset: 20,
            length: 4,
            snippet,
            line_hash: Some("0:1".into()),
        }
    }

    fn finding(severity: Severity) -> ReportedFinding {
        ReportedFinding {
            rule: "user-root",
            severity,
            controls: vec!["adr-0003/non-root".into()],
            containers: vec!["web".into()],
            message: "the container runs as `root`".into(),
            location: location(),
            notes: vec![],
            fingerprint: "0123456789abcdef".into(),
        }
    }

    fn project(findings: Vec<ReportedFinding>) -> ProjectReport {
        let verdict = |control, verdict, findings| ControlVerdict {
            control,
            verdict,
            grounds: vec![LocatedNote { message: "`USER node`".into(), location: Some(location()) }],
            findings,
        };
        let container = ContainerReport {
            name: "web".into(),
            kind: "service",
            runtime: "node".into(),
            verdicts: vec![verdict(0, Verdict::Violated, vec![0, 1, 2]), verdict(1, Verdict::NotApplicable, vec![])],
        };
        let problem = ReportedProblem {
            gravity: Gravity::Warning,
            path: "a\u{1b}[31m".into(),
            location: None,
            what: "cannot be read".into(),
            help: "check it".into(),
        };
        ProjectReport {
            name: "compose.yaml".into(),
            kind: "compose",
            files: vec!["compose.yaml".into(), "Dockerfile".into()],
            containers: vec![container],
            findings,
            problems: vec![problem],
        }
    }

    fn written(header: &Header, projects: &[ProjectReport], summary: &Summary) -> String {
        let mut writer = Json::new(Vec::new());
        let mut write = || -> io::Result<()> {
            writer.begin(header)?;
            projects.iter().try_for_each(|project| writer.project(header, project))?;
            writer.finish(header, summary)
        };
        assert!(write().is_ok(), "memory takes everything");
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    #[track_caller]
    fn read(text: &str) -> Value {
        assert!(text.ends_with("}\n"));
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
    }

    #[test]
    fn an_empty_run_is_a_whole_document() {
        let report = read(&written(&header(Severity::Note), &[], &Summary::default()));
        let names: Vec<&String> = report.as_object().map(|object| object.keys().collect()).unwrap_or_default();
        assert_eq!(
            names,
            ["controls", "minSeverity", "projects", "rules", "schemaVersion", "summary", "tool"],
            "serde_json sorts them"
        );
        assert_eq!(report["schemaVersion"], 1);
        assert_eq!(report["tool"]["name"], "plimsoll");
        assert_eq!(report["projects"], json!([]));
        assert_eq!(
            report["controls"][1],
            json!({
                "control": "adr-0003/backups", "policy": "adr-0003", "id": "backups", "title": "no root",
                "group": "identity", "source": "3.1",
                "assessment": { "by": "manual", "detail": "only people can tell" },
            })
        );
    }

    #[test]
    fn a_project_tells_everything_with_places() {
        let report =
            read(&written(&header(Severity::Note), &[project(vec![finding(Severity::Error)])], &Summary::default()));
        let place = json!({
            "path": "Dockerfile", "start": { "line": 3, "column": 6 }, "end": { "line": 3, "column": 10 },
            "offset": 20, "length": 4,
        });
        assert_eq!(
            report["projects"][0],
            json!({
                "name": "compose.yaml", "kind": "compose", "files": ["compose.yaml", "Dockerfile"],
                "containers": [{
                    "name": "web", "kind": "service", "runtime": "node",
                    "verdicts": [
                        {
                            "control": "adr-0003/non-root", "verdict": "violated", "findings": [0],
                            "grounds": [{ "message": "`USER node`", "location": place }],
                        },
                        {
                            "control": "adr-0003/backups", "verdict": "not-applicable", "findings": [],
                            "grounds": [{ "message": "`USER node`", "location": place }],
                        },
                    ],
                }],
                "findings": [{
                    "rule": "user-root", "severity": "error", "controls": ["adr-0003/non-root"],
                    "containers": ["web"], "message": "the container runs as `root`", "location": place,
                    "notes": [], "fingerprint": "0123456789abcdef",
                }],
                "hiddenFindings": 0,
                "problems": [
                    { "gravity": "warning", "path": "a\u{1b}[31m", "what": "cannot be read", "help": "check it" },
                ],
            })
        );
    }

    #[test]
    fn hidden_findings_are_counted_and_indexes_lead_to_those_shown() {
        let found = [Severity::Note, Severity::Error, Severity::Warning].map(finding);
        let report = read(&written(&header(Severity::Warning), &[project(found.to_vec())], &Summary::default()));
        let project = &report["projects"][0];
        let severities: Vec<_> = (0..2).map(|i| &project["findings"][i]["severity"]).collect();
        assert_eq!(severities, ["error", "warning"]);
        assert_eq!(project["hiddenFindings"], 1);
        assert_eq!(project["containers"][0]["verdicts"][0]["findings"], json!([0, 1]));
    }

    #[test]
    fn the_text_under_a_place_stays_in_the_file() {
        let text = written(&header(Severity::Note), &[project(vec![finding(Severity::Error)])], &Summary::default());
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn no_character_acts() {
        let mut hostile = project(vec![]);
        hostile.name = "\u{9b}31m\u{202e}\u{7f}".into();
        let text = written(&header(Severity::Note), &[hostile], &Summary::default());
        assert!(!text.contains(|c: char| c != '\n' && super::super::harmless::acts(c)));
        assert_eq!(read(&text)["projects"][0]["name"], "\u{9b}31m\u{202e}\u{7f}");
    }

    #[test]
    fn the_summary_names_controls_and_reasons() {
        let tally = Tally { violated: 1, met: 2, ..Tally::default() };
        let summary = Summary {
            scanned: vec![("Dockerfile".into(), 35)],
            skipped: vec![("big.yaml".into(), "too large".into())],
            tallies: vec![tally, Tally::default()],
            errors: 1,
            containers: 3,
            exit_code: 1,
            ..Summary::default()
        };
        let report = read(&written(&header(Severity::Note), &[], &summary));
        let none = json!({
            "control": "adr-0003/backups", "violated": 0, "inconclusive": 0, "waived": 0, "met": 0, "notApplicable": 0,
        });
        let mut some = none.clone();
        some["control"] = json!("adr-0003/non-root");
        some["violated"] = json!(1);
        some["met"] = json!(2);
        assert_eq!(
            report["summary"],
            json!({
                "scanned": [{ "kind": "Dockerfile", "count": 35 }],
                "skipped": [{ "path": "big.yaml", "reason": "too large" }],
                "problems": [], "containers": 3, "errors": 1, "warnings": 0, "notes": 0, "failures": 0,
                "tallies": [some, none], "exitCode": 1,
            })
        );
    }

    #[test]
    fn equal_reports_are_equal_bytes() {
        let write = || written(&header(Severity::Note), &[project(vec![]), project(vec![])], &Summary::default());
        assert_eq!(write(), write());
        assert_eq!(read(&write())["projects"].as_array().map(Vec::len), Some(2));
    }
}
