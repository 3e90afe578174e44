//! Policies of a run: names and files to bound controls, or every error in them.

use crate::input;
use crate::policy::{BUILT_IN, Policy};
use crate::problem::Problem;
use crate::report::locate::Locator;
use crate::report::{Assessment, ControlInfo, Header, RuleInfo, Severity};
use crate::rule::front_matter::{self, FrontMatter};
use crate::source::{Source, Sources};
use crate::suggest;

/// Reads and binds policies. What is wrong with them is printed, with places, and nothing is given.
pub fn load(names: &[String], rules: &[String]) -> Option<Vec<Policy>> {
    let mut sources = Sources::new();
    let mut policies: Vec<Policy> = Vec::new();
    let mut problems = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            continue;
        }
        match one(name, &mut sources) {
            Ok(policy) if policies.iter().any(|known| known.id == policy.id) => {
                let what = format!("two policies have the id `{}`", policy.id);
                problems.push(Problem::error(name.as_str(), what, "give one of them another `id`"));
            }
            Ok(policy) => policies.push(policy),
            Err(found) => problems.extend(found),
        }
    }
    for rule in rules {
        if crate::checks::find(rule).is_none() {
            let help = match suggest::nearest(rule, crate::checks::rules().map(|rule| rule.id)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see `plimsoll rules` for all rules".to_string(),
            };
            problems.push(Problem::error("--rule", format!("there is no rule `{rule}`"), help));
        }
    }
    if !rules.is_empty() && problems.is_empty() {
        policies.iter_mut().for_each(|policy| policy.keep_rules(rules));
        for rule in rules {
            let bound = |policy: &Policy| policy.controls.iter().flat_map(|c| &c.bindings).any(|b| b.rule.id == rule);
            if !policies.iter().any(bound) {
                let what = format!("no policy of this run binds the rule `{rule}`");
                problems.push(Problem::error("--rule", what, "add `--policy all` or a policy that binds it"));
            }
        }
    }
    if problems.is_empty() {
        return Some(policies);
    }
    print(&problems, &sources);
    None
}

fn one(name: &str, sources: &mut Sources) -> Result<Policy, Vec<Problem>> {
    if name == "all" {
        return Policy::all().map_err(|why| vec![Problem::error("all", why, "this is a fault of plimsoll")]);
    }
    if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
        let id = sources.add_text(&format!("{name}.yaml"), text);
        return Policy::read(id, text);
    }
    let path = std::path::Path::new(name);
    match input::read(path, name) {
        Ok(Some(input)) => {
            let source = Source::of_file(name, path, input.text.clone());
            let id = sources.add(source);
            Policy::read(id, &input.text)
        }
        Ok(None) => {
            let known: Vec<&str> = BUILT_IN.iter().map(|(known, _)| *known).chain(["all"]).collect();
            let help = match suggest::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("built in are {}; anything else is a path", known.join(", ")),
            };
            Err(vec![Problem::error("--policy", format!("there is no policy `{name}`"), help)])
        }
        Err(problem) => Err(vec![problem]),
    }
}

/// Prints problems of policies to standard error, one block each.
fn print(problems: &[Problem], sources: &Sources) {
    let locator = Locator::new(sources, false);
    let mut err = std::io::stderr().lock();
    for problem in problems {
        let _ = super::output::problem(&mut err, &locator.problem(problem));
    }
}

/// What a report says about the policies of its run.
pub fn header(policies: &[Policy], min_severity: Severity, with_pages: bool) -> Header {
    let mut rules: Vec<RuleInfo> = Vec::new();
    let mut controls = Vec::new();
    for policy in policies {
        for control in &policy.controls {
            controls.push(ControlInfo {
                policy: policy.id.clone(),
                id: control.id.clone(),
                title: control.title.clone(),
                group: control.group.clone(),
                source: control.source.clone(),
                assessment: control.assessment.clone(),
            });
            if !matches!(control.assessment, Assessment::Rules(_)) {
                continue;
            }
            for binding in &control.bindings {
                match rules.iter_mut().find(|info| info.id == binding.rule.id) {
                    Some(info) => info.severity = info.severity.max(binding.severity),
                    None => rules.push(rule_info(binding.rule, binding.severity, with_pages)),
                }
            }
        }
    }
    rules.sort_by_key(|rule| rule.id);
    Header { rules, controls, min_severity }
}

/// A rule as reports show it. Pages are read only for the formats that carry them.
pub fn rule_info(rule: &crate::rule::Rule, severity: Severity, with_pages: bool) -> RuleInfo {
    if !with_pages {
        let (title, summary, markdown) = Default::default();
        return RuleInfo { id: rule.id, title, summary, markdown, severity, tags: Vec::new(), similar: Vec::new() };
    }
    let front = FrontMatter::read(rule.page).ok();
    let page = crate::page::Page::split(rule.page).ok();
    RuleInfo {
        id: rule.id,
        title: front.as_ref().map(|front| front.title.clone()).unwrap_or_default(),
        summary: page.as_ref().map(|page| page.summary()).unwrap_or_default(),
        markdown: front_matter::split(rule.page).map(|(_, body)| body.to_string()).unwrap_or_default(),
        severity,
        tags: front.as_ref().map(|front| front.tags.clone()).unwrap_or_default(),
        similar: front.map(|front| front.similar).unwrap_or_default(),
    }
}
