//! Problem: something that could not be examined, and what to do about it.

use crate::source::Span;

/// How much a problem takes away from the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// Worth knowing; nothing was left unexamined because of it.
    Note,
    /// Something is not decided because of it, and verdicts say so.
    Warning,
    /// The job could not be done in full: the run exits with 2 unless something worse was found.
    Error,
}

/// Where a problem lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemPlace {
    /// In the text of a source.
    Span(Span),
    /// A path as it was given or found, when there is no text to point into.
    Path(String),
}

/// What could not be examined: where, what, and the next step. Lower case, values in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much is lost.
    pub gravity: Gravity,
    /// Where.
    pub place: ProblemPlace,
    /// What is wrong, without a full stop.
    pub what: String,
    /// What to do about it, without a full stop.
    pub help: String,
}

impl Problem {
    /// The job could not be done in full.
    pub fn error(place: impl Into<ProblemPlace>, what: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { gravity: Gravity::Error, place: place.into(), what: what.into(), help: help.into() }
    }

    /// Something is not decided.
    pub fn warning(place: impl Into<ProblemPlace>, what: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { gravity: Gravity::Warning, ..Problem::error(place, what, help) }
    }

    /// Worth knowing.
    pub fn note(place: impl Into<ProblemPlace>, what: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { gravity: Gravity::Note, ..Problem::error(place, what, help) }
    }
}

impl From<Span> for ProblemPlace {
    fn from(span: Span) -> ProblemPlace {
        ProblemPlace::Span(span)
    }
}

impl From<&str> for ProblemPlace {
    fn from(path: &str) -> ProblemPlace {
        ProblemPlace::Path(path.to_string())
    }
}

impl From<String> for ProblemPlace {
    fn from(path: String) -> ProblemPlace {
        ProblemPlace::Path(path)
    }
}
