//! Lines: physical lines to logical ones, one instruction each, with every byte accounted for.
//!
//! Follows BuildKit's line scanner: comments and blank lines inside a continued instruction are dropped and do not end
//! it; the escape character continues a line only if nothing but blanks follows and no escape character stands before.

use std::ops::Range;

use crate::source::{SourceId, Span, Text};

/// BuildKit's scanner gives up on a line of this many bytes.
pub const MAX_LINE: usize = 65_536;

/// One instruction's text, continuations joined.
#[derive(Debug)]
pub struct Logical {
    /// The joined text, left-trimmed.
    pub text: Text,
    /// Whether blank lines stand inside the instruction (`NoEmptyContinuation`).
    pub has_empty_continuation: bool,
}

/// Reads a source line by line.
pub struct Lines<'a> {
    source: SourceId,
    text: &'a str,
    at: usize,
    escape: u8,
    /// Comments met so far.
    pub comments: Vec<Span>,
    /// Physical lines that are too long for BuildKit.
    pub too_long: Vec<Span>,
}

impl<'a> Lines<'a> {
    /// Starts behind a byte order mark.
    pub fn new(source: SourceId, text: &'a str, escape: u8) -> Lines<'a> {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Lines { source, text, at, escape, comments: Vec::new(), too_long: Vec::new() }
    }

    /// Where the next physical line starts.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Goes back to where a line starts.
    pub fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    /// The next physical line without its line end, as a byte range; `None` at the end of the text.
    pub fn physical(&mut self) -> Option<Range<usize>> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let bytes = &self.text.as_bytes()[start..];
        let length = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
        self.at = (start + length + 1).min(self.text.len());
        let line = start..start + self.text[start..start + length].trim_end_matches(['\r', '\n']).len();
        if length >= MAX_LINE {
            self.too_long.push(Span::new(self.source, line.clone()));
        }
        Some(line)
    }

    /// The next instruction's text, or `None` at the end. Blank lines and comments before it are passed over.
    pub fn logical(&mut self) -> Option<Logical> {
        let (first, mut continues) = loop {
            let line = self.physical()?;
            let line = self.trim_start(line);
            if self.text[line.clone()].starts_with('#') {
                self.comments.push(Span::new(self.source, line));
                continue;
            }
            let (line, continues) = self.trim_continuation(line);
            if !line.is_empty() || continues {
                break (line, continues);
            }
        };
        let mut text = Text::new(self.source, first.start);
        text.push(&self.text[first.clone()], first.start);
        let mut has_empty_continuation = false;
        while continues {
            let Some(line) = self.physical() else { break };
            let trimmed = self.trim_start(line.clone());
            if self.text[trimmed.clone()].starts_with('#') {
                self.comments.push(Span::new(self.source, trimmed));
                continue;
            }
            if trimmed.is_empty() {
                has_empty_continuation = true;
                continue;
            }
            let (line, more) = self.trim_continuation(line);
            text.push(&self.text[line.clone()], line.start);
            continues = more;
        }
        Some(Logical { text, has_empty_continuation })
    }

    fn trim_start(&self, line: Range<usize>) -> Range<usize> {
        let trimmed = self.text[line.clone()].trim_start();
        line.end - trimmed.len()..line.end
    }

    /// The line without a trailing escape character and the blanks behind it, and whether there was one.
    fn trim_continuation(&self, line: Range<usize>) -> (Range<usize>, bool) {
        let bytes = self.text[line.clone()].trim_end_matches([' ', '\t']).as_bytes();
        let escaped = match bytes {
            [.., before, last] => *last == self.escape && *before != self.escape,
            [last] => *last == self.escape,
            [] => false,
        };
        if escaped { (line.start..line.start + bytes.len() - 1, true) } else { (line, false) }
    }
}
