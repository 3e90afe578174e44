//! Trees in which no file decides alone: in `bad` files that are right by themselves make a wrong container, in `good`
//! files that look wrong make a right one.

use std::path::{Path, PathBuf};

use plimsoll::policy::Policy;

use crate::scan::{report, request};
use crate::{Verdicts, policy, read};

/// The trees of a kind, with the rule that each is for.
pub fn trees(kind: &str) -> Vec<(String, PathBuf)> {
    let across = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/across");
    let mut trees = Vec::new();
    for entry in std::fs::read_dir(across).expect("testdata/across") {
        let folder = entry.expect("an entry").path();
        let rule = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(plimsoll::checks::find(&rule).is_some(), "testdata/across/{rule} is for no rule");
        let tree = folder.join(kind);
        assert!(tree.is_dir(), "testdata/across/{rule} has no `{kind}`");
        trees.push((rule, tree));
    }
    trees.sort();
    assert!(!trees.is_empty());
    trees
}

/// The policy that judges a tree.
pub fn policy_of_tree(rule: &str, tree: &Path) -> Policy {
    let parameters = std::fs::read_to_string(tree.with_file_name("params.yaml")).unwrap_or_default();
    policy(rule, &parameters)
}

fn judge(rule: &str, tree: &Path) -> Verdicts {
    read(&report(&request(vec![tree.to_path_buf()], tree, 0), &[policy_of_tree(rule, tree)]))
}

#[test]
fn files_that_are_right_alone_are_found_out_together() {
    for (rule, tree) in trees("bad") {
        let verdicts = judge(&rule, &tree);
        assert!(verdicts.errors.is_empty(), "{}: {verdicts:#?}", tree.display());
        assert!(!verdicts.findings.is_empty(), "{}: nothing was found: {verdicts:#?}", tree.display());
    }
}

#[test]
fn files_that_look_wrong_alone_are_left_in_peace_together() {
    for (rule, tree) in trees("good") {
        let verdicts = judge(&rule, &tree);
        assert!(verdicts.errors.is_empty(), "{}: {verdicts:#?}", tree.display());
        assert!(verdicts.findings.is_empty(), "{}: {verdicts:#?}", tree.display());
        assert!(verdicts.verdicts.iter().any(|verdict| verdict == "met"), "{}: {verdicts:#?}", tree.display());
        assert!(verdicts.verdicts.iter().all(|verdict| verdict != "inconclusive"), "{}: {verdicts:#?}", tree.display());
    }
}
