//! `plimsoll init`.

use crate::command::{Folder, run};

#[test]
fn a_service_is_written_and_the_next_commands_are_told() {
    let folder = Folder::new();
    let ran = run(folder.path(), &["init", "node-api", "--dir", "my api"]).exits(0).quietly();
    let ran = ran.says(&["written", "my api/Dockerfile"]).says(&["9 files written, 0 kept as they are, 0 left out"]);
    let next: Vec<&str> = ran.out.lines().skip_while(|line| *line != "next:").skip(1).collect();
    let expected = [
        "  cd 'my api'",
        "  docker build --tag my-api .",
        "  docker run --rm --publish 3000:3000 my-api",
        "  plimsoll scan . --policy adr-0003 --fail-on note",
    ];
    assert_eq!(next, expected);
    assert!(folder.text("my api/package.json").contains("\"name\": \"my-api\""));
    run(folder.path().join("my api"), &["scan", ".", "--policy", "adr-0003", "--fail-on", "note"]).exits(0);
}

#[test]
fn a_project_is_written_into_the_folder_one_is_in() {
    let folder = Folder::new();
    let ran = run(folder.path(), &["init", "project", "--name", "shop"]).exits(0).quietly();
    ran.says(&["written   compose.yaml"]).says(&["  docker compose up --build"]).says(&["openssl"]).lacks("  cd ");
    assert_eq!(folder.names(), ["backend", "compose.yaml", "frontend", "python-worker", "secrets"]);
    assert!(folder.text("compose.yaml").starts_with("name: shop\n"));
    // A password is asked for once.
    let folder = folder.with("secrets/postgres_password.txt", "x\n");
    run(folder.path(), &["init", "project", "--name", "shop"]).exits(0).says(&["0 files written"]).lacks("openssl");
}

#[test]
fn a_project_has_what_is_asked_for() {
    let folder = Folder::new();
    run(folder.path(), &["init", "node-api", "--with", "redis"]).exits(0).says(&["backend/Dockerfile"]);
    assert_eq!(folder.names(), ["backend", "compose.yaml"]);
    assert!(!folder.text("compose.yaml").contains("postgres"));
    run(folder.path(), &["init", "spa", "project"]).exits(2).warns(&["no service that nginx could pass /api/ on to"]);
}

#[test]
fn what_is_there_is_kept_and_its_owner_told_what_to_do() {
    let folder = Folder::new().with("Dockerfile", "FROM scratch\n").with("requirements.txt", "flask\n");
    let ran = run(folder.path(), &["init", "fastapi"]).exits(0).quietly();
    let ran = ran.says(&["kept", "Dockerfile", "has other content"]).says(&["kept", "requirements.txt"]);
    let ran = ran.says(&["left out", "app/main.py", "`requirements.txt` is there"]);
    ran.says(&["= help: what is there was not touched"]).lacks("change it where");
    assert_eq!(folder.text("Dockerfile"), "FROM scratch\n");

    let folder = Folder::new().with("requirements.txt", "flask\n");
    run(folder.path(), &["init", "fastapi"]).exits(0).says(&["= help: `Dockerfile` installs `requirements.txt`"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = Folder::new();
    let ran = run(folder.path(), &["init", "project", "--dry-run", "--dir", "deep/er"]).exits(0).quietly();
    ran.says(&["new", "deep/er/compose.yaml"]).says(&["33 files would be written"]);
    assert!(folder.names().is_empty());
}

#[test]
fn the_kinds_are_listed() {
    let ran = run("/", &["init", "--list"]).exits(0).quietly();
    for kind in ["node-api", "spa", "fastapi", "project"] {
        assert!(ran.out.lines().any(|line| line.starts_with(kind)), "{}", ran.out);
    }
}

#[test]
fn what_cannot_be_done_exits_with_2_and_says_why() {
    let folder = Folder::new().with("src", "a file").with("x\u{1b}[31m/y", "");
    let ran = run(folder.path(), &["init"]).exits(2).warns(&["error: there is nothing to write: no kind is named"]);
    assert_eq!(ran.out, "");
    run(folder.path(), &["init", "rails"]).exits(2).warns(&["node-api, spa, fastapi, project"]);
    run(folder.path(), &["init", "spa", "--name", "../x"]).exits(2).warns(&["error: `../x` is no name for a project"]);
    run(folder.path(), &["init", "spa", "--dir", "src"]).exits(2).warns(&["error: `src` is no folder"]);
    run(folder.path(), &["init", "node-api"]).exits(2).warns(&["`src` is a file, and a folder is needed there"]);
    let ran = run(folder.path(), &["init", "spa", "--dir", "x\u{1b}[31m/y"]).exits(2);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    assert_eq!(folder.names().len(), 2);
}
