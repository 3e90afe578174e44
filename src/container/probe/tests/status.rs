//! Whether a probe can fail.

use super::*;

#[test]
fn probes_that_can_fail() {
    let table = [
        "curl -f localhost",
        "curl -f localhost || exit 1",
        "curl -f localhost || false",
        "curl -f localhost || kill 1",
        "curl -f localhost || exit",
        "curl -f localhost || exit $?",
        "curl -f localhost; exit $?",
        "curl -f localhost; exit",
        "curl -f localhost && exit 0 || exit 1",
        "curl -f localhost && echo ok || exit 1",
        "curl -f localhost && true",
        "curl -s localhost | grep ok",
        "set -o pipefail; curl -f localhost | cat",
        "set -eo pipefail; curl -f localhost | cat; true",
        "set -e; curl -f localhost; exit 0",
        "curl -f localhost || (echo down; exit 1)",
        "curl -f localhost || { echo down; exit 1; }",
        "if curl -f localhost; then exit 0; else exit 1; fi",
        "curl -f localhost && { echo ok; }",
        "[ \"$(curl -s localhost)\" = ok ]",
        "answer=$(curl -f localhost)",
        "false || curl -f localhost",
        "test -f /ready",
        "sh -c 'curl -f localhost'",
        "! pgrep zombie",
        "exit 1",
        "exit 256 || exit 2; exit 1",
    ];
    for text in table {
        assert_eq!(shell(text).can_fail, text != "exit 256 || exit 2; exit 1", "{text}");
    }
}

#[test]
fn probes_that_can_never_fail() {
    let table = [
        "curl -f localhost || true",
        "curl -f localhost || :",
        "curl -f localhost || exit 0",
        "curl -f localhost || echo down",
        "curl -f localhost; true",
        "curl -f localhost; exit 0",
        "curl -f localhost\nexit 0",
        "curl -f localhost | cat; true",
        "curl -f localhost | tee /log || true",
        "curl -f localhost | echo ok",
        "curl -f localhost &",
        "curl -f localhost && exit 0 || exit 0",
        "true || exit 1",
        "exit 0; curl -f localhost || exit 0",
        "true",
        "exit 0",
        "echo ok",
        "X=1",
        "",
        "sh -c 'curl -f localhost || true'",
        "sh -c \"sh -c 'curl -f localhost; true'\"",
        "curl -f localhost || { echo down; }",
        "{ curl -f localhost; } || true",
        "(curl -f localhost) ; exit 0",
        "if curl -f localhost; then echo up; fi; exit 0",
    ];
    for text in table {
        assert!(!shell(text).can_fail, "{text}");
    }
    let shown = describe(&shell("curl -f localhost || true"));
    assert_eq!(shown, "curl http://localhost/ (never fails)");
}

#[test]
fn a_pipe_into_what_takes_anything_hides_the_failure() {
    for text in ["curl -f localhost | cat", "curl -f localhost | tee /dev/stderr", "curl -f localhost | head -n 1"] {
        assert!(!shell(text).can_fail, "{text}");
    }
    assert!(shell("curl -f localhost | cat /other").can_fail, "that file may be missing");
    assert!(shell("curl -f localhost | tee /log").can_fail, "that file may be read-only");
}

#[test]
fn a_redirection_can_fail() {
    assert!(shell("bash -c '</dev/tcp/localhost/80'").can_fail, "bash cannot connect");
    assert!(shell("echo > /dev/tcp/localhost/80").can_fail);
    assert!(shell("{ echo; } > /dev/tcp/localhost/80").can_fail);
    assert!(!shell("curl -f localhost > /dev/null 2>&1 || echo down >&2").can_fail, "descriptors are there");
    assert!(!shell("curl -f localhost || echo down > /proc/1/fd/1").can_fail, "it only speaks to the log");
}
