//! Manifests: what the JSON documents of the image specification say, read from bytes and nothing else.
//!
//! A document is an index or a manifest. Which one, its media type says, or where that is left out its shape; a document
//! that claims to be both is refused, because two readers would then see two images
//! (`image-spec`, "manifest.md" and "image-index.md"; the Docker media types are those of `distribution`).
//!
//! Nothing here opens a file or an address, so that layouts, archives and registries read the same way.

use std::collections::{BTreeMap, HashMap};

use oci_spec::image::{Descriptor, ImageIndex, ImageIndexBuilder, ImageManifest, ImageManifestBuilder, MediaType};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::platform::Platform;
use super::{ImageError, digest::Digest};

/// The longest manifest or index that is read, in bytes; registries agree on this bound.
pub const MANIFEST_LIMIT: usize = 4 << 20;

/// The longest configuration that is read, in bytes.
pub const CONFIG_LIMIT: usize = 8 << 20;

/// The media types that are asked of a registry: indexes and manifests, OCI and Docker.
pub const ACCEPTED: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST];

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const DOCKER_SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+";

/// The tag or name of an entry of a layout.
const REFERENCE_NAME: &str = "org.opencontainers.image.ref.name";
/// The full reference of an entry, as Docker and BuildKit write it.
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// On entries that describe another one: provenance, bills of materials.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// One document of the image specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A list of manifests and further indexes.
    Index(ImageIndex),
    /// One image, or an artifact of another kind.
    Manifest(ImageManifest),
}

/// What a media type stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An OCI index or a Docker manifest list.
    Index,
    /// A manifest.
    Manifest,
    /// A manifest of the first Docker schema, which nothing writes any more.
    Schema1,
    /// Anything else.
    Other,
}

impl Kind {
    /// What this media type stands for; parameters behind `;` do not count.
    pub fn of(media_type: &str) -> Kind {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            OCI_INDEX | DOCKER_INDEX => Kind::Index,
            OCI_MANIFEST | DOCKER_MANIFEST => Kind::Manifest,
            other if other.starts_with(DOCKER_SCHEMA_1) => Kind::Schema1,
            _ => Kind::Other,
        }
    }
}

/// The members of both kinds of document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    schema_version: Option<u32>,
    media_type: Option<String>,
    artifact_type: Option<MediaType>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    fs_layers: Option<IgnoredAny>,
    annotations: Option<HashMap<String, String>>,
}

/// Reads an index or a manifest. `content_type` is what a server or a descriptor calls it, `name` is what messages call
/// it: a path, a digest, an address.
///
/// # Errors
/// If it is too long, no JSON, of the first schema, or contradicts itself or its content type.
pub fn read(bytes: &[u8], content_type: Option<&str>, name: &str) -> Result<Document, ImageError> {
    if bytes.len() > MANIFEST_LIMIT {
        return Err(too_long(name, MANIFEST_LIMIT));
    }
    let shape: Shape = serde_json::from_slice(bytes).map_err(|error| not_json(name, &error))?;
    let kind = kind(&shape, content_type, name)?;
    let schema_version = shape.schema_version.unwrap_or(2);
    let media_type = shape.media_type.as_deref().map(MediaType::from);
    let built = match (kind, shape.config) {
        (Kind::Index, _) => {
            let mut index = ImageIndexBuilder::default()
                .schema_version(schema_version)
                .manifests(shape.manifests.unwrap_or_default())
                .annotations(shape.annotations.unwrap_or_default());
            if let Some(media_type) = media_type {
                index = index.media_type(media_type);
            }
            index.build().map(Document::Index)
        }
        (_, Some(config)) => {
            let mut manifest = ImageManifestBuilder::default()
                .schema_version(schema_version)
                .config(config)
                .layers(shape.layers.unwrap_or_default())
                .annotations(shape.annotations.unwrap_or_default());
            if let Some(media_type) = media_type {
                manifest = manifest.media_type(media_type);
            }
            if let Some(artifact_type) = shape.artifact_type {
                manifest = manifest.artifact_type(artifact_type);
            }
            manifest.build().map(Document::Manifest)
        }
        (_, None) => return Err(malformed(name, "it has no `config`")),
    };
    built.map_err(|error| malformed(name, &error.to_string()))
}

/// Which kind of document it is, by everything that says so.
fn kind(shape: &Shape, content_type: Option<&str>, name: &str) -> Result<Kind, ImageError> {
    let served = content_type.map_or(Kind::Other, Kind::of);
    let stated = shape.media_type.as_deref().map_or(Kind::Other, Kind::of);
    if served == Kind::Schema1
        || stated == Kind::Schema1
        || shape.fs_layers.is_some()
        || shape.schema_version == Some(1)
    {
        return Err(ImageError::new(
            format!("{name} is an image manifest of schema 1, which Docker gave up in 2017"),
            "push the image again with a present version of Docker, Podman or skopeo",
        ));
    }
    if let Some(version) = shape.schema_version.filter(|&version| version != 2) {
        return Err(malformed(name, &format!("its `schemaVersion` is {version}, not 2")));
    }
    if shape.manifests.is_some() && (shape.layers.is_some() || shape.config.is_some()) {
        return Err(malformed(name, "it has the members of an index and those of a manifest"));
    }
    if served != Kind::Other && stated != Kind::Other && served != stated {
        return Err(malformed(name, "what it is served as contradicts its `mediaType`"));
    }
    let shaped = match (&shape.manifests, &shape.config, &shape.layers) {
        (Some(_), _, _) => Kind::Index,
        (None, Some(_), _) | (None, _, Some(_)) => Kind::Manifest,
        (None, None, None) => Kind::Other,
    };
    match if stated == Kind::Other { served } else { stated } {
        Kind::Other if shaped == Kind::Other => {
            Err(malformed(name, "it has neither `manifests` nor `config` and `layers`"))
        }
        Kind::Other => Ok(shaped),
        named if shaped == Kind::Other || shaped == named => Ok(named),
        _ => Err(malformed(name, "its members are not those of its media type")),
    }
}

/// What an entry of an index leads to; attestations and entries of unknown types lead nowhere.
pub fn entry_kind(entry: &Descriptor) -> Kind {
    if is_attestation(entry) { Kind::Other } else { Kind::of(entry.media_type().as_ref()) }
}

/// Whether an entry of an index describes another entry instead of being an image.
fn is_attestation(entry: &Descriptor) -> bool {
    let annotated = entry.annotations().as_ref().is_some_and(|annotations| annotations.contains_key(REFERENCE_TYPE));
    let unknown = |text: &str| text == "unknown";
    let platform = entry.platform().as_ref();
    annotated
        || platform.is_some_and(|platform| {
            unknown(&platform.os().to_string()) && unknown(&platform.architecture().to_string())
        })
}

/// The platform that an entry of an index states.
pub fn platform(entry: &Descriptor) -> Option<Platform> {
    let platform = entry.platform().as_ref()?;
    let (os, architecture) = (platform.os().to_string(), platform.architecture().to_string());
    let stated = !os.is_empty() && !architecture.is_empty();
    stated.then(|| Platform::new(&os, &architecture, platform.variant().as_deref()))
}

/// The names that an entry of an index carries, the full one first. A tag that the full name ends in is left out.
pub fn names(entry: &Descriptor) -> Vec<String> {
    let mut names = all_names(entry);
    if let [full, tag] = names.as_slice()
        && (full == tag || full.ends_with(&format!(":{tag}")))
    {
        names.pop();
    }
    names
}

/// The names that an entry of an index carries, also a tag that another name ends in.
pub fn all_names(entry: &Descriptor) -> Vec<String> {
    let annotation = |key| entry.annotations().as_ref().and_then(|annotations| annotations.get(key)).cloned();
    let names = [CONTAINERD_NAME, REFERENCE_NAME].into_iter().filter_map(annotation);
    names.filter(|name| !name.is_empty()).collect()
}

/// Whether the configuration of a manifest is that of an image, and if so whether it is of the OCI media type.
pub fn config_is_oci(manifest: &ImageManifest) -> Option<bool> {
    match manifest.config().media_type().as_ref() {
        OCI_CONFIG => Some(true),
        DOCKER_CONFIG => Some(false),
        _ => None,
    }
}

/// The digest of a descriptor, if it is one that can be checked.
///
/// # Errors
/// If its algorithm is neither sha256 nor sha512.
pub fn digest(descriptor: &Descriptor) -> Result<Digest, ImageError> {
    Digest::parse(descriptor.digest().as_ref()).ok_or_else(|| {
        ImageError::new(
            format!("the digest `{}` is of an algorithm that cannot be checked", shorten(descriptor.digest().as_ref())),
            "use an image whose digests are sha256 or sha512",
        )
    })
}

/// Annotations in a settled order.
pub fn annotations(of: &Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    of.iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether blobs of this media type are layers.
pub fn is_layer(media_type: &str) -> bool {
    let layer = [
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
    ];
    let rest = layer.iter().find_map(|&known| media_type.strip_prefix(known));
    rest.is_some_and(|rest| matches!(rest, "" | "+gzip" | "+zstd" | ".gzip" | ".zstd"))
}

/// Whether layers of this media type stay with their vendor.
pub fn is_foreign(media_type: &str) -> bool {
    is_layer(media_type) && (media_type.contains(".nondistributable.") || media_type.contains(".foreign."))
}

/// The error of a document that is longer than it may be.
pub fn too_long(name: &str, limit: usize) -> ImageError {
    ImageError::new(
        format!("{name} is longer than {} MiB, which no image needs", limit >> 20),
        "check that it is what it is taken for",
    )
}

/// The error of a document that is no JSON, or JSON of another shape.
pub fn not_json(name: &str, error: &serde_json::Error) -> ImageError {
    malformed(name, &shorten(&error.to_string()))
}

fn malformed(name: &str, why: &str) -> ImageError {
    ImageError::new(
        format!("{name} is malformed: {why}"),
        "write the image again with the tool that made it, or check that the file is whole",
    )
}

/// At most two hundred bytes of what somebody else wrote.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_string(),
    }
}
