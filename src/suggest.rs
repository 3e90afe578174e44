//! Suggestions: the known name nearest to one that is not known.

/// The candidate nearest to `name`, if one is near enough to have been meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 3);
    candidates.into_iter().map(|c| (distance(name, c), c)).filter(|(d, _)| *d <= limit).min().map(|(_, c)| c)
}

/// How many single-character insertions, deletions, replacements and swaps of neighbours lead from `a` to `b`. Names past 64 characters are
/// not compared: nobody mistypes those.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(65).collect(), b.chars().take(65).collect());
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut above: Vec<usize> = vec![0; b.len() + 1];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut below = vec![i + 1; b.len() + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = row[j] + usize::from(from != to);
            below[j + 1] = replaced.min(below[j] + 1).min(row[j + 1] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                below[j + 1] = below[j + 1].min(above[j - 1] + 1);
            }
        }
        above = std::mem::replace(&mut row, below);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name_and_a_stranger_finds_none() {
        assert_eq!(nearest("user-rot", ["user-root", "init-missing"]), Some("user-root"));
        assert_eq!(nearest("nonsense", ["user-root", "init-missing"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(nearest("USRE", ["USER", "RUN"]), Some("USER"));
        assert_eq!(distance("", "ab"), 2);
    }
}
