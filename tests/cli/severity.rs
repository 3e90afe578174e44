//! Severities: what fails a run, and what is merely shown.

use crate::command::{Folder, run};

/// A tree with one violation, whose severity a policy decides.
fn house(severity: &str) -> Folder {
    let policy = format!(
        "id: house\ntitle: house rules\ncontrols:\n  - id: users\n    title: nobody is root\n    rules:\n      - \
         rule: user-root\n        severity: {severity}\n"
    );
    Folder::new().with("Dockerfile", "FROM alpine:3.20\nUSER root\nCMD [\"top\"]\n").with("house.yaml", policy)
}

#[test]
fn a_run_fails_from_the_severity_on_that_is_asked_for() {
    let codes = |severity: &str| {
        let folder = house(severity);
        ["error", "warning", "note", "never"]
            .map(|fail_on| run(folder.path(), &["scan", "--policy", "house.yaml", "--fail-on", fail_on]).code)
    };
    assert_eq!(codes("error"), [1, 1, 1, 0]);
    assert_eq!(codes("warning"), [0, 1, 1, 0]);
    assert_eq!(codes("note"), [0, 0, 1, 0]);
}

#[test]
fn the_default_is_to_fail_on_errors() {
    assert_eq!(run(house("error").path(), &["scan", "--policy", "house.yaml"]).code, 1);
    assert_eq!(run(house("warning").path(), &["scan", "--policy", "house.yaml"]).code, 0);
}

#[test]
fn what_is_not_shown_still_counts() {
    let folder = house("note");
    let arguments = ["scan", "--policy", "house.yaml", "--fail-on", "note", "--min-severity"];
    let shown = |severity: &str| run(folder.path(), &[&arguments[..], &[severity]].concat()).exits(1);
    shown("note").says(&["note[user-root]"]);
    shown("warning").lacks("[user-root]").says(&["found", "1 note (1 below `warning` not shown)"]);
    shown("error").lacks("[user-root]").says(&["users", "✗"]);
}

#[test]
fn hidden_findings_are_counted_in_json_and_left_out_of_sarif() {
    let folder = house("note");
    let run = |format: &str| {
        run(folder.path(), &["scan", "--policy", "house.yaml", "--min-severity", "error", "--format", format])
    };
    let report = run("json").exits(0).json();
    assert_eq!(report["projects"][0]["hiddenFindings"], 1);
    assert_eq!(report["summary"]["notes"], 1);
    let log = crate::sarif_file::accepted(&run("sarif").exits(0).out);
    assert_eq!(crate::sarif_file::results(&log).len(), 0);
}

#[test]
fn a_violation_wins_over_a_failure_and_a_failure_over_success() {
    let broken = || house("error").with("broken/Dockerfile", "FROM alpine:3.20\nNONSENSE\nUSER daemon\n");
    let scan = |fail_on: &str| run(broken().path(), &["scan", "--policy", "house.yaml", "--fail-on", fail_on]);
    scan("error").exits(1).says(&["unknown instruction `NONSENSE`"]);
    scan("never").exits(2).says(&["failed", "1 problem left something unexamined (exit code 2)"]);
}
