//! Image source: what the user typed, taken apart.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{ImageError, archive};

/// Where an image comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// `oci:DIR[:ref]`: an OCI image layout.
    Layout {
        /// The folder with `oci-layout` and `index.json`.
        folder: PathBuf,
        /// The name of one entry of its index.
        reference: Option<String>,
    },
    /// `oci-archive:FILE[:ref]`: the same in a tar.
    LayoutArchive {
        /// The tar, plain or compressed.
        file: PathBuf,
        /// The name of one entry of its index.
        reference: Option<String>,
    },
    /// `docker-archive:FILE[:tag]`: what `docker save` writes.
    DockerArchive {
        /// The tar, plain or compressed.
        file: PathBuf,
        /// One of its images.
        tag: Option<String>,
    },
    /// `registry:REF`: an image in a registry.
    Registry {
        /// As it was typed.
        reference: String,
    },
    /// `config:FILE`: a configuration as JSON.
    Config {
        /// The file; `-` for standard input.
        file: PathBuf,
    },
    /// `inspect:FILE`: what `docker inspect` prints.
    Inspect {
        /// The file; `-` for standard input.
        file: PathBuf,
    },
}

impl ImageSource {
    /// Whether it is an image on this machine, with its layers.
    pub fn is_local(&self) -> bool {
        matches!(
            self,
            ImageSource::Layout { .. } | ImageSource::LayoutArchive { .. } | ImageSource::DockerArchive { .. }
        )
    }

    /// Takes apart a text with one of the prefixes; nothing for one without, which is a path.
    ///
    /// A path may have a `:` in it: of the places where it may end, the last one that leaves something that exists is
    /// taken. If nothing of the kind exists it ends at the first `:`, as names of images may have one themselves; that of
    /// a Windows drive does not count.
    pub fn parse(text: &str) -> Option<Result<ImageSource, ImageError>> {
        parse(text, &|path| Path::new(path).exists())
    }

    /// What lies at a path, by its content: a layout, an archive of either kind, or nothing of these.
    ///
    /// # Errors
    /// If it cannot be read, is a damaged archive, or is packed in a way that is not read.
    pub fn recognise(path: &Path) -> Result<Option<ImageSource>, ImageError> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            let layout = path.join("oci-layout").is_file();
            return Ok(layout.then(|| ImageSource::Layout { folder: path.to_path_buf(), reference: None }));
        }
        if !metadata.is_file() {
            return Ok(None);
        }
        let file = path.to_path_buf();
        Ok(archive::recognise(path)?.map(|kind| match kind {
            archive::Kind::Docker => ImageSource::DockerArchive { file, tag: None },
            archive::Kind::Layout => ImageSource::LayoutArchive { file, reference: None },
        }))
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, path, name) = match self {
            ImageSource::Layout { folder, reference } => ("oci", folder, reference.as_ref()),
            ImageSource::LayoutArchive { file, reference } => ("oci-archive", file, reference.as_ref()),
            ImageSource::DockerArchive { file, tag } => ("docker-archive", file, tag.as_ref()),
            ImageSource::Registry { reference } => return write!(f, "registry:{reference}"),
            ImageSource::Config { file } => ("config", file, None),
            ImageSource::Inspect { file } => ("inspect", file, None),
        };
        write!(f, "{prefix}:{}", path.display())?;
        name.map_or(Ok(()), |name| write!(f, ":{name}"))
    }
}

fn parse(text: &str, exists: &dyn Fn(&str) -> bool) -> Option<Result<ImageSource, ImageError>> {
    let (prefix, rest) = text.split_once(':')?;
    if !["oci", "oci-archive", "docker-archive", "registry", "config", "inspect"].contains(&prefix) {
        return None;
    }
    let help = |form: &str| format!("write it as `{prefix}:{form}`");
    if rest.is_empty() {
        let form = if prefix == "registry" { "REFERENCE" } else { "PATH" };
        return Some(Err(ImageError::new(format!("`{text}` names no image"), help(form))));
    }
    let source = match prefix {
        "registry" => ImageSource::Registry { reference: rest.to_string() },
        "config" => ImageSource::Config { file: PathBuf::from(rest) },
        "inspect" => ImageSource::Inspect { file: PathBuf::from(rest) },
        _ => {
            let (path, name) = split(rest, exists);
            if path.is_empty() || name == Some("") {
                let why = format!("`{text}` has nothing on one side of its last `:`");
                return Some(Err(ImageError::new(why, help("PATH:NAME"))));
            }
            let (path, name) = (PathBuf::from(path), name.map(str::to_string));
            match prefix {
                "oci" => ImageSource::Layout { folder: path, reference: name },
                "oci-archive" => ImageSource::LayoutArchive { file: path, reference: name },
                _ => ImageSource::DockerArchive { file: path, tag: name },
            }
        }
    };
    Some(Ok(source))
}

/// A path and the name behind it.
fn split<'t>(text: &'t str, exists: &dyn Fn(&str) -> bool) -> (&'t str, Option<&'t str>) {
    if exists(text) {
        return (text, None);
    }
    let drive = matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let from = if drive { 2 } else { 0 };
    let colons: Vec<usize> = text.match_indices(':').map(|(at, _)| at).filter(|&at| at >= from).collect();
    let there = colons.iter().rev().find(|&&at| at > 0 && exists(&text[..at]));
    match there.or(colons.first()) {
        Some(&at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// The error of a path that cannot be read.
pub fn unreadable(path: &Path, error: &io::Error) -> ImageError {
    let help = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "make it readable for the user who runs this",
        _ => "check that it is a whole file on a disk that works",
    };
    ImageError::new(format!("`{}` cannot be read: {error}", path.display()), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, there: &[&str]) -> String {
        match parse(text, &|path| there.contains(&path)) {
            None => "no source".to_string(),
            Some(Err(error)) => format!("error: {}", error.what),
            Some(Ok(ImageSource::Layout { folder, reference })) => format!("{} | {reference:?}", folder.display()),
            Some(Ok(ImageSource::LayoutArchive { file, reference })) => format!("{} | {reference:?}", file.display()),
            Some(Ok(ImageSource::DockerArchive { file, tag })) => format!("{} | {tag:?}", file.display()),
            Some(Ok(other)) => other.to_string(),
        }
    }

    #[test]
    fn a_path_ends_where_something_exists() {
        assert_eq!(parsed("oci:a/b", &[]), "a/b | None");
        assert_eq!(parsed("oci:a/b:1.0", &["a/b"]), "a/b | Some(\"1.0\")");
        assert_eq!(parsed("oci:a:b/c:1.0", &["a:b/c"]), "a:b/c | Some(\"1.0\")");
        assert_eq!(parsed("oci:a:b/c:1.0", &["a:b/c:1.0", "a:b/c"]), "a:b/c:1.0 | None");
        assert_eq!(parsed("docker-archive:x.tar:docker.io/app:1", &["x.tar"]), "x.tar | Some(\"docker.io/app:1\")");
    }

    #[test]
    fn a_path_that_does_not_exist_ends_at_the_first_colon() {
        assert_eq!(parsed("docker-archive:x.tar:docker.io/app:1", &[]), "x.tar | Some(\"docker.io/app:1\")");
        assert_eq!(parsed("oci-archive:C:\\x.tar:1.0", &[]), "C:\\x.tar | Some(\"1.0\")");
        assert_eq!(parsed("oci:C:/x", &[]), "C:/x | None");
    }

    #[test]
    fn what_has_no_prefix_is_a_path() {
        for text in ["image.tar", "./oci", "C:\\image.tar", "docker://app", "app:1.0", "OCI:x", ""] {
            assert_eq!(parsed(text, &[]), "no source", "{text}");
        }
    }

    #[test]
    fn an_empty_side_is_an_error() {
        for text in ["oci:", "registry:", "config:", "oci::1.0", "oci:dir:"] {
            assert!(parsed(text, &["dir"]).starts_with("error"), "{text}");
        }
    }

    #[test]
    fn a_source_shows_what_was_typed() {
        for text in ["oci:d:1", "oci-archive:f", "docker-archive:f:a/b:1", "registry:a/b:1@x", "config:f", "inspect:-"]
        {
            assert_eq!(parse(text, &|_| false).expect("a sample").expect("a sample").to_string(), text);
        }
    }
}
