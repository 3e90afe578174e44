//! Redis: the configuration of a server, from a file or from its arguments, each directive with its place.
//!
//! Follows the server's own reader: a directive per line, words that may be quoted, of directives with one name the last
//! one counts. An `include` counts where it stands. The arguments of `redis-server` are directives that come after the
//! file's. Valkey and KeyDB read the same language.
//!
//! 1. [`parse`] reads a text, [`command_line`] the arguments.
//! 2. [`Configuration::resolve`] puts the files that are included in the place of the directive.
//! 3. [`Configuration::setting`] says what is in force, or which include leaves that open.

mod command_line;
mod words;

use std::sync::Arc;

use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

pub use command_line::{CommandLine, command_line};

/// Directives of one configuration with all that it includes. The file that Redis brings has about a hundred.
const MOST_DIRECTIVES: usize = 50_000;
/// Deepest nesting of includes.
const DEPTH: usize = 16;
/// Includes that are resolved for one configuration.
const MOST_INCLUDES: usize = 100;
/// Lines of one file that are reported.
const MOST_PROBLEMS: usize = 20;

/// A server's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The directives in the order in which the server reads them.
    pub directives: Vec<Directive>,
    /// Lines that the server refuses, and what was too much to be read.
    pub problems: Vec<Problem>,
}

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name in lower case.
    pub name: Spanned<String>,
    /// What stands behind it, without quotes; the places have them.
    pub arguments: Vec<Spanned<String>>,
}

/// What a configuration says about one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting<'c> {
    /// Nothing: the server's default.
    Default,
    /// The directive in force.
    Set(&'c Directive),
    /// An `include` that was not resolved and may set it.
    Open(&'c Directive),
}

impl Directive {
    /// The bytes from the name to the last argument.
    pub fn span(&self) -> Span {
        self.arguments.iter().fold(self.name.span, |span, argument| span.to(argument.span))
    }

    /// The only argument.
    pub fn value(&self) -> Option<&Spanned<String>> {
        match self.arguments.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn is_include(&self) -> bool {
        self.name.value == "include"
    }
}

/// Finds the file of an `include`: its source and text. `None` leaves the include open.
pub type Find<'a> = &'a mut dyn FnMut(&Spanned<String>) -> Option<(SourceId, Arc<str>)>;

impl Configuration {
    /// What is in force for a name in lower case.
    pub fn setting(&self, name: &str) -> Setting<'_> {
        let last =
            self.directives.iter().rev().find(|directive| directive.name.value == name || directive.is_include());
        match last {
            Some(directive) if directive.name.value == name => Setting::Set(directive),
            Some(include) => Setting::Open(include),
            None => Setting::Default,
        }
    }

    /// The includes that are not resolved.
    pub fn includes(&self) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(|directive| directive.is_include())
    }

    /// Puts the directives of included files where the `include` stands. What `find` does not find, patterns and
    /// circles stay as they are.
    pub fn resolve(&mut self, find: Find<'_>) {
        let directives = std::mem::take(&mut self.directives);
        let mut left = MOST_INCLUDES;
        let mut find = |path: &Spanned<String>| {
            left = left.checked_sub(1)?;
            find(path)
        };
        self.splice(directives, &mut find, &mut Vec::new());
    }

    fn splice(&mut self, directives: Vec<Directive>, find: Find<'_>, inside: &mut Vec<SourceId>) {
        for directive in directives {
            if self.directives.len() >= MOST_DIRECTIVES {
                return self.too_much(directive.span());
            }
            let path = directive.value().filter(|path| directive.is_include() && !is_pattern(&path.value));
            let found = path.filter(|_| inside.len() < DEPTH).and_then(&mut *find);
            match found.filter(|(source, _)| *source != directive.name.span.source && !inside.contains(source)) {
                Some((source, text)) => {
                    let included = parse(source, &text);
                    self.problems.extend(included.problems);
                    inside.push(source);
                    self.splice(included.directives, find, inside);
                    inside.pop();
                }
                None => self.directives.push(directive),
            }
        }
    }

    fn too_much(&mut self, place: Span) {
        let what = format!("the configuration has more than {MOST_DIRECTIVES} directives");
        if !self.problems.iter().any(|problem| problem.what == what) {
            self.problems.push(Problem::error(place, what, "split it; the rest is not examined"));
        }
        // What was left out may say anything.
        if self.directives.len() <= MOST_DIRECTIVES {
            let name = Spanned::new("include".to_string(), place);
            self.directives.push(Directive { name, arguments: Vec::new() });
        }
    }
}

/// Redis 7 takes globs in an include.
fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Reads a configuration file.
pub fn parse(source: SourceId, text: &str) -> Configuration {
    let mut configuration = Configuration::default();
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for line in text[start..].split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        if line.trim_start().starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let place = |range: std::ops::Range<usize>| Span::new(source, range);
        if configuration.directives.len() >= MOST_DIRECTIVES {
            configuration.too_much(place(range.start..range.start));
            break;
        }
        match words::split(text, range.clone()) {
            Some(words) => {
                let words = words.into_iter().map(|(word, range)| Spanned::new(word, place(range)));
                configuration.directives.extend(directive(words.collect()));
            }
            None if configuration.problems.len() < MOST_PROBLEMS => {
                let end = range.start + line.trim_end().len();
                let help = "close the quote, and put a blank behind it; the server does not start like this";
                let what = "the quotes of this line do not match";
                configuration.problems.push(Problem::error(place(range.start..end), what, help));
            }
            None => {}
        }
    }
    configuration
}

/// A directive from its words.
fn directive(words: Vec<Spanned<String>>) -> Option<Directive> {
    let mut words = words.into_iter();
    let name = words.next()?.map(|name| name.to_ascii_lowercase());
    Some(Directive { name, arguments: words.collect() })
}

/// A size in bytes: digits and a unit in any case. `k`, `m` and `g` count in thousands, `kb`, `mb` and `gb` in 1024.
///
/// Source: `memtoull` in `src/util.c` of Redis.
pub fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let factor: u64 = match text[end..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    text[..end].parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests;
