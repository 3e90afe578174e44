//! User, working directory, health check and ports as a Dockerfile sets them.

use crate::case::dockerfiles;

#[test]
fn user_replaces_user_and_group() {
    dockerfiles(&[
        (
            "nothing sets it",
            "FROM alpine:3.20\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < the base image `alpine:3.20` 1",
        ),
        (
            "nothing sets it over nothing",
            "FROM scratch\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < `FROM scratch` 1",
        ),
        (
            "a number without an account has group root",
            "FROM alpine:3.20\nUSER 1000\n",
            "user",
            "1000, uid 1000 gid 0 < USER 2 < the base image `alpine:3.20` 1",
        ),
        (
            "a number with an account has its group",
            "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nUSER 1000\n",
            "user",
            "1000, uid 1000 gid 1000 < USER 3 < the base image `alpine:3.20` 1",
        ),
        (
            "the group of the USER before is gone",
            "FROM alpine:3.20\nUSER 1000:1000\nUSER 5\n",
            "user",
            "5, uid 5 gid 0 < USER 3 < USER 2 < the base image `alpine:3.20` 1",
        ),
        (
            "root again for a RUN, and no way back",
            "FROM alpine:3.20\nUSER 1000\nUSER root\nRUN true\n",
            "user",
            "root, uid 0 gid 0 < USER 3 < USER 2 < the base image `alpine:3.20` 1",
        ),
        (
            "a variable that is not set is no user: root",
            "FROM alpine:3.20\nUSER 1000\nUSER $UNSET\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < USER 3 < USER 2 < the base image `alpine:3.20` 1",
        ),
        (
            "quotes around nothing",
            "FROM alpine:3.20\nUSER 1000\nUSER \"\"\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < USER 3 < USER 2 < the base image `alpine:3.20` 1",
        ),
        (
            "there are no trailing comments",
            "FROM alpine:3.20\nUSER app # run as app\n",
            "user",
            "app # run as app < USER 2 < the base image `alpine:3.20` 1",
        ),
        (
            "the account of the base image",
            "FROM node:20-alpine\nUSER node\n",
            "user",
            "node, uid 1000 gid 1000 < USER 2 < the base image `node:20-alpine` 1",
        ),
        (
            "a pair of Alpine's",
            "FROM alpine:3.20\nRUN addgroup -S a && adduser -S a -G a\nUSER a\n",
            "user",
            "a, uid 100 gid 101 < USER 3 < the base image `alpine:3.20` 1",
        ),
    ]);
}

#[test]
fn working_directories_are_joined() {
    dockerfiles(&[
        ("nothing sets it", "FROM scratch\n", "working directory", "/ < `FROM scratch` 1"),
        (
            "a relative one starts at the root",
            "FROM scratch\nWORKDIR a\n",
            "working directory",
            "/a < WORKDIR 2 < `FROM scratch` 1",
        ),
        (
            "relative ones are joined and cleaned",
            "FROM scratch\nWORKDIR /app/\nWORKDIR x/../y\n",
            "working directory",
            "/app/y < WORKDIR 3 < WORKDIR 2 < `FROM scratch` 1",
        ),
        (
            "an absolute one is kept as it is written",
            "FROM scratch\nWORKDIR /app//b/../c/\n",
            "working directory",
            "/app//b/../c/ < WORKDIR 2 < `FROM scratch` 1",
        ),
        (
            "nothing is above the root",
            "FROM scratch\nWORKDIR ../../a\n",
            "working directory",
            "/a < WORKDIR 2 < `FROM scratch` 1",
        ),
        (
            "one that comes to nothing changes nothing",
            "FROM scratch\nWORKDIR /app//b\nWORKDIR $UNSET\n",
            "working directory",
            "/app//b < WORKDIR 2 < `FROM scratch` 1",
        ),
        (
            "a relative one continues the base image's",
            "FROM redis:7-alpine\nWORKDIR a\n",
            "working directory",
            "/data/a < WORKDIR 2 < the base image `redis:7-alpine` 1",
        ),
        (
            "on an unknown base nobody knows where that is",
            "FROM corp.example/base:1\nWORKDIR a\n",
            "working directory",
            "? the working directory of the base image `corp.example/base:1` is not known < WORKDIR 2 < \
             the base image `corp.example/base:1` 1",
        ),
        (
            "an absolute one settles it",
            "FROM corp.example/base:1\nWORKDIR /a\n",
            "working directory",
            "/a < WORKDIR 2 < the base image `corp.example/base:1` 1",
        ),
        (
            "variables are expanded",
            "FROM scratch\nENV D=srv\nWORKDIR /$D/${E:-x}\n",
            "working directory",
            "/srv/x < WORKDIR 3 < `FROM scratch` 1",
        ),
    ]);
}

#[test]
fn a_health_check_replaces_the_whole_of_the_one_before() {
    dockerfiles(&[
        ("there is none", "FROM alpine:3.20\n", "healthcheck", "none < the base image `alpine:3.20` 1"),
        (
            "what is not said is the engine's default, not the parent's",
            "FROM alpine:3.20 AS p\nHEALTHCHECK --interval=5s --retries=9 CMD nc -z localhost 1\nFROM p\n\
             HEALTHCHECK CMD nc -z localhost 2\n",
            "healthcheck",
            "nc localhost:2 (every 30 s, 30 s each, 3 tries, after 0 s) < HEALTHCHECK 4 < HEALTHCHECK 2 < \
             the base image `alpine:3.20` 1",
        ),
        (
            "it is inherited whole",
            "FROM alpine:3.20 AS p\nHEALTHCHECK --interval=5s --retries=9 --start-period=1m CMD nc -z localhost 1\nFROM p\n",
            "healthcheck",
            "nc localhost:1 (every 5 s, 30 s each, 9 tries, after 60 s) < HEALTHCHECK 2 < \
             the base image `alpine:3.20` 1",
        ),
        (
            "NONE switches it off",
            "FROM alpine:3.20\nHEALTHCHECK CMD true\nHEALTHCHECK NONE\n",
            "healthcheck",
            "switched off < HEALTHCHECK 3 < HEALTHCHECK 2 < the base image `alpine:3.20` 1",
        ),
        (
            "zero is the default",
            "FROM alpine:3.20\nHEALTHCHECK --interval=0s --retries=0 CMD nc -z localhost 1\n",
            "healthcheck",
            "nc localhost:1 (every 30 s, 30 s each, 3 tries, after 0 s) < HEALTHCHECK 2 < \
             the base image `alpine:3.20` 1",
        ),
        (
            "of an unknown base nothing is known",
            "FROM corp.example/base:1\n",
            "healthcheck",
            "? the health check of the base image `corp.example/base:1` is not known < \
             the base image `corp.example/base:1` 1",
        ),
    ]);
}

#[test]
fn ports_are_added_and_never_taken_away() {
    dockerfiles(&[
        ("none", "FROM scratch\n", "port", "absent"),
        ("a protocol is added", "FROM scratch\nEXPOSE 80\n", "port", "80/tcp < EXPOSE 2"),
        ("in lower case", "FROM scratch\nEXPOSE 53/UDP\n", "port", "53/udp < EXPOSE 2"),
        ("only the side of the container counts", "FROM scratch\nEXPOSE 8080:80\n", "port", "80/tcp < EXPOSE 2"),
        ("a variable may be several words", "FROM scratch\nENV P=\"80 443\"\nEXPOSE $P\n", "port", "80/tcp < EXPOSE 3"),
        ("or none", "FROM scratch\nEXPOSE $P\n", "port", "absent"),
        ("the parent's stay", "FROM scratch AS p\nEXPOSE 80\nFROM p\nEXPOSE 80\n", "port", "80/tcp < EXPOSE 2"),
    ]);
}
