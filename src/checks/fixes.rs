//! Fixes: the smallest change to this very file, for the rules of several topics.
//!
//! Each function answers for one fault. Edits are made only where the bytes that change are known one by one, and where
//! nothing else would still break the rule; otherwise the answer is in words, with the line to write.

pub mod base;
pub mod init;
pub mod process;
pub mod user;

use crate::container::Container;
use crate::container::build::Build;
use crate::finding::Edit;
use crate::source::{Span, Spanned};
use crate::subject::dockerfile::instruction::{Instruction, Kind};

/// The instruction of the build that a place lies in.
fn instruction(container: &Container, place: Span) -> Option<&Instruction> {
    let build = container.build.as_ref()?;
    build.file.instructions.iter().find(|instruction| instruction.span.contains(place))
}

/// The instructions of the stage that ships, FROM first.
fn shipped(build: &Build) -> &[Instruction] {
    &build.file.instructions[build.stages.stages[build.target].instructions.clone()]
}

/// Words as a JSON list; `None` if a shell would read more than words into them.
fn exec_form(text: &str) -> Option<String> {
    const PLAIN: &str = "-_./:=@,+% ";
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || PLAIN.contains(c));
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let program = words.first().filter(|word| !word.contains('=') && !is_builtin(word))?;
    (plain && !program.is_empty()).then(|| json_list(&words))
}

/// A JSON list as Dockerfiles write it.
fn json_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| serde_json::Value::from(*word).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

/// Whether a word is a command of the shell itself, or one that must not be replaced.
fn is_builtin(word: &str) -> bool {
    let builtins = [
        "exec", "cd", "export", "set", "unset", "wait", "trap", ".", "source", "eval", ":", "true", "false", "umask",
        "ulimit", "echo", "printf", "test", "[", "read", "exit", "return", "if", "for", "while", "until", "case",
        "command", "time",
    ];
    builtins.contains(&word)
}

/// An instruction put into the stage that ships, where its process is declared: before CMD and ENTRYPOINT, behind all that
/// the build runs and copies; else at the stage's end. With the words that say where.
pub(super) fn before_process(build: &Build, line: &str) -> Option<(Edit, String)> {
    let instructions = shipped(build);
    let works = |kind: &Kind| matches!(kind, Kind::Run(_) | Kind::Transfer(_) | Kind::Workdir(_) | Kind::User(_));
    let from = instructions.iter().rposition(|i| works(&i.kind)).map_or(1, |last| last + 1);
    let rest = instructions.get(from..).unwrap_or_default();
    let process = |i: &&Instruction| matches!(i.kind, Kind::Cmd(_) | Kind::Entrypoint(_) | Kind::Healthcheck(_));
    match rest.iter().find(process) {
        Some(instruction) => {
            let name = instruction.keyword.map_or("", |keyword| keyword.name());
            Some((Edit::insert_before(instruction.span, format!("{line}\n")), format!("before `{name}`")))
        }
        None => {
            let end = whole(instructions.last()?);
            Some((Edit::insert_after(end, format!("\n{line}")), "at the end".to_string()))
        }
    }
}

/// An instruction with the heredocs behind it.
fn whole(instruction: &Instruction) -> Span {
    instruction.heredocs.iter().fold(instruction.span, |span, heredoc| span.to(heredoc.span))
}

/// The bytes of a value, without quotes around it; `None` if they are not the value, byte by byte.
fn bytes_of(value: &Spanned<String>) -> Option<Span> {
    let (length, written) = (value.value.len() as u32, value.span.end - value.span.start);
    let simple = !value.value.contains(['\\', '"', '\'', '\n']);
    match written.checked_sub(length)? {
        0 => Some(value.span),
        2 if simple => Some(Span { start: value.span.start + 1, end: value.span.end - 1, ..value.span }),
        _ => None,
    }
}

/// The start of a command line that may be long.
fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() <= 80 { line.to_string() } else { line.chars().take(79).chain(['…']).collect() }
}
