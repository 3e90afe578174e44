//! Context: the folder that a build sees, and the ignore file in force for it.

use std::path::{Path, PathBuf};

use crate::container::BuildContext;
use crate::scan::files::Files;
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::instruction::Kind;
use crate::subject::dockerignore::Dockerignore;

/// How many sources tell which folder a lone Dockerfile is built in.
const MAX_SOURCES: usize = 64;

/// A build context that Compose names.
pub(super) fn of_service(files: &mut Files, folder: PathBuf, file: &Dockerfile) -> BuildContext {
    let ignore = ignore_file(files, &folder, file);
    BuildContext { name: files.name(&folder), folder, ignore, assumed: false }
}

/// The build context of a Dockerfile of which nobody says how it is built: the nearest folder, from its own up to the root of the
/// scan, that has what it copies; its own if none does.
pub(super) fn of_lone_file(files: &mut Files, own: &Path, file: &Dockerfile) -> BuildContext {
    let sources = sources(file);
    let holds_all = |folder: &&Path| sources.iter().all(|source| folder.join(source).exists());
    let within = own.ancestors().take_while(|folder| folder.starts_with(files.root()));
    let folder = within.into_iter().find(holds_all).unwrap_or(own).to_path_buf();
    let ignore = ignore_file(files, &folder, file);
    BuildContext { name: files.name(&folder), folder, ignore, assumed: true }
}

/// The plain paths that instructions take from the build context.
fn sources(file: &Dockerfile) -> Vec<&str> {
    let transfers = file.instructions.iter().filter_map(|instruction| match &instruction.kind {
        Kind::Transfer(transfer) if transfer.from.is_none() => Some(&transfer.sources),
        _ => None,
    });
    let plain = |source: &&str| !source.contains(['*', '?', '[', '$']) && !source.contains("://");
    let sources = transfers.flatten().map(|source| source.value.trim_start_matches('/')).filter(plain);
    sources.filter(|source| !matches!(*source, "" | "." | "./")).take(MAX_SOURCES).collect()
}

/// `NAME.dockerignore` beside the Dockerfile replaces the `.dockerignore` of the context.
fn ignore_file(files: &mut Files, folder: &Path, file: &Dockerfile) -> Option<Dockerignore> {
    let own = files.sources.get(file.source).path.as_ref().map(|path| {
        let mut name = path.clone().into_os_string();
        name.push(".dockerignore");
        PathBuf::from(name)
    });
    for path in own.into_iter().chain([folder.join(".dockerignore")]) {
        if let Ok(Some(source)) = files.read(&path) {
            return Some(Dockerignore::parse(source, &files.text(source)));
        }
    }
    None
}
