//! Service: which of the commands in a shell text is the one that the shell is there for.
//!
//! Only what is sure is chosen. Conditions are not evaluated, so a command that depends on one is never the service,
//! unless every way through comes to the same.

use crate::shell::{Command, Joint, Nesting, Part};

/// The command that becomes the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its index.
    pub at: usize,
    /// How the shell runs it.
    pub how: How,
}

/// How a shell runs a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It replaces itself by it.
    Exec,
    /// It waits for it and does nothing else.
    Foreground,
    /// It starts it and goes on; a `wait` follows.
    Background,
}

const CONDITION: &str = "which command the shell runs last depends on a condition";

/// Finds the service: the first unconditional `exec` of a program, else what a final `wait` waits for, else the last
/// command that does something.
pub(super) fn choose(commands: &[&Command]) -> Result<Choice, &'static str> {
    let execs = |command: &&Command| is_exec(command) && replaces_shell(command) && !command.conditional;
    if let Some(at) = commands.iter().position(execs) {
        return Ok(Choice { at, how: How::Exec });
    }
    let Some(last) = last_of_weight(commands) else { return Err("the shell has no command to run") };
    if is_idle(commands[last])
        && let Some(choice) = waited_for(&commands[..last])
    {
        return choice;
    }
    let command = commands[last];
    if command.program() == Some("wait") {
        return Err("what the shell waits for is not known");
    }
    if command.background {
        return Err("the shell starts a program in the background and ends");
    }
    if command.nesting == Nesting::Compound || command.conditional && !spoken_for(commands, last) {
        return Err(CONDITION);
    }
    // Where the arguments are run, a branch above that replaces the shell may be the one that these arguments take.
    let in_branch = |above: &&Command| above.nesting == Nesting::Compound && is_exec(above);
    if runs_arguments(command) && commands[..last].iter().any(in_branch) {
        return Err(CONDITION);
    }
    let at = part_of_pipeline(commands, last)?;
    let how = if is_exec(commands[at]) && replaces_shell(commands[at]) { How::Exec } else { How::Foreground };
    Ok(Choice { at, how })
}

/// `exec` with a program; without one, it only redirects.
pub(super) fn is_exec(command: &Command) -> bool {
    command.program() == Some("exec") && command.words.len() > 1
}

/// `"$@"`: what the command line gave.
fn runs_arguments(command: &Command) -> bool {
    let first = command.words.first().map(|word| word.parts.as_slice());
    matches!(first, Some([Part::Variable { name, .. }]) if matches!(name.as_str(), "@" | "*"))
}

/// Whether the shell itself, not a child of it, runs the command.
fn replaces_shell(command: &Command) -> bool {
    command.nesting == Nesting::Top && !command.background && !command.piped && command.joint != Joint::Pipe
}

/// The last command that is more than a remark or a farewell; the very last one if there is no such.
fn last_of_weight(commands: &[&Command]) -> Option<usize> {
    let found = commands.iter().rposition(|command| !is_farewell(command));
    found.or_else(|| commands.iter().rposition(|command| !command.words.is_empty()))
}

/// What scripts do once the service has ended, or to decide: speak, tidy up, pass its status on, and test.
pub(super) fn is_farewell(command: &Command) -> bool {
    if command.words.is_empty() || command.program() == Some("exec") && command.words.len() == 1 {
        return true;
    }
    let said = matches!(command.program(), Some("exit" | "return" | "echo" | "printf" | "true" | "false" | ":"));
    let tidied = matches!(command.program(), Some("kill" | "rm" | "trap" | "set" | "unset" | "[" | "[[" | "test"));
    said || tidied
}

/// Programs that keep a container up without doing anything.
fn is_idle(command: &Command) -> bool {
    match command.program() {
        Some("wait" | "fg" | "sleep") => true,
        Some("tail") => command.words.iter().skip(1).any(|word| matches!(word.literal(), Some("-f" | "-F"))),
        _ => false,
    }
}

/// The one command in the background, if there is any.
fn waited_for(commands: &[&Command]) -> Option<Result<Choice, &'static str>> {
    let started = |command: &&Command| command.background && !is_farewell(command) && !is_idle(command);
    let mut found = (0..commands.len()).filter(|&at| started(&commands[at]));
    let first = found.next()?;
    if commands[first].nesting == Nesting::Compound || commands[first].conditional {
        return Some(Err(CONDITION));
    }
    // Later parts of its own pipeline or list are not another program.
    let continues = |at: usize| matches!(commands[at].joint, Joint::Pipe | Joint::And | Joint::Or);
    let mut last = first;
    for at in found {
        if at != last + 1 || !continues(at) {
            return Some(Err("the shell starts several programs in the background"));
        }
        last = at;
    }
    Some(part_of_pipeline(commands, last).map(|at| Choice { at, how: How::Background }))
}

/// Whether a command counts as certain though an `||` follows its list: `a && b || exit 1` only speaks up when the
/// service has failed.
fn spoken_for(commands: &[&Command], at: usize) -> bool {
    let followed = commands.get(at + 1).is_some_and(|next| next.joint == Joint::Or && is_farewell(next));
    followed && commands[at].joint == Joint::And
}

/// Which part of the pipeline that ends at `last` is the service: what writes the log, not what filters it.
fn part_of_pipeline(commands: &[&Command], last: usize) -> Result<usize, &'static str> {
    if commands[last].joint != Joint::Pipe {
        return Ok(last);
    }
    let first = (0..last).rev().find(|&at| commands[at].joint != Joint::Pipe).unwrap_or(0);
    match (commands[first].program(), commands[last].program()) {
        (_, Some(filter)) if FILTERS.contains(&filter) => Ok(first),
        (Some("echo" | "printf" | "cat" | "yes" | "true"), _) => Ok(last),
        _ => Err("which part of the pipeline is the service is not known"),
    }
}

const FILTERS: &[&str] = &[
    "tee",
    "cat",
    "grep",
    "egrep",
    "sed",
    "awk",
    "ts",
    "jq",
    "head",
    "tail",
    "tr",
    "cut",
    "logger",
    "multilog",
    "svlogd",
    "s6-log",
    "cronolog",
    "rotatelogs",
    "pino-pretty",
    "bunyan",
    "stdbuf",
];
