//! Words: quotes, expansions, and the simple commands they make up.

use super::redirect::Owner;
use super::scanner::{Frame, Scanner};
use super::{Assignment, Command, Part, Word};

/// Whether an unquoted byte ends a word.
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

/// The length of the variable name that `bytes` starts with.
pub(super) fn name_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
            bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
        }
        _ => 0,
    }
}

/// What surrounds the pieces of a word.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Surroundings {
    /// A command: blanks and operators end the word.
    Command,
    /// `[[ ]]`: only blanks do.
    Test,
    /// `"..."`.
    Quotes,
    /// `${NAME:-...}`, and whether that stands in double quotes.
    Braces { quoted: bool },
    /// A text of its own, to its end.
    All,
    /// The body of a heredoc, to its end.
    Heredoc,
}

impl Surroundings {
    /// Whether single quotes and escapes are those of double quotes.
    fn quoted(self) -> bool {
        matches!(self, Surroundings::Quotes | Surroundings::Heredoc | Surroundings::Braces { quoted: true })
    }

    fn end_at(self, byte: u8) -> bool {
        match self {
            Surroundings::Command => ends_word(byte),
            Surroundings::Test => matches!(byte, b' ' | b'\t' | b'\n'),
            Surroundings::Quotes => byte == b'"',
            Surroundings::Braces { .. } => byte == b'}',
            Surroundings::All | Surroundings::Heredoc => false,
        }
    }

    /// Whether a byte is more than itself here.
    fn special(self, byte: u8) -> bool {
        matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`')
            || self.end_at(byte)
            || (self == Surroundings::Command && matches!(byte, b'?' | b'*' | b'+' | b'@' | b'!'))
    }
}

/// A word being put together.
#[derive(Default)]
pub(super) struct Pieces {
    parts: Vec<Part>,
    pub literal: String,
    pub quoted: bool,
}

impl Pieces {
    pub fn part(&mut self, part: Part) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal)));
        }
        self.parts.push(part);
    }

    pub fn finish(mut self, range: std::ops::Range<usize>) -> Word {
        if self.parts.is_empty() && !self.literal.is_empty() {
            // Nearly every word; no room for more is taken.
            self.parts = vec![Part::Literal(self.literal)];
        } else if !self.literal.is_empty() {
            self.parts.push(Part::Literal(self.literal));
        }
        Word { range, quoted: self.quoted, parts: self.parts }
    }
}

impl Scanner<'_> {
    /// Reads assignments, words and redirections up to what ends the command.
    pub(super) fn simple_command(&mut self, mut command: Command, top: &mut Frame) {
        let index = self.commands.len();
        // Holds the place: what is substituted in the words comes behind.
        self.add(command.clone());
        loop {
            self.skip_blanks();
            if let Some(redirect) = self.redirect(Owner::Command(index, command.redirects.len())) {
                command.redirects.push(redirect);
                command.range.end = self.at;
                continue;
            }
            match self.peek() {
                Some(b'(') if self.is_function_name(&command) && self.empty_parens() => {
                    self.remove_last();
                    return self.function(std::slice::from_mut(top));
                }
                None | Some(b'#') => break,
                Some(byte) if ends_word(byte) && !self.is_process_substitution() => break,
                Some(_) => self.word_of(&mut command),
            }
            command.range.end = self.at;
        }
        self.commands[index] = command;
    }

    fn is_function_name(&self, command: &Command) -> bool {
        let lone = command.words.len() == 1 && command.assignments.is_empty() && command.redirects.is_empty();
        lone && command.words[0].literal().is_some() && !command.words[0].quoted
    }

    /// One assignment or word, or all words of `[[ ]]`.
    fn word_of(&mut self, command: &mut Command) {
        if command.words.is_empty()
            && let Some(assignment) = self.assignment()
        {
            return command.assignments.push(assignment);
        }
        let mut word = self.word();
        self.array(&mut word);
        let test = command.words.is_empty() && !word.quoted && word.literal() == Some("[[");
        command.words.push(word);
        if test {
            self.test_words(command);
        }
    }

    /// `NAME=value`, `NAME+=value` or `NAME[index]=value`.
    fn assignment(&mut self) -> Option<Assignment> {
        let rest = &self.bytes[self.at..self.limit];
        let name = name_length(rest);
        let mut length = name;
        if name > 0 && rest.get(name) == Some(&b'[') {
            let index =
                rest[name..].iter().take_while(|&&byte| !ends_word(byte) && byte != b']' && byte != b'=').count();
            if rest.get(name + index) != Some(&b']') {
                return None;
            }
            length += index + 1;
        }
        if rest.get(length) == Some(&b'+') {
            length += 1;
        }
        if name == 0 || rest.get(length) != Some(&b'=') {
            return None;
        }
        let name = self.text[self.at..self.at + name].to_string();
        self.at += length + 1;
        let mut value = self.word();
        self.array(&mut value);
        Some(Assignment { name, value })
    }

    /// Takes the elements of `NAME=( ... )` into the word that ends at `at`.
    fn array(&mut self, word: &mut Word) {
        if self.peek() != Some(b'(') || self.at == 0 || self.bytes[self.at - 1] != b'=' {
            return;
        }
        let mut open = 0;
        loop {
            self.skip_lines();
            match self.peek() {
                None => {
                    self.partial = true;
                    break;
                }
                Some(b'(') => open += 1,
                Some(b')') if open == 1 => {
                    self.at += 1;
                    break;
                }
                Some(b')') => open -= 1,
                Some(byte) if !ends_word(byte) => {
                    self.word();
                    continue;
                }
                Some(_) => {}
            }
            self.at += 1;
        }
        word.parts.push(Part::Substitution);
        word.range.end = self.at;
    }

    /// The words after `[[`, operators among them, up to and with `]]`.
    fn test_words(&mut self, command: &mut Command) {
        loop {
            self.skip_blanks();
            while self.peek() == Some(b'\n') {
                self.skip_lines();
            }
            let start = self.at;
            let mut pieces = Pieces::default();
            let closed = match (self.peek(), self.peek_at(1)) {
                (None, _) => {
                    self.partial = true;
                    return;
                }
                (Some(b']'), Some(b']')) => self.peek_at(2).is_none_or(ends_word),
                _ => false,
            };
            if closed {
                self.at += 2;
                pieces.literal.push_str("]]");
            } else {
                self.pieces(&mut pieces, Surroundings::Test);
            }
            command.words.push(pieces.finish(start..self.at));
            if closed {
                return;
            }
        }
    }

    /// The word at `at`.
    pub(super) fn word(&mut self) -> Word {
        let start = self.at;
        let mut pieces = Pieces::default();
        self.pieces(&mut pieces, Surroundings::Command);
        pieces.finish(start..self.at)
    }

    /// `<(` or `>(` at `at`.
    pub(super) fn is_process_substitution(&self) -> bool {
        matches!(self.peek(), Some(b'<' | b'>')) && self.peek_at(1) == Some(b'(')
    }

    /// Reads pieces up to what ends them in their surroundings.
    pub(super) fn pieces(&mut self, pieces: &mut Pieces, around: Surroundings) {
        while let Some(byte) = self.peek() {
            match byte {
                b'<' | b'>' if around == Surroundings::Command && self.is_process_substitution() => {
                    self.substitution();
                    pieces.part(Part::Substitution);
                }
                _ if around.end_at(byte) => return,
                b'\\' => self.escape(pieces, around),
                b'\'' if !around.quoted() => self.single_quotes(pieces),
                b'"' if around != Surroundings::Heredoc => self.double_quotes(pieces),
                b'$' => self.dollar(pieces, around.quoted()),
                b'`' => {
                    self.backquotes();
                    pieces.part(Part::Substitution);
                }
                b'?' | b'*' | b'+' | b'@' | b'!'
                    if around == Surroundings::Command && self.peek_at(1) == Some(b'(') =>
                {
                    self.extended_glob(pieces);
                }
                _ => self.run(pieces, around),
            }
        }
    }

    /// Everything up to the next byte that means something; at least one byte.
    fn run(&mut self, pieces: &mut Pieces, around: Surroundings) {
        let rest = &self.bytes[self.at + 1..self.limit];
        let length = 1 + rest.iter().position(|&byte| around.special(byte)).unwrap_or(rest.len());
        pieces.literal.push_str(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    fn escape(&mut self, pieces: &mut Pieces, around: Surroundings) {
        let joined = self.line_join();
        if joined > 0 {
            self.at += joined;
            return;
        }
        let Some(next) = self.text[self.at + 1..self.limit].chars().next() else {
            pieces.literal.push('\\');
            self.at += 1;
            return;
        };
        let escapes = match around {
            Surroundings::Heredoc => matches!(next, '$' | '`' | '\\'),
            Surroundings::Quotes => matches!(next, '$' | '`' | '\\' | '"'),
            Surroundings::Braces { quoted: true } => matches!(next, '$' | '`' | '\\' | '"' | '}'),
            _ => true,
        };
        if !escapes {
            pieces.literal.push('\\');
        }
        pieces.literal.push(next);
        pieces.quoted = true;
        self.at += 1 + next.len_utf8();
    }

    fn single_quotes(&mut self, pieces: &mut Pieces) {
        let rest = &self.text[self.at + 1..self.limit];
        let length = memchr::memchr(b'\'', rest.as_bytes());
        self.partial |= length.is_none();
        let length = length.unwrap_or(rest.len());
        pieces.literal.push_str(&rest[..length]);
        pieces.quoted = true;
        self.at = (self.at + length + 2).min(self.limit);
    }

    fn double_quotes(&mut self, pieces: &mut Pieces) {
        pieces.quoted = true;
        self.at += 1;
        self.double_quoted(pieces);
    }

    /// What stands in double quotes, from behind the opening one to behind the closing one.
    fn double_quoted(&mut self, pieces: &mut Pieces) {
        self.pieces(pieces, Surroundings::Quotes);
        match self.peek() {
            Some(_) => self.at += 1,
            None => self.partial = true,
        }
    }

    /// `@(a|b)` and its like, to the matching parenthesis.
    fn extended_glob(&mut self, pieces: &mut Pieces) {
        let start = self.at;
        let mut open = 0;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => {
                    pieces.literal.push_str(&self.text[start..self.at]);
                    return;
                }
                b')' => open -= 1,
                _ => {}
            }
        }
        self.partial = true;
        pieces.literal.push_str(&self.text[start..self.at]);
    }
}
