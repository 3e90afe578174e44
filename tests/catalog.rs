//! The conventions of the rules, as tests: pages and functions belong together, names and texts keep their form, and
//! imports go one way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plimsoll::policy::{BUILT_IN, Policy};
use plimsoll::report::Assessment;
use plimsoll::rule::front_matter::FrontMatter;
use plimsoll::source::SourceId;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn built_in(name: &str) -> Policy {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name).expect("a built-in policy");
    Policy::read(SourceId(0), text).unwrap_or_else(|why| panic!("{name}: {why:#?}"))
}

#[test]
fn every_page_has_its_rule() {
    let rules: BTreeSet<&str> = plimsoll::checks::rules().map(|rule| rule.id).collect();
    for entry in std::fs::read_dir(root().join("rules")).expect("rules/") {
        let path = entry.expect("an entry").path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".md"))
        else {
            continue;
        };
        assert!(name == "README" || rules.contains(name), "rules/{name}.md has no rule: add it to its topic's list");
    }
}

#[test]
fn no_rule_is_listed_twice() {
    let mut seen = BTreeSet::new();
    for rule in plimsoll::checks::rules() {
        assert!(seen.insert(rule.id), "`{}` is in two lists", rule.id);
    }
}

#[test]
fn every_page_opens_as_the_others_do() {
    for rule in plimsoll::checks::rules() {
        let page = FrontMatter::read(rule.page).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        let id = rule.id;
        assert!(
            id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "`{id}`: lower case, dashes"
        );
        let first = page.title.chars().next().expect("a title");
        assert!(!first.is_uppercase() || page.title.starts_with("CPU"), "{id}: the title is lower case");
        assert!(!page.title.ends_with('.'), "{id}: the title has no full stop");
        assert!(!page.tags.is_empty(), "{id}: the first tag is the topic");
        for parameter in &page.parameters {
            assert!(!parameter.about.is_empty(), "{id}: `{}` says what it means", parameter.name);
        }
        let mut similar = BTreeSet::new();
        for other in &page.similar {
            let known = other.split_once(':').is_some_and(|(tool, id)| !tool.is_empty() && !id.is_empty());
            assert!(known, "{id}: `{other}` is not `tool:ID`");
            assert!(similar.insert(other), "{id}: `{other}` is listed twice");
        }
    }
}

#[test]
fn every_rule_binds_with_its_defaults_or_says_which_parameter_it_needs() {
    for rule in plimsoll::checks::rules() {
        let page = FrontMatter::read(rule.page).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        let complete = page.parameters.iter().all(|parameter| !parameter.default.is_null());
        let bound = (rule.bind)(serde_json::Value::Object(page.defaults()));
        assert_eq!(bound.is_ok(), complete, "`{}`: {:?}", rule.id, bound.err());
        let mut unknown = page.defaults();
        unknown.insert("no-such-parameter".to_string(), serde_json::Value::Null);
        assert!((rule.bind)(serde_json::Value::Object(unknown)).is_err(), "`{}` refuses unknown parameters", rule.id);
    }
}

#[test]
fn the_decision_is_whole() {
    let policy = built_in("adr-0003");
    assert_eq!(policy.controls.len(), 39, "controls of the decision");
    for control in &policy.controls {
        assert!(!control.group.is_empty() && !control.source.is_empty(), "`{}` has a group and a source", control.id);
        if let Assessment::Rules(rules) = &control.assessment {
            assert!(!rules.is_empty());
        }
        for planned in &control.planned {
            assert!(plimsoll::checks::find(planned).is_none(), "`{planned}` is built: bind it");
        }
    }
}

#[test]
fn every_control_has_an_id_of_its_own() {
    for (name, _) in BUILT_IN {
        let policy = built_in(name);
        let mut seen = BTreeSet::new();
        for control in &policy.controls {
            assert!(seen.insert(control.id.clone()), "{name}: `{}` twice", control.id);
        }
    }
}

/// Which modules a layer must not know: data flows one way, and so do imports.
const FORBIDDEN: [(&str, &[&str]); 9] = [
    (
        "source.rs",
        &["problem", "yaml", "subject", "container", "finding", "rule", "checks", "policy", "assess", "report", "scan"],
    ),
    (
        "problem.rs",
        &["yaml", "subject", "container", "finding", "rule", "checks", "policy", "assess", "report", "scan"],
    ),
    ("yaml", &["subject", "container", "finding", "rule", "checks", "policy", "assess", "report", "scan"]),
    ("shell", &["subject", "container", "finding", "rule", "checks", "policy", "assess", "report", "scan", "yaml"]),
    ("subject", &["container", "finding", "rule", "checks", "policy", "assess", "report", "scan", "cli"]),
    ("container", &["finding", "rule", "checks", "policy", "assess", "report", "scan", "cli"]),
    ("finding.rs", &["rule", "checks", "policy", "assess", "report", "scan", "cli"]),
    ("checks", &["policy", "assess", "report", "scan", "cli", "discover"]),
    ("report", &["scan", "cli", "checks", "assess", "policy"]),
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a folder") {
            sources(&entry.expect("an entry").path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_path_buf());
    }
}

#[test]
fn imports_go_one_way() {
    for (layer, forbidden) in FORBIDDEN {
        let mut files = Vec::new();
        sources(&root().join("src").join(layer), &mut files);
        sources(&root().join("src").join(format!("{layer}.rs")), &mut files);
        assert!(!files.is_empty(), "src/{layer} is gone: mend this test");
        for file in files.iter().filter(|file| file.exists()) {
            let text = std::fs::read_to_string(file).expect("a source");
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                for module in forbidden {
                    let imports =
                        line.contains(&format!("crate::{module}::")) || line.contains(&format!("crate::{module};"));
                    assert!(!imports, "{}:{}: `{layer}` must not know `{module}`", file.display(), number + 1);
                }
            }
        }
    }
}
