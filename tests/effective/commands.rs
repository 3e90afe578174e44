//! Entrypoint and command as a Dockerfile makes them: which clears which, and what the shell does to them.

use crate::case::dockerfiles;

#[test]
fn an_entrypoint_clears_the_command_that_a_parent_stage_left() {
    dockerfiles(&[
        (
            "a command alone keeps the entrypoint",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nCMD [\"x\"]\n",
            "entrypoint",
            "[\"e\"] < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "and replaces the command",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nCMD [\"x\"]\n",
            "command",
            "[\"x\"] < CMD 5 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "an entrypoint wipes the inherited command",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nENTRYPOINT [\"y\"]\n",
            "command",
            "none < ENTRYPOINT 5 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "one that this stage wrote before it is spared",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nCMD [\"x\"]\nENTRYPOINT [\"y\"]\n",
            "command",
            "[\"x\"] < CMD 5 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "one after it stands",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nENTRYPOINT [\"y\"]\nCMD [\"x\"]\n",
            "command",
            "[\"x\"] < CMD 6 < ENTRYPOINT 5 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "an empty entrypoint wipes it, too",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nENTRYPOINT []\n",
            "command",
            "none < ENTRYPOINT 5 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "and itself",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nFROM b\nENTRYPOINT []\n",
            "entrypoint",
            "none < ENTRYPOINT 4 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "nothing is left to run",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nENTRYPOINT []\n",
            "process",
            "unknown: there is no command to run < ENTRYPOINT 5",
        ),
        (
            "an empty command leaves the entrypoint",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nCMD []\n",
            "entrypoint",
            "[\"e\"] < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
        (
            "and is empty",
            "FROM scratch AS b\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nFROM b\nCMD []\n",
            "command",
            "none < CMD 5 < CMD 3 < ENTRYPOINT 2 < `FROM scratch` 1",
        ),
    ]);
}

#[test]
fn an_entrypoint_clears_the_command_of_a_base_image() {
    dockerfiles(&[
        (
            "shell form counts like JSON form",
            "FROM redis:7-alpine\nENTRYPOINT y z\n",
            "command",
            "none < ENTRYPOINT 2 < the base image `redis:7-alpine` 1",
        ),
        (
            "the shell stands before the text",
            "FROM redis:7-alpine\nENTRYPOINT y z\n",
            "entrypoint",
            "[\"/bin/sh\", \"-c\", \"y z\"] < ENTRYPOINT 2 < the base image `redis:7-alpine` 1",
        ),
        (
            "nobody overrides what the base image brings",
            "FROM redis:7-alpine\n",
            "command",
            "[\"redis-server\"] < the base image `redis:7-alpine` 1",
        ),
        (
            "the command of an unknown image is cleared, too",
            "FROM corp.example/base:1\nENTRYPOINT [\"y\"]\n",
            "command",
            "none < ENTRYPOINT 2 < the base image `corp.example/base:1` 1",
        ),
        (
            "a command over an unknown entrypoint leaves that unknown",
            "FROM corp.example/base:1\nCMD [\"x\"]\n",
            "entrypoint",
            "? the entrypoint of the base image `corp.example/base:1` is not known < \
             the base image `corp.example/base:1` 1",
        ),
        (
            "and with it the process",
            "FROM corp.example/base:1\nCMD [\"x\"]\n",
            "process",
            "? the entrypoint of the base image `corp.example/base:1` is not known < \
             the base image `corp.example/base:1` 1",
        ),
        (
            "the last of several wins",
            "FROM alpine:3.20\nCMD [\"a\"]\nCMD [\"b\"]\n",
            "command",
            "[\"b\"] < CMD 3 < CMD 2 < the base image `alpine:3.20` 1",
        ),
    ]);
}

#[test]
fn an_instruction_that_cannot_be_read_leaves_its_field_unknown() {
    dockerfiles(&[
        (
            "JSON with a number in it breaks the build",
            "FROM alpine:3.20\nCMD [\"node\", 1]\n",
            "command",
            "? the CMD instruction could not be read < CMD 2 < the base image `alpine:3.20` 1",
        ),
        (
            "a broken CMD is a CMD of this stage all the same",
            "FROM alpine:3.20\nCMD [\"node\", 1]\nENTRYPOINT [\"y\"]\n",
            "command",
            "? the CMD instruction could not be read < CMD 2 < the base image `alpine:3.20` 1",
        ),
        (
            "a broken entrypoint",
            "FROM alpine:3.20\nENTRYPOINT [1]\n",
            "entrypoint",
            "? the ENTRYPOINT instruction could not be read < ENTRYPOINT 2 < the base image `alpine:3.20` 1",
        ),
        (
            "a broken health check",
            "FROM alpine:3.20\nHEALTHCHECK MAYBE\n",
            "healthcheck",
            "? the HEALTHCHECK instruction could not be read < HEALTHCHECK 2 < the base image `alpine:3.20` 1",
        ),
    ]);
}

#[test]
fn the_shell_in_force_stands_before_shell_form() {
    dockerfiles(&[
        (
            "SHELL counts from its line on",
            "FROM alpine:3.20\nENTRYPOINT a\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nCMD b\n",
            "command",
            "[\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\", \"b\"] < CMD 4 < ENTRYPOINT 2 < \
             the base image `alpine:3.20` 1",
        ),
        (
            "what was written before it has the shell of then",
            "FROM alpine:3.20\nENTRYPOINT a\nSHELL [\"/bin/bash\", \"-c\"]\n",
            "entrypoint",
            "[\"/bin/sh\", \"-c\", \"a\"] < ENTRYPOINT 2 < the base image `alpine:3.20` 1",
        ),
        (
            "it is inherited by stages built from this one",
            "FROM alpine:3.20 AS p\nSHELL [\"/bin/bash\", \"-c\"]\nFROM p\nCMD x\n",
            "command",
            "[\"/bin/bash\", \"-c\", \"x\"] < CMD 4 < the base image `alpine:3.20` 1",
        ),
        (
            "JSON form does not see it",
            "FROM alpine:3.20\nSHELL [\"/bin/bash\", \"-c\"]\nCMD [\"x\"]\n",
            "command",
            "[\"x\"] < CMD 3 < the base image `alpine:3.20` 1",
        ),
        (
            "single quotes are no JSON: the brackets go to the shell",
            "FROM alpine:3.20\nCMD ['node','x.js']\n",
            "command",
            "[\"/bin/sh\", \"-c\", \"['node','x.js']\"] < CMD 2 < the base image `alpine:3.20` 1",
        ),
        (
            "an empty CMD is an empty text for the shell",
            "FROM alpine:3.20\nCMD\n",
            "command",
            "[\"/bin/sh\", \"-c\", \"\"] < CMD 2 < the base image `alpine:3.20` 1",
        ),
        (
            "a health check has its own shell",
            "FROM alpine:3.20\nSHELL [\"/bin/bash\", \"-c\"]\nHEALTHCHECK CMD nc -z localhost 80\n",
            "healthcheck",
            "nc localhost:80 (every 30 s, 30 s each, 3 tries, after 0 s) < HEALTHCHECK 3 < \
             the base image `alpine:3.20` 1",
        ),
    ]);
}
