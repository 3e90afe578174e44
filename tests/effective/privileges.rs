//! Images that start as root and give it up: by whom, and what loses it.

use crate::case::{Project, same, services};

/// The user of the service `db` with these lines.
fn user(lines: &str) -> String {
    let compose =
        format!("services:\n  db:\n{}", lines.lines().map(|line| format!("    {line}\n")).collect::<String>());
    Project::new(&[("compose.yaml", &compose)]).field("db", "user")
}

#[test]
fn an_official_entrypoint_steps_down_for_its_own_server() {
    let root = "root (nothing sets a user), uid 0 gid 0";
    let redis = "; the entrypoint of `redis:7-alpine` changes to `redis` before it runs `redis-server`";
    let postgres = "; the entrypoint of `postgres:16-alpine` changes to `postgres` before it runs `postgres`";
    let rows = [
        ("its own command", "image: redis:7-alpine", format!("{root}{redis}")),
        (
            "the server with options",
            "image: redis:7-alpine\ncommand: redis-server --maxmemory 64mb",
            format!("{root}{redis}"),
        ),
        ("options alone", "image: redis:7-alpine\ncommand: --maxmemory 64mb", format!("{root}{redis}")),
        ("another program stays root", "image: redis:7-alpine\ncommand: redis-cli monitor", root.to_string()),
        ("a shell stays root", "image: redis:7-alpine\ncommand: sh -c 'redis-server'", root.to_string()),
        ("another entrypoint stays root", "image: redis:7-alpine\nentrypoint: redis-server", root.to_string()),
        ("no entrypoint stays root", "image: redis:7-alpine\nentrypoint: []", root.to_string()),
        ("postgres", "image: postgres:16-alpine", format!("{root}{postgres}")),
        (
            "postgres with settings",
            "image: postgres:16-alpine\ncommand: postgres -c shared_buffers=256MB",
            format!("{root}{postgres}"),
        ),
        ("who is no root gives nothing up", "image: redis:7-alpine\nuser: \"5:5\"", "5:5, uid 5 gid 5".to_string()),
    ];
    let judged = rows.into_iter().map(|(why, lines, expected)| {
        let user = user(lines);
        (format!("{why}\n{lines}"), user.split(" < ").next().unwrap_or_default().to_string(), expected)
    });
    same(judged.collect());
}

#[test]
fn a_program_that_changes_the_user_is_named() {
    let base = "the base image `alpine:3.20` 1";
    let root = "root (nothing sets a user), uid 0 gid 0";
    let gosu = format!("{root}; `gosu` changes to `app` before the service runs < {base}");
    let pair = format!("{root}; `su-exec` changes to `app:app` before the service runs < {base}");
    let plain = format!("{root} < {base}");
    services(&[
        (
            "by the image",
            "FROM alpine:3.20\nENTRYPOINT [\"gosu\", \"app\"]\nCMD [\"srv\"]\n",
            "init: true",
            "user",
            &gosu,
        ),
        (
            "with its group",
            "FROM alpine:3.20\nENTRYPOINT [\"su-exec\", \"app:app\", \"srv\"]\n",
            "init: true",
            "user",
            &pair,
        ),
        ("by the service", "FROM alpine:3.20\n", "entrypoint: gosu app srv", "user", &gosu),
        (
            "lost with the entrypoint",
            "FROM alpine:3.20\nENTRYPOINT [\"gosu\", \"app\"]\nCMD [\"srv\"]\n",
            "entrypoint: srv",
            "user",
            &plain,
        ),
    ]);
}

#[test]
fn a_script_of_the_build_takes_the_place_of_the_base_images() {
    let file = "FROM redis:7-alpine\nCOPY docker-entrypoint.sh /usr/local/bin/\n";
    let script = "#!/bin/sh\nexec \"$@\"\n";
    let project = Project::new(&[("Dockerfile", file), ("docker-entrypoint.sh", script)]);
    assert_eq!(
        project.field("Dockerfile", "user"),
        "root (nothing sets a user), uid 0 gid 0 < the base image `redis:7-alpine` 1",
        "this one does not step down"
    );
    let script = "#!/bin/sh\nexec su-exec redis \"$@\"\n";
    let project = Project::new(&[("Dockerfile", file), ("docker-entrypoint.sh", script)]);
    assert_eq!(
        project.field("Dockerfile", "user"),
        "root (nothing sets a user), uid 0 gid 0; `su-exec` changes to `redis` before the service runs < \
         the base image `redis:7-alpine` 1",
        "this one does"
    );
}
