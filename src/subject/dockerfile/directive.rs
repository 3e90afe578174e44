//! Directives: `# syntax=`, `# escape=` and `# check=` at the top of a Dockerfile.

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

    /// Whether another grammar than the Dockerfile's own reads this file.
    pub fn foreign_frontend(&self) -> Option<&Spanned<String>> {
        let syntax = self.syntax.as_ref()?;
        let name = syntax.value.strip_prefix("docker.io/").unwrap_or(&syntax.value);
        let repository = name.split(['@', ':']).next().unwrap_or(name);
        let own = ["docker/dockerfile", "docker/dockerfile-upstream", "dockerfile"];
        if own.contains(&repository) { None } else { Some(syntax) }
    }
}

/// Reads the directives from the top of the file down to the first line that is none. A file that opens with a shebang,
/// a `//` line or a JSON object can still name its frontend there.
pub fn read(source: SourceId, text: &str, problems: &mut Vec<Problem>) -> Directives {
    let mut directives = Directives::default();
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at = text.len() - body.len();
    let mut shebang = false;
    for (number, line) in body.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        if number == 0 && line.starts_with("#!") {
            shebang = true;
            continue;
        }
        let Some((name, value, offset)) = split(line) else { break };
        let span = Span::new(source, start + offset..start + offset + value.len());
        let known = match name.to_ascii_lowercase().as_str() {
            "syntax" => set(&mut directives.syntax, Spanned::new(value.to_string(), span)),
            "check" if !shebang => set(&mut directives.check, Spanned::new(value.to_string(), span)),
            "escape" if !shebang => match value {
                "\\" | "`" => set(&mut directives.escape, Spanned::new(value.chars().next().unwrap_or('\\'), span)),
                _ => {
                    problems.push(Problem::error(
                        span,
                        format!("`{value}` is not an escape character"),
                        "write `# escape=\\` or `` # escape=` ``",
                    ));
                    true
                }
            },
            _ => break,
        };
        if !known {
            problems.push(Problem::error(
                span,
                format!("the directive `{}` is given twice", name.to_ascii_lowercase()),
                "keep one of them; BuildKit refuses the file otherwise",
            ));
        }
    }
    if directives.syntax.is_none() {
        directives.syntax = foreign_syntax(source, text, body);
    }
    directives
}

/// Puts a directive in force unless it is already; says whether it did.
fn set<T>(slot: &mut Option<T>, value: T) -> bool {
    let free = slot.is_none();
    slot.get_or_insert(value);
    free
}

/// `# name = value` to name, value and the value's offset in the line.
fn split(line: &str) -> Option<(&str, &str, usize)> {
    let after = line.trim_start().strip_prefix('#')?;
    let (name, value) = after.split_once('=')?;
    let name = name.trim();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let offset = line.len() - value.len() + (value.len() - value.trim_start().len());
    Some((name, value.trim(), offset))
}

/// `//syntax=…` on the first line, or a JSON object that opens the file.
fn foreign_syntax(source: SourceId, text: &str, body: &str) -> Option<Spanned<String>> {
    let base = text.len() - body.len();
    let line = body.lines().next().unwrap_or("");
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
