//! The text of a scalar with the place of each of its bytes.
//!
//! A scalar is rebuilt line by line from what stands in the file; only if that gives exactly the scalar's text are the
//! places believed. Otherwise (an escape that has no simple form, a variable that was replaced) every character is
//! placed at the first byte of the scalar.

use crate::source::{Span, Text};

use super::{Node, Style, Written};

/// The text of a scalar, with places; `source_text` is the text of the source its span is in. Empty at the node's
/// place for a node that is no scalar.
pub fn text_of(node: &Node, source_text: &str) -> Text {
    if let (Some(written), Some(scalar)) = (node.trail.as_ref().and_then(|t| t.written.as_ref()), node.scalar()) {
        return expanded(&scalar.text, written, source_text);
    }
    let Some(scalar) = node.scalar() else {
        return Text::new(node.span.source, node.span.start as usize);
    };
    let raw = source_text.get(node.span.range()).unwrap_or("");
    let start = node.span.start as usize;
    let mut text = Text::new(node.span.source, start);
    match scalar.style {
        Style::Plain => folded_lines(&mut text, raw, start),
        Style::SingleQuoted => quoted(&mut text, raw, start, '\''),
        Style::DoubleQuoted => quoted(&mut text, raw, start, '"'),
        Style::Literal | Style::Folded => block(&mut text, node.span, source_text, &scalar.text),
    }
    if text.value == *scalar.text {
        return text;
    }
    // Nothing tells where its bytes come from: all of it is at the whole value.
    Text::anchored(scalar.text.to_string(), node.span)
}

/// Text with variables expanded: what was kept stands where it stood, a variable's value at its `$`.
fn expanded(value: &str, written: &Written, source_text: &str) -> Text {
    let before = text_of(&written.node, source_text);
    let mut text = Text::new(before.full_span().source, before.full_span().start as usize);
    let (mut at, mut done) = (before.full_span().start as usize, 0);
    for &(start, end, offset) in &written.kept {
        let (start, end, offset) = (start as usize, end as usize, offset as usize);
        pin(&mut text, value.get(done..offset).unwrap_or(""), at, source_text);
        for (i, c) in before.value.get(start..end).unwrap_or("").char_indices() {
            let place = before.span(start + i..start + i + c.len_utf8()).start as usize;
            text.push(&before.value[start + i..start + i + c.len_utf8()], place);
        }
        done = offset + (end - start);
        at = if end < before.value.len() { before.span(end..end + 1).start as usize } else { at };
    }
    pin(&mut text, value.get(done..).unwrap_or(""), at, source_text);
    text
}

fn pin(text: &mut Text, value: &str, at: usize, source_text: &str) {
    let mut buffer = [0; 4];
    for c in value.chars() {
        text.push(c.encode_utf8(&mut buffer), anchor(source_text, at, c.len_utf8()));
    }
}

/// The last place at or before `at` from which `length` bytes end on a character boundary inside the source.
fn anchor(source_text: &str, at: usize, length: usize) -> usize {
    let fits = |i: usize| source_text.is_char_boundary(i) && source_text.is_char_boundary(i + length);
    (at.saturating_sub(8)..=at).rev().find(|&i| fits(i)).unwrap_or(at)
}

/// Lines of a plain or quoted scalar: blanks around line ends go, one line end is a space, more are one fewer.
fn folded_lines(text: &mut Text, raw: &str, start: usize) {
    fold(text, raw, start, |text, line, at| text.push(line, at));
}

fn fold(text: &mut Text, raw: &str, start: usize, mut push: impl FnMut(&mut Text, &str, usize)) {
    let mut offset = 0;
    let mut breaks = 0;
    let mut break_at = 0;
    let many = raw.contains('\n');
    let last = raw.len();
    for line in raw.split_inclusive('\n') {
        let first = offset == 0;
        let end = offset + line.len();
        let content = match (many, first, end == last) {
            (false, ..) => line,
            (_, true, _) => line.trim_end(),
            (_, _, true) => line.trim_start_matches([' ', '\t']),
            _ => line.trim(),
        };
        if !content.is_empty() || first || end == last {
            match breaks {
                0 => {}
                1 => text.push(" ", break_at),
                _ => (1..breaks).for_each(|_| text.push("\n", break_at)),
            }
            breaks = 0;
            let skipped = if first { 0 } else { line.len() - line.trim_start_matches([' ', '\t']).len() };
            push(text, content, start + offset + skipped);
        }
        if line.ends_with('\n') {
            if breaks == 0 {
                break_at = start + end - 1;
            }
            breaks += 1;
        }
        offset = end;
    }
}

fn quoted(text: &mut Text, raw: &str, start: usize, quote: char) {
    let Some(inner) = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else {
        return;
    };
    fold(text, inner, start + 1, |text, line, at| {
        if quote == '\'' {
            single_quoted(text, line, at);
        } else {
            double_quoted(text, line, at);
        }
    });
}

fn single_quoted(text: &mut Text, line: &str, at: usize) {
    let mut from = 0;
    while let Some(pair) = line[from..].find("''") {
        text.push(&line[from..from + pair + 1], at + from);
        from += pair + 2;
    }
    text.push(&line[from..], at + from);
}

fn double_quoted(text: &mut Text, line: &str, at: usize) {
    let mut from = 0;
    while let Some(found) = line[from..].find('\\') {
        text.push(&line[from..from + found], at + from);
        let escape = from + found;
        let made = match line.as_bytes().get(escape + 1) {
            Some(b'"') => "\"",
            Some(b'\\') => "\\",
            Some(b'/') => "/",
            Some(b'n') => "\n",
            Some(b't') => "\t",
            Some(b'r') => "\r",
            Some(b'e') => "\u{1b}",
            Some(b'0') => "\0",
            _ => return,
        };
        text.push(made, at + escape);
        from = escape + 2;
    }
    text.push(&line[from..], at + from);
}

/// A block scalar: the span starts at its first line's content, and the column there is the indentation.
fn block(text: &mut Text, span: Span, source_text: &str, value: &str) {
    let start = span.start as usize;
    let Some(tail) = source_text.get(start..) else {
        return;
    };
    let line_start = source_text[..start].rfind('\n').map_or(0, |i| i + 1);
    let indent = start - line_start;
    let mut wanted = value;
    // blank lines before the first content line belong to the text; they stand before the span
    let lead = value.len() - value.trim_start_matches('\n').len();
    (0..lead).for_each(|_| text.push("\n", start));
    wanted = &wanted[lead..];
    let mut at = start;
    for (i, line) in tail.split_inclusive('\n').enumerate() {
        if wanted.is_empty() {
            break;
        }
        let blanks = if i == 0 { 0 } else { line.bytes().take(indent).take_while(|&b| b == b' ').count() };
        let content = line[blanks..].trim_end_matches(['\r', '\n']);
        let content = if content.len() > wanted.len() { &content[..floor(content, wanted.len())] } else { content };
        text.push(content, at + blanks);
        let line_end = at + blanks + content.len();
        wanted = wanted.get(content.len()..).unwrap_or("");
        // `|` keeps the line end; `>` makes it a space or drops it between blank lines
        if let Some(joint) = wanted.chars().next().filter(|c| matches!(c, '\n' | ' ')) {
            let next = at + line.len();
            let keeps = joint == '\n' && !folds_away(line, &source_text[next..], wanted, indent);
            if joint == ' ' || keeps {
                text.push(if joint == ' ' { " " } else { "\n" }, line_end);
                wanted = &wanted[1..];
            }
        }
        at += line.len();
    }
}

/// Whether the line end after `line` vanishes in a folded scalar: the next line is blank, and the text has fewer line
/// ends left than the file has lines.
fn folds_away(line: &str, rest: &str, wanted: &str, indent: usize) -> bool {
    if line.trim().is_empty() {
        return false;
    }
    let blank = rest.split_inclusive('\n').take_while(|l| l.trim().is_empty() && l.len() <= indent + 2).count();
    let left = wanted.len() - wanted.trim_start_matches('\n').len();
    blank > 0 && left == blank && wanted.len() > left
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}
