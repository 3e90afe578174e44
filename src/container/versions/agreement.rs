//! Agreement: whether the version of a base image is one that a version file asks for.
//!
//! A tag that is cut short stands for all versions that begin like it, and moves to the newest of them. So it agrees
//! with a range that holds the newest, disagrees with one that holds none of them, and is open in between.

use std::cmp::Ordering;

use super::{Condition, Demand, Operator};
use crate::container::runtime::{Version, VersionFact};

/// Whether a base image has the version that a project asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// As far as both are written.
    Agrees,
    /// It has another one.
    Disagrees,
    /// Nobody can tell: why, as a clause.
    Open(String),
}

/// Holds what a base image tells of its version against what a file demands.
pub fn agrees(fact: &VersionFact, demand: &Demand) -> Agreement {
    match (demand, fact) {
        (Demand::Open(written), _) => Agreement::Open(format!("`{written}` does not say which version that is")),
        (Demand::Range(alternatives), _) if alternatives.iter().any(Vec::is_empty) => Agreement::Agrees,
        (_, VersionFact::Moving(tag)) => {
            Agreement::Open(format!("the tag `{tag}` follows releases and names no version"))
        }
        (_, VersionFact::Unknown) => Agreement::Open("the image does not tell its version".to_string()),
        (Demand::Exact(wanted), VersionFact::Known(version)) => with_exact(version, wanted),
        (Demand::Range(alternatives), VersionFact::Known(version)) => with_any(version, alternatives),
    }
}

/// How many numbers name a line of releases: `20` for Node.js since its version 4, `3.11` for Python, and `0.12` for
/// Node.js before. Within a line a shorter tag than the one wanted is taken as meant.
fn line(version: &Version) -> usize {
    match version.numbers() {
        [0..=3, ..] => 2,
        _ => 1,
    }
}

fn with_exact(version: &Version, wanted: &Version) -> Agreement {
    let (mine, theirs) = (version.numbers(), wanted.numbers());
    if mine.iter().zip(theirs).any(|(mine, theirs)| mine != theirs) {
        return Agreement::Disagrees;
    }
    if mine.len() < theirs.len() && mine.len() < line(version) {
        return Agreement::Open(format!("`{version}` may or may not be `{wanted}`"));
    }
    Agreement::Agrees
}

/// The best that one of the alternatives gives.
fn with_any(version: &Version, alternatives: &[Vec<Condition>]) -> Agreement {
    let mut best = Agreement::Disagrees;
    for conditions in alternatives {
        match with_all(version, conditions) {
            Agreement::Agrees => return Agreement::Agrees,
            Agreement::Open(why) => best = Agreement::Open(why),
            Agreement::Disagrees => {}
        }
    }
    best
}

fn with_all(version: &Version, conditions: &[Condition]) -> Agreement {
    if let [Condition { operator: Operator::Same, version: wanted }] = conditions {
        return with_exact(version, wanted);
    }
    let newest = Point { numbers: version.numbers(), rest: newest_of(version) };
    if conditions.iter().all(|condition| newest.satisfies(condition)) {
        return Agreement::Agrees;
    }
    if is_point(version) || !overlaps(version, conditions) {
        return Agreement::Disagrees;
    }
    Agreement::Open(format!("`{version}` moves through versions inside and outside of the range"))
}

/// Whether the version is written in full, so that it does not stand for others.
fn is_point(version: &Version) -> bool {
    version.numbers().len() >= FULL
}

/// How many numbers a full version of Node.js or Python has.
const FULL: usize = 3;

/// What the numbers that are not written are in the newest version that begins like this one.
fn newest_of(version: &Version) -> u64 {
    if is_point(version) { 0 } else { u64::MAX }
}

/// A version with all its numbers: those written, and one that all others are.
#[derive(Clone, Copy)]
struct Point<'a> {
    numbers: &'a [u32],
    rest: u64,
}

impl Point<'_> {
    fn number(&self, i: usize) -> u64 {
        self.numbers.get(i).map_or(self.rest, |&number| u64::from(number))
    }

    fn compare(&self, other: &Point<'_>) -> Ordering {
        // one past the written numbers, so that what follows them is compared too
        let length = self.numbers.len().max(other.numbers.len()) + 1;
        (0..length).map(|i| self.number(i).cmp(&other.number(i))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn begins_like(&self, version: &Version) -> bool {
        version.numbers().iter().enumerate().all(|(i, &number)| self.number(i) == u64::from(number))
    }

    fn satisfies(&self, condition: &Condition) -> bool {
        let bound = Point { numbers: condition.version.numbers(), rest: 0 };
        match condition.operator {
            Operator::Same => self.begins_like(&condition.version),
            Operator::NotSame => !self.begins_like(&condition.version),
            Operator::AtLeast => self.compare(&bound).is_ge(),
            Operator::Above => self.compare(&bound).is_gt(),
            Operator::AtMost => self.compare(&bound).is_le(),
            Operator::Below => self.compare(&bound).is_lt(),
        }
    }
}

/// Whether any version that begins like `version` satisfies all conditions. Looks at the ends of the range they leave;
/// that exclusions may leave nothing between them is not seen.
fn overlaps(version: &Version, conditions: &[Condition]) -> bool {
    let mut low = End { point: Point { numbers: version.numbers(), rest: 0 }, included: true };
    let mut high = End { point: Point { numbers: version.numbers(), rest: u64::MAX }, included: true };
    for condition in conditions {
        let numbers = condition.version.numbers();
        let at = |rest, included| End { point: Point { numbers, rest }, included };
        match condition.operator {
            Operator::Same => {
                low.tighten(at(0, true), Ordering::Less);
                high.tighten(at(u64::MAX, true), Ordering::Greater);
            }
            Operator::AtLeast => low.tighten(at(0, true), Ordering::Less),
            Operator::Above => low.tighten(at(0, false), Ordering::Less),
            Operator::AtMost => high.tighten(at(0, true), Ordering::Greater),
            Operator::Below => high.tighten(at(0, false), Ordering::Greater),
            Operator::NotSame if version.numbers().starts_with(numbers) => return false,
            Operator::NotSame => {}
        }
    }
    match low.point.compare(&high.point) {
        Ordering::Less => true,
        Ordering::Equal => low.included && high.included,
        Ordering::Greater => false,
    }
}

/// One end of a range of versions.
struct End<'a> {
    point: Point<'a>,
    included: bool,
}

impl<'a> End<'a> {
    /// Takes the other end if this one lies beyond it, which is on the side `beyond`.
    fn tighten(&mut self, other: End<'a>, beyond: Ordering) {
        let order = self.point.compare(&other.point);
        if order == beyond || order.is_eq() && !other.included {
            *self = other;
        }
    }
}
