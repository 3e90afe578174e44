//! Files that are no files: links, pipes, folders, devices, closed doors, strange names.
#![cfg(unix)]

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::bad_dockerfiles::{GOOD, harmless, judged, problem};
use crate::command::{Folder, run};

fn good() -> Folder {
    Folder::new().with("good/Dockerfile", GOOD)
}

fn pipe(folder: &Folder, name: &str) {
    let made = Command::new("mkfifo").arg(folder.path().join(name)).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn links_that_lead_to_themselves_or_nowhere() {
    for name in ["Dockerfile", "compose.yaml"] {
        let folder = good();
        symlink(name, folder.path().join(name)).expect("a link");
        problem(judged(&folder), "is a link that leads to itself", name, "mend or remove the link");
        let folder = good();
        symlink("nowhere", folder.path().join(name)).expect("a link");
        problem(judged(&folder), "is a link that leads nowhere", name, "mend or remove the link");
    }
}

#[test]
fn folders_that_lead_in_a_circle_are_walked_once() {
    let folder = good();
    symlink(".", folder.path().join("here")).expect("a link");
    symlink("../good", folder.path().join("good/again")).expect("a link");
    judged(&folder).says(&["scanned", "1 file (1 Dockerfile)"]);
}

#[test]
fn pipes_are_never_opened() {
    for name in ["Dockerfile", "compose.yaml"] {
        let folder = good();
        pipe(&folder, name);
        problem(judged(&folder), "is a pipe or device, not a file", name, "give the path of a file");
    }
    let folder = good().with("compose.yaml", "services:\n  a:\n    image: x:1\n    env_file: x.env\n");
    pipe(&folder, "x.env");
    problem(judged(&folder), "is a pipe or device, not a file", "x.env", "give the path of a file");
    let folder = good();
    pipe(&folder, "named");
    run(folder.path(), &["scan", "named"]).exits(2).says(&["error: is a pipe or device"]).says(&["--> named"]);
    run(folder.path(), &["scan", "/dev/zero"]).exits(2).says(&["error: is a pipe or device"]);
    run(folder.path(), &["scan", "--policy", "named"]).exits(2).warns(&["error: named: is a pipe or device"]);
    run(folder.path(), &["scan", "-f", "named"]).exits(2).says(&["error: is a pipe or device"]);
    run(folder.path(), &["scan", "--env-file", "named", "-f", "named"]).exits(2);
}

#[test]
fn what_git_ignores_is_not_asked_of_pipes() {
    let ignored = |folder: &Folder, name: &str| {
        let ran = run(folder.path(), &["scan", "--fail-on", "never"]).exits(2);
        ran.says(&["error: is a pipe or device, not a file"]).says(&["--> ", name])
    };
    let folder = good().with("piped/Dockerfile", GOOD);
    pipe(&folder, "piped/.gitignore");
    ignored(&folder, "piped/.gitignore").says(&["scanned", "1 file (1 Dockerfile)"]);
    let folder = good();
    symlink("/dev/zero", folder.path().join(".gitignore")).expect("a link");
    ignored(&folder, ".gitignore");
    let folder = good().with(".git/info/x", "");
    pipe(&folder, ".git/info/exclude");
    ignored(&folder, ".git/info/exclude");
    let folder = good().with(".gitignore", "# nothing\n".repeat(100_000));
    run(folder.path(), &["scan"]).exits(2).says(&["is too large for a list of what git ignores"]);
}

#[test]
fn what_only_other_tools_ignore_is_scanned() {
    let folder = good().with(".ignore", "good\n");
    judged(&folder).says(&["scanned", "1 file (1 Dockerfile)"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_system_says_of_itself_is_not_read() {
    let folder = good();
    symlink("/proc/self/environ", folder.path().join("Dockerfile")).expect("a link");
    let ran = run(folder.path(), &["scan", "--fail-on", "never"]).exits(2);
    ran.says(&["is what the system says of itself, not a file"]);
}

#[test]
fn what_stands_beside_a_dockerfile_is_not_missing_if_it_cannot_be_read() {
    let folder = Folder::new().with("Dockerfile", "FROM node:20-alpine\nCOPY . .\nUSER root\n");
    pipe(&folder, ".nvmrc");
    pipe(&folder, ".dockerignore");
    let ran = run(folder.path(), &["scan", "--fail-on", "never"]).exits(2);
    let ran = ran.lacks("no version file says").lacks("is missing").says(&["--> .nvmrc"]).says(&["--> .dockerignore"]);
    let ran = ran.says(&["? `.nvmrc` does not say which version that is"]);
    ran.says(&["? `.dockerignore` is a pipe or device, not a file"]).says(&["2 problems left something unexamined"]);
}

#[test]
fn a_record_of_a_decision_that_cannot_be_read_is_a_problem() {
    let folder = good();
    let folder = folder.with("docs/adr/0001-x.md/x", "").with("docs/adr/0002-x.md", "# x\n");
    judged(&folder);
    pipe(&folder, "docs/adr/0003-x.md");
    problem(judged(&folder), "is a pipe or device, not a file", "docs/adr/0003-x.md", "give the path of a file");
}

#[test]
fn a_folder_called_dockerfile_is_left_out_and_walked() {
    let folder = good().with("Dockerfile/Dockerfile", "FROM alpine:3.20\nUSER daemon\n");
    let ran = judged(&folder).says(&["skipped", "1 file: is a folder (Dockerfile)"]);
    ran.says(&["scanned", "2 files (2 Dockerfiles)"]);
    judged(&good().with("compose.yaml/x", ""));
}

#[test]
fn what_may_not_be_read_is_said() {
    let uid = Command::new("id").arg("-u").output().expect("id").stdout;
    if uid == b"0\n" {
        eprintln!("skipped: root may read everything");
        return;
    }
    let folder = good().with("Dockerfile", GOOD).with("shut/Dockerfile", GOOD);
    let closed = |name: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
    };
    closed("Dockerfile", 0);
    problem(judged(&folder), "may not be read", "Dockerfile", "run as a user who may read it");
    closed("Dockerfile", 0o644);
    closed("shut", 0);
    judged(&folder).says(&["cannot be walked"]).says(&["= help: see that you may read the folder"]);
    closed("shut", 0o755);
}

#[test]
fn names_with_control_characters_and_bytes_that_are_no_text() {
    let folder = good().with("a\u{1b}[31m\n\u{9b}\u{202e}/Dockerfile", format!("{GOOD}NONSENSE\n"));
    let bytes = folder.path().join(std::ffi::OsStr::from_bytes(b"b\xff\x9b [](1)"));
    std::fs::create_dir_all(&bytes).expect("a folder");
    std::fs::write(bytes.join("Dockerfile"), GOOD).expect("a file");
    judged(&folder).says(&["scanned", "3 files"]);
    for format in ["table", "json"] {
        harmless(run(folder.path(), &["show", "--format", format]));
    }
    harmless(run(folder.path(), &["scan", "no\u{1b}[31m\u{9b}such"])).exits(2);
    harmless(run(folder.path(), &["scan", "--policy", "no\u{1b}[31m\u{9b}such"])).exits(2);
    harmless(run(folder.path(), &["scan", "--rule", "no\u{1b}[31m\u{9b}such"])).exits(2);
    harmless(run(folder.path(), &["scan", "-o", "no\u{1b}[31m\u{9b}such"])).exits(2);
    harmless(run(folder.path(), &["scan", "-o", "json=no\u{1b}[31m\u{9b}such/x"])).exits(2);
}

#[test]
fn a_build_context_outside_of_the_root_is_read_and_named() {
    let folder =
        Folder::new().with("app/Dockerfile", GOOD).with("ops/compose.yaml", "services:\n  a:\n    build: ../app\n");
    let ran = run(folder.path(), &["scan", "--root", "ops", "ops"]).exits(1).says(&["error[user-root]"]);
    harmless(ran);
    let sarif = run(folder.path(), &["scan", "--root", "ops", "ops", "--format", "sarif"]).exits(1);
    crate::sarif_file::accepted(&sarif.out);
}
