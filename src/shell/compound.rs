//! Compound commands: reserved words, groups, `case` patterns, functions and arithmetic.

use super::scanner::{Frame, Opener, Scanner};
use super::word::ends_word;

/// The reserved words that mean something where a command may start.
const KEYWORDS: [&str; 18] = [
    "!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "for", "select", "do", "done", "case", "esac",
    "function", "time",
];

impl Scanner<'_> {
    /// Steps over the reserved word at `at`; `false` if there is none.
    pub(super) fn keyword(&mut self, frames: &mut Vec<Frame>) -> bool {
        let Some(keyword) = KEYWORDS.into_iter().find(|keyword| self.is_word(keyword)) else { return false };
        if keyword == "time" && !self.is_time_keyword() {
            return false;
        }
        self.at += keyword.len();
        match keyword {
            "{" => self.open(frames, Opener::Brace),
            "if" => self.open(frames, Opener::If),
            "while" | "until" => self.open(frames, Opener::Loop),
            "for" | "select" => self.open_for(frames),
            "case" => self.open_case(frames),
            "then" | "elif" | "else" => self.go_on(frames, Opener::If),
            "do" => self.go_on(frames, Opener::Loop),
            "}" => self.close_as(frames, Opener::Brace),
            "fi" => self.close_as(frames, Opener::If),
            "done" => self.close_as(frames, Opener::Loop),
            "esac" => self.close_as(frames, Opener::Case),
            "function" => self.named_function(frames),
            _ => self.compound |= self.depth == 0,
        }
        true
    }

    /// Whether the unquoted word `word` stands at `at`.
    fn is_word(&self, word: &str) -> bool {
        let end = self.at + word.len();
        self.bytes[self.at..self.limit].starts_with(word.as_bytes())
            && (end == self.limit || ends_word(self.bytes[end]) || self.bytes[end..self.limit].starts_with(b"\\\n"))
    }

    /// `time` measures a compound command only as a reserved word; before a simple one it is a program like others.
    fn is_time_keyword(&mut self) -> bool {
        let start = self.at;
        self.at += "time".len();
        self.skip_blanks();
        if self.is_word("-p") {
            self.at += 2;
            self.skip_blanks();
        }
        let compound = self.peek() == Some(b'(')
            || ["{", "if", "while", "until", "for", "case", "!", "[["].into_iter().any(|word| self.is_word(word));
        if !compound {
            self.at = start;
        } else {
            // The caller steps over the word itself.
            self.at -= "time".len();
        }
        compound
    }

    /// `then`, `else` and `do`: the same frame goes on with what may not be run.
    fn go_on(&mut self, frames: &mut [Frame], opener: Opener) {
        let first = self.commands.len();
        match frames.last_mut() {
            Some(top) if top.opener == opener => {
                top.conditional = true;
                top.restart(first);
            }
            _ => self.partial = true,
        }
    }

    fn close_as(&mut self, frames: &mut Vec<Frame>, opener: Opener) {
        if frames.last().is_some_and(|top| top.opener == opener) {
            self.close(frames);
        } else {
            self.partial = true;
        }
    }

    /// `for NAME [in WORDS]` or `for ((...))`, up to what ends its line.
    fn open_for(&mut self, frames: &mut Vec<Frame>) {
        self.open(frames, Opener::Loop);
        self.skip_blanks();
        if self.peek() == Some(b'(') {
            match self.arithmetic_end(0) {
                Some(end) => self.arithmetic(self.at + 2, end),
                None => self.partial = true,
            }
            return;
        }
        let start = self.at;
        self.plain_words(1);
        self.loop_variables.push(self.text[start..self.at].to_string());
        self.skip_lines();
        if self.is_word("in") {
            self.at += 2;
            self.plain_words(usize::MAX);
        }
    }

    /// Words that are no command; only what is substituted in them counts.
    fn plain_words(&mut self, most: usize) {
        for _ in 0..most {
            self.skip_blanks();
            match self.peek() {
                Some(byte) if byte != b'#' && !ends_word(byte) => drop(self.word()),
                _ => return,
            }
        }
    }

    /// `case WORD in`.
    fn open_case(&mut self, frames: &mut Vec<Frame>) {
        self.open(frames, Opener::Case);
        self.plain_words(1);
        self.skip_lines();
        if self.is_word("in") {
            self.at += 2;
        } else {
            self.partial = true;
        }
        if let Some(top) = frames.last_mut() {
            top.conditional = true;
            top.pattern = true;
        }
    }

    /// One `pattern | pattern)` of a `case`, or its `esac`.
    pub(super) fn pattern(&mut self, frames: &mut Vec<Frame>) {
        self.skip_lines();
        if let Some(top) = frames.last_mut() {
            top.pattern = false;
        }
        if self.is_word("esac") {
            self.at += "esac".len();
            return self.close(frames);
        }
        if self.peek() == Some(b'(') {
            self.at += 1;
        }
        loop {
            self.skip_blanks();
            match self.peek() {
                None => return,
                Some(b')') => {
                    self.at += 1;
                    return;
                }
                Some(b'|') => self.at += 1,
                Some(b'\n') => {
                    self.partial = true;
                    self.skip_lines();
                }
                Some(byte) if ends_word(byte) => {
                    self.partial = true;
                    self.at += 1;
                }
                Some(_) => drop(self.word()),
            }
        }
    }

    /// `(`: a subshell, or `((`.
    pub(super) fn open_paren(&mut self, frames: &mut Vec<Frame>) {
        if let Some(end) = self.arithmetic_end(0) {
            self.element(frames);
            return self.arithmetic(self.at + 2, end);
        }
        self.at += 1;
        self.open(frames, Opener::Paren);
    }

    /// `)`: closes the subshell, and what was left open in it. `false` if there is none.
    pub(super) fn close_paren(&mut self, frames: &mut Vec<Frame>) -> bool {
        while let Some(top) = frames.last() {
            match top.opener {
                Opener::Paren => {
                    self.at += 1;
                    self.close(frames);
                    return true;
                }
                Opener::Text => return false,
                _ => {
                    self.partial = true;
                    self.close(frames);
                }
            }
        }
        false
    }

    /// `function NAME` and an optional `()`.
    fn named_function(&mut self, frames: &mut [Frame]) {
        self.plain_words(1);
        self.empty_parens();
        self.function(frames);
    }

    /// The next group is a function's body.
    pub(super) fn function(&mut self, frames: &mut [Frame]) {
        self.compound |= self.depth == 0;
        self.skip_lines();
        if let Some(top) = frames.last_mut() {
            top.function = true;
        }
    }

    /// Steps over the `()` of a function definition.
    pub(super) fn empty_parens(&mut self) -> bool {
        let start = self.at;
        self.skip_blanks();
        if self.peek() == Some(b'(') {
            self.at += 1;
            self.skip_blanks();
            if self.peek() == Some(b')') {
                self.at += 1;
                return true;
            }
        }
        self.at = start;
        false
    }

    /// Where the inside of a `((` that stands `ahead` bytes behind `at` ends before its `))`; `None` if it is two
    /// parentheses instead.
    pub(super) fn arithmetic_end(&mut self, ahead: usize) -> Option<usize> {
        if self.peek_at(ahead) != Some(b'(') || self.peek_at(ahead + 1) != Some(b'(') {
            return None;
        }
        let start = self.at + ahead + 2;
        let (mut at, mut open) = (start, 0usize);
        let found = loop {
            if at >= self.limit || at - start >= self.lookahead {
                break None;
            }
            match self.bytes[at] {
                b'(' => open += 1,
                b')' if open == 0 => break (at + 1 < self.limit && self.bytes[at + 1] == b')').then_some(at),
                b')' => open -= 1,
                b'\\' => at += 1,
                b'\'' => at += memchr::memchr(b'\'', &self.bytes[at + 1..self.limit]).map_or(0, |length| length + 1),
                _ => {}
            }
            at += 1;
        };
        let looked = at.min(self.limit) - start.min(self.limit);
        if looked >= self.lookahead {
            self.partial = true;
        }
        self.lookahead = self.lookahead.saturating_sub(looked);
        found
    }

    /// Steps over arithmetic and its closing `))`; only what is substituted in it counts.
    pub(super) fn arithmetic(&mut self, start: usize, end: usize) {
        let limit = std::mem::replace(&mut self.limit, end);
        self.at = start;
        if self.enter() {
            self.substitutions_only();
            self.depth -= 1;
        }
        self.limit = limit;
        self.at = (end + 2).min(limit);
    }
}
