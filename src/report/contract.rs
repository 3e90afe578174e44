//! Contract: what running services answered, for a person and for a program.

use std::io;

use serde::Serialize;

use super::harmless;
use super::table::{count, heading};
use crate::contract::{Expect, Outcome, Row, Terms, Verdict, seconds};
use crate::terminal::{Lines, Style, fit, width};

/// Version of the shape of the document.
const SCHEMA_VERSION: u32 = 1;
/// Columns that a service, a question and an answer may take.
const COLUMNS: [usize; 3] = [24, 56, 36];
/// What is behind them: how long it took, and the verdict.
const BEHIND: usize = 8 + GAP + 10;
/// Columns between two columns.
const GAP: usize = 2;
/// Columns of the word in front of each closing line.
const LABEL: usize = 9;

/// Writes what came of a project for a person.
///
/// # Errors
/// What writing meets.
pub fn table(mut out: &mut dyn io::Write, outcome: &Outcome, color: bool, columns: usize) -> io::Result<()> {
    let mut lines = Lines::new(color, columns);
    let asked: Vec<&Row> = outcome.rows.iter().filter(|row| row.verdict != Verdict::NotAsked).collect();
    let idle: Vec<&Row> = outcome.rows.iter().filter(|row| row.verdict == Verdict::NotAsked).collect();
    if !asked.is_empty() {
        heading(&mut lines, "contract", &demand(&outcome.terms));
        grid(&mut lines, &asked);
        lines.end();
        asked.iter().for_each(|row| remarks(&mut lines, row));
    }
    if !idle.is_empty() {
        heading(&mut lines, "not asked", "");
        let names = idle.iter().map(|row| width(&row.service)).max().unwrap_or(0).min(COLUMNS[0]);
        for row in idle {
            let indent = GAP + names + GAP;
            cell(&mut lines, Style::Plain, &row.service, names);
            lines.space(GAP).wrap(Style::Plain, row.reason.as_deref().unwrap_or_default(), indent).end();
            lines.space(indent).put(Style::Note, "= help: ");
            lines.wrap(Style::Plain, row.help.as_deref().unwrap_or_default(), indent + 8).end();
        }
        lines.end();
    }
    closing(&mut lines, outcome);
    lines.write_to(&mut out)
}

/// What is demanded, in a line.
fn demand(terms: &Terms) -> String {
    let within = seconds(terms.within);
    match terms.expect {
        Expect::Healthy => format!("200 in under {within}"),
        Expect::Unhealthy => format!("503 in under {within}"),
    }
}

/// One cell with the blanks behind it; the first stands behind the margin.
fn cell(lines: &mut Lines, style: Style, text: &str, columns: usize) {
    let text = crate::terminal::clean(text);
    let text = fit(&text, columns);
    lines.space(GAP).put(style, &text).space(columns.saturating_sub(width(&text)));
}

fn grid(lines: &mut Lines, rows: &[&Row]) {
    let texts = |row: &Row| {
        let text = |text: &Option<String>| crate::terminal::clean(text.as_deref().unwrap_or("-")).into_owned();
        [row.service.clone(), text(&row.asked), text(&row.answer)]
    };
    let head = ["service", "asked", "answer"];
    let mut widths: [usize; 3] = std::array::from_fn(|at| {
        let widest = rows.iter().map(|row| width(&texts(row)[at])).max().unwrap_or(0);
        widest.max(head[at].len()).min(COLUMNS[at])
    });
    // What was asked stands in full below each answer that is wrong; the rest of a line is nowhere else.
    let others = widths[0] + widths[2] + 4 * GAP + BEHIND;
    widths[1] = widths[1].min(lines.width().saturating_sub(others)).max(head[1].len());
    head.iter().zip(widths).for_each(|(text, columns)| cell(lines, Style::Strong, text, columns));
    lines.space(GAP).put(Style::Strong, "    took").end();
    for row in rows {
        texts(row).iter().zip(widths).for_each(|(text, columns)| cell(lines, Style::Plain, text, columns));
        let took = row.milliseconds.map_or(String::new(), |took| format!("{took} ms"));
        let (sign, style, word) = match row.verdict {
            Verdict::Met => ("✓", Style::Good, "met"),
            Verdict::Violated => ("✗", Style::Error, "violated"),
            Verdict::NotAsked => ("-", Style::Faint, "not asked"),
        };
        lines.space(GAP).plain(&format!("{took:>8}")).space(GAP).put(style, &format!("{sign} {word}")).end();
    }
}

/// What is wrong with an answer, and what else is to be known of it.
fn remarks(lines: &mut Lines, row: &Row) {
    if let Some(reason) = &row.reason {
        lines.put(Style::Error, "violated").plain(": ");
        lines.wrap(Style::Plain, &format!("`{}`: {}", row.service, reason), 4).end();
        let asked = row.asked.as_deref().unwrap_or_default();
        let tries = if row.tries > 1 { format!(" (asked {} times)", row.tries) } else { String::new() };
        lines.put(Style::Margin, "  --> ").wrap(Style::Plain, &format!("{asked}{tries}"), 6).end();
    } else if let Some(note) = &row.note {
        lines.put(Style::Note, "note").plain(": ");
        lines.wrap(Style::Plain, &format!("`{}`: {}", row.service, note), 4).end().end();
        return;
    } else {
        return;
    }
    for (word, text) in [("note", &row.note), ("help", &row.help)] {
        if let Some(text) = text {
            lines.put(Style::Margin, "  = ").put(Style::Note, word).plain(": ");
            lines.wrap(Style::Plain, text, 10).end();
        }
    }
    lines.end();
}

fn closing(lines: &mut Lines, outcome: &Outcome) {
    let label = |lines: &mut Lines, style: Style, word: &str| {
        lines.put(style, word).space(LABEL.saturating_sub(word.len()));
    };
    label(lines, Style::Plain, "asked");
    let mut parts = Vec::new();
    for (verdict, word) in [(Verdict::Met, "met"), (Verdict::Violated, "violated")] {
        match outcome.count(verdict) {
            0 => {}
            number => parts.push(format!("{number} {word}")),
        }
    }
    let sum = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    let idle = match outcome.count(Verdict::NotAsked) {
        0 => String::new(),
        number => format!("; {number} not asked"),
    };
    lines.wrap(Style::Plain, &format!("{}{sum}{idle}", count(outcome.asked(), "service")), LABEL).end();
    let code = outcome.exit_code();
    let (style, word, why) = match code {
        0 => (Style::Good, "passed", "every answer is right"),
        1 => (Style::Error, "failed", "an answer is wrong, late or missing"),
        _ if outcome.asked() == 0 => (Style::Error, "failed", "nothing was asked"),
        _ => (Style::Error, "failed", "something could not be asked or read"),
    };
    label(lines, style, word);
    lines.wrap(Style::Plain, &format!("{why} (exit code {code})"), LABEL).end();
}

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'o> {
    schema_version: u32,
    tool: Tool,
    expect: Expect,
    within_milliseconds: u64,
    timeout_milliseconds: u64,
    services: &'o [Row],
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    asked: usize,
    met: usize,
    violated: usize,
    not_asked: usize,
    exit_code: u8,
}

/// Writes what came of a project for a program.
///
/// # Errors
/// What writing meets.
pub fn json(out: &mut dyn io::Write, outcome: &Outcome) -> io::Result<()> {
    let milliseconds = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "plimsoll", version: env!("CARGO_PKG_VERSION") },
        expect: outcome.terms.expect,
        within_milliseconds: milliseconds(outcome.terms.within),
        timeout_milliseconds: milliseconds(outcome.terms.timeout),
        services: &outcome.rows,
        summary: Summary {
            asked: outcome.asked(),
            met: outcome.count(Verdict::Met),
            violated: outcome.count(Verdict::Violated),
            not_asked: outcome.count(Verdict::NotAsked),
            exit_code: outcome.exit_code(),
        },
    };
    let json = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", harmless::escaped(&json))
}
