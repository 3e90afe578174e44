//! Difference: what makes one image another than an earlier one.
//!
//! Pure: it looks at two images that were read, and says what is known of both. Times of files are not compared: a build
//! changes them all.

pub mod files;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use super::demand::{Judged, Outcome};
use super::inside::{Inside, Weight};
use super::layers::LayerFacts;
use super::settings::Setting;
pub use files::Files;

/// What makes two images different.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What the earlier one weighs.
    pub before: Weight,
    /// What the later one weighs.
    pub after: Weight,
    /// Their layers.
    pub layers: Layers,
    /// The settings that are not the same, in the order of their kinds. Texts may be secrets.
    pub settings: Vec<Changed>,
    /// Their files.
    pub files: Files,
    /// Why there may be more.
    pub unknown: Vec<String>,
}

/// The layers of two images.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// How many each has.
    pub numbers: [usize; 2],
    /// How many of the later one are in the earlier one, too.
    pub shared: usize,
    /// Bytes that these unpack to, as far as they are known.
    pub shared_unpacked: u64,
    /// Those that only the earlier one has, base first.
    pub removed: Vec<LayerOfOne>,
    /// Those that only the later one has, base first.
    pub added: Vec<LayerOfOne>,
}

/// A layer that only one of two images has.
#[derive(Debug, Clone)]
pub struct LayerOfOne {
    /// Its number in its image, from 1.
    pub number: usize,
    /// What is known of it.
    pub facts: LayerFacts,
    /// The instruction that made it. May hold a secret.
    pub instruction: Option<String>,
}

/// A setting that is not the same; nothing stands for one that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub setting: Setting,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

impl Difference {
    /// Compares two images.
    pub fn of(before: &Inside, after: &Inside) -> Difference {
        let about = |side: &str, inside: &Inside| -> Vec<String> {
            inside.unknown().into_iter().map(|why| format!("the {side} image: {why}")).collect()
        };
        let mut unknown = about("earlier", before);
        unknown.extend(about("later", after));
        Difference {
            before: before.weight(),
            after: after.weight(),
            layers: layers(before, after),
            settings: settings(before, after),
            files: Files::of(&before.contents, &after.contents),
            unknown,
        }
    }

    /// Whether nothing was found and nothing is unknown.
    pub fn is_none(&self) -> bool {
        let layers = self.layers.removed.is_empty() && self.layers.added.is_empty();
        layers && self.settings.is_empty() && self.files.number() == 0 && self.unknown.is_empty()
    }

    /// What the process exits with: 1 if a demand is missed, 2 if one is not decided or not everything could be read.
    pub fn exit_code(&self, judged: &[Judged]) -> u8 {
        let any = |outcome| judged.iter().any(|judged| judged.outcome == outcome);
        match () {
            () if any(Outcome::Missed) => 1,
            () if any(Outcome::Unknown) || !self.unknown.is_empty() => 2,
            () => 0,
        }
    }
}

fn settings(before: &Inside, after: &Inside) -> Vec<Changed> {
    let (before, after) = (&before.settings, &after.settings);
    let names: BTreeSet<&Setting> = before.all.keys().chain(after.all.keys()).collect();
    let known = names.into_iter().filter(|setting| before.knows(setting.kind) && after.knows(setting.kind));
    let changed = known.map(|setting| Changed {
        setting: setting.clone(),
        before: before.all.get(setting).cloned(),
        after: after.all.get(setting).cloned(),
    });
    changed.filter(|changed| changed.before != changed.after).collect()
}

/// Layers are the same if they unpack to the same bytes.
fn layers(before: &Inside, after: &Inside) -> Layers {
    let [old, new] = [before, after].map(|inside| inside.contents.layers());
    let mut left: HashMap<&str, usize> = HashMap::new();
    for layer in old {
        if let Some(id) = &layer.diff_id {
            *left.entry(id.as_str()).or_default() += 1;
        }
    }
    let mut layers = Layers { numbers: [old.len(), new.len()], ..Layers::default() };
    let one = |inside: &Inside, index: usize| LayerOfOne {
        number: index + 1,
        facts: inside.contents.layers()[index].clone(),
        instruction: inside.instruction(index),
    };
    for (index, layer) in new.iter().enumerate() {
        match layer.diff_id.as_ref().and_then(|id| left.get_mut(id.as_str())).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                layers.shared += 1;
                layers.shared_unpacked += layer.unpacked.unwrap_or(0);
            }
            None => layers.added.push(one(after, index)),
        }
    }
    // Of layers that the earlier image has several times, the last ones are those that went.
    let rest = old.iter().enumerate().rev().filter(|(_, layer)| match &layer.diff_id {
        None => true,
        Some(id) => left.get_mut(id.as_str()).filter(|left| **left > 0).is_some_and(|left| {
            *left -= 1;
            true
        }),
    });
    layers.removed = rest.map(|(index, _)| one(before, index)).collect();
    layers.removed.reverse();
    layers
}
