//! Build: a Dockerfile under given settings, evaluated stage by stage to the image it makes.

mod evaluation;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::image_state::ImageState;
use super::install::folders::{self, Folder};
use super::install::system::{self, Packages};
use super::reference::Reference;
use crate::image::Opened;
use crate::problem::Problem;
use crate::source::Span;
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::stage::{Base, BuildSettings, Stages};
use evaluation::Evaluation;

/// More stages than this are not resolved; the largest known files have fewer than a hundred.
const MAX_STAGES: usize = 200;

/// The base image that was given for a reference.
pub type GivenBases<'b> = &'b dyn Fn(&Reference) -> Option<Arc<Opened>>;

/// An image as a Dockerfile builds it.
#[derive(Debug, Clone)]
pub struct Build {
    /// The file.
    pub file: Arc<Dockerfile>,
    /// Its stages under the settings.
    pub stages: Stages,
    /// The stage that ships.
    pub target: usize,
    /// The stages whose instructions make the shipped image, its own last.
    pub chain: Vec<usize>,
    /// Every stage the target needs, in file order.
    pub reachable: Vec<usize>,
    /// The states of the reachable stages, by stage index.
    pub states: BTreeMap<usize, Arc<ImageState>>,
    /// Worked out when a rule first asks.
    folders: OnceLock<BTreeMap<usize, Vec<Folder>>>,
    packages: OnceLock<Packages>,
}

impl Build {
    /// Evaluates a Dockerfile. `None`, with a problem, if it has no stage to build.
    pub fn new(file: Arc<Dockerfile>, settings: &BuildSettings, problems: &mut Vec<Problem>) -> Option<Build> {
        Build::on_bases(file, settings, &|_| None, problems)
    }

    /// The same where some base images are given.
    pub fn on_bases(
        file: Arc<Dockerfile>,
        settings: &BuildSettings,
        bases: GivenBases,
        problems: &mut Vec<Problem>,
    ) -> Option<Build> {
        let stages = Stages::new(&file, settings, problems);
        let target = stages.target?;
        if stages.stages.len() > MAX_STAGES {
            problems.push(Problem::error(
                stages.stages[MAX_STAGES].from,
                format!("the file has {} stages; at most {MAX_STAGES} are resolved", stages.stages.len()),
                "split the file",
            ));
            return None;
        }
        let chain = stages.chain(target);
        let reachable = stages.reachable(&file, target);
        let mut states: BTreeMap<usize, Arc<ImageState>> = BTreeMap::new();
        for &index in &reachable {
            let state = Evaluation::new(&file, &stages, settings, bases, index, &states, problems).run();
            states.insert(index, Arc::new(state));
        }
        let (folders, packages) = (OnceLock::new(), OnceLock::new());
        Some(Build { file, stages, target, chain, reachable, states, folders, packages })
    }

    /// The folders of installed dependencies, by stage.
    pub fn folders(&self) -> &BTreeMap<usize, Vec<Folder>> {
        self.folders.get_or_init(|| folders::of_build(self))
    }

    /// The packages of the distribution that the shipped image's steps install.
    pub fn packages(&self) -> &Packages {
        self.packages.get_or_init(|| system::packages(self.image()))
    }

    /// The state of the shipped image.
    pub fn image(&self) -> &Arc<ImageState> {
        &self.states[&self.target]
    }

    /// The stage that a stage is built on, if it is one of the file, and how many of its steps come from there.
    pub fn inherited(&self, index: usize) -> (Option<usize>, usize) {
        let Base::Stage(parent) = self.stages.stages[index].base else { return (None, 0) };
        (Some(parent), self.states.get(&parent).map_or(0, |state| state.steps.len()))
    }

    /// The FROM instruction of the shipped stage.
    pub fn from(&self) -> Span {
        self.stages.stages[self.target].from
    }
}

/// `node` of `node:${VERSION}-alpine`: the repository, if no variable is in it.
pub fn repository_before_variables(image: &str) -> &str {
    let image = image.trim_matches(['"', '\'']);
    let variable = image.find('$').unwrap_or(image.len());
    let slash = image[..variable].rfind('/').map_or(0, |i| i + 1);
    match image[slash..variable].find([':', '@']) {
        Some(end) => &image[..slash + end],
        None => "",
    }
}

/// A path as it counts in a folder, cleaned: an absolute one stays.
pub fn join(current: &str, path: &str) -> String {
    let current = if path.starts_with('/') { "" } else { current };
    let mut parts: Vec<&str> = Vec::new();
    for part in current.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
