//! Formats of one run: they say the same, and SARIF says it the way that GitHub takes.

use serde_json::Value;

use crate::command::{run, testdata};
use crate::sarif_file;

/// The rules that `CUTS` is about.
const RULES: [&str; 9] = [
    "base-tag-latest",
    "base-tag-missing",
    "healthcheck-missing",
    "init-missing",
    "limits-missing",
    "runtime-version-drift",
    "runtime-version-wrong",
    "stage-single",
    "user-root",
];

/// Every tree that is scanned as a whole, with what the regions of `RULES` cut out of its files.
const CUTS: [(&str, &[&str]); 13] = [
    ("clean", &[]),
    (
        "compose",
        &["limits-missing: worker", "user-root: root", "healthcheck-missing: cache", "base-tag-missing: redis"],
    ),
    ("override", &["user-root: \"0\""]),
    (
        "profiles",
        &[
            "healthcheck-missing: web",
            "user-root: nginx:1.27-alpine",
            "healthcheck-missing: adminer",
            "limits-missing: adminer",
            "base-tag-latest: adminer:latest",
        ],
    ),
    ("variants", &["healthcheck-missing: web", "user-root: root", "healthcheck-missing: web", "limits-missing: web"]),
    (
        "inline",
        &[
            "healthcheck-missing: job",
            "stage-single: FROM python:3.11-slim",
            "runtime-version-drift: python:3.11-slim",
            "user-root: USER root",
            "init-missing: CMD [\"python\", \"-c\", \"print(1)\"]",
        ],
    ),
    ("missing-context", &["limits-missing: gone", "healthcheck-missing: here", "limits-missing: here"]),
    (
        "broken",
        &[
            "healthcheck-missing: FROM node:20-alpine",
            "init-missing: node:20-alpine",
            "runtime-version-drift: node:20-alpine",
            "user-root: USER root",
        ],
    ),
    ("private-base", &[]),
    ("windows", &[]),
    (
        "monorepo",
        &[
            "runtime-version-drift: node:18-alpine",
            "runtime-version-wrong: node:18-alpine",
            "runtime-version-drift: node:18-alpine",
            "runtime-version-wrong: node:18-alpine",
        ],
    ),
    ("symlink", &["user-root: node:20-alpine"]),
    ("two-projects", &["user-root: root"]),
];

/// The arguments of a scan for `RULES`.
fn for_rules(format: &'static str) -> Vec<&'static str> {
    let rules = RULES.into_iter().flat_map(|rule| ["--rule", rule]);
    ["scan", "--root", ".", "--format", format].into_iter().chain(rules).collect()
}

#[test]
fn sarif_is_accepted_and_every_region_is_what_the_finding_is_about() {
    for (tree, expected) in CUTS {
        let folder = testdata("cli").join(tree);
        let ran = run(&folder, &for_rules("sarif")).quietly();
        let log = sarif_file::accepted(&ran.out);
        let mut cuts = sarif_file::cuts(&log, &folder);
        cuts.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(cuts, expected, "{tree}");
        assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], ran.code, "{tree}");
    }
}

#[test]
fn table_json_and_sarif_agree() {
    for (tree, _) in CUTS {
        let folder = testdata("cli").join(tree);
        let [table, json, sarif] =
            ["table", "json", "sarif"].map(|format| run(&folder, &["scan", "--root", ".", "--format", format]));
        assert_eq!([table.code, json.code], [sarif.code, sarif.code], "{tree}");
        let report = json.json();
        assert_eq!(report["summary"]["exitCode"], json.code, "{tree}");
        let mut findings = findings(&report);
        // SARIF has the order of the lines throughout; within a line, that of the rules.
        findings.sort_by_key(|finding| {
            let location = &finding["location"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
            (text(&location["path"]), location["start"]["line"].as_u64(), text(&finding["rule"]))
        });
        let log = sarif_file::accepted(&sarif.out);
        let results = sarif_file::results(&log);
        assert_eq!(findings.len(), results.len(), "{tree}");
        for (finding, result) in findings.iter().zip(results) {
            assert_eq!(finding["rule"], result["ruleId"], "{tree}");
            assert_eq!(finding["severity"], result["level"], "{tree}");
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(finding["location"]["path"], place["artifactLocation"]["uri"], "{tree}");
            let line = &finding["location"]["start"]["line"];
            assert_eq!(*line, place["region"]["startLine"], "{tree}");
            let path = finding["location"]["path"].as_str().expect("a path");
            let shown = format!("--> {path}:{line}:{}", finding["location"]["start"]["column"]);
            assert!(table.out.contains(&shown), "{tree}: no `{shown}` in\n{}", table.out);
        }
    }
}

fn findings(report: &Value) -> Vec<&Value> {
    let projects = report["projects"].as_array().expect("projects");
    projects.iter().flat_map(|project| project["findings"].as_array().expect("findings")).collect()
}

#[test]
fn offset_and_length_in_json_cut_the_same_text() {
    let folder = testdata("cli/compose");
    let report = run(&folder, &for_rules("json")).json();
    let cut = |finding: &Value| {
        let location = &finding["location"];
        let text = std::fs::read_to_string(folder.join(location["path"].as_str()?)).ok()?;
        let start = location["offset"].as_u64()? as usize;
        Some(text.get(start..start + location["length"].as_u64()? as usize)?.to_string())
    };
    let cuts: Vec<_> = findings(&report).into_iter().map(|finding| cut(finding).expect("a place")).collect();
    assert_eq!(cuts, ["worker", "root", "cache", "redis"]);
}

#[test]
fn json_has_a_verdict_for_every_container_and_control() {
    let report = run(testdata("cli/compose"), &["scan", "--root", ".", "--format", "json"]).json();
    let containers = report["projects"][0]["containers"].as_array().expect("containers");
    let names: Vec<_> = containers.iter().map(|container| container["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["api", "worker", "cache"]);
    let verdict = |container: &Value, control: &str| {
        let verdicts = container["verdicts"].as_array().expect("verdicts");
        let found = verdicts.iter().find(|verdict| verdict["control"] == control).expect("a verdict");
        found["verdict"].as_str().expect("a text").to_string()
    };
    let of = |control: &str| containers.iter().map(|container| verdict(container, control)).collect::<Vec<_>>();
    assert_eq!(of("adr-0003/non-root"), ["met", "violated", "met"]);
    assert_eq!(of("adr-0003/limits"), ["met", "violated", "met"]);
    assert_eq!(of("adr-0003/python-version"), ["not-applicable", "met", "not-applicable"]);
}
