//! Calls: the programs that a RUN step starts, each with its words and with what it sees of variables and folders.
//!
//! Follows a shell as far as installers need it: `cd`, `export`, assignments, `.` of an `activate` script. Values are
//! looked up, and what is not known stays unknown.

use std::collections::BTreeMap;

use super::build::join;
use super::history::History;
use super::image_state::{Action, ImageState};
use super::traced::Known;
use crate::shell::{self, Nesting};
use crate::source::{Span, Text};
use crate::subject::dockerfile::expand::Lookup;

/// How many bytes the variables in the words of one image's calls may come to.
const MOST_EXPANDED: usize = 1 << 20;

/// One word of a call.
#[derive(Debug, Clone)]
pub struct Word {
    /// Its text, if it is known.
    pub text: Option<String>,
    /// Where it stands.
    pub span: Span,
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
    variables: &'a BTreeMap<String, Option<String>>,
    inline: Vec<(String, Option<String>)>,
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
        match inline.or_else(|| self.variables.get(name)) {
            Some(Some(value)) => Some(Lookup::Value(value.clone())),
            Some(None) => Some(Lookup::Unknown(format!("what the shell makes of `{name}` is not known"))),
            None => self.image.history.variable_at(self.step, name).cloned(),
        }
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
    room: usize,
}

impl<'a> Calls<'a> {
    /// The calls of an image.
    pub fn new(image: &'a ImageState) -> Calls<'a> {
        Calls { image, room: MOST_EXPANDED }
    }

    /// Shows the calls of one step in their order; none if it is no RUN that can be looked into.
    pub fn of_step(&mut self, step: usize, visit: &mut dyn FnMut(&Call)) {
        let Some(Action::Run { script, text }) = self.image.steps.get(step).map(|step| &step.action) else { return };
        let mut shell = Shell::new(&self.image.history, step);
        for command in &script.commands {
            if command.nesting == Nesting::Substitution {
                continue;
            }
            shell.enter(command.nesting);
            self.command(command, text, step, &mut shell, visit);
        }
    }

    fn command(
        &mut self,
        command: &shell::Command,
        text: &Text,
        step: usize,
        shell: &mut Shell,
        visit: &mut dyn FnMut(&Call),
    ) {
        let mut inline = Vec::new();
        for assignment in &command.assignments {
            let value = self.expand(&assignment.value, step, &shell.variables);
            inline.push((assignment.name.clone(), value));
        }
        let path_front = command.assignments.iter().rev().find(|assignment| assignment.name == "PATH");
        let path_front = path_front.map(|assignment| self.front(&assignment.value, step, &shell.variables));
        let behind = command.behind_prefixes();
        for word in &command.words[..command.words.len() - behind.len()] {
            if let Some((name, value)) = word.literal().and_then(|text| text.split_once('=')) {
                inline.push((name.to_string(), Some(value.to_string())));
            }
        }
        let Some((first, rest)) = behind.split_first() else {
            for (name, value) in inline {
                shell.assign(name, value, command.conditional);
            }
            shell.front = path_front.or(shell.front.take());
            return;
        };
        let Some(path) = self.expand(first, step, &shell.variables) else { return };
        let mut words = Vec::with_capacity(rest.len());
        for word in rest {
            self.words(word, text, step, &shell.variables, &mut words);
        }
        if matches!(path.as_str(), "export" | "declare" | "local" | "readonly") {
            for word in rest {
                self.export(word, step, shell, command.conditional);
            }
            return;
        }
        let program = path.rsplit('/').next().unwrap_or(&path).to_string();
        let front = path_front.as_deref().or(shell.front.as_deref());
        let call = Call {
            program,
            path,
            words,
            place: text.span(command.range.clone()),
            step,
            conditional: command.conditional,
            folder: shell.folder.clone(),
            activated: shell.activated.as_deref(),
            image: self.image,
            variables: &shell.variables,
            inline,
            front,
        };
        visit(&call);
        let moved = call.moved();
        let activated = call.activates();
        if let Some(folder) = moved {
            shell.folder = folder;
        }
        if activated.is_some() {
            shell.activated = activated;
        }
    }

    fn export(&mut self, word: &shell::Word, step: usize, shell: &mut Shell, conditional: bool) {
        let known = word.known(&|name| self.lookup(name, step, &shell.variables));
        let Some((name, value)) = known.text.split_once('=') else { return };
        if name == "PATH" {
            shell.front = Some(value.to_string());
        }
        let value = (known.whole && self.fits(value.len())).then(|| value.to_string());
        shell.assign(name.to_string(), value, conditional);
    }

    /// What a value of `PATH` begins with, up to where it is not known.
    fn front(&mut self, word: &shell::Word, step: usize, variables: &BTreeMap<String, Option<String>>) -> String {
        word.known(&|name| self.lookup(name, step, variables)).text
    }

    fn words(
        &mut self,
        word: &shell::Word,
        text: &Text,
        step: usize,
        variables: &BTreeMap<String, Option<String>>,
        words: &mut Vec<Word>,
    ) {
        let span = text.span(word.range.clone());
        match self.expand(word, step, variables) {
            // Without quotes the shell splits what a variable holds.
            Some(value) if !word.quoted && word.literal().is_none() => {
                words.extend(value.split_whitespace().map(|part| Word { text: Some(part.to_string()), span }));
            }
            value => words.push(Word { text: value, span }),
        }
    }

    fn expand(
        &mut self,
        word: &shell::Word,
        step: usize,
        variables: &BTreeMap<String, Option<String>>,
    ) -> Option<String> {
        if let Some(text) = word.literal() {
            return Some(text.to_string());
        }
        if self.room == 0 {
            return None;
        }
        let value = word.expand(&|name| self.lookup(name, step, variables))?;
        self.fits(value.len()).then_some(value)
    }

    fn lookup(&self, name: &str, step: usize, variables: &BTreeMap<String, Option<String>>) -> Option<String> {
        if let Some(value) = variables.get(name) {
            return value.clone();
        }
        match self.image.variable_at(step, name) {
            Lookup::Value(value) => Some(value),
            Lookup::Unset => Some(String::new()),
            Lookup::Unknown(_) | Lookup::Ungiven(_) => None,
        }
    }

    fn fits(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.room;
        self.room = self.room.saturating_sub(bytes.max(1));
        fits
    }
}

impl Call<'_> {
    /// Where a `cd` leads; the inner value is `None` if that is not known.
    fn moved(&self) -> Option<Option<String>> {
        if !matches!(self.program.as_str(), "cd" | "pushd") {
            return None;
        }
        let to = self.words.iter().find(|word| word.text.as_deref().is_none_or(|text| !text.starts_with('-')))?;
        Some(to.text.as_deref().filter(|_| !self.conditional).and_then(|to| self.absolute(to)))
    }

    /// The virtual environment that `. /opt/venv/bin/activate` activates.
    fn activates(&self) -> Option<String> {
        if !matches!(self.path.as_str(), "." | "source") {
            return None;
        }
        self.absolute(self.operands().next()?.strip_suffix("/bin/activate")?)
    }
}

/// What one step's shell remembers.
struct Shell {
    variables: BTreeMap<String, Option<String>>,
    folder: Option<String>,
    /// The folder to go back to behind a subshell.
    outer: Option<Option<String>>,
    activated: Option<String>,
    /// What `PATH` begins with, where the step changes it.
    front: Option<String>,
}

impl Shell {
    fn new(history: &History, step: usize) -> Shell {
        let folder = history.workdir_at(step).and_then(|workdir| workdir.value().cloned());
        Shell { variables: BTreeMap::new(), folder, outer: None, activated: None, front: None }
    }

    /// A subshell changes its own folder only.
    fn enter(&mut self, nesting: Nesting) {
        match (nesting, self.outer.is_some()) {
            (Nesting::Subshell, false) => self.outer = Some(self.folder.clone()),
            (Nesting::Top, true) => self.folder = self.outer.take().flatten(),
            _ => {}
        }
    }

    fn assign(&mut self, name: String, value: Option<String>, conditional: bool) {
        self.variables.insert(name, value.filter(|_| !conditional));
    }
}
