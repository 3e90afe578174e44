//! Fixes in SARIF: what a reader makes of them is what `--fix` makes.

use plimsoll::finding::Safety;
use plimsoll::report::{FileText, Location, ReportedEdit, ReportedFinding, ReportedFix, Severity};
use plimsoll::source::LineIndex;
use serde_json::Value;

use crate::log::accepted_findings;
use crate::reports::{finding, place};

const TEXT: &str = "FROM a # \u{1f40b}\r\nUSER root # größe\r\nCMD b\r\n";

fn edit(path: &str, start: usize, length: usize, text: &str) -> ReportedEdit {
    let lines = LineIndex::new(TEXT);
    let location = Location {
        path: path.into(),
        start: lines.position(TEXT, start as u32),
        end: lines.position(TEXT, (start + length) as u32),
        offset: start as u32,
        length: length as u32,
        snippet: String::new(),
        line_hash: None,
        entry: None,
    };
    ReportedEdit { location, text: text.into(), file: FileText { path: path.into(), text: TEXT.into() } }
}

fn with(line: u32, edits: Vec<ReportedEdit>, secret: bool) -> ReportedFinding {
    let fix = Some(ReportedFix { title: "write `USER node`".into(), safety: Safety::Unsafe, edits, secret });
    ReportedFinding { fix, ..finding("user-root", Severity::Error, place("Dockerfile", line)) }
}

/// The text with the replacements of one file made, from the last to the first.
fn replaced(change: &Value) -> String {
    let mut text = TEXT.to_string();
    for replacement in change["replacements"].as_array().expect("replacements").iter().rev() {
        let region = &replacement["deletedRegion"];
        let offset = |line: &str, column: &str| {
            let bound = |name: &str| region[name].as_u64().expect("all four bounds are there") as usize;
            let start: usize = TEXT.split_inclusive('\n').take(bound(line) - 1).map(str::len).sum();
            let units: Vec<u16> = TEXT[start..].encode_utf16().take(bound(column) - 1).collect();
            start + String::from_utf16(&units).expect("whole characters").len()
        };
        let range = offset("startLine", "startColumn")..offset("endLine", "endColumn");
        text.replace_range(range, replacement["insertedContent"]["text"].as_str().expect("a text"));
    }
    text
}

#[test]
fn replacements_are_the_edits() {
    let root = TEXT.find("root").expect("is there");
    let end = TEXT.len();
    let edits = vec![edit("Dockerfile", root, 4, "node"), edit("Dockerfile", end, 0, "EXPOSE 1\r\n")];
    let results = accepted_findings(vec![with(2, edits, false)]);
    let fixes = results[0]["fixes"].as_array().expect("fixes");
    assert_eq!((fixes.len(), &fixes[0]["description"]["text"]), (1, &Value::from("write `USER node`.")));
    let changes = fixes[0]["artifactChanges"].as_array().expect("changes");
    assert_eq!((changes.len(), &changes[0]["artifactLocation"]["uri"]), (1, &Value::from("Dockerfile")));
    assert_eq!(replaced(&changes[0]), format!("{}EXPOSE 1\r\n", TEXT.replace("root", "node")));
}

#[test]
fn each_file_has_a_change_of_its_own() {
    let edits = vec![edit("a/Dockerfile", 0, 4, "from"), edit("b/compose.yaml", 0, 4, "x")];
    let results = accepted_findings(vec![with(2, edits, false)]);
    let changes = results[0]["fixes"][0]["artifactChanges"].as_array().expect("changes");
    let files: Vec<_> = changes.iter().filter_map(|change| change["artifactLocation"]["uri"].as_str()).collect();
    assert_eq!(files, ["a/Dockerfile", "b/compose.yaml"]);
}

#[test]
fn what_is_in_words_or_holds_a_secret_is_no_fix_of_a_program() {
    for finding in [with(2, Vec::new(), false), with(2, vec![edit("Dockerfile", 0, 4, "TOKEN=abc")], true)] {
        let results = accepted_findings(vec![finding]);
        assert!(results[0].get("fixes").is_none(), "{}", results[0]);
        let text = results[0]["message"]["text"].as_str().expect("a text");
        assert!(text.ends_with("Fix: write `USER node`."), "{text}");
    }
}

#[test]
fn findings_on_one_line_have_their_fixes_in_one_result() {
    let other = vec![edit("Dockerfile", 0, 4, "from")];
    let one = || with(2, vec![edit("Dockerfile", 4, 1, " ")], false);
    let results = accepted_findings(vec![one(), one(), with(2, other, false)]);
    assert_eq!((results.len(), results[0]["fixes"].as_array().map(Vec::len)), (1, Some(2)));
}
