//! Places: who decided a field stands where the report says.

use std::path::{Path, PathBuf};

use plimsoll::report::show::{Decision, Field};
use plimsoll::scan::containers;

use crate::scan::request;

fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(root).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

/// What stands at a place: the rest of its line, from the column on.
fn at<'t>(text: &'t str, decision: &Decision) -> &'t str {
    let line = text.split('\n').nth(decision.line as usize - 1).unwrap_or_else(|| panic!("no line {decision:?}"));
    let units = decision.column as usize - 1;
    let mut passed = 0;
    let start = line.char_indices().find(|(_, c)| {
        let here = passed >= units;
        passed += c.len_utf16();
        here
    });
    assert!(start.is_some() || passed == units, "no column {decision:?}");
    start.map_or("", |(offset, _)| &line[offset..])
}

/// Whether the text at a place is that of the one who is said to decide: the instruction, the image's name, the value,
/// the attribute, or the service or file that leaves the matter open.
fn speaks(text: &str, field: &Field, decision: &Decision) -> bool {
    let by = decision.by.as_str();
    let names = ["USER", "WORKDIR", "CMD", "ENTRYPOINT", "HEALTHCHECK", "STOPSIGNAL"];
    if names.contains(&by) {
        return text.to_ascii_uppercase().starts_with(by);
    }
    if let Some(image) = by.strip_prefix("the base image `") {
        let image = image.trim_end_matches(['`', '…']);
        let name = image.split([':', '@']).next().unwrap_or(image);
        return text.trim_start_matches('"').starts_with(name);
    }
    let variable = field.name.strip_prefix("environment ");
    let value = field.value.as_deref().unwrap_or_default();
    let words = |value: &str| {
        let words = value.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|word| !word.is_empty());
        words.map(str::to_string).collect::<Vec<_>>()
    };
    match by {
        "ENV" => variable.is_some_and(|name| text.starts_with(name)),
        "EXPOSE" => value.split('/').next().is_some_and(|port| text.contains(port)),
        "`FROM scratch`" => text.starts_with("scratch"),
        "the image" | "the engine's default" | "nothing sets it" => !text.trim().is_empty(),
        // Whatever else decides stands beside one word at least of what it decided, or is the key of what does not.
        "the service's limits" => text.starts_with(|c: char| c.is_ascii_digit() || c == '"'),
        _ if value == "(hidden)" => !text.trim().is_empty(),
        _ => value.is_empty() || words(value).iter().any(|word| text.contains(word.as_str())) || text.contains(':'),
    }
}

#[test]
fn every_field_of_every_container_of_the_test_data_has_a_true_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let (mut fields, mut wrong) = (0, Vec::new());
    for folder in folders(&root.join("cli")).into_iter().chain(folders(&root.join("flowstate"))) {
        let shown = containers(&request(vec![folder.clone()], &folder, 1));
        for container in &shown.containers {
            for field in &container.fields {
                for decision in std::iter::once(&field.decided_by).chain(&field.overrode) {
                    fields += 1;
                    let text = std::fs::read_to_string(folder.join(&decision.path)).expect("the file of the place");
                    let text = at(&text, decision);
                    if !speaks(text, field, decision) {
                        wrong.push(format!(
                            "{} {}: {field:?}\n  {decision:?}\n  {text}",
                            folder.display(),
                            container.name
                        ));
                    }
                }
            }
        }
    }
    assert!(fields > 200, "{fields}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
