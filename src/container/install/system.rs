//! System: what calls of a distribution's package manager install and remove, step by step.

use std::collections::BTreeMap;

use crate::container::calls::{Call, Calls};
use crate::container::image_state::ImageState;
use crate::source::Span;

/// More packages than this are not followed in one image.
const MOST_PACKAGES: usize = 2048;

/// A package that a step leaves in the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name, without version and architecture.
    pub name: String,
    /// Where it is named.
    pub span: Span,
    /// The command that installs it.
    pub command: Span,
    /// The index of the step.
    pub step: usize,
    /// Where a later step removes it again: its layer keeps it all the same.
    pub removed_later: Option<Span>,
}

/// What the steps of an image leave installed.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    /// In the order of their installation.
    pub left: Vec<Package>,
    /// Packages that the step which installs them removes again, by step.
    pub removed: BTreeMap<usize, Vec<String>>,
    /// Commands that install what is not known.
    pub unknown: Vec<Span>,
}

/// The packages of an image.
pub fn packages(image: &ImageState) -> Packages {
    let mut packages = Packages::default();
    let calls = Calls::new(image);
    for step in 0..image.steps.len() {
        let mut state = Step::default();
        calls.of_step(step, &mut |call| state.call(call));
        let open = packages.left.iter_mut().filter(|_| !state.removals.is_empty());
        for package in open {
            let removal = state.removals.iter().find(|(pattern, _)| matches(pattern, &package.name));
            if package.removed_later.is_none() {
                package.removed_later = removal.map(|(_, span)| *span);
            }
        }
        if !state.gone.is_empty() {
            packages.removed.insert(step, state.gone);
        }
        // One such command leaves the step open; a second says nothing more.
        packages.unknown.extend(state.unknown.into_iter().take(1));
        packages.left.extend(state.here.into_iter().map(|(package, _)| package));
        if packages.left.len() > MOST_PACKAGES {
            packages.left.truncate(MOST_PACKAGES);
            packages.unknown.push(image.steps[step].span);
            break;
        }
    }
    packages
}

/// One step while its commands are read.
#[derive(Default)]
struct Step {
    /// Installed so far, with the name of the virtual package they came under.
    here: Vec<(Package, Option<String>)>,
    /// Installed and removed again.
    gone: Vec<String>,
    /// What is removed, with the place.
    removals: Vec<(String, Span)>,
    unknown: Vec<Span>,
    /// Packages marked as wanted, once all others are marked as not.
    manual: Option<Vec<String>>,
}

/// What a call of a package manager does.
enum Act<'c> {
    Install { under: Option<&'c str> },
    Remove { automatic: bool },
    MarkAutomatic,
    MarkManual,
}

impl Step {
    fn call(&mut self, call: &Call) {
        let Some(act) = act(call) else { return };
        let names = names(call);
        match act {
            Act::Install { under } => {
                if call.words.iter().any(|word| word.name_before(&VERSION).is_none()) {
                    self.unknown.push(call.place);
                }
                let room = MOST_PACKAGES.saturating_sub(self.here.len());
                if names.len() > room {
                    self.unknown.push(call.place);
                }
                for (name, span) in names.into_iter().take(room) {
                    let package = Package { name, span, command: call.place, step: call.step, removed_later: None };
                    self.here.push((package, under.map(str::to_string)));
                }
            }
            Act::Remove { automatic } => {
                self.remove(&names, call.place);
                if let (true, Some(manual)) = (automatic, self.manual.take()) {
                    let gone = self.here.extract_if(.., |(package, _)| !manual.contains(&package.name));
                    self.gone.extend(gone.map(|(package, _)| package.name));
                }
            }
            Act::MarkAutomatic => self.manual = Some(Vec::new()),
            Act::MarkManual => {
                if let Some(manual) = &mut self.manual {
                    manual.extend(names.into_iter().map(|(name, _)| name));
                }
            }
        }
    }

    fn remove(&mut self, names: &[(String, Span)], place: Span) {
        let room = MOST_PACKAGES.saturating_sub(self.removals.len());
        for (pattern, _) in names.iter().take(room) {
            let removed = self.here.extract_if(.., |(package, under)| {
                matches(pattern, &package.name) || under.as_deref() == Some(pattern.as_str())
            });
            self.gone.extend(removed.map(|(package, _)| package.name));
            self.removals.push((pattern.clone(), place));
        }
    }
}

const SUBCOMMANDS: [&str; 15] = [
    "install",
    "in",
    "add",
    "groupinstall",
    "group",
    "purge",
    "remove",
    "autoremove",
    "autopurge",
    "erase",
    "groupremove",
    "del",
    "rm",
    "auto",
    "manual",
];

/// The managers and what they call installing and removing.
fn act<'c>(call: &'c Call) -> Option<Act<'c>> {
    let mut operands = call.operands().skip_while(|word| !SUBCOMMANDS.contains(word));
    let subcommand = operands.next().unwrap_or("");
    Some(match (call.program.as_str(), subcommand) {
        ("apt-get" | "apt" | "aptitude", "install") => Act::Install { under: None },
        ("apt-get" | "apt" | "aptitude", "purge" | "remove" | "autoremove" | "autopurge") => {
            let automatic = subcommand.starts_with("auto") || call.has(&["--auto-remove", "--autoremove"]);
            Act::Remove { automatic }
        }
        ("apt-mark", "auto") => Act::MarkAutomatic,
        ("apt-mark", "manual") => Act::MarkManual,
        ("apk", "add") => Act::Install { under: call.option(&["-t", "--virtual"]) },
        ("apk", "del") => Act::Remove { automatic: false },
        ("dnf" | "yum" | "microdnf" | "tdnf" | "dnf5", "install" | "groupinstall") => Act::Install { under: None },
        ("dnf" | "yum" | "dnf5", "group") if operands.next() == Some("install") => Act::Install { under: None },
        ("dnf" | "yum" | "microdnf" | "tdnf" | "dnf5", "remove" | "erase" | "autoremove" | "groupremove") => {
            Act::Remove { automatic: false }
        }
        ("zypper", "install" | "in") => Act::Install { under: None },
        ("zypper", "remove" | "rm") => Act::Remove { automatic: false },
        ("pacman", _) if call.texts().any(|text| text.starts_with("-S")) => Act::Install { under: None },
        _ => return None,
    })
}

/// What stands between a package and its version.
const VERSION: [char; 4] = ['=', '<', '>', '~'];

/// The packages that a call names.
fn names(call: &Call) -> Vec<(String, Span)> {
    const VALUES: [&str; 24] = [
        "-t",
        "--virtual",
        "-X",
        "--repository",
        "-p",
        "--root",
        "--cache-dir",
        "--repositories-file",
        "--keys-dir",
        "-o",
        "--option",
        "--target-release",
        "--default-release",
        "-c",
        "--config-file",
        "--installroot",
        "--releasever",
        "--enablerepo",
        "--disablerepo",
        "--setopt",
        "-x",
        "--exclude",
        "--wait",
        "--arch",
    ];
    let mut skip = false;
    let mut subcommand = call.program != "pacman";
    let mut names = Vec::new();
    for word in &call.words {
        let Some(text) = word.text.as_deref().or_else(|| word.name_before(&VERSION)) else { continue };
        if std::mem::replace(&mut skip, VALUES.contains(&text)) || text.starts_with('-') {
            continue;
        }
        if subcommand {
            subcommand = !SUBCOMMANDS.contains(&text);
            continue;
        }
        // `git=1:2.1`, `git@edge`, `git:amd64`, `git/bookworm-backports`; a group may begin with an `@`, a file with a path.
        let is_path = text.starts_with(['/', '.']) || text.contains("://");
        let apt = call.program.starts_with("apt");
        let ends = |c: char| VERSION.contains(&c) || !is_path && matches!(c, '@' | ':') || apt && !is_path && c == '/';
        let first = text.chars().next().map_or(0, char::len_utf8);
        let end = text[first..].find(ends).map_or(text.len(), |end| first + end);
        let name = &text[..end];
        if !name.is_empty() {
            names.push((name.to_string(), word.span));
        }
    }
    names
}

/// Whether a name, or a pattern with one `*`, means a package.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
        None => pattern == name,
    }
}

/// Packages that compile, or that fetch sources, by their whole name.
const TOOLS: &[&str] = &[
    "alpine-sdk",
    "ant",
    "autoconf",
    "automake",
    "autotools-dev",
    "base-devel",
    "bazel",
    "bear",
    "bison",
    "build-base",
    "build-essential",
    "cargo",
    "ccache",
    "clang",
    "cmake",
    "cpp",
    "debhelper",
    "devscripts",
    "dpkg-dev",
    "flex",
    "g++",
    "gcc",
    "gcc-c++",
    "gdb",
    "gfortran",
    "git",
    "git-core",
    "git-lfs",
    "gmake",
    "go",
    "golang",
    "golang-go",
    "gradle",
    "libtool",
    "lld",
    "llvm",
    "make",
    "maven",
    "mercurial",
    "meson",
    "mold",
    "nasm",
    "ninja",
    "ninja-build",
    "pkg-config",
    "pkgconf",
    "pkgconf-pkg-config",
    "pkgconfig",
    "rpm-build",
    "rust",
    "rustc",
    "samurai",
    "subversion",
    "swig",
    "valgrind",
    "yasm",
];

/// Whether a package is a compiler, headers, or another tool for building.
pub fn builds(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let numbered = |tool: &str| {
        name.strip_prefix(tool).is_some_and(|rest| {
            !rest.is_empty() && rest.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
    };
    TOOLS.contains(&name.as_str())
        || ["gcc", "g++", "clang", "llvm", "golang", "go", "lld", "rustc", "cargo", "gfortran"]
            .into_iter()
            .any(numbered)
        || name.ends_with("-dev")
        || name.ends_with("-devel")
        || name.ends_with("-headers")
        || name.starts_with("linux-headers")
        || name.starts_with("kernel-devel")
        || is_development_kit(&name)
        || matches!(name.trim_start_matches(['@', '^']), "development" | "development-tools" | "development tools")
}

/// `openjdk-17-jdk`, `default-jdk-headless`, `openjdk17-jdk`.
fn is_development_kit(name: &str) -> bool {
    let name = name.strip_suffix("-headless").unwrap_or(name);
    name.ends_with("-jdk") || name.starts_with("java-") && name.ends_with("-devel")
}
