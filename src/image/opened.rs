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

/// The repository of the image's first name without tag and digest, or the name of the file or folder it came from:
/// stable from version to version, without colons.
fn repository(image: &Image) -> String {
    let label = image.label.split_once(':').map_or(&*image.label, |(_, rest)| rest);
    let name = image.names.first().map_or(label, String::as_str);
    let name = name.split('@').next().unwrap_or(name);
    let tag = name.rfind(':').filter(|at| !name[*at..].contains('/'));
    let name = &name[..tag.unwrap_or(name.len())];
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    let parts: Vec<String> = parts.map(|part| part.replace([':', '\\'], "-")).collect();
    if parts.is_empty() { "unnamed".to_string() } else { parts.join("/") }
}
