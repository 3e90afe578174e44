//! Fixes: the edits of findings, in the files that they change.
//!
//! An edit is made in a file or not at all: one in a text that stands inside a file (`dockerfile_inline`) is carried
//! over only where every byte of it is known there, and what has no file is left to a human, in words.

use super::redact::{redact, secrets};
use super::{FileText, Location, ReportedEdit, ReportedFix};
use crate::finding::{Edit, Fix, Safety};
use crate::source::{Source, Sources, Span, Spanned, Text};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Bytes on either side of an edit that are looked at for the name of a secret.
const CONTEXT: usize = 1024;

/// The fix with the places of its edits.
pub fn located(fix: &Fix, sources: &Sources, locate: &dyn Fn(Span) -> Location) -> ReportedFix {
    let title = redact(&fix.title).into_owned();
    let placed: Option<Vec<(Edit, &Source)>> = fix.edits.iter().map(|edit| in_file(edit, sources)).collect();
    let as_expected = |wanted: &Spanned<String>| {
        let text = &sources.get(wanted.span.source).text;
        text.get(wanted.span.range()) == Some(wanted.value.as_str())
    };
    let right = fix.expected.iter().all(as_expected);
    let mut placed = placed.filter(|placed| right && apart(placed)).unwrap_or_default();
    if placed.is_empty() {
        return ReportedFix { title, safety: Safety::Unsafe, edits: Vec::new(), secret: false };
    }
    placed.sort_by_key(|(edit, _)| edit.place);
    let secret = placed.iter().any(|(edit, source)| holds_secret(edit, &source.text));
    let reported = placed.into_iter().filter_map(|(edit, source)| {
        let file = FileText { path: source.path.clone()?, text: source.text.clone() };
        Some(ReportedEdit { location: locate(edit.place), text: edit.text, file })
    });
    ReportedFix { title, safety: fix.safety, edits: reported.collect(), secret }
}

/// The edit in a file, in that file's manner; `None` if it cannot be made there exactly.
fn in_file<'s>(edit: &Edit, sources: &'s Sources) -> Option<(Edit, &'s Source)> {
    let source = sources.get(edit.place.source);
    let inside = source.text.get(edit.place.range()).is_some();
    let edit = match &source.host {
        Some(host) if inside => carried_over(edit, source, host, sources.get(host.source()))?,
        _ => edit.clone(),
    };
    let source = sources.get(edit.place.source);
    source.path.as_ref()?;
    source.text.get(edit.place.range())?;
    Some((in_manner_of(edit, &source.text), source))
}

/// Line ends as the file has them; nothing before its byte order mark.
fn in_manner_of(edit: Edit, text: &str) -> Edit {
    let unix = edit.text.replace("\r\n", "\n");
    let windows = text.find('\n').is_some_and(|end| text[..end].ends_with('\r'));
    let start = match edit.place.start {
        0 if text.starts_with(BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len_utf8() as u32,
        start => start,
    };
    let place = Span { start, end: edit.place.end.max(start), ..edit.place };
    Edit { place, text: if windows { unix.replace('\n', "\r\n") } else { unix } }
}

/// An edit of an inline text, in its host: only if the bytes stand there as they are, and lines as lines.
fn carried_over(edit: &Edit, inner: &Source, host: &Text, outer: &Source) -> Option<Edit> {
    let range = edit.place.range();
    if inner.text.len() > host.value.len() {
        return None;
    }
    let block = literal_block(&inner.text, host, outer);
    let multi_line = edit.text.contains('\n') || inner.text[range.clone()].contains('\n');
    if multi_line {
        let indentation = block?;
        let place = Span::new(host.source(), line_place(host, range.start)?..line_place(host, range.end)?);
        let text = edit.text.replace("\r\n", "\n");
        return Some(Edit { place, text: text.replace('\n', &format!("\n{indentation}")) });
    }
    let place = host.span(range.clone());
    let exact = outer.text.get(place.range())? == &inner.text[range.clone()];
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:= ".contains(c);
    let plain = block.is_some() || edit.text.chars().all(harmless) && !edit.text.contains(": ");
    let known = !range.is_empty() || block.is_some();
    (exact && plain && known).then(|| Edit { place, text: edit.text.clone() })
}

/// Where an offset of an inline text is in its host.
fn line_place(host: &Text, offset: usize) -> Option<usize> {
    if offset < host.value.len() {
        return Some(host.span(offset..offset + 1).start as usize);
    }
    None
}

/// The indentation of the lines of an inline text, if its lines are lines of the host, one by one: a literal block
/// scalar. Only there can lines be put in.
fn literal_block<'t>(inner: &str, host: &Text, outer: &'t Source) -> Option<&'t str> {
    let start = host.full_span().start as usize;
    let line = outer.text.get(..start)?.rfind('\n')? + 1;
    let indentation = &outer.text[line..start];
    if indentation.is_empty() || !indentation.bytes().all(|byte| byte == b' ') || inner.lines().count() < 2 {
        return None;
    }
    let mut lines = outer.text[line..].lines();
    let same = inner.lines().all(|own| {
        lines.next().is_some_and(|there| match there.strip_prefix(indentation) {
            Some(there) => there == own,
            None => own.is_empty() && there.trim().is_empty(),
        })
    });
    same.then_some(indentation)
}

/// Whether no edit touches another one's bytes.
fn apart(placed: &[(Edit, &Source)]) -> bool {
    placed.iter().enumerate().all(|(at, (edit, _))| {
        placed[at + 1..].iter().all(|(other, _)| {
            let (a, b) = (edit.place, other.place);
            a.source != b.source || a.end <= b.start && a != b || b.end <= a.start && a != b
        })
    })
}

/// Whether the lines that an edit makes hold a secret where it puts text in.
fn holds_secret(edit: &Edit, file: &str) -> bool {
    let range = edit.place.range();
    let before = &file[file.floor_char_boundary(range.start.saturating_sub(CONTEXT))..range.start];
    let before = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let behind = &file[range.end..file.floor_char_boundary(range.end.saturating_add(CONTEXT)).max(range.end)];
    let behind = behind.split('\n').next().unwrap_or("");
    let line = format!("{before}{}{behind}", edit.text);
    let put_in = before.len()..before.len() + edit.text.len();
    secrets(&line).iter().any(|secret| secret.start < put_in.end && put_in.start < secret.end)
}

/// One way out of what several containers or policies found in one place: the same edits, or words.
pub fn joined(known: Option<ReportedFix>, other: Option<ReportedFix>) -> Option<ReportedFix> {
    let same = match (&known, &other) {
        (Some(known), Some(other)) => known.edits == other.edits,
        _ => false,
    };
    let safety = known.iter().chain(&other).map(|fix| fix.safety).max().filter(|_| same);
    let mut fix = known.or(other)?;
    if !same {
        fix.edits.clear();
    }
    fix.safety = safety.unwrap_or(Safety::Unsafe);
    Some(fix)
}

#[cfg(test)]
mod tests;
