//! Functions: what a function of a shell text holds.

use crate::container::argv::file_name;
use crate::shell;

/// The body of the function `name`; `None` if the text has no such function, and a reason if its end is not sure.
pub(super) fn body<'t>(text: &'t str, name: &str) -> Option<Result<&'t str, String>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
    if name.is_empty() || !name.chars().all(is_name) || file_name(name) != name {
        return None;
    }
    let open = opening(text, name, is_name)?;
    let rest = &text[open..];
    // By convention the body ends with a brace at the start of a line, or on the same line.
    let line = rest.lines().next().unwrap_or(rest);
    let inner = match line.trim_end().strip_suffix('}') {
        Some(one_line) => Some(one_line),
        None => rest.find("\n}").map(|end| &rest[..end]),
    };
    let whole = inner.filter(|inner| !shell::scan(inner).partial);
    Some(whole.ok_or_else(|| format!("what the function `{name}` runs is not known")))
}

/// Where the body of the last definition of `name` starts, behind its brace.
fn opening(text: &str, name: &str, is_name: impl Fn(char) -> bool) -> Option<usize> {
    text.rmatch_indices(name).find_map(|(at, _)| {
        let before = &text[..at];
        let named = before.trim_end_matches([' ', '\t']).strip_suffix("function").is_some();
        if before.ends_with(&is_name) {
            return None;
        }
        let after = text[at + name.len()..].trim_start_matches([' ', '\t']);
        let after = match after.strip_prefix('(') {
            Some(inner) => inner.trim_start().strip_prefix(')')?,
            None if named => after,
            None => return None,
        };
        let inner = after.trim_start().strip_prefix('{')?;
        Some(text.len() - inner.len())
    })
}
