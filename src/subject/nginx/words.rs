//! Words: what nginx's own reader makes of a text, byte by byte.
//!
//! The rules are those of `ngx_conf_read_token`: a quote counts at the start of a word only, `#` starts a comment there
//! only, a backslash keeps the next byte from ending the word, and `${` does not open a block.

use std::ops::Range;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A word: where it stands, its text, whether it is quoted, and whether it is the first of its line.
    Word { range: Range<usize>, text: String, quoted: bool, first: bool },
    /// `;`
    End(Range<usize>),
    /// `{`
    Open(Range<usize>),
    /// `}`
    Close(Range<usize>),
    /// A quote that is never closed, from the quote to the end of the text.
    Unclosed(Range<usize>),
}

/// Cuts a text into tokens.
pub struct Words<'a> {
    text: &'a str,
    at: usize,
    first: bool,
}

impl<'a> Words<'a> {
    /// At the start of `text`, behind a byte order mark.
    pub fn new(text: &'a str) -> Words<'a> {
        Words { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, first: true }
    }

    /// The next token; `None` at the end.
    pub fn token(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            let here = self.at..self.at + 1;
            match byte {
                b'\n' => self.first = true,
                b' ' | b'\t' | b'\r' => {}
                b'#' => self.at = memchr::memchr(b'\n', &bytes[self.at..]).map_or(bytes.len(), |n| self.at + n) - 1,
                b';' => return self.single(Token::End(here)),
                b'{' => return self.single(Token::Open(here)),
                b'}' => return self.single(Token::Close(here)),
                b'"' | b'\'' => return Some(self.quoted(byte)),
                _ => return Some(self.plain()),
            }
            self.at += 1;
        }
    }

    fn single(&mut self, token: Token) -> Option<Token> {
        self.at += 1;
        self.first = false;
        Some(token)
    }

    fn word(&mut self, range: Range<usize>, inner: Range<usize>, quoted: bool) -> Token {
        let token = Token::Word { text: unescape(&self.text[inner]), range, quoted, first: self.first };
        self.first = false;
        token
    }

    fn quoted(&mut self, quote: u8) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 2,
                _ if byte == quote => {
                    self.at = at + 1;
                    return self.word(start..at + 1, start + 1..at, true);
                }
                _ => at += 1,
            }
        }
        self.at = bytes.len();
        Token::Unclosed(start..bytes.len())
    }

    fn plain(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start;
        let mut variable = false;
        while let Some(&byte) = bytes.get(at) {
            let after_dollar = std::mem::replace(&mut variable, byte == b'$');
            match byte {
                b'{' if after_dollar => {}
                b'\\' => at += 1,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => break,
                _ => {}
            }
            at += 1;
        }
        let mut end = at.min(bytes.len());
        // A backslash may have jumped into the middle of a character.
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.at = end;
        self.word(start..end, start..end, false)
    }

    /// Skips a block in another language, whose `{` was just read: to the `}` that closes it, quotes and Lua comments
    /// left aside. The place of that `}`, if there is one.
    pub fn skip_block(&mut self) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        let mut depth = 1_usize;
        let mut at = self.at;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'-' if bytes.get(at + 1) == Some(&b'-') => {
                    at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
                }
                b'"' | b'\'' => at = end_of_string(bytes, at),
                _ => {}
            }
            if depth == 0 {
                self.at = at + 1;
                return Some(at..at + 1);
            }
            at += 1;
        }
        self.at = bytes.len();
        None
    }
}

/// The quote that ends the string at `start`; `start` itself if the line ends first.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return start,
            _ if byte == bytes[start] => return at,
            _ => {}
        }
        at += 1;
    }
    start
}

/// `\"`, `\'` and `\\` lose the backslash, `\t`, `\r` and `\n` are what they stand for, any other backslash stays.
fn unescape(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_string();
    }
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = match (character, characters.peek()) {
            ('\\', Some('t')) => '\t',
            ('\\', Some('r')) => '\r',
            ('\\', Some('n')) => '\n',
            ('\\', Some(&next @ ('"' | '\'' | '\\'))) => next,
            _ => {
                text.push(character);
                continue;
            }
        };
        text.push(escaped);
        characters.next();
    }
    text
}
