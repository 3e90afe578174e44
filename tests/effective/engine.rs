//! The engine's merge: what a service puts over its image, field by field.

use crate::case::services;

const IMAGE: &str = "FROM scratch\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\n";

/// Rows over [`IMAGE`]: why, service, entrypoint, command.
type Merge = (&'static str, &'static str, &'static str, &'static str);

#[test]
fn entrypoint_and_command_are_merged_as_the_engine_does() {
    let (entrypoint, command) = ("ENTRYPOINT 2 < `FROM scratch` 1", "CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1");
    let rows: [Merge; 10] = [
        ("nothing is given", "init: false", "[\"e\"]", "[\"c\"]"),
        (
            "an entrypoint drops the command",
            "entrypoint: x y",
            "[\"x\", \"y\"] < `entrypoint` c:4",
            "none < `entrypoint`, which drops the image's command c:4",
        ),
        (
            "unless one is given",
            "entrypoint: x\ncommand: y z",
            "[\"x\"] < `entrypoint` c:4",
            "[\"y\", \"z\"] < `command` c:5",
        ),
        ("a command keeps the entrypoint", "command: [y]", "[\"e\"]", "[\"y\"] < `command` c:4"),
        ("an empty entrypoint keeps the command", "entrypoint: []", "none < `entrypoint` c:4", "[\"c\"]"),
        ("an empty text is an empty list", "entrypoint: \"\"", "none < `entrypoint` c:4", "[\"c\"]"),
        ("an empty command is not given", "command: []", "[\"e\"]", "[\"c\"]"),
        ("nor is an empty text", "command: \"\"", "[\"e\"]", "[\"c\"]"),
        (
            "nor does it bring the image's back",
            "entrypoint: x\ncommand: []",
            "[\"x\"] < `entrypoint` c:4",
            "none < `entrypoint`, which drops the image's command c:4",
        ),
        ("null is not given", "entrypoint:\ncommand:", "[\"e\"]", "[\"c\"]"),
    ];
    for (why, service, expected_entrypoint, expected_command) in rows {
        let expected = [format!("{expected_entrypoint} < {entrypoint}"), format!("{expected_command} < {command}")];
        services(&[(why, IMAGE, service, "entrypoint", &expected[0]), (why, IMAGE, service, "command", &expected[1])]);
    }
    services(&[
        (
            "one empty word is how the engine is told to have none; the command is dropped with it",
            IMAGE,
            "entrypoint: [\"\"]",
            "process",
            "unknown: there is no command to run < `entrypoint` c:4",
        ),
        (
            "a program that is not known",
            IMAGE,
            "command: ${START} --fast",
            "process",
            "? the variable `START` is not set < ENTRYPOINT 2",
        ),
        (
            "an argument that is not known leaves the rest",
            IMAGE,
            "command: srv --port ${PORT}",
            "command",
            "[\"srv\", \"--port\", \"${PORT}\"] < `command` c:4 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "what the image would have run is not claimed of an entrypoint that is not known",
            IMAGE,
            "entrypoint: ${START}",
            "command",
            "? the variable `START` is not set < `entrypoint`, which drops the image's command c:4 < \
             CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
    ]);
}

#[test]
fn a_user_that_is_empty_does_not_reset_the_images() {
    let file = "FROM scratch\nUSER 1000\n";
    services(&[
        ("empty", file, "user: \"\"", "user", "1000, uid 1000 gid 0 < USER 2 < `FROM scratch` 1"),
        ("null", file, "user:", "user", "1000, uid 1000 gid 0 < USER 2 < `FROM scratch` 1"),
        ("zero is root", file, "user: \"0\"", "user", "0, uid 0 gid 0 < `user` c:4 < USER 2 < `FROM scratch` 1"),
        ("a number is its text", file, "user: 0", "user", "0, uid 0 gid 0 < `user` c:4 < USER 2 < `FROM scratch` 1"),
        ("a pair", file, "user: \"5:6\"", "user", "5:6, uid 5 gid 6 < `user` c:4 < USER 2 < `FROM scratch` 1"),
        (
            "a variable that nobody gave is not empty",
            file,
            "user: ${ID}",
            "user",
            "? the variable `ID` is not set < `user` c:4 < USER 2 < `FROM scratch` 1",
        ),
        (
            "unless it has a default",
            file,
            "user: ${ID:-7}",
            "user",
            "7, uid 7 gid 0 < `user` c:4 < USER 2 < `FROM scratch` 1",
        ),
    ]);
}

#[test]
fn variables_are_merged_by_name() {
    let file = "FROM scratch\nENV A=1 B=2\n";
    services(&[
        ("not given", file, "environment: [C=3]", "environment A", "1 < ENV 2"),
        ("added", file, "environment: [C=3]", "environment C", "3 < `environment` c:4"),
        ("replaced", file, "environment: {A: x}", "environment A", "x < `environment` c:4 < ENV 2"),
        ("emptied", file, "environment: [A=]", "environment A", " < `environment` c:4 < ENV 2"),
        (
            "one without a value is the caller's, or removes the image's: nobody here knows",
            file,
            "environment: [A]",
            "environment A",
            "? `A` is taken from the environment of whoever starts it < `environment` c:4 < ENV 2",
        ),
        (
            "a null in a mapping is the same",
            file,
            "environment:\n  A:",
            "environment A",
            "? `A` is taken from the environment of whoever starts it < `environment` c:5 < ENV 2",
        ),
    ]);
}

#[test]
fn health_checks_are_merged_field_by_field() {
    let file = "FROM alpine:3.20\nHEALTHCHECK --interval=5s --timeout=6s --retries=7 CMD nc -z localhost 80\n";
    let none = "FROM alpine:3.20\n";
    let off = "FROM alpine:3.20\nHEALTHCHECK NONE\n";
    let base = "the base image `alpine:3.20` 1";
    let own = format!("nc localhost:80 (every 5 s, 6 s each, 7 tries, after 0 s) < HEALTHCHECK 2 < {base}");
    let interval = format!("nc localhost:80 (every 9 s, 6 s each, 7 tries, after 0 s) < HEALTHCHECK 2 < {base}");
    let test = format!(
        "nc localhost:81 (every 5 s, 6 s each, 7 tries, after 0 s) < `healthcheck` c:5 < HEALTHCHECK 2 < {base}"
    );
    let fresh = format!("nc localhost:81 (every 30 s, 30 s each, 3 tries, after 2 s) < `healthcheck` c:5 < {base}");
    let over_off = format!(
        "nc localhost:81 (every 30 s, 30 s each, 3 tries, after 0 s) < `healthcheck` c:5 < HEALTHCHECK 2 < {base}"
    );
    let disabled = format!("switched off < `healthcheck` c:5 < HEALTHCHECK 2 < {base}");
    let missing = format!("none < {base}");
    let still_off = format!("switched off < HEALTHCHECK 2 < {base}");
    services(&[
        ("not given", file, "init: false", "healthcheck", &own),
        ("a field of its own", file, "healthcheck:\n  interval: 9s", "healthcheck", &interval),
        ("the test alone", file, "healthcheck:\n  test: [CMD, nc, -z, localhost, \"81\"]", "healthcheck", &test),
        ("a text is for the shell", file, "healthcheck:\n  test: nc -z localhost 81", "healthcheck", &test),
        ("zero is not given", file, "healthcheck:\n  interval: 0s\n  retries: 0", "healthcheck", &own),
        ("an empty test is the image's", file, "healthcheck:\n  test: []", "healthcheck", &own),
        ("NONE", file, "healthcheck:\n  test: [NONE]", "healthcheck", &disabled),
        ("disabled", file, "healthcheck:\n  disable: true", "healthcheck", &disabled),
        (
            "over an image without one",
            none,
            "healthcheck:\n  test: [CMD, nc, -z, localhost, \"81\"]\n  start_period: 2s",
            "healthcheck",
            &fresh,
        ),
        ("fields alone make none", none, "healthcheck:\n  interval: 5s", "healthcheck", &missing),
        ("a test over NONE", off, "healthcheck:\n  test: [CMD, nc, -z, localhost, \"81\"]", "healthcheck", &over_off),
        ("fields over NONE", off, "healthcheck:\n  interval: 5s", "healthcheck", &still_off),
    ]);
}

#[test]
fn the_working_directory_is_the_services_if_it_is_not_empty() {
    let file = "FROM scratch\nWORKDIR /srv\n";
    services(&[
        (
            "given",
            file,
            "working_dir: /w",
            "working directory",
            "/w < `working_dir` c:4 < WORKDIR 2 < `FROM scratch` 1",
        ),
        ("empty", file, "working_dir: \"\"", "working directory", "/srv < WORKDIR 2 < `FROM scratch` 1"),
    ]);
}

#[test]
fn the_engine_puts_its_init_first_unless_the_pid_namespace_is_shared() {
    services(&[
        ("asked for", IMAGE, "init: true", "process", "docker-init -> e < ENTRYPOINT 2"),
        ("who says so", IMAGE, "init: true", "init", "true < `init` c:4"),
        ("not asked for", IMAGE, "init: false", "process", "e < ENTRYPOINT 2"),
        ("left to the daemon", IMAGE, "tty: true", "init", "false < the engine's default c:2"),
        ("the host's PIDs", IMAGE, "init: true\npid: host", "process", "e < ENTRYPOINT 2"),
        ("another container's", IMAGE, "init: true\npid: \"container:x\"", "process", "e < ENTRYPOINT 2"),
        ("an empty one is its own", IMAGE, "init: true\npid: \"\"", "process", "docker-init -> e < ENTRYPOINT 2"),
        (
            "one that is not known leaves PID 1 unknown",
            IMAGE,
            "init: ${INIT}",
            "process",
            "? the variable `INIT` is not set < ENTRYPOINT 2",
        ),
    ]);
}

#[test]
fn limits_and_restart_are_the_services_alone() {
    services(&[
        ("none", IMAGE, "init: true", "memory limit", "none < nothing sets it c:2"),
        ("one", IMAGE, "mem_limit: 64m", "memory limit", "64 MiB < the service's limits c:4"),
        ("cores", IMAGE, "cpus: 0.5", "cpu limit", "0.5 < the service's limits c:4"),
        ("a policy", IMAGE, "restart: on-failure:3", "restart", "on-failure:3 < `restart` c:4"),
        ("no policy", IMAGE, "init: true", "restart", "absent"),
    ]);
}
