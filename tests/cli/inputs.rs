//! Inputs: what is named, what is found, and what reports call it.

use crate::command::{Folder, run, testdata};

const STAGES: &str =
    "FROM alpine:3.20 AS dev\nUSER root\nCMD [\"top\"]\n\nFROM alpine:3.20 AS prod\nUSER 1000\nCMD [\"top\"]\n";

#[test]
fn a_target_is_the_stage_that_ships() {
    let folder = Folder::new().with("Dockerfile", STAGES);
    let scan = |target: &[&str]| run(folder.path(), &[&["scan", "--rule", "user-root"], target].concat());
    scan(&[]).exits(0);
    scan(&["--target", "prod"]).exits(0);
    scan(&["--target", "dev"]).exits(1).says(&["--> Dockerfile:2:1"]);
    scan(&["Dockerfile", "--target", "nope"]).exits(2).says(&["error: ", "`nope`"]).says(&["= help: "]);
}

#[test]
fn compose_files_that_are_named_make_one_project_in_their_order() {
    let folder = Folder::new()
        .with("a.yaml", "services:\n  web:\n    image: alpine:3.20\n    user: root\n    command: [\"top\"]\n")
        .with("b.yaml", "services:\n  web:\n    user: \"1000\"\n")
        .with("compose.yaml", "services:\n  other:\n    image: alpine\n");
    let scan = |files: &[&str]| run(folder.path(), &[&["scan", "--rule", "user-root"], files].concat());
    scan(&["-f", "a.yaml"]).exits(1).says(&["── a.yaml  compose: web"]);
    scan(&["-f", "a.yaml", "-f", "b.yaml"]).exits(0).says(&["scanned", "2 Compose files"]).says(&["1 container"]);
    scan(&["-f", "b.yaml", "--file", "a.yaml"]).exits(1).says(&["--> a.yaml:4:11"]);
    scan(&["-f", "a.yaml", "-f", "nope.yaml"]).exits(1).says(&["--> nope.yaml"]);
    scan(&["-f", "nope.yaml"]).exits(2).says(&["error: does not exist"]).says(&["--> nope.yaml"]);
}

#[test]
fn profiles_do_not_hide_services() {
    let scan = |profile: &[&str]| run(testdata("cli/profiles"), &[&["scan", "--root", "."], profile].concat()).out;
    assert_eq!(scan(&[]), scan(&["--profile", "debug"]));
    assert_eq!(scan(&[]), scan(&["--profile", "*"]));
}

#[test]
fn a_file_that_variants_share_is_judged_once() {
    let folder = Folder::new()
        .with("common.yml", "services:\n  base:\n    image: alpine:3.20\n    user: root\n    command: [\"top\"]\n")
        .with("compose.yaml", "services:\n  web:\n    extends: {file: common.yml, service: base}\n")
        .with("compose.prod.yaml", "services:\n  web:\n    restart: always\n");
    run(folder.path(), &["scan", "--rule", "user-root"])
        .exits(1)
        .says(&["--> common.yml:4:11"])
        .says(&["in web, web (compose.prod.yaml)"])
        .says(&["found", "1 error"]);
}

#[test]
fn what_is_built_from_nowhere_is_not_decided() {
    let folder = Folder::new()
        .with("Dockerfile", STAGES)
        .with("compose.yaml", "services:\n  web:\n    build: {context: ., target: nope}\n");
    for rule in ["stage-single", "base-tag-missing", "base-tag-latest", "base-digest-missing", "runtime-version-drift"]
    {
        run(folder.path(), &["scan", "--policy", "all", "--rule", rule, "compose.yaml"])
            .says(&["how it is built is not known: its Dockerfile builds no such stage"])
            .says(&["judged", "1 inconclusive"]);
    }
}

#[test]
fn names_are_relative_to_the_root() {
    let tree = testdata("cli");
    run(&tree, &["scan", "--root", ".", "symlink"]).says(&["── symlink/docker/app.Dockerfile"]);
    run(&tree, &["scan", "--root", "symlink", "symlink"]).says(&["── docker/app.Dockerfile"]);
    let folder = Folder::new()
        .with(".git/HEAD", "ref: refs/heads/main\n")
        .with("deep/er/Dockerfile", "FROM alpine:3.20\nUSER root\nCMD [\"top\"]\n")
        .with("deep/compose.yaml", "services:\n  a:\n    image: alpine\n");
    run(folder.path().join("deep"), &["scan", "er"]).says(&["── deep/er/Dockerfile"]);
    run(folder.path().join("deep"), &["scan", "-f", "compose.yaml"]).says(&["── deep/compose.yaml"]);
}

#[test]
fn a_file_that_is_found_twice_is_judged_once() {
    let tree = testdata("cli/symlink");
    run(tree, &["scan", "--root", ".", "--rule", "user-root", ".", "Dockerfile", "docker", "docker/app.Dockerfile"])
        .exits(1)
        .says(&["scanned", "1 file (1 Dockerfile)"])
        .says(&["found", "1 error"]);
}

#[test]
fn what_is_named_and_missing_fails_the_run_and_the_rest_is_judged() {
    let arguments = ["scan", "--root", ".", "--rule", "user-root", "Dockerfile", "nope", "also/nope"];
    let ran = run(testdata("cli/clean"), &arguments).exits(2);
    let ran = ran.says(&["error: does not exist"]).says(&["--> nope"]).says(&["--> also/nope"]);
    ran.says(&["judged", "1 container: 1 met"]).says(&["failed", "2 problems left something unexamined (exit code 2)"]);
}

#[test]
fn what_is_named_and_not_recognised_fails_the_run() {
    let folder = Folder::new().with("notes.txt", "hello\n");
    run(folder.path(), &["scan", "notes.txt"])
        .exits(2)
        .says(&["error: is no Dockerfile, Compose file, image or nginx configuration that can be recognised"])
        .says(&["= help: name a Compose file with `--file`"]);
}

#[test]
fn a_run_that_judges_nothing_does_not_pass() {
    run(Folder::new().path(), &["scan"]).exits(2).says(&["there is nothing to scan"]).lacks("compliance");
    for (name, text) in [("compose.yaml", "services: {}\n"), ("Dockerfile.md", "# How we build\n\nWith care.\n")] {
        let tree = Folder::new().with(name, text);
        run(tree.path(), &["scan"]).exits(2).says(&["error: there is nothing to judge"]).says(&["= help: "]);
    }
}

#[test]
fn a_run_that_could_read_nothing_has_met_nothing() {
    for text in ["FROM {{ base }}\n", "# syntax=example.com/other:1\nBUILD it\n"] {
        let tree = Folder::new().with("Dockerfile", text);
        let found = run(tree.path(), &["scan"]).lacks("✓");
        assert!(found.code == 2 || found.out.contains("inconclusive"), "{}", found.out);
        run(tree.path(), &["scan", "Dockerfile"]).exits(2).lacks("✓").says(&["error: the file is"]);
    }
}

#[test]
fn threads_are_counted_in_reason() {
    for jobs in ["0", "1", "3", "256"] {
        run(testdata("cli/clean"), &["scan", "-j", jobs]).exits(0);
    }
    for jobs in ["x", "-1", "257", "1000000000000"] {
        let ran = run(testdata("cli/clean"), &["scan", &format!("--jobs={jobs}")]).exits(2);
        ran.warns(&["error: invalid value", "--jobs"]);
    }
}
