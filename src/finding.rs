//! Finding: what a check says about one subject.
//!
//! A check answers with a [`Judgement`], always: there is no way to look at something and say nothing. A finding is a
//! fact without severity; severity, control and waiver are added by `assess`.

use crate::source::Span;

/// A sentence with the place it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// Lower case, no full stop, values in backticks.
    pub message: String,
    /// Where, if it is somewhere.
    pub place: Option<Span>,
}

/// A violation: where, what, and what else explains it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The bytes that decided the matter.
    pub place: Span,
    /// The fact, lower case, no full stop: "the container runs as `root`".
    pub message: String,
    /// What it overrides, what would be accepted, where else to look.
    pub notes: Vec<Note>,
}

impl Finding {
    /// A violation at a place.
    pub fn new(place: Span, message: impl Into<String>) -> Finding {
        Finding { place, message: message.into(), notes: Vec::new() }
    }

    /// Adds a sentence without a place.
    pub fn note(mut self, message: impl Into<String>) -> Finding {
        self.notes.push(Note { message: message.into(), place: None });
        self
    }

    /// Adds a sentence with the place it speaks of.
    pub fn note_at(mut self, place: Span, message: impl Into<String>) -> Finding {
        self.notes.push(Note { message: message.into(), place: Some(place) });
        self
    }
}

/// What a check found out about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The requirement is broken; at least one finding. What else could not be decided stands beside.
    Violated {
        /// The violations.
        findings: Vec<Finding>,
        /// What was not decidable besides.
        unknown: Vec<Note>,
    },
    /// A fact is missing; each note names one.
    Inconclusive(Vec<Note>),
    /// It was examined and holds; each note is a piece of evidence.
    Met(Vec<Note>),
    /// The subject cannot be held to this; why.
    NotApplicable(String),
}

impl Judgement {
    /// One violation.
    pub fn violated(finding: Finding) -> Judgement {
        Judgement::Violated { findings: vec![finding], unknown: Vec::new() }
    }

    /// One missing fact, named, with the place where it would be.
    pub fn inconclusive(why: impl Into<String>, place: Option<Span>) -> Judgement {
        Judgement::Inconclusive(vec![Note { message: why.into(), place }])
    }

    /// One piece of evidence.
    pub fn met(place: Span, evidence: impl Into<String>) -> Judgement {
        Judgement::Met(vec![Note { message: evidence.into(), place: Some(place) }])
    }

    /// The subject cannot be held to the requirement.
    pub fn not_applicable(why: impl Into<String>) -> Judgement {
        Judgement::NotApplicable(why.into())
    }

    /// The judgement over several parts of one subject: any violation violates, any missing fact leaves it open, and
    /// it is met only if some part was examined. `nothing` says why it is not applicable when no part is.
    pub fn all(parts: impl IntoIterator<Item = Judgement>, nothing: &str) -> Judgement {
        let (mut findings, mut unknown, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match part {
                Judgement::Violated { findings: f, unknown: u } => {
                    findings.extend(f);
                    unknown.extend(u);
                }
                Judgement::Inconclusive(notes) => unknown.extend(notes),
                Judgement::Met(notes) => evidence.extend(notes),
                Judgement::NotApplicable(_) => {}
            }
        }
        if !findings.is_empty() {
            Judgement::Violated { findings, unknown }
        } else if !unknown.is_empty() {
            Judgement::Inconclusive(unknown)
        } else if !evidence.is_empty() {
            Judgement::Met(evidence)
        } else {
            Judgement::NotApplicable(nothing.to_string())
        }
    }
}
