//! Layout: an OCI image layout in a tree, `oci-layout`, `index.json` and `blobs/` (`image-spec`, "image-layout.md").

use oci_spec::image::{Descriptor, ImageIndex};
use serde::Deserialize;

use super::digest::Digest;
use super::manifest::{self, Document, MANIFEST_LIMIT, not_json};
use super::resolve::{Found, Role, Root, Store, Wanted, images, listed};
use super::tree::Tree;
use super::{Image, ImageError, Layer};
use crate::container::reference::Reference;

/// The file that makes a tree a layout.
const MARK: &str = "oci-layout";

/// The index that everything in a layout is reached from.
const INDEX: &str = "index.json";

/// Opens the images of a layout, those with this name if there is one.
///
/// # Errors
/// If it is no layout, damaged, or has nothing of that name and platform.
pub fn open(tree: &dyn Tree, reference: Option<&str>, wanted: &Wanted, label: &str) -> Result<Vec<Image>, ImageError> {
    let found = find(tree, reference, wanted, label)?;
    let labels = super::open::labels(&found, label, reference.is_some());
    found
        .into_iter()
        .zip(labels)
        .map(|(found, label)| {
            let blobs = tree.blobs(found.layers.iter().map(blob_of_layer).collect())?;
            Ok(found.image(&label, blobs))
        })
        .collect()
}

/// Finds the images of a layout.
///
/// # Errors
/// As [`open`].
pub fn find(tree: &dyn Tree, reference: Option<&str>, wanted: &Wanted, label: &str) -> Result<Vec<Found>, ImageError> {
    check_version(tree)?;
    let name = format!("`{INDEX}` of `{}`", tree.label());
    let bytes = tree
        .read(INDEX, MANIFEST_LIMIT)?
        .ok_or_else(|| ImageError::new(format!("{name} is not there"), "the layout is not complete: write it again"))?;
    let mut index = match manifest::read(&bytes, None, &name)? {
        Document::Index(index) => index,
        Document::Manifest(_) => {
            return Err(ImageError::new(
                format!("{name} is a manifest, where layouts have an index"),
                "write the layout again",
            ));
        }
    };
    if let Some(reference) = reference {
        choose(&mut index, reference, label)?;
    }
    let root = Root { document: Document::Index(index), digest: None, label: format!("`{label}`"), names: Vec::new() };
    images(root, wanted, &Layout { tree })
}

#[derive(Deserialize)]
struct Mark {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

fn check_version(tree: &dyn Tree) -> Result<(), ImageError> {
    let name = format!("`{MARK}` of `{}`", tree.label());
    let bytes = tree.read(MARK, MANIFEST_LIMIT)?.ok_or_else(|| {
        ImageError::new(
            format!("`{}` is no image layout: it has no `{MARK}`", tree.label()),
            "give what `skopeo copy`, `buildah push` or `docker buildx build --output type=oci` wrote",
        )
    })?;
    let mark: Mark = serde_json::from_slice(&bytes).map_err(|error| not_json(&name, &error))?;
    if mark.version.starts_with("1.") {
        return Ok(());
    }
    Err(ImageError::new(
        format!("{name} states version `{}`, and only 1 is known", manifest::shorten(&mark.version)),
        "write the layout again with version 1",
    ))
}

/// Keeps the entries with a name or digest.
fn choose(index: &mut ImageIndex, reference: &str, label: &str) -> Result<(), ImageError> {
    let entries = index.manifests().clone();
    let (right, others): (Vec<Descriptor>, Vec<Descriptor>) =
        entries.into_iter().partition(|entry| is_named(entry, reference));
    if right.is_empty() {
        let names: Vec<String> = others.iter().flat_map(manifest::all_names).collect();
        let (what, help) = if names.is_empty() {
            ("the images in it have no names".to_string(), "leave the name away, or give the digest of a manifest")
        } else {
            (format!("there is {}", listed(names.into_iter())), "give one of these names")
        };
        return Err(ImageError::new(format!("`{label}` has no image of that name; {what}"), help));
    }
    index.set_manifests(right);
    Ok(())
}

/// Whether an entry is meant by a name: one of its own, in full or as its tag, or its digest.
fn is_named(entry: &Descriptor, wanted: &str) -> bool {
    let digest = entry.digest().as_ref();
    let same = |name: &str| {
        let parsed = |text: &str| Reference::parse(text).ok();
        let tag = || parsed(name).is_some_and(|name| name.tag.as_deref() == Some(wanted));
        name == wanted || tag() || parsed(name).is_some_and(|name| Some(name) == parsed(wanted))
    };
    wanted.trim_start_matches('@') == digest || manifest::all_names(entry).iter().any(|name| same(name))
}

/// Where a layout has a blob.
pub fn blob(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

fn blob_of_layer(layer: &Layer) -> Option<String> {
    layer.digest.as_ref().filter(|_| layer.missing.is_none()).map(blob)
}

struct Layout<'t> {
    tree: &'t dyn Tree,
}

impl Store for Layout<'_> {
    fn document(&self, descriptor: &Descriptor, _: Role, limit: usize) -> Result<Option<Vec<u8>>, ImageError> {
        self.tree.read(&blob(&manifest::digest(descriptor)?), limit)
    }

    fn missing_layer(&self, descriptor: &Descriptor) -> Result<Option<String>, ImageError> {
        let name = blob(&manifest::digest(descriptor)?);
        match self.tree.size(&name)? {
            None => Ok(Some(format!("`{name}` is not there"))),
            Some(size) if size == descriptor.size() => Ok(None),
            Some(size) => Err(ImageError::new(
                format!("layer `{name}` of `{}` has {size} bytes instead of {}", self.tree.label(), descriptor.size()),
                "the image is damaged or was changed: fetch or write it again",
            )),
        }
    }
}
