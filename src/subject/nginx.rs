//! Nginx: a configuration read to the letter of nginx's own grammar, its includes followed, and what it comes to.
//!
//! 1. [`parse()`] reads one text to directives; what is wrong with it is a [`Problem`] and the rest is still read.
//!    [`substitute`] fills in the templates of the official image before that.
//! 2. [`load`] follows `include` and sorts the directives into levels: a [`Configuration`].
//! 3. [`model`] answers what a level inherits, which location answers a request, and which headers go out with it.
//!
//! Facts are those of <https://nginx.org/en/docs/> and of nginx's source; [`stock`] has the files of the official images.

mod command_line;
mod load;
pub mod model;
mod parse;
mod pattern;
pub mod stock;
pub mod substitute;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::problem::Problem;
use crate::source::{SourceId, Span};

pub use command_line::{CommandLine, command_line};
pub use load::{load, load_whole};
pub use model::{Configuration, LevelId, LevelKind};

/// A word of a directive: its text after quotes and escapes, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What nginx gets; variables of nginx (`$uri`) are still in it.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
    /// Whether it is written in quotes.
    pub quoted: bool,
    /// Whether a value of the environment is filled in: it may be a secret, and is not what the file says.
    pub filled: bool,
    /// Why its text is not known: it is filled in when the container starts.
    pub unknown: Option<String>,
}

impl Word {
    /// The text, if all of it is known.
    pub fn known(&self) -> Option<&str> {
        self.unknown.is_none().then_some(self.text.as_str())
    }

    /// Whether nginx replaces a part of it at run time.
    pub fn has_variable(&self) -> bool {
        self.text.contains('$')
    }
}

/// How many bytes of a line before a directive are looked at.
const MAX_INDENT: usize = 200;

/// How far a directive is moved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Indent {
    /// How many blanks or tabs stand before it in its line.
    pub width: u16,
    /// Whether they are tabs.
    pub tabs: bool,
    /// Whether something else stands before it in its line.
    pub shares_line: bool,
}

impl Indent {
    /// The blanks of a line of its own that is so far in.
    pub fn text(&self) -> String {
        (if self.tabs { "\t" } else { " " }).repeat(self.width.into())
    }

    /// One step further in.
    pub fn inner(&self) -> Indent {
        Indent { width: self.width + if self.tabs { 1 } else { 4 }, ..*self }
    }
}

/// A directive: `name args;` or `name args { ... }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name.
    pub name: Word,
    /// What stands behind the name.
    pub arguments: Vec<Word>,
    /// From the name to `;` or `}`.
    pub span: Span,
    /// How far it is moved in.
    pub indent: Indent,
    /// What stands in its braces.
    pub block: Option<Block>,
}

impl Directive {
    /// The argument at this position.
    pub fn argument(&self, index: usize) -> Option<&Word> {
        self.arguments.get(index)
    }

    /// Whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name.text == name
    }

    /// From the name to the last argument, without `;` or block.
    pub fn head(&self) -> Span {
        self.arguments.last().map_or(self.name.span, |last| self.name.span.to(last.span))
    }
}

/// What stands in the braces of a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `{`.
    pub open: Span,
    /// `}`; empty, at the end of the text, if it is missing.
    pub close: Span,
    /// The directives between; none for a block in another language, such as Lua.
    pub directives: Vec<Directive>,
}

/// What a text was read to.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The directives outside all blocks.
    pub directives: Vec<Directive>,
    /// What is wrong with it: nginx refuses a text that has one of these.
    pub problems: Vec<Problem>,
}

/// Reads a text. What is wrong with it is a problem; whatever can be read is read.
pub fn parse(source: SourceId, text: &str) -> Parsed {
    parse::parse(&Input::Plain(source, text))
}

/// A file of a configuration.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path in the container.
    pub path: String,
    /// The source that its text is.
    pub source: SourceId,
    /// The text of that source.
    pub text: Arc<str>,
    /// The text with variables of the environment filled in, if it is a template.
    pub filled: Option<substitute::Filled>,
    /// Whether the image brings it: nobody can edit it, and nothing should be found in it.
    pub builtin: bool,
}

impl File {
    /// A file that nginx gets as it is.
    pub fn plain(path: impl Into<String>, source: SourceId, text: Arc<str>) -> File {
        File { path: path.into(), source, text, filled: None, builtin: false }
    }

    /// A template that the entrypoint of the official image renders to `path`.
    pub fn template(
        path: impl Into<String>,
        source: SourceId,
        text: Arc<str>,
        environment: &dyn Fn(&str) -> substitute::Variable,
        filter: Option<&str>,
    ) -> File {
        let filled = substitute::substitute(&text, environment, filter);
        File { filled: Some(filled), ..File::plain(path, source, text) }
    }

    /// A file that the image brings.
    pub fn builtin(path: impl Into<String>, source: SourceId, text: Arc<str>) -> File {
        File { builtin: true, ..File::plain(path, source, text) }
    }

    fn parse(&self) -> Parsed {
        match &self.filled {
            Some(filled) => parse::parse(&Input::Filled(self.source, filled)),
            None => parse(self.source, &self.text),
        }
    }
}

/// What an `include` brings.
#[derive(Debug, Clone, Default)]
pub struct Included {
    /// The files, in the order in which nginx reads them. None for a path without a wildcard: nginx does not start.
    pub files: Vec<File>,
    /// Why there may be other files, or why theirs cannot be read.
    pub unknown: Option<String>,
}

/// A text to read, and where its bytes stand.
enum Input<'a> {
    Plain(SourceId, &'a str),
    Filled(SourceId, &'a substitute::Filled),
}

impl Input<'_> {
    fn text(&self) -> &str {
        match self {
            Input::Plain(_, text) => text,
            Input::Filled(_, filled) => filled.text(),
        }
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        match self {
            Input::Plain(source, _) => Span::new(*source, range),
            Input::Filled(source, filled) => Span::new(*source, filled.place(range)),
        }
    }

    /// How far the line is moved in that a byte of the text is in.
    fn indent(&self, at: usize) -> Indent {
        let before = &self.text().as_bytes()[at.saturating_sub(MAX_INDENT)..at];
        let line = memchr::memrchr(b'\n', before).map_or(before, |end| &before[end + 1..]);
        let width = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let shares_line = width < line.len();
        Indent { width: width as u16, tabs: line.starts_with(b"\t"), shares_line }
    }

    fn is_filled(&self, range: std::ops::Range<usize>) -> bool {
        matches!(self, Input::Filled(_, filled) if filled.is_filled(range))
    }

    fn unknown(&self, range: std::ops::Range<usize>) -> Option<String> {
        match self {
            Input::Plain(..) => None,
            Input::Filled(_, filled) => filled.unknown(range).map(str::to_string),
        }
    }
}
