//! Expansion: variables, quotes and escapes in the words of instructions, by the builder's own grammar.
//!
//! Three-valued: a word whose value hangs on a variable that only the build would tell is *unknown*, with the reason.

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Its value.
    Value(String),
    /// It is not set.
    Unset,
    /// It may be set; why it is not known to what.
    Unknown(String),
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

/// A value that grows past this many bytes (`ENV A=$A$A`, again and again) is refused.
const MAX_VALUE: usize = 64 * 1024;

/// `${name/pattern/text}` compares at every position; past this many bytes the answer is unknown.
const MAX_REPLACED: usize = 4 * 1024;

/// Expands a word: variables, then quote removal. `escape` is the escape character in force.
///
/// # Errors
/// The message of a malformed expansion, an operator that the builder does not know, or a `${name:?text}`.
pub fn expand(word: &str, escape: char, lookup: &dyn Fn(&str) -> Lookup) -> Result<Expanded, String> {
    if !word.contains(['$', '\'', '"', escape]) {
        return Ok(Expanded::Value(word.to_string()));
    }
    let mut reader = Reader { rest: word, escape, lookup, unknown: None, depth: 0 };
    let value = reader.word(None)?;
    Ok(match reader.unknown {
        Some(why) => Expanded::Unknown(why),
        None => Expanded::Value(value),
    })
}

struct Reader<'a> {
    rest: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Lookup,
    unknown: Option<String>,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, prefix: &str) -> bool {
        let found = self.rest.strip_prefix(prefix);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    /// Reads up to `stop` (consumed) or the end.
    fn word(&mut self, stop: Option<char>) -> Result<String, String> {
        let mut out = String::new();
        while let Some(c) = self.next() {
            if Some(c) == stop {
                return Ok(out);
            }
            if out.len() > MAX_VALUE {
                return Err(format!("the value grows past {MAX_VALUE} bytes"));
            }
            match c {
                '\'' => self.single_quoted(&mut out)?,
                '"' => self.double_quoted(&mut out)?,
                '$' => {
                    let value = self.dollar()?;
                    out.push_str(&value);
                }
                c if c == self.escape => out.extend(self.next()),
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
                '$' => {
                    let value = self.dollar()?;
                    out.push_str(&value);
                }
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
        if self.take("{") {
            return self.braced();
        }
        if self.rest.starts_with(is_special) {
            self.next();
            return Ok(String::new());
        }
        let name = self.name();
        if name.is_empty() {
            return Ok("$".to_string());
        }
        Ok(match (self.lookup)(&name) {
            Lookup::Value(value) => value,
            Lookup::Unset => String::new(),
            Lookup::Unknown(why) => self.give_up(why),
        })
    }

    fn name(&mut self) -> String {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return String::new();
        }
        let name = self.rest[..end].to_string();
        self.rest = &self.rest[end..];
        name
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
        let mut name = self.name();
        if name.is_empty() && self.rest.starts_with(is_special) {
            name.extend(self.next());
        }
        if name.is_empty() {
            return Err("`${` is followed by no name".to_string());
        }
        let value = if name.starts_with(is_special) { Lookup::Unset } else { (self.lookup)(&name) };
        let colon = self.take(":");
        match self.next() {
            None => Err("`}` is missing".to_string()),
            Some('}') if !colon => Ok(match value {
                Lookup::Value(value) => value,
                Lookup::Unset => String::new(),
                Lookup::Unknown(why) => self.give_up(why),
            }),
            Some(operator @ ('-' | '+' | '?')) => self.conditional(&name, value, operator, colon),
            Some(operator @ ('#' | '%')) if !colon => self.trim_pattern(value, operator),
            Some('/') if !colon => self.replace(value),
            Some(c) => Err(format!("`{}{c}` is no operator here", if colon { ":" } else { "" })),
        }
    }

    fn conditional(&mut self, name: &str, value: Lookup, operator: char, colon: bool) -> Result<String, String> {
        // The word is read whether it is used or not; its unknowns count only if it is.
        let outer = self.unknown.take();
        let word = self.word(Some('}'))?;
        let word_unknown = std::mem::replace(&mut self.unknown, outer);
        let set = match &value {
            Lookup::Unknown(why) => {
                let why = why.clone();
                return Ok(self.give_up(why));
            }
            Lookup::Value(value) => !colon || !value.is_empty(),
            Lookup::Unset => false,
        };
        let own = match value {
            Lookup::Value(value) => value,
            _ => String::new(),
        };
        let use_word = match operator {
            '-' => !set,
            '+' => set,
            _ if set => false,
            _ => {
                return Err(if word.is_empty() {
                    format!("`{name}` must be set")
                } else {
                    format!("`{name}`: {word}")
                });
            }
        };
        match (use_word, operator) {
            (true, _) => Ok(match word_unknown {
                Some(why) => self.give_up(why),
                None => word,
            }),
            (false, '+') => Ok(String::new()),
            (false, _) => Ok(own),
        }
    }

    fn trim_pattern(&mut self, value: Lookup, operator: char) -> Result<String, String> {
        let longest = self.take(&operator.to_string());
        let pattern = self.pattern('}')?;
        let Some(value) = self.known(value) else { return Ok(String::new()) };
        let mut chars: Vec<char> = value.chars().collect();
        let mut pattern = pattern;
        // A suffix is a prefix read backwards.
        if operator == '%' {
            chars.reverse();
            pattern.0.reverse();
        }
        let reached = pattern.reach(&chars);
        let cut = if longest { reached.iter().rposition(|&r| r) } else { reached.iter().position(|&r| r) };
        let Some(cut) = cut else { return Ok(value) };
        Ok(if operator == '%' { chars[cut..].iter().rev().collect() } else { chars[cut..].iter().collect() })
    }

    fn replace(&mut self, value: Lookup) -> Result<String, String> {
        let all = self.take("/");
        let pattern = self.pattern('/')?;
        let replacement = self.word(Some('}'))?;
        let Some(value) = self.known(value) else { return Ok(String::new()) };
        if value.len() > MAX_REPLACED {
            return Ok(self.give_up("the value is too long to replace in".to_string()));
        }
        let chars: Vec<char> = value.chars().collect();
        let (mut out, mut at, mut done) = (String::new(), 0, false);
        while at < chars.len() {
            let length = if done && !all { None } else { pattern.longest_prefix(&chars[at..]) };
            match length.filter(|&length| length > 0) {
                Some(length) => {
                    out.push_str(&replacement);
                    at += length;
                    done = true;
                }
                None => {
                    out.push(chars[at]);
                    at += 1;
                }
            }
        }
        Ok(out)
    }

    fn known(&mut self, value: Lookup) -> Option<String> {
        match value {
            Lookup::Value(value) => Some(value),
            Lookup::Unset => Some(String::new()),
            Lookup::Unknown(why) => {
                self.give_up(why);
                None
            }
        }
    }

    /// A glob up to `stop`, with variables expanded and escapes resolved.
    fn pattern(&mut self, stop: char) -> Result<Pattern, String> {
        let mut tokens = Vec::new();
        loop {
            match self.next().ok_or_else(|| format!("`{stop}` is missing"))? {
                c if c == stop => return Ok(Pattern(tokens)),
                '\\' => tokens.extend(self.next().map(Glob::Char)),
                '*' => {
                    if tokens.last() != Some(&Glob::Any) {
                        tokens.push(Glob::Any);
                    }
                }
                '?' => tokens.push(Glob::One),
                '$' => tokens.extend(self.dollar()?.chars().map(Glob::Char)),
                c => tokens.push(Glob::Char(c)),
            }
        }
    }
}

fn is_special(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!')
}

#[derive(Debug, PartialEq, Eq)]
enum Glob {
    Char(char),
    One,
    Any,
}

struct Pattern(Vec<Glob>);

impl Pattern {
    fn longest_prefix(&self, text: &[char]) -> Option<usize> {
        self.reach(text).iter().rposition(|&reached| reached)
    }

    /// For each prefix length of `text` whether the pattern matches it; a table, so that no pattern is exponential.
    fn reach(&self, text: &[char]) -> Vec<bool> {
        let mut row = vec![false; text.len() + 1];
        row[0] = true;
        for glob in &self.0 {
            let mut next = vec![false; text.len() + 1];
            for i in 0..=text.len() {
                next[i] = match glob {
                    Glob::Any => row[i] || (i > 0 && next[i - 1]),
                    Glob::One => i > 0 && row[i - 1],
                    Glob::Char(c) => i > 0 && row[i - 1] && text[i - 1] == *c,
                };
            }
            row = next;
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Lookup {
        match name {
            "V" => Lookup::Value("foobarbaz".into()),
            "E" => Lookup::Value(String::new()),
            "P" => Lookup::Value("ba".into()),
            "BUILD" => Lookup::Unknown("`BUILD` has no default".into()),
            _ => Lookup::Unset,
        }
    }

    #[test]
    fn values_by_the_builders_grammar() {
        let cases = [
            ("$V", "foobarbaz"),
            ("${V}", "foobarbaz"),
            ("$U", ""),
            ("${E:-w}", "w"),
            ("${E-w}", ""),
            ("${U:-w}", "w"),
            ("${U-w}", "w"),
            ("${V:+w}", "w"),
            ("${E:+w}", ""),
            ("${E+w}", "w"),
            ("${U+w}", ""),
            ("${U:-${V}}", "foobarbaz"),
            ("${U:-'a}b'}", "a}b"),
            ("${V:?e}", "foobarbaz"),
            ("${V#f*b}", "arbaz"),
            ("${V##f*b}", "az"),
            ("${V%b*}", "foobar"),
            ("${V%%b*}", "foo"),
            ("${V/ba/X}", "fooXrbaz"),
            ("${V//ba/X}", "fooXrXz"),
            ("${V//ba/}", "foorz"),
            ("${V/$P/X}", "fooXrbaz"),
            ("${V#f?o}", "barbaz"),
            ("${V#\\*}", "foobarbaz"),
            ("$1", ""),
            ("$@x", "x"),
            ("$", "$"),
            ("a$ b", "a$ b"),
            ("$.x", "$.x"),
            ("'$V'", "$V"),
            ("\"$V\"", "foobarbaz"),
            ("\"a\\\"b\\$V\\x\"", "a\"b$V\\x"),
            ("\\$V", "$V"),
            ("a'b'\"c\"", "abc"),
            ("${U:-${BUILD}}x${V:+y}", "?"),
            ("${V:-${BUILD}}", "foobarbaz"),
            ("x-${BUILD}", "?"),
            ("${BUILD:-x}", "?"),
        ];
        for (word, expected) in cases {
            let got = match expand(word, '\\', &table) {
                Ok(Expanded::Value(value)) => value,
                Ok(Expanded::Unknown(_)) => "?".into(),
                Err(error) => panic!("{word}: {error}"),
            };
            assert_eq!(got, expected, "{word}");
        }
    }

    #[test]
    fn what_the_builder_refuses() {
        for word in [
            "${}",
            "${:x}",
            "${{x}}",
            "${V",
            "${n:=w}",
            "${n^}",
            "${V:1:2}",
            "'a",
            "\"a",
            "${U:?gone}",
            "${U?}",
            "${E:?x}",
        ] {
            assert!(expand(word, '\\', &table).is_err(), "{word}");
        }
        let deep = "${U:-".repeat(20_000);
        assert!(expand(&deep, '\\', &table).is_err());
    }

    #[test]
    fn a_backtick_escapes_when_the_directive_says_so() {
        assert_eq!(expand("C:\\x`$V", '`', &table), Ok(Expanded::Value("C:\\x$V".into())));
    }
}
