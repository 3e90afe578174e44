//! Dockerfile: instructions with spans, read to the letter of BuildKit's grammar, and the stages they make.
//!
//! 1. [`lines`] joins physical lines to logical ones; [`directive`] reads the head of the file.
//! 2. [`parse`] types each instruction; a bad one is a [`Problem`] and the rest is still read. What [`frontend`] knows
//!    to be another language is not read at all.
//! 3. [`stage`] finds the stages and, once variables are expanded by [`expand`], what each is built from.

mod arguments;
pub mod commands;
pub mod directive;
pub mod expand;
mod flags;
pub mod frontend;
mod glob;
pub mod heredoc;
pub mod instruction;
pub mod lines;
mod literal;
mod mount;
pub mod parse;
pub mod port;
pub mod signal;
pub mod stage;
mod transfer;
mod words;

use crate::problem::Problem;
use crate::source::{SourceId, Span};
use directive::Directives;
use instruction::Instruction;

/// A parsed Dockerfile.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    /// The source it was read from.
    pub source: SourceId,
    /// The directives at its head.
    pub directives: Directives,
    /// All instructions, in order, those that could not be read among them.
    pub instructions: Vec<Instruction>,
    /// Comment lines, from `#` to the line's end.
    pub comments: Vec<Span>,
}

/// Reads a Dockerfile. What is wrong with it goes to `problems`; whatever can be read is read.
pub fn parse(source: SourceId, text: &str, problems: &mut Vec<Problem>) -> Dockerfile {
    parse::Parser::new(source, text, problems).file()
}
