//! Clean text: everything in it can be read, and nothing in it acts.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// More marks than that over one letter are no language; from there on they are shown as escapes.
const MARKS: u8 = 4;

/// Text for one line of a terminal: control characters, those that turn the reading direction and those that cannot
/// be seen become escapes such as `\u{1b}`; a tab or a line end becomes one space.
pub fn clean(text: &str) -> Cow<'_, str> {
    cleaned(text, false)
}

/// As [`clean`], but `\n` stays.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    cleaned(text, true)
}

fn cleaned(text: &str, lines: bool) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut cleaner = Cleaner::default();
    let mut rest = text.split('\n').peekable();
    while let Some(line) = rest.next() {
        let last = rest.peek().is_none();
        let line = if last { line } else { line.strip_suffix('\r').unwrap_or(line) };
        for character in line.chars() {
            cleaner.push(character, &mut out);
        }
        if !last && lines {
            out.push('\n');
        } else if !last {
            cleaner.push(' ', &mut out);
        }
    }
    Cow::Owned(out)
}

/// Whether the text is printable ASCII that begins no service command: it is clean as it is, one column a byte.
fn is_harmless(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'#')
}

/// Cleans character by character, so that what several pieces of text say together is harmless too.
///
/// Besides what acts on terminals, it breaks what acts on the CI system that reads the log: `##[` (GitHub), `##vso[`
/// (Azure Pipelines) and `##teamcity[`, wherever they stand in a line.
#[derive(Debug, Clone, Default)]
pub struct Cleaner {
    /// How many `#` stand before, counted to two.
    hashes: u8,
    /// What is missing to a service command's bracket, once its name has begun.
    rest: Option<&'static str>,
    /// How many marks were put on the last letter.
    marks: u8,
}

impl Cleaner {
    /// Appends a text, and says how many columns that takes.
    pub fn push_all(&mut self, text: &str, out: &mut String) -> usize {
        let between_commands = self.hashes == 0 && self.rest.is_none();
        if between_commands && !text.is_empty() && is_harmless(text) {
            self.marks = 0;
            out.push_str(text);
            return text.len();
        }
        text.chars().map(|character| self.push(character, out)).sum()
    }

    /// Appends what may be shown of a character, and says how many columns that takes.
    pub fn push(&mut self, character: char, out: &mut String) -> usize {
        if character == '\t' || character == '\n' {
            self.follow(' ');
            out.push(' ');
            return 1;
        }
        let columns = character.width().unwrap_or(0);
        self.marks = if columns == 0 { self.marks.saturating_add(1) } else { 0 };
        let commands = self.follow(character);
        if commands || acts(character) || self.marks > MARKS {
            let escape = character.escape_unicode();
            out.extend(escape.clone());
            return escape.len();
        }
        out.push(character);
        columns
    }

    /// Whether the character completes a service command. Follows what was written so far.
    fn follow(&mut self, character: char) -> bool {
        if character == '#' {
            (self.hashes, self.rest) = ((self.hashes + 1).min(2), None);
            return false;
        }
        let open = self.hashes == 2 && self.rest.is_none_or(str::is_empty);
        let rest = match self.rest {
            None if self.hashes == 2 => match character.to_ascii_lowercase() {
                'v' => Some("so"),
                't' => Some("eamcity"),
                _ => None,
            },
            Some(rest) => rest.strip_prefix(character.to_ascii_lowercase()),
            None => None,
        };
        self.rest = rest;
        if rest.is_none() {
            self.hashes = 0;
        }
        open && character == '['
    }
}

/// Whether a character does something to the terminal, or to the order and sight of the text around it.
///
/// Unicode's `Cc`, bidirectional controls (UAX #9), and default-ignorable characters (DerivedCoreProperties.txt), which
/// take no room or look like room.
pub fn acts(character: char) -> bool {
    if character.is_ascii_graphic() {
        return false;
    }
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The beginning of a text, cleaned, in at most so many bytes; if that is not all of it, `…` follows.
pub fn brief(text: &str, bytes: usize) -> Cow<'_, str> {
    let whole = text.len() <= bytes;
    let text = clean(&text[..text.floor_char_boundary(bytes)]);
    if whole && text.len() <= bytes {
        return text;
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(bytes)]))
}

/// How many columns a clean text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(columns).sum() }
}

fn columns(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// A clean text in at most `width` columns; what is cut off its end is marked by `…`.
pub fn fit(text: &str, width: usize) -> Cow<'_, str> {
    let (mut used, mut cut) = (0, 0);
    for (i, character) in text.char_indices() {
        used += columns(character);
        if used > width {
            return if width == 0 { Cow::Borrowed("") } else { Cow::Owned(format!("{}…", &text[..cut])) };
        }
        if used < width {
            cut = i + character.len_utf8();
        }
    }
    Cow::Borrowed(text)
}

/// A clean text in at most `width` columns; what is cut off its beginning is marked by `…`.
pub fn fit_end(text: &str, width: usize) -> Cow<'_, str> {
    let (mut used, mut cut) = (0, text.len());
    for (i, character) in text.char_indices().rev() {
        used += columns(character);
        if used > width {
            return if width == 0 { Cow::Borrowed("") } else { Cow::Owned(format!("…{}", &text[cut..])) };
        }
        if used < width {
            cut = i;
        }
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_and_what_reads_stays() {
        let cases = [
            ("plain `text` # x", "plain `text` # x", "nothing to do"),
            ("größe 漢字 🐋 é", "größe 漢字 🐋 é", "other scripts are text"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m", "an escape sequence"),
            ("a\u{9b}31mb", "a\\u{9b}31mb", "the one-byte form of CSI"),
            ("a\u{8}\u{7f}\0b", "a\\u{8}\\u{7f}\\u{0}b", "backspace, delete, NUL"),
            ("a\tb", "a b", "a tab is a space"),
            ("a\nb\r\nc", "a b c", "a line end is a space"),
            ("a\rb\r", "a\\u{d}b\\u{d}", "a lone return would overwrite the line"),
            ("\u{202e}toor\u{2066}", "\\u{202e}toor\\u{2066}", "reversed reading"),
            ("a\u{200b}b\u{feff}c\u{ad}d", "a\\u{200b}b\\u{feff}c\\u{ad}d", "no width"),
            ("a\u{3164}b\u{2028}c", "a\\u{3164}b\\u{2028}c", "looks like room, or ends a line"),
            ("x\u{e0041}\u{fe0f}", "x\\u{e0041}\\u{fe0f}", "tags and selectors carry hidden text"),
            ("##[group]x", "##\\u{5b}group]x", "a command to GitHub's runner"),
            ("a ##vso[task.x]", "a ##vso\\u{5b}task.x]", "a command to Azure Pipelines"),
            ("###TeamCity[x", "###TeamCity\\u{5b}x", "a command to TeamCity"),
            ("## [x] #[y] ##vs[z]", "## [x] #[y] ##vs[z]", "headings and attributes are text"),
        ];
        for (text, expected, why) in cases {
            assert_eq!(clean(text), expected, "{why}");
            assert_eq!(clean(expected), expected, "cleaning again changes nothing: {why}");
        }
        assert_eq!(clean_lines("a\r\n\tb\u{7}\n"), "a\n b\\u{7}\n", "lines stay when asked for");
    }

    #[test]
    fn a_pile_of_marks_is_cut_down() {
        let pile = format!("a{}", "\u{301}".repeat(1000));
        assert!(clean(&pile).starts_with("a\u{301}\u{301}\u{301}\u{301}\\u{301}"));
    }

    #[test]
    fn text_is_cut_at_the_column_and_never_inside_a_character() {
        let cases = [
            ("abc", 3, "abc", "abc"),
            ("abcd", 3, "ab…", "…cd"),
            ("漢字漢", 6, "漢字漢", "漢字漢"),
            ("漢字漢", 5, "漢字…", "…字漢"),
            ("漢字漢", 4, "漢…", "…漢"),
            ("abc", 1, "…", "…"),
            ("abc", 0, "", ""),
            ("", 0, "", ""),
        ];
        for (text, columns, front, back) in cases {
            assert_eq!(fit(text, columns), front, "{text} in {columns}");
            assert_eq!(fit_end(text, columns), back, "the end of {text} in {columns}");
            assert!(width(&fit(text, columns)) <= columns);
        }
    }

    #[test]
    fn a_beginning_is_bounded_after_cleaning_too() {
        let cases = [("abc", 3, "abc"), ("abcd", 3, "abc…"), ("\u{1b}\u{1b}", 6, "\\u{1b}…"), ("漢字", 4, "漢…")];
        for (text, bytes, expected) in cases {
            assert_eq!(brief(text, bytes), expected, "{text:?} in {bytes}");
        }
    }

    #[test]
    fn every_character_costs_what_it_says() {
        for character in ('\0'..='\u{2ffff}').chain('\u{e0000}'..='\u{e1000}') {
            let mut out = String::new();
            let columns = Cleaner::default().push(character, &mut out);
            assert_eq!(columns, width(&out), "{character:?}");
            assert!(!out.chars().any(char::is_control), "{character:?}");
        }
    }
}
