//! SARIF as GitHub takes it: reports made by hand, each held against the OASIS schema and against GitHub's own demands.

use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use plimsoll::problem::Gravity;
use plimsoll::report::line_hash::LineHashes;
use plimsoll::report::{
    ContainerReport, ControlVerdict, Header, LocatedNote, ProjectReport, ReportedFinding, ReportedProblem, Severity,
    Summary, Verdict,
};
use plimsoll::source::Position;
use serde_json::{Value, json};

use crate::reports::{finding, header, locate, place, problem, project, written};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/schemas/sarif-2.1.0.json");
    let text = std::fs::read_to_string(path).expect("the schema is in the tree");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one")
});

/// Writes, holds the file against schema and GitHub, and gives back what a reader gets.
#[track_caller]
fn accepted(header: &Header, projects: &[ProjectReport], summary: &Summary) -> Value {
    let text = written(header, projects, summary);
    assert!(text.ends_with("}\n"), "ends with a line end");
    assert_eq!(crate::github::complaints(&text), Vec::<String>::new());
    let log: Value = serde_json::from_str(&text).expect("SARIF is JSON");
    let wrong: Vec<String> =
        SCHEMA.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new());
    log
}

#[track_caller]
pub fn accepted_findings(findings: Vec<ReportedFinding>) -> Vec<Value> {
    let log = accepted(&header(), &[project(findings)], &Summary { exit_code: 1, ..Summary::default() });
    results(&log).to_vec()
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().map_or(&[], Vec::as_slice)
}

fn notifications(log: &Value) -> &[Value] {
    log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().map_or(&[], Vec::as_slice)
}

/// What a region covers, by UTF-16 columns.
fn cut<'t>(text: &'t str, result: &Value) -> &'t str {
    let region = &result["locations"][0]["physicalLocation"]["region"];
    // Editors show a text without its byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offset = |line: &str, column: &str| {
        let bound = |name: &str| region[name].as_u64().expect("all four bounds are there") as usize;
        let start: usize = text.split_inclusive('\n').take(bound(line) - 1).map(str::len).sum();
        let mut units = bound(column) - 1;
        let mut length = 0;
        for character in text[start..].chars().take_while(|_| units > 0).collect::<Vec<_>>() {
            units = units.saturating_sub(character.len_utf16());
            length += character.len_utf8();
            if units == 0 {
                break;
            }
        }
        start + length
    };
    &text[offset("startLine", "startColumn")..offset("endLine", "endColumn")]
}

#[test]
fn a_clean_run_has_an_empty_list_of_results_so_that_old_alerts_close() {
    let log = accepted(&header(), &[project(vec![])], &Summary::default());
    assert_eq!(log["runs"][0]["results"], json!([]));
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], json!(true));
    assert_eq!(log["runs"][0].get("columnKind"), None, "no columns, no unit");
}

#[test]
fn rules_stand_sorted_with_what_github_reads() {
    let log = accepted(&header(), &[], &Summary::default());
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["id"], "image-latest");
    assert_eq!(
        rules[1],
        json!({
            "id": "user-root",
            "name": "UserRoot",
            "shortDescription": { "text": "the title of user-root." },
            "fullDescription": { "text": "What goes wrong, in a sentence or two." },
            "help": {
                "text": "What goes wrong, in a sentence or two. `plimsoll explain user-root` shows the whole page.",
                "markdown": "# Why\n\nBecause.\n",
            },
            "defaultConfiguration": { "level": "error" },
            "properties": {
                "tags": ["security", "identity"],
                "precision": "high",
                "problem.severity": "error",
                "security-severity": "8.0",
                "similar": ["hadolint:DL3002", "cis:4.1"],
            },
        })
    );
}

#[test]
fn one_finding_is_one_result_with_everything_github_asks_for() {
    let text = "FROM debian:latest\nRUN apt-get update && apt-get install -y curl\nUSER root\n";
    let found = finding("user-root", Severity::Error, locate("app/Dockerfile", text, "USER root"));
    assert_eq!(
        accepted_findings(vec![found]),
        [json!({
            "ruleId": "user-root",
            "ruleIndex": 1,
            "level": "error",
            "message": { "text": "the container runs as `root` (`web`). Asked for by adr-0003/non-root." },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": "app/Dockerfile", "uriBaseId": "%SRCROOT%" },
                    "region": { "startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 10 },
                },
            }],
            "partialFingerprints": {
                "primaryLocationLineHash": "43f93dba3974e70:1",
                "plimsoll/v1": "0123456789abcdef",
            },
        })]
    );
}

#[test]
fn a_region_cuts_out_the_very_text_whatever_the_file_is_made_of() {
    let table = [
        ("plain", "FROM a\nUSER root\n", "root"),
        ("CRLF", "FROM a\r\n\r\nUSER root\r\nCMD x\r\n", "USER root"),
        ("BOM", "\u{feff}USER root\n", "root"),
        ("non-BMP", "FROM a\nLABEL x=\"🐋é\" y=root\n", "root"),
        ("non-BMP inside", "LABEL x=\"a🐋b\"\n", "\"a🐋b\""),
        ("several lines", "FROM a\nRUN x \\\n  && y\nCMD z\n", "RUN x \\\n  && y"),
        ("no last line end", "FROM a\nUSER root", "root"),
        ("nothing", "FROM a\nUSER \n", ""),
    ];
    for (what, text, needle) in table {
        let found = finding("user-root", Severity::Error, locate("Dockerfile", text, needle));
        let results = accepted_findings(vec![found]);
        assert_eq!(cut(text, &results[0]), needle, "{what}");
        let line = results[0]["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap_or(0) as u32;
        let hash = &results[0]["partialFingerprints"]["primaryLocationLineHash"];
        assert_eq!(hash.as_str(), LineHashes::new(text).get(line).as_deref(), "{what}");
    }
}

#[test]
fn a_place_without_text_has_our_own_hash() {
    let results = accepted_findings(vec![finding("user-root", Severity::Error, place("image/app/config.json", 1))]);
    assert_eq!(results[0]["partialFingerprints"]["primaryLocationLineHash"], "0123456789abcdef:1");
}

const ODD_PATHS: [&str; 17] = [
    "my app/Docker file",
    "c#/Dockerfile",
    "100%/Dockerfile",
    "repo:tag/Dockerfile",
    "http://example.org/Dockerfile",
    "größe/Dockerfile",
    "🐋/Dockerfile",
    "a\u{1b}[31m/\u{202e}b\n",
    "/srv/app/Dockerfile",
    "//host/app/Dockerfile",
    "C:\\app\\Dockerfile",
    "../up/Dockerfile",
    "a/../../b",
    "[slug]/Dockerfile",
    "a?b&c=<d>\"'",
    ".",
    "",
];

#[test]
fn an_odd_path_never_spoils_the_file() {
    for path in ODD_PATHS {
        let mut found = finding("user-root", Severity::Error, place(path, 1));
        found.notes.push(LocatedNote { message: "it was set here".into(), location: Some(place("other", 2)) });
        found.notes.push(LocatedNote { message: "and here".into(), location: Some(place(path, 3)) });
        let mut broken = project(vec![found, finding("user-root", Severity::Error, place("z", 1))]);
        broken.findings[1].notes.push(LocatedNote { message: "there".into(), location: Some(place(path, 3)) });
        broken.problems = vec![problem(path, Some(place(path, 1)))];
        let summary = Summary { problems: vec![problem(path, None)], failures: 2, exit_code: 1, ..Summary::default() };
        let log = accepted(&header(), &[broken], &summary);
        assert_eq!((results(&log).len(), notifications(&log).len()), (2, 2), "{path:?}");
    }
}

#[test]
fn two_spellings_of_one_path_are_one_place() {
    let spelt = ["a/Dockerfile", "./a/Dockerfile", "a//Dockerfile"];
    let found = spelt.map(|path| finding("user-root", Severity::Error, place(path, 1)));
    assert_eq!(accepted_findings(found.to_vec()).len(), 1);
}

#[test]
fn a_file_that_two_projects_share_is_reported_once_for_all_their_containers() {
    let mut worker = finding("user-root", Severity::Error, place("Dockerfile", 3));
    worker.containers = vec!["worker".into()];
    worker.controls = vec!["cis/4.1".into()];
    let web = finding("user-root", Severity::Warning, place("Dockerfile", 3));
    let log = accepted(&header(), &[project(vec![web]), project(vec![worker])], &Summary::default());
    assert_eq!(results(&log).len(), 1);
    let result = &results(&log)[0];
    assert_eq!(result["level"], "error", "the gravest counts");
    assert_eq!(
        result["message"]["text"],
        "the container runs as `root` (`web`, `worker`). Asked for by adr-0003/non-root, cis/4.1."
    );
    assert_eq!(result.get("relatedLocations"), None);
}

#[test]
fn findings_of_a_rule_on_one_line_are_one_result_that_tells_all() {
    let text = "ENV TOKEN=x PASSWORD=y\n";
    let mut first = finding("user-root", Severity::Error, locate("Dockerfile", text, "TOKEN"));
    first.message = "`TOKEN` holds a secret".into();
    let mut second = finding("user-root", Severity::Error, locate("Dockerfile", text, "PASSWORD"));
    second.message = "`PASSWORD` holds a secret".into();
    let results = accepted_findings(vec![first, second]);
    assert_eq!(results.len(), 1);
    assert_eq!(cut(text, &results[0]), "TOKEN");
    assert_eq!(
        results[0]["message"]["text"],
        "`TOKEN` holds a secret (`web`). Asked for by adr-0003/non-root. Also: `PASSWORD` holds a secret ([line 1](1))."
    );
    assert_eq!(results[0]["relatedLocations"][0]["physicalLocation"]["region"]["startColumn"], 13);
}

#[test]
fn two_rules_on_one_line_are_two_results() {
    let found = ["user-root", "image-latest"].map(|rule| finding(rule, Severity::Error, place("Dockerfile", 1)));
    let results = accepted_findings(found.to_vec());
    let rules: Vec<_> = results.iter().map(|result| &result["ruleId"]).collect();
    assert_eq!(rules, ["image-latest", "user-root"], "sorted by rule");
}

#[test]
fn notes_with_a_place_become_related_locations_and_are_linked() {
    let mut found = finding("user-root", Severity::Error, place("compose.yaml", 4));
    found.notes = vec![
        LocatedNote { message: "it overrides `node`".into(), location: Some(place("app/Dockerfile", 9)) },
        LocatedNote { message: "any other user would do".into(), location: None },
        LocatedNote { message: "the service starts here".into(), location: Some(place("compose.yaml", 2)) },
    ];
    let result = &accepted_findings(vec![found])[0];
    assert_eq!(
        result["message"]["text"],
        "the container runs as `root` (`web`). Asked for by adr-0003/non-root. Note: it overrides `node` \
         ([line 9 of app/Dockerfile](1)); any other user would do; the service starts here ([line 2](2))."
    );
    let related = result["relatedLocations"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(related.len(), 2);
    assert_eq!(related[0]["message"]["text"], "it overrides `node`.");
    assert_eq!(related[1]["id"], 2);
}

#[test]
fn results_are_sorted_by_path_line_and_rule_however_they_came() {
    let one =
        [("b", 1), ("a", 10), ("a", 2)].map(|(path, line)| finding("user-root", Severity::Error, place(path, line)));
    let mut other = one.clone();
    other.reverse();
    let summary = Summary::default();
    let written_in = |found: [ReportedFinding; 3]| written(&header(), &[project(found.to_vec())], &summary);
    assert_eq!(written_in(one.clone()), written_in(other));
    let lines: Vec<_> = accepted_findings(one.to_vec())
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["region"]["startLine"].clone())
        .collect();
    assert_eq!(lines, [2, 10, 1]);
}

#[test]
fn findings_below_the_shown_severity_do_not_go_out() {
    let found = [(1, Severity::Note), (2, Severity::Warning), (3, Severity::Error)]
        .map(|(line, severity)| finding("user-root", severity, place("Dockerfile", line)));
    let shown = Header { min_severity: Severity::Warning, ..header() };
    let log = accepted(&shown, &[project(found.to_vec())], &Summary::default());
    let levels: Vec<_> = results(&log).iter().map(|result| &result["level"]).collect();
    assert_eq!(levels, ["warning", "error"]);
}

#[test]
fn waived_findings_do_not_go_out_unless_they_violate_something_else() {
    let found = [1, 2, 3].map(|line| finding("user-root", Severity::Error, place("Dockerfile", line)));
    let verdict = |verdict, findings| ControlVerdict { control: 0, verdict, grounds: vec![], findings };
    let container = ContainerReport {
        name: "web".into(),
        kind: "service",
        runtime: "node".into(),
        verdicts: vec![
            verdict(Verdict::Waived, vec![0, 1]),
            verdict(Verdict::Violated, vec![1]),
            verdict(Verdict::Met, vec![99]),
        ],
    };
    let project = ProjectReport { containers: vec![container], ..project(found.to_vec()) };
    let log = accepted(&header(), &[project], &Summary::default());
    let lines: Vec<_> =
        results(&log).iter().map(|result| &result["locations"][0]["physicalLocation"]["region"]["startLine"]).collect();
    assert_eq!(lines, [2, 3], "the third stands behind no verdict, so nothing excuses it");
}

#[test]
fn problems_alone_make_an_unsuccessful_run_that_says_what_to_do() {
    let text = "FROM\n";
    let mut broken = project(vec![]);
    broken.problems = vec![problem("Dockerfile", Some(locate("Dockerfile", text, "FROM")))];
    broken.problems[0].gravity = Gravity::Warning;
    let summary = Summary {
        problems: vec![problem("missing/compose.yaml", None)],
        failures: 1,
        exit_code: 2,
        ..Summary::default()
    };
    let log = accepted(&header(), &[broken], &summary);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&json!(false), &json!(2)));
    assert_eq!(log["runs"][0]["columnKind"], "utf16CodeUnits", "a notification has columns too");
    assert_eq!(
        notifications(&log),
        [
            json!({
                "level": "warning",
                "message": { "text": "the file cannot be read; check its permissions." },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": "Dockerfile", "uriBaseId": "%SRCROOT%" },
                        "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 5 },
                    },
                }],
            }),
            json!({
                "level": "error",
                "message": { "text": "`missing/compose.yaml`: the file cannot be read; check its permissions." },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": "missing/compose.yaml", "uriBaseId": "%SRCROOT%" },
                    },
                }],
            }),
        ]
    );
}

#[test]
fn a_failure_beside_violations_still_makes_the_run_unsuccessful() {
    let log = accepted(&header(), &[], &Summary { failures: 1, exit_code: 1, ..Summary::default() });
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], json!(false));
}

#[test]
fn thousands_of_problems_are_bounded_and_counted() {
    let summary = Summary {
        problems: (0..3_000).map(|i| problem(&format!("{i}/Dockerfile"), None)).collect(),
        ..Summary::default()
    };
    let log = accepted(&header(), &[], &summary);
    assert_eq!(notifications(&log).len(), 1_001);
    let first = notifications(&log)[0]["message"]["text"].as_str().unwrap_or_default();
    assert!(first.starts_with("2000 problems were left out"), "{first}");
}

#[test]
fn hostile_text_neither_acts_nor_places_links() {
    let evil = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\0[click](https://example.org) [a](1)\r\n::error::x";
    let mut found = finding("user-root", Severity::Error, place("Dockerfile", 1));
    found.message = evil.into();
    found.containers = vec![evil.into()];
    found.controls = vec![evil.into()];
    found.notes = vec![
        LocatedNote { message: evil.into(), location: Some(place(evil, 1)) },
        LocatedNote { message: evil.into(), location: None },
    ];
    let mut project = project(vec![found]);
    project.problems = vec![ReportedProblem { what: evil.into(), help: evil.into(), ..problem(evil, None) }];
    let log = accepted(&header(), &[project], &Summary::default());
    let text = log.to_string();
    assert!(!text.contains("](https"), "no link to elsewhere");
    let message = results(&log)[0]["message"]["text"].as_str().unwrap_or_default();
    assert!(message.starts_with("\\u{1b}]0;x\\u{7}\\u{9b}31m\\u{202e}\\u{0}[click] (https"), "{message}");
}

#[test]
fn huge_texts_and_lists_are_cut() {
    let mut found = finding("user-root", Severity::Error, place("Dockerfile", 1));
    found.message = "🐋".repeat(100_000);
    found.containers = (0..20_000).map(|i| format!("container-{i}")).collect();
    found.notes = (1..5_000)
        .map(|line| LocatedNote { message: "ä".repeat(5_000), location: Some(place("Dockerfile", line)) })
        .collect();
    let result = &accepted_findings(vec![found])[0];
    let message = result["message"]["text"].as_str().unwrap_or_default();
    assert!(message.encode_utf16().count() <= 4_096);
    assert!(message.contains("and 19980 more"));
    assert_eq!(result["relatedLocations"].as_array().map(Vec::len), Some(20));
}

#[test]
fn a_line_with_thousands_of_findings_is_one_bounded_result() {
    let found = (1..20_000).map(|column| {
        let mut found = finding("user-root", Severity::Error, place("config.json", 1));
        found.location.start.column = column;
        found.location.end.column = column;
        found
    });
    let results = accepted_findings(found.collect());
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["relatedLocations"].as_array().map(Vec::len), Some(20));
    let message = results[0]["message"]["text"].as_str().unwrap_or_default();
    assert!(message.ends_with("; and more on this line."), "{message}");
}

#[test]
fn regions_that_make_no_sense_are_set_right() {
    let mut found = finding("user-root", Severity::Error, place("Dockerfile", 0));
    found.location.start.column = 0;
    found.location.end = Position { line: 0, column: 0 };
    let mut turned = finding("user-root", Severity::Error, place("Dockerfile", 7));
    turned.location.end = Position { line: 3, column: 1 };
    assert_eq!(accepted_findings(vec![found, turned]).len(), 2);
}

#[test]
fn of_thirty_thousand_findings_the_gravest_stay_and_the_rest_is_counted() {
    let severities = [Severity::Note, Severity::Error, Severity::Warning];
    let projects: Vec<ProjectReport> = (0..300)
        .map(|i| {
            let path: Arc<str> = format!("service-{i:03}/Dockerfile").into();
            let found = (1..=100).map(|line| {
                let severity = severities[line as usize % 3];
                ReportedFinding {
                    fingerprint: format!("{:016x}", u64::from(line).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                    ..finding("user-root", severity, place(&path, line))
                }
            });
            project(found.collect())
        })
        .collect();
    let summary = Summary { exit_code: 1, ..Summary::default() };
    let text = written(&header(), &projects, &summary);
    assert_eq!(crate::github::complaints(&text), Vec::<String>::new());
    let log: Value = serde_json::from_str(&text).expect("SARIF is JSON");
    let count = |level: &str| results(&log).iter().filter(|result| result["level"] == level).count();
    // 300 times 34 errors, 33 warnings and 33 notes.
    assert_eq!((count("error"), count("warning"), count("note")), (10_200, 9_900, 4_900));
    assert_eq!(notifications(&log).len(), 1);
    let told = notifications(&log)[0]["message"]["text"].as_str().unwrap_or_default();
    assert!(told.starts_with("5000 results were left out: this file takes 25000"), "{told}");
    assert_eq!(text, written(&header(), &projects, &summary), "the same bytes every time");
}

#[test]
fn a_rule_that_is_not_bound_is_still_named() {
    let log = written(&header(), &[project(vec![finding("x", Severity::Error, place("a", 1))])], &Summary::default());
    let log: Value = serde_json::from_str(&log).expect("SARIF is JSON");
    assert_eq!(results(&log)[0]["ruleId"], "x");
    assert_eq!(results(&log)[0].get("ruleIndex"), None);
}

#[test]
fn the_schema_is_really_asked() {
    let good = || {
        accepted(&header(), &[project(vec![finding("user-root", Severity::Error, place("a", 1))])], &Summary::default())
    };
    let mut log = good();
    log["runs"][0]["results"][0]["level"] = json!("high");
    assert!(!SCHEMA.is_valid(&log), "a level that SARIF does not know");
    let mut log = good();
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = json!(0);
    assert!(!SCHEMA.is_valid(&log), "lines count from 1");
    let mut log = good();
    log["runs"][0]["surprise"] = json!(1);
    assert!(!SCHEMA.is_valid(&log), "unknown property");
}
