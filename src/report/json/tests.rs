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
        entry: None,
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
        fix: None,
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
    assert!(!text.contains(|c: char| c != '\n' && crate::terminal::acts(c)));
    assert_eq!(read(&text)["projects"][0]["name"], "\u{9b}31m\u{202e}\u{7f}");
}

#[test]
fn the_summary_names_controls_and_reasons() {
    let tally = Tally { violated: 1, met: 2, ..Tally::default() };
    let summary = Summary {
        scanned: vec![("Dockerfile".into(), 35)],
        skipped: vec![("big.yaml".into(), "too large".into())],
        further_skipped: 4,
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
            "furtherSkipped": 4,
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
