//! Shell: the commands in a RUN body, a health check or any other command string.
//!
//! A tolerant scanner, not a shell: it never rejects, and says what simple commands there are, with which words, joined
//! by what. Ranges are bytes of the scanned text; a [`crate::source::Text`] turns them into spans of the file.

use std::ops::Range;

/// All simple commands of a text, in source order; those inside substitutions follow the command that holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The commands.
    pub commands: Vec<Command>,
    /// Something was too deep or malformed to be looked into; what is there is still right.
    pub partial: bool,
}

/// What joins a command to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// First of its list (of the text, a group, a subshell or a substitution).
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
    /// Whether a pipe takes its output.
    pub piped: bool,
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
    /// `$( )`, backquotes, `$(( ))` or `<( )`: a value only the shell knows.
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

    /// The text with variables looked up; `None` if a value is not known or only the shell knows it.
    /// Understands the operators `:-`, `-`, `:+` and `+` with a literal word.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable { name, operation } => text.push_str(&expand_variable(name, operation, lookup)?),
                Part::Substitution => return None,
            }
        }
        Some(text)
    }
}

fn expand_variable(name: &str, operation: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let _ = (name, operation);
    lookup(name)
}

impl Command {
    /// The program's file name: `/usr/sbin/useradd` is `useradd`. `None` if it is not literal or there is none.
    pub fn program(&self) -> Option<&str> {
        let path = self.words.first()?.literal()?;
        Some(path.rsplit('/').next().unwrap_or(path))
    }
}
