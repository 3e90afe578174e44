//! Hostile command lines: each must come to an end, soon, with little memory.

use std::time::Instant;

use super::super::LONGEST_COMMAND;
use super::{DEBIAN, World, chain, script};

/// Generous for a debug build on a busy machine; what is quadratic takes minutes.
const SECONDS: u64 = 20;

fn ends(what: &str, run: impl FnOnce() -> super::Process) -> super::Process {
    let start = Instant::now();
    let process = run();
    assert!(start.elapsed().as_secs() < SECONDS, "{what} took {:?}", start.elapsed());
    assert!(process.layers.len() <= 64, "{what}: {} layers", process.layers.len());
    process
}

#[test]
fn depth_is_bounded() {
    let shells = "sh -c \"".repeat(10_000);
    ends("shells in quotes", || DEBIAN.run(&["sh", "-c", &shells]));
    let mut nested = "node x.js".to_string();
    for _ in 0..10 {
        nested = format!("sh -c '{}'", nested.replace('\'', "'\\''"));
        if nested.len() > 1 << 20 {
            break;
        }
    }
    ends("shells in shells", || DEBIAN.run(&["sh", "-c", &nested]));
    let many = vec!["env"; LONGEST_COMMAND];
    assert!(chain(&ends("wrappers", || DEBIAN.run(&many))).ends_with("more than 24 programs start each other"));
    let words = vec!["sh"; 100_000];
    ends("a long command line", || DEBIAN.run(&words));
    for opener in ["(", "{ ", "if ", "case x in a) ", "$(", "`", "f() { ", "\"", "<<A ", "\\", "${1:-", "(( "] {
        let text = opener.repeat(50_000);
        ends(opener, || DEBIAN.run(&["sh", "-c", &text]));
        ends(opener, || script(&text, &[]));
    }
}

#[test]
fn scripts_that_start_themselves_end() {
    let own = ends("itself", || script("#!/bin/sh\nexec \"$0\" \"$@\"\n", &["a"]));
    assert!(chain(&own).ends_with("unknown: more than 24 programs start each other"));
    let big = format!("#!/bin/sh\n{}exec \"$0\" \"$@\"\n", "a b c\n".repeat(170_000));
    let big = ends("a big one", || script(&big, &["a"]));
    assert!(chain(&big).ends_with("unknown: there is too much shell text to be looked into"));
    let growing = ends("growing", || script("#!/bin/sh\nexec \"$0\" \"$@\" \"$@\" \"$@\"\n", &["a", "b"]));
    assert!(growing.is_opaque().is_some());
    let files = [("/a.sh", "exec /b.sh \"$@\" \"$@\""), ("/b.sh", "exec /a.sh \"$@\" \"$@\"")];
    let circle = ends("a circle", || World { files: &files, ..DEBIAN }.run(&["/a.sh", "x"]));
    assert!(circle.is_opaque().is_some());
}

#[test]
fn values_cannot_multiply() {
    let doubled = format!("A=x\n{}exec node $A\n", "A=$A$A$A\n".repeat(10_000));
    ends("values", || script(&doubled, &[]));
    let arguments = format!("exec node {}", "\"$@\" ".repeat(100_000));
    let process = ends("arguments", || script(&arguments, &["a"; 4000]));
    assert!(process.is_opaque().is_some());
    let beside = format!("{}exec node", "echo \"$@\"\n".repeat(100_000));
    ends("beside", || script(&beside, &["a"; 4000]));
    let set = format!("{}exec node \"$@\"", "set -- \"$@\" \"$@\"\n".repeat(10_000));
    ends("set", || script(&set, &["a"]));
    let branches = format!("{}exec node \"$@\"", "if a; then set -- b c; fi\n".repeat(30_000));
    ends("set in branches", || script(&branches, &["a"]));
    let leaving = format!("{}exec node", "if a; then exec b; fi\n".repeat(30_000));
    ends("exec in branches", || script(&leaving, &["a"]));
    for call in ["f ( ", "f(", "function f ", "f() { ", "f \t"] {
        ends(call, || script(&format!("{}\nf\n", call.repeat(50_000)), &[]));
        ends(call, || script(&format!("echo '{}'\nf\n", call.repeat(50_000)), &[]));
    }
    let names: String = (0..100_000).map(|n| format!("A{n}=b\necho $A{n}\n")).collect();
    ends("many variables", || script(&names, &[]));
}

#[test]
fn odd_words_are_words() {
    for words in [
        &[""][..],
        &["", ""],
        &["/"],
        &["-"],
        &["sh", ""],
        &["sh", "-"],
        &["env"],
        &["env", "-S"],
        &["env", "-S", ""],
        &["tini", "-p"],
        &["dumb-init", "-r"],
        &["busybox"],
        &["timeout"],
        &["chroot", "/"],
        &["su", "-c"],
        &["script", "-c"],
        &["uv", "run"],
        &["yarn", "workspace"],
        &["npm", "run"],
        &["sh", "-c", "."],
        &["sh", "-c", "eval"],
        &["sh", "-c", "exec --"],
        &["sh", "-c", "\"\""],
        &["sh", "-c", "shift 99999999999999999999; exec \"$@\"", "-", "a"],
        &["sh", "-c", "exec \"${@:0}\"", "node"],
        &["sh", "-c", "exec \"${@:99}\"", "node"],
    ] {
        let process = DEBIAN.run(words);
        assert!(process.is_opaque().is_some() || process.application().is_some(), "{words:?}: {}", chain(&process));
    }
    assert_eq!(DEBIAN.run(&[]).is_opaque(), Some("there is no command to run"));
}
