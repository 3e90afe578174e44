//! Heredocs: `<<EOF` on RUN, COPY and ADD lines, and the bodies behind them.

use crate::source::{Span, Text};

/// One heredoc of an instruction.
#[derive(Debug, Clone)]
pub struct Heredoc {
    /// The delimiter, quotes removed; also the file's name in COPY and ADD.
    pub name: String,
    /// Whether variables in the body are expanded by the builder (COPY, ADD) or shell (RUN): no quote in the delimiter.
    pub expand: bool,
    /// `<<-`: leading tabs are removed from the body.
    pub strip_tabs: bool,
    /// The whole word that opens it, as it stands in the logical line.
    pub word: std::ops::Range<usize>,
    /// The body, without the line of the delimiter.
    pub body: Text,
    /// From the body's first byte to the end of the delimiter's line.
    pub span: Span,
}

/// An opener found on the instruction's line, before its body was read.
#[derive(Debug)]
pub struct Opener {
    /// The delimiter.
    pub name: String,
    /// No quotes in the delimiter.
    pub expand: bool,
    /// `<<-`
    pub strip_tabs: bool,
    /// Where the word stands in the logical line.
    pub word: std::ops::Range<usize>,
}

/// The heredocs that the logical line opens, in order. `args` starts at `offset` in it. An unbalanced quote means none,
/// as in BuildKit.
pub fn openers(args: &str, offset: usize) -> Vec<Opener> {
    if !args.contains("<<") {
        return Vec::new();
    }
    let Some(words) = split(args) else { return Vec::new() };
    let mut found = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(range) = words.next() {
        let word = &args[range.clone()];
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let Some(rest) = rest.strip_prefix("<<") else { continue };
        let strip_tabs = rest.starts_with('-');
        let delimiter = rest.strip_prefix('-').unwrap_or(rest);
        // `<< EOF`: a blank between operator and delimiter is taken, but not after `<<-`.
        let (delimiter, end) = match (delimiter.is_empty(), strip_tabs, words.peek()) {
            (false, ..) => (delimiter, range.end),
            (true, false, Some(next)) => {
                let next = next.clone();
                words.next();
                (&args[next.clone()], next.end)
            }
            _ => continue,
        };
        if delimiter.starts_with('<') || delimiter.contains('<') {
            continue;
        }
        let name: String = delimiter.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
        if name.is_empty() {
            continue;
        }
        let expand = name.len() == delimiter.len();
        found.push(Opener { name, expand, strip_tabs, word: offset + range.start..offset + end });
    }
    found
}

/// Words as the shell lexer sees them: quotes kept, backslash escapes; `None` if a quote is not closed.
fn split(text: &str) -> Option<Vec<std::ops::Range<usize>>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (Some(b'"') | None, b'\\') => {
                start.get_or_insert(at);
                at += 1;
            }
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => {
                start.get_or_insert(at);
                quote = Some(byte);
            }
            (None, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c) => {
                if let Some(from) = start.take() {
                    words.push(from..at);
                }
            }
            (None, _) => {
                start.get_or_insert(at);
            }
        }
        at += 1;
    }
    if quote.is_some() {
        return None;
    }
    if let Some(from) = start {
        words.push(from..bytes.len());
    }
    Some(words)
}

/// What runs a heredoc that is a RUN's whole command: the shell, or the interpreter its first line names.
pub fn interpreter(body: &str) -> Option<&str> {
    let line = body.lines().next()?.strip_prefix("#!")?.trim();
    let program = line.split_whitespace().next()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    if name == "env" { line.split_whitespace().nth(1) } else { Some(name) }
}

/// Whether a program of this name reads shell text.
pub fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}
