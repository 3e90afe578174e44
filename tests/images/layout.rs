//! Layouts written by hand, so that they can be wrong in every way.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use plimsoll::image::Digest;

use crate::program::Folder;

/// An entry of a layer.
pub enum Entry<'a> {
    File(&'a str, u32, &'a [u8]),
    Link(&'a str, &'a str),
}

/// A layer as tar. Names are written as they are, `..` and all.
pub fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        let (name, content) = match entry {
            Entry::File(name, mode, content) => {
                header.set_mode(*mode);
                header.set_entry_type(tar::EntryType::Regular);
                (*name, *content)
            }
            Entry::Link(name, target) => {
                header.set_mode(0o777);
                header.set_entry_type(tar::EntryType::Symlink);
                header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
                (*name, &[][..])
            }
        };
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).expect("in memory");
    }
    builder.into_inner().expect("in memory")
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

/// A layout with one image, which is whole unless told otherwise.
pub struct Layout<'f> {
    pub folder: &'f Folder,
    pub name: &'f str,
    layers: Vec<(String, String, usize)>,
}

impl<'f> Layout<'f> {
    pub fn new(folder: &'f Folder, name: &'f str) -> Layout<'f> {
        Layout { folder, name, layers: Vec::new() }
    }

    /// What the program calls it.
    pub fn source(&self) -> String {
        format!("oci:{}", self.folder.at(self.name))
    }

    /// Where the blob with a digest lies.
    pub fn path(&self, digest: &str) -> String {
        format!("{}/blobs/{}", self.name, digest.replace(':', "/"))
    }

    /// Writes a blob; gives its digest.
    pub fn blob(&self, bytes: &[u8]) -> String {
        let digest = Digest::of(bytes).to_string();
        self.folder.write(&self.path(&digest), bytes);
        digest
    }

    /// A layer, packed with gzip.
    pub fn layer(mut self, tar: &[u8]) -> Layout<'f> {
        let packed = gzip(tar);
        let digest = self.blob(&packed);
        self.layers.push((digest, Digest::of(tar).to_string(), packed.len()));
        self
    }

    /// A layer of which digest, `diff_id` and bytes are told apart.
    pub fn odd_layer(mut self, digest: &str, diff_id: &str, bytes: Option<&[u8]>, size: usize) -> Layout<'f> {
        if let Some(bytes) = bytes {
            self.folder.write(&self.path(digest), bytes);
        }
        self.layers.push((digest.to_string(), diff_id.to_string(), size));
        self
    }

    /// The digests of its layers.
    pub fn layer_paths(&self) -> Vec<String> {
        self.layers.iter().map(|(digest, ..)| self.path(digest)).collect()
    }

    /// A configuration with the layers, and these fields under `config`.
    pub fn configuration(&self, config: &str) -> Vec<u8> {
        let ids: Vec<String> = self.layers.iter().map(|(_, id, _)| format!("\"{id}\"")).collect();
        let layers = format!(r#"{{"type":"layers","diff_ids":[{}]}}"#, ids.join(","));
        format!(r#"{{"architecture":"amd64","os":"linux","config":{config},"rootfs":{layers}}}"#).into_bytes()
    }

    /// Writes manifest and index for a configuration.
    pub fn finish(&self, configuration: &[u8]) {
        let config = self.blob(configuration);
        let layer = |(digest, _, size): &(String, String, usize)| {
            let kind = "application/vnd.oci.image.layer.v1.tar+gzip";
            format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
        };
        let layers: Vec<String> = self.layers.iter().map(layer).collect();
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{kind}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":{}}},"layers":[{}]}}"#,
            configuration.len(),
            layers.join(",")
        );
        let digest = self.blob(manifest.as_bytes());
        let entry = format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{}}}"#, manifest.len());
        self.index(&entry);
    }

    /// Writes the index with these entries.
    pub fn index(&self, entries: &str) {
        self.folder.write(&format!("{}/oci-layout", self.name), r#"{"imageLayoutVersion":"1.0.0"}"#);
        let kind = "application/vnd.oci.image.index.v1+json";
        let index = format!(r#"{{"schemaVersion":2,"mediaType":"{kind}","manifests":[{entries}]}}"#);
        self.folder.write(&format!("{}/index.json", self.name), index);
    }
}
