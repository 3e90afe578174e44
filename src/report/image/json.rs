//! Difference of two images, as JSON.

use std::io;

use serde::Serialize;

use super::text::{self, TOOL, Tool};
use crate::image::demand::{Judged, Outcome};
use crate::image::diff::files::{FileChange, Folder, Tally};
use crate::image::diff::{Changed, Difference, LayerOfOne};
use crate::image::inside::{Inside, Weight};
use crate::report::harmless;

/// Version of the shape of the document.
const SCHEMA_VERSION: u32 = 1;

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'d> {
    schema_version: u32,
    tool: Tool,
    before: Side<'d>,
    after: Side<'d>,
    layers: Layers,
    settings: Vec<Setting>,
    folders: &'d [Folder],
    files: Files<'d>,
    required: Vec<Required>,
    unknown: &'d [String],
    exit_code: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Side<'d> {
    image: &'d str,
    id: &'d str,
    size: Size,
}

/// Bytes of an image; `null` is not known.
#[derive(Serialize)]
pub(super) struct Size {
    unpacked: Option<u64>,
    stored: Option<u64>,
    files: Option<u64>,
    buried: Option<u64>,
}

impl Size {
    pub(super) fn of(weight: &Weight) -> Size {
        let whole = |amount: u64| weight.whole.then_some(amount);
        let Weight { unpacked, stored, files, buried, .. } = *weight;
        Size { unpacked: whole(unpacked), stored, files: whole(files), buried: whole(buried) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layers {
    before: usize,
    after: usize,
    shared: usize,
    shared_unpacked: u64,
    removed: Vec<Layer>,
    added: Vec<Layer>,
}

/// A layer; `null` is not known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Layer {
    number: usize,
    digest: Option<String>,
    diff_id: Option<String>,
    stored: Option<u64>,
    unpacked: Option<u64>,
    instruction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<String>,
}

impl Layer {
    pub(super) fn of(layer: &LayerOfOne) -> Layer {
        let facts = &layer.facts;
        Layer {
            number: layer.number,
            digest: facts.digest.as_ref().map(ToString::to_string),
            diff_id: facts.diff_id.as_ref().map(ToString::to_string),
            stored: facts.stored,
            unpacked: facts.unpacked,
            instruction: text::instruction(layer.instruction.as_deref()),
            unread: facts.unread.clone(),
        }
    }
}

#[derive(Serialize)]
struct Setting {
    kind: &'static str,
    name: String,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct Files<'d> {
    added: Tally,
    removed: Tally,
    changed: Tally,
    doubtful: Tally,
    changes: &'d [FileChange],
    omitted: usize,
}

#[derive(Serialize)]
struct Required {
    what: String,
    outcome: Outcome,
}

/// Writes a difference for a program.
///
/// # Errors
/// What writing meets.
pub fn write(
    out: &mut dyn io::Write,
    [before, after]: [&Inside; 2],
    difference: &Difference,
    judged: &[Judged],
) -> io::Result<()> {
    fn side<'d>(inside: &'d Inside, weight: &Weight) -> Side<'d> {
        Side { image: &inside.image.label, id: inside.image.id.as_str(), size: Size::of(weight) }
    }
    let (layers, files) = (&difference.layers, &difference.files);
    let setting = |changed: &Changed| {
        let told = |text: &Option<String>| text.as_ref().map(|text| text::setting(&changed.setting, text));
        Setting {
            kind: changed.setting.kind.word(),
            name: changed.setting.name.clone(),
            before: told(&changed.before),
            after: told(&changed.after),
        }
    };
    let required =
        |judged: &Judged| Required { what: format!("{}{}", judged.demand, judged.decided), outcome: judged.outcome };
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        before: side(before, &difference.before),
        after: side(after, &difference.after),
        layers: Layers {
            before: layers.numbers[0],
            after: layers.numbers[1],
            shared: layers.shared,
            shared_unpacked: layers.shared_unpacked,
            removed: layers.removed.iter().map(Layer::of).collect(),
            added: layers.added.iter().map(Layer::of).collect(),
        },
        settings: difference.settings.iter().map(setting).collect(),
        folders: &files.folders,
        files: Files {
            added: files.added,
            removed: files.removed,
            changed: files.changed,
            doubtful: files.doubtful,
            changes: &files.changes,
            omitted: files.omitted,
        },
        required: judged.iter().map(required).collect(),
        unknown: &difference.unknown,
        exit_code: difference.exit_code(judged),
    };
    let json = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", harmless::escaped(&json))
}
