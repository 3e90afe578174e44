//! Texts of images: amounts, instructions, and settings without their secrets.

use serde::Serialize;

use crate::image::settings::{Kind, Setting};
use crate::report::redact::redact;
use crate::report::show;
use crate::terminal::{Lines, Style, brief, clean, fit, fit_end, width};

/// Bytes of an instruction that are shown.
const INSTRUCTION: usize = 2000;

/// Who wrote a document.
#[derive(Serialize)]
pub(super) struct Tool {
    pub name: &'static str,
    pub version: &'static str,
}

/// This program.
pub(super) const TOOL: Tool = Tool { name: "plimsoll", version: env!("CARGO_PKG_VERSION") };

/// An amount of bytes in three digits and decimal units, as Docker shows it.
pub(super) fn bytes(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut number = bytes as f64;
    let mut unit = "";
    for next in units {
        if number < 999.5 {
            break;
        }
        (number, unit) = (number / 1000.0, next);
    }
    let digits = if number < 9.995 { 2 } else { usize::from(number < 99.95) };
    format!("{number:.digits$} {unit}")
}

/// What became of an amount: `-1.20 MB`.
pub(super) fn change(before: u64, after: u64) -> String {
    let sign = match before.cmp(&after) {
        std::cmp::Ordering::Less => "+",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "-",
    };
    format!("{sign}{}", bytes(before.abs_diff(after)))
}

/// The same in percent of what it was, cut after the first decimal: what is not quite 60 % does not look like it.
pub(super) fn percent(before: u64, after: u64) -> Option<f64> {
    let share = (after as f64 - before as f64) / before as f64 * 100.0;
    (before > 0).then_some((share * 10.0).trunc() / 10.0)
}

/// An instruction of the history with secrets starred out.
pub(super) fn instruction(text: Option<&str>) -> Option<String> {
    // Starred out before it is cut: a cut may part a value from its name.
    text.map(|text| brief(&without_secrets(text), INSTRUCTION).into_owned())
}

/// What tokens of well-known services begin with.
const TOKENS: [&str; 16] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "sk_live_",
    "rk_live_",
    "sk-",
    "xoxb-",
    "xoxp-",
    "npm_",
    "pypi-",
    "dckr_pat_",
    "AKIA",
    "eyJ",
];
/// Letters that such a token has at least, with its beginning.
const SHORTEST_TOKEN: usize = 20;

/// A text with its secrets starred out: those behind telling names, and those that look like tokens themselves.
fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let redacted = redact(text);
    let mut rest = &*redacted;
    while !rest.is_empty() {
        let between = rest.find(is_letter).unwrap_or(rest.len());
        let word = rest[between..].find(|letter| !is_letter(letter)).unwrap_or(rest.len() - between);
        let (start, word) = (&rest[..between], &rest[between..between + word]);
        let is_token = word.len() >= SHORTEST_TOKEN && TOKENS.iter().any(|token| word.starts_with(token));
        out.push_str(start);
        out.push_str(&if is_token { "*".repeat(word.len()) } else { word.to_string() });
        rest = &rest[start.len() + word.len()..];
    }
    if out.contains("PRIVATE KEY-----") { "(hidden)".to_string() } else { out }
}

/// The text of a setting without secrets.
pub(super) fn setting(setting: &Setting, text: &str) -> String {
    let text = match setting.kind {
        Kind::Variable | Kind::Label => show::variable(&setting.name, Some(text)),
        _ => text.to_string(),
    };
    without_secrets(&text)
}

/// One cell of a table, with the blanks behind it.
pub(super) fn left(lines: &mut Lines, style: Style, text: &str, columns: usize) {
    let text = clean(text);
    let text = fit(&text, columns);
    lines.put(style, &text).space(columns.saturating_sub(width(&text)));
}

/// One cell of a table, with the blanks before it.
pub(super) fn right(lines: &mut Lines, style: Style, text: &str, columns: usize) {
    lines.space(columns.saturating_sub(width(text))).put(style, text);
}

/// A path in so many columns; its end stays.
pub(super) fn path(lines: &mut Lines, style: Style, text: &str, columns: usize) {
    let text = clean(text);
    lines.put(style, &fit_end(&text, columns));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_three_digits() {
        for (amount, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_994, "9.99 kB"),
            (99_960, "100 kB"),
            (999_600, "1.00 MB"),
            (1_234_567_890, "1.23 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(amount), expected, "{amount}");
        }
        assert_eq!((change(10, 4), change(4, 4), change(4, 10)), ("-6 B".into(), "0 B".into(), "+6 B".into()));
        assert_eq!((percent(200, 75), percent(10_000, 4_004), percent(0, 1)), (Some(-62.5), Some(-59.9), None));
    }

    #[test]
    fn secrets_are_hidden_and_the_rest_is_shown() {
        let shown = |kind, name: &str, text| setting(&Setting { kind, name: name.to_string() }, text);
        assert_eq!(shown(Kind::Variable, "DB_PASSWORD", "geheim"), "(hidden)");
        assert_eq!(shown(Kind::Variable, "NODE_VERSION", "20.18.1"), "20.18.1");
        assert_eq!(shown(Kind::Variable, "DATABASE_URL", "postgres://a:geheim@db/x"), "postgres://a:******@db/x");
        assert_eq!(shown(Kind::Command, "", r#"["srv","--password","geheim"]"#), r#"["srv","--password","******"]"#);
        assert_eq!(shown(Kind::Variable, "A", "x ghp_0123456789abcdefghij,y"), "x ************************,y");
        assert_eq!(shown(Kind::Variable, "A", "sk-short größe."), "sk-short größe.", "too short for a token");
        assert_eq!(shown(Kind::Variable, "PEM", "-----BEGIN PRIVATE KEY-----\nx"), "(hidden)");
        assert_eq!(shown(Kind::Label, "api.token", "geheim"), "(hidden)");
        assert_eq!(instruction(Some("RUN TOKEN=geheim npm ci")).as_deref(), Some("RUN TOKEN=****** npm ci"));
    }
}
