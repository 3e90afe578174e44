//! Opening: from a source to the images in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::archive::Archive;
use super::manifest::CONFIG_LIMIT;
use super::resolve::{self, Found, Wanted};
use super::source::{ImageSource, unreadable};
use super::tree::Folder;
use super::{Blobs, Digest, Image, ImageError, Layer, config, docker, layout};

/// Reads manifests and configurations of a source and gives the images that are wanted, at least one. Layers are not
/// read.
///
/// # Errors
/// If something that is needed is not there, is not what its digest says, is no image, or nothing is as wanted.
pub fn open(source: &ImageSource, wanted: &Wanted) -> Result<Vec<Image>, ImageError> {
    let label = source.to_string();
    match source {
        ImageSource::Layout { folder, reference } => {
            layout::open(&Folder::open(folder)?, reference.as_deref(), wanted, &label)
        }
        ImageSource::LayoutArchive { file, reference } => {
            layout::open(&Archive::open(file)?, reference.as_deref(), wanted, &label)
        }
        ImageSource::DockerArchive { file, tag } => docker::open(&Archive::open(file)?, tag.as_deref(), wanted, &label),
        ImageSource::Config { file } => {
            let found = resolve::settle(vec![configuration(file, &label)?], wanted, &format!("`{label}`"))?;
            let blobs = |index: usize| {
                ImageError::new(format!("layer {index} is not there"), "give the image and not its configuration")
            };
            let blobs = Blobs::Apart(Arc::new(move |index| Err(blobs(index))));
            Ok(found.into_iter().map(|found| found.image(&label, blobs.clone())).collect())
        }
        ImageSource::Inspect { .. } => Err(ImageError::new(
            format!("`{label}` describes an image and is none"),
            "save the image and give it as `docker-archive:FILE`",
        )),
        #[cfg(feature = "registry")]
        ImageSource::Registry { reference } => super::registry::open(reference, wanted, &Default::default()),
        #[cfg(not(feature = "registry"))]
        ImageSource::Registry { .. } => Err(ImageError::new(
            format!("`{label}` cannot be read: this program was built without registries"),
            "build it with the feature `registry`, or save the image and give it as `docker-archive:FILE`",
        )),
    }
}

/// An image of which only the configuration is there.
fn configuration(file: &Path, label: &str) -> Result<Found, ImageError> {
    let read = |reader: &mut dyn Read| {
        let mut bytes = Vec::new();
        reader.take(CONFIG_LIMIT as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if file == Path::new("-") {
        read(&mut io::stdin().lock())
    } else {
        let metadata = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?;
        if !metadata.is_file() {
            return Err(ImageError::new(format!("`{}` is not a file", file.display()), "give the path of a file"));
        }
        File::open(file).and_then(|mut file| read(&mut file))
    };
    let bytes = bytes.map_err(|error| unreadable(file, &error))?;
    let facts = config::read(&bytes, &format!("`{label}`"))?;
    let missing = Some("only the configuration was given".to_string());
    let layer = |diff_id| Layer { digest: None, diff_id: Some(diff_id), size: None, missing: missing.clone() };
    Ok(Found {
        names: Vec::new(),
        platform: facts.platform,
        manifest: None,
        id: Digest::of(&bytes),
        config: facts.text,
        oci: false,
        annotations: std::collections::BTreeMap::new(),
        layers: facts.diff_ids.into_iter().map(layer).collect(),
    })
}

/// What messages call each of these images: the source, with the name, platform or ID that tells them apart.
pub fn labels(found: &[Found], source: &str, named: bool) -> Vec<String> {
    let first = |image: &Found| image.names.first().cloned();
    let label = |image: &Found| {
        let name = first(image).filter(|_| !named && found.len() > 1);
        let mut label = name.as_ref().map_or_else(|| source.to_string(), |name| format!("{source}:{name}"));
        let others = |other: &&Found| named || first(other) == first(image);
        let twins: Vec<&Found> = found.iter().filter(others).collect();
        if twins.len() > 1 {
            let same = twins.iter().filter(|other| other.platform == image.platform).count();
            match &image.platform {
                Some(platform) if same == 1 => label.push_str(&format!(" ({platform})")),
                _ => label.push_str(&format!(" ({})", image.manifest.as_ref().unwrap_or(&image.id).short())),
            }
        }
        label
    };
    found.iter().map(label).collect()
}
