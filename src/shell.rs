//! Shell: the commands in a RUN body, a health check or any other command string.
//!
//! A tolerant scanner, not a shell: it never rejects, and says what simple commands there are, with which words, joined
//! by what. Ranges are bytes of the scanned text; a [`crate::source::Text`] turns them into spans of the file.

mod arguments;
mod compound;
mod dollar;
mod expand;
mod marks;
mod prefix;
mod redirect;
mod scanner;
#[cfg(test)]
mod tests;
mod word;

pub use arguments::{Argument, Arguments, TakesValue};
pub use expand::{Known, Room, heredoc_text};

use std::ops::Range;

/// Reads any text as a shell would read it; linear in its length, whatever it holds.
pub fn scan(text: &str) -> Script {
    scanner::Scanner::new(text).script()
}

/// The commands that a shell at the start of a text is given: what stands behind `/bin/bash -o pipefail -c`.
pub fn behind_shell(text: &str) -> Option<&str> {
    const SHELLS: [&str; 7] = ["sh", "bash", "ash", "dash", "zsh", "ksh", "mksh"];
    let (program, mut rest) = text.trim_start().split_once(' ')?;
    if !SHELLS.contains(&program.rsplit('/').next()?) {
        return None;
    }
    let mut has_value = false;
    loop {
        let (word, behind) = rest.trim_start().split_once(' ')?;
        let short = word.strip_prefix(['-', '+']).filter(|short| !short.starts_with('-'));
        if short.is_some_and(|short| short.contains('c')) {
            return Some(behind);
        }
        if !has_value && !word.starts_with(['-', '+']) {
            return None;
        }
        has_value = !has_value && short.is_some_and(|short| short.ends_with(['o', 'O']));
        rest = behind;
    }
}

/// All simple commands of a text, in source order; those inside substitutions follow the command that holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The commands.
    pub commands: Vec<Command>,
    /// Something was too deep or malformed to be looked into; what is there is still right.
    pub partial: bool,
    /// Something other than simple commands and operators stands outside of substitutions: a group, a subshell, a
    /// branch, a loop, a function, arithmetic or `!`.
    pub compound: bool,
    /// Redirections behind a group, a subshell, a branch or a loop.
    pub group_redirects: Vec<GroupRedirect>,
    /// The commands of each `( )`, as indices into [`Script::commands`]; an inner one comes before its outer one.
    pub subshells: Vec<Range<usize>>,
    /// The names that `for` and `select` give values to.
    pub loop_variables: Vec<String>,
}

/// A redirection that is not of one command: `{ a; b; } > file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRedirect {
    /// The commands it is for, as indices into [`Script::commands`].
    pub commands: Range<usize>,
    /// The redirection.
    pub redirect: Redirect,
}

/// What joins a command to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// First of its list (of the text, a group, a subshell, a substitution, a branch or a body).
    First,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|` or `|&`
    Pipe,
    /// `;` or a line end
    Then,
    /// `&` after the one before
    Background,
}

/// The innermost thing a command stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// Directly in the text, or in a `{ }` group.
    Top,
    /// In `( )`.
    Subshell,
    /// In `$( )`, backquotes or `<( )`.
    Substitution,
    /// In a branch, a loop or a function body, or in a condition.
    Compound,
}

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// From its first to its last word, assignment or redirection.
    pub range: Range<usize>,
    /// What joins it to the command before.
    pub joint: Joint,
    /// Whether a pipe takes its output, or that of the group it is in.
    pub piped: bool,
    /// Whether its list runs in the background: an `&` ends it.
    pub background: bool,
    /// Whether the text can succeed as a whole without it: it stands on the right of `||`, between `&&` and `||`, in a
    /// group that does, or in the body of a branch, a loop or a function.
    pub conditional: bool,
    /// What it stands in.
    pub nesting: Nesting,
    /// `NAME=value` before the first word.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments; empty for bare assignments or redirections.
    pub words: Vec<Word>,
    /// Redirections, heredocs among them.
    pub redirects: Vec<Redirect>,
}

/// `NAME=value` before a command, or on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The variable's name.
    pub name: String,
    /// What it is set to.
    pub value: Word,
}

/// A redirection such as `2>&1`, `< file` or `<<EOF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The operator without its descriptor: `>`, `>>`, `<`, `<<`, `<<-`, `<<<`, `>&`, `<&`, `&>`, `&>>`, `>|`, `<>`.
    pub operator: String,
    /// The word after it: a file, a descriptor or a heredoc's delimiter.
    pub target: Word,
    /// The body's bytes, for a heredoc.
    pub body: Option<Range<usize>>,
}

/// One word, with its quotes still in the text under `range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The bytes of the word, quotes included.
    pub range: Range<usize>,
    /// Whether any part of it was quoted.
    pub quoted: bool,
    /// The pieces it is made of, quotes removed.
    pub parts: Vec<Part>,
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as the program gets it.
    Literal(String),
    /// `$NAME`, `${NAME}` or `${NAME<operator>word}`; positional and special parameters by their character.
    Variable {
        /// The name.
        name: String,
        /// For `${NAME:-word}` the operator with its word, as written: `:-word`; empty without.
        operation: String,
    },
    /// `$( )`, backquotes, `$(( ))`, `<( )`, `${#NAME}`, `${!NAME}` or an array: a value only the shell knows.
    Substitution,
}

impl Word {
    /// The text of the word if nothing in it has to be expanded.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

impl Command {
    /// The program's file name: `/usr/sbin/useradd` is `useradd`. `None` if it is not literal or there is none.
    pub fn program(&self) -> Option<&str> {
        self.words.first()?.file_name()
    }
}

impl Word {
    /// What comes after the last `/` of a literal word: the name a program is known by.
    pub fn file_name(&self) -> Option<&str> {
        let path = self.literal()?;
        Some(path.rsplit('/').next().unwrap_or(path))
    }
}

impl Script {
    /// Whether the text is one simple command and nothing else, substitutions in its words aside. `sh -c` replaces
    /// itself by such a command if `sh` is bash or busybox ash, and stays as its parent if it is dash.
    pub fn is_lone_simple_command(&self) -> bool {
        let mut outer = self.outermost();
        let (Some(command), None) = (outer.next(), outer.next()) else { return false };
        let plain = command.nesting == Nesting::Top && !command.background && !command.words.is_empty();
        plain && !self.compound && !self.partial
    }

    /// The commands that do not stand in a word of another one, in source order.
    pub fn outermost(&self) -> impl Iterator<Item = &Command> {
        let mut end = 0;
        self.commands.iter().filter(move |command| {
            let outer = command.range.start >= end;
            end = end.max(command.range.end);
            outer
        })
    }
}
