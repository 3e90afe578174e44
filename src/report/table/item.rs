//! Items: one finding or one problem, in as few lines as tell it.
//!
//! Three to five lines, as compilers have taught everyone to read: what (severity, rule, fact), where (a place that
//! editors and terminals open on a click; the containers; the control), the line itself with the bytes marked, and a
//! line for each note and one for the way out. Empty margin lines are left out; five findings fit on a screen.

use super::excerpt::Excerpt;
use super::few;
use crate::finding::Safety;
use crate::problem::Gravity;
use crate::report::{LocatedNote, Location, ReportedFinding, ReportedFix, ReportedProblem, Severity};
use crate::terminal::{Lines, Style, brief};

/// Notes of one finding that are shown.
const NOTES: usize = 6;
/// Containers and controls of one finding that are named.
const NAMES: usize = 4;
/// Bytes of a path that are shown.
const PATH: usize = 1024;
/// Digits that line numbers have room for without moving the margin.
const DIGITS: usize = 4;

/// Writes a finding of a project with so many containers. A change that the finding above it shows already and
/// that mends both is not told again.
pub fn finding(lines: &mut Lines, finding: &ReportedFinding, above: Option<&ReportedFinding>, containers: usize) {
    let style = severity_style(finding.severity);
    let rule = format!("[{}]", finding.rule);
    title(lines, style, finding.severity.as_str(), &rule, &finding.message);
    place(lines, &finding.location);
    match finding.containers.len() {
        0 => {}
        _ if containers < 2 => {}
        all if all == containers && all > 2 => clause(lines, &format!(" in all {all} containers")),
        _ => clause(lines, &format!(" in {}", few(finding.containers.iter().map(String::as_str), NAMES))),
    }
    if !finding.controls.is_empty() {
        clause(lines, &format!(" [{}]", few(finding.controls.iter().map(String::as_str), NAMES)));
    }
    lines.end();
    let again = above.filter(|above| is_mended_by_the_same(above, finding));
    let margin = excerpt(lines, style, Some(&finding.location));
    for note in finding.notes.iter().take(NOTES) {
        remark(lines, margin, Style::Strong, "note", note);
    }
    if finding.notes.len() > NOTES {
        lines.space(margin).put(Style::Margin, "= ");
        lines.put(Style::Faint, &format!("and {} more notes", finding.notes.len() - NOTES)).end();
    }
    match (&finding.fix, again) {
        (Some(_), Some(above)) => {
            lines.space(margin).put(Style::Margin, "= ").put(Style::Good, "fix").plain(": ");
            lines.wrap(Style::Plain, &format!("the same change as for `{}`", above.rule), margin + 4).end();
        }
        (Some(fix), None) => way_out(lines, margin, fix),
        (None, _) => {}
    }
}

/// Whether two findings speak of the same bytes, and one change to the files mends both.
fn is_mended_by_the_same(above: &ReportedFinding, finding: &ReportedFinding) -> bool {
    let mechanical = finding.fix.as_ref().is_some_and(|fix| !fix.edits.is_empty());
    mechanical && above.location == finding.location && above.fix == finding.fix
}

/// `= fix: title (`--fix` makes it)`
fn way_out(lines: &mut Lines, margin: usize, fix: &ReportedFix) {
    lines.space(margin).put(Style::Margin, "= ").put(Style::Good, "fix").plain(": ");
    lines.wrap(Style::Plain, &fix.title, margin + 4);
    let flags = match (fix.edits.is_empty(), fix.safety) {
        (true, _) => None,
        (false, Safety::Safe) => Some(" (`--fix` makes it)"),
        (false, Safety::Unsafe) => Some(" (`--fix --unsafe-fixes` makes it)"),
    };
    if let Some(flags) = flags {
        lines.wrap_whole(Style::Faint, flags, margin + 4);
    }
    lines.end();
}

/// Writes a problem.
pub fn problem(lines: &mut Lines, problem: &ReportedProblem) {
    let (style, word) = match problem.gravity {
        Gravity::Error => (Style::Error, "error"),
        Gravity::Warning => (Style::Warning, "warning"),
        Gravity::Note => (Style::Note, "note"),
    };
    title(lines, style, word, "", &problem.what);
    match &problem.location {
        Some(location) => place(lines, location),
        None => arrow(lines, &problem.path),
    }
    lines.end();
    let margin = excerpt(lines, style, problem.location.as_ref());
    if !problem.help.is_empty() {
        let help = LocatedNote { message: problem.help.clone(), location: None };
        remark(lines, margin, Style::Good, "help", &help);
    }
}

/// `✗ error[rule]: message`
fn title(lines: &mut Lines, style: Style, word: &str, rule: &str, message: &str) {
    let mark = match style {
        Style::Error => "✗",
        Style::Warning => "!",
        _ => "i",
    };
    lines.put(style, mark).plain(" ").put(style, word).put(style, rule).plain(": ");
    lines.wrap(Style::Strong, message, 4).end();
}

/// `--> path:line:column`
fn place(lines: &mut Lines, location: &Location) {
    arrow(lines, &address(location));
    if let Some(entry) = &location.entry {
        let layer = entry.layer.map(|layer| format!(", layer {layer}")).unwrap_or_default();
        clause(lines, &format!(" in {}{layer}", brief(&entry.image, PATH)));
    }
}

fn arrow(lines: &mut Lines, address: &str) {
    lines.put(Style::Margin, "  --> ").plain(address);
}

/// A place as editors and terminals open it on a click.
///
/// An entry of an image that has no text is a path alone.
pub fn address(location: &Location) -> String {
    if location.entry.is_some() && location.snippet.is_empty() {
        return brief(&location.path, PATH).to_string();
    }
    format!("{}:{}:{}", brief(&location.path, PATH), location.start.line, location.start.column)
}

/// What follows a place, on the same line if there is room.
fn clause(lines: &mut Lines, text: &str) {
    lines.wrap_whole(Style::Faint, text, 6);
}

/// Writes the source line, and says how wide its line number is.
fn excerpt(lines: &mut Lines, style: Style, location: Option<&Location>) -> usize {
    let Some(location) = location else { return DIGITS + 1 };
    let number = location.start.line.to_string();
    let margin = number.len().max(DIGITS) + 1;
    let room = lines.width().saturating_sub(margin + 2);
    let Some(excerpt) = Excerpt::of(location, room) else { return margin };
    lines.space(margin - 1 - number.len()).put(Style::Margin, &format!("{number} | "));
    lines.plain(&excerpt.before).plain(&excerpt.region).plain(&excerpt.after).end();
    lines.space(margin).put(Style::Margin, "| ").space(excerpt.indent).put(style, &"^".repeat(excerpt.carets));
    if location.end.line > location.start.line {
        lines.wrap_whole(style, &format!(" to line {}", location.end.line), margin + 2);
    }
    lines.end();
    margin
}

/// `= note: message (path:line:column)`
fn remark(lines: &mut Lines, margin: usize, style: Style, word: &str, note: &LocatedNote) {
    lines.space(margin).put(Style::Margin, "= ").put(style, word).plain(": ");
    lines.wrap(Style::Plain, &note.message, margin + 4);
    if let Some(location) = &note.location {
        lines.wrap_whole(Style::Faint, &format!(" ({})", address(location)), margin + 4);
    }
    lines.end();
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => Style::Error,
        Severity::Warning => Style::Warning,
        Severity::Note => Style::Note,
    }
}
