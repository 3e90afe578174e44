//! Opened: an image with what lies in its layers, as containers are resolved from it.

use std::sync::Arc;

use super::layers::{self, Contents};
use super::{Image, ImageError};
use crate::source::{Entry, InImage, Source};

/// An image that was opened for a scan.
#[derive(Debug)]
pub struct Opened {
    /// The image.
    pub image: Image,
    /// What lies in its layers, if they were read.
    pub contents: Option<Contents>,
    /// What made-up paths of it begin with: `image/REPOSITORY`.
    folder: String,
}

impl Opened {
    /// An image with its contents. `suffix` tells it from others of the same repository: a platform.
    pub fn new(image: Image, contents: Option<Contents>, suffix: Option<&str>) -> Opened {
        let mut folder = format!("image/{}", repository(&image));
        if let Some(suffix) = suffix {
            folder = format!("{folder}/{}", suffix.replace('/', "-"));
        }
        Opened { image, contents, folder }
    }

    /// The configuration as a source: laid out, so that places in it are lines.
    pub fn configuration(&self) -> Source {
        let entry = Entry { image: self.image.label.clone(), layer: None, path: None };
        let text = super::lay_out(&self.image.config);
        Source { entry: Some(Arc::new(entry)), ..Source::of_text(format!("{}/config.json", self.folder), text) }
    }

    /// Where an entry of the finished image is; also the place of one that is in its layer only, if `gone`.
    pub fn place(&self, entry: &layers::Entry<'_>, gone: bool) -> InImage {
        let layer = (!entry.implied).then_some(entry.layer + 1);
        let root = match layer {
            Some(layer) if gone => format!("layer-{layer}"),
            _ => "rootfs".to_string(),
        };
        let name = format!("{}/{root}/{}", self.folder, entry.path);
        let path = Some(format!("/{}", entry.path).into());
        InImage { name: name.into(), entry: Arc::new(Entry { image: self.image.label.clone(), layer, path }) }
    }

    /// The text of an entry as a source. Bytes that are not UTF-8 are replaced.
    pub fn source(&self, entry: &layers::Entry<'_>, bytes: &[u8]) -> Source {
        let place = self.place(entry, false);
        let text = String::from_utf8_lossy(bytes);
        Source { entry: Some(place.entry), ..Source::of_text(place.name, text.as_ref()) }
    }

    /// What of the layers could not be read.
    pub fn problems(&self) -> &[ImageError] {
        self.contents.as_ref().map_or(&[], |contents| contents.problems())
    }
}

/// The repository of the image's first name without tag and digest; where it has none, the name of the file or folder
/// that it came from. Stable from version to version, and without colons.
fn repository(image: &Image) -> String {
    // A layout may know it by its tag alone.
    let named = image.names.iter().find(|name| name.contains([':', '/']));
    let name = match named {
        Some(name) => {
            let name = name.split('@').next().unwrap_or(name);
            let tag = name.rfind(':').filter(|at| !name[*at..].contains('/'));
            &name[..tag.unwrap_or(name.len())]
        }
        None => place_name(&image.label),
    };
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    let parts: Vec<String> = parts.map(|part| part.replace([':', '\\'], "-")).collect();
    if parts.is_empty() { "unnamed".to_string() } else { parts.join("/") }
}

/// `app.tar` of `docker-archive:build/app.tar:1.0`.
fn place_name(label: &str) -> &str {
    let path = label.split_once(':').map_or(label, |(_, path)| path);
    let path = path.split([':', ' ']).next().unwrap_or(path).trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{Blobs, Digest};

    fn image(label: &str, names: &[&str]) -> Image {
        Image {
            label: label.into(),
            names: names.iter().map(|name| name.to_string()).collect(),
            platform: None,
            manifest: None,
            id: Digest::of(b"{}"),
            config: "{}".into(),
            oci: true,
            annotations: Default::default(),
            layers: Vec::new(),
            blobs: Blobs::Apart(Arc::new(|_| Err(ImageError::new("", "")))),
        }
    }

    #[test]
    fn made_up_paths_are_stable_and_without_colons() {
        let cases: [(&str, &[&str], &str); 6] = [
            ("docker-archive:app.tar", &["docker.io/library/app:1.0"], "docker.io/library/app"),
            ("registry:localhost:5000/a/b@sha256:0", &["localhost:5000/a/b@sha256:0"], "localhost-5000/a/b"),
            ("oci:build/layout:1.0", &["1.0"], "layout"),
            ("oci:/tmp/x/", &[], "x"),
            ("oci-archive:../app.tar (linux/arm64)", &[], "app.tar"),
            ("oci:..", &[], "unnamed"),
        ];
        for (label, names, expected) in cases {
            assert_eq!(repository(&image(label, names)), expected, "{label}");
            let place = Opened::new(image(label, names), None, Some("linux/arm64")).configuration().name;
            assert_eq!(&*place, format!("image/{expected}/linux-arm64/config.json"));
        }
    }
}
