//! Python: what calls of pip, uv, poetry, pipenv and pdm install, and where it goes.

mod place;
mod requirements;

use super::{Groups, switched_on};
use crate::container::build::join;
use crate::container::calls::Call;
use place::{environment, interpreter_of_system, join_to, pip_place, prefixed, project, uv_pip_place};
use requirements::{is_development_file, is_development_group, requirements};

/// Where packages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To the interpreter of the system or the image.
    System,
    /// To a virtual environment.
    Environment(String),
    /// To a folder of its own: `--target`, `--user`.
    Folder(String),
    /// To an environment of conda's.
    Conda,
    /// Not known; why.
    Unknown(String),
}

/// An installation of what an application needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// As messages name it: `pip install`.
    pub shown: String,
    /// Which dependencies.
    pub groups: Groups,
    /// Where they go.
    pub place: Place,
    /// They come from a manifest, so that they could be installed before the sources are there.
    pub manifest: bool,
}

impl Install {
    /// What would leave the development dependencies out if it stood behind the call; `None` if the call asks for them,
    /// or there is no such switch.
    pub fn switch(&self, call: &Call) -> Option<&'static str> {
        let asks = ["--dev", "--all-groups", "--only-dev", "--with", "--group", "--extra", "--only", "--only-group"];
        if self.groups != Groups::Development || call.texts().any(|word| asks.iter().any(|ask| word.starts_with(ask))) {
            return None;
        }
        match call.program.as_str() {
            "poetry" => Some("--only main"),
            "uv" if self.shown == "uv sync" => Some("--no-dev"),
            "pdm" => Some("--prod"),
            _ => None,
        }
    }
}

/// What a stage has decided before a call.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `poetry config virtualenvs.create false`.
    pub poetry_create: Option<bool>,
    /// `poetry config virtualenvs.in-project true`.
    pub poetry_in_project: Option<bool>,
    /// Virtual environments that the stage has.
    pub environments: Vec<String>,
}

/// Options of pip and of python that may stand before what pip does, and take a value.
const OPTIONS_OF_PIP: [&str; 13] = [
    "--cache-dir",
    "--cert",
    "--client-cert",
    "--exists-action",
    "--log",
    "--proxy",
    "--python",
    "--retries",
    "--timeout",
    "--trusted-host",
    "--use-feature",
    "-W",
    "-X",
];

/// The folder of packages below a prefix, whatever the version of python.
pub const PACKAGES: &str = "/lib/python/site-packages";

/// The virtual environment that a call makes.
pub fn makes_environment(call: &Call) -> Option<String> {
    let named = match call.program.as_str() {
        "virtualenv" => environment_operand(call, 0)?,
        "uv" if call.operands().next() == Some("venv") => environment_operand(call, 1).unwrap_or(".venv"),
        program if is_python(program) => {
            let module = call.option(&["-m"])?;
            if !matches!(module, "venv" | "virtualenv") {
                return None;
            }
            environment_operand(call, usize::from(!call.has(&["-mvenv", "-mvirtualenv"])))?
        }
        _ => return None,
    };
    call.absolute(named)
}

/// The operand of this index that names an environment.
fn environment_operand<'c>(call: &'c Call, index: usize) -> Option<&'c str> {
    call.operands_behind(&["--prompt", "--python", "-p", "--app-data", "--seeder"]).skip(index).last()
}

/// Takes in what a call decides for later ones.
pub fn configure(call: &Call, settings: &mut Settings) {
    settings.environments.extend(makes_environment(call));
    if call.program != "poetry" || call.operands().next() != Some("config") {
        return;
    }
    let words: Vec<&str> = call.operands().skip(1).collect();
    if let [key, value, ..] = words.as_slice() {
        let on = Some(*value == "true");
        match *key {
            "virtualenvs.create" => settings.poetry_create = on,
            "virtualenvs.in-project" => settings.poetry_in_project = on,
            _ => {}
        }
    }
}

/// Reads a call; `None` if it installs nothing that the application needs.
pub fn install(call: &Call, settings: &Settings) -> Option<Install> {
    match call.program.as_str() {
        program if is_pip(program) => pip(call, settings, 0),
        program if is_python(program) => {
            let behind = usize::from(!call.has(&["-mpip"]));
            (call.option(&["-m"]) == Some("pip")).then(|| pip(call, settings, behind)).flatten()
        }
        "uv" => uv(call, settings),
        "poetry" => poetry(call, settings),
        "pipenv" => pipenv(call, settings),
        "pdm" => pdm(call, settings),
        _ => None,
    }
}

fn pip(call: &Call, settings: &Settings, behind: usize) -> Option<Install> {
    let subcommand = call.operands_behind(&OPTIONS_OF_PIP).nth(behind);
    if subcommand != Some("install") {
        return None;
    }
    let (groups, manifest) = requirements(call)?;
    Some(Install { shown: "pip install".to_string(), groups, place: pip_place(call, settings), manifest })
}

fn uv(call: &Call, settings: &Settings) -> Option<Install> {
    let mut operands = call.operands();
    match operands.next()? {
        "pip" => {
            let subcommand = operands.next()?;
            if !matches!(subcommand, "install" | "sync") {
                return None;
            }
            let shown = format!("uv pip {subcommand}");
            let (groups, manifest) = if subcommand == "install" {
                requirements(call)?
            } else {
                let development = operands.any(is_development_file);
                (if development { Groups::Development } else { Groups::Production }, true)
            };
            Some(Install { shown, groups, place: uv_pip_place(call, settings), manifest })
        }
        "sync" => {
            let shown = "uv sync".to_string();
            let place = match call.value("UV_PROJECT_ENVIRONMENT") {
                Some(path) => prefixed(project(call).map(|project| join_to(&project, &path))),
                None => prefixed(project(call).map(|project| join(&project, ".venv"))),
            };
            Some(Install { shown, groups: uv_groups(call), place, manifest: true })
        }
        _ => None,
    }
}

fn uv_groups(call: &Call) -> Groups {
    let asks = call.has(&["--dev", "--all-groups", "--only-dev"])
        || call.option(&["--group", "--only-group", "--extra"]).is_some_and(is_development_group);
    if asks {
        return Groups::Development;
    }
    let without = call.has(&["--no-dev", "--no-default-groups"])
        || call.option(&["--no-group"]) == Some("dev")
        || call.option(&["--only-group"]).is_some();
    let variables = ["UV_NO_DEV", "UV_NO_DEFAULT_GROUPS"];
    if without || variables.iter().any(|name| switched_on(call, name) == Some(true)) {
        return Groups::Production;
    }
    if call.has_unknown_word() {
        return Groups::Unknown("not all arguments of `uv sync` are known".to_string());
    }
    Groups::Development
}

fn poetry(call: &Call, settings: &Settings) -> Option<Install> {
    let subcommand = call.operands().find(|word| matches!(*word, "install" | "sync"))?;
    if call.operands().next() != Some(subcommand) || call.has(&["--only-root", "--dry-run"]) {
        return None;
    }
    let create = settings.poetry_create.or_else(|| switched_on(call, "POETRY_VIRTUALENVS_CREATE")).unwrap_or(true);
    let in_project = settings.poetry_in_project.or_else(|| switched_on(call, "POETRY_VIRTUALENVS_IN_PROJECT"));
    let place = match environment(call, settings) {
        Ok(Some(environment)) => prefixed(Some(environment)),
        Ok(None) if !create => interpreter_of_system(call, settings),
        Ok(None) if in_project == Some(true) => prefixed(project(call).map(|project| join(&project, ".venv"))),
        Ok(None) => Place::Environment("/root/.cache/pypoetry/virtualenvs/project".to_string()),
        Err(why) => Place::Unknown(why),
    };
    let shown = format!("poetry {subcommand}");
    Some(Install { shown, groups: poetry_groups(call), place, manifest: true })
}

fn poetry_groups(call: &Call) -> Groups {
    let list = |names: &[&str]| call.option(names).map(|list| list.split(',').map(str::trim).collect::<Vec<_>>());
    if list(&["--with"]).is_some_and(|groups| groups.iter().any(|group| is_development_group(group))) {
        return Groups::Development;
    }
    if let Some(only) = list(&["--only"]) {
        let development = only.iter().any(|group| is_development_group(group));
        return if development { Groups::Development } else { Groups::Production };
    }
    if call.has(&["--no-dev"]) {
        return Groups::Production;
    }
    match list(&["--without"]) {
        Some(without) if without.iter().any(|group| group.starts_with("dev")) => Groups::Production,
        Some(_) => Groups::Unknown("which groups the project has beside those that are left out".to_string()),
        None if call.has_unknown_word() => {
            Groups::Unknown("not all arguments of `poetry install` are known".to_string())
        }
        None => Groups::Development,
    }
}

fn pipenv(call: &Call, settings: &Settings) -> Option<Install> {
    let subcommand = call.operands().next().filter(|word| matches!(*word, "install" | "sync"))?;
    let development = call.has(&["--dev", "-d"]) || switched_on(call, "PIPENV_DEV") == Some(true);
    let place = if call.has(&["--system"]) || switched_on(call, "PIPENV_SYSTEM") == Some(true) {
        interpreter_of_system(call, settings)
    } else if let Ok(Some(environment)) = environment(call, settings) {
        prefixed(Some(environment))
    } else if switched_on(call, "PIPENV_VENV_IN_PROJECT") == Some(true) {
        prefixed(call.folder.as_deref().map(|folder| join(folder, ".venv")))
    } else {
        Place::Environment("/root/.local/share/virtualenvs/project".to_string())
    };
    let groups = if development { Groups::Development } else { Groups::Production };
    Some(Install { shown: format!("pipenv {subcommand}"), groups, place, manifest: true })
}

fn pdm(call: &Call, settings: &Settings) -> Option<Install> {
    let subcommand = call.operands().next().filter(|word| matches!(*word, "install" | "sync"))?;
    let production = call.has(&["--prod", "--production", "--no-dev"]);
    let place = match environment(call, settings) {
        Ok(Some(environment)) => prefixed(Some(environment)),
        Ok(None) => prefixed(project(call).map(|project| join(&project, ".venv"))),
        Err(why) => Place::Unknown(why),
    };
    let groups = match (production, call.has_unknown_word()) {
        (true, _) => Groups::Production,
        (false, true) => Groups::Unknown(format!("not all arguments of `pdm {subcommand}` are known")),
        (false, false) => Groups::Development,
    };
    Some(Install { shown: format!("pdm {subcommand}"), groups, place, manifest: true })
}

/// `pip`, `pip3`, `pip3.11`.
fn is_pip(program: &str) -> bool {
    program.strip_prefix("pip").is_some_and(is_version)
}

/// `python`, `python3`, `python3.11`.
fn is_python(program: &str) -> bool {
    program.strip_prefix("python").is_some_and(is_version)
}

fn is_version(rest: &str) -> bool {
    rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
