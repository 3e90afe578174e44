//! Image: an image as users have it - a layout, an archive, a registry - with its configuration read and its layers
//! ready to be streamed.
//!
//! 1. [`source`] takes apart what the user typed: `oci:DIR:ref`, `docker-archive:FILE`, a plain path.
//! 2. Opening a source reads manifests and configurations, checks their digests, and gives one [`Image`] per platform
//!    and name that was asked for. Layers are not read for that.
//! 3. [`Image::each_layer`] streams the layers, in parallel where they lie apart from each other.

pub mod archive;
pub mod config;
pub mod credential_file;
pub mod demand;
pub mod diff;
pub mod digest;
pub mod docker;
pub mod inside;
mod json;
pub mod layers;
pub mod layout;
pub mod manifest;
pub mod open;
pub mod opened;
pub mod platform;
#[cfg(feature = "registry")]
pub mod registry;
pub mod resolve;
pub mod settings;
pub mod source;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod wanted;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::sync::Arc;

use crate::problem::Problem;

pub use digest::Digest;
pub use json::lay_out;
pub use open::open;
pub use opened::Opened;
pub use platform::Platform;
pub use resolve::{Several, Wanted};
pub use source::ImageSource;

/// An image whose manifest and configuration were read and verified.
#[derive(Debug, Clone)]
pub struct Image {
    /// What messages call it: the source as it was typed, with the name or platform that was chosen out of several.
    pub label: Arc<str>,
    /// The names that it carries, as they are written: tags of an archive, names in a layout, the reference that was
    /// asked of a registry.
    pub names: Vec<String>,
    /// What it runs on, if the manifest list or the configuration says so.
    pub platform: Option<Platform>,
    /// The digest of its manifest; a `docker save` archive of the old kind has none.
    pub manifest: Option<Digest>,
    /// The digest of its configuration: the image's ID.
    pub id: Digest,
    /// The configuration as it is stored, verified, valid UTF-8.
    pub config: Arc<str>,
    /// Whether the configuration is of the OCI media type, which has no place for health checks, ONBUILD and SHELL.
    pub oci: bool,
    /// The annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// The layers, base first.
    pub layers: Vec<Layer>,
    /// Where the bytes of the layers are.
    pub blobs: Blobs,
}

/// One layer, as the manifest speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The digest of the bytes as they are stored; archives of `docker save` do not tell it.
    pub digest: Option<Digest>,
    /// The digest of the unpacked bytes, from `rootfs.diff_ids` of the configuration.
    pub diff_id: Option<Digest>,
    /// How many bytes are stored, if that is known.
    pub size: Option<u64>,
    /// Why it cannot be read, although the image can: a foreign layer, a blob that is not there.
    pub missing: Option<String>,
}

/// Why an image cannot be read: what is wrong and what to do about it, both lower case and without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageError {
    /// What is wrong; names the file, blob or address.
    pub what: String,
    /// The next step.
    pub help: String,
}

impl ImageError {
    /// An error with its way out.
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> ImageError {
        ImageError { what: what.into(), help: help.into() }
    }

    /// The error as a problem of the run.
    pub fn problem(self, label: &str) -> Problem {
        Problem::error(label, self.what, self.help)
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

impl std::error::Error for ImageError {}

/// Where the bytes of layers are.
#[derive(Clone)]
pub enum Blobs {
    /// Each layer can be opened by itself, by its index: a layout, a plain archive, a registry.
    Apart(Arc<OpenLayer>),
    /// The layers lie behind one another in one compressed stream, which is read once for all of them.
    Together(Arc<VisitLayers>),
}

/// Opens the layer with this index: the bytes as they are stored, compressed or not.
pub type OpenLayer = dyn Fn(usize) -> Result<Box<dyn Read + Send>, ImageError> + Send + Sync;

/// Hands each layer to the visitor, with its index, in whatever order they come. One layer may serve several indexes.
pub type VisitLayers = dyn Fn(&mut LayerVisitor) -> Result<(), ImageError> + Send + Sync;

/// Is given the indexes of a layer and its bytes as they are stored.
pub type LayerVisitor<'v> = dyn FnMut(&[usize], &mut dyn Read) + 'v;

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blobs::Apart(_) => "Apart",
            Blobs::Together(_) => "Together",
        })
    }
}
