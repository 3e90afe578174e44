//! Given values: written out, in a variable, or known to nobody before the check runs.
//!
//! While a command line is read, a variable in a text is one character of a private plane, its *mark*. So options, URLs
//! and program text are taken apart as text, and a variable stays whole wherever it ends up.

use std::str::FromStr;

use crate::shell::{Part, Word};

/// A value as a health check gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    /// Written out.
    Value(T),
    /// The value of an environment variable.
    Variable {
        /// Its name.
        name: String,
        /// What is taken if it is not set, as in `${PORT:-3000}` and `process.env.PORT || 3000`.
        default: Option<T>,
    },
    /// Put together in a way that is not followed, or nothing that it could be.
    Unknown,
}

impl<T: Clone + FromStr> Given<T> {
    /// The value if it is written out.
    pub fn value(&self) -> Option<&T> {
        match self {
            Given::Value(value) => Some(value),
            Given::Variable { .. } | Given::Unknown => None,
        }
    }

    /// The value in an environment where `lookup` knows all variables; one that is empty counts as not set.
    pub fn within(&self, lookup: impl FnOnce(&str) -> Option<String>) -> Option<T> {
        match self {
            Given::Value(value) => Some(value.clone()),
            Given::Variable { name, default } => match lookup(name).filter(|value| !value.is_empty()) {
                Some(value) => value.trim().parse().ok(),
                None => default.clone(),
            },
            Given::Unknown => None,
        }
    }
}

/// The first mark; the plane ends with two characters that are none.
const FIRST: u32 = 0xF_0000;
const MOST: usize = 0xFFF0;

/// Whether a character stands for a variable.
pub(super) fn is_mark(character: char) -> bool {
    (FIRST..FIRST + MOST as u32).contains(&u32::from(character))
}

/// A variable in a command line; without a name, something that only the shell or the program works out.
#[derive(Debug, Clone, Default)]
pub(super) struct Variable {
    pub name: Option<String>,
    pub default: Option<String>,
}

/// The variables of a command line, each with its mark.
#[derive(Debug, Default)]
pub(super) struct Variables(Vec<Variable>);

impl Variables {
    /// Takes in a variable and gives it a mark. Those past the most that fit share the mark of the last.
    pub fn mark(&mut self, variable: Variable) -> char {
        if self.0.len() < MOST {
            self.0.push(if self.0.len() + 1 < MOST { variable } else { Variable::default() });
        }
        char::from_u32(FIRST + self.0.len() as u32 - 1).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The variable of a mark.
    pub fn get(&self, mark: char) -> Option<&Variable> {
        self.0.get(u32::from(mark).checked_sub(FIRST)? as usize)
    }

    /// The variable that a text is, if it is a mark and nothing else.
    pub fn only(&self, text: &str) -> Option<&Variable> {
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(mark), None) => self.get(mark),
            _ => None,
        }
    }

    /// Says what a variable is that has no default yet.
    pub fn set_default(&mut self, text: &str, default: &str) {
        let mut characters = text.chars();
        let (Some(mark), None) = (characters.next(), characters.next()) else { return };
        let Some(index) = u32::from(mark).checked_sub(FIRST) else { return };
        if let Some(variable) = self.0.get_mut(index as usize).filter(|variable| variable.name.is_some()) {
            variable.default.get_or_insert_with(|| default.to_string());
        }
    }

    /// The text of a word, variables as marks.
    pub fn text(&mut self, word: &Word) -> String {
        let mut text = String::new();
        for part in &word.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Substitution => text.push(self.mark(Variable::default())),
                Part::Variable { name, operation } if operation.is_empty() => {
                    text.push(self.mark(Variable { name: Some(name.clone()), default: None }));
                }
                Part::Variable { name, operation } if operation.starts_with('-') || operation.starts_with(":-") => {
                    let alone = Word { range: word.range.clone(), quoted: word.quoted, parts: vec![part.clone()] };
                    let variable = Variable { name: Some(name.clone()), default: alone.expand(&|_| None) };
                    text.push(self.mark(variable));
                }
                Part::Variable { .. } => text.push(self.mark(Variable::default())),
            }
        }
        text
    }

    /// A text as a value: its own, or that of the one variable it is.
    pub fn given<T: FromStr>(&self, text: &str) -> Given<T> {
        if let Some(variable) = self.only(text) {
            let Some(name) = variable.name.clone() else { return Given::Unknown };
            return Given::Variable { name, default: variable.default.as_ref().and_then(|text| text.parse().ok()) };
        }
        match text.parse() {
            Ok(value) if !text.contains(is_mark) => Given::Value(value),
            _ => Given::Unknown,
        }
    }

    /// A text to show to people: `$NAME` for a variable, `…` for what is not known.
    pub fn show(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            match self.get(character).map(|variable| &variable.name) {
                None => shown.push(character),
                Some(None) => shown.push('…'),
                Some(Some(name)) => {
                    shown.push('$');
                    shown.push_str(name);
                }
            }
        }
        shown
    }
}
