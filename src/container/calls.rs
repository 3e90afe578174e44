//! Calls: the programs that a RUN step starts, each with its words and with what it sees of variables and folders.
//!
//! Follows a shell as far as installers need it: `cd`, `export`, assignments, `.` of an `activate` script, subshells,
//! `sh -c`. Values are looked up, and what is not known stays unknown.

mod launch;
mod memory;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::rc::Rc;

use super::build::join;
use super::image_state::{Action, ImageState};
use super::traced::Known;
use crate::shell::{self, Nesting};
use crate::source::{Span, Text};
use crate::subject::dockerfile::expand::Lookup;
use memory::{Memory, Variables};

/// One word of a call.
#[derive(Debug, Clone)]
pub struct Word {
    /// Its text, if it is known.
    pub text: Option<String>,
    /// What is known of its start, if not all of it is known: `git=` of `git=$VERSION`.
    start: String,
    /// Where it stands.
    pub span: Span,
    /// The same in the text of the step, or of what `sh -c` runs.
    range: Range<usize>,
}

impl Word {
    /// The name of a package in front of its version, if that much is known.
    pub fn name_before(&self, ends: &[char]) -> Option<&str> {
        match &self.text {
            Some(text) => Some(text.split(ends).next().unwrap_or(text)),
            None => self.start.split_once(ends).map(|(name, _)| name),
        }
    }
}

/// A program that a RUN step starts.
#[derive(Debug)]
pub struct Call<'a> {
    /// Its file name: `pip` for `/opt/venv/bin/pip`.
    pub program: String,
    /// As it is written.
    pub path: String,
    /// The words behind the program.
    pub words: Vec<Word>,
    /// The whole command.
    pub place: Span,
    /// The index of its step.
    pub step: usize,
    /// Whether the step can succeed without it.
    pub conditional: bool,
    /// The folder it starts in, if that is known.
    pub folder: Option<String>,
    /// The virtual environment that the shell has activated before.
    pub activated: Option<&'a str>,
    image: &'a ImageState,
    variables: &'a Variables,
    inline: Vec<(String, Lookup)>,
    front: Option<&'a str>,
}

impl Call<'_> {
    /// The words whose text is known.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| word.text.as_deref())
    }

    /// The operands and bare words: what does not begin with a dash.
    pub fn operands(&self) -> impl Iterator<Item = &str> {
        self.texts().filter(|text| !text.starts_with('-'))
    }

    /// The operands, where these options take the word behind them for their value.
    pub fn operands_behind<'c>(&'c self, options: &'c [&str]) -> impl Iterator<Item = &'c str> {
        let mut skip = false;
        self.texts().filter(move |text| {
            let is_value = std::mem::replace(&mut skip, options.contains(text));
            !is_value && !text.starts_with('-')
        })
    }

    /// The value of an option, as `--name value`, `--name=value`, or for a letter `-nvalue`.
    pub fn option(&self, names: &[&str]) -> Option<&str> {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let Some(text) = word.text.as_deref() else { continue };
            if names.contains(&text) {
                return words.next().and_then(|value| value.text.as_deref());
            }
            if let Some((name, value)) = text.split_once('=')
                && names.contains(&name)
            {
                return Some(value);
            }
            let letters = names.iter().filter(|name| name.len() == 2);
            if let Some(value) = letters.filter_map(|letter| text.strip_prefix(letter)).next() {
                return Some(value);
            }
        }
        None
    }

    /// Whether one of these words is there.
    pub fn has(&self, words: &[&str]) -> bool {
        self.texts().any(|text| words.contains(&text))
    }

    /// Whether a word is there whose text is not known.
    pub fn has_unknown_word(&self) -> bool {
        self.words.iter().any(|word| word.text.is_none())
    }

    /// What a variable is to the program.
    pub fn variable(&self, name: &str) -> Lookup {
        self.given(name).unwrap_or_else(|| self.image.variable_at(self.step, name))
    }

    /// What a variable is to the program, if the Dockerfile says so; the base image is not asked.
    pub fn given(&self, name: &str) -> Option<Lookup> {
        let inline = self.inline.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value);
        let known = inline.or_else(|| self.variables.get(name));
        known.or_else(|| self.image.history.variable_at(self.step, name)).cloned()
    }

    /// The value that the Dockerfile gives a variable, if it does and it is known.
    pub fn value(&self, name: &str) -> Option<String> {
        match self.given(name)? {
            Lookup::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The directories that were put before those of the base image's `PATH`.
    ///
    /// # Errors
    /// Why they are not known.
    pub fn search_path(&self) -> Result<Vec<String>, String> {
        let path = match (self.front, self.image.history.search_path_at(self.step)) {
            (Some(front), _) => front,
            (None, Some(Known::Value(path))) => path,
            (None, Some(Known::Unknown(why))) => return Err(why.clone()),
            (None, None) => "",
        };
        Ok(path.split(':').take_while(|folder| !folder.is_empty()).map(str::to_string).collect())
    }

    /// The image whose build makes the call.
    pub fn image(&self) -> &ImageState {
        self.image
    }

    /// A path of the call, absolute if its folder is known.
    pub fn absolute(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(join("/", path));
        }
        self.folder.as_deref().map(|folder| join(folder, path))
    }
}

/// Reads the calls of an image, step by step.
pub struct Calls<'a> {
    image: &'a ImageState,
    room: shell::Room,
}

impl<'a> Calls<'a> {
    /// The calls of an image.
    pub fn new(image: &'a ImageState) -> Calls<'a> {
        Calls { image, room: shell::Room::default() }
    }

    /// Shows the calls of one step in their order; none if it is no RUN that can be looked into.
    pub fn of_step(&self, step: usize, visit: &mut dyn FnMut(&Call)) {
        let Some(done) = self.image.steps.get(step) else { return };
        let Action::Run { script, text } = &done.action else { return };
        self.script(script, text, &mut Memory::new(&self.image.history, step), visit);
    }

    fn script(&self, script: &shell::Script, text: &Text, memory: &mut Memory, visit: &mut dyn FnMut(&Call)) {
        for name in &script.loop_variables {
            memory.bind(name);
        }
        let mut subshells: Vec<&Range<usize>> = script.subshells.iter().filter(|range| !range.is_empty()).collect();
        // The outer one first, and the next one last.
        subshells.sort_by_key(|range| (std::cmp::Reverse(range.start), range.end));
        let depth = memory.depth();
        for (index, command) in script.commands.iter().enumerate() {
            memory.leave_behind(depth, index);
            while subshells.last().is_some_and(|range| range.start == index) {
                memory.enter(subshells.pop().map_or(index, |range| range.end));
            }
            if command.nesting != Nesting::Substitution {
                self.command(command, text, memory, visit);
            }
        }
        memory.leave_behind(depth, usize::MAX);
    }

    fn command(&self, command: &shell::Command, text: &Text, memory: &mut Memory, visit: &mut dyn FnMut(&Call)) {
        let behind = command.behind_prefixes();
        let (inline, path_front) = self.inline(command, memory);
        if behind.is_empty() {
            for (name, value) in inline {
                memory.assign(name, value, command.conditional);
            }
            memory.front = path_front.or(memory.front.take());
            return;
        }
        let mut words = Vec::with_capacity(behind.len());
        for word in behind {
            self.words(word, text, memory, &mut words);
        }
        let launched = launch::behind_launchers(&mut words);
        let Some(Word { text: Some(path), .. }) = words.first() else { return };
        let path = path.clone();
        if matches!(path.as_str(), "export" | "declare" | "local" | "readonly") {
            for word in &behind[1..] {
                self.export(word, memory, command.conditional);
            }
            return;
        }
        let inner = launch::shell_text(&words, text).or_else(|| launch::heredoc(&words, &command.redirects, text));
        if let Some(inner) = inner.filter(|_| memory.may_nest()) {
            return self.nested(&inner, command.conditional, memory, visit);
        }
        let program = path.rsplit('/').next().unwrap_or(&path).to_string();
        words.remove(0);
        words.extend(launched.then(|| Word {
            text: None,
            start: String::new(),
            span: text.span(command.range.clone()),
            range: 0..0,
        }));
        let front = path_front.as_deref().or(memory.front.as_deref());
        let call = Call {
            program,
            path,
            words,
            place: text.span(command.range.clone()),
            step: memory.step,
            conditional: command.conditional || memory.conditional,
            folder: memory.folder.clone(),
            activated: memory.activated.as_deref(),
            image: self.image,
            variables: &memory.variables,
            inline,
            front,
        };
        visit(&call);
        let change = call.change();
        memory.change(change, command.conditional);
    }

    /// What `sh -c` runs: like a subshell.
    fn nested(&self, text: &Text, conditional: bool, memory: &mut Memory, visit: &mut dyn FnMut(&Call)) {
        let outer = memory.conditional;
        memory.conditional |= conditional;
        let depth = memory.depth();
        memory.enter(usize::MAX);
        self.script(&shell::scan(&text.value), text, memory, visit);
        memory.leave_all(depth);
        memory.conditional = outer;
    }

    /// The variables that are set before a command for it alone, behind `env` as well, and what `PATH` begins with.
    fn inline(&self, command: &shell::Command, memory: &Memory) -> (Vec<(String, Lookup)>, Option<Rc<str>>) {
        let mut inline = Vec::new();
        let mut front = None;
        for assignment in &command.assignments {
            if assignment.name == "PATH" {
                front = Some(self.known(&assignment.value, memory).text.into());
            }
            let value = self.expand(&assignment.value, memory);
            inline.push((assignment.name.clone(), value_of(&assignment.name, value)));
        }
        for word in &command.words[..command.words.len() - command.behind_prefixes().len()] {
            let known = self.known(word, memory);
            let Some((name, value)) = known.text.split_once('=').filter(|(name, _)| !name.starts_with('-')) else {
                continue;
            };
            if name == "PATH" {
                front = Some(value.into());
            }
            let value = known.whole.then(|| value.to_string());
            inline.push((name.to_string(), value_of(name, value)));
        }
        (inline, front)
    }

    fn export(&self, word: &shell::Word, memory: &mut Memory, conditional: bool) {
        let known = self.known(word, memory);
        let Some((name, value)) = known.text.split_once('=') else {
            memory.open |= !known.whole;
            return;
        };
        if name == "PATH" {
            memory.front = Some(value.into());
        }
        let text = known.whole.then(|| value.to_string());
        memory.assign(name.to_string(), value_of(name, text), conditional);
    }

    fn words(&self, word: &shell::Word, text: &Text, memory: &Memory, words: &mut Vec<Word>) {
        let span = text.span(word.range.clone());
        let range = word.range.clone();
        let shell::Known { text, whole } = self.known(word, memory);
        let known =
            |text: &str| Word { text: Some(text.to_string()), start: String::new(), span, range: range.clone() };
        match whole {
            // Without quotes the shell splits what a variable holds.
            true if !word.quoted && word.literal().is_none() => words.extend(text.split_whitespace().map(known)),
            true => words.push(known(&text)),
            false => words.push(Word { text: None, start: text, span, range }),
        }
    }

    fn expand(&self, word: &shell::Word, memory: &Memory) -> Option<String> {
        let known = self.known(word, memory);
        known.whole.then_some(known.text)
    }

    fn known(&self, word: &shell::Word, memory: &Memory) -> shell::Known {
        word.known(&|name| self.room.take(self.lookup(name, memory)?))
    }

    fn lookup(&self, name: &str, memory: &Memory) -> Option<String> {
        // Positional and special parameters are the shell's own.
        if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            return None;
        }
        let value = memory.variables.get(name).cloned();
        match value.unwrap_or_else(|| self.image.variable_at(memory.step, name)) {
            Lookup::Value(value) => Some(value),
            Lookup::Unset if !memory.open => Some(String::new()),
            Lookup::Unset | Lookup::Unknown(_) | Lookup::Ungiven(_) => None,
        }
    }
}

/// The value of a variable, if it is known.
fn value_of(name: &str, value: Option<String>) -> Lookup {
    value.filter(|value| shell::Room::holds(value)).map_or_else(|| memory::unknown(name), Lookup::Value)
}
