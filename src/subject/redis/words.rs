//! Words: a line of a configuration taken apart as `sdssplitargs` of Redis does it.

use std::ops::Range;

/// The words of `range` with their places in `text`, quotes included; `None` if a quote is not closed, or something
/// other than a blank stands behind it.
pub(super) fn split(text: &str, range: Range<usize>) -> Option<Vec<(String, Range<usize>)>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = range.start;
    loop {
        while at < range.end && is_blank(bytes[at]) {
            at += 1;
        }
        if at >= range.end {
            return Some(words);
        }
        let start = at;
        let mut word = Vec::new();
        while at < range.end && !is_blank(bytes[at]) {
            match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    at = quoted(bytes, at + 1, range.end, quote, &mut word)?;
                    if at < range.end && !is_blank(bytes[at]) {
                        return None;
                    }
                }
                byte => {
                    word.push(byte);
                    at += 1;
                }
            }
        }
        // escapes may make bytes that are no text
        words.push((String::from_utf8_lossy(&word).into_owned(), start..at));
    }
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b || byte == 0
}

/// The inside of a quote up to and with the closing one; where it ends.
fn quoted(bytes: &[u8], mut at: usize, end: usize, quote: u8, word: &mut Vec<u8>) -> Option<usize> {
    while at < end {
        let escaped = bytes.get(at + 1).copied().filter(|_| at + 1 < end);
        match (bytes[at], escaped) {
            (byte, _) if byte == quote => return Some(at + 1),
            (b'\\', Some(next)) if quote == b'"' => {
                let code = bytes.get(at + 2..(at + 4).min(end)).filter(|_| next == b'x').and_then(hexadecimal);
                word.push(code.unwrap_or(match next {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => other,
                }));
                at += if code.is_some() { 4 } else { 2 };
            }
            (b'\\', Some(b'\'')) => {
                word.push(b'\'');
                at += 2;
            }
            (byte, _) => {
                word.push(byte);
                at += 1;
            }
        }
    }
    None
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}
