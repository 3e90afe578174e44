//! Requirements: what a `pip install` names.

use super::super::Groups;
use crate::container::calls::{Call, Word};

/// Tools for operating the image, which are no dependencies of the application.
const TOOLS: [&str; 24] = [
    "pip",
    "setuptools",
    "setuptools-scm",
    "wheel",
    "dumb-init",
    "uv",
    "poetry",
    "poetry-core",
    "poetry-plugin-export",
    "pipenv",
    "pdm",
    "virtualenv",
    "hatch",
    "build",
    "supervisor",
    "awscli",
    "pipx",
    "pip-tools",
    "cython",
    "micropipenv",
    "s3cmd",
    "yq",
    "supervisor-stdout",
    "crudini",
];

/// Which requirements a `pip install` names, and whether they stand in a file; `None` if only tools.
pub(super) fn requirements(call: &Call) -> Option<(Groups, bool)> {
    const ENDS: [char; 7] = ['=', '<', '>', '~', '!', '[', '@'];
    let tool = |word: &Word| word.name_before(&ENDS).is_some_and(|name| TOOLS.contains(&name));
    let open = call.words.iter().any(|word| word.text.is_none() && !tool(word));
    let mut words = call.texts().skip_while(|text| *text != "install").skip(1);
    let (mut files, mut project, mut named, mut development) = (false, false, false, false);
    while let Some(word) = words.next() {
        let long = word.strip_prefix("--requirement=").or_else(|| word.strip_prefix("-r").filter(|f| !f.is_empty()));
        match word {
            "-r" | "--requirement" => {
                files = true;
                development |= words.next().is_some_and(is_development_file);
            }
            "--group" => development |= words.next().is_some_and(is_development_group),
            "-e" | "--editable" => {
                project = true;
                development |= words.next().is_some_and(has_development_extra);
            }
            "-c" | "--constraint" | "-i" | "--index-url" | "--extra-index-url" | "-f" | "--find-links" | "-t"
            | "--target" | "--prefix" | "--root" | "--trusted-host" | "--python" | "-p" | "--timeout" | "--retries"
            | "--cache-dir" | "--progress-bar" | "--no-binary" | "--only-binary" | "--platform" | "--src"
            | "--upgrade-strategy" | "--extra" => {
                words.next();
            }
            _ if let Some(file) = long => {
                files = true;
                development |= is_development_file(file);
            }
            _ if word.starts_with('-') => {}
            _ => {
                development |= has_development_extra(word);
                project |= word.starts_with('.') || word.starts_with('/') || word.contains("://");
                let name = word.split(ENDS).next().unwrap_or(word);
                named |= !TOOLS.contains(&name);
            }
        }
    }
    let groups = if development { Groups::Development } else { Groups::Production };
    (files || project || named || open).then_some((groups, files && !project))
}

/// `requirements-dev.txt`, `requirements/test.txt`, `dev-requirements.txt`.
pub(super) fn is_development_file(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let stem = path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem);
    let last: Vec<&str> = stem.rsplit('/').take(1).flat_map(|name| name.split(['-', '_', '.'])).collect();
    last.iter().any(|word| matches!(*word, "dev" | "develop" | "development" | "test" | "tests" | "testing" | "lint"))
}

pub(super) fn is_development_group(name: &str) -> bool {
    matches!(name.rsplit(':').next(), Some("dev" | "develop" | "development" | "test" | "tests" | "testing" | "lint"))
}

/// `.[dev,test]`.
fn has_development_extra(word: &str) -> bool {
    let extras = word.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(extras, _)| extras);
    extras.split(',').any(|extra| is_development_group(extra.trim()))
}
