//! Version files: the nearest ones above a build, up to the root.

use std::path::Path;

use super::Session;
use crate::container::image_state::ImageState;
use crate::container::runtime;
use crate::container::versions::{self, VersionFile};
use crate::scan::files::Files;

impl Session<'_> {
    /// What the version files in `folder` and above say, nearest first; only for images of a runtime that has such
    /// files. Folders that the walk saw are not looked into again.
    pub(super) fn version_files(&mut self, files: &mut Files, image: &ImageState, folder: &Path) -> Vec<VersionFile> {
        let kind = image.base.reference.as_ref().and_then(runtime::from_reference).map(|(kind, _)| kind);
        let wanted = match kind {
            Some(runtime::Kind::Node) => "node",
            Some(runtime::Kind::Python) => "python",
            _ => return Vec::new(),
        };
        let mut found = Vec::new();
        for folder in folder.ancestors() {
            if !folder.starts_with(self.scanner.root.path()) {
                break;
            }
            for (name, runtime) in versions::FILES {
                if !runtime.is_empty() && runtime != wanted || !self.may_have(folder, name) {
                    continue;
                }
                let Ok(Some(source)) = files.read(&folder.join(name)) else { continue };
                let text = files.text(source);
                for mut file in versions::read(name, source, &text) {
                    if file.runtime == wanted {
                        file.path = files.sources.get(source).name.to_string();
                        found.push(file);
                    }
                }
            }
        }
        found
    }

    /// Whether it is worth opening a file there: the walk has seen it, or has not been in that folder.
    fn may_have(&self, folder: &Path, name: &str) -> bool {
        match self.scanner.version_files.get(folder) {
            Some(names) => names.contains(&name),
            None => !self.scanner.walked.iter().any(|walked| folder.starts_with(walked)) && folder.join(name).is_file(),
        }
    }
}
