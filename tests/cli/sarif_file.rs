//! A SARIF file that was written by a run: held against the schema, against GitHub, and against the files it points into.

use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::github;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/schemas/sarif-2.1.0.json");
    let text = std::fs::read_to_string(path).expect("the schema is in the tree");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one")
});

/// Reads the file, which schema and GitHub must accept.
#[track_caller]
pub fn accepted(text: &str) -> Value {
    assert_eq!(github::complaints(text), Vec::<String>::new(), "{text}");
    let log: Value = serde_json::from_str(text).expect("SARIF is JSON");
    let wrong: Vec<String> =
        SCHEMA.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new());
    log
}

/// The results.
pub fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().map_or(&[], Vec::as_slice)
}

/// What the regions of all results cut out of the files, with the rule: `user-root: USER root`.
#[track_caller]
pub fn cuts(log: &Value, root: &Path) -> Vec<String> {
    let cut_of = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a file");
        let text = std::fs::read_to_string(root.join(decoded(uri))).unwrap_or_else(|error| panic!("{uri}: {error}"));
        let rule = result["ruleId"].as_str().expect("a rule");
        format!("{rule}: {}", cut(&text, &place["region"]).unwrap_or_else(|| panic!("{uri}: {}", place["region"])))
    };
    results(log).iter().map(cut_of).collect()
}

/// The text of a region, by lines and UTF-16 columns; nothing if the file has no such place.
pub fn cut<'t>(text: &'t str, region: &Value) -> Option<&'t str> {
    let offset = |line: &str, column: &str| {
        let (line, column) = (region[line].as_u64()? as usize, region[column].as_u64()? as usize);
        let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let mut units = 0;
        for (at, character) in text[start..].char_indices() {
            if units == column - 1 {
                return Some(start + at);
            }
            units += character.len_utf16();
        }
        (units == column - 1).then_some(text.len())
    };
    text.get(offset("startLine", "startColumn")?..offset("endLine", "endColumn")?)
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
