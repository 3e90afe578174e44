//! Dollars and backquotes: what the shell replaces in a word.

use super::scanner::Scanner;
use super::word::{Pieces, Surroundings, name_length};
use super::{Nesting, Part};

impl Scanner<'_> {
    /// What a `$` starts.
    pub(super) fn dollar(&mut self, pieces: &mut Pieces, quoted: bool) {
        let rest = &self.bytes[self.at + 1..self.limit];
        match rest.first() {
            Some(b'(') => {
                self.substitution();
                pieces.part(Part::Substitution);
            }
            Some(b'{') => {
                let part = self.braces(quoted);
                pieces.part(part);
            }
            Some(b'\'') if !quoted => self.ansi_quotes(pieces),
            Some(b'"') if !quoted => self.at += 1,
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9') => self.variable(pieces, 1),
            _ => match name_length(rest) {
                0 => {
                    pieces.literal.push('$');
                    self.at += 1;
                }
                length => self.variable(pieces, length),
            },
        }
    }

    fn variable(&mut self, pieces: &mut Pieces, length: usize) {
        let name = self.text[self.at + 1..self.at + 1 + length].to_string();
        pieces.part(Part::Variable { name, operation: String::new() });
        self.at += 1 + length;
    }

    /// `$( )`, `<( )` or `$(( ))`: the commands in it are read into the script.
    pub(super) fn substitution(&mut self) {
        if self.peek() == Some(b'$')
            && let Some(end) = self.arithmetic_end(1)
        {
            return self.arithmetic(self.at + 3, end);
        }
        self.at += 2;
        if self.enter() {
            self.list(Nesting::Substitution, true);
            self.depth -= 1;
        }
    }

    /// Backquotes end at the next one without a backslash, whatever is quoted between.
    pub(super) fn backquotes(&mut self) {
        let start = self.at + 1;
        let mut end = start;
        loop {
            match memchr::memchr2(b'`', b'\\', &self.bytes[end.min(self.limit)..self.limit]) {
                None => {
                    self.partial = true;
                    end = self.limit;
                    break;
                }
                Some(length) if self.bytes[end + length] == b'`' => {
                    end += length;
                    break;
                }
                Some(length) => {
                    // Backquotes in backquotes are not looked into.
                    self.partial |= self.bytes.get(end + length + 1) == Some(&b'`');
                    end += length + 2;
                }
            }
        }
        let limit = std::mem::replace(&mut self.limit, end);
        self.at = start;
        if self.enter() {
            self.list(Nesting::Substitution, false);
            self.depth -= 1;
        }
        self.limit = limit;
        self.at = (end + 1).min(limit);
    }

    /// Arithmetic: only expansions mean something.
    pub(super) fn substitutions_only(&mut self) {
        let mut pieces = Pieces::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'$' => self.dollar(&mut pieces, true),
                b'`' => self.backquotes(),
                _ => self.at += 1,
            }
        }
    }

    /// `${...}`; an unfinished one reaches to the end.
    fn braces(&mut self, quoted: bool) -> Part {
        self.at += 2;
        if !self.enter() {
            return Part::Substitution;
        }
        let (name, indirect) = self.parameter();
        let start = self.at;
        self.pieces(&mut Pieces::default(), Surroundings::Braces { quoted });
        let operation = self.text[start..self.at].to_string();
        match self.peek() {
            Some(_) => self.at += 1,
            None => self.partial = true,
        }
        self.depth -= 1;
        if indirect || name.is_empty() { Part::Substitution } else { Part::Variable { name, operation } }
    }

    /// The parameter's name in `${`, and whether its length or what it points to is meant instead of its value.
    fn parameter(&mut self) -> (String, bool) {
        let rest = &self.bytes[self.at..self.limit];
        let indirect = match (rest.first(), rest.get(1)) {
            (Some(b'#' | b'!'), Some(next)) => next.is_ascii_alphanumeric() || matches!(next, b'_' | b'@' | b'*'),
            _ => false,
        };
        let start = usize::from(indirect);
        let length = match rest.get(start) {
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => 1,
            Some(b'0'..=b'9') => rest[start..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
            _ => name_length(&rest[start..]),
        };
        self.at += start + length;
        (self.text[self.at - length..self.at].to_string(), indirect)
    }

    /// `$'...'`: quotes with the escapes of C.
    fn ansi_quotes(&mut self, pieces: &mut Pieces) {
        pieces.quoted = true;
        self.at += 2;
        let mut value = Vec::new();
        loop {
            match self.peek() {
                None => {
                    self.partial = true;
                    break;
                }
                Some(b'\'') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.ansi_escape(&mut value),
                Some(byte) => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
        pieces.literal.push_str(&String::from_utf8_lossy(&value));
    }

    fn ansi_escape(&mut self, value: &mut Vec<u8>) {
        let letter = self.peek_at(1);
        self.at += 1;
        let simple = match letter {
            Some(b'a') => 0x07,
            Some(b'b') => 0x08,
            Some(b'e' | b'E') => 0x1b,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 0x0b,
            Some(quote @ (b'\\' | b'\'' | b'"' | b'?')) => quote,
            Some(b'0'..=b'7') => return value.push(self.digits(3, 8) as u8),
            Some(b'x') => return self.ansi_code(2, |code| value.push(code as u8)),
            Some(b'u') => return self.ansi_code(4, |code| push_char(value, code)),
            Some(b'U') => return self.ansi_code(8, |code| push_char(value, code)),
            // The backslash stays, and what follows is read as any other byte.
            _ => return value.push(b'\\'),
        };
        self.at += 1;
        value.push(simple);
    }

    /// The hexadecimal digits behind the letter at `at`.
    fn ansi_code(&mut self, most: usize, push: impl FnOnce(u32)) {
        self.at += 1;
        push(self.digits(most, 16));
    }

    fn digits(&mut self, most: usize, radix: u32) -> u32 {
        let mut number = 0u32;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) else { break };
            number = number.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
        }
        number
    }
}

fn push_char(value: &mut Vec<u8>, code: u32) {
    let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    value.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}
