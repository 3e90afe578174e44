//! Leftovers: files of the build and of editors, and caches of package managers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Look, blame, shown};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::image::Opened;
use crate::image::credential_file::is_foreign;
use crate::image::layers::{Contents, Entry, Fate};

/// What may lie around.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tolerated {
    accept: Vec<String>,
}

pub(super) fn file_unnecessary(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    tolerated: &Tolerated,
) -> Judgement {
    let mut look = Look::default();
    let mut inside: Option<String> = None;
    for entry in contents.iter() {
        if inside.as_ref().is_some_and(|folder| entry.path.starts_with(folder)) {
            continue;
        }
        let Some(what) = leftover(&entry).filter(|_| !is_foreign(entry.path)) else { continue };
        if entry.is_dir() {
            inside = Some(format!("{}/", entry.path));
        }
        let path = shown(entry.path);
        if tolerated.accept.iter().any(|accepted| *accepted == path || accepted == entry.name()) {
            continue;
        }
        let finding = Finding::new(container.key, format!("`{path}` is {what}")).within(opened.place(&entry, false));
        let finding = blame(finding, container, entry.layer, "brought");
        look.find(finding.fix(Fix::words(format!("add `{}` to `.dockerignore`", entry.name()))));
    }
    look.judgement(container, contents, "no file of the build or of an editor is left")
}

/// What a name that no running program needs stands for.
fn leftover(entry: &Entry<'_>) -> Option<&'static str> {
    let name = entry.name();
    if entry.is_dir() {
        return Some(match name {
            ".git" => "the repository: it holds every version of every file, what was removed for a reason too",
            ".svn" | ".hg" | ".bzr" => "the repository of the project",
            ".terraform" => "the working folder of Terraform",
            ".idea" | ".vscode" => "the settings of an editor",
            _ => return None,
        });
    }
    if !entry.is_file() {
        return None;
    }
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or_default();
    let compose = ["docker-compose", "compose"];
    let compose = compose
        .iter()
        .any(|known| stem.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    let dockerfile = matches!(name, "Dockerfile" | "Containerfile")
        || name.starts_with("Dockerfile.")
        || name.ends_with(".Dockerfile");
    let dump =
        name.strip_prefix("core.").is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()));
    Some(match name {
        ".dockerignore" | ".gitignore" | ".gitattributes" | ".gitmodules" => "only of use to a build or a repository",
        ".DS_Store" | "Thumbs.db" => "left by a file manager",
        ".vimrc" | ".viminfo" => "the settings of an editor",
        "npm-debug.log" | "yarn-error.log" | "yarn-debug.log" => "the log of an installation that failed",
        _ if dockerfile => "the description of the build",
        _ if compose => "a Compose file",
        _ if name.starts_with('.') && name.ends_with(".swp") => "left by an editor that still ran",
        _ if dump => "a dump of memory, with whatever secrets the program had",
        _ => return None,
    })
}

/// From how many bytes on a cache matters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Least {
    least: u64,
}

/// Where package managers keep what they can fetch again: at a path, or in the home of any account.
const CACHES: [(&str, &str, &str); 19] = [
    ("/var/lib/apt/lists", "the package lists of apt", "rm -rf /var/lib/apt/lists/*"),
    ("/var/cache/apt", "the cache of apt", "apt-get clean"),
    ("/var/cache/apk", "the cache of apk", "apk add --no-cache"),
    ("/etc/apk/cache", "the cache of apk", "apk add --no-cache"),
    ("/var/cache/yum", "the cache of yum", "yum clean all"),
    ("/var/cache/dnf", "the cache of dnf", "dnf clean all"),
    ("/var/cache/libdnf5", "the cache of dnf", "dnf clean all"),
    ("/var/cache/zypp", "the cache of zypper", "zypper clean --all"),
    ("/usr/local/share/.cache/yarn", "the cache of yarn", "yarn cache clean"),
    (".cache/yarn", "the cache of yarn", "yarn cache clean"),
    (".cache/pip", "the cache of pip", "pip install --no-cache-dir"),
    (".cache/uv", "the cache of uv", "uv --no-cache"),
    (".cache/pypoetry", "the cache of poetry", "poetry --no-cache"),
    (".cache/composer", "the cache of Composer", "composer clear-cache"),
    (".cache/go-build", "the cache of go", "go clean -cache"),
    (".npm/_cacache", "the cache of npm", "npm cache clean --force"),
    (".yarn/berry/cache", "the cache of yarn", "yarn cache clean --all"),
    (".composer/cache", "the cache of Composer", "composer clear-cache"),
    (".cargo/registry/cache", "the cache of cargo", "rm -rf ~/.cargo/registry/cache"),
];

/// The cache that a file belongs to: its index, and how many bytes of the path name its folder.
fn cache_of(path: &str) -> Option<(usize, usize)> {
    CACHES.iter().enumerate().find_map(|(index, (folder, ..))| match folder.strip_prefix('/') {
        Some(folder) => path.strip_prefix(folder).filter(|rest| rest.starts_with('/')).map(|_| (index, folder.len())),
        None => {
            let at =
                if path.starts_with(folder) { Some(0) } else { path.find(&format!("/{folder}/")).map(|at| at + 1) };
            at.map(|at| at + folder.len())
                .filter(|end| path.as_bytes().get(*end) == Some(&b'/'))
                .map(|end| (index, end))
        }
    })
}

/// Whether a path may be in a cache at all.
fn may_be_cache(path: &str) -> bool {
    path.contains("cache") || path.starts_with("var/lib/apt/lists")
}

/// A cache as one layer stores it: its largest file, what became of that, and how much it is in all.
struct Left<'c> {
    entry: Entry<'c>,
    fate: Fate,
    bytes: u64,
}

/// The caches that layers store, by layer, kind and folder.
fn caches(contents: &Contents) -> BTreeMap<(usize, usize, &str), Left<'_>> {
    let mut left: BTreeMap<(usize, usize, &str), Left<'_>> = BTreeMap::new();
    // Other names of a file that is stored once cost nothing.
    let stored = contents.in_all_layers().filter(|(entry, _)| entry.is_file() && entry.hard_link.is_none());
    for (entry, fate) in stored.filter(|(entry, _)| may_be_cache(entry.path)) {
        let Some((cache, end)) = cache_of(entry.path) else { continue };
        let cost = left.entry((entry.layer, cache, &entry.path[..end])).or_insert(Left { entry, fate, bytes: 0 });
        cost.bytes = cost.bytes.saturating_add(entry.size);
        if entry.size > cost.entry.size {
            (cost.entry, cost.fate) = (entry, fate);
        }
    }
    left
}

pub(super) fn package_cache_left(
    container: &Container,
    opened: &Opened,
    contents: &Contents,
    least: &Least,
) -> Judgement {
    let mut look = Look::default();
    for ((layer, cache, folder), cost) in caches(contents).iter().filter(|(_, cost)| cost.bytes >= least.least) {
        let (_, what, cure) = CACHES[*cache];
        let megabytes = cost.bytes as f64 / 1e6;
        let mut message = format!("layer {} stores {megabytes:.1} MB of {what} in `/{folder}`", layer + 1);
        let gone = matches!(cost.fate, Fate::Deleted { .. } | Fate::Replaced { .. });
        if let Fate::Deleted { by } = cost.fate
            && by != *layer
        {
            message.push_str(&format!(", which layer {} deletes in vain", by + 1));
        }
        // The folder itself is the better place, where the layer tells of it.
        let in_layer = contents.in_layer(*layer).map(|(entry, _)| entry).take_while(|_| !look.is_full());
        let place = in_layer.filter(Entry::is_dir).find(|entry| entry.path == *folder).unwrap_or(cost.entry);
        let finding = Finding::new(container.key, message).within(opened.place(&place, gone));
        let finding = blame(finding, container, *layer, "brought");
        look.find(finding.fix(Fix::words(format!(
            "clean up in the RUN that installs, `{cure}`, or give it `--mount=type=cache,target=/{folder}`"
        ))));
    }
    look.judgement(container, contents, "no layer stores the cache of a package manager")
}
