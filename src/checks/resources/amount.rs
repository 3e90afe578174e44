//! Amounts: memory and cores as parameters have them, and as Compose files write them.

use serde::{Deserialize, Deserializer, de::Error};

use crate::subject::compose::units;

/// An amount of memory in bytes, written like Compose writes it: `512M`, `1G`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory(pub u64);

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Memory, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = units::bytes(&text).filter(|bytes| *bytes > 0);
        bytes.map(Memory).ok_or_else(|| D::Error::custom(format!("`{text}` is no amount of memory such as `512M`")))
    }
}

/// A number of cores, more than none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cores(pub f64);

impl<'de> Deserialize<'de> for Cores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cores, D::Error> {
        let cores = f64::deserialize(deserializer)?;
        let fits = cores.is_finite() && cores > 0.0;
        fits.then_some(Cores(cores)).ok_or_else(|| D::Error::custom(format!("`{cores}` is no number of cores")))
    }
}

/// An amount of something that is limited.
pub(super) trait Amount: Copy + PartialOrd {
    /// As a Compose file writes it.
    fn written(self) -> String;
    /// As a value of YAML: a number of cores is quoted, as Compose wants text.
    fn yaml(self) -> String;
    /// Whether it is an amount at all: 0 is none.
    fn is_some(self) -> bool;
    /// Whether it is more than another, beyond what rounding makes.
    fn exceeds(self, other: Self) -> bool;
}

impl Amount for u64 {
    fn written(self) -> String {
        for (unit, factor) in [("G", 1u64 << 30), ("M", 1 << 20), ("K", 1 << 10)] {
            if self >= factor && self.is_multiple_of(factor) {
                return format!("{}{unit}", self / factor);
            }
        }
        self.to_string()
    }
    fn yaml(self) -> String {
        let written = self.written();
        // a number by itself is no text
        if written.ends_with(|c: char| c.is_ascii_digit()) { format!("{written}B") } else { written }
    }
    fn is_some(self) -> bool {
        self > 0
    }
    fn exceeds(self, other: u64) -> bool {
        self > other
    }
}

impl Amount for f64 {
    fn written(self) -> String {
        format!("{self}")
    }
    fn yaml(self) -> String {
        format!("\"{self}\"")
    }
    fn is_some(self) -> bool {
        self > 0.0
    }
    fn exceeds(self, other: f64) -> bool {
        self > other + 1e-9
    }
}
