//! Fixes: what `--fix` writes and leaves alone, what `--diff` shows, and what the run exits with.

use std::path::Path;

use crate::command::{Folder, run};
use crate::sarif_file;

const BAD: &str = "FROM node:20-alpine\nCOPY . .\nCMD node server.js\n";
const GOOD: &str = "FROM node:20-alpine\nCOPY . .\nUSER 1001:1001\nCMD [\"node\", \"server.js\"]\n";

const TITLE: &str = "add `USER 1001:1001` before `CMD`, and give these ids what the service writes to";

/// The arguments for the rules that these trees break.
const RULES: [&str; 6] = ["--root", ".", "--rule", "user-root", "--rule", "process-shell-form"];

fn scan<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["scan"];
    arguments.extend(RULES);
    arguments.extend(more);
    arguments
}

#[test]
fn a_tree_is_fixed_and_what_remains_is_reported() {
    let folder = Folder::new()
        .with("api/Dockerfile", BAD)
        .with("web/Dockerfile", "FROM nginx:1.27\nCOPY . .\nCMD node server.js\n");
    let ran = run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(1);
    assert_eq!(folder.text("api/Dockerfile"), GOOD);
    assert_eq!(folder.text("web/Dockerfile"), "FROM nginx:1.27\nCOPY . .\nCMD [\"node\", \"server.js\"]\n");
    assert!(ran.err.contains("plimsoll: fixed 3 findings in 2 files\n"), "{}", ran.err);
    assert!(ran.out.contains("error[user-root]") && !ran.out.contains("process-shell-form"), "{}", ran.out);
    assert!(ran.out.contains("= fix: build from `nginxinc/nginx-unprivileged:1.27`"), "{}", ran.out);
    assert_eq!(folder.names(), ["api", "web"]);
    assert_eq!(names(&folder.path().join("api")), ["Dockerfile"], "no temporary file is left");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_tree_that_is_fixed_needs_no_fix_and_passes() {
    let folder = Folder::new().with("Dockerfile", BAD);
    run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(0);
    assert_eq!(folder.text("Dockerfile"), GOOD);
    let ran = run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(0);
    assert!(ran.err.contains("plimsoll: fixed 0 findings in 0 files\n"), "{}", ran.err);
    assert_eq!(folder.text("Dockerfile"), GOOD);
}

#[test]
fn without_a_word_of_it_nothing_risky_is_changed() {
    let folder = Folder::new().with("Dockerfile", BAD);
    let ran = run(folder.path(), &scan(&["--fix"])).exits(1);
    assert_eq!(folder.text("Dockerfile"), BAD);
    assert!(ran.out.contains("= fix: add `USER 1001:1001` before `CMD`, and give these ids"), "{}", ran.out);
    run(folder.path(), &scan(&["--unsafe-fixes"])).exits(2).warns(&["--fix"]);
}

#[test]
fn a_diff_is_shown_and_nothing_is_written() {
    let folder = Folder::new().with("Dockerfile", BAD);
    let ran = run(folder.path(), &scan(&["--diff", "--unsafe-fixes"])).exits(1);
    let expected = "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,3 +1,4 @@\n FROM node:20-alpine\n COPY . .\n-CMD node \
                    server.js\n+USER 1001:1001\n+CMD [\"node\", \"server.js\"]\n";
    assert_eq!(ran.out, expected);
    assert_eq!(ran.err, "plimsoll: would fix 2 findings in 1 file\n");
    assert_eq!(folder.text("Dockerfile"), BAD);
    // With nothing to show, the code is that of the scan.
    let ran = run(folder.path(), &scan(&["--diff"])).exits(1);
    assert_eq!(ran.out, "");
    run(folder.path(), &scan(&["--diff", "--fail-on", "never"])).exits(0);
    run(folder.path(), &scan(&["--diff", "--fail-on", "never", "--unsafe-fixes"])).exits(1);
    run(folder.path(), &scan(&["--diff", "--format", "json"])).exits(2);
}

#[test]
fn a_fix_that_would_bring_about_another_finding_is_not_made() {
    // `slim` has no curl.
    let text = "FROM node:20\nHEALTHCHECK CMD curl -f http://localhost:3000/health\nCMD [\"node\", \"a.js\"]\n";
    let folder = Folder::new().with("Dockerfile", text);
    let rules = ["--rule", "base-variant-heavy", "--rule", "healthcheck-tool-missing"];
    let ran = run(folder.path(), &[&["scan", "--root", ".", "--fix", "--unsafe-fixes"], &rules[..]].concat()).exits(1);
    ran.warns(&[
        "fixed 0 findings in 0 files; 1 fix of `base-variant-heavy` is not made, as it would bring about another",
    ]);
    assert_eq!(folder.text("Dockerfile"), text);
}

#[test]
fn a_diff_has_the_tabs_and_line_ends_of_the_file() {
    let folder = Folder::new().with("Dockerfile", "FROM node:20-alpine\r\n\tRUN\ta\r\nCMD node server.js");
    let ran = run(folder.path(), &["scan", "--root", ".", "--rule", "process-shell-form", "--diff", "--unsafe-fixes"]);
    let expected = "@@ -1,3 +1,3 @@\n FROM node:20-alpine\r\n \tRUN\ta\r\n-CMD node server.js\n\\ No newline at end of \
                    file\n+CMD [\"node\", \"server.js\"]\n\\ No newline at end of file\n";
    let out = ran.exits(1).out;
    assert!(out.ends_with(expected), "{out:?}");
}

#[test]
fn a_diff_hides_secrets_and_what_acts_in_a_terminal() {
    let folder = Folder::new().with("Dockerfile", "FROM node:20\nCMD node \"a\u{1b}[31m\" --token hunter2\n");
    let ran = run(folder.path(), &scan(&["--diff", "--unsafe-fixes"])).exits(1);
    assert!(!ran.out.contains("hunter2") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    let json = run(folder.path(), &scan(&["--format", "json"])).exits(1).out;
    assert!(!json.contains("hunter2"), "{json}");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_stay() {
    let folder = Folder::new().with("Dockerfile", format!("\u{feff}{}", BAD.replace('\n', "\r\n")));
    run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(0);
    assert_eq!(folder.text("Dockerfile"), format!("\u{feff}{}", GOOD.replace('\n', "\r\n")));
}

#[test]
fn two_services_that_build_one_file_have_it_fixed_once() {
    let compose = "services:\n  a:\n    build: .\n  b:\n    build: .\n";
    let folder = Folder::new().with("Dockerfile", BAD).with("compose.yaml", compose);
    let ran = run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(0);
    assert_eq!(folder.text("Dockerfile"), GOOD);
    assert!(ran.err.contains("plimsoll: fixed 2 findings in 1 file\n"), "{}", ran.err);
}

#[test]
fn only_what_the_policy_asks_for_is_changed() {
    let folder = Folder::new().with("Dockerfile", BAD);
    run(folder.path(), &["scan", "--root", ".", "--rule", "process-shell-form", "--fix", "--unsafe-fixes"]).exits(0);
    assert_eq!(folder.text("Dockerfile"), GOOD.replace("USER 1001:1001\n", ""));
}

#[test]
fn formats_are_about_what_remains_and_carry_the_way_out() {
    let folder = Folder::new().with("Dockerfile", BAD);
    let json = run(folder.path(), &scan(&["--format", "json"])).exits(1).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let fix = &json["projects"][0]["findings"][0]["fix"];
    assert_eq!((fix["title"].as_str(), fix["safety"].as_str()), (Some(TITLE), Some("unsafe")));
    let edit = &fix["edits"][0];
    assert_eq!((edit["path"].as_str(), edit["text"].as_str()), (Some("Dockerfile"), Some("USER 1001:1001\n")));
    assert_eq!((edit["location"]["offset"].as_u64(), edit["location"]["length"].as_u64()), (Some(29), Some(0)));
    let sarif = run(folder.path(), &scan(&["--format", "sarif"])).exits(1).out;
    sarif_file::accepted(&sarif);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results").iter();
    let replacements: Vec<_> = results.map(|r| &r["fixes"][0]["artifactChanges"][0]["replacements"][0]).collect();
    assert_eq!(replacements.len(), 2);
    assert_eq!(replacements[0]["insertedContent"]["text"], "USER 1001:1001\n");
    assert_eq!(replacements[0]["deletedRegion"]["startLine"], 3);
    let sarif = run(folder.path(), &scan(&["--format", "sarif", "--fix", "--unsafe-fixes"])).exits(0).out;
    assert!(!sarif.contains("\"fixes\""), "{sarif}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_that_is_read_only_is_left_alone_and_named() {
        let folder = Folder::new().with("a/Dockerfile", BAD).with("b/Dockerfile", BAD);
        let path = folder.path().join("a/Dockerfile");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).expect("a mode");
        let ran = run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(1);
        ran.warns(&["warning: `a/Dockerfile` is left as it is: it is read-only"]);
        assert_eq!((folder.text("a/Dockerfile").as_str(), folder.text("b/Dockerfile").as_str()), (BAD, GOOD));
        // What was not done fails the run, even where the findings do not.
        run(folder.path(), &scan(&["--fix", "--unsafe-fixes", "--fail-on", "never"])).exits(2);
    }

    #[test]
    fn the_mode_of_a_file_stays() {
        let folder = Folder::new().with("Dockerfile", BAD);
        let path = folder.path().join("Dockerfile");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("a mode");
        run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(0);
        assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn behind_a_link_the_real_file_is_fixed() {
        let folder = Folder::new().with("real/node.dockerfile", BAD).with("app/x", "");
        symlink("../real/node.dockerfile", folder.path().join("app/Dockerfile")).expect("a link");
        run(folder.path(), &scan(&["--fix", "--unsafe-fixes", "app/Dockerfile"])).exits(0);
        assert_eq!(folder.text("real/node.dockerfile"), GOOD);
        assert!(folder.path().join("app/Dockerfile").is_symlink());
    }

    #[test]
    fn nothing_outside_the_root_is_changed() {
        let outside = Folder::new().with("Dockerfile", BAD);
        let compose = format!("services:\n  a:\n    build: {}\n", outside.path().display());
        let folder = Folder::new().with("compose.yaml", compose);
        let ran = run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(1);
        ran.warns(&["is left as it is: it lies outside the root of the scan"]);
        assert_eq!(outside.text("Dockerfile"), BAD);
        let folder = Folder::new();
        symlink(outside.path().join("Dockerfile"), folder.path().join("Dockerfile")).expect("a link");
        run(folder.path(), &scan(&["--fix", "--unsafe-fixes", "Dockerfile"]));
        assert_eq!(outside.text("Dockerfile"), BAD);
    }

    #[test]
    fn a_file_that_is_no_text_is_left_alone() {
        let bytes = [BAD.as_bytes(), b"# \xff\n"].concat();
        let folder = Folder::new().with("Dockerfile", &bytes);
        let ran = run(folder.path(), &scan(&["--fix", "--unsafe-fixes"])).exits(1);
        ran.warns(&["`Dockerfile` is left as it is: it holds bytes that are no UTF-8"]);
        assert_eq!(std::fs::read(folder.path().join("Dockerfile")).expect("a file"), bytes);
    }
}
