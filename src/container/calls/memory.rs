//! Memory: what the shell of one step remembers from one command to the next.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Call, Lookup};
use crate::container::history::History;

/// Longer paths than Linux takes are not followed.
const MAX_FOLDER: usize = 4096;

/// How deep `sh -c` in `sh -c` is followed.
const MAX_NESTED: usize = 4;

/// Subshells that are nested deeper than this are taken for the one around them.
const MAX_SUBSHELLS: usize = 64;

/// The variables that the shell has set or unset.
pub(super) type Variables = BTreeMap<String, Lookup>;

/// What one step's shell remembers.
pub(super) struct Memory {
    pub step: usize,
    pub variables: Variables,
    pub folder: Option<String>,
    /// Where `cd -` and `popd` lead.
    previous: Option<String>,
    pub activated: Option<Rc<str>>,
    /// What `PATH` begins with, where the step changes it.
    pub front: Option<Rc<str>>,
    /// A file or a text that is not looked into may have set any variable.
    pub open: bool,
    /// What runs is left to a condition outside of the text.
    pub conditional: bool,
    /// What to go back to behind each subshell.
    outer: Vec<Outer>,
    /// What the variables were that subshells have changed.
    journal: Vec<(String, Option<Lookup>)>,
}

/// The state before a subshell.
struct Outer {
    /// The index of the first command behind it; the largest for a shell of its own.
    end: usize,
    journal: usize,
    folder: Option<String>,
    previous: Option<String>,
    activated: Option<Rc<str>>,
    front: Option<Rc<str>>,
    open: bool,
}

/// What a command changes of it.
pub(super) enum Change {
    None,
    /// The folder; `None` if it is not known.
    Folder(Option<String>),
    /// Back to the folder before.
    Back,
    /// The virtual environment.
    Activated(Rc<str>),
    /// These variables have values that are not known.
    Read(Vec<String>),
    /// These variables are gone.
    Unset(Vec<String>),
    /// Any variable may have any value.
    Anything,
}

impl Memory {
    pub fn new(history: &History, step: usize) -> Memory {
        let folder = history.workdir_at(step).and_then(|workdir| workdir.value().cloned());
        Memory {
            step,
            variables: Variables::new(),
            folder,
            previous: None,
            activated: None,
            front: None,
            open: false,
            conditional: false,
            outer: Vec::new(),
            journal: Vec::new(),
        }
    }

    /// How many subshells are open.
    pub fn depth(&self) -> usize {
        self.outer.len()
    }

    /// Whether another `sh -c` may be looked into.
    pub fn may_nest(&self) -> bool {
        self.outer.iter().filter(|outer| outer.end == usize::MAX).count() < MAX_NESTED
    }

    /// Enters a subshell that ends before the command of this index; one with no such end is a shell of its own.
    pub fn enter(&mut self, end: usize) {
        if self.outer.len() >= MAX_SUBSHELLS {
            return;
        }
        self.outer.push(Outer {
            end,
            journal: self.journal.len(),
            folder: self.folder.clone(),
            previous: self.previous.clone(),
            activated: self.activated.clone(),
            front: self.front.clone(),
            open: self.open,
        });
    }

    /// Leaves the subshells deeper than `depth` that end before the command of this index.
    pub fn leave_behind(&mut self, depth: usize, index: usize) {
        while self.outer.len() > depth && self.outer.last().is_some_and(|outer| outer.end <= index) {
            self.leave();
        }
    }

    /// Leaves all subshells deeper than `depth`.
    pub fn leave_all(&mut self, depth: usize) {
        while self.outer.len() > depth {
            self.leave();
        }
    }

    /// A subshell changes what is its own only.
    fn leave(&mut self) {
        let Some(outer) = self.outer.pop() else { return };
        for (name, value) in self.journal.drain(outer.journal..).rev() {
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
        self.folder = outer.folder;
        self.previous = outer.previous;
        self.activated = outer.activated;
        self.front = outer.front;
        self.open = outer.open;
    }

    /// Something gives the variable a value that is not known.
    pub fn bind(&mut self, name: &str) {
        self.set(name.to_string(), unknown(name));
    }

    pub fn assign(&mut self, name: String, value: Lookup, conditional: bool) {
        let value = if conditional { unknown(&name) } else { value };
        self.set(name, value);
    }

    fn set(&mut self, name: String, value: Lookup) {
        let before = self.variables.insert(name.clone(), value);
        if !self.outer.is_empty() {
            self.journal.push((name, before));
        }
    }

    pub fn change(&mut self, change: Change, conditional: bool) {
        match change {
            Change::None => {}
            Change::Folder(folder) => self.move_to(folder.filter(|_| !conditional)),
            Change::Back => {
                let previous = self.previous.clone();
                self.move_to(previous.filter(|_| !conditional));
            }
            Change::Activated(environment) => self.activated = Some(environment),
            Change::Read(names) => names.iter().for_each(|name| self.bind(name)),
            Change::Unset(names) => {
                for name in names {
                    self.assign(name, Lookup::Unset, conditional);
                }
            }
            Change::Anything => self.open = true,
        }
    }

    fn move_to(&mut self, folder: Option<String>) {
        let folder = folder.filter(|folder| folder.len() <= MAX_FOLDER);
        self.previous = std::mem::replace(&mut self.folder, folder);
    }
}

pub(super) fn unknown(name: &str) -> Lookup {
    Lookup::Unknown(format!("what the shell makes of `{name}` is not known"))
}

impl Call<'_> {
    /// What the call changes of its shell.
    pub(super) fn change(&self) -> Change {
        let names = || self.operands().map(str::to_string).collect();
        match self.path.as_str() {
            "cd" | "pushd" => self.moved(),
            "popd" => Change::Back,
            "." | "source" => self.activates().map_or(Change::Anything, Change::Activated),
            "eval" => Change::Anything,
            "read" | "mapfile" | "readarray" | "getopts" => Change::Read(names()),
            "unset" if !self.has(&["-f"]) => Change::Unset(names()),
            _ => Change::None,
        }
    }

    /// Where a `cd` leads. Without an operand that is the home of whoever runs it.
    fn moved(&self) -> Change {
        let operand = |text: &str| text == "-" || !text.starts_with('-');
        let to = self.words.iter().find(|word| word.text.as_deref().is_none_or(operand));
        match to.and_then(|word| word.text.as_deref()) {
            Some("-") => Change::Back,
            Some(to) => Change::Folder(self.absolute(to).filter(|_| !to.starts_with('~'))),
            None => Change::Folder(None),
        }
    }

    /// The virtual environment that `. /opt/venv/bin/activate` activates.
    fn activates(&self) -> Option<Rc<str>> {
        Some(self.absolute(self.operands().next()?.strip_suffix("/bin/activate")?)?.into())
    }
}
