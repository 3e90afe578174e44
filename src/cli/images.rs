//! Images on the command line.

use std::path::PathBuf;

use super::InputArgs;
use crate::image::{ImageSource, Platform};
use crate::scan::Images;

/// The paths that are no images, and the images; `None` if one of them cannot be meant, which is printed.
pub(super) fn requested(input: &InputArgs) -> Option<(Vec<PathBuf>, Images)> {
    let mut images = Images { layers: !input.no_layers, plain_http: plain_http(input), ..Images::default() };
    let mut paths = Vec::new();
    for path in &input.paths {
        match path.to_str().and_then(ImageSource::parse) {
            Some(Ok(source)) => images.sources.push(source),
            Some(Err(error)) => return failed(&error.to_string()),
            None => match recognised(path) {
                Ok(Some(source)) => images.sources.push(source),
                Ok(None) => paths.push(path.clone()),
                Err(error) => return failed(&error),
            },
        }
    }
    images.containers = named("--image", &input.images)?;
    images.bases = named("--base", &input.bases)?;
    if let Some(text) = &input.platform {
        match Platform::parse(text) {
            Some(platform) => images.platform = Some(platform),
            None => return failed(&format!("`--platform {text}` is no platform; write `linux/amd64`")),
        }
    }
    Some((paths, images))
}

#[cfg(feature = "registry")]
fn plain_http(input: &InputArgs) -> bool {
    input.plain_http
}

#[cfg(not(feature = "registry"))]
fn plain_http(_: &InputArgs) -> bool {
    false
}

/// `NAME=IMAGE`, where the image may be a plain path.
fn named(flag: &str, values: &[String]) -> Option<Vec<(String, ImageSource)>> {
    let mut named = Vec::new();
    for value in values {
        let Some((name, image)) = value.split_once('=').filter(|(name, image)| !name.is_empty() && !image.is_empty())
        else {
            return failed(&format!("`{flag} {value}` has no name or no image; write `{flag} NAME=IMAGE`"));
        };
        let source = match ImageSource::parse(image) {
            Some(source) => source.map_err(|error| error.to_string()),
            None => match recognised(&PathBuf::from(image)) {
                Ok(Some(source)) => Ok(source),
                Ok(None) => Err(format!(
                    "`{image}` is no image that can be recognised; write `oci:DIR`, `docker-archive:FILE` or `registry:REFERENCE`"
                )),
                Err(error) => Err(error),
            },
        };
        match source {
            Ok(source) => named.push((name.to_string(), source)),
            Err(error) => return failed(&error),
        }
    }
    Some(named)
}

/// A path that is an image by its content; names that say what a file is are believed.
fn recognised(path: &std::path::Path) -> Result<Option<ImageSource>, String> {
    use crate::discover::{Kind, kind_of_name};
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(std::path::Path::file_name).unwrap_or_default().to_string_lossy();
    if !path.is_dir() && (!path.is_file() || kind_of_name(&folder, &name) != Kind::Other) {
        return Ok(None);
    }
    ImageSource::recognise(path).map_err(|error| error.to_string())
}

fn failed<T>(what: &str) -> Option<T> {
    eprintln!("error: {}", crate::terminal::clean(what));
    None
}
