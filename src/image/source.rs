//! Image source: what the user typed, taken apart.

use std::path::PathBuf;

/// Where an image comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// `oci:DIR[:ref]`: an OCI image layout.
    Layout {
        /// The folder with `oci-layout` and `index.json`.
        folder: PathBuf,
        /// The name of one entry of its index.
        reference: Option<String>,
    },
    /// `oci-archive:FILE[:ref]`: the same in a tar.
    LayoutArchive {
        /// The tar, plain or compressed.
        file: PathBuf,
        /// The name of one entry of its index.
        reference: Option<String>,
    },
    /// `docker-archive:FILE[:tag]`: what `docker save` writes.
    DockerArchive {
        /// The tar, plain or compressed.
        file: PathBuf,
        /// One of its images.
        tag: Option<String>,
    },
    /// `registry:REF`: an image in a registry.
    Registry {
        /// As it was typed.
        reference: String,
    },
    /// `config:FILE`: a configuration as JSON.
    Config {
        /// The file; `-` for standard input.
        file: PathBuf,
    },
    /// `inspect:FILE`: what `docker inspect` prints.
    Inspect {
        /// The file; `-` for standard input.
        file: PathBuf,
    },
}
