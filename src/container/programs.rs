//! Programs: whether an image has a program, and what brings it.
//!
//! 1. The steps of the shipped stages in order: packages that are installed and removed, files that are copied,
//!    downloaded, linked or deleted, and what Compose mounts.
//! 2. The base image, as far as it is known: its shell, `curl` and `wget`, what its distribution always has, and the
//!    programs of the runtime it is named for.
//!
//! A step that may bring anything (a script of the project, a copied file system, packages in a variable) leaves open
//! what nothing else brings.

mod base;
mod packages;
mod search;
#[cfg(test)]
mod tests;

use super::argv::file_name;
use super::given;
use super::image_state::Action;
use super::{Container, Kind};
use crate::image::layers::Contents;
use crate::source::Span;
use search::Search;

/// Whether an image has a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// It has; what brings it: a step of the build, a mount, the base image.
    Yes(Span),
    /// It has not; where it was removed, if it was.
    No(Option<Span>),
    /// It is not known; why.
    Unknown(String),
}

/// Whether the image of a container has a program, which is a name (`curl`) or a path (`/usr/bin/curl`).
pub fn brings(container: &Container, program: &str) -> Brought {
    if let Some(place) = mounted(container, program) {
        return Brought::Yes(place);
    }
    let image = &container.image;
    if let Some(contents) = image.contents() {
        return given(container, contents, program);
    }
    let mut search = Search::new(program, image);
    for step in &image.steps {
        match &step.action {
            Action::Run { script, .. } => search.run(script, step.span),
            Action::Transfer { sources, destination, inline, from, .. } => {
                search.transfer((sources, destination), inline, from.is_some(), step.span);
            }
            Action::Opaque => search.leave_open("an instruction cannot be looked into"),
        }
    }
    match search.finish() {
        Brought::Unknown(why) => stated(container, program).map_or(Brought::Unknown(why), Brought::Yes),
        answer => answer,
    }
}

/// Whether an image that was given has a program that can be run.
fn given(container: &Container, contents: &Contents, program: &str) -> Brought {
    let path = match container.variable("PATH") {
        Err(why) if !program.contains('/') => return Brought::Unknown(why.to_string()),
        path => path.ok().flatten(),
    };
    let workdir = container.workdir.get().map_or("/", String::as_str);
    match given::program(contents, program, path, workdir) {
        Ok(Some(_)) => Brought::Yes(container.key),
        Ok(None) => Brought::No(None),
        Err(why) => Brought::Unknown(why),
    }
}

/// A built image says by a variable which runtime it was made with.
fn stated(container: &Container, program: &str) -> Option<Span> {
    let variable = match program {
        "node" | "npm" => "NODE_VERSION",
        "python" | "python3" => "PYTHON_VERSION",
        _ => return None,
    };
    let set = container.image.env.get(variable).filter(|_| container.kind == Kind::Image)?;
    Some(set.origin.span)
}

/// A file that Compose mounts where the program is looked for.
fn mounted(container: &Container, program: &str) -> Option<Span> {
    let service = container.service.as_ref()?;
    let is_there = |target: &str| match program.contains('/') {
        true => target == program,
        false => file_name(target) == program && target.contains("/bin/"),
    };
    let mount = service.volumes.iter().find(|mount| mount.target.value().is_some_and(|target| is_there(target)))?;
    Some(mount.span)
}

/// The RUN that installs a program in the image of a container; `None` where that is not known for sure.
pub fn install(container: &Container, program: &str) -> Option<String> {
    let manager = container.image.base.facts.as_ref()?.package_manager?;
    let package = packages::package(program, manager)?;
    match manager {
        "apk" => Some(format!("RUN apk add --no-cache {package}")),
        "apt" => Some(format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
        )),
        _ => None,
    }
}
