//! Which project is asked: the files that Compose would take, or those that are named.

use crate::program::{CALM, Folder, probe, web};
use crate::servers::{answering, http, nobody};

#[test]
fn the_files_of_the_folder_are_taken_as_compose_takes_them() {
    let port = answering(http(200, ""));
    let compose = format!("services:\n{}", web("web", nobody()));
    let over = format!("services:\n  web:\n    ports: !override [\"127.0.0.1:{port}:3000\"]\n");
    let folder = Folder::of(&compose)
        .with("compose.override.yaml", &over)
        .with("compose.dev.yaml", format!("services:\n{}", web("other", nobody())))
        .with("deep/er/x", "");
    let ran = folder.probe(&CALM).exits(0).says("1 met");
    assert!(!ran.out.contains("other"), "a variant takes part when it is named:\n{}", ran.out);
    probe(&folder.path().join("deep/er"), &CALM).exits(0);
    folder.probe(&["compose.yaml", "--within", "4s"]).exits(1).says("nothing listens there");
    folder.probe(&["compose.yaml", "compose.override.yaml", "--within", "4s"]).exits(0);
    let path = folder.path().to_str().expect("UTF-8");
    probe(Folder::new().path(), &[path, "--within", "4s"]).exits(0);
}

#[test]
fn what_is_not_there_is_a_failure() {
    let folder = Folder::new();
    folder.probe(&["missing.yaml"]).exits(2).warns("missing.yaml: does not exist");
    folder.probe(&["."]).exits(2).warns("there is no Compose file in `.`");
    Folder::of("services: [").probe(&[]).exits(2).warns("error: compose.yaml");
    Folder::of("services: {}\n").probe(&[]).exits(2).warns("there is nothing to ask");
}

#[test]
fn a_violation_wins_over_a_problem_and_a_problem_over_a_pass() {
    let broken = "  bad:\n    build: ./missing\n";
    let at = |port: u16| Folder::of(format!("services:\n{}{broken}", web("web", port)));
    at(nobody()).probe(&CALM).exits(1).warns("does not exist");
    at(answering(http(200, ""))).probe(&CALM).exits(2).warns("does not exist").says("could not be asked or read");
}

#[test]
fn the_effective_container_says_what_is_asked() {
    let port = answering(http(200, ""));
    let folder = Folder::of(
        "services:\n  api:\n    build: .\n    profiles: [full]\n    ports: [\"127.0.0.1:${API_PORT}:${INNER:-8080}\"]\n",
    );
    let folder = folder.with(
        "Dockerfile",
        "FROM python:3.12-slim AS a\nENV PORT=8080\n\
         HEALTHCHECK CMD python -c \"import os,urllib.request as u; \
         u.urlopen('http://127.0.0.1:8080/healthz')\"\nFROM a\n",
    );
    let folder = folder.with("ports.env", format!("API_PORT={port}\n"));
    let arguments = ["--within", "4s", "--profile", "full", "--env-file", "ports.env"];
    folder.probe(&arguments).exits(0).says(&format!("GET http://127.0.0.1:{port}/healthz"));
    let variable = format!("API_PORT={port}");
    folder.probe(&["--within", "4s", "--profile", "full", "--env", &variable]).exits(0);
}
