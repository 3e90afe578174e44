//! Directives: `# syntax=`, `# escape=` and `# check=` at the top of a Dockerfile.

use super::words::shown;
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

/// The parser directives in force.
#[derive(Debug, Clone, Default)]
pub struct Directives {
    /// The frontend that is to read the file.
    pub syntax: Option<Spanned<String>>,
    /// The escape character: backslash unless set to a backtick.
    pub escape: Option<Spanned<char>>,
    /// BuildKit's own checks: which to skip, whether they fail the build.
    pub check: Option<Spanned<String>>,
}

impl Directives {
    /// The escape character in force, an ASCII byte.
    pub fn escape_byte(&self) -> u8 {
        if self.escape.is_some_and(|e| e.value == '`') { b'`' } else { b'\\' }
    }

    /// The frontend, if another grammar than the Dockerfile's own reads this file. A copy of Docker's frontend in
    /// another registry is still Docker's.
    pub fn foreign_frontend(&self) -> Option<&Spanned<String>> {
        let syntax = self.syntax.as_ref()?;
        let reference = syntax.value.split_whitespace().next()?;
        let name = reference.split('@').next()?.rsplit('/').next()?;
        let name = name.split(':').next()?;
        if matches!(name, "dockerfile" | "dockerfile-upstream") { None } else { Some(syntax) }
    }
}

/// Reads the directives from the top of the file down to the first line that is none. A file that opens with a shebang,
/// a `//` line or a JSON object can still name its frontend there.
pub fn read(source: SourceId, text: &str, problems: &mut Vec<Problem>) -> Directives {
    let mut directives = Directives::default();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    // BuildKit looks for a frontend behind a shebang, but its own grammar takes that line for the first comment.
    let shebang = text[at..].starts_with("#!");
    if shebang {
        at += line_at(text, at).len();
    }
    let body = at;
    while at < text.len() {
        let line = line_at(text, at);
        let Some((name, value, offset)) = split(line) else { break };
        let value = Spanned::new(value, Span::new(source, at + offset..at + offset + value.len()));
        let problem = match name.as_str() {
            "syntax" => set(&mut directives.syntax, value.map(str::to_string), &name),
            "check" => check(&mut directives, value),
            "escape" if shebang => None,
            "escape" => escape(&mut directives, value),
            _ => break,
        };
        problems.extend(problem.filter(|_| !shebang));
        at += line.len();
    }
    if directives.syntax.is_none() {
        directives.syntax = foreign_syntax(source, text, body);
    }
    directives
}

/// The line that starts at `at`, with its line end.
fn line_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    memchr::memchr(b'\n', rest.as_bytes()).map_or(rest, |end| &rest[..end + 1])
}

/// Puts a directive in force unless one of its name is already.
fn set<T>(slot: &mut Option<Spanned<T>>, value: Spanned<T>, name: &str) -> Option<Problem> {
    if slot.is_none() {
        *slot = Some(value);
        return None;
    }
    let what = format!("the directive `{name}` is given twice");
    Some(Problem::error(value.span, what, "keep one of them; BuildKit refuses the file otherwise"))
}

fn escape(directives: &mut Directives, value: Spanned<&str>) -> Option<Problem> {
    let escape = match value.value {
        "\\" => '\\',
        "`" => '`',
        other => {
            let what = format!("`{}` is not an escape character", shown(other));
            return Some(Problem::error(value.span, what, "write `# escape=\\` or `` # escape=` ``"));
        }
    };
    set(&mut directives.escape, Spanned::new(escape, value.span), "escape")
}

/// `skip=A,B;error=true;experimental=all`, each at most once.
fn check(directives: &mut Directives, value: Spanned<&str>) -> Option<Problem> {
    let mut seen = Vec::new();
    for part in value.value.split(';') {
        let (key, text) = part.split_once('=').unwrap_or((part, ""));
        let key = key.trim().to_ascii_lowercase();
        let booleans = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];
        let valid = match key.as_str() {
            "skip" | "experimental" => part.contains('='),
            "error" => booleans.contains(&text.trim()),
            _ => false,
        };
        if !valid || seen.contains(&key) {
            let what = format!("`{}` is no check option here", shown(part));
            let help = "write `skip=Rule,Rule`, `error=true` and `experimental=Rule` once each, with `;` between";
            return Some(Problem::error(value.span, what, help));
        }
        seen.push(key);
    }
    set(&mut directives.check, value.map(str::to_string), "check")
}

/// `# name = value` to name (in lower case), value and the value's offset in the line.
fn split(line: &str) -> Option<(String, &str, usize)> {
    let after = line.trim_start().strip_prefix('#')?;
    let (name, value) = after.split_once('=')?;
    let name = name.trim();
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts_well || !name.bytes().all(|b| b.is_ascii_alphanumeric()) || value.trim().is_empty() {
        return None;
    }
    let offset = line.len() - value.trim_start().len();
    Some((name.to_ascii_lowercase(), value.trim(), offset))
}

/// `//syntax=…` on the first line, or a JSON object that opens the file.
fn foreign_syntax(source: SourceId, text: &str, base: usize) -> Option<Spanned<String>> {
    let body = &text[base..];
    let line = line_at(text, base).trim_end();
    if let Some(value) = line.strip_prefix("//").and_then(|rest| rest.trim_start().strip_prefix("syntax")) {
        let value = value.trim_start().strip_prefix('=')?.trim();
        let start = base + line.len() - value.len();
        return Some(Spanned::new(value.to_string(), Span::new(source, start..start + value.len())));
    }
    if !body.trim_start().starts_with('{') {
        return None;
    }
    let object = serde_json::Deserializer::from_str(body).into_iter::<serde_json::Value>().next()?.ok()?;
    let value = object.get("syntax")?.as_str()?.to_string();
    Some(Spanned::new(value, Span::new(source, base..base + line.len())))
}
