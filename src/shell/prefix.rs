//! Prefixes: programs that only run another one, such as `sudo` and `env`.

use super::{Command, Part, TakesValue, Word};

/// A program that runs the command behind its options.
struct Prefix {
    name: &'static str,
    takes: TakesValue,
    /// `NAME=value` may stand before the command.
    assignments: bool,
}

/// sudo(8), doas(1), env(1), nice(1), nohup(1), time(1); `exec` and `command` of the POSIX shell.
const PREFIXES: [Prefix; 8] = [
    Prefix {
        name: "sudo",
        takes: TakesValue {
            letters: "CDghpRrTtUu",
            names: &[
                "chdir",
                "chroot",
                "close-from",
                "command-timeout",
                "group",
                "host",
                "other-user",
                "prompt",
                "role",
                "type",
                "user",
            ],
        },
        assignments: true,
    },
    Prefix { name: "doas", takes: TakesValue { letters: "Cau", names: &[] }, assignments: false },
    Prefix { name: "env", takes: TakesValue { letters: "CSu", names: &["chdir", "unset"] }, assignments: true },
    Prefix { name: "exec", takes: TakesValue { letters: "a", names: &[] }, assignments: false },
    Prefix { name: "command", takes: TakesValue { letters: "", names: &[] }, assignments: false },
    Prefix { name: "nice", takes: TakesValue { letters: "n", names: &["adjustment"] }, assignments: false },
    Prefix { name: "nohup", takes: TakesValue { letters: "", names: &[] }, assignments: false },
    Prefix { name: "time", takes: TakesValue { letters: "fo", names: &["format", "output"] }, assignments: false },
];

impl Command {
    /// The words from the program that does the work on: `useradd app` of `sudo -E env A=1 useradd app`. Looks through
    /// `sudo`, `doas`, `env`, `exec`, `command`, `nice`, `nohup` and `time`; all words if nothing stands behind them.
    pub fn behind_prefixes(&self) -> &[Word] {
        let mut words = self.words.as_slice();
        while let Some(behind) = behind_prefix(words) {
            words = behind;
        }
        words
    }
}

fn behind_prefix(words: &[Word]) -> Option<&[Word]> {
    let name = words.first()?.file_name()?;
    let prefix = PREFIXES.iter().find(|prefix| prefix.name == name)?;
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| beginning(word).starts_with('-')) {
        let option = beginning(word);
        at += 1;
        if option == "--" {
            break;
        }
        // `command -v program` only says where the program is.
        if prefix.name == "command" && option.contains(['v', 'V']) {
            return None;
        }
        at += usize::from(word.literal().is_some() && prefix.takes.in_next_word(option));
    }
    if prefix.assignments {
        at += words.get(at..)?.iter().take_while(|word| beginning(word).contains('=')).count();
    }
    words.get(at..).filter(|behind| !behind.is_empty())
}

/// What a word is known to start with.
fn beginning(word: &Word) -> &str {
    match word.parts.first() {
        Some(Part::Literal(text)) => text,
        _ => "",
    }
}
