//! Version files: the nearest ones above a build, up to the root.

use std::path::Path;

use super::Session;
use crate::container::build::Build;
use crate::container::image_state::ImageState;
use crate::container::runtime;
use crate::container::versions::{self, VersionFile};
use crate::scan::files::Files;

impl Session<'_> {
    /// What the version files in `folder` and above say, nearest first; only for runtimes that take part in the build
    /// and have such files. Folders that the walk saw are not looked into again.
    pub(super) fn version_files(&mut self, files: &mut Files, build: &Build, folder: &Path) -> Vec<VersionFile> {
        let wanted: Vec<&str> = build.states.values().filter_map(|state| runtime_with_files(state)).collect();
        let mut found = Vec::new();
        if wanted.is_empty() {
            return found;
        }
        for folder in folder.ancestors() {
            if !folder.starts_with(self.scanner.root.path()) {
                break;
            }
            let seen = self.seen(folder);
            for (name, runtime) in versions::FILES {
                let speaks = runtime.is_empty() || wanted.contains(&runtime);
                if !speaks || !seen.map_or_else(|| folder.join(name).is_file(), |names| names.contains(&name)) {
                    continue;
                }
                let Ok(Some(source)) = files.read(&folder.join(name)) else { continue };
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
        match self.scanner.version_files.get(folder) {
            Some(names) => Some(names),
            None => self.scanner.walked.iter().any(|walked| folder.starts_with(walked)).then_some(&[]),
        }
    }
}

/// The runtime of a stage's base image, if version files speak of it.
fn runtime_with_files(image: &ImageState) -> Option<&'static str> {
    match image.base.reference.as_ref().and_then(runtime::from_reference)?.0 {
        runtime::Kind::Node => Some("node"),
        runtime::Kind::Python => Some("python"),
        _ => None,
    }
}
