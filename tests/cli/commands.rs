//! The commands besides `scan` and `show`.

use std::path::Path;

use crate::command::{Folder, Ran, run};

fn plimsoll(arguments: &[&str]) -> Ran {
    run(Path::new("/"), arguments)
}

#[test]
fn rules_are_listed_for_people() {
    let ran = plimsoll(&["rules"]).exits(0).quietly().says(&["user-root", "error", "identity"]);
    let ids: Vec<&str> =
        ran.out.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split(' ').next()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let count = ids.len();
    ran.says(&[&format!("{count} rules; `plimsoll explain RULE`")]);
}

#[test]
fn rules_are_listed_for_programs_and_documents() {
    let rules = plimsoll(&["rules", "--format", "json"]).exits(0).json();
    let rules = rules.as_array().expect("a list");
    let init = rules.iter().find(|rule| rule["id"] == "init-missing").expect("the rule");
    assert_eq!(init["parameters"][0]["name"], "accept");
    assert_eq!(init["parameters"][0]["default"], serde_json::json!(["dumb-init"]));
    let markdown = plimsoll(&["rules", "--format", "markdown"]).exits(0).says(&["| `user-root` | error | identity |"]);
    assert_eq!(markdown.out.lines().count(), rules.len() + 2);
    let columns = |line: &str| line.matches('|').count();
    assert!(markdown.out.lines().all(|line| columns(line) == 6), "{}", markdown.out);
}

#[test]
fn every_rule_is_explained() {
    let rules = plimsoll(&["rules", "--format", "json"]).json();
    for rule in rules.as_array().expect("a list") {
        let id = rule["id"].as_str().expect("an id");
        let ran = plimsoll(&["explain", id]).exits(0).quietly().says(&["Why"]).says(&["Bad"]).says(&["Good"]);
        let first = ran.out.lines().next().expect("a line");
        assert_eq!(first, format!("{id}: {}", rule["title"].as_str().expect("a title")));
        // Examples stay as they are; everything else is wrapped.
        let prose = ran.out.lines().filter(|line| !line.starts_with("    ") && !line.starts_with("  > "));
        assert_eq!(prose.map(|line| line.chars().count()).filter(|&columns| columns > 100).count(), 0, "{id}");
    }
}

#[test]
fn rules_are_explained_by_the_ids_of_other_tools_too() {
    for id in ["DL3002", "dl3002", "hadolint:DL3002", "CKV_DOCKER_8", "cis:4.1"] {
        plimsoll(&["explain", id]).exits(0).says(&["user-root: the container runs as root"]);
    }
    // One id of a tool may stand for several rules here.
    let ran = plimsoll(&["explain", "CKV_DOCKER_7"]).exits(0);
    ran.says(&["base-tag-latest: "]).says(&["base-tag-missing: "]);
}

#[test]
fn a_page_says_who_demands_the_rule() {
    plimsoll(&["explain", "user-root"]).says(&["Demanded by"]).says(&["`adr-0003/non-root` as error"]);
}

#[test]
fn controls_are_explained_whichever_way_they_are_assessed() {
    for name in ["non-root", "adr-0003/non-root"] {
        let ran = plimsoll(&["explain", name]).exits(0).says(&["adr-0003/non-root"]).says(&["Assessed by"]);
        ran.says(&["`user-root` as error"]);
    }
    plimsoll(&["explain", "build-speed"]).exits(0).says(&["by a person"]);
    plimsoll(&["explain", "health-contract"]).exits(0).says(&["by `plimsoll probe`"]);
}

const TEAM: &str = r#"id: team
title: a | b
controls:
  - id: init
    group: process
    title: an init
    rules:
      - rule: init-missing
        severity: note
        params: {accept: [tini, dumb-init]}
        scope: {runtime: node, service: "web-*", role: application}
    planned: [init-late]
  - id: drill
    title: restore
    manual: look
  - id: contract
    title: fast
    outside: smoke
  - id: version
    title: one
    rules:
      - rule: runtime-version-wrong
        params: {runtime: node, version: "20"}
"#;

#[test]
fn a_planned_rule_is_told_of_its_control() {
    let folder = Folder::new().with("team.yaml", TEAM);
    let ran = run(folder.path(), &["explain", "team/init", "--policy", "team.yaml"]).exits(0);
    ran.says(&["Planned rules: `init-late`"]);
}

#[test]
fn controls_are_listed_with_their_rules() {
    let folder = Folder::new().with("team.yaml", TEAM);
    let list = |format: &str| run(folder.path(), &["rules", "--policy", "team.yaml", "--format", format]).exits(0);
    let scope = "runtime: [node], role: [application], service: [web-*]";
    list("table")
        .says(&[&format!("init      init-missing as note; with accept: [tini, dumb-init]; for {scope}")])
        .says(&["          init-late is planned"])
        .says(&["drill     a person: look"])
        .says(&["version   runtime-version-wrong as error; with runtime: node, version: \"20\""]);
    list("markdown")
        .says(&["# team: a \\| b"])
        .says(&["## process"])
        .says(&["| `init` | an init | `init-missing` as note; with `accept: [tini, dumb-init]`; for `runtime: [node]`"])
        .says(&["<br>`init-late` is planned |  |"])
        .says(&["| `contract` | fast | `smoke` |  |"]);
    let json = list("json").json();
    assert_eq!(json[0]["rules"][0]["params"]["accept"], serde_json::json!(["tini", "dumb-init"]));
    assert_eq!(json[0]["rules"][0]["scope"]["service"], serde_json::json!(["web-*"]));
    assert_eq!(json[0]["planned"], serde_json::json!(["init-late"]));
    assert_eq!(json[1]["assessment"]["by"], "manual");
    plimsoll(&["rules", "--policy", "adr-0002"]).exits(2).warns(&["error: --policy: there is no policy `adr-0002`"]);
}

#[test]
fn a_name_that_means_nothing_gets_a_suggestion() {
    let ran = plimsoll(&["explain", "usr-root"]).exits(2);
    assert_eq!(ran.out, "");
    ran.warns(&["error: there is no rule or control `usr-root`"]).warns(&["did you mean `user-root`?"]);
    plimsoll(&["explain", "zzzzzzzz"]).exits(2).warns(&["see `plimsoll rules` for all rules"]);
    let ran = plimsoll(&["explain", "\u{1b}[31m\u{9b}x"]).exits(2);
    assert!(!ran.err.contains(|c: char| c.is_control() && c != '\n'), "{:?}", ran.err);
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = plimsoll(&["completions", shell]).exits(0).quietly();
        for word in ["plimsoll", "scan", "min-severity", "adr-0003"].iter().take(3) {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
    plimsoll(&["completions", "tcsh"]).exits(2).warns(&["invalid value 'tcsh'"]);
}

#[test]
fn the_manual_has_every_command_and_flag() {
    let ran = plimsoll(&["manual"]).exits(0).quietly();
    assert!(ran.out.contains(".TH plimsoll 1"));
    for name in ["plimsoll\\-scan", "plimsoll\\-show", "plimsoll\\-explain", "\\-\\-fail\\-on", "\\-\\-env\\-file"] {
        assert!(ran.out.contains(name), "no {name}");
    }
}

#[test]
fn help_and_version_are_no_failures_and_misuse_is() {
    plimsoll(&["--help"]).exits(0).quietly().says(&["Usage: plimsoll <COMMAND>"]);
    plimsoll(&["scan", "--help"]).exits(0).quietly().says(&["Exit code: 0 if nothing"]);
    let version = plimsoll(&["--version"]).exits(0).quietly();
    assert_eq!(version.out, concat!("plimsoll ", env!("CARGO_PKG_VERSION"), "\n"));
    plimsoll(&[]).exits(2).warns(&["Usage: plimsoll <COMMAND>"]);
    plimsoll(&["scna"]).exits(2).warns(&["a similar subcommand exists: 'scan'"]);
    plimsoll(&["scan", "--fial-on", "error"]).exits(2).warns(&["a similar argument exists: '--fail-on'"]);
    plimsoll(&["scan", "--fail-on", "eror"]).exits(2).warns(&["possible values: error, warning, note, never"]);
}
