//! Wrappers: programs whose arguments are another command line, and where in theirs it starts.
//!
//! A table of names with the options that take a value, since only those hide where the wrapped command begins. Which
//! of them replace themselves and which stay and forward signals is their documented or observed behaviour.

mod package_runner;
mod table;
mod user_switch;

use super::{Argv, LayerKind};
use crate::container::argv::{file_name, skip_options};
use crate::source::Spanned;

/// What a wrapper is, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The wrapper as a layer.
    pub kind: LayerKind,
    /// What it runs.
    pub rest: Rest,
    /// Variables it sets.
    pub environment: Vec<(String, String)>,
}

/// Where the wrapped command is in the wrapper's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// From this word on.
    Words(usize),
    /// From this word on, run by this program.
    RunBy(&'static str, usize),
    /// This word is given to a shell with `-c`.
    ShellText(usize),
    /// This word is split at blanks, and the words after it follow.
    Split(usize),
    /// Not in its words.
    Elsewhere,
}

impl Step {
    fn new(kind: LayerKind, rest: Rest) -> Step {
        Step { kind, rest, environment: Vec::new() }
    }

    /// The wrapped command line.
    pub(crate) fn next(&self, argv: &[Spanned<String>]) -> Option<Argv> {
        let word = |text: &str, at: usize| Spanned::new(text.to_string(), argv[at].span);
        Some(match self.rest {
            Rest::Words(at) => argv.get(at..).unwrap_or_default().to_vec(),
            Rest::RunBy(program, at) => std::iter::once(word(program, at)).chain(argv[at..].iter().cloned()).collect(),
            Rest::ShellText(at) => vec![word("/bin/sh", at), word("-c", at), argv[at].clone()],
            Rest::Split(at) => {
                let split = argv[at].value.split_whitespace().map(|text| word(text, at));
                let mut next: Argv = split.chain(argv[at + 1..].iter().cloned()).collect();
                // Options and assignments in it are `env`'s own.
                if next.first().is_some_and(|first| first.value.starts_with('-') || first.value.contains('=')) {
                    next.insert(0, word("env", at));
                }
                next
            }
            Rest::Elsewhere => return None,
        })
    }
}

/// The wrapper at the start of a command line; `None` if it is none, or has nothing to wrap.
pub(crate) fn step(words: &[&str]) -> Option<Step> {
    let path = *words.first()?;
    let name = file_name(path);
    if path == "/init" {
        let rest = if words.len() > 1 { Rest::Words(1) } else { Rest::Elsewhere };
        return Some(Step::new(LayerKind::Init { name: "s6".to_string(), whole_group: false }, rest));
    }
    if let Some(step) = package_runner::step(name, words).or_else(|| user_switch::step(name, words)) {
        return Some(step);
    }
    match name {
        "tini" | "tini-static" | "docker-init" | "catatonit" | "dumb-init" => init(name, words),
        "env" | "cross-env" | "cross-env-shell" => environment(name, words),
        "uv" => uv_run(words),
        "script" => script_command(words),
        "wait-for-it" | "wait-for-it.sh" | "wait-for" | "wait-for.sh" => after_double_dash(name, words, false),
        "doppler" | "infisical" | "op" | "chamber" | "aws-vault" | "dotenvx" => after_double_dash(name, words, true),
        _ => table::supervisor(name, words).or_else(|| table::plain(name, words)),
    }
}

fn init(name: &str, words: &[&str]) -> Option<Step> {
    let values: &[&str] = if name == "dumb-init" { &["-r", "--rewrite"] } else { &["-p", "-e"] };
    let at = skip_options(words, 1, values);
    let options = &words[1..at.min(words.len())];
    let whole_group = match name {
        "dumb-init" => !options.iter().any(|option| *option == "--single-child" || is_cluster_with(option, 'c')),
        _ => options.iter().any(|option| is_cluster_with(option, 'g')),
    };
    let name = if name == "tini-static" { "tini" } else { name };
    let kind = LayerKind::Init { name: name.to_string(), whole_group };
    Some(Step::new(kind, Rest::Words(at)))
}

/// `-g`, `-sg`, but not `--g`.
fn is_cluster_with(option: &str, letter: char) -> bool {
    option.len() > 1 && option.starts_with('-') && !option.starts_with("--") && option.contains(letter)
}

/// `env` and its likes: options, assignments, command.
fn environment(name: &str, words: &[&str]) -> Option<Step> {
    let wrapper = LayerKind::Wrapper { name: name.to_string(), stays: name != "env", forwards: true };
    let mut step = Step::new(wrapper, Rest::Elsewhere);
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match *word {
            "-u" | "--unset" | "-C" | "--chdir" => at += 2,
            "-S" | "--split-string" if at + 1 < words.len() => {
                step.rest = Rest::Split(at + 1);
                return Some(step);
            }
            option if option.starts_with('-') => at += 1,
            word => match assignment(word) {
                Some(variable) => {
                    step.environment.push(variable);
                    at += 1;
                }
                None => {
                    step.rest = Rest::Words(at);
                    return Some(step);
                }
            },
        }
    }
    None
}

/// `NAME=value`.
fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let valid = name.chars().all(is_name) && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    valid.then(|| (name.to_string(), value.to_string()))
}

/// `uv run [OPTIONS] COMMAND`: a file is run by Python, `-m` is Python's.
fn uv_run(words: &[&str]) -> Option<Step> {
    const VALUES: &[&str] = &[
        "--with",
        "--with-editable",
        "--with-requirements",
        "-p",
        "--python",
        "--project",
        "--directory",
        "--env-file",
        "--group",
        "--only-group",
        "--no-group",
        "--extra",
        "--no-extra",
        "--package",
        "--index",
        "--index-url",
        "--default-index",
        "--extra-index-url",
        "--cache-dir",
        "--config-file",
        "--refresh-package",
        "-C",
        "-w",
    ];
    let command = skip_options(words, 1, VALUES);
    if words.get(command) != Some(&"run") {
        return None;
    }
    let kind = LayerKind::Wrapper { name: "uv run".to_string(), stays: true, forwards: true };
    let after = command + 1;
    let at = skip_options(words, after, VALUES);
    let module = words[after..at.min(words.len())].iter().position(|word| matches!(*word, "-m" | "--module"));
    if let Some(module) = module {
        return Some(Step::new(kind, Rest::RunBy("python", after + module)));
    }
    let word = *words.get(at)?;
    let rest = if word.ends_with(".py") { Rest::RunBy("python", at) } else { Rest::Words(at) };
    Some(Step::new(kind, rest))
}

/// `script -qec COMMAND FILE`.
fn script_command(words: &[&str]) -> Option<Step> {
    let option = words.iter().position(|word| *word == "--command" || is_cluster_with(word, 'c'))?;
    let kind = LayerKind::Wrapper { name: "script".to_string(), stays: true, forwards: false };
    (option + 1 < words.len()).then(|| Step::new(kind, Rest::ShellText(option + 1)))
}

fn after_double_dash(name: &str, words: &[&str], stays: bool) -> Option<Step> {
    let at = words.iter().position(|word| *word == "--")? + 1;
    let kind = LayerKind::Wrapper { name: name.to_string(), stays, forwards: true };
    (at < words.len()).then(|| Step::new(kind, Rest::Words(at)))
}
