//! File system: which file of the tree stands at a path of the container.
//!
//! From the top down: what Compose mounts ([`mounts`]), what the steps of the image copied, moved and removed, latest
//! first ([`image`], [`changes`]), and below that the base image, of which only others know what it holds. What a COPY takes
//! from the build context is looked up there with `.dockerignore` applied ([`host`]). Content that cannot be followed is
//! [`Found::Unknown`], never absent.

mod changes;
mod given;
mod host;
mod image;
mod mounts;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use crate::container::BuildContext;
use crate::container::build::Build;
use crate::container::image_state::ImageState;
use crate::scan::files::Files;
use crate::source::SourceId;
use crate::subject::compose;
pub(super) use host::picks;
use mounts::Mounted;

/// How many steps and commands of stages are looked at for one path: a copy may lead to a stage that copies in turn.
const MAX_LOOKS: usize = 4096;

/// More names than this are not listed of one folder.
const MAX_NAMES: usize = 512;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// This file.
    File(SourceId),
    /// Nothing.
    Absent,
    /// What the base image has there, if anything.
    OfBase,
    /// It cannot be followed; why.
    Unknown(String),
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Full paths, sorted, of everything that is there or may be.
    pub entries: Vec<(String, Found)>,
    /// Why there may be more.
    pub open: Option<String>,
}

/// The files of one container.
pub(super) struct FileSystem<'a, 'f> {
    files: &'a mut Files<'f>,
    image: &'a ImageState,
    build: Option<&'a Build>,
    context: Option<&'a BuildContext>,
    mounts: Vec<Mounted>,
    /// How many more steps and commands may be looked at for the present path.
    looks: usize,
}

impl<'a, 'f> FileSystem<'a, 'f> {
    /// The files of an image, with what a service mounts over it.
    pub fn new(
        files: &'a mut Files<'f>,
        image: &'a ImageState,
        build: Option<&'a Build>,
        context: Option<&'a BuildContext>,
        service: Option<(&compose::Service, &compose::Project)>,
    ) -> FileSystem<'a, 'f> {
        let mut system = FileSystem { files, image, build, context, mounts: Vec::new(), looks: 0 };
        if let Some((service, project)) = service {
            system.mounts = system.mounted(service, project);
        }
        system
    }

    /// What stands at an absolute path.
    pub fn read(&mut self, path: &str) -> Found {
        self.looks = MAX_LOOKS;
        let path = crate::container::build::join("/", path);
        match self.in_mounts(&path) {
            Some(found) => found,
            None => self.in_image(self.image, &path, self.image.steps.len(), 0),
        }
    }

    /// What stands in a folder, `stock` being what the base image has there.
    pub fn list(&mut self, folder: &str, stock: &[&str]) -> Listing {
        let folder = crate::container::build::join("/", folder);
        let mut names = Names::default();
        names.extend(stock.iter().map(|name| name.to_string()));
        self.looks = MAX_LOOKS;
        if !self.names_of_mounts(&folder, &mut names) {
            self.names_of_image(self.image, &folder, self.image.steps.len(), 0, &mut names);
        }
        names.list.sort();
        names.list.dedup();
        let mut listing = Listing { entries: Vec::new(), open: names.open };
        for name in names.list {
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            let found = self.read(&path);
            let is_stock = stock.contains(&name.as_str());
            if found != Found::Absent && (found != Found::OfBase || is_stock) {
                listing.entries.push((path, found));
            }
        }
        listing
    }

    /// Takes in a text that stands in no file of the tree.
    pub fn add_text(&mut self, name: &str, text: &str) -> SourceId {
        self.files.sources.add_text(name, text)
    }

    /// Where a file that was found was read from, if it is one of the tree.
    pub fn host_path(&self, source: SourceId) -> Option<PathBuf> {
        self.files.sources.get(source).path.clone()
    }

    /// The text of a file that was found.
    pub fn text(&self, source: SourceId) -> Arc<str> {
        self.files.text(source)
    }
}

/// Names on their way to a listing.
#[derive(Debug, Default)]
struct Names {
    list: Vec<String>,
    open: Option<String>,
}

impl Names {
    fn extend(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if self.list.len() >= MAX_NAMES {
                self.leave_open(format!("more than {MAX_NAMES} files stand in one folder"));
                return;
            }
            self.list.push(name);
        }
    }

    fn leave_open(&mut self, why: String) {
        self.open.get_or_insert(why);
    }
}

/// What is left of a path below a folder: `b/c` of `/a/b/c` below `/a`; empty for the folder itself.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let folder = folder.trim_end_matches('/');
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder that a path is in.
fn parent(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

fn has_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}
