//! Given: what an image that was given has at a path.

use super::{FileSystem, Found, Names};
use crate::image::Opened;
use crate::image::layers::{Content, Lookup};

impl FileSystem<'_, '_> {
    /// What an image has at a path; `None` if there is no image, or its layers were not read.
    pub(super) fn in_given(&mut self, opened: Option<&Opened>, path: &str) -> Option<Found> {
        let opened = opened?;
        let contents = opened.contents.as_ref()?;
        let entry = match contents.find(path) {
            Lookup::Found(entry) => entry,
            Lookup::Absent => return Some(Found::Absent),
            Lookup::Unknown(why) => return Some(Found::Unknown(why)),
        };
        Some(match contents.content_of(&entry) {
            Content::Bytes(bytes) => Found::File(self.files.sources.add(opened.source(&entry, bytes))),
            Content::Absent => Found::Absent,
            Content::Unknown(why) => Found::Unknown(why),
        })
    }
}

/// The names that an image has in a folder; whether there is an image whose layers were read.
pub(super) fn names_of_given(opened: Option<&Opened>, folder: &str, names: &mut Names) -> bool {
    let Some(contents) = opened.and_then(|opened| opened.contents.as_ref()) else { return false };
    match contents.list(folder) {
        Some(listing) => {
            names.extend(listing.entries.iter().map(|entry| entry.name().to_string()));
            if let Some(why) = listing.more {
                names.leave_open(why);
            }
        }
        None => {
            if let Lookup::Unknown(why) = contents.find(folder) {
                names.leave_open(why);
            }
        }
    }
    true
}
