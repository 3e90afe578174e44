//! Repositories as teams have them: `testdata/variety/<name>/` is scanned under `adr-0003` and says in its
//! `expected.txt` what is to come of it.
//!
//! That file has a line `path:line rule` for each finding, by path and line, then a line `inconclusive: control container` for
//! each verdict that stays open, sorted; what begins with `#` is a comment. Every line in it was read by somebody and
//! is true of the repository; whoever changes one says so.

#[path = "support/fixes.rs"]
mod fixes;
#[path = "support/scan.rs"]
mod scan;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll::policy::{BUILT_IN, Policy};
use plimsoll::scan::Request;
use plimsoll::source::SourceId;
use scan::{Tree, report, request};
use serde_json::Value;

/// What the file of a repository says, but for comments.
fn expected(repository: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(repository.join("expected.txt")).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_string).collect()
}

/// What a report says, as such a file would, and the sentence behind each line.
fn found(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (mut findings, mut open) = (Vec::new(), Vec::new());
    for project in list(&report["projects"]) {
        for finding in list(&project["findings"]) {
            let (path, rule) = (text(&finding["location"]["path"]), text(&finding["rule"]));
            let line = finding["location"]["start"]["line"].as_u64().unwrap_or(0);
            findings.push(((path, line, rule), text(&finding["message"])));
        }
        for container in list(&project["containers"]) {
            for verdict in list(&container["verdicts"]).iter().filter(|verdict| verdict["verdict"] == "inconclusive") {
                let (control, name) = (text(&verdict["control"]), text(&container["name"]));
                let control = control.strip_prefix("adr-0003/").unwrap_or(&control);
                let grounds: Vec<String> =
                    list(&verdict["grounds"]).iter().map(|note| text(&note["message"])).collect();
                open.push((format!("inconclusive: {control} {name}"), grounds.join("; ")));
            }
        }
    }
    findings.sort();
    open.sort();
    let findings = findings.into_iter().map(|((path, line, rule), message)| (format!("{path}:{line} {rule}"), message));
    findings.chain(open).collect()
}

/// The lines in which both differ: `+` for what was not expected, `-` for what is missing.
fn difference(expected: &[String], found: &[(String, String)]) -> String {
    let mut missing = expected.to_vec();
    let mut lines = String::new();
    for (line, sentence) in found {
        match missing.iter().position(|expected| expected == line) {
            Some(at) => {
                missing.remove(at);
            }
            None => lines.push_str(&format!("  + {line}\n      {sentence}\n")),
        }
    }
    lines.extend(missing.iter().map(|line| format!("  - {line}\n")));
    let order: Vec<&String> = found.iter().map(|(line, _)| line).collect();
    if lines.is_empty() && !order.iter().copied().eq(expected) {
        lines.push_str("  the lines are the right ones, but not in their order\n");
    }
    lines
}

fn repositories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/variety");
    let entries = std::fs::read_dir(folder).expect("testdata/variety");
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn policies() -> [Policy; 1] {
    let (_, policy) = BUILT_IN.iter().find(|(name, _)| *name == "adr-0003").expect("the built-in policy");
    [Policy::read(SourceId(0), policy).expect("a policy")]
}

fn judge(request: &Request) -> Value {
    serde_json::from_str(&report(request, &policies())).expect("JSON")
}

/// How a repository differs from what it says.
fn surprises(repository: &Path) -> String {
    difference(&expected(repository), &found(&judge(&request(vec![repository.to_path_buf()], repository, 1))))
}

/// How often each rule fires in each file, and what could not be examined.
fn faults(request: &Request) -> (BTreeMap<String, usize>, Vec<String>) {
    let report = judge(request);
    let mut counts = BTreeMap::new();
    for (line, _) in found(&report).iter().filter(|(line, _)| !line.starts_with("inconclusive")) {
        let (place, rule) = line.rsplit_once(' ').expect("a place and a rule");
        let (path, _) = place.rsplit_once(':').expect("a path and a line");
        *counts.entry(format!("{path} {rule}")).or_default() += 1;
    }
    let projects = report["projects"].as_array().into_iter().flatten();
    let problems = projects.flat_map(|project| project["problems"].as_array().into_iter().flatten());
    (counts, problems.map(|problem| problem["what"].to_string()).collect())
}

#[test]
fn each_repository_is_judged_as_it_says() {
    let mut wrong = String::new();
    for repository in repositories() {
        let surprises = surprises(&repository);
        if !surprises.is_empty() {
            wrong.push_str(&format!("{}\n{surprises}", repository.join("expected.txt").display()));
        }
    }
    assert!(wrong.is_empty(), "`+` was not expected, `-` was not found\n{wrong}");
}

#[test]
fn what_is_fixed_in_a_repository_makes_nothing_worse() {
    for repository in repositories() {
        let request = request(vec![repository.clone()], &repository, 1);
        let changes = fixes::plan(&request, &policies());
        let changed = fixes::changed(&request, &changes);
        let ((before, problems), (after, left)) = (faults(&request), faults(&changed));
        assert_eq!(left, problems, "{}\n{}", repository.display(), changes.diff());
        for (what, count) in &after {
            let earlier = before.get(what).unwrap_or(&0);
            assert!(count <= earlier, "{what}: {count}, not {earlier}\n{}\n{}", repository.display(), changes.diff());
        }
        assert!(
            fixes::plan(&changed, &policies()).files.is_empty(),
            "there is more to fix in {}",
            repository.display()
        );
    }
}

#[test]
fn a_repository_that_says_something_else_is_a_surprise() {
    let tree = Tree::new();
    tree.write("Dockerfile", "FROM node:20-alpine\nUSER root\n");
    tree.write("expected.txt", "# a comment\nDockerfile:1 user-root\n");
    let surprises = surprises(tree.path());
    assert!(surprises.contains("  + Dockerfile:2 user-root\n"), "{surprises}");
    assert!(surprises.contains("  - Dockerfile:1 user-root\n"), "{surprises}");
}
