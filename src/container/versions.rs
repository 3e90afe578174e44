//! Version files: which version of a runtime a project says it is written for.
//!
//! [`read`] takes one file apart by its name and gives what it demands, with the bytes that say so; [`agrees`] holds
//! the version that a base image tells against it. Both are lenient: a file that states no version gives nothing, and
//! a statement that cannot be compared is kept as [`Demand::Open`].

mod agreement;
mod manifest;
mod plain;
mod pyproject;
mod range;

use super::runtime::Version;
use crate::source::{SourceId, Span};

pub use agreement::{Agreement, agrees};

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
    /// Any version that satisfies these conditions: alternatives of conjunctions. An alternative without a condition
    /// takes any version.
    Range(Vec<Vec<Condition>>),
    /// Something that cannot be compared, as it is written: `lts/*`, `system`, a variable.
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

/// How a version is compared. Where the order counts, numbers that are not written are 0.
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

/// A demand and the bytes of the text that make it.
struct Stated {
    runtime: &'static str,
    demand: Demand,
    range: std::ops::Range<usize>,
}

/// What the file `name` (a path; its last component decides how it is read) demands. Nothing for a file that states no
/// version of node or python, or is no version file.
pub fn read(name: &str, source: SourceId, text: &str) -> Vec<VersionFile> {
    let stated = match name.rsplit(['/', '\\']).next().unwrap_or(name) {
        ".nvmrc" | ".node-version" => plain::node(text).into_iter().collect(),
        ".python-version" => plain::python(text).into_iter().collect(),
        "runtime.txt" => plain::runtime_txt(text).into_iter().collect(),
        ".tool-versions" => plain::tool_versions(text),
        "package.json" => manifest::engines(source, text).into_iter().collect(),
        "pyproject.toml" => pyproject::read(text),
        _ => Vec::new(),
    };
    let file = |stated: Stated| VersionFile {
        path: name.to_string(),
        runtime: stated.runtime,
        demand: stated.demand,
        span: Span::new(source, stated.range),
    };
    stated.into_iter().map(file).collect()
}

/// The longest statement that is quoted as open, in characters.
const LONGEST_QUOTE: usize = 60;

/// What is written cannot be compared.
fn open(written: &str) -> Demand {
    let mut quote: String = written.chars().filter(|c| !c.is_control()).take(LONGEST_QUOTE + 1).collect();
    if let Some((end, _)) = quote.char_indices().nth(LONGEST_QUOTE) {
        quote.truncate(end);
        quote.push('…');
    }
    Demand::Open(quote)
}

#[cfg(test)]
mod tests;
