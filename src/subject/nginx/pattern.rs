//! Patterns: regular expressions as nginx writes them, as far as they can be followed without backtracking.
//!
//! PCRE can look around, which the automata here cannot. An expression with `(?!...)` and the like is followed as far as
//! it goes: where it does not match without its conditions, it does not match; where it is `^/text(?!...)`, the condition
//! is tried by itself; all else is not known.

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
    compiled: Option<Compiled>,
}

#[derive(Debug, Clone)]
enum Compiled {
    Plain(meta::Regex),
    /// With conditions.
    Conditional {
        /// The expression without them.
        relaxed: meta::Regex,
        /// For `^text(?!inner)`: the text, and the condition at its end.
        guarded: Option<(String, meta::Regex)>,
    },
}

impl Pattern {
    /// Reads an expression. Bytes count, not characters: that is how nginx calls PCRE.
    pub fn new(text: &str, ignore_case: bool) -> Pattern {
        let compile = |text: &str| compile(text, ignore_case);
        let compiled = match text.len() {
            0..=MAX_LENGTH => compile(text).map(Compiled::Plain).or_else(|| {
                let conditions = conditions(text)?;
                let relaxed = compile(&without(text, &conditions))?;
                let guarded = guard(text, &conditions).filter(|_| !ignore_case);
                let guarded = guarded.and_then(|(before, inner)| Some((before, compile(&format!("^(?:{inner})"))?)));
                Some(Compiled::Conditional { relaxed, guarded })
            }),
            _ => None,
        };
        Pattern { text: text.to_string(), compiled }
    }

    /// Whether it matches somewhere in `text`.
    ///
    /// # Errors
    /// Why that is not known: the expression uses what only PCRE has, or is too large.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        match &self.compiled {
            Some(Compiled::Plain(regex)) => Ok(regex.is_match(text)),
            Some(Compiled::Conditional { relaxed, .. }) if !relaxed.is_match(text) => Ok(false),
            Some(Compiled::Conditional { guarded: Some((before, not)), .. }) if text.starts_with(before.as_str()) => {
                Ok(!not.is_match(&text[before.len()..]))
            }
            _ => {
                let shown: String = self.text.chars().take(60).collect();
                Err(format!("the regular expression `{shown}` cannot be followed"))
            }
        }
    }
}

fn compile(text: &str, ignore_case: bool) -> Option<meta::Regex> {
    let syntax = syntax::Config::new().unicode(false).utf8(false).case_insensitive(ignore_case);
    let limits = meta::Config::new().utf8_empty(false).nfa_size_limit(Some(MAX_SIZE)).onepass(false).dfa(false);
    meta::Builder::new().syntax(syntax).configure(limits).build(text).ok()
}

/// The places of `(?=...)`, `(?!...)`, `(?<=...)` and `(?<!...)`, outermost only.
fn conditions(text: &str) -> Option<Vec<std::ops::Range<usize>>> {
    let bytes = text.as_bytes();
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    let mut class = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' if !class => class = true,
            b']' if class => class = false,
            b'(' if !class => open.push(at),
            b')' if !class => {
                let start = open.pop()?;
                let inner = &text[start..];
                if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|head| inner.starts_with(head)) {
                    found.retain(|range| range.start < start);
                    found.push(start..at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    (!found.is_empty() && open.is_empty()).then_some(found)
}

fn without(text: &str, conditions: &[std::ops::Range<usize>]) -> String {
    let mut rest = String::new();
    let mut at = 0;
    for range in conditions {
        rest.push_str(&text[at..range.start]);
        rest.push_str("(?:)");
        at = range.end;
    }
    rest.push_str(&text[at..]);
    rest
}

/// For `^/text(?!inner)rest`: the text without escapes, and what must not follow it.
fn guard(text: &str, conditions: &[std::ops::Range<usize>]) -> Option<(String, String)> {
    let [only] = conditions else {
        return None;
    };
    let before = text[..only.start].strip_prefix('^')?;
    let plain = before.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'));
    let inner = text[only.clone()].strip_prefix("(?!")?.strip_suffix(')')?;
    // What a quantifier or an alternative behind it would mean is not followed.
    let rest = &text[only.end..];
    let simple = plain && !rest.starts_with(['?', '*', '+', '{']) && !rest.contains('|');
    simple.then(|| (before.to_string(), inner.to_string()))
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}
