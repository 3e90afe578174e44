//! Launchers: programs that only run another command, and shells that are given a text.

use super::status::Options;
use crate::container::argv::file_name;
use crate::shell::{Known, TakesValue};

/// How many words `timeout`, `gosu` and the like take before the command that they run; `None` for any other program.
pub(in crate::container) fn behind_wrapper(words: &[Known]) -> Option<usize> {
    let operands = match file_name(&words.first()?.text) {
        "timeout" | "gosu" | "su-exec" => 1,
        "dumb-init" | "tini" | "ionice" | "setsid" | "busybox" => 0,
        _ => return None,
    };
    let takes = TakesValue { letters: "skcn", names: &["signal", "kill-after"] };
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.text.starts_with('-')) {
        // Busybox before 1.30 has `timeout -t SECS PROGRAM`, where the seconds stand in for the operand.
        at += if word.text == "-t" { 1 } else { 1 + usize::from(takes.in_next_word(&word.text)) };
    }
    at += operands;
    (at < words.len()).then_some(at)
}

/// Which argument is the text of `sh -c text`, with the options it runs under.
pub(in crate::container) fn shell_text(name: &str, arguments: &[Known]) -> Option<(usize, Options)> {
    if !is_shell(name) {
        return None;
    }
    let mut options = Options::default();
    let (mut command, mut at) = (false, 0);
    while let Some(word) = arguments.get(at) {
        let text = word.text.as_str();
        if !text.starts_with(['-', '+']) || text == "-" {
            break;
        }
        command |= text.starts_with('-') && !text.starts_with("--") && text.contains('c');
        at += 1 + usize::from(options.take(text, arguments.get(at + 1).map(|word| word.text.as_str())));
    }
    (command && at < arguments.len()).then_some((at, options))
}

/// Whether a program is a shell.
pub(in crate::container) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "hush")
}
