//! Dependencies: whether those for development end up in the image that ships.

use super::{built, unless_opaque};
use crate::container::Container;
use crate::container::build::Build;
use crate::container::install::Groups;
use crate::container::install::folders::{self, Ecosystem, Folder};
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::source::Span;

pub(super) fn dev_dependencies_shipped(container: &Container, _: &NoParameters) -> Judgement {
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    let stages = folders::of_build(build);
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
    Judgement::all(shipped.iter().map(|folder| judge(folder, build)), "it installs no dependencies of a package")
}

fn judge(folder: &Folder, build: &Build) -> Judgement {
    match &folder.groups {
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
    let fix = match folder.ecosystem {
        Ecosystem::Node => format!(
            "run `{}` as the last step of the stage that is copied from, or copy from a stage that installs with it alone",
            pruning(shown)
        ),
        Ecosystem::Python => format!("install with `{}` in the stage that is copied from", switched(shown)),
    };
    Finding::new(copied, message).note_at(folder.command, "they are installed here").fix(Fix::words(fix))
}

/// The way out for an installation in the stage that ships. Where something is built after it, the build may need what
/// the switch leaves out; then only a stage of its own helps.
fn fix_in_place(folder: &Folder, build: &Build) -> Fix {
    let switched = switched(&folder.shown);
    let title = format!("install with `{switched}`; if a build needs the rest, build in a stage of its own");
    let Some(switch) = switch(&folder.shown) else { return Fix::words(title) };
    // The place is the command alone where it stands in one piece; a heredoc or a JSON form is left to a human.
    if build.image().steps.get(folder.step).is_none_or(|step| step.span == folder.command) || is_spread(folder.command) {
        return Fix::words(title);
    }
    Fix::risky(format!("install with `{switched}`"), vec![Edit::insert_after(folder.command, format!(" {switch}"))])
}

/// Longer commands are likely to go over several lines, and may end in a redirection.
fn is_spread(command: Span) -> bool {
    command.end - command.start > 60
}

/// The switch that leaves development dependencies out; `None` where it depends on what is meant.
fn switch(shown: &str) -> Option<&'static str> {
    Some(match shown {
        "npm ci" | "npm install" | "npm i" => "--omit=dev",
        "pnpm install" | "pnpm i" | "pnpm fetch" | "pnpm deploy" => "--prod",
        "bun install" | "bun i" => "--production",
        "poetry install" | "poetry sync" => "--only main",
        "uv sync" => "--no-dev",
        "pdm install" | "pdm sync" => "--prod",
        _ => return None,
    })
}

fn switched(shown: &str) -> String {
    match (switch(shown), shown) {
        (Some(switch), _) => format!("{shown} {switch}"),
        // From Yarn 2 on: `yarn workspaces focus --production`.
        (None, shown) if shown.starts_with("yarn") => "yarn install --production".to_string(),
        (None, "pip install" | "uv pip install") => format!("{shown} -r requirements.txt"),
        (None, shown) if shown.starts_with("pipenv") => "pipenv sync".to_string(),
        (None, shown) => shown.to_string(),
    }
}

fn pruning(shown: &str) -> &'static str {
    match shown.split(' ').next() {
        Some("yarn") => "yarn install --production",
        Some("pnpm") => "pnpm prune --prod",
        Some("bun") => "bun install --production",
        _ => "npm prune --omit=dev",
    }
}
