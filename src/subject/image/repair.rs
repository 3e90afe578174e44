//! Repair: JSON that the YAML reader would refuse, made readable without moving a byte.
//!
//! JSON allows characters in texts that YAML does not, and some writers leave half a surrogate pair. Each is replaced
//! by something of the same length, so that every place stays what it was.

use std::borrow::Cow;

/// The text with what YAML refuses replaced; borrowed if there is nothing to replace, as nearly always.
pub(super) fn repaired(text: &str) -> Cow<'_, str> {
    let mut fixed: Option<Vec<u8>> = None;
    let mut replace = |at: usize, with: &[u8]| {
        let bytes = fixed.get_or_insert_with(|| text.as_bytes().to_vec());
        bytes[at..at + with.len()].copy_from_slice(with);
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += escape(bytes, at, &mut replace),
            0..=8 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f => {
                replace(at, b"?");
                at += 1;
            }
            // U+0080 to U+009F but for U+0085
            0xc2 if matches!(bytes.get(at + 1), Some(0x80..=0x84 | 0x86..=0x9f)) => {
                replace(at, "¿".as_bytes());
                at += 2;
            }
            // U+FFFE and U+FFFF
            0xef if bytes[at..].starts_with(b"\xef\xbf\xbe") || bytes[at..].starts_with(b"\xef\xbf\xbf") => {
                replace(at, "\u{fffd}".as_bytes());
                at += 3;
            }
            _ => at += 1,
        }
    }
    match fixed.map(String::from_utf8) {
        Some(Ok(fixed)) => Cow::Owned(fixed),
        _ => Cow::Borrowed(text),
    }
}

/// Replaces a half of a surrogate pair that stands alone, and says how long the escape at `at` is.
fn escape(bytes: &[u8], at: usize, replace: &mut impl FnMut(usize, &[u8])) -> usize {
    match (unit(bytes, at), unit(bytes, at + 6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => {
            replace(at, b"\\ufffd");
            6
        }
        (Some(_), _) => 6,
        (None, _) => 2,
    }
}

/// The UTF-16 unit that an escape at `at`, `\u` and four digits, stands for.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}
