//! Dockerfiles with a line that cannot be read: what it may have been meant to set is not known, and all else is.

use crate::scan::{Tree, report, request};
use crate::{policy, read};

/// The verdict of a rule on a Dockerfile with such a line, and its grounds.
fn judged(rule: &str, dockerfile: &str) -> (String, Vec<String>) {
    let tree = Tree::new();
    tree.write("Dockerfile", dockerfile);
    let request = request(vec![tree.path().to_path_buf()], tree.path(), 0);
    let verdicts = read(&report(&request, &[policy(rule, "")]));
    assert!(!verdicts.errors.is_empty(), "a line of it cannot be read: {verdicts:#?}");
    (verdicts.verdicts.concat(), verdicts.grounds)
}

#[track_caller]
fn table(rows: &[(&str, &str, &str)]) {
    for (rule, dockerfile, verdict) in rows {
        let (found, grounds) = judged(rule, dockerfile);
        assert_eq!(found, *verdict, "{rule} in\n{dockerfile}\n{grounds:?}");
        let named = grounds.iter().any(|ground| ground.starts_with("a line that is no instruction may be meant as "));
        assert_eq!(named, *verdict == "inconclusive", "{rule} in\n{dockerfile}\n{grounds:?}");
    }
}

#[test]
fn a_misspelt_instruction_may_be_the_one_that_is_missed() {
    table(&[
        ("user-root", "FROM node:20-alpine\nUSR 1001:1001\nCMD [\"node\", \"a.js\"]\n", "inconclusive"),
        ("user-id-wrong", "FROM node:20-alpine\nUSR 1001:1001\nCMD [\"node\", \"a.js\"]\n", "inconclusive"),
        ("healthcheck-missing", "FROM node:20-alpine\nHEALTHCHEK CMD true\nCMD [\"node\", \"a.js\"]\n", "inconclusive"),
        ("healthcheck-missing", "FROM node:20-alpine\nUSR 1001\nCMD [\"node\", \"a.js\"]\n", "violated"),
        ("user-root", "FROM node:20-alpine\nHEALTHCHEK CMD true\nCMD [\"node\", \"a.js\"]\n", "violated"),
    ]);
}

#[test]
fn one_behind_another_is_read_as_well() {
    let text = "FROM node:20-alpine\nUSR 1001\nHEALTHCHEK CMD true\nENTRYPONT [\"dumb-init\", \"--\"]\nCMD [\"node\", \"a.js\"]\n";
    for rule in ["user-root", "healthcheck-missing", "init-missing"] {
        table(&[(rule, text, "inconclusive")]);
    }
}

#[test]
fn a_word_in_capitals_that_is_near_to_none_may_be_any() {
    let text = "FROM node:20-alpine\nPROBE true\nCMD [\"node\", \"a.js\"]\n";
    for rule in ["user-root", "healthcheck-missing", "init-missing"] {
        table(&[(rule, text, "inconclusive")]);
    }
    // What stands behind it counts all the same.
    let text = "FROM node:20-alpine\nPROBE true\nUSER root\nHEALTHCHECK NONE\nENTRYPOINT [\"node\"]\nCMD [\"a.js\"]\n";
    for rule in ["user-root", "healthcheck-missing", "init-missing"] {
        table(&[(rule, text, "violated")]);
    }
}

#[test]
fn what_lost_the_continuation_above_it_belongs_to_that_instruction() {
    let torn = "FROM node:20-alpine\nRUN apk add curl &&\n    npm ci\nCMD [\"node\", \"a.js\"]\n";
    for rule in ["user-root", "healthcheck-missing", "init-missing"] {
        table(&[(rule, torn, "violated")]);
    }
    let torn = "FROM node:20-alpine\nENTRYPOINT dumb-init\n    -- node a.js\n";
    table(&[("init-missing", torn, "inconclusive"), ("user-root", torn, "violated")]);
}

#[test]
fn another_stage_does_not_matter() {
    let text = "FROM node:20-alpine AS build\nUSR 1001\nPROBE true\n\nFROM node:20-alpine\nCMD [\"node\", \"a.js\"]\n";
    for rule in ["user-root", "healthcheck-missing", "init-missing"] {
        table(&[(rule, text, "violated")]);
    }
    let below = "FROM node:20-alpine AS base\nUSR 1001\n\nFROM base\nCMD [\"node\", \"a.js\"]\n";
    table(&[("user-root", below, "inconclusive"), ("healthcheck-missing", below, "violated")]);
}
