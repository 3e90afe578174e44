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
    /// place alone; it is the former if it is longer than the place. On one line that is told by columns: a secret that
    /// is starred out may have fewer bytes than the place.
    pub fn of(location: &Location, room: usize) -> Option<Excerpt> {
        let snippet = location.snippet.as_str();
        let end = memchr::memchr(b'\n', snippet.as_bytes()).unwrap_or(snippet.len());
        let line = snippet[..end].strip_suffix('\r').unwrap_or(&snippet[..end]);
        if line.trim().is_empty() {
            return None;
        }
        let length = location.length as usize;
        let (first, last) = (location.start.column, location.end.column);
        let (start, end) = if location.end.line != location.start.line || last <= first {
            let start = if snippet.len() > length { byte_of(line, first) } else { 0 };
            (start, line.floor_char_boundary(start.saturating_add(length)))
        } else if line.encode_utf16().count() as u32 >= last.saturating_sub(1) {
            (byte_of(line, first), byte_of(line, last))
        } else {
            (0, byte_of(line, last.saturating_sub(first) + 1))
        };
        let end = end.max(start);
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
        let columns = cleaner.push_all(text, &mut out);
        (out, columns)
    };
    let (shown_before, columns) = add(&before[from..]);
    let indent = columns + lead.len().min(1);
    let room = room.saturating_sub(indent);
    let region_cut = if middle + right.min(1) > room { prefix(region, room.saturating_sub(1)) } else { region.len() };
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
    for sum in sums(text.chars()) {
        used = sum;
        if used > limit {
            break;
        }
    }
    used
}

/// Bytes of the longest beginning that takes at most so many columns.
fn prefix(text: &str, room: usize) -> usize {
    let ends = text.char_indices().zip(sums(text.chars()));
    ends.take_while(|(_, used)| *used <= room).last().map_or(0, |((i, character), _)| i + character.len_utf8())
}

/// Where the longest end that takes at most so many columns begins.
fn suffix(text: &str, room: usize) -> usize {
    let starts = text.char_indices().rev().zip(sums(text.chars().rev()));
    starts.take_while(|(_, used)| *used <= room).last().map_or(text.len(), |((i, _), _)| i)
}

/// The columns that are used after each character.
fn sums(characters: impl Iterator<Item = char>) -> impl Iterator<Item = usize> {
    let (mut cleaner, mut shown, mut used) = (Cleaner::default(), String::new(), 0);
    characters.map(move |character| {
        shown.clear();
        used += cleaner.push(character, &mut shown);
        used
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Position;

    /// The line with its carets below.
    fn drawn(snippet: &str, column: u32, length: u32, room: usize) -> String {
        let (start, end) = (Position { line: 1, column }, Position { line: 1, column });
        let snippet = snippet.to_string();
        let location =
            Location { path: "f".into(), start, end, offset: 0, length, snippet, line_hash: None, entry: None };
        let Some(excerpt) = Excerpt::of(&location, room) else { return "nothing".to_string() };
        let (indent, carets) = (" ".repeat(excerpt.indent), "^".repeat(excerpt.carets));
        format!("{}{}{}\n{indent}{carets}", excerpt.before, excerpt.region, excerpt.after)
    }

    #[test]
    fn carets_stand_under_the_place() {
        let cases = [
            ("USER root # why", 6, 4, "USER root # why\n     ^^^^", "inside the line"),
            ("USER root", 1, 9, "USER root\n^^^^^^^^^", "the whole line, or a snippet of the place alone"),
            ("root", 6, 4, "root\n^^^^", "a snippet of the place alone"),
            ("a\n  b\n", 1, 5, "a\n^", "the first of several lines"),
            ("a\r\nb", 1, 4, "a\n^", "a Windows line end is no part of the line"),
            ("  user:\n    x\n", 1, 12, "  user:\n  ^^^^^", "not under the indent"),
            ("E=漢字 F=世界 x", 8, 6, "E=漢字 F=世界 x\n         ^^^^", "wide characters take two columns"),
            ("# 🐋 USER root", 11, 4, "# 🐋 USER root\n          ^^^^", "columns count UTF-16 units"),
            ("\tUSER\x1b root", 8, 4, " USER\\u{1b} root\n            ^^^^", "escapes move what follows"),
            ("##[x] y", 7, 1, "##\\u{5b}x] y\n           ^", "a service command is broken, the caret knows"),
            ("USER root", 6, 0, "USER root\n     ^", "an empty place has one caret"),
            ("USER root", 99, 4, "USER root\n         ^", "a column past the end is the end"),
            ("USER root", 0, 4, "USER root\n^^^^", "a column before the start is the start"),
            ("é", 1, 1, "é\n^", "a length inside a character is cut to the character"),
            ("", 1, 4, "nothing", "no text"),
            ("  \n", 1, 0, "nothing", "nothing to see"),
        ];
        for (snippet, column, length, expected, why) in cases {
            assert_eq!(drawn(snippet, column, length, 70), expected, "{why}");
        }
    }

    #[test]
    fn stars_that_have_fewer_bytes_than_the_secret_move_no_caret() {
        let cases = [
            ("RUN x TOKEN=***** y", 5, 18, 15, "RUN x TOKEN=***** y\n    ^^^^^^^^^^^^^"),
            ("R TOKEN=***** y", 3, 14, 30, "R TOKEN=***** y\n  ^^^^^^^^^^^"),
            ("TOKEN=*****", 901, 912, 30, "TOKEN=*****\n^^^^^^^^^^^"),
        ];
        for (snippet, first, last, length, expected) in cases {
            let (start, end) = (Position { line: 1, column: first }, Position { line: 1, column: last });
            let (path, snippet) = ("f".into(), snippet.to_string());
            let location = Location { path, start, end, offset: 0, length, snippet, line_hash: None, entry: None };
            let excerpt = Excerpt::of(&location, 70).expect("a line");
            let (indent, carets) = (" ".repeat(excerpt.indent), "^".repeat(excerpt.carets));
            let drawn = format!("{}{}{}\n{indent}{carets}", excerpt.before, excerpt.region, excerpt.after);
            assert_eq!(drawn, expected);
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}HERE{}", "a".repeat(100), "b".repeat(100));
        let cases = [
            (101, 4, "…aaaaaaaaaaaaaaaaaaaaaaaaaHEREbbbbbbbbb…\n                          ^^^^", "in the middle"),
            (1, 4, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\n^^^^", "at the start"),
            (
                203,
                2,
                "…bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n                                      ^^",
                "at the end",
            ),
            (
                50,
                150,
                "…aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\n            ^^^^^^^^^^^^^^^^^^^^^^^^^^^",
                "longer than the line",
            ),
        ];
        for (column, length, expected, why) in cases {
            assert_eq!(drawn(&line, column, length, 40), expected, "{why}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_place_in_any_text_gives_a_clean_line(
            snippet in proptest::prelude::any::<String>(), column: u32, short in 0u32..40, length: u32, room in 0usize..200,
        ) {
            for (column, length) in [(column, length), (short, length), (short, short / 2)] {
                let position = Position { line: 1, column };
                let (path, snippet) = ("f".into(), snippet.clone());
                let location =
                    Location { path, start: position, end: position, offset: 0, length, snippet, line_hash: None, entry: None };
                let Some(excerpt) = Excerpt::of(&location, room) else { continue };
                let text = format!("{}{}{}", excerpt.before, excerpt.region, excerpt.after);
                assert!(!text.chars().any(char::is_control), "{text:?}");
                assert_eq!(excerpt.indent, crate::terminal::width(&excerpt.before), "{text:?}");
                assert!(crate::terminal::width(&text) <= room.max(2 * BEFORE) || text.contains("\\u{5b}"), "{text:?}");
            }
        }
    }

    #[test]
    fn piles_of_marks_are_cut_like_anything_else() {
        for piles in ["\u{301}".repeat(100_000), "a\u{301}\u{301}\u{301}\u{301}\u{301}".repeat(10_000)] {
            let shown = drawn(&format!("{piles}root{piles}"), piles.encode_utf16().count() as u32 + 1, 4, 60);
            assert!(shown.lines().all(|line| crate::terminal::width(line) <= 60), "{shown}");
            assert!(shown.contains("root") && shown.ends_with(" ^^^^"), "{shown}");
        }
    }

    #[test]
    fn ten_megabytes_are_cut_at_once() {
        let line = "漢".repeat(3_500_000);
        let shown = drawn(&line, 1_700_000, 9, 80);
        assert!(shown.len() < 400, "{}", shown.len());
        assert!(shown.ends_with("^^^^^^"), "{shown}");
    }
}
