//! Lines: text on its way to a terminal.

use std::io;

use super::{Cleaner, Style};

/// No single piece of text fills more than this many bytes; what is longer is cut and marked.
const PIECE: usize = 4096;
/// No wrapped text more than this many: a dozen lines of a message are enough to know it by.
const WRAPPED: usize = 1024;

/// A buffer of lines through which no text gets uncleaned.
#[derive(Debug)]
pub struct Lines {
    color: bool,
    width: usize,
    text: String,
    /// The style that is switched on.
    style: Style,
    /// Columns used on the current line.
    column: usize,
    cleaner: Cleaner,
    start: Start,
}

/// What a line starts with: GitHub's runner obeys lines that start with `::`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Blank,
    Colon,
    Past,
}

impl Lines {
    /// An empty buffer for lines of `width` columns.
    pub fn new(color: bool, width: usize) -> Lines {
        let (text, cleaner) = (String::new(), Cleaner::default());
        Lines { color, width, text, style: Style::Plain, column: 0, cleaner, start: Start::Blank }
    }

    /// How many columns a line should have at most.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many columns are left on this line.
    pub fn left(&self) -> usize {
        self.width.saturating_sub(self.column)
    }

    /// Appends text to the current line.
    pub fn put(&mut self, style: Style, text: &str) -> &mut Lines {
        if text.is_empty() {
            return self;
        }
        self.switch(style);
        let kept = &text[..text.floor_char_boundary(PIECE)];
        // What a line starts with is looked at letter by letter.
        let mut rest = kept.chars();
        while self.start != Start::Past
            && let Some(character) = rest.next()
        {
            self.push(character);
        }
        self.column += self.cleaner.push_all(rest.as_str(), &mut self.text);
        if kept.len() < text.len() {
            self.push('…');
        }
        self
    }

    /// Appends plain text to the current line.
    pub fn plain(&mut self, text: &str) -> &mut Lines {
        self.put(Style::Plain, text)
    }

    /// Appends spaces to the current line.
    pub fn space(&mut self, columns: usize) -> &mut Lines {
        (0..columns).for_each(|_| self.push(' '));
        self
    }

    /// Appends words to the current line, and goes on below, behind `indent` spaces, where it gets too long. A word
    /// that is longer than a line stays whole, so that it can be copied.
    pub fn wrap(&mut self, style: Style, text: &str, indent: usize) -> &mut Lines {
        let text = super::brief(text, WRAPPED);
        let mut gap = if text.starts_with(' ') { " " } else { "" };
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if gap.len() + super::width(word) <= self.left() || self.column <= indent {
                self.put(style, gap).put(style, word);
            } else {
                self.end().space(indent).put(style, word);
            }
            gap = " ";
        }
        self
    }

    /// As [`Lines::wrap`], but the text is one word, spaces and all.
    pub fn wrap_whole(&mut self, style: Style, text: &str, indent: usize) -> &mut Lines {
        if super::width(text) <= self.left() || self.column <= indent {
            return self.put(style, text);
        }
        self.end().space(indent).put(style, text.trim_start())
    }

    /// Ends the current line.
    pub fn end(&mut self) -> &mut Lines {
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.switch(Style::Plain);
        self.text.push('\n');
        (self.column, self.cleaner, self.start) = (0, Cleaner::default(), Start::Blank);
        self
    }

    /// What was put in so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Writes what was put in, and is empty again.
    pub fn write_to(&mut self, out: &mut impl io::Write) -> io::Result<()> {
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn push(&mut self, character: char) {
        if self.start == Start::Colon && character == ':' {
            self.text.push_str("\\u{3a}");
            (self.column, self.start) = (self.column + 6, Start::Past);
            return;
        }
        self.start = match (self.start, character) {
            (Start::Blank, ':') => Start::Colon,
            (Start::Blank, c) if c.is_whitespace() => Start::Blank,
            _ => Start::Past,
        };
        self.column += self.cleaner.push(character, &mut self.text);
    }

    fn switch(&mut self, style: Style) {
        if !self.color || self.style == style {
            return;
        }
        if self.style != Style::Plain {
            self.text.push_str("\x1b[0m");
        }
        if style != Style::Plain {
            self.text.push_str(&format!("\x1b[{}m", style.parameters()));
        }
        self.style = style;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: usize, write: impl FnOnce(&mut Lines)) -> String {
        let mut lines = Lines::new(false, width);
        write(&mut lines);
        lines.as_str().to_string()
    }

    #[test]
    fn pieces_that_are_harmless_alone_are_harmless_together() {
        let text = shown(80, |lines| {
            lines.plain("##").put(Style::Error, "vso").plain("[task").end();
        });
        assert_eq!(text, "##vso\\u{5b}task\n");
    }

    #[test]
    fn no_line_starts_with_a_command_to_the_runner() {
        let text = shown(10, |lines| {
            lines.plain("  ::error::x ::1").end().wrap(Style::Plain, "words to the ::warning::y", 2).end();
        });
        assert_eq!(text, "  :\\u{3a}error::x ::1\nwords to\n  the\n  :\\u{3a}warning::y\n");
    }

    #[test]
    fn words_wrap_behind_the_indent_and_long_ones_stay_whole() {
        let text = shown(12, |lines| {
            lines.plain("ab: ").wrap(Style::Plain, "one two  three 0123456789abcdef four", 4).end();
        });
        assert_eq!(text, "ab: one two\n    three\n    0123456789abcdef\n    four\n");
    }

    #[test]
    fn a_huge_text_is_cut() {
        let text = shown(80, |lines| {
            lines.plain(&"x".repeat(10_000_000)).end().wrap(Style::Plain, &"y z ".repeat(1_000_000), 0).end();
        });
        assert!(text.len() < 3 * PIECE, "{}", text.len());
    }

    #[test]
    fn only_our_own_escapes_get_through() {
        let mut lines = Lines::new(true, 80);
        lines.put(Style::Error, "a\x1b[0mb").put(Style::Plain, "\u{9b}1m").end();
        assert_eq!(lines.as_str(), "\x1b[1;31ma\\u{1b}[0mb\x1b[0m\\u{9b}1m\n");
    }
}
