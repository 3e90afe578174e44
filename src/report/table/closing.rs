//! Closing: the last lines, which are what one sees first in the log of a failed job.

use super::{count, few};
use crate::report::{Header, Summary, Tally};
use crate::terminal::{Lines, Style};

/// Reasons for leaving files out that are shown, and files for each.
const REASONS: usize = 5;
const FILES: usize = 3;
/// Columns of the word in front of each line.
const LABEL: usize = 9;

/// Writes what was read, judged and found, and what the exit code means.
pub fn write(lines: &mut Lines, header: &Header, summary: &Summary, hidden: usize, fail_on: &str) {
    scanned(lines, summary);
    skipped(lines, summary);
    judged(lines, header, summary);
    found(lines, header, summary, hidden);
    exit(lines, summary, fail_on);
}

fn label(lines: &mut Lines, style: Style, word: &str) {
    lines.put(style, word).space(LABEL.saturating_sub(word.len()));
}

fn scanned(lines: &mut Lines, summary: &Summary) {
    label(lines, Style::Plain, "scanned");
    let files: usize = summary.scanned.iter().map(|(_, number)| number).sum();
    let kinds: Vec<String> = summary.scanned.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    lines.wrap(Style::Plain, &format!("{}{kinds}", count(files, "file")), LABEL).end();
}

fn skipped(lines: &mut Lines, summary: &Summary) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut further = 0;
    for (path, reason) in &summary.skipped {
        match reasons.iter().position(|(known, _)| known == reason) {
            Some(at) => reasons[at].1.push(path),
            None if reasons.len() < REASONS => reasons.push((reason, vec![path])),
            None => further += 1,
        }
    }
    for (i, (reason, paths)) in reasons.iter().enumerate() {
        label(lines, Style::Plain, if i == 0 { "skipped" } else { "" });
        let number = count(paths.len(), "file");
        let named = few(paths.iter().copied(), FILES);
        lines.wrap(Style::Plain, &format!("{number}: {reason} ({named})"), LABEL).end();
    }
    if further > 0 {
        label(lines, Style::Plain, "");
        lines.plain(&format!("{} for other reasons", count(further, "file"))).end();
    }
    if summary.further_skipped > 0 {
        label(lines, Style::Plain, "");
        lines.plain(&format!("{} more", count(summary.further_skipped, "file"))).end();
    }
}

fn judged(lines: &mut Lines, header: &Header, summary: &Summary) {
    label(lines, Style::Plain, "judged");
    let sum = |of: fn(&Tally) -> usize| summary.tallies.iter().map(of).sum::<usize>();
    let verdicts = [
        (sum(|tally| tally.met), "met"),
        (sum(|tally| tally.violated), "violated"),
        (sum(|tally| tally.inconclusive), "inconclusive"),
        (sum(|tally| tally.waived), "waived"),
        (sum(|tally| tally.not_applicable), "n/a"),
    ];
    let mut text = count(summary.containers, "container");
    if !header.controls.is_empty() {
        let parts = verdicts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
        let parts: Vec<String> = parts.collect();
        let parts = if parts.is_empty() { "no verdict".to_string() } else { parts.join(", ") };
        text.push_str(&format!(": {parts}"));
    }
    lines.wrap(Style::Plain, &text, LABEL).end();
}

fn found(lines: &mut Lines, header: &Header, summary: &Summary, hidden: usize) {
    label(lines, Style::Plain, "found");
    let mut parts = Vec::new();
    for (number, noun) in [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")] {
        if number > 0 {
            parts.push(count(number, noun));
        }
    }
    if parts.is_empty() {
        parts.push("nothing".to_string());
    }
    let mut text = parts.join(", ");
    if hidden > 0 {
        text.push_str(&format!(" ({hidden} below `{}` not shown)", header.min_severity.as_str()));
    }
    if summary.failures > 0 {
        text.push_str(&format!("; {} left something unexamined", count(summary.failures, "problem")));
    }
    lines.wrap(Style::Plain, &text, LABEL).end();
}

fn exit(lines: &mut Lines, summary: &Summary, fail_on: &str) {
    let open: usize = summary.tallies.iter().map(|tally| tally.inconclusive).sum();
    let open_verdicts =
        if open == 1 { "1 verdict is inconclusive".to_string() } else { format!("{open} verdicts are inconclusive") };
    let (style, word, why) = match summary.exit_code {
        // Nothing could have failed it.
        0 if fail_on == "never" && open > 0 => (Style::Plain, "done", format!("`--fail-on never`; {open_verdicts}")),
        0 if fail_on == "never" => (Style::Plain, "done", "`--fail-on never`".to_string()),
        0 if open > 0 => (Style::Good, "passed", format!("no finding reaches `--fail-on {fail_on}`; {open_verdicts}")),
        0 => (Style::Good, "passed", format!("no finding reaches `--fail-on {fail_on}`")),
        1 => (Style::Error, "failed", format!("findings reach `--fail-on {fail_on}`")),
        2 if summary.failures > 0 => {
            (Style::Error, "failed", format!("{} left something unexamined", count(summary.failures, "problem")))
        }
        _ => (Style::Error, "failed", "the job could not be done".to_string()),
    };
    label(lines, style, word);
    lines.wrap(Style::Plain, &format!("{why} (exit code {})", summary.exit_code), LABEL).end();
}
