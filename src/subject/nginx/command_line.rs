//! Command line: what the arguments of nginx say about its configuration.

use super::{Directive, parse};
use crate::source::{SourceId, Spanned};

/// What nginx is started with.
#[derive(Debug, Clone, Default)]
pub struct CommandLine<'a> {
    /// The main configuration file: `-c`.
    pub file: Option<&'a str>,
    /// Whether it has a folder of its own: `-p`.
    pub has_prefix: bool,
    /// The directives of `-g`, which nginx reads before the file. Their places are those of the text alone.
    pub directives: Vec<Directive>,
}

/// Reads the words behind the program. The value of an option may be joined to it: `-c/etc/nginx/own.conf`.
pub fn command_line(words: &[Spanned<String>]) -> CommandLine<'_> {
    let mut line = CommandLine::default();
    let mut words = words.iter().map(|word| word.value.as_str());
    while let Some(word) = words.next() {
        let Some(option) = word.get(..2).filter(|option| matches!(*option, "-c" | "-p" | "-g")) else { continue };
        let value = if word.len() > 2 { &word[2..] } else { words.next().unwrap_or_default() };
        match option {
            "-c" => line.file = Some(value),
            "-p" => line.has_prefix = true,
            _ => line.directives = parse(SourceId(0), &format!("{value};")).directives,
        }
    }
    line
}
