//! Variables: what the words of a shell text stand for while it is walked through.
//!
//! Values multiply (`A=$A$A`, `"$@" "$@"`), so everything that is expanded is paid from one budget.

use std::cell::OnceCell;

use super::entrypoint::is_argument_of;
use super::shell_text::Body;
use super::{Argv, LONGEST_COMMAND, Resolver};
use crate::shell::{Command, Joint, Nesting, Part, Word};
use crate::source::{Span, Spanned};

/// The state of a shell that changes while it runs its text.
pub(super) struct Frame<'b> {
    text: &'b str,
    place: Span,
    /// `$0`, then `$1` …
    pub positional: Argv,
    /// Why the arguments are not known any more.
    unsure: Option<&'static str>,
    asks_for_dash: OnceCell<bool>,
}

impl<'b> Frame<'b> {
    pub fn new(body: &Body<'b>) -> Frame<'b> {
        Frame {
            text: body.text,
            place: body.place,
            positional: body.positional.clone(),
            unsure: None,
            asks_for_dash: OnceCell::new(),
        }
    }

    /// What `$@` stands for.
    pub fn arguments(&self) -> &[Spanned<String>] {
        self.positional.get(1..).unwrap_or_default()
    }

    /// Whether a word names the script itself.
    pub fn is_own_name(&self, word: &str) -> bool {
        self.positional.first().is_some_and(|own| own.value == word)
    }

    pub fn body_text(&self, range: std::ops::Range<usize>) -> &'b str {
        self.text.get(range).unwrap_or_default()
    }

    /// Whether a word is `"$@"` and nothing else.
    pub fn is_all_arguments(&self, word: &Word) -> bool {
        all_arguments(word).is_some()
    }

    /// Whether the text looks for options where a program is expected, the way entrypoint scripts do.
    fn asks_for_dash(&self) -> bool {
        let signs = ["${1#-}", "${1:0:1}", "-*)", "${1%${1#?}}", "= -* ]]"];
        *self.asks_for_dash.get_or_init(|| signs.iter().any(|sign| self.text.contains(sign)))
    }

    /// Why words that use the arguments are not known, if they are not.
    pub fn unsure_in(&self, words: &[Word]) -> Option<&'static str> {
        let uses = words.iter().flat_map(|word| &word.parts).any(|part| match part {
            Part::Variable { name, .. } => {
                matches!(name.as_str(), "@" | "*") || name.parse::<usize>().is_ok_and(|number| number > 0)
            }
            _ => false,
        });
        self.unsure.filter(|_| uses)
    }
}

/// From which argument on a word that is all of them counts: `"$@"`, `$*`, `"${@:2}"`.
fn all_arguments(word: &Word) -> Option<usize> {
    let [Part::Variable { name, operation }] = word.parts.as_slice() else { return None };
    if !matches!(name.as_str(), "@" | "*") {
        return None;
    }
    if operation.is_empty() {
        return Some(1);
    }
    operation.strip_prefix(':')?.trim().parse().ok()
}

impl Resolver<'_> {
    /// Takes `amount` bytes from the budget; `false` if they are not left.
    fn spend(&self, amount: usize) -> bool {
        match self.budget.get().checked_sub(amount) {
            Some(left) => self.budget.set(left),
            None => self.budget.set(0),
        }
        self.budget.get() > 0
    }

    pub(super) fn exhausted(&self) -> bool {
        self.budget.get() == 0
    }

    /// The words of a command; a word that is not known stays as it is written.
    pub(super) fn words(&self, words: &[Word], frame: &Frame) -> Argv {
        let mut argv = Argv::new();
        for word in words {
            if argv.len() > LONGEST_COMMAND {
                break;
            }
            match all_arguments(word).map(|from| frame.positional.get(from..).unwrap_or_default()) {
                Some(arguments) if word.quoted || !arguments.is_empty() => self.arguments(arguments, word, &mut argv),
                Some(_) => {}
                None => self.word(word, frame, &mut argv),
            }
        }
        argv
    }

    fn arguments(&self, arguments: &[Spanned<String>], word: &Word, argv: &mut Argv) {
        for argument in arguments {
            if !self.spend(argument.value.len() + 1) {
                return;
            }
            if word.quoted {
                argv.push(argument.clone());
                continue;
            }
            let pieces = argument.value.split_whitespace();
            argv.extend(pieces.map(|piece| Spanned::new(piece.to_string(), argument.span)));
        }
    }

    fn word(&self, word: &Word, frame: &Frame, argv: &mut Argv) {
        let Some(text) = self.text(word, frame) else {
            let raw = frame.body_text(word.range.clone());
            argv.push(Spanned::new(raw.to_string(), frame.place));
            return;
        };
        // Without quotes, the value of a variable is split at blanks, and an empty one is no word at all.
        if word.quoted || word.literal().is_some_and(|text| !text.is_empty()) {
            argv.push(Spanned::new(text, frame.place));
            return;
        }
        argv.extend(text.split_whitespace().map(|piece| Spanned::new(piece.to_string(), frame.place)));
    }

    /// The text of a word, if it is known.
    pub(super) fn text(&self, word: &Word, frame: &Frame) -> Option<String> {
        word.expand(&|name| {
            let value = self.value(name, frame)?;
            self.spend(value.len() + 1).then_some(value)
        })
    }

    fn value(&self, name: &str, frame: &Frame) -> Option<String> {
        if let Ok(number) = name.parse::<usize>() {
            if number > 0 && frame.unsure.is_some() {
                return None;
            }
            return frame.positional.get(number).map(|word| word.value.clone());
        }
        if name == "BASH_SOURCE" {
            return frame.positional.first().map(|word| word.value.clone());
        }
        match self.variables.get(name) {
            Some(value) => value.clone(),
            None => (self.around.env)(name),
        }
    }

    /// Commands that change what words stand for; `false` for any other.
    pub(super) fn set_state(&mut self, command: &Command, frame: &mut Frame) -> bool {
        match command.program() {
            Some("set") => self.set_arguments(command, frame),
            Some("shift") => shift(command, frame),
            Some("export" | "readonly" | "declare" | "typeset" | "local") => self.remember(command, frame),
            Some("read" | "getopts" | "unset" | "mapfile" | "readarray") => self.forget(command),
            None if command.words.is_empty() => self.remember(command, frame),
            _ => return false,
        }
        true
    }

    /// `A=b`, and `export A=b`, hold for what follows; under a condition nobody knows.
    fn remember(&mut self, command: &Command, frame: &Frame) {
        let certain = is_certain(command);
        for assignment in &command.assignments {
            let value = self.text(&assignment.value, frame).filter(|_| certain);
            self.set_variable(&assignment.name, value);
        }
        for word in command.words.iter().skip(1) {
            let written = frame.body_text(word.range.clone());
            let Some((name, _)) = written.split_once('=') else { continue };
            let text = self.text(word, frame).filter(|_| certain);
            let value = text.and_then(|text| text.split_once('=').map(|(_, value)| value.to_string()));
            self.set_variable(name, value);
        }
    }

    fn set_variable(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = &value
            && self.spend(name.len() + value.len())
        {
            self.process.environment.push((name.to_string(), value.clone()));
        }
        self.variables.insert(name.to_string(), value);
    }

    fn forget(&mut self, command: &Command) {
        for name in command.words.iter().skip(1).filter_map(Word::literal) {
            self.variables.insert(name.to_string(), None);
        }
    }

    /// `set -- COMMAND "$@"`; options alone change no argument.
    fn set_arguments(&mut self, command: &Command, frame: &mut Frame) {
        let Some(words) = operands_of_set(&command.words) else { return };
        if words.is_empty() && command.words.last().and_then(Word::literal) != Some("--") {
            return;
        }
        let unsure = frame.unsure_in(words);
        let new = self.words(words, frame);
        let own_name = frame.positional.first().cloned();
        if is_certain(command) {
            frame.unsure = unsure;
            frame.positional = own_name.into_iter().chain(new).collect();
            return;
        }
        match frame.arguments().first().map(|word| word.value.as_str()) {
            // An option or nothing cannot be run: the branch is there for it.
            None | Some("") => frame.positional = own_name.into_iter().chain(new).collect(),
            Some(first) if first.starts_with('-') || new.first().is_some_and(|p| is_argument_of(&p.value, first)) => {
                frame.positional = own_name.into_iter().chain(new).collect();
            }
            // A branch that asks for a leading dash is not for a program.
            Some(_) if frame.asks_for_dash() => {}
            Some(_) => frame.unsure = Some("the arguments that the shell runs depend on a condition"),
        }
    }
}

/// Whether a command runs whatever happens, in the shell itself.
fn is_certain(command: &Command) -> bool {
    let apart = command.piped || command.background || command.joint == Joint::Pipe;
    command.nesting == Nesting::Top && !command.conditional && !apart
}

/// The words of `set` that become arguments.
fn operands_of_set(words: &[Word]) -> Option<&[Word]> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.literal() {
            Some("--") => return words.get(at + 1..),
            Some(option) if option.starts_with(['-', '+']) => at += if option.ends_with('o') { 2 } else { 1 },
            _ => return words.get(at..),
        }
    }
    Some(&[])
}

/// `shift [N]`.
fn shift(command: &Command, frame: &mut Frame) {
    let by = command.words.get(1).map_or(Some(1), |word| word.literal()?.parse::<usize>().ok());
    match by.filter(|_| is_certain(command)) {
        Some(by) if by < frame.positional.len() => drop(frame.positional.drain(1..=by)),
        Some(_) => {}
        None => frame.unsure = Some("how many arguments are left depends on a condition"),
    }
}
