//! Samples: layouts and archives, made from a few lines.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::image::{Blobs, Digest, Image, ImageError, ImageSource, Platform, Several, Wanted, open};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A folder that is gone when the test is.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plimsoll-image-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Files of a layout or an archive, in the order of their names.
#[derive(Clone, Default)]
pub struct Sample {
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Sample {
    /// An empty layout.
    pub fn layout() -> Sample {
        let mut sample = Sample::default();
        sample.put("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
        sample.index_json(&[]);
        sample
    }

    pub fn put(&mut self, name: &str, bytes: &[u8]) {
        self.files.insert(name.to_string(), bytes.to_vec());
    }

    pub fn blob(&mut self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.put(&blob_path(&digest), bytes);
        digest
    }

    /// Stores a blob and describes it.
    pub fn described(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = self.blob(bytes);
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()})
    }

    /// Stores an image with these layers and describes its manifest.
    pub fn image(&mut self, platform: &str, layers: &[&[u8]]) -> Value {
        let platform = Platform::parse(platform).unwrap();
        let config = config_text(&platform, layers);
        let config = self.described(CONFIG, config.as_bytes());
        let layers: Vec<Value> = layers.iter().map(|layer| self.described(LAYER, layer)).collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers,
            "annotations": {"made.for": "a test"}});
        let mut entry = self.described(MANIFEST, manifest.to_string().as_bytes());
        let mut described = json!({"os": platform.os, "architecture": platform.architecture});
        if let Some(variant) = platform.variant {
            described["variant"] = json!(variant);
        }
        entry["platform"] = described;
        entry
    }

    /// Stores an index and describes it.
    pub fn index(&mut self, entries: &[Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
        self.described(INDEX, index.to_string().as_bytes())
    }

    pub fn index_json(&mut self, entries: &[Value]) {
        let index = json!({"schemaVersion": 2, "manifests": entries});
        self.put("index.json", index.to_string().as_bytes());
    }

    pub fn write_to(&self, folder: &Path) {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    pub fn tar(&self) -> Vec<u8> {
        let mut tar = Tar::default();
        for (name, bytes) in &self.files {
            tar.file(name, bytes);
        }
        tar.finish()
    }

    /// What opening it as a layout gives.
    pub fn open(&self, reference: Option<&str>, platform: Option<&str>) -> Result<Vec<Image>, ImageError> {
        let scratch = Scratch::new();
        self.write_to(&scratch.path("layout"));
        let source = ImageSource::Layout { folder: scratch.path("layout"), reference: reference.map(str::to_string) };
        open(&source, &wanted(platform))
    }
}

pub fn wanted(platform: Option<&str>) -> Wanted {
    Wanted { platform: platform.map(|platform| Platform::parse(platform).unwrap()), several: Several::All }
}

pub fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

pub fn config_text(platform: &Platform, layers: &[&[u8]]) -> String {
    let ids: Vec<String> = layers.iter().map(|layer| Digest::of(layer).to_string()).collect();
    json!({"os": platform.os, "architecture": platform.architecture, "variant": platform.variant,
        "config": {"User": "app"}, "rootfs": {"type": "layers", "diff_ids": ids}})
    .to_string()
}

/// Gives an entry of an index a name.
pub fn named(mut entry: Value, name: &str) -> Value {
    entry["annotations"]["org.opencontainers.image.ref.name"] = json!(name);
    entry
}

/// A tar, entry by entry.
#[derive(Default)]
pub struct Tar {
    bytes: Vec<u8>,
}

impl Tar {
    pub fn file(&mut self, name: &str, bytes: &[u8]) {
        self.entry(tar::EntryType::Regular, name, "", bytes.len() as u64, bytes);
    }

    pub fn link(&mut self, kind: tar::EntryType, name: &str, target: &str) {
        self.entry(kind, name, target, 0, b"");
    }

    /// An entry that claims a size.
    pub fn entry(&mut self, kind: tar::EntryType, name: &str, target: &str, size: u64, bytes: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 1024, 0);
        self.bytes
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The bytes of all layers that can be read, by their index.
pub fn layers(image: &Image) -> BTreeMap<usize, Vec<u8>> {
    let mut all = BTreeMap::new();
    match &image.blobs {
        Blobs::Apart(open) => {
            for index in (0..image.layers.len()).filter(|&index| image.layers[index].missing.is_none()) {
                let mut bytes = Vec::new();
                open(index).unwrap().read_to_end(&mut bytes).unwrap();
                all.insert(index, bytes);
            }
        }
        Blobs::Together(visit) => {
            let mut visitor = |indexes: &[usize], reader: &mut dyn Read| {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).unwrap();
                for &index in indexes {
                    all.insert(index, bytes.clone());
                }
            };
            visit(&mut visitor).unwrap();
        }
    }
    all
}
