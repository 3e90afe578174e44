//! Variables: which values reach a Compose file or a build, and from where.

use crate::command::{Folder, Ran, Run};

/// A service whose user is a variable.
fn tree() -> Folder {
    Folder::new()
        .with("compose.yaml", "services:\n  web:\n    image: alpine:3.20\n    user: ${WHO}\n    command: [\"top\"]\n")
        .with("root.env", "WHO=root\n")
        .with("app.env", "WHO=1000\n")
}

fn scan(folder: &Folder, arguments: &[&str]) -> Run {
    Run::new(folder.path(), &[&["scan", "--rule", "user-root", "--root", "."], arguments].concat())
}

/// Whether the run found root, and whether it left the question open.
#[track_caller]
fn root_and_open(ran: Ran) -> (bool, bool) {
    assert!(ran.code < 2, "{}", ran.log());
    (ran.out.contains("error[user-root]"), ran.out.contains("inconclusive"))
}

#[test]
fn the_environment_of_the_caller_is_not_read() {
    let ran = scan(&tree(), &[]).variable("WHO", "root").go();
    assert_eq!(root_and_open(ran), (false, true), "a verdict must not depend on who runs the scan");
}

#[test]
fn the_environment_of_the_caller_is_read_when_it_is_asked_for_by_name() {
    let ran = scan(&tree(), &["--env", "WHO"]).variable("WHO", "root").go();
    assert_eq!(root_and_open(ran), (true, false));
    let ran = scan(&tree(), &["--env", "WHO"]).go();
    assert_eq!(root_and_open(ran), (false, true), "asked for, and not there");
}

#[test]
fn values_come_from_flags_over_env_files_over_dot_env() {
    assert_eq!(root_and_open(scan(&tree(), &["--env", "WHO=root"]).go()), (true, false));
    assert_eq!(root_and_open(scan(&tree(), &["--env-file", "root.env"]).go()), (true, false));
    let arguments = ["--env-file", "root.env", "--env-file", "app.env"];
    assert_eq!(root_and_open(scan(&tree(), &arguments).go()), (false, false), "later files win");
    let arguments = ["--env-file", "root.env", "--env", "WHO=1000"];
    assert_eq!(root_and_open(scan(&tree(), &arguments).go()), (false, false), "flags win");
    let dotted = || tree().with(".env", "WHO=root\n");
    assert_eq!(root_and_open(scan(&dotted(), &[]).go()), (true, false));
    let arguments = ["--env-file", "app.env"];
    assert_eq!(root_and_open(scan(&dotted(), &arguments).go()), (false, false), "instead of `.env`");
}

#[test]
fn an_env_file_that_is_not_there_fails_the_run() {
    let ran = scan(&tree(), &["--env-file", "nope.env"]).go().exits(2);
    ran.says(&["error: there is no file `nope.env`"]).says(&["= help: correct the path"]);
}

#[test]
fn a_variable_without_a_name_is_a_usage_error() {
    for flag in ["--env", "--build-arg"] {
        let ran = scan(&tree(), &[flag, "=x\u{1b}[31m"]).go().exits(2);
        let ran = ran.warns(&[&format!("error: `{flag} =x"), "has no name"]).warns(&["= help: write", "NAME=VALUE"]);
        assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    }
}

#[test]
fn a_build_argument_decides_what_the_dockerfile_leaves_open() {
    let folder = Folder::new().with("Dockerfile", "FROM alpine:3.20\nARG WHO=1000\nUSER $WHO\nCMD [\"top\"]\n");
    assert_eq!(root_and_open(scan(&folder, &[]).go()), (false, false), "the default of the file");
    assert_eq!(root_and_open(scan(&folder, &["--build-arg", "WHO=root"]).go()), (true, false));
    assert_eq!(root_and_open(scan(&folder, &["--build-arg", "WHO"]).go()), (false, true), "given, and unknown");
    assert_eq!(root_and_open(scan(&folder, &[]).variable("WHO", "root").go()), (false, false));
}

#[test]
fn a_secret_value_never_reaches_a_report() {
    let folder = Folder::new().with(
        "compose.yaml",
        "services:\n  web:\n    image: alpine:3.20\n    environment: [\"DB_PASSWORD=hunter2-xyz\", \"API_TOKEN=${T}\"]\n",
    );
    for format in ["table", "json", "sarif"] {
        let ran = Run::new(folder.path(), &["scan", "--env", "T=hunter2-xyz", "--format", format]).go();
        assert!(!ran.log().contains("hunter2"), "{format}: {}", ran.log());
    }
    for format in ["table", "json"] {
        let ran = Run::new(folder.path(), &["show", "--env", "T=hunter2-xyz", "--format", format]).go().exits(0);
        assert!(!ran.log().contains("hunter2"), "{format}: {}", ran.log());
        assert!(ran.out.contains("DB_PASSWORD"));
    }
}
