//! Patterns: regular expressions as nginx writes them, as far as they mean the same without backtracking.

use regex_automata::meta;
use regex_automata::util::syntax;

/// How long an expression may be, in bytes.
const MAX_LENGTH: usize = 2048;
/// How large an expression may become, in bytes of its automaton.
const MAX_SIZE: usize = 1 << 20;

/// A regular expression, or the reason why it cannot be followed.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As it is written.
    pub text: String,
    compiled: Result<meta::Regex, String>,
}

impl Pattern {
    /// Reads an expression. Bytes count, not characters: that is how nginx calls PCRE.
    pub fn new(text: &str, ignore_case: bool) -> Pattern {
        let syntax = syntax::Config::new().unicode(false).utf8(false).case_insensitive(ignore_case);
        let limits = meta::Config::new().utf8_empty(false).nfa_size_limit(Some(MAX_SIZE)).onepass(false).dfa(false);
        let compiled = match text.len() {
            0..=MAX_LENGTH => meta::Builder::new().syntax(syntax).configure(limits).build(text).ok(),
            _ => None,
        };
        let compiled = compiled.ok_or_else(|| {
            let shown: String = text.chars().take(60).collect();
            format!("the regular expression `{shown}` cannot be followed")
        });
        Pattern { text: text.to_string(), compiled }
    }

    /// Whether it matches somewhere in `text`.
    ///
    /// # Errors
    /// Why that is not known: the expression uses what only PCRE has, or is too large.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        self.compiled.as_ref().map(|regex| regex.is_match(text)).map_err(Clone::clone)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}
