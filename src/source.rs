//! Source: the text of one file, and the places in it.
//!
//! A file is read once, owned by [`Sources`] for as long as its project is judged, and never copied as a whole.
//! Every parsed value carries a [`Span`] into it; a [`Text`] carries spans through joined lines.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Which source of a [`Sources`] a span belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A half-open range of bytes in one source. `start <= end`, both on UTF-8 character boundaries of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source the bytes are in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `range` of `source`.
    pub fn new(source: SourceId, range: Range<usize>) -> Span {
        Span { source, start: range.start as u32, end: range.end as u32 }
    }

    /// The smallest span that covers both; both must be of one source.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.source, other.source);
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at this span's start.
    pub fn before(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// The bytes as a range for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// A value and the bytes it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// One file (or standard input, or an inline Dockerfile's host file): its name and text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the root of the scan, `/`-separated; what reports show.
    pub name: Arc<str>,
    /// Where it was read from, if it is a file.
    pub path: Option<PathBuf>,
    /// The whole text, a byte order mark included.
    pub text: Arc<str>,
    /// For a text that stands inside another source (`dockerfile_inline`): where each of its bytes is there.
    pub host: Option<Arc<Text>>,
    /// For what lies in an image: where there.
    pub entry: Option<Arc<Entry>>,
}

impl Source {
    /// A text under a name, which is no file.
    pub fn of_text(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Source {
        Source { name: name.into(), path: None, text: text.into(), host: None, entry: None }
    }

    /// The text of a file.
    pub fn of_file(name: impl Into<Arc<str>>, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Source {
        Source { path: Some(path.into()), ..Source::of_text(name, text) }
    }

    /// A text that stands inside another source.
    pub fn of_host(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>, host: Arc<Text>) -> Source {
        Source { host: Some(host), ..Source::of_text(name, text) }
    }
}

/// A place inside an image: its configuration, or an entry of one of its layers. The name of such a source is a made-up
/// path, the same for every version of the image: `image/REPOSITORY/config.json`, `image/REPOSITORY/rootfs/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Entry {
    /// The image as reports call it: `oci:build/app:1.0`.
    pub image: Arc<str>,
    /// The layer, counted from 1 at the base; the configuration is in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The path in the image: `/etc/passwd`; the configuration has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Arc<str>>,
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.image)?;
        self.layer.map_or(Ok(()), |layer| write!(f, ", layer {layer}"))?;
        self.path.as_ref().map_or(Ok(()), |path| write!(f, ", {path}"))
    }
}

/// An entry of an image with the made-up path that reports show for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InImage {
    /// `image/REPOSITORY/rootfs/etc/passwd`.
    pub name: Arc<str>,
    /// Where it is.
    pub entry: Arc<Entry>,
}

/// All sources of one project.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// No sources yet.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Takes a source in and says under which id.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.files.push(source);
        SourceId(self.files.len() as u32 - 1)
    }

    /// Takes a text in under a name; for tests, standard input and built-in files.
    pub fn add_text(&mut self, name: &str, text: &str) -> SourceId {
        self.add(Source::of_text(name, text))
    }

    /// The source with this id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// The span in the file that holds it: for an inline text the bytes of its host.
    pub fn in_file(&self, span: Span) -> Span {
        match &self.get(span.source).host {
            Some(host) => {
                let end = (span.end as usize).min(host.value.len());
                host.span((span.start as usize).min(end)..end)
            }
            None => span,
        }
    }

    /// The text under a span, exactly.
    pub fn slice(&self, span: Span) -> &str {
        &self.get(span.source).text[span.range()]
    }

    /// All sources with their ids, in the order they were taken in.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files.iter().enumerate().map(|(i, source)| (SourceId(i as u32), source))
    }

    /// An id whose name is `name`, if that file was taken in.
    pub fn find(&self, name: &str) -> Option<SourceId> {
        self.iter().find(|(_, source)| &*source.name == name).map(|(id, _)| id)
    }
}

/// Text joined from pieces of one source (a logical line without its continuations, a folded scalar), which knows
/// for each of its bytes where in the source it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The joined text.
    pub value: String,
    source: SourceId,
    /// `(offset in value, offset in source)`: from that offset on, value and source advance together. Never empty;
    /// starts with offset 0.
    segments: Vec<(u32, u32)>,
    /// One past the last source byte of the text.
    end: u32,
    /// The place of every byte, for a text whose bytes do not stand in the source.
    anchor: Option<Span>,
}

impl Text {
    /// An empty text that will start at `start` in `source`.
    pub fn new(source: SourceId, start: usize) -> Text {
        Text { value: String::new(), source, segments: vec![(0, start as u32)], end: start as u32, anchor: None }
    }

    /// A text that was made from what stands at `span`: every part of it is at that place.
    pub fn anchored(value: String, span: Span) -> Text {
        Text { value, anchor: Some(span), ..Text::new(span.source, span.start as usize) }
    }

    /// A text that stands in its source as one piece.
    pub fn whole(value: &str, span: Span) -> Text {
        let mut text = Text::new(span.source, span.start as usize);
        text.push(value, span.start as usize);
        text.end = span.end;
        text
    }

    /// Appends `piece`, which stands at `at` in the source.
    pub fn push(&mut self, piece: &str, at: usize) {
        if piece.is_empty() {
            return;
        }
        let offset = self.value.len() as u32;
        match self.segments.last_mut() {
            Some(last) if last.0 == offset => last.1 = at as u32,
            Some(last) if at as u32 >= last.1 && at as u32 - last.1 == offset - last.0 => {}
            _ => self.segments.push((offset, at as u32)),
        }
        self.value.push_str(piece);
        self.end = (at + piece.len()) as u32;
    }

    /// Appends another text of the same source.
    pub fn append(&mut self, other: &Text) {
        for (i, &(offset, at)) in other.segments.iter().enumerate() {
            let until = other.segments.get(i + 1).map_or(other.value.len(), |next| next.0 as usize);
            self.push(&other.value[offset as usize..until], at as usize);
        }
    }

    /// The source bytes from the first to the last byte of `range`, through whatever was left out between them.
    pub fn span(&self, range: Range<usize>) -> Span {
        if let Some(anchor) = self.anchor {
            return anchor;
        }
        let start = self.source_offset(range.start);
        let end = if range.end <= range.start { start } else { self.source_offset(range.end - 1) + 1 };
        Span { source: self.source, start, end: end.max(start) }
    }

    /// The span of the whole text.
    pub fn full_span(&self) -> Span {
        if let Some(anchor) = self.anchor {
            return anchor;
        }
        if self.value.is_empty() {
            return Span { source: self.source, start: self.segments[0].1, end: self.segments[0].1 };
        }
        self.span(0..self.value.len())
    }

    /// A part of this text, with its places.
    pub fn slice(&self, range: Range<usize>) -> Text {
        if let Some(anchor) = self.anchor {
            return Text::anchored(self.value[range].to_string(), anchor);
        }
        let mut part = Text::new(self.source, self.source_offset(range.start) as usize);
        let first = self.segments.partition_point(|s| s.0 as usize <= range.start).saturating_sub(1);
        for (i, &(offset, at)) in self.segments.iter().enumerate().skip(first) {
            let from = (offset as usize).max(range.start);
            let until = self.segments.get(i + 1).map_or(self.value.len(), |next| next.0 as usize).min(range.end);
            if from >= range.end {
                break;
            }
            part.push(&self.value[from..until], at as usize + (from - offset as usize));
        }
        part
    }

    /// The source that the text stands in.
    pub fn source(&self) -> SourceId {
        self.source
    }

    fn source_offset(&self, offset: usize) -> u32 {
        let i = self.segments.partition_point(|s| s.0 as usize <= offset).saturating_sub(1);
        let (from, at) = self.segments[i];
        at + (offset as u32 - from)
    }
}

/// Where lines start in a text. Lines end at `\n`; a `\r` before it belongs to the line. A byte order mark stands before
/// the first line, as editors see it.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A 1-based line, and 1-based columns in the two units that consumers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1 (editors, SARIF).
    pub column: u32,
}

impl LineIndex {
    /// Reads where lines start.
    pub fn new(text: &str) -> LineIndex {
        let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut starts = vec![mark];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i as u32 + 1));
        LineIndex { starts }
    }

    /// The 1-based line of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset).max(1) as u32
    }

    /// The line and column of a byte offset.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let offset = (offset as usize).max(start);
        let column = text[start..offset].encode_utf16().count() as u32 + 1;
        Position { line, column }
    }

    /// The byte range of a 1-based line without its line end.
    pub fn line_range(&self, text: &str, line: u32) -> Range<usize> {
        let start = self.starts[line as usize - 1] as usize;
        let end = self.starts.get(line as usize).map_or(text.len(), |&next| next as usize - 1);
        let end = if text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    /// How many lines there are (a final line end starts one more, empty line).
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_knows_its_places_through_a_continuation() {
        let source = "RUN ec\\\nho x";
        let mut text = Text::new(SourceId(0), 4);
        text.push("ec", 4);
        text.push("ho x", 8);
        assert_eq!(text.value, "echo x");
        assert_eq!(&source[text.span(0..4).range()], "ec\\\nho");
        assert_eq!(&source[text.span(5..6).range()], "x");
        assert_eq!(&source[text.slice(1..4).full_span().range()], "c\\\nho");
        assert_eq!(text.slice(1..4).value, "cho");
    }

    #[test]
    fn columns_count_utf16_units_and_lines_survive_crlf() {
        let text = "a\r\n🐋x\n";
        let lines = LineIndex::new(text);
        assert_eq!(lines.position(text, 7), Position { line: 2, column: 3 });
        assert_eq!(&text[lines.line_range(text, 1)], "a");
        assert_eq!(lines.count(), 3);
    }

    #[test]
    fn a_byte_order_mark_stands_before_the_first_column() {
        let text = "\u{feff}FROM a\nCMD b";
        let lines = LineIndex::new(text);
        for (offset, line, column) in [(0, 1, 1), (3, 1, 1), (8, 1, 6), (10, 2, 1)] {
            assert_eq!(lines.position(text, offset), Position { line, column }, "{offset}");
        }
        assert_eq!((&text[lines.line_range(text, 1)], &text[lines.line_range(text, 2)]), ("FROM a", "CMD b"));
        assert_eq!(LineIndex::new("").position("", 0), Position { line: 1, column: 1 });
    }
}
