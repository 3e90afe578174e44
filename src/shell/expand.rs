//! Expansion: the text of a word once its variables are known.

use std::cell::Cell;

use super::scanner::Scanner;
use super::word::{Pieces, Surroundings};
use super::{Part, Word};

/// How deep `${A:-${B:-...}}` is followed; the scanner does not read deeper ones either.
const MAX_DEPTH: u32 = 32;

/// Values that are longer are not put into words: no name, path or version is.
const MAX_VALUE: usize = 8 * 1024;

/// How many bytes the variables of a text may come to before they count as unknown, so that `A=$A$A` written forty times
/// stays small.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Room {
        Room(Cell::new(1 << 20))
    }
}

impl Room {
    /// Whether a value is short enough to be remembered.
    pub fn holds(value: &str) -> bool {
        value.len() <= MAX_VALUE
    }

    /// The value, if there is room for it.
    pub fn take(&self, value: String) -> Option<String> {
        let left = self.0.get();
        let fits = Room::holds(&value) && value.len() <= left;
        self.0.set(left.saturating_sub(value.len()));
        fits.then_some(value)
    }
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// As much of a word's text as is known from its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The text.
    pub text: String,
    /// Whether that is all of it.
    pub whole: bool,
}

impl Word {
    /// The text with variables looked up; `None` if a value is not known or only the shell knows it.
    /// Understands the operators `:-`, `-`, `:+` and `+`, for which a variable that is not known is unset.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let known = self.known(lookup);
        known.whole.then_some(known.text)
    }

    /// The text with variables looked up, as far as it is known from the start: `--uid=$UID` begins with `--uid=`,
    /// whatever `UID` is.
    pub fn known(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Known {
        expand(self, lookup, 0)
    }
}

/// The body of a heredoc whose delimiter is not quoted, as a word: variables in it count, quotes do not.
pub fn heredoc_text(body: &str) -> Word {
    read(body, Surroundings::Heredoc)
}

fn read(text: &str, surroundings: Surroundings) -> Word {
    let mut pieces = Pieces::default();
    Scanner::new(text).pieces(&mut pieces, surroundings);
    pieces.finish(0..text.len())
}

fn expand(word: &Word, lookup: Lookup<'_>, depth: u32) -> Known {
    let mut text = String::new();
    for part in &word.parts {
        let value = match part {
            Part::Literal(literal) => {
                text.push_str(literal);
                continue;
            }
            Part::Variable { name, operation } if operation.is_empty() => lookup(name),
            // Single quotes are quotes in `${A:-'b'}`, but not in `"${A:-'b'}"`; the word does not say which it is.
            Part::Variable { operation, .. } if word.quoted && operation.contains('\'') => None,
            Part::Variable { name, operation } => operate(name, operation, lookup, depth),
            Part::Substitution => None,
        };
        match value {
            Some(value) => text.push_str(&value),
            None => return Known { text, whole: false },
        }
    }
    Known { text, whole: true }
}

/// `${NAME:-word}` and the like, as in POSIX Shell Command Language 2.6.2.
fn operate(name: &str, operation: &str, lookup: Lookup<'_>, depth: u32) -> Option<String> {
    let (empty_is_unset, operation) = match operation.strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, operation),
    };
    let operator = operation.chars().next().filter(|operator| matches!(operator, '-' | '+'))?;
    let value = lookup(name).filter(|value| !(empty_is_unset && value.is_empty()));
    match (operator, value) {
        ('-', Some(value)) => Some(value),
        ('+', None) => Some(String::new()),
        _ if depth >= MAX_DEPTH => None,
        _ => {
            let known = expand(&read(&operation[1..], Surroundings::All), lookup, depth + 1);
            known.whole.then_some(known.text)
        }
    }
}
