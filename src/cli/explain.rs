//! `plimsoll explain`.

use std::io::{self, Write};

use super::{ExplainArgs, FAILED, policies};
use crate::page::render_terminal;
use crate::policy::{Control, Policy};
use crate::report::Assessment;
use crate::rule::Rule;
use crate::rule::front_matter::{self, FrontMatter};
use crate::suggest;

pub(super) fn run(args: &ExplainArgs) -> io::Result<u8> {
    let Some(policies) = policies::load(&args.policies, &[]) else { return Ok(FAILED) };
    let color = args.color.wanted(&io::stdout());
    let mut out = super::output::standard();
    let name = args.name.trim();
    let code = if let Some(rule) = crate::checks::find(name) {
        page(&mut out, rule, &policies, color)?
    } else if let Some((policy, control)) = control(&policies, name) {
        explain_control(&mut out, policy, control, color)?
    } else {
        similar(&mut out, name, &policies, color)?
    };
    out.flush()?;
    Ok(code)
}

/// `non-root` or `adr-0003/non-root`.
fn control<'p>(policies: &'p [Policy], name: &str) -> Option<(&'p Policy, &'p Control)> {
    let (policy_id, id) = name.split_once('/').map_or((None, name), |(policy, id)| (Some(policy), id));
    policies
        .iter()
        .filter(|policy| policy_id.is_none_or(|wanted| wanted == &*policy.id))
        .find_map(|policy| Some((policy, policy.controls.iter().find(|control| &*control.id == id)?)))
}

fn page(out: &mut impl Write, rule: &Rule, policies: &[Policy], color: bool) -> io::Result<u8> {
    let (Ok(front), Some((_, body))) = (FrontMatter::read(rule.page), front_matter::split(rule.page)) else {
        eprintln!("error: the page of `{}` cannot be read: this is a fault of plimsoll", rule.id);
        return Ok(FAILED);
    };
    let mut head = format!("# {}: {}\n\n", rule.id, front.title);
    head.push_str(&format!("Severity: {}. Tags: {}.\n\n", front.severity.as_str(), front.tags.join(", ")));
    let mut text = head + body;
    if !front.parameters.is_empty() {
        text.push_str("\n## Parameters\n\n");
        for parameter in &front.parameters {
            let default = default(&parameter.default);
            text.push_str(&format!("- `{}` (default: {default}): {}\n", parameter.name, parameter.about));
        }
    }
    let demands = demands(rule, policies);
    if !demands.is_empty() {
        text.push_str("\n## Demanded by\n\n");
        demands.iter().for_each(|demand| text.push_str(&format!("- {demand}\n")));
    }
    if !front.similar.is_empty() {
        text.push_str(&format!("\n## Similar rules of other tools\n\n{}\n", front.similar.join(", ")));
    }
    write!(out, "{}", render_terminal(&text, super::scan::terminal_width(), color))?;
    Ok(0)
}

/// A default as one would say it: long lists have to wrap.
fn default(value: &serde_json::Value) -> String {
    let one = |value: &serde_json::Value| match value.as_str() {
        Some(text) => format!("`{text}`"),
        None => format!("`{value}`"),
    };
    match value {
        serde_json::Value::Null => "none".to_string(),
        serde_json::Value::Array(items) if items.is_empty() => "an empty list".to_string(),
        serde_json::Value::Array(items) => items.iter().map(one).collect::<Vec<_>>().join(", "),
        value => one(value),
    }
}

/// Where the policies bind a rule.
fn demands(rule: &Rule, policies: &[Policy]) -> Vec<String> {
    let mut demands = Vec::new();
    for policy in policies {
        for control in &policy.controls {
            for binding in control.bindings.iter().filter(|binding| binding.rule.id == rule.id) {
                let severity = binding.severity.as_str();
                let source = if control.source.is_empty() { String::new() } else { format!(" ({})", control.source) };
                demands.push(format!("`{}/{}` as {severity}: {}{source}", policy.id, control.id, control.title));
            }
        }
    }
    demands
}

fn explain_control(out: &mut impl Write, policy: &Policy, control: &Control, color: bool) -> io::Result<u8> {
    let mut text = format!("# {}/{}\n\n{}.\n\n", policy.id, control.id, control.title);
    text.push_str(&format!("From: {}", policy.source));
    if !control.source.is_empty() {
        text.push_str(&format!("; {}", control.source));
    }
    text.push_str(".\n\n");
    match &control.assessment {
        Assessment::Rules(_) => text.push_str("## Assessed by\n\n"),
        Assessment::Planned => text.push_str("Not assessed: its rules are planned.\n\n"),
        Assessment::Manual(why) => text.push_str(&format!("Not assessed here, but by a person: {why}.\n\n")),
        Assessment::Outside(tool) => text.push_str(&format!("Not assessed here, but by `{tool}`.\n\n")),
    }
    for binding in &control.bindings {
        let title = FrontMatter::read(binding.rule.page).map(|front| front.title).unwrap_or_default();
        text.push_str(&format!("- `{}` as {}: {title}\n", binding.rule.id, binding.severity.as_str()));
    }
    if !control.planned.is_empty() {
        let planned: Vec<_> = control.planned.iter().map(|rule| format!("`{rule}`")).collect();
        text.push_str(&format!("\nPlanned rules: {}.\n", planned.join(", ")));
    }
    write!(out, "{}", render_terminal(&text, super::scan::terminal_width(), color))?;
    Ok(0)
}

/// By another tool's id, with or without the tool's name; several rules may share one.
fn similar(out: &mut impl Write, name: &str, policies: &[Policy], color: bool) -> io::Result<u8> {
    let wanted = name.to_ascii_lowercase();
    let mut found = false;
    for rule in crate::checks::rules() {
        let Ok(front) = FrontMatter::read(rule.page) else { continue };
        let matches = |known: &String| {
            let known = known.to_ascii_lowercase();
            known == wanted || known.split_once(':').is_some_and(|(_, id)| id == wanted)
        };
        if front.similar.iter().any(matches) {
            found = true;
            page(out, rule, policies, color)?;
            writeln!(out)?;
        }
    }
    if found {
        return Ok(0);
    }
    let controls = policies.iter().flat_map(|policy| policy.controls.iter().map(|control| &*control.id));
    let known = crate::checks::rules().map(|rule| rule.id).chain(controls);
    let shown = crate::terminal::clean(name).into_owned();
    eprintln!("error: there is no rule or control `{shown}`, and no rule is similar to it");
    match suggest::nearest(name, known) {
        Some(near) => eprintln!("  = help: did you mean `{near}`?"),
        None => eprintln!("  = help: see `plimsoll rules` for all rules"),
    }
    Ok(FAILED)
}
