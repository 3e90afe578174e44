//! What an image holds, as a table and as JSON.

use std::io;

use serde::Serialize;

use super::json::{Layer, Size};
use super::text::{self, TOOL, Tool, bytes, left, right};
use crate::image::diff::LayerOfOne;
use crate::image::inside::Inside;
use crate::image::layers::Entry;
use crate::report::harmless;
use crate::report::table::heading;
use crate::terminal::{Lines, Style, clean, fit, width};

/// Version of the shape of the document.
const SCHEMA_VERSION: u32 = 1;
/// Columns of an amount, and of a word in front of a line.
const AMOUNT: usize = 10;
const LABEL: usize = 11;
/// Columns of the text of a setting.
const TEXT: usize = 240;
/// Settings that the table shows.
const SETTINGS: usize = 100;

/// The largest files of an image.
fn largest(inside: &Inside, most: usize) -> Vec<Entry<'_>> {
    let mut files: Vec<Entry<'_>> = Vec::new();
    let heavier = |files: &mut Vec<Entry<'_>>| {
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        files.truncate(most);
    };
    for file in inside.contents.iter().filter(|entry| entry.is_file() && entry.hard_link.is_none()) {
        files.push(file);
        if files.len() > 2 * most + 1000 {
            heavier(&mut files);
        }
    }
    heavier(&mut files);
    files
}

fn layers(inside: &Inside) -> impl Iterator<Item = LayerOfOne> {
    inside.contents.layers().iter().enumerate().map(|(index, facts)| LayerOfOne {
        number: index + 1,
        facts: facts.clone(),
        instruction: inside.instruction(index),
    })
}

/// Writes what an image holds for a person, with so many files at most.
///
/// # Errors
/// What writing meets.
pub fn table(
    mut out: &mut dyn io::Write,
    inside: &Inside,
    (files, color, columns): (usize, bool, usize),
) -> io::Result<()> {
    let mut lines = Lines::new(color, columns);
    let weight = inside.weight();
    let fact = |lines: &mut Lines, word: &str, text: &str| {
        left(lines, Style::Strong, word, LABEL);
        lines.wrap(Style::Plain, text, LABEL).end();
    };
    fact(&mut lines, "image", &inside.image.label);
    fact(&mut lines, "id", inside.image.id.as_str());
    if let Some(platform) = &inside.image.platform {
        fact(&mut lines, "platform", &platform.to_string());
    }
    let stored = weight.stored.map_or_else(|| "unknown".to_string(), bytes);
    let unpacked = if weight.whole { bytes(weight.unpacked) } else { "unknown".to_string() };
    fact(&mut lines, "size", &format!("{unpacked} unpacked, {stored} stored"));
    let buried = if weight.buried > 0 { format!("; {} more are buried", bytes(weight.buried)) } else { String::new() };
    fact(&mut lines, "files", &format!("{} with {}{buried}", weight.number, bytes(weight.files)));
    settings(&mut lines, inside);
    lines.end();
    heading(&mut lines, "layers", "");
    for (word, columns) in [("stored", 4 + AMOUNT), ("unpacked", AMOUNT + 1)] {
        right(&mut lines, Style::Strong, word, columns);
    }
    lines.space(2).put(Style::Strong, "made by").end();
    for layer in layers(inside) {
        right(&mut lines, Style::Plain, &layer.number.to_string(), 3);
        for amount in [layer.facts.stored, layer.facts.unpacked] {
            right(&mut lines, Style::Plain, &amount.map_or("?".to_string(), bytes), AMOUNT + 1);
        }
        lines.space(2);
        let made = text::instruction(layer.instruction.as_deref());
        let columns = lines.left().max(20);
        left(&mut lines, Style::Plain, made.as_deref().unwrap_or("(the history does not say)"), columns);
        lines.end();
    }
    let largest = largest(inside, files);
    if !largest.is_empty() {
        lines.end();
        heading(&mut lines, "largest files", "");
    }
    for file in largest {
        right(&mut lines, Style::Plain, &bytes(file.size), AMOUNT + 4);
        lines.put(Style::Faint, &format!("  layer {}  ", file.layer + 1));
        let columns = lines.left().max(20);
        text::path(&mut lines, Style::Plain, &format!("/{}", file.path), columns);
        lines.end();
    }
    unknown(&mut lines, inside);
    lines.write_to(&mut out)
}

fn settings(lines: &mut Lines, inside: &Inside) {
    lines.end();
    heading(lines, "settings", "");
    let all = &inside.settings.all;
    let columns =
        all.keys().take(SETTINGS).map(|setting| width(&clean(&setting.to_string()))).max().unwrap_or(0).min(32);
    for (setting, text) in all.iter().take(SETTINGS) {
        left(lines, Style::Plain, &setting.to_string(), columns);
        let told = text::setting(setting, text);
        lines.space(2).wrap(Style::Plain, &fit(&clean(&told), TEXT), columns + 2).end();
    }
    if all.len() > SETTINGS {
        lines.put(Style::Faint, &format!("and {} more", all.len() - SETTINGS)).end();
    }
}

fn unknown(lines: &mut Lines, inside: &Inside) {
    let unknown = inside.unknown();
    if unknown.is_empty() {
        return;
    }
    lines.end();
    heading(lines, "not known", "");
    for why in unknown {
        lines.put(Style::Warning, "? ").wrap(Style::Plain, &why, 2).end();
    }
}

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'i> {
    schema_version: u32,
    tool: Tool,
    image: &'i str,
    names: &'i [String],
    id: &'i str,
    manifest: Option<&'i str>,
    platform: Option<String>,
    size: Size,
    settings: Vec<Setting<'i>>,
    layers: Vec<Layer>,
    largest_files: Vec<File>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
struct Setting<'i> {
    kind: &'static str,
    name: &'i str,
    value: String,
}

#[derive(Serialize)]
struct File {
    path: String,
    size: u64,
    mode: String,
    uid: u32,
    gid: u32,
    layer: usize,
}

/// Writes what an image holds for a program, with so many files at most.
///
/// # Errors
/// What writing meets.
pub fn json(out: &mut dyn io::Write, inside: &Inside, files: usize) -> io::Result<()> {
    let image = &inside.image;
    let file = |file: Entry<'_>| File {
        path: format!("/{}", file.path),
        size: file.size,
        mode: format!("{:04o}", file.mode),
        uid: file.uid,
        gid: file.gid,
        layer: file.layer + 1,
    };
    let settings = inside.settings.all.iter().map(|(setting, text)| Setting {
        kind: setting.kind.word(),
        name: &setting.name,
        value: text::setting(setting, text),
    });
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        image: &image.label,
        names: &image.names,
        id: image.id.as_str(),
        manifest: image.manifest.as_ref().map(|digest| digest.as_str()),
        platform: image.platform.as_ref().map(ToString::to_string),
        size: Size::of(&inside.weight()),
        settings: settings.collect(),
        layers: layers(inside).map(|layer| Layer::of(&layer)).collect(),
        largest_files: largest(inside, files).into_iter().map(file).collect(),
        unknown: inside.unknown(),
    };
    let json = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", harmless::escaped(&json))
}
