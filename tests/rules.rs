//! Every page's examples are run: the rule fires on exactly the lines that the page says, and is silent elsewhere.

#[path = "rules/across.rs"]
mod across;
#[path = "rules/broken_lines.rs"]
mod broken_lines;
#[path = "rules/fixed.rs"]
mod fixed;
#[path = "support/fixes.rs"]
mod fixes;
#[path = "rules/layers.rs"]
mod layers;
#[path = "rules/refused.rs"]
mod refused;
#[path = "rules/said.rs"]
mod said;
#[path = "support/scan.rs"]
mod scan;

use plimsoll::image::ImageSource;
use plimsoll::page::{Example, Expected, Page, Subject, SupportingFile};
use plimsoll::policy::Policy;
use plimsoll::scan::Request;
use plimsoll::source::SourceId;
use scan::{Tree, report, request};

/// A finding, as far as tests look at it.
#[derive(Debug)]
struct Found {
    rule: String,
    path: String,
    line: u64,
    message: String,
    /// What would mend it.
    fix: String,
    /// Whether it carries edits.
    mendable: bool,
}

/// What a scan said.
#[derive(Debug, Default)]
struct Verdicts {
    /// One per container and control.
    verdicts: Vec<String>,
    findings: Vec<Found>,
    /// The grounds of all verdicts.
    grounds: Vec<String>,
    /// Problems that fail a run.
    errors: Vec<String>,
}

/// What a listing of layers is called, which is no file.
const LISTING: &str = "layers";

/// What the example's own file is called in the tree that is scanned.
fn file_name(example: &Example) -> &'static str {
    match example.subject {
        Subject::Dockerfile => "Dockerfile",
        Subject::Compose => "compose.yaml",
        Subject::Image => "image.json",
        Subject::Nginx => "nginx.conf",
        Subject::Decision => "docs/adr/0003-decision.md",
        Subject::Layers => LISTING,
    }
}

/// A policy of one rule with parameters in YAML.
fn policy(rule: &str, parameters: &str) -> Policy {
    let parameters: String = parameters.lines().map(|line| format!("          {line}\n")).collect();
    let parameters = if parameters.is_empty() { String::new() } else { format!("        params:\n{parameters}") };
    let text = format!(
        "id: test\ntitle: test\ncontrols:\n  - id: test\n    title: test\n    rules:\n      - rule: {rule}\n{parameters}"
    );
    Policy::read(SourceId(0), &text).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

/// What a JSON report says.
fn read(report: &str) -> Verdicts {
    let json: serde_json::Value = serde_json::from_str(report).expect("JSON");
    let mut verdicts = Verdicts::default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    for project in list(&json["projects"]) {
        for container in list(&project["containers"]) {
            for verdict in list(&container["verdicts"]) {
                verdicts.verdicts.push(text(&verdict["verdict"]));
                verdicts.grounds.extend(list(&verdict["grounds"]).iter().map(|note| text(&note["message"])));
            }
        }
        for finding in list(&project["findings"]) {
            verdicts.findings.push(Found {
                rule: text(&finding["rule"]),
                fix: text(&finding["fix"]["title"]),
                mendable: !list(&finding["fix"]["edits"]).is_empty(),
                path: text(&finding["location"]["path"]),
                line: finding["location"]["start"]["line"].as_u64().unwrap_or(0),
                message: text(&finding["message"]),
            });
        }
        let errors = list(&project["problems"]).into_iter().filter(|problem| problem["gravity"] == "error");
        verdicts.errors.extend(errors.map(|problem| text(&problem["what"])));
    }
    let errors = list(&json["summary"]["problems"]).into_iter().filter(|problem| problem["gravity"] == "error");
    verdicts.errors.extend(errors.map(|problem| text(&problem["what"])));
    verdicts
}

/// The files of an example in a folder of their own.
fn write(example: &Example) -> Tree {
    let tree = Tree::new();
    tree.write(file_name(example), &example.text);
    for file in &example.files {
        tree.write(&file.path, &file.text);
    }
    tree
}

/// A scan of the example's own file.
///
/// A file `NAME.image.json` beside it is the image that was given for that service or Dockerfile.
fn request_of(example: &Example, tree: &Tree) -> Request {
    let mut request = request(vec![tree.path().join(file_name(example))], tree.path(), 0);
    let image = |file: &SupportingFile| {
        let name = file.path.strip_suffix(".image.json")?;
        Some((name.to_string(), ImageSource::Config { file: tree.path().join(&file.path) }))
    };
    request.images.containers = example.files.iter().filter_map(image).collect();
    request
}

/// The policy that judges an example.
fn policy_of(rule: &str, example: &Example) -> [Policy; 1] {
    [policy(rule, example.params.as_ref().map_or("", |params| params.text.as_str()))]
}

fn run(rule: &str, example: &Example) -> Verdicts {
    if example.subject == Subject::Layers {
        return layers::run(rule, example);
    }
    let tree = write(example);
    read(&report(&request_of(example, &tree), &policy_of(rule, example)))
}

/// What is wrong with an example, if something is.
fn complaint(rule: &str, example: &Example) -> Option<String> {
    let verdicts = run(rule, example);
    let own = file_name(example);
    let lines = verdicts.findings.iter().map(|f| format!("{}:{} {}", f.path, f.line, f.message)).collect::<Vec<_>>();
    let got = format!("verdicts {:?}, findings {lines:?}, grounds {:?}", verdicts.verdicts, verdicts.grounds);
    if !verdicts.errors.is_empty() {
        return Some(format!("problems: {:?}; {got}", verdicts.errors));
    }
    let all = |verdict: &str| {
        verdicts.verdicts.iter().any(|v| v == verdict)
            && verdicts.verdicts.iter().all(|v| v == verdict || v == "not-applicable")
    };
    let right = match &example.expected {
        Expected::Violated(expected) => {
            let mut expected: Vec<(String, u64)> = expected
                .iter()
                .map(|line| (line.file.clone().unwrap_or_else(|| own.to_string()), line.line as u64))
                .collect();
            let mut found: Vec<(String, u64)> = verdicts.findings.iter().map(|f| (f.path.clone(), f.line)).collect();
            expected.sort();
            found.sort();
            found == expected && !verdicts.verdicts.iter().any(|v| v == "inconclusive")
        }
        Expected::Met => all("met"),
        Expected::Inconclusive => all("inconclusive"),
        Expected::NotApplicable => verdicts.verdicts.iter().all(|v| v == "not-applicable"),
    };
    (!right).then(|| format!("expected {:?}, got {got}", example.expected))
}

#[test]
fn every_example_of_every_page_gets_the_verdict_that_it_shows() {
    let mut complaints = Vec::new();
    let mut examples = 0;
    for rule in plimsoll::checks::rules() {
        let page = Page::split(rule.page).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        for example in page.examples().unwrap_or_else(|why| panic!("{}: {why}", rule.id)) {
            examples += 1;
            if let Some(complaint) = complaint(rule.id, &example) {
                complaints.push(format!("rules/{}.md:{}: {complaint}", rule.id, example.line));
            }
        }
    }
    assert!(complaints.is_empty(), "{} of {examples} examples:\n{}", complaints.len(), complaints.join("\n"));
    assert!(examples >= 100, "only {examples} examples were found");
}

#[test]
fn every_rule_has_an_example_of_a_fault_and_one_of_silence() {
    for rule in plimsoll::checks::rules() {
        let page = Page::split(rule.page).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        let examples = page.examples().unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        let bad = examples.iter().filter(|e| matches!(e.expected, Expected::Violated(_))).count();
        let silent = examples.len() - bad;
        assert!(bad >= 2, "`{}` shows {bad} faults", rule.id);
        assert!(silent >= 3, "`{}` shows {silent} cases in which it stays silent", rule.id);
    }
}
