//! `plimsoll rules`.

use std::io::{self, Write};

use serde_json::json;

use super::{FAILED, RulesArgs, RulesFormat, controls, policies};
use crate::rule::Rule;
use crate::rule::front_matter::FrontMatter;

pub(super) fn run(args: &RulesArgs) -> io::Result<u8> {
    if !args.policies.is_empty() {
        let Some(policies) = policies::load(&args.policies, &[]) else { return Ok(FAILED) };
        let mut out = super::output::standard();
        controls::run(&mut out, &policies, args.format)?;
        out.flush()?;
        return Ok(0);
    }
    let mut rules: Vec<(&Rule, FrontMatter)> = Vec::new();
    for rule in crate::checks::rules() {
        match FrontMatter::read(rule.page) {
            Ok(front) => rules.push((rule, front)),
            Err(why) => {
                eprintln!("error: the page of `{}`: {why}", rule.id);
                return Ok(FAILED);
            }
        }
    }
    rules.sort_by_key(|(rule, _)| rule.id);
    let mut out = super::output::standard();
    match args.format {
        RulesFormat::Table => table(&mut out, &rules)?,
        RulesFormat::Json => json(&mut out, &rules)?,
        RulesFormat::Markdown => markdown(&mut out, &rules)?,
    }
    out.flush()?;
    Ok(0)
}

fn table(out: &mut impl Write, rules: &[(&Rule, FrontMatter)]) -> io::Result<()> {
    let width = rules.iter().map(|(rule, _)| rule.id.len()).max().unwrap_or(0);
    for (rule, front) in rules {
        let topic = front.tags.first().map_or("", String::as_str);
        writeln!(out, "{:width$}  {:7}  {:9}  {}", rule.id, front.severity.as_str(), topic, front.title)?;
    }
    writeln!(out, "\n{} rules; `plimsoll explain RULE` has the page of each", rules.len())
}

fn json(out: &mut impl Write, rules: &[(&Rule, FrontMatter)]) -> io::Result<()> {
    let rules: Vec<_> = rules
        .iter()
        .map(|(rule, front)| {
            let parameters: Vec<_> = front
                .parameters
                .iter()
                .map(|p| json!({"name": p.name, "default": p.default, "about": p.about}))
                .collect();
            json!({
                "id": rule.id,
                "title": front.title,
                "severity": front.severity,
                "tags": front.tags,
                "parameters": parameters,
                "similar": front.similar,
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rules)?;
    writeln!(out)
}

fn markdown(out: &mut impl Write, rules: &[(&Rule, FrontMatter)]) -> io::Result<()> {
    writeln!(out, "| rule | severity | topic | what it finds | similar |\n|---|---|---|---|---|")?;
    for (rule, front) in rules {
        let topic = front.tags.first().map_or("", String::as_str);
        let similar = front.similar.join(", ");
        writeln!(out, "| `{}` | {} | {topic} | {} | {similar} |", rule.id, front.severity.as_str(), front.title)?;
    }
    Ok(())
}
