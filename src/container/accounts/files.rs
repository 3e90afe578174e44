//! Account files: lines written to `/etc/passwd` and `/etc/group` by hand.

use std::collections::BTreeSet;

use crate::shell::{Command, Known, Word, heredoc_text};
use crate::source::{Span, Text};

use super::add::Step;
use super::allocate::Pool;
use super::{Account, Accounts, Group, Id};

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    Passwd,
    Group,
}

impl File {
    /// The file with this path.
    pub fn at(path: &str) -> Option<File> {
        match path {
            "/etc/passwd" => Some(File::Passwd),
            "/etc/group" => Some(File::Group),
            _ => None,
        }
    }
}

impl Accounts {
    /// Takes in the lines of a passwd file that is put there whole, replacing what was there.
    pub fn replace_passwd(&mut self, lines: &str, place: Span) {
        self.replace(File::Passwd, lines, place);
    }

    /// Takes in the lines of a group file that is put there whole, replacing what was there.
    pub fn replace_group(&mut self, lines: &str, place: Span) {
        self.replace(File::Group, lines, place);
    }

    fn replace(&mut self, file: File, lines: &str, place: Span) {
        let step = Step { place, conditional: false, tolerated: false, guards: &BTreeSet::new() };
        self.clear(file, &step);
        for line in lines.lines() {
            self.line(file, &Known { text: line.to_string(), whole: true }, &step);
        }
    }

    /// What `>` does to a file.
    pub(super) fn clear(&mut self, file: File, step: &Step<'_>) {
        if step.conditional {
            return self.set_opaque(step.place);
        }
        match file {
            File::Passwd => self.accounts.clear(),
            File::Group => self.groups.clear(),
        }
    }

    /// One line, as far as it is known.
    pub(super) fn line(&mut self, file: File, line: &Known, step: &Step<'_>) {
        let mut fields: Vec<&str> = line.text.trim().split(':').collect();
        if !line.whole {
            // The last field goes on in a way that is not known.
            fields.pop();
        }
        let Some(name) = fields.first().filter(|name| !name.is_empty() && !name.starts_with('#')) else {
            if !line.whole {
                self.set_opaque(step.place);
            }
            return;
        };
        let id = |field: usize| fields.get(field).and_then(|id| id.parse().ok()).map_or(Id::Unknown, Id::Known);
        match file {
            File::Passwd => self.passwd_line(name, id(2), id(3), step),
            File::Group => self.group_line(name, id(2), fields.get(3).copied().unwrap_or_default(), step),
        }
    }

    fn passwd_line(&mut self, name: &str, uid: Id, gid: Id, step: &Step<'_>) {
        // Of two lines with a name, the first counts.
        if self.user(name).is_some() {
            return;
        }
        self.report_uid(name, Some(uid), true, step);
        self.note_ids(uid, true, Pool::Normal, step.conditional);
        let (name, place) = (name.to_string(), Some(step.place));
        self.push_account(Account { name, uid, gid, groups: Vec::new(), place, conditional: step.conditional });
    }

    fn group_line(&mut self, name: &str, gid: Id, members: &str, step: &Step<'_>) {
        if self.group(name).is_some() {
            return;
        }
        self.report_gid(name, Some(gid), true, step);
        self.note_ids(gid, true, Pool::Normal, step.conditional);
        self.push_group(Group { name: name.to_string(), gid, place: Some(step.place), conditional: step.conditional });
        for member in members.split(',') {
            if let Some(account) = self.accounts.iter_mut().find(|account| account.name == member) {
                account.groups.push(name.to_string());
            }
        }
    }
}

/// What `echo`, `printf` or `cat <<` writes, line by line; `None` if that is not known. `known` expands a word.
pub(super) fn output(
    name: &str,
    words: &[Known],
    command: &Command,
    text: &Text,
    known: &dyn Fn(&Word) -> Known,
) -> Option<Vec<Known>> {
    match name {
        "echo" => {
            let options = words.iter().take_while(|word| is_echo_option(&word.text)).count();
            Some(lines(&joined(&words[options..])))
        }
        "printf" => printf(words),
        "cat" if words.iter().all(|word| word.text == "-") => input(command, text, known),
        _ => None,
    }
}

fn is_echo_option(text: &str) -> bool {
    text.len() > 1 && text.starts_with('-') && text[1..].bytes().all(|byte| matches!(byte, b'n' | b'e' | b'E'))
}

/// The words with blanks between them, up to what is not known.
fn joined(words: &[Known]) -> Known {
    let mut all = Known { text: String::new(), whole: true };
    for (index, word) in words.iter().enumerate() {
        all.text.push_str(if index > 0 { " " } else { "" });
        all.text.push_str(&word.text);
        if !word.whole {
            all.whole = false;
            break;
        }
    }
    all
}

/// `printf` with a format that is the text, or that is `%s\n`.
fn printf(words: &[Known]) -> Option<Vec<Known>> {
    let (format, values) = words.split_first()?;
    if matches!(format.text.as_str(), "%s\\n" | "%s\n") && format.whole {
        return Some(values.to_vec());
    }
    (!format.text.contains('%') && values.is_empty()).then(|| lines(format))
}

/// Splits at line ends, written out or as `\n`.
fn lines(text: &Known) -> Vec<Known> {
    let real = text.text.replace("\\n", "\n");
    let mut lines: Vec<_> = real.lines().map(|line| Known { text: line.to_string(), whole: true }).collect();
    if let Some(last) = lines.last_mut() {
        last.whole = text.whole;
    } else if !text.whole {
        lines.push(text.clone());
    }
    lines
}

/// The heredoc or herestring that a command reads.
fn input(command: &Command, text: &Text, known: &dyn Fn(&Word) -> Known) -> Option<Vec<Known>> {
    let redirect = command.redirects.iter().rev().find(|redirect| redirect.operator.starts_with("<<"))?;
    if redirect.operator == "<<<" {
        return Some(lines(&known(&redirect.target)));
    }
    let body = text.value.get(redirect.body.clone()?)?;
    let line = |line: &str| match redirect.target.quoted {
        true => Known { text: line.to_string(), whole: true },
        false => known(&heredoc_text(line)),
    };
    Some(body.lines().map(line).collect())
}
