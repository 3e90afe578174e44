//! Tree: files by name, in a folder or an archive.
//!
//! Layouts and what `docker save` writes are trees; how they are read does not depend on where the tree lies.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::too_long;
use super::source::unreadable;
use super::{Blobs, ImageError};

/// Files by their names, which are relative to the root, with `/` between folders.
pub trait Tree {
    /// What messages call it.
    fn label(&self) -> String;

    /// How many bytes are stored under a name; nothing if there is no such file.
    ///
    /// # Errors
    /// If the name leads out of the tree or to something that is no file.
    fn size(&self, name: &str) -> Result<Option<u64>, ImageError>;

    /// The bytes of a file that is no longer than the limit; nothing if there is no such file.
    ///
    /// # Errors
    /// If it is longer, cannot be read, leads out of the tree, or is no file.
    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, ImageError>;

    /// The way to layers with these names.
    ///
    /// # Errors
    /// If a name leads out of the tree.
    fn blobs(&self, names: Vec<Option<String>>) -> Result<Blobs, ImageError>;
}

/// A tree on the disk.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    /// Where it really is, without links.
    real: PathBuf,
}

impl Folder {
    /// The tree under a folder.
    ///
    /// # Errors
    /// If it is no folder that can be read.
    pub fn open(path: &Path) -> Result<Folder, ImageError> {
        let real = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
        if !real.is_dir() {
            return Err(ImageError::new(
                format!("`{}` is not a folder", path.display()),
                "give the folder with `oci-layout`, or an archive as `oci-archive:` or `docker-archive:`",
            ));
        }
        Ok(Folder { path: path.to_path_buf(), real })
    }

    /// The file behind a name.
    fn find(&self, name: &str) -> Result<Option<PathBuf>, ImageError> {
        let path = self.path.join(name);
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(&path, &error)),
        };
        if !real.starts_with(&self.real) {
            return Err(ImageError::new(
                format!("`{}` is a link out of the layout", path.display()),
                "copy the file to where the link is",
            ));
        }
        if !real.is_file() {
            return Err(ImageError::new(format!("`{}` is not a file", path.display()), "write the layout again"));
        }
        Ok(Some(real))
    }
}

impl Tree for Folder {
    fn label(&self) -> String {
        self.path.display().to_string()
    }

    fn size(&self, name: &str) -> Result<Option<u64>, ImageError> {
        let Some(path) = self.find(name)? else { return Ok(None) };
        fs::metadata(&path).map(|metadata| Some(metadata.len())).map_err(|error| unreadable(&path, &error))
    }

    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, ImageError> {
        let Some(path) = self.find(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&path, &error))?;
        if bytes.len() > limit {
            return Err(too_long(&format!("`{}`", self.path.join(name).display()), limit));
        }
        Ok(Some(bytes))
    }

    fn blobs(&self, names: Vec<Option<String>>) -> Result<Blobs, ImageError> {
        let folder = self.clone();
        Ok(Blobs::Apart(Arc::new(move |index| {
            let name = names.get(index).and_then(Option::as_deref);
            let path = name.map_or(Ok(None), |name| folder.find(name))?.ok_or_else(|| {
                ImageError::new(
                    format!("layer {index} of `{}` is not there", folder.path.display()),
                    "write the layout again",
                )
            })?;
            Ok(Box::new(File::open(&path).map_err(|error| unreadable(&path, &error))?))
        })))
    }
}
