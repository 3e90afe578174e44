//! Shell call: the command line of a shell, and where in it the text or the file stands that the shell runs.

use super::ShellKind;
use crate::container::argv::file_name;

/// A call of a shell: `sh -c TEXT NAME ARGUMENT…` or `sh FILE ARGUMENT…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    /// Which word is the text or the file.
    pub at: usize,
    /// Whether it is a text.
    pub is_text: bool,
    /// What the shell does with a lone command, if its name tells.
    pub kind: Option<ShellKind>,
}

impl Call {
    /// Reads a command line whose program is a shell; `None` for another program, and for a shell without text or file,
    /// which reads commands from its input.
    pub fn parse(words: &[&str]) -> Option<Call> {
        let (kind, first) = match (file_name(words.first()?), words.get(1)) {
            // The applet is ash, whatever name it is called by.
            ("busybox", Some(&("sh" | "ash"))) => (Some(ShellKind::ExecsLastCommand), 2),
            ("sh", _) => (None, 1),
            (name, _) => (Some(shell_named(name)?), 1),
        };
        let mut is_text = false;
        let mut at = first;
        while let Some(word) = words.get(at) {
            match word.strip_prefix(['-', '+']) {
                Some("" | "-") => {
                    at += 1;
                    break;
                }
                Some("-rcfile" | "-init-file") => at += 2,
                Some(long) if long.starts_with('-') => at += 1,
                Some(letters) => {
                    let set = word.starts_with('-');
                    if set && letters.contains('s') && !letters.contains('c') {
                        return None;
                    }
                    is_text |= set && letters.contains('c');
                    // `-o pipefail` takes the next word.
                    at += if letters.ends_with(['o', 'O']) { 2 } else { 1 };
                }
                None => break,
            }
        }
        (at < words.len()).then_some(Call { at, is_text, kind })
    }
}

/// What a shell does with `-c COMMAND`, by its name; `None` for a name that is no shell's, or tells nothing.
pub(super) fn shell_named(name: &str) -> Option<ShellKind> {
    match name {
        "dash" => Some(ShellKind::Dash),
        "bash" | "ash" | "zsh" | "ksh" | "mksh" | "rbash" => Some(ShellKind::ExecsLastCommand),
        _ => None,
    }
}
