//! Shape: a parsed file as text that a table can hold, and the three things a row can claim of an input.

use plimsoll::problem::{Gravity, Problem};
use plimsoll::source::SourceId;
use plimsoll::subject::dockerfile::instruction::{Command, Healthcheck, Instruction, Kind, Pair, Run, Transfer};
use plimsoll::subject::dockerfile::stage::{BuildSettings, Stages};
use plimsoll::subject::dockerfile::{self, Dockerfile};

/// Parses a text that stands alone.
pub fn parse(text: &str) -> (Dockerfile, Vec<Problem>) {
    let mut problems = Vec::new();
    let file = dockerfile::parse(SourceId(0), text, &mut problems);
    (file, problems)
}

/// Parses a text and finds its stages.
pub fn resolve(text: &str, settings: &BuildSettings) -> (Dockerfile, Stages, Vec<Problem>) {
    let (file, mut problems) = parse(text);
    let stages = Stages::new(&file, settings, &mut problems);
    (file, stages, problems)
}

/// BuildKit takes the text and reads it as `expected`.
pub fn reads(text: &str, expected: &str, why: &str) {
    let (file, _, problems) = resolve(text, &BuildSettings::default());
    let bad: Vec<_> = problems.iter().filter(|problem| problem.gravity > Gravity::Note).collect();
    assert!(bad.is_empty(), "{why}\n{text}\n{bad:#?}");
    assert_eq!(all(&file), expected, "{why}\n{text}");
}

/// As [`reads`], for instructions that stand in a stage.
pub fn reads_in_stage(text: &str, expected: &str, why: &str) {
    reads(&format!("FROM a\n{text}"), &format!("FROM [a]\n{expected}"), why);
}

/// BuildKit refuses the text; an error says so with these words.
pub fn refuses(text: &str, words: &str, why: &str) {
    says(text, Gravity::Error, words, why);
}

/// As [`refuses`], for instructions that stand in a stage.
pub fn refuses_in_stage(text: &str, words: &str, why: &str) {
    refuses(&format!("FROM a\n{text}"), words, why);
}

/// There is a problem of that gravity with these words.
pub fn says(text: &str, gravity: Gravity, words: &str, why: &str) {
    let (_, _, problems) = resolve(text, &BuildSettings::default());
    let said = problems.iter().any(|problem| problem.gravity == gravity && problem.what.contains(words));
    assert!(said, "{why}\n{text}\n{problems:#?}");
    assert!(problems.iter().all(|problem| !problem.help.is_empty()), "{problems:#?}");
}

/// All instructions, one a line.
pub fn all(file: &Dockerfile) -> String {
    file.instructions.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// One instruction: keyword, flags, arguments in brackets, heredocs with their bodies.
pub fn one(instruction: &Instruction) -> String {
    let mut text = instruction.keyword.map_or("?", |keyword| keyword.name()).to_string();
    for flag in &instruction.flags {
        text += &format!(" --{}", flag.name);
        text += &flag.value.as_ref().map_or(String::new(), |value| format!("=[{}]", value.value));
    }
    text += &kind(&instruction.kind);
    for heredoc in &instruction.heredocs {
        let operator = if heredoc.strip_tabs { "<<-" } else { "<<" };
        let quote = if heredoc.expand { "" } else { "'" };
        text += &format!(" {operator}{quote}{}{quote}{:?}", heredoc.name, heredoc.body.value);
    }
    text
}

fn kind(kind: &Kind) -> String {
    let list = |words: &[plimsoll::source::Spanned<String>]| {
        words.iter().map(|word| format!(" [{}]", word.value)).collect::<String>()
    };
    match kind {
        Kind::From { image, name: None } => format!(" [{image}]"),
        Kind::From { image, name: Some(name) } => format!(" [{image}] AS [{name}]"),
        Kind::Arg(arguments) => arguments
            .iter()
            .map(|a| format!(" [{}]{}", a.name, a.default.as_ref().map_or(String::new(), |d| format!("=[{d}]"))))
            .collect(),
        Kind::Env(pairs) | Kind::Label(pairs) => {
            pairs.iter().map(|Pair { key, value }| format!(" [{key}]=[{value}]")).collect()
        }
        Kind::User(word) | Kind::Workdir(word) | Kind::Stopsignal(word) | Kind::Maintainer(word) => {
            format!(" [{word}]")
        }
        Kind::Transfer(Transfer { sources, destination, .. }) => format!("{} -> [{destination}]", list(sources)),
        Kind::Run(Run { command: run, .. }) => command(run),
        Kind::Cmd(run) | Kind::Entrypoint(run) => command(run),
        Kind::Shell(words) | Kind::Expose(words) | Kind::Volume(words) => list(words),
        Kind::Healthcheck(Healthcheck::None) => " NONE".to_string(),
        Kind::Healthcheck(Healthcheck::Cmd { command: run, .. }) => format!(" CMD{}", command(run)),
        Kind::Onbuild(trigger) => format!(" {}", one(trigger)),
        Kind::Invalid => " !".to_string(),
    }
}

fn command(run: &Command) -> String {
    match run {
        Command::Exec { argv, .. } => {
            format!(" exec{:?}", argv.iter().map(|word| word.value.as_str()).collect::<Vec<_>>())
        }
        Command::Shell { text, malformed_exec: false } => format!(" sh[{}]", text.value),
        Command::Shell { text, malformed_exec: true } => format!(" sh-not-json[{}]", text.value),
    }
}
