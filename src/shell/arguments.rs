//! Arguments: options and operands of a command, told apart by which options take a value.

use super::Known;

/// Which options of a program take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakesValue {
    /// Single letters, as in `-u 1000`, `-u1000` or `-ru 1000`.
    pub letters: &'static str,
    /// Long names without their dashes, as in `--uid 1000` or `--uid=1000`.
    pub names: &'static [&'static str],
}

impl TakesValue {
    /// Whether the value of the option word `text` is the next word.
    pub fn in_next_word(&self, text: &str) -> bool {
        if let Some(name) = text.strip_prefix("--") {
            return self.names.contains(&name);
        }
        let letters = text.strip_prefix('-').unwrap_or_default();
        letters.find(|letter| self.letters.contains(letter)).is_some_and(|first| first + 1 == letters.len())
    }
}

/// One option or operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument<'a> {
    /// `-r`, `-u 1000`, `--system` or `--uid=1000`.
    Option {
        /// The letter or the long name, without dashes.
        name: &'a str,
        /// Its value; `None` if it has none, or one that is not known.
        value: Option<&'a str>,
    },
    /// Anything else; `None` if its text is not known.
    Operand(Option<&'a str>),
}

/// The arguments of a program that takes options anywhere, as GNU `getopt` does; `--` ends them.
#[derive(Debug, Clone)]
pub struct Arguments<'a> {
    words: std::slice::Iter<'a, Known>,
    takes: TakesValue,
    /// What is left of a word with several letters, and whether that word is known to its end.
    letters: &'a str,
    letters_whole: bool,
    operands_only: bool,
}

impl<'a> Arguments<'a> {
    /// The arguments in `words`, without the program itself.
    pub fn new(words: &'a [Known], takes: TakesValue) -> Arguments<'a> {
        Arguments { words: words.iter(), takes, letters: "", letters_whole: true, operands_only: false }
    }

    fn letter(&mut self) -> Option<Argument<'a>> {
        let letter = self.letters.chars().next()?;
        let (name, rest) = self.letters.split_at(letter.len_utf8());
        self.letters = rest;
        if !self.takes.letters.contains(letter) {
            return Some(Argument::Option { name, value: None });
        }
        self.letters = "";
        let value = match (rest, self.letters_whole) {
            (_, false) => None,
            ("", true) => self.next_value(),
            (rest, true) => Some(rest),
        };
        Some(Argument::Option { name, value })
    }

    fn next_value(&mut self) -> Option<&'a str> {
        self.words.next().filter(|word| word.whole).map(|word| word.text.as_str())
    }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = Argument<'a>;

    fn next(&mut self) -> Option<Argument<'a>> {
        loop {
            if let Some(argument) = self.letter() {
                return Some(argument);
            }
            let word = self.words.next()?;
            let text = word.text.as_str();
            if self.operands_only || !text.starts_with('-') || text == "-" {
                return Some(Argument::Operand(word.whole.then_some(text)));
            }
            if text == "--" && word.whole {
                self.operands_only = true;
                continue;
            }
            let Some(name) = text.strip_prefix("--") else {
                self.letters = &text[1..];
                self.letters_whole = word.whole;
                continue;
            };
            return Some(match name.split_once('=') {
                Some((name, value)) => Argument::Option { name, value: word.whole.then_some(value) },
                None if word.whole && self.takes.names.contains(&name) => {
                    Argument::Option { name, value: self.next_value() }
                }
                None => Argument::Option { name, value: None },
            });
        }
    }
}
