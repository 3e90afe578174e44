//! Version files: the nearest ones above a build, up to the root.

use std::path::{Path, PathBuf};

use super::Session;
use crate::container::build::Build;
use crate::container::image_state::ImageState;
use crate::container::runtime;
use crate::container::versions::{self, Demand, VersionFile};
use crate::scan::files::Files;
use crate::source::Span;

impl Session<'_> {
    /// What the version files beside the Dockerfile and above say (in the context `folder`, if the Dockerfile is outside), nearest first; only for runtimes that take part in the build
    /// and have such files. Folders that the walk saw are not looked into again.
    pub(super) fn version_files(&mut self, files: &mut Files, build: &Build, folder: &Path) -> Vec<VersionFile> {
        let wanted: Vec<&'static str> = build.states.values().filter_map(|state| runtime_with_files(state)).collect();
        let mut found = Vec::new();
        if wanted.is_empty() {
            return found;
        }
        let start = nearest(files, build, folder);
        for folder in start.ancestors() {
            if !folder.starts_with(self.scanner.root.path()) {
                break;
            }
            let seen = self.seen(folder);
            for (name, runtime) in versions::FILES {
                let speaks = runtime.is_empty() || wanted.contains(&runtime);
                if !speaks || !seen.map_or_else(|| folder.join(name).is_file(), |names| names.contains(&name)) {
                    continue;
                }
                let path = folder.join(name);
                let source = match files.read_or_report(&path) {
                    Ok(Some(source)) => source,
                    Ok(None) => continue,
                    Err(_) => {
                        found.extend(unread(files, &path, &wanted, runtime));
                        continue;
                    }
                };
                let text = files.text(source);
                for mut file in versions::read(name, source, &text) {
                    if wanted.contains(&file.runtime) {
                        file.path = files.sources.get(source).name.to_string();
                        found.push(file);
                    }
                }
            }
        }
        found
    }

    /// The version files that discovery has seen in a folder; `None` if it has not been there.
    fn seen(&self, folder: &Path) -> Option<&'_ [&'static str]> {
        match self.scanner.found.version_files.get(folder) {
            Some(names) => Some(names),
            None => self.scanner.found.walked.iter().any(|walked| folder.starts_with(walked)).then_some(&[]),
        }
    }
}

/// A version file that is there and cannot be read: what it says of the runtimes that it may speak of is open.
fn unread(files: &mut Files, path: &Path, wanted: &[&'static str], speaks_of: &str) -> Vec<VersionFile> {
    let path = files.name(path);
    let span = Span::new(files.sources.add_text(&path, ""), 0..0);
    let runtimes = wanted.iter().filter(|runtime| speaks_of.is_empty() || **runtime == speaks_of);
    let file = |runtime: &&'static str| {
        let demand = Demand::Open(path.clone());
        VersionFile { path: path.clone(), runtime, demand, span }
    };
    runtimes.map(file).collect()
}

/// The folder of the Dockerfile, if it is within the context: in a monorepo that has its root for a context, it is the
/// package's own folder. A Dockerfile from elsewhere says nothing about where the code is.
fn nearest(files: &Files, build: &Build, context: &Path) -> PathBuf {
    let path = files.sources.get(build.file.source).path.as_deref();
    let folder = path.and_then(Path::parent).filter(|folder| folder.starts_with(context));
    folder.unwrap_or(context).to_path_buf()
}

/// The runtime of a stage's base image, if version files speak of it.
fn runtime_with_files(image: &ImageState) -> Option<&'static str> {
    match image.base.reference.as_ref().and_then(runtime::from_reference)?.0 {
        runtime::Kind::Node => Some("node"),
        runtime::Kind::Python => Some("python"),
        _ => None,
    }
}
