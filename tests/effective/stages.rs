//! Stages: what a child takes over, what the target is, and what bases of all kinds leave open.

use crate::case::{Project, dockerfiles, same};

#[test]
fn a_child_starts_from_all_that_its_parent_was_set_to() {
    let parent = "FROM alpine:3.20 AS p\nUSER 1000\nWORKDIR /srv\nENV A=1\nEXPOSE 80\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\n\
                  HEALTHCHECK CMD nc -z localhost 80\nFROM p\n";
    let base = "the base image `alpine:3.20` 1";
    let rows = [
        ("user", format!("1000, uid 1000 gid 0 < USER 2 < {base}")),
        ("working directory", format!("/srv < WORKDIR 3 < {base}")),
        ("environment A", "1 < ENV 4".to_string()),
        ("port", "80/tcp < EXPOSE 5".to_string()),
        ("entrypoint", format!("[\"e\"] < ENTRYPOINT 6 < {base}")),
        ("command", format!("[\"c\"] < CMD 7 < ENTRYPOINT 6 < {base}")),
        ("process", "e < ENTRYPOINT 6".to_string()),
        (
            "healthcheck",
            format!("nc localhost:80 (every 30 s, 30 s each, 3 tries, after 0 s) < HEALTHCHECK 8 < {base}"),
        ),
    ];
    let project = Project::new(&[("Dockerfile", parent)]);
    same(
        rows.into_iter()
            .map(|(field, expected)| (field.into(), project.field("Dockerfile", field), expected))
            .collect(),
    );
}

#[test]
fn only_files_come_with_copy_from() {
    dockerfiles(&[
        (
            "no user",
            "FROM alpine:3.20 AS b\nUSER 1000\nFROM alpine:3.20\nCOPY --from=b /x /x\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < the base image `alpine:3.20` 3",
        ),
        (
            "accounts, if it is their file",
            "FROM alpine:3.20 AS b\nRUN adduser -D -u 10001 app\nFROM scratch\nCOPY --from=b /etc/passwd /etc/passwd\nUSER app\n",
            "user",
            "app, uid 10001 gid 10001 < USER 5 < `FROM scratch` 3",
        ),
        (
            "by the number of the stage",
            "FROM alpine:3.20\nRUN adduser -D -u 10001 app\nFROM scratch\nCOPY --from=0 /etc/passwd /etc/group /etc/\nUSER app\n",
            "user",
            "app, uid 10001 gid 10001 < USER 5 < `FROM scratch` 3",
        ),
        (
            "a line that a heredoc wrote is an account",
            "FROM alpine:3.20\nRUN echo 'app:x:10001:10001::/:/sbin/nologin' >> /etc/passwd\nUSER app\n",
            "user",
            "app, uid 10001 gid 10001 < USER 3 < the base image `alpine:3.20` 1",
        ),
    ]);
}

#[test]
fn triggers_run_in_the_child_and_are_gone_in_the_grandchild() {
    dockerfiles(&[
        (
            "not in the stage itself",
            "FROM scratch\nONBUILD USER 7\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < `FROM scratch` 1",
        ),
        (
            "in the child",
            "FROM scratch AS p\nONBUILD USER 7\nFROM p\n",
            "user",
            "7, uid 7 gid 0 < USER 2 < `FROM scratch` 1",
        ),
        (
            "before the child's own instructions",
            "FROM scratch AS p\nONBUILD USER 7\nFROM p\nUSER 8\n",
            "user",
            "8, uid 8 gid 0 < USER 4 < USER 2 < `FROM scratch` 1",
        ),
        (
            "not again in the grandchild",
            "FROM scratch AS p\nONBUILD USER 7\nFROM p AS c\nUSER 8\nFROM c\n",
            "user",
            "8, uid 8 gid 0 < USER 4 < USER 2 < `FROM scratch` 1",
        ),
        (
            "a CMD of a trigger is one of the stage: its ENTRYPOINT spares it",
            "FROM scratch AS p\nONBUILD CMD [\"c\"]\nFROM p\nENTRYPOINT [\"e\"]\n",
            "command",
            "[\"c\"] < CMD 2 < `FROM scratch` 1",
        ),
        (
            "a trigger that copies accounts",
            "FROM alpine:3.20 AS b\nRUN adduser -D -u 10001 app\nFROM scratch AS p\n\
             ONBUILD COPY --from=b /etc/passwd /etc/passwd\nFROM p\nCOPY --from=b /x /x\nUSER app\n",
            "user",
            "app, uid 10001 gid 10001 < USER 7 < `FROM scratch` 3",
        ),
    ]);
}

#[test]
fn the_target_says_which_stage_ships() {
    let file = "FROM alpine:3.20 AS dev\nUSER 2001\nFROM alpine:3.20 AS prod\nUSER 2002\nFROM alpine:3.20 AS test\nUSER 2003\n";
    let with = |target: &str| {
        let target = target.to_string();
        Project::with(&[("Dockerfile", file)], move |request| request.target = Some(target))
    };
    let compose = |target: &str| {
        let text = format!("services:\n  app:\n    build:\n      context: .\n      target: {target}\n");
        Project::new(&[("Dockerfile", file), ("compose.yaml", &text)])
    };
    let rows = [
        (
            "the last stage without one",
            Project::new(&[("Dockerfile", file)]).field("Dockerfile", "user"),
            "2003, uid 2003 gid 0 < USER 6",
        ),
        ("the one that is asked for", with("prod").field("Dockerfile", "user"), "2002, uid 2002 gid 0 < USER 4"),
        ("in any case", with("PROD").field("Dockerfile", "user"), "2002, uid 2002 gid 0 < USER 4"),
        ("Compose asks for it", compose("dev").field("app", "user"), "2001, uid 2001 gid 0 < USER 2"),
        ("an empty one is none", compose("''").field("app", "user"), "2003, uid 2003 gid 0 < USER 6"),
    ];
    same(
        rows.into_iter()
            .map(|(why, got, expected)| {
                (why.into(), got.split(" < the base").next().unwrap_or_default().into(), expected.into())
            })
            .collect(),
    );
    let missing = compose("nope");
    assert!(missing.field("app", "user").starts_with("? "), "{}", missing.field("app", "user"));
    assert_eq!(missing.problems(), ["the target stage `nope` does not exist"]);
}

#[test]
fn of_a_base_that_is_known_in_part_what_all_its_variants_share_is_known() {
    dockerfiles(&[
        (
            "the user is the same in all of them",
            "ARG TAG\nFROM node:${TAG}\n",
            "user",
            "root (nothing sets a user), uid 0 gid 0 < the base image `node` 2",
        ),
        (
            "and so is the entrypoint",
            "ARG TAG\nFROM node:${TAG}\n",
            "entrypoint",
            "[\"docker-entrypoint.sh\"] < the base image `node` 2",
        ),
        (
            "a name made of variables tells nothing",
            "ARG IMAGE\nFROM ${IMAGE}\n",
            "user",
            "? the user of the image is not known: the build argument `IMAGE` has no default < the image 2",
        ),
        (
            "a reference with a registry before it is another image",
            "FROM corp.example/node:20\n",
            "user",
            "? the user of the base image `corp.example/node:20` is not known < the base image `corp.example/node:20` 1",
        ),
        (
            "what the file sets is known on any base",
            "FROM corp.example/node:20\nUSER 1001:1001\n",
            "user",
            "1001:1001, uid 1001 gid 1001 < USER 2 < the base image `corp.example/node:20` 1",
        ),
    ]);
}

#[test]
fn a_windows_container_has_another_shell_and_no_uids() {
    dockerfiles(&[
        (
            "its shell",
            "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD app.exe\n",
            "command",
            "[\"cmd\", \"/S\", \"/C\", \"app.exe\"] < CMD 2 < \
             the base image `mcr.microsoft.com/windows/servercore:ltsc2022` 1",
        ),
        (
            "by its tag",
            "FROM golang:1.22-nanoserver\nCMD app.exe\n",
            "command",
            "[\"cmd\", \"/S\", \"/C\", \"app.exe\"] < CMD 2 < the base image `golang:1.22-nanoserver` 1",
        ),
        (
            "by its platform, in a child, too",
            "FROM --platform=windows/amd64 corp.example/base:1 AS b\nFROM b\nCMD app.exe\n",
            "command",
            "[\"cmd\", \"/S\", \"/C\", \"app.exe\"] < CMD 3 < the base image `corp.example/base:1` 1",
        ),
        (
            "its user",
            "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nUSER ContainerUser\n",
            "user",
            "ContainerUser < USER 2 < the base image `mcr.microsoft.com/windows/servercore:ltsc2022` 1",
        ),
        (
            "a path with a drive is absolute",
            "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nWORKDIR C:/app\n",
            "working directory",
            "C:/app < WORKDIR 2 < the base image `mcr.microsoft.com/windows/servercore:ltsc2022` 1",
        ),
    ]);
}
