//! Init: how a container gets one, and how that gets into the image.

use super::{bytes_of, instruction, shipped};
use crate::container::Container;
use crate::container::base::HandsOver;
use crate::container::image_state::Form;
use crate::finding::{Edit, Fix};
use crate::source::Span;
use crate::subject::dockerfile::instruction::{Command, Kind};
use crate::subject::dockerfile::stage::Base;

/// The line that installs a program with the image's own package manager.
fn install(container: &Container, package: &str) -> Option<String> {
    match container.image.base.facts.as_ref()?.package_manager? {
        "apk" => Some(format!("RUN apk add --no-cache {package}")),
        "apt" => Some(format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
        )),
        _ => None,
    }
}

/// The way out for a container whose PID 1 is no init. `installed` says that the image has `init`.
pub fn missing(container: &Container, init: &str, installed: bool) -> Fix {
    let entrypoint = format!("ENTRYPOINT [\"{init}\", \"--\"]");
    if container.service.as_ref().is_some_and(|service| service.entrypoint.is_some()) {
        return Fix::words(format!("begin the entrypoint of `{}` with `{init}`, `--`", container.short_name()));
    }
    if container.init.get() == Some(&true) {
        return Fix::words(format!("drop `init: true` and make `{init}` the entrypoint of the image: `{entrypoint}`"));
    }
    if container.build.is_none() {
        return Fix::words(format!("build an image from this one with `{entrypoint}`"));
    }
    if !installed {
        let install = install(container, init).map_or(format!("install `{init}`"), |line| format!("add `{line}`"));
        return Fix::words(format!("{install} and `{entrypoint}` to the stage that ships"));
    }
    let title = format!("make `{init}` the entrypoint: `{entrypoint}`");
    match entrypoint_edit(container, init, &entrypoint) {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    }
}

/// The init before the words of the entrypoint, or an entrypoint before the CMD of the stage that ships.
fn entrypoint_edit(container: &Container, init: &str, line: &str) -> Option<Edit> {
    let build = container.build.as_ref()?;
    let argv = container.entrypoint.get()?;
    let own = instruction(container, container.entrypoint.origin.span).map(|instruction| &instruction.kind);
    if let Some(Kind::Entrypoint(Command::Exec { argv, .. })) = own {
        let first = argv.first().filter(|word| bytes_of(word).is_some())?;
        return Some(Edit::insert_before(first.span, format!("\"{init}\", \"--\", ")));
    }
    // An entrypoint of the base image would be lost; that of node only runs its arguments.
    let hands_over = container.image.base.facts.as_ref().and_then(|facts| facts.hands_over);
    let only_runs = matches!(hands_over, Some(HandsOver::Executes | HandsOver::ExecutesWith(_)));
    let is_node = container.runtime_name() == Ok("node") && argv.form == Form::Given && only_runs;
    let given_away = argv.words.is_empty() || is_node;
    let command = shipped(build).iter().find(|instruction| matches!(instruction.kind, Kind::Cmd(_)))?;
    let only = shipped(build).iter().all(|instruction| !matches!(instruction.kind, Kind::Entrypoint(_)));
    (given_away && only).then(|| Edit::insert_before(command.span, format!("{line}\n")))
}

/// The way out for an init that is named at `place` and not there.
pub fn not_installed(container: &Container, init: &str, word: &str) -> Fix {
    let Some(line) = install(container, init) else {
        return Fix::words(format!("bring `{init}` into the stage that ships"));
    };
    let title = format!("add `{line}` to the stage that ships");
    let manager = container.image.base.facts.as_ref().and_then(|facts| facts.package_manager);
    let reached = match (manager, init, word) {
        (_, _, word) if word == init => true,
        (Some("apk"), "tini", word) => word == "/sbin/tini",
        (_, "dumb-init" | "tini", word) => word == format!("/usr/bin/{init}"),
        _ => false,
    };
    match from_of_root(container).filter(|_| reached) {
        Some(from) => Fix::risky(title, vec![Edit::insert_after(from, format!("\n{line}"))]),
        None => Fix::words(title),
    }
}

/// The FROM of the stage that ships, if what follows it runs as root.
fn from_of_root(container: &Container) -> Option<Span> {
    let build = container.build.as_ref()?;
    let facts = container.image.base.facts.as_ref()?;
    let stage = &build.stages.stages[build.target];
    let root = facts.uid == Some(0) || facts.user == Some("");
    (root && matches!(stage.base, Base::Image(_))).then_some(stage.from)
}
