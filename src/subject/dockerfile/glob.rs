//! Glob: the patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/text}`: `*`, `?` and characters.

use std::ops::Range;

/// What may be spent on the patterns of one word: a step is one pattern element against one character.
#[derive(Debug)]
pub(super) struct Steps(usize);

impl Steps {
    /// Enough for every real pattern; a pattern of stars against a long value ends here.
    pub fn new() -> Steps {
        Steps(256 * 1024)
    }

    fn spend(&mut self, steps: usize) -> Option<()> {
        self.0 = self.0.checked_sub(steps)?;
        Some(())
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Glob {
    Char(char),
    One,
    Any,
}

/// A pattern.
pub(super) struct Pattern(Vec<Glob>);

impl Pattern {
    /// Reads a pattern in which a backslash takes the meaning from the character behind it.
    pub fn new(text: &str) -> Pattern {
        let mut globs = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => globs.push(Glob::Char(chars.next().unwrap_or('\\'))),
                '*' if globs.last() == Some(&Glob::Any) => {}
                '*' => globs.push(Glob::Any),
                '?' => globs.push(Glob::One),
                c => globs.push(Glob::Char(c)),
            }
        }
        Pattern(globs)
    }

    /// The value without its shortest or longest prefix that matches; `None` if that takes too many steps.
    pub fn without_prefix(&self, value: &str, longest: bool, steps: &mut Steps) -> Option<String> {
        let chars: Vec<char> = value.chars().collect();
        let cut = self.prefix(self.0.iter(), &chars, longest, steps)?.unwrap_or(0);
        Some(chars[cut..].iter().collect())
    }

    /// The value without its shortest or longest suffix that matches; `None` if that takes too many steps.
    pub fn without_suffix(&self, value: &str, longest: bool, steps: &mut Steps) -> Option<String> {
        // A suffix is a prefix read backwards.
        let chars: Vec<char> = value.chars().rev().collect();
        let cut = self.prefix(self.0.iter().rev(), &chars, longest, steps)?.unwrap_or(0);
        Some(chars[cut..].iter().rev().collect())
    }

    /// The first match or all matches that are not empty, each as long as it can be, as byte ranges of the value;
    /// `None` if that takes too many steps.
    pub fn matches(&self, value: &str, all: bool, steps: &mut Steps) -> Option<Vec<Range<usize>>> {
        let chars: Vec<char> = value.chars().collect();
        let offsets: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < chars.len() && (all || found.is_empty()) {
            let length = self.prefix(self.0.iter(), &chars[at..], true, steps)?;
            match length.filter(|&length| length > 0) {
                Some(length) => {
                    found.push(offsets[at]..offsets[at + length]);
                    at += length;
                }
                // A star in front takes any start: what does not match here matches nowhere further on.
                None if self.0.first() == Some(&Glob::Any) => break,
                None => at += 1,
            }
        }
        Some(found)
    }

    /// The length of the shortest or longest prefix of `text` that the globs match, if there is one. Follows all lengths
    /// at once, so that no pattern is exponential; the outer `None` says that it takes too many steps.
    fn prefix<'g>(
        &self,
        globs: impl Iterator<Item = &'g Glob>,
        text: &[char],
        longest: bool,
        steps: &mut Steps,
    ) -> Option<Option<usize>> {
        let mut reached = vec![0];
        for glob in globs {
            steps.spend(reached.len())?;
            match glob {
                Glob::Any => {
                    let Some(&first) = reached.first() else { return Some(None) };
                    steps.spend(text.len() - first)?;
                    reached = (first..=text.len()).collect();
                }
                Glob::One => {
                    reached.retain(|&at| at < text.len());
                    reached.iter_mut().for_each(|at| *at += 1);
                }
                Glob::Char(c) => {
                    reached.retain(|&at| text.get(at) == Some(c));
                    reached.iter_mut().for_each(|at| *at += 1);
                }
            }
        }
        Some(if longest { reached.last() } else { reached.first() }.copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_stars_ends_in_a_known_number_of_steps() {
        let (value, pattern) = ("a".repeat(4096), Pattern::new(&"*a".repeat(4096)));
        assert_eq!(pattern.without_prefix(&value, true, &mut Steps::new()), None);
        assert_eq!(Pattern::new("*b").matches(&value, true, &mut Steps::new()), Some(vec![]));
    }

    #[test]
    fn matches_are_byte_ranges() {
        let found = Pattern::new("ö?").matches("xöyzöy", true, &mut Steps::new());
        assert_eq!(found, Some(vec![1..4, 5..8]));
    }
}
