//! What findings say, where the words themselves matter.

use plimsoll::scan::Request;

use crate::scan::{Tree, report, request};
use crate::{Verdicts, policy, read};

/// What a rule says of a folder with these files; its Compose files are one project.
fn said(rule: &str, files: &[(&str, &str)]) -> Verdicts {
    let tree = Tree::new();
    for (path, text) in files {
        tree.write(path, text);
    }
    let compose = files.iter().filter(|(path, _)| path.starts_with("compose")).map(|(path, _)| tree.path().join(path));
    let compose: Vec<_> = compose.collect();
    let paths = if compose.is_empty() { vec![tree.path().to_path_buf()] } else { Vec::new() };
    let request = Request { compose_files: compose, ..request(paths, tree.path(), 0) };
    read(&report(&request, &[policy(rule, "")]))
}

fn fix(rule: &str, files: &[(&str, &str)]) -> String {
    let verdicts = said(rule, files);
    verdicts.findings.first().map_or_else(|| panic!("{verdicts:#?}"), |finding| finding.fix.clone())
}

const RIGHT: &str = "FROM node:20-alpine\nUSER 1001:1001\nCMD [\"node\", \"a.js\"]\n";
const BASE: &str = "services:\n  api:\n    build: .\n    user: root\n";

#[test]
fn the_user_of_compose_is_dropped_only_if_no_other_file_sets_one() {
    let once = fix("user-root", &[("Dockerfile", RIGHT), ("compose.yaml", BASE)]);
    assert_eq!(once, "drop `user` from `api`: the image then runs as `1001:1001`");
    let over = "services:\n  api:\n    user: \"0\"\n";
    let twice = fix("user-root", &[("Dockerfile", RIGHT), ("compose.yaml", BASE), ("compose.prod.yaml", over)]);
    assert_eq!(twice, "write `user: \"1001:1001\"` for `api`, and give these ids what it writes to");
}

#[test]
fn a_user_that_the_policy_refuses_is_not_what_dropping_leads_to() {
    let other = RIGHT.replace("1001:1001", "node");
    let words = fix("user-root", &[("Dockerfile", &other), ("compose.yaml", BASE)]);
    assert_eq!(words, "write `user: \"1001:1001\"` for `api`, and give these ids what it writes to");
}

#[test]
fn a_workspace_of_pnpm_is_copied_with_its_manifests() {
    let text = "FROM node:20-alpine\nWORKDIR /app\nCOPY . .\nRUN pnpm install\nCMD [\"node\", \"a.js\"]\n";
    let words = fix("cache-busted", &[("Dockerfile", text)]);
    assert!(words.starts_with("copy `package.json pnpm-lock.yaml pnpm-workspace.yaml*` first"), "{words}");
}

#[test]
fn what_only_connects_asks_nothing() {
    for (probe, tool) in [("nc -z localhost 8080", "nc"), ("node -e \"require('net').connect(8080)\"", "node")] {
        let text = format!("FROM node:20-slim\nHEALTHCHECK CMD {probe}\nCMD [\"node\", \"a.js\"]\n");
        let verdicts = said("healthcheck-endpoint-wrong", &[("Dockerfile", &text)]);
        let message = format!("the health check does not ask `/health`: `{tool}` only connects to `localhost:8080`");
        assert_eq!(verdicts.findings.first().map(|finding| finding.message.as_str()), Some(message.as_str()));
    }
}
