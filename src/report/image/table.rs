//! Difference of two images, as a table.

use std::io;

use super::text::{self, bytes, change, left, percent, right};
use crate::image::demand::{Judged, Outcome};
use crate::image::diff::files::{Aspect, FileChange, FileFacts, Folder, Tally};
use crate::image::diff::{Changed, Difference};
use crate::image::inside::{Inside, Weight};
use crate::report::table::{count, heading};
use crate::terminal::{Lines, Style, clean, fit, width};

/// Columns of an amount, and of a word in front of a line.
const AMOUNT: usize = 10;
const LABEL: usize = 11;
/// Layers, settings and folders that the table shows.
const ROWS: usize = 20;
const SETTINGS: usize = 50;
const FOLDERS: usize = 10;
/// Columns of the text of a setting.
const TEXT: usize = 120;

/// Writes a difference for a person, with so many files at most.
///
/// # Errors
/// What writing meets.
pub fn write(
    mut out: &mut dyn io::Write,
    [before, after]: [&Inside; 2],
    difference: &Difference,
    judged: &[Judged],
    (files, color, columns): (usize, bool, usize),
) -> io::Result<()> {
    let mut lines = Lines::new(color, columns);
    for (word, inside) in [("before", before), ("after", after)] {
        left(&mut lines, Style::Strong, word, LABEL);
        lines.plain(&inside.image.label);
        lines.put(Style::Faint, &format!("  {}", inside.image.id.short())).end();
    }
    sizes(&mut lines, difference);
    layers(&mut lines, difference);
    settings(&mut lines, &difference.settings);
    folders(&mut lines, &difference.files.folders);
    changes(&mut lines, difference, files);
    if !difference.unknown.is_empty() {
        lines.end();
        heading(&mut lines, "not known", "");
        for why in &difference.unknown {
            lines.put(Style::Warning, "? ").wrap(Style::Plain, why, 2).end();
        }
    }
    closing(&mut lines, difference, judged);
    lines.write_to(&mut out)
}

fn sizes(lines: &mut Lines, difference: &Difference) {
    let (before, after) = (&difference.before, &difference.after);
    lines.end();
    heading(lines, "size", "");
    lines.space(LABEL);
    ["before", "after", "change"].iter().for_each(|head| right(lines, Style::Strong, head, AMOUNT + 2));
    lines.end();
    let row = |lines: &mut Lines, word: &str, of: fn(&Weight) -> u64| {
        let [before, after] = [before, after].map(|weight| weight.whole.then(|| of(weight)));
        row(lines, word, before, after);
    };
    row(lines, "unpacked", |weight| weight.unpacked);
    self::row(lines, "stored", before.stored, after.stored);
    row(lines, "files", |weight| weight.files);
    row(lines, "buried", |weight| weight.buried);
}

fn row(lines: &mut Lines, word: &str, before: Option<u64>, after: Option<u64>) {
    left(lines, Style::Plain, word, LABEL);
    for amount in [before, after] {
        right(lines, Style::Plain, &amount.map_or("?".to_string(), bytes), AMOUNT + 2);
    }
    if let (Some(before), Some(after)) = (before, after) {
        right(lines, style(before, after), &change(before, after), AMOUNT + 2);
        if let Some(percent) = percent(before, after).filter(|percent| *percent != 0.0) {
            lines.put(Style::Faint, &format!("  {percent:+.1} %"));
        }
    }
    lines.end();
}

/// Less is better.
fn style(before: u64, after: u64) -> Style {
    match before.cmp(&after) {
        std::cmp::Ordering::Less => Style::Warning,
        std::cmp::Ordering::Equal => Style::Plain,
        std::cmp::Ordering::Greater => Style::Good,
    }
}

fn layers(lines: &mut Lines, difference: &Difference) {
    let layers = &difference.layers;
    if layers.removed.is_empty() && layers.added.is_empty() {
        return;
    }
    lines.end();
    let [before, after] = layers.numbers;
    let shared = format!("{} shared ({})", layers.shared, bytes(layers.shared_unpacked));
    heading(lines, "layers", &format!("{before} before, {after} after, {shared}"));
    for (sign, style, side) in [("-", Style::Good, &layers.removed), ("+", Style::Warning, &layers.added)] {
        for layer in side.iter().take(ROWS) {
            lines.put(style, sign);
            right(lines, Style::Plain, &format!("{}", layer.number), 4);
            right(lines, Style::Plain, &layer.facts.unpacked.map_or("?".to_string(), bytes), AMOUNT + 1);
            lines.space(2);
            let made = text::instruction(layer.instruction.as_deref());
            let columns = lines.left().max(20);
            left(lines, Style::Plain, made.as_deref().unwrap_or("(the history does not say what made it)"), columns);
            lines.end();
        }
        more(lines, side.len(), ROWS, "layer");
    }
}

fn more(lines: &mut Lines, number: usize, shown: usize, noun: &str) {
    if let Some(rest) = number.checked_sub(shown).filter(|rest| *rest > 0) {
        lines.put(Style::Faint, &format!("  and {} more", count(rest, noun))).end();
    }
}

fn settings(lines: &mut Lines, changes: &[Changed]) {
    if changes.is_empty() {
        return;
    }
    lines.end();
    heading(lines, "settings", "");
    let names = changes.iter().take(SETTINGS).map(|changed| width(&clean(&changed.setting.to_string())));
    let columns = names.max().unwrap_or(0).min(32);
    for changed in changes.iter().take(SETTINGS) {
        let told = |text: &Option<String>| {
            let text = text.as_ref().map(|text| text::setting(&changed.setting, text));
            text.map(|text| fit(&clean(&text), TEXT).into_owned())
        };
        let (before, after) = (told(&changed.before), told(&changed.after));
        let (sign, style, text) = match (&before, &after) {
            (Some(before), Some(after)) if before == after => ("~", Style::Note, format!("{before}, changed")),
            (Some(before), Some(after)) => ("~", Style::Note, format!("{before} -> {after}")),
            (Some(before), None) => ("-", Style::Warning, before.clone()),
            (None, Some(after)) => ("+", Style::Good, after.clone()),
            (None, None) => continue,
        };
        lines.put(style, sign).space(1);
        left(lines, Style::Plain, &changed.setting.to_string(), columns);
        lines.space(2).wrap(Style::Plain, &text, columns + 4).end();
    }
    more(lines, changes.len(), SETTINGS, "setting");
}

fn folders(lines: &mut Lines, folders: &[Folder]) {
    if folders.is_empty() {
        return;
    }
    lines.end();
    heading(lines, "folders", "where the bytes of files went");
    for folder in folders.iter().take(FOLDERS) {
        for amount in [folder.before, folder.after] {
            right(lines, Style::Plain, &bytes(amount), AMOUNT);
        }
        right(lines, style(folder.before, folder.after), &change(folder.before, folder.after), AMOUNT + 2);
        lines.space(2);
        let columns = lines.left().max(20);
        text::path(lines, Style::Plain, &folder.path, columns);
        lines.end();
    }
    more(lines, folders.len(), FOLDERS, "folder");
}

fn changes(lines: &mut Lines, difference: &Difference, most: usize) {
    let files = &difference.files;
    if files.number() == 0 {
        return;
    }
    lines.end();
    let tallies = [("added", files.added), ("removed", files.removed), ("changed", files.changed)];
    let doubtful = ("that may differ", files.doubtful);
    let told = tallies.iter().chain([&doubtful]).filter(|(_, tally)| tally.number > 0);
    let told: Vec<String> = told.map(|(word, tally)| sum(word, tally)).collect();
    heading(lines, "files", &told.join(", "));
    for change in files.changes.iter().take(most) {
        file(lines, change);
    }
    let rest = files.number().saturating_sub(most.min(files.changes.len()));
    if rest > 0 {
        let where_else = if most == 0 { "`--files 20` shows the heaviest" } else { "`--format json` has more of them" };
        lines.put(Style::Faint, &format!("  and {} more; {where_else}", count(rest, "change"))).end();
    }
}

fn sum(word: &str, tally: &Tally) -> String {
    format!("{} {word} ({})", tally.number, bytes(tally.bytes))
}

fn file(lines: &mut Lines, change: &FileChange) {
    let (sign, style) = match (&change.before, &change.after) {
        _ if !change.certain => ("?", Style::Warning),
        (Some(_), Some(_)) => ("~", Style::Note),
        (Some(_), None) => ("-", Style::Good),
        _ => ("+", Style::Warning),
    };
    let size = |facts: &Option<FileFacts>| facts.as_ref().map_or(0, |facts| facts.size);
    lines.put(style, sign);
    right(lines, Style::Plain, &text::change(size(&change.before), size(&change.after)), AMOUNT + 1);
    let how: Vec<String> = change.changed.iter().map(|aspect| detail(change, *aspect)).collect();
    let how = if how.is_empty() { String::new() } else { format!("  {}", how.join(", ")) };
    lines.space(2);
    let columns = lines.left().saturating_sub(width(&how)).max(20);
    text::path(lines, Style::Plain, &change.path, columns);
    lines.put(Style::Faint, &how).end();
}

fn detail(change: &FileChange, aspect: Aspect) -> String {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return aspect.word().to_string() };
    match aspect {
        Aspect::Kind => format!("{} -> {}", before.kind, after.kind),
        Aspect::Mode => format!("mode {} -> {}", before.mode, after.mode),
        Aspect::Owner => format!("owner {}:{} -> {}:{}", before.uid, before.gid, after.uid, after.gid),
        aspect => aspect.word().to_string(),
    }
}

fn closing(lines: &mut Lines, difference: &Difference, judged: &[Judged]) {
    lines.end();
    for judged in judged {
        let (sign, style, word) = match judged.outcome {
            Outcome::Met => ("✓", Style::Good, "met"),
            Outcome::Missed => ("✗", Style::Error, "missed"),
            Outcome::Unknown => ("?", Style::Warning, "not decided"),
        };
        left(lines, Style::Plain, "required", LABEL);
        lines.plain(&judged.demand.to_string());
        lines.plain(&judged.decided).plain(": ").put(style, &format!("{sign} {word}")).end();
    }
    let code = difference.exit_code(judged);
    let (style, word, why) = match code {
        1 => (Style::Error, "failed", "the later image weighs more than it may"),
        2 if difference.unknown.is_empty() => {
            (Style::Error, "failed", "the earlier image has no bytes to compare with")
        }
        2 => (Style::Error, "failed", "not everything could be read"),
        _ if difference.is_none() => (Style::Good, "passed", "there is no difference"),
        _ if judged.is_empty() => (Style::Good, "passed", "nothing was required"),
        _ => (Style::Good, "passed", "what was required is met"),
    };
    left(lines, style, word, LABEL);
    lines.plain(&format!("{why} (exit code {code})")).end();
}
