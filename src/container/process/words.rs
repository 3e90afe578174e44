//! Words: what the words of a shell's commands are once its variables and arguments are filled in.
//!
//! Follows assignments, `export`, `set --` and `shift` in source order. A value that depends on a condition is not
//! known from there on. Texts can multiply what they are given, so the bytes produced are limited per process.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::shell_text::{Body, is_all_arguments};
use super::{Argv, LONGEST_COMMAND};
use crate::shell::{Command, Nesting, Part, Word};
use crate::source::Spanned;

/// How many bytes of words, with a few for each word, the texts of one process may come to.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// What a word costs beside its text.
const WORD: usize = 64;

const TOO_MUCH: &str = "the shell makes more words than are looked into";
const UNKNOWN_ARGUMENTS: &str = "the shell changes its arguments depending on a condition";

/// The variables that shells have set so far.
pub(super) type Variables = BTreeMap<String, Variable>;

/// A variable that a shell has set.
#[derive(Debug, Clone, Default)]
pub(super) struct Variable {
    /// Its value, if it is known.
    pub value: Option<String>,
    /// Whether programs get it.
    pub exported: bool,
}

/// What the words of one text are filled in with.
pub(super) struct Scope<'a> {
    body: &'a Body<'a>,
    /// `$0`, `$1` …; `None` once a condition has changed them.
    positional: Option<Argv>,
    env: &'a dyn Fn(&str) -> Option<String>,
    variables: &'a mut Variables,
    bytes_left: &'a mut usize,
}

impl<'a> Scope<'a> {
    /// The scope at the start of a text.
    pub(super) fn new(
        body: &'a Body<'a>,
        env: &'a dyn Fn(&str) -> Option<String>,
        variables: &'a mut Variables,
        bytes_left: &'a mut usize,
    ) -> Scope<'a> {
        Scope { body, positional: Some(body.positional.to_vec()), env, variables, bytes_left }
    }

    /// The words of the service: its program has to be known.
    pub(super) fn command(&mut self, words: &[Word]) -> Result<Argv, &'static str> {
        if self.positional.is_none() && words.iter().any(uses_arguments) {
            return Err(UNKNOWN_ARGUMENTS);
        }
        if let Some(first) = words.first()
            && !is_all_arguments(first)
            && self.text(first)?.is_none()
        {
            return Err("the program that the shell runs stands in a variable that is not known");
        }
        let argv = self.words(words)?;
        if argv.is_empty() {
            return Err("what the shell runs is given by its arguments, and there are none");
        }
        Ok(argv)
    }

    /// The words of a command; a word that is not known stays as it is written.
    pub(super) fn words(&mut self, words: &[Word]) -> Result<Argv, &'static str> {
        let mut argv = Argv::new();
        for word in words {
            if is_all_arguments(word)
                && let Some(positional) = &self.positional
            {
                let arguments = positional.get(1..).unwrap_or_default();
                let cost = arguments.iter().map(|word| word.value.len() + WORD).sum();
                spend(self.bytes_left, cost)?;
                argv.extend(arguments.iter().cloned());
                continue;
            }
            let place = self.body.place;
            let Some(text) = self.text(word)? else {
                let written = &self.body.text[word.range.clone()];
                spend(self.bytes_left, written.len())?;
                argv.push(Spanned::new(written.to_string(), place));
                continue;
            };
            // An unquoted variable is split at blanks, and is no word at all if it is empty.
            if !word.quoted && word.parts.iter().any(|part| matches!(part, Part::Variable { .. })) {
                argv.extend(text.split_whitespace().map(|text| Spanned::new(text.to_string(), place)));
            } else {
                argv.push(Spanned::new(text, place));
            }
        }
        Ok(argv)
    }

    /// The text of a word; `None` if it is not known.
    pub(super) fn text(&mut self, word: &Word) -> Result<Option<String>, &'static str> {
        if word.parts.iter().any(|part| self.is_undecided(part)) {
            return Ok(None);
        }
        spend(self.bytes_left, word.range.len() + WORD)?;
        // Defaults inside of defaults: what a word comes to is only known while it is made.
        let left = Cell::new(Some(*self.bytes_left));
        let text = word.expand(&|name| {
            let value = self.variable(name)?;
            left.set(left.get().and_then(|left| left.checked_sub(value.len())));
            left.get().map(|_| value)
        });
        *self.bytes_left = left.get().ok_or(TOO_MUCH)?;
        Ok(text)
    }

    fn variable(&self, name: &str) -> Option<String> {
        if let Ok(number) = name.parse::<usize>() {
            return self.positional.as_ref()?.get(number).map(|word| word.value.clone());
        }
        match self.variables.get(name) {
            Some(variable) => variable.value.clone(),
            None => (self.env)(name),
        }
    }

    /// Set, but to a value that depends on a condition: `${A:-b}` is not `b` then.
    fn is_undecided(&self, part: &Part) -> bool {
        let Part::Variable { name, .. } = part else { return false };
        let is_argument = name.bytes().all(|b| b.is_ascii_digit()) || matches!(name.as_str(), "@" | "*");
        (is_argument && self.positional.is_none())
            || self.variables.get(name).is_some_and(|variable| variable.value.is_none())
    }

    /// `A=b` on its own and `export A=b`; whether the command was one of them.
    pub(super) fn assign(&mut self, command: &Command) -> Result<bool, &'static str> {
        let exports = matches!(command.program(), Some("export" | "declare" | "typeset"));
        if !exports && !command.words.is_empty() {
            return Ok(false);
        }
        let sure = !command.conditional && matches!(command.nesting, Nesting::Top);
        for assignment in &command.assignments {
            let value = if sure { self.text(&assignment.value)? } else { None };
            self.set(&assignment.name, value, false);
        }
        for word in command.words.iter().skip(1) {
            self.export_word(word, sure)?;
        }
        Ok(true)
    }

    /// `NAME` or `NAME=value` behind `export`.
    fn export_word(&mut self, word: &Word, sure: bool) -> Result<(), &'static str> {
        let text = self.text(word)?;
        let written = &self.body.text[word.range.clone()];
        let name = written.split('=').next().unwrap_or(written);
        if !is_name(name) {
            return Ok(());
        }
        if !written.contains('=') {
            if let Some(variable) = self.variables.get_mut(name) {
                variable.exported = true;
            }
            return Ok(());
        }
        let value = text.as_deref().and_then(|text| text.split_once('=')).map(|(_, value)| value.to_string());
        self.set(name, value.filter(|_| sure), true);
        Ok(())
    }

    /// A variable that the environment has already is passed on without `export`.
    fn set(&mut self, name: &str, value: Option<String>, exported: bool) {
        let inherited = self.variables.get(name).map_or_else(|| (self.env)(name).is_some(), |known| known.exported);
        let variable = self.variables.entry(name.to_string()).or_default();
        *variable = Variable { value, exported: exported || inherited };
    }

    /// The assignments in front of the service are for it.
    pub(super) fn export(&mut self, command: &Command) -> Result<(), &'static str> {
        for assignment in &command.assignments {
            let value = self.text(&assignment.value)?;
            self.set(&assignment.name, value, true);
        }
        Ok(())
    }

    /// `set -- WORD…` and `shift`; whether the command was one of them. `before` are the commands before it.
    pub(super) fn set_positional(&mut self, command: &Command, before: &[&Command]) -> Result<bool, &'static str> {
        let sure = !command.conditional && command.nesting == Nesting::Top;
        match command.program() {
            Some("shift") => {
                let count = command.words.get(1).map_or(Some(1), |word| word.literal()?.parse::<usize>().ok());
                self.positional = match (self.positional.take(), count) {
                    (Some(mut argv), Some(count)) if sure => {
                        let end = argv.len().min(count.saturating_add(1));
                        argv.drain(1.min(end)..end);
                        Some(argv)
                    }
                    _ => None,
                };
            }
            Some("set") if command.words.get(1).and_then(|word| word.literal()) == Some("--") => {
                let applies = if sure { Some(true) } else { self.asks_for_dash(before) };
                match applies {
                    Some(true) => {
                        let mut argv = self.words(&command.words[2..])?;
                        if argv.len() > LONGEST_COMMAND {
                            return Err(TOO_MUCH);
                        }
                        let name = self.positional.as_ref().and_then(|old| old.first().cloned());
                        argv.insert(0, name.unwrap_or_else(|| Spanned::new(String::new(), self.body.place)));
                        self.positional = Some(argv);
                    }
                    Some(false) => {}
                    None => self.positional = None,
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `if [ "${1#-}" != "$1" ]; then set -- PROGRAM "$@"; fi`: whether that condition holds; `None` for any other one.
    fn asks_for_dash(&self, before: &[&Command]) -> Option<bool> {
        let cuts_first = |part: &Part| match part {
            Part::Variable { name, operation } => name == "1" && (operation == "#-" || operation == ":0:1"),
            _ => false,
        };
        let mut near = before.iter().rev().take(4).flat_map(|command| &command.words).flat_map(|word| &word.parts);
        if !near.any(cuts_first) {
            return None;
        }
        let first = self.positional.as_ref()?.get(1);
        Some(first.is_some_and(|word| word.value.starts_with('-')))
    }
}

fn spend(left: &mut usize, cost: usize) -> Result<(), &'static str> {
    *left = left.checked_sub(cost).ok_or(TOO_MUCH)?;
    Ok(())
}

/// Whether a word depends on the arguments of the text.
fn uses_arguments(word: &Word) -> bool {
    word.parts.iter().any(|part| match part {
        Part::Variable { name, .. } => matches!(name.as_str(), "@" | "*") || name.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}
