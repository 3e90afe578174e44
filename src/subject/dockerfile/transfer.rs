//! COPY, ADD and RUN: the instructions that bring files in, with their sources, mounts and scripts.

use super::commands::command;
use super::heredoc::{self, Heredoc, Opener};
use super::instruction::{Command, Kind, Run, Transfer};
use super::mount;
use super::parse::{Args, Fault, fault};
use super::words::{self, Json};
use crate::source::Text;

/// `COPY` and `ADD`: at least one source (heredocs count) and a destination.
pub(super) fn transfer(args: &Args) -> Result<Kind, Fault> {
    let name = args.keyword.name();
    let mut paths = match words::json(&args.text.value, args.rest.clone()) {
        Json::Strings(strings) => args.spanned_strings(strings),
        Json::NotStrings => return args.not_strings(),
        Json::No { .. } => words::plain(&args.text.value, args.rest.clone())
            .into_iter()
            .filter(|word| !opens_heredoc(args.openers, word.start))
            .map(|word| args.spanned(word))
            .collect(),
    };
    let Some(destination) = paths.pop().filter(|_| !paths.is_empty() || !args.openers.is_empty()) else {
        let what = format!("{name} needs a source and a destination");
        return fault(args.text.full_span(), what, format!("write `{name} source… destination`"));
    };
    if args.openers.last().is_some_and(|opener| args.text.span(opener.word.clone()).start > destination.span.start) {
        return fault(args.span(), "a heredoc cannot be the destination", "name the destination last");
    }
    let from = args.flags.iter().find(|flag| flag.name == "from").and_then(|flag| flag.value.clone());
    let from = from.filter(|from| !from.value.is_empty());
    if let Some(from) = from.as_ref().filter(|from| from.value.contains('$')) {
        return fault(
            from.span,
            "`--from` is not expanded",
            "name the stage or image itself, or give it a stage with FROM",
        );
    }
    Ok(Kind::Transfer(Transfer { sources: paths, destination, from }))
}

/// Whether a word that begins at `start` is part of an opener. Openers stand in their order on the line, and there may
/// be very many of them.
fn opens_heredoc(openers: &[Opener], start: usize) -> bool {
    let next = openers.partition_point(|opener| opener.word.end <= start);
    openers.get(next).is_some_and(|opener| opener.word.contains(&start))
}

/// `RUN`: its command, its mounts, and the text that a shell reads.
pub(super) fn run(args: &Args, heredocs: &[Heredoc]) -> Result<Kind, Fault> {
    let command = command(args, args.rest.clone())?;
    let mut mounts = Vec::new();
    for flag in &args.flags {
        let Some(value) = &flag.value else { continue };
        match flag.name.as_str() {
            "mount" => mounts.push(mount::mount(value, flag.span)?),
            "network" if !matches!(value.value.as_str(), "default" | "none" | "host") => {
                return fault(
                    value.span,
                    format!("unknown network `{}`", words::shown(&value.value)),
                    "write `default`, `none` or `host`",
                );
            }
            "security" if !matches!(value.value.as_str(), "sandbox" | "insecure") => {
                let what = format!("unknown security mode `{}`", words::shown(&value.value));
                return fault(value.span, what, "write `sandbox` or `insecure`");
            }
            _ => {}
        }
    }
    let script = match &command {
        Command::Exec { .. } => None,
        Command::Shell { text, .. } => script(args, text, heredocs),
    };
    Ok(Kind::Run(Run { command, script, mounts }))
}

/// What the shell reads: a heredoc that is the whole command is the script itself (unless it names another
/// interpreter); otherwise the line with the bodies behind it.
fn script(args: &Args, line: &Text, heredocs: &[Heredoc]) -> Option<Text> {
    let Some(first) = heredocs.first() else { return Some(line.clone()) };
    if heredocs.len() == 1 && first.word == args.rest {
        return match heredoc::interpreter(&first.body.value) {
            Some(program) if !heredoc::is_shell(program) => None,
            _ => Some(first.body.clone()),
        };
    }
    let mut script = line.clone();
    for heredoc in heredocs {
        let end = heredoc.span.end as usize;
        let at = heredoc.body.full_span().start as usize;
        script.push("\n", at.saturating_sub(1));
        script.append(&heredoc.body);
        let body_ends_line = heredoc.body.value.is_empty() || heredoc.body.value.ends_with('\n');
        if !body_ends_line {
            script.push("\n", end);
        }
        script.push(&heredoc.name, end.saturating_sub(heredoc.name.len()));
    }
    Some(script)
}
