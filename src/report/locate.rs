//! Locating: spans to lines, columns and text, while the sources are still there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub use super::fixes::joined as joined_fix;
use super::line_hash::LineHashes;
use super::redact::{redact, secrets_of_configuration, starred};
use super::{LocatedNote, Location, ReportedFix, ReportedProblem, fixes};
use crate::finding::{Fix, Note};
use crate::problem::{Problem, ProblemPlace};
use crate::source::{InImage, LineIndex, Position, Source, SourceId, Sources, Span};

/// The longest text of a region that is kept, in bytes.
const MAX_SNIPPET: usize = 4096;

/// Turns spans of one project into locations.
pub struct Locator<'a> {
    sources: &'a Sources,
    with_hashes: bool,
    files: RefCell<HashMap<SourceId, Lines<'a>>>,
}

/// What is worked out once per file.
struct Lines<'a> {
    index: LineIndex,
    /// As far as they were asked for.
    hashes: Option<LineHashes<'a>>,
    /// Where the secrets of the configuration of an image are.
    secrets: Option<Vec<Range<usize>>>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        Lines { index: LineIndex::new(text), hashes: None, secrets: None }
    }

    /// The excerpt at a place, without secrets. What an image's configuration hides is known from the whole of it, as an
    /// excerpt may begin behind the name of a secret.
    fn excerpt(&mut self, source: &Source, start: usize, end: usize) -> String {
        let shown = snippet(&source.text, &self.index, start, end);
        let text = &source.text[shown.clone()];
        if source.entry.as_ref().is_none_or(|entry| entry.path.is_some()) {
            return redact(text).into_owned();
        }
        let secrets = self.secrets.get_or_insert_with(|| secrets_of_configuration(&source.text)).iter();
        let inside = secrets.filter(|secret| secret.start < shown.end && shown.start < secret.end);
        let inside = inside.map(|secret| secret.start.saturating_sub(shown.start)..secret.end - shown.start);
        starred(text, &inside.collect::<Vec<_>>()).into_owned()
    }
}

impl<'a> Locator<'a> {
    /// Locates in these sources; findings get line hashes only if a format asks for them.
    pub fn new(sources: &'a Sources, with_hashes: bool) -> Locator<'a> {
        Locator { sources, with_hashes, files: RefCell::new(HashMap::new()) }
    }

    /// The place in the file that holds the span; an inline Dockerfile's places are in its Compose file.
    pub fn locate(&self, span: Span) -> Location {
        self.place(span, false)
    }

    /// The place of a finding: with its line's hash, by which alerts are told apart.
    pub fn locate_finding(&self, span: Span) -> Location {
        self.place(span, self.with_hashes)
    }

    /// The file that holds the span, and its bytes there.
    pub fn bytes(&self, span: Span) -> (Arc<str>, Range<u32>) {
        let (source, span) = self.in_file(span);
        (source.name.clone(), span.start..span.end)
    }

    /// The file that holds the span, and its first character there.
    pub fn start(&self, span: Span) -> (Arc<str>, Position) {
        let (source, span) = self.in_file(span);
        let text = &*source.text;
        let mut files = self.files.borrow_mut();
        let lines = files.entry(span.source).or_insert_with(|| Lines::new(text));
        (source.name.clone(), lines.index.position(text, span.start))
    }

    /// The file that holds the span, and the span in it, from and to whole characters.
    fn in_file(&self, span: Span) -> (&'a Source, Span) {
        let span = self.sources.in_file(span);
        let source = self.sources.get(span.source);
        let start = floor(&source.text, span.start as usize);
        let end = floor(&source.text, span.end as usize).max(start);
        (source, Span::new(span.source, start..end))
    }

    fn place(&self, span: Span, with_hash: bool) -> Location {
        let (source, span) = self.in_file(span);
        let text = &*source.text;
        let mut files = self.files.borrow_mut();
        let lines = files.entry(span.source).or_insert_with(|| Lines::new(text));
        let Range { start, end } = span.range();
        let first = lines.index.position(text, start as u32);
        let hashes = with_hash.then(|| lines.hashes.get_or_insert_with(|| LineHashes::new(text)));
        let line_hash = hashes.and_then(|hashes| hashes.get(first.line));
        Location {
            path: source.name.clone(),
            start: first,
            end: lines.index.position(text, end as u32),
            offset: start as u32,
            length: (end - start) as u32,
            snippet: lines.excerpt(source, start, end),
            line_hash,
            entry: source.entry.clone(),
        }
    }

    /// The place of an entry of an image, which has no text.
    pub fn locate_entry(&self, entry: &InImage) -> Location {
        let start = Position { line: 1, column: 1 };
        Location {
            path: entry.name.clone(),
            start,
            end: start,
            offset: 0,
            length: 0,
            snippet: String::new(),
            line_hash: None,
            entry: Some(entry.entry.clone()),
        }
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &'a str {
        self.sources.slice(span)
    }

    /// A note with its place.
    pub fn note(&self, note: &Note) -> LocatedNote {
        LocatedNote { message: note.message.clone(), location: note.place.map(|place| self.locate(place)) }
    }

    /// A fix with the places of its edits; in words alone where they cannot be made in the files exactly.
    pub fn fix(&self, fix: &Fix) -> ReportedFix {
        fixes::located(fix, self.sources, &|span| self.locate(span))
    }

    /// A problem with its place.
    pub fn problem(&self, problem: &Problem) -> ReportedProblem {
        let (path, location) = match &problem.place {
            ProblemPlace::Path(path) => (path.clone(), None),
            ProblemPlace::Span(span) => {
                let location = self.locate(*span);
                (location.path.to_string(), Some(location))
            }
        };
        let (what, help) = (problem.what.clone(), problem.help.clone());
        ReportedProblem { gravity: problem.gravity, path, location, what, help }
    }
}

/// Where the lines from `start` to `end` are, or the text between them where the lines are too long.
fn snippet(text: &str, lines: &LineIndex, start: usize, end: usize) -> Range<usize> {
    let first = lines.line_range(text, lines.line(start as u32));
    let last = lines.line_range(text, lines.line(end as u32));
    let last = if last.start == end && end > start { end } else { last.end.max(end) };
    if last - first.start <= MAX_SNIPPET {
        return first.start..last;
    }
    start..floor(text, end.min(start + MAX_SNIPPET))
}

/// The nearest character boundary at or before `offset`, inside the text.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
