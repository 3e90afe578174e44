//! Context: the folder that a build sees, and the ignore file in force for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::container::BuildContext;
use crate::container::install::node::package_file;
use crate::scan::files::Files;
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::instruction::Kind;
use crate::subject::dockerignore::Dockerignore;
use crate::yaml;

/// How many sources tell which folder a lone Dockerfile is built in.
const MAX_SOURCES: usize = 64;

/// A build context that Compose names.
pub(super) fn of_service(files: &mut Files, folder: PathBuf, file: &Dockerfile) -> BuildContext {
    let ignore = ignore_file(files, &folder, file);
    let packages = packages(files, &folder, file);
    BuildContext { name: files.name(&folder), folder, ignore, assumed: false, ignore_above: None, packages }
}

/// The build context of a Dockerfile of which nobody says how it is built: the nearest folder, from its own up to the root of the
/// scan, that has what it copies; its own if none does.
pub(super) fn of_lone_file(files: &mut Files, own: &Path, file: &Dockerfile) -> BuildContext {
    let sources = sources(file);
    let holds_all = |folder: &&Path| sources.iter().all(|source| folder.join(source).exists());
    let within = own.ancestors().take_while(|folder| folder.starts_with(files.root()));
    let folder = within.into_iter().find(holds_all).unwrap_or(own).to_path_buf();
    let ignore = ignore_file(files, &folder, file);
    let above = folder.ancestors().skip(1).take_while(|folder| folder.starts_with(files.root()));
    let above = above.map(|folder| folder.join(".dockerignore")).find(|file| ignore.is_none() && file.is_file());
    let ignore_above = above.map(|file| files.name(&file));
    let packages = packages(files, &folder, file);
    BuildContext { name: files.name(&folder), folder, ignore, assumed: true, ignore_above, packages }
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

/// The `package.json` files that a Dockerfile which installs dependencies of node copies.
fn packages(files: &mut Files, context: &Path, file: &Dockerfile) -> BTreeMap<String, bool> {
    let installs = file.instructions.iter().any(|instruction| match &instruction.kind {
        Kind::Run(run) => run
            .script
            .as_ref()
            .is_some_and(|script| ["npm", "yarn", "pnpm", "bun"].iter().any(|manager| script.value.contains(manager))),
        _ => false,
    });
    let mut packages = BTreeMap::new();
    if !installs {
        return packages;
    }
    let transfers = file.instructions.iter().filter_map(|instruction| match &instruction.kind {
        Kind::Transfer(transfer) if transfer.from.is_none() => Some(&transfer.sources),
        _ => None,
    });
    for source in transfers.flatten().take(MAX_SOURCES) {
        let Some(path) = package_file(&source.value) else { continue };
        let Ok(Some(read)) = files.read_or_report(&context.join(&path)) else { continue };
        let loaded = yaml::load(read, &files.text(read));
        let develops = loaded.documents.first().is_none_or(|package| {
            let asks = package.get("devDependencies").is_some_and(|node| !node.entries().is_empty());
            asks || package.get("workspaces").is_some() || package.entries().is_empty()
        });
        packages.insert(path, develops);
    }
    packages
}

/// `NAME.dockerignore` beside the Dockerfile replaces the `.dockerignore` of the context.
fn ignore_file(files: &mut Files, folder: &Path, file: &Dockerfile) -> Option<Dockerignore> {
    let own = files.sources.get(file.source).path.as_ref().map(|path| {
        let mut name = path.clone().into_os_string();
        name.push(".dockerignore");
        PathBuf::from(name)
    });
    for path in own.into_iter().chain([folder.join(".dockerignore")]) {
        match files.read_or_report(&path) {
            Ok(Some(source)) => return Some(Dockerignore::parse(source, &files.text(source))),
            Ok(None) => {}
            Err(why) => {
                let source = files.sources.add_text(&files.name(&path), "");
                return Some(Dockerignore::unread(source, why));
            }
        }
    }
    None
}
