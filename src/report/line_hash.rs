//! Line hash: GitHub's `primaryLocationLineHash`, by which an alert stays the same alert when lines move.
//!
//! The rules are those of `src/fingerprints.ts` in github/codeql-action, which warns about every value that differs from
//! its own. A hash covers the 100 characters from the start of a line on, without blanks, across line ends; the
//! number after it counts how often it has occurred in the file so far.

use std::collections::HashMap;
use std::str::EncodeUtf16;

/// How many UTF-16 code units one hash covers.
const WINDOW: usize = 100;

/// The base of the polynomial.
const BASE: u64 = 37;

/// What a unit weighs when it leaves the window: `BASE` to the power of `WINDOW`, modulo 2^64.
const LEAVING: u64 = {
    let (mut weight, mut i) = (1u64, 0);
    while i < WINDOW {
        weight = weight.wrapping_mul(BASE);
        i += 1;
    }
    weight
};

/// The unit that stands for the end of the file.
const END_OF_FILE: u16 = 0xffff;

/// The hashes of all lines, in order: item 0 is line 1. A text that ends in a line end has one more, empty line.
///
/// `text` is the file as it was decoded: a byte order mark counts, and invalid bytes are U+FFFD.
pub fn line_hashes(text: &str) -> Vec<String> {
    let mut hashes = LineHashes::new(text);
    (1..).map_while(|line| hashes.get(line)).collect()
}

/// The line hashes of one text, worked out as far as they are asked for.
pub struct LineHashes<'t> {
    rolling: Rolling<'t>,
    /// Hash and occurrence of each line so far.
    known: Vec<(u64, u32)>,
    occurrences: HashMap<u64, u32>,
}

impl<'t> LineHashes<'t> {
    /// For a text, of which nothing is read yet.
    pub fn new(text: &'t str) -> LineHashes<'t> {
        LineHashes { rolling: Rolling::new(text), known: Vec::new(), occurrences: HashMap::new() }
    }

    /// The hash of a 1-based line, as `<hex>:<occurrence>`; none if the text has no such line.
    pub fn get(&mut self, line: u32) -> Option<String> {
        let index = (line as usize).checked_sub(1)?;
        while self.known.len() <= index {
            let hash = self.rolling.next()?;
            let occurrence = self.occurrences.entry(hash).or_insert(0);
            *occurrence += 1;
            self.known.push((hash, *occurrence));
        }
        let (hash, occurrence) = self.known[index];
        Some(format!("{hash:x}:{occurrence}"))
    }
}

/// The bare hashes, line by line: a window that rolls over the units and gives a line's hash when the line's first
/// unit is about to leave it.
struct Rolling<'t> {
    units: Units<'t>,
    /// The units in the window, as a ring.
    window: [u16; WINDOW],
    /// Which of them open a line.
    opens: [bool; WINDOW],
    slot: usize,
    hash: u64,
    /// How many zeros are still to be pushed behind the last unit.
    flush: usize,
}

impl<'t> Rolling<'t> {
    fn new(text: &'t str) -> Rolling<'t> {
        Rolling {
            units: Units::new(text),
            window: [0; WINDOW],
            opens: [false; WINDOW],
            slot: 0,
            hash: 0,
            flush: WINDOW,
        }
    }

    fn push(&mut self, unit: u16, opens: bool) {
        let old = self.window[self.slot];
        self.hash = self.hash.wrapping_mul(BASE).wrapping_add(u64::from(unit));
        self.hash = self.hash.wrapping_sub(LEAVING.wrapping_mul(u64::from(old)));
        self.window[self.slot] = unit;
        self.opens[self.slot] = opens;
        self.slot = (self.slot + 1) % WINDOW;
    }
}

impl Iterator for Rolling<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        loop {
            let (unit, opens) = match self.units.next() {
                Some(next) => next,
                None => {
                    self.flush = self.flush.checked_sub(1)?;
                    (0, false)
                }
            };
            let complete = self.opens[self.slot].then_some(self.hash);
            self.push(unit, opens);
            if complete.is_some() {
                return complete;
            }
        }
    }
}

/// The units that count, each with whether it opens a line: no spaces, no tabs, every line end a single line feed, and
/// the end of the file as a unit of its own.
struct Units<'t> {
    rest: EncodeUtf16<'t>,
    ended: bool,
    after_return: bool,
    opens: bool,
}

impl<'t> Units<'t> {
    fn new(text: &'t str) -> Units<'t> {
        Units { rest: text.encode_utf16(), ended: false, after_return: false, opens: true }
    }

    fn read(&mut self) -> Option<u16> {
        if let Some(unit) = self.rest.next() {
            return Some(unit);
        }
        let last = !self.ended;
        self.ended = true;
        last.then_some(END_OF_FILE)
    }
}

impl Iterator for Units<'_> {
    type Item = (u16, bool);

    fn next(&mut self) -> Option<(u16, bool)> {
        const SPACE: u16 = b' ' as u16;
        const TAB: u16 = b'\t' as u16;
        const FEED: u16 = b'\n' as u16;
        const RETURN: u16 = b'\r' as u16;
        loop {
            let unit = self.read()?;
            let after_return = std::mem::replace(&mut self.after_return, unit == RETURN);
            if unit == SPACE || unit == TAB || (unit == FEED && after_return) {
                continue;
            }
            let unit = if unit == RETURN { FEED } else { unit };
            let opens = std::mem::replace(&mut self.opens, unit == FEED);
            return Some((unit, opens));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREETINGS: &str = "e9496ae3ebfced30:1 fb7c023a8b9ccb3f:1 ce8ba1a563dcdaca:1 e20e36e16fcb0cc8:1 \
                             b3edc88f2938467e:1 c8e28b0b4002a3a0:1 c129715d7a2bc9a3:1";

    #[track_caller]
    fn hashes(text: &str, expected: &str) {
        assert_eq!(line_hashes(text).join(" "), expected, "{text:?}");
    }

    #[test]
    fn the_vectors_of_the_action_hold() {
        hashes("", "c129715d7a2bc9a3:1");
        hashes(" a\nb\n  \t\tc\n d", "271789c17abda88f:1 54703d4cd895b18:1 180aee12dab6264:1 a23a3dc5e078b07b:1");
        hashes(
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            "8b7cf3e952e7aeb2:1 b1ae1287ec4718d9:1 bff680108adb0fcc:1 c6805c5e1288b612:1 b86d3392aea1be30:1 \
             e6ceba753e1a442:1",
        );
        hashes(
            &"Lorem ipsum dolor sit amet.\n".repeat(10),
            "a7f2ff13bc495cf2:1 a7f2ff13bc495cf2:2 a7f2ff13bc495cf2:3 a7f2ff13bc495cf2:4 a7f2ff13bc495cf2:5 \
             a7f2ff13bc495cf2:6 a7f2ff1481e87703:1 a9cf91f7bbf1862b:1 55ec222b86bcae53:1 cc97dc7b1d7d8f7b:1 \
             c129715d7a2bc9a3:1",
        );
        hashes(
            "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
            "e54938cc54b302f1:1 bb609acbe9138d60:1 1131fd5871777f34:1 5c482a0f8b35ea28:1 54517377da7028d2:1 \
             2c644846cb18d53e:1 f1b89f20de0d133:1 c129715d7a2bc9a3:1",
        );
    }

    #[test]
    fn every_kind_of_line_end_gives_the_same_hashes() {
        let text = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n";
        hashes(text, GREETINGS);
        hashes(&text.replace('\n', "\r"), GREETINGS);
        hashes(&text.replace('\n', "\r\n"), GREETINGS);
        hashes(" hello; \t\r\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS);
    }

    #[test]
    fn a_dockerfile_hashes_as_the_action_hashes_it() {
        hashes(
            "FROM debian:latest\nRUN apt-get update && apt-get install -y curl\nUSER root\n",
            "8e4cac1d0528ef79:1 32f6335052188c51:1 43f93dba3974e70:1 c129715d7a2bc9a3:1",
        );
    }

    #[test]
    fn a_byte_order_mark_counts() {
        hashes("\u{feff}FROM a\nUSER root\n", "9f83974a3a2710b6:1 43f93dba3974e70:1 c129715d7a2bc9a3:1");
    }

    #[test]
    fn characters_count_as_utf16_units() {
        hashes("FROM a # 🐋\nLABEL x=\"é\"\nUSER root", "c46211050f243ac:1 af99ae70ad9f996:1 f7af57370823f98a:1");
    }

    #[test]
    fn invalid_bytes_count_as_replacement_characters() {
        let text = String::from_utf8_lossy(b"FROM a\nLABEL x=\"\xff\xfe\xc3\"\nRUN x\n");
        hashes(&text, "76ac92aba0930d93:1 e8412ddba62efae4:1 642bd1e5138257ee:1 c129715d7a2bc9a3:1");
    }

    #[test]
    fn a_blank_between_return_and_feed_makes_two_lines() {
        hashes("a\r \nb\n", "818c3a85b988abe4:1 bf4c4d48992e2ca5:1 ade70578248be16f:1 c129715d7a2bc9a3:1");
    }

    #[test]
    fn lines_can_be_asked_for_in_any_order_and_past_the_end() {
        let mut hashes = LineHashes::new("FROM a\nUSER root\n");
        assert_eq!(hashes.get(2).as_deref(), Some("43f93dba3974e70:1"));
        assert_eq!(hashes.get(3).as_deref(), Some("c129715d7a2bc9a3:1"));
        assert_eq!(hashes.get(2).as_deref(), Some("43f93dba3974e70:1"));
        assert_eq!(hashes.get(4), None);
        assert_eq!(hashes.get(0), None, "there is no line 0");
    }

    #[test]
    fn the_rolling_form_equals_the_sum() {
        let text = "ARG A=1\nRUN echo \u{1f40b} >> /tmp/x\n".repeat(40);
        let units: Vec<_> = Units::new(&text).collect();
        let sums: Vec<u64> = (0..units.len())
            .filter(|&i| units[i].1)
            .map(|i| {
                (i..i + WINDOW).fold(0u64, |sum, j| {
                    let unit = units.get(j).map_or(0, |unit| u64::from(unit.0));
                    sum.wrapping_mul(BASE).wrapping_add(unit)
                })
            })
            .collect();
        assert_eq!(Rolling::new(&text).collect::<Vec<_>>(), sums);
    }

    #[test]
    fn a_hundred_thousand_line_ends_take_no_time() {
        let hashes = line_hashes(&"\n".repeat(100_000));
        assert_eq!(hashes.len(), 100_001);
    }
}
