//! Policies and rules: which are asked for, and what is said when they are wrong.

use crate::command::{Folder, run, testdata};

fn tree() -> std::path::PathBuf {
    testdata("cli/compose")
}

#[test]
fn one_rule_can_be_asked_for() {
    run(tree(), &["scan", "--root", ".", "--rule", "user-root"])
        .exits(1)
        .says(&["error[user-root]"])
        .says(&["found", "1 error"])
        .lacks("limits-missing")
        .lacks("not assessed");
    run(tree(), &["scan", "--root", ".", "--rule", "user-root", "--rule", "limits-missing"])
        .exits(1)
        .says(&["found", "2 errors"]);
}

#[test]
fn an_unknown_rule_is_a_usage_error_with_a_suggestion() {
    let ran = run(tree(), &["scan", "--rule", "user-rot"]).exits(2);
    assert_eq!(ran.err, "error: --rule: there is no rule `user-rot`\n  = help: did you mean `user-root`?\n");
    assert_eq!(ran.out, "");
}

#[test]
fn all_rules_can_be_asked_for_without_a_policy() {
    run(tree(), &["scan", "--root", ".", "--policy", "all"])
        .exits(1)
        .says(&["error[user-root]", "the container runs as `root`"])
        // The page's own severity, as no policy gives another.
        .says(&["warning[limits-missing]"])
        .says(&["runtime-version-wrong (manual: only a policy can say `runtime` and `version`)"]);
    run(tree(), &["scan", "--root", ".", "--policy", "all", "--format", "sarif"]).exits(1);
}

#[test]
fn a_policy_of_ones_own_is_a_file() {
    let policy = "id: house\ntitle: house rules\ncontrols:\n  - id: limited\n    title: everything has limits\n    \
                  rules:\n      - rule: limits-missing\n        severity: note\n        scope: {service: worker}\n";
    let folder = Folder::new().with("house.yaml", policy);
    let policy = folder.path().join("house.yaml").display().to_string();
    run(tree(), &["scan", "--root", ".", "--policy", &policy])
        .exits(0)
        .says(&["compliance", "house"])
        .says(&["note[limits-missing]: `worker`"])
        .lacks("user-root");
    run(tree(), &["scan", "--root", ".", "--policy", &policy, "--policy", "adr-0003"])
        .exits(1)
        .says(&["[house/limited, adr-0003/limits]"])
        .says(&["error[user-root]"]);
}

#[test]
fn everything_wrong_with_a_policy_is_said_at_once_from_top_to_bottom() {
    let policy = "\
id: house
title: house rules
controls:
  - id: a
    title: a
    rules:
      - rule: user-rot
      - rule: init-missing
        params: {acept: [tini]}
        severity: fatal
  - id: b
    title: b
  - id: c
    titel: c
    manual: x
    outside: y
";
    let folder = Folder::new().with("house.yaml", policy).with("Dockerfile", "FROM alpine:3.20\n");
    let ran = run(folder.path(), &["scan", "--policy", "house.yaml"]).exits(2);
    assert_eq!(ran.out, "", "nothing is judged by half a policy");
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        lines,
        [
            "error: house.yaml:7:15: there is no rule `user-rot`",
            "error: house.yaml:9:18: the rule has no parameter `acept`",
            "error: house.yaml:10:19: there is no severity `fatal`",
            "error: house.yaml:11:9: the control says not how it is assessed",
            "error: house.yaml:13:5: `title` is missing",
            "error: house.yaml:13:9: the control is assessed in two ways",
            "error: house.yaml:14:5: a control has no `titel`",
        ]
    );
    assert_eq!(ran.err.matches("= help: ").count(), lines.len());
    ran.warns(&["= help: did you mean `user-root`?"]).warns(&["= help: did you mean `accept`?"]);
}

#[test]
fn what_is_no_policy_is_refused_with_one_message() {
    let folder = Folder::new().with("open.yaml", "controls: [\n").with("empty.yaml", "").with("Dockerfile", "FROM a\n");
    for (policy, words) in [
        ("open.yaml", "open.yaml:1:11: this is not YAML"),
        ("empty.yaml", "empty.yaml:1:1: the file holds no policy"),
        (".", "is a folder"),
        ("nope", "there is no policy `nope`"),
        ("adr-003", "there is no policy `adr-003`"),
    ] {
        let ran = run(folder.path(), &["scan", "--policy", policy]).exits(2).warns(&["error: ", words]);
        assert_eq!(ran.err.matches("error: ").count(), 1, "{}", ran.err);
        assert_eq!(ran.err.matches("  = help: ").count(), 1, "{}", ran.err);
        assert_eq!(ran.out, "");
    }
    run(folder.path(), &["scan", "--policy", "adr-003"]).warns(&["did you mean `adr-0003`?"]);
}

#[test]
fn what_is_of_the_wrong_type_is_refused_and_never_taken_for_nothing() {
    for (lines, words) in [
        ("    rules: user-root\n", "`rules` is text, not a list"),
        ("    rules: []\n", "`rules` is an empty list"),
        ("    planned: later\n", "`planned` is text, not a list"),
        ("    rules: [{rule: user-root, scope: python}]\n", "a scope is text, not a mapping"),
        ("    rules: [user-root]\n", "a binding is text, not a mapping"),
        ("    rules: [{rule: user-root, params: [a]}]\n", "`params` is a list, not a mapping"),
        (
            "    rules: [{rule: runtime-version-wrong, params: {runtime: nodejs, version: '20'}}]\n",
            "there is no runtime `nodejs`, did you mean `node`?",
        ),
        (
            "    rules: [{rule: runtime-version-wrong, params: {runtime: fortran, version: '20'}}]\n",
            "there is no runtime `fortran`; there are node, python, nginx, redis",
        ),
        (
            "    rules: [{rule: healthcheck-endpoint-wrong, params: {paths: {nodejs: /health}}}]\n",
            "there is no runtime `nodejs`, did you mean `node`?",
        ),
        ("    rules: [{rule: user-root, scope: {runtime: nodejs}}]\n", "there is no runtime `nodejs`"),
    ] {
        let policy = format!("id: p\ntitle: p\ncontrols:\n  - id: c\n    title: c\n{lines}");
        let folder = Folder::new().with("p.yaml", policy).with("Dockerfile", "FROM a\n");
        run(folder.path(), &["scan", "--policy", "p.yaml"]).exits(2).warns(&["error: ", words]);
    }
}
