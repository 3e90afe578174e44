//! Entrypoint scripts: known, official and unknown ones.

use super::{DEBIAN, World, chain, check, check_scripts, script};

const NODE: &[&str] = &["node", "x.js"];

#[test]
fn scripts_that_hand_over_are_replaced() {
    check_scripts(&[
        ("#!/bin/sh\nset -e\nexec \"$@\"\n", NODE, "- node x.js", "the usual end"),
        ("exec \"$@\"", NODE, "- node x.js", "a first line is not needed"),
        ("#!/bin/sh\r\nset -e\r\nexec \"$@\"\r\n", NODE, "- node x.js", "line ends of another system"),
        ("\u{feff}#!/bin/bash\nexec \"$@\"\n", NODE, "- node x.js", "a byte order mark"),
        ("#!/bin/sh\nexec gosu app \"$@\"\n", NODE, "- -gosu=app node x.js", "with a change of user"),
        ("#!/bin/sh\nexec su-exec app:app \"$@\"\n", NODE, "- -su-exec=app:app node x.js", "Alpine's"),
        ("#!/bin/sh\nexec tini -- \"$@\"\n", NODE, "- +tini node x.js", "to an init"),
        ("#!/bin/bash\nexec dumb-init gosu app \"$@\"\n", NODE, "- +dumb-init* -gosu=app node x.js", "to both"),
        ("#!/bin/sh\nexec node server.js \"$@\"\n", &["-p", "80"], "- node server.js -p 80", "to a program of its own"),
        (
            "#!/bin/sh\ncat > /etc/x <<EOF\nexec wrong\nEOF\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "heredocs are no commands",
        ),
        (
            "#!/bin/sh\n# exec wrong\necho 'exec wrong'\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "nor are comments and quotes",
        ),
        ("#!/bin/sh\nexec \"$@\" # the end\n", NODE, "- node x.js", "a comment behind it"),
        ("#!/bin/sh\nexec \"$@\"\necho never\n", NODE, "- node x.js", "nothing runs after it"),
        (
            "#!/bin/sh\nexec docker-entrypoint.sh \"$@\"\n",
            &["x.js"],
            "- -docker-entrypoint.sh node x.js",
            "to the image's own",
        ),
        (
            "#!/bin/sh\nexec /usr/local/bin/docker-entrypoint.sh \"$@\"\n",
            NODE,
            "- -/usr/local/bin/docker-entrypoint.sh node x.js",
            "by its path",
        ),
    ]);
}

#[test]
fn scripts_without_exec_stay() {
    check_scripts(&[
        ("#!/bin/sh\n\"$@\"\n", NODE, "+ node x.js", "no exec"),
        ("#!/bin/bash\nnode x.js\n", &[], "+ node x.js", "a file is not executed like -c, even by bash"),
        ("#!/bin/sh\nmigrate && node x.js\n", &[], "+ node x.js", "a list"),
        ("#!/bin/sh\nnode x.js\nstatus=$?\nexit $status\n", &[], "+ node x.js", "what follows is a farewell"),
        ("#!/bin/sh\n( exec node x.js )\n", &[], "+ node x.js", "exec in a subshell replaces the subshell"),
        ("#!/bin/sh\nexec node x.js | tee log\n", &[], "+ node x.js", "nor does exec in a pipeline"),
    ]);
}

#[test]
fn branches_before_the_end_do_not_matter() {
    check_scripts(&[
        (
            "#!/bin/sh\nif [ \"$1\" = shell ]; then\n  exec /bin/bash\nfi\nexec node b.js\n",
            &[],
            "- node b.js",
            "what follows the branch is the service",
        ),
        (
            "#!/bin/sh\ncase \"$1\" in\n  worker) exec celery worker ;;\nesac\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "a case that leaves early",
        ),
        (
            "#!/bin/sh\nfor f in /init.d/*; do . \"$f\"; done\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "a loop of preparations",
        ),
        (
            "#!/bin/sh\nuntil nc -z db 5432; do sleep 1; done\n[ -n \"$A\" ] || { echo 'no A'; exit 1; }\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "checks that stop the start",
        ),
    ]);
}

#[test]
fn branches_at_the_end_do() {
    let condition = "? unknown: which command the shell runs last depends on a condition";
    check_scripts(&[
        ("#!/bin/sh\nif a; then\n  exec b\nelse\n  exec c\nfi\n", &[], condition, "either"),
        ("#!/bin/sh\ncase \"$1\" in\n  web) exec b ;;\n  *) exec \"$@\" ;;\nesac\n", NODE, condition, "a case"),
        ("#!/bin/sh\nif a; then exec b; fi\n", &[], condition, "a branch that nothing follows"),
        (
            "#!/bin/sh\nif a; then\n  node b\nelse\n  node c\nfi\n",
            &[],
            "+ unknown: which command the shell runs last depends on a condition",
            "without exec anywhere, the script stays at least",
        ),
        (
            "#!/bin/sh\nif [ \"$1\" = x ]; then echo hi; exec \"$@\"; else exec \"$@\"; fi\n",
            NODE,
            "- node x.js",
            "every way comes to the same",
        ),
    ]);
}

#[test]
fn a_step_down_from_root_is_seen_in_its_branch() {
    check_scripts(&[
        (
            "#!/bin/sh\nif [ \"$(id -u)\" = '0' ]; then\n  chown -R app /data\n  exec gosu app \"$0\" \"$@\"\nfi\nexec \"$@\"\n",
            NODE,
            "- -gosu=app node x.js",
            "the script calls itself as the user",
        ),
        (
            "#!/bin/sh\nif [ \"$(id -u)\" = 0 ]; then exec su-exec app \"$@\"; else exec \"$@\"; fi\n",
            NODE,
            "- -su-exec=app node x.js",
            "on either way the same service",
        ),
        (
            "#!/bin/sh\nif [ \"$1\" = redis-server ] && [ \"$(id -u)\" = 0 ]; then exec gosu redis \"$@\"; fi\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "a condition of another kind comes with it",
        ),
        (
            "#!/bin/sh\nif [ -n \"$DROP\" ]; then exec gosu app \"$@\"; fi\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "nobody knows whether it does",
        ),
    ]);
}

#[test]
fn arguments_that_branches_change() {
    let node = "#!/bin/sh\nif [ \"${1#-}\" != \"$1\" ] || [ -z \"$(command -v \"$1\")\" ]; then\n  set -- node \"$@\"\nfi\nexec \"$@\"\n";
    check_scripts(&[
        (node, &["--inspect", "x.js"], "- node --inspect x.js", "options cannot be run: the branch is for them"),
        (node, &["x.js"], "- node x.js", "nor can a file of node's"),
        (node, &["npm", "ci"], "- npm ci", "a program is left alone"),
        (
            "#!/bin/sh\nif [ $# -eq 0 ]; then set -- node x.js; fi\nexec \"$@\"\n",
            &[],
            "- node x.js",
            "nothing cannot be run either",
        ),
        (
            "#!/bin/sh\nif [ \"$ROLE\" = worker ]; then set -- celery worker; fi\nexec \"$@\"\n",
            NODE,
            "? unknown: the arguments that the shell runs depend on a condition",
            "any other condition is open",
        ),
        (
            "#!/bin/bash\nwhile getopts a: o; do shift; done\nexec \"$@\"\n",
            &["-a", "b", "node"],
            "? unknown: how many arguments are left depends on a condition",
            "a loop takes some away",
        ),
        (
            "#!/bin/sh\nset -- gosu app \"$@\"\nexec \"$@\"\n",
            NODE,
            "- -gosu=app node x.js",
            "without a branch it is certain",
        ),
    ]);
}

#[test]
fn services_in_the_background() {
    let trapped = script("#!/bin/bash\ntrap 'kill -TERM $child' TERM INT\nnode x.js &\nchild=$!\nwait $child\n", &[]);
    assert_eq!(chain(&trapped), "+/start.sh node x.js", "the service is what is waited for");
    assert!(trapped.signal_blockers().is_empty(), "the trap passes the signal on");
    let loops =
        script("#!/bin/sh\n# Starts. exec would not do.\ntrap stop TERM\nwhile a; do node x.js & wait; done\n", &[]);
    assert_eq!(chain(&loops), "+/start.sh unknown: which command the shell runs last depends on a condition");
    assert!(loops.signal_blockers().is_empty(), "a loop that starts it again passes the signal on as well");
    let late = script("#!/bin/bash\ntrap 'kill -TERM $child' TERM\nnode x.js\n", &[]);
    assert_eq!(late.signal_blockers().len(), 1, "a trap waits for the command in the foreground");
    for action in ["''", "-", "''  INT"] {
        let text = format!("#!/bin/sh\ntrap {action} TERM\nnode x.js & wait\n");
        assert_eq!(script(&text, &[]).signal_blockers().len(), 1, "`trap {action}` passes nothing on");
    }
    check_scripts(&[
        ("#!/bin/sh\nnginx &\nexec node x.js\n", &[], "- node x.js", "a program beside it"),
        ("#!/bin/sh\nnode x.js &\nwait\n", &[], "+ node x.js", "one program, waited for"),
        (
            "#!/bin/bash\nexec node x.js & wait\necho bye\n",
            &[],
            "+ node x.js",
            "exec in the background replaces a child",
        ),
        ("#!/bin/sh\nnode x.js > log &\ntail -f log\n", &[], "+ node x.js", "the log is not the service"),
        ("#!/bin/sh\nnode x.js | tee log &\nwait\n", &[], "+ node x.js", "a pipeline in the background"),
        ("#!/bin/sh\nnode x.js &\nwhile kill -0 $!; do sleep 1; done\n", &[], "+ node x.js", "a loop that waits"),
        (
            "#!/bin/sh\nnginx &\nnode x.js &\nwait -n\n",
            &[],
            "+ unknown: the shell starts several programs in the background",
            "two of them",
        ),
        (
            "#!/bin/sh\nnode x.js &\n",
            &[],
            "+ unknown: the shell starts a program in the background and ends",
            "nothing waits",
        ),
        ("#!/bin/sh\nwait\n", &[], "+ unknown: what the shell waits for is not known", "for nothing"),
    ]);
}

#[test]
fn functions_are_looked_into() {
    check_scripts(&[
        (
            "#!/bin/sh\nmain() {\n  prepare\n  exec node \"$@\"\n}\nmain \"$@\"\n",
            &["x.js"],
            "- node x.js",
            "exec in a function replaces the shell",
        ),
        ("#!/bin/bash\nfunction main {\n  node x.js\n}\nmain\n", &[], "+ node x.js", "without, the shell stays"),
        ("#!/bin/sh\nrun() { exec \"$@\"; }\nrun node x.js\n", &[], "- node x.js", "its arguments are its own"),
        (
            "#!/bin/sh\nlog() { exec wrong; }\nlog hi\nexec \"$@\"\n",
            NODE,
            "- node x.js",
            "only the last call is followed",
        ),
        (
            "#!/bin/sh\nf() {\n  g\n}\ng() {\n  f\n}\nf\n",
            &[],
            "+ unknown: functions of the shell call each other too deeply",
            "a circle",
        ),
        (
            "#!/bin/sh\nmain() {\n  exec b\n  }\nmain\n",
            &[],
            "? unknown: what the function `main` runs is not known",
            "its end is not found",
        ),
    ]);
}

#[test]
fn first_lines_name_the_interpreter() {
    check_scripts(
        &[
            (
                "#!/usr/bin/dumb-init /bin/sh\nexec \"$@\"\n",
                NODE,
                "+dumb-init* - node x.js",
                "an init before the shell",
            ),
            ("#!/usr/bin/env -S bash -e\nexec \"$@\"\n", NODE, "- node x.js", "env with options"),
            ("#!/command/with-contenv bash\nexec \"$@\"\n", NODE, "-with-contenv - node x.js", "a wrapper"),
            ("#!/bin/busybox sh\nexec \"$@\"\n", NODE, "- node x.js", "busybox"),
            ("#!/usr/bin/env python3\nimport os\n", &[], " /start.sh", "a program in another language is the service"),
        ]
        .map(|(text, command, expected, why): (_, &[&str], &str, _)| {
            (text, command, if expected == " /start.sh" { "" } else { expected }, why)
        }),
    );
    let sourced = script("#!/bin/sh\n. /run.sh\n", &[]);
    assert_eq!(chain(&sourced), "-/start.sh ?/run.sh unknown: what the script `/run.sh` runs is not known");
}

#[test]
fn official_and_unknown_scripts() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["docker-entrypoint.sh", "node", "x.js"], "-docker-entrypoint.sh node x.js", "executes its arguments"),
        (&["docker-entrypoint.sh", "--x"], "-docker-entrypoint.sh node --x", "puts its program before options"),
        (&["docker-entrypoint.sh", "x.mjs"], "-docker-entrypoint.sh node x.mjs", "and before files of node's"),
        (&["docker-entrypoint.sh", "sh", "-c", "a;b"], "-docker-entrypoint.sh +shell b", "shells are shells"),
        (
            &["docker-entrypoint.sh"],
            "-docker-entrypoint.sh unknown: the entrypoint is given nothing to run",
            "without a command",
        ),
        (&["/run.sh", "a"], "?/run.sh unknown: what the script `/run.sh` runs is not known", "by its ending"),
        (
            &["/my-entrypoint", "a"],
            "?/my-entrypoint unknown: what the script `/my-entrypoint` runs is not known",
            "by its name",
        ),
        (&["bash", "/x/run", "a"], "?/x/run unknown: what the script `/x/run` runs is not known", "by its shell"),
        (&["/app/server"], "/app/server", "a program like any other"),
    ];
    check(&DEBIAN, rows);
}

#[test]
fn scripts_start_scripts() {
    let files = [
        ("/a.sh", "#!/bin/sh\nexec /b.sh \"$@\" 1"),
        ("/b.sh", "#!/bin/bash\nbash /c.sh \"$@\""),
        ("/c.sh", "exec node \"$@\" 2"),
    ];
    let process = World { files: &files, ..DEBIAN }.run(&["tini", "--", "/a.sh", "0"]);
    assert_eq!(chain(&process), "+tini -/a.sh +/b.sh -/c.sh node 0 1 2");
    assert_eq!(process.signal_blockers().len(), 1, "only the one that stays");
}
