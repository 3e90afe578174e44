//! Folders: the folders of installed dependencies in each stage of a build, and what they hold.
//!
//! An installation makes a folder, a pruning empties it, `COPY --from` carries it to another stage - if the folder is
//! at or below what is copied. A copied `dist` brings no `node_modules`; a copied `/app` does.

use std::collections::BTreeMap;

use super::Groups;
use super::node::{self, Act};
use super::python::{self, PACKAGES, Place};
use crate::container::build::{Build, join};
use crate::container::calls::{Call, Calls};
use crate::container::image_state::{Action, ImageState};
use crate::source::{Span, Spanned};

/// More folders than this are not followed in one stage.
const MOST_FOLDERS: usize = 64;

/// Which world a folder belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ecosystem {
    /// `node_modules`.
    Node,
    /// `site-packages`.
    Python,
}

/// A folder of installed dependencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Whose.
    pub ecosystem: Ecosystem,
    /// Where: `/app/node_modules`, `/opt/venv/lib/python/site-packages`. `None` if that is not known.
    pub path: Option<String>,
    /// Why its place is not known, for python.
    pub open: Option<String>,
    /// What it holds.
    pub groups: Groups,
    /// It belongs to an environment of conda's.
    pub conda: bool,
    /// It belongs to a virtual environment, which came as a whole.
    pub environment: bool,
    /// The command that installed it.
    pub command: Span,
    /// As messages name that: `npm ci`.
    pub shown: String,
    /// What would leave the development dependencies out if it stood behind that.
    pub switch: Option<&'static str>,
    /// The COPY that brought it into its stage, if one did.
    pub copied: Option<Span>,
    /// The index of the step that brought it.
    pub step: usize,
}

impl Folder {
    /// Whether it is that of the system's interpreter.
    pub fn is_system(&self) -> bool {
        matches!(self.path.as_deref(), Some("/usr/local/lib/python/site-packages" | "/usr/lib/python/site-packages"))
    }

    /// The prefix of a virtual environment.
    pub fn prefix(&self) -> Option<&str> {
        self.path.as_deref()?.strip_suffix(PACKAGES)
    }

    /// Where to point for it: the COPY that brought it, else the installation.
    pub fn place(&self) -> Span {
        self.copied.unwrap_or(self.command)
    }
}

/// One stage while its steps are followed.
#[derive(Debug, Clone, Default)]
struct Stage {
    folders: Vec<Folder>,
    node: node::Settings,
    python: python::Settings,
    /// A `package.json` was copied in.
    manifest: bool,
}

/// The folders in each stage that the target needs.
pub fn of_build(build: &Build) -> BTreeMap<usize, Vec<Folder>> {
    let mut stages: BTreeMap<usize, Stage> = BTreeMap::new();
    for &index in &build.reachable {
        let (parent, first) = build.inherited(index);
        let mut stage = parent.and_then(|parent| stages.get(&parent)).cloned().unwrap_or_default();
        let image = &build.states[&index];
        let calls = Calls::new(image);
        for step in first..image.steps.len() {
            calls.of_step(step, &mut |call| stage.call(call));
            stage.transfer(image, step, &|from| stages.get(&build.stages.copied_from(from, index)?));
        }
        stages.insert(index, stage);
    }
    stages.into_iter().map(|(index, stage)| (index, stage.folders)).collect()
}

impl Stage {
    fn call(&mut self, call: &Call) {
        python::configure(call, &mut self.python);
        self.files(call);
        if let Some(act) = node::act(call, &self.node) {
            self.node_act(call, act);
        } else if let Some(install) = python::install(call, &self.python) {
            let (path, open) = match &install.place {
                Place::System => (Some(format!("/usr/local{PACKAGES}")), None),
                Place::Environment(prefix) => (Some(format!("{prefix}{PACKAGES}")), None),
                Place::Folder(path) => (Some(path.clone()), None),
                Place::Conda => (Some("/opt/conda".to_string()), None),
                Place::Unknown(why) => (None, Some(why.clone())),
            };
            let switch = install.switch(call);
            let environment = matches!(install.place, Place::Environment(_));
            let conda = install.place == Place::Conda;
            self.put(
                call,
                Folder {
                    ecosystem: Ecosystem::Python,
                    path,
                    open,
                    groups: install.groups,
                    conda,
                    environment,
                    command: call.place,
                    shown: install.shown,
                    switch,
                    copied: None,
                    step: call.step,
                },
            );
        }
    }

    fn node_act(&mut self, call: &Call, act: Act) {
        let modules = |folder: Option<String>| folder.map(|folder| join(&folder, "node_modules"));
        match act {
            Act::Configure { production } => {
                let Some(reading) = node::Reading::of(call) else { return };
                self.node.configured.retain(|(manager, _)| *manager != reading.manager);
                self.node.configured.push((reading.manager, production && !call.conditional));
            }
            Act::Prune { folder } => {
                let path = modules(folder);
                for known in self.folders.iter_mut().filter(|known| known.ecosystem == Ecosystem::Node) {
                    if known.path == path && !call.conditional {
                        known.groups = Groups::Production;
                    } else if known.path == path && known.groups == Groups::Development {
                        known.groups = Groups::Unknown("whether the pruning runs is not known".to_string());
                    }
                }
            }
            Act::Install { folder, groups, named, switch } => {
                // Without a manifest, what is named is all there is.
                let only_named = named && !self.manifest && groups == Groups::Development;
                let saves = call.has(&["-D", "--save-dev", "--dev", "-d"]);
                let groups = if only_named && !saves { Groups::Production } else { groups };
                let shown = node::Reading::of(call).map(|reading| reading.shown()).unwrap_or_default();
                self.put(
                    call,
                    Folder {
                        ecosystem: Ecosystem::Node,
                        path: modules(folder),
                        open: None,
                        groups,
                        conda: false,
                        environment: false,
                        command: call.place,
                        shown,
                        switch,
                        copied: None,
                        step: call.step,
                    },
                );
            }
        }
    }

    /// An installation replaces what was in its folder, if it surely runs. Python's adds to it.
    fn put(&mut self, call: &Call, mut folder: Folder) {
        let before =
            self.folders.iter().position(|known| known.ecosystem == folder.ecosystem && known.path == folder.path);
        let held = before.map(|at| &self.folders[at]);
        let adds = folder.ecosystem == Ecosystem::Python;
        match held {
            Some(held) if adds && held.groups == Groups::Development => return,
            Some(held) if call.conditional && held.groups != folder.groups => {
                folder.groups = Groups::Unknown(format!("whether `{}` runs is not known", folder.shown));
            }
            None if call.conditional && folder.groups == Groups::Development => {
                folder.groups = Groups::Unknown(format!("whether `{}` runs is not known", folder.shown));
            }
            _ => {}
        }
        match before {
            Some(at) => self.folders[at] = folder,
            None => self.push(folder),
        }
    }

    fn push(&mut self, folder: Folder) {
        if self.folders.len() < MOST_FOLDERS {
            self.folders.push(folder);
        }
    }

    /// `rm -rf node_modules`, `cp -R node_modules production_modules`, `mv`.
    fn files(&mut self, call: &Call) {
        let paths: Vec<String> = call.operands().filter_map(|path| call.absolute(path)).collect();
        match call.program.as_str() {
            "rm" if !call.conditional => {
                self.folders.retain(|folder| {
                    let path = folder.path.as_deref().unwrap_or("");
                    !paths.iter().any(|removed| is_at_or_below(path, removed))
                });
            }
            "cp" | "mv" => {
                let [from, to] = paths.as_slice() else { return };
                let copies: Vec<Folder> =
                    self.folders.iter().filter(|folder| folder.path.as_ref() == Some(from)).cloned().collect();
                for mut copy in copies {
                    copy.path = Some(to.clone());
                    self.folders.retain(|folder| folder.path.as_ref() != Some(to));
                    self.push(copy);
                }
                if call.program == "mv" {
                    self.folders.retain(|folder| folder.path.as_ref() != Some(from));
                }
            }
            _ => {}
        }
    }

    fn transfer<'s>(&mut self, image: &ImageState, step: usize, stage: &dyn Fn(&str) -> Option<&'s Stage>) {
        let Action::Transfer { sources, destination, from, selective, .. } = &image.steps[step].action else { return };
        let Some(from) = from else {
            for source in sources {
                let name = source.value.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                self.manifest |= name.starts_with("package") || !name.contains('.') || matches!(name, "." | "..");
                self.node.berry |= matches!(name, ".yarnrc.yml" | ".yarn") || name.starts_with(".yarnrc.yml");
            }
            return;
        };
        let Some(stage) = stage(from) else { return };
        for folder in &stage.folders {
            for source in sources {
                let Some(carried) = carried(folder, source, destination) else { continue };
                let span = image.steps[step].span;
                let mut carried = Folder { copied: Some(span), step, ..carried };
                if *selective && carried.groups == Groups::Development {
                    carried.groups =
                        Groups::Unknown("what `--exclude` or `--parents` leaves out is not known".to_string());
                }
                let same = |known: &Folder| known.ecosystem == carried.ecosystem && known.path == carried.path;
                match self.folders.iter().position(same) {
                    Some(at) => self.folders[at] = carried,
                    None => self.push(carried),
                }
                break;
            }
        }
        self.python.environments.extend(stage.python.environments.iter().cloned());
        self.python.environments.truncate(MOST_FOLDERS);
    }
}

/// What a COPY of `source` to `destination` makes of a folder; `None` if it does not take it along.
fn carried(folder: &Folder, source: &Spanned<String>, destination: &str) -> Option<Folder> {
    let mut source = plain(&join("/", &source.value));
    if folder.is_system() && source.starts_with("/usr/lib/python") {
        source = source.replacen("/usr/lib/", "/usr/local/lib/", 1);
    }
    let destination = plain(destination);
    let Some(path) = folder.path.as_deref() else {
        // Where it is is not known; a copy that is named like it takes it.
        let name = if folder.ecosystem == Ecosystem::Node { "node_modules" } else { "site-packages" };
        return source.ends_with(name).then(|| folder.clone());
    };
    let destination = destination.trim_end_matches('/');
    if let Some((fixed, pattern)) = pattern(&source) {
        let inside = path.strip_prefix(fixed)?.strip_prefix('/')?;
        let (first, rest) = inside.split_once('/').map_or((inside, ""), |(first, rest)| (first, rest));
        // What a pattern matches is copied; of a folder, what is in it.
        return matches_pattern(pattern, first).then(|| at(folder, &join(destination, rest), false));
    }
    if is_at_or_below(path, &source) {
        let rest = path[source.trim_end_matches('/').len()..].trim_start_matches('/');
        let target = if rest.is_empty() { destination.to_string() } else { join(destination, rest) };
        return Some(at(folder, &target, folder.environment && rest.ends_with("site-packages")));
    }
    None
}

fn at(folder: &Folder, path: &str, environment: bool) -> Folder {
    Folder { path: Some(path.to_string()), environment, ..folder.clone() }
}

fn is_at_or_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `/usr/local/lib/python3.11/dist-packages` as `/usr/local/lib/python/site-packages`.
fn plain(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "dist-packages" => "site-packages",
        part if part
            .strip_prefix("python")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'*'))) =>
        {
            "python"
        }
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A path with a pattern in its last component.
fn pattern(path: &str) -> Option<(&str, &str)> {
    let (folder, last) = path.rsplit_once('/')?;
    last.contains(['*', '?', '[']).then_some((folder, last))
}

/// Whether a name fits a pattern, as far as `*` goes: what stands before the first and behind the last.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return false };
    let after = rest.rsplit('*').next().unwrap_or(rest);
    name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
}
