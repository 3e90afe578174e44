//! The checker of GitHub's demands, checked: a good file passes, and each way to spoil it is noticed.

use plimsoll::report::{LocatedNote, Severity, Summary};
use serde_json::{Value, json};

use crate::reports::{finding, header, place, problem, project, written};

/// A file that passes, to be spoilt.
#[track_caller]
fn good() -> Value {
    let mut found = finding("user-root", Severity::Error, place("Dockerfile", 1));
    found.notes = vec![LocatedNote { message: "set here".into(), location: Some(place("Dockerfile", 2)) }];
    let other = finding("user-root", Severity::Error, place("Dockerfile", 2));
    let summary = Summary { problems: vec![problem("x", None)], ..Summary::default() };
    let text = written(&header(), &[project(vec![found, other])], &summary);
    assert_eq!(crate::github::complaints(&text), Vec::<String>::new());
    serde_json::from_str(&text).expect("SARIF is JSON")
}

#[test]
fn the_checker_rejects_what_github_rejects() {
    let region = "/runs/0/results/0/locations/0/physicalLocation/region";
    let uri = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    let rule = "/runs/0/tool/driver/rules/0";
    let result = "/runs/0/results/0";
    let many_tags: Vec<String> = (0..11).map(|i| format!("t{i}")).collect();
    let table: Vec<(String, Value, &str)> = vec![
        ("/$schema".into(), json!(""), "must not be empty"),
        ("/version".into(), json!("2.0.0"), "must be one of"),
        ("/runs".into(), json!([]), "exactly one"),
        ("/runs".into(), json!([{}, {}]), "exactly one"),
        ("/runs/0/tool/driver/name".into(), json!(" "), "must not be empty"),
        ("/runs/0/tool/driver/rules".into(), Value::Null, "required array"),
        ("/runs/0/results".into(), Value::Null, "required array"),
        (format!("{rule}/id"), json!("user-root"), "another rule"),
        (format!("{rule}/shortDescription/text"), json!("x".repeat(1025)), "too long"),
        (format!("{rule}/fullDescription/text"), json!(""), "must not be empty"),
        (format!("{rule}/help/text"), Value::Null, "required"),
        (format!("{rule}/defaultConfiguration/level"), json!("high"), "must be one of"),
        (format!("{rule}/properties/tags"), json!(many_tags), "more than 10"),
        (format!("{rule}/properties/tags"), json!(["identity"]), "needs the tag"),
        (format!("{rule}/properties/tags"), json!(["security", "security"]), "twice"),
        (format!("{rule}/properties/security-severity"), json!(8.0), "expected string"),
        (format!("{rule}/properties/security-severity"), json!("high"), "not a number"),
        (format!("{rule}/properties/security-severity"), json!("0.0"), "out of range"),
        (format!("{rule}/properties/security-severity"), json!("10.1"), "out of range"),
        (format!("{rule}/properties/precision"), json!("exact"), "must be one of"),
        (format!("{result}/message"), json!({ "id": "default" }), "by id"),
        (format!("{result}/message/text"), json!("a\u{1b}[31m"), "control characters"),
        (format!("{result}/message/text"), json!("[x](https://example.org)"), "links to something else"),
        (format!("{result}/level"), Value::Null, "must be one of"),
        (format!("{result}/ruleIndex"), json!(0), "does not lead"),
        (format!("{result}/ruleIndex"), json!(9), "does not lead"),
        (format!("{result}/locations"), json!([]), "at least one location"),
        (format!("{result}/locations/0"), json!({}), "expected artifact location"),
        (format!("{result}/partialFingerprints"), json!({}), "no line hash"),
        (format!("{result}/partialFingerprints/primaryLocationLineHash"), json!("XYZ:1"), "no line hash"),
        (format!("{result}/partialFingerprints/primaryLocationLineHash"), json!("abc"), "no line hash"),
        (format!("{result}/relatedLocations/0/id"), Value::Null, "id of its own"),
        (format!("{region}/startLine"), json!(0), "count from 1"),
        (format!("{region}/endLine"), Value::Null, "count from 1"),
        (format!("{region}/startColumn"), json!(99), "ends before"),
        (format!("{region}/startLine"), json!(2), "another result"),
        (uri.into(), json!(""), "empty"),
        (uri.into(), json!("/etc/Dockerfile"), "not relative"),
        (uri.into(), json!("file:///etc/Dockerfile"), "scheme"),
        (uri.into(), json!("repo:tag/x"), "scheme"),
        (uri.into(), json!("a b"), "percent-encoded"),
        (uri.into(), json!("100%"), "percent-encoded"),
        (uri.into(), json!("a#b"), "percent-encoded"),
        (uri.into(), json!("größe"), "percent-encoded"),
        (uri.into(), json!("a\\b"), "percent-encoded"),
        (uri.into(), json!("../a"), "dot segments"),
        (uri.into(), json!("a/%2e%2E/b"), "dot segments"),
        (uri.into(), json!("a//b"), "dot segments"),
        ("/runs/0/columnKind".into(), json!("bytes"), "required with results"),
        ("/runs/0/originalUriBaseIds/%SRCROOT%".into(), json!({ "uri": "file:///tmp/" }), "folder of the machine"),
        ("/runs/0/invocations/0/toolExecutionNotifications/0/level".into(), json!("fatal"), "must be one of"),
        ("/runs/0/invocations".into(), json!([]), "one invocation"),
    ];
    for (pointer, value, expected) in table {
        let mut log = good();
        *log.pointer_mut(&pointer).expect("the pointer leads somewhere") = value.clone();
        assert_complains(&log, expected, &format!("{pointer} = {value}"));
    }
}

#[test]
fn the_checker_rejects_what_must_not_be_there() {
    let table = [
        ("/runs/0", "automationDetails", json!({ "id": "x/" }), "category"),
        ("/runs/0/results/0", "suppressions", json!([]), "not read"),
        ("/runs/0/results/0", "baselineState", json!("unchanged"), "not read"),
        ("/runs/0/results/0", "kind", json!("pass"), "not read"),
        ("/runs/0/results/0/locations/0/physicalLocation/region", "snippet", json!({ "text": "x" }), "secret"),
    ];
    for (pointer, name, value, expected) in table {
        let mut log = good();
        log.pointer_mut(pointer).expect("the pointer leads somewhere")[name] = value;
        assert_complains(&log, expected, name);
    }
}

#[test]
fn the_checker_rejects_too_much_and_too_little() {
    let complains =
        |text: &str, expected: &str| crate::github::complaints(text).iter().any(|told| told.contains(expected));
    assert!(complains("", "not JSON"));
    assert!(complains("{\"version\": \"2.1.0\", \"runs\": [{", "not JSON"), "a file that was cut off");
    let mut log = good();
    let result = log["runs"][0]["results"][0].clone();
    log["runs"][0]["results"] = Value::Array(vec![result; 25_001]);
    assert!(complains(&log.to_string(), "more than 25000"));
    let mut log = good();
    let mut random = 1u64;
    let noise = (0..10_000_000).map(|_| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + (random >> 58) as u8).to_ascii_lowercase()
    });
    log["runs"][0]["results"][0]["message"]["text"] = Value::String(noise.collect());
    assert!(complains(&log.to_string(), "10 MB"));
}

#[track_caller]
fn assert_complains(log: &Value, expected: &str, what: &str) {
    let complaints = crate::github::complaints(&log.to_string());
    assert!(complaints.iter().any(|told| told.contains(expected)), "{what}: {complaints:?}");
}
