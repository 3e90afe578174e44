//! Resolution: from an index or a manifest to the images that were asked for.
//!
//! 1. Indexes are walked, to a bounded depth and each once, down to manifests. Attestations are left out.
//! 2. Where a platform is wanted, the manifest that serves it best is kept.
//! 3. Manifest and configuration of each are read, checked for size and digest, and compared with each other.
//!
//! Where documents come from is a [`Store`]'s matter: a folder, an archive, a registry.

mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci_spec::image::{Descriptor, ImageIndex, ImageManifest};

use super::digest::Digest;
use super::manifest::{self, CONFIG_LIMIT, Document, Kind, MANIFEST_LIMIT};
use super::platform::Platform;
use super::{Blobs, Image, ImageError, Layer, config};
use wanted::other_platforms;
pub use wanted::{MOST_IMAGES, Several, Wanted, few_enough, listed, settle};

/// How many indexes may lie in one another.
const DEEPEST: usize = 8;

/// How many indexes are read to find the images of a source.
const MOST_INDEXES: usize = 100;

/// How many manifests they may list together.
const MOST_LISTED: usize = 50_000;

/// How many bytes the configurations of all images of a source may have together.
pub const MOST_CONFIG_BYTES: usize = 64 << 20;

/// Which document a store is asked for; registries keep the two kinds apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An index or a manifest.
    Manifest,
    /// A configuration.
    Config,
}

/// Where documents and layers are.
pub trait Store {
    /// The bytes of a document, of which at most `limit` are needed; nothing if it is not there. What is given is
    /// checked for size and digest by the caller.
    ///
    /// # Errors
    /// If it is there or may be, and cannot be read.
    fn document(&self, descriptor: &Descriptor, role: Role, limit: usize) -> Result<Option<Vec<u8>>, ImageError>;

    /// Why a layer cannot be read, if that is known without reading it.
    ///
    /// # Errors
    /// If what is there is not what the manifest describes.
    fn missing_layer(&self, descriptor: &Descriptor) -> Result<Option<String>, ImageError>;
}

/// Where resolution begins.
#[derive(Debug, Clone)]
pub struct Root {
    /// The document.
    pub document: Document,
    /// Its digest; the `index.json` of a layout has none that anybody asked for.
    pub digest: Option<Digest>,
    /// What messages call the source.
    pub label: String,
    /// The names of everything in it that carries none of its own.
    pub names: Vec<String>,
}

/// An image that was found, without the way to its layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The names that it carries.
    pub names: Vec<String>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// The digest of its manifest.
    pub manifest: Option<Digest>,
    /// The digest of its configuration.
    pub id: Digest,
    /// The configuration.
    pub config: Arc<str>,
    /// Whether the configuration is of the OCI media type.
    pub oci: bool,
    /// The annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// The layers, base first.
    pub layers: Vec<Layer>,
}

impl Found {
    /// The image, with the way to its layers.
    pub fn image(self, label: &str, blobs: Blobs) -> Image {
        let Found { names, platform, manifest, id, config, oci, annotations, layers } = self;
        Image { label: Arc::from(label), names, platform, manifest, id, config, oci, annotations, layers, blobs }
    }
}

/// Finds the images that are wanted; there is always at least one.
///
/// # Errors
/// If something that is needed is not there, is not what its digest says, is no image, or nothing is as wanted.
pub fn images(root: Root, wanted: &Wanted, store: &dyn Store) -> Result<Vec<Found>, ImageError> {
    let mut walk = Walk { store, label: root.label, leaves: Vec::new(), seen: BTreeSet::new(), indexes: 0 };
    match root.document {
        Document::Manifest(manifest) => {
            let leaf = Leaf {
                names: root.names,
                platform: None,
                digest: root.digest,
                source: LeafSource::Read(manifest),
                nested: false,
            };
            walk.leaves.push(leaf);
        }
        Document::Index(index) => walk.index(&index, &root.names, 0)?,
    }
    let leaves = narrow(std::mem::take(&mut walk.leaves), wanted.platform.as_ref(), &walk.label)?;
    settle(walk.load(leaves)?, wanted, &walk.label)
}

/// A manifest that an index leads to.
struct Leaf {
    names: Vec<String>,
    platform: Option<Platform>,
    digest: Option<Digest>,
    source: LeafSource,
    /// It stands in an index within the source, whose other manifests may be elsewhere.
    nested: bool,
}

enum LeafSource {
    Read(Box<ImageManifest>),
    Described(Box<Descriptor>),
}

struct Walk<'s> {
    store: &'s dyn Store,
    label: String,
    leaves: Vec<Leaf>,
    seen: BTreeSet<String>,
    indexes: usize,
}

impl Walk<'_> {
    /// Collects the manifests of an index and of the indexes in it.
    fn index(&mut self, index: &ImageIndex, names: &[String], depth: usize) -> Result<(), ImageError> {
        for entry in index.manifests() {
            let kind = manifest::entry_kind(entry);
            if !matches!(kind, Kind::Index | Kind::Manifest) {
                continue;
            }
            let digest = manifest::digest(entry)?;
            let mut own = manifest::names(entry);
            if own.is_empty() {
                own = names.to_vec();
            }
            if !self.seen.insert(format!("{digest} {own:?} {:?}", manifest::platform(entry))) {
                continue;
            }
            if kind == Kind::Index {
                self.nested(entry, &own, depth + 1)?;
                continue;
            }
            self.leaves.push(Leaf {
                names: own,
                platform: manifest::platform(entry),
                digest: Some(digest),
                source: LeafSource::Described(Box::new(entry.clone())),
                nested: depth > 0,
            });
        }
        Ok(())
    }

    fn nested(&mut self, entry: &Descriptor, names: &[String], depth: usize) -> Result<(), ImageError> {
        self.indexes += 1;
        if depth > DEEPEST || self.indexes > MOST_INDEXES || self.leaves.len() > MOST_LISTED {
            return Err(ImageError::new(
                format!("{} has more indexes in it than images need", self.label),
                format!(
                    "at most {DEEPEST} levels and {MOST_INDEXES} indexes are read: write it again with the tool that made it"
                ),
            ));
        }
        let name = format!("index `{}` of {}", entry.digest(), self.label);
        let bytes = document(self.store, entry, Role::Manifest, &name)?.ok_or_else(|| absent(&name))?;
        match manifest::read(&bytes, Some(entry.media_type().as_ref()), &name)? {
            Document::Index(index) => self.index(&index, names, depth),
            Document::Manifest(_) => Err(wrong_kind(&name)),
        }
    }

    /// Reads the manifests and configurations that are left.
    fn load(&self, leaves: Vec<Leaf>) -> Result<Vec<Found>, ImageError> {
        few_enough(leaves.len(), &self.label)?;
        let only = leaves.len() == 1;
        let (mut found, mut bytes, mut first_error) = (Vec::new(), 0, None);
        for leaf in leaves {
            match self.leaf(leaf) {
                Ok(image) => {
                    bytes += image.config.len();
                    found.push(image);
                }
                Err(Refusal { error, passable: true }) if !only => first_error = first_error.or(Some(error)),
                Err(refusal) => return Err(refusal.error),
            }
            if bytes > MOST_CONFIG_BYTES {
                return Err(manifest::too_long(&format!("the configurations of {}", self.label), MOST_CONFIG_BYTES));
            }
        }
        match first_error.filter(|_| found.is_empty()) {
            Some(error) => Err(error),
            None => Ok(found),
        }
    }

    fn leaf(&self, leaf: Leaf) -> Result<Found, Refusal> {
        let manifest = match leaf.source {
            LeafSource::Read(manifest) => manifest,
            LeafSource::Described(entry) => {
                let name = format!("manifest `{}` of {}", entry.digest(), self.label);
                let bytes = document(self.store, &entry, Role::Manifest, &name)?
                    .ok_or_else(|| Refusal { error: absent(&name), passable: leaf.nested })?;
                match manifest::read(&bytes, Some(entry.media_type().as_ref()), &name)? {
                    Document::Manifest(manifest) => manifest,
                    Document::Index(_) => return Err(wrong_kind(&name).into()),
                }
            }
        };
        let title = leaf
            .digest
            .as_ref()
            .map_or_else(|| self.label.clone(), |digest| format!("`{}` of {}", digest.short(), self.label));
        let oci = image_config(&manifest, &title).map_err(|error| Refusal { error, passable: true })?;
        let id = manifest::digest(manifest.config())?;
        let name = format!("configuration `{id}` of {}", self.label);
        let bytes = document(self.store, manifest.config(), Role::Config, &name)?.ok_or_else(|| absent(&name))?;
        let facts = config::read(&bytes, &name)?;
        Ok(Found {
            names: leaf.names,
            platform: leaf.platform.or(facts.platform),
            manifest: leaf.digest,
            layers: self.layers(&manifest, facts.diff_ids, &name)?,
            id,
            config: facts.text,
            oci,
            annotations: manifest::annotations(manifest.annotations()),
        })
    }

    fn layers(&self, manifest: &ImageManifest, diff_ids: Vec<Digest>, name: &str) -> Result<Vec<Layer>, ImageError> {
        let layers = manifest.layers();
        same_count(diff_ids.len(), layers.len(), name)?;
        let layer = |(descriptor, diff_id): (&Descriptor, Digest)| {
            let media_type = descriptor.media_type().as_ref();
            let missing = if manifest::is_layer(media_type) {
                let missing = self.store.missing_layer(descriptor)?;
                missing.map(|why| if manifest::is_foreign(media_type) { foreign() } else { why })
            } else {
                Some(format!("its media type `{}` is not one of layers", manifest::shorten(media_type)))
            };
            let digest = manifest::digest(descriptor)?;
            Ok(Layer { digest: Some(digest), diff_id: Some(diff_id), size: Some(descriptor.size()), missing })
        };
        layers.iter().zip(diff_ids).map(layer).collect()
    }
}

/// An error, and whether other images of the source can be given in spite of it.
struct Refusal {
    error: ImageError,
    passable: bool,
}

impl From<ImageError> for Refusal {
    fn from(error: ImageError) -> Refusal {
        Refusal { error, passable: false }
    }
}

/// Keeps, of the manifests with the same names, the one that serves the platform best. Those that do not state theirs
/// are kept if no other one serves, until their configuration is read.
fn narrow(leaves: Vec<Leaf>, platform: Option<&Platform>, label: &str) -> Result<Vec<Leaf>, ImageError> {
    let Some(wanted) = platform else { return Ok(leaves) };
    let mut best: BTreeMap<&[String], (u32, usize)> = BTreeMap::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let Some(distance) = leaf.platform.as_ref().and_then(|have| wanted.distance(have)) else { continue };
        let kept = best.entry(&leaf.names).or_insert((distance, index));
        if distance < kept.0 {
            *kept = (distance, index);
        }
    }
    let keep = |(index, leaf): (usize, &Leaf)| match best.get(leaf.names.as_slice()) {
        Some(&(_, kept)) => kept == index,
        None => leaf.platform.is_none(),
    };
    let keep: Vec<bool> = leaves.iter().enumerate().map(keep).collect();
    if !leaves.is_empty() && !keep.contains(&true) {
        let stated = leaves.iter().filter_map(|leaf| leaf.platform.as_ref()).map(ToString::to_string);
        return Err(other_platforms(label, wanted, listed(stated)));
    }
    Ok(leaves.into_iter().zip(keep).filter_map(|(leaf, keep)| keep.then_some(leaf)).collect())
}

/// The bytes of a document, checked: what is embedded in the descriptor, or what the store has.
fn document(store: &dyn Store, entry: &Descriptor, role: Role, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
    let limit = if role == Role::Config { CONFIG_LIMIT } else { MANIFEST_LIMIT };
    if entry.size() > limit as u64 {
        return Err(manifest::too_long(name, limit));
    }
    let bytes = match entry.data() {
        Some(data) => STANDARD.decode(data).ok(),
        None => store.document(entry, role, limit)?,
    };
    match bytes {
        Some(bytes) => verify(&bytes, entry, name).map(|()| Some(bytes)),
        None if entry.data().is_some() => Err(ImageError::new(
            format!("the `data` of {name} is not base64"),
            "write the image again with the tool that made it",
        )),
        None => Ok(None),
    }
}

/// Compares bytes with the size and digest that a descriptor states.
///
/// # Errors
/// If one of the two is another.
pub fn verify(bytes: &[u8], entry: &Descriptor, name: &str) -> Result<(), ImageError> {
    let help = "the image is damaged or was changed: fetch or write it again";
    if bytes.len() as u64 != entry.size() {
        return Err(ImageError::new(format!("{name} has {} bytes instead of {}", bytes.len(), entry.size()), help));
    }
    if !manifest::digest(entry)?.matches(bytes) {
        return Err(ImageError::new(format!("{name} does not have that digest"), help));
    }
    Ok(())
}

/// Whether the configuration is of the OCI media type.
///
/// # Errors
/// If the manifest is not one of an image.
fn image_config(manifest: &ImageManifest, name: &str) -> Result<bool, ImageError> {
    let no_layer = |layer: &Descriptor| !manifest::is_layer(layer.media_type().as_ref());
    let layers = manifest.layers();
    match manifest::config_is_oci(manifest) {
        Some(oci) if layers.is_empty() || !layers.iter().all(no_layer) => Ok(oci),
        other => {
            let what = if other.is_some() { layers[0].media_type() } else { manifest.config().media_type() };
            let what = manifest.artifact_type().as_ref().unwrap_or(what);
            Err(ImageError::new(
                format!("{name} is not an image: it holds `{}`", manifest::shorten(what.as_ref())),
                "name an image; charts, signatures and bills of materials are not judged",
            ))
        }
    }
}

/// Compares the layers of a configuration with those of its manifest.
///
/// # Errors
/// If there are more of the one than of the other.
pub fn same_count(diff_ids: usize, layers: usize, name: &str) -> Result<(), ImageError> {
    if diff_ids == layers {
        return Ok(());
    }
    Err(ImageError::new(
        format!("{name} lists {diff_ids} layers in `rootfs.diff_ids`, its manifest {layers}"),
        "the image is damaged: write it again with the tool that made it",
    ))
}

fn foreign() -> String {
    "it is a foreign layer, which stays with its vendor".to_string()
}

fn absent(name: &str) -> ImageError {
    ImageError::new(format!("{name} is not there"), "the image is not complete: fetch or write it again")
}

fn wrong_kind(name: &str) -> ImageError {
    ImageError::new(
        format!("{name} is another kind of document than its descriptor says"),
        "the image is damaged: write it again with the tool that made it",
    )
}
