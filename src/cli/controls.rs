//! `plimsoll rules --policy`: the controls of policies, and the rules that assess them.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::RulesFormat;
use crate::policy::{Binding, Control, Policy};
use crate::report::Assessment;
use crate::terminal;

pub(super) fn run(out: &mut impl Write, policies: &[Policy], format: RulesFormat) -> io::Result<()> {
    match format {
        RulesFormat::Table => policies.iter().try_for_each(|policy| table(out, policy)),
        RulesFormat::Json => {
            let all = policies.iter().flat_map(|policy| policy.controls.iter().map(move |control| (policy, control)));
            let all: Vec<_> = all.map(|(policy, control)| in_json(policy, control)).collect();
            serde_json::to_writer_pretty(&mut *out, &all)?;
            writeln!(out)
        }
        RulesFormat::Markdown => policies.iter().try_for_each(|policy| markdown(out, policy)),
    }
}

fn table(out: &mut impl Write, policy: &Policy) -> io::Result<()> {
    let width = policy.controls.iter().map(|control| control.id.chars().count()).max().unwrap_or(0);
    for control in &policy.controls {
        let mut id = terminal::clean(&control.id);
        for part in parts(control, "") {
            writeln!(out, "{id:width$}  {}", terminal::clean(&part))?;
            id = Cow::Borrowed("");
        }
    }
    Ok(())
}

fn in_json(policy: &Policy, control: &Control) -> Value {
    let rules = control.bindings.iter().map(|binding| {
        let scope: serde_json::Map<_, _> =
            binding.scope.conditions().into_iter().map(|(key, values)| (key.to_string(), json!(values))).collect();
        json!({
            "rule": binding.rule.id,
            "severity": binding.severity,
            "params": binding.parameters,
            "scope": scope,
        })
    });
    json!({
        "policy": policy.id,
        "id": control.id,
        "group": control.group,
        "title": control.title,
        "source": control.source,
        "rules": rules.collect::<Vec<_>>(),
        "planned": control.planned,
        "assessment": control.assessment,
    })
}

fn markdown(out: &mut impl Write, policy: &Policy) -> io::Result<()> {
    writeln!(out, "# {}: {}", policy.id, cell(&policy.title))?;
    if !policy.source.is_empty() {
        writeln!(out, "\nFrom: {}.", cell(&policy.source))?;
    }
    writeln!(
        out,
        "\nA rule has the severity of its findings, *with* its parameters, *for* whom it is; all containers otherwise."
    )?;
    writeln!(out, "`plimsoll explain RULE` has its page.")?;
    let mut group = None;
    for control in &policy.controls {
        if group != Some(&control.group) {
            let heading = if control.group.is_empty() { "Controls" } else { &control.group };
            writeln!(out, "\n## {}\n", cell(heading))?;
            writeln!(out, "| control | demands | assessed by | asked for in |\n|---|---|---|---|")?;
            group = Some(&control.group);
        }
        let parts: Vec<String> = parts(control, "`").iter().map(|part| cell(part)).collect();
        let (title, source) = (cell(&control.title), cell(&control.source));
        writeln!(out, "| `{}` | {title} | {} | {source} |", cell(&control.id), parts.join("<br>"))?;
    }
    Ok(())
}

/// What assesses a control, one text for each rule. `quote` goes around what is code.
fn parts(control: &Control, quote: &str) -> Vec<String> {
    let mut parts: Vec<String> = control.bindings.iter().map(|binding| bound(binding, quote)).collect();
    parts.extend(control.planned.iter().map(|rule| format!("{quote}{rule}{quote} is planned")));
    match &control.assessment {
        Assessment::Manual(why) => parts.push(format!("a person: {why}")),
        Assessment::Outside(tool) => parts.push(format!("{quote}{tool}{quote}")),
        Assessment::Rules(_) | Assessment::Planned => {}
    }
    parts
}

/// `user-id-wrong` as error; with `uid: 1001`; for `runtime: [node, python]`
fn bound(binding: &Binding, quote: &str) -> String {
    let mut text = format!("{quote}{}{quote} as {}", binding.rule.id, binding.severity.as_str());
    let list = |items: Vec<String>| items.join(", ");
    let set = binding.parameters.iter().filter(|(_, value)| !is_empty(value));
    let parameters = list(set.map(|(name, value)| format!("{quote}{name}: {}{quote}", flow(value))).collect());
    if !parameters.is_empty() {
        text.push_str(&format!("; with {parameters}"));
    }
    let scope = binding.scope.conditions();
    let scope =
        list(scope.iter().map(|(key, values)| format!("{quote}{key}: {}{quote}", flow(&json!(values)))).collect());
    if !scope.is_empty() {
        text.push_str(&format!("; for {scope}"));
    }
    text
}

/// Whether a parameter is left open.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as a policy has it on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.parse::<f64>().is_ok() => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        value => value.to_string(),
    }
}

/// A text as it stands in a cell of a table in Markdown.
fn cell(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    terminal::clean(&text).replace('|', "\\|").replace('<', "&lt;")
}
