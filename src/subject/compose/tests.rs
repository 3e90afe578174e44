use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Sources, Span};

mod commands;
mod hostile;
mod loading;
mod merging;
mod refusals;
mod values;
mod variables;

/// A loaded project with what it was made of.
struct Case {
    project: Project,
    problems: Vec<Problem>,
    sources: Sources,
}

impl Case {
    fn service(&self, name: &str) -> &Service {
        self.project.service(name).unwrap_or_else(|| panic!("no service {name} in {:?}", self.problems))
    }

    fn slice(&self, span: Span) -> &str {
        self.sources.slice(span)
    }

    fn whats(&self) -> Vec<&str> {
        self.problems.iter().map(|problem| problem.what.as_str()).collect()
    }

    fn errors(&self) -> Vec<&str> {
        let errors = self.problems.iter().filter(|problem| problem.gravity == Gravity::Error);
        errors.map(|problem| problem.what.as_str()).collect()
    }
}

fn request(files: &[&str]) -> Request {
    Request { files: files.iter().map(PathBuf::from).collect(), ..Request::default() }
}

fn load_all(request: &Request, disk: &[(&str, &str)]) -> (Loaded, Sources) {
    let mut sources = Sources::new();
    let mut read = |path: &Path| -> Result<Option<Source>, Problem> {
        let found = disk.iter().find(|(name, _)| Path::new(name) == path);
        Ok(found.map(|(name, text)| Source::of_file(*name, path, *text)))
    };
    let loaded = load(request, &mut read, &mut sources);
    (loaded, sources)
}

fn case(request: &Request, disk: &[(&str, &str)]) -> Case {
    let (loaded, sources) = load_all(request, disk);
    let problems = loaded.problems;
    let project = loaded.project.unwrap_or_else(|| panic!("no project: {problems:?}"));
    Case { project, problems, sources }
}

/// One file.
fn one(text: &str) -> Case {
    case(&request(&["p/compose.yaml"]), &[("p/compose.yaml", text)])
}

/// One service `a` with an image and these attributes.
fn attributes(lines: &str) -> Case {
    let indented: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    one(&format!("services:\n  a:\n    image: i\n{indented}"))
}

/// A base and an override, each the attributes of a service `a`.
fn merged(base: &str, over: &str) -> Case {
    let file = |image: &str, lines: &str| {
        let indented: String = lines.lines().map(|line| format!("    {line}\n")).collect();
        format!("services:\n  a:\n{image}{indented}")
    };
    let (base, over) = (file("    image: i\n", base), file("    hostname: h\n", over));
    let disk = [("p/compose.yaml", base.as_str()), ("p/compose.override.yaml", over.as_str())];
    case(&request(&["p/compose.yaml", "p/compose.override.yaml"]), &disk)
}

fn text(given: &Option<Given<String>>) -> Option<&str> {
    given.as_ref()?.value().map(String::as_str)
}

fn texts<'g>(list: impl IntoIterator<Item = &'g Given<String>>) -> Vec<&'g str> {
    list.into_iter().filter_map(|given| given.value()).map(String::as_str).collect()
}

fn argv(command: &Option<Given<Command>>) -> Option<Vec<&str>> {
    let command = command.as_ref()?.value()?;
    Some(command.argv.iter().map(|word| word.value.as_str()).collect())
}

fn variables_of(list: &[Variable]) -> Vec<String> {
    let value = |variable: &Variable| match &variable.value.setting {
        Setting::Value(value) => value.clone(),
        Setting::Unknown(_) => "?".to_string(),
    };
    list.iter().map(|variable| format!("{}={}", variable.name, value(variable))).collect()
}
