//! Place: which interpreter or environment a call installs into.

use super::super::switched_on;
use super::{PACKAGES, Place, Settings};
use crate::container::base::System;
use crate::container::build::join;
use crate::container::calls::Call;

pub(super) fn pip_place(call: &Call, settings: &Settings) -> Place {
    let folder = |path: Option<String>, below: &str| match path {
        Some(path) => Place::Folder(format!("{}{below}", path.trim_end_matches('/'))),
        None => Place::Unknown("the folder that packages go to is not known".to_string()),
    };
    if let Some(target) = call.option(&["-t", "--target"]).map(str::to_string).or_else(|| call.value("PIP_TARGET")) {
        return folder(call.absolute(&target), "");
    }
    if let Some(prefix) = call.option(&["--prefix"]).map(str::to_string).or_else(|| call.value("PIP_PREFIX")) {
        return prefixed(call.absolute(&prefix));
    }
    if let Some(root) = call.option(&["--root"]) {
        return folder(call.absolute(root), "/usr/local/lib/python/site-packages");
    }
    if call.has(&["--user"]) || switched_on(call, "PIP_USER") == Some(true) {
        let base = call.value("PYTHONUSERBASE");
        let home = call.value("HOME").unwrap_or_else(|| "/root".to_string());
        return folder(Some(base.unwrap_or_else(|| join(&home, ".local"))), PACKAGES);
    }
    if let Some(python) = call.option(&["--python"])
        && let Some((prefix, _)) = python.rsplit_once("/bin/")
    {
        return prefixed(call.absolute(prefix));
    }
    interpreter(call, settings)
}

/// Packages below a prefix: those of the system if it is its own.
pub(super) fn prefixed(prefix: Option<String>) -> Place {
    match prefix.as_deref() {
        Some("/usr/local" | "/usr" | "/") => Place::System,
        Some("/opt/conda") => Place::Conda,
        Some(prefix) => Place::Environment(prefix.trim_end_matches('/').to_string()),
        None => Place::Unknown("the folder that packages go to is not known".to_string()),
    }
}

/// The interpreter that a call of `pip` or `python` means.
pub(super) fn interpreter(call: &Call, settings: &Settings) -> Place {
    if let Some((folder, _)) = call.path.rsplit_once('/') {
        let prefix = folder.strip_suffix("/bin").or((folder == "bin").then_some(".")).unwrap_or(folder);
        return prefixed(call.absolute(if prefix.is_empty() { "/" } else { prefix }));
    }
    match environment(call, settings) {
        Ok(Some(environment)) => return prefixed(Some(environment)),
        Ok(None) => {}
        Err(why) => return Place::Unknown(why),
    }
    let image = call.image();
    if let Some(name) = image.base.reference.as_ref().map(|reference| reference.repository_name())
        && (name.contains("conda") || name.contains("mamba"))
    {
        return Place::Conda;
    }
    // What is known of official images, and that distributions bring no environment.
    let plain = image.base.facts.as_ref().is_some_and(|facts| facts.system != Some(System::Distroless));
    if let Some(user) = unprivileged(call) {
        return Place::Unknown(format!("whether `{user}` may write to the packages of the system is not known"));
    }
    if plain || image.base.is_scratch() {
        return Place::System;
    }
    Place::Unknown(format!("whether `{}` brings a virtual environment is not known", image.base.shown()))
}

/// The user that a call runs as, if it is not root: pip installs to the user's own folder where it may not write to the
/// system's.
fn unprivileged<'c>(call: &'c Call) -> Option<&'c str> {
    let user = call.image().history.user_at(call.step)?.value()?;
    let name = user.split(':').next().unwrap_or(user);
    (!matches!(name, "" | "root" | "0")).then_some(name)
}

/// The environment that is active for a call: by its script, or ahead in the search path.
pub(super) fn environment(call: &Call, settings: &Settings) -> Result<Option<String>, String> {
    if let Some(activated) = call.activated {
        return Ok(Some(activated.to_string()));
    }
    let named = call.value("VIRTUAL_ENV");
    for folder in call.search_path()? {
        let Some(prefix) = folder.strip_suffix("/bin").filter(|prefix| !matches!(*prefix, "" | "/usr" | "/usr/local"))
        else {
            continue;
        };
        let made = settings.environments.iter().any(|environment| environment == prefix);
        let looks_like_one =
            prefix.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').ends_with("env"));
        if made || looks_like_one || named.as_deref() == Some(prefix) {
            return Ok(Some(prefix.to_string()));
        }
    }
    Ok(None)
}

/// The folder of the project that a call is about.
pub(super) fn project(call: &Call) -> Option<String> {
    match call.option(&["--project", "--directory", "-C"]) {
        Some(path) => call.absolute(path),
        None => call.folder.clone(),
    }
}

pub(super) fn join_to(folder: &str, path: &str) -> String {
    if path.starts_with('/') { join("/", path) } else { join(folder, path) }
}

pub(super) fn uv_pip_place(call: &Call, settings: &Settings) -> Place {
    let system = call.has(&["--system"]) || switched_on(call, "UV_SYSTEM_PYTHON") == Some(true);
    if call.option(&["-t", "--target", "--prefix"]).is_some() {
        return pip_place(call, settings);
    }
    let python = call.option(&["-p", "--python"]).map(str::to_string).or_else(|| call.value("UV_PYTHON"));
    if let Some((prefix, _)) = python.as_deref().and_then(|python| python.rsplit_once("/bin/")) {
        return prefixed(call.absolute(prefix));
    }
    if system {
        return Place::System;
    }
    match call.activated.map(str::to_string).or_else(|| call.value("VIRTUAL_ENV")) {
        Some(environment) => prefixed(call.absolute(&environment)),
        None => prefixed(call.folder.as_deref().map(|folder| join(folder, ".venv"))),
    }
}

/// Where a manager installs that makes no environment of its own.
pub(super) fn interpreter_of_system(call: &Call, settings: &Settings) -> Place {
    match interpreter(call, settings) {
        // The manager itself may be called by its path; that says nothing about the interpreter.
        _ if call.path.contains('/') => Place::System,
        place => place,
    }
}
