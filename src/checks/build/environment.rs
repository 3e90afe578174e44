//! Environment: whether python packages live in a virtual environment that is in use.

use super::built;
use crate::container::Container;
use crate::container::install::folders::{Ecosystem, Folder};
use crate::container::process::{LayerKind, Process};
use crate::container::runtime::Kind;
use crate::container::traced::Known;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;

pub(super) fn venv_missing(container: &Container, _: &NoParameters) -> Judgement {
    const NOTHING: &str = "no python packages are installed in it";
    let build = match built(container) {
        Ok(build) => build,
        Err(judgement) => return judgement,
    };
    if container.runtime.get().is_some_and(|runtime| runtime.kind != Kind::Python) {
        return Judgement::not_applicable("it does not run python");
    }
    let stages = build.folders();
    let shipped = stages.get(&build.target).map(Vec::as_slice).unwrap_or_default();
    let python = shipped.iter().filter(|folder| folder.ecosystem == Ecosystem::Python);
    Judgement::all(python.map(|folder| judge(container, folder)), NOTHING)
}

fn judge(container: &Container, folder: &Folder) -> Judgement {
    if let Some(why) = &folder.open {
        return Judgement::inconclusive(why.clone(), Some(folder.command));
    }
    if folder.is_system() {
        return Judgement::violated(in_system(folder));
    }
    if folder.conda {
        return Judgement::met(folder.place(), "an environment of conda's has them");
    }
    let Some(prefix) = folder.prefix().filter(|_| folder.environment) else {
        return Judgement::met(folder.place(), "they have a folder of their own, apart from the system's");
    };
    match is_used(container, prefix) {
        Ok(true) => Judgement::met(folder.place(), format!("the virtual environment `{prefix}` is in use")),
        Ok(false) => Judgement::violated(unused(container, folder, prefix)),
        Err(why) => Judgement::inconclusive(why, Some(container.process_place())),
    }
}

fn in_system(folder: &Folder) -> Finding {
    let shown = &folder.shown;
    if let Some(copied) = folder.copied {
        let message = "packages are copied into the system interpreter of the image that ships";
        let fix = format!(
            "make `/opt/venv` with `python -m venv` in the stage that installs, run `/opt/venv/bin/{shown}` there, and copy `/opt/venv`"
        );
        return Finding::new(copied, message)
            .note_at(folder.command, format!("`{shown}` installs them here"))
            .fix(Fix::words(fix));
    }
    let message = format!("`{shown}` installs into the system interpreter of the image that ships");
    let fix = match shown.split(' ').next() {
        Some("pip" | "uv") => {
            "put `RUN python -m venv /opt/venv` and `ENV PATH=/opt/venv/bin:$PATH` before it, or copy `/opt/venv` from a stage that does"
        }
        Some("poetry") => {
            "set `POETRY_VIRTUALENVS_IN_PROJECT=1` instead, and copy `.venv` from the stage that installs"
        }
        Some("pipenv") => {
            "set `PIPENV_VENV_IN_PROJECT=1` instead of `--system`, and copy `.venv` from the stage that installs"
        }
        _ => "install into a virtual environment, and copy that from the stage that installs",
    };
    Finding::new(folder.command, message).fix(Fix::words(fix))
}

fn unused(container: &Container, folder: &Folder, prefix: &str) -> Finding {
    let message = format!("neither `PATH` nor the command uses the virtual environment `{prefix}`");
    let fix = format!("add `ENV PATH={prefix}/bin:$PATH` to the stage that ships");
    let finding = Finding::new(folder.place(), message);
    let runs = container.process_place();
    finding.note_at(runs, "this runs without it").fix(Fix::words(fix))
}

/// Whether the container's process finds the packages of an environment.
fn is_used(container: &Container, prefix: &str) -> Result<bool, String> {
    let bin = format!("{prefix}/bin");
    let in_path = |path: &str| path.split(':').any(|folder| folder.trim_end_matches('/') == bin);
    if container
        .image
        .history
        .search_path_at(usize::MAX)
        .is_some_and(|path| path.value().is_some_and(|path| in_path(path)))
        && !overrides_path(container)
    {
        return Ok(true);
    }
    if container.variable("PATH").is_ok_and(|path| path.is_some_and(in_path)) {
        return Ok(true);
    }
    if container.variable("PYTHONPATH").is_ok_and(|path| path.is_some_and(|path| path.contains(prefix))) {
        return Ok(true);
    }
    let process = match &container.process {
        Known::Value(process) => process,
        Known::Unknown(why) => return Err(why.clone()),
    };
    if runs_in(process, prefix, container) {
        return Ok(true);
    }
    let hidden = process.layers.iter().find_map(|layer| match &layer.kind {
        LayerKind::Script { path, known: false, .. } => Some(path),
        _ => None,
    });
    if let Some(script) = hidden {
        return Err(format!("what `{script}` runs is not known"));
    }
    match process.is_opaque() {
        Some(why) => Err(why.to_string()),
        None => Ok(false),
    }
}

/// Whether Compose sets `PATH` anew.
fn overrides_path(container: &Container) -> bool {
    let service = container.environment.get("PATH").map(|path| path.origin.span.source);
    let image = container.image.env.get("PATH").map(|path| path.origin.span.source);
    service.is_some() && service != image
}

/// Whether a command line names the environment, or a manager runs it.
fn runs_in(process: &Process, prefix: &str, container: &Container) -> bool {
    let workdir = container.workdir.get().map_or("/", String::as_str);
    let relative = prefix.strip_prefix(workdir.trim_end_matches('/')).map(|rest| rest.trim_start_matches('/'));
    let names = |text: &str| {
        let at = |path: &str| text.contains(&format!("{path}/bin/"));
        at(prefix) || relative.is_some_and(|relative| !relative.is_empty() && at(relative))
    };
    let layers = process.layers.iter().map(|layer| &layer.argv);
    let words = layers.chain(process.others.iter().map(|other| &other.argv)).flatten();
    let in_path = process.environment.iter().any(|(_, value)| names(&format!("{value}/")));
    let managed = process.layers.iter().any(|layer| match &layer.kind {
        LayerKind::Wrapper { name, .. } => {
            ["poetry", "uv", "pipenv", "pdm", "hatch", "conda"].iter().any(|manager| name.starts_with(manager))
        }
        _ => layer.argv.first().is_some_and(|word| matches!(word.value.as_str(), "poetry" | "uv" | "pipenv" | "pdm")),
    });
    in_path || managed || words.into_iter().any(|word| names(&word.value))
}
