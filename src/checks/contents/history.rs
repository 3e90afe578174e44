//! The configuration of an image and its history: secrets in it, and volumes over the system's own folders.

use serde::Deserialize;

use super::instruction;
use super::secret_name::{has_password, is_literal_secret, is_secret, names_secret};
use crate::container::Container;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::NoParameters;
use crate::shell::{self, Command};
use crate::source::Spanned;
use crate::subject::image::ImageConfig;

const NO_CONFIGURATION: &str = "no image is given, and so no configuration and no history";

pub(super) fn secret_in_history(container: &Container, _: &NoParameters) -> Judgement {
    let Some(config) = container.image.configuration.as_deref() else {
        return Judgement::not_applicable(NO_CONFIGURATION);
    };
    let mut parts = vec![Judgement::met(config.place, "neither the configuration nor the history holds a secret")];
    let values = config.env.iter().filter_map(|variable| Some((&variable.name, variable.value.as_ref()?)));
    let values = values.map(|(name, value)| ("variable", name, value));
    let labels = config.labels.iter().map(|(name, value)| ("label", name, value));
    let secrets = values.chain(labels).filter(|(_, name, value)| is_secret(&name.value, &value.value));
    for (what, name, _) in secrets {
        let message = format!("the {what} `{}` of the image is set to a secret", name.value);
        parts.push(Judgement::violated(Finding::new(name.span, message).fix(Fix::words(format!(
            "drop `{}` from the build, set it where the container runs, and replace it, as whoever has the image has it",
            name.value
        )))));
    }
    for text in config.history.iter().filter_map(|step| step.created_by.as_ref()) {
        let found = secrets_of(text, config);
        if !found.is_empty() {
            parts.push(Judgement::violated(finding(text, &found)));
        }
    }
    Judgement::all(parts, NO_CONFIGURATION)
}

fn finding(text: &Spanned<String>, found: &[String]) -> Finding {
    let by = instruction(&text.value);
    let message = format!("the history tells a secret that `{by}` was given: {}", found.join(", "));
    Finding::new(text.span, message).fix(Fix::words(
        "give it to the RUN that needs it with `--mount=type=secret`, which leaves no trace, and replace the secret",
    ))
}

/// What a step of the history gives away, by its name. What the configuration still has is told there.
fn secrets_of(text: &Spanned<String>, config: &ImageConfig) -> Vec<String> {
    let body = text.value.strip_prefix("/bin/sh -c #(nop)").unwrap_or(&text.value).trim();
    let body = body.strip_suffix("# buildkit").unwrap_or(body).trim();
    let mut found = match body.split_once(' ') {
        Some((keyword @ ("ENV" | "ARG" | "LABEL"), rest)) => declared(keyword, rest, config),
        Some(("RUN", rest)) => of_run(rest),
        _ if body.starts_with('|') || shell::behind_shell(body).is_some() => of_run(body),
        Some(("ADD" | "COPY", rest)) if has_password(rest) => vec!["the password of an address".to_string()],
        _ => Vec::new(),
    };
    found.sort();
    found.dedup();
    found
}

fn named(name: &str, value: &str) -> Option<String> {
    is_secret(name, value).then(|| format!("`{name}`"))
}

/// `NAME=value` of an ENV, ARG or LABEL; quotes are lost in the history, so that only the first name is certain.
fn declared(keyword: &str, rest: &str, config: &ImageConfig) -> Vec<String> {
    let Some((name, value)) = rest.trim().split_once('=') else { return Vec::new() };
    let has = |known: &str, set: &str| known == name && set == value;
    let told = match keyword {
        "ENV" => config.env.iter().any(|v| v.value.as_ref().is_some_and(|set| has(&v.name.value, &set.value))),
        "LABEL" => config.labels.iter().any(|(known, set)| has(&known.value, &set.value)),
        _ => false,
    };
    if told { Vec::new() } else { named(name, value).into_iter().collect() }
}

/// What a RUN tells: the build arguments before the shell, and the commands behind it.
fn of_run(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut commands = text;
    if let Some(rest) = text.strip_prefix('|') {
        let rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
        let mut blanks = rest.match_indices(' ').map(|(at, _)| at);
        let shell = blanks.find(|at| shell::behind_shell(&rest[at + 1..]).is_some());
        let (arguments, behind) = rest.split_at(shell.unwrap_or(rest.len()));
        found.extend(
            arguments.split_whitespace().filter_map(|word| word.split_once('=')).filter_map(|(n, v)| named(n, v)),
        );
        commands = behind.trim_start();
    }
    let commands = shell::behind_shell(commands).unwrap_or(commands);
    for command in shell::scan(commands).commands {
        of_command(&command, &mut found);
    }
    found
}

fn of_command(command: &Command, found: &mut Vec<String>) {
    let assignments = command.assignments.iter();
    found.extend(assignments.filter_map(|set| named(&set.name, set.value.literal()?)));
    let words: Vec<&str> = command.words.iter().map(|word| word.literal().unwrap_or("$")).collect();
    let sets = matches!(command.program(), Some("export" | "env" | "declare"));
    for (at, word) in words.iter().enumerate().skip(1) {
        let option = word.starts_with("--");
        match word.split_once('=') {
            Some((name, value)) if (sets || option) && names_secret(name) && is_literal_secret(value) => {
                found.push(format!("`{name}`"));
            }
            _ if has_password(word) => found.push("the password of an address".to_string()),
            None if matches!(*word, "--password" | "--token") => {
                let value = words.get(at + 1).filter(|value| !value.starts_with('-'));
                found.extend(value.filter(|value| is_literal_secret(value)).map(|_| format!("`{word}`")));
            }
            _ => {}
        }
    }
}

/// Folders that no volume may lie over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SystemFolders {
    folders: Vec<String>,
    trees: Vec<String>,
}

pub(super) fn image_volume_system(container: &Container, system: &SystemFolders) -> Judgement {
    let Some(config) = container.image.configuration.as_deref() else {
        return Judgement::not_applicable(NO_CONFIGURATION);
    };
    let volumes = config.volumes.iter().map(|volume| {
        let parts: Vec<&str> = volume.value.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let path = format!("/{}", parts.join("/"));
        let below = |tree: &String| path.strip_prefix(tree.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let shared_memory = path == "/dev/shm";
        let wrong = system.folders.contains(&path) || system.trees.iter().any(|tree| *tree == path || below(tree));
        if !wrong || shared_memory {
            return Judgement::met(volume.span, format!("`{path}` is a folder of the application"));
        }
        let finding = Finding::new(volume.span, format!("the image declares the system's own `{path}` as a volume"));
        Judgement::violated(finding.fix(Fix::words(format!(
            "drop `{path}` from VOLUME, and declare the folder that the application writes to"
        ))))
    });
    Judgement::all(volumes, "the image declares no volume")
}
