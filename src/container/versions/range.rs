//! Ranges: the grammar of npm's `engines`, and that of Python's version specifiers with Poetry's additions.
//!
//! npm: <https://github.com/npm/node-semver#range-grammar>. Python: PEP 440 and
//! <https://python-poetry.org/docs/dependency-specification/>. They share most signs and differ in what a version that
//! is cut short means: for npm `20` is every 20, for Python `3.11` is 3.11.0.

use super::{Condition, Demand, Operator};
use crate::container::runtime::Version;

/// Whose ranges to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// `^20.0.0 || >=22 <23`, `18.x`, `18 - 20`.
    Npm,
    /// `>=3.11,<3.13`, `~=3.11`, `^3.11`, `3.11.*`.
    Python,
}

/// Longer texts are no ranges that anybody wrote.
const LONGEST: usize = 1000;

/// What a range demands; `None` if the text is none.
pub(super) fn parse(text: &str, grammar: Grammar) -> Option<Demand> {
    if text.len() > LONGEST {
        return None;
    }
    let parts: Vec<&str> = match grammar {
        Grammar::Npm => text.split("||").collect(),
        // Poetry takes one bar as well as two
        Grammar::Python => text.split('|').filter(|part| !part.trim().is_empty()).collect(),
    };
    if parts.is_empty() {
        return None;
    }
    let alternatives = parts.into_iter().map(|part| conjunction(part.trim(), grammar));
    let mut alternatives: Vec<Vec<Condition>> = alternatives.collect::<Option<_>>()?;
    if let [conditions] = &mut alternatives[..]
        && conditions.len() == 1
        && conditions[0].operator == Operator::Same
    {
        return conditions.pop().map(|condition| Demand::Exact(condition.version));
    }
    Some(Demand::Range(alternatives))
}

fn conjunction(text: &str, grammar: Grammar) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    if grammar == Grammar::Npm
        && let Some((low, high)) = text.split_once(" - ")
    {
        npm(">=", &Partial::parse(low.trim(), grammar)?, &mut conditions)?;
        npm("<=", &Partial::parse(high.trim(), grammar)?, &mut conditions)?;
        return Some(conditions);
    }
    let separator = |c: char| c.is_ascii_whitespace() || c == ',';
    let mut rest = text.trim_matches(separator);
    while !rest.is_empty() {
        let sign = rest.len() - rest.trim_start_matches(is_sign).len();
        let (operator, after) = rest.split_at(sign);
        let after = after.trim_start();
        let word = after.find(|c: char| separator(c) || is_sign(c)).unwrap_or(after.len());
        let partial = Partial::parse(&after[..word], grammar)?;
        match grammar {
            Grammar::Npm => npm(operator, &partial, &mut conditions)?,
            Grammar::Python => python(operator, &partial, &mut conditions)?,
        }
        rest = after[word..].trim_start_matches(separator);
    }
    Some(conditions)
}

fn is_sign(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '~' | '^' | '!')
}

fn npm(operator: &str, partial: &Partial, conditions: &mut Vec<Condition>) -> Option<()> {
    let Partial { numbers, .. } = partial;
    let nothing = || condition(Operator::Below, &[0]);
    let full = numbers.len() >= 3;
    let mut add = |operator, numbers: &[u32]| conditions.extend(condition(operator, numbers));
    match operator {
        "" | "=" | "==" => add(Operator::Same, numbers),
        ">=" => add(Operator::AtLeast, numbers),
        // what is not written is any number, so nothing is above or below all of them
        ">" | "<" if numbers.is_empty() => conditions.extend(nothing()),
        ">" if full => add(Operator::Above, numbers),
        ">" => add(Operator::AtLeast, &next(numbers, numbers.len())),
        "<" => add(Operator::Below, numbers),
        "<=" if full => add(Operator::AtMost, numbers),
        "<=" => add(Operator::Below, &next(numbers, numbers.len())),
        "~" | "~>" => tilde(numbers, conditions),
        "^" => caret(numbers, conditions),
        _ => return None,
    }
    Some(())
}

fn python(operator: &str, partial: &Partial, conditions: &mut Vec<Condition>) -> Option<()> {
    let Partial { numbers, wildcard } = partial;
    let mut exact = numbers.clone();
    if !wildcard {
        exact.resize(exact.len().max(3), 0);
    }
    let mut add = |operator, numbers: &[u32]| conditions.extend(condition(operator, numbers));
    match operator {
        "" | "=" | "==" | "===" => add(Operator::Same, &exact),
        "!=" => add(Operator::NotSame, &exact),
        ">=" => add(Operator::AtLeast, numbers),
        ">" => add(Operator::Above, numbers),
        "<" => add(Operator::Below, numbers),
        "<=" => add(Operator::AtMost, numbers),
        "~=" if numbers.len() < 2 => return None,
        "~=" => {
            add(Operator::AtLeast, numbers);
            add(Operator::Below, &next(numbers, numbers.len() - 1));
        }
        "~" => tilde(numbers, conditions),
        "^" => caret(numbers, conditions),
        _ => return None,
    }
    Some(())
}

/// `~20.1.2` stays in 20.1, `~20` in 20.
fn tilde(numbers: &[u32], conditions: &mut Vec<Condition>) {
    conditions.extend(condition(Operator::AtLeast, numbers));
    conditions.extend(condition(Operator::Below, &next(numbers, numbers.len().min(2))));
}

/// `^20.1.2` stays in 20, `^0.12.1` in 0.12: up to the first number that is not 0.
fn caret(numbers: &[u32], conditions: &mut Vec<Condition>) {
    let first = numbers.iter().position(|&number| number != 0).map_or(numbers.len(), |i| i + 1);
    conditions.extend(condition(Operator::AtLeast, numbers));
    conditions.extend(condition(Operator::Below, &next(numbers, first)));
}

/// No condition where there is no number: `*` is any version.
fn condition(operator: Operator, numbers: &[u32]) -> Option<Condition> {
    Version::from_numbers(numbers).map(|version| Condition { operator, version })
}

/// The version after all that begin with the first `length` numbers.
fn next(numbers: &[u32], length: usize) -> Vec<u32> {
    let mut next = numbers[..length].to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.saturating_add(1);
    }
    next
}

/// A version as ranges write it: `20`, `v20.1.2-rc.1`, `20.x`, `*`.
struct Partial {
    /// The numbers before the first wildcard.
    numbers: Vec<u32>,
    wildcard: bool,
}

impl Partial {
    fn parse(word: &str, grammar: Grammar) -> Option<Partial> {
        let word = word.strip_prefix(['v', 'V']).unwrap_or(word);
        let mut partial = Partial { numbers: Vec::new(), wildcard: false };
        for part in word.split('.') {
            if matches!(part, "x" | "X" | "*") {
                partial.wildcard = true;
                continue;
            }
            if partial.wildcard {
                // `x.1` is as good as `x`
                continue;
            }
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let suffix = &part[digits..];
            if digits == 0 {
                // `3.13.dev0`
                let release = grammar == Grammar::Python && !partial.numbers.is_empty() && is_suffix(suffix);
                return release.then_some(partial);
            }
            partial.numbers.push(part[..digits].parse().unwrap_or(u32::MAX));
            if !suffix.is_empty() {
                return is_suffix(suffix).then_some(partial);
            }
        }
        Some(partial)
    }
}

/// What may follow the numbers: a pre-release or build.
pub(super) fn is_suffix(suffix: &str) -> bool {
    let numbered =
        |word: &str| suffix.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let words = ["a", "b", "c", "rc", "dev", "post", "alpha", "beta"];
    suffix.starts_with(['-', '+']) || words.into_iter().any(numbered)
}
