//! Host: files of the tree, and of nothing but the tree.

use std::path::Path;

use globset::GlobBuilder;

use super::{FileSystem, Found, Names, file_name, has_glob, parent};
use crate::container::BuildContext;
use crate::source::SourceId;

/// What a path of the tree is.
pub(super) enum Host {
    File(SourceId),
    Folder,
    Missing,
    Unknown(String),
}

impl FileSystem<'_, '_> {
    /// The file at a path of this machine, if that is inside of `within` behind all links.
    pub(super) fn host(&mut self, path: &Path, within: &Path) -> Host {
        let path = crate::discover::absolute(path);
        let name = self.files.name(&path);
        if !path.starts_with(within) {
            return Host::Unknown(format!("`{name}` is not in the tree"));
        }
        let Ok(metadata) = std::fs::metadata(&path) else { return Host::Missing };
        let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let within = std::fs::canonicalize(within).unwrap_or_else(|_| within.to_path_buf());
        if !real.starts_with(&within) {
            return Host::Unknown(format!("`{name}` leads out of the tree"));
        }
        if metadata.is_dir() {
            return Host::Folder;
        }
        match self.files.read(&path) {
            Ok(Some(source)) => Host::File(source),
            Ok(None) => Host::Unknown(format!("`{name}` cannot be read")),
            Err(problem) => Host::Unknown(format!("`{name}` {}", problem.what)),
        }
    }

    /// What a COPY from the build context finds at a path of it.
    pub(super) fn in_context(&mut self, context: &BuildContext, path: &str) -> Host {
        let path = path.trim_start_matches('/');
        if let Some(ignore) = &context.ignore {
            if let Some(why) = &ignore.incomplete {
                return Host::Unknown(why.clone());
            }
            // A folder may hold what is let in again.
            if ignore.excludes(path).is_some() && !context.folder.join(path).is_dir() {
                return Host::Missing;
            }
        }
        self.host(&context.folder.join(path), &context.folder)
    }

    /// The names in a folder of this machine that is inside of `within`.
    pub(super) fn host_names(&self, folder: &Path, within: &Path, names: &mut Names) {
        let folder = crate::discover::absolute(folder);
        let Some(entries) = folder.starts_with(within).then(|| std::fs::read_dir(&folder).ok()).flatten() else {
            return names.leave_open(format!("`{}` is not in the tree", self.files.name(&folder)));
        };
        names.extend(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()));
    }

    /// The source files that a glob of a COPY picks, as paths in the context.
    pub(super) fn context_names(&self, context: &BuildContext, source: &str, names: &mut Names) {
        let (folder, pattern) = (parent(source), file_name(source));
        let folder = if source.contains('/') { folder.trim_start_matches('/') } else { "" };
        if has_glob(folder) {
            return names.leave_open(format!("`{source}` picks from several folders"));
        }
        let mut all = Names::default();
        self.host_names(&context.folder.join(folder), &context.folder, &mut all);
        if let Some(why) = all.open {
            names.leave_open(why);
        }
        names.extend(all.list.into_iter().filter(|name| picks(pattern, name)));
    }
}

/// Whether a pattern of a COPY picks a name.
pub(in crate::scan::project) fn picks(pattern: &str, name: &str) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

impl From<Host> for Option<Found> {
    /// What is missing says nothing here: something below may have it.
    fn from(host: Host) -> Option<Found> {
        match host {
            Host::File(source) => Some(Found::File(source)),
            Host::Unknown(why) => Some(Found::Unknown(why)),
            Host::Folder | Host::Missing => None,
        }
    }
}
