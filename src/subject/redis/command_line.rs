//! Command line: the arguments of `redis-server` as a configuration.

use super::{Configuration, Directive, directive};
use crate::source::Spanned;

/// What a server is started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The configuration file.
    pub file: Option<Spanned<String>>,
    /// A lone `-` at the end: more of the configuration comes from standard input.
    pub standard_input: Option<Spanned<String>>,
    /// The options, which the server reads after everything else.
    pub options: Configuration,
}

/// Reads the words behind `redis-server`.
///
/// Source: `main` in `src/server.c` of Redis: the first word is the file unless it begins with a dash; a word that begins
/// with two dashes starts a directive unless it is the first value of one.
pub fn command_line(words: &[Spanned<String>]) -> CommandLine {
    let mut line = CommandLine::default();
    let mut words = words;
    if let Some((first, rest)) = words.split_first().filter(|(first, _)| !first.value.starts_with('-')) {
        line.file = Some(first.clone());
        words = rest;
    }
    let mut open: Option<Directive> = None;
    for (i, word) in words.iter().enumerate() {
        let last = i + 1 == words.len();
        let waits =
            open.as_ref().is_some_and(|directive| directive.arguments.is_empty() && !empty_save(directive, word));
        match word.value.strip_prefix("--") {
            _ if last && word.value == "-" => line.standard_input = Some(word.clone()),
            Some(option) if !waits => {
                line.options.directives.extend(open.take());
                let parts = option.split_ascii_whitespace().map(|part| Spanned::new(part.to_string(), word.span));
                open = directive(parts.collect());
            }
            _ => {
                if let Some(directive) = &mut open {
                    directive.arguments.push(word.clone());
                }
            }
        }
    }
    line.options.directives.extend(open);
    line
}

/// `--save` needs no value where another option follows.
fn empty_save(directive: &Directive, next: &Spanned<String>) -> bool {
    directive.name.value == "save" && next.value.starts_with("--")
}
