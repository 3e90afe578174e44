//! Dependencies: whether those for development end up in the image that ships.

use super::{built, unless_opaque};
use crate::container::Container;
use crate::container::build::Build;
use crate::container::calls::Calls;
use crate::container::image_state::{Action, ImageState};
use crate::container::install::Groups;
use crate::container::install::folders::{Ecosystem, Folder};
use crate::container::install::node::{Reading, package_file};
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::NoParameters;

pub(super) fn dev_dependencies_shipped(container: &Container, _: &NoParameters) -> Judgement {
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    let stages = build.folders();
    let shipped = stages.get(&build.target).map(Vec::as_slice).unwrap_or_default();
    if shipped.is_empty() {
        let kept_back = stages.values().flatten().find(|folder| folder.groups != Groups::Production);
        let judgement = match kept_back {
            Some(folder) => {
                Judgement::met(folder.command, format!("what `{}` installs stays in its stage", folder.shown))
            }
            None => Judgement::not_applicable("it installs no dependencies of a package"),
        };
        return unless_opaque(container, judgement);
    }
    let asks = may_ask_for_development(container, build);
    Judgement::all(shipped.iter().map(|folder| judge(folder, build, asks)), "it installs no dependencies of a package")
}

/// Whether a manifest that the build copies may name dependencies of development. It does not if all of them are in the
/// build context and none does.
fn may_ask_for_development(container: &Container, build: &Build) -> bool {
    let Some(context) = &container.context else { return true };
    let steps = build.states.values().flat_map(|state| &state.steps);
    let sources = steps.filter_map(|step| match &step.action {
        Action::Transfer { sources, from: None, .. } => Some(sources),
        _ => None,
    });
    let mut known = false;
    for source in sources.flatten() {
        let names_it = source.value.rsplit('/').next().is_some_and(|name| name.starts_with("package"));
        match package_file(&source.value).map(|path| context.packages.get(&path)) {
            Some(Some(true)) => return true,
            Some(Some(false)) => known = true,
            Some(None) | None if names_it && !source.value.contains("-lock") => return true,
            _ => {}
        }
    }
    !known
}

fn judge(folder: &Folder, build: &Build, asks: bool) -> Judgement {
    match &folder.groups {
        // What the call itself asks for is installed, whatever the manifest says.
        Groups::Development if folder.ecosystem == Ecosystem::Node && folder.switch.is_some() && !asks => {
            Judgement::met(folder.place(), "the package has no development dependencies")
        }
        Groups::Production => {
            Judgement::met(folder.place(), format!("`{}` installs production dependencies only", folder.shown))
        }
        Groups::Unknown(why) => Judgement::inconclusive(why.clone(), Some(folder.command)),
        Groups::Development => Judgement::violated(finding(folder, build)),
    }
}

fn finding(folder: &Folder, build: &Build) -> Finding {
    let shown = &folder.shown;
    let Some(copied) = folder.copied else {
        let message = format!("`{shown}` installs development dependencies into the image that ships");
        return Finding::new(folder.command, message).fix(fix_in_place(folder, build));
    };
    let message = format!("the development dependencies that `{shown}` installs are copied into the image that ships");
    let fix = match (folder.ecosystem, folder.switch) {
        (Ecosystem::Node, _) => format!(
            "end the stage that is copied from with `RUN {}`, or copy `node_modules` from a stage that installs without them",
            pruning(shown)
        ),
        (Ecosystem::Python, Some(switch)) => {
            format!("install with `{shown} {switch}` in the stage that is copied from")
        }
        (Ecosystem::Python, None) => format!("leave them out of `{shown}` in the stage that is copied from"),
    };
    Finding::new(copied, message).note_at(folder.command, "they are installed here").fix(Fix::words(fix))
}

/// The way out for an installation in the stage that ships. What is built there may need what the switch leaves out; then
/// only a stage of its own helps.
fn fix_in_place(folder: &Folder, build: &Build) -> Fix {
    let shown = &folder.shown;
    let image = build.image();
    let Some(switch) = folder.switch else {
        return Fix::words(match folder.ecosystem {
            Ecosystem::Node => format!("run `{}` behind `{shown}`, in the same RUN", pruning(shown)),
            Ecosystem::Python if shown.starts_with("pipenv ") => {
                format!("run `{shown}` without `--dev` and without `PIPENV_DEV`")
            }
            Ecosystem::Python => format!("leave out of `{shown}` what only development needs"),
        });
    };
    if builds_later(image, folder.step) {
        return Fix::words(format!(
            "install and build in a stage of its own; in the one that ships, run `{shown} {switch}` and copy the result"
        ));
    }
    // Where a command has no place of its own, as in JSON form, there is nothing to write behind.
    let title = format!("install with `{shown} {switch}`");
    if image.steps.get(folder.step).is_none_or(|step| step.span == folder.command) {
        return Fix::words(title);
    }
    Fix::risky(title, vec![Edit::insert_after(folder.command, format!(" {switch}"))])
}

/// Whether a script of the package runs in this step or behind it: a build, most likely.
fn builds_later(image: &ImageState, step: usize) -> bool {
    let calls = Calls::new(image);
    let mut builds = false;
    for step in step..image.steps.len() {
        calls.of_step(step, &mut |call| {
            let runs = Reading::of(call).is_some_and(|reading| {
                !reading.installs(call)
                    && !matches!(reading.subcommand, "" | "cache" | "config" | "set" | "prune" | "install" | "i")
            });
            builds |= runs || matches!(call.program.as_str(), "tsc" | "npx" | "vite" | "webpack" | "make");
        });
    }
    builds
}

fn pruning(shown: &str) -> &'static str {
    match shown.split(' ').next() {
        Some("yarn") => "yarn install --production",
        Some("pnpm") => "pnpm prune --prod",
        Some("bun") => "bun install --production",
        _ => "npm prune --omit=dev",
    }
}
