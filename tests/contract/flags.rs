//! Flags and formats.

use crate::program::{CALM, project};
use crate::servers::{answering, http};

#[test]
fn wrong_flags_are_failures_that_say_what_to_write() {
    let folder = project(answering(http(200, "")));
    for (arguments, said) in [
        (&["--service", "nope"][..], "there is no service `nope`\n  = help: there are web"),
        (&["--timeout", "500ms"], "`--timeout` is shorter than `--within`"),
        (&["--within", "0"], "`--timeout` is shorter than `--within`, or that is nothing at all"),
        (&["--timeout", "5"], "a duration is written `5s`, `500ms` or `1m30s`"),
        (&["--wait", "2h"], "no more than `1h`"),
        (&["--address", "localhost:3000"], "`--address localhost:3000`: is no host"),
        (&["--address", "http://x"], "without a port"),
        (&["--expect", "alive"], "[possible values: healthy, unhealthy]"),
        (&["--output", "json=missing/x"], "cannot write `missing/x`"),
        (&["--output", "sarif=x"], "formats are table and json"),
    ] {
        folder.probe(arguments).exits(2).warns(said);
    }
}

#[test]
fn the_document_for_programs_has_what_the_table_has() {
    let port = answering(http(503, "no database"));
    let folder = project(port);
    let ran = folder.probe(&["--within", "4s", "--format", "json", "-o", "table=out.txt"]).exits(1);
    let document = ran.json();
    assert_eq!(document["schemaVersion"], 1);
    assert_eq!(document["expect"], "healthy");
    assert_eq!(document["withinMilliseconds"], 4000);
    assert_eq!(document["timeoutMilliseconds"], 5000);
    let row = &document["services"][0];
    assert_eq!(row["service"], "web");
    assert_eq!(row["healthCheck"], "curl http://localhost:3000/health");
    assert_eq!(row["asked"], format!("GET http://127.0.0.1:{port}/health"));
    assert_eq!(row["verdict"], "violated");
    assert_eq!(row["answer"], "503 Service Unavailable");
    assert_eq!(row["status"], 503);
    assert_eq!(row["tries"], 1);
    assert_eq!(row["reason"], "answered 503, not 200");
    assert_eq!(row["note"], "the answer begins `no database`");
    assert!(row["milliseconds"].is_u64() && row["help"].is_string());
    let summary = serde_json::json!({ "asked": 1, "met": 0, "violated": 1, "notAsked": 0, "exitCode": 1 });
    assert_eq!(document["summary"], summary);
    let table = std::fs::read_to_string(folder.path().join("out.txt")).expect("a file");
    assert!(table.contains("✗ violated") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn colour_is_for_terminals_and_those_who_want_it() {
    let folder = project(answering(http(200, "")));
    assert!(!folder.probe(&CALM).exits(0).out.contains('\u{1b}'));
    assert!(folder.probe(&["--within", "4s", "--color", "always"]).exits(0).out.contains("\u{1b}[32m✓ met"));
}
