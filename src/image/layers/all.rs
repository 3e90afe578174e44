//! All layers of an image, several at a time, and what they make together.

use std::collections::HashMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::limits::Budget;
use super::merge::Merged;
use super::read::read_within;
use super::{Contents, Keep, LayerFacts, LayerFiles, Limits};
use crate::image::digest::Digest;
use crate::image::{Blobs, Image, ImageError, Layer, OpenLayer, VisitLayers};

/// Reads all layers of an image. `empty` says of each entry of the configuration's history whether it made no layer.
///
/// What cannot be read is among the problems of the contents, and known to be unknown.
pub fn read_all(image: &Image, keep: &Keep<'_>, limits: &Limits, empty: &[bool]) -> Contents {
    let budget = Budget::new(limits);
    let all = All { layers: &image.layers, keep, budget: &budget, read: slots(image.layers.len()) };
    let failed = match &image.blobs {
        Blobs::Apart(open) => all.apart(open.as_ref()),
        Blobs::Together(visit) => all.together(visit.as_ref()),
    };
    let mut problems: Vec<ImageError> = failed.into_iter().collect();
    let files = all.finish();
    let history = history(empty, files.len());
    let mut layers = Vec::new();
    for (index, files) in files.iter().enumerate() {
        let layer = &image.layers[index];
        let name = name(index, layer);
        let refused = files.problems.iter().map(|what| {
            ImageError::new(format!("{name}: {what}"), "engines refuse or read it differently; build the layer again")
        });
        problems.extend(refused);
        let stopped = files.stopped.as_ref();
        problems.extend(stopped.map(|why| ImageError::new(format!("{name}: {}", why.what), why.help.clone())));
        layers.push(LayerFacts {
            digest: layer.digest.clone(),
            diff_id: layer.diff_id.clone(),
            stored: layer.size.or((files.stored > 0).then_some(files.stored)),
            unpacked: stopped.is_none().then_some(files.unpacked),
            history: history.as_ref().map(|history| history[index]),
            unread: stopped.map(|why| format!("{name}: {}", why.what)),
        });
    }
    let merged = merge(&files, &mut layers, limits, &mut problems);
    Contents { layers, files, merged, problems }
}

/// What messages call a layer.
fn name(index: usize, layer: &Layer) -> String {
    let digest = layer.digest.as_ref().or(layer.diff_id.as_ref());
    let digest = digest.map(|digest| format!(" ({})", digest.short())).unwrap_or_default();
    format!("layer {}{digest}", index + 1)
}

/// The entry of the history of each layer, if there are as many entries that made one as there are layers.
fn history(empty: &[bool], layers: usize) -> Option<Vec<usize>> {
    let made: Vec<usize> = empty.iter().enumerate().filter(|(_, empty)| !**empty).map(|(index, _)| index).collect();
    (made.len() == layers).then_some(made)
}

/// Merges the layers; if they are too much together, nothing is known.
fn merge(
    files: &[Arc<LayerFiles>],
    layers: &mut [LayerFacts],
    limits: &Limits,
    problems: &mut Vec<ImageError>,
) -> Merged {
    let unread: Vec<bool> = files.iter().map(|files| files.stopped.is_some()).collect();
    let records: u64 = files.iter().map(|files| files.records.len() as u64).sum();
    let merged = if records <= limits.entries { Merged::of(files, &unread, limits.entries) } else { None };
    merged.unwrap_or_else(|| {
        let what = format!("the image has more than {} files and folders", limits.entries);
        problems.push(ImageError::new(what.clone(), "what is in it is not examined; make the image smaller"));
        if let Some(last) = layers.last_mut() {
            last.unread = Some(what);
        }
        Merged { unread: super::merge::end_of(layers.len().saturating_sub(1)), ..Merged::default() }
    })
}

/// A place for each layer to be put when it was read.
type Slot = Mutex<Option<Arc<LayerFiles>>>;

fn slots(layers: usize) -> Vec<Slot> {
    (0..layers).map(|_| Mutex::new(None)).collect()
}

struct All<'a> {
    layers: &'a [Layer],
    keep: &'a Keep<'a>,
    budget: &'a Budget<'a>,
    read: Vec<Slot>,
}

impl All<'_> {
    /// Why a layer is not even tried.
    fn missing(&self, index: usize) -> Option<ImageError> {
        if index >= self.budget.limits.layers {
            let what = format!("the image has more than {} layers", self.budget.limits.layers);
            return Some(ImageError::new(what, "no engine runs such an image; build it with fewer"));
        }
        let why = self.layers[index].missing.as_ref()?;
        Some(ImageError::new(why.clone(), "give the image with all its layers"))
    }

    fn put(&self, index: usize, files: Arc<LayerFiles>) {
        if let Some(slot) = self.read.get(index)
            && let Ok(mut slot) = slot.lock()
        {
            *slot = Some(files);
        }
    }

    /// Reads one layer. Decoders are other people's code: one that panics costs this layer and no more.
    fn one(&self, stored: &mut dyn Read, layer: &Layer) -> Arc<LayerFiles> {
        let read = catch_unwind(AssertUnwindSafe(|| read_within(stored, layer, self.keep, self.budget)));
        let failed =
            |_| Err(ImageError::new("reading it failed inside plimsoll", "report this, with the image if you can"));
        Arc::new(read.unwrap_or_else(failed).unwrap_or_else(LayerFiles::unread))
    }

    /// Reads each layer once, the largest first, on as many threads as there are.
    fn apart(&self, open: &OpenLayer) -> Option<ImageError> {
        type Same<'l> = (Option<&'l Digest>, Option<&'l Digest>, usize);
        let mut unique: HashMap<Same<'_>, Vec<usize>> = HashMap::new();
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(error) = self.missing(index) {
                self.put(index, Arc::new(LayerFiles::unread(error)));
                continue;
            }
            let (digest, diff_id) = (layer.digest.as_ref(), layer.diff_id.as_ref());
            let alone = if digest.is_none() && diff_id.is_none() { index } else { usize::MAX };
            unique.entry((digest, diff_id, alone)).or_default().push(index);
        }
        let mut work: Vec<Vec<usize>> = unique.into_values().collect();
        work.sort_by_key(|indexes| (std::cmp::Reverse(self.layers[indexes[0]].size), indexes[0]));
        let threads = work.len().min(rayon::current_num_threads()).min(self.budget.limits.at_once.max(1));
        let next = AtomicUsize::new(0);
        rayon::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|_| {
                    while let Some(indexes) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let layer = &self.layers[indexes[0]];
                        let files = match open(indexes[0]) {
                            Ok(mut stored) => self.one(&mut stored, layer),
                            Err(error) => Arc::new(LayerFiles::unread(error)),
                        };
                        indexes.iter().for_each(|index| self.put(*index, files.clone()));
                    }
                });
            }
        });
        None
    }

    /// Reads the layers as they come.
    fn together(&self, visit: &VisitLayers) -> Option<ImageError> {
        let visited = visit(&mut |indexes: &[usize], stored| {
            let mut known = indexes.iter().copied().filter(|index| *index < self.layers.len());
            let Some(first) = known.find(|index| self.missing(*index).is_none()) else { return };
            let layer = &self.layers[first];
            let files = self.one(stored, layer);
            for index in indexes.iter().copied().filter(|index| *index < self.layers.len()) {
                let other = &self.layers[index];
                let same = other.digest == layer.digest && other.diff_id == layer.diff_id;
                let files = match self.missing(index) {
                    Some(error) => Arc::new(LayerFiles::unread(error)),
                    None if same => files.clone(),
                    None => Arc::new(LayerFiles::unread(contradiction(first))),
                };
                self.put(index, files);
            }
        });
        visited.err()
    }

    /// The layers; those that never came could not be read.
    fn finish(self) -> Vec<Arc<LayerFiles>> {
        let never = |index: usize| {
            let why = ImageError::new("it is not among the layers of the image", "save or pull the image again");
            Arc::new(LayerFiles::unread(
                self.layers[index]
                    .missing
                    .clone()
                    .map_or(why, |missing| ImageError::new(missing, "give the image with all its layers")),
            ))
        };
        let read = self.read.iter().enumerate();
        read.map(|(index, slot)| slot.lock().ok().and_then(|mut slot| slot.take()).unwrap_or_else(|| never(index)))
            .collect()
    }
}

fn contradiction(first: usize) -> ImageError {
    let what = format!("it is stored as the same file as layer {}, and has another digest", first + 1);
    ImageError::new(what, "the image was damaged or changed; get it again")
}
