//! Project: which Compose files are meant.

use std::path::{Path, PathBuf};

use crate::subject::compose::files;

/// The files that Compose would take when started in a folder: the base and its override, from there or from the
/// nearest folder above. `None` if there are none.
pub fn around(folder: &Path) -> Option<Vec<PathBuf>> {
    let folder = crate::discover::absolute(folder);
    folder.ancestors().find_map(within)
}

/// The base of one folder with its override.
pub fn within(folder: &Path) -> Option<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    let group = files::group(names.iter().map(String::as_str));
    let base = group.base?;
    Some(std::iter::once(base).chain(group.overrides).map(|name| folder.join(name)).collect())
}
