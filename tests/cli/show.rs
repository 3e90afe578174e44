//! `plimsoll show`: each value of a container, who decided it, and what it overrode.

use crate::command::{Folder, run, testdata};

#[test]
fn the_effective_container_is_shown_with_who_decided_what() {
    let ran = run(testdata("cli/compose"), &["show", "--root", "."]).exits(0).quietly();
    let worker = ran.out.split("\n\n").find(|block| block.starts_with("worker ")).expect("the worker");
    let lines: Vec<&str> = worker.lines().map(str::trim).collect();
    let user = lines.iter().position(|line| line.starts_with("user ")).expect("a user");
    assert_eq!(
        lines[user..user + 3],
        [
            "user               root, uid 0 gid 0",
            "by `user` of the service, compose.yaml:12:11",
            "overrides USER, worker/Dockerfile:10:1"
        ]
    );
    assert_eq!(ran.out.matches("\n\n").count(), 2, "three containers");
}

#[test]
fn a_limit_is_shown_in_full() {
    for (limit, shown) in [("512k", "0.5 MiB"), ("200m", "200 MiB"), ("1g", "1024 MiB"), ("0", "none")] {
        let compose = format!("services:\n  a:\n    image: redis:7.4-alpine\n    mem_limit: {limit}\n");
        let folder = Folder::new().with("compose.yaml", compose);
        let ran = run(folder.path(), &["show", "--root", "."]).exits(0);
        let line = ran.out.lines().find(|line| line.contains("memory limit")).expect("a limit");
        assert!(line.ends_with(&format!("  {shown}")), "{line}");
    }
}

#[test]
fn one_container_can_be_asked_for_in_json() {
    let arguments = ["show", "--root", ".", "--container", "worker", "--format", "json"];
    let shown = run(testdata("cli/compose"), &arguments).exits(0).json();
    assert_eq!(shown.as_array().map(Vec::len), Some(1));
    assert_eq!(shown[0]["name"], "worker");
    let fields = shown[0]["fields"].as_array().expect("fields");
    let user = fields.iter().find(|field| field["name"] == "user").expect("a user");
    assert_eq!(user["decidedBy"]["path"], "compose.yaml");
    assert_eq!(user["decidedBy"]["line"], 12);
    assert_eq!(user["overrode"][0]["by"], "USER");
}

#[test]
fn a_container_that_is_not_there_is_a_failure_that_names_those_that_are() {
    let ran = run(testdata("cli/compose"), &["show", "--root", ".", "--container", "nope"]).exits(2);
    let ran = ran.warns(&["error: there is no container `nope`"]).warns(&["= help: there are api, worker, cache"]);
    assert_eq!(ran.out, "");
}

#[test]
fn nothing_to_show_is_a_failure_that_is_said_once() {
    let ran = run(Folder::new().path(), &["show"]).exits(2);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err.matches("error: ").count(), 1, "{}", ran.err);
    assert_eq!(ran.err.matches("  = help: ").count(), 1, "{}", ran.err);
}

#[test]
fn what_could_not_be_read_is_said_and_the_rest_is_shown() {
    let ran = run(testdata("cli/broken"), &["show", "--root", "."]).exits(2);
    let ran = ran.warns(&["error: bad/Dockerfile:2:1: unknown instruction `COPPY`"]).warns(&["did you mean `COPY`?"]);
    ran.says(&["good/Dockerfile (dockerfile"]);
}

#[test]
fn a_lone_dockerfile_follows_the_flags() {
    let folder = Folder::new().with("Dockerfile", "FROM alpine:3.20 AS a\nUSER 7\nFROM a\nARG U=8\nUSER $U\n");
    let user = |arguments: &[&str]| {
        let ran = run(folder.path(), &[&["show"], arguments].concat()).exits(0);
        let line = ran.out.lines().find(|line| line.trim().starts_with("user ")).expect("a user").to_string();
        line.split_whitespace().nth(1).expect("a value").trim_end_matches(',').to_string()
    };
    assert_eq!(user(&[]), "8");
    assert_eq!(user(&["--target", "a"]), "7");
    assert_eq!(user(&["--build-arg", "U=9"]), "9");
}
