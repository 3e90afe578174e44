//! Trees as they are found in the wild, each for one thing that it shows.

use crate::command::{Ran, run, testdata};

/// The table of a tree under `testdata/cli/`.
#[track_caller]
fn scan(tree: &str) -> Ran {
    scan_for(tree, &[])
}

/// The table of a tree that is about these rules: what others find in it is no matter.
#[track_caller]
fn scan_for(tree: &str, rules: &[&str]) -> Ran {
    let rules = rules.iter().flat_map(|rule| ["--rule", rule]);
    let arguments: Vec<&str> = ["scan", "--root", "."].into_iter().chain(rules).collect();
    run(testdata("cli").join(tree), &arguments).quietly()
}

#[test]
fn a_clean_dockerfile_passes_and_the_last_line_says_so() {
    let ran = scan("clean").exits(0).says(&["non-root", "✓"]).says(&["found", "nothing"]).lacks("✗");
    let last = ran.out.lines().last().expect("lines");
    assert_eq!(last, "passed   no finding reaches `--fail-on error` (exit code 0)");
}

#[test]
fn a_service_and_the_dockerfile_that_it_builds_are_one_container() {
    scan_for("compose", &["user-root", "limits-missing", "healthcheck-missing", "base-tag-missing"])
        .exits(1)
        .says(&["scanned", "3 files (1 Compose file, 2 Dockerfiles)"])
        .says(&["judged", "3 containers"])
        // The Dockerfile is good; what Compose says over it is not.
        .says(&["--> compose.yaml:12:11 in worker [adr-0003/non-root]"])
        .says(&["note: this overrides USER (worker/Dockerfile:10:1)"])
        .says(&["error[limits-missing]: `worker` has no CPU and no memory limit"])
        .says(&["error[healthcheck-missing]: `cache`"])
        .says(&["warning[base-tag-missing]: `redis`"])
        .lacks("in api");
}

#[test]
fn an_override_file_counts_where_compose_would_take_it() {
    scan("override")
        .exits(1)
        // Named by what makes the project, not by what comes first in the alphabet.
        .says(&["── compose.yaml  compose: web"])
        .says(&["--> compose.override.yaml:3:11 [adr-0003/non-root]"])
        .says(&["this overrides `user` of the service (compose.yaml:4:11)"])
        .lacks("limits-missing");
}

#[test]
fn services_of_profiles_are_judged_too() {
    scan("profiles").exits(1).says(&["error[limits-missing]: `adminer`"]).says(&["base-tag-latest", "adminer:latest"]);
}

#[test]
fn a_variant_is_a_project_of_its_own_on_top_of_the_base() {
    scan("variants")
        .exits(1)
        .says(&["── docker-compose.yml  compose: web"])
        .says(&["judged", "2 containers"])
        .says(&["--> docker-compose.prod.yml:3:11 in web (docker-compose.prod.yml)"])
        .says(&["--> docker-compose.yml:2:3 in web [adr-0003/limits]"]);
}

#[test]
fn an_inline_dockerfile_has_places_in_the_compose_file() {
    scan("inline")
        .exits(1)
        .says(&["--> compose.yaml:8:9 [adr-0003/non-root]"])
        .says(&["8 |         USER root"])
        .says(&["--> compose.yaml:6:9 [adr-0003/multi-stage]"]);
}

#[test]
fn a_missing_build_context_leaves_verdicts_open_and_the_rest_judged() {
    scan("missing-context")
        .exits(1)
        .says(&["error: the build context `gone` of `gone` does not exist"])
        .says(&["= help: correct `context`"])
        .says(&["its Dockerfile `gone/Dockerfile` cannot be read"])
        .says(&["error[healthcheck-missing]: `here`"])
        .says(&["1 problem left something unexamined"])
        .lacks("``");
}

#[test]
fn a_broken_dockerfile_does_not_hide_the_one_beside_it() {
    scan("broken")
        .exits(1)
        .says(&["error: unknown instruction `COPPY`"])
        .says(&["--> bad/Dockerfile:2:1"])
        .says(&["= help: did you mean `COPY`?"])
        .says(&["--> good/Dockerfile:13:1 [adr-0003/non-root]"])
        .says(&["1 problem left something unexamined"]);
}

#[test]
fn image_configurations_are_judged_when_they_are_named() {
    let folder = testdata("cli/image");
    run(&folder, &["scan", "--root", ".", "image.json", "config.json"])
        .quietly()
        .exits(1)
        .says(&["scanned", "2 files (2 images)"])
        .says(&["image: shop/api:1.4.0 (node)"])
        .says(&["error[user-root]: the container runs as root: the user is empty"])
        .says(&["--> image.json:"])
        .lacks("``");
    // Any JSON may hold anything: a tree is not searched for configurations.
    run(&folder, &["scan", "--root", "."]).exits(2).says(&["error: there is nothing to scan"]);
}

#[test]
fn an_unknown_base_image_is_inconclusive_and_never_met() {
    scan_for("private-base", &["user-root", "init-missing", "healthcheck-missing", "base-tag-missing"])
        .exits(0)
        .says(&["pinned-base", "✓"])
        .says(&["non-root", "?"])
        .says(&["healthcheck", "?"])
        .says(&["the user of the base image `registry.example.com/team/base:1.2` is not known"])
        .says(&["passed", "3 verdicts are inconclusive (exit code 0)"]);
}

#[test]
fn windows_is_read_and_what_it_has_no_root_for_is_not_applicable() {
    scan_for("windows", &["user-root", "init-missing", "base-tag-missing"])
        .exits(0)
        .says(&["pinned-base", "✓"])
        .says(&["not applicable", "non-root, init"])
        .lacks("✗");
    scan("windows").exits(0).lacks("✗");
}

#[test]
fn what_git_ignores_is_not_scanned_unless_it_is_named() {
    scan("monorepo")
        .exits(1)
        .says(&["scanned", "2 files (2 Dockerfiles)"])
        .says(&["--> services/b/Dockerfile:1:6"])
        .lacks("dist/");
    run(testdata("cli/monorepo"), &["scan", "--root", ".", "dist/a/Dockerfile"])
        .exits(1)
        .says(&["--> dist/a/Dockerfile:2:1 [adr-0003/non-root]"]);
}

#[test]
fn a_link_to_a_dockerfile_is_judged_once_under_its_real_name() {
    scan_for("symlink", &["user-root"])
        .exits(1)
        .says(&["scanned", "1 file (1 Dockerfile)"])
        .says(&["── docker/app.Dockerfile"])
        .says(&["found", "1 error"]);
}

#[test]
fn one_dockerfile_of_two_projects_is_judged_in_each() {
    scan_for("two-projects", &["user-root"])
        .exits(1)
        .says(&["scanned", "3 files (2 Compose files, 1 Dockerfile)"])
        .says(&["judged", "2 containers"])
        .says(&["found", "1 error"])
        .says(&["--> two/compose.yaml:4:11 [adr-0003/non-root]"])
        .lacks("── one/");
}
