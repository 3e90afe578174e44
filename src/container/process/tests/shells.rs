//! Shells with a text: whether they make room, and what for.

use super::super::ShellKind;
use super::{ALPINE, DEBIAN, NOBODY_KNOWS, World, check};

#[test]
fn a_lone_command_stays_a_child_of_dash_alone() {
    let debian: &[(&[&str], &str, &str)] = &[
        (&["node", "x.js"], "node x.js", "no shell at all"),
        (&["/bin/sh", "-c", "node x.js"], "+shell node x.js", "dash forks for everything"),
        (&["/bin/sh", "-c", "exec node x.js"], "-shell node x.js", "unless it is told not to"),
        (&["/bin/bash", "-c", "node x.js"], "-shell node x.js", "bash has its own name"),
        (&["ash", "-c", "node x.js"], "-shell node x.js", "and so has ash"),
        (&["busybox", "sh", "-c", "node x.js"], "-shell node x.js", "busybox's sh is ash"),
        (&["dash", "-c", "node x.js"], "+shell node x.js", "dash by its own name"),
        (&["sh", "-c", "PORT=80 node x.js"], "+shell node x.js", "variables make no other command of it"),
    ];
    check(&DEBIAN, debian);
    let alpine: &[(&[&str], &str, &str)] = &[
        (&["/bin/sh", "-c", "node x.js"], "-shell node x.js", "ash executes a lone simple command"),
        (&["/bin/sh", "-c", "PORT=80 node x.js > log"], "-shell node x.js", "with variables and redirections"),
        (&["dash", "-c", "node x.js"], "+shell node x.js", "dash is dash everywhere"),
    ];
    check(&ALPINE, alpine);
    let unknown: &[(&[&str], &str, &str)] = &[
        (&["/bin/sh", "-c", "node x.js"], "?shell node x.js", "which shell sh is, is not known"),
        (&["/bin/sh", "-c", "exec node x.js"], "-shell node x.js", "with exec it does not matter"),
        (&["/bin/sh", "-c", "a && node x.js"], "+shell node x.js", "nor with more than one command"),
        (&["bash", "-c", "node x.js"], "-shell node x.js", "nor for bash"),
    ];
    check(&NOBODY_KNOWS, unknown);
    let none = World { shell: ShellKind::None, ..DEBIAN };
    check(
        &none,
        &[(&["/bin/sh", "-c", "node x.js"], "+shell node x.js", "nothing is claimed for a shell that is missing")],
    );
}

#[test]
fn more_than_a_lone_command_keeps_every_shell() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["sh", "-c", "a && node x.js"], "+shell node x.js", "a list"),
        (&["sh", "-c", "a; node x.js"], "+shell node x.js", "a sequence"),
        (&["sh", "-c", "{ node x.js; } > log"], "+shell node x.js", "a group with a redirection"),
        (&["sh", "-c", "(cd /app && node x.js)"], "+shell node x.js", "a subshell"),
        (&["sh", "-c", "node x.js | tee log"], "+shell node x.js", "a pipeline's filter is not the service"),
        (&["sh", "-c", "echo y | node x.js"], "+shell node x.js", "nor is what feeds it"),
        (&["sh", "-c", "cd /app && exec node x.js"], "-shell node x.js", "exec behind a list"),
        (&["sh", "-c", "cd /app && exec node x.js || exit 1"], "-shell node x.js", "a farewell changes nothing"),
        (&["sh", "-c", "migrate && node x.js || exit 1"], "+shell node x.js", "nor without exec"),
        (&["sh", "-c", "node x.js; echo done; exit 0"], "+shell node x.js", "remarks are not the service"),
        (&["sh", "-c", "exec > /log 2>&1; node x.js"], "+shell node x.js", "exec without a program only redirects"),
        (&["sh", "-c", "exec node x.js > /log 2>&1"], "-shell node x.js", "and with one it may"),
        (&["sh", "-c", "exec -a web node x.js"], "-shell node x.js", "exec has options"),
    ];
    check(&DEBIAN, rows);
    check(&ALPINE, rows);
}

#[test]
fn what_depends_on_a_condition_is_not_guessed() {
    let condition = "unknown: which command the shell runs last depends on a condition";
    let rows: &[(&str, &str, &str)] = &[
        ("if a; then exec node x.js; else exec node y.js; fi", "?shell", "both replace, but with what"),
        ("test -f x || node x.js", "+shell", "the right of an or"),
        ("[ -f x ] && node x.js || node y.js", "+shell", "either of them"),
        ("case $A in b) exec c;; *) exec d;; esac", "?shell", "a case"),
        ("while true; do node x.js; done", "+shell", "a loop never makes room"),
    ];
    for (text, shell, why) in rows {
        check(&DEBIAN, &[(&["sh", "-c", text], &format!("{shell} {condition}"), why)]);
    }
}

#[test]
fn options_of_shells_are_stepped_over() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["/bin/sh", "-euxc", "exec node x.js"], "-shell node x.js", "clustered"),
        (&["bash", "-lc", "a; node x.js"], "+shell node x.js", "a login shell"),
        (&["bash", "-o", "pipefail", "-c", "exec node"], "-shell node", "an option with a value"),
        (&["bash", "-eo", "pipefail", "-c", "exec node"], "-shell node", "at the end of a cluster"),
        (&["bash", "-ceo", "pipefail", "exec node"], "-shell node", "in the cluster with c"),
        (&["bash", "--login", "-c", "exec node"], "-shell node", "a long one"),
        (&["bash", "--rcfile", "/x", "-c", "exec node"], "-shell node", "a long one with a value"),
        (&["sh", "+e", "-c", "exec node"], "-shell node", "switched off"),
        (&["sh", "-c", "--", "exec node"], "-shell node", "the end of the options"),
        (&["sh"], "sh", "an interactive shell is the service"),
        (&["bash", "-l"], "bash -l", "so is a login shell"),
        (&["sh", "-c"], "sh -c", "nothing to run: it fails, and nothing stands behind it"),
        (&["sh", "-s", "a"], "sh -s a", "commands come from the input"),
        (&["sh", "-c", ""], "+shell unknown: the shell has no command to run", "an empty text"),
        (&["sh", "-c", "# nothing"], "+shell unknown: the shell has no command to run", "a comment"),
    ];
    check(&DEBIAN, rows);
}

#[test]
fn arguments_of_a_text_start_with_its_name() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["sh", "-c", r#"exec "$0" "$@""#, "node", "x.js"], "-shell node x.js", "the first is $0"),
        (&["sh", "-c", r#"exec "$@""#, "--", "node", "x.js"], "-shell node x.js", "whatever it is"),
        (&["sh", "-c", "exec $*", "-", "node x.js"], "-shell node x.js", "without quotes, they are split"),
        (&["sh", "-c", r#"exec node "$2" "$1""#, "-", "a", "b c"], "-shell node b c a", "single ones"),
        (&["sh", "-c", r#"exec "${@:2}""#, "-", "a", "node", "b"], "-shell node b", "a slice"),
        (&["sh", "-c", r#"shift; exec "$@""#, "-", "a", "node"], "-shell node", "shifted"),
        (&["sh", "-c", r#"set -e; exec "$@""#, "-", "node"], "-shell node", "options are no arguments"),
        (&["sh", "-c", r#"set -- node "$@"; exec "$@""#, "-", "x"], "-shell node x", "replaced"),
        (
            &["sh", "-c", r#"exec "$@""#],
            "?shell unknown: what the shell runs is given by its arguments, and there are none",
            "none are given",
        ),
    ];
    check(&DEBIAN, rows);
}

#[test]
fn variables_count_when_their_value_is_known() {
    let world = World { env: &[("CMD", "node x.js"), ("PORT", "80")], ..DEBIAN };
    let rows: &[(&[&str], &str, &str)] = &[
        (&["sh", "-c", "exec $CMD"], "-shell node x.js", "a value is split at blanks"),
        (
            &["sh", "-c", "exec node -p $PORT $NOTHING_KNOWN"],
            "-shell node -p 80 $NOTHING_KNOWN",
            "an argument may be open",
        ),
        (&["sh", "-c", "A=b; exec node $A"], "-shell node b", "set in the text"),
        (&["sh", "-c", "export A=b && exec node ${A}c"], "-shell node bc", "exported"),
        (&["sh", "-c", "PORT=$(x); exec node $PORT"], "-shell node $PORT", "set to what nobody knows"),
        (&["sh", "-c", "read PORT; exec node $PORT"], "-shell node $PORT", "read from somewhere"),
        (&["sh", "-c", "if a; then PORT=1; fi; exec node $PORT"], "-shell node $PORT", "set under a condition"),
        (&["sh", "-c", "eval exec $CMD"], "-shell node x.js", "eval is looked into"),
        (&["sh", "-c", "sh -c \"exec $CMD\""], "+shell -shell node x.js", "so is a shell in a shell"),
    ];
    check(&world, rows);
    let text = "exec $START";
    let expected = "?shell unknown: what the shell runs is the value of `$START`, which is not known";
    check(&DEBIAN, &[(&["sh", "-c", text], expected, "the program itself has to be known")]);
}

#[test]
fn what_a_text_sets_reaches_the_service() {
    let process = DEBIAN.run(&["sh", "-c", "export A=1; B=2; C=3 exec env D=4 node"]);
    let known: Vec<_> = process.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(known, ["A=1", "B=2", "C=3", "D=4"]);
}

#[test]
fn what_runs_beside_the_service_is_remembered() {
    let process = DEBIAN.run(&["sh", "-c", "A=1 migrate up; if x; then exec nodemon a; fi; exec node b"]);
    let others: Vec<_> = process
        .others
        .iter()
        .map(|other| {
            (other.argv.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "), other.conditional)
        })
        .collect();
    let expected = [("migrate up", false), ("x", true), ("nodemon a", true)];
    assert_eq!(others, expected.map(|(words, conditional)| (words.to_string(), conditional)));
}
