//! Harmless: text from scanned files that does nothing to the terminal or the page it is shown on.

use std::io;

use serde_json::ser::Formatter;

use crate::terminal::acts;

/// Compact JSON in which characters that act instead of being read are written as `\u` escapes. JSON itself demands
/// that only for those below U+0020; what a reader decodes is the same.
pub struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut written = 0;
        if fragment.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return writer.write_all(fragment.as_bytes());
        }
        for (at, character) in fragment.char_indices().filter(|&(_, character)| acts(character)) {
            writer.write_all(&fragment.as_bytes()[written..at])?;
            written = at + character.len_utf8();
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

/// JSON of any layout with such characters as `\u` escapes; outside of strings it has none but line ends.
pub fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !acts(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[test]
    fn what_acts_is_escaped_and_reads_back_the_same() {
        let text = "plain \u{1b}[31m \u{7f} \u{9b}1m \u{202e}toor \u{e0041} größe 🐋 \"\\\n";
        let mut serializer = serde_json::Serializer::with_formatter(Vec::new(), Harmless);
        assert!(text.serialize(&mut serializer).is_ok());
        let json = String::from_utf8(serializer.into_inner()).unwrap_or_default();
        assert_eq!(json, "\"plain \\u001b[31m \\u007f \\u009b1m \\u202etoor \\udb40\\udc41 größe 🐋 \\\"\\\\\\n\"");
        assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(text));
    }

    #[test]
    fn laid_out_json_keeps_its_lines_and_reads_back_the_same() {
        let value = serde_json::json!({"a\u{9b}": ["\u{202e}toor\n", "\u{e0041}"]});
        let json = escaped(&serde_json::to_string_pretty(&value).unwrap_or_default());
        assert!(json.chars().all(|character| character == '\n' || !acts(character)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).ok(), Some(value));
    }
}
