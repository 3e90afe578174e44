//! Expansion: variables, quotes and escapes in the words of instructions, by the builder's own grammar.
//!
//! Three-valued: a word whose value hangs on a variable that only the build would tell is *unknown*, with the reason.

use super::glob::{Pattern, Steps};

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Its value.
    Value(String),
    /// It is not set.
    Unset,
    /// It may be set; why it is not known to what.
    Unknown(String),
    /// Declared, with no value here: a build may give one. In `${name:-word}` the word is its default.
    Ungiven(String),
}

/// What an expansion came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expanded {
    /// The text.
    Value(String),
    /// The reason why it is not known.
    Unknown(String),
}

/// Nested `${…}` deeper than this are an error here; BuildKit has no limit, real files have two or three.
const MAX_DEPTH: usize = 50;

/// A longer value is refused, be it written out or grown (`ENV A=$A$A`, again and again). Linux passes no longer string
/// to a program (`MAX_ARG_STRLEN`).
const MAX_VALUE: usize = 128 * 1024;

/// Patterns are not matched against longer values: the answer is unknown.
const MAX_MATCHED: usize = 4 * 1024;

/// Expands a word: variables, then quote removal. `escape` is the escape character in force.
///
/// # Errors
/// The message of a malformed expansion, an operator that the builder does not know, a `${name:?text}`, or a value of
/// more than 128 KiB.
pub fn expand(word: &str, escape: char, lookup: &dyn Fn(&str) -> Lookup) -> Result<Expanded, String> {
    if word.len() > MAX_VALUE {
        return Err(too_long());
    }
    if !word.contains(['$', '\'', '"', escape]) {
        return Ok(Expanded::Value(word.to_string()));
    }
    let mut reader = Reader::new(word, escape, lookup);
    let value = reader.word(None, Escapes::Removed)?;
    Ok(match reader.unknown {
        Some(why) => Expanded::Unknown(why),
        None => Expanded::Value(value),
    })
}

/// Whether the quotes and `${…}` of a text are closed and of a kind that the builder knows; backslash escapes.
pub(super) fn is_well_formed(text: &str) -> bool {
    let anything = |_: &str| Lookup::Unknown(String::new());
    Reader::new(text, '\\', &anything).word(None, Escapes::Removed).is_ok()
}

fn too_long() -> String {
    format!("the value has more than {MAX_VALUE} bytes")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Removed,
    /// Written as a backslash, for a pattern to act on.
    Kept,
}

struct Reader<'a> {
    rest: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Lookup,
    unknown: Option<String>,
    depth: usize,
    /// Bytes of the values looked up or put in so far, used or not.
    grown: usize,
    steps: Steps,
}

impl<'a> Reader<'a> {
    fn new(word: &'a str, escape: char, lookup: &'a dyn Fn(&str) -> Lookup) -> Reader<'a> {
        Reader { rest: word, escape, lookup, unknown: None, depth: 0, grown: 0, steps: Steps::new() }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, prefix: char) -> bool {
        let found = self.rest.strip_prefix(prefix);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn grow(&mut self, bytes: usize) -> Result<(), String> {
        self.grown += bytes;
        if self.grown > MAX_VALUE { Err(too_long()) } else { Ok(()) }
    }

    /// Reads up to `stop` (consumed) or the end.
    fn word(&mut self, stop: Option<char>, escapes: Escapes) -> Result<String, String> {
        let mut out = String::new();
        while let Some(c) = self.next() {
            if Some(c) == stop {
                return Ok(out);
            }
            match c {
                '\'' => self.single_quoted(&mut out)?,
                '"' => self.double_quoted(&mut out)?,
                '$' => out.push_str(&self.dollar()?),
                c if c == self.escape => {
                    if escapes == Escapes::Kept {
                        out.push('\\');
                    }
                    out.extend(self.next());
                }
                c => out.push(c),
            }
        }
        match stop {
            Some(stop) => Err(format!("`{stop}` is missing")),
            None => Ok(out),
        }
    }

    fn single_quoted(&mut self, out: &mut String) -> Result<(), String> {
        let end = self.rest.find('\'').ok_or("a single quote is not closed")?;
        out.push_str(&self.rest[..end]);
        self.rest = &self.rest[end + 1..];
        Ok(())
    }

    fn double_quoted(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.next().ok_or("a double quote is not closed")? {
                '"' => return Ok(()),
                '$' => out.push_str(&self.dollar()?),
                c if c == self.escape => match self.next() {
                    Some(next) if next == '"' || next == '$' || next == self.escape => out.push(next),
                    Some(next) => out.extend([c, next]),
                    None => return Err("a double quote is not closed".to_string()),
                },
                c => out.push(c),
            }
        }
    }

    /// What stands behind a `$`.
    fn dollar(&mut self) -> Result<String, String> {
        if self.take('{') {
            return self.braced();
        }
        let name = self.name();
        if name.is_empty() {
            return Ok("$".to_string());
        }
        let value = self.look_up(name)?;
        Ok(self.known(value).unwrap_or_default())
    }

    /// A variable's name, all digits of a positional parameter, or one special parameter.
    fn name(&mut self) -> &'a str {
        let rest = self.rest;
        let other = match rest.bytes().next() {
            Some(b'0'..=b'9') => rest.find(|c: char| !c.is_ascii_digit()),
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => Some(1),
            _ => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_'),
        };
        let (name, behind) = rest.split_at(other.unwrap_or(rest.len()));
        self.rest = behind;
        name
    }

    /// Parameters of a shell are not set for the builder.
    fn look_up(&mut self, name: &str) -> Result<Lookup, String> {
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Ok(Lookup::Unset);
        }
        let found = (self.lookup)(name);
        if let Lookup::Value(value) = &found {
            self.grow(value.len())?;
        }
        Ok(found)
    }

    fn known(&mut self, value: Lookup) -> Option<String> {
        match value {
            Lookup::Value(value) => Some(value),
            Lookup::Unset => Some(String::new()),
            Lookup::Unknown(why) | Lookup::Ungiven(why) => {
                self.give_up(why);
                None
            }
        }
    }

    fn give_up(&mut self, why: String) -> String {
        self.unknown.get_or_insert(why);
        String::new()
    }

    fn braced(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("variables are nested too deeply".to_string());
        }
        let value = self.braced_inner();
        self.depth -= 1;
        value
    }

    fn braced_inner(&mut self) -> Result<String, String> {
        let name = self.name();
        if name.is_empty() {
            return Err("`${` is followed by no name".to_string());
        }
        let value = self.look_up(name)?;
        let colon = self.take(':');
        match self.next() {
            None => Err("`}` is missing".to_string()),
            Some('}') if !colon => Ok(self.known(value).unwrap_or_default()),
            Some(operator @ ('-' | '+' | '?')) => self.conditional(name, value, operator, colon),
            Some(operator @ ('#' | '%')) if !colon => self.trim_pattern(value, operator),
            Some('/') if !colon => self.replace(value),
            Some(c) => Err(format!("`{}{c}` is no operator here", if colon { ":" } else { "" })),
        }
    }

    fn conditional(&mut self, name: &str, value: Lookup, operator: char, colon: bool) -> Result<String, String> {
        // The word is read whether it is used or not; its unknowns count only if it is.
        let outer = self.unknown.take();
        let word = self.word(Some('}'), Escapes::Removed)?;
        let word_unknown = std::mem::replace(&mut self.unknown, outer);
        let own = match value {
            Lookup::Unknown(why) => return Ok(self.give_up(why)),
            Lookup::Ungiven(why) if operator != '-' => return Ok(self.give_up(why)),
            Lookup::Ungiven(_) => None,
            Lookup::Value(value) if !colon || !value.is_empty() => Some(value),
            Lookup::Value(_) | Lookup::Unset => None,
        };
        match (operator, own) {
            ('-' | '?', Some(own)) => Ok(own),
            ('+', None) => Ok(String::new()),
            ('-', None) | ('+', Some(_)) => Ok(match word_unknown {
                Some(why) => self.give_up(why),
                None => word,
            }),
            _ if word.is_empty() => Err(format!("`{name}` must be set")),
            _ => Err(format!("`{name}`: {word}")),
        }
    }

    fn trim_pattern(&mut self, value: Lookup, operator: char) -> Result<String, String> {
        let longest = self.take(operator);
        let pattern = Pattern::new(&self.word(Some('}'), Escapes::Kept)?);
        let Some(value) = self.known(value) else { return Ok(String::new()) };
        let trimmed = match operator {
            _ if value.len() > MAX_MATCHED => None,
            '#' => pattern.without_prefix(&value, longest, &mut self.steps),
            _ => pattern.without_suffix(&value, longest, &mut self.steps),
        };
        Ok(trimmed.unwrap_or_else(|| self.give_up_matching()))
    }

    fn replace(&mut self, value: Lookup) -> Result<String, String> {
        let all = self.take('/');
        let pattern = Pattern::new(&self.word(Some('/'), Escapes::Kept)?);
        let replacement = self.word(Some('}'), Escapes::Removed)?;
        let Some(value) = self.known(value) else { return Ok(String::new()) };
        if value.len() > MAX_MATCHED {
            return Ok(self.give_up_matching());
        }
        let Some(matches) = pattern.matches(&value, all, &mut self.steps) else { return Ok(self.give_up_matching()) };
        self.grow(matches.len() * replacement.len())?;
        let (mut out, mut at) = (String::new(), 0);
        for found in matches {
            out.push_str(&value[at..found.start]);
            out.push_str(&replacement);
            at = found.end;
        }
        out.push_str(&value[at..]);
        Ok(out)
    }

    fn give_up_matching(&mut self) -> String {
        self.give_up("the value or the pattern is too long to match".to_string())
    }
}
