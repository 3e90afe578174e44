//! Excerpt: the first line of a place, cut around the bytes that matter.

use crate::report::Location;
use crate::terminal::Cleaner;

/// Columns of what stands before the place that are shown when not all can be.
const BEFORE: usize = 12;

/// One line of source in three clean parts, and where the carets go.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// What stands before the place, on its line.
    pub before: String,
    /// The place itself.
    pub region: String,
    /// What stands behind it.
    pub after: String,
    /// Columns up to the first caret.
    pub indent: usize,
    /// How many carets; at least one.
    pub carets: usize,
}

impl Excerpt {
    /// The line that a location starts on, in at most `room` columns; `None` if there is no text to show.
    ///
    /// The snippet is either the lines that the place stands in, which is what fits a reader best, or the text of the
    /// place alone; it is the former if it is longer than the place.
    pub fn of(location: &Location, room: usize) -> Option<Excerpt> {
        let snippet = location.snippet.as_str();
        let end = memchr::memchr(b'\n', snippet.as_bytes()).unwrap_or(snippet.len());
        let line = snippet[..end].strip_suffix('\r').unwrap_or(&snippet[..end]);
        if line.trim().is_empty() {
            return None;
        }
        let length = location.length as usize;
        let start = if snippet.len() > length { byte_of(line, location.start.column) } else { 0 };
        let end = line.floor_char_boundary(start.saturating_add(length)).max(start);
        // White space at the ends is the layout of a list or a continuation, not what is meant.
        let region = &line[start..end];
        let lead = if region.trim().is_empty() { 0 } else { region.len() - region.trim_start().len() };
        let start = start + lead;
        let end = start + line[start..end].trim_end().len();
        Some(cut(&line[..start], &line[start..end], &line[end..], room.max(2 * BEFORE)))
    }
}

/// The byte at a 1-based column in UTF-16 code units.
fn byte_of(line: &str, column: u32) -> usize {
    let mut units = column.saturating_sub(1) as usize;
    for (i, character) in line.char_indices() {
        if units < character.len_utf16() {
            return i;
        }
        units -= character.len_utf16();
    }
    line.len()
}

/// Shows as much as fits: of the place first, then of what stands before it, then of what stands behind it.
fn cut(before: &str, region: &str, after: &str, room: usize) -> Excerpt {
    let (left, middle, right) = (measure(before, room), measure(region, room), measure(after, room));
    let rest = room.saturating_sub(middle + right.min(room / 4));
    let (from, lead) = match left + middle + right <= room || left <= rest.max(BEFORE) {
        true => (0, ""),
        false => (suffix(before, rest.max(BEFORE) - 1), "…"),
    };
    let mut cleaner = Cleaner::default();
    let mut add = |text: &str| {
        let mut out = String::new();
        let columns = text.chars().map(|character| cleaner.push(character, &mut out)).sum::<usize>();
        (out, columns)
    };
    let (shown_before, columns) = add(&before[from..]);
    let indent = columns + lead.len().min(1);
    let room = room.saturating_sub(indent);
    let region_cut = if middle > room { prefix(region, room - 1) } else { region.len() };
    let (mut shown_region, carets) = add(&region[..region_cut]);
    let room = room.saturating_sub(carets);
    let mut shown_after = String::new();
    if region_cut < region.len() {
        shown_region.push('…');
    } else if right <= room {
        shown_after = add(after).0;
    } else {
        shown_after = add(&after[..prefix(after, room.saturating_sub(1))]).0;
        shown_after.push('…');
    }
    Excerpt {
        before: format!("{lead}{shown_before}"),
        region: shown_region,
        after: shown_after,
        indent,
        carets: carets.max(1),
    }
}

/// Columns a text takes when cleaned; more than `limit` is as good as any other number above it.
fn measure(text: &str, limit: usize) -> usize {
    let mut used = 0;
    for character in text.chars() {
        used += cost(character);
        if used > limit {
            break;
        }
    }
    used
}

/// Bytes of the longest beginning that takes at most so many columns.
fn prefix(text: &str, room: usize) -> usize {
    let mut used = 0;
    text.char_indices()
        .find(|&(_, character)| {
            used += cost(character);
            used > room
        })
        .map_or(text.len(), |(i, _)| i)
}

/// Where the longest end that takes at most so many columns begins.
fn suffix(text: &str, room: usize) -> usize {
    let mut used = 0;
    text.char_indices()
        .rev()
        .find(|&(_, character)| {
            used += cost(character);
            used > room
        })
        .map_or(0, |(i, character)| i + character.len_utf8())
}

fn cost(character: char) -> usize {
    if character.is_ascii_graphic() || character == ' ' {
        return 1;
    }
    Cleaner::default().push(character, &mut String::new())
}
