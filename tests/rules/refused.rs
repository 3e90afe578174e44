//! Projects that Compose refuses: the rules say what is wrong with them all the same, at the right places.

use crate::scan::{Tree, report, request};
use crate::{Verdicts, policy, read};

/// What a rule says about a project whose problems are errors.
fn refused(rule: &str, compose: &str) -> Verdicts {
    let tree = Tree::new();
    tree.write("compose.yaml", compose);
    let verdicts = read(&report(&request(vec![tree.path().to_path_buf()], tree.path(), 0), &[policy(rule, "")]));
    assert!(!verdicts.errors.is_empty(), "Compose refuses it: {verdicts:#?}");
    verdicts
}

fn found(verdicts: &Verdicts) -> Vec<(u64, &str)> {
    verdicts.findings.iter().map(|finding| (finding.line, finding.message.as_str())).collect()
}

#[test]
fn a_circle_is_found_once_and_named_from_its_first_service() {
    let verdicts = refused(
        "depends-on-unchecked",
        "services:
  web:
    image: node:20-alpine
    depends_on:
      a: {condition: service_healthy}
  a:
    image: node:20-alpine
    healthcheck: {test: [CMD, a]}
    depends_on:
      c: {condition: service_healthy}
  b:
    image: node:20-alpine
    healthcheck: {test: [CMD, b]}
    depends_on:
      a: {condition: service_healthy}
  c:
    image: node:20-alpine
    healthcheck: {test: [CMD, c]}
    depends_on:
      b: {condition: service_healthy}
",
    );
    assert_eq!(found(&verdicts), [(10, "`a` waits for itself: `a` -> `c` -> `b` -> `a`")]);
    assert_eq!(verdicts.verdicts, ["met", "violated", "violated", "violated"]);
}

#[test]
fn a_shared_network_closes_a_circle_and_a_service_may_wait_for_itself() {
    let verdicts = refused(
        "depends-on-unchecked",
        "services:
  a:
    image: node:20-alpine
    network_mode: service:b
  b:
    image: node:20-alpine
    depends_on:
      a: {condition: service_completed_successfully}
  c:
    image: node:20-alpine
    healthcheck: {test: [CMD, c]}
    depends_on:
      c: {condition: service_healthy}
",
    );
    assert_eq!(found(&verdicts), [(4, "`a` waits for itself: `a` -> `b` -> `a`"), (13, "`c` waits for itself")]);
}

#[test]
fn a_service_that_is_not_there_or_not_started_is_no_dependency() {
    let verdicts = refused(
        "depends-on-unchecked",
        "services:
  api:
    image: node:20-alpine
    depends_on:
      databse: {condition: service_healthy}
      trace: {condition: service_healthy}
      gone: {condition: service_healthy, required: false}
  database:
    image: postgres:16-alpine
  trace:
    image: node:20-alpine
    profiles: [debug]
",
    );
    let expected = [
        (5, "`api` depends on `databse`, which is not defined"),
        (6, "`api` depends on `trace`, which only the profile `debug` starts"),
    ];
    assert_eq!(found(&verdicts), expected);
}

#[test]
fn a_large_project_in_a_circle_is_judged_in_reasonable_time() {
    let mut compose = String::from("services:\n");
    for i in 0..500 {
        let next = (i + 1) % 500;
        compose.push_str(&format!("  s{i}: {{image: node:20-alpine, depends_on: [s{next}, s0]}}\n"));
    }
    let verdicts = refused("depends-on-unchecked", &compose);
    assert_eq!(verdicts.verdicts.len(), 500);
}
