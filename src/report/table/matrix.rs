//! Matrix: which control holds for which container.
//!
//! One per policy. With few containers it has a column for each; with more it counts. Only what was assessed is in it,
//! and only where something was to be judged; the rest stands below, with its reason.

use comfy_table::CellAlignment;

use super::ledger::{Column, Ledger};
use super::{few, head, heading};
use crate::report::{Assessment, ControlInfo, Header, Summary, Tally, Verdict};
use crate::terminal::{Lines, Style, fit, width};

/// Columns that a group, a control and a container may take.
const GROUP: usize = 12;
const CONTROL: usize = 32;
const CONTAINER: usize = 12;
/// Lines of controls that are not assessed.
const UNASSESSED: usize = 12;
/// Columns between two columns of the matrix, and before the first.
const GAP: usize = 2;

/// The verdicts in the order of the counts, worst first.
const VERDICTS: [Verdict; 5] =
    [Verdict::Violated, Verdict::Inconclusive, Verdict::Waived, Verdict::Met, Verdict::NotApplicable];

/// How a verdict is shown: told apart by sign, not only by colour.
fn sign(verdict: Verdict) -> (&'static str, Style, &'static str) {
    match verdict {
        Verdict::Violated => ("✗", Style::Error, "violated"),
        Verdict::Inconclusive => ("?", Style::Warning, "inconclusive"),
        Verdict::Waived => ("~", Style::Note, "waived"),
        Verdict::Met => ("✓", Style::Good, "met"),
        Verdict::NotApplicable => ("-", Style::Faint, "n/a"),
    }
}

/// The active policies, in order.
pub fn policies(header: &Header) -> Vec<&str> {
    let mut policies: Vec<&str> = Vec::new();
    for control in &header.controls {
        if !policies.contains(&&*control.policy) {
            policies.push(&control.policy);
        }
    }
    policies
}

/// Writes the compliance with one policy.
pub fn write(lines: &mut Lines, header: &Header, summary: &Summary, ledger: &Ledger, policy: &str) {
    heading(lines, "compliance", policy);
    let controls = || header.controls.iter().enumerate().filter(|(_, control)| &*control.policy == policy);
    let (mut judged, mut idle) = (Vec::new(), Vec::new());
    for (i, control) in controls().filter(|(_, control)| matches!(control.assessment, Assessment::Rules(_))) {
        let tally = summary.tallies.get(i).copied().unwrap_or_default();
        if VERDICTS[..4].iter().any(|&verdict| of(&tally, verdict) > 0) {
            judged.push((i, control, tally));
        } else {
            idle.push(&*control.id);
        }
    }
    let judged = by_group(judged);
    if !judged.is_empty() {
        let columns = ledger.columns().filter(|columns| !columns.is_empty());
        let matrix = columns.and_then(|columns| by_container(&judged, columns, lines.width()));
        let grid = matrix.unwrap_or_else(|| by_count(&judged, lines.width()));
        grid.write(lines);
    }
    if !idle.is_empty() {
        lines.plain("  not applicable to any container: ");
        for (i, id) in idle.iter().enumerate() {
            let gap = if i == 0 { "" } else { " " };
            let comma = if i + 1 < idle.len() { "," } else { "" };
            lines.wrap_whole(Style::Plain, &format!("{gap}{id}{comma}"), 4);
        }
        lines.end();
    }
    unassessed(lines, controls().map(|(_, control)| control));
}

type Judged<'a> = (usize, &'a ControlInfo, Tally);

/// The controls with those of one group together; groups in the order of their first control.
fn by_group(controls: Vec<Judged>) -> Vec<Judged> {
    let mut groups: Vec<&str> = Vec::new();
    for (_, control, _) in &controls {
        if !groups.contains(&control.group.as_str()) {
            groups.push(&control.group);
        }
    }
    let rank = |group: &str| groups.iter().position(|known| *known == group);
    let mut sorted = controls.clone();
    sorted.sort_by_key(|(_, control, _)| rank(&control.group));
    sorted
}

fn of(tally: &Tally, verdict: Verdict) -> usize {
    match verdict {
        Verdict::Violated => tally.violated,
        Verdict::Inconclusive => tally.inconclusive,
        Verdict::Waived => tally.waived,
        Verdict::Met => tally.met,
        Verdict::NotApplicable => tally.not_applicable,
    }
}

/// A table about to be written.
struct Grid {
    head: Vec<String>,
    rows: Vec<Row>,
    /// Where the text of a cell stands.
    alignment: CellAlignment,
    /// What stands below: the meaning of signs and numbers.
    legend: Vec<String>,
}

/// One control.
struct Row {
    group: String,
    control: String,
    cells: Vec<(String, Style)>,
}

impl Row {
    fn new(control: &ControlInfo, cells: impl Iterator<Item = (String, Style)>) -> Row {
        let control_id = fit(&head(&control.id), CONTROL).into_owned();
        Row { group: fit(&head(&control.group), GROUP).into_owned(), control: control_id, cells: cells.collect() }
    }
}

/// A column for each container, under its name, or under a number if names do not fit or do not tell them apart;
/// `None` if there is no room for that either.
fn by_container(judged: &[Judged], columns: &[Column], room: usize) -> Option<Grid> {
    let names: Vec<String> = columns.iter().map(|column| short(&column.name)).collect();
    let distinct = names.iter().enumerate().all(|(i, name)| !names[..i].contains(name));
    let rows = judged.iter().map(|(i, control, _)| {
        let cell = |column: &Column| match column.verdicts.get(*i).copied().flatten() {
            Some(verdict) => (sign(verdict).0.to_string(), sign(verdict).1),
            None => (String::new(), Style::Plain),
        };
        Row::new(control, columns.iter().map(cell))
    });
    let met = |verdict: &Verdict| {
        judged.iter().any(|(i, ..)| columns.iter().any(|c| c.verdicts.get(*i) == Some(&Some(*verdict))))
    };
    let meaning = |verdict: &Verdict| format!("{} {}", sign(*verdict).0, sign(*verdict).2);
    let legend = VERDICTS.iter().filter(|verdict| met(verdict)).map(meaning).collect();
    let mut grid = Grid { head: names, rows: rows.collect(), alignment: CellAlignment::Left, legend };
    if distinct && grid.fits(room) {
        return Some(grid);
    }
    grid.head = (1..=columns.len()).map(|number| number.to_string()).collect();
    for (i, column) in columns.iter().enumerate() {
        let twice = columns.iter().filter(|other| other.name == column.name).count() > 1;
        let project = if twice { format!(" ({})", column.project) } else { String::new() };
        grid.legend.push(format!("{} {}{project}", i + 1, column.name));
    }
    grid.fits(room).then_some(grid)
}

/// How often each verdict was given.
fn by_count(judged: &[Judged], room: usize) -> Grid {
    let used = |verdict: &&Verdict| judged.iter().any(|(_, _, tally)| of(tally, **verdict) > 0);
    let verdicts: Vec<Verdict> = VERDICTS.iter().filter(used).copied().collect();
    let rows = judged.iter().map(|(_, control, tally)| {
        let cell = |verdict: &Verdict| match of(tally, *verdict) {
            0 => (".".to_string(), Style::Faint),
            number => (number.to_string(), sign(*verdict).1),
        };
        Row::new(control, verdicts.iter().map(cell))
    });
    let words = verdicts.iter().map(|verdict| sign(*verdict).2.to_string());
    let alignment = CellAlignment::Right;
    let mut grid = Grid { head: words.collect(), rows: rows.collect(), alignment, legend: Vec::new() };
    if !grid.fits(room) {
        grid.head = verdicts.iter().map(|verdict| sign(*verdict).0.to_string()).collect();
        grid.legend = verdicts.iter().map(|verdict| format!("{} {}", sign(*verdict).0, sign(*verdict).2)).collect();
    }
    grid
}

/// A container's name for the head of a column: `api` for `api` and for `services/api/Dockerfile`, `m:1 arm64` for
/// `oci:build/m:1 (linux/arm64)`.
fn short(name: &str) -> String {
    if let Some((image, platform)) = name.strip_suffix(')').and_then(|name| name.split_once(" ("))
        && let Some((_, architecture)) = platform.split_once('/')
    {
        let image = image.rsplit(['/', ':']).take(2).collect::<Vec<_>>();
        let image = image.iter().rev().copied().collect::<Vec<_>>().join(":");
        return fit(&head(&format!("{image} {architecture}")), CONTAINER).into_owned();
    }
    let mut parts = name.rsplit('/');
    let last = parts.next().unwrap_or(name);
    let short = if last.eq_ignore_ascii_case("dockerfile") { parts.next().unwrap_or(last) } else { last };
    fit(&head(short), CONTAINER).into_owned()
}

impl Grid {
    /// The width of the group, the control and each further column, gaps not counted.
    fn widths(&self) -> (usize, usize, Vec<usize>) {
        let group = self.rows.iter().map(|row| width(&row.group)).max().unwrap_or(0);
        let control = self.rows.iter().map(|row| width(&row.control)).max().unwrap_or(0);
        let cells = self.head.iter().enumerate().map(|(i, head)| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(i)).map(|cell| width(&cell.0));
            cells.max().unwrap_or(0).max(width(head))
        });
        (group, control, cells.collect())
    }

    fn fits(&self, room: usize) -> bool {
        let (group, control, cells) = self.widths();
        GAP + group + GAP + control + cells.iter().map(|cell| GAP + cell).sum::<usize>() <= room
    }

    fn write(&self, lines: &mut Lines) {
        let (.., widths) = self.widths();
        let mut drawn = self.layout();
        lines.put(Style::Strong, &drawn.next().unwrap_or_default()).end();
        for (row, line) in self.rows.iter().zip(drawn) {
            // All cells hold digits and signs of one column each, so that they can be found from the end.
            let tail: usize = widths.iter().map(|width| width + GAP).sum();
            let split = line.char_indices().rev().nth(tail.saturating_sub(1)).map_or(0, |(i, _)| i);
            let (front, mut rest) = line.split_at(split);
            lines.plain(front);
            for ((_, style), width) in row.cells.iter().zip(&widths) {
                let end = rest.char_indices().nth(width + GAP).map_or(rest.len(), |(i, _)| i);
                lines.put(*style, &rest[..end]);
                rest = &rest[end..];
            }
            lines.end();
        }
        if !self.legend.is_empty() {
            lines.space(GAP);
            for (i, entry) in self.legend.iter().enumerate() {
                let gap = if i == 0 { "" } else { "  " };
                lines.wrap_whole(Style::Faint, &format!("{gap}{entry}"), GAP);
            }
            lines.end();
        }
    }

    /// The lines of the table, each as wide as the others. A group is named once.
    fn layout(&self) -> impl Iterator<Item = String> {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::TableStyle::new());
        let ids = [String::new(), String::new()];
        table.set_header(ids.iter().chain(&self.head));
        let mut group: Option<&str> = None;
        for row in &self.rows {
            let named = if group == Some(&row.group) { "" } else { &row.group };
            group = Some(&row.group);
            table.add_row([named, &row.control].into_iter().chain(row.cells.iter().map(|cell| cell.0.as_str())));
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            let gap = GAP as u16;
            column.set_padding(if i == 0 {
                (gap, gap)
            } else if i == 1 {
                (0, 0)
            } else {
                (gap, 0)
            });
            if i > 1 {
                column.set_cell_alignment(self.alignment);
            }
        }
        table.lines().collect::<Vec<_>>().into_iter()
    }
}

/// Controls that nothing here assesses, never to be mistaken for met.
fn unassessed<'a>(lines: &mut Lines, controls: impl Iterator<Item = &'a ControlInfo>) {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for control in controls {
        let reason = match &control.assessment {
            Assessment::Rules(_) => continue,
            Assessment::Planned => "planned".to_string(),
            Assessment::Manual(why) => format!("manual: {why}"),
            Assessment::Outside(tool) => format!("outside: {tool}"),
        };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(&control.id),
            None => reasons.push((reason, vec![&control.id])),
        }
    }
    let label = "  not assessed: ";
    for (i, (reason, ids)) in reasons.iter().take(UNASSESSED).enumerate() {
        if i == 0 {
            lines.plain(label)
        } else {
            lines.space(label.len())
        };
        lines.wrap(Style::Plain, &few(ids.iter().copied(), 20), label.len());
        lines.wrap(Style::Faint, &format!(" ({reason})"), label.len()).end();
    }
    if reasons.len() > UNASSESSED {
        let more: usize = reasons[UNASSESSED..].iter().map(|(_, ids)| ids.len()).sum();
        lines.space(label.len()).put(Style::Faint, &format!("and {more} more")).end();
    }
}
