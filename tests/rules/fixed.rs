//! Fixes of the pages' examples and of the trees in `testdata/across`: the page shows what comes of them, the rule is
//! silent where something was mended, and nothing is found that was not found before.

use plimsoll::page::{Example, Expected, Page, Subject};
use plimsoll::policy::Policy;
use plimsoll::scan::Request;

use crate::across::{policy_of_tree, trees};
use crate::scan::{report, request};
use crate::{Verdicts, file_name, fixes, policy_of, read, request_of, run, write};

/// What is wrong with what the fixes make of an example, if something is.
fn page_complaint(example: &Example, changes: &plimsoll::fix::Changes) -> Option<String> {
    example.fixed.iter().find_map(|fixed| {
        let name = fixed.file.as_deref().unwrap_or(file_name(example));
        let was = fixed.file.as_ref().and_then(|path| example.files.iter().find(|file| file.path == *path));
        let was = was.map_or(example.text.as_str(), |file| file.text.as_str());
        let change = changes.files.values().find(|change| &*change.name == name);
        let after = change.map_or(was, |change| &change.after);
        (after != fixed.text).then(|| format!("line {}: the fixes make of `{name}`:\n{after}", fixed.line))
    })
}

/// What is wrong with the fixes of a tree under the policies of one rule, if something is.
fn complaint(request: &Request, policies: &[Policy]) -> Option<String> {
    let before = read(&report(request, policies));
    let mendable = before.findings.iter().filter(|finding| finding.mendable).count();
    if mendable == 0 {
        return None;
    }
    let changes = fixes::plan(request, policies);
    let diff = changes.diff();
    if changes.findings < mendable {
        return Some(format!("{mendable} findings have edits, and {} are mended:\n{diff}", changes.findings));
    }
    let changed = fixes::changed(request, &changes);
    let after = read(&report(&changed, policies));
    if after.findings.len() + mendable > before.findings.len() {
        let lines: Vec<_> = after.findings.iter().map(|f| format!("{} {}", f.line, f.message)).collect();
        return Some(format!("still found: {lines:?} in\n{diff}"));
    }
    let all = [Policy::all().expect("the built-in rules")];
    let (before, after) = (read(&report(request, &all)), read(&report(&changed, &all)));
    let new = new_findings(&before, &after);
    if !new.is_empty() {
        return Some(format!("new: {new:?} in\n{diff}"));
    }
    let problems: Vec<_> = after.errors.iter().filter(|error| !before.errors.contains(error)).collect();
    (!problems.is_empty()).then(|| format!("problems {problems:?} in\n{diff}"))
}

/// What is found more often in a file than before. The same fault may now be told in other words: of another image, on
/// another line.
fn new_findings(before: &Verdicts, after: &Verdicts) -> Vec<String> {
    let count = |verdicts: &Verdicts, path: &str, rule: &str| {
        verdicts.findings.iter().filter(|found| found.path == path && found.rule == rule).count()
    };
    let more = after
        .findings
        .iter()
        .filter(|found| count(after, &found.path, &found.rule) > count(before, &found.path, &found.rule));
    more.map(|found| format!("{}:{} {} ({})", found.path, found.line, found.message, found.rule)).collect()
}

#[test]
fn the_fixes_of_every_bad_example_mend_it_and_bring_nothing_new() {
    let mut complaints = Vec::new();
    for rule in plimsoll::checks::rules() {
        let page = Page::split(rule.page).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        let examples = page.examples().unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        // No file is behind a listing of layers, so there is nothing to edit.
        let of_files = examples.iter().filter(|example| example.subject != Subject::Layers);
        for example in of_files.filter(|example| matches!(example.expected, Expected::Violated(_))) {
            let tree = write(example);
            let (request, policies) = (request_of(example, &tree), policy_of(rule.id, example));
            let shown = page_complaint(example, &fixes::plan(&request, &policies));
            if let Some(complaint) = shown.or_else(|| complaint(&request, &policies)) {
                complaints.push(format!("rules/{}.md:{}: {complaint}", rule.id, example.line));
            }
        }
    }
    assert!(complaints.is_empty(), "{} examples:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn every_finding_of_every_bad_example_says_what_to_do() {
    let mut silent = Vec::new();
    for rule in plimsoll::checks::rules() {
        let page = Page::split(rule.page).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        for example in page.examples().unwrap_or_else(|why| panic!("{}: {why}", rule.id)) {
            let verdicts = run(rule.id, &example);
            let without = verdicts.findings.iter().filter(|found| found.fix.is_empty());
            silent.extend(without.map(|found| format!("rules/{}.md:{}: {}", rule.id, example.line, found.message)));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn the_fixes_of_files_that_are_wrong_together_mend_them_and_bring_nothing_new() {
    for (rule, tree) in trees("bad") {
        let complaint = complaint(&request(vec![tree.clone()], &tree, 0), &[policy_of_tree(&rule, &tree)]);
        assert_eq!(complaint, None, "{}", tree.display());
    }
}
