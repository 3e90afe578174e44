//! Words of a command line: what they have in common whatever the program is.

/// The last component of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The index of the first operand from `from` on, or the number of words; options in `values` take the next word. A
/// `--` ends the options, and a lone `-` is an operand.
pub(crate) fn skip_options(words: &[&str], from: usize, values: &[&str]) -> usize {
    let mut at = from;
    while let Some(word) = words.get(at) {
        if *word == "--" {
            return at + 1;
        }
        if word.len() < 2 || !word.starts_with('-') {
            return at;
        }
        at += if values.contains(word) { 2 } else { 1 };
    }
    words.len()
}
