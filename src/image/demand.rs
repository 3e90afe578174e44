//! Demand: how much smaller an image has to be than an earlier one, or how much larger it may be.

use std::fmt;

use super::inside::Weight;

/// What is demanded of an image against an earlier one. It is about the bytes of all layers, unpacked.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    /// It is smaller by so many percent.
    Reduction(f64),
    /// It is larger by no more than this.
    Growth(Amount),
}

/// An amount of bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many.
    Bytes(u64),
    /// So many percent of what it was.
    Percent(f64),
}

/// What became of a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is met.
    Met,
    /// It is missed, whatever could not be read.
    Missed,
    /// What is needed to decide it could not be read.
    Unknown,
}

/// A demand, and what became of it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The demand.
    pub demand: Demand,
    /// Who decided it, if that was not whoever asks: ` (decided for node)`.
    pub decided: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl Demand {
    /// Holds two images against each other.
    pub fn judge(&self, before: &Weight, after: &Weight) -> Outcome {
        if !before.whole || before.unpacked == 0 {
            return Outcome::Unknown;
        }
        // Less than 2^53 bytes are exact as f64; no image that is read has more.
        let (was, is) = (before.unpacked as f64, after.unpacked as f64);
        let most = match self {
            Demand::Reduction(percent) => was * (100.0 - percent) / 100.0,
            Demand::Growth(Amount::Bytes(bytes)) => was + *bytes as f64,
            Demand::Growth(Amount::Percent(percent)) => was * (100.0 + percent) / 100.0,
        };
        match after.whole {
            // What could not be read only adds to it.
            _ if is > most => Outcome::Missed,
            true => Outcome::Met,
            false => Outcome::Unknown,
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Demand::Reduction(percent) => write!(f, "at least {percent} % smaller"),
            Demand::Growth(Amount::Bytes(0)) => write!(f, "no larger"),
            Demand::Growth(Amount::Bytes(bytes)) => write!(f, "at most {bytes} bytes larger"),
            Demand::Growth(Amount::Percent(percent)) => write!(f, "at most {percent} % larger"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(demand: Demand, before: (u64, bool), after: (u64, bool)) -> Outcome {
        let weight = |(unpacked, whole)| Weight { unpacked, whole, ..Weight::default() };
        demand.judge(&weight(before), &weight(after))
    }

    #[test]
    fn a_demand_is_met_at_its_bound_and_missed_beyond_it() {
        use Outcome::{Met, Missed, Unknown};
        for (demand, before, after, expected) in [
            (Demand::Reduction(60.0), (1000, true), (400, true), Met),
            (Demand::Reduction(60.0), (1000, true), (401, true), Missed),
            (Demand::Reduction(0.0), (1000, true), (1000, true), Met),
            (Demand::Reduction(100.0), (1000, true), (0, true), Met),
            (Demand::Reduction(60.0), (1000, false), (1, true), Unknown),
            (Demand::Reduction(60.0), (1000, true), (1, false), Unknown),
            (Demand::Reduction(60.0), (1000, true), (401, false), Missed),
            (Demand::Reduction(60.0), (0, true), (0, true), Unknown),
            (Demand::Growth(Amount::Bytes(10)), (1000, true), (1010, true), Met),
            (Demand::Growth(Amount::Bytes(10)), (1000, true), (1011, true), Missed),
            (Demand::Growth(Amount::Percent(5.0)), (1000, true), (1050, true), Met),
            (Demand::Growth(Amount::Percent(5.0)), (1000, true), (1051, true), Missed),
            (Demand::Growth(Amount::Bytes(0)), (1000, true), (10, true), Met),
        ] {
            assert_eq!(judged(demand.clone(), before, after), expected, "{demand:?} {before:?} {after:?}");
        }
    }
}
