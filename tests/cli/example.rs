//! The reference stack: before the decision it breaks what the decision fixed, after it there is nothing left to say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::command::{Ran, run, testdata};

fn scan(tree: &str, format: &str) -> Ran {
    // The review of the decision falls due on a day.
    let arguments = ["scan", "--root", ".", "--fail-on", "note", "--as-of", "2026-11-01", "--format", format];
    run(testdata("flowstate").join(tree), &arguments).quietly()
}

/// The verdicts of every control that has rules: `container: verdict` for each container.
fn verdicts(report: &Value) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for project in report["projects"].as_array().expect("projects") {
        for container in project["containers"].as_array().expect("containers") {
            let name = container["name"].as_str().expect("a name");
            for verdict in container["verdicts"].as_array().expect("verdicts") {
                let text = |key: &str| verdict[key].as_str().expect("a text").to_string();
                all.entry(text("control")).or_default().push(format!("{name}: {}", text("verdict")));
            }
        }
    }
    all
}

/// Everything that `before` breaks: each control with the containers that break it.
const BROKEN: [(&str, &[&str]); 21] = [
    ("adr-0003/multi-stage", &["backend", "frontend", "python-worker"]),
    ("adr-0003/production-dependencies", &["backend", "frontend"]),
    ("adr-0003/minimal-attack-surface", &["backend", "frontend", "python-worker"]),
    ("adr-0003/layer-caching", &["backend", "frontend", "python-worker"]),
    ("adr-0003/virtual-environment", &["python-worker"]),
    ("adr-0003/node-version", &["backend", "frontend"]),
    ("adr-0003/python-version", &["python-worker"]),
    ("adr-0003/version-files", &["backend"]),
    ("adr-0003/pinned-base", &["frontend", "python-worker", "redis", "postgres"]),
    ("adr-0003/non-root", &["backend", "frontend", "python-worker"]),
    ("adr-0003/uid-1001", &["backend", "frontend", "python-worker"]),
    ("adr-0003/init", &["backend", "frontend", "python-worker"]),
    ("adr-0003/exec-form", &["backend", "frontend"]),
    ("adr-0003/no-reload", &["backend", "frontend", "python-worker"]),
    ("adr-0003/healthcheck", &["backend", "frontend", "python-worker", "redis", "postgres"]),
    ("adr-0003/limits", &["backend", "frontend", "python-worker", "redis", "postgres"]),
    ("adr-0003/reservations", &["backend", "frontend", "python-worker", "redis", "postgres"]),
    ("adr-0003/redis-memory", &["redis"]),
    ("adr-0003/start-order", &["backend", "frontend", "python-worker"]),
    ("adr-0003/network", &["backend", "frontend", "python-worker", "redis", "postgres"]),
    ("adr-0003/restart", &["backend", "frontend", "python-worker", "redis", "postgres"]),
];

/// Controls that only a built image is held to; there is none in the tree.
const OF_IMAGES: [&str; 1] = ["adr-0003/image-size"];

#[test]
fn before_the_decision_everything_it_fixed_is_broken() {
    let verdicts = verdicts(&scan("before", "json").exits(1).json());
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (control, containers) in &verdicts {
        let broken: Vec<_> = containers.iter().filter_map(|verdict| verdict.strip_suffix(": violated")).collect();
        if !broken.is_empty() {
            found.insert(control, broken);
        }
    }
    let expected: BTreeMap<_, _> =
        BROKEN.into_iter().map(|(control, containers)| (control, containers.to_vec())).collect();
    assert_eq!(found, expected);
}

#[test]
fn after_the_decision_every_control_that_is_built_is_met_everywhere() {
    let report = scan("after", "json").exits(0).json();
    let verdicts = verdicts(&report);
    assert!(verdicts.len() >= 26, "{verdicts:?}");
    for (control, containers) in &verdicts {
        let good = |verdict: &String| verdict.ends_with(": met") || verdict.ends_with(": not-applicable");
        assert!(containers.iter().all(good), "{control}: {containers:?}");
        let met = containers.iter().any(|verdict| verdict.ends_with(": met"));
        assert!(met != OF_IMAGES.contains(&&**control), "{control}: {containers:?}");
    }
    assert_eq!(report["summary"]["containers"], 5);
    assert_eq!(report["summary"]["failures"], 0);
    for kind in ["errors", "warnings", "notes"] {
        assert_eq!(report["summary"][kind], 0, "{kind}");
    }
}

#[test]
fn after_the_decision_the_table_has_no_cross_and_no_question() {
    scan("after", "table").exits(0).lacks("✗").lacks("?").says(&["passed", "(exit code 0)"]);
}

#[test]
fn both_trees_give_sarif_that_points_at_the_right_text() {
    let folder = testdata("flowstate/before");
    let log = crate::sarif_file::accepted(&scan("before", "sarif").exits(1).out);
    let cuts = crate::sarif_file::cuts(&log, &folder);
    for cut in
        ["user-root: node:18", "base-tag-latest: redis:latest", "base-tag-missing: python", "limits-missing: postgres"]
    {
        assert!(cuts.iter().any(|found| found == cut), "no `{cut}` in {cuts:#?}");
    }
    let log = crate::sarif_file::accepted(&scan("after", "sarif").exits(0).out);
    assert_eq!(crate::sarif_file::results(&log).len(), 0);
}
