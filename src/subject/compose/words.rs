//! The words of a command given as text, split as go-shellwords does it: like a shell's words, but nothing is run.

use std::ops::Range;

/// The words of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Each word without quotes, and the bytes it was made from.
    pub words: Vec<(String, Range<usize>)>,
    /// The unquoted operator from which on everything is dropped.
    pub cut: Option<Range<usize>>,
}

/// A text that Compose refuses to split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unbalanced {
    /// Where the quote or bracket stands.
    pub at: usize,
}

/// Splits a text into words. White space separates; single quotes are literal; a backslash outside single quotes takes
/// the next character as it is; `$( )` and backquotes are kept as written; an unquoted `;`, `&`, `|`, `<` or `>` ends it.
pub fn split(text: &str) -> Result<Words, Unbalanced> {
    let mut splitter = Splitter { text, words: Words::default(), word: String::new(), start: None };
    splitter.run()?;
    Ok(splitter.words)
}

struct Splitter<'a> {
    text: &'a str,
    words: Words,
    word: String,
    start: Option<usize>,
}

impl Splitter<'_> {
    fn run(&mut self) -> Result<(), Unbalanced> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            at = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.finish(at);
                    at + 1
                }
                b'\'' => self.single(at)?,
                b'"' => self.double(at)?,
                b'\\' => self.escaped(at),
                b'`' => self.verbatim(at, closing(bytes, at + 1, b'`').ok_or(Unbalanced { at })?),
                b'$' if bytes.get(at + 1) == Some(&b'(') => {
                    self.verbatim(at, closing_bracket(bytes, at + 1).ok_or(Unbalanced { at })?)
                }
                b'(' | b')' => return Err(Unbalanced { at }),
                b';' | b'&' | b'|' | b'<' | b'>' => {
                    if byte == b'>' && self.word.bytes().all(|b| b.is_ascii_digit()) {
                        self.start = None;
                        self.word.clear();
                    }
                    self.finish(at);
                    self.words.cut = Some(at..at + 1);
                    return Ok(());
                }
                _ => self.plain(at),
            };
        }
        self.finish(at);
        Ok(())
    }

    fn finish(&mut self, end: usize) {
        if let Some(start) = self.start.take() {
            self.words.words.push((std::mem::take(&mut self.word), start..end));
        }
    }

    fn plain(&mut self, at: usize) -> usize {
        self.start.get_or_insert(at);
        let length = self.text[at..].chars().next().map_or(1, char::len_utf8);
        self.word.push_str(&self.text[at..at + length]);
        at + length
    }

    fn escaped(&mut self, at: usize) -> usize {
        self.start.get_or_insert(at);
        if at + 1 < self.text.len() { self.plain(at + 1) } else { at + 1 }
    }

    fn verbatim(&mut self, at: usize, close: usize) -> usize {
        self.start.get_or_insert(at);
        self.word.push_str(&self.text[at..=close]);
        close + 1
    }

    fn single(&mut self, at: usize) -> Result<usize, Unbalanced> {
        let close = closing(self.text.as_bytes(), at + 1, b'\'').ok_or(Unbalanced { at })?;
        self.start.get_or_insert(at);
        self.word.push_str(&self.text[at + 1..close]);
        Ok(close + 1)
    }

    fn double(&mut self, open: usize) -> Result<usize, Unbalanced> {
        self.start.get_or_insert(open);
        let bytes = self.text.as_bytes();
        let mut at = open + 1;
        while at < bytes.len() {
            at = match bytes[at] {
                b'"' => return Ok(at + 1),
                b'\\' => self.escaped(at),
                _ => self.plain(at),
            };
        }
        Err(Unbalanced { at: open })
    }
}

fn closing(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    memchr::memchr(quote, &bytes[from..]).map(|i| from + i)
}

/// The `)` of the `(` at `open`.
fn closing_bracket(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (i, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(i),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}
