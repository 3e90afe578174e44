//! Outputs: files beside standard output, whole or not at all; colour; silence.

use crate::command::{Folder, Run, run, testdata};
use crate::sarif_file;

fn tree() -> std::path::PathBuf {
    testdata("cli/compose")
}

/// `FORMAT=` and a file of the folder.
fn to(folder: &Folder, format: &str, name: &str) -> String {
    format!("{format}={}", folder.path().join(name).display())
}

#[test]
fn formats_go_to_files_while_the_table_is_printed() {
    let folder = Folder::new().with("out.json", "old");
    let (sarif, json, table) =
        (to(&folder, "sarif", "out.sarif"), to(&folder, "json", "out.json"), to(&folder, "table", "out.txt"));
    let ran = run(tree(), &["scan", "--root", ".", "-o", &sarif, "--output", &json, "-o", &table]).exits(1).quietly();
    assert_eq!(folder.names(), ["out.json", "out.sarif", "out.txt"], "no temporary file is left");
    assert_eq!(folder.text("out.txt"), ran.out);
    assert_eq!(folder.text("out.json"), run(tree(), &["scan", "--root", ".", "--format", "json"]).out);
    sarif_file::accepted(&folder.text("out.sarif"));
    assert_eq!(folder.text("out.sarif"), run(tree(), &["scan", "--root", ".", "--format", "sarif"]).out);
}

#[test]
fn what_cannot_be_written_fails_before_anything_is_judged() {
    let folder = Folder::new().with("file", "");
    for (name, why) in
        [("none/out.sarif", "No such file"), (".", "it is a folder"), ("file/out.sarif", "Not a directory")]
    {
        let ran =
            run(tree(), &["scan", "-o", &to(&folder, "sarif", name)]).exits(2).warns(&["error: cannot write", why]);
        assert_eq!(ran.out, "");
    }
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn an_output_that_is_misspelt_is_a_usage_error() {
    for output in ["sarif", "=x", "xml=x", "json="] {
        run(tree(), &["scan", "-o", output])
            .exits(2)
            .warns(&[&format!("error: `--output {output}` is not `FORMAT=FILE`")])
            .warns(&["= help: formats are table, sarif and json"]);
    }
    let folder = Folder::new();
    let ran = run(tree(), &["scan", "-o", &to(&folder, "json", "a"), "-o", &to(&folder, "sarif", "./a")]).exits(2);
    ran.warns(&["error: `--output` names", "twice"]);
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_device_stays_a_device() {
    let folder = Folder::new().with("real.json", "old");
    std::os::unix::fs::symlink("real.json", folder.path().join("link.json")).expect("a link");
    run(tree(), &["scan", "--root", ".", "-o", &to(&folder, "json", "link.json")]).exits(1);
    assert!(folder.path().join("link.json").is_symlink());
    assert!(folder.text("real.json").starts_with('{'));
    // A pipe of our own stands for `/dev/stdout` and `/dev/null`, which a test must not put at risk.
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("what comes through the pipe")
    });
    run(tree(), &["scan", "--root", ".", "-o", &to(&folder, "json", "pipe")]).exits(1);
    assert!(reader.join().expect("a reader").starts_with('{'));
    assert!(!pipe.is_file(), "nothing was moved over it");
    assert_eq!(folder.names(), ["link.json", "pipe", "real.json"]);
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let coloured =
        |arguments: &[&str]| run(tree(), &[&["scan", "--root", "."], arguments].concat()).out.contains('\u{1b}');
    assert!(!coloured(&[]), "a pipe is no terminal");
    assert!(coloured(&["--color", "always"]));
    assert!(!coloured(&["--color", "never"]));
    let json = run(tree(), &["scan", "--root", ".", "--color", "always", "--format", "json"]);
    assert!(!json.out.contains('\u{1b}'), "formats for programs have no colour");
    let explained = run(tree(), &["explain", "user-root", "--color", "always"]);
    assert!(explained.out.contains('\u{1b}'));
}

#[test]
fn colour_is_the_only_thing_that_colour_adds() {
    let plain = run(tree(), &["scan", "--root", "."]).out;
    let mut bare = String::new();
    let coloured = run(tree(), &["scan", "--root", ".", "--color", "always"]).out;
    for (i, part) in coloured.split("\u{1b}[").enumerate() {
        bare.push_str(if i == 0 { part } else { part.split_once('m').expect("a sequence of colour").1 });
    }
    assert_eq!(bare, plain);
}

#[test]
fn quiet_prints_findings_and_problems_only() {
    let ran = run(tree(), &["scan", "--root", ".", "--quiet"]).exits(1).quietly().says(&["error[user-root]"]);
    ran.lacks("compliance").lacks("scanned").lacks("exit code");
    let ran = run(testdata("cli/clean"), &["scan", "--root", ".", "-q"]).exits(0).quietly();
    assert_eq!(ran.out, "");
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure() {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let script = format!("'{program}' scan --root . --format json; echo $? >&2");
    let command = format!("( {script} ) | true");
    let out = std::process::Command::new("sh").args(["-c", &command]).current_dir(tree()).output().expect("a shell");
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(!err.contains("panicked"), "{err}");
    assert!(["0", "1"].contains(&err.trim()), "{err}");
}

#[test]
fn no_color_is_respected() {
    let ran = Run::new(tree(), &["scan", "--root", "."]).variable("NO_COLOR", "1").go();
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn a_report_for_a_program_is_summed_up_for_the_log() {
    let before = testdata("flowstate/before");
    let ran = run(&before, &["scan", "--root", ".", "--format", "sarif"]).exits(1);
    let expected = "plimsoll: scanned 1 Compose file, 3 Dockerfiles, skipped 0;";
    assert!(ran.said.starts_with(expected) && ran.said.ends_with("exit code 1"), "{}", ran.said);
    let quiet = run(&before, &["scan", "--root", ".", "--format", "sarif", "--quiet"]).exits(1);
    assert_eq!(quiet.said, "", "unless nobody wants to know");
}

#[test]
fn secrets_that_a_name_gives_away_are_in_no_report() {
    let text = "FROM python:3.11-slim\nENV API_TOKEN=s3cr3t\nCMD [\"srv\", \"--reload\", \"--password\", \"s3cr3t\"]\n";
    let folder = Folder::new().with("Dockerfile", text);
    for format in ["table", "json", "sarif"] {
        run(folder.path(), &["scan", "--root", ".", "--format", format]).exits(1).lacks("s3cr3t");
    }
    let names = ["API_TOKEN", "DB_PASS", "PGPASSWORD", "PASSPHRASE", "SECRETKEY", "MYSQL_PWD", "REDISCLI_AUTH"];
    let variables: String = names.iter().map(|name| format!("ENV {name}=s3cr3t\n")).collect();
    let folder = folder.with("Dockerfile", text.replace("ENV API_TOKEN=s3cr3t\n", &variables));
    for format in ["table", "json"] {
        run(folder.path(), &["show", "--root", ".", "--format", format]).exits(0).lacks("s3cr3t");
    }
}

#[test]
fn where_a_secret_is_may_be_seen() {
    let folder = Folder::new().with("Dockerfile", "FROM alpine:3.20\nENV DB_PASSWORD_FILE=/run/secrets/db\n");
    run(folder.path(), &["show", "--root", "."]).exits(0).says(&["DB_PASSWORD_FILE", "/run/secrets/db"]);
}
