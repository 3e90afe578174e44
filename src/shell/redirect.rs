//! Redirections and heredocs.

use std::ops::Range;

use super::scanner::Scanner;
use super::word::{ends_word, name_length};
use super::{Redirect, Word};

/// Longest first, as they are matched.
const OPERATORS: [&str; 12] = ["<<-", "<<<", "<<", "<&", "<>", "<", "&>>", "&>", ">>", ">&", ">|", ">"];

/// Heredocs that have been announced, and bodies that have been found.
#[derive(Default)]
pub(super) struct Heredocs {
    pending: Vec<Heredoc>,
    bodies: Vec<(Owner, Range<usize>)>,
}

/// Whose redirection it is: that of a command and which of its own, or which of the groups'.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Command(usize, usize),
    Group(usize),
}

struct Heredoc {
    owner: Owner,
    delimiter: String,
    /// `<<-`: tabs before the delimiter do not count.
    tabs: bool,
}

impl Scanner<'_> {
    /// The redirection at `at`, if there is one.
    pub(super) fn redirect(&mut self, owner: Owner) -> Option<Redirect> {
        let start = self.at + self.descriptor_length();
        let rest = &self.bytes[start..self.limit];
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator.as_bytes()))?;
        let process = operator.len() == 1 && rest.get(1) == Some(&b'(');
        if process || (operator.starts_with('&') && start > self.at) {
            return None;
        }
        self.at = start + operator.len();
        self.skip_blanks();
        let target = self.redirect_target();
        if operator == "<<" || operator == "<<-" {
            let delimiter = match target.literal() {
                Some(literal) => literal.to_string(),
                // Nothing is expanded in a delimiter.
                None => self.text[target.range.clone()].replace(['"', '\'', '\\'], ""),
            };
            self.heredocs.pending.push(Heredoc { owner, delimiter, tabs: operator == "<<-" });
        }
        Some(Redirect { operator: operator.to_string(), target, body: None })
    }

    fn redirect_target(&mut self) -> Word {
        match self.peek() {
            Some(byte) if !ends_word(byte) || self.is_process_substitution() => self.word(),
            _ => {
                self.partial = true;
                Word { range: self.at..self.at, quoted: false, parts: Vec::new() }
            }
        }
    }

    /// The length of `2` or `{name}` before a redirection.
    fn descriptor_length(&self) -> usize {
        let rest = &self.bytes[self.at..self.limit];
        let length = match rest.first() {
            Some(b'{') => match name_length(&rest[1..]) {
                0 => 0,
                name if rest.get(name + 1) == Some(&b'}') => name + 2,
                _ => 0,
            },
            _ => rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        };
        if matches!(rest.get(length), Some(b'<' | b'>')) { length } else { 0 }
    }

    /// The bodies of the heredocs announced on the line that ended right before `at`.
    pub(super) fn read_heredocs(&mut self) {
        for heredoc in std::mem::take(&mut self.heredocs.pending) {
            let body = self.heredoc_body(&heredoc);
            self.heredocs.bodies.push((heredoc.owner, body));
        }
    }

    fn heredoc_body(&mut self, heredoc: &Heredoc) -> Range<usize> {
        let start = self.at;
        while self.at < self.limit {
            let line_start = self.at;
            let rest = &self.bytes[line_start..self.limit];
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            self.at = (line_start + length + 1).min(self.limit);
            let line = &rest[..length];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let tabs = if heredoc.tabs { line.iter().take_while(|&&byte| byte == b'\t').count() } else { 0 };
            if &line[tabs..] == heredoc.delimiter.as_bytes() {
                return start..line_start;
            }
        }
        self.partial = true;
        start..self.limit
    }

    /// Gives the bodies to their redirections, once all commands are in place.
    pub(super) fn fill_heredocs(&mut self) {
        self.partial |= !self.heredocs.pending.is_empty();
        for (owner, body) in std::mem::take(&mut self.heredocs.bodies) {
            let redirect = match owner {
                Owner::Command(command, own) => {
                    self.commands.get_mut(command).and_then(|command| command.redirects.get_mut(own))
                }
                Owner::Group(own) => self.group_redirects.get_mut(own).map(|group| &mut group.redirect),
            };
            if let Some(redirect) = redirect {
                redirect.body = Some(body);
            }
        }
    }
}
