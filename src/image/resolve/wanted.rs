//! Wanted: which of the images of a source are wanted, and whether those that were found are these.

use super::Found;
use crate::image::manifest;
use crate::image::{ImageError, Platform};

/// How many images one source gives.
pub const MOST_IMAGES: usize = 500;

/// Which of the images of a source are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only what serves this platform.
    pub platform: Option<Platform>,
    /// Whether several images may remain.
    pub several: Several,
}

/// What happens when more than one image remains after names and platforms were compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Several {
    /// Each is given.
    #[default]
    All,
    /// It is an error that lists them.
    One,
}

/// Leaves out images for other platforms, and sees to it that one image remains, or several where they may.
///
/// # Errors
/// If none remains, or too many.
pub fn settle(found: Vec<Found>, wanted: &Wanted, label: &str) -> Result<Vec<Found>, ImageError> {
    let serves = |image: &Found| match (&wanted.platform, &image.platform) {
        (Some(wanted), Some(have)) => wanted.distance(have).is_some(),
        _ => true,
    };
    let (found, others): (Vec<Found>, Vec<Found>) = found.into_iter().partition(serves);
    if let Some(wanted) = wanted.platform.as_ref().filter(|_| found.is_empty()) {
        let stated = others.iter().filter_map(|image| image.platform.as_ref()).map(ToString::to_string);
        return Err(other_platforms(label, wanted, listed(stated)));
    }
    if found.len() > 1 && wanted.several == Several::One {
        return Err(ImageError::new(
            format!("{label} holds {} images: {}", found.len(), listed(found.iter().map(describe))),
            "name one of them behind a `:`, or choose with `--platform`",
        ));
    }
    Ok(found)
}

/// Sees to it that there is an image, and not more than are given at once.
///
/// # Errors
/// If there is none, or too many.
pub fn few_enough(images: usize, label: &str) -> Result<(), ImageError> {
    match images {
        0 => Err(ImageError::new(
            format!("{label} holds no image"),
            "check the name; attestations and artifacts are no images",
        )),
        1..=MOST_IMAGES => Ok(()),
        more => Err(ImageError::new(
            format!("{label} holds {more} images, more than {MOST_IMAGES}"),
            "name one of them behind a `:`, or choose with `--platform`",
        )),
    }
}

/// The error of a source that has only images for other platforms.
pub fn other_platforms(label: &str, wanted: &Platform, offered: String) -> ImageError {
    ImageError::new(
        format!("{label} has nothing for `{wanted}`, only for {offered}"),
        "ask for one of these with `--platform`",
    )
}

/// A list for a message, at most ten entries long.
pub fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    names.dedup();
    let more = names.len().saturating_sub(10);
    names.truncate(10);
    let mut text = names.iter().map(|name| format!("`{}`", manifest::shorten(name))).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn describe(image: &Found) -> String {
    let platform = image.platform.as_ref().map(ToString::to_string);
    let words: Vec<String> = image.names.iter().take(1).cloned().chain(platform).collect();
    if words.is_empty() { image.id.short() } else { words.join(" ") }
}
