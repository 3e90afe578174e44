//! Writing: changed files in their place, each whole or not at all.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Change;

/// Whether a file may be changed: it lies inside the root, may be written, and holds the text that was read.
///
/// # Errors
/// Why not.
pub fn may_be_changed(path: &Path, text: &str, root: &Path) -> Result<(), String> {
    if !path.starts_with(root) {
        return Err("it lies outside the root of the scan".to_string());
    }
    let metadata = fs::metadata(path).map_err(|error| format!("it cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("it is no file".to_string());
    }
    if metadata.permissions().readonly() {
        return Err("it is read-only".to_string());
    }
    holds(path, text)
}

/// Whether a file holds a text.
fn holds(path: &Path, text: &str) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes == text.as_bytes() {
        return Ok(());
    }
    Err(match std::str::from_utf8(&bytes) {
        Ok(_) => "it has changed since it was read; scan again".to_string(),
        Err(_) => "it holds bytes that are no UTF-8".to_string(),
    })
}

/// A file that is written beside its place, and removed again if it is not moved there.
struct Prepared<'c> {
    place: &'c Path,
    temporary: PathBuf,
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes every file, or none.
///
/// # Errors
/// The files that could not be written, with the reason.
pub fn write(files: &BTreeMap<PathBuf, Change>) -> Result<(), BTreeMap<PathBuf, String>> {
    let mut failed = BTreeMap::new();
    let mut prepared = Vec::with_capacity(files.len());
    for (path, change) in files {
        match holds(path, &change.before).and_then(|()| prepare(path, change).map_err(|error| unwritable(&error))) {
            Ok(file) => prepared.push(file),
            Err(why) => {
                failed.insert(path.clone(), why);
            }
        }
    }
    if !failed.is_empty() {
        return Err(failed);
    }
    for file in prepared {
        if let Err(error) = fs::rename(&file.temporary, file.place) {
            failed.insert(file.place.to_path_buf(), unwritable(&error));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed) }
}

fn unwritable(error: &io::Error) -> String {
    format!("it cannot be written: {error}")
}

/// The new text in a file of the same folder, with the mode of the old one.
fn prepare<'c>(path: &'c Path, change: &Change) -> io::Result<Prepared<'c>> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(hidden);
    // What lies there already is not ours: nothing is written through a link.
    let opened = File::options().write(true).create_new(true).open(&temporary);
    let mut file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => io::Error::other("its folder may not be written to"),
        io::ErrorKind::AlreadyExists => io::Error::other(format!("`{}` is in the way; remove it", temporary.display())),
        _ => error,
    })?;
    let prepared = Prepared { place: path, temporary };
    file.write_all(change.after.as_bytes())?;
    let metadata = fs::metadata(path)?;
    keep_owner(&file, &metadata);
    file.set_permissions(metadata.permissions())?;
    file.sync_all()?;
    Ok(prepared)
}

/// The owner stays, where this process may say so.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    let _ = std::os::unix::fs::fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) {}
