//! Version files: which version of a runtime a project says it is written for.

use super::runtime::Version;
use crate::source::Span;

/// The files that state a version, with the runtime they speak of.
pub const FILES: [(&str, &str); 7] = [
    (".nvmrc", "node"),
    (".node-version", "node"),
    (".python-version", "python"),
    ("runtime.txt", "python"),
    (".tool-versions", ""),
    ("package.json", "node"),
    ("pyproject.toml", "python"),
];

/// What one file demands of one runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// The file's name as reports show it.
    pub path: String,
    /// `node` or `python`.
    pub runtime: &'static str,
    /// What it says, with its place.
    pub demand: Demand,
    /// The bytes that say so.
    pub span: Span,
}

/// What a version file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// This version, as exact as it is written.
    Exact(Version),
    /// Any version that satisfies these conditions: alternatives of conjunctions.
    Range(Vec<Vec<Condition>>),
    /// Something that cannot be compared: `lts/*`, `system`, a variable.
    Open(String),
}

/// One comparison of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How to compare.
    pub operator: Operator,
    /// With what.
    pub version: Version,
}

/// How a version is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The same in all components that are written.
    Same,
    /// Not the same in all components that are written.
    NotSame,
    /// At least.
    AtLeast,
    /// Above.
    Above,
    /// At most.
    AtMost,
    /// Below.
    Below,
}
