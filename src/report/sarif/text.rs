//! Text that stands in a SARIF message: bounded, harmless to a terminal and to a browser.

use crate::terminal::acts;

/// The text without anything that acts instead of being read, cut to `limit` UTF-16 code units.
///
/// Line ends and tabs become blanks; other control characters, and those that turn or hide text, are spelt out. A `](`
/// is parted, as SARIF would read it as a link and scanned files must not place links.
pub fn plain(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => out.push(' '),
            c if acts(c) => out.extend(c.escape_unicode()),
            '(' if out.ends_with(']') => out.push_str(" ("),
            c => out.push(c),
        }
        if out.len() > limit.saturating_mul(4) {
            break;
        }
    }
    cut(out, limit)
}

/// Cuts to `limit` UTF-16 code units, an ellipsis included, between characters.
pub fn cut(mut text: String, limit: usize) -> String {
    let (mut units, mut fits) = (0, 0);
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units < limit {
            fits = at + character.len_utf8();
        }
        if units > limit {
            text.truncate(fits);
            text.push('…');
            return text;
        }
    }
    text
}

/// Ends the text as a sentence.
pub fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?', '…']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelt_out() {
        let table = [
            ("runs as `root`", "runs as `root`"),
            ("a\nb\tc\r\n", "a b c  "),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("bell\u{7} nul\0 del\u{7f} csi\u{9b}", "bell\\u{7} nul\\u{0} del\\u{7f} csi\\u{9b}"),
            ("\u{202e}toor", "\\u{202e}toor"),
            ("[click](https://example.org)", "[click] (https://example.org)"),
            ("[\"npm\", \"start\"] (x)", "[\"npm\", \"start\"] (x)"),
            ("größe 🐋", "größe 🐋"),
        ];
        for (text, expected) in table {
            assert_eq!(plain(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn a_cut_falls_between_characters_and_counts_utf16() {
        assert_eq!(plain("abcdef", 6), "abcdef");
        assert_eq!(plain("abcdefg", 6), "abcde…");
        assert_eq!(plain("🐋🐋🐋", 6), "🐋🐋🐋");
        assert_eq!(plain("🐋🐋🐋🐋", 6), "🐋🐋…");
        assert_eq!(plain("🐋🐋", 1), "…");
        assert_eq!(plain("äöüäöü", 4), "äöü…");
    }

    #[test]
    fn a_huge_text_is_not_read_to_its_end() {
        let text = plain(&"\u{1b}".repeat(100_000), 1000);
        assert_eq!(text.encode_utf16().count(), 1000);
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(sentence("done".into()), "done.");
        assert_eq!(sentence("done.".into()), "done.");
        assert_eq!(sentence("".into()), ".");
    }
}
