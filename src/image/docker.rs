//! Docker archive: what `docker save` and its likes write, `manifest.json` with the files that it names.
//!
//! Up to Docker 24 configurations are `HEX.json` and layers `ID/layer.tar`; since 25 both are blobs of an OCI layout that
//! lies in the same tree. Podman, kaniko, Bazel and skopeo choose names of their own. `manifest.json` decides; the layout,
//! where there is one, adds the digest and the annotations of the manifest, and has to tell of the same images.

use serde::Deserialize;

use super::digest::Digest;
use super::manifest::{self, MANIFEST_LIMIT, not_json};
use super::resolve::{self, Found, MOST_CONFIG_BYTES, Wanted, few_enough, listed, same_count};
use super::tree::Tree;
use super::{Image, ImageError, Layer, config, layout};
use crate::container::reference::Reference;

const MANIFEST: &str = "manifest.json";

/// One image of `manifest.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

/// Opens the images of an archive, the one with this tag if there is one.
///
/// # Errors
/// If there is no `manifest.json`, something that it names is damaged, or nothing is as wanted.
pub fn open(tree: &dyn Tree, tag: Option<&str>, wanted: &Wanted, label: &str) -> Result<Vec<Image>, ImageError> {
    let mut entries = entries(tree)?;
    if let Some(tag) = tag {
        entries = choose(entries, tag, label)?;
    }
    few_enough(entries.len(), &format!("`{label}`"))?;
    let beside = beside(tree, label)?;
    let (mut found, mut paths, mut bytes) = (Vec::new(), Vec::new(), 0);
    for entry in entries {
        let image = image(tree, &entry, &beside)?;
        bytes += image.config.len();
        if bytes > MOST_CONFIG_BYTES {
            return Err(manifest::too_long(&format!("the configurations of `{label}`"), MOST_CONFIG_BYTES));
        }
        paths.push((image.id.clone(), image.names.clone(), entry.layers.unwrap_or_default()));
        found.push(image);
    }
    let found = resolve::settle(found, wanted, &format!("`{label}`"))?;
    let labels = super::open::labels(&found, label, tag.is_some());
    let image = |(found, label): (Found, String)| {
        let own = paths.iter().find(|(id, names, _)| *id == found.id && *names == found.names);
        let layers = own.map(|(_, _, layers)| layers.as_slice()).unwrap_or_default();
        let present = layers.iter().zip(&found.layers);
        let names = present.map(|(path, layer)| layer.missing.is_none().then(|| tidy(path)).transpose());
        let blobs = tree.blobs(names.collect::<Result<_, _>>()?)?;
        Ok(found.image(&label, blobs))
    };
    found.into_iter().zip(labels).map(image).collect()
}

fn entries(tree: &dyn Tree) -> Result<Vec<Entry>, ImageError> {
    let name = format!("`{MANIFEST}` of `{}`", tree.label());
    let Some(bytes) = tree.read(MANIFEST, MANIFEST_LIMIT)? else {
        let old = tree.size("repositories")?.is_some();
        let help = if old {
            "it was written by Docker before 1.10: save the image again"
        } else {
            "give what `docker save` or `podman save` wrote; an OCI archive is given as `oci-archive:`"
        };
        return Err(ImageError::new(format!("{name} is not there"), help));
    };
    serde_json::from_slice(&bytes).map_err(|error| not_json(&name, &error))
}

/// Keeps the images that a tag means. `@1` means the second image, as it does for skopeo.
fn choose(entries: Vec<Entry>, tag: &str, label: &str) -> Result<Vec<Entry>, ImageError> {
    let place = tag.strip_prefix('@').and_then(|digits| digits.parse::<usize>().ok());
    let wanted = Reference::parse(tag).ok();
    let same = |have: &String| {
        let parsed = || Reference::parse(have).ok();
        let full = |reference: &Reference| {
            (reference.domain.clone(), reference.path.clone(), reference.effective_tag().map(str::to_string))
        };
        have == tag || wanted.as_ref().is_some_and(|wanted| parsed().is_some_and(|have| full(&have) == full(wanted)))
    };
    let meant = |(index, entry): &(usize, Entry)| {
        place == Some(*index) || entry.repo_tags.iter().flatten().any(|have| same(have))
    };
    let (right, others): (Vec<_>, Vec<_>) = entries.into_iter().enumerate().partition(meant);
    if right.is_empty() {
        let tags: Vec<String> = others.into_iter().flat_map(|(_, entry)| entry.repo_tags.unwrap_or_default()).collect();
        let (what, help) = if tags.is_empty() {
            ("the images in it have no tags".to_string(), "leave the tag away, or give `@0` for the first image")
        } else {
            (format!("there is {}", listed(tags.into_iter())), "give one of these tags")
        };
        return Err(ImageError::new(format!("`{label}` has no image of that name; {what}"), help));
    }
    Ok(right.into_iter().map(|(_, entry)| entry).collect())
}

/// The images of the layout in the same tree. One that cannot be read adds nothing, as all that is judged is read and
/// checked without it.
fn beside(tree: &dyn Tree, label: &str) -> Result<Vec<Found>, ImageError> {
    let there = tree.size("oci-layout")?.is_some() && tree.size("index.json")?.is_some();
    if !there {
        return Ok(Vec::new());
    }
    Ok(layout::find(tree, None, &Wanted::default(), label).unwrap_or_default())
}

fn image(tree: &dyn Tree, entry: &Entry, beside: &[Found]) -> Result<Found, ImageError> {
    let path = tidy(&entry.config)?;
    let name = format!("configuration `{}` of `{}`", manifest::shorten(&path), tree.label());
    let bytes = tree.read(&path, manifest::CONFIG_LIMIT)?.ok_or_else(|| {
        ImageError::new(format!("{name} is not there"), "the archive is not complete: save the image again")
    })?;
    let id = Digest::of(&bytes);
    if named_digest(&path).is_some_and(|named| !named.matches(&bytes)) {
        return Err(ImageError::new(
            format!("{name} does not have the digest that its name states"),
            "the image is damaged or was changed: save it again",
        ));
    }
    let facts = config::read(&bytes, &name)?;
    let paths = entry.layers.as_deref().unwrap_or_default();
    same_count(facts.diff_ids.len(), paths.len(), &name)?;
    let twin = beside.iter().find(|found| found.id == id);
    if twin.is_none() && !beside.is_empty() {
        return Err(ImageError::new(
            format!("{name} is not among the images of its `index.json`"),
            "the archive tells of two different images: save the image again",
        ));
    }
    let layer = |(path, diff_id): (&String, Digest)| {
        let path = tidy(path)?;
        let size = tree.size(&path)?;
        let missing = size.is_none().then(|| format!("`{}` is not there", manifest::shorten(&path)));
        Ok(Layer { digest: blob_digest(&path), diff_id: Some(diff_id), size, missing })
    };
    Ok(Found {
        names: entry.repo_tags.clone().unwrap_or_default(),
        platform: twin.and_then(|twin| twin.platform.clone()).or(facts.platform),
        manifest: twin.and_then(|twin| twin.manifest.clone()),
        oci: twin.is_some_and(|twin| twin.oci),
        annotations: twin.map(|twin| twin.annotations.clone()).unwrap_or_default(),
        layers: paths.iter().zip(facts.diff_ids).map(layer).collect::<Result<_, ImageError>>()?,
        config: facts.text,
        id,
    })
}

/// A path of `manifest.json` as entries are named.
fn tidy(path: &str) -> Result<String, ImageError> {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if path.starts_with('/') || parts.contains(&"..") {
        return Err(ImageError::new(
            format!("`{MANIFEST}` names `{}`, which leads out of the archive", manifest::shorten(path)),
            "save the image again",
        ));
    }
    Ok(parts.join("/"))
}

/// The digest that the name of a configuration is made of: `HEX.json`, `sha256:HEX`, `blobs/sha256/HEX`.
fn named_digest(path: &str) -> Option<Digest> {
    let hex = path.strip_suffix(".json").unwrap_or(path);
    let hex = hex.strip_prefix("sha256:").unwrap_or(hex);
    Digest::parse(&format!("sha256:{hex}")).or_else(|| blob_digest(path))
}

/// The digest of `blobs/sha256/HEX`.
fn blob_digest(path: &str) -> Option<Digest> {
    let (algorithm, hex) = path.strip_prefix("blobs/")?.split_once('/')?;
    Digest::parse(&format!("{algorithm}:{hex}"))
}
